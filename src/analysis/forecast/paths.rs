//! Simulated paths of a balance.

use super::book::Book;
use super::flows::{Flow, Flows};
use super::random::{Random, position};
use super::residual::{BLOCK_DAYS, Residual};

/// How many paths are simulated. The error of a probability is 2.2 % at most (`sqrt(0.25 / n)`), near 0
/// and 1 far less; more cost time that decisions have not.
pub(super) const PATHS: usize = 512;

/// What was overdue comes on one of so many next days, or not at all.
const OVERDUE_WITHIN: usize = 2;

/// The balance of each path on each day after its debits and before its credits: all paths of the
/// first day, then all of the second.
pub(super) fn simulate(
    book: &Book<'_>,
    flows: &Flows,
    residual: &Residual,
    days: usize,
    seed: u64,
) -> Vec<i64> {
    let mut random = Random::new(seed);
    let mut plan = Plan::new(days);
    for (day, amount) in &book.coming {
        plan.add_to_all(*day, *amount);
    }
    for flow in &flows.flows {
        plan.add_flow(flow, &mut random);
    }
    let Plan {
        mut debits,
        credits,
    } = plan;
    let mut levels = vec![book.level; PATHS];
    let mut sources = vec![0_usize; PATHS];
    let (out, into) = (debits.chunks_mut(PATHS), credits.chunks(PATHS));
    for (day, (debits, credits)) in out.zip(into).enumerate() {
        let within = day % BLOCK_DAYS;
        if within == 0 {
            let ahead = i64::try_from(day).unwrap_or(i64::MAX).saturating_add(1);
            let choices = residual.choices(ahead, &flows.paydays);
            for source in &mut sources {
                let at = position(random.draw(), 0, choices.len());
                *source = choices.get(at).copied().unwrap_or(0);
            }
        }
        let paths = levels.iter_mut().zip(&sources).zip(debits.iter_mut());
        for (((level, source), debit), credit) in paths.zip(credits) {
            let drawn = residual.days.get(source + within);
            let drawn = drawn.copied().unwrap_or_default();
            let lowest = level.saturating_sub(*debit).saturating_sub(drawn.debits);
            *debit = lowest;
            *level = lowest.saturating_add(*credit).saturating_add(drawn.credits);
        }
    }
    debits
}

/// What is to go out and come in on each day of each path, by schedules; not negative.
struct Plan {
    debits: Vec<i64>,
    credits: Vec<i64>,
}

impl Plan {
    fn new(days: usize) -> Self {
        let cells = days.saturating_mul(PATHS);
        Self {
            debits: vec![0; cells],
            credits: vec![0; cells],
        }
    }

    /// An amount for every path.
    fn add_to_all(&mut self, day: i64, amount: i64) {
        let side = if amount < 0 {
            &mut self.debits
        } else {
            &mut self.credits
        };
        let place = usize::try_from(day.saturating_sub(1)).ok();
        if let Some(cells) = place.and_then(|place| side.chunks_mut(PATHS).nth(place)) {
            for cell in cells {
                *cell = cell.saturating_add(amount.saturating_abs());
            }
        }
    }

    fn add_flow(&mut self, flow: &Flow, random: &mut Random) {
        let side = if flow.is_in {
            &mut self.credits
        } else {
            &mut self.debits
        };
        for date in &flow.dates {
            for path in 0..PATHS {
                let drawn = random.draw();
                let chance = i64::try_from(position(drawn, 0, 1_000)).unwrap_or(0);
                if chance >= flow.comes {
                    continue;
                }
                let late = flow.late.get(position(drawn, 1, flow.late.len()));
                let amount = flow.amounts.get(position(drawn, 2, flow.amounts.len()));
                let mut day = date.saturating_add(late.copied().unwrap_or(0));
                if day < 1 {
                    // It did not come on its day: now as likely never as soon.
                    let wait = position(random.draw(), 0, OVERDUE_WITHIN * 2);
                    if wait >= OVERDUE_WITHIN {
                        continue;
                    }
                    day = i64::try_from(wait).unwrap_or(0).saturating_add(1);
                }
                let cell = usize::try_from(day.saturating_sub(1))
                    .ok()
                    .and_then(|day| day.checked_mul(PATHS)?.checked_add(path));
                if let Some(cell) = cell.and_then(|cell| side.get_mut(cell)) {
                    *cell = cell.saturating_add(amount.copied().unwrap_or(0));
                }
            }
        }
    }
}
