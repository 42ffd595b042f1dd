//! The sections of the page, in their order.

use super::parts::{Column, card, facts, folded, legend, table, tag};
use crate::features::Value;
use crate::report::amount::Amount;
use crate::report::markup::Markup;
use crate::report::model::{Account, Balances, Period, Report, Stream, Window};
use crate::report::svg::{self, Width, words};

/// A section of the page.
pub(super) type Section = fn(&mut Markup, &Report);

/// All of them.
pub(super) const SECTIONS: &[Section] = &[
    head,
    figures,
    balance,
    income,
    events,
    obligations,
    flows,
    accounts,
    features,
    transactions,
    foot,
];

fn between(period: Period) -> String {
    format!("{} to {}, {} days", period.first, period.last, period.days)
}

fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

fn head(main: &mut Markup, report: &Report) {
    main.element("h1", &[], &format!("Bank data on {}", report.date));
    let covered = report.history.map_or_else(
        || "no history of transactions".to_owned(),
        |history| format!("history {}", between(history)),
    );
    let accounts = report.accounts.len();
    let plural = if accounts == 1 { "" } else { "s" };
    let line = format!(
        "{accounts} account{plural} · {covered} · amounts in {} · days in {}",
        report.currency, report.zone
    );
    main.element("p", &[("class", "dim")], &line);
    if report.sign == "conflict" {
        let warning = "Balances or descriptions contradict the assumed sign of amounts: what is \
                       shown as money in may be money out.";
        main.element("p", &[("class", "bad")], warning);
    }
}

fn figure(list: &mut Markup, name: &str, value: &str, below: &str, tone: &str) {
    list.within("div", &[], |one| {
        one.element("dt", &[], name);
        one.within("dd", &[("class", tone)], |shown| {
            shown.text(value);
            if !below.is_empty() {
                shown.element("small", &[], below);
            }
        });
    });
}

fn figures(main: &mut Markup, report: &Report) {
    main.within("dl", &[("class", "figures")], |list| {
        let income = &report.income;
        let (value, tone) = match income.standing {
            "known" => (income.monthly.grouped(), "good"),
            "unproven" => ("not known".to_owned(), "warn"),
            _ => ("none".to_owned(), "bad"),
        };
        figure(list, "Income a month", &value, income.standing_means, tone);
        let next = or_dash(income.next_payday);
        figure(list, "Next payday", &next, "", "plain");
        let window = report
            .events
            .event_days
            .iter()
            .find(|window| window.days == 90);
        if let Some(window) = window {
            let tone = if window.event_days > 0 { "bad" } else { "good" };
            let days = window.event_days.to_string();
            figure(list, "Event-days in 90 days", &days, &covered(window), tone);
        }
        if let Some(balances) = &report.balances {
            let tone = if balances.negative_days > 0 {
                "bad"
            } else {
                "good"
            };
            let below = format!("of {}", balances.counted_days);
            let days = balances.negative_days.to_string();
            figure(list, "Days below zero", &days, &below, tone);
            let on = format!("on {}", balances.lowest_on);
            figure(
                list,
                "Lowest balance",
                &balances.lowest.grouped(),
                &on,
                "plain",
            );
        }
        let owed = &report.obligations;
        let below = format!("and housing {}", owed.housing_monthly.grouped());
        figure(
            list,
            "Debt a month",
            &owed.debt_monthly.grouped(),
            &below,
            "plain",
        );
    });
}

fn covered(window: &Window) -> String {
    if window.covered {
        String::new()
    } else {
        "the history covers fewer".to_owned()
    }
}

/// Draws a chart for a desk and for a phone.
fn twice(markup: &mut Markup, draw: impl Fn(&mut Markup, Width)) {
    for width in [Width::Wide, Width::Narrow] {
        draw(markup, width);
    }
}

fn balance(main: &mut Markup, report: &Report) {
    main.element("h2", &[], "Balance at the end of each day");
    match (&report.balances, &report.without_balances) {
        (Some(balances), _) => card(main, |card| balance_chart(card, balances, report)),
        (None, Some(account)) => {
            let why =
                format!("There are none for all accounts together: {account} lacks its part.");
            main.element("p", &[("class", "dim")], &why);
        }
        (None, None) => main.element("p", &[("class", "dim")], "No account tells its balance."),
    }
}

