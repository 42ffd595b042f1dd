//! Of what flows in and out.

use super::*;

pub(super) const FORMULAS: &[(&str, How)] = &[
    (
        "cash_flow.inflow_monthly_90d",
        By(|seen| {
            assert!(seen.rows().iter().all(|row| row.amount > 0));
            seen.monthly(seen.sum())
        }),
    ),
    (
        "cash_flow.outflow_monthly_90d",
        By(|seen| {
            assert!(seen.rows().iter().all(|row| row.amount < 0));
            seen.monthly(-seen.sum())
        }),
    ),
    (
        "cash_flow.net_monthly_90d",
        By(|seen| seen.monthly(seen.sum())),
    ),
    (
        "cash_flow.credits_30d",
        By(|seen| count_of(seen.moved(|amount| amount > 0).len())),
    ),
    (
        "cash_flow.credits_60d",
        By(|seen| count_of(seen.moved(|amount| amount > 0).len())),
    ),
    (
        "cash_flow.credits_90d",
        By(|seen| count_of(seen.moved(|amount| amount > 0).len())),
    ),
    (
        "cash_flow.credits_total_30d",
        By(|seen| seen.money(seen.moved(|amount| amount > 0).iter().sum())),
    ),
    (
        "cash_flow.credits_total_60d",
        By(|seen| seen.money(seen.moved(|amount| amount > 0).iter().sum())),
    ),
    (
        "cash_flow.credits_total_90d",
        By(|seen| seen.money(seen.moved(|amount| amount > 0).iter().sum())),
    ),
    (
        "cash_flow.debits_total_90d",
        By(|seen| seen.money(-seen.moved(|amount| amount < 0).iter().sum::<i128>())),
    ),
    (
        "cash_flow.own_transfers_90d",
        By(|seen| seen.money(seen.sum())),
    ),
    (
        "cash_flow.own_transfers_out_90d",
        By(|seen| {
            assert!(seen.rows().iter().all(|row| row.amount < 0));
            seen.money(-seen.sum())
        }),
    ),
    (
        "cash_flow.obligations_monthly",
        By(|seen| seen.owed(&[LOANS, &[Purpose::Card, Purpose::Housing]].concat())),
    ),
    (
        "cash_flow.debt_payments_monthly",
        By(|seen| seen.owed(&[LOANS, &[Purpose::Card]].concat())),
    ),
    (
        "cash_flow.housing_monthly",
        By(|seen| seen.owed(&[Purpose::Housing])),
    ),
    (
        "cash_flow.auto_loans_monthly",
        By(|seen| seen.owed(&[Purpose::Auto])),
    ),
    (
        "cash_flow.student_loans_monthly",
        By(|seen| seen.owed(&[Purpose::Student])),
    ),
    (
        "cash_flow.cards_monthly",
        By(|seen| seen.owed(&[Purpose::Card])),
    ),
    (
        "cash_flow.pay_later_monthly",
        By(|seen| seen.owed(&[Purpose::BuyNowPayLater])),
    ),
    (
        "cash_flow.other_loans_monthly",
        By(|seen| seen.owed(&[Purpose::Loan, Purpose::ShortTerm])),
    ),
    (
        "cash_flow.insurance_monthly",
        By(|seen| seen.owed(&[Purpose::Insurance])),
    ),
    (
        "cash_flow.utilities_monthly",
        By(|seen| seen.owed(&[Purpose::Utility])),
    ),
    (
        "cash_flow.subscriptions_monthly",
        By(|seen| seen.owed(&[Purpose::Subscription])),
    ),
    (
        "cash_flow.loans_running",
        By(|seen| count_of(seen.obligations(LOANS).len())),
    ),
    (
        "cash_flow.free_monthly",
        By(|seen| {
            let all = seen.household.analysis.cash_flow.obligations.iter();
            let bills: i128 = all.filter(|one| one.runs()).map(|one| one.monthly).sum();
            let net = seen
                .streams(runs)
                .iter()
                .map(|one| one.monthly)
                .sum::<i128>();
            seen.money(net - bills)
        }),
    ),
    (
        "cash_flow.short_term_lenders_30d",
        By(|seen| seen.counterparties()),
    ),
    (
        "cash_flow.short_term_lenders_90d",
        By(|seen| seen.counterparties()),
    ),
    (
        "cash_flow.short_term_loans_90d",
        By(|seen| {
            assert!(seen.rows().iter().all(|row| row.amount > 0));
            count_of(seen.recent().len())
        }),
    ),
    (
        "cash_flow.short_term_loans_in_90d",
        By(|seen| seen.money(seen.sum())),
    ),
    (
        "cash_flow.short_term_loans_out_90d",
        By(|seen| seen.money(-seen.sum())),
    ),
    ("cash_flow.gambling_90d", By(|seen| seen.money(-seen.sum()))),
    (
        "cash_flow.gambling_share_90d",
        By(|seen| {
            let rows = seen.rows();
            let staked = rows.iter().filter(|row| row.amount < 0);
            let staked = staked
                .map(|row| {
                    assert!(seen.is_recent(row.made));
                    -row.amount
                })
                .sum::<i128>();
            let net = seen
                .streams(runs)
                .iter()
                .map(|one| one.monthly)
                .sum::<i128>();
            share_of(staked * 30, net * seen.covered_days())
        }),
    ),
    ("cash_flow.atm_cash_90d", By(|seen| seen.money(-seen.sum()))),
    (
        "cash_flow.collections_90d",
        By(|seen| count_of(seen.recent().len())),
    ),
    (
        "cash_flow.recent_deposit_share",
        By(|seen| {
            let largest = seen
                .recent()
                .iter()
                .map(|row| row.amount)
                .max()
                .unwrap_or(0);
            let net = seen.streams(runs).iter().map(|one| one.monthly).sum();
            share_of(largest, net)
        }),
    ),
    (
        "cash_flow.spent_after_payday_90d",
        By(|seen| percent_of(reached(seen.spent_after_paydays(), 50))),
    ),
];
