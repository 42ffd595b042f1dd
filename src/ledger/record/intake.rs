//! A request that is reserved and not decided yet. It can be given back, so it is no record of the
//! chain; what is in it is sealed like one, and compared with the columns that it is found by.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::content::{IntakeContent, PendingContent, application_bytes};
use crate::id::{AccountId, DecisionId, IdempotencyKey, RuleSetName, SubjectKeyId, TenantId};
use crate::ledger::error::LedgerError;
use crate::ledger::types::{Intake, PendingIntake};
use crate::limits;
use crate::rules::BundleHash;
use crate::seal::{self, NO_SALT, Opened};

/// A reserved request as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct IntakeRow {
    /// The store's own number of the row.
    pub(in crate::ledger) row: i64,
    pub(in crate::ledger) tenant: String,
    pub(in crate::ledger) key: String,
    pub(in crate::ledger) decision: String,
    /// The sealed request.
    pub(in crate::ledger) request: Vec<u8>,
    /// Sealed: what it waits for, once its caller was told that it is pending.
    pub(in crate::ledger) pending: Option<Vec<u8>>,
}

impl IntakeRow {
    /// How it is named in errors and reports.
    pub(in crate::ledger) fn name(&self) -> String {
        match DecisionId::parse(&self.decision) {
            Ok(id) => format!("request of {id}"),
            Err(_) => format!("row {} of `intakes`", self.row),
        }
    }

    fn damaged(&self, problem: String) -> LedgerError {
        LedgerError::Damaged {
            record: self.name(),
            problem,
        }
    }

    /// Opens the request.
    pub(in crate::ledger) fn open(&self) -> Result<OpenedIntake, LedgerError> {
        let opened = seal::open(&self.request, limits::RECORD_BYTES_MAX)
            .map_err(|problem| self.damaged(format!("its content {problem}")))?;
        let opened = OpenedIntake {
            name: self.name(),
            opened,
        };
        let content = opened.content()?;
        if content.key != self.key || content.decision != self.decision {
            let problem = "it is found by another key or decision than it is of";
            return Err(self.damaged(problem.to_owned()));
        }
        Ok(opened)
    }

    /// Reads the request.
    pub(in crate::ledger) fn read(&self) -> Result<Intake, LedgerError> {
        let opened = self.open()?;
        let content = opened.content()?;
        let read = || {
            Some(Intake {
                tenant: TenantId::parse(&self.tenant).ok()?,
                key: IdempotencyKey::parse(content.key).ok()?,
                rule_set: RuleSetName::parse(content.rule_set).ok()?,
                decision: DecisionId::parse(content.decision).ok()?,
                bundle: BundleHash::from_slice(content.bundle)?,
                application: Arc::new(serde_json::from_slice(content.application).ok()?),
                received_at: DateTime::from_timestamp(content.received_at, 0)?,
            })
        };
        read().ok_or_else(|| opened.unreadable())
    }

    /// Reads the request with what it waits for.
    pub(in crate::ledger) fn read_pending(&self) -> Result<PendingIntake, LedgerError> {
        let intake = self.read()?;
        let sealed = self.pending.as_deref().unwrap_or_default();
        let opened = seal::open(sealed, limits::RECORD_BYTES_MAX)
            .map_err(|problem| self.damaged(format!("what it waits for {problem}")))?;
        let read = || {
            let content = PendingContent::decode(opened.content())?;
            Some(PendingIntake {
                intake,
                since: DateTime::from_timestamp(content.since, 0)?,
                until: DateTime::from_timestamp(content.until, 0)?,
                accounts: serde_json::from_slice::<Vec<(usize, AccountId)>>(content.accounts)
                    .ok()?,
                test_data: content.test_data,
            })
        };
        let problem = "what it waits for is not in a form that this engine reads";
        read().ok_or_else(|| self.damaged(problem.to_owned()))
    }
}

/// A request that was opened.
pub(in crate::ledger) struct OpenedIntake {
    name: String,
    opened: Opened,
}

impl OpenedIntake {
    /// What is in it.
    pub(in crate::ledger) fn content(&self) -> Result<IntakeContent<'_>, LedgerError> {
        IntakeContent::decode(self.opened.content()).ok_or_else(|| self.unreadable())
    }

    fn unreadable(&self) -> LedgerError {
        LedgerError::Damaged {
            record: self.name.clone(),
            problem: "it is not in a form that this engine reads".to_owned(),
        }
    }
}

/// A request with everything done that needs no transaction.
pub(in crate::ledger) struct PreparedIntake {
    pub(in crate::ledger) intake: Intake,
    /// The canonical application.
    pub(in crate::ledger) application: Vec<u8>,
    sealed: Vec<u8>,
}

impl PreparedIntake {
    /// Encodes and seals a request.
    pub(in crate::ledger) fn new(intake: Intake) -> Result<Self, LedgerError> {
        let reject = |problem: String| LedgerError::Rejected {
            record: intake.decision.to_string(),
            problem,
        };
        let application =
            application_bytes(&intake.application).map_err(|problem| reject(problem.to_owned()))?;
        let content = IntakeContent {
            key: intake.key.as_str(),
            decision: intake.decision.as_str(),
            received_at: intake.received_at.timestamp(),
            rule_set: intake.rule_set.as_str(),
            bundle: intake.bundle.as_bytes(),
            application: &application,
        };
        let sealed = seal_content(&content.encode())
            .map_err(|problem| reject(format!("its application {problem}")))?;
        Ok(Self {
            intake,
            application,
            sealed,
        })
    }

    /// Its row.
    pub(in crate::ledger) fn row(&self) -> IntakeRow {
        IntakeRow {
            row: 0,
            tenant: self.intake.tenant.as_str().to_owned(),
            key: self.intake.key.as_str().to_owned(),
            decision: self.intake.decision.as_str().to_owned(),
            request: self.sealed.clone(),
            pending: None,
        }
    }

    /// When it came, as it is recorded: in whole seconds.
    pub(in crate::ledger) fn received_at(&self) -> DateTime<Utc> {
        let seconds = self.intake.received_at.timestamp();
        DateTime::from_timestamp(seconds, 0).unwrap_or(self.intake.received_at)
    }

    /// Whether this is a repeat of a request.
    pub(in crate::ledger) fn repeats(&self, rule_set: &str, application: &[u8]) -> bool {
        self.intake.rule_set.as_str() == rule_set && self.application == application
    }
}

/// Seals what a pending request waits for.
pub(in crate::ledger) fn seal_pending(pending: &PendingIntake) -> Result<Vec<u8>, LedgerError> {
    let reject = |problem: String| LedgerError::Rejected {
        record: format!("what {} waits for", pending.intake.decision),
        problem,
    };
    let accounts = serde_json::to_vec(&pending.accounts)
        .map_err(|_| reject("it cannot be written as JSON".to_owned()))?;
    let content = PendingContent {
        since: pending.since.timestamp(),
        until: pending.until.timestamp(),
        accounts: &accounts,
        test_data: pending.test_data,
    };
    seal_content(&content.encode()).map_err(|problem| reject(format!("it {problem}")))
}

fn seal_content(content: &[u8]) -> Result<Vec<u8>, seal::SealError> {
    let key = SubjectKeyId::plain();
    seal::seal(&key, &NO_SALT, content, limits::RECORD_BYTES_MAX)
}
