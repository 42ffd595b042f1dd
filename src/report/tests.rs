use std::collections::BTreeSet;

use super::*;
use crate::analysis::AmountSign;
use crate::calendar::{Zone, end_of_day};
use crate::features::{INCOME_MONTHLY_NET, NSF_EVENT_DAYS};
use crate::lexicon::Lexicon;
use crate::rewind::{Knowledge, latest_moment, rewind};
use crate::snapshot::{Fetched, freeze};
use crate::stripe::read_stored;

const STATEMENT: &str = include_str!("../../tests/data/analyze/statement.json");

fn stored(text: &str) -> Vec<Fetched> {
    let mut accounts = read_stored(text.as_bytes(), chrono::DateTime::UNIX_EPOCH).unwrap();
    let moment = latest_moment(&accounts, Zone::default()).unwrap();
    for account in &mut accounts {
        account.fetched_at = moment;
    }
    accounts
}

fn as_of(day: &str) -> AsOf {
    let zone = Zone::default();
    AsOf {
        instant: end_of_day(day.parse().unwrap(), zone),
        zone,
    }
}

/// The statement as it stood, whatever of that is only assumed.
fn rewound(at: AsOf) -> Vec<Fetched> {
    let sign = AmountSign::PositiveIsCredit;
    let rewound = rewind(stored(STATEMENT), at, sign, Knowledge::Assumed).into_iter();
    rewound.map(|one| one.fetched).collect()
}

fn look(as_of: AsOf) -> Look<'static> {
    Look {
        as_of,
        currency: Currency::USD,
        name: Some("Ada Example"),
        settings: Settings {
            amount_sign: AmountSign::PositiveIsCredit,
        },
        lexicon: Lexicon::built_in(),
    }
}

fn frozen(accounts: Vec<Fetched>) -> Vec<Snapshot> {
    let frozen = accounts.into_iter();
    frozen
        .map(|account| freeze(account, Zone::default()))
        .collect()
}

fn of_statement() -> Report {
    report(&frozen(stored(STATEMENT)), &look(as_of("2026-06-30"))).unwrap()
}

fn feature(json: &serde_json::Value, name: &str) -> serde_json::Value {
    let features = json["features"].as_array().unwrap();
    let found = features.iter().find(|feature| feature["name"] == name);
    found.unwrap_or_else(|| panic!("no `{name}`"))["value"].clone()
}

/// An amount of the report in cents.
fn cents(amount: &serde_json::Value) -> i64 {
    amount.as_str().unwrap().replace('.', "").parse().unwrap()
}

