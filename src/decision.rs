//! What goes into a decision and what comes out: the record, and what is rendered from it.

mod balances;
mod in_brief;
mod layout;
mod named;
mod streams;
mod view;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use crate::analysis::AccountInput;
use crate::analysis::{AmountSign, Reviewed, Settings};
use crate::application::{Application, ApplicationWithAccounts};
use crate::calendar::{AsOf, Zone};
use crate::features::Slot;
use crate::id::{AccountId, ApplicantId};
use crate::rules::{
    Bundle, BundleHash, Evaluation, OfferTerms, Outcome, PlannedDebit, RuleSetKind, Sought,
};
use crate::snapshot::{QualityFlag, SnapshotHash};

pub use balances::BalanceRecord;
pub use in_brief::BodyInBrief;
pub use layout::{Layout, LayoutFeature};
pub use named::named;
pub use streams::StreamRecord;
pub use view::{DerivedValue, FeatureValue, FullView, Reason, Summary, ViewError};

/// Raised by any change of behaviour in analysis, features or rules.
///
/// A decision records it. Under the same number, replay gives the same bits.
pub const SEMANTICS: u32 = 1;

/// Everything that a decision is a function of.
#[derive(Debug, Clone, Copy)]
pub struct DecisionInput<'a> {
    /// What was asked, with the accounts that were found for it.
    pub application: &'a ApplicationWithAccounts,
    /// Its accounts, in the order of [`ApplicationWithAccounts::accounts`], each with what the bank
    /// knew.
    pub accounts: &'a [AccountInput<'a>],
    /// The rules.
    pub bundle: &'a Bundle,
    /// The moment.
    pub as_of: AsOf,
    /// The seed of whatever is drawn at random; drawn once and recorded.
    pub seed: u64,
    /// The settings that matter.
    pub settings: Settings,
}

/// A decision as it is recorded: what was seen, once, by position. [`Layout`] says what stands
/// where; of texts it holds only what the applicant is told, all others are rendered on reading
/// ([`DecisionBody::summary`], [`DecisionBody::full`]). It holds no id, no recording time and no
/// field of the chain, so deciding again gives an equal body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionBody {
    /// What the decision rests on. First, so that they can be read without the rest.
    pub pins: Pins,
    /// The balances that features looked at, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balances: Option<BalanceRecord>,
    /// Every feature in the order of the table, for each subject of its scope: the value or why it
    /// is missing, and the rows it rests on; those of a stream of income rest on its rows.
    pub features: Vec<Vec<Slot>>,
    /// The streams of income, in the order in which features of their scope have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub streams: Vec<StreamRecord>,
    /// What each review of a stream did, in the order of the application.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Reviewed>,
    /// What the rules made of them.
    pub evaluation: Evaluation,
}

/// Room for the canonical bytes of a usual decision: they are written without moving them.
const BODY_BYTES_USUAL: usize = 16 * 1024;

/// How canonical bytes begin.
const PINS_FIRST: &[u8] = br#"{"pins":"#;

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
    /// Whether it was made on test data: any of its snapshots is not of live mode. Written only where it
    /// was.
    #[serde(default, skip_serializing_if = "is_false")]
    pub test_data: bool,
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
    /// What was doubtful about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<QualityFlag>,
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

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over by reference"
)]
fn is_false(truth: &bool) -> bool {
    !truth
}

impl SnapshotPin {
    /// Whether the bank had delivered, as [`crate::snapshot::Snapshot::is_settled`] says.
    pub fn is_settled(&self) -> bool {
        let not_settled = [QualityFlag::RefreshPending, QualityFlag::NotFetched];
        !self.flags.iter().any(|flag| not_settled.contains(flag))
    }
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

    /// What a recorded decision is a function of, with what else is recorded of it.
    pub fn input<'a>(
        &self,
        application: &'a ApplicationWithAccounts,
        accounts: &'a [AccountInput<'a>],
        bundle: &'a Bundle,
    ) -> DecisionInput<'a> {
        DecisionInput {
            application,
            accounts,
            bundle,
            as_of: self.as_of,
            seed: self.seed,
            settings: self.settings(),
        }
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
        let mut bytes = Vec::with_capacity(BODY_BYTES_USUAL);
        serde_json::to_writer(&mut bytes, self)?;
        Ok(bytes)
    }

    /// Reads the pins of canonical bytes and leaves the rest unread.
    pub fn pins_of(bytes: &[u8]) -> Result<Pins, serde_json::Error> {
        let first = bytes.strip_prefix(PINS_FIRST).unwrap_or_default();
        // A stream reads one value and does not look at what comes after it.
        let mut values = serde_json::Deserializer::from_slice(first).into_iter();
        let none = || serde::de::Error::custom("pins do not come first");
        values.next().unwrap_or_else(|| Err(none()))
    }

    /// Reads canonical bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// The answer.
    pub fn outcome(&self) -> Outcome {
        self.evaluation.outcome
    }

    /// The loan offered; for APPROVE and COUNTER of a credit rule set and only there.
    pub fn offer(&self) -> Option<&OfferTerms> {
        self.evaluation.offer.as_ref()
    }

    /// The debits to be made in place of the one asked for; for COUNTER of a payment rule set and only
    /// there.
    pub fn plan(&self) -> &[PlannedDebit] {
        &self.evaluation.plan
    }

    /// What the search for an offer came to, where there was one.
    pub fn offer_search(&self) -> Option<&Sought> {
        self.evaluation.sought.as_ref()
    }
}
