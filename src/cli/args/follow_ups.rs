//! The arguments of the commands that keep what follows a decision.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;

use super::{RecordsArgs, values};
use crate::follow_up::{Channel, LoanEvent, NoticeKind};
use crate::id::{DecisionId, IdempotencyKey};
use crate::money::Money;
use crate::rules::Outcome;

/// A reason as it is written for `--reason`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct WrittenReason {
    /// The code of a reason of the rule set; empty where only a statement is written.
    pub(in crate::cli) code: String,
    /// The statement; empty where only a code is written.
    pub(in crate::cli) statement: String,
}

/// What every record of what follows a decision has beside what it says.
#[derive(Debug, Args)]
pub(in crate::cli) struct Naming {
    /// What is noted to it. The applicant is not told.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(in crate::cli) note: String,
    /// The idempotency key; drawn at random when left out.
    #[arg(long)]
    pub(in crate::cli) key: Option<IdempotencyKey>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Override {
    /// The decision: dec_...
    pub(in crate::cli) id: DecisionId,
    /// What was decided: approve or decline.
    #[arg(long, value_parser = values::parse_outcome)]
    pub(in crate::cli) outcome: Outcome,
    /// Why, the weightiest first: the code of a reason of the rule set, a statement to the applicant, or
    /// both as CODE=STATEMENT. A decline needs one; may be repeated, four times at most.
    #[arg(long = "reason", value_name = "REASON", value_parser = parse_reason)]
    pub(in crate::cli) reasons: Vec<WrittenReason>,
    /// Who decided.
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) reviewer: String,
    /// When it was decided; now, when left out, which it is not beside --key.
    #[arg(long, value_name = "TIME", value_parser = values::parse_instant)]
    pub(in crate::cli) decide_time: Option<DateTime<Utc>>,
    #[command(flatten)]
    pub(in crate::cli) naming: Naming,
    #[command(flatten)]
    pub(in crate::cli) records: RecordsArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Performance {
    /// The decision: dec_...
    #[arg(required_unless_present = "import")]
    pub(in crate::cli) id: Option<DecisionId>,
    /// What happened: funded, paid, late, defaulted, loss, interest, paid_off or void.
    #[arg(long, value_parser = word(LoanEvent::parse, LoanEvent::CHOICES), required_unless_present = "import")]
    pub(in crate::cli) event: Option<LoanEvent>,
    /// On which day.
    #[arg(long, value_name = "DATE", required_unless_present = "import")]
    pub(in crate::cli) date: Option<NaiveDate>,
    /// How much: "150.00 usd".
    #[arg(long, value_parser = values::parse_money)]
    pub(in crate::cli) amount: Option<Money>,
    /// How many days a late payment is past due.
    #[arg(long, value_name = "DAYS")]
    pub(in crate::cli) days_past_due: Option<u32>,
    /// The key of the entry in whose place this one stands.
    #[arg(long, value_name = "KEY")]
    pub(in crate::cli) corrects: Option<IdempotencyKey>,
    #[command(flatten)]
    pub(in crate::cli) naming: Naming,
    /// A file of many entries in place of one: CSV with a head (`.csv`), or a JSON object on each line.
    /// Its columns are key, decision, event, date, amount, days_past_due, corrects and note.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["id", "event", "date", "amount", "days_past_due", "corrects", "note", "key"]
    )]
    pub(in crate::cli) import: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) records: RecordsArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Notice {
    /// The decision: dec_...
    pub(in crate::cli) id: DecisionId,
    /// A TOML file of who sends it: name, address, [ecoa_agency] and [[consumer_reporting_agencies]], as
    /// docs/adverse-action.md shows. Without it there is no letter.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) creditor: Option<PathBuf>,
    /// Until when the applicant may answer: of a notice of incompleteness, and of a counteroffer.
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) reply_by: Option<NaiveDate>,
    #[command(flatten)]
    pub(in crate::cli) records: RecordsArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Due {
    /// What is due on this day or before; all that is owed when left out.
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) by: Option<NaiveDate>,
    /// Of decisions recorded on this day (UTC) or later; of the last 60 days when left out.
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) since: Option<NaiveDate>,
    #[command(flatten)]
    pub(in crate::cli) records: RecordsArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Sent {
    /// The decision: dec_...
    pub(in crate::cli) id: DecisionId,
    /// Which notice: adverse_action, counteroffer or incompleteness.
    #[arg(long, value_parser = word(NoticeKind::parse, NoticeKind::CHOICES))]
    pub(in crate::cli) kind: NoticeKind,
    /// On which day it was sent.
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) date: NaiveDate,
    /// How: mail, electronic or in_person.
    #[arg(long, value_name = "CHANNEL", value_parser = word(Channel::parse, Channel::CHOICES))]
    pub(in crate::cli) by: Channel,
    #[command(flatten)]
    pub(in crate::cli) naming: Naming,
    #[command(flatten)]
    pub(in crate::cli) records: RecordsArgs,
}

/// A parser of the words that `parse` knows, of which `choices` tells.
fn word<T>(
    parse: fn(&str) -> Option<T>,
    choices: &'static str,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| parse(&text.to_ascii_lowercase()).ok_or_else(|| format!("is not one of {choices}"))
}

/// Reads a code, a statement, or `CODE=STATEMENT`.
fn parse_reason(text: &str) -> Result<WrittenReason, String> {
    let is_code = |text: &str| {
        let of_code = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        !text.is_empty() && text.chars().all(of_code)
    };
    let (code, statement) = match text.split_once('=') {
        Some((code, statement)) if is_code(code) => (code, statement),
        Some(_) | None if is_code(text) => (text, ""),
        Some(_) | None => ("", text),
    };
    Ok(WrittenReason {
        code: code.to_owned(),
        statement: statement.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_code_a_statement_or_both() {
        for (text, code, statement) in [
            ("INCOME_STOPPED", "INCOME_STOPPED", ""),
            ("INCOME_STOPPED=It stopped", "INCOME_STOPPED", "It stopped"),
            ("Income has stopped", "", "Income has stopped"),
            ("2 + 2 = 5", "", "2 + 2 = 5"),
        ] {
            let read = parse_reason(text).unwrap();
            assert_eq!(
                (read.code.as_str(), read.statement.as_str()),
                (code, statement)
            );
        }
    }
}
