//! A file of what reviewers answer.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::args::parse_value;
use super::{CliError, json_list};
use crate::limits;
use crate::proto;
use crate::service::to_wire;

/// One answer, by the names of the wire.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    fact: String,
    /// As a person writes it: `4200.00 usd`, `yes`.
    value: String,
    reviewer: String,
    evidence: String,
    answer_time: DateTime<Utc>,
}

/// Reads a file of answers.
pub(super) fn read(path: &Path) -> Result<Vec<proto::Answer>, CliError> {
    let form = "answers, each with these fields and no other: `{\"fact\": \"income.monthly_net\", \
                \"value\": \"4200.00 usd\", \"reviewer\": \"...\", \"evidence\": \"...\", \
                \"answer_time\": \"2026-03-31T15:00:00Z\"}`";
    let written: Vec<Written> = json_list::read(path, limits::ANSWER_FILE_BYTES_MAX, form)?;
    Ok(written.into_iter().map(Into::into).collect())
}

impl From<Written> for proto::Answer {
    fn from(written: Written) -> Self {
        Self {
            fact: written.fact,
            value: Some(to_wire::input(&parse_value(&written.value))),
            reviewer: written.reviewer,
            evidence: written.evidence,
            answer_time: Some(to_wire::timestamp(written.answer_time)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<proto::Answer>, CliError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.json");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    const ONE: &str = r#"[{"fact": "income.monthly_net", "value": "4200.00 usd",
        "reviewer": "q.officer", "evidence": "pay slip of March",
        "answer_time": "2026-03-31T15:00:00Z"}]"#;

    #[test]
    fn a_file_of_answers_is_read_by_the_names_of_the_wire() {
        let read = read_text(ONE).unwrap();
        let [answer] = read.as_slice() else {
            panic!("{read:?}");
        };
        let amount = proto::Money {
            amount: "4200.00".to_owned(),
            currency: "USD".to_owned(),
        };
        let kind = proto::input_value::Kind::Money(amount);
        assert_eq!(answer.value.as_ref().unwrap().kind, Some(kind));
        assert_eq!(answer.answer_time.unwrap().seconds, 1_774_969_200);
        for wrong in ["", "{}", &ONE.replace("evidence", "why")] {
            assert!(
                matches!(read_text(wrong), Err(CliError::Usage(_))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn nothing_of_a_file_is_repeated_where_it_is_wrong() {
        let message = read_text(r#"[{"fact": 1, "evidence": "Ada Example"}]"#)
            .unwrap_err()
            .to_string();
        assert!(message.contains("line 1, column ") && message.contains("answers.json"));
        assert!(!message.contains("Ada"), "{message}");
    }

    #[test]
    fn a_file_of_answers_is_limited_below_at_and_above() {
        let max = usize::try_from(limits::ANSWER_FILE_BYTES_MAX).unwrap();
        for (size, good) in [(max - 1, true), (max, true), (max + 1, false)] {
            let read = read_text(&format!("[]{}", " ".repeat(size - 2)));
            assert_eq!(read.is_ok(), good, "{size}");
        }
    }
}
