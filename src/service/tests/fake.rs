//! A ledger in memory, a source that has nothing, and one decision to look at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeZone, Utc};

use crate::analysis::{AmountSign, Settings};
use crate::application::{Application, ApplicationError};
use crate::calendar::{AsOf, Zone};
use crate::clock::SystemClock;
use crate::decision::{
    AccountQuality, DecisionBody, DerivedValue, FeatureValue, Pins, Reason, RuleSetPin, SnapshotPin,
};
use crate::features::{Missing, Subject, Type, Value};
use crate::id::{
    AccountId, ApplicantId, ConnectedAccountId, DecisionId, Handle, IdempotencyKey, OsEntropy,
    RuleSetName, TenantId, TransactionId,
};
use crate::ledger::{
    Cursor, DecisionRecord, Envelope, Filter, Intake, Ledger, LedgerError, NewDecision, Page,
    PendingIntake, Reservation, StoredBundle,
};
use crate::money::{Currency, Money};
use crate::proto;
use crate::rules::{
    Action, BundleHash, Comparison, Counterfactual, Fired, Outcome, RuleSetKind, RuleTrace, Score,
    ScoreTrace, Verdict,
};
use crate::service::from_wire;
use crate::snapshot::{
    Absence, Account, Category, Fetched, Part, QualityFlag, Rows, Sealed, Snapshot, SnapshotHash,
    Status, Subcategory, Transaction, TransactionStatus, seal,
};
use crate::stripe::{FetchRequest, Refusal, Resolved, Source, StripeError};
use crate::underwriter::{Parts, Underwriter};

/// A request that has nothing wrong with it.
pub(crate) fn good_request(key: &str) -> proto::DecideRequest {
    let application = proto::Application {
        id: "app-1".to_owned(),
        product: "personal_loan".to_owned(),
        requested_amount: Some(proto::Money {
            amount: "5000.00".to_owned(),
            currency: "usd".to_owned(),
        }),
        term: Some(proto::Term {
            count: 36,
            unit: proto::TermUnit::Months.into(),
        }),
        repayment_frequency: proto::RepaymentFrequency::Monthly.into(),
        applicants: vec![proto::Applicant {
            id: "p1".to_owned(),
            role: proto::ApplicantRole::Primary.into(),
            identity: Some(proto::Identity {
                name: "Robin Ames".to_owned(),
                ..Default::default()
            }),
            account_ids: vec!["fca_one".to_owned()],
            handles: Vec::new(),
        }],
        ..Default::default()
    };
    proto::DecideRequest {
        idempotency_key: key.to_owned(),
        application: Some(application),
        rule_set: "personal-loan".to_owned(),
        view: proto::DecisionView::Summary.into(),
    }
}

pub(crate) fn violations(count: usize) -> Vec<ApplicationError> {
    (0..count)
        .map(|index| ApplicationError {
            field: format!("application.applicants[{index}].identity.address.postal_code"),
            problem: "is listed twice: name each account once, a joint account under one applicant"
                .to_owned(),
        })
        .collect()
}

pub(crate) fn refusal(status: u16) -> Box<Refusal> {
    Box::new(Refusal {
        status,
        ..Refusal::default()
    })
}

fn at(second: i64) -> DateTime<Utc> {
    Utc.timestamp_opt(1_775_000_000 + second, 0).unwrap()
}

fn account() -> AccountId {
    AccountId::parse("fca_one").unwrap()
}

fn application() -> Application {
    from_wire::application(good_request("k").application.unwrap()).unwrap()
}

/// The snapshot of the account in [`good_request`].
pub(crate) fn snapshot() -> Snapshot {
    let transaction = |number: i64, amount: i64, description: &str| Transaction {
        id: TransactionId::parse(&format!("fctxn_{number}")).unwrap(),
        amount,
        currency: Currency::USD,
        description: description.to_owned(),
        status: TransactionStatus::Posted,
        transacted_at: at(number),
        posted_at: Some(at(number)),
        void_at: None,
    };
    Snapshot {
        account: Account {
            id: account(),
            category: Category::Cash,
            subcategory: Subcategory::Checking,
            institution: "First Bank".to_owned(),
            last4: Some("4242".to_owned()),
            display_name: None,
            status: Status::Active,
            permissions: BTreeSet::new(),
            livemode: false,
            payment_methods: BTreeSet::new(),
            connected_account: None,
        },
        balance: Part::Absent(Absence::NotReady),
        owners: Part::Absent(Absence::NoPermission),
        transactions: Part::Known(vec![
            transaction(0, 210_000, "ACME PAYROLL"),
            transaction(1, -3_500, "OVERDRAFT FEE"),
            transaction(2, -3_500, "NSF FEE"),
        ]),
        coverage: None,
        flags: BTreeSet::from([QualityFlag::ShortHistory]),
        fetched_at: at(0),
        refreshed: Default::default(),
        transaction_refresh: None,
        earlier_balance: None,
    }
}

