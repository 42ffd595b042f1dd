//! What an applicant is told of a decision that was not as asked for: which notice the law asks for,
//! and its text, from what was recorded alone.
//!
//! The law is the Equal Credit Opportunity Act by Regulation B (12 CFR 1002.9) and the Fair Credit
//! Reporting Act (15 U.S.C. 1681m, sections 615(a) and 615(b)).

mod clock;
mod creditor;
mod due;
mod text;

use std::collections::BTreeSet;

use crate::application::Application;
use crate::decision::DecisionBody;
use crate::features;
use crate::follow_up::Override;
use crate::limits;
use crate::rules::{Bundle, OfferTerms, OpenFact, Outcome, RuleSetKind, Settlement};

pub use crate::follow_up::NoticeKind;
pub use clock::{Clock, clock, due_on, retained_until};
pub use creditor::{Agency, Creditor, DraftCreditor};
pub use due::Owed;
pub use text::Letter;

/// Why no notice is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoNotice {
    /// The rule set decides about a payment or about who somebody is: that is no application for
    /// credit (12 CFR 1002.2(f)).
    NotCredit,
    /// It was approved on the terms asked for: that is told, and needs no reasons (12 CFR
    /// 1002.9(a)(1)(i); supplement I, comment 9(a)(1)-2).
    Approved,
    /// Another decision settles it, of which a notice is sent or not.
    Resolved,
    /// A person has to decide first: nothing that the applicant could send would settle it.
    PersonDecides,
    /// A bank had not delivered, which is not the applicant's to send: ask anew.
    BankDataNotReady,
}

impl NoNotice {
    /// Every reason.
    pub const ALL: [Self; 5] = [
        Self::NotCredit,
        Self::Approved,
        Self::Resolved,
        Self::PersonDecides,
        Self::BankDataNotReady,
    ];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotCredit => "not_credit",
            Self::Approved => "approved",
            Self::Resolved => "resolved",
            Self::PersonDecides => "person_decides",
            Self::BankDataNotReady => "bank_data_not_ready",
        }
    }

    /// Why, and what to do.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::NotCredit => "it is no decision on an application for credit",
            Self::Approved => "it was approved on the terms asked for: tell the applicant so",
            Self::Resolved => "another decision settles it: ask for the notice of that one",
            Self::PersonDecides => {
                "a person has to decide first: nothing that the applicant could send settles it; record \
                 what was decided as an override"
            }
            Self::BankDataNotReady => {
                "it was referred because a bank had not delivered: ask for a decision anew, or record what \
                 a person decided as an override"
            }
        }
    }
}

/// What a decision that was referred waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsFor {
    /// Facts that the applicant can show.
    Applicant,
    /// A person's judgement.
    Person,
    /// A bank.
    Bank,
}

/// What says which notice is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// What the rule set decides about.
    pub kind: RuleSetKind,
    /// What it decided.
    pub outcome: Outcome,
    /// What a person decided last beside it, if anybody did: never of what is settled.
    pub overridden_to: Option<Outcome>,
    /// Whether another decision settles it.
    pub is_resolved: bool,
    /// What it waits for, where it was referred.
    pub waits_for: WaitsFor,
}

impl Facts {
    /// What is known of a decision, of what a person decided last beside it, of whether another one
    /// settles it, and of what would, where it was referred and a bank was not the cause.
    pub fn of(
        body: &DecisionBody,
        overridden_to: Option<Outcome>,
        is_resolved: bool,
        settlement: Option<&Settlement>,
    ) -> Self {
        Self {
            kind: body.pins.rule_set.kind,
            outcome: body.outcome(),
            overridden_to,
            is_resolved,
            waits_for: match settlement {
                None => WaitsFor::Bank,
                Some(settlement) if settlement.person_must_judge() => WaitsFor::Person,
                Some(_) => WaitsFor::Applicant,
            },
        }
    }
}

/// Which notice is to be sent, or why none is. The examples are in `tests/data/notices/kinds.csv`.
pub fn notice_kind(facts: Facts) -> Result<NoticeKind, NoNotice> {
    if facts.kind != RuleSetKind::Credit {
        return Err(NoNotice::NotCredit);
    }
    if facts.is_resolved {
        return Err(NoNotice::Resolved);
    }
    // What a person decided takes the place of what the engine did.
    match facts.overridden_to.unwrap_or(facts.outcome) {
        Outcome::Approve => Err(NoNotice::Approved),
        Outcome::Decline => Ok(NoticeKind::AdverseAction),
        Outcome::Counter => Ok(NoticeKind::Counteroffer),
        Outcome::Refer => match facts.waits_for {
            WaitsFor::Applicant => Ok(NoticeKind::Incompleteness),
            WaitsFor::Person => Err(NoNotice::PersonDecides),
            WaitsFor::Bank => Err(NoNotice::BankDataNotReady),
        },
    }
}

