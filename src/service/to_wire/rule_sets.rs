//! Rule sets, and what decided when, as they are shown.

use std::collections::BTreeMap;

use super::timestamp;
use crate::ledger::Publication;
use crate::limits;
use crate::portfolio::{RuleHits, Tally};
use crate::proto;
use crate::rules::{Attachments, Diagnostic, Severity};
use crate::underwriter::{Compared, Held, RuleSetStatus, Said, ShadowStanding, Standing};

/// A published version, and how it stands.
pub fn rule_set_version(published: Publication, standing: Standing) -> proto::RuleSetVersion {
    use proto::RuleSetState as State;
    let (state, scheduled) = match standing {
        Standing::Idle => (State::Idle, None),
        Standing::Scheduled(at) => (State::Scheduled, Some(at)),
        Standing::Live => (State::Live, None),
    };
    proto::RuleSetVersion {
        name: published.name.to_string(),
        version: published.version,
        bundle_hash: published.hash.to_string(),
        publisher: published.by.to_string(),
        publish_time: Some(timestamp(published.at)),
        note: published.note,
        state: state.into(),
        scheduled_time: scheduled.map(timestamp),
    }
}

/// What was said to decide, and what became of it.
pub fn activation(said: Said) -> proto::Activation {
    use proto::ActivationState as State;
    let Said {
        activation,
        version,
        held,
    } = said;
    let (state, end) = match held {
        Held::Now => (State::Live, None),
        Held::Later => (State::Scheduled, None),
        Held::Until(end) => (State::Ended, Some(end)),
        Held::Never => (State::CalledOff, None),
    };
    let hash = activation.bundle.map(|hash| hash.to_string());
    proto::Activation {
        seq: activation.seq,
        name: activation.name.to_string(),
        version: version.unwrap_or_default(),
        bundle_hash: hash.unwrap_or_default(),
        start_time: Some(timestamp(activation.at)),
        end_time: end.map(timestamp),
        who: activation.by.to_string(),
        record_time: Some(timestamp(activation.recorded_at)),
        state: state.into(),
    }
}

/// How a rule set stands.
pub fn rule_set_status(status: RuleSetStatus) -> proto::RuleSetStatus {
    proto::RuleSetStatus {
        name: status.name.to_string(),
        activations: status.said.into_iter().map(activation).collect(),
        shadow: status.shadow.map(shadow),
        tally: status.tally.map(tally),
    }
}

fn shadow(shadow: ShadowStanding) -> proto::Shadow {
    let said = shadow.shadowing;
    let (counts, tally) = match shadow.compared {
        Some(Compared { counts, tally: of }) => (counts, Some(tally(of))),
        None => (BTreeMap::new(), None),
    };
    let counts = counts.into_iter();
    proto::Shadow {
        version: shadow.version,
        bundle_hash: said.bundle.map(|hash| hash.to_string()).unwrap_or_default(),
        start_time: Some(timestamp(said.at)),
        who: said.by.to_string(),
        counts: counts
            .map(|((outcome, shadow_outcome), count)| proto::ShadowCount {
                outcome,
                shadow_outcome,
                count,
            })
            .collect(),
        tally,
    }
}

fn tally(tally: Tally) -> proto::Tally {
    let outcomes = tally.outcomes.into_iter();
    proto::Tally {
        decisions: tally.decisions,
        first_time: tally.period.map(|(first, _)| timestamp(first)),
        last_time: tally.period.map(|(_, last)| timestamp(last)),
        outcomes: outcomes
            .map(|(outcome, count)| proto::OutcomeCount {
                outcome: outcome.as_str().to_owned(),
                count,
            })
            .collect(),
        rules: tally.rules.into_iter().map(rule_hits).collect(),
        damaged: tally.damaged,
        decisions_max: u64::try_from(limits::TALLY_DECISIONS_MAX).unwrap_or(u64::MAX),
    }
}

fn rule_hits(found: RuleHits) -> proto::RuleHits {
    let (most_with, most_with_hits) = found.most_with.unwrap_or_default();
    proto::RuleHits {
        rule_id: found.rule,
        hits: found.hits,
        alone: found.alone,
        most_with,
        most_with_hits,
    }
}

/// A rule file with the files that it names.
pub fn rule_set_text(source: Vec<u8>, attachments: &Attachments) -> proto::RuleSetText {
    let attachments = attachments.iter();
    proto::RuleSetText {
        source,
        attachments: attachments
            .map(|(name, content)| proto::RuleSetAttachment {
                name: name.to_owned(),
                content: content.to_vec(),
            })
            .collect(),
    }
}

/// What was found in a rule file.
pub fn findings(found: Vec<Diagnostic>) -> Vec<proto::RuleSetFinding> {
    let place = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let found = found.into_iter();
    found
        .map(|one| proto::RuleSetFinding {
            is_error: one.severity == Severity::Error,
            code: one.code.to_owned(),
            file: one.file.unwrap_or_default(),
            line: place(one.line),
            column: place(one.column),
            message: one.message,
            help: one.help.unwrap_or_default(),
        })
        .collect()
}
