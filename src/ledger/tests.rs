//! What the tests of the ledger and of replay record, and how they look behind its back. Whatever
//! holds of every store is in `suite`.

mod durability;
mod files;
mod grants;
mod lost;
mod proof;
mod restored;
mod suite;
mod tampering;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};

use super::*;
use crate::access::audit::AuditEvent;
use crate::analysis::AmountSign;
use crate::application::{
    Application, Draft, DraftApplicant, DraftTerm, Identity, RepaymentFrequency, Role, TermUnit,
};
use crate::calendar::{AsOf, Zone};
use crate::decision::{DecisionBody, Pins, RuleSetPin, SEMANTICS, SnapshotPin};
use crate::features::{Slot, Value};
use crate::id::{
    AccountId, ApplicantId, ApplicationId, DecisionId, IdempotencyKey, IdentityName, OsEntropy,
    RuleSetName, TenantId,
};
use crate::money::{Currency, Money};
use crate::rules::{BundleHash, Evaluation, Outcome, RuleSetKind};
use crate::snapshot::{Absence, Account, Category, Part, Snapshot, Status, Subcategory, seal};

/// A fixed moment, and so many seconds after it.
pub(crate) fn at(second: i64) -> DateTime<Utc> {
    Utc.timestamp_opt(1_750_000_000 + second, 0).unwrap()
}

pub(crate) fn tenant() -> TenantId {
    TenantId::default_tenant()
}

pub(crate) fn application(number: u32) -> Arc<Application> {
    let draft = Draft {
        id: Some(ApplicationId::parse(&format!("app-{number}")).unwrap()),
        product: "personal_loan".to_owned(),
        requested_amount: Some(Money::new(500_000, Currency::USD)),
        term: Some(DraftTerm {
            count: 12,
            unit: Some(TermUnit::Months),
        }),
        repayment_frequency: Some(RepaymentFrequency::Monthly),
        applicants: vec![DraftApplicant {
            id: Some(ApplicantId::parse("applicant-1").unwrap()),
            role: Some(Role::Primary),
            identity: Some(Identity {
                name: "Jenny Rosen".to_owned(),
                ..Identity::default()
            }),
            account_ids: vec![Some(account(number))],
            handles: Vec::new(),
        }],
        ..Draft::default()
    };
    Arc::new(draft.check().unwrap())
}

fn account(number: u32) -> AccountId {
    AccountId::parse(&format!("fca_{number}")).unwrap()
}

pub(crate) fn snapshot(number: u32) -> Snapshot {
    Snapshot {
        account: Account {
            id: account(number),
            category: Category::Cash,
            subcategory: Subcategory::Checking,
            institution: "First Bank".to_owned(),
            last4: None,
            display_name: None,
            status: Status::Active,
            permissions: BTreeSet::new(),
            livemode: false,
            payment_methods: BTreeSet::new(),
            connected_account: None,
        },
        balance: Part::Absent(Absence::NoPermission),
        owners: Part::Absent(Absence::NoPermission),
        transactions: Part::Absent(Absence::NoPermission),
        coverage: None,
        flags: BTreeSet::new(),
        fetched_at: at(0),
        refreshed: Default::default(),
        transaction_refresh: None,
        earlier_balance: None,
    }
}

pub(crate) fn bundle(name: &str) -> StoredBundle {
    bundle_of(name, &format!("rule set {name}"))
}

