//! Checks how a rule set comes to an approval: by an offer, or by a condition.

use super::Checker;
use crate::rules::diagnostic::Code;
use crate::rules::evaluation::RuleSetKind;
use crate::rules::file::{ApproveEntry, RuleFile};
use crate::rules::resolve::NameScope;
use crate::rules::rule_set::{Approve, End, NOT_APPROVED};

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
        let approve = approve.map(|entry| (self.approve(entry, file, scorecard), &entry.span));
        if let (Some(RuleSetKind::Credit | RuleSetKind::Verification), Some(retry)) =
            (kind, file.retries.first())
        {
            let message = "only a payment rule set has a [[retry]]";
            let help = "it says which debits are made in place of the one asked for".to_owned();
            self.report
                .error_with(Code::WrongForKind, &retry.span, message, help);
        }
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

    fn approve(
        &mut self,
        entry: &ApproveEntry,
        file: &RuleFile,
        scorecard: bool,
    ) -> Option<Approve> {
        let place = NameScope::Tier { scorecard };
        let when = entry.when.as_ref();
        let when = when.map(|when| self.condition(when, place));
        let refer_reason = self.reason_or(entry.refer_reason.as_ref(), NOT_APPROVED);
        let retries = self.retries(&file.retries, scorecard);
        Some(Approve {
            when: when??,
            refer_reason: refer_reason?,
            retries: retries?,
        })
    }
}
