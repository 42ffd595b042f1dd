//! The payments of one payer, taken apart into those that belong together: two jobs behind one payroll
//! processor, a salary and its commissions, wages and tips.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use crate::analysis::amounts::scale;
use crate::analysis::cadence::{self, Fit};
use crate::analysis::entry::Entry;
use crate::analysis::statistics::median;

/// Fewer payments are no strand: they repeat nothing.
const PAYMENTS_MIN: usize = 3;
/// Classes are told apart by a number only where this share of the payments, in percent, is in classes
/// of three and more: else the number is one of the payment and not of who is paid. A judgement.
const CLASSED_PERCENT_MIN: usize = 70;
/// More classes are no jobs of one person; bounds the work.
const CLASSES_MAX: usize = 12;
/// Payments of which so many, in percent, come on the days of the others are parts of those: a pay
/// that is split over two accounts. A judgement; two jobs seldom pay on one day.
const SAME_DAYS_PERCENT: usize = 60;
/// So many of the smaller ones, in percent, come while the larger ones run; else it is one payment
/// whose amount changed. A judgement.
const AMONG_PERCENT: usize = 60;
/// Amounts of one strand differ by less than this factor from the next ones, in percent. It only saves
/// work: both strands have to keep a schedule that the whole does not.
const GAP_PERCENT: i128 = 103;
/// Two strands have to explain the payments so much better than one, in thousandths of a nat.
const SPLIT_PRICE: i64 = 6_000;
/// How often a strand is split again: into eight at most.
const SPLITS_MAX: u32 = 3;

/// Payments of one payer that belong together, in order of date.
pub(super) struct Strand<'a> {
    pub(super) rows: Vec<&'a Entry>,
    /// The schedule of their latest days.
    pub(super) fit: Option<Fit>,
}

/// The strands of the payments of one payer, which are in order of date.
pub(super) fn strands(rows: Vec<&Entry>) -> Vec<Strand<'_>> {
    let whole = Explained::by_one(&rows);
    let mut strands = Vec::new();
    take_apart(rows, whole, SPLITS_MAX, &mut strands);
    strands
}

/// Splits in the way that explains the payments best, as long as one explains them better than the
/// whole.
fn take_apart<'a>(
    rows: Vec<&'a Entry>,
    whole: Explained,
    splits: u32,
    strands: &mut Vec<Strand<'a>>,
) {
    let parts = if splits == 0 || rows.len() < 2 * PAYMENTS_MIN || whole.leaves_nothing {
        None
    } else {
        best_parts(&rows, &whole)
    };
    let Some(parts) = parts else {
        let fit = whole.fit;
        strands.push(Strand { rows, fit });
        return;
    };
    for (rows, explained) in parts {
        take_apart(rows, explained, splits - 1, strands);
    }
}

/// The parts that together explain the payments best, each with how well it is explained; `None` where
/// none do so better than the whole.
fn best_parts<'a>(
    rows: &[&'a Entry],
    whole: &Explained,
) -> Option<Vec<(Vec<&'a Entry>, Explained)>> {
    let ways = [
        side_by_side(rows, |entry| entry.reference),
        side_by_side(rows, |entry| entry.purpose),
        gap(rows),
        by_weekday(rows),
    ];
    let explained = ways.into_iter().flatten().map(|parts| {
        let parts: Vec<(Vec<&Entry>, Explained)> = parts
            .into_iter()
            .map(|part| {
                let explained = Explained::by_one(&part);
                (part, explained)
            })
            .collect();
        let nats: i64 = parts.iter().map(|(_, explained)| explained.nats).sum();
        (nats, parts)
    });
    explained
        .max_by_key(|(nats, _)| *nats)
        .filter(|(nats, _)| *nats > whole.nats.saturating_add(SPLIT_PRICE))
        .map(|(_, parts)| parts)
}

/// Two jobs that pay much the same on days of their own.
fn by_weekday<'a>(rows: &[&'a Entry]) -> Option<Vec<Vec<&'a Entry>>> {
    /// What comes on more days of the week than two paydays and one that a holiday moved is no pay.
    const WEEKDAYS_MAX: usize = 3;
    let weekday = |entry: &Entry| entry.made.weekday().number_from_monday();
    let days: BTreeSet<u32> = rows.iter().map(|entry| weekday(entry)).collect();
    (days.len() <= WEEKDAYS_MAX)
        .then(|| side_by_side(rows, weekday))
        .flatten()
}

/// The payments of different numbers that run side by side. Numbers that follow each other are one
/// payment that is called otherwise; rare ones join what is like them.
fn side_by_side<'a>(
    rows: &[&'a Entry],
    number: impl Fn(&Entry) -> u32,
) -> Option<Vec<Vec<&'a Entry>>> {
    let first = rows.first().map(|entry| number(entry))?;
    if rows.iter().all(|entry| number(entry) == first) {
        return None;
    }
    let mut classes: BTreeMap<u32, Vec<&Entry>> = BTreeMap::new();
    for entry in rows {
        classes.entry(number(entry)).or_default().push(entry);
    }
    let sizes = classes.values().map(Vec::len);
    let classed: usize = sizes.filter(|size| *size >= PAYMENTS_MIN).sum();
    if classed * 100 < rows.len() * CLASSED_PERCENT_MIN {
        return None;
    }
    let large = classes.values().filter(|class| class.len() >= PAYMENTS_MIN);
    if large.count() > CLASSES_MAX {
        return None;
    }
    let (mut large, mut small): (Vec<_>, Vec<_>) = classes
        .into_values()
        .partition(|class| class.len() >= PAYMENTS_MIN);
    let first = |class: &Vec<&Entry>| class.first().map(|entry| entry.made);
    large.sort_by_key(first);
    small.sort_by_key(first);
    let mut strands: Vec<Vec<&Entry>> = Vec::new();
    for class in large {
        let joined = strands
            .iter_mut()
            .filter(|strand| follows(strand, &class) || same_days(strand, &class))
            .min_by_key(|strand| apart(usual(strand), usual(&class)));
        match joined {
            Some(strand) => {
                strand.extend(class);
                sort(strand);
            }
            None => strands.push(class),
        }
    }
    // A payer may number each payment, so that there are as many small classes as payments: what is
    // usual is asked once.
    let usuals: Vec<i128> = strands.iter().map(|strand| usual(strand)).collect();
    for class in small {
        let own = usual(&class);
        let places = strands.iter_mut().zip(&usuals);
        if let Some((strand, _)) = places.min_by_key(|(_, usual)| apart(**usual, own)) {
            strand.extend(class);
        }
    }
    strands.iter_mut().for_each(sort);
    (strands.len() > 1).then_some(strands)
}

