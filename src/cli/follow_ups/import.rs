//! A file of what became of many loans.

use std::path::Path;

use serde::Deserialize;

use crate::application::Input;
use crate::cli::args::parse_value;
use crate::cli::{CliError, limited_file};
use crate::follow_up::LoanEvent;
use crate::limits;
use crate::proto;
use crate::rules::csv;
use crate::service::to_wire;

/// The columns of a file, in the order of [`Written::of`].
const COLUMNS: [&str; 8] = [
    "key",
    "decision",
    "event",
    "date",
    "amount",
    "days_past_due",
    "corrects",
    "note",
];

/// One entry, and the line that it stands on.
#[derive(Debug, PartialEq)]
pub(in crate::cli) struct Line {
    pub(in crate::cli) number: usize,
    pub(in crate::cli) request: proto::RecordLoanPerformanceRequest,
}

/// One entry as a person writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    key: String,
    decision: String,
    event: String,
    date: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    days_past_due: Days,
    #[serde(default)]
    corrects: String,
    #[serde(default)]
    note: String,
}

/// A number, or the text of one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Days {
    Number(u32),
    Text(String),
}

impl Default for Days {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Written {
    /// The entry of a row, whose cells stand in the columns of `places`.
    fn of(row: &[csv::Cell], places: &[Option<usize>]) -> Self {
        let mut cells = places.iter().map(|place| {
            let cell = place.and_then(|place| row.get(place));
            cell.map_or_else(String::new, |cell| cell.text.clone())
        });
        let mut next = || cells.next().unwrap_or_default();
        Self {
            key: next(),
            decision: next(),
            event: next(),
            date: next(),
            amount: next(),
            days_past_due: Days::Text(next()),
            corrects: next(),
            note: next(),
        }
    }

