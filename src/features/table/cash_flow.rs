//! Cash-flow features, over the cash accounts of the household.

use super::super::{Feature, Missing, Type, Value};
use super::{Computed, Context, Control, Given, Need, count, household};
use crate::analysis::{CashFlow, MONTH_DAYS, Purpose, Total, percentile, scale};
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

/// What the running obligations for some purposes take a month.
fn monthly(context: &Context<'_>, test: fn(Purpose) -> bool) -> Computed {
    let total = context.analysis.cash_flow.monthly(test);
    Ok((context.money(total.amount)?, total.rows))
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

/// How many rows a total is of.
fn credits(total: &Total) -> Computed {
    Ok((count(total.rows.len()), total.rows.clone()))
}

/// A share in percent, from millionths.
fn percent(millionths: i128) -> Result<Value, Missing> {
    let millionths = i64::try_from(millionths).map_err(|_| Missing::Overflow)?;
    Ok(Value::percent(rust_decimal::Decimal::new(millionths, 4)))
}

fn gambling_share(context: &Context<'_>, given: &Given<'_>) -> Computed {
    let (income, earned) = monthly_net(context)?;
    if income <= 0 {
        return Err(Missing::NoBasis);
    }
    let staked = &context.analysis.cash_flow.gambling_90d;
    let of = income.checked_mul(given.covered_days()?.into());
    let share = of.and_then(|of| scale(staked.amount, 1_000_000 * MONTH_DAYS, of));
    let rows = Rows::union([&earned, &staked.rows]);
    Ok((percent(share.ok_or(Missing::Overflow)?)?, rows))
}

fn spent_after_payday(context: &Context<'_>) -> Computed {
    let cycles = context.analysis.cash_flow.pay_cycles.iter();
    let over = cycles.filter_map(|cycle| Some((cycle, cycle.spent.as_ref()?)));
    let (mut shares, mut rows) = (Vec::new(), Vec::new());
    for (cycle, spent) in over.filter(|(cycle, _)| cycle.pay > 0) {
        let share = scale(spent.amount, 1_000_000, cycle.pay);
        shares.push(share.ok_or(Missing::Overflow)?);
        rows.extend([&cycle.deposits, &spent.rows]);
    }
    let middle = percentile(&shares, 50).ok_or(Missing::NoBasis)?;
    Ok((percent(middle)?, Rows::union(rows)))
}

fn recent_deposit_share(context: &Context<'_>) -> Computed {
    let (income, _) = monthly_net(context)?;
    if income <= 0 {
        return Err(Missing::NoBasis);
    }
    let deposit = &context.analysis.cash_flow.largest_recent_deposit;
    let share = scale(deposit.amount, 1_000_000, income).ok_or(Missing::Overflow)?;
    Ok((percent(share)?, deposit.rows.clone()))
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
    .at_least(0)
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
    .at_least(0)
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
        "cash_flow.credits_30d",
        Type::Count,
        &[Need::DirectedWindow(30)],
        "How many times money came in during the last 30 days, whatever it was: own transfers, \
         refunds and what was undone are in it.",
        |context, _| credits(&context.analysis.cash_flow.credits_30d),
    ),
    household(
        "cash_flow.credits_60d",
        Type::Count,
        &[Need::DirectedWindow(60)],
        "How many times money came in during the last 60 days, whatever it was.",
        |context, _| credits(&context.analysis.cash_flow.credits_60d),
    ),
    household(
        "cash_flow.credits_90d",
        Type::Count,
        &[Need::DirectedWindow(90)],
        "How many times money came in during the last 90 days, whatever it was.",
        |context, _| credits(&context.analysis.cash_flow.credits_90d),
    ),
    household(
        "cash_flow.credits_total_30d",
        Type::Money,
        &[Need::DirectedWindow(30)],
        "All money in of the last 30 days, own transfers and what was undone included.",
        |context, _| total(context, |flow| &flow.credits_30d),
    )
    .at_least(0),
    household(
        "cash_flow.credits_total_60d",
        Type::Money,
        &[Need::DirectedWindow(60)],
        "All money in of the last 60 days, own transfers and what was undone included.",
        |context, _| total(context, |flow| &flow.credits_60d),
    )
    .at_least(0),
    household(
        "cash_flow.credits_total_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "All money in of the last 90 days, own transfers and what was undone included; \
         `cash_flow.inflow_monthly_90d` is without them.",
        |context, _| total(context, |flow| &flow.credits_90d),
    )
    .at_least(0),
    household(
        "cash_flow.debits_total_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "All money out of the last 90 days, own transfers and what was undone included; \
         `cash_flow.outflow_monthly_90d` is without them.",
        |context, _| total(context, |flow| &flow.debits_90d),
    )
    .at_least(0),
    household(
        "cash_flow.own_transfers_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Transfers of the last 90 days into the accounts from the household's own accounts.",
        |context, _| total(context, |flow| &flow.own_transfers_90d),
    )
    .at_least(0),
    household(
        "cash_flow.own_transfers_out_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Transfers of the last 90 days out of the accounts to the household's own accounts, \
         also to those that are not linked.",
        |context, _| total(context, |flow| &flow.own_transfers_out_90d),
    )
    .at_least(0),
    household(
        "cash_flow.obligations_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "What is owed each month for housing and debts: `cash_flow.debt_payments_monthly` and \
         `cash_flow.housing_monthly` together. Insurance, utilities, subscriptions and shops are \
         not in it.",
        |context, _| monthly(context, Purpose::is_credit_or_home),
    )
    .at_least(0)
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
        |context, _| monthly(context, Purpose::is_debt),
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.housing_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Rent, mortgage and housing dues a month. Without telling words the largest steady \
         payment of the size of a rent counts, by whatever way it is paid.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Housing),
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.auto_loans_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "The part of `cash_flow.debt_payments_monthly` that goes to auto loans and leases.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Auto),
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.student_loans_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "The part of `cash_flow.debt_payments_monthly` that goes to student loans.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Student),
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.cards_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "The part of `cash_flow.debt_payments_monthly` that goes to cards.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Card),
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.pay_later_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "The part of `cash_flow.debt_payments_monthly` that goes to plans to buy now and pay \
         later.",
        |context, _| monthly(context, |purpose| purpose == Purpose::BuyNowPayLater),
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.other_loans_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "The part of `cash_flow.debt_payments_monthly` that goes to personal and instalment \
         loans, payday loans and cash advances.",
        |context, _| {
            monthly(context, |purpose| {
                matches!(purpose, Purpose::Loan | Purpose::ShortTerm)
            })
        },
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.insurance_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Insurance premiums a month, as far as words tell them. No part of \
         `cash_flow.obligations_monthly`.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Insurance),
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.utilities_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Energy, water, telephones and internet a month, as far as words tell them. No part of \
         `cash_flow.obligations_monthly`.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Utility),
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.subscriptions_monthly",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Subscriptions, memberships and storage a month, as far as words tell them. No part of \
         `cash_flow.obligations_monthly`.",
        |context, _| monthly(context, |purpose| purpose == Purpose::Subscription),
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.loans_running",
        Type::Count,
        &[Need::DirectedWindow(90)],
        "Loans, pay-later plans and cash advances that are being repaid: two agreements with one \
         lender are two. Cards and mortgages are not counted.",
        |context, _| {
            let loan = |purpose: Purpose| purpose.is_debt() && purpose != Purpose::Card;
            let flow = &context.analysis.cash_flow;
            Ok((count(flow.running(loan).count()), flow.monthly(loan).rows))
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
            let bills = context.analysis.cash_flow.monthly(|_| true);
            let rows = Rows::union([&earned, &bills.rows]);
            Ok((context.money(net - bills.amount)?, rows))
        },
    )
    .controlled(Control::Up),
    household(
        "cash_flow.short_term_lenders_30d",
        Type::Count,
        &[Need::DirectedWindow(30)],
        "Distinct payday, cash-advance and earned-wage lenders that paid out or collected in \
         the last 30 days: two or more are loans stacked on each other.",
        |context, _| {
            let flow = &context.analysis.cash_flow;
            let rows = flow.short_term_30d.rows.clone();
            Ok((count(flow.short_term_lenders_30d), rows))
        },
    )
    .controlled(Control::Down),
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
        "cash_flow.short_term_loans_90d",
        Type::Count,
        &[Need::DirectedWindow(90)],
        "How many times such lenders paid out in the last 90 days.",
        |context, _| credits(&context.analysis.cash_flow.short_term_in_90d),
    )
    .controlled(Control::Down),
    household(
        "cash_flow.short_term_loans_in_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "What such lenders paid out in the last 90 days.",
        |context, _| total(context, |flow| &flow.short_term_in_90d),
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.short_term_loans_out_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "What such lenders collected in the last 90 days.",
        |context, _| total(context, |flow| &flow.short_term_out_90d),
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.gambling_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Money staked with casinos, betting and lotteries in the last 90 days.",
        |context, _| total(context, |flow| &flow.gambling_90d),
    )
    .at_least(0)
    .controlled(Control::Down),
    household(
        "cash_flow.gambling_share_90d",
        Type::Percent,
        &[Need::Income, Need::DirectedWindow(90)],
        "What is staked so in 30 days, in percent of `income.monthly_net`. Missing without \
         income.",
        gambling_share,
    )
    .controlled(Control::Down),
    household(
        "cash_flow.atm_cash_90d",
        Type::Money,
        &[Need::DirectedWindow(90)],
        "Cash taken out in the last 90 days.",
        |context, _| total(context, |flow| &flow.cash_90d),
    )
    .at_least(0)
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
    )
    .controlled(Control::Down),
    household(
        "cash_flow.spent_after_payday_90d",
        Type::Percent,
        &[Need::Income, Need::DirectedWindow(90)],
        "How much of the pay goes out on the payday and the three days after it, in percent: of \
         the paydays of the last 90 days the one in the middle. Paydays are the days on which \
         the largest running stream with a schedule paid; missing without one. More than 100 \
         where more goes out than came.",
        |context, _| spent_after_payday(context),
    )
    .controlled(Control::Down),
];