fn amounts(rows: &[&Entry]) -> Vec<i128> {
    rows.iter().map(|entry| i128::from(entry.amount)).collect()
}

/// In order of date.
fn sort(strand: &mut Vec<&Entry>) {
    strand.sort_unstable_by_key(|entry| (entry.made, entry.at()));
}

/// The usual amount, at least one cent.
fn usual(rows: &[&Entry]) -> i128 {
    median(&mut amounts(rows)).unwrap_or(0).max(1)
}

/// How far two usual amounts are apart, in thousandths of the smaller one.
fn apart(a: i128, b: i128) -> i128 {
    a.max(b) * 1_000 / a.min(b)
}

/// Whether `later` begins after `strand` ended, with an amount like its own.
fn follows(strand: &[&Entry], later: &[&Entry]) -> bool {
    /// In thousandths: less than double or half.
    const ALIKE_MAX: i128 = 1_700;
    let ended = strand.last().map(|entry| entry.made);
    ended < later.first().map(|entry| entry.made) && apart(usual(strand), usual(later)) <= ALIKE_MAX
}

/// Whether most of the rarer ones come on days of the others.
fn same_days(a: &[&Entry], b: &[&Entry]) -> bool {
    let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let days: Vec<NaiveDate> = many.iter().map(|entry| entry.made).collect();
    // What comes nearly every day comes on the days of anything.
    if many.len() > few.len() * 2 {
        return false;
    }
    let shared = few
        .iter()
        .filter(|e| days.binary_search(&e.made).is_ok())
        .count();
    shared * 100 >= few.len() * SAME_DAYS_PERCENT
}

/// The payments below and above the widest gap, where they are two kinds that run side by side.
fn gap<'a>(rows: &[&'a Entry]) -> Option<Vec<Vec<&'a Entry>>> {
    let mut sorted = amounts(rows);
    sorted.sort_unstable();
    let inner = sorted.len().checked_sub(PAYMENTS_MIN)?;
    let (low, _) = sorted
        .iter()
        .zip(sorted.iter().skip(1))
        .take(inner)
        .skip(PAYMENTS_MIN - 1)
        .filter(|(low, high)| **high * 100 > **low * GAP_PERCENT)
        .max_by_key(|(low, high)| **high * 1_000 / (**low).max(1))?;
    let (small, large): (Vec<&Entry>, Vec<&Entry>) = rows
        .iter()
        .partition(|entry| i128::from(entry.amount) <= *low);
    let span = |rows: &[&Entry]| Some((rows.first()?.made, rows.last()?.made));
    let among = |few: &[&Entry], many: &[&Entry]| {
        let (first, last) = span(many)?;
        let inside = few
            .iter()
            .filter(|e| e.made >= first && e.made <= last)
            .count();
        Some(inside * 100 >= few.len() * AMONG_PERCENT)
    };
    let side_by_side = among(&small, &large)? && among(&large, &small)?;
    (side_by_side && !same_days(&small, &large)).then(|| vec![large, small])
}

/// How well one schedule and one usual amount explain payments.
struct Explained {
    fit: Option<Fit>,
    /// In thousandths of a nat: how much likelier than chance the dates are, and how near the amounts.
    nats: i64,
    /// Every payment is on its date, in much the same amount.
    leaves_nothing: bool,
}

impl Explained {
    fn by_one(rows: &[&Entry]) -> Self {
        /// The smallest spread that counts, in thousandths: cents are no sign.
        const SPREAD_MIN: i64 = 10;
        /// Amounts within so much of the usual one, in thousandths, are the same.
        const SAME: i64 = 50;
        let fit = cadence::fit_of(rows.iter().map(|entry| entry.made));
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let mut amounts = amounts(rows);
        let middle = median(&mut amounts).unwrap_or(0).max(1);
        // The mean and not the middle distance: where half of the payments are equal, that sees no others.
        let away: i128 = amounts.iter().map(|amount| (amount - middle).abs()).sum();
        let spread = scale(away, 1_000, middle.saturating_mul(count.max(1).into()));
        let spread = i64::try_from(spread.unwrap_or(1_000).min(1_000)).unwrap_or(1_000);
        // ln(1000 / spread) by halvings.
        let halvings = (1_000 / (spread + SPREAD_MIN)).max(1).ilog2();
        let near = count.saturating_mul(i64::from(halvings) * 693);
        Self {
            leaves_nothing: spread < SAME && fit.as_ref().is_some_and(Fit::is_kept),
            nats: fit.as_ref().map_or(0, Fit::evidence).saturating_add(near),
            fit,
        }
    }
}
