//! A ledger in memory, a source that has nothing, and one decision to look at.

mod ledger;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeZone, Utc};

use crate::analysis::{
    AmountSign, Cadence, Confidence, EntryKind, ExpectedPayday, Settings, StreamOwner, StreamStatus,
};
use crate::application::{Application, ApplicationError};
use crate::calendar::{AsOf, Zone};
use crate::clock::SystemClock;
use crate::decision::{BalanceRecord, DecisionBody, Pins, RuleSetPin, SnapshotPin, StreamRecord};
use crate::features::{Features, Missing, Slot, Value};
use crate::id::{
    AccountId, ApplicantId, ConnectedAccountId, DecisionId, Handle, IdempotencyKey, OsEntropy,
    TenantId, TransactionId,
};
use crate::ledger::{DecisionRecord, Envelope, RecordHash, RecordKind};
use crate::money::{Currency, Money};
use crate::proto;
use crate::rules::{self, Bundle, NoForecasts, Readiness, RuleSetKind, Telling};
use crate::service::from_wire::{self, View};
use crate::service::to_wire;
use crate::snapshot::{
    Absence, Account, Category, Fetched, Part, QualityFlag, Rows, Sealed, Snapshot, Status,
    Subcategory, Transaction, TransactionStatus, Transactions, seal,
};
use crate::stripe::{FetchRequest, Refusal, Resolved, Source, StripeError};
use crate::underwriter::{Parts, Underwriter};
use ledger::InMemory;

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
        transactions: Part::Known(Transactions::from(vec![
            transaction(0, 210_000, "ACME PAYROLL"),
            transaction(1, -3_500, "OVERDRAFT FEE"),
            transaction(2, -3_500, "NSF FEE"),
        ])),
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
        key: IdempotencyKey::parse("k1").unwrap(),
        application: Arc::new(application()),
        received_at: at(20),
        body: Arc::new(body()),
        envelope: Envelope {
            time_held_back: false,
            chain_id: "c1".to_owned(),
            seq: index + 1,
            kind: RecordKind::Decision,
            tenant: TenantId::default_tenant(),
            id: id.to_string(),
            previous: RecordHash::FIRST,
            commitment: RecordHash::parse(&"c".repeat(64)).unwrap(),
            recorded_at: at(60),
            hash: RecordHash::parse(&"a".repeat(64)).unwrap(),
        },
    }
}

/// The rule set that decided.
pub(crate) fn bundle() -> Bundle {
    let source = r#"
[rule_set]
name = "personal-loan"
version = "1.0.0"
kind = "credit"
currency = "USD"
[params]
nsf_days_max = '3'
[derive]
free_cash = 'income.monthly_net * income.stability'
[[rule]]
id = "frequent-nsf"
when = 'nsf.event_days_90d > params.nsf_days_max'
then = "decline"
reason = "NSF_FREQUENT"
[[rule]]
id = "short"
when = 'data.history_days < 60 days'
then = "flag"
reason = "HISTORY_SHORT"
[reasons.NSF_FREQUENT]
statement = "Overdrafts on {nsf.event_days_90d} of the last 90 days"
[reasons.HISTORY_SHORT]
statement = "Little history"
[reasons.INCOME_IRREGULAR]
statement = "Income of uneven amounts"
[scorecard]
base = 600
[[scorecard.characteristic]]
name = "stability"
value = 'income.stability'
reason = "INCOME_IRREGULAR"
bins = [
  { when = 'value >= 0.8', points = 40 },
  { otherwise = true, points = 0 },
]
missing = { points = 12, because = "the history is too short" }
[offer]
step = '50 usd'
minimum = '300 usd'
affordable_payment = 'derive.free_cash'
[[offer.tier]]
id = "A"
when = 'score > 0'
rate = '12%'
max_amount = '5000 usd'
"#;
    Bundle::publish(source.as_bytes()).unwrap()
}

fn features() -> Features {
    let given = [
        (
            "income.monthly_net",
            Ok(Value::Money(Money::new(321_045, Currency::USD))),
            Rows::from_pairs([(0, 0)]),
        ),
        (
            "income.stability",
            Err(Missing::HistoryTooShort),
            Rows::none(),
        ),
        (
            "nsf.event_days_90d",
            Ok(Value::Count(7)),
            Rows::from_pairs([(0, 1), (0, 2)]),
        ),
        ("data.history_days", Ok(Value::Days(10)), Rows::none()),
    ];
    let given =
        given.map(|(name, value, evidence)| (name.to_owned(), vec![Slot { value, evidence }]));
    let applicants = vec![ApplicantId::parse("p1").unwrap()];
    Features::from_parts(applicants, vec![account()], given.into()).unwrap()
}

