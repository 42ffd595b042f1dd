//! Searches the grid for the best point that may be offered.
//!
//! The amount nearest to the request comes first; of one amount the term and then the frequency
//! asked for, and at last the least total of payments. A point before the best one that cannot be
//! known leaves the offer unknown: it could be the better one.

use super::look::{Looked, Offered, Rules};
use super::point::{self, Point};
use crate::application::{RepaymentFrequency, Term};
use crate::features::Missing;
use crate::limits;
use crate::rules::compiled_offer::CompiledOffer;
use crate::rules::evaluation::{BoundBy, Row};
use crate::rules::rule_set::Offer;
use crate::rules::values::Values;

/// What a search came to.
#[derive(Debug, Clone)]
pub(in crate::rules) struct Found {
    /// The point offered, or what came last: the smallest that could not be, or the one that could
    /// not be known.
    pub(in crate::rules) point: Point,
    pub(in crate::rules) looked: Looked,
    /// The next larger point, which bound the offer, where it is not the one asked for.
    pub(in crate::rules) beyond: Option<Point>,
    /// What bound it; `None` where the last point cannot be known.
    pub(in crate::rules) bound_by: Option<BoundBy>,
    /// How many points were looked at.
    pub(in crate::rules) points: usize,
}

/// The position of the tier that applies to a point, and whether the point is in it by its amount.
pub(in crate::rules) fn stands<'a>(
    (written, compiled): (&'a Offer, &'a CompiledOffer),
    values: &Values<'a>,
    point: &Point,
) -> (Row, bool) {
    let rules = Rules { written, compiled };
    (rules.row(values), rules.is_in_a_tier(values, point))
}

/// Searches the grid. The values of `offer.` are left as they were last looked at.
pub(in crate::rules) fn search<'a>(
    values: &mut Values<'a>,
    written: &'a Offer,
    compiled: &'a CompiledOffer,
) -> Found {
    values.foresight.searching(true);
    let mut search = Search {
        rules: Rules { written, compiled },
        asked: point::request(values),
        choices: Vec::new(),
        values,
        points: 0,
    };
    search.choices = search.choices();
    let found = search.run();
    values.foresight.searching(false);
    found
}

/// A term with a frequency, and how far they are from those asked for.
#[derive(Debug, Clone, Copy)]
struct Choice {
    term: Term,
    frequency: RepaymentFrequency,
    /// Another term, another frequency.
    other: (bool, bool),
}

struct Search<'v, 'a> {
    rules: Rules<'a>,
    asked: Point,
    choices: Vec<Choice>,
    values: &'v mut Values<'a>,
    points: usize,
}

