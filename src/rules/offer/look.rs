//! Looks at one point of the grid: what it would cost, and whether it may be offered.

use rust_decimal::Decimal;

use super::point::{self, Point};
use crate::features::Missing;
use crate::limits;
use crate::loan::{Charge, Price, PriceError, Repayment, Timing, UnitPeriod};
use crate::rules::basis::Basis;
use crate::rules::code::{Calculation, Condition};
use crate::rules::compiled_offer::{CompiledFee, CompiledOffer, CompiledTier};
use crate::rules::evaluation::{BoundBy, Row};
use crate::rules::rule_set::{Fee, Offer};
use crate::rules::scalar::Scalar;
use crate::rules::values::Values;
use crate::rules::verdict::Verdict;

/// What looking at a point came to.
#[derive(Debug, Clone)]
pub(in crate::rules) enum Looked {
    /// It may be offered.
    Offered(Box<Offered>),
    /// It may not, and this is the first thing that stands against it.
    Not(BoundBy),
    /// Whether it may be cannot be known.
    Unknown(Missing),
}

/// A point that may be offered.
#[derive(Debug, Clone)]
pub(in crate::rules) struct Offered {
    pub(in crate::rules) point: Point,
    /// The position of its tier.
    pub(in crate::rules) tier: usize,
    /// In percent.
    pub(in crate::rules) rate: Decimal,
    pub(in crate::rules) charges: Vec<Charge>,
    pub(in crate::rules) price: Price,
}

/// Why a point is not offered.
enum Against {
    Bound(BoundBy),
    Missing(Missing),
}

impl From<Missing> for Against {
    fn from(why: Missing) -> Self {
        Self::Missing(why)
    }
}

impl From<BoundBy> for Against {
    fn from(bound: BoundBy) -> Self {
        Self::Bound(bound)
    }
}

/// `[offer]` as written and as it runs.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct Rules<'a> {
    pub(in crate::rules) written: &'a Offer,
    pub(in crate::rules) compiled: &'a CompiledOffer,
}

impl<'a> Rules<'a> {
    /// Looks at a point, in this order: tier and amount, price, affordability, caps, rules. The first
    /// that stands against it or cannot be known decides.
    pub(super) fn look(self, values: &mut Values<'a>, point: &Point) -> Looked {
        point::at(values, point);
        let (tier, rate) = match self.tier(values, point) {
            Ok(found) => found,
            Err(against) => return against.into(),
        };
        match self.rest(values, point, tier, rate) {
            Ok(offered) => Looked::Offered(Box::new(offered)),
            Err(against) => against.into(),
        }
    }

    fn rest(
        self,
        values: &mut Values<'a>,
        point: &Point,
        tier: usize,
        rate: Decimal,
    ) -> Result<Offered, Against> {
        let offered = self.priced(values, point, tier, rate)?;
        let affordable = amount(values, &self.compiled.affordable_payment.0)?;
        if offered.price.schedule.payment > affordable {
            return Err(BoundBy::Affordability.into());
        }
        self.caps(values, &offered.price)?;
        rules(values, point)?;
        Ok(offered)
    }

    /// The tier that applies and its rate, where the amount is one of its amounts.
    fn tier(self, values: &Values<'a>, point: &Point) -> Result<(usize, Decimal), Against> {
        let index = match self.row(values) {
            Row::At(index) => index,
            Row::None => return Err(BoundBy::Tier.into()),
            Row::Unknown(index) => {
                let tier = self.compiled.tiers.get(index);
                let why = tier.map(|tier| values.env().truth(&tier.when.0.logic));
                return Err(why
                    .and_then(Result::err)
                    .unwrap_or(Missing::Overflow)
                    .into());
            }
        };
        let tier = self.compiled.tiers.get(index).ok_or(Missing::Overflow)?;
        if point.amount > amount(values, &tier.max_amount.0)? {
            return Err(BoundBy::Tier.into());
        }
        if let Some(least) = &tier.min_amount
            && point.amount < amount(values, &least.0)?
        {
            return Err(BoundBy::Tier.into());
        }
        Ok((index, rate(values, tier)?))
    }

