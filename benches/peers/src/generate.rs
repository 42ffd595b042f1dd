//! A hundred rules and a thousand applicants, the same in every run.
//!
//! Of ten rules, six compare one feature with a constant, three are two such comparisons with `and`
//! or `or`, and one does arithmetic on two amounts. Constants are chosen by what the applicants
//! have, so that each rule fires for about the share of them that is asked for.

use crate::floor;
use crate::random::Random;
use crate::rule::{Applicant, Column, MILLION, Op, Rule, Term, Test, Unit};

pub(crate) const RULES: usize = 100;
pub(crate) const APPLICANTS: usize = 1_000;

/// Amounts are whole fives of dollars: a quarter of one is whole cents, and a quotient of two is
/// either a 64th or further from it than the engine's six decimals can blur.
const MONEY_STEP: i64 = 500;
/// What a ratio and a share in percent are multiples of, which is exact in binary and in six
/// decimals.
const RATIO_STEP: i64 = MILLION / 64;
const PERCENT_STEP: i64 = MILLION / 4;

/// Values of every column for every applicant. No amount is zero: they are divided by.
pub(crate) fn applicants(columns: &[Column]) -> Vec<Applicant> {
    let mut random = Random::new(1);
    let one = |random: &mut Random, column: &Column| {
        let mut number = |count: usize| i64::try_from(random.below(count)).expect("small");
        let window = column.window_days.unwrap_or(180);
        let window = usize::try_from(window).expect("small");
        match column.unit {
            Unit::Money => (10 + number(1_990)) * MONEY_STEP,
            Unit::Count | Unit::Days => number(window + 1),
            Unit::Ratio => number(65) * RATIO_STEP,
            Unit::Percent => number(401) * PERCENT_STEP,
        }
    };
    (0..APPLICANTS)
        .map(|_| {
            let row = columns.iter().map(|column| one(&mut random, column));
            row.collect()
        })
        .collect()
}

/// Rules each of which fires for about `share` of the applicants.
pub(crate) fn rules(columns: &[Column], applicants: &[Applicant], share: f64) -> Vec<Rule> {
    let mut maker = Maker {
        columns,
        applicants,
        random: Random::new(2),
    };
    (0..RULES).map(|index| maker.rule(index, share)).collect()
}

struct Maker<'a> {
    columns: &'a [Column],
    applicants: &'a [Applicant],
    random: Random,
}

impl<'a> Maker<'a> {
    fn rule(&mut self, index: usize, share: f64) -> Rule {
        let everyone: Vec<&Applicant> = self.applicants.iter().collect();
        let decade = index / 10;
        let both = match index % 10 {
            0..=5 => {
                let term = Term::Column(self.random.below(self.columns.len()));
                return Rule::One(self.test(term, &everyone, share));
            }
            6 => true,
            7 => false,
            8 => decade.is_multiple_of(2),
            _ => {
                let term = self.arithmetic(decade);
                return Rule::One(self.test(term, &everyone, share));
            }
        };
        let (left, right) = self.two(|_| true);
        // The second comparison is fitted to those whom the first leaves undecided.
        let first = if both {
            share.sqrt()
        } else {
            1.0 - (1.0 - share).sqrt()
        };
        let left = self.test(Term::Column(left), &everyone, first);
        let open: Vec<&Applicant> = everyone
            .iter()
            .copied()
            .filter(|applicant| floor::test(&left, applicant) == both)
            .collect();
        let all = everyone.len() as f64;
        let decided = if both { 0.0 } else { all - open.len() as f64 };
        let second = (share * all - decided) / open.len() as f64;
        let right = self.test(Term::Column(right), &open, second);
        if both {
            Rule::Both(left, right)
        } else {
            Rule::Either(left, right)
        }
    }

    /// Two different columns.
    fn two(&mut self, wanted: impl Fn(&Column) -> bool) -> (usize, usize) {
        let list: Vec<usize> = (0..self.columns.len())
            .filter(|column| wanted(&self.columns[*column]))
            .collect();
        let first = self.random.below(list.len());
        let second = (first + 1 + self.random.below(list.len() - 1)) % list.len();
        (list[first], list[second])
    }

    fn arithmetic(&mut self, number: usize) -> Term {
        let (left, right) = self.two(|column| column.unit == Unit::Money);
        match number % 4 {
            0 => Term::Sum(left, right),
            1 => Term::Quotient(left, right),
            2 => Term::LessShare(left, self.random.one_of(&[1, 2, 3, 5, 6]), right),
            _ => Term::Difference(left, right),
        }
    }

    /// A comparison of the term that holds for about `share` of the applicants.
    fn test(&mut self, term: Term, applicants: &[&Applicant], share: f64) -> Test {
        let op = self.random.one_of(&Op::ALL);
        let step = match term.unit(self.columns) {
            Unit::Money => MONEY_STEP,
            Unit::Count | Unit::Days => 1,
            Unit::Ratio => RATIO_STEP,
            Unit::Percent => PERCENT_STEP,
        };
        let mut values: Vec<i64> = applicants
            .iter()
            .map(|applicant| floor::value(term, applicant))
            .collect();
        values.sort_unstable();
        let last = values.len() - 1;
        let below = match op {
            Op::Less | Op::LessEqual => share,
            Op::Greater | Op::GreaterEqual => 1.0 - share,
        };
        let place = (last as f64 * below.clamp(0.0, 1.0)) as usize;
        let near = values[place].div_euclid(step) * step;
        let nearest = [near - step, near, near + step]
            .into_iter()
            .map(|bound| Test { term, op, bound })
            .min_by_key(|test| {
                let fired = applicants
                    .iter()
                    .filter(|applicant| floor::test(test, applicant))
                    .count();
                let wanted = (share * applicants.len() as f64) as usize;
                fired.abs_diff(wanted)
            });
        nearest.expect("three of them")
    }
}
