//! From the rules' verdicts to the outcome: the offer, or the condition of approval.

use super::Run;
use crate::rules::compiled_approve::CompiledApprove;
use crate::rules::evaluation::{Action, OfferTerms, Outcome, ReasonSource};
use crate::rules::program::{CompiledEnd, CompiledRule};
use crate::rules::rule_set::{Approve, End};
use crate::rules::verdict::Verdict;

impl<'a> Run<'a, '_> {
    /// The outcome, with the offer where there is one.
    pub(super) fn end(&mut self) -> (Outcome, Option<OfferTerms>) {
        if self.has(Action::Decline) {
            self.scored_rules(Action::Decline);
            self.tell_missing();
            return (Outcome::Decline, None);
        }
        if self.has(Action::Refer) || self.lacks {
            self.scored_rules(Action::Refer);
            self.tell_missing();
            return (Outcome::Refer, None);
        }
        let program = self.program;
        match (&self.rule_set.end, &program.end) {
            (End::Offer(offer), CompiledEnd::Offer(compiled)) => self.offer(offer, compiled),
            (End::Approve(approve), CompiledEnd::Approve(compiled)) => {
                (self.approve(approve, compiled), None)
            }
            // INVARIANT: a program is compiled from its own rule set.
            (End::Offer(_), _) | (End::Approve(_), _) => (Outcome::Refer, None),
        }
    }

    /// Where a rule of this action fired for the score, what lost the points gives its reasons beside
    /// the rule's own: that a score is too low tells nobody why (12 CFR 1002.9(b)(2)).
    fn scored_rules(&mut self, action: Action) {
        let program = self.program;
        let holding = self.holding.iter().filter(|rule| rule.action == action);
        let rules = holding.filter_map(|rule| program.rules.get(rule.rule));
        let scored: Vec<&CompiledRule> = rules.filter(|rule| rule.scored).collect();
        if !scored.is_empty() {
            self.score_reasons(action, |values| {
                let holds = |rule: &&CompiledRule| values.holds(&rule.when) == Verdict::True;
                !scored.iter().all(holds)
            });
        }
    }

    /// The outcome where the bank data is not ready. The offer is not even looked at.
    pub(super) fn not_ready(&mut self) -> Outcome {
        self.tell_missing();
        let reason = self.program.bank_data_not_ready;
        self.give(reason, ReasonSource::BankData, Action::Refer);
        Outcome::Refer
    }

    /// One reason for everything that could not be known.
    fn tell_missing(&mut self) {
        if self.lacks {
            self.refer_unknown();
        }
    }

    /// Refers for want of information.
    pub(super) fn refer_unknown(&mut self) -> Outcome {
        let reason = self.program.information_missing;
        self.give(reason, ReasonSource::Missing, Action::Refer);
        Outcome::Refer
    }

    fn approve(&mut self, approve: &'a Approve, compiled: &'a CompiledApprove) -> Outcome {
        match self.condition(&compiled.when.0) {
            Verdict::True => Outcome::Approve,
            Verdict::False => self.retry(approve, compiled),
            Verdict::Unknown => self.refer_unknown(),
        }
    }
}