impl<'a> Search<'_, 'a> {
    /// The terms and frequencies, those nearest to what was asked for first.
    fn choices(&self) -> Vec<Choice> {
        let (offer, asked) = (self.rules.written, self.asked);
        let mut terms = offer.terms.clone();
        if terms.is_empty() {
            terms.push(asked.term);
        }
        let mut frequencies = offer.frequencies.clone();
        if frequencies.is_empty() {
            frequencies.push(asked.frequency);
        }
        let mut choices = Vec::new();
        for term in terms {
            for frequency in &frequencies {
                let same = term.days() == asked.term.days();
                choices.push(Choice {
                    term: if same { asked.term } else { term },
                    frequency: *frequency,
                    other: (!same, *frequency != asked.frequency),
                });
            }
        }
        choices.sort_by_key(|choice| choice.other);
        choices
    }

    fn point(&self, choice: &Choice, amount: i64) -> Point {
        Point {
            amount,
            term: choice.term,
            frequency: choice.frequency,
        }
    }

    /// The largest multiple of the step, or the amount asked for, that tier and affordability let
    /// through. Payments never fall where the amount rises, so most are passed over; only where
    /// neither tiers nor fees nor affordability read the amount of the offer. `None` where nothing
    /// is known of it.
    fn most(&mut self, choice: &Choice) -> Option<i64> {
        let (rules, asked) = (self.rules, self.asked.amount);
        point::at(self.values, &self.point(choice, asked));
        if rules.compiled.most_reads_amount {
            return None;
        }
        if rules.compiled.reads_amount {
            return rules.most_of_all(self.values);
        }
        let (tier, most, affordable) = match rules.row(self.values) {
            Row::At(tier) => rules.bounds(self.values, tier)?,
            Row::None => return Some(0),
            Row::Unknown(_) => return None,
        };
        let payment = |amount: i64| rules.payment(self.values, &self.point(choice, amount), tier);
        if asked <= most && payment(asked)? <= affordable {
            return Some(asked);
        }
        let step = rules.written.step;
        let most = most.min(asked).checked_div(step)?.max(0);
        let payment = |steps: i64| payment(steps.checked_mul(step)?);
        most_carried(most, affordable, payment)?.checked_mul(step)
    }

    fn run(&mut self) -> Found {
        let (step, minimum) = (self.rules.written.step, self.rules.written.minimum);
        let asked = self.asked.amount;
        if asked < minimum {
            let why = Looked::Not(BoundBy::Requested);
            return self.found(self.asked, why, None, Some(BoundBy::Requested));
        }
        if let Some(found) = self.amount(asked, None) {
            return found;
        }
        let largest = below(asked, step);
        let choices = self.choices.clone();
        let most: Option<Vec<i64>> = choices.iter().map(|choice| self.most(choice)).collect();
        let most = most.and_then(|most| most.into_iter().max());
        let mut amount = most.map_or(largest, |most| largest.min(most - most.rem_euclid(step)));
        while amount >= minimum {
            let larger = amount.saturating_add(step).min(asked);
            if let Some(found) = self.amount(amount, Some(larger)) {
                return found;
            }
            amount -= step;
        }
        let over = minimum.rem_euclid(step);
        let smallest = if over == 0 {
            minimum
        } else {
            minimum - over + step
        };
        self.nothing(if smallest <= largest { smallest } else { asked })
    }

    /// Looks at all points of one amount, in the order of preference; `larger` is the next larger one
    /// of the grid. `None` where none may be offered.
    fn amount(&mut self, amount: i64, larger: Option<i64>) -> Option<Found> {
        let choices = self.choices.clone();
        for group in choices.chunk_by(|one, next| one.other == next.other) {
            let mut best: Option<Box<Offered>> = None;
            for choice in group {
                let point = self.point(choice, amount);
                match self.look(&point) {
                    Looked::Not(_) => {}
                    Looked::Unknown(why) => {
                        return Some(self.found(point, Looked::Unknown(why), None, None));
                    }
                    Looked::Offered(offered) => {
                        let total = |offered: &Offered| offered.price.total_of_payments;
                        if best
                            .as_ref()
                            .is_none_or(|best| total(&offered) < total(best))
                        {
                            best = Some(offered);
                        }
                    }
                }
            }
            if let Some(best) = best {
                return Some(self.offered(best, larger));
            }
        }
        None
    }

    fn look(&mut self, point: &Point) -> Looked {
        // More than are looked at leave the offer unknown.
        self.points += 1;
        if self.points > limits::OFFER_POINTS_MAX {
            return Looked::Unknown(Missing::Overflow);
        }
        self.rules.look(self.values, point)
    }

    /// A point that is offered, with what bound it: why the next larger one is not, or, where it is
    /// the amount asked for, why the term and frequency asked for are not.
    fn offered(&mut self, offered: Box<Offered>, larger: Option<i64>) -> Found {
        let point = offered.point;
        let beyond = match larger {
            _ if point == self.asked => None,
            Some(larger) => Some(Point {
                amount: larger,
                ..point
            }),
            None => Some(self.asked),
        };
        let bound_by = beyond.map_or(BoundBy::Requested, |beyond| self.bound(&beyond));
        self.found(point, Looked::Offered(offered), beyond, Some(bound_by))
    }

    /// What stands against a point.
    fn bound(&mut self, point: &Point) -> BoundBy {
        let is =
            |choice: &&Choice| (choice.term, choice.frequency) == (point.term, point.frequency);
        if self.choices.iter().find(is).is_none() {
            return BoundBy::Tier;
        }
        match self.rules.look(self.values, point) {
            Looked::Not(bound) => bound,
            Looked::Offered(_) | Looked::Unknown(_) => BoundBy::Tier,
        }
    }

    /// No point may be offered: what stands against the smallest one.
    fn nothing(&mut self, smallest: i64) -> Found {
        let point = match self.choices.first() {
            Some(choice) => self.point(choice, smallest),
            None => self.asked,
        };
        let bound = self.bound(&point);
        self.found(point, Looked::Not(bound), Some(point), Some(bound))
    }

    fn found(
        &self,
        point: Point,
        looked: Looked,
        beyond: Option<Point>,
        bound_by: Option<BoundBy>,
    ) -> Found {
        Found {
            point,
            looked,
            beyond,
            bound_by,
            points: self.points,
        }
    }
}

/// The largest number of steps, up to `most`, whose payment is affordable; `None` where a payment is
/// not known.
///
/// Payments rise nearly as amounts do, so a guess by proportion and the next step mostly settle it;
/// where they do not, halving does.
fn most_carried(most: i64, affordable: i64, payment: impl Fn(i64) -> Option<i64>) -> Option<i64> {
    // INVARIANT: `low` is affordable, and `high` is not.
    let (mut low, mut high) = (0, most);
    if most <= 0 {
        return Some(0);
    }
    let mut dearest = payment(high)?;
    // Mostly it is the tier that binds.
    if dearest <= affordable {
        return Some(high);
    }
    let mut by_proportion = 2;
    while high - low > 1 {
        let guess = if by_proportion > 0 {
            by_proportion -= 1;
            let guess = i128::from(high) * i128::from(affordable) / i128::from(dearest.max(1));
            i64::try_from(guess).ok()?
        } else {
            low + (high - low) / 2
        };
        let guess = guess.clamp(low + 1, high - 1);
        let asked = payment(guess)?;
        if asked <= affordable {
            low = guess;
        } else {
            (high, dearest) = (guess, asked);
        }
    }
    Some(low)
}

/// The largest multiple of the step below an amount.
fn below(amount: i64, step: i64) -> i64 {
    let over = amount.rem_euclid(step);
    amount - if over == 0 { step } else { over }
}
