//! A loan with its charges, priced: what Regulation Z has a lender disclose, and what caps are
//! about.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::actuarial;
use super::schedule::Schedule;
use super::timing::Timing;

/// Decimals of a yearly rate in percent: what is beyond is noise of the computation.
const PERCENT_PLACES: u32 = 10;
/// How much more than an amount its payments may be worth by the noise of the computation, in minor
/// units.
const NOISE: Decimal = Decimal::from_parts(1, 0, 0, false, 7);

/// What a yearly rate is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The annual percentage rate: the finance charge (12 CFR 1026.4 and 1026.22).
    Apr,
    /// The military annual percentage rate: all charges that count there (32 CFR 232.4(c)).
    Mapr,
    /// Interest alone, on the principal with the charges that were financed into it.
    SimpleInterest,
}

/// How a charge is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paid {
    /// Added to the principal, and repaid with it.
    Financed,
    /// Kept back from what is paid out.
    Withheld,
    /// By itself, on the day of the loan.
    Apart,
}

/// In which figures a charge counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CountsIn {
    /// In the finance charge, and so in the annual percentage rate.
    pub finance_charge: bool,
    /// In the military annual percentage rate.
    pub mapr: bool,
}

/// A charge made for the loan on the day that it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// In minor units, zero or more.
    pub amount: i64,
    /// How it is paid.
    pub paid: Paid,
    /// Where it counts.
    pub counts_in: CountsIn,
}

/// How a loan is repaid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repayment {
    /// At once, with simple interest for so many days of a year of 365.
    Once {
        /// The days.
        days: u32,
    },
    /// In instalments, interest accruing for each period alike.
    Instalments {
        /// Periods in a year.
        per_year: u32,
        /// How many are asked for.
        payments: u32,
    },
}

/// Why a loan has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PriceError {
    /// Its charges leave nothing of the amount.
    #[error("the charges leave nothing of the amount")]
    NothingLeft,
    /// A number is too large to hold.
    #[error("a number is too large to hold")]
    Overflow,
}

/// A loan that was priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// What is owed: the amount and the charges financed, in minor units.
    pub principal: i64,
    /// What the borrower has the use of: the principal without the charges that count in the finance
    /// charge (12 CFR 1026.18(b)).
    pub amount_financed: i64,
    /// All payments, and the finance charge paid otherwise, above the amount financed (12 CFR
    /// 1026.4).
    pub finance_charge: i64,
    /// All payments together (12 CFR 1026.18(h)).
    pub total_of_payments: i64,
    /// The payments.
    pub schedule: Schedule,
    /// The principal without the charges that count in the military annual percentage rate.
    mapr_base: i64,
    repayment: Repayment,
    timing: Timing,
    /// The nominal rate in percent.
    nominal: Decimal,
}

impl Price {
    /// Prices a loan of an amount at a nominal yearly rate in percent.
    pub fn new(
        amount: i64,
        charges: &[Charge],
        nominal: Decimal,
        repayment: Repayment,
        timing: Timing,
    ) -> Result<Self, PriceError> {
        let sum = |counts: &dyn Fn(&Charge) -> bool| {
            let counted = charges.iter().filter(|charge| counts(charge));
            let mut sum = counted.map(|charge| charge.amount);
            sum.try_fold(0_i64, i64::checked_add)
                .ok_or(PriceError::Overflow)
        };
        let financed = sum(&|charge| charge.paid == Paid::Financed)?;
        let withheld = sum(&|charge| charge.paid == Paid::Withheld)?;
        let principal = amount.checked_add(financed).ok_or(PriceError::Overflow)?;
        let without = |charges: i64| principal.checked_sub(charges).ok_or(PriceError::Overflow);
        let amount_financed = without(sum(&|charge| charge.counts_in.finance_charge)?)?;
        let mapr_base = without(sum(&|charge| charge.counts_in.mapr)?)?;
        if amount <= withheld || amount_financed <= 0 || mapr_base <= 0 {
            return Err(PriceError::NothingLeft);
        }
        let schedule = schedule(principal, nominal, repayment).ok_or(PriceError::Overflow)?;
        let total = schedule.total().ok_or(PriceError::Overflow)?;
        let finance_charge = total.checked_sub(amount_financed);
        Ok(Self {
            principal,
            amount_financed,
            finance_charge: finance_charge.ok_or(PriceError::Overflow)?,
            total_of_payments: total,
            schedule,
            mapr_base,
            repayment,
            timing,
            nominal,
        })
    }

