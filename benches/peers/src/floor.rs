//! What the machine could do: each rule a small tree of whole numbers over slots, written by hand,
//! without names, units, missing values or a trace. It also says what every engine must answer.

use std::hint::black_box;

use crate::rule::{Applicant, MILLION, Rule, Term, Test};

/// The term in the parts of its unit; of a quotient, rounded down.
pub(crate) fn value(term: Term, slots: &[i64]) -> i64 {
    match term {
        Term::Column(column) => slots[column],
        Term::Sum(left, right) => slots[left] + slots[right],
        Term::Difference(left, right) => slots[left] - slots[right],
        Term::LessShare(left, quarters, right) => slots[left] - slots[right] * quarters / 4,
        Term::Quotient(left, right) => slots[left] * MILLION / slots[right],
    }
}

/// Whether the comparison holds; of a quotient without dividing, so that nothing is rounded.
pub(crate) fn test(test: &Test, slots: &[i64]) -> bool {
    match test.term {
        Term::Quotient(left, right) => {
            let bound = test.bound * slots[right];
            test.op.holds(slots[left] * MILLION, bound)
        }
        term @ (Term::Column(_) | Term::Sum(..) | Term::Difference(..) | Term::LessShare(..)) => {
            test.op.holds(value(term, slots), test.bound)
        }
    }
}

/// Whether the rule fires.
pub(crate) fn fires(rule: &Rule, slots: &[i64]) -> bool {
    match rule {
        Rule::One(only) => test(only, slots),
        Rule::Both(left, right) => test(left, slots) && test(right, slots),
        Rule::Either(left, right) => test(left, slots) || test(right, slots),
    }
}

/// Every rule for every applicant; how many fired.
pub(crate) fn pass(rules: &[Rule], applicants: &[Applicant]) -> usize {
    let fired = |slots: &Applicant| {
        let slots = black_box(slots);
        rules.iter().filter(|rule| fires(rule, slots)).count()
    };
    applicants.iter().map(fired).sum()
}