    /// The first tier whose condition holds.
    pub(super) fn row(self, values: &Values<'a>) -> Row {
        for (index, tier) in self.compiled.tiers.iter().enumerate() {
            match values.holds(&tier.when.0) {
                Verdict::True => return Row::At(index),
                Verdict::False => {}
                Verdict::Unknown => return Row::Unknown(index),
            }
        }
        Row::None
    }

    /// Whether a tier offers the point's amount.
    pub(super) fn is_in_a_tier(self, values: &Values<'a>, point: &Point) -> bool {
        self.tier(values, point).is_ok()
    }

    /// The point priced in a tier.
    fn priced(
        self,
        values: &Values<'a>,
        point: &Point,
        tier: usize,
        rate: Decimal,
    ) -> Result<Offered, Against> {
        let fees = self.written.fees.iter().zip(&self.compiled.fees);
        let charges = fees.map(|(fee, compiled)| charge(values, point, fee, compiled));
        let charges: Vec<Charge> = charges.collect::<Result<_, _>>()?;
        let (repayment, timing) = repayment(values, point)?;
        let price = Price::new(point.amount, &charges, rate, repayment, timing);
        let price = price.map_err(|error| match error {
            // The lender's own fees leave nothing to lend.
            PriceError::NothingLeft => Against::Bound(BoundBy::Tier),
            PriceError::Overflow => Against::Missing(Missing::Overflow),
        })?;
        Ok(Offered {
            point: *point,
            tier,
            rate,
            charges,
            price,
        })
    }

    fn caps(self, values: &Values<'a>, price: &Price) -> Result<(), Against> {
        let caps = self.written.caps.iter().zip(&self.compiled.caps);
        for (cap, compiled) in caps {
            if let Some((when, _)) = &compiled.when
                && !holds(values, when)?
            {
                continue;
            }
            let max = percent(values, &compiled.max.0)?;
            if !price.is_within(cap.basis, max).ok_or(Missing::Overflow)? {
                return Err(BoundBy::Cap.into());
            }
        }
        Ok(())
    }

    /// The payment of a point in a tier; zero where its fees leave nothing of it, `None` where it cannot
    /// be known.
    pub(super) fn payment(self, values: &Values<'a>, point: &Point, tier: usize) -> Option<i64> {
        let rate = rate(values, self.compiled.tiers.get(tier)?).ok()?;
        match self.priced(values, point, tier, rate) {
            Ok(offered) => Some(offered.price.schedule.payment),
            Err(Against::Bound(_)) => Some(0),
            Err(Against::Missing(_)) => None,
        }
    }

    /// A tier with the most that it offers and that one payment may be.
    pub(super) fn bounds(self, values: &Values<'a>, tier: usize) -> Option<(usize, i64, i64)> {
        let most = amount(values, &self.compiled.tiers.get(tier)?.max_amount.0).ok()?;
        let affordable = amount(values, &self.compiled.affordable_payment.0).ok()?;
        Some((tier, most, affordable))
    }

    /// The most that any tier offers; `None` where that is not known of each.
    pub(super) fn most_of_all(self, values: &Values<'a>) -> Option<i64> {
        let tiers = self.compiled.tiers.iter();
        let most = tiers.map(|tier| amount(values, &tier.max_amount.0).ok());
        most.collect::<Option<Vec<i64>>>()?.into_iter().max()
    }
}

/// A part of `[offer]` that cannot be known.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) enum Lacking<'a> {
    When(&'a Condition, &'a Basis),
    Value(&'a Calculation, &'a Basis),
    /// When payments fall due.
    Dates,
}

