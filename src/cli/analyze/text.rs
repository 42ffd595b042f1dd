//! The report in a terminal.

use std::collections::BTreeMap;

use anstyle::Style;
use chrono::NaiveDate;

use crate::cli::sparkline::sparkline;
use crate::cli::table::{self, Cell};
use crate::cli::text::{BOLD, DIM, GREEN, RED, YELLOW, counted, paint};
use crate::report::{Account, Amount, Event, Payday, Report, Stream, between, or_dash, spaced};

/// Columns of a balance line where no terminal says how many there are.
const COLUMNS: usize = 92;
/// Months of a calendar, the latest ones.
const MONTHS: usize = 12;
/// Months in one line of it.
const MONTHS_IN_LINE: usize = 6;
/// Events that are shown; `--json` has all.
const EVENTS_SHOWN: usize = 20;

/// The text.
pub(super) fn text(report: &Report, width: Option<usize>) -> String {
    let parts = [
        head(report),
        income(report, width),
        balances(report, width),
        events(report, width),
        obligations(report, width),
        flows(report),
        accounts(report),
    ];
    parts.concat()
}

fn title(text: &str) -> String {
    format!("\n{}\n", paint(BOLD, text))
}

fn line(name: &str, value: &str) -> String {
    format!("  {}{value}\n", paint(DIM, &format!("{name:<26}")))
}

fn head(report: &Report) -> String {
    let as_of = report.as_of.format("%Y-%m-%d %H:%M UTC");
    let mut text = format!(
        "{} as of {as_of}\n",
        paint(BOLD, &format!("Bank data on {}", report.date))
    );
    let history = report.history.map_or_else(|| "none".to_owned(), between);
    text.push_str(&line("history", &history));
    text.push_str(&line("days are those of", report.zone));
    text.push_str(&line("amounts are in", report.currency.as_str()));
    let (style, says) = match report.sign {
        "conflict" => (RED, "contradicted by balances or descriptions"),
        "proven" => (Style::new(), "proven by balances"),
        "supported" => (Style::new(), "supported by descriptions"),
        _ => (YELLOW, "not proven"),
    };
    text.push_str(&line("sign of amounts", &paint(style, says)));
    text
}

fn income(report: &Report, width: Option<usize>) -> String {
    let income = &report.income;
    let mut text = title("Income");
    let style = match income.standing {
        "known" => GREEN,
        "unproven" => YELLOW,
        _ => RED,
    };
    let word = paint(style, income.standing);
    text.push_str(&line(
        "standing",
        &format!("{word}: {}", income.standing_means),
    ));
    if let (Some(monthly), Some(recurring)) = (&income.monthly, &income.monthly_recurring) {
        let monthly = format!(
            "{}, of it by a schedule {}",
            monthly.grouped(),
            recurring.grouped()
        );
        text.push_str(&line("a month", &monthly));
    }
    text.push_str(&line("next payday", &or_dash(income.next_payday)));
    if income.stopped {
        let warning = "the largest stream has stopped, and nothing replaced it";
        text.push_str(&line("stopped", &paint(RED, warning)));
    }
    if income.streams.is_empty() {
        return text;
    }
    text.push('\n');
    let rows = income.streams.iter().map(stream_row).collect();
    let head = [
        "#",
        "kind",
        "cadence",
        "usual",
        "a month",
        "80 % interval",
        "status",
        "sure",
        "next",
        "payer",
    ];
    text.push_str(&table::render(&head, rows, width));
    for stream in &income.streams {
        text.push_str(&stream_text(stream));
    }
    text
}

fn stream_row(stream: &Stream) -> Vec<Cell> {
    let (low, high) = stream.monthly_interval;
    let style = match stream.status {
        "active" => GREEN,
        "late" | "new" => YELLOW,
        _ => RED,
    };
    let ambiguous = if stream.ambiguous { "?" } else { "" };
    vec![
        Cell::right(stream.number.to_string()),
        Cell::new(spaced(stream.kind)),
        Cell::new(format!("{}{ambiguous}", spaced(stream.cadence))),
        Cell::right(stream.usual.grouped()),
        Cell::right(stream.monthly.grouped()),
        Cell::right(format!("{} to {}", low.grouped(), high.grouped())),
        Cell::styled(stream.status, style),
        Cell::right(stream.confidence.total.to_string()),
        Cell::new(or_dash(stream.next_payday)),
        Cell::new(stream.payer.clone()),
    ]
}

