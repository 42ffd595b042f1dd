//! The last sections of the page: the accounts, and what is there to be looked up.

use super::parts::{Column, balance_chart, card, facts, folded, table, tag};
use crate::features::Value;
use crate::report::amount::Amount;
use crate::report::markup::Markup;
use crate::report::model::{Account, Report};
use crate::report::words::{between, or_dash, spaced};

/// The accounts, and what is doubtful about them.
pub(super) fn accounts(main: &mut Markup, report: &Report) {
    main.element("h2", &[], "Accounts and data");
    for one in &report.accounts {
        card(main, |card| account(card, one, report));
    }
}

fn account(card: &mut Markup, account: &Account, report: &Report) {
    card.within("h3", &[], |title| {
        title.text(&account.bank);
        if let Some(last4) = &account.last4 {
            title.text(&format!(" …{last4}"));
        }
        let tone = if account.status == "active" {
            "good"
        } else {
            "warn"
        };
        tag(title, tone, &account.status);
    });
    let rows = account
        .rows
        .iter()
        .map(|(state, count)| format!("{count} {state}"));
    let rows: Vec<String> = rows.collect();
    let missing = |why: Option<&str>| why.map_or_else(|| or_dash(None::<&str>), spaced);
    let mut all = vec![
        ("Account", account.id.clone()),
        ("Kind", account.kind.clone()),
        ("Covers", or_dash(account.covers.map(between))),
        (
            "Balance",
            account
                .current
                .map_or_else(|| missing(account.without_balance), Amount::grouped),
        ),
        (
            "Owners",
            if account.owners.is_empty() {
                or_dash(None::<&str>)
            } else {
                account.owners.join("; ")
            },
        ),
        (
            "Transactions",
            if rows.is_empty() {
                missing(account.without_transactions)
            } else {
                rows.join(", ")
            },
        ),
        ("Sign of amounts", or_dash(account.sign)),
    ];
    if let Some(score) = account.name_score {
        all.push(("Owner's name fits", format!("{} %", score.percent())));
    }
    facts(card, &all);
    if let Some(why) = account.left_out {
        card.element(
            "p",
            &[("class", "warn")],
            &format!("Its rows do not count: {why}."),
        );
    }
    if !account.flags.is_empty() {
        card.within("p", &[("class", "warn")], |flags| {
            let all: Vec<&str> = account.flags.values().copied().collect();
            flags.text(&format!("Doubtful: {}.", all.join("; ")));
        });
    }
    let several = report.accounts.len() > 1;
    if let Some(balances) = account.balances.as_ref().filter(|_| several) {
        balance_chart(card, balances, report);
    }
}

/// The features, folded.
pub(super) fn features(main: &mut Markup, report: &Report) {
    folded(
        main,
        &format!("Features ({})", report.features.len()),
        |details| {
            card(details, |card| {
                let rows = report.features.iter().map(|feature| {
                    let value = match &feature.value {
                        Ok(Value::Text(text)) => text.clone(),
                        Ok(value) => value.to_string(),
                        Err(why) => format!("missing: {}", spaced(why.as_str())),
                    };
                    vec![
                        feature.name.to_owned(),
                        feature.of.clone().unwrap_or_default(),
                        value,
                    ]
                });
                let columns = [
                    ("Name", Column::Text),
                    ("Of", Column::Text),
                    ("Value", Column::Number),
                ];
                table(card, &columns, rows);
            });
        },
    );
}

/// Every transaction with its label, folded.
pub(super) fn transactions(main: &mut Markup, report: &Report) {
    let count = report.transactions.len();
    folded(
        main,
        &format!("Transactions ({count}) and their labels"),
        |details| {
            card(details, |card| {
                let rows = report.transactions.iter().rev().map(|row| {
                    let stream = row.stream.map(|number| format!("part of income {number}"));
                    let why = row.excluded_because.map(str::to_owned);
                    let amount = if row.currency == report.currency {
                        row.amount.grouped()
                    } else {
                        format!("{} {}", row.amount.grouped(), row.currency)
                    };
                    vec![
                        row.made.to_string(),
                        amount,
                        row.description.clone(),
                        spaced(row.kind),
                        stream.or(why).unwrap_or_default(),
                    ]
                });
                let columns = [
                    ("Made", Column::Day),
                    ("Amount", Column::Number),
                    ("The bank's text", Column::Text),
                    ("Kind", Column::Text),
                    ("Why", Column::Text),
                ];
                table(card, &columns, rows);
            });
        },
    );
}
