//! What some answers come to, and what is then still open.

use std::collections::BTreeSet;

use super::alternatives::Alternatives;
use super::fact::{self, Answers, Fact};
use crate::features::Missing;
use crate::rules::debits::PlannedDebit;
use crate::rules::evaluate::Judged;
use crate::rules::evaluation::{Action, OfferTerms, Outcome, ReasonSource};
use crate::rules::missing_inputs::MissingInputs;
use crate::rules::missing_search::{self, Ended};
use crate::rules::node::SlotId;
use crate::rules::program::{CompiledEnd, CompiledRule, Program};
use crate::rules::values::Values;
use crate::rules::verdict::Verdict;

/// What some answers come to.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    /// `None` where that asks forecasts that nobody made.
    pub(super) outcome: Option<Outcome>,
    pub(super) offer: Option<OfferTerms>,
    /// The debits in place of a payment.
    pub(super) plan: Vec<PlannedDebit>,
    /// The principal reasons.
    pub(super) reasons: Vec<usize>,
    /// Those to refer that no answer takes away.
    pub(super) standing: Vec<usize>,
    pub(super) open: Open,
}

/// What may change an outcome.
#[derive(Debug, Clone)]
pub(super) enum Open {
    /// Answers to these facts; nothing, where there are none.
    Facts(BTreeSet<Fact>),
    /// It is referred in any case, unless answers have one of these rules decline.
    Declines(Vec<(usize, BTreeSet<Fact>)>),
}

impl Open {
    /// The facts.
    pub(super) fn facts(&self) -> BTreeSet<Fact> {
        match self {
            Self::Facts(facts) => facts.clone(),
            Self::Declines(rules) => rules.iter().flat_map(|(_, facts)| facts).copied().collect(),
        }
    }
}

/// Looks at what was judged with some answers.
pub(super) struct Look<'l, 'a> {
    pub(super) values: &'l Values<'a>,
    pub(super) answers: &'l Answers,
    pub(super) alternatives: &'l dyn Alternatives,
    /// The slots of facts that a reviewer has answered before.
    pub(super) answered: &'l BTreeSet<SlotId>,
}

impl Look<'_, '_> {
    pub(super) fn sight(&self, judged: Judged) -> Sight {
        let mut standing = Vec::new();
        let open = match judged.outcome {
            Outcome::Approve | Outcome::Counter => Open::Facts(BTreeSet::new()),
            Outcome::Decline => Open::Facts(self.of_a_decline(&judged)),
            Outcome::Refer => self.of_a_referral(&judged, &mut standing),
        };
        let principal = judged.reasons.iter().filter(|given| given.principal);
        Sight {
            outcome: Some(judged.outcome),
            offer: judged.offer,
            plan: judged.plan,
            reasons: principal.map(|given| given.reason).collect(),
            standing,
            open,
        }
    }

    fn program(&self) -> &Program {
        self.values.program
    }

    /// What may undo a decline: all that gave it has to be in doubt. What lost points gave none by itself:
    /// the rule or the offer that asks for the score did, and it rests on all that is scored.
    fn of_a_decline(&self, judged: &Judged) -> BTreeSet<Fact> {
        let given = judged.reasons.iter().filter(|given| {
            given.action == Action::Decline
                && !matches!(given.source, ReasonSource::Characteristic(_))
        });
        let doubts: Vec<BTreeSet<Fact>> = given.map(|given| self.behind(given.source)).collect();
        if doubts.iter().any(BTreeSet::is_empty) {
            return BTreeSet::new();
        }
        doubts.into_iter().flatten().collect()
    }

    /// What may settle a referral. Where something refers that no answer takes away, only what may
    /// still decline matters.
    fn of_a_referral(&self, judged: &Judged, standing: &mut Vec<usize>) -> Open {
        let program = self.program();
        let mut facts = BTreeSet::new();
        for given in &judged.reasons {
            if given.action != Action::Refer || given.source == ReasonSource::Missing {
                continue;
            }
            let behind = self.behind(given.source);
            if behind.is_empty() && !matches!(given.source, ReasonSource::Characteristic(_)) {
                standing.push(given.reason);
            }
            facts.extend(behind);
        }
        let mut declines = Vec::new();
        let mut lacks = false;
        for (index, rule) in program.rules.iter().enumerate() {
            if !self.is_unknown_and_matters(index, rule, judged) {
                continue;
            }
            lacks = true;
            let own = self.lacking(rule);
            if own.is_empty() {
                standing.push(program.information_missing);
            } else if rule.action == Action::Decline {
                declines.push((index, own.clone()));
            }
            facts.extend(own);
        }
        let mut given = judged.reasons.iter();
        if !lacks && given.any(|given| given.source == ReasonSource::Missing) {
            let mut missing = MissingInputs::default();
            let end = Ended {
                sought: judged.sought.as_ref(),
                retry: judged.retry,
            };
            missing_search::at_the_end(self.values, end, &mut missing);
            let own = self.answerable(&missing);
            if own.is_empty() {
                standing.push(program.information_missing);
            }
            facts.extend(own);
        }
        if standing.is_empty() {
            Open::Facts(facts)
        } else {
            Open::Declines(declines)
        }
    }

