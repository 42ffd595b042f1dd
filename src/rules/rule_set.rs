//! A checked rule set: everything in it is well formed, typed and named.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::evaluation::{Action, RuleSetKind};
pub(super) use super::formula::{Formula, WrittenComparison};
use super::node::{Node, SlotId, Slots};
use super::statement::Statement;
use super::table::Table;
use crate::application::{MaxAge, RepaymentFrequency, Term};
use crate::features::{Control, Missing, Range, Type, Value, Whole};
use crate::id::RuleSetName;
use crate::lexicon;
use crate::loan::{Basis, CountsIn, Paid};
use crate::money::Currency;

/// A checked rule set. Only [`super::check`] makes one.
#[derive(Debug, Clone)]
pub struct RuleSet {
    pub(super) name: RuleSetName,
    pub(super) version: String,
    pub(super) kind: RuleSetKind,
    pub(super) currency: Currency,
    pub(super) description: Option<String>,
    /// By which random shares are drawn.
    pub(super) share_salt: Option<String>,
    pub(super) freshness: MaxAge,
    /// What it adds to the phrases that come with the release.
    pub(super) lexicon: Vec<lexicon::Line>,
    pub(super) inputs: Vec<DeclaredInput>,
    pub(super) params: Vec<(String, Value)>,
    /// In the order written, inputs first.
    pub(super) justified: Vec<Justified>,
    /// In the order written.
    pub(super) derive: Vec<Derived>,
    /// In the order written.
    pub(super) tables: Vec<Table>,
    /// What is computed, each after what it depends on.
    pub(super) order: Vec<Computed>,
    pub(super) rules: Vec<Rule>,
    /// Built-in reasons included.
    pub(super) reasons: Vec<ReasonText>,
    pub(super) scorecard: Option<Scorecard>,
    pub(super) end: End,
    pub(super) slots: Slots,
}

/// An input that a rule set asks the caller for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredInput {
    /// Its name, without `inputs.`.
    pub name: String,
    /// What it must be.
    pub ty: Type,
    /// Whether an application without it is refused.
    pub required: bool,
    /// Whether, and in which direction, an applicant can change it.
    pub control: Control,
    /// What it means.
    pub doc: Option<String>,
    /// The texts that it can be; none where it can be any, or is no text.
    pub values: Vec<String>,
    /// The least that it can be.
    pub min: Option<Value>,
    /// The most that it can be.
    pub max: Option<Value>,
    /// What stands for it where it is not sent.
    pub default: Option<Value>,
    /// The agency whose consumer report it is from, where it is from one.
    pub source: Option<String>,
}

impl DeclaredInput {
    /// The least that it can be, where there is one: what is counted is not below zero unless a least is
    /// declared.
    pub(super) fn least(&self) -> Option<Value> {
        let zero = match self.ty {
            Type::Count => Some(Value::Count(0)),
            Type::Days => Some(Value::Days(0)),
            Type::Money | Type::Ratio | Type::Percent | Type::Date | Type::Text | Type::Bool => {
                None
            }
        };
        self.min.clone().or(zero)
    }

    /// The same, as far as it says which requests are taken.
    pub(super) fn as_taken(&self) -> Self {
        let mut values = self.values.clone();
        values.sort_unstable();
        values.dedup();
        Self {
            control: Control::Either,
            doc: None,
            min: self.least(),
            default: None,
            source: None,
            values,
            ..self.clone()
        }
    }

    /// Between what it lies, as integers of [`Whole`]: of ratios and percentages in millionths.
    pub(super) fn whole_range(&self) -> Range {
        Range {
            least: self.least().as_ref().and_then(Whole::of_value),
            most: self.max.as_ref().and_then(Whole::of_value),
        }
    }
}

/// An input or param that the law lets be used, in its authors' words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Justified {
    /// `inputs.age`
    pub(super) name: String,
    pub(super) justification: String,
}

/// What is computed by a formula of its own, by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Computed {
    /// A derived value.
    Derive(usize),
    /// What a table gives.
    Table(usize),
}

#[derive(Debug, Clone)]
pub(super) struct Derived {
    pub(super) name: String,
    pub(super) formula: Formula,
    pub(super) ty: Type,
    /// The slot that rules read, where any does.
    pub(super) slot: SlotId,
}

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) when: Formula,
    pub(super) action: Action,
    /// The position of the reason.
    pub(super) reason: usize,
    pub(super) ignored: Vec<Ignored>,
    /// Where it does not hold though its condition does.
    pub(super) except: Option<Formula>,
    pub(super) notes: RuleNotes,
}

