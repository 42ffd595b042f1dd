//! How often somebody is paid, found by trying schedules and keeping the one that explains the
//! dates best.
//!
//! Mean gaps fail on a single missed payday and on weekends. A schedule is a rule that names
//! dates; each is moved to a business day of the Federal Reserve where it would fall on another,
//! and the deposits are matched with it one to one. The score is a log-likelihood in thousandths:
//! Laplace-distributed residuals, and a price for each missed payday and each extra deposit.

mod hypotheses;
mod rule;

use chrono::{Days, NaiveDate};

use hypotheses::{
    MONTHLY_GAP_DAYS, TWO_WEEKS_GAP_DAYS, USUAL_PAIRS, hypotheses, monthly, two_days, typical_gap,
};
use rule::{Rule, Shift, due, nominal, shifted, slots};

pub use rule::Cadence;

/// Banks pay out up to so many business days early: an ACH entry is sent that long before it settles.
const EARLY_DAYS_MAX: u32 = 2;

/// Deposits that a fit looks at, the latest ones: over two years of weekly pay. Bounds the work, and
/// what was longer ago says little of now.
pub(super) const EVENTS_MAX: usize = 120;
/// Fewer dates show no schedule: two have one gap, and one gap is any schedule. Commonly asked for.
pub(super) const SCHEDULE_EVENTS_MIN: usize = 3;
/// Price of a day between a deposit and its date, in thousandths of a nat: 1/0.7, for distances that
/// are Laplace-distributed with a scale of 0.7 days. A judgement: most pay comes to the day.
const DAY: i64 = 1_430;
/// Price of a missed date: -ln 0.05, as if one payday in twenty were missed. A judgement.
const MISS: i64 = 2_996;
/// Price of an extra deposit: -ln 0.03. A judgement: one that a schedule cannot explain speaks
/// somewhat more against it than one that did not come.
const EXTRA: i64 = 3_507;
/// Price of a free parameter for each doubling of the dates: half of ln 2, as the Bayesian
/// information criterion has it.
const PARAMETER: i64 = 347;

/// A schedule has to be so much likelier than chance, in thousandths of a nat: twenty times. A
/// judgement; with less, payouts that come as they like are given a schedule.
const EVIDENCE_MIN: i64 = 2_996;
/// What the schedules tried beside the best one cost, in thousandths of a nat: of ten, one fits by
/// chance ten times as often as a single one.
const TRIED: i64 = 2_303;

/// A schedule with how well it explains the dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fit {
    /// How often.
    pub(super) cadence: Cadence,
    rule: Rule,
    shift: Shift,
    /// Positions of the deposits that fall on a date of it.
    pub(super) matched: Vec<usize>,
    /// How many dates were looked at.
    pub(super) dates_count: usize,
    /// Dates without a deposit.
    pub(super) missed: u32,
    /// The sum of the distances, in days.
    pub(super) residual_days: i64,
    score: i64,
    /// The date of the last payment, by the schedule.
    last_slot: NaiveDate,
    /// The share of the likelihood that this cadence has among all, in thousandths.
    pub(super) posterior: i64,
    /// Whether biweekly and semi-monthly explain the dates about equally well.
    pub(super) ambiguous: bool,
    /// Of the other cadences that were tried the one that explains the dates best.
    pub(super) runner_up: Option<Cadence>,
}

/// A rival within this score, in thousandths of a nat, cannot be told apart: it is more than a third
/// as likely (1/e).
const AMBIGUOUS_WITHIN: i64 = 1_000;

/// The next date is looked for within so many days: two of the longest cycles, moved to business
/// days.
const AHEAD_DAYS: u64 = 70;

impl Fit {
    /// Whether every deposit belongs to a date of it, and none of those is missed.
    pub(super) fn is_kept(&self) -> bool {
        self.missed == 0 && self.matched.len() == self.dates_count
    }

    /// Whether besides every deposit came on the day.
    fn leaves_nothing(&self) -> bool {
        self.residual_days == 0 && self.is_kept()
    }

