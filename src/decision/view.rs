//! A decision as it is read: every text is rendered from what was recorded, when somebody asks.

use thiserror::Error;

use super::{DecisionBody, SEMANTICS};
use crate::application::Application;
use crate::features::{Features, Missing, Slot, Subject, Type, Value};
use crate::id::AccountId;
use crate::rules::{
    self, Bundle, Decider, Defect, Fired, RetryTrace, RuleTrace, Score, TableTrace,
};
use crate::snapshot::Rows;

/// What the applicant is told, and the score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The principal reasons.
    pub reasons: Vec<Reason>,
    /// The scorecard's result.
    pub score: Option<Score>,
}

/// Everything that was recorded, with its names and texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullView {
    /// Every reason that applied, principal ones first.
    pub reasons: Vec<Reason>,
    /// The scorecard's result.
    pub score: Option<Score>,
    /// Every feature, or why it is missing.
    pub features: Vec<FeatureValue>,
    /// Every derived value of the rule set.
    pub derived: Vec<DerivedValue>,
    /// Every rule, with the values it compared.
    pub trace: Vec<RuleTrace>,
    /// Every table of the rule set, with the row that was chosen.
    pub tables: Vec<TableTrace>,
    /// Every retry that was looked at, with the values it compared.
    pub retries: Vec<RetryTrace>,
    /// Every function over subjects that one of them decided, as written, with that one.
    pub decided_by: Vec<(String, Subject)>,
}

/// A reason, as told and as proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Code, statement, source and counterfactuals.
    pub fired: Fired,
    /// Whether it is one of those told to the applicant.
    pub principal: bool,
    /// The transactions it rests on.
    pub evidence: Rows,
}

/// One feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureValue {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Whose it is.
    pub subject: Subject,
    /// The value, or why there is none.
    pub value: Result<Value, Missing>,
    /// The transactions it rests on.
    pub evidence: Rows,
}

/// One derived value of the rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedValue {
    /// Its name.
    pub name: String,
    /// The value, or why there is none.
    pub value: Result<Value, Missing>,
}

/// Why a record cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ViewError {
    /// It was made under other semantics than this engine's.
    #[error("it was made under semantics {recorded}, and this engine renders {SEMANTICS}")]
    OtherSemantics {
        /// Those of the record.
        recorded: u32,
    },
    /// The bundle is not the one that decided.
    #[error("the rule set is not the one that decided")]
    OtherBundle,
    /// Its features are not those of the feature table.
    #[error("its features are not laid out as its semantics say")]
    OtherFeatures,
    /// The rules found a defect of the engine.
    #[error(transparent)]
    Defect(#[from] Defect),
}

/// The subjects that decided, by who they are.
fn decided_by(features: &Features, deciders: Vec<Decider>) -> Vec<(String, Subject)> {
    let deciders = deciders.into_iter();
    deciders
        .filter_map(|one| Some((one.function, features.subject_of(one.of, one.subject)?)))
        .collect()
}

impl DecisionBody {
    /// What the applicant is told, and the score, from the bundle that decided and the request.
    pub fn summary(
        &self,
        bundle: &Bundle,
        application: &Application,
    ) -> Result<Summary, ViewError> {
        let features = self.known_features(bundle, application)?;
        let evaluation = &self.evaluation;
        let (fired, score) =
            rules::render_principal(bundle.program(), evaluation, &features, application)?;
        let reasons = fired.into_iter();
        Ok(Summary {
            reasons: reasons
                .map(|fired| self.reason(fired, true, &features))
                .collect(),
            score,
        })
    }

    /// Everything, from the bundle that decided and the request.
    pub fn full(&self, bundle: &Bundle, application: &Application) -> Result<FullView, ViewError> {
        let features = self.known_features(bundle, application)?;
        let evaluation = &self.evaluation;
        let rendered = rules::render(bundle.program(), evaluation, &features, application)?;
        let reasons = rendered.fired.into_iter().zip(&evaluation.reasons);
        let derived = rendered.derived.into_iter();
        Ok(FullView {
            reasons: reasons
                .map(|(fired, given)| self.reason(fired, given.principal, &features))
                .collect(),
            score: rendered.score,
            derived: derived
                .map(|(name, value)| DerivedValue { name, value })
                .collect(),
            trace: rendered.trace,
            tables: rendered.tables,
            retries: rendered.retries,
            decided_by: decided_by(&features, rendered.decided_by),
            features: features
                .iter()
                .map(|(feature, subject, slot)| FeatureValue {
                    name: feature.name.to_owned(),
                    ty: feature.ty,
                    value: slot.value.clone(),
                    evidence: self.evidence(&subject, slot).clone(),
                    subject,
                })
                .collect(),
        })
    }

    /// The rows that a value rests on.
    fn evidence<'a>(&'a self, subject: &Subject, slot: &'a Slot) -> &'a Rows {
        let stream = match subject {
            Subject::IncomeStream(index) if slot.value.is_ok() => usize::try_from(*index).ok(),
            Subject::IncomeStream(_)
            | Subject::Household
            | Subject::Applicant(_)
            | Subject::Account(_) => None,
        };
        let stream = stream.and_then(|index| self.streams.get(index));
        stream.map_or(&slot.evidence, |stream| &stream.rows)
    }

    /// A reason with its evidence: the rows of the features that it names.
    fn reason(&self, fired: Fired, principal: bool, features: &Features) -> Reason {
        let named = features.iter();
        let named =
            named.filter(|(feature, ..)| fired.features.iter().any(|one| one == feature.name));
        let evidence = Rows::union(named.map(|(_, subject, slot)| self.evidence(&subject, slot)));
        Reason {
            fired,
            principal,
            evidence,
        }
    }

    /// The features as they were recorded, where it was this bundle and this engine that decided.
    pub(crate) fn known_features(
        &self,
        bundle: &Bundle,
        application: &Application,
    ) -> Result<Features, ViewError> {
        if self.pins.semantics != SEMANTICS {
            return Err(ViewError::OtherSemantics {
                recorded: self.pins.semantics,
            });
        }
        if self.pins.rule_set.bundle != bundle.hash() {
            return Err(ViewError::OtherBundle);
        }
        let applicants = application.applicants().iter();
        let applicants = applicants.map(|applicant| applicant.id.clone()).collect();
        let accounts: Vec<AccountId> = self
            .pins
            .snapshots
            .iter()
            .map(|pin| pin.account.clone())
            .collect();
        let slots = self.features.iter().map(|own| own.iter().cloned());
        let features = Features::from_slots(applicants, accounts, slots.collect());
        features.ok_or(ViewError::OtherFeatures)
    }
}
