//! What became of a loan: what a backtest joins to a decision.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Subject, times};
use crate::application::{ApplicationError, Report};
use crate::id::IdempotencyKey;
use crate::limits;
use crate::money::{Currency, Money};

/// What happened to a loan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoanEvent {
    /// It was paid out; the amount is what was.
    Funded,
    /// The borrower paid; the amount is the payment.
    Paid,
    /// A payment is past due; the amount is what is, where that is known.
    Late,
    /// It was charged off; the amount is the balance that was.
    Defaulted,
    /// It cost the lender so much in the end, after recoveries.
    Loss,
    /// It earned so much interest and fees.
    Interest,
    /// It was paid in full.
    PaidOff,
    /// The entry that is corrected was wrong as a whole: nothing of it happened.
    Void,
}

impl LoanEvent {
    /// Every event.
    pub const ALL: [Self; 8] = [
        Self::Funded,
        Self::Paid,
        Self::Late,
        Self::Defaulted,
        Self::Loss,
        Self::Interest,
        Self::PaidOff,
        Self::Void,
    ];

    /// The words for them, for whoever sent none.
    pub const CHOICES: &str =
        "`funded`, `paid`, `late`, `defaulted`, `loss`, `interest`, `paid_off` or `void`";

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Funded => "funded",
            Self::Paid => "paid",
            Self::Late => "late",
            Self::Defaulted => "defaulted",
            Self::Loss => "loss",
            Self::Interest => "interest",
            Self::PaidOff => "paid_off",
            Self::Void => "void",
        }
    }

    /// The event of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == word)
    }

    /// Whether it has an amount.
    fn amount(self) -> Wanted {
        match self {
            Self::Funded | Self::Paid | Self::Defaulted | Self::Loss | Self::Interest => {
                Wanted::Required
            }
            Self::Late => Wanted::Allowed,
            Self::PaidOff | Self::Void => Wanted::Never,
        }
    }
}

/// Whether something goes with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Required,
    Allowed,
    Never,
}

/// One entry of what became of a loan.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanPerformance {
    /// What happened.
    pub event: LoanEvent,
    /// On which day.
    pub date: NaiveDate,
    /// How much, never below nothing; what it is of says [`LoanEvent`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Of a late payment, how many days it is past due on that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_past_due: Option<u32>,
    /// The key of the entry in whose place this one stands. Where several name the same entry, the newest
    /// of them does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<IdempotencyKey>,
    /// What the lender notes to it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl fmt::Debug for LoanPerformance {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoanPerformance")
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

/// An entry as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftPerformance {
    /// What happened.
    pub event: Option<LoanEvent>,
    /// On which day.
    pub date: Option<NaiveDate>,
    /// How much.
    pub amount: Option<Money>,
    /// How many days past due.
    pub days_past_due: Option<u32>,
    /// The entry in whose place it stands.
    pub corrects: Option<IdempotencyKey>,
    /// What the lender notes to it.
    pub note: String,
}

/// What is wrong with `funded` where there is no loan. A referral that is resolved can have no override: what
/// follows is of the decision that resolves it.
fn not_lent(of: &Subject) -> String {
    match &of.resolved_by {
        Some(other) => format!(
            "is `funded`, and this referral is resolved by the decision {other}: record it of that one"
        ),
        None => "is `funded`, and nobody approved or offered a loan: where a person approved it, record that \
                 override first"
            .to_owned(),
    }
}

impl DraftPerformance {
    /// Checks what was sent of the loan of a decision.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its field.
    pub fn check(
        self,
        of: &Subject,
        now: DateTime<Utc>,
    ) -> Result<LoanPerformance, Vec<ApplicationError>> {
        let mut report = Report(Vec::new());
        let event = report.chosen("event", self.event, LoanEvent::CHOICES);
        if let Some(event) = event {
            self.check_amount(event, of.currency, &mut report);
            self.check_days(event, &mut report);
            if event == LoanEvent::Void && self.corrects.is_none() {
                report.fail(
                    "corrects",
                    "is required of `void`: the entry that was wrong",
                );
            }
            if event == LoanEvent::Funded && !of.is_lent() {
                report.fail("event", not_lent(of));
            }
        }
        let named = ("date", "the day on which it happened");
        let date = times::day(&mut report, named, self.date, (of.decided_on, now));
        report.text("note", &self.note, false);
        let checked = event.zip(date);
        let checked = checked.map(|(event, date)| LoanPerformance {
            event,
            date,
            amount: self.amount,
            days_past_due: self.days_past_due,
            corrects: self.corrects,
            note: self.note,
        });
        report.into_result(checked)
    }

    fn check_amount(&self, event: LoanEvent, currency: Currency, report: &mut Report) {
        let word = event.as_str();
        match (event.amount(), self.amount) {
            (Wanted::Required, None) => {
                report.fail("amount", format!("is required of `{word}`"));
            }
            (Wanted::Never, Some(_)) => {
                report.fail("amount", format!("does not go with `{word}`: leave it out"));
            }
            (_, Some(amount)) if amount.currency() != currency => {
                report.fail("amount", format!("is not in {currency}, as the loan is"));
            }
            (_, Some(amount)) if amount.minor() < 0 => {
                report.fail("amount", "is below 0: send how much it is");
            }
            (_, None | Some(_)) => {}
        }
    }

    fn check_days(&self, event: LoanEvent, report: &mut Report) {
        match (event == LoanEvent::Late, self.days_past_due) {
            (true, None) => report.fail("days_past_due", "is required of `late`"),
            (true, Some(days)) if !(1..=limits::DAYS_PAST_DUE_MAX).contains(&days) => {
                report.fail("days_past_due", "is not between 1 and 3660");
            }
            (false, Some(_)) => {
                report.fail("days_past_due", "goes with `late` alone: leave it out");
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::DecisionId;
    use crate::rules::{Outcome, RuleSetKind};

    #[test]
    fn what_is_refused_as_funded_says_what_can_be_recorded_instead() {
        let other = DecisionId::parse("dec_2").unwrap();
        let cases = [
            (
                None,
                "where a person approved it, record that override first",
            ),
            (
                Some(other),
                "resolved by the decision dec_2: record it of that one",
            ),
        ];
        for (resolved_by, told) in cases {
            let of = Subject {
                kind: RuleSetKind::Credit,
                decided_on: NaiveDate::MIN,
                currency: Currency::USD,
                outcomes: vec![Outcome::Refer],
                resolved_by,
            };
            let draft = DraftPerformance {
                event: Some(LoanEvent::Funded),
                date: NaiveDate::from_ymd_opt(2026, 3, 31),
                amount: Some(Money::new(100, Currency::USD)),
                ..DraftPerformance::default()
            };
            let now = DateTime::from_timestamp(1_775_000_000, 0).unwrap();
            let problems = draft.check(&of, now).unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(
                problems[0].problem.ends_with(told),
                "{}",
                problems[0].problem
            );
        }
    }
}
