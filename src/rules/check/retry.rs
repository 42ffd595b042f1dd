//! Checks `[[retry]]`: the debits that a payment rule set makes in place of the one asked for.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Checker;
use crate::features::{Type, Value};
use crate::limits;
use crate::rules::diagnostic::Code;
use crate::rules::file::RetryEntry;
use crate::rules::resolve::NameScope;
use crate::rules::rule_set::{Formula, Retry};
use crate::rules::toml_reader::Text;

impl Checker<'_> {
    pub(super) fn retries(
        &mut self,
        entries: &[RetryEntry],
        scorecard: bool,
    ) -> Option<Vec<Retry>> {
        let place = NameScope::Tier { scorecard };
        let mut ids = BTreeSet::new();
        // Every one is checked, also after one has failed.
        let retries: Vec<Option<Retry>> = entries
            .iter()
            .map(|entry| self.retry(entry, &mut ids, place))
            .collect();
        retries.into_iter().collect()
    }

    fn retry<'f>(
        &mut self,
        entry: &'f RetryEntry,
        ids: &mut BTreeSet<&'f str>,
        place: NameScope,
    ) -> Option<Retry> {
        let id = entry.id.as_ref();
        let id = id.map(|id| self.unique(id, ids, "retry"));
        // A last retry that always applies is usual: no warning.
        let when = entry.when.as_ref();
        let when = when.map(|when| self.formula(when, place, true));
        let on = entry.on.as_ref();
        let on = on.map(|on| self.of_type(on, place, Type::Date));
        let parts = match &entry.parts {
            Some((parts, span)) => self.parts(*parts, span),
            None => Some(1),
        };
        let every = entry.every.as_ref();
        let every = every.map(|every| (self.every(every, place), &every.span));
        match (parts, &every) {
            (Some(1), Some((_, span))) => {
                let message = "`every` says the time between parts, and there is one";
                let help = "write how many there are, as in `parts = 2`".to_owned();
                self.report.error_with(Code::BadValue, span, message, help);
            }
            (Some(2..), None) => {
                self.missing_key(&entry.span, "[[retry]] in parts needs `every`");
            }
            (Some(_) | None, _) => {}
        }
        let reason = entry.reason.as_ref();
        let reason = reason.map(|reason| self.reason(reason));
        Some(Retry {
            id: id??,
            when: when??.0,
            on: on??.0,
            parts: parts?,
            every: match every {
                Some((every, _)) => Some(every?),
                None => None,
            },
            reason: reason??,
        })
    }

    fn parts(&mut self, parts: i64, span: &Range<usize>) -> Option<u32> {
        let known = u32::try_from(parts).ok();
        let known = known.filter(|parts| (1..=limits::RETRY_PARTS_MAX).contains(parts));
        if known.is_none() {
            let message = format!(
                "`parts` is from 1 to {}, not {parts}",
                limits::RETRY_PARTS_MAX
            );
            self.report.error(Code::OutOfRange, span, message);
        }
        known
    }

    /// The days between parts, in range where they are constant.
    fn every(&mut self, text: &Text, place: NameScope) -> Option<Formula> {
        let (formula, typed) = self.of_type(text, place, Type::Days)?;
        let Some(Value::Days(days)) = self.constant_value(&typed) else {
            return Some(formula);
        };
        if limits::RETRY_EVERY_DAYS.contains(&days) {
            return Some(formula);
        }
        let (least, most) = limits::RETRY_EVERY_DAYS.into_inner();
        let message = format!("`every` is from {least} to {most} days");
        self.report.error(Code::OutOfRange, &text.span, message);
        None
    }
}