fn stream_text(stream: &Stream) -> String {
    let mut text = format!(
        "\n  {} {}\n",
        paint(BOLD, &format!("{}. {}", stream.number, stream.payer)),
        paint(
            DIM,
            &format!(
                "{}, {} to {}; steady amounts {} %, keeps to its days {} %",
                counted(stream.payments, "payment", "payments"),
                stream.first,
                stream.last,
                stream.stability.percent(),
                stream.regularity.percent()
            )
        )
    );
    let parts = stream
        .confidence
        .parts
        .iter()
        .filter(|part| part.share.0 != 0);
    let parts: Vec<String> = parts
        .map(|part| format!("{} {}", part.name, part.share))
        .collect();
    text.push_str(&format!(
        "     sure {}: {}; no more than {}\n",
        stream.confidence.total,
        parts.join(", "),
        stream.confidence.cap
    ));
    text.push_str(&calendar(stream));
    text
}

/// The paydays by month: `●` came, `·` came beside the schedule, `○` did not come, `◌` is due.
fn calendar(stream: &Stream) -> String {
    let mut months: BTreeMap<String, String> = BTreeMap::new();
    let month = |day: NaiveDate| day.format("%Y-%m").to_string();
    for payday in &stream.calendar {
        if let Some(day) = payday.day() {
            months
                .entry(month(day))
                .or_default()
                .push_str(&mark(stream, payday));
        }
    }
    if let Some(next) = stream.next_payday {
        months
            .entry(month(next))
            .or_default()
            .push_str(&paint(DIM, "◌"));
    }
    let shown: Vec<String> = months
        .into_iter()
        .map(|(month, marks)| format!("{} {marks}", paint(DIM, &month)))
        .collect();
    let latest = shown
        .get(shown.len().saturating_sub(MONTHS)..)
        .unwrap_or_default();
    let lines = latest
        .chunks(MONTHS_IN_LINE)
        .map(|line| format!("     {}\n", line.join("  ")));
    lines.collect()
}

fn mark(stream: &Stream, payday: &Payday) -> String {
    match (payday.came, payday.due) {
        (None, _) => paint(RED, "○"),
        (Some(_), None) if stream.cadence != "irregular" => "·".to_owned(),
        (Some(_), _) => paint(GREEN, "●"),
    }
}

fn balances(report: &Report, width: Option<usize>) -> String {
    let mut text = title("Balance at the end of each day");
    let Some(balances) = &report.balances else {
        let why = report.without_balances.as_deref().map_or_else(
            || "no account tells its balance".to_owned(),
            |account| format!("none for all accounts together: {account} lacks its part"),
        );
        text.push_str(&line("balances", &why));
        return text;
    };
    let columns = width.unwrap_or(COLUMNS).saturating_sub(2).min(COLUMNS);
    let days = balances.days.iter();
    let days: Vec<_> = days.map(|one| (one.day, one.balance.minor())).collect();
    let events = &report.events.events;
    let is_event = |day| events.iter().any(|event| event.counts && event.day == day);
    text.push_str(&sparkline(&days, is_event, columns));
    let worth = if balances.doubts.is_empty() {
        GREEN
    } else {
        YELLOW
    };
    let mut grade = paint(worth, balances.grade);
    if let Some(from) = balances.fit_from.filter(|from| *from > balances.first) {
        grade.push_str(&format!(", fit for features from {from} on"));
    }
    text.push_str(&line("worth", &grade));
    for (word, means) in &balances.doubts {
        text.push_str(&line(&format!("  {}", spaced(word)), &paint(YELLOW, means)));
    }
    let days = counted(balances.negative_days, "day", "days");
    let days = format!("{days} of {}", balances.counted_days);
    let style = if balances.negative_days > 0 {
        RED
    } else {
        GREEN
    };
    text.push_str(&line("below zero", &paint(style, &days)));
    let lowest = format!("{} on {}", balances.lowest.grouped(), balances.lowest_on);
    text.push_str(&line("lowest", &lowest));
    text.push_str(&line("average", &balances.average.grouped()));
    let last = balances.days.last().map(|day| day.balance.grouped());
    text.push_str(&line("last", &or_dash(last)));
    text
}

fn events(report: &Report, width: Option<usize>) -> String {
    let mut text = title("NSF and overdraft");
    let events = &report.events;
    let windows = events.event_days.iter().map(|window| {
        let short = if window.covered { "" } else { "*" };
        format!("{} in {} days{short}", window.event_days, window.days)
    });
    let windows: Vec<String> = windows.collect();
    let uncovered = events.event_days.iter().any(|window| !window.covered);
    let note = if uncovered {
        "   (* the history covers fewer)"
    } else {
        ""
    };
    text.push_str(&line(
        "event-days",
        &format!("{}{note}", windows.join(", ")),
    ));
    text.push_str(&line(
        "fees in 90 days, net",
        &events.fees_net_90d.grouped(),
    ));
    if events.events.is_empty() {
        return text;
    }
    text.push('\n');
    let rows = events.events.iter().rev().take(EVENTS_SHOWN).map(event_row);
    let head = ["day", "what", "amount", "event", "the bank's text"];
    text.push_str(&table::render(&head, rows.collect(), width));
    let more = events.events.len().saturating_sub(EVENTS_SHOWN);
    if more > 0 {
        text.push_str(&format!("  {} earlier\n", counted(more, "more", "more")));
    }
    text
}