fn body() -> DecisionBody {
    let (bundle, features) = (bundle(), features());
    let evaluation = rules::evaluate(
        bundle.program(),
        &features,
        &application(),
        &NoForecasts,
        Readiness::Ready,
        Telling::Everything,
    );
    DecisionBody {
        pins: pins(),
        balances: Some(BalanceRecord {
            first: NaiveDate::from_ymd_opt(2026, 3, 28).unwrap(),
            fit_from: NaiveDate::from_ymd_opt(2026, 3, 29),
            minor: vec![120_000, -4_050, 0],
        }),
        features: features.into_slots(),
        streams: vec![stream()],
        reviews: Vec::new(),
        evaluation: evaluation.unwrap(),
    }
}

/// The stream of the first row of [`snapshot`].
fn stream() -> StreamRecord {
    let usd = |minor| Some(Money::new(minor, Currency::USD));
    let day = |day: u32| chrono::NaiveDate::from_ymd_opt(2026, 4, day).unwrap();
    StreamRecord {
        payer: "Acme".to_owned(),
        category: EntryKind::Wages,
        cadence: Cadence::Biweekly,
        runner_up: Some(Cadence::SemiMonthly),
        ambiguous: true,
        status: StreamStatus::Active,
        account: 0,
        whose: StreamOwner::Applicant(0),
        net_per_pay: usd(210_000),
        net_per_month: usd(420_000),
        net_per_month_interval: (usd(410_000), usd(430_000)),
        stability: 950,
        regularity: 1_000,
        trend: Some(-25),
        payments: 6,
        months: 3,
        first: day(1),
        last: day(15),
        next_paydays: vec![ExpectedPayday {
            expected: day(29),
            from: day(28),
            to: day(30),
        }],
        confidence: Confidence {
            evidence: 300,
            schedule: 90,
            cap: 1_000,
            ..Confidence::default()
        },
        counts: true,
        review: None,
        rows: Rows::from_pairs([(0, 0)]),
    }
}

/// A view of a record on the wire.
pub(crate) fn shown(record: &DecisionRecord, view: View) -> proto::Decision {
    let (body, application) = (&record.body, &record.application);
    match view {
        View::Summary => to_wire::summary(record, &body.summary(&bundle(), application).unwrap()),
        View::Full => {
            let full = body.full(&bundle(), application).unwrap();
            to_wire::full(record, &full, None, &[Arc::new(snapshot())])
        }
    }
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
        test_data: false,
        snapshots: vec![SnapshotPin {
            account: account(),
            hash: sealed().hash,
            fetched_at: at(0),
            applicant: "p1".parse().unwrap(),
            flags: vec![QualityFlag::ShortHistory],
        }],
        rule_set: RuleSetPin {
            name: "personal-loan".to_owned(),
            version: "1.0.0".to_owned(),
            kind: RuleSetKind::Credit,
            bundle: bundle().hash(),
        },
        tables: BTreeMap::from([("calendar".to_owned(), "1".to_owned())]),
    }
}

/// An underwriter whose ledger holds that many decisions and no rule set.
pub(super) fn underwriter(records: usize) -> Underwriter {
    counted(records).0
}

/// The same, with how often its ledger was asked for what follows decisions.
pub(super) fn counted(records: usize) -> (Underwriter, Arc<AtomicUsize>) {
    let reads = Arc::new(AtomicUsize::new(0));
    let records = (0..records)
        .map(|index| record(u64::try_from(index).unwrap()))
        .collect();
    let ledger = InMemory {
        records,
        follow_up_reads: Arc::clone(&reads),
    };
    let underwriter = Underwriter::new(Parts {
        source: Arc::new(Nothing),
        cache: None,
        ledger: Arc::new(ledger),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        settings: Settings {
            amount_sign: AmountSign::PositiveIsCredit,
        },
        zone: Zone::default(),
        wait_limits: Default::default(),
        four_eyes: false,
    });
    (underwriter, reads)
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