impl Rule {
    /// What decides whether it fires.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        let formulas = std::iter::once(&self.when).chain(&self.except);
        formulas.map(|formula| &formula.node)
    }
}

/// What a rule says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleNotes {
    /// Why it is there: the paragraph of the policy that asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Words by which rules are grouped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// A value that may be missing for a cause, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ignored {
    pub(super) name: String,
    pub(super) cause: Missing,
    pub(super) because: String,
}

#[derive(Debug, Clone)]
pub(super) struct ReasonText {
    pub(super) code: String,
    pub(super) statement: Statement,
    /// What is told where a value of the statement is missing.
    pub(super) statement_missing: Option<Statement>,
    pub(super) rank: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Scorecard {
    pub(super) base: i64,
    pub(super) characteristics: Vec<Characteristic>,
    /// The slot of `score`, where anything reads it.
    pub(super) score: Option<SlotId>,
}

#[derive(Debug, Clone)]
pub(super) struct Characteristic {
    pub(super) name: String,
    pub(super) value: Formula,
    /// The slot of `value` in its bins.
    pub(super) value_slot: SlotId,
    pub(super) reason: usize,
    /// The points that others have here, as the authors state them: those of a usual approval.
    /// `None` where points are lost against the most there are.
    pub(super) average: Option<i64>,
    /// In order; the last always applies.
    pub(super) bins: Vec<Bin>,
    pub(super) missing: Option<(i64, String)>,
}

impl Characteristic {
    /// The most points that a known value has.
    pub(super) fn most(&self) -> i64 {
        self.bins.iter().map(|bin| bin.points).max().unwrap_or(0)
    }

    /// What points lost are counted against.
    pub(super) fn baseline(&self) -> i64 {
        self.average.unwrap_or_else(|| self.most())
    }
}

#[derive(Debug, Clone)]
pub(super) struct Bin {
    /// `None` for `otherwise`.
    pub(super) when: Option<Formula>,
    pub(super) points: i64,
}

/// How the rule set comes to an approval.
#[derive(Debug, Clone)]
pub(super) enum End {
    Offer(Box<Offer>),
    Approve(Box<Approve>),
}

#[derive(Debug, Clone)]
pub(super) struct Offer {
    /// In minor units, above zero.
    pub(super) step: i64,
    pub(super) minimum: i64,
    /// The terms that may be offered; the one asked for where there are none.
    pub(super) terms: Vec<Term>,
    /// The frequencies that may be; the one asked for where there are none.
    pub(super) frequencies: Vec<RepaymentFrequency>,
    pub(super) affordable_payment: Formula,
    /// What is done where nothing can be offered: refer or decline.
    pub(super) otherwise: Action,
    /// For that.
    pub(super) none_reason: usize,
    /// For less than was asked for.
    pub(super) counter_reason: usize,
    /// In place of both where affordability is what bound the amount.
    pub(super) affordability_reason: Option<usize>,
    /// For the amount asked for over another term or by other payments.
    pub(super) terms_reason: usize,
    pub(super) tiers: Vec<Tier>,
    pub(super) fees: Vec<Fee>,
    pub(super) caps: Vec<Cap>,
}

#[derive(Debug, Clone)]
pub(super) struct Tier {
    pub(super) id: String,
    pub(super) when: Formula,
    /// The nominal yearly rate.
    pub(super) rate: Formula,
    pub(super) max_amount: Formula,
    pub(super) min_amount: Option<Formula>,
}

/// A fee: the share and the flat amount together, no less than the minimum and no more than the
/// maximum.
#[derive(Debug, Clone)]
pub(super) struct Fee {
    pub(super) id: String,
    /// Of the amount offered.
    pub(super) share: Option<Formula>,
    pub(super) flat: Option<Formula>,
    pub(super) minimum: Option<Formula>,
    pub(super) maximum: Option<Formula>,
    pub(super) paid: Paid,
    pub(super) counts_in: CountsIn,
}

/// A yearly rate that no offer exceeds.
#[derive(Debug, Clone)]
pub(super) struct Cap {
    pub(super) id: String,
    pub(super) basis: Basis,
    pub(super) max: Formula,
    /// Where it applies; everywhere where there is none.
    pub(super) when: Option<Formula>,
}

#[derive(Debug, Clone)]
pub(super) struct Approve {
    pub(super) when: Formula,
    pub(super) refer_reason: usize,
    /// What is done where it does not hold, in order; of payments only.
    pub(super) retries: Vec<Retry>,
}

/// Debits in place of the one asked for.
#[derive(Debug, Clone)]
pub(super) struct Retry {
    pub(super) id: String,
    pub(super) when: Formula,
    /// The day of the first.
    pub(super) on: Formula,
    pub(super) parts: u32,
    /// The days between parts, where there are several.
    pub(super) every: Option<Formula>,
    /// The position of the reason.
    pub(super) reason: usize,
}

/// The reasons that the engine gives by itself: code, statement, rank. A rule set may word them
/// anew in `[reasons]`.
pub(super) const BUILT_IN_REASONS: &[(&str, &str, i64)] = &[
    (
        AMOUNT_REDUCED,
        "The amount requested is more than the {offer.amount} that we can offer",
        500,
    ),
    (
        BANK_DATA_NOT_READY,
        "Information on the linked accounts could not be obtained from the bank in time",
        0,
    ),
    (INFORMATION_MISSING, "{missing_because}", 900),
    (
        NO_OFFER,
        "The application does not meet the conditions of any loan that we can offer",
        1_000,
    ),
    (
        NOT_APPROVED,
        "The request needs to be looked at by a person",
        1_000,
    ),
    (
        TERMS_CHANGED,
        "We can offer the amount requested over another term, or by payments at other times, than \
         requested",
        500,
    ),
];

pub(super) const AMOUNT_REDUCED: &str = "AMOUNT_REDUCED";
pub(super) const BANK_DATA_NOT_READY: &str = "BANK_DATA_NOT_READY";
pub(super) const INFORMATION_MISSING: &str = "INFORMATION_MISSING";
pub(super) const NO_OFFER: &str = "NO_OFFER";
pub(super) const NOT_APPROVED: &str = "NOT_APPROVED";
pub(super) const TERMS_CHANGED: &str = "TERMS_CHANGED";
/// The rank of a reason that has none of its own.
pub(super) const RANK_DEFAULT: i64 = 100;

impl RuleSet {
    /// The name under which versions of it are published.
    pub fn name(&self) -> &RuleSetName {
        &self.name
    }