/// The parts that cannot be known of a point, which `offer.` stands for; of rules, none.
pub(in crate::rules) fn lacking<'a>(
    compiled: &'a CompiledOffer,
    values: &Values<'a>,
    point: &Point,
) -> Vec<Lacking<'a>> {
    let mut found = Vec::new();
    let mut tiers = compiled.tiers.iter();
    let tier = tiers.find(|tier| values.holds(&tier.when.0) != Verdict::False);
    let Some(tier) = tier else {
        return found;
    };
    if values.holds(&tier.when.0) == Verdict::Unknown {
        found.push(Lacking::When(&tier.when.0, &tier.when.1));
        return found;
    }
    let fees = compiled.fees.iter();
    let fees = fees.flat_map(|fee| [&fee.share, &fee.flat, &fee.minimum, &fee.maximum]);
    let caps = compiled.caps.iter().filter(|cap| {
        let when = cap.when.as_ref();
        when.is_none_or(|(when, _)| values.holds(when) == Verdict::True)
    });
    let calculations = [&tier.max_amount, &tier.rate, &compiled.affordable_payment]
        .into_iter()
        .chain(&tier.min_amount)
        .chain(fees.flatten())
        .chain(caps.map(|cap| &cap.max));
    let unknown = calculations.filter(|(part, _)| values.calculate(part).is_err());
    found.extend(unknown.map(|(part, basis)| Lacking::Value(part, basis)));
    let whens = compiled.caps.iter().filter_map(|cap| cap.when.as_ref());
    let whens = whens.filter(|(when, _)| values.holds(when) == Verdict::Unknown);
    found.extend(whens.map(|(when, basis)| Lacking::When(when, basis)));
    if repayment(values, point).is_err() {
        found.push(Lacking::Dates);
    }
    found
}

impl From<Against> for Looked {
    fn from(against: Against) -> Self {
        match against {
            Against::Bound(bound) => Self::Not(bound),
            Against::Missing(why) => Self::Unknown(why),
        }
    }
}

/// What a fee comes to, never below zero.
fn charge<'a>(
    values: &Values<'a>,
    point: &Point,
    fee: &Fee,
    compiled: &'a CompiledFee,
) -> Result<Charge, Missing> {
    let optional = |part: &'a Option<(Calculation, _)>| {
        let part = part.as_ref();
        part.map(|(part, _)| amount(values, part)).transpose()
    };
    let share = compiled.share.as_ref();
    let share = share.map(|(share, _)| percent(values, share)).transpose()?;
    let share = match share {
        Some(share) => shared(point.amount, share)?,
        None => 0,
    };
    let flat = optional(&compiled.flat)?.unwrap_or(0).max(0);
    let sum = share.checked_add(flat).ok_or(Missing::Overflow)?;
    let least = optional(&compiled.minimum)?.unwrap_or(0);
    let most = optional(&compiled.maximum)?.unwrap_or(i64::MAX);
    Ok(Charge {
        amount: sum.max(least).min(most).max(0),
        paid: fee.paid,
        counts_in: fee.counts_in,
    })
}

/// A share of an amount, to the nearest minor unit, half away from zero.
fn shared(amount: i64, percent: Decimal) -> Result<i64, Missing> {
    let percent = Scalar::Percent(percent.max(Decimal::ZERO));
    let product = crate::rules::scalar::arithmetic(
        crate::rules::ast::ArithmeticOp::Multiply,
        Scalar::Money(amount),
        percent,
    );
    match product {
        Some(Ok(Scalar::Money(share))) => Ok(share),
        Some(Err(why)) => Err(why),
        Some(Ok(_)) | None => Err(Missing::Ambiguous),
    }
}

