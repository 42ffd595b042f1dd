//! One decision made again and compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::bundles::Bundles;
use super::difference::changed_fields;
use super::drift::{self, DriftExample};
use super::finding::{Finding, FindingClass};
use super::recorded::{Recorded, UNREADABLE};
use super::report::Result as Compared;
use super::step::first_step;
use super::task::Replay;
use crate::decision::{DecisionBody, Pins, SEMANTICS, named};
use crate::ledger::{Damage, DecisionInBrief, DecisionRecord, OpenedDecision, SealedDecision};
use crate::portfolio::PastDecision;
use crate::rules::{Bundle, BundleHash, Verdict};

/// A decision on its way to be made again.
pub(super) struct Again {
    seq: u64,
    name: String,
    opened: Opened,
}

enum Opened {
    NotDrawn,
    Damaged(String),
    Ready(Box<(OpenedDecision, Pins)>),
}

/// What computing features anew would change of one decision.
type DriftOfOne = BTreeMap<&'static str, DriftExample>;

impl Again {
    /// Proves a decision and opens it, where it is among the drawn ones.
    pub(super) fn open(sealed: SealedDecision, drawn: Option<&BTreeSet<u64>>) -> Self {
        let (seq, name) = (sealed.seq(), sealed.name());
        let opened = if drawn.is_some_and(|drawn| !drawn.contains(&seq)) {
            Opened::NotDrawn
        } else {
            let opened = sealed.open().and_then(|opened| {
                let pins = DecisionBody::pins_of(opened.body());
                let pins = pins.map_err(|_| UNREADABLE.to_owned())?;
                Ok((opened, pins))
            });
            match opened {
                Ok(opened) => Opened::Ready(Box::new(opened)),
                Err(problem) => Opened::Damaged(problem),
            }
        };
        Self { seq, name, opened }
    }

    /// The rule set that decided.
    pub(super) fn bundle(&self) -> Option<BundleHash> {
        match &self.opened {
            Opened::NotDrawn | Opened::Damaged(_) => None,
            Opened::Ready(ready) => Some(ready.1.rule_set.bundle),
        }
    }

    /// Decides again, where it is meant, and compares.
    pub(super) fn compared(self, bundles: &Bundles<'_>, replay: &Replay) -> (Compared, DriftOfOne) {
        let Self { seq, name, opened } = self;
        let (opened, pins) = match opened {
            Opened::NotDrawn => return (Compared::NotTaken, DriftOfOne::new()),
            Opened::Damaged(problem) => {
                let failure = Failure::damaged(problem);
                let found = failure.found(seq, name, None);
                return (found, DriftOfOne::new());
            }
            Opened::Ready(ready) => *ready,
        };
        let id = opened.id.clone();
        let mut drift = DriftOfOne::new();
        let compared = One {
            opened: &opened,
            pins,
            bundles,
        }
        .compared(replay, &mut drift);
        let compared = compared.unwrap_or_else(|failure| failure.found(seq, name, Some(id)));
        (compared, drift)
    }
}

/// Why a decision did not come out as recorded.
struct Failure {
    class: FindingClass,
    problem: String,
    /// The bodies, named, where both are there.
    bodies: Option<(Json, Json)>,
}

impl Failure {
    fn new(class: FindingClass, problem: impl Into<String>) -> Self {
        Self {
            class,
            problem: problem.into(),
            bodies: None,
        }
    }

    fn damaged(problem: impl Into<String>) -> Self {
        Self::new(FindingClass::Damaged(Damage::Data), problem)
    }

    /// Another decision comes of the same input.
    fn changed(old: Json, new: Json) -> Self {
        Self {
            bodies: Some((old, new)),
            ..Self::new(FindingClass::BehaviourChanged, "it comes out differently")
        }
    }

    fn found(self, seq: u64, record: String, decision: Option<crate::id::DecisionId>) -> Compared {
        let bodies = self.bodies.as_ref();
        let step = bodies.and_then(|(old, new)| first_step(old, new));
        let fields = bodies.map(|(old, new)| changed_fields(old, new));
        let (changed_fields, changed_fields_total) = fields.unwrap_or_default();
        let problem = match &step {
            Some(step) => step.to_string(),
            None => self.problem,
        };
        Compared::Found(Box::new(Finding {
            class: self.class,
            record,
            seq,
            decision,
            problem,
            step,
            changed_fields,
            changed_fields_total,
        }))
    }
}