    /// The version that its authors gave it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What it decides about.
    pub fn kind(&self) -> RuleSetKind {
        self.kind
    }

    /// The currency of its amounts, and of the loans that it decides about.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// What it is for, in its authors' words.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// How old the bank data may be, where it says. A request may say otherwise.
    pub fn freshness(&self) -> MaxAge {
        self.freshness
    }

    /// What it adds to the phrases by which descriptions are read, in the order written.
    pub fn lexicon(&self) -> &[lexicon::Line] {
        &self.lexicon
    }

    /// The names of the features that go into it, those within functions over subjects included.
    pub fn features_read(&self) -> BTreeSet<&'static str> {
        let mut names = BTreeSet::new();
        for at in 0..self.slots.list.len() {
            self.slots.features(SlotId(at), &mut names);
        }
        names
    }

    /// The inputs that it asks the caller for, in the order written.
    pub fn inputs(&self) -> &[DeclaredInput] {
        &self.inputs
    }

    /// Its params with their values, in the order written.
    pub fn params(&self) -> &[(String, Value)] {
        &self.params
    }

    /// The code of a reason, by its position; built-in reasons included.
    pub fn reason_code(&self, reason: usize) -> Option<&str> {
        self.reasons.get(reason).map(|reason| reason.code.as_str())
    }

    /// The id of a rule, by its position.
    pub fn rule_id(&self, rule: usize) -> Option<&str> {
        self.rules.get(rule).map(|rule| rule.id.as_str())
    }

    /// Its rules, in the order written: id, action, reason code and condition as written.
    pub fn rules(&self) -> impl Iterator<Item = (&str, Action, &str, &str)> {
        self.rules.iter().map(|rule| {
            let reason = self.reasons.get(rule.reason);
            (
                rule.id.as_str(),
                rule.action,
                reason.map_or("", |reason| reason.code.as_str()),
                rule.when.text.as_str(),
            )
        })
    }
}
