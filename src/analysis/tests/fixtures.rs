//! Accounts and rows for tests.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::analysis::{AccountInput, AmountSign, Analysis, Settings, analyze};
use crate::application::{
    Applicant, Application, Identity, RepaymentFrequency, Role, Term, TermUnit,
};
use crate::calendar::{AsOf, Zone};
use crate::id::{AccountId, TransactionId};
use crate::money::{Currency, Money};
use crate::snapshot::{
    Account, Balance, Category, Fetched, Owner, Part, Permission, Snapshot, SnapshotHash, Status,
    Subcategory, Transaction, TransactionStatus, freeze,
};

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Noon in New York is on the same civil day.
pub(crate) fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(16, 0, 0).unwrap().and_utc()
}

pub(crate) fn as_of(day: &str) -> AsOf {
    AsOf {
        instant: noon(date(day)),
        zone: Zone::default(),
    }
}

/// One account in the making; amounts are in cents and positive for money in.
#[derive(Debug, Clone)]
pub(crate) struct Bank {
    pub(crate) subcategory: Subcategory,
    pub(crate) last4: &'static str,
    pub(crate) owner: &'static str,
    pub(crate) current: i64,
    pub(crate) rows: Vec<(NaiveDate, i64, String, TransactionStatus)>,
}

impl Bank {
    pub(crate) fn checking() -> Self {
        Self {
            subcategory: Subcategory::Checking,
            last4: "0001",
            owner: "Robin Example",
            current: 100_000,
            rows: Vec::new(),
        }
    }

    pub(crate) fn savings() -> Self {
        Self {
            subcategory: Subcategory::Savings,
            last4: "0002",
            ..Self::checking()
        }
    }

    pub(crate) fn row(mut self, day: &str, cents: i64, text: &str) -> Self {
        self.rows
            .push((date(day), cents, text.to_owned(), TransactionStatus::Posted));
        self
    }

    pub(crate) fn rows(mut self, days: &[&str], cents: i64, text: &str) -> Self {
        for day in days {
            self = self.row(day, cents, text);
        }
        self
    }

    /// A row every `step` days from `first` to `last`.
    pub(crate) fn every(
        mut self,
        step: u64,
        first: &str,
        last: &str,
        cents: i64,
        text: &str,
    ) -> Self {
        let mut day = date(first);
        while day <= date(last) {
            self.rows
                .push((day, cents, text.to_owned(), TransactionStatus::Posted));
            day = day.checked_add_days(Days::new(step)).unwrap();
        }
        self
    }

    pub(crate) fn freeze(&self, index: usize, as_of: AsOf) -> Snapshot {
        let id = AccountId::parse(&format!("fca_{index}")).unwrap();
        let rows = self
            .rows
            .iter()
            .enumerate()
            .map(|(row, (day, amount, text, status))| {
                let transaction = Transaction {
                    id: TransactionId::parse(&format!("fctxn_{index}x{row:06}")).unwrap(),
                    amount: *amount,
                    currency: Currency::USD,
                    description: text.clone(),
                    status: status.clone(),
                    transacted_at: noon(*day),
                    posted_at: Some(noon(*day)),
                    void_at: None,
                };
                (transaction, as_of.instant)
            });
        freeze(
            Fetched {
                account: Account {
                    id,
                    category: Category::Cash,
                    subcategory: self.subcategory.clone(),
                    institution: "First Example Bank".to_owned(),
                    last4: Some(self.last4.to_owned()),
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
                },
                balance: Part::Known(Balance {
                    as_of: as_of.instant,
                    current: BTreeMap::from([(Currency::USD, self.current)]),
                    available: None,
                    used: None,
                }),
                owners: Part::Known(vec![Owner {
                    name: self.owner.to_owned(),
                    email: None,
                    phone: None,
                    raw_address: None,
                }]),
                transactions: Part::Known(rows.collect()),
                flags: BTreeSet::new(),
                fetched_at: as_of.instant,
                refreshed: Default::default(),
                transaction_refresh: None,
                earlier_balance: None,
            },
            as_of.zone,
        )
    }
}

pub(crate) fn application(accounts: usize) -> Application {
    Application {
        id: "app_1".parse().unwrap(),
        product: "personal_loan".to_owned(),
        requested_amount: Money::new(500_000, Currency::USD),
        term: Term {
            count: 12,
            unit: TermUnit::Months,
        },
        repayment_frequency: RepaymentFrequency::Monthly,
        first_payment_date: None,
        purpose: None,
        applicants: vec![Applicant {
            id: "person_1".parse().unwrap(),
            role: Role::Primary,
            identity: Identity {
                name: "Robin Example".to_owned(),
                ..Identity::default()
            },
            account_ids: (0..accounts)
                .map(|index| AccountId::parse(&format!("fca_{index}")).unwrap())
                .collect(),
            handles: Vec::new(),
        }],
        inputs: BTreeMap::new(),
        bank_data: Default::default(),
    }
}

pub(crate) const POSITIVE: Settings = Settings {
    amount_sign: AmountSign::PositiveIsCredit,
};

/// The accounts of an application, under a hash of no meaning.
pub(crate) fn inputs<'a>(
    application: &'a Application,
    snapshots: &'a [Snapshot],
) -> Vec<AccountInput<'a>> {
    let hash = SnapshotHash::parse(&"0".repeat(64)).unwrap();
    AccountInput::of(application, snapshots.iter().map(|one| (one, hash)))
}

/// Freezes and analyses the accounts.
pub(crate) fn analysis(banks: &[Bank], day: &str) -> Analysis {
    let as_of = as_of(day);
    let snapshots: Vec<Snapshot> = banks
        .iter()
        .enumerate()
        .map(|(index, bank)| bank.freeze(index, as_of))
        .collect();
    let application = application(banks.len());
    analyze(
        &application,
        &inputs(&application, &snapshots),
        as_of,
        POSITIVE,
    )
}
