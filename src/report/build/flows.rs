//! What flows in and out besides income.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::Ground;
use crate::analysis::{self, Entry, EntryKind, Lending, Total};
use crate::report::model::{Flow, Lender, Month, Obligation, Obligations};
use crate::report::words;
use crate::snapshot::Rows;

pub(super) fn obligations(ground: Ground<'_>) -> Obligations {
    let flow = &ground.analysis.cash_flow;
    let bills = flow.obligations.iter();
    let bills = bills.filter(|one| one.runs() && !one.is_owed());
    let all = flow.obligations.iter();
    Obligations {
        debt_monthly: ground.amount(flow.debt_monthly().amount),
        housing_monthly: ground.amount(flow.housing_monthly().amount),
        bills_monthly: ground.amount(bills.map(|one| one.monthly).sum()),
        obligations: all.map(|one| obligation(ground, one)).collect(),
    }
}

fn obligation(ground: Ground<'_>, found: &analysis::Obligation) -> Obligation {
    Obligation {
        payee: ground.counterparty(found.payee).to_owned(),
        purpose: found.purpose.as_str(),
        told: found.told,
        cadence: found.cadence.as_str(),
        usual: ground.amount(found.level),
        monthly: ground.amount(found.monthly),
        payments: found.payments,
        since: found.since,
        last: found.last,
        status: words::obligation(found.status),
        owed: found.is_owed(),
        transactions: ground.ids(&found.rows),
    }
}

fn rows_of(entries: &[&Entry]) -> Rows {
    Rows::from_pairs(entries.iter().map(|entry| entry.at()))
}

pub(super) fn flows(ground: Ground<'_>) -> Vec<Flow> {
    let found = &ground.analysis.cash_flow;
    let collected = Total {
        amount: sum(ground, &found.collections_90d),
        rows: found.collections_90d.clone(),
    };
    let flow = |name, what, total: &Total| Flow {
        name,
        what,
        amount: ground.amount(total.amount),
        transactions: ground.ids(&total.rows),
    };
    vec![
        flow(
            "inflow",
            "money in, without own transfers",
            &found.inflow_90d,
        ),
        flow(
            "outflow",
            "money out, without own transfers",
            &found.outflow_90d,
        ),
        flow(
            "own_transfers",
            "own transfers into the accounts",
            &found.own_transfers_90d,
        ),
        flow(
            "short_term_in",
            "paid out by short-term lenders",
            &found.short_term_in_90d,
        ),
        flow(
            "short_term_out",
            "collected by short-term lenders",
            &found.short_term_out_90d,
        ),
        flow("gambling", "stakes at gambling", &found.gambling_90d),
        flow("cash", "cash taken out", &found.cash_90d),
        flow(
            "collections",
            "to collectors, garnishments, levies",
            &collected,
        ),
        flow(
            "largest_recent_deposit",
            "the largest deposit of the last seven days that is no income",
            &found.largest_recent_deposit,
        ),
    ]
}

fn sum(ground: Ground<'_>, rows: &Rows) -> i128 {
    let entries = rows.pairs().filter_map(|at| ground.entry(at));
    entries.map(|entry| i128::from(entry.amount).abs()).sum()
}

/// The short-term lenders of the last 90 days, by what they collected.
pub(super) fn lenders(ground: Ground<'_>) -> Vec<Lender> {
    let flow = &ground.analysis.cash_flow;
    let rows = Rows::union([&flow.short_term_in_90d.rows, &flow.short_term_out_90d.rows]);
    let mut groups: BTreeMap<u32, Vec<&Entry>> = BTreeMap::new();
    for entry in rows.pairs().filter_map(|at| ground.entry(at)) {
        if entry.kind == EntryKind::Loan(Lending::ShortTerm) {
            groups.entry(entry.counterparty).or_default().push(entry);
        }
    }
    let mut lenders: Vec<Lender> = groups
        .into_values()
        .filter_map(|entries| {
            let part = |incoming: bool| {
                let own = entries
                    .iter()
                    .filter(|entry| (entry.amount > 0) == incoming);
                own.map(|entry| i128::from(entry.amount).abs()).sum()
            };
            Some(Lender {
                lender: ground
                    .counterparty(entries.first()?.counterparty)
                    .to_owned(),
                paid_out: ground.amount(part(true)),
                collected: ground.amount(part(false)),
                transactions: ground.ids(&rows_of(&entries)),
            })
        })
        .collect();
    lenders.sort_by(|a, b| {
        b.collected
            .cmp(&a.collected)
            .then_with(|| a.lender.cmp(&b.lender))
    });
    lenders
}

/// Money in and out of each month of the history.
pub(super) fn months(ground: Ground<'_>) -> Vec<Month> {
    let streams = ground.analysis.income.streams.iter();
    let income: BTreeSet<(u16, u32)> = streams.flat_map(|stream| stream.rows.pairs()).collect();
    let mut months: BTreeMap<NaiveDate, (i128, i128, i128)> = BTreeMap::new();
    for entry in ground.analysis.entries.iter().filter(|entry| entry.flows()) {
        let Some(first) = entry.made.with_day(1) else {
            continue;
        };
        let (earned, other, out) = months.entry(first).or_default();
        let amount = i128::from(entry.amount);
        if amount < 0 {
            *out -= amount;
        } else if income.contains(&entry.at()) {
            *earned += amount;
        } else {
            *other += amount;
        }
    }
    let month = |(first, (earned, other, out))| Month {
        first,
        income: ground.amount(earned),
        other_in: ground.amount(other),
        out: ground.amount(out),
    };
    months.into_iter().map(month).collect()
}
