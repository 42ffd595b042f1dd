//! What goes into a decision and what comes out.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::analysis::{AmountSign, Settings};
use crate::application::{Application, ApplicationWithAccounts};
use crate::calendar::{AsOf, Zone};
use crate::features::{Missing, Subject, Type, Value};
use crate::id::{AccountId, ApplicantId};
use crate::rules::{Bundle, BundleHash, Fired, OfferTerms, Outcome, RuleSetKind, RuleTrace, Score};
use crate::snapshot::{QualityFlag, Rows, Snapshot, SnapshotHash};

/// Raised by any change of behaviour in analysis, features or rules.
///
/// A decision records it. Under the same number, replay gives the same bits.
pub const SEMANTICS: u32 = 1;

/// Everything that a decision is a function of.
#[derive(Debug, Clone, Copy)]
pub struct DecisionInput<'a> {
    /// What was asked, with the accounts that were found for it.
    pub application: &'a ApplicationWithAccounts,
    /// What the bank knew, in the order of [`ApplicationWithAccounts::accounts`].
    pub snapshots: &'a [Snapshot],
    /// The salted hashes that pin the snapshots, in the same order.
    pub hashes: &'a [SnapshotHash],
    /// The rules.
    pub bundle: &'a Bundle,
    /// The moment.
    pub as_of: AsOf,
    /// The seed of whatever is drawn at random; drawn once and recorded.
    pub seed: u64,
    /// The settings that matter.
    pub settings: Settings,
}

/// A decision: all that it says and all that pins it. It holds no id, no recording time and no
/// field of the chain, so deciding again gives an equal body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionBody {
    /// The answer.
    pub outcome: Outcome,
    /// Every reason that applied, principal ones first.
    pub reasons: Vec<Reason>,
    /// The loan offered; for APPROVE and COUNTER of a credit rule set and only there.
    pub offer: Option<OfferTerms>,
    /// The scorecard's result.
    pub score: Option<Score>,
    /// Every feature, or why it is missing.
    pub features: Vec<FeatureValue>,
    /// Every derived value of the rule set.
    pub derived: Vec<DerivedValue>,
    /// Every rule, with the values it compared.
    pub trace: Vec<RuleTrace>,
    /// What was doubtful about each account.
    pub data_quality: Vec<AccountQuality>,
    /// What the decision rests on.
    pub pins: Pins,
}

/// A reason, as told and as proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Code, statement, source and counterfactuals.
    #[serde(flatten)]
    pub fired: Fired,
    /// Whether it is one of those told to the applicant.
    pub principal: bool,
    /// The transactions it rests on.
    pub evidence: Rows,
}

/// One feature as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureValue {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Whose it is.
    pub subject: Subject,
    /// The value, or why there is none.
    pub value: Result<Value, Missing>,
    /// The transactions it rests on.
    pub evidence: Rows,
}

/// One derived value of the rule set as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedValue {
    /// Its name.
    pub name: String,
    /// The value, or why there is none.
    pub value: Result<Value, Missing>,
}

/// What was doubtful about one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountQuality {
    /// The account.
    pub account: AccountId,
    /// Whose it is.
    pub applicant: ApplicantId,
    /// What was doubtful.
    pub flags: Vec<QualityFlag>,
}

/// Everything that made a decision, by name, hash or version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    /// The meaning of analysis, features and rules: see [`SEMANTICS`].
    pub semantics: u32,
    /// The release that decided.
    pub engine_version: String,
    /// The moment decided for.
    pub as_of: AsOf,
    /// The seed.
    pub seed: u64,
    /// Which sign of a transaction means money in.
    pub amount_sign: AmountSign,
    /// The snapshots, in the order of the application's accounts.
    pub snapshots: Vec<SnapshotPin>,
    /// The rule set.
    pub rule_set: RuleSetPin,
    /// Versions of compiled-in tables: `calendar`, `lexicon`, `time_zone_data`.
    pub tables: BTreeMap<String, String>,
}

/// A snapshot by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotPin {
    /// Whose data it is.
    pub account: AccountId,
    /// The applicant whose account it is.
    pub applicant: ApplicantId,
    /// The salted hash that names it in the ledger.
    pub hash: SnapshotHash,
    /// When it was fetched.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub fetched_at: DateTime<Utc>,
}

/// A rule set by name, version and the hash of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSetPin {
    /// The name.
    pub name: String,
    /// The version its authors gave it.
    pub version: String,
    /// What it decides about.
    pub kind: RuleSetKind,
    /// The hash of its bytes.
    pub bundle: BundleHash,
}

impl Pins {
    /// The zone in which days were read.
    pub fn zone(&self) -> Zone {
        self.as_of.zone
    }

    /// The accounts that were decided on, each with the position of the applicant whose it is:
    /// `None` where the application has no such applicant.
    pub fn accounts(&self, application: &Application) -> Option<Vec<(usize, AccountId)>> {
        let place = |pin: &SnapshotPin| {
            let mut applicants = application.applicants().iter();
            let owner = applicants.position(|applicant| applicant.id == pin.applicant)?;
            Some((owner, pin.account.clone()))
        };
        self.snapshots.iter().map(place).collect()
    }

    /// The settings that mattered.
    pub fn settings(&self) -> Settings {
        Settings {
            amount_sign: self.amount_sign,
        }
    }
}

impl DecisionBody {
    /// The canonical bytes: what the ledger stores and commits to, and what replay compares.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads canonical bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// The reasons told to the applicant.
    pub fn principal_reasons(&self) -> impl Iterator<Item = &Reason> {
        self.reasons.iter().filter(|reason| reason.principal)
    }

    /// The first value of a feature, for reports: the household's, or the first subject's.
    pub fn feature(&self, name: &str) -> Option<&Result<Value, Missing>> {
        self.features
            .iter()
            .find(|feature| feature.name == name)
            .map(|feature| &feature.value)
    }
}