    /// How much likelier than chance the schedule makes the dates, in thousandths of a nat.
    pub(super) fn evidence(&self) -> i64 {
        let matched = i64::try_from(self.matched.len()).unwrap_or(i64::MAX);
        self.score
            .saturating_add(matched.saturating_mul(self.cadence.gain()))
            .saturating_sub(TRIED)
    }

    /// The next date of the schedule after the last payment.
    pub(super) fn next(&self) -> Option<NaiveDate> {
        self.next_after(self.last_slot)
    }

    /// The dates of the schedule after the last payment up to `to`, in order.
    pub(super) fn coming(&self, to: NaiveDate) -> Vec<NaiveDate> {
        let mut coming = self.dates(self.last_slot, to);
        // A payment that came early must not be awaited again.
        coming.retain(|slot| *slot > self.last_slot);
        coming
    }

    /// The dates of the schedule from `from` to `to`, both included, in order.
    pub(super) fn dates(&self, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
        slots(self.rule, self.shift, from, to)
    }

    /// The first date of the schedule after `date`.
    pub(super) fn next_after(&self, date: NaiveDate) -> Option<NaiveDate> {
        let to = date.checked_add_days(Days::new(AHEAD_DAYS))?;
        // A payment that came early must not be awaited again.
        slots(self.rule, self.shift, date, to)
            .into_iter()
            .find(|slot| *slot > date)
    }
}

/// The schedule that explains the dates, which are sorted and distinct; `None` where none does.
pub(super) fn fit(dates: &[NaiveDate]) -> Option<Fit> {
    if dates.len() < SCHEDULE_EVENTS_MIN {
        return None;
    }
    let mut fits: Vec<Fit> = Vec::new();
    let (mut slots, mut unmoved) = (Vec::new(), Vec::new());
    for (cadence, rule) in hypotheses(dates) {
        let (from, to) = around(dates, cadence)?;
        let nominal = nominal(rule, from, to);
        for shift in [Shift::None, Shift::Before, Shift::After] {
            shifted(&nominal, shift, from, to, &mut slots);
            if shift == Shift::None {
                unmoved.clone_from(&slots);
            } else if slots == unmoved {
                // No date moves, and the first of equals is kept.
                continue;
            }
            let best = fits.iter().find(|fit| fit.cadence == cadence);
            let floor = best.map_or(i64::MIN, |fit| fit.score);
            let Some(fit) = judge(dates, Tried(cadence, rule, shift), &slots, floor) else {
                continue;
            };
            let exact = fit.leaves_nothing();
            keep_better(&mut fits, fit);
            // No shift can do better, and the first of equals is kept.
            if exact {
                break;
            }
        }
    }
    if !fits.iter().any(Fit::leaves_nothing)
        && let Some(fit) = early(dates)
    {
        keep_better(&mut fits, fit);
    }
    let best_score = fits.iter().map(|fit| fit.score).max()?;
    let weight: i64 = fits
        .iter()
        .map(|fit| exp_permille(best_score - fit.score))
        .sum();
    let rival = |a: Cadence| match a {
        Cadence::Biweekly => Some(Cadence::SemiMonthly),
        Cadence::SemiMonthly => Some(Cadence::Biweekly),
        Cadence::Weekly | Cadence::Monthly | Cadence::FourWeekly | Cadence::Irregular => None,
    };
    let mut best = fits.iter().find(|fit| fit.score == best_score)?.clone();
    best.ambiguous = fits.iter().any(|fit| {
        Some(fit.cadence) == rival(best.cadence) && best_score - fit.score < AMBIGUOUS_WITHIN
    });
    // The earlier hypothesis wins a tie, and the last of equals is taken.
    let others = fits.iter().rev().filter(|fit| fit.cadence != best.cadence);
    best.runner_up = others.max_by_key(|fit| fit.score).map(|fit| fit.cadence);
    best.posterior = 1_000_000_i64
        .checked_div(weight.max(1))
        .unwrap_or(0)
        .min(1_000);
    acceptable(&best, dates.len()).then_some(best)
}