#[test]
fn its_json_agrees_with_the_features_and_with_its_own_rows() {
    let text = serde_json::to_string(&of_statement()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let income = &json["income"];
    let monthly = income["monthly"].as_str().unwrap();
    assert_eq!(feature(&json, INCOME_MONTHLY_NET), format!("{monthly} usd"));
    let window = &json["events"]["event_days"][2];
    assert_eq!(window["days"], 90);
    assert_eq!(feature(&json, NSF_EVENT_DAYS), window["event_days"]);

    let rows = json["transactions"].as_array().unwrap();
    assert_eq!(rows.len(), 62);
    let amount_of = |id: &serde_json::Value| {
        let row = rows.iter().find(|row| row["id"] == *id);
        cents(&row.unwrap()["amount"])
    };
    // A payday is the sum of its deposits, and every flow that of its rows.
    let stream = &income["streams"][0];
    for payday in stream["calendar"].as_array().unwrap() {
        let evidence = payday["transactions"].as_array().unwrap().iter();
        assert_eq!(
            evidence.map(amount_of).sum::<i64>(),
            cents(&payday["amount"])
        );
    }
    for flow in json["flows"].as_array().unwrap() {
        let evidence = flow["transactions"].as_array().unwrap().iter();
        let sum: i64 = evidence.map(|id| amount_of(id).abs()).sum();
        assert_eq!(sum, cents(&flow["amount"]), "{flow}");
    }
    // What is owed a month is that of what is owed.
    let owed = &json["obligations"];
    let parts = owed["obligations"].as_array().unwrap().iter();
    let sum: i64 = parts
        .filter(|one| one["owed"] == true)
        .map(|one| cents(&one["monthly"]))
        .sum();
    let told = cents(&owed["debt_monthly"]) + cents(&owed["housing_monthly"]);
    assert!(sum == told && sum > 100_000, "{owed}");
    // Each end of a day is the one before it and what posted on it.
    let days = json["accounts"][0]["balances"]["days"].as_array().unwrap();
    for (before, day) in days.iter().zip(days.iter().skip(1)) {
        let posted = day["transactions"].as_array().unwrap().iter();
        let posted: i64 = posted.map(amount_of).sum();
        assert_eq!(cents(&before["balance"]) + posted, cents(&day["balance"]));
    }
    assert_eq!(
        json["balances"]["days"].as_array().unwrap().len(),
        days.len()
    );
}

#[test]
fn every_transaction_has_its_label_and_its_reason() {
    let report = of_statement();
    let of = |text: &str| {
        let mut rows = report.transactions.iter();
        let row = rows.find(|row| row.description.contains(text)).unwrap();
        (row.kind, row.excluded, row.stream)
    };
    assert_eq!(of("PAYROLL"), ("wages", None, Some(1)));
    assert_eq!(
        of("SPEEDY CASH LOAN DEPOSIT"),
        ("short_term_loan", Some("loan_proceeds"), None)
    );
    assert_eq!(of("OVERDRAFT FEE"), ("overdraft_fee", None, None));
    assert_eq!(of("COFFEE").1, Some("pending"));
    assert_eq!(of("HOTEL HOLD").1, Some("void"));
    let ids: BTreeSet<&str> = report
        .transactions
        .iter()
        .map(|row| row.id.as_str())
        .collect();
    assert_eq!(ids.len(), report.transactions.len());
}

#[test]
fn the_calendar_shows_what_came_and_what_did_not() {
    let report = of_statement();
    let stream = report.income.streams.first().unwrap();
    assert_eq!((stream.cadence, stream.status), ("biweekly", "active"));
    let missed = stream
        .calendar
        .iter()
        .filter(|payday| payday.came.is_none());
    let missed: Vec<String> = missed
        .map(|payday| payday.due.unwrap().to_string())
        .collect();
    assert_eq!(missed, ["2026-03-13"]);
    assert_eq!(stream.calendar.len(), 13);
    assert!(stream.calendar.iter().all(|payday| payday.due.is_some()));
    assert_eq!(stream.next_payday.unwrap().to_string(), "2026-07-03");
}

#[test]
fn looking_back_shows_what_would_have_been_seen_then() {
    let then = as_of("2026-04-30");
    let rewound = rewound(then);
    let back = report(&frozen(rewound), &look(then)).unwrap();
    let now = of_statement();
    assert_eq!(back.date.to_string(), "2026-04-30");
    assert!(back.transactions.iter().all(|row| row.made <= back.date));
    // The balance is taken back over what posted since: the days of then are those of now.
    let (back_days, now_days) = (back.balances.unwrap().days, now.balances.unwrap().days);
    assert_eq!(back_days.last().unwrap().day, back.date);
    assert_eq!(
        now_days.first().map(|day| day.day),
        back_days.first().map(|day| day.day)
    );
    assert!(back_days.len() > 60 && back_days.len() < now_days.len());
    for (then, now) in back_days.iter().zip(&now_days) {
        assert_eq!((then.day, then.balance), (now.day, now.balance));
    }
    let stream = back.income.streams.first().unwrap();
    assert_eq!(stream.last.to_string(), "2026-04-24");
}

#[test]
fn income_that_nothing_proves_has_no_amount() {
    let all = |report: &Report| serde_json::to_value(report).unwrap();
    let known = all(&of_statement());
    assert!(
        known["income"]["monthly"].is_string(),
        "{}",
        known["income"]
    );
    // One first pay, of the last day but some.
    let early = as_of("2026-01-20");
    let rewound = rewound(early);
    let first = all(&report(&frozen(rewound), &look(early)).unwrap());
    assert_eq!(
        first["income"]["standing"], "unproven",
        "{}",
        first["income"]
    );
    assert!(first["income"]["monthly"].is_null());
    assert!(first["income"]["monthly_recurring"].is_null());
}

#[test]
fn what_posted_or_vanished_since_was_pending_then() {
    let then = as_of("2026-06-20");
    let rewound = rewound(then);
    let back = report(&frozen(rewound), &look(then)).unwrap();
    let hold = back
        .transactions
        .iter()
        .find(|row| row.description.contains("HOTEL HOLD"));
    assert_eq!(hold.unwrap().status, "pending");
    assert!(
        !back
            .transactions
            .iter()
            .any(|row| row.description.contains("COFFEE"))
    );
}

/// Whether every element is closed by its own end; what stands in them is text.
fn assert_well_formed(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").unwrap();
    while let Some((text, after)) = rest.split_once('<') {
        let in_style = open.last() == Some(&"style");
        assert!(in_style || !text.contains('>'), "a loose `>` in {text}");
        let (tag, after) = after.split_once('>').unwrap();
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "<{tag}>");
        assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = after;
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?}");
}