pub(crate) fn bundle_of(name: &str, text: &str) -> StoredBundle {
    StoredBundle {
        hash: BundleHash::of(text.as_bytes()),
        name: RuleSetName::parse(name).unwrap(),
        version: "1.0.0".to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

/// What many tests begin with.
#[async_trait::async_trait]
pub(crate) trait Live {
    /// Publishes a bundle and has it decide at once; `by` is recorded with the latter.
    async fn activate(
        &self,
        tenant: &TenantId,
        bundle: StoredBundle,
        at: DateTime<Utc>,
        by: Option<AuditEvent>,
    ) -> Result<(), LedgerError>;
}

#[async_trait::async_trait]
impl<L: Ledger + ?Sized> Live for L {
    async fn activate(
        &self,
        tenant: &TenantId,
        bundle: StoredBundle,
        at: DateTime<Utc>,
        by: Option<AuditEvent>,
    ) -> Result<(), LedgerError> {
        let switch = Switch {
            name: bundle.name.clone(),
            bundle: Some(bundle.hash),
            from: None,
            by: IdentityName::local(),
        };
        self.publish(tenant, bundle, "", at, None).await?;
        self.switch(tenant, switch, at, by).await.map(drop)
    }
}

/// Another version of `personal-loan`.
pub(crate) fn newer_bundle() -> StoredBundle {
    StoredBundle {
        version: "2.0.0".to_owned(),
        ..bundle_of("personal-loan", "a newer rule set")
    }
}

pub(crate) fn body(number: u32, outcome: Outcome, bundle: &StoredBundle) -> DecisionBody {
    let sealed = seal(&snapshot(number), salt(number)).unwrap();
    DecisionBody {
        pins: Pins {
            semantics: SEMANTICS,
            engine_version: "0.1.0".to_owned(),
            as_of: AsOf {
                instant: at(0),
                zone: Zone::default(),
            },
            seed: 7,
            amount_sign: AmountSign::PositiveIsCredit,
            test_data: false,
            snapshots: vec![SnapshotPin {
                account: account(number),
                hash: sealed.hash,
                fetched_at: at(0),
                applicant: "applicant-1".parse().unwrap(),
                flags: Vec::new(),
            }],
            rule_set: RuleSetPin {
                name: bundle.name.to_string(),
                version: "1.0.0".to_owned(),
                kind: RuleSetKind::Credit,
                bundle: bundle.hash,
            },
            tables: BTreeMap::new(),
        },
        balances: None,
        features: vec![vec![Slot::known(Value::Money(Money::new(
            400_000,
            Currency::USD,
        )))]],
        streams: Vec::new(),
        reviews: Vec::new(),
        evaluation: Evaluation::bare(outcome),
    }
}

fn salt(number: u32) -> [u8; 32] {
    let mut salt = [0; 32];
    salt[..4].copy_from_slice(&number.to_le_bytes());
    salt
}

pub(crate) fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::parse(&format!("key-{number}")).unwrap()
}

pub(crate) fn decision_id(number: u32) -> DecisionId {
    DecisionId::parse(&format!("dec_{number}")).unwrap()
}

pub(crate) fn intake(number: u32, bundle: &StoredBundle) -> Intake {
    Intake {
        tenant: tenant(),
        key: key(number),
        rule_set: bundle.name.clone(),
        decision: decision_id(number),
        bundle: bundle.hash,
        application: application(number),
        received_at: at(i64::from(number)),
    }
}

pub(crate) fn new_decision(number: u32, outcome: Outcome, bundle: &StoredBundle) -> NewDecision {
    NewDecision {
        tenant: tenant(),
        id: decision_id(number),
        key: key(number),
        rule_set: bundle.name.clone(),
        application: application(number),
        received_at: at(i64::from(number)),
        body: Arc::new(body(number, outcome, bundle)),
        salt: salt(number),
        snapshots: vec![seal(&snapshot(number), salt(number)).unwrap()],
        recorded_at: at(i64::from(number)),
        audit: None,
    }
}

/// Reserves and records.
pub(crate) async fn decide(ledger: &dyn Ledger, number: u32, outcome: Outcome) -> DecisionRecord {
    let bundle = bundle("personal-loan");
    ledger.reserve(intake(number, &bundle)).await.unwrap();
    let decision = new_decision(number, outcome, &bundle);
    ledger.record(decision).await.unwrap()
}

/// What a walk of the chain finds, as `record: problem`.
pub(crate) async fn problems(ledger: &dyn Ledger) -> Vec<String> {
    let report = ledger
        .verify(Scope::default(), Arc::new(|_, _| {}))
        .await
        .unwrap();
    assert_eq!(report.problems_total, report.problems.len() as u64);
    assert_eq!(report.is_sound(), report.problems.is_empty());
    report
        .problems
        .into_iter()
        .map(|problem| format!("{}: {}", problem.record, problem.problem))
        .collect()
}

/// A ledger in a directory of its own.
pub(crate) struct FileLedger {
    // Dropped before its directory.
    pub(crate) ledger: Arc<SqliteLedger>,
    pub(crate) path: PathBuf,
    directory: tempfile::TempDir,
}

impl FileLedger {
    /// A ledger in which the rule set `personal-loan` is active: records 1 and 2.
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ledger.db");
        let ledger = Arc::new(SqliteLedger::open(&path, &OsEntropy).unwrap());
        let bundle = bundle("personal-loan");
        ledger
            .activate(&tenant(), bundle, at(0), None)
            .await
            .unwrap();
        Self {
            ledger,
            path,
            directory,
        }
    }

    /// A ledger with decisions 1 to `count`, in records 3 and up.
    pub(crate) async fn with(count: u32) -> Self {
        let file = Self::new().await;
        for number in 1..=count {
            file.decide(number, Outcome::Refer).await;
        }
        file
    }

    /// As a trait object.
    pub(crate) fn shared(&self) -> Arc<dyn Ledger> {
        Arc::<SqliteLedger>::clone(&self.ledger)
    }

    pub(crate) async fn decide(&self, number: u32, outcome: Outcome) -> DecisionRecord {
        decide(&*self.ledger, number, outcome).await
    }

    /// The same file, closed and opened again.
    pub(crate) fn reopen(self) -> Self {
        let Self {
            ledger,
            path,
            directory,
        } = self;
        drop(ledger);
        Self {
            ledger: Arc::new(SqliteLedger::open(&path, &OsEntropy).unwrap()),
            path,
            directory,
        }
    }

    /// A connection to the file that knows nothing of the ledger.
    pub(crate) fn behind(&self) -> rusqlite::Connection {
        behind(&self.path)
    }

    /// Changes the file as somebody with a SQL client would who knows of the triggers.
    pub(crate) fn tamper(&self, sql: &str) {
        let connection = self.behind();
        drop_triggers(&connection);
        connection
            .execute_batch(&format!("PRAGMA ignore_check_constraints = ON; {sql}"))
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub(crate) async fn problems(&self) -> Vec<String> {
        problems(&*self.ledger).await
    }
}

fn drop_triggers(connection: &rusqlite::Connection) {
    let triggers: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for trigger in triggers {
        let drop = format!("DROP TRIGGER {trigger}");
        connection.execute_batch(&drop).unwrap();
    }
}

fn behind(path: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = OFF")
        .unwrap();
    connection
}
