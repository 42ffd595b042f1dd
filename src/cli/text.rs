//! Wire values as people read them.

use anstyle::{AnsiColor, Style};
use chrono::DateTime;

use crate::calendar::{self, Zone};
use crate::features::Missing;
use crate::money::grouped;
use crate::proto;
use crate::proto::observation;
use crate::proto::value::Kind;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const RED: Style = AnsiColor::Red.on_default().bold();
pub(super) const CYAN: Style = AnsiColor::Cyan.on_default().bold();

/// How a decision that was made on test data is marked, wherever it is shown.
pub(super) const ON_TEST_DATA: &str = "made on test data";

/// `text` in `style`.
pub(super) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The word for an outcome and its colour.
pub(super) fn outcome(outcome: proto::Outcome) -> (&'static str, Style) {
    match outcome {
        proto::Outcome::Approve => ("APPROVE", GREEN),
        proto::Outcome::Counter => ("COUNTER", CYAN),
        proto::Outcome::Refer => ("REFER", YELLOW),
        proto::Outcome::Decline => ("DECLINE", RED),
        proto::Outcome::Unspecified => ("?", DIM),
    }
}

/// What an action does, as a verb.
pub(super) fn action(action: proto::RuleAction) -> &'static str {
    match action {
        proto::RuleAction::Decline => "declines",
        proto::RuleAction::Refer => "refers",
        proto::RuleAction::Flag => "notes",
        proto::RuleAction::Unspecified => "?",
    }
}

/// `5,000.00 USD`.
pub(super) fn money(money: &proto::Money) -> String {
    format!("{} {}", grouped(&money.amount), money.currency)
}

/// A value with its unit.
pub(super) fn value(value: &proto::Value) -> String {
    match &value.kind {
        Some(Kind::Money(amount)) => money(amount),
        Some(Kind::Count(count)) => grouped(&count.to_string()),
        Some(Kind::Days(1)) => "1 day".to_owned(),
        Some(Kind::Days(days)) => format!("{} days", grouped(&days.to_string())),
        Some(Kind::Ratio(ratio)) => ratio.value.clone(),
        Some(Kind::Percent(percent)) => format!("{} %", percent.value),
        Some(Kind::Date(date)) => date.value.clone(),
        Some(Kind::Text(text)) => text.clone(),
        Some(Kind::Boolean(true)) => "yes".to_owned(),
        Some(Kind::Boolean(false)) => "no".to_owned(),
        None => "?".to_owned(),
    }
}

/// A value, or why there is none.
pub(super) fn observation(observed: Option<&proto::Observation>) -> Result<String, &'static str> {
    match observed.and_then(|observed| observed.result.as_ref()) {
        Some(observation::Result::Value(known)) => Ok(value(known)),
        Some(observation::Result::Missing(why)) => Err(missing(*why)),
        None => Err("not said"),
    }
}

/// A value, or `missing: ` and why.
pub(super) fn observed(observed: Option<&proto::Observation>) -> String {
    observation(observed).unwrap_or_else(|why| format!("missing: {why}"))
}

/// Why a value is missing, in words.
pub(super) fn missing(why: i32) -> &'static str {
    let why = proto::MissingReason::try_from(why).map(|why| why.as_str_name());
    let known = why.map_or(None, |name| {
        Missing::from_word(&word(name, "MISSING_REASON_"))
    });
    known.map_or("not said", Missing::in_words)
}

/// `2026-03-31 15:00 UTC`.
pub(super) fn instant(at: Option<&prost_types::Timestamp>) -> String {
    at.and_then(|at| DateTime::from_timestamp(at.seconds, 0))
        .map_or_else(
            || "?".to_owned(),
            |at| at.format("%Y-%m-%d %H:%M UTC").to_string(),
        )
}

/// The day of an instant in bank data, as a decision in `zone` reads it.
pub(super) fn day(at: Option<&prost_types::Timestamp>, zone: Zone) -> String {
    at.and_then(|at| DateTime::from_timestamp(at.seconds, 0))
        .map_or_else(
            || "?".to_owned(),
            |at| calendar::civil_date(at, zone).to_string(),
        )
}

/// The first twelve characters of a hash: enough to tell hashes apart.
pub(super) fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

/// `one thing`, `2 things`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{} {many}", grouped(&count.to_string())),
    }
}

/// The word of an enum of the wire: `stale_balance` of `QUALITY_FLAG_STALE_BALANCE`.
pub(super) fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_one_that_the_decision_read() {
        let day_of = |instant: &str| {
            let at = DateTime::parse_from_rfc3339(instant).unwrap();
            let at = prost_types::Timestamp {
                seconds: at.timestamp(),
                nanos: 0,
            };
            day(Some(&at), Zone::default())
        };
        assert_eq!(day_of("2026-03-02T02:30:00Z"), "2026-03-01");
        assert_eq!(day_of("2026-03-02T00:00:00Z"), "2026-03-02");
        assert_eq!(day(None, Zone::default()), "?");
    }

    #[test]
    fn every_cause_has_its_words() {
        for why in Missing::ALL {
            let name = format!("MISSING_REASON_{}", why.as_str().to_uppercase());
            let wire = proto::MissingReason::from_str_name(&name).unwrap();
            assert_eq!(missing(wire.into()), why.in_words());
        }
        assert_eq!(missing(0), "not said");
        assert_eq!(missing(-1), "not said");
    }

    #[test]
    fn a_missing_value_says_why() {
        let observation = proto::Observation {
            result: Some(observation::Result::Missing(
                proto::MissingReason::HistoryTooShort.into(),
            )),
        };
        assert_eq!(
            observed(Some(&observation)),
            "missing: the history is too short"
        );
    }
}
