//! Checks what a test expects: codes, names and words that there are.

use rust_decimal::Decimal;

use super::{Checker, Tested};
use crate::features::{self, Type, Value};
use crate::rules::advice::{Advice, did_you_mean};
use crate::rules::ast::ForecastFunction;
use crate::rules::diagnostic::Code;
use crate::rules::evaluation::ReasonCode;
use crate::rules::file::{ExpectEntry, ExpectedOfferEntry};
use crate::rules::rule_set::End;
use crate::rules::test_case::{Expected, ExpectedOffer};
use crate::rules::toml_reader::Text;
use crate::rules::vocabulary::{FREQUENCIES, bounds, outcomes};

impl Checker<'_> {
    pub(super) fn expected(
        &mut self,
        entry: &ExpectEntry,
        tested: &Tested<'_>,
    ) -> Option<Expected> {
        let errors = self.report.errors();
        let outcome = entry.outcome.as_ref();
        let bound_by = entry.bound_by.as_ref();
        let expected = Expected {
            outcome: outcome.and_then(|text| self.word(text, &outcomes(), "an outcome")),
            reasons: entry.reasons.as_ref().map(|codes| self.codes(codes)),
            noted: entry.noted.as_ref().map(|codes| self.codes(codes)),
            score: entry.score.as_ref().and_then(|text| self.whole(text)),
            missing: entry.missing.as_ref().map(|names| self.lacked(names)),
            bound_by: bound_by.and_then(|text| self.word(text, &bounds(), "what bounds an offer")),
            offer: self.expected_offer(&entry.offer, tested),
        };
        if let (Some(text), false) = (&entry.score, self.has_score) {
            let message = "the rule set has no scorecard, so there is no score";
            self.report.error(Code::WrongForKind, &text.span, message);
        }
        (self.report.errors() == errors).then_some(expected)
    }

    /// Codes of reasons that are declared.
    fn codes(&mut self, texts: &[Text]) -> Vec<ReasonCode> {
        for text in texts {
            if !self.reason_codes.contains_key(&text.value) {
                self.no_such_reason(text);
            }
        }
        texts.iter().map(|text| text.value.clone()).collect()
    }

    /// Names of values that may be missing, in alphabetical order.
    fn lacked(&mut self, texts: &[Text]) -> Vec<String> {
        for text in texts {
            let name = text.value.as_str();
            let is_input = name.starts_with("inputs.") && self.names.declared(name).is_some();
            let is_known = is_input
                || name == features::DEBIT_ACCOUNT
                || ForecastFunction::named(name).is_some()
                || features::find(name).is_some();
            if is_known {
                continue;
            }
            let all = features::table().iter().map(|feature| feature.name);
            let near = did_you_mean(name, all)
                .unwrap_or_else(|| Advice::words("write the name of a feature, or `inputs.NAME`"));
            let message = format!("no value is called `{}`", name.escape_debug());
            self.report
                .error_with(Code::UnknownName, &text.span, message, near);
        }
        let mut names: Vec<String> = texts.iter().map(|text| text.value.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    fn whole(&mut self, text: &Text) -> Option<i64> {
        let Value::Count(whole) = self.plain(text, Type::Count)? else {
            return None;
        };
        Some(whole)
    }

    fn count_of_payments(&mut self, text: &Text) -> Option<u32> {
        let count = self.whole(text)?;
        let found = u32::try_from(count).ok();
        if found.is_none() {
            let message = format!("no offer has {count} payments");
            self.report.error(Code::OutOfRange, &text.span, message);
        }
        found
    }

    fn percent(&mut self, text: &Text) -> Option<Decimal> {
        let Value::Percent(rate) = self.plain(text, Type::Percent)? else {
            return None;
        };
        Some(rate)
    }

    fn expected_offer(&mut self, entry: &ExpectedOfferEntry, tested: &Tested<'_>) -> ExpectedOffer {
        ExpectedOffer {
            tier: entry
                .tier
                .as_ref()
                .map(|text| self.tier_there_is(text, tested)),
            amount: self.given_amount(entry.amount.as_ref()),
            rate: entry.rate.as_ref().and_then(|text| self.percent(text)),
            apr: entry.apr.as_ref().and_then(|text| self.percent(text)),
            term: entry.term.as_ref().and_then(|text| self.offer_term(text)),
            frequency: entry
                .frequency
                .as_ref()
                .and_then(|text| self.word(text, &FREQUENCIES, "a frequency of payments")),
            payment: self.given_amount(entry.payment.as_ref()),
            payments: entry
                .payments
                .as_ref()
                .and_then(|text| self.count_of_payments(text)),
        }
    }

    /// The id of a tier that there is.
    fn tier_there_is(&mut self, text: &Text, tested: &Tested<'_>) -> String {
        let tiers = match tested.end {
            Some(End::Offer(offer)) => offer.tiers.as_slice(),
            Some(End::Approve(_)) => &[],
            // What is wrong with it was reported.
            None => return text.value.clone(),
        };
        let ids = || tiers.iter().map(|tier| tier.id.as_str());
        if !ids().any(|id| id == text.value) {
            let help = did_you_mean(&text.value, ids());
            let message = format!("there is no tier `{}`", text.value.escape_debug());
            self.report
                .error_with(Code::UnknownName, &text.span, message, help);
        }
        text.value.clone()
    }
}
