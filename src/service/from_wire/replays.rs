//! Requests about runs that decide again.

use std::collections::BTreeSet;

use super::rule_sets::{SentRuleSet, sent};
use super::{Problems, id, known, optional_id, optional_instant, outcome};
use crate::application::ApplicationError;
use crate::id::{DecisionId, ReplayId, RuleSetName, RuleSetVersion};
use crate::limits;
use crate::portfolio::{DECISION_NAMES, Sample, Selection, TestData};
use crate::proto;
use crate::rules::Query;

/// A parsed request for a run.
#[derive(Debug)]
pub struct SentRun {
    /// What is done.
    pub work: SentWork,
    /// With which decisions.
    pub selection: Selection,
    /// Whether it ends with the call.
    pub cancel_on_disconnect: bool,
}

/// What a run is to do.
#[derive(Debug)]
pub enum SentWork {
    /// Decide again by the rules that decided.
    Reproduction {
        /// Whether it is told what computing features anew would change.
        drift: bool,
    },
    /// Decide again by candidates.
    Backtest(Vec<SentCandidate>),
}

/// A candidate.
#[derive(Debug)]
pub enum SentCandidate {
    /// A rule file.
    Text(SentRuleSet),
    /// A published version.
    Published(RuleSetName, RuleSetVersion),
}

/// Parses the id of a run.
pub fn replay_id(text: &str) -> Result<ReplayId, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let id = id(&mut problems, "id", text, ReplayId::parse);
    problems.into_result(id)
}

/// Parses a request for a run.
pub fn run_replay_request(
    request: proto::RunReplayRequest,
) -> Result<SentRun, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let work = work(&mut problems, request.work);
    let selection = selection(&mut problems, request.selection.unwrap_or_default());
    problems.into_result(work.map(|work| SentRun {
        work,
        selection,
        cancel_on_disconnect: request.cancel_on_disconnect,
    }))
}

fn work(
    problems: &mut Problems,
    work: Option<proto::run_replay_request::Work>,
) -> Option<SentWork> {
    use proto::run_replay_request::Work as Wire;
    let backtest = match work {
        None => {
            problems.add("work", "is required: `reproduction` or `backtest`");
            return None;
        }
        Some(Wire::Reproduction(wire)) => {
            return Some(SentWork::Reproduction { drift: wire.drift });
        }
        Some(Wire::Backtest(wire)) => wire,
    };
    let (field, max) = ("backtest.candidates", limits::BACKTEST_CANDIDATES_MAX);
    match backtest.candidates.len() {
        0 => problems.add(field, "is required: at least one"),
        count if count > max => {
            problems.add(field, format!("are more than {max}: compare them in turns"));
            return None;
        }
        _ => {}
    }
    let candidates = backtest.candidates.into_iter().enumerate();
    let candidates =
        candidates.map(|(at, wire)| candidate(problems, &format!("{field}[{at}]"), wire.rule_set));
    // All of them are looked at, whichever is wrong.
    let candidates: Vec<_> = candidates.collect();
    candidates
        .into_iter()
        .collect::<Option<_>>()
        .map(SentWork::Backtest)
}

fn candidate(
    problems: &mut Problems,
    at: &str,
    wire: Option<proto::backtest_candidate::RuleSet>,
) -> Option<SentCandidate> {
    use proto::backtest_candidate::RuleSet as Wire;
    match wire {
        None => {
            problems.add(at, "is empty: send `text` or `published`");
            None
        }
        Some(Wire::Text(text)) => {
            let text = sent(problems, &format!("{at}.text"), Some(text));
            text.map(SentCandidate::Text)
        }
        Some(Wire::Published(wire)) => {
            let at = format!("{at}.published");
            let name = id(
                problems,
                &format!("{at}.name"),
                &wire.name,
                RuleSetName::parse,
            );
            let version = format!("{at}.version");
            let version = id(problems, &version, &wire.version, RuleSetVersion::parse);
            let (name, version) = name.zip(version)?;
            Some(SentCandidate::Published(name, version))
        }
    }
}