    /// The request, or the column that cannot be read and what it should hold. Nothing of what stands
    /// there is repeated.
    fn request(self) -> Result<proto::RecordLoanPerformanceRequest, (&'static str, String)> {
        if self.key.is_empty() {
            let problem = "is empty: it names the entry, so that no import records it twice";
            return Err(("key", problem.to_owned()));
        }
        let event = LoanEvent::parse(&self.event.to_ascii_lowercase());
        let event =
            event.ok_or_else(|| ("event", format!("is not one of {}", LoanEvent::CHOICES)))?;
        let amount = match (self.amount.as_str(), parse_value(&self.amount)) {
            ("", _) => None,
            (_, Input::Money(amount)) => Some(to_wire::money(amount)),
            (_, Input::Number(_) | Input::Date(_) | Input::Text(_) | Input::Bool(_)) => {
                return Err(("amount", "is not an amount such as `150.00 usd`".to_owned()));
            }
        };
        let days = match self.days_past_due {
            Days::Number(days) => days,
            Days::Text(text) if text.is_empty() => 0,
            Days::Text(text) => text
                .parse()
                .map_err(|_| ("days_past_due", "is not a whole number".to_owned()))?,
        };
        Ok(proto::RecordLoanPerformanceRequest {
            idempotency_key: self.key,
            decision_id: self.decision,
            event: to_wire::loan_event(event).into(),
            date: Some(proto::Date { value: self.date }),
            amount,
            days_past_due: days,
            corrects: self.corrects,
            note: self.note,
        })
    }
}

/// Reads a file: CSV where its name ends so, else a JSON object on each line. All of it is read before
/// anything is recorded.
pub(in crate::cli) fn read(path: &Path) -> Result<Vec<Line>, CliError> {
    let unusable = |problem: &str| CliError::Usage(format!("`{}` {problem}", path.display()));
    let max = limits::PERFORMANCE_FILE_BYTES_MAX;
    let bytes = limited_file::read(path, max).map_err(|error| CliError::file(path, &error))?;
    let bytes = bytes.ok_or_else(|| unusable(&format!("is larger than {max} bytes: split it")))?;
    let text = String::from_utf8(bytes).map_err(|_| unusable("is not UTF-8 text"))?;
    let is_csv = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let written = match is_csv {
        true => of_csv(&text),
        false => of_json(&text),
    };
    let written = written.map_err(|problem| unusable(&problem))?.into_iter();
    let lines = written.map(|(number, written)| {
        let request = written.request().map_err(|(column, problem)| {
            unusable(&format!(
                "cannot be read at line {number}: `{column}` {problem}"
            ))
        })?;
        Ok(Line { number, request })
    });
    lines.collect()
}

fn of_csv(text: &str) -> Result<Vec<(usize, Written)>, String> {
    let line_at = |at: usize| {
        let before = text.as_bytes().iter().take(at);
        before
            .filter(|byte| **byte == b'\n')
            .count()
            .saturating_add(1)
    };
    let rows = csv::rows(text).map_err(|at| {
        let line = line_at(at.start);
        format!("cannot be read at line {line}: a cell in quotes does not end as it should")
    })?;
    let mut rows = rows.into_iter();
    let head = rows.next().unwrap_or_default();
    let known = |name: &str| COLUMNS.contains(&name);
    if let Some(strange) = head.iter().position(|cell| !known(&cell.text)) {
        let column = strange.saturating_add(1);
        let columns = COLUMNS.join(", ");
        return Err(format!("has a column {column} that is none of {columns}"));
    }
    let is_twice = |name: &&&str| head.iter().filter(|cell| cell.text == **name).count() > 1;
    if let Some(name) = COLUMNS.iter().find(is_twice) {
        return Err(format!(
            "has the column `{name}` twice: which of them holds, nobody can say"
        ));
    }
    let places = COLUMNS.map(|name| head.iter().position(|cell| cell.text == name));
    let missing = COLUMNS.iter().zip(&places).take(4);
    if let Some((name, _)) = missing.into_iter().find(|(_, place)| place.is_none()) {
        return Err(format!(
            "has no column `{name}`: its first line names the columns"
        ));
    }
    let numbered = rows.map(|row| {
        let line = row.first().map_or(0, |cell| line_at(cell.span.start));
        (line, Written::of(&row, &places))
    });
    Ok(numbered.collect())
}

fn of_json(text: &str) -> Result<Vec<(usize, Written)>, String> {
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| match serde_json::from_str(line) {
            Ok(written) => Ok((number, written)),
            // What the reader says of it repeats what stands there.
            Err(error) => Err(format!(
                "cannot be read at line {number}, column {}: each line is an object with {}",
                error.column(),
                COLUMNS.join(", ")
            )),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(name: &str, text: &str) -> Result<Vec<Line>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        read(&path).map_err(|error| {
            error
                .to_string()
                .replace(folder.path().to_str().unwrap(), "")
        })
    }

    const CSV: &str = "key,decision,event,date,amount,days_past_due\n\
        k-1,dec_1,funded,2026-01-05,5000.00 usd,\n\n\
        k-2,dec_1,late,2026-02-20,,15\n";
    const JSON: &str = r#"{"key": "k-1", "decision": "dec_1", "event": "funded", "date": "2026-01-05", "amount": "5000.00 usd"}

{"key": "k-2", "decision": "dec_1", "event": "late", "date": "2026-02-20", "days_past_due": 15}
"#;

    #[test]
    fn both_forms_say_the_same() {
        let (csv, json) = (
            read_text("a.csv", CSV).unwrap(),
            read_text("a.jsonl", JSON).unwrap(),
        );
        let requests = |lines: &[Line]| {
            let requests = lines.iter().map(|line| line.request.clone());
            requests.collect::<Vec<_>>()
        };
        assert_eq!(requests(&csv), requests(&json));
        let numbers = |lines: &[Line]| lines.iter().map(|line| line.number).collect::<Vec<_>>();
        assert_eq!((numbers(&csv), numbers(&json)), (vec![2, 4], vec![1, 3]));
        let late = &csv[1].request;
        assert_eq!((late.days_past_due, late.amount.as_ref()), (15, None));
        assert_eq!(late.event(), proto::LoanEvent::Late);
    }

    #[test]
    fn what_cannot_be_read_is_named_and_not_repeated() {
        let head = "key,decision,event,date,amount\n";
        for (name, text, problem) in [
            (
                "a.csv",
                format!("{head}k,dec_1,zqplant,2026-01-05,"),
                "line 2: `event` is not one of",
            ),
            (
                "a.csv",
                format!("{head}k,dec_1,paid,2026-01-05,zqplant"),
                "line 2: `amount` is not an amount",
            ),
            (
                "a.csv",
                format!("{head},dec_1,paid,2026-01-05,"),
                "line 2: `key` is empty",
            ),
            (
                "a.csv",
                "key,zqplant\n".to_owned(),
                "has a column 2 that is none of key, decision",
            ),
            (
                "a.csv",
                "key,decision,event\n".to_owned(),
                "has no column `date`",
            ),
            (
                "a.csv",
                "key,decision,event,date,event\nk,dec_1,paid,2026-01-05,zqplant".to_owned(),
                "has the column `event` twice",
            ),
            (
                "a.csv",
                format!("{head}\"zqplant"),
                "line 2: a cell in quotes",
            ),
            ("a.jsonl", "{\"zqplant\": 1}".to_owned(), "line 1, column"),
        ] {
            let told = read_text(name, &text).unwrap_err();
            assert!(told.contains(problem), "{told}");
            assert!(!told.contains("zqplant"), "{told}");
        }
    }

    #[test]
    fn the_file_is_limited_below_at_and_above() {
        let max = usize::try_from(limits::PERFORMANCE_FILE_BYTES_MAX).unwrap();
        for (length, good) in [(max - 1, true), (max, true), (max + 1, false)] {
            let text = " ".repeat(length);
            assert_eq!(read_text("a.jsonl", &text).is_ok(), good, "{length}");
        }
    }
}