fn event_row(event: &Event) -> Vec<Cell> {
    let (counts, style) = if event.counts {
        ("yes", RED)
    } else {
        ("no", DIM)
    };
    vec![
        Cell::new(event.day.to_string()),
        Cell::new(spaced(event.kind)),
        Cell::right(event.amount.grouped()),
        Cell::styled(counts, style),
        Cell::new(event.description.clone().unwrap_or_default()),
    ]
}

fn obligations(report: &Report, width: Option<usize>) -> String {
    let mut text = title("Obligations");
    let owed = &report.obligations;
    text.push_str(&line("debt a month", &owed.debt_monthly.grouped()));
    text.push_str(&line("housing a month", &owed.housing_monthly.grouped()));
    text.push_str(&line("other bills a month", &owed.bills_monthly.grouped()));
    if owed.obligations.is_empty() {
        return text;
    }
    text.push('\n');
    let rows = owed.obligations.iter().map(|one| {
        let style = if one.status == "running" { GREEN } else { DIM };
        // What no word says is marked as of a cadence that is not sure.
        let told = if one.told { "" } else { "?" };
        vec![
            Cell::new(format!("{}{told}", spaced(one.purpose))),
            Cell::new(spaced(one.cadence)),
            Cell::right(one.usual.grouped()),
            Cell::right(one.monthly.grouped()),
            Cell::right(one.payments.to_string()),
            Cell::new(one.last.to_string()),
            Cell::styled(one.status, style),
            Cell::new(one.payee.clone()),
        ]
    });
    let head = [
        "for", "cadence", "usual", "a month", "payments", "last", "state", "payee",
    ];
    text.push_str(&table::render(&head, rows.collect(), width));
    text
}

fn flows(report: &Report) -> String {
    let mut text = title("Money in and out in the last 90 days");
    let rows = report.flows.iter().map(|flow| {
        vec![
            Cell::right(flow.amount.grouped()),
            Cell::right(flow.transactions.len().to_string()),
            Cell::new(flow.what),
        ]
    });
    text.push_str(&table::render(
        &["sum", "rows", "what"],
        rows.collect(),
        None,
    ));
    if !report.lenders.is_empty() {
        text.push('\n');
        let rows = report.lenders.iter().map(|lender| {
            vec![
                Cell::right(lender.paid_out.grouped()),
                Cell::right(lender.collected.grouped()),
                Cell::new(lender.lender.clone()),
            ]
        });
        let head = ["paid out", "collected", "short-term lender"];
        text.push_str(&table::render(&head, rows.collect(), None));
    }
    text
}

fn accounts(report: &Report) -> String {
    let mut text = title("Accounts and data");
    for account in &report.accounts {
        text.push_str(&account_text(account));
    }
    text
}

fn account_text(account: &Account) -> String {
    let last4 = account.last4.as_deref().map(|last4| format!(" …{last4}"));
    let mut text = format!(
        "  {} {}{}, {}, {}\n",
        paint(BOLD, &account.id),
        account.bank,
        last4.unwrap_or_default(),
        account.kind,
        account.status
    );
    let absent = |why: Option<&str>| why.map_or_else(|| "-".to_owned(), spaced);
    text.push_str(&line(
        "covers",
        &account.covers.map_or_else(|| "-".to_owned(), between),
    ));
    let balance = account
        .current
        .map_or_else(|| absent(account.without_balance), Amount::grouped);
    text.push_str(&line("balance", &balance));
    let rows = account
        .rows
        .iter()
        .map(|(state, count)| format!("{count} {state}"));
    let rows: Vec<String> = rows.collect();
    let rows = if rows.is_empty() {
        absent(account.without_transactions)
    } else {
        rows.join(", ")
    };
    text.push_str(&line("transactions", &rows));
    let owners = if account.owners.is_empty() {
        "-".to_owned()
    } else {
        account.owners.join("; ")
    };
    text.push_str(&line("owners", &owners));
    if let Some(score) = account.name_score {
        text.push_str(&line(
            "owner's name fits",
            &format!("{} %", score.percent()),
        ));
    }
    if let Some(why) = account.left_out {
        text.push_str(&line("does not count", &paint(YELLOW, why)));
    }
    for (word, means) in &account.flags {
        text.push_str(&line(word, &paint(YELLOW, means)));
    }
    text
}
