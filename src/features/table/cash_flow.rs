//! Cash-flow features, over the cash accounts of the household.

use super::super::{Feature, Missing, Type, Value};
use super::{Computed, Context, Control, Given, Need, count, household};
use crate::analysis::{CashFlow, MONTH_DAYS, Obligation, Purpose, Total, scale};
use crate::snapshot::Rows;

fn total(context: &Context<'_>, of: fn(&CashFlow) -> &Total) -> Computed {
    let total = of(&context.analysis.cash_flow);
    Ok((context.money(total.amount)?, total.rows.clone()))
}

/// A sum of the window, per 30 days.
fn per_month(context: &Context<'_>, given: &Given<'_>, amount: i128) -> Result<Value, Missing> {
    let days = given.covered_days()?;
    let monthly = scale(amount, MONTH_DAYS, days.into());
    context.money(monthly.ok_or(Missing::Overflow)?)
}

fn both(a: &Total, b: &Total) -> (i128, Rows) {
    let rows = Rows::union([&a.rows, &b.rows]);
    (a.amount + b.amount, rows)
}

/// The running obligations for some purposes.
fn running<'a>(
    context: &Context<'a>,
    test: fn(Purpose) -> bool,
) -> impl Iterator<Item = &'a Obligation> + Clone {
    let all = context.analysis.cash_flow.obligations.iter();
    all.filter(move |one| one.runs() && test(one.purpose))
}

fn payments<'a>(obligations: impl Iterator<Item = &'a Obligation>) -> Rows {
    Rows::union(obligations.map(|one| &one.rows))
}

/// What the running obligations for some purposes take a month.
fn monthly(context: &Context<'_>, test: fn(Purpose) -> bool) -> Computed {
    let found = running(context, test);
    let total = found.clone().map(|one| one.monthly).sum();
    Ok((context.money(total)?, payments(found)))
}

/// The income as its own feature tells it, missing where that is.
fn monthly_net(context: &Context<'_>) -> Result<(i128, Rows), Missing> {
    let (_, feature) = super::find(super::INCOME_MONTHLY_NET).ok_or(Missing::NoBasis)?;
    let (value, rows) = super::compute(context, feature, 0)?;
    if let Value::Money(net) = value {
        Ok((net.minor().into(), rows))
    } else {
        Err(Missing::NoBasis)
    }
}

fn recent_deposit_share(context: &Context<'_>) -> Computed {
    let income = context.analysis.income.monthly;
    if income <= 0 {
        return Err(Missing::NoBasis);
    }
    let deposit = &context.analysis.cash_flow.largest_recent_deposit;
    let share = scale(deposit.amount, 1_000_000, income).ok_or(Missing::Overflow)?;
    let share = i64::try_from(share).map_err(|_| Missing::Overflow)?;
    let percent = rust_decimal::Decimal::new(share, 4);
    Ok((Value::percent(percent), deposit.rows.clone()))
}