fn balance_chart(card: &mut Markup, balances: &Balances, report: &Report) {
    let shown = |account: &Option<String>| {
        let own = account
            .as_ref()
            .is_some_and(|account| balances.accounts.contains(account));
        own || account.is_none()
    };
    let events = report
        .events
        .events
        .iter()
        .filter(|event| shown(&event.account));
    let events: Vec<_> = events.cloned().collect();
    if !balances.doubts.is_empty() {
        let doubts: Vec<&str> = balances.doubts.values().copied().collect();
        let fit = balances.fit_from.map_or_else(
            || "no day is fit for features".to_owned(),
            |from| format!("fit for features from {from} on"),
        );
        let line = format!(
            "Balances are {}: {}; {fit}.",
            balances.grade,
            doubts.join("; ")
        );
        card.element("p", &[("class", "warn")], &line);
    }
    twice(card, |markup, width| {
        svg::balances(markup, balances, &events, width)
    });
    legend(
        card,
        &[
            ("below", "below zero"),
            ("event", "NSF, overdraft or returned debit"),
        ],
    );
}

fn income(main: &mut Markup, report: &Report) {
    main.element("h2", &[], "Income");
    let income = &report.income;
    let tone = match income.standing {
        "known" => "dim",
        "unproven" => "warn",
        _ => "bad",
    };
    let mut means = income.standing_means.to_owned();
    if let Some(first) = means.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    main.element("p", &[("class", tone)], &format!("{means}."));
    if income.stopped {
        let warning = "The largest stream has stopped, and nothing replaced it.";
        main.element("p", &[("class", "bad")], warning);
    }
    for one in &income.streams {
        card(main, |card| stream(card, one, report));
    }
    if !income.streams.is_empty() {
        legend(
            main,
            &[
                ("came", "came"),
                ("beside", "came beside the schedule"),
                ("missed", "did not come"),
                ("next", "due next"),
            ],
        );
    }
}

fn stream(card: &mut Markup, stream: &Stream, report: &Report) {
    card.within("h3", &[], |title| {
        title.text(&format!("{}. {}", stream.number, stream.payer));
        let tone = match stream.status {
            "active" => "good",
            "late" | "new" => "warn",
            _ => "bad",
        };
        tag(title, tone, stream.status);
    });
    let mut cadence = words(stream.cadence);
    if stream.ambiguous {
        cadence.push_str(", or as well every two weeks or twice a month");
    }
    let (low, high) = stream.monthly_interval;
    let counted = if stream.counts { "" } else { " (not counted)" };
    facts(
        card,
        &[
            ("Kind", words(stream.kind)),
            ("Cadence", cadence),
            ("Usual payment", stream.usual.grouped()),
            ("A month", format!("{}{counted}", stream.monthly.grouped())),
            (
                "80 % interval",
                format!("{} to {}", low.grouped(), high.grouped()),
            ),
            (
                "Payments",
                format!("{}, {} to {}", stream.payments, stream.first, stream.last),
            ),
            ("Next payday", or_dash(stream.next_payday)),
            (
                "Steady amounts",
                format!("{} %", stream.stability.percent()),
            ),
            (
                "Keeps to its days",
                format!("{} %", stream.regularity.percent()),
            ),
        ],
    );
    let days = report
        .history
        .map_or((stream.first, stream.last), |it| (it.first, it.last));
    twice(card, |markup, width| {
        svg::paydays(markup, stream, days, width)
    });
    let confidence = &stream.confidence;
    folded(
        card,
        &format!("Confidence {}", confidence.total),
        |details| {
            let rows = confidence.parts.iter().map(|part| {
                vec![
                    part.what.to_owned(),
                    part.share.to_string(),
                    part.most.to_string(),
                ]
            });
            let columns = [
                ("Part", Column::Text),
                ("Gives", Column::Number),
                ("At most", Column::Number),
            ];
            table(details, &columns, rows);
            let cap = format!("No more than {} in all.", confidence.cap);
            details.element("p", &[("class", "dim")], &cap);
        },
    );
}

fn events(main: &mut Markup, report: &Report) {
    main.element("h2", &[], "NSF and overdraft");
    let events = &report.events;
    card(main, |card| {
        let windows = events.event_days.iter().map(|window| {
            let name = format!("Event-days in {} days", window.days);
            (
                name,
                format!("{} {}", window.event_days, in_brackets(&covered(window))),
            )
        });
        let windows: Vec<(String, String)> = windows.collect();
        let mut all: Vec<(&str, String)> = windows
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        all.push(("Fees in 90 days, net", events.fees_net_90d.grouped()));
        facts(card, &all);
        if events.events.is_empty() {
            card.element(
                "p",
                &[("class", "dim")],
                "No fee, return or protection transfer was found.",
            );
            return;
        }
        let rows = events.events.iter().rev().map(|event| {
            let counts = if event.counts { "yes" } else { "no" };
            vec![
                event.day.to_string(),
                words(event.kind),
                event.amount.grouped(),
                counts.to_owned(),
                event.description.clone().unwrap_or_default(),
            ]
        });
        let columns = [
            ("Day", Column::Day),
            ("What", Column::Text),
            ("Amount", Column::Number),
            ("Event", Column::Text),
            ("The bank's text", Column::Text),
        ];
        table(card, &columns, rows);
    });
}

