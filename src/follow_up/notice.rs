//! A notice that was sent to an applicant.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Subject, times};
use crate::application::{ApplicationError, Report};
use crate::rules::{Outcome, RuleSetKind};

/// A notice that the law asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Of action taken: the application was declined (12 CFR 1002.9(a)(1)(i) and (a)(2)).
    AdverseAction,
    /// Of a counteroffer and of action taken in one, so that no second one follows where it is not
    /// accepted (12 CFR 1002.9(a)(1)(iv); supplement I, comment 9(a)(1)-6).
    Counteroffer,
    /// Of incompleteness: what the applicant is to send, by when (12 CFR 1002.9(c)(2)).
    Incompleteness,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [
        Self::AdverseAction,
        Self::Counteroffer,
        Self::Incompleteness,
    ];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AdverseAction => "adverse_action",
            Self::Counteroffer => "counteroffer",
            Self::Incompleteness => "incompleteness",
        }
    }

    /// Whether it tells the applicant of action taken: a counteroffer's notice does, too (12 CFR
    /// 1002.9(a)(1)(iv)).
    pub fn tells_action(self) -> bool {
        match self {
            Self::AdverseAction | Self::Counteroffer => true,
            Self::Incompleteness => false,
        }
    }

    /// The words for them, for whoever sent none.
    pub const CHOICES: &str = "`adverse_action`, `counteroffer` or `incompleteness`";

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How a notice was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// By mail.
    Mail,
    /// Electronically, to who consented to that (15 U.S.C. 7001(c)).
    Electronic,
    /// Handed over.
    InPerson,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 3] = [Self::Mail, Self::Electronic, Self::InPerson];

    /// The words for them, for whoever sent none.
    pub const CHOICES: &str = "`mail`, `electronic` or `in_person`";

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Electronic => "electronic",
            Self::InPerson => "in_person",
        }
    }

    /// The channel of that word.
    pub fn parse(word: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|channel| channel.as_str() == word)
    }
}

/// That a notice was sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentNotice {
    /// Which one.
    pub kind: NoticeKind,
    /// On which day.
    pub sent_on: NaiveDate,
    /// How.
    pub channel: Channel,
    /// What the lender notes to it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl fmt::Debug for SentNotice {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentNotice")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A notice that was sent, as it was told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftNotice {
    /// Which one.
    pub kind: Option<NoticeKind>,
    /// On which day.
    pub sent_on: Option<NaiveDate>,
    /// How.
    pub channel: Option<Channel>,
    /// What the lender notes to it.
    pub note: String,
}

impl DraftNotice {
    /// Checks what was told of a decision.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its field.
    pub fn check(
        self,
        of: &Subject,
        now: DateTime<Utc>,
    ) -> Result<SentNotice, Vec<ApplicationError>> {
        let mut report = Report(Vec::new());
        let kind = report.chosen("kind", self.kind, NoticeKind::CHOICES);
        if let Some(problem) = kind.and_then(|kind| not_to_be_sent(kind, of)) {
            report.fail("kind", problem);
        }
        let channel = report.chosen("channel", self.channel, Channel::CHOICES);
        let named = ("sent_date", "the day on which it was sent");
        let sent_on = times::day(&mut report, named, self.sent_on, (of.decided_on, now));
        report.text("note", &self.note, false);
        let checked = kind.zip(sent_on).zip(channel);
        let checked = checked.map(|((kind, sent_on), channel)| SentNotice {
            kind,
            sent_on,
            channel,
            note: self.note,
        });
        report.into_result(checked)
    }
}

/// Why no notice of that kind can have been sent of a decision, where none can.
fn not_to_be_sent(kind: NoticeKind, of: &Subject) -> Option<&'static str> {
    if of.kind != RuleSetKind::Credit {
        return Some(
            "is of a decision that is none on an application for credit: it has no notice",
        );
    }
    let mut outcomes = of.outcomes.iter();
    match kind {
        NoticeKind::Counteroffer if !outcomes.any(|one| *one == Outcome::Counter) => {
            Some("is of a counteroffer, and the decision offers none")
        }
        NoticeKind::AdverseAction if outcomes.all(|one| *one == Outcome::Approve) => Some(
            "is of adverse action, and the decision is APPROVE: where a person declined it, record that \
             override first",
        ),
        NoticeKind::AdverseAction | NoticeKind::Counteroffer | NoticeKind::Incompleteness => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn a_notice_is_of_a_credit_decision_that_it_can_tell_of() {
        use NoticeKind::{AdverseAction, Counteroffer, Incompleteness};
        use Outcome::{Approve, Counter, Decline, Refer};
        use RuleSetKind::{Credit, Payment, Verification};
        let cases: [(RuleSetKind, &[Outcome], NoticeKind, bool); 13] = [
            (Credit, &[Decline], AdverseAction, true),
            (Credit, &[Counter], AdverseAction, true),
            (Credit, &[Refer], AdverseAction, true),
            (Credit, &[Approve], AdverseAction, false),
            (Credit, &[Approve, Approve], AdverseAction, false),
            (Credit, &[Approve, Decline], AdverseAction, true),
            // What was sent while a person's decline held was sent.
            (Credit, &[Approve, Decline, Approve], AdverseAction, true),
            (Credit, &[Counter, Decline], Counteroffer, true),
            (Credit, &[Decline], Counteroffer, false),
            (Credit, &[Refer], Incompleteness, true),
            (Payment, &[Decline], AdverseAction, false),
            (Payment, &[Counter], Counteroffer, false),
            (Verification, &[Refer], Incompleteness, false),
        ];
        for (kind, outcomes, notice, good) in cases {
            let of = Subject {
                kind,
                decided_on: NaiveDate::MIN,
                currency: Currency::USD,
                outcomes: outcomes.to_vec(),
                resolved_by: None,
            };
            let problem = not_to_be_sent(notice, &of);
            assert_eq!(problem.is_none(), good, "{kind:?} {outcomes:?} {notice:?}");
        }
    }
}
