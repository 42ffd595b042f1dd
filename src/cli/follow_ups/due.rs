//! `underwrite decisions due`: what is owed to applicants, the most urgent first.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::notice::day;
use super::place::Place;
use crate::cli::args::Due;
use crate::cli::table::{self, Cell};
use crate::cli::text::{self, RED, YELLOW, counted};
use crate::cli::{CliError, Exit, Terminal, json};
use crate::limits;
use crate::proto::due_notice::Owed;
use crate::proto::{DueNotice, ListDueNoticesRequest, ListDueNoticesResponse, NoticeKind};
use crate::service::to_wire;

/// All that is due, of which the most urgent are kept.
struct Found {
    /// All pages as one: what is due is sorted, and cut.
    kept: ListDueNoticesResponse,
    /// How many there are in all.
    total: usize,
    /// How many of them are overdue.
    overdue: usize,
}

/// Runs the command.
pub(in crate::cli) async fn run(
    command: Due,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut place = Place::open_to_read(&command.records, environment).await?;
    let found = find(&command, &mut place).await?;
    if terminal.wants_json() {
        let mut told = json::of("ListDueNoticesResponse", &found.kept)?;
        if let Some(fields) = told.as_object_mut() {
            fields.insert("total".to_owned(), found.total.into());
            fields.insert("overdue".to_owned(), found.overdue.into());
        }
        terminal.print_json(&told)?;
    } else {
        if !found.kept.due.is_empty() {
            let rows = found.kept.due.iter().map(row).collect();
            let head = [
                "due",
                "left",
                "decision",
                "application",
                "owed",
                "law",
                "mark",
            ];
            terminal.print(&table::render(&head, rows, terminal.width()))?;
        }
        terminal.print(&summary(&found, command.by))?;
    }
    let left_out = found.total.saturating_sub(found.kept.due.len());
    if left_out > 0 {
        let left_out = counted(left_out, "is", "are");
        terminal.note(&format!(
            "{left_out} not shown, due later than these: narrow it with `--by DATE`"
        ))?;
    }
    for damaged in &found.kept.damaged {
        terminal.note(&format!(
            "of record {} of the ledger ({}) nothing can be told: {}",
            damaged.seq, damaged.id, damaged.problem
        ))?;
    }
    Ok(Exit::Success)
}

/// Looks at all pages.
async fn find(command: &Due, place: &mut Place) -> Result<Found, CliError> {
    let mut request = ListDueNoticesRequest {
        page_size: i32::try_from(limits::DUE_EXAMINED_MAX).unwrap_or(i32::MAX),
        page_token: String::new(),
        by_date: command.by.map(to_wire::date),
        since_date: command.since.map(to_wire::date),
    };
    let mut found = Found {
        kept: ListDueNoticesResponse::default(),
        total: 0,
        overdue: 0,
    };
    loop {
        let page = place.due_notices(request.clone()).await?;
        request.page_token.clone_from(&page.next_page_token);
        found.add(page);
        if request.page_token.is_empty() {
            return Ok(found);
        }
    }
}

impl Found {
    fn add(&mut self, page: ListDueNoticesResponse) {
        let overdue = page.due.iter().filter(|one| one.days_left < 0).count();
        self.total = self.total.saturating_add(page.due.len());
        self.overdue = self.overdue.saturating_add(overdue);
        let kept = &mut self.kept;
        // Places are counted over all pages.
        let base = i32::try_from(kept.examined).unwrap_or(i32::MAX);
        kept.damaged.extend(page.damaged.into_iter().map(|mut one| {
            one.place = one.place.saturating_add(base);
            one
        }));
        kept.examined = kept.examined.saturating_add(page.examined);
        kept.since_date = kept.since_date.take().or(page.since_date);
        kept.due.extend(page.due);
        // Dates are written so that their order is that of the text. What was decided first stays first.
        kept.due
            .sort_by(|a, b| day(a.due_date.as_ref()).cmp(day(b.due_date.as_ref())));
        kept.due.truncate(limits::DUE_PRINTED_MAX);
    }
}