fn sealed() -> Sealed {
    seal(&snapshot(), [7; 32]).unwrap()
}

/// A declined application, the `index`th of its kind.
pub(crate) fn record(index: u64) -> DecisionRecord {
    let id = DecisionId::parse(&format!("dec_{index}")).unwrap();
    DecisionRecord {
        tenant: TenantId::default_tenant(),
        id: id.clone(),
        application: Arc::new(application()),
        body: body(),
        envelope: Envelope {
            chain_id: "c1".to_owned(),
            seq: index + 1,
            tenant: TenantId::default_tenant(),
            decision: id,
            previous: "0".repeat(64),
            commitment: "c".repeat(64),
            recorded_at: at(60),
            hash: "a".repeat(64),
        },
    }
}

fn fired(reason: &str, statement: &str, action: Action) -> Fired {
    Fired {
        reason: reason.to_owned(),
        statement: statement.to_owned(),
        source: "frequent-nsf".to_owned(),
        action,
        decisive: action == Action::Decline,
        features: vec!["nsf.event_days_90d".to_owned()],
        counterfactuals: vec![Counterfactual {
            name: "nsf.event_days_90d".to_owned(),
            observed: Value::Count(7),
            needed: "3 or less".to_owned(),
        }],
    }
}

fn body() -> DecisionBody {
    let evidence = Rows::from_pairs([(0, 1), (0, 2)]);
    let days = Ok(Value::Count(7));
    DecisionBody {
        outcome: Outcome::Decline,
        reasons: vec![
            Reason {
                fired: fired(
                    "NSF_FREQUENT",
                    "Overdrafts on 7 of the last 90 days",
                    Action::Decline,
                ),
                principal: true,
                evidence: evidence.clone(),
            },
            Reason {
                fired: fired("HISTORY_SHORT", "Little history", Action::Flag),
                principal: false,
                evidence: Rows::none(),
            },
        ],
        offer: None,
        score: Some(Score {
            total: Ok(612),
            characteristics: vec![ScoreTrace {
                name: "stability".to_owned(),
                observed: Err(Missing::HistoryTooShort),
                bin: "missing".to_owned(),
                points: Ok(12),
                points_max: 40,
            }],
        }),
        features: features(days.clone(), evidence),
        derived: vec![DerivedValue {
            name: "free_cash".to_owned(),
            value: Err(Missing::NoBasis),
        }],
        trace: vec![RuleTrace {
            rule: "frequent-nsf".to_owned(),
            action: Action::Decline,
            verdict: Verdict::True,
            comparisons: vec![Comparison {
                text: "nsf.event_days_90d > params.nsf_days_max".to_owned(),
                operands: vec![days, Ok(Value::Count(3))],
                verdict: Verdict::True,
            }],
            missing_ignored: None,
        }],
        data_quality: vec![AccountQuality {
            account: account(),
            applicant: ApplicantId::parse("p1").unwrap(),
            flags: vec![QualityFlag::ShortHistory],
        }],
        pins: pins(),
    }
}

fn features(days: Result<Value, Missing>, evidence: Rows) -> Vec<FeatureValue> {
    vec![
        FeatureValue {
            name: "income.monthly_net".to_owned(),
            ty: Type::Money,
            subject: Subject::Household,
            value: Ok(Value::Money(Money::new(321_045, Currency::USD))),
            evidence: Rows::from_pairs([(0, 0)]),
        },
        FeatureValue {
            name: "income.stability".to_owned(),
            ty: Type::Ratio,
            subject: Subject::Household,
            value: Err(Missing::HistoryTooShort),
            evidence: Rows::none(),
        },
        FeatureValue {
            name: "nsf.event_days_90d".to_owned(),
            ty: Type::Count,
            subject: Subject::Household,
            value: days,
            evidence,
        },
    ]
}