#[test]
fn the_page_is_whole_and_what_banks_write_is_harmless() {
    let page = page(&of_statement());
    assert_well_formed(&page);
    assert!(page.contains(
        "CARD PURCHASE &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; SONS &#39;S"
    ));
    for forbidden in [
        "<script",
        "http://",
        "https://",
        "src=",
        "url(",
        "@import",
        "javascript:",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    let events = handlers(&page);
    assert!(events.is_empty(), "{events:?}");
    for part in [
        "Northwind Traders",
        "did not come",
        "below zero",
        "Oakwood",
        "class=\"chart wide\"",
        "class=\"chart narrow\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

/// Attributes that would run something.
fn handlers(page: &str) -> Vec<&str> {
    page.split('<')
        .skip(1)
        .filter_map(|tag| tag.split_once('>').map(|(tag, _)| tag))
        .flat_map(|tag| tag.split(' ').skip(1))
        .filter(|attribute| attribute.starts_with("on") && attribute.contains('='))
        .collect()
}

#[test]
fn a_page_is_made_of_accounts_of_every_state() {
    let bare = STATEMENT
        .replace(
            r#"["balances", "ownership", "transactions"]"#,
            r#"["balances"]"#,
        )
        .lines()
        .filter(|line| !line.contains("connections.transaction"))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("},\n]", "}\n]");
    let nothing_else = report(&frozen(stored(&bare)), &look(as_of("2026-06-30"))).unwrap();
    assert_eq!(nothing_else.income.standing, "none");
    assert_eq!(
        nothing_else.accounts[0].without_transactions,
        Some("no_permission")
    );
    assert!(nothing_else.balances.is_none());
    assert_well_formed(&page(&nothing_else));
}

#[test]
fn it_says_why_there_is_nothing_to_see() {
    let snapshots = frozen(stored(STATEMENT));
    let moment = as_of("2026-06-30");
    let none = report(&[], &look(moment)).unwrap_err();
    assert_eq!(none, ReportError::NoAccount);
    let euros = Look {
        currency: "EUR".parse().unwrap(),
        ..look(moment)
    };
    let error = report(&snapshots, &euros).unwrap_err().to_string();
    assert!(
        error.contains("USD") && error.contains("`--currency`"),
        "{error}"
    );
    let early = as_of("2020-01-01");
    let mut rewound = rewound(early);
    for account in &mut rewound {
        account.balance = crate::snapshot::Part::Absent(crate::snapshot::Absence::NotOffered);
    }
    let empty = report(&frozen(rewound), &look(early)).unwrap_err();
    assert_eq!(empty, ReportError::Nothing);
    let name = Look {
        name: Some(""),
        ..look(moment)
    };
    assert!(
        report(&snapshots, &name)
            .unwrap_err()
            .to_string()
            .starts_with("the name ")
    );
    let twice = [snapshots.clone(), snapshots].concat();
    let error = report(&twice, &look(moment)).unwrap_err().to_string();
    assert!(error.contains("listed twice"), "{error}");
    let many = vec![twice[0].clone(); limits::ACCOUNTS_MAX + 1];
    let error = report(&many, &look(moment)).unwrap_err();
    assert!(matches!(error, ReportError::TooManyAccounts { .. }));
}