    /// What the payments are held against.
    fn base(&self, basis: Basis) -> i64 {
        match basis {
            Basis::Apr => self.amount_financed,
            Basis::Mapr => self.mapr_base,
            Basis::SimpleInterest => self.principal,
        }
    }

    /// Whether the same charges count in the MAPR as in the APR, which are then the same.
    pub fn has_one_rate(&self) -> bool {
        self.mapr_base == self.amount_financed
    }

    /// The yearly rate in percent, to ten decimals.
    pub fn percent(&self, basis: Basis) -> Option<Decimal> {
        let (per_year, over) = self.timing.per_year;
        let yearly = |rate: Decimal| {
            rate.checked_mul(Decimal::from(per_year))?
                .checked_div(Decimal::from(over))?
                .checked_mul(Decimal::ONE_HUNDRED)
        };
        let percent = if let Some(simple) = self.simple_interest(basis) {
            simple?
        } else {
            let guess = self.nominal.checked_mul(Decimal::from(over))?;
            let guess =
                guess.checked_div(Decimal::from(per_year).checked_mul(Decimal::ONE_HUNDRED)?)?;
            let rate = actuarial::rate(self.base(basis), &self.schedule, &self.timing, guess)?;
            yearly(rate)?
        };
        Some(percent.round_dp_with_strategy(PERCENT_PLACES, RoundingStrategy::MidpointNearestEven))
    }

    /// Whether a yearly rate is no more than this one, in percent, before anything is rounded: at it
    /// the payments are worth no more than what they are held against. `None` where that cannot be
    /// computed.
    pub fn is_within(&self, basis: Basis, percent: Decimal) -> Option<bool> {
        if percent < Decimal::ZERO {
            return Some(false);
        }
        if let Some(simple) = self.simple_interest(basis) {
            return Some(simple?.round_dp(PERCENT_PLACES) <= percent);
        }
        let (per_year, over) = self.timing.per_year;
        let rate = percent
            .checked_mul(Decimal::from(over))?
            .checked_div(Decimal::from(per_year).checked_mul(Decimal::ONE_HUNDRED)?)?;
        let worth = actuarial::worth(&self.schedule, &self.timing, rate)?;
        Some(worth <= Decimal::from(self.base(basis)).checked_add(NOISE)?)
    }

    /// The interest of a loan repaid at once over its principal, for a year of days; of no other.
    fn simple_interest(&self, basis: Basis) -> Option<Option<Decimal>> {
        let (Basis::SimpleInterest, Repayment::Once { days }) = (basis, self.repayment) else {
            return None;
        };
        let interest = self.total_of_payments.checked_sub(self.principal);
        Some(interest.and_then(|interest| {
            Decimal::from(interest)
                .checked_div(Decimal::from(self.principal))?
                .checked_mul(Decimal::from(36_500))?
                .checked_div(Decimal::from(days))
        }))
    }
}

fn schedule(principal: i64, nominal: Decimal, repayment: Repayment) -> Option<Schedule> {
    let yearly = nominal.checked_div(Decimal::ONE_HUNDRED)?;
    match repayment {
        Repayment::Once { days } => Schedule::once(principal, yearly, days),
        Repayment::Instalments { per_year, payments } => {
            let rate = yearly.checked_div(Decimal::from(per_year))?;
            Schedule::instalments(principal, rate, payments)
        }
    }
}
