//! What is kept of who read and changed what: one event of the audit log. It names things and never
//! says what is in them.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Credential, Identity};
use crate::id::{IdentityName, TenantId, TokenId};

/// Gives an enum names that are stored, and so never change.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$one_doc:meta])* $one:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $($(#[$one_doc])* $one,)*
        }

        impl $type {
            /// All that there are.
            pub const ALL: &'static [Self] = &[$(Self::$one,)*];

            /// As it is recorded and written: never changed.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$one => $name,)*
                }
            }

            /// The one of that name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

named!(
    /// What was done.
    Action {
        /// A decision was asked for, and made or marked as pending.
        DecisionDecide = "decision.decide",
        /// A decision that was referred was decided again with a reviewer's answers: of both.
        DecisionResolve = "decision.resolve",
        /// An application that was decided elsewhere was decided as of then.
        DecisionImport = "decision.import",
        /// A decision was shown in full.
        DecisionRead = "decision.read",
        /// A page of decisions was shown in full.
        DecisionList = "decision.list",
        /// A snapshot was shown.
        SnapshotRead = "snapshot.read",
        /// A person's decision beside the engine's was recorded.
        OverrideRecord = "override.record",
        /// A page of overrides was shown: of these decisions.
        OverrideList = "override.list",
        /// The notice of a decision was given.
        NoticeRead = "notice.read",
        /// That a notice was sent was recorded.
        NoticeRecord = "notice.record",
        /// A page of notices that were sent was shown: of these decisions.
        NoticeList = "notice.list",
        /// A page of what is due to applicants was shown: of these decisions.
        NoticeDue = "notice.due",
        /// What became of a loan was recorded.
        LoanPerformanceRecord = "loan_performance.record",
        /// A page of what became of loans was shown: of these decisions.
        LoanPerformanceList = "loan_performance.list",
        /// An API token was issued.
        TokenCreate = "token.create",
        /// An API token was revoked.
        TokenRevoke = "token.revoke",
        /// A version of a rule set was published.
        RuleSetPublish = "rule_set.publish",
        /// A rule set was made the one that decides under its name, at once or from a time on.
        RuleSetActivate = "rule_set.activate",
        /// The version that decided before was made the one that decides again.
        RuleSetRollBack = "rule_set.roll_back",
        /// A name was retired: nothing decides under it.
        RuleSetRetire = "rule_set.retire",
        /// A version of a rule set was made to decide beside the one that decides.
        RuleSetShadow = "rule_set.shadow",
        /// That was ended.
        RuleSetClearShadow = "rule_set.clear_shadow",
        /// What is recorded was decided again, by the rules of then or by candidates.
        ReplayRun = "replay.run",
        /// All that a run found was shown.
        ReplayRead = "replay.read",
        /// A run was ended.
        ReplayCancel = "replay.cancel",
        /// A ledger that was lost was given up, and a new chain begun.
        LedgerBegin = "ledger.begin",
        /// A restored ledger was gone on with.
        LedgerResume = "ledger.resume",
        /// Calls were refused: nobody was known, or somebody who may not.
        AccessRefused = "access.refused",
    }
);

named!(
    /// How it ended.
    AuditResult {
        /// It was done.
        Done = "OK",
        /// It was taken, and is done later.
        Pending = "PENDING",
        /// Who calls was not shown.
        Unauthenticated = "UNAUTHENTICATED",
        /// Who calls may not do that.
        PermissionDenied = "PERMISSION_DENIED",
    }
);

/// One event of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Whose things it was about.
    pub tenant: TenantId,
    /// Who did it; `None` where that is not known.
    pub who: Option<IdentityName>,
    /// What showed who it was.
    pub credential: Option<Credential>,
    /// What was done.
    pub action: Action,
    /// To what: the id of a decision, several with commas between them for a page, the hash of a
    /// snapshot, a token's id, a rule set's name and version. Never personal data.
    pub object: Option<String>,
    /// The address from which it was done; `None` on this machine.
    pub from: Option<IpAddr>,
    /// The name of the call.
    pub request_id: Option<Arc<str>>,
    /// When, in whole seconds once it is recorded.
    pub at: DateTime<Utc>,
    /// How it ended.
    pub result: AuditResult,
    /// How often it happened: more than once only where it is counted together.
    pub count: u64,
}

/// Who calls, from where, and under which name: what the events of one call have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Who calls.
    pub identity: Arc<Identity>,
    /// The address; `None` on this machine.
    pub from: Option<IpAddr>,
    /// The name of the call.
    pub request_id: Option<Arc<str>>,
}

impl Origin {
    /// This process itself, or a command of its operator.
    pub fn local(tenant: TenantId) -> Self {
        Self {
            identity: Arc::new(Identity::local(tenant)),
            from: None,
            request_id: None,
        }
    }

    /// That this caller did it, to `object`, now.
    pub fn event(
        &self,
        action: Action,
        object: impl Into<String>,
        at: DateTime<Utc>,
    ) -> AuditEvent {
        AuditEvent {
            tenant: self.identity.tenant.clone(),
            who: Some(self.identity.name.clone()),
            credential: Some(self.identity.credential.clone()),
            action,
            object: Some(object.into()),
            from: self.from,
            request_id: self.request_id.clone(),
            at,
            result: AuditResult::Done,
            count: 1,
        }
    }
}

impl AuditEvent {
    /// The same with another end.
    #[must_use]
    pub fn ended(self, result: AuditResult) -> Self {
        Self { result, ..self }
    }
}

/// How a token is written.
const TOKEN: &str = "token:";

impl Credential {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "local" => Some(Self::Local),
            "certificate" => Some(Self::Certificate),
            other => {
                let id = TokenId::parse(other.strip_prefix(TOKEN)?).ok()?;
                Some(Self::Token(id))
            }
        }
    }
}

impl fmt::Display for Credential {
    /// `local`, `certificate`, or `token:` and its id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Certificate => f.write_str("certificate"),
            Self::Token(id) => write!(f, "{TOKEN}{id}"),
        }
    }
}
