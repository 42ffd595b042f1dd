//! What a replay finds: each with its class, and where it first shows.

use std::fmt;

use super::difference::ChangedField;
use crate::id::DecisionId;
use crate::ledger::Damage;

/// What kind of finding it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingClass {
    /// What was recorded is not there, or not what was written.
    Damaged(Damage),
    /// Another decision comes of the same input, under the same [`crate::decision::SEMANTICS`].
    BehaviourChanged,
    /// This engine does not accept its rule set any more.
    BundleRefused,
    /// It was decided under other semantics, with features that this engine's table does not have.
    FeaturesUnknown,
}

impl FindingClass {
    /// The stable code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Damaged(damage) => damage.as_str(),
            Self::BehaviourChanged => "behaviour_changed",
            Self::BundleRefused => "bundle_refused",
            Self::FeaturesUnknown => "features_unknown",
        }
    }

    /// What that means, in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Damaged(Damage::Data) => "data damaged",
            Self::Damaged(Damage::Bundle) => "bundle missing",
            Self::Damaged(Damage::Activation) => "activation damaged",
            Self::Damaged(Damage::Clock) => "clock moved",
            Self::Damaged(Damage::Chain) => "chain broken",
            Self::Damaged(Damage::Tail) => "tail cut",
            Self::Damaged(Damage::Columns) => "columns differ",
            Self::BehaviourChanged => "behaviour changed without a new `semantics`",
            Self::BundleRefused => "bundle refused",
            Self::FeaturesUnknown => "features unknown",
        }
    }
}

impl fmt::Display for FindingClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A decision that could not be decided again, or came out differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of finding it is.
    pub class: FindingClass,
    /// Which record: `5 (dec_…)`.
    pub record: String,
    /// Its position in the chain.
    pub seq: u64,
    /// The decision, where its record can be read.
    pub decision: Option<DecisionId>,
    /// What is wrong: of a difference, the first step that came out differently.
    pub problem: String,
    /// That step, where it came out differently.
    pub step: Option<Step>,
    /// Where the bodies differ; at most [`crate::limits::REPLAY_PLACES_MAX`].
    pub changed_fields: Vec<ChangedField>,
    /// How many such fields there are.
    pub changed_fields_total: usize,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            record, problem, ..
        } = self;
        write!(f, "{record}: {}: {problem}", self.class.in_words())?;
        for place in &self.changed_fields {
            write!(f, "\n  {place}")?;
        }
        let told = self.changed_fields.len();
        match self.changed_fields_total.saturating_sub(told) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// A step of deciding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepKind {
    /// What the decision rests on: tables of the release, snapshots, settings.
    Pin,
    /// The balances that were worked out.
    Balances,
    /// A stream of income.
    Stream,
    /// The value of a feature.
    Feature,
    /// The rows that a feature rests on.
    Rows,
    /// What a review of a stream did.
    Review,
    /// An input.
    Input,
    /// A function over accounts, applicants or streams.
    Aggregate,
    /// A forecast.
    Forecast,
    /// A derived value.
    Derived,
    /// The row of a table.
    Table,
    /// A comparison.
    Condition,
    /// The score, or a characteristic.
    Score,
    /// The offer, or what was tried for one.
    Offer,
    /// A reason, or what is told of one.
    Reason,
    /// The outcome.
    Outcome,
    /// Something else of the body.
    Other,
}

impl StepKind {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::Balances => "balances",
            Self::Stream => "stream",
            Self::Feature => "feature",
            Self::Rows => "rows",
            Self::Review => "review",
            Self::Input => "input",
            Self::Aggregate => "aggregate",
            Self::Forecast => "forecast",
            Self::Derived => "derived",
            Self::Table => "table",
            Self::Condition => "condition",
            Self::Score => "score",
            Self::Offer => "offer",
            Self::Reason => "reason",
            Self::Outcome => "outcome",
            Self::Other => "other",
        }
    }
}

/// The first step of deciding that came out differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What kind of step it is.
    pub kind: StepKind,
    /// Which one, and how it came out then and now.
    pub field: ChangedField,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ChangedField {
            path,
            recorded,
            now,
        } = &self.field;
        write!(f, "first at the {}", self.kind.as_str())?;
        if !path.is_empty() {
            write!(f, " {path}")?;
        }
        write!(f, ": {recorded} -> {now}")
    }
}
