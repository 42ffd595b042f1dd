//! A notice that was sent to an applicant.

use std::fmt;

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::report::Report;
use crate::application::ApplicationError;

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
    /// Checks what was told of a decision of the day `decided_on`.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its field.
    pub fn check(
        self,
        decided_on: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<SentNotice, Vec<ApplicationError>> {
        let mut report = Report(Vec::new());
        if self.kind.is_none() {
            report.fail("kind", format!("is required: {}", NoticeKind::CHOICES));
        }
        if self.channel.is_none() {
            report.fail("channel", format!("is required: {}", Channel::CHOICES));
        }
        // Somewhere on earth it is tomorrow already.
        let last = now.date_naive().checked_add_days(Days::new(1));
        match self.sent_on {
            None => report.fail("sent_date", "is required: the day on which it was sent"),
            Some(day) if last.is_some_and(|last| day > last) => {
                report.fail("sent_date", "is in the future: send it once it is sent");
            }
            Some(day) if day < decided_on => {
                report.fail(
                    "sent_date",
                    format!("is before the decision, of {decided_on}"),
                );
            }
            Some(_) => {}
        }
        report.text("note", &self.note, false);
        let checked = self.kind.zip(self.sent_on).zip(self.channel);
        let checked = checked.map(|((kind, sent_on), channel)| SentNotice {
            kind,
            sent_on,
            channel,
            note: self.note,
        });
        report.into_result(checked)
    }
}