fn in_brackets(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("({text})")
    }
}

fn obligations(main: &mut Markup, report: &Report) {
    main.element("h2", &[], "Obligations");
    let owed = &report.obligations;
    card(main, |card| {
        facts(
            card,
            &[
                ("Debt a month", owed.debt_monthly.grouped()),
                ("Housing a month", owed.housing_monthly.grouped()),
            ],
        );
        if owed.payees.is_empty() {
            card.element(
                "p",
                &[("class", "dim")],
                "No payment on a debt or for housing was found.",
            );
            return;
        }
        let rows = owed.payees.iter().map(|payee| {
            vec![
                payee.payee.clone(),
                words(payee.kind),
                payee.payments_90d.to_string(),
                payee.paid_90d.grouped(),
                payee.last.to_string(),
            ]
        });
        let columns = [
            ("Payee", Column::Text),
            ("For", Column::Text),
            ("Payments in 90 days", Column::Number),
            ("Paid in 90 days", Column::Number),
            ("Last", Column::Day),
        ];
        table(card, &columns, rows);
    });
}

fn flows(main: &mut Markup, report: &Report) {
    main.element("h2", &[], "Money in and out");
    card(main, |card| {
        if !report.months.is_empty() {
            twice(card, |markup, width| {
                svg::months(markup, &report.months, width)
            });
            legend(
                card,
                &[
                    ("income", "income"),
                    ("other", "other money in"),
                    ("out", "money out"),
                ],
            );
        }
    });
    card(main, |card| {
        card.element("h3", &[], "In the last 90 days");
        let some = report.flows.iter().filter(|flow| flow.amount.minor() != 0);
        let rows = some.map(|flow| {
            vec![
                flow.what.to_owned(),
                flow.amount.grouped(),
                flow.transactions.len().to_string(),
            ]
        });
        let columns = [
            ("What", Column::Text),
            ("Sum", Column::Number),
            ("Transactions", Column::Number),
        ];
        table(card, &columns, rows);
        let none = report.flows.iter().filter(|flow| flow.amount.minor() == 0);
        let none: Vec<&str> = none.map(|flow| flow.what).collect();
        if !none.is_empty() {
            let line = format!("Nothing: {}.", none.join("; "));
            card.element("p", &[("class", "legend")], &line);
        }
    });
    if !report.lenders.is_empty() {
        card(main, |card| {
            card.element("h3", &[], "Short-term lenders in the last 90 days");
            let rows = report.lenders.iter().map(|lender| {
                vec![
                    lender.lender.clone(),
                    lender.paid_out.grouped(),
                    lender.collected.grouped(),
                ]
            });
            let columns = [
                ("Lender", Column::Text),
                ("Paid out", Column::Number),
                ("Collected", Column::Number),
            ];
            table(card, &columns, rows);
        });
    }
}

fn accounts(main: &mut Markup, report: &Report) {
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
    let missing = |why: Option<&str>| why.map_or_else(|| "–".to_owned(), words);
    let mut all = vec![
        ("Account", account.id.clone()),
        ("Kind", account.kind.clone()),
        (
            "Covers",
            account.covers.map_or_else(|| "–".to_owned(), between),
        ),
        (
            "Balance",
            account
                .current
                .map_or_else(|| missing(account.without_balance), Amount::grouped),
        ),
        (
            "Owners",
            if account.owners.is_empty() {
                "–".to_owned()
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

fn features(main: &mut Markup, report: &Report) {
    folded(
        main,
        &format!("Features ({})", report.features.len()),
        |details| {
            card(details, |card| {
                let rows = report.features.iter().map(|feature| {
                    let value = match &feature.value {
                        Ok(Value::Text(text)) => text.clone(),
                        Ok(value) => value.to_string(),
                        Err(why) => format!("missing: {}", words(why.as_str())),
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

fn transactions(main: &mut Markup, report: &Report) {
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
                        words(row.kind),
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

fn foot(main: &mut Markup, report: &Report) {
    let line = format!(
        "Made by underwrite {} for {}. It holds personal data: keep it as such.",
        env!("CARGO_PKG_VERSION"),
        report.as_of.format("%Y-%m-%d %H:%M UTC")
    );
    main.element("footer", &[], &line);
}