/// A decision with what followed it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What was decided.
    pub body: &'a DecisionBody,
    /// What was asked.
    pub application: &'a Application,
    /// By which rules.
    pub bundle: &'a Bundle,
    /// What a person decided last beside it.
    pub overriding: Option<&'a Override>,
    /// Whether another decision settles it.
    pub is_resolved: bool,
    /// What would settle it, where it was referred and a bank was not the cause.
    pub settlement: Option<&'a Settlement>,
}

/// A reason as the applicant is told: recorded, word for word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeReason {
    /// The code of the rule set; empty for a reason of a person without one.
    pub code: String,
    /// The statement.
    pub statement: String,
}

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Which one it is.
    pub kind: NoticeKind,
    /// The principal reasons, one to four (12 CFR 1002.9(b)(2); supplement I, comment 9(b)(2)-1).
    pub reasons: Vec<NoticeReason>,
    /// Whether they are those of a person, who decided beside the engine.
    pub by_person: bool,
    /// What the applicant is to send, of a notice of incompleteness.
    pub needed: Vec<String>,
    /// The offer, of a counteroffer.
    pub offer: Option<OfferTerms>,
    /// Whether it rests on what others said who are no consumer reporting agency: bank data by way of
    /// an aggregator (FCRA section 615(b)(1), 15 U.S.C. 1681m(b)(1)).
    pub outside_source: bool,
    /// The consumer reporting agencies whose reports it rests on, as the rule set names them (FCRA
    /// section 615(a), 15 U.S.C. 1681m(a)).
    pub agencies: Vec<String>,
}

impl Case<'_> {
    fn facts(&self) -> Facts {
        let overridden_to = self.overriding.map(|said| said.outcome);
        Facts::of(self.body, overridden_to, self.is_resolved, self.settlement)
    }

    /// The principal reasons, as they were recorded.
    fn reasons(&self) -> Vec<NoticeReason> {
        if let Some(said) = self.overriding {
            let stated = said.reasons.iter().map(|reason| NoticeReason {
                code: reason.code.clone().unwrap_or_default(),
                statement: reason.statement.clone(),
            });
            return stated.take(limits::PRINCIPAL_REASONS_MAX).collect();
        }
        let given = self.body.evaluation.reasons.iter();
        let principal = given.filter(|given| given.principal).filter_map(|given| {
            let told = given.told.as_ref()?;
            let code = self.bundle.reason_code(given.reason).unwrap_or_default();
            Some(NoticeReason {
                code: code.to_owned(),
                statement: told.statement.clone(),
            })
        });
        principal.take(limits::PRINCIPAL_REASONS_MAX).collect()
    }

    /// What the applicant can show, as people call it.
    fn needed(&self) -> Vec<String> {
        let questions = self.settlement.map_or(&[][..], |one| &one.questions);
        let named = questions.iter().map(|question| match &question.about {
            OpenFact::Stream(stream) => {
                format!(
                    "Proof that the deposits of {} are income that goes on",
                    stream.payer
                )
            }
            OpenFact::Value { name, .. } => self.in_words(name),
        });
        // Several facts may be called the same.
        let mut seen = BTreeSet::new();
        named.filter(|needed| seen.insert(needed.clone())).collect()
    }

    fn in_words(&self, fact: &str) -> String {
        let input = fact.strip_prefix("inputs.");
        let words = match input {
            Some(input) => {
                let mut inputs = self.bundle.inputs().iter();
                let declared = inputs.find(|declared| declared.name == input);
                declared.and_then(|declared| declared.doc.clone())
            }
            None => {
                let mut rows = features::table().iter();
                let row = rows.find(|row| row.name == fact);
                row.map(|row| row.told_as.to_owned())
            }
        };
        let words = words.filter(|words| !words.is_empty());
        let words = words.unwrap_or_else(|| fact.to_owned());
        format!("Information on: {}", words.trim_end_matches('.'))
    }

    /// The agencies of the inputs that came from consumer reports, each once.
    fn agencies(&self) -> Vec<String> {
        let declared = self.bundle.inputs().iter();
        let sent = declared.filter(|one| self.application.inputs().contains_key(&one.name));
        let named: BTreeSet<&str> = sent.filter_map(|one| one.source.as_deref()).collect();
        named.into_iter().map(str::to_owned).collect()
    }
}

impl Notice {
    /// The notice of a decision, or why none is to be sent.
    pub fn of(case: &Case<'_>) -> Result<Self, NoNotice> {
        let kind = notice_kind(case.facts())?;
        let is_action = kind.tells_action();
        Ok(Self {
            kind,
            reasons: case.reasons(),
            by_person: case.overriding.is_some(),
            needed: match kind {
                NoticeKind::Incompleteness => case.needed(),
                NoticeKind::AdverseAction | NoticeKind::Counteroffer => Vec::new(),
            },
            offer: match kind {
                NoticeKind::Counteroffer => case.body.offer().cloned(),
                NoticeKind::AdverseAction | NoticeKind::Incompleteness => None,
            },
            outside_source: is_action && !case.body.pins.snapshots.is_empty(),
            agencies: match is_action {
                true => case.agencies(),
                false => Vec::new(),
            },
        })
    }
}

#[cfg(test)]
mod tests;
