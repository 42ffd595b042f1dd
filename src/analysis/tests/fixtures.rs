//! Accounts and rows for tests.

use std::collections::{BTreeMap, BTreeSet};

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::analysis::{self, AccountInput, AmountSign, Analysis, Settings};
use crate::application::{
    ApplicationWithAccounts, Draft, DraftApplicant, DraftTerm, Identity, RepaymentFrequency, Role,
    TermUnit,
};
use crate::calendar::{AsOf, Zone};
use crate::id::{AccountId, TransactionId};
use crate::lexicon::Lexicon;
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
                (transaction, Some(as_of.instant))
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

/// An application of one person with so many accounts.
pub(crate) fn application(accounts: usize) -> ApplicationWithAccounts {
    let draft = Draft {
        id: Some("app_1".parse().unwrap()),
        product: "personal_loan".to_owned(),
        requested_amount: Some(Money::new(500_000, Currency::USD)),
        term: Some(DraftTerm {
            count: 12,
            unit: Some(TermUnit::Months),
        }),
        repayment_frequency: Some(RepaymentFrequency::Monthly),
        applicants: vec![DraftApplicant {
            id: Some("person_1".parse().unwrap()),
            role: Some(Role::Primary),
            identity: Some(Identity {
                name: "Robin Example".to_owned(),
                ..Identity::default()
            }),
            account_ids: vec![Some(AccountId::parse("fca_0").unwrap())],
            handles: Vec::new(),
        }],
        ..Draft::default()
    };
    let found = (0..accounts).map(|index| (0, format!("fca_{index}").parse().unwrap()));
    Arc::new(draft.check().unwrap()).with_accounts(found.collect())
}

pub(crate) const POSITIVE: Settings = Settings {
    amount_sign: AmountSign::PositiveIsCredit,
};

/// The accounts of an application, under a hash of no meaning.
pub(crate) fn inputs<'a>(
    application: &'a ApplicationWithAccounts,
    snapshots: &'a [Snapshot],
) -> Vec<AccountInput<'a>> {
    let hash = SnapshotHash::parse(&"0".repeat(64)).unwrap();
    AccountInput::of(application, snapshots.iter().map(|one| (one, hash))).unwrap()
}

/// Analyses the accounts by the words that come with the release.
pub(crate) fn analyze(
    application: &ApplicationWithAccounts,
    inputs: &[AccountInput<'_>],
    as_of: AsOf,
    settings: Settings,
) -> Analysis {
    analysis::analyze(application, inputs, as_of, settings, Lexicon::built_in())
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