/// Parses which decisions are meant.
fn selection(problems: &mut Problems, wire: proto::DecisionSelection) -> Selection {
    let field = |name: &str| format!("selection.{name}");
    let from = optional_instant(problems, &field("start_time"), wire.start_time.as_ref());
    let until = optional_instant(problems, &field("end_time"), wire.end_time.as_ref());
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        problems.add(&field("end_time"), "is before `selection.start_time`");
    }
    let rule_set = field("rule_set");
    let rule_set = optional_id(problems, &rule_set, &wire.rule_set, RuleSetName::parse);
    let version = name(problems, &field("rule_set_version"), wire.rule_set_version);
    if version.is_some() && wire.rule_set.is_empty() {
        problems.add(
            &field("rule_set_version"),
            "is a version of nothing: send `selection.rule_set`",
        );
    }
    let sampled = wire.sample;
    if wire.seed.is_some() && sampled.is_none() {
        problems.add(&field("seed"), "is of no sample: send `selection.sample`");
    }
    let sample = sampled.and_then(|count| {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        problems.keep(&field("sample"), Sample::new(count, wire.seed.unwrap_or(1)))
    });
    let outcome = outcome(problems, &field("outcome"), wire.outcome);
    Selection {
        from,
        until,
        rule_set,
        version,
        product: product(problems, wire.product),
        outcome,
        reason: name(problems, &field("reason"), wire.reason),
        rule: name(problems, &field("rule"), wire.rule),
        ids: ids(problems, &wire.decision_ids),
        test_data: test_data(problems, wire.test_data),
        sample,
        // Last, for what it says of a condition rests on nothing else being wrong.
        holds: condition(problems, &wire.condition),
    }
}

/// A name as rule sets have it, where one is sent.
fn name(problems: &mut Problems, field: &str, text: String) -> Option<String> {
    let is_name = text.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_name || text.len() > limits::ID_BYTES_MAX {
        problems.add(field, "is not a name as rule sets have it");
    }
    (!text.is_empty()).then_some(text)
}

fn product(problems: &mut Problems, text: String) -> Option<String> {
    let max = limits::TEXT_BYTES_MAX;
    if text.len() > max {
        let problem = format!("is longer than {max} bytes");
        problems.add("selection.product", problem);
    }
    (!text.is_empty()).then_some(text)
}

fn ids(problems: &mut Problems, wire: &[String]) -> BTreeSet<DecisionId> {
    let (field, max) = ("selection.decision_ids", limits::SELECTION_IDS_MAX);
    if wire.len() > max {
        problems.add(field, format!("are more than {max}"));
        return BTreeSet::new();
    }
    let ids = wire.iter().enumerate();
    ids.filter_map(|(at, text)| id(problems, &format!("{field}[{at}]"), text, DecisionId::parse))
        .collect()
}

fn test_data(problems: &mut Problems, wire: i32) -> TestData {
    use proto::TestDataSelection as Wire;
    let meant = match Wire::try_from(wire) {
        Ok(Wire::Unspecified | Wire::With) => Some(TestData::With),
        Ok(Wire::Without) => Some(TestData::Without),
        Ok(Wire::Only) => Some(TestData::Only),
        Err(_) => None,
    };
    let choices = "WITH, WITHOUT or ONLY";
    known(problems, "selection.test_data", wire, meant, choices).unwrap_or_default()
}

