//! What is owed to an applicant: a notice of which none was sent, or a decision that nobody made.

use chrono::NaiveDate;

use super::{Clock, Facts, NoNotice, NoticeKind, clock, notice_kind};

/// What is owed to the applicant of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owed {
    /// This notice.
    Notice(NoticeKind),
    /// A decision, with the notice that it asks for then: why there is none yet.
    Decision(NoNotice),
}

impl Owed {
    /// What is owed while these notices are recorded as sent; `None` where nothing is.
    ///
    /// A notice of action taken ends it, whichever of the two it was: of an incomplete application the
    /// creditor may send either (12 CFR 1002.9(c)(1)), and after a counteroffer that told of adverse
    /// action no second one follows (supplement I, comment 9(a)(1)-6). A notice of incompleteness ends
    /// nothing but that: what is decided later is told.
    pub fn of(facts: Facts, sent: &[NoticeKind]) -> Option<Self> {
        let owed = match notice_kind(facts) {
            Ok(kind) => Self::Notice(kind),
            Err(none @ (NoNotice::PersonDecides | NoNotice::BankDataNotReady)) => {
                Self::Decision(none)
            }
            Err(NoNotice::NotCredit | NoNotice::Approved | NoNotice::Resolved) => return None,
        };
        let mut sent = sent.iter();
        let is_settled = sent.any(|kind| kind.tells_action() || owed == Self::Notice(*kind));
        (!is_settled).then_some(owed)
    }

    /// Until when, of an application that was complete on a day. The applicant is told of the action
    /// taken within 30 days, whoever takes it (12 CFR 1002.9(a)(1)(i)).
    pub fn clock(self, completed_on: NaiveDate) -> Clock {
        match self {
            Self::Notice(kind) => clock(kind, completed_on),
            Self::Decision(_) => clock(NoticeKind::AdverseAction, completed_on),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adverse_action::WaitsFor;
    use crate::rules::{Outcome, RuleSetKind};

    /// What is owed of a credit decision while one kind of notice, or none, was sent.
    #[test]
    fn what_is_owed_is_ended_by_what_tells_of_it() {
        use NoticeKind::{AdverseAction, Counteroffer, Incompleteness};
        use Outcome::{Approve, Counter, Decline, Refer};
        let person = Some(Owed::Decision(NoNotice::PersonDecides));
        let incomplete = Some(Owed::Notice(Incompleteness));
        let adverse = Some(Owed::Notice(AdverseAction));
        let cases = [
            (Approve, None, WaitsFor::Bank, None, None),
            (Approve, Some(Decline), WaitsFor::Bank, None, adverse),
            (Decline, None, WaitsFor::Bank, None, adverse),
            (Decline, Some(Approve), WaitsFor::Bank, None, None),
            (Decline, None, WaitsFor::Bank, Some(AdverseAction), None),
            (Decline, None, WaitsFor::Bank, Some(Incompleteness), adverse),
            (
                Counter,
                None,
                WaitsFor::Bank,
                None,
                Some(Owed::Notice(Counteroffer)),
            ),
            (Counter, None, WaitsFor::Bank, Some(Counteroffer), None),
            (
                Counter,
                Some(Decline),
                WaitsFor::Bank,
                Some(Counteroffer),
                None,
            ),
            (Refer, None, WaitsFor::Applicant, None, incomplete),
            (Refer, None, WaitsFor::Applicant, Some(Incompleteness), None),
            (Refer, None, WaitsFor::Applicant, Some(AdverseAction), None),
            (
                Refer,
                Some(Decline),
                WaitsFor::Applicant,
                Some(Incompleteness),
                adverse,
            ),
            (Refer, None, WaitsFor::Person, None, person),
            (Refer, None, WaitsFor::Person, Some(Incompleteness), person),
            (Refer, None, WaitsFor::Person, Some(AdverseAction), None),
            (
                Refer,
                None,
                WaitsFor::Bank,
                None,
                Some(Owed::Decision(NoNotice::BankDataNotReady)),
            ),
        ];
        for (outcome, overridden_to, waits_for, sent, owed) in cases {
            let facts = Facts {
                kind: RuleSetKind::Credit,
                outcome,
                overridden_to,
                is_resolved: false,
                waits_for,
            };
            let sent: Vec<_> = sent.into_iter().collect();
            assert_eq!(Owed::of(facts, &sent), owed, "{facts:?}, {sent:?}");
            let settled = Facts {
                is_resolved: true,
                ..facts
            };
            assert_eq!(Owed::of(settled, &sent), None);
            let payment = Facts {
                kind: RuleSetKind::Payment,
                ..facts
            };
            assert_eq!(Owed::of(payment, &sent), None);
        }
    }

    #[test]
    fn a_decision_is_owed_as_soon_as_a_notice() {
        let day = NaiveDate::from_ymd_opt(2026, 8, 22).unwrap();
        for owed in NoticeKind::ALL.map(Owed::Notice) {
            assert_eq!(owed.clock(day).due, crate::adverse_action::due_on(day));
        }
        let clock = Owed::Decision(NoNotice::PersonDecides).clock(day);
        assert_eq!(
            (clock.due.to_string(), clock.law),
            ("2026-09-21".to_owned(), "12 CFR 1002.9(a)(1)(i)")
        );
    }
}
