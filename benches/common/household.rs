//! One account with a known number of transactions of everyday kinds over half a year.

use std::collections::{BTreeMap, BTreeSet};

use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use underwrite::analysis::{AccountInput, AmountSign, Settings};
use underwrite::application::{
    Application, ApplicationWithAccounts, Draft, DraftApplicant, DraftTerm, Identity,
    RepaymentFrequency, Role, TermUnit,
};
use underwrite::calendar::{AsOf, Zone};
use underwrite::id::{AccountId, ApplicantId, ApplicationId, TransactionId};
use underwrite::money::{Currency, Money};
use underwrite::snapshot::{
    Account, Balance, Category, Fetched, Owner, Part, Permission, Snapshot, SnapshotHash, Status,
    Subcategory, Transaction, TransactionStatus, freeze,
};

const DAYS: i64 = 180;

/// The moment of the decision: 2026-08-22, two in the afternoon in New York.
pub(crate) fn as_of() -> AsOf {
    AsOf {
        instant: day(0) + Duration::hours(18),
        zone: Zone::parse("America/New_York").unwrap(),
    }
}

/// The settings of a live system.
pub(crate) fn settings() -> Settings {
    Settings {
        amount_sign: AmountSign::PositiveIsCredit,
    }
}

/// A request for 1,000.00 USD over a year.
pub(crate) fn application() -> Arc<Application> {
    asking(100_000)
}

/// The same for so many cents.
pub(crate) fn asking(cents: i64) -> Arc<Application> {
    asked_by("Alex Morgan", [account_id()], cents)
}

/// The same of somebody with these accounts.
pub(crate) fn asked_by(
    name: &str,
    accounts: impl IntoIterator<Item = AccountId>,
    cents: i64,
) -> Arc<Application> {
    let draft = Draft {
        id: Some(ApplicationId::parse("bench").unwrap()),
        product: "personal_loan".to_owned(),
        requested_amount: Some(Money::new(cents, Currency::USD)),
        term: Some(DraftTerm {
            count: 12,
            unit: Some(TermUnit::Months),
        }),
        repayment_frequency: Some(RepaymentFrequency::Monthly),
        applicants: vec![DraftApplicant {
            id: Some(ApplicantId::parse("p1").unwrap()),
            role: Some(Role::Primary),
            identity: Some(Identity {
                name: name.to_owned(),
                ..Identity::default()
            }),
            account_ids: accounts.into_iter().map(Some).collect(),
            handles: Vec::new(),
        }],
        ..Draft::default()
    };
    Arc::new(draft.check().unwrap())
}

/// The same with its account found.
pub(crate) fn with_accounts() -> ApplicationWithAccounts {
    let application = application();
    application.with_accounts(application.named_accounts())
}

/// The account with `count` transactions.
pub(crate) fn snapshot(count: usize) -> Snapshot {
    freeze(fetched(count), as_of().zone)
}

/// The same as a source delivers it.
pub(crate) fn fetched(count: usize) -> Fetched {
    let fetched_at = as_of().instant;
    let rows = (0..count).map(|index| (transaction(index, count), Some(fetched_at)));
    Fetched {
        account: account(),
        balance: Part::Known(Balance {
            as_of: fetched_at,
            current: BTreeMap::from([(Currency::USD, 284_217)]),
            available: Some(BTreeMap::from([(Currency::USD, 284_217)])),
            used: None,
        }),
        owners: Part::Known(vec![Owner {
            name: "ALEX MORGAN".to_owned(),
            email: None,
            phone: None,
            raw_address: None,
        }]),
        transactions: Part::Known(rows.collect()),
        flags: BTreeSet::new(),
        fetched_at,
        refreshed: Default::default(),
        transaction_refresh: None,
        earlier_balance: None,
    }
}

fn account_id() -> AccountId {
    AccountId::parse("fca_bench").unwrap()
}

fn account() -> Account {
    Account {
        id: account_id(),
        category: Category::Cash,
        subcategory: Subcategory::Checking,
        institution: "Bench Bank".to_owned(),
        last4: Some("0001".to_owned()),
        display_name: None,
        status: Status::Active,
        permissions: BTreeSet::from([
            Permission::Balances,
            Permission::Ownership,
            Permission::Transactions,
        ]),
        livemode: false,
        payment_methods: BTreeSet::new(),
        connected_account: None,
    }
}

fn day(back: i64) -> DateTime<Utc> {
    let today = NaiveDate::from_ymd_opt(2026, 8, 22).unwrap();
    today.and_hms_opt(0, 0, 0).unwrap().and_utc() - Duration::days(back)
}

fn transaction(index: usize, count: usize) -> Transaction {
    let position = i64::try_from(index * 180 / count).unwrap();
    let back = DAYS - 1 - position;
    let first_of_day = index == 0 || (index - 1) * 180 / count != index * 180 / count;
    let (amount, description) = movement(back, first_of_day, index);
    let at = day(back);
    Transaction {
        id: TransactionId::parse(&format!("fctxn_{index:06}")).unwrap(),
        amount,
        currency: Currency::USD,
        description,
        status: TransactionStatus::Posted,
        transacted_at: at,
        posted_at: Some(at),
        void_at: None,
    }
}

/// Pay every second week, rent, a car loan, a gig, a fee; groceries and cards for the rest.
fn movement(back: i64, first_of_day: bool, index: usize) -> (i64, String) {
    let fixed = if !first_of_day {
        None
    } else if back % 14 == 3 {
        let id = "ORIG CO NAME:ACME INC ORIG ID:9424300002 DESC DATE:260723 \
                  CO ENTRY DESCR:PAYROLL SEC:PPD TRACE#:021000028611043";
        Some((196_250, id.to_owned()))
    } else if back % 30 == 11 {
        Some((-142_000, "MAPLE STREET APARTMENTS DES:RENT WEB".to_owned()))
    } else if back % 30 == 17 {
        Some((-38_900, "ALLY AUTO PAYMENT ID:XXXXX12345 PPD".to_owned()))
    } else if back % 7 == 5 {
        Some((14_000 + back * 37, "UBER USA EDI PAYMNT 6795".to_owned()))
    } else if back == 76 {
        Some((
            -3_500,
            "INSUFFICIENT FUNDS FEE FOR A $85.00 ITEM".to_owned(),
        ))
    } else {
        None
    };
    let merchants = [
        "CORNER GROCERY 0042 NEW YORK NY",
        "STARBUCKS STORE 11287",
        "SHELL OIL 574425",
        "AMZN MKTP US*2K4TR",
        "NETFLIX.COM",
        "MTA*NYCT PAYGO",
        "CVS/PHARMACY #02419",
    ];
    fixed.unwrap_or_else(|| {
        let merchant = merchants.iter().cycle().nth(index % 97).copied();
        let cents = 300 + i64::try_from(index % 53).unwrap() * 29;
        (
            -cents,
            format!("{} {}", merchant.unwrap_or_default(), index),
        )
    })
}

/// The one account, under a hash of no meaning.
pub(crate) fn accounts<'a>(
    application: &'a ApplicationWithAccounts,
    snapshot: &'a Snapshot,
) -> Vec<AccountInput<'a>> {
    let hash = SnapshotHash::parse(&"0".repeat(64)).unwrap();
    AccountInput::of(application, [(snapshot, hash)]).unwrap()
}
