//! When the payments of a loan fall due, measured as appendix J of Regulation Z measures time.

use chrono::{Datelike, Days, Months, NaiveDate};
use rust_decimal::Decimal;

use crate::application::{RepaymentFrequency, Term, TermUnit};

/// Days of a month in which a fraction of one is counted: appendix J (b)(5)(ii) and (iii).
const MONTH_DAYS: i64 = 30;
/// Days of a year in which a fraction of one is counted: appendix J (b)(5)(v) to (vii).
const YEAR_DAYS: u32 = 365;
/// Months of a year.
const YEAR_MONTHS: u32 = 12;

/// The interval between payments: appendix J (b)(4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitPeriod {
    /// So many weeks, at least one.
    Weeks(u32),
    /// Half a month.
    SemiMonth,
    /// So many months, at least one and at most twelve.
    Months(u32),
}

impl UnitPeriod {
    /// The interval of a frequency; `None` where there is one payment.
    pub fn of(frequency: RepaymentFrequency) -> Option<Self> {
        match frequency {
            RepaymentFrequency::Weekly => Some(Self::Weeks(1)),
            RepaymentFrequency::Biweekly => Some(Self::Weeks(2)),
            RepaymentFrequency::SemiMonthly => Some(Self::SemiMonth),
            RepaymentFrequency::Monthly => Some(Self::Months(1)),
            RepaymentFrequency::Single => None,
        }
    }

    /// How many make a year: appendix J (b)(5)(ii) to (iv).
    fn per_year(self) -> (u32, u32) {
        match self {
            Self::Weeks(weeks) => (52, weeks),
            Self::SemiMonth => (24, 1),
            Self::Months(months) => (YEAR_MONTHS, months),
        }
    }

    /// How many days it has where days are counted.
    fn days(self) -> i64 {
        match self {
            Self::Weeks(weeks) => i64::from(weeks) * 7,
            Self::SemiMonth => MONTH_DAYS / 2,
            Self::Months(months) => i64::from(months) * MONTH_DAYS,
        }
    }

    /// The day `count` of these later.
    fn after(self, from: NaiveDate, count: u32) -> Option<NaiveDate> {
        let days =
            |each: u32| from.checked_add_days(Days::new(u64::from(each.checked_mul(count)?)));
        match self {
            Self::Weeks(weeks) => days(weeks.checked_mul(7)?),
            Self::Months(months) => {
                from.checked_add_months(Months::new(months.checked_mul(count)?))
            }
            Self::SemiMonth => {
                let months = from.checked_add_months(Months::new(count / 2))?;
                months.checked_add_days(Days::new(u64::from(count % 2) * 15))
            }
        }
    }

    /// By how many days the first period is longer than this; below zero where it is shorter.
    fn excess(self, advanced: NaiveDate, first: NaiveDate) -> Option<i64> {
        match self {
            Self::Weeks(_) => Some((first - advanced).num_days() - self.days()),
            Self::Months(months) => {
                let begins = first.checked_sub_months(Months::new(months))?;
                Some((begins - advanced).num_days())
            }
            Self::SemiMonth => {
                let (months, days) = months_back(advanced, first)?;
                Some(i64::from(months) * MONTH_DAYS + days - self.days())
            }
        }
    }
}

/// The day on which the first payment falls due after a day, where nobody says another: one period
/// of the frequency later, or the term where there is one payment. `None` beyond the calendar.
pub fn due_after(frequency: RepaymentFrequency, term: Term, from: NaiveDate) -> Option<NaiveDate> {
    if let Some(unit) = UnitPeriod::of(frequency) {
        return unit.after(from, 1);
    }
    match term.unit {
        TermUnit::Days => from.checked_add_days(Days::new(u64::from(term.count))),
        TermUnit::Weeks => UnitPeriod::Weeks(1).after(from, term.count),
        TermUnit::Months => from.checked_add_months(Months::new(term.count)),
    }
}

/// When payments fall due: the unit-period and how long the first period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Unit-periods in a year: so many over so many.
    pub(super) per_year: (u32, u32),
    /// The whole unit-periods before the first payment.
    pub(super) whole: u32,
    /// The fraction of one before those.
    pub(super) fraction: Decimal,
}

impl Timing {
    /// Payments one unit-period apart, the first one unit-period after the advance.
    pub fn regular(unit: UnitPeriod) -> Self {
        Self {
            per_year: unit.per_year(),
            whole: 1,
            fraction: Decimal::ZERO,
        }
    }

