//! A selection in words that are kept for ever, as in the audit log.

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Selection, TestData};
use crate::id::{DecisionId, RuleSetName};
use crate::limits;

impl Selection {
    /// What narrows it, each as `name=value`, always in the same order; `all` where nothing does. Ids that are
    /// too many for a line are told by their number and a BLAKE3 hash of them, a line for each. Of a product and
    /// of a condition only that there is one: what a caller wrote there may be about a person.
    ///
    /// At most half of [`limits::AUDIT_OBJECT_BYTES_MAX`]: it fits into the object of an event beside what it is of.
    pub fn words(&self) -> String {
        let Self {
            from,
            until,
            rule_set,
            version,
            product,
            outcome,
            reason,
            rule,
            ids,
            test_data,
            holds,
            sample,
        } = self;
        let named = |name: &str, value: Option<&str>| value.map(|value| format!("{name}={value}"));
        let test_data = match test_data {
            TestData::With => None,
            TestData::Without => Some("without"),
            TestData::Only => Some("only"),
        };
        let rule_set = rule_set.as_ref().map(RuleSetName::as_str);
        let words = [
            named("from", from.map(instant).as_deref()),
            named("until", until.map(instant).as_deref()),
            named("rule_set", rule_set),
            named("version", version.as_deref()),
            product.as_ref().map(|_| "product".to_owned()),
            named("outcome", outcome.map(|outcome| outcome.as_str())),
            named("reason", reason.as_deref()),
            named("rule", rule.as_deref()),
            (!ids.is_empty()).then(|| told_ids(ids.iter())),
            named("test_data", test_data),
            holds.as_ref().map(|_| "condition".to_owned()),
            sample.map(|sample| format!("sample={} seed={}", sample.count, sample.seed)),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        match words.is_empty() {
            true => "all".to_owned(),
            false => words.join(" "),
        }
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn told_ids<'a>(ids: impl Iterator<Item = &'a DecisionId> + Clone) -> String {
    let listed: Vec<&str> = ids.clone().map(DecisionId::as_str).collect();
    let text = listed.join(",");
    match text.len() <= limits::SELECTION_IDS_TOLD_BYTES {
        true => format!("ids={text}"),
        false => format!("ids={}:blake3:{}", listed.len(), hash_of_ids(ids)),
    }
}

/// BLAKE3 of ids in the order of their bytes, each with a line feed behind it: what `b3sum` makes of a file of
/// a line for each.
fn hash_of_ids<'a>(ids: impl Iterator<Item = &'a DecisionId>) -> String {
    let mut hasher = blake3::Hasher::new();
    for id in ids {
        hasher.update(id.as_str().as_bytes());
        hasher.update(b"\n");
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::{DECISION_NAMES, Sample};
    use crate::rules::{Outcome, Query};

    fn ids(count: usize, length: usize) -> Selection {
        let id = |at: usize| DecisionId::parse(&format!("dec_{at:0width$}", width = length - 4));
        Selection {
            ids: (0..count).map(|at| id(at).unwrap()).collect(),
            ..Selection::default()
        }
    }

    /// A selection that says all it can, in the longest words.
    fn longest() -> Selection {
        let name = "n".repeat(limits::ID_BYTES_MAX);
        let at = "2026-09-01T00:00:00.123456789Z".parse().unwrap();
        Selection {
            from: Some(at),
            until: Some(at),
            rule_set: Some(RuleSetName::parse(&"n".repeat(limits::ID_BYTES_MAX)).unwrap()),
            version: Some(name.clone()),
            product: Some("ANN APPLICANT".to_owned()),
            outcome: Some(Outcome::Counter),
            reason: Some(name.clone()),
            rule: Some(name),
            test_data: TestData::Without,
            holds: Some(Query::parse("nsf.event_days_90d > 7", &DECISION_NAMES).unwrap()),
            sample: Some(Sample::new(limits::SAMPLE_MAX, u64::MAX).unwrap()),
            ..ids(limits::SELECTION_IDS_TOLD_BYTES / 32, 31)
        }
    }

    #[test]
    fn each_narrowing_is_told_and_nothing_that_may_be_of_a_person() {
        assert_eq!(Selection::default().words(), "all");
        let some = Selection {
            from: Some("2026-09-01T00:00:00Z".parse().unwrap()),
            rule_set: Some(RuleSetName::parse("personal-loan").unwrap()),
            outcome: Some(Outcome::Decline),
            ..ids(2, 6)
        };
        assert_eq!(
            some.words(),
            "from=2026-09-01T00:00:00Z rule_set=personal-loan outcome=DECLINE ids=dec_00,dec_01"
        );
        let words = longest().words();
        let names: Vec<&str> = words
            .split(' ')
            .map(|word| word.split('=').next().unwrap())
            .collect();
        let all = [
            "from",
            "until",
            "rule_set",
            "version",
            "product",
            "outcome",
            "reason",
            "rule",
            "ids",
            "test_data",
            "condition",
            "sample",
            "seed",
        ];
        assert_eq!(names, all);
        assert!(!words.contains("ANN") && !words.contains("nsf"), "{words}");
        assert!(
            words.len() <= limits::AUDIT_OBJECT_BYTES_MAX / 2,
            "{}",
            words.len()
        );
    }

    #[test]
    fn ids_are_listed_below_and_at_the_limit_and_hashed_above() {
        let max = limits::SELECTION_IDS_TOLD_BYTES;
        for (count, length, bytes) in [(32, 31, max - 1), (25, 40, max), (27, 37, max + 1)] {
            let some = ids(count, length);
            let lines: Vec<&str> = some.ids.iter().map(DecisionId::as_str).collect();
            assert_eq!(lines.join(",").len(), bytes);
            let hash = blake3::hash(format!("{}\n", lines.join("\n")).as_bytes()).to_hex();
            let expected = match bytes > max {
                true => format!("ids={count}:blake3:{hash}"),
                false => format!("ids={}", lines.join(",")),
            };
            assert_eq!(some.words(), expected);
        }
    }
}
