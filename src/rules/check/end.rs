//! Checks how a rule set comes to an approval: by an offer, or by a condition.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::Checker;
use crate::features::{Type, Value};
use crate::rules::diagnostic::Code;
use crate::rules::evaluation::RuleSetKind;
use crate::rules::file::{ApproveEntry, OfferEntry, RuleFile, TierEntry};
use crate::rules::node::Node;
use crate::rules::resolve::NameScope;
use crate::rules::rule_set::{AMOUNT_REDUCED, Approve, End, NO_OFFER, NOT_APPROVED, Offer, Tier};
use crate::rules::toml_reader::Text;

/// Rates above this, in percent a year, are a slip of the pen: 1000 for `100%`. What a lender may
/// charge is for the law and the lender to say; short-term loans reach several hundred percent.
const APR_PERCENT_MAX: i64 = 1_000;
/// The longest id of a tier, in bytes: it stands in a column of every offer that is listed.
const TIER_ID_BYTES_MAX: usize = 40;

impl Checker<'_> {
    pub(super) fn end(
        &mut self,
        file: &RuleFile,
        kind: Option<RuleSetKind>,
        scorecard: bool,
    ) -> Option<End> {
        let offer = file.offer.as_ref();
        let offer = offer.map(|entry| (self.offer(entry, scorecard), &entry.span));
        let approve = file.approve.as_ref();
        let approve = approve.map(|entry| (self.approve(entry, scorecard), &entry.span));
        let credit = kind? == RuleSetKind::Credit;
        let (wanted, unwanted) = if credit {
            ("[offer]", "[approve]")
        } else {
            ("[approve]", "[offer]")
        };
        let kind = if credit {
            "credit"
        } else {
            "payment or verification"
        };
        let surplus = if credit {
            approve.as_ref().map(|(_, span)| *span)
        } else {
            offer.as_ref().map(|(_, span)| *span)
        };
        if let Some(span) = surplus {
            let message = format!("a {kind} rule set has no {unwanted}");
            let help = format!("it approves by {wanted}");
            self.report
                .error_with(Code::WrongForKind, span, message, help);
        }
        let end = match (credit, offer, approve) {
            (true, Some((offer, _)), _) => return Some(End::Offer(Box::new(offer?))),
            (false, _, Some((approve, _))) => return Some(End::Approve(Box::new(approve?))),
            (true, None, _) | (false, _, None) => None,
        };
        let message = format!("a {kind} rule set needs {wanted}");
        self.report
            .error(Code::WrongForKind, &file.header.span, message);
        end
    }

    fn approve(&mut self, entry: &ApproveEntry, scorecard: bool) -> Option<Approve> {
        let place = NameScope::Tier { scorecard };
        let when = entry.when.as_ref();
        let when = when.map(|when| self.condition(when, place));
        let refer_reason = self.reason_or(entry.refer_reason.as_ref(), NOT_APPROVED);
        Some(Approve {
            when: when??,
            refer_reason: refer_reason?,
        })
    }

    fn offer(&mut self, entry: &OfferEntry, scorecard: bool) -> Option<Offer> {
        let step = entry.step.as_ref().map(|step| self.amount(step));
        let minimum = entry.minimum.as_ref().map(|minimum| self.amount(minimum));
        let payment = entry.affordable_payment.as_ref();
        let payment = payment.map(|payment| self.money(payment));
        let refer_reason = self.reason_or(entry.refer_reason.as_ref(), NO_OFFER);
        let counter_reason = self.reason_or(entry.counter_reason.as_ref(), AMOUNT_REDUCED);
        let affordability = entry.affordability_reason.as_ref();
        let affordability = affordability.map(|reason| self.reason(reason));
        if entry.tiers.is_empty() {
            self.missing_key(&entry.span, "[offer] needs an [[offer.tier]]");
        }
        let mut ids = BTreeSet::new();
        let mut closed = false;
        let mut tiers = Vec::new();
        for tier in &entry.tiers {
            let span = tier.id.as_ref().map_or(&entry.span, |id| &id.span);
            if closed {
                let message = "this tier never applies: one before it always does";
                self.report.warning(Code::Unreachable, span, message, None);
            }
            let tier = self.tier(tier, &mut ids, scorecard);
            closed |= tier.as_ref().is_some_and(|tier| is_true(&tier.when.node));
            tiers.push(tier);
        }
        if let Some(Some(minimum)) = minimum {
            self.reachable(&tiers, &entry.tiers, minimum);
        }
        Some(Offer {
            step: step??,
            minimum: minimum??,
            affordable_payment: payment??,
            refer_reason: refer_reason?,
            counter_reason: counter_reason?,
            affordability_reason: match affordability {
                Some(reason) => Some(reason?),
                None => None,
            },
            tiers: tiers.into_iter().collect::<Option<_>>()?,
        })
    }

    fn reachable(&mut self, tiers: &[Option<Tier>], entries: &[TierEntry], minimum: i64) {
        for (tier, entry) in tiers.iter().zip(entries) {
            let below = tier.as_ref().is_some_and(|tier| tier.max_amount < minimum);
            if let (true, Some(text)) = (below, &entry.max_amount) {
                let message = "this is below the `minimum` of [offer], so the tier never offers";
                self.report.error(Code::OutOfRange, &text.span, message);
            }
        }
    }

    fn tier<'f>(
        &mut self,
        entry: &'f TierEntry,
        ids: &mut BTreeSet<&'f str>,
        scorecard: bool,
    ) -> Option<Tier> {
        let id = entry.id.as_ref().map(|id| self.tier_id(id, ids));
        let when = entry.when.as_ref();
        // A last tier that always applies is usual: no warning.
        let when = when.map(|when| self.formula(when, NameScope::Tier { scorecard }, true));
        let apr = entry.apr.as_ref().map(|apr| self.apr(apr));
        let max_amount = entry.max_amount.as_ref().map(|max| self.amount(max));
        Some(Tier {
            id: id??,
            when: when??.0,
            apr_percent: apr??,
            max_amount: max_amount??,
        })
    }

    /// Tiers may be called `A` and `B`, so capitals are let in.
    fn tier_id<'f>(&mut self, id: &'f Text, ids: &mut BTreeSet<&'f str>) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let text = id.value.as_str();
        if text.is_empty() || text.len() > TIER_ID_BYTES_MAX || !text.chars().all(plain) {
            let message = format!(
                "the id of a tier has letters, digits, `-` and `_`, at most {TIER_ID_BYTES_MAX}"
            );
            self.report.error(Code::BadName, &id.span, message);
            return None;
        }
        if !ids.insert(text) {
            let message = format!("there is another tier `{text}`");
            self.report.error(Code::DuplicateId, &id.span, message);
            return None;
        }
        Some(text.to_owned())
    }

    fn apr(&mut self, text: &Text) -> Option<Decimal> {
        let value = self.constant(text, NameScope::Constant, Some(Type::Percent))?;
        if let Value::Percent(apr) = value
            && apr >= Decimal::ZERO
            && apr <= Decimal::from(APR_PERCENT_MAX)
        {
            return Some(apr);
        }
        let message = format!("`apr` is between 0% and {APR_PERCENT_MAX}%");
        self.report.error(Code::OutOfRange, &text.span, message);
        None
    }

    /// A constant amount above zero, in minor units.
    fn amount(&mut self, text: &Text) -> Option<i64> {
        let value = self.constant(text, NameScope::Constant, Some(Type::Money))?;
        if let Value::Money(money) = value
            && money.minor() > 0
        {
            return Some(money.minor());
        }
        let message = format!("`{}` is not above zero", text.value);
        self.report.error(Code::OutOfRange, &text.span, message);
        None
    }

    /// A money expression.
    fn money(&mut self, text: &Text) -> Option<crate::rules::rule_set::Formula> {
        let (formula, typed) = self.formula(text, NameScope::Rule, false)?;
        self.expect_type(text, &typed, Type::Money)?;
        Some(formula)
    }
}

fn is_true(node: &Node) -> bool {
    matches!(node, Node::Constant(Value::Bool(true)))
}