    /// Payments one unit-period apart after a first period of its own length, by appendix J (b)(5):
    /// periods are measured back from the first payment, and the days left over are a fraction.
    /// `None` unless the payment is after the advance.
    ///
    /// One payment alone is measured by its term (b)(5)(vi) and (vii). Of two payments with an odd
    /// first period, the interval between them is the unit-period.
    pub fn between(unit: UnitPeriod, advanced: NaiveDate, first: NaiveDate) -> Option<Self> {
        if first <= advanced {
            return None;
        }
        let (whole, left, of) = match unit {
            UnitPeriod::Months(1) => {
                let (months, days) = months_back(advanced, first)?;
                (i64::from(months), days, MONTH_DAYS)
            }
            UnitPeriod::Weeks(_) => divided((first - advanced).num_days(), unit.days()),
            UnitPeriod::SemiMonth | UnitPeriod::Months(_) => {
                let (months, days) = months_back(advanced, first)?;
                divided(i64::from(months) * MONTH_DAYS + days, unit.days())
            }
        };
        Some(Self {
            per_year: unit.per_year(),
            whole: u32::try_from(whole).ok()?,
            fraction: Decimal::from(left).checked_div(Decimal::from(of))?,
        })
    }

    /// The same, where a minor irregularity of the first period is disregarded, as 12 CFR
    /// 1026.17(c)(4) permits: so many days shorter or longer than a regular one, by the length of the
    /// whole term.
    pub fn disregarding_minor(
        unit: UnitPeriod,
        advanced: NaiveDate,
        first: NaiveDate,
        payments: u32,
    ) -> Option<Self> {
        let exact = Self::between(unit, advanced, first)?;
        let last = unit.after(first, payments.saturating_sub(1))?;
        let runs = |years: u32| {
            let from = advanced.checked_add_months(Months::new(years * YEAR_MONTHS));
            from.is_some_and(|from| last >= from)
        };
        let excess = unit.excess(advanced, first)?;
        let minor = if runs(10) {
            excess <= 32
        } else if runs(1) {
            (-11..=21).contains(&excess)
        } else {
            (-6..=13).contains(&excess)
        };
        Some(if minor { Self::regular(unit) } else { exact })
    }

    /// One payment: the unit-period is the term, or a year where it is longer, by appendix J
    /// (b)(4)(ii) and (b)(5)(v) to (vii). `None` unless the payment is after the advance.
    pub fn once(advanced: NaiveDate, due: NaiveDate) -> Option<Self> {
        let (months, days) = months_back(advanced, due)?;
        if due <= advanced {
            return None;
        }
        let years = months / YEAR_MONTHS;
        if years == 0 {
            return Self::once_in(u32::try_from((due - advanced).num_days()).ok()?);
        }
        let fraction = if days == 0 {
            Decimal::from(months % YEAR_MONTHS).checked_div(Decimal::from(YEAR_MONTHS))?
        } else {
            let begins = due.checked_sub_months(Months::new(years * YEAR_MONTHS))?;
            let days = (begins - advanced).num_days();
            Decimal::from(days).checked_div(Decimal::from(YEAR_DAYS))?
        };
        Some(Self {
            per_year: (1, 1),
            whole: years,
            fraction,
        })
    }

    /// One payment of instalments: as [`Timing::once`], and where the term is a whole number of
    /// months, in months, as (b)(5)(vi) leaves to choose: so a payment after a month costs what a
    /// month does.
    pub fn once_of(unit: UnitPeriod, advanced: NaiveDate, due: NaiveDate) -> Option<Self> {
        let (months, days) = months_back(advanced, due)?;
        match unit {
            UnitPeriod::Months(_) if days == 0 && (1..YEAR_MONTHS).contains(&months) => {
                Some(Self::regular(UnitPeriod::Months(months)))
            }
            UnitPeriod::Months(_) | UnitPeriod::Weeks(_) | UnitPeriod::SemiMonth => {
                Self::once(advanced, due)
            }
        }
    }

    /// One payment after so many days, of which no dates are known; `None` for none.
    pub fn once_in(days: u32) -> Option<Self> {
        if days == 0 {
            return None;
        }
        Some(if days < YEAR_DAYS {
            Self {
                per_year: (YEAR_DAYS, days),
                whole: 1,
                fraction: Decimal::ZERO,
            }
        } else {
            let left = Decimal::from(days % YEAR_DAYS);
            Self {
                per_year: (1, 1),
                whole: days / YEAR_DAYS,
                fraction: left.checked_div(Decimal::from(YEAR_DAYS))?,
            }
        })
    }
}

/// How often a number of days holds another, what is left, and of how many.
fn divided(days: i64, by: i64) -> (i64, i64, i64) {
    (days.div_euclid(by), days.rem_euclid(by), by)
}

/// The whole months between two days measured back from the later one, and the days left before
/// them: appendix J (b)(3)(iv) and (b)(5)(ii). Where a month is too short for the day, its last day
/// stands for it.
fn months_back(earlier: NaiveDate, later: NaiveDate) -> Option<(u32, i64)> {
    let months_of = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
    let mut months = u32::try_from((months_of(later) - months_of(earlier)).max(0)).ok()?;
    let mut begins = later.checked_sub_months(Months::new(months))?;
    if begins < earlier && months > 0 {
        months -= 1;
        begins = later.checked_sub_months(Months::new(months))?;
    }
    Some((months, (begins - earlier).num_days()))
}
