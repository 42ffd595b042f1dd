//! From a debit that is not made as asked for to those in its place.

use super::Run;
use crate::rules::compiled_approve::{CompiledApprove, CompiledRetry};
use crate::rules::debits::{self, Parts, PlannedDebit};
use crate::rules::evaluation::{Action, Outcome, ReasonSource, Row};
use crate::rules::rule_set::{Approve, Retry};
use crate::rules::scalar::Scalar;
use crate::rules::verdict::Verdict;

impl<'a> Run<'a, '_> {
    /// The outcome where the condition of approval does not hold: the first retry that applies, or a
    /// person.
    pub(super) fn retry(&mut self, approve: &'a Approve, compiled: &'a CompiledApprove) -> Outcome {
        let when = &compiled.when.0;
        let row = self.first_that_applies(&compiled.retries);
        self.retry = (!compiled.retries.is_empty()).then_some(row);
        let index = match row {
            Row::At(index) => index,
            Row::None => {
                self.score_reasons(Action::Refer, |values| values.holds(when) == Verdict::True);
                self.give(approve.refer_reason, ReasonSource::Approve, Action::Refer);
                return Outcome::Refer;
            }
            Row::Unknown(_) => return self.refer_unknown(),
        };
        let retry = approve.retries.get(index).zip(compiled.retries.get(index));
        let Some((retry, plan)) =
            retry.and_then(|(retry, compiled)| Some((retry, self.plan(retry, compiled)?)))
        else {
            return self.refer_unknown();
        };
        self.plan = plan;
        self.give(retry.reason, ReasonSource::Retry(index), Action::Flag);
        self.score_reasons(Action::Flag, |values| values.holds(when) == Verdict::True);
        Outcome::Counter
    }

    fn first_that_applies(&mut self, retries: &[CompiledRetry]) -> Row {
        for (index, retry) in retries.iter().enumerate() {
            match self.condition(&retry.when.0) {
                Verdict::True => return Row::At(index),
                Verdict::Unknown => return Row::Unknown(index),
                Verdict::False => {}
            }
        }
        Row::None
    }

    /// The debits of a retry; `None` where its days cannot be known, or are none to debit on.
    fn plan(&mut self, retry: &Retry, compiled: &'a CompiledRetry) -> Option<Vec<PlannedDebit>> {
        let first = self.calculation(&compiled.on.0);
        let every = compiled.every.as_ref();
        let every = every.map(|(every, _)| self.calculation(every));
        let Ok(Scalar::Date(first)) = first else {
            return None;
        };
        let every = match every {
            Some(Ok(Scalar::Days(days))) => days,
            Some(_) => return None,
            None => 0,
        };
        let parts = Parts {
            first,
            count: retry.parts,
            every,
        };
        let amount = self.values.requested.amount;
        debits::planned(amount, parts, self.values.decision_date()?)
    }
}
