//! Why: reasons, rules with their texts, the score, and what was worked out before.

use super::data::Transactions;
use crate::cli::decided_by::DecidedBy;
use crate::cli::show::{features, reasons};
use crate::cli::text;
use crate::proto;
use crate::report::packet;
use crate::report::packet::{Act, Characteristic, Fact, Table, WorkedOut};

/// The rule set that decided, and who made it so.
pub(super) fn decided_by(decision: &proto::Decision, known: &DecidedBy) -> packet::DecidedBy {
    let pins = decision.pins.as_ref();
    let pin = pins.and_then(|pins| pins.rule_set.clone());
    let pin = pin.unwrap_or_default();
    packet::DecidedBy {
        kind: text::word(pin.kind().as_str_name(), "RULE_SET_KIND_"),
        name: pin.name,
        version: pin.version,
        bundle_hash: pin.bundle_hash,
        published: known.version.as_ref().map(|version| Act {
            what: "published".to_owned(),
            who: version.publisher.clone(),
            when: text::instant(version.publish_time.as_ref()),
            said: lines(&version.note),
            record: None,
        }),
        activated: known.activation.as_ref().map(|said| Act {
            what: "made active".to_owned(),
            who: said.who.clone(),
            when: text::instant(said.record_time.as_ref()),
            said: vec![decides(said)],
            record: Some(said.seq),
        }),
        text_is_proven: known.text_is_proven,
        unknown: known.unknown.clone(),
    }
}

/// `from 2026-03-01 09:00 UTC on`, or until when.
fn decides(said: &proto::Activation) -> String {
    let from = text::instant(said.start_time.as_ref());
    match &said.end_time {
        None => format!("from {from} on"),
        end => format!("from {from} until {}", text::instant(end.as_ref())),
    }
}

/// The lines of a text that are not empty.
pub(super) fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Why, the principal ones first.
pub(super) fn reasons(
    decision: &proto::Decision,
    transactions: &Transactions<'_>,
) -> Vec<packet::Reason> {
    let (told, untold): (Vec<_>, Vec<_>) =
        decision.reasons.iter().partition(|reason| reason.principal);
    let all = told.into_iter().chain(untold);
    all.map(|reason| packet::Reason {
        code: reason.code.clone(),
        statement: reason.statement.clone(),
        does: text::action(reason.action()),
        principal: reason.principal,
        source: reasons::source(reason),
        changes: reason.counterfactuals.iter().map(reasons::change).collect(),
        rows: transactions.rows(reason.evidence.as_ref()),
    })
    .collect()
}

/// Every rule and every retry that was looked at: those that fired first.
pub(super) fn rules(decision: &proto::Decision, known: &DecidedBy) -> Vec<packet::Rule> {
    let rules = decision.trace.iter().map(|rule| packet::Rule {
        id: rule.rule_id.clone(),
        does: text::action(rule.action()),
        held: held(rule.verdict()),
        text: known.rule(&rule.rule_id).map(str::to_owned),
        comparisons: rule.comparisons.iter().map(comparison).collect(),
        missing_ignored: rule.missing_ignored.clone(),
        why: rule.why.clone(),
        owner: rule.owner.clone(),
    });
    let retries = decision.retries.iter().map(|retry| packet::Rule {
        id: retry.retry_id.clone(),
        does: "has the debit made otherwise",
        held: held(retry.verdict()),
        text: known.retry(&retry.retry_id).map(str::to_owned),
        comparisons: retry.comparisons.iter().map(comparison).collect(),
        missing_ignored: String::new(),
        why: String::new(),
        owner: String::new(),
    });
    let mut all: Vec<_> = rules.chain(retries).collect();
    all.sort_by_key(|rule| rule.held);
    all
}

fn comparison(one: &proto::Comparison) -> packet::Comparison {
    let operands = one.operands.iter();
    packet::Comparison {
        text: one.text.clone(),
        values: operands.map(|value| text::observed(Some(value))).collect(),
        held: held(one.verdict()),
        in_words: one.in_words.clone(),
    }
}

fn held(verdict: proto::Verdict) -> packet::Held {
    match verdict {
        proto::Verdict::True => packet::Held::True,
        proto::Verdict::False => packet::Held::False,
        proto::Verdict::Unknown | proto::Verdict::Unspecified => packet::Held::Unknown,
    }
}

/// The scorecard's result.
pub(super) fn score(score: &proto::Score) -> packet::Score {
    use proto::score::Total;
    use proto::score_characteristic::Result as Points;
    let characteristics = score.characteristics.iter().map(|one| Characteristic {
        name: one.name.clone(),
        observed: text::observed(one.observed.as_ref()),
        bin: one.bin.clone(),
        points: match &one.result {
            Some(Points::Points(points)) => points.to_string(),
            Some(Points::Missing(_)) | None => "none".to_owned(),
        },
        most: one.points_max.to_string(),
    });
    packet::Score {
        total: match &score.total {
            Some(Total::Points(points)) => points.to_string(),
            Some(Total::Missing(why)) => format!("none: {}", text::missing(*why)),
            None => "not said".to_owned(),
        },
        characteristics: characteristics.collect(),
    }
}

/// What the rules worked out before they decided.
pub(super) fn worked_out(decision: &proto::Decision) -> WorkedOut {
    let values = |values: &[proto::DerivedValue]| {
        let told = values.iter().map(|one| {
            let value = text::observed(one.observation.as_ref());
            format!("{}: {value}", one.name)
        });
        told.collect::<Vec<_>>().join(", ")
    };
    let derived = decision.derived_values.iter();
    let tables = decision.tables.iter().map(|table| Table {
        name: table.name.clone(),
        by: values(&table.inputs),
        row: table.row.clone().unwrap_or_else(|| "not known".to_owned()),
        gives: values(&table.outputs),
    });
    let decided = decision.decided_by.iter().map(|one| {
        let whose = one.subject.as_ref().and_then(features::whose);
        Fact::new(
            &one.function,
            whose.unwrap_or_else(|| "the household".to_owned()),
        )
    });
    WorkedOut {
        derived: derived
            .map(|one| Fact::new(&one.name, text::observed(one.observation.as_ref())))
            .collect(),
        tables: tables.collect(),
        decided_by: decided.collect(),
    }
}