fn row(due: &DueNotice) -> Vec<Cell> {
    let days = usize::try_from(due.days_left.unsigned_abs()).unwrap_or(usize::MAX);
    let days = counted(days, "day", "days");
    let left = match due.days_left {
        ..0 => Cell::styled(format!("{days} over"), RED),
        0 => Cell::styled("today", YELLOW),
        1.. => Cell::new(days),
    };
    vec![
        Cell::new(day(due.due_date.as_ref())),
        left,
        Cell::new(&due.decision_id),
        Cell::new(&due.application_id),
        Cell::new(owed(due)),
        Cell::new(&due.due_by_law),
        Cell::mark(due.test_data),
    ]
}

/// `notice of adverse action`, `decision (person decides)`.
fn owed(due: &DueNotice) -> String {
    match &due.owed {
        Some(Owed::Notice(kind)) => {
            let kind = NoticeKind::try_from(*kind).unwrap_or_default();
            let word = text::word(kind.as_str_name(), "NOTICE_KIND_").replace('_', " ");
            format!("notice of {word}")
        }
        Some(Owed::Decision(none)) => format!("decision ({})", none.reason.replace('_', " ")),
        None => "?".to_owned(),
    }
}

fn summary(found: &Found, by: Option<NaiveDate>) -> String {
    let kept = &found.kept;
    let by = by.map_or_else(String::new, |day| format!(" by {day}"));
    let due = match (found.total, found.overdue) {
        (0, _) => format!("Nothing is due{by}"),
        (total, 0) => format!("{total} due{by}, none overdue"),
        (total, overdue) => format!("{total} due{by}, {overdue} overdue"),
    };
    let examined = usize::try_from(kept.examined).unwrap_or(usize::MAX);
    format!(
        "{due}: of {} recorded since {} (UTC); earlier ones are not looked at\n",
        counted(examined, "decision", "decisions"),
        day(kept.since_date.as_ref()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(first: usize, days: &[i32]) -> ListDueNoticesResponse {
        let due = (first..).zip(days).map(|(number, days_left)| DueNotice {
            decision_id: format!("dec_{number}"),
            due_date: Some(crate::proto::Date {
                value: format!("2026-09-{:02}", days_left + 10),
            }),
            days_left: *days_left,
            ..DueNotice::default()
        });
        ListDueNoticesResponse {
            due: due.collect(),
            examined: 10,
            ..ListDueNoticesResponse::default()
        }
    }

    fn none() -> Found {
        Found {
            kept: ListDueNoticesResponse::default(),
            total: 0,
            overdue: 0,
        }
    }

    #[test]
    fn what_is_overdue_leads_and_what_was_decided_first_leads_of_a_day() {
        let mut found = none();
        found.add(page(1, &[3, -1, 0]));
        found.add(page(4, &[-1, 3]));
        let ids: Vec<&str> = found.kept.due.iter().map(|one| &*one.decision_id).collect();
        assert_eq!(ids, ["dec_2", "dec_4", "dec_3", "dec_1", "dec_5"]);
        assert_eq!((found.total, found.overdue), (5, 2));
        let told = summary(&found, None);
        assert!(
            told.starts_with("5 due, 2 overdue: of 20 decisions"),
            "{told}"
        );
    }

    #[test]
    fn what_is_printed_is_limited_below_at_and_above_and_the_rest_counted() {
        let max = limits::DUE_PRINTED_MAX;
        for (count, kept) in [(max - 1, max - 1), (max, max), (max + 1, max)] {
            let mut found = none();
            found.add(page(0, &vec![5; count]));
            found.add(page(count, &[-1]));
            assert_eq!(found.total, count + 1);
            assert_eq!(found.kept.due.len(), (kept + 1).min(max));
            assert_eq!(found.kept.due[0].days_left, -1, "the most urgent is kept");
        }
    }
}
