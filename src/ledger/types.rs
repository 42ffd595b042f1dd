//! What is given to a ledger and what it gives back.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::head::KnownHead;
use super::record::envelope::Envelope;
use super::verify::report::Problem;
use crate::access::audit::{Action, AuditEvent};
use crate::application::Application;
use crate::decision::DecisionBody;
use crate::id::{
    AccountId, ApplicationId, DecisionId, IdempotencyKey, IdentityName, RuleSetName, TenantId,
};
use crate::rules::{BundleHash, Outcome};
use crate::seal::Salt;
use crate::snapshot::Sealed;

/// What a caller asked, and under which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// Whose it is.
    pub tenant: TenantId,
    /// The caller's key.
    pub key: IdempotencyKey,
    /// The rule set that is to decide.
    pub rule_set: RuleSetName,
    /// The id that the decision will have.
    pub decision: DecisionId,
    /// The bundle that was active under that name when it was asked.
    pub bundle: BundleHash,
    /// The request. With the rule set's name it is what a repeat under the key is compared with.
    pub application: Arc<Application>,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

/// A reserved request whose decision waits for the banks. Its caller was told so, so it is decided
/// in any case, and its key is not given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingIntake {
    /// What was asked, and under which key.
    pub intake: Intake,
    /// Since when it is pending.
    pub since: DateTime<Utc>,
    /// When it is decided at the latest, with what there is then.
    pub until: DateTime<Utc>,
    /// The accounts to decide on, each with the position of the applicant whose it is.
    pub accounts: Vec<(usize, AccountId)>,
    /// Whether it will be made on test data: Stripe was read in test mode when it was asked for.
    pub test_data: bool,
}

/// What became of reserving a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reservation {
    /// The key was free, or was left by an attempt of the same request that never finished. What is
    /// given here is that of the first attempt.
    Reserved {
        /// The id of the decision.
        decision: DecisionId,
        /// The bundle that decides.
        bundle: BundleHash,
        /// When the request came.
        received_at: DateTime<Utc>,
    },
    /// The same request was decided under this key.
    Decided(Box<DecisionRecord>),
    /// The key was used for another request.
    Conflict,
}

/// A decision to be recorded.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: DecisionId,
    /// The key it was asked under.
    pub key: IdempotencyKey,
    /// The rule set that was asked for.
    pub rule_set: RuleSetName,
    /// The request.
    pub application: Arc<Application>,
    /// When the request came: as of its reservation.
    pub received_at: DateTime<Utc>,
    /// The decision.
    pub body: Arc<DecisionBody>,
    /// Salt of the commitment, drawn for this record alone.
    pub salt: Salt,
    /// The snapshots it rests on, in the order of the body's pins.
    pub snapshots: Vec<Sealed>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// That it was asked for, for the audit log: recorded with it. `None` where that is recorded
    /// already, because it was pending.
    pub audit: Option<AuditEvent>,
}

/// A recorded decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: DecisionId,
    /// The key it was asked under.
    pub key: IdempotencyKey,
    /// The request.
    pub application: Arc<Application>,
    /// When the request came.
    pub received_at: DateTime<Utc>,
    /// The decision.
    pub body: Arc<DecisionBody>,
    /// Its place in the chain.
    pub envelope: Envelope,
}

/// Which decisions to list; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Recorded at or after.
    pub from: Option<DateTime<Utc>>,
    /// Recorded before.
    pub until: Option<DateTime<Utc>>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// By this rule set.
    pub rule_set: Option<RuleSetName>,
    /// For this application.
    pub application: Option<ApplicationId>,
}

/// One page of decisions, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The decisions.
    pub decisions: Vec<DecisionRecord>,
    /// Records of the page that cannot be shown.
    pub damaged: Vec<DamagedRecord>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

impl DecisionRecord {
    /// The place after it in a list.
    pub fn cursor(&self) -> Cursor {
        Cursor(self.envelope.seq)
    }
}

impl Page {
    /// The places of the decisions on the page, from 0: those that the damaged records do not have.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        (0_usize..).filter(|place| self.damaged.iter().all(|damaged| damaged.place != *place))
    }
}

