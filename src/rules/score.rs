//! Runs the scorecard.

use super::evaluation::{Score, ScoreTrace};
use super::interpret::{self, Env};
use super::rule_set::{Characteristic, Scorecard};
use super::scalar::{Known, Scalar};
use super::statement::recorded;
use super::trace::NoTrace;
use crate::features::Missing;

/// Scores every characteristic. `slots` are those of the evaluation, the one of `value` being
/// used on the way.
pub(super) fn run<'a>(
    scorecard: &'a Scorecard,
    slots: &mut [Known<'a>],
    env: impl for<'e> Fn(&'e [Known<'a>]) -> Env<'a, 'e>,
) -> Score {
    let mut total = Ok(scorecard.base);
    let mut characteristics = Vec::new();
    for characteristic in &scorecard.characteristics {
        let value = interpret::run(&characteristic.value.node, env(slots), &mut NoTrace);
        let value = value.map(Scalar::quantised);
        if let Some(slot) = slots.get_mut(scorecard.value.0) {
            *slot = value;
        }
        let (bin, points) = score(characteristic, value, env(slots));
        total = add(total, points);
        let bins = characteristic.bins.iter();
        characteristics.push(ScoreTrace {
            name: characteristic.name.clone(),
            observed: recorded(&value, env(slots).currency),
            bin,
            points,
            points_max: bins.map(|bin| bin.points).max().unwrap_or(0),
        });
    }
    Score {
        total,
        characteristics,
    }
}

fn add(total: Result<i64, Missing>, points: Result<i64, Missing>) -> Result<i64, Missing> {
    total?.checked_add(points?).ok_or(Missing::Overflow)
}

/// The first bin that applies. A value or bin that cannot be known scores as missing.
fn score<'a>(
    characteristic: &'a Characteristic,
    value: Known<'a>,
    env: Env<'a, '_>,
) -> (String, Result<i64, Missing>) {
    let missing = |why: Missing| match &characteristic.missing {
        Some((points, because)) => (format!("missing: {because}"), Ok(*points)),
        None => ("missing".to_owned(), Err(why)),
    };
    if let Err(why) = value {
        return missing(why);
    }
    for bin in &characteristic.bins {
        let Some(when) = &bin.when else {
            return ("otherwise".to_owned(), Ok(bin.points));
        };
        match interpret::run(&when.node, env, &mut NoTrace) {
            Ok(Scalar::Bool(true)) => return (when.text.clone(), Ok(bin.points)),
            Ok(_) => {}
            Err(why) => return missing(why),
        }
    }
    // INVARIANT: the last bin always applies.
    missing(Missing::Ambiguous)
}

/// The most that the scorecard can give.
pub(super) fn best(scorecard: &Scorecard) -> i64 {
    let characteristics = scorecard.characteristics.iter();
    characteristics
        .filter_map(|one| one.bins.iter().map(|bin| bin.points).max())
        .fold(scorecard.base, i64::saturating_add)
}