/// The schedule that explains the latest of some days, which are in any order.
pub(super) fn fit_of(days: impl Iterator<Item = NaiveDate>) -> Option<Fit> {
    let mut days: Vec<NaiveDate> = days.collect();
    days.sort_unstable();
    days.dedup();
    fit(days.get(days.len().saturating_sub(EVENTS_MAX)..)?)
}

/// Keeps the best fit of each cadence. The earlier hypothesis wins a tie: the order of hypotheses is by
/// plausibility.
fn keep_better(fits: &mut Vec<Fit>, fit: Fit) {
    match fits.iter_mut().find(|other| other.cadence == fit.cadence) {
        Some(best) if fit.score > best.score => *best = fit,
        Some(_) => {}
        None => fits.push(fit),
    }
}

/// The best schedule by the day or the weekday of a month that is always paid early.
fn early(dates: &[NaiveDate]) -> Option<Fit> {
    let gap = typical_gap(dates);
    let mut best: Option<Fit> = None;
    // That it is early is one more parameter.
    let price = PARAMETER * i64::from(dates.len().ilog2());
    let mut slots = Vec::new();
    let shifts = (1..=EARLY_DAYS_MAX).flat_map(|days| [Shift::Early(days), Shift::Ahead(days)]);
    for shift in shifts {
        let due: Vec<NaiveDate> = dates.iter().map(|date| due(shift, *date)).collect();
        let rules = if MONTHLY_GAP_DAYS.contains(&gap) {
            monthly(&due)
                .into_iter()
                .map(|rule| (Cadence::Monthly, rule))
                .collect()
        } else if TWO_WEEKS_GAP_DAYS.contains(&gap) {
            two_days(&due)
                .into_iter()
                .map(|rule| (Cadence::SemiMonthly, rule))
                .collect()
        } else {
            Vec::new()
        };
        for (cadence, rule) in rules {
            let (from, to) = around(dates, cadence)?;
            shifted(&nominal(rule, from, to), shift, from, to, &mut slots);
            let floor = best.as_ref().map_or(i64::MIN, |best| best.score + price);
            if let Some(mut fit) = judge(dates, Tried(cadence, rule, shift), &slots, floor) {
                fit.score -= price;
                best = Some(fit);
            }
        }
    }
    best
}

/// With fewer payments on its dates a schedule has to fit twice as well: three or four dates fit
/// almost any. A judgement.
const MATCHED_PLENTY: i64 = 5;
/// Two free days of a month fit any three dates, so they need one more.
const FREE_PAIR_MATCHED_MIN: i64 = 4;
/// The largest share of missed dates, in percent. A judgement: unpaid leave and gaps in the data are
/// passed over, while a schedule that misses every third date is another one.
const MISSED_PERCENT_MAX: i64 = 30;
/// The largest share of deposits beside the schedule, in percent: bonuses and corrections. A
/// judgement; with more of them it is not what explains the deposits.
const EXTRA_PERCENT_MAX: i64 = 25;

fn acceptable(fit: &Fit, events: usize) -> bool {
    let matched = i64::try_from(fit.matched.len()).unwrap_or(i64::MAX);
    let extras = i64::try_from(events).unwrap_or(i64::MAX) - matched;
    let missed = i64::from(fit.missed);
    let limit = fit.cadence.residual_tenths_max();
    let limit = if matched < MATCHED_PLENTY {
        (limit + 1) / 2
    } else {
        limit
    };
    let needed = match fit.rule {
        Rule::TwoDaysOfMonth(a, b) if !USUAL_PAIRS.contains(&(a, b)) => FREE_PAIR_MATCHED_MIN,
        Rule::TwoDaysOfMonth(..)
        | Rule::Every { .. }
        | Rule::DayOfMonth(_)
        | Rule::NthWeekday(..) => i64::try_from(SCHEDULE_EVENTS_MIN).unwrap_or(i64::MAX),
    };
    matched >= needed
        && fit.evidence() >= EVIDENCE_MIN
        && missed * 100 <= (matched + missed) * MISSED_PERCENT_MAX
        && extras * 100 <= (matched + extras) * EXTRA_PERCENT_MAX
        && fit.residual_days * 10 <= matched * limit
}