struct One<'a> {
    opened: &'a OpenedDecision,
    pins: Pins,
    bundles: &'a Bundles<'a>,
}

impl One<'_> {
    fn compared(self, replay: &Replay, drift: &mut DriftOfOne) -> Result<Compared, Failure> {
        let Self {
            opened,
            pins,
            bundles,
        } = self;
        let (hash, semantics) = (pins.rule_set.bundle, pins.semantics);
        let bundle = bundles.rule_set(hash);
        if !replay.selection.is_everything() {
            let record = opened.read_in_brief().map_err(Failure::damaged)?;
            match taken(replay, record, bundle.as_ref().ok().copied())? {
                Verdict::True => {}
                Verdict::False => return Ok(Compared::NotTaken),
                // It may be meant: that its rule set cannot decide any more is told all the same.
                Verdict::Unknown if bundle.is_err() => {}
                Verdict::Unknown => return Ok(Compared::Unknown),
            }
        }
        let bundle = bundle.map_err(|found| Failure::new(found.class, found.problem))?;
        let layout = bundles.layout(hash);
        if semantics == SEMANTICS {
            let recorded = Recorded::of(opened, pins).map_err(Failure::damaged)?;
            let fresh = recorded.decide(bundle);
            let fresh =
                fresh.map_err(|problem| Failure::new(FindingClass::BehaviourChanged, problem))?;
            if replay.drift {
                let record = opened.record().map_err(Failure::damaged)?;
                *drift = drift::of_decision(&opened.id, &record.body.features, &fresh);
            }
            compare(opened.body(), &fresh, layout)?;
            return Ok(Compared::Reproduced(None));
        }
        let record = opened.record().map_err(Failure::damaged)?;
        if replay.drift {
            let recorded = Recorded::of(opened, pins).map_err(Failure::damaged)?;
            // That it cannot be computed at all any more is no drift of a feature.
            if let Ok(fresh) = recorded.decide(bundle) {
                *drift = drift::of_decision(&opened.id, &record.body.features, &fresh);
            }
        }
        from_features(&record, bundle, layout)?;
        Ok(Compared::Reproduced(Some(semantics)))
    }
}

/// Whether a decision is meant.
fn taken(
    replay: &Replay,
    record: DecisionInBrief,
    live: Option<&Bundle>,
) -> Result<Verdict, Failure> {
    let past = past(record)?;
    let taken = replay.selection.takes(&past, live);
    taken.map_err(|defect| Failure::new(FindingClass::BehaviourChanged, defect.to_string()))
}

fn past(record: DecisionInBrief) -> Result<PastDecision, Failure> {
    let semantics = record.body.pins.semantics;
    PastDecision::of(record).ok_or_else(|| {
        Failure::new(
            FindingClass::FeaturesUnknown,
            format!("its features, of semantics {semantics}, are not those of this engine's table"),
        )
    })
}

/// Compares the canonical bytes.
fn compare(old: &[u8], fresh: &DecisionBody, layout: &Json) -> Result<(), Failure> {
    let unwritable = |_| Failure::damaged("its body cannot be written as JSON");
    let new = fresh.to_bytes().map_err(unwritable)?;
    if old == new {
        return Ok(());
    }
    let unreadable = |_| Failure::damaged("its body cannot be read as JSON");
    let read = |bytes: &[u8]| serde_json::from_slice::<Json>(bytes).map_err(unreadable);
    Err(Failure::changed(
        named(&read(old)?, layout),
        named(&read(&new)?, layout),
    ))
}

/// Runs the rules over the recorded features and compares what they make of them.
fn from_features(record: &DecisionRecord, bundle: &Bundle, layout: &Json) -> Result<(), Failure> {
    let evaluation = past(record.into())?.evaluate_again(bundle);
    let evaluation = evaluation.map_err(|why| {
        let problem = format!("it cannot be decided again from its features: {why}");
        Failure::new(FindingClass::BehaviourChanged, problem)
    })?;
    if evaluation == record.body.evaluation {
        return Ok(());
    }
    let fresh = DecisionBody {
        evaluation,
        ..(*record.body).clone()
    };
    let json = |body: &DecisionBody| {
        let body = serde_json::to_value(body);
        let body = body.map_err(|_| Failure::damaged("its body cannot be written as JSON"))?;
        Ok(named(&body, layout))
    };
    Err(Failure::changed(json(&record.body)?, json(&fresh)?))
}