/// How a point is repaid, and when. Without the day of the decision the first period is a regular
/// one.
fn repayment(values: &Values<'_>, point: &Point) -> Result<(Repayment, Timing), Missing> {
    let dates = values
        .decision_date()
        .zip(point::first_payment(values, point));
    // A day that is past, or that of the decision, is no day to pay on.
    let timing = |timing: Option<Timing>| timing.ok_or(Missing::PastDay);
    let Some((unit, per_year)) = UnitPeriod::of(point.frequency).zip(point.frequency.per_year())
    else {
        let Some((advanced, due)) = dates else {
            let days = point.term.days();
            return Ok((Repayment::Once { days }, timing(Timing::once_in(days))?));
        };
        let timing = timing(Timing::once(advanced, due))?;
        let days = u32::try_from((due - advanced).num_days());
        let days = days.map_err(|_| Missing::PastDay)?;
        return Ok((Repayment::Once { days }, timing));
    };
    let payments = point.payments();
    let repayment = Repayment::Instalments { per_year, payments };
    let found = match dates {
        None => Some(Timing::regular(unit)),
        Some((advanced, first)) if payments == 1 => Timing::once_of(unit, advanced, first),
        Some((advanced, first)) => Timing::disregarding_minor(unit, advanced, first, payments),
    };
    Ok((repayment, timing(found)?))
}

/// Whether a rule that declines or refers would stand against the point, had it been asked for. A
/// rule that reads the score sees it as it is: the point is not scored anew.
fn rules(values: &mut Values<'_>, point: &Point) -> Result<(), Against> {
    let program = values.program;
    if program.rules_on_asked.is_empty() || *point == point::request(values) {
        return Ok(());
    }
    let asked = point::as_if_asked(values, point);
    values.with_all(&asked, &program.asked.dependents, |values| {
        let rules = program.rules_on_asked.iter();
        let mut lacks = None;
        for rule in rules.filter_map(|rule| program.rules.get(*rule)) {
            match values.holds(&rule.when) {
                Verdict::True => return Err(BoundBy::Rule.into()),
                Verdict::Unknown if rule.may_lack => {
                    lacks = lacks.or(values.env().truth(&rule.when.logic).err());
                }
                Verdict::Unknown | Verdict::False => {}
            }
        }
        match lacks {
            Some(why) => Err(why.into()),
            None => Ok(()),
        }
    })
}

fn holds(values: &Values<'_>, condition: &Condition) -> Result<bool, Missing> {
    match values.holds(condition) {
        Verdict::True => Ok(true),
        Verdict::False => Ok(false),
        Verdict::Unknown => {
            let known = values.env().truth(&condition.logic);
            Err(known.err().unwrap_or(Missing::Overflow))
        }
    }
}

fn rate<'a>(values: &Values<'a>, tier: &'a CompiledTier) -> Result<Decimal, Missing> {
    let rate = percent(values, &tier.rate.0)?;
    let max = Decimal::from(limits::RATE_PERCENT_MAX);
    let sound = rate >= Decimal::ZERO && rate <= max;
    if sound {
        Ok(rate)
    } else {
        Err(Missing::Overflow)
    }
}

fn amount<'a>(values: &Values<'a>, calculation: &'a Calculation) -> Result<i64, Missing> {
    match values.calculate(calculation)? {
        Scalar::Money(minor) => Ok(minor),
        Scalar::Count(_)
        | Scalar::Days(_)
        | Scalar::Ratio(_)
        | Scalar::Percent(_)
        | Scalar::Date(_)
        | Scalar::Text(_)
        | Scalar::Bool(_) => Err(values.defective()),
    }
}

fn percent<'a>(values: &Values<'a>, calculation: &'a Calculation) -> Result<Decimal, Missing> {
    match values.calculate(calculation)? {
        Scalar::Percent(percent) => Ok(percent),
        Scalar::Money(_)
        | Scalar::Count(_)
        | Scalar::Days(_)
        | Scalar::Ratio(_)
        | Scalar::Date(_)
        | Scalar::Text(_)
        | Scalar::Bool(_) => Err(values.defective()),
    }
}
