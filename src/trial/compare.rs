//! Compares what came of a test with what it expects.

use std::fmt::Display;

use crate::features::Value;
use crate::money::Money;
use crate::rules::{
    self, Action, BoundBy, Evaluation, Expected, ExpectedOffer, Layout, OfferTerms, ReasonCode,
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
        self.compare("offer.term", expected.term, got.map(|terms| terms.term));
        self.compare(
            "offer.frequency",
            expected.frequency.map(rules::frequency_word),
            got.map(|terms| rules::frequency_word(terms.frequency)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::{RepaymentFrequency, Term, TermUnit};
    use crate::money::Currency;

    fn usd(whole: i64) -> Money {
        Money::new(whole * 100, Currency::USD)
    }

    fn term(count: u32) -> Term {
        Term {
            count,
            unit: TermUnit::Months,
        }
    }

    fn made() -> OfferTerms {
        OfferTerms {
            tier: "A".to_owned(),
            amount: usd(1_000),
            term: term(12),
            frequency: RepaymentFrequency::Monthly,
            rate_percent: "17.9".parse().unwrap(),
            apr_percent: "18.123".parse().unwrap(),
            mapr_percent: None,
            payment: usd(92),
            last_payment: usd(91),
            payments: 13,
            first_payment_date: None,
            principal: usd(1_001),
            amount_financed: usd(1_002),
            finance_charge: usd(103),
            total_of_payments: usd(1_103),
            fees: Vec::new(),
            bound_by: BoundBy::Requested,
        }
    }

    fn mismatches(expected: &ExpectedOffer, got: Option<&OfferTerms>) -> Vec<Mismatch> {
        let mut found = Found(Vec::new());
        found.offer(expected, got);
        found.0
    }

    #[test]
    fn each_value_of_an_offer_is_asserted() {
        let right = || ExpectedOffer {
            tier: Some("A".to_owned()),
            amount: Some(usd(1_000)),
            rate: Some("17.90".parse().unwrap()),
            apr: Some("18.123".parse().unwrap()),
            term: Some(term(12)),
            frequency: Some(RepaymentFrequency::Monthly),
            payment: Some(usd(92)),
            payments: Some(13),
        };
        assert_eq!(mismatches(&right(), Some(&made())), []);
        type Change = fn(&mut ExpectedOffer);
        let wrong: [(&str, &str, &str, Change); 8] = [
            ("offer.tier", "B", "A", |one| {
                one.tier = Some("B".to_owned())
            }),
            ("offer.amount", "1001.00 usd", "1000.00 usd", |one| {
                one.amount = Some(usd(1_001));
            }),
            ("offer.rate", "18.123%", "17.9%", |one| one.rate = one.apr),
            ("offer.apr", "17.9%", "18.123%", |one| {
                one.apr = Some("17.90".parse().unwrap());
            }),
            ("offer.term", "1 month", "12 months", |one| {
                one.term = Some(term(1))
            }),
            ("offer.frequency", "semi_monthly", "monthly", |one| {
                one.frequency = Some(RepaymentFrequency::SemiMonthly);
            }),
            ("offer.payment", "91.00 usd", "92.00 usd", |one| {
                one.payment = Some(usd(91));
            }),
            ("offer.payments", "12", "13", |one| one.payments = Some(12)),
        ];
        for (what, expected, got, change) in wrong {
            let mut one = right();
            change(&mut one);
            let found = mismatches(&one, Some(&made()));
            let found: Vec<_> = found
                .iter()
                .map(|one| (one.what, one.expected.as_str(), one.got.as_str()))
                .collect();
            assert_eq!(found, [(what, expected, got)]);
        }
        let none = mismatches(&right(), None);
        assert_eq!(none.len(), wrong.len());
        assert!(none.iter().all(|one| one.got == NONE));
    }
}
