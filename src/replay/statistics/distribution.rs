//! How often which value came, in memory that has an end.

use serde::Serialize;

use crate::limits;

/// Values that are put in at once: sorted together, which is cheaper than one by one.
const WAITING_MAX: usize = 4_096;
/// Values below this that are not negative are counted where they stand: most counts, days and truths are.
const SMALL: usize = 128;

/// How often which value came. Exact as long as there are no more than
/// [`limits::BACKTEST_BINS_MAX`] different ones, and else by bins whose width is a power of two: the
/// narrowest with which there are no more. So it does not matter in which order values came, or how they
/// were put together.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// The width is two to the power of this.
    power: u32,
    /// Each bin that is not empty with its count, by its number.
    bins: Vec<(i64, u64)>,
    count: u64,
    /// Values that are not in a bin yet: of the small ones how many there are of each, and the others.
    small: [u64; SMALL],
    waiting: Vec<i64>,
}

impl Default for Distribution {
    fn default() -> Self {
        Self {
            power: 0,
            bins: Vec::new(),
            count: 0,
            small: [0; SMALL],
            waiting: Vec::new(),
        }
    }
}

/// The values of a bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The least.
    pub first: i64,
    /// The greatest.
    pub last: i64,
}

impl Distribution {
    /// Counts a value.
    pub fn add(&mut self, value: i64) {
        let small = usize::try_from(value).ok();
        if let Some(count) = small.and_then(|small| self.small.get_mut(small)) {
            *count = count.saturating_add(1);
            return;
        }
        self.waiting.push(value);
        if self.waiting.len() >= WAITING_MAX {
            self.settle();
        }
    }

    /// Counts all that another one did.
    pub fn merge(&mut self, mut other: Self) {
        other.settle();
        self.settle();
        self.widen_to(other.power);
        other.widen_to(self.power);
        self.count = self.count.saturating_add(other.count);
        self.bins = merged(&self.bins, &other.bins);
        self.narrow();
    }

    /// Puts what waits into its bins.
    pub fn settle(&mut self) {
        self.count = self.count();
        let small = std::mem::replace(&mut self.small, [0; SMALL]);
        let mut added: Vec<(i64, u64)> = Vec::new();
        for (value, count) in (0..).zip(small).filter(|(_, count)| *count > 0) {
            push(&mut added, value >> self.power, count);
        }
        self.put_in(&added);
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.sort_unstable();
        let mut added: Vec<(i64, u64)> = Vec::new();
        for value in &waiting {
            push(&mut added, value >> self.power, 1);
        }
        self.put_in(&added);
        waiting.clear();
        self.waiting = waiting;
    }

    fn put_in(&mut self, added: &[(i64, u64)]) {
        if !added.is_empty() {
            self.bins = merged(&self.bins, added);
            self.narrow();
        }
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        let waiting = u64::try_from(self.waiting.len()).unwrap_or(u64::MAX);
        let waiting = self
            .small
            .iter()
            .fold(waiting, |sum, count| sum.saturating_add(*count));
        self.count.saturating_add(waiting)
    }

    /// How many values a bin has: 1 where every value is known.
    pub fn width(&self) -> u64 {
        1_u64.checked_shl(self.power).unwrap_or(u64::MAX)
    }

    /// Every bin that is not empty, from the lowest on.
    ///
    /// INVARIANT: nothing waits; whoever reads has settled it.
    pub fn bins(&self) -> impl Iterator<Item = (Span, u64)> {
        let power = self.power;
        let last = (1_i64 << power).saturating_sub(1);
        self.bins.iter().map(move |(bin, count)| {
            let first = bin << power;
            let last = first | last;
            (Span { first, last }, *count)
        })
    }

    /// The bin in which the value of that rank lies, from 1 on; `None` where there are not so many.
    pub fn at_rank(&self, rank: u64) -> Option<Span> {
        let mut below = 0_u64;
        let mut bins = self.bins();
        let found = bins.find(|(_, count)| {
            below = below.saturating_add(*count);
            below >= rank
        });
        found.map(|(span, _)| span)
    }

    /// The bin below which, or in which, so many of so many parts lie: of 1 of 2 the median.
    pub fn quantile(&self, part: u64, of: u64) -> Option<Span> {
        let rank = self.count.saturating_mul(part).div_ceil(of.max(1));
        self.at_rank(rank.max(1))
    }

    /// Takes wider bins until there are few enough.
    fn narrow(&mut self) {
        while self.bins.len() > limits::BACKTEST_BINS_MAX {
            self.widen_to(self.power.saturating_add(1));
        }
    }

    fn widen_to(&mut self, power: u32) {
        // INVARIANT: below 63, at which there are two bins; the limit is above that.
        let by = power.saturating_sub(self.power);
        if by == 0 {
            return;
        }
        let mut wider: Vec<(i64, u64)> = Vec::with_capacity(self.bins.len());
        for (bin, count) in &self.bins {
            push(&mut wider, bin >> by, *count);
        }
        self.bins = wider;
        self.power = power;
    }
}

/// Adds to the last bin, or a bin after it.
fn push(bins: &mut Vec<(i64, u64)>, bin: i64, count: u64) {
    match bins.last_mut() {
        Some((last, known)) if *last == bin => *known = known.saturating_add(count),
        Some(_) | None => bins.push((bin, count)),
    }
}

/// Two lists of bins of one width as one.
fn merged(one: &[(i64, u64)], other: &[(i64, u64)]) -> Vec<(i64, u64)> {
    let mut all = Vec::with_capacity(one.len().max(other.len()));
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    loop {
        let next = match (one.peek(), other.peek()) {
            (Some(left), Some(right)) if left.0 <= right.0 => one.next(),
            (Some(_), None) => one.next(),
            (_, Some(_)) => other.next(),
            (None, None) => return all,
        };
        if let Some((bin, count)) = next {
            push(&mut all, *bin, *count);
        }
    }
}

/// The bins of two distributions by the wider width of both: of each the values, and how often the first
/// and the second has them.
pub(super) fn side_by_side(first: &Distribution, second: &Distribution) -> Vec<(Span, u64, u64)> {
    let power = first.power.max(second.power);
    let wide = |one: &Distribution| {
        let mut wide = one.clone();
        wide.settle();
        wide.widen_to(power);
        wide
    };
    let (first, second) = (wide(first), wide(second));
    let mut all: Vec<(Span, u64, u64)> = Vec::new();
    let (mut left, mut right) = (first.bins().peekable(), second.bins().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some(left), Some(right)) => left.0.first.cmp(&right.0.first),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => return all,
        };
        let of_left = if order.is_le() { left.next() } else { None };
        let of_right = if order.is_ge() { right.next() } else { None };
        let span = of_left.or(of_right).map(|(span, _)| span);
        if let Some(span) = span {
            let count = |of: Option<(Span, u64)>| of.map_or(0, |(_, count)| count);
            all.push((span, count(of_left), count(of_right)));
        }
    }
}
