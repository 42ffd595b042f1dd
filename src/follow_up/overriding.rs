//! A person's decision beside the engine's.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::times;
use crate::application::{ApplicationError, Report};
use crate::limits;
use crate::rules::{Bundle, GivenReason, Outcome, Wording, vague_wording};

/// What a person decided beside the engine. It does not change what the engine decided.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// APPROVE, as was asked for, or DECLINE. Other terms than asked for are an application of their
    /// own: nothing here has computed what they cost.
    pub outcome: Outcome,
    /// Why, in the order of their weight: what an applicant is told of a decline. At most four, the
    /// most that 12 CFR part 1002, supplement I, comment 9(b)(2)-1 takes for helpful.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<StatedReason>,
    /// Who decided: the lender's name or number for the person.
    pub reviewer: String,
    /// When.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub decided_at: DateTime<Utc>,
    /// What the lender notes to it. The applicant is not told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A reason of a person, as the applicant is told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedReason {
    /// The code of the rule set's reason that it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The statement: specific, as 12 CFR 1002.9(b)(2) asks.
    pub statement: String,
}

impl fmt::Debug for Override {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Override")
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for StatedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatedReason")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// An override as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftOverride {
    /// What was decided.
    pub outcome: Option<Outcome>,
    /// Why.
    pub reasons: Vec<DraftReason>,
    /// Who decided.
    pub reviewer: String,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// What the lender notes to it.
    pub note: String,
}

/// A reason as it was sent: a code, a statement, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftReason {
    /// The code of a reason of the rule set; empty for one that it does not have.
    pub code: String,
    /// The statement; empty for that of the code.
    pub statement: String,
}

impl DraftOverride {
    /// Checks what was sent of a decision by `bundle`, which gave `reasons`.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its field: `reasons[0].code`.
    pub fn check(
        self,
        (bundle, reasons): (&Bundle, &[GivenReason]),
        now: DateTime<Utc>,
    ) -> Result<Override, Vec<ApplicationError>> {
        let mut report = Report(Vec::new());
        let outcome = self.outcome;
        match outcome {
            Some(Outcome::Approve | Outcome::Decline) => {}
            Some(Outcome::Counter) => report.fail(
                "outcome",
                "is COUNTER: other terms are an application of their own, so that they are computed; \
                 `Decide` it with them",
            ),
            Some(Outcome::Refer) => report.fail("outcome", "is REFER: a person decides, so decide"),
            None => report.fail("outcome", "is required: APPROVE or DECLINE"),
        }
        if outcome == Some(Outcome::Decline) && self.reasons.is_empty() {
            report.fail(
                "reasons",
                "is required of a DECLINE: the applicant is told why",
            );
        }
        if self.reasons.len() > limits::PRINCIPAL_REASONS_MAX {
            report.fail("reasons", "has more than four: name the principal ones");
        }
        report.text("reviewer", &self.reviewer, true);
        report.text("note", &self.note, false);
        let decided_at = times::past(&mut report, "decide_time", self.decided_at, now);
        let told = Told { bundle, reasons };
        let sent = self.reasons.into_iter().enumerate();
        // All of them are looked at, also after one that is wrong.
        let stated: Vec<Option<StatedReason>> = sent
            .map(|(index, sent)| told.stated(&mut report, index, sent))
            .collect();
        check_repeats(&mut report, &stated);
        let stated: Option<Vec<StatedReason>> = stated.into_iter().collect();
        let checked = outcome.zip(stated).zip(decided_at);
        let checked = checked.map(|((outcome, reasons), decided_at)| Override {
            outcome,
            reasons,
            reviewer: self.reviewer,
            decided_at,
            note: self.note,
        });
        report.into_result(checked)
    }
}

/// What was told of the decision that is overridden.
struct Told<'a> {
    bundle: &'a Bundle,
    reasons: &'a [GivenReason],
}

impl Told<'_> {
    fn stated(&self, report: &mut Report, index: usize, sent: DraftReason) -> Option<StatedReason> {
        let field = |name: &str| format!("reasons[{index}].{name}");
        let code = (!sent.code.is_empty()).then_some(sent.code);
        if let Some(code) = &code
            && self.bundle.wording(code).is_none()
        {
            let near = self.bundle.nearest_reason(code);
            let near = near.map_or_else(String::new, |near| format!("; {near}"));
            let name = self.bundle.name();
            report.fail(
                field("code"),
                format!(
                    "is no reason of the rule set `{name}`{near}: a statement alone needs no code"
                ),
            );
            return None;
        }
        let statement = match (&code, sent.statement.trim().is_empty()) {
            (None, true) => {
                report.fail(field("statement"), "is required, or a code");
                return None;
            }
            (Some(code), true) => match self.statement_of(code) {
                Some(statement) => statement,
                None => {
                    report.fail(
                        field("statement"),
                        "is required with this code: the rule set fills in values of an application \
                         that it did not decline by it",
                    );
                    return None;
                }
            },
            (_, false) => {
                let field = field("statement");
                report.text(&field, &sent.statement, true);
                check_statement(report, &field, &sent.statement);
                sent.statement
            }
        };
        Some(StatedReason { code, statement })
    }

    /// What the applicant would be told of a code: what the decision recorded, or what is the same for
    /// everybody.
    fn statement_of(&self, code: &str) -> Option<String> {
        let mut given = self.reasons.iter();
        let recorded = given.find_map(|given| {
            let is_it = self.bundle.reason_code(given.reason) == Some(code);
            given.told.as_ref().filter(|_| is_it)
        });
        match (recorded, self.bundle.wording(code)?) {
            (Some(told), _) => Some(told.statement.clone()),
            (None, Wording::Whole(statement)) => Some(statement),
            (None, Wording::WithValues) => None,
        }
    }
}

/// Each reason is one of its own: no code and no statement is told twice.
fn check_repeats(report: &mut Report, stated: &[Option<StatedReason>]) {
    let words = |one: &StatedReason| one.statement.trim().to_lowercase();
    for (index, reason) in stated.iter().enumerate() {
        let Some(reason) = reason else { continue };
        let mut before = stated.iter().take(index).flatten();
        let is_same = |before: &StatedReason| {
            let same_code = before.code.is_some() && before.code == reason.code;
            match (same_code, words(before) == words(reason)) {
                (true, _) => Some("code"),
                (false, true) => Some("statement"),
                (false, false) => None,
            }
        };
        if let Some(part) = before.find_map(is_same) {
            let field = format!("reasons[{index}].{part}");
            report.fail(
                field,
                "is that of a reason before it: name each reason once",
            );
        }
    }
}

/// A statement that a person wrote says why, as one of a rule file has to.
fn check_statement(report: &mut Report, field: &str, statement: &str) {
    if statement.trim().chars().count() < limits::STATED_REASON_CHARS_MIN {
        report.fail(
            field,
            "is shorter than 10 characters, which does not say why: 12 CFR 1002.9(b)(2) asks for the specific \
             reason",
        );
    }
    if statement.chars().count() > limits::STATEMENT_CHARS_MAX {
        report.fail(
            field,
            "is longer than 300 characters: say the one thing that decided",
        );
    }
    if let Some(words) = vague_wording(statement) {
        let problem = format!(
            "says `{words}`, which does not say why: 12 CFR 1002.9(b)(2) asks for the specific reason"
        );
        report.fail(field, problem);
    }
}
