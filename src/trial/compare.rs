//! Compares what came of a test with what it expects.

use std::fmt::Display;

use crate::application::{RepaymentFrequency, Term, TermUnit};
use crate::features::Value;
use crate::money::Money;
use crate::rules::{
    Action, BoundBy, Evaluation, Expected, ExpectedOffer, Layout, OfferTerms, ReasonCode,
    ReasonSource,
};

/// What stands where there is nothing.
const NONE: &str = "none";

/// Something that came otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What: `outcome`, `reasons`, `offer.amount`.
    pub what: &'static str,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub got: String,
}

/// What came of a test.
pub(super) struct Seen<'a> {
    pub(super) evaluation: &'a Evaluation,
    pub(super) layout: &'a Layout,
    pub(super) lacked: &'a [String],
}

impl Seen<'_> {
    /// Everything that came otherwise than expected.
    pub(super) fn mismatches(&self, expected: &Expected) -> Vec<Mismatch> {
        let mut found = Found(Vec::new());
        let evaluation = self.evaluation;
        found.compare("outcome", expected.outcome, Some(evaluation.outcome));
        found.lists("reasons", expected.reasons.as_ref(), &self.principal());
        found.lists("noted", expected.noted.as_ref(), &self.noted());
        let score = evaluation.score.as_ref();
        let score = score.and_then(|score| score.total.ok());
        found.compare("score", expected.score, score);
        found.lists("missing", expected.missing.as_ref(), self.lacked);
        let sought = evaluation.sought.as_ref();
        let bound = sought.and_then(|sought| sought.bound_by);
        let expected_bound = expected.bound_by.map(BoundBy::as_str);
        found.compare("bound_by", expected_bound, bound.map(BoundBy::as_str));
        found.offer(&expected.offer, evaluation.offer.as_ref());
        found.0
    }

    /// The codes of reasons whose rules say why it came so: those given, and those expected, where
    /// there is any difference between them.
    pub(super) fn in_question(
        &self,
        expected: &Expected,
        mismatches: &[Mismatch],
    ) -> Vec<ReasonCode> {
        let (given, noted) = (self.principal(), self.noted());
        let differs = |what: &str| mismatches.iter().any(|one| one.what == what);
        let mut codes: Vec<ReasonCode> = Vec::new();
        let mut add = |code: &ReasonCode| {
            if !codes.contains(code) {
                codes.push(code.clone());
            }
        };
        let wanted = expected.reasons.clone().unwrap_or_default();
        let others = |ours: &[ReasonCode], theirs: &[ReasonCode]| -> Vec<ReasonCode> {
            let only = ours.iter().filter(|code| !theirs.contains(code));
            only.cloned().collect()
        };
        others(&wanted, &given).iter().for_each(&mut add);
        if differs("outcome") {
            given.iter().for_each(&mut add);
        } else if differs("reasons") {
            others(&given, &wanted).iter().for_each(&mut add);
        }
        if let (true, Some(wanted)) = (differs("noted"), &expected.noted) {
            others(wanted, &noted).iter().for_each(&mut add);
            others(&noted, wanted).iter().for_each(&mut add);
        }
        codes
    }

    /// The codes of the principal reasons.
    fn principal(&self) -> Vec<ReasonCode> {
        let reasons = self.evaluation.reasons.iter();
        let principal = reasons.filter(|given| given.principal);
        principal
            .filter_map(|given| self.code(given.reason))
            .collect()
    }

    /// The codes that rules gave which note something.
    fn noted(&self) -> Vec<ReasonCode> {
        let reasons = self.evaluation.reasons.iter();
        let noted = reasons.filter(|given| {
            given.action == Action::Flag && matches!(given.source, ReasonSource::Rule(_))
        });
        noted.filter_map(|given| self.code(given.reason)).collect()
    }

    fn code(&self, reason: usize) -> Option<ReasonCode> {
        self.layout.reasons.get(reason).cloned()
    }
}

struct Found(Vec<Mismatch>);

impl Found {
    fn compare<T: PartialEq + Display>(
        &mut self,
        what: &'static str,
        expected: Option<T>,
        got: Option<T>,
    ) {
        let Some(expected) = expected else {
            return;
        };
        if got.as_ref() != Some(&expected) {
            self.0.push(Mismatch {
                what,
                expected: expected.to_string(),
                got: got.map_or_else(|| NONE.to_owned(), |got| got.to_string()),
            });
        }
    }

    fn lists(&mut self, what: &'static str, expected: Option<&Vec<String>>, got: &[String]) {
        let listed = |list: &[String]| match list {
            [] => NONE.to_owned(),
            list => list.join(", "),
        };
        self.compare(what, expected.map(|list| listed(list)), Some(listed(got)));
    }

    fn offer(&mut self, expected: &ExpectedOffer, got: Option<&OfferTerms>) {
        let money = |money: Money| Value::Money(money);
        let percent = |rate| Value::percent(rate);
        self.compare(
            "offer.tier",
            expected.tier.clone(),
            got.map(|terms| terms.tier.clone()),
        );
        self.compare(
            "offer.amount",
            expected.amount.map(money),
            got.map(|terms| money(terms.amount)),
        );
        self.compare(
            "offer.rate",
            expected.rate.map(percent),
            got.map(|terms| percent(terms.rate_percent)),
        );
        self.compare(
            "offer.apr",
            expected.apr.map(percent),
            got.map(|terms| percent(terms.apr_percent)),
        );
        self.compare(
            "offer.term",
            expected.term.map(term),
            got.map(|terms| term(terms.term)),
        );
        self.compare(
            "offer.frequency",
            expected.frequency.map(frequency),
            got.map(|terms| frequency(terms.frequency)),
        );
        self.compare(
            "offer.payment",
            expected.payment.map(money),
            got.map(|terms| money(terms.payment)),
        );
        self.compare(
            "offer.payments",
            expected.payments,
            got.map(|terms| terms.payments),
        );
    }
}

/// `12 months`
fn term(term: Term) -> String {
    let unit = match term.unit {
        TermUnit::Days => "days",
        TermUnit::Weeks => "weeks",
        TermUnit::Months => "months",
    };
    format!("{} {unit}", term.count)
}

fn frequency(frequency: RepaymentFrequency) -> &'static str {
    match frequency {
        RepaymentFrequency::Weekly => "weekly",
        RepaymentFrequency::Biweekly => "biweekly",
        RepaymentFrequency::SemiMonthly => "semi_monthly",
        RepaymentFrequency::Monthly => "monthly",
        RepaymentFrequency::Single => "single",
    }
}