/// A record of a list that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRecord {
    /// Its place on the page, from 0, those that could be read counted with it.
    pub place: usize,
    /// Its position in the chain; 0 where it is not in it yet.
    pub seq: u64,
    /// The decision that it is, or that it follows, by the row it was found by, where that is one.
    pub id: Option<DecisionId>,
    /// What is wrong with it.
    pub problem: String,
}

/// What a proof is of: all of it, unless it is narrowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The tenant whose records are opened, and what they rest on; of the others the place in the chain
    /// is proven alone.
    pub tenant: Option<TenantId>,
    /// The record after which it begins. The chain has to hold that one; what lies before it is taken as
    /// proven, and the store's own check of its file left out.
    pub since: Option<KnownHead>,
}

/// A page of what is pending, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPage {
    /// What is pending.
    pub pending: Vec<PendingIntake>,
    /// Requests of the page that cannot be shown.
    pub damaged: Vec<DamagedRecord>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<PendingCursor>,
}

/// A place in the list of what is pending: after this one of the requests, as the store counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingCursor(pub u64);

/// A place in a list: after this sequence number, going back in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub u64);

/// A published rule set. Under a name, a version always means the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBundle {
    /// The hash of its bytes.
    pub hash: BundleHash,
    /// The name under which it decides.
    pub name: RuleSetName,
    /// The version that its authors gave it.
    pub version: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// How the decisions by a bundle under one semantics are laid out: what is needed beside a record
/// to read it without this program. The ledger does not look into the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLayout {
    /// The bundle.
    pub bundle: BundleHash,
    /// The semantics.
    pub semantics: u32,
    /// The layout.
    pub bytes: Vec<u8>,
}

/// That a rule set was published: by whom, when, and what they said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Its position in the chain.
    pub seq: u64,
    /// The hash of the bundle.
    pub hash: BundleHash,
    /// The name under which it decides.
    pub name: RuleSetName,
    /// The version that its authors gave it.
    pub version: String,
    /// Who published it.
    pub by: IdentityName,
    /// What they said to it.
    pub note: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A recorded event of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// The event.
    pub event: AuditEvent,
    /// Its place in the chain.
    pub envelope: Envelope,
}

/// Which events of the audit log: those about one tenant's things; every other field narrows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFilter {
    /// About this tenant's things.
    pub tenant: TenantId,
    /// By somebody of this name.
    pub who: Option<IdentityName>,
    /// Where this was done.
    pub action: Option<Action>,
    /// To this thing, also where it was one of several.
    pub object: Option<String>,
    /// Recorded at or after.
    pub since: Option<DateTime<Utc>>,
    /// Recorded before.
    pub until: Option<DateTime<Utc>>,
}

impl AuditFilter {
    /// All that is about a tenant's things.
    pub fn of(tenant: TenantId) -> Self {
        Self {
            tenant,
            who: None,
            action: None,
            object: None,
            since: None,
            until: None,
        }
    }
}

/// Whether decisions are read with the snapshots that they rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshots {
    /// They are: to make the decisions again.
    Along,
    /// They are not: the records say enough.
    LeftOut,
}

/// In which order decisions, or events of the audit log, are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOrder {
    /// As a list shows them.
    NewestFirst,
    /// As the chain holds them.
    OldestFirst,
}

/// The place of an event in the audit log, after which a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditCursor {
    /// When it was recorded, in seconds since 1970.
    pub(super) at: i64,
    /// Its position in the chain.
    pub(super) seq: i64,
}

/// What is written is no place in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this is no token of a page: take the one that the page before ended with")]
pub struct NotACursor;

impl fmt::Display for AuditCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.seq)
    }
}

impl FromStr for AuditCursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let (at, seq) = text.split_once('.').ok_or(NotACursor)?;
        Ok(Self {
            at: at.parse().map_err(|_| NotACursor)?,
            seq: seq.parse().map_err(|_| NotACursor)?,
        })
    }
}

/// One page of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The events, in the order that was asked for; in the place of one that is not what was
    /// written, what is wrong with it.
    pub events: Vec<Result<AuditRecord, Problem>>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<AuditCursor>,
}