/// `exp(-x)` in thousandths for `x` in thousandths: halvings with a straight line between them.
pub(super) fn exp_permille(x: i64) -> i64 {
    const LN2: i64 = 693;
    /// A million has no more halvings.
    const HALVINGS_MAX: i64 = 20;
    let x = x.max(0);
    let halvings = x / LN2;
    if halvings >= HALVINGS_MAX {
        return 0;
    }
    let value = 1_000_000_i64 >> halvings;
    (value - value / 2 * (x % LN2) / LN2) / 1_000
}

/// The days in which the dates of a schedule are looked at: those of the payments, and as far on either
/// side as one may be from its date.
fn around(dates: &[NaiveDate], cadence: Cadence) -> Option<(NaiveDate, NaiveDate)> {
    let margin = Days::new(cadence.tolerance().unsigned_abs());
    let from = dates.first()?.checked_sub_days(margin)?;
    Some((from, dates.last()?.checked_add_days(margin)?))
}

/// A schedule that is tried.
#[derive(Clone, Copy)]
struct Tried(Cadence, Rule, Shift);

/// How a rule, whose dates are `slots`, explains the dates; `None` where none of them is on one of its, or
/// where the score is not above `floor`.
fn judge(dates: &[NaiveDate], tried: Tried, slots: &[NaiveDate], floor: i64) -> Option<Fit> {
    let Tried(cadence, rule, shift) = tried;
    let tolerance = cadence.tolerance();
    let price = rule.parameters() * PARAMETER * i64::from(dates.len().ilog2());
    let score = |residual: i64, missed: u32, extras: i64| {
        -(DAY * residual + MISS * i64::from(missed) + EXTRA * extras + price)
    };
    let distance = |event: NaiveDate, slot: NaiveDate| event.signed_duration_since(slot).num_days();
    let mut matched = Vec::with_capacity(dates.len());
    let (mut missed, mut extras, mut residual) = (0_u32, 0_i64, 0_i64);
    let (mut last_slot, mut event) = (None, 0_usize);
    for (index, slot) in slots.iter().enumerate() {
        let mut best: Option<(usize, i64)> = None;
        while let Some(date) = dates.get(event) {
            let away = distance(*date, *slot);
            if away > tolerance {
                break;
            }
            // Nearer to the next date: it is that one's.
            let next = slots
                .get(index + 1)
                .map(|next| distance(*date, *next).abs());
            if next.is_some_and(|next| next < away.abs()) {
                break;
            }
            if away >= -tolerance && best.is_none_or(|(_, nearest)| away.abs() < nearest) {
                extras += i64::from(best.is_some());
                best = Some((event, away.abs()));
            } else {
                extras += 1;
            }
            event += 1;
        }
        match best {
            Some((position, away)) => {
                matched.push(position);
                residual += away;
                last_slot = Some(*slot);
            }
            // Outside the span of the deposits nothing is missed.
            None if *slot > *dates.first()? && *slot < *dates.last()? => missed += 1,
            None => {}
        }
        // It only falls from here on.
        if score(residual, missed, extras) <= floor {
            return None;
        }
    }
    extras += i64::try_from(dates.len().saturating_sub(event)).ok()?;
    let score = score(residual, missed, extras);
    if score <= floor {
        return None;
    }
    Some(Fit {
        cadence,
        rule,
        shift,
        score,
        matched,
        dates_count: dates.len(),
        missed,
        residual_days: residual,
        last_slot: last_slot?,
        posterior: 0,
        ambiguous: false,
        runner_up: None,
    })
}

#[cfg(test)]
mod tests;
