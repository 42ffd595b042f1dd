//! A file of what reviewers say of streams of income.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{CliError, json_list};
use crate::application::ReviewVerdict;
use crate::limits;
use crate::proto;
use crate::service::to_wire;

/// One review, by the names of the wire.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    account_id: String,
    transaction_id: String,
    verdict: Verdict,
    reviewer: String,
    reason: String,
    review_time: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Verdict {
    #[serde(rename = "CONFIRMED", alias = "REVIEW_VERDICT_CONFIRMED")]
    Confirmed,
    #[serde(rename = "REFUSED", alias = "REVIEW_VERDICT_REFUSED")]
    Refused,
}

/// Reads a file of reviews.
pub(super) fn read(path: &Path) -> Result<Vec<proto::StreamReview>, CliError> {
    let form = "reviews, each with these fields and no other: `{\"account_id\": \"fca_...\", \
                \"transaction_id\": \"fctxn_...\", \"verdict\": \"CONFIRMED\", \"reviewer\": \"...\", \
                \"reason\": \"...\", \"review_time\": \"2026-03-31T15:00:00Z\"}`, the verdict being \
                `CONFIRMED` or `REFUSED`";
    let written: Vec<Written> = json_list::read(path, limits::STREAM_REVIEW_FILE_BYTES_MAX, form)?;
    Ok(written.into_iter().map(Into::into).collect())
}

impl From<Written> for proto::StreamReview {
    fn from(written: Written) -> Self {
        let verdict = match written.verdict {
            Verdict::Confirmed => ReviewVerdict::Confirmed,
            Verdict::Refused => ReviewVerdict::Refused,
        };
        Self {
            account_id: written.account_id,
            transaction_id: written.transaction_id,
            verdict: to_wire::words::review_verdict(verdict).into(),
            reviewer: written.reviewer,
            reason: written.reason,
            review_time: Some(to_wire::timestamp(written.review_time)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<proto::StreamReview>, CliError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reviews.json");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn a_file_of_reviews_is_read_by_the_names_of_the_wire() {
        let text = r#"[{"account_id": "fca_1", "transaction_id": "fctxn_2", "verdict": "REFUSED",
            "reviewer": "q.officer", "reason": "a loan of a friend",
            "review_time": "2026-03-31T15:00:00Z"}]"#;
        let read = read_text(text).unwrap();
        let [review] = read.as_slice() else {
            panic!("{read:?}");
        };
        assert_eq!(review.verdict(), proto::ReviewVerdict::Refused);
        assert_eq!(review.transaction_id, "fctxn_2");
        assert_eq!(review.review_time.unwrap().seconds, 1_774_969_200);
        for wrong in [
            "",
            "{}",
            &text.replace("REFUSED", "MAYBE"),
            &text.replace("reason", "why"),
        ] {
            assert!(
                matches!(read_text(wrong), Err(CliError::Usage(_))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_by_its_place_and_nothing_of_it_is_repeated() {
        for text in [
            r#"["Ada Example"]"#,
            r#"[{"Ada Example": ""}]"#,
            r#"[{"verdict": "Ada Example"}]"#,
            r#"[{"review_time": "Ada Example"}]"#,
        ] {
            let message = read_text(text).unwrap_err().to_string();
            for said in [
                "line 1, column ",
                "`CONFIRMED` or `REFUSED`",
                "reviews.json",
            ] {
                assert!(message.contains(said), "{message}");
            }
            assert!(!message.contains("Ada"), "{message}");
        }
    }

    #[test]
    fn a_file_of_reviews_is_limited_below_at_and_above() {
        let max = usize::try_from(limits::STREAM_REVIEW_FILE_BYTES_MAX).unwrap();
        for (size, good) in [(max - 1, true), (max, true), (max + 1, false)] {
            let read = read_text(&format!("[]{}", " ".repeat(size - 2)));
            assert_eq!(read.is_ok(), good, "{size}");
            if let Err(error) = read {
                let said = format!("is larger than {max} bytes");
                assert!(error.to_string().contains(&said), "{error}");
            }
        }
    }
}