fn pins() -> Pins {
    Pins {
        semantics: 1,
        engine_version: "0.1.0".to_owned(),
        as_of: AsOf {
            instant: at(30),
            zone: Zone::default(),
        },
        seed: 42,
        amount_sign: AmountSign::PositiveIsCredit,
        snapshots: vec![SnapshotPin {
            account: account(),
            hash: sealed().hash,
            fetched_at: at(0),
            applicant: "p1".parse().unwrap(),
        }],
        rule_set: RuleSetPin {
            name: "personal-loan".to_owned(),
            version: "1.0.0".to_owned(),
            kind: RuleSetKind::Credit,
            bundle: BundleHash::parse(&"b".repeat(64)).unwrap(),
        },
        tables: BTreeMap::from([("calendar".to_owned(), "1".to_owned())]),
    }
}

/// An underwriter whose ledger holds that many decisions and no rule set.
pub(super) fn underwriter(records: usize) -> Underwriter {
    let records = (0..records)
        .map(|index| record(u64::try_from(index).unwrap()))
        .collect();
    Underwriter::new(Parts {
        source: Arc::new(Nothing),
        cache: None,
        ledger: Arc::new(InMemory { records }),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        settings: Settings {
            amount_sign: AmountSign::PositiveIsCredit,
        },
        zone: Zone::default(),
        wait_limits: Default::default(),
    })
}

struct Nothing;

#[async_trait]
impl Source for Nothing {
    fn livemode(&self) -> bool {
        false
    }

    async fn resolve(
        &self,
        handle: &Handle,
        _connected: Option<&ConnectedAccountId>,
    ) -> Result<Resolved, StripeError> {
        Err(StripeError::NotLinked {
            kind: handle.kind(),
            why: crate::stripe::NotLinkedReason::TypedByHand,
        })
    }

    async fn fetch(&self, _wanted: &FetchRequest) -> Result<Fetched, StripeError> {
        Err(StripeError::NotFound(refusal(404)))
    }
}

struct InMemory {
    records: Vec<DecisionRecord>,
}

#[async_trait]
impl Ledger for InMemory {
    async fn reserve(&self, _intake: Intake) -> Result<Reservation, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn release(&self, _tenant: &TenantId, _key: &IdempotencyKey) -> Result<(), LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn pend(&self, _pending: PendingIntake) -> Result<(), LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn pending(&self) -> Result<Vec<Result<PendingIntake, LedgerError>>, LedgerError> {
        Ok(Vec::new())
    }

    async fn pending_decision(
        &self,
        _tenant: &TenantId,
        _id: &DecisionId,
    ) -> Result<Option<PendingIntake>, LedgerError> {
        Ok(None)
    }

    async fn record(&self, _decision: NewDecision) -> Result<DecisionRecord, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn decision(
        &self,
        _tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<Option<DecisionRecord>, LedgerError> {
        Ok(self.records.iter().find(|record| record.id == *id).cloned())
    }

    async fn list(
        &self,
        _tenant: &TenantId,
        _filter: &Filter,
        after: Option<Cursor>,
        page_size: usize,
    ) -> Result<Page, LedgerError> {
        let older = self.records.iter().rev();
        let older = older.filter(|record| after.is_none_or(|after| record.envelope.seq < after.0));
        let decisions: Vec<_> = older.take(page_size).cloned().collect();
        let last = decisions.last().map(|record| record.envelope.seq);
        Ok(Page {
            decisions,
            next: last.filter(|seq| *seq > 1).map(Cursor),
        })
    }

    async fn snapshot(
        &self,
        _tenant: &TenantId,
        hash: SnapshotHash,
    ) -> Result<Option<Sealed>, LedgerError> {
        Ok(Some(sealed()).filter(|sealed| sealed.hash == hash))
    }

    async fn activate(
        &self,
        _tenant: &TenantId,
        _bundle: StoredBundle,
        _at: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        Ok(())
    }

    async fn bundle(
        &self,
        _tenant: &TenantId,
        _hash: BundleHash,
    ) -> Result<Option<StoredBundle>, LedgerError> {
        Ok(None)
    }

    async fn active(
        &self,
        _tenant: &TenantId,
    ) -> Result<Vec<(RuleSetName, BundleHash)>, LedgerError> {
        Ok(Vec::new())
    }
}
