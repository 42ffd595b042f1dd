//! The sections of the page, in their order.

use super::details;
use super::parts::{Column, balance_chart, card, facts, figure, folded, legend, table, tag, twice};
use crate::report::markup::Markup;
use crate::report::model::{Report, Stream, Window};
use crate::report::svg;
use crate::report::words::{between, or_dash, spaced};

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
    details::accounts,
    details::features,
    details::transactions,
    foot,
];

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

fn figures(main: &mut Markup, report: &Report) {
    main.within("dl", &[("class", "figures")], |list| {
        let income = &report.income;
        let (value, tone) = match (&income.monthly, income.standing) {
            (None, _) => ("not known".to_owned(), "warn"),
            (Some(monthly), "known") => (monthly.grouped(), "good"),
            (Some(_), _) => ("none".to_owned(), "bad"),
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
    let mut cadence = spaced(stream.cadence);
    if stream.ambiguous {
        cadence.push_str(", or as well every two weeks or twice a month");
    }
    let (low, high) = stream.monthly_interval;
    let counted = if stream.counts { "" } else { " (not counted)" };
    facts(
        card,
        &[
            ("Kind", spaced(stream.kind)),
            ("Cadence", cadence),
            ("Usual payment", stream.usual.grouped()),
            ("A month", format!("{}{counted}", stream.monthly.grouped())),
            (
                "80 % interval",
                format!("{} to {}", low.grouped(), high.grouped()),
            ),
            ("Payments", stream.payments.to_string()),
            ("First", stream.first.to_string()),
            ("Last", stream.last.to_string()),
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
                spaced(event.kind),
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
                ("Other bills a month", owed.bills_monthly.grouped()),
            ],
        );
        if owed.obligations.is_empty() {
            card.element("p", &[("class", "dim")], "Nothing is paid again and again.");
            return;
        }
        let rows = owed.obligations.iter().map(|one| {
            let told = if one.told {
                ""
            } else {
                ", by amounts and days"
            };
            vec![
                one.payee.clone(),
                format!("{}{told}", spaced(one.purpose)),
                spaced(one.cadence),
                one.usual.grouped(),
                one.monthly.grouped(),
                one.payments.to_string(),
                one.last.to_string(),
                one.status.to_owned(),
            ]
        });
        let columns = [
            ("Payee", Column::Text),
            ("For", Column::Text),
            ("Cadence", Column::Text),
            ("Usual", Column::Number),
            ("A month", Column::Number),
            ("Payments", Column::Number),
            ("Last", Column::Day),
            ("State", Column::Text),
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

fn foot(main: &mut Markup, report: &Report) {
    let line = format!(
        "Made by underwrite {} for {}. It holds personal data: keep it as such.",
        env!("CARGO_PKG_VERSION"),
        report.as_of.format("%Y-%m-%d %H:%M UTC")
    );
    main.element("footer", &[], &line);
}