    fn is_unknown_and_matters(&self, index: usize, rule: &CompiledRule, judged: &Judged) -> bool {
        let seen = |number| judged.verdicts.seen(number);
        if rule.action == Action::Flag || rule.when.logic.of(&seen) != Verdict::Unknown {
            return false;
        }
        let written = self.program().rule_set().rules.get(index);
        rule.may_lack
            || written.is_some_and(|written| {
                let lacks = missing_search::of_rule(self.values, rule);
                !written.ignored.is_empty() && missing_search::passed(written, &lacks).is_none()
            })
    }

    /// The facts that a rule lacks and that can be found out.
    pub(super) fn lacking(&self, rule: &CompiledRule) -> BTreeSet<Fact> {
        self.answerable(&missing_search::of_rule(self.values, rule))
    }

    fn answerable(&self, missing: &MissingInputs) -> BTreeSet<Fact> {
        let slots = &self.program().rule_set().slots;
        let mut facts = BTreeSet::new();
        for (_, names) in missing.by_cause() {
            for name in names {
                let Some(slot) = slots.find(name) else {
                    continue;
                };
                // What a calculation could not use is not missing itself. Where a review could not be
                // followed, no answer helps.
                if matches!(self.values.get(slot), Ok(_) | Err(Missing::ReviewUnclear)) {
                    continue;
                }
                facts.extend(Fact::of(self.program(), slot));
                if fact::rests_on_streams(self.program(), slot) {
                    facts.extend(self.open_streams());
                }
            }
        }
        facts
    }

    /// The facts in doubt behind what gave a reason.
    fn behind(&self, source: ReasonSource) -> BTreeSet<Fact> {
        let program = self.program();
        match (source, &program.end) {
            (ReasonSource::Rule(rule), _) => {
                let rule = program.rules.get(rule);
                self.doubts(rule.iter().flat_map(|rule| &rule.basis.slots))
            }
            (ReasonSource::Characteristic(index), _) => {
                let one = program.characteristics.get(index);
                self.doubts(one.iter().flat_map(|one| &one.basis.slots))
            }
            (ReasonSource::Approve, CompiledEnd::Approve(approve)) => {
                let bases = approve.bases().into_iter();
                self.doubts(bases.flat_map(|basis| &basis.slots))
            }
            (ReasonSource::Offer, CompiledEnd::Offer(offer)) => {
                let bases = offer.bases().into_iter();
                let on_asked = program.rules_on_asked.iter();
                let rules = on_asked.filter_map(|rule| program.rules.get(*rule));
                let bases = bases.chain(rules.map(|rule| &rule.basis));
                self.doubts(bases.flat_map(|basis| &basis.slots))
            }
            (
                ReasonSource::Approve
                | ReasonSource::Retry(_)
                | ReasonSource::Offer
                | ReasonSource::Missing
                | ReasonSource::BankData,
                _,
            ) => BTreeSet::new(),
        }
    }

    /// The facts in doubt among slots: values that state a doubt, what is missing and was not in the way
    /// (a rule may hold because it is), and streams that nothing proves.
    fn doubts<'s>(&self, slots: impl IntoIterator<Item = &'s SlotId>) -> BTreeSet<Fact> {
        let program = self.program();
        let mut facts = BTreeSet::new();
        for &slot in slots {
            let own = Fact::of(program, slot);
            if own.is_some_and(|fact| self.answers.contains_key(&fact))
                || self.answered.contains(&slot)
            {
                continue;
            }
            if self.values.get(slot) == Err(Missing::ReviewUnclear) {
                continue;
            }
            if fact::takes_an_answer(self.values, slot) {
                facts.extend(own);
            }
            if fact::rests_on_streams(program, slot) {
                facts.extend(self.open_streams());
            }
        }
        facts
    }

    fn open_streams(&self) -> impl Iterator<Item = Fact> {
        let all = (0..self.alternatives.streams().len()).map(Fact::Stream);
        all.filter(|stream| !self.answers.contains_key(stream))
    }
}