/// A condition, where one is sent. What is wrong with it names what it reads, and so is looked for only in a
/// request that is a good one else.
fn condition(problems: &mut Problems, text: &str) -> Option<Query> {
    let (field, max) = ("selection.condition", limits::EXPRESSION_BYTES_MAX);
    if text.len() > max {
        problems.add(field, format!("is longer than {max} bytes"));
        return None;
    }
    if text.is_empty() || !problems.0.is_empty() {
        return None;
    }
    let parsed = Query::parse(text, &DECISION_NAMES);
    let found = parsed.map_err(|found| {
        for one in found {
            let help = one
                .help
                .map_or_else(String::new, |help| format!(" ({help})"));
            let (line, column, message) = (one.line, one.column, one.message);
            problems.add(
                field,
                format!("line {line}, column {column}: {message}{help}"),
            );
        }
    });
    found.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::run_replay_request::Work as Wire;

    fn reproduction(selection: proto::DecisionSelection) -> proto::RunReplayRequest {
        proto::RunReplayRequest {
            work: Some(Wire::Reproduction(proto::Reproduction { drift: false })),
            selection: Some(selection),
            cancel_on_disconnect: false,
        }
    }

    fn wrong(change: impl FnOnce(&mut proto::DecisionSelection)) -> Vec<String> {
        let mut selection = proto::DecisionSelection::default();
        change(&mut selection);
        match run_replay_request(reproduction(selection)) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.into_iter().map(|one| one.field).collect(),
        }
    }

    #[test]
    fn a_selection_has_limits_below_at_and_above() {
        let max = limits::SELECTION_IDS_MAX;
        for (count, field) in [
            (max - 1, None),
            (max, None),
            (max + 1, Some("selection.decision_ids")),
        ] {
            let ids = |wire: &mut proto::DecisionSelection| {
                wire.decision_ids = (0..count).map(|one| format!("dec_{one}")).collect();
            };
            assert_eq!(wrong(ids), Vec::from_iter(field), "{count}");
        }
        let condition = "income.monthly_net > 0 usd";
        let max = limits::EXPRESSION_BYTES_MAX;
        for (length, field) in [
            (max - 1, None),
            (max, None),
            (max + 1, Some("selection.condition")),
        ] {
            let padded = |wire: &mut proto::DecisionSelection| {
                wire.condition = format!("{condition:<length$}");
            };
            assert_eq!(wrong(padded), Vec::from_iter(field), "{length}");
        }
        let (least, most) = (limits::SAMPLE_MIN as u64, limits::SAMPLE_MAX as u64);
        for (count, field) in [
            (least - 1, Some("selection.sample")),
            (least, None),
            (most, None),
            (most + 1, Some("selection.sample")),
        ] {
            let sample = |wire: &mut proto::DecisionSelection| wire.sample = Some(count);
            assert_eq!(wrong(sample), Vec::from_iter(field), "{count}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_its_field() {
        let second = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let all = wrong(|wire| {
            wire.start_time = second(2);
            wire.end_time = second(1);
            wire.rule_set_version = "1.0.0".to_owned();
            wire.outcome = 77;
            wire.reason = "no name".to_owned();
            wire.decision_ids = vec!["dec_1".to_owned(), "fca_1".to_owned()];
            wire.test_data = 77;
            wire.seed = Some(7);
        });
        let expected = [
            "end_time",
            "rule_set_version",
            "seed",
            "outcome",
            "reason",
            "decision_ids[1]",
            "test_data",
        ];
        assert_eq!(all, expected.map(|name| format!("selection.{name}")));
        let condition = wrong(|wire| wire.condition = "incom.monthly_net > 0 usd".to_owned());
        assert_eq!(condition, ["selection.condition"]);
    }

    #[test]
    fn a_run_does_one_thing_and_candidates_are_limited_below_at_and_above() {
        let fields = |request| {
            let problems = run_replay_request(request).map(drop).unwrap_err();
            problems
                .into_iter()
                .map(|one| one.field)
                .collect::<Vec<_>>()
        };
        assert_eq!(fields(proto::RunReplayRequest::default()), ["work"]);
        let candidate = |rule_set| proto::BacktestCandidate { rule_set };
        let published = |name: &str| {
            use proto::backtest_candidate::RuleSet;
            let name = name.to_owned();
            let version = "1.0.0".to_owned();
            candidate(Some(RuleSet::Published(proto::PublishedRuleSet {
                name,
                version,
            })))
        };
        let backtest = |candidates| proto::RunReplayRequest {
            work: Some(Wire::Backtest(proto::Backtest { candidates })),
            ..Default::default()
        };
        assert_eq!(fields(backtest(Vec::new())), ["backtest.candidates"]);
        let bad = backtest(vec![candidate(None), published("")]);
        let expected = [
            "backtest.candidates[0]",
            "backtest.candidates[1].published.name",
        ];
        assert_eq!(fields(bad), expected);
        let max = limits::BACKTEST_CANDIDATES_MAX;
        for (count, is_good) in [(max - 1, true), (max, true), (max + 1, false)] {
            let request = backtest(vec![published("personal-loan"); count]);
            assert_eq!(run_replay_request(request).is_ok(), is_good, "{count}");
        }
    }
}