pub(super) const FEATURES: &[Feature] = &[
    household(
        "cash_flow.inflow_monthly_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "All money in of the last 90 days, per 30 days, without own transfers and what was \
         undone.",
        |context, given| {
            let inflow = &context.analysis.cash_flow.inflow_90d;
            per_month(context, given, inflow.amount).map(|value| (value, inflow.rows.clone()))
        },
    )
    .controlled(Control::Up),
    household(
        "cash_flow.outflow_monthly_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "All money out of the last 90 days, per 30 days, without own transfers and what was \
         undone.",
        |context, given| {
            let outflow = &context.analysis.cash_flow.outflow_90d;
            per_month(context, given, outflow.amount).map(|value| (value, outflow.rows.clone()))
        },
    )
    .controlled(Control::Down),
    household(
        "cash_flow.net_monthly_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Money in less money out of the last 90 days, per 30 days; below zero where more went \
         out.",
        |context, given| {
            let flow = &context.analysis.cash_flow;
            let net = flow.inflow_90d.amount - flow.outflow_90d.amount;
            let (_, rows) = both(&flow.inflow_90d, &flow.outflow_90d);
            per_month(context, given, net).map(|value| (value, rows))
        },
    )
    .controlled(Control::Up),
    household(
        "cash_flow.own_transfers_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Transfers of the last 90 days into the accounts from the household's own accounts.",
        |context, _| total(context, |flow| &flow.own_transfers_90d),
    ),
    household(
        "cash_flow.obligations_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "What is owed each month for housing and debts: `cash_flow.debt_payments_monthly` and \
         `cash_flow.housing_monthly` together. Insurance, utilities, subscriptions and shops are \
         not in it.",
        |context, _| {
            let flow = &context.analysis.cash_flow;
            let (amount, rows) = both(&flow.debt_monthly, &flow.housing_monthly);
            Ok((context.money(amount)?, rows))
        },
    )
    .controlled(Control::Down),
    household(
        "cash_flow.debt_payments_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Payments a month on loans, cards and pay-later plans that run, also where no word tells \
         what they are: a fixed amount in full from its first month on, by its schedule; of a card \
         the mean of the last three payments, payoffs included, since that is what leaves the \
         account; of pay-later plans and cash advances without a schedule what was paid lately. \
         What has ended or was replaced does not count, nor what came back unpaid.",
        |context, _| total(context, |flow| &flow.debt_monthly),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.housing_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Rent, mortgage and housing dues a month. Without telling words the largest steady \
         payment of the size of a rent counts, by whatever way it is paid.",
        |context, _| total(context, |flow| &flow.housing_monthly),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.auto_loans_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "The part of `cash_flow.debt_payments_monthly` that goes to auto loans and leases.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Auto),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.student_loans_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "The part of `cash_flow.debt_payments_monthly` that goes to student loans.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Student),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.cards_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "The part of `cash_flow.debt_payments_monthly` that goes to cards.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Card),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.insurance_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Insurance premiums a month, as far as words tell them. No part of \
         `cash_flow.obligations_monthly`.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Insurance),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.utilities_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Energy, water, telephones and internet a month, as far as words tell them. No part of \
         `cash_flow.obligations_monthly`.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Utility),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.subscriptions_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Subscriptions, memberships and storage a month, as far as words tell them. No part of \
         `cash_flow.obligations_monthly`.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Subscription),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.loans_running",
        Type::Count,
        &[Need::DirectedWindow(90)],
        "Loans, pay-later plans and cash advances that are being repaid: two agreements with one \
         lender are two. Cards and mortgages are not counted.",
        |context, _| {
            let loan = |purpose: Purpose| purpose.is_debt() && purpose != Purpose::Card;
            let found = running(context, loan);
            Ok((count(found.clone().count()), payments(found)))
        },
    )
    .controlled(Control::Down),
    household(
        "cash_flow.free_monthly",
        Type::Money,
        &[Need::Income, Need::DirectedWindow(90)],
        "What is left of a month's income after what is paid each month: `income.monthly_net` \
         less obligations, insurance, utilities, subscriptions and other bills on a schedule such \
         as childcare. Below zero where more goes out. Shopping is not in it.",
        |context, _| {
            let (net, earned) = monthly_net(context)?;
            let bills = running(context, |_| true);
            let spent: i128 = bills.clone().map(|one| one.monthly).sum();
            let rows = Rows::union([&earned, &payments(bills)]);
            Ok((context.money(net - spent)?, rows))
        },
    )
    .controlled(Control::Up),
    household(
        "cash_flow.short_term_lenders_90d",
        Type::Count,
        &[Need::DirectedWindow(90)],
        "Distinct payday, cash-advance and earned-wage lenders that paid out or collected in the \
         last 90 days.",
        |context, _| {
            let flow = &context.analysis.cash_flow;
            let (_, rows) = both(&flow.short_term_in_90d, &flow.short_term_out_90d);
            Ok((count(flow.short_term_lenders_90d), rows))
        },
    )
    .controlled(Control::Down),
    household(
        "cash_flow.short_term_loans_in_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "What such lenders paid out in the last 90 days.",
        |context, _| total(context, |flow| &flow.short_term_in_90d),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.short_term_loans_out_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "What such lenders collected in the last 90 days.",
        |context, _| total(context, |flow| &flow.short_term_out_90d),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.gambling_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Money staked with casinos, betting and lotteries in the last 90 days.",
        |context, _| total(context, |flow| &flow.gambling_90d),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.atm_cash_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Cash taken out in the last 90 days.",
        |context, _| total(context, |flow| &flow.cash_90d),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.collections_90d",
        Type::Count,
        &[Need::DirectedWindow(90)],
        "Payments to collection agencies, garnishments and levies in the last 90 days.",
        |context, _| {
            let rows = context.analysis.cash_flow.collections_90d.clone();
            Ok((count(rows.len()), rows))
        },
    )
    .controlled(Control::Down),
    household(
        "cash_flow.recent_deposit_share",
        Type::Percent,
        &[Need::DirectedWindow(7)],
        "The largest deposit of the last seven days that is no income, in percent of \
         `income.monthly_net`: a large one may be there to be seen. Missing without income.",
        |context, _| recent_deposit_share(context),
    ),
];
