//! Checks the scorecard.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Checker;
use crate::features::Type;
use crate::rules::diagnostic::Code;
use crate::rules::file::{BinEntry, CharacteristicEntry, ScorecardEntry};
use crate::rules::node::{Source, bin_value};
use crate::rules::resolve::NameScope;
use crate::rules::rule_set::{Bin, Characteristic, Scorecard};
use crate::rules::vocabulary::{BASELINES, Baseline};

/// Points beyond this are a slip of the pen.
const POINTS_MAX: i64 = 1_000_000;

impl Checker<'_> {
    pub(super) fn scorecard(&mut self, entry: &ScorecardEntry) -> Option<Scorecard> {
        let base = self.points(entry.base.0, &entry.base.1);
        if entry.characteristics.is_empty() {
            self.missing_key(
                &entry.span,
                "[scorecard] needs a [[scorecard.characteristic]]",
            );
        }
        let baseline = match &entry.baseline {
            Some(text) => self.word(text, &BASELINES, "a baseline"),
            None => Some(Baseline::Max),
        };
        let mut names = BTreeSet::new();
        let characteristics: Vec<Option<Characteristic>> = entry
            .characteristics
            .iter()
            .map(|entry| self.characteristic(entry, baseline, &mut names))
            .collect();
        Some(Scorecard {
            base,
            characteristics: characteristics.into_iter().collect::<Option<_>>()?,
            score: None,
        })
    }

    fn characteristic<'f>(
        &mut self,
        entry: &'f CharacteristicEntry,
        baseline: Option<Baseline>,
        names: &mut BTreeSet<&'f str>,
    ) -> Option<Characteristic> {
        let name = entry.name.as_ref();
        let name = name.map(|name| self.unique(name, names, "characteristic"));
        let reason = entry.reason.as_ref().map(|reason| self.reason(reason));
        let value = entry.value.as_ref();
        let value = value.and_then(|value| self.formula(value, NameScope::Characteristic, false));
        let ty = value.as_ref().map(|(_, typed)| typed.ty);
        let bins = self.bins(entry, ty);
        let missing = match &entry.missing {
            None => None,
            Some(missing) => {
                if let Some(because) = &missing.because {
                    self.not_empty(because, "`because` says why these points are fair");
                }
                if missing.points.is_none() {
                    self.missing_key(&entry.span, "`missing` needs `points`");
                }
                let points = missing.points.as_ref();
                let points = points.map(|(points, span)| self.points(*points, span));
                Some((points?, missing.because.as_ref()?.value.clone()))
            }
        };
        let average = self.average(entry, baseline, bins.as_deref());
        Some(Characteristic {
            name: name??,
            value_slot: self.slots.named(&bin_value(ty?), Source::BinValue, ty?),
            value: value?.0,
            reason: reason??,
            average: average?,
            bins: bins?,
            missing,
        })
    }

    /// The points that points lost are counted against, where they are not the most there are.
    fn average(
        &mut self,
        entry: &CharacteristicEntry,
        baseline: Option<Baseline>,
        bins: Option<&[Bin]>,
    ) -> Option<Option<i64>> {
        match (baseline?, &entry.baseline) {
            (Baseline::Max, None) => Some(None),
            (Baseline::Max, Some((_, span))) => {
                let message = "points lost are counted here against the most there are";
                let help = "write `baseline = \"average\"` in [scorecard], and the average points \
                            of approvals in each characteristic";
                self.report
                    .error_with(Code::BadValue, span, message, help.to_owned());
                None
            }
            (Baseline::Average, None) => {
                let message = "with `baseline = \"average\"`, each characteristic needs its \
                               `baseline`: the average points of approvals, rounded";
                self.missing_key(&entry.span, message);
                None
            }
            (Baseline::Average, Some((points, span))) => {
                let of_bins = || bins.unwrap_or_default().iter().map(|bin| bin.points);
                let (Some(least), Some(most)) = (of_bins().min(), of_bins().max()) else {
                    return None;
                };
                if !(least..=most).contains(points) {
                    let message =
                        format!("the bins give between {least} and {most} points, so no average");
                    self.report.error(Code::OutOfRange, span, message);
                }
                Some(Some(*points))
            }
        }
    }

    fn bins(&mut self, entry: &CharacteristicEntry, ty: Option<Type>) -> Option<Vec<Bin>> {
        let mut bins = Vec::new();
        let mut closed = false;
        for bin in &entry.bins {
            if closed {
                let message = "this bin never applies: one before it always does";
                self.report
                    .warning(Code::Unreachable, &bin.span, message, None);
            }
            closed |= bin.otherwise;
            bins.push(self.bin(bin, ty));
        }
        if !closed {
            let message = "`bins` needs a last one for all other values";
            let help = "end it with `{ otherwise = true, points = 0 }`".to_owned();
            self.report
                .error_with(Code::MissingKey, &entry.span, message, help);
            return None;
        }
        bins.into_iter().collect()
    }

    fn bin(&mut self, entry: &BinEntry, ty: Option<Type>) -> Option<Bin> {
        let points = match &entry.points {
            Some((points, span)) => Some(self.points(*points, span)),
            None => {
                self.missing_key(&entry.span, "a bin needs `points`");
                None
            }
        };
        let when = match (&entry.when, entry.otherwise) {
            (Some(when), false) => {
                // Without the type of `value` nothing can be said about what it is compared with.
                Some(self.condition(when, NameScope::Bin(ty?))?)
            }
            (None, true) => None,
            _ => {
                let message = "a bin has either `when` or `otherwise = true`";
                self.missing_key(&entry.span, message);
                return None;
            }
        };
        Some(Bin {
            when,
            points: points?,
        })
    }

    fn points(&mut self, points: i64, span: &Range<usize>) -> i64 {
        if points.unsigned_abs() > POINTS_MAX.unsigned_abs() {
            let message = format!("points are between -{POINTS_MAX} and {POINTS_MAX}");
            self.report.error(Code::OutOfRange, span, message);
        }
        points.clamp(-POINTS_MAX, POINTS_MAX)
    }
}
