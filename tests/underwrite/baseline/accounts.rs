//! The linked accounts of a generated application, as their banks would deliver them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use underwrite::analysis::AmountSign;
use underwrite::calendar::AsOf;
use underwrite::id::AccountId;
use underwrite::money::Currency;
use underwrite::snapshot::{
    Absence, Account, Balance, Category, Fetched, Owner, Part, PaymentMethodType, Permission,
    QualityFlag, Snapshot, Status, Subcategory, Transaction, TransactionStatus, freeze,
};

use super::generate::day;
use super::histories::{self, Row};
use super::random::Random;

/// The accounts of one person.
pub(super) fn linked(
    random: &mut Random,
    (person, count): (usize, i64),
    name: &str,
    as_of: AsOf,
    amount_sign: AmountSign,
) -> Vec<Snapshot> {
    let (mut made, mut mirrored) = (Vec::<Fetched>::new(), Vec::new());
    for index in 0..count {
        let id = AccountId::parse(&format!("fca_p{person}a{index}")).unwrap();
        if let Some(first) = made.first().filter(|_| index > 0 && random.percent(8)) {
            // The same account, linked twice.
            let mut again = first.clone();
            again.account.id = id;
            made.push(again);
            continue;
        }
        let mut rows = histories::rows(random, index == 0);
        rows.append(&mut mirrored);
        if index + 1 < count {
            mirrored = histories::transfers(random, &mut rows);
        }
        made.push(fetched(random, id, rows, name, amount_sign));
    }
    made.into_iter()
        .map(|fetched| freeze(fetched, as_of.zone))
        .collect()
}

fn fetched(
    random: &mut Random,
    id: AccountId,
    rows: Vec<Row>,
    name: &str,
    amount_sign: AmountSign,
) -> Fetched {
    let currency: Currency = if random.percent(5) { "EUR" } else { "USD" }
        .parse()
        .unwrap();
    let account = account(random, id);
    let fetched_at = day(0) + Duration::hours(17);
    let current = random.pick(&[-30_000, 500, 40_000, 150_000, 600_000]);
    let current = current + random.between(0, 9_999);
    let balance = Balance {
        as_of: fetched_at - Duration::hours(random.pick(&[0, 1, 1, 5, 30, 80])),
        current: BTreeMap::from([(currency, current)]),
        available: random
            .percent(80)
            .then(|| BTreeMap::from([(currency, current - random.between(0, 5_000))])),
        used: None,
    };
    // A bank that signs otherwise than the setting says.
    let turned = (amount_sign == AmountSign::NegativeIsCredit) != random.percent(4);
    let rows = rows.into_iter().enumerate().map(|(index, row)| {
        let row = transaction(index, row, currency, turned);
        (row, Some(fetched_at))
    });
    let rows = rows.collect();
    let owners = owners(random, name);
    let mut flags = BTreeSet::new();
    let mut fetched = Fetched {
        balance: part(random, balance, &account, Permission::Balances),
        owners: part(random, owners, &account, Permission::Ownership),
        transactions: part(random, rows, &account, Permission::Transactions),
        account,
        flags: BTreeSet::new(),
        fetched_at,
        refreshed: Default::default(),
        transaction_refresh: None,
        earlier_balance: None,
    };
    if random.percent(3) {
        fetched.transactions = Part::Absent(Absence::NotReady);
        flags.insert(QualityFlag::RefreshPending);
    }
    if random.percent(4) {
        flags.insert(random.pick(&[
            QualityFlag::BalanceRefreshFailed,
            QualityFlag::TransactionsRefreshFailed,
            QualityFlag::UnknownValue,
        ]));
    }
    fetched.flags = flags;
    fetched
}

/// The part, where it is permitted, the link works and the bank delivers it.
fn part<T>(random: &mut Random, data: T, account: &Account, needs: Permission) -> Part<T> {
    if !account.permissions.contains(&needs) {
        Part::Absent(Absence::NoPermission)
    } else if account.status == Status::Disconnected {
        Part::Absent(Absence::Disconnected)
    } else if random.percent(3) {
        Part::Absent(random.pick(&[Absence::RefreshFailed, Absence::NotOffered]))
    } else {
        Part::Known(data)
    }
}

fn account(random: &mut Random, id: AccountId) -> Account {
    let kind = random.between(1, 100);
    let (category, subcategory) = match kind {
        1..=70 => (Category::Cash, Subcategory::Checking),
        71..=86 => (Category::Cash, Subcategory::Savings),
        87..=94 => (Category::Credit, Subcategory::CreditCard),
        95..=97 => (Category::Investment, Subcategory::Other),
        _ => (Category::Cash, Subcategory::Unknown("prepaid".to_owned())),
    };
    let mut permissions = BTreeSet::from([
        Permission::Balances,
        Permission::Ownership,
        Permission::Transactions,
    ]);
    if random.percent(6) {
        permissions.pop_first();
    }
    if random.percent(5) {
        permissions.pop_last();
    }
    let institution = random.pick(&["Harbor Bank", "Chase", "First Credit Union"]);
    let payment_methods = random
        .percent(85)
        .then_some(PaymentMethodType::UsBankAccount);
    Account {
        last4: Some(format!("{:04}", random.between(0, 9_999))),
        id,
        category,
        subcategory,
        institution: institution.to_owned(),
        display_name: None,
        status: match random.between(1, 30) {
            1 => Status::Disconnected,
            2 => Status::Inactive,
            _ => Status::Active,
        },
        permissions,
        livemode: false,
        payment_methods: payment_methods.into_iter().collect(),
        connected_account: None,
    }
}

fn owners(random: &mut Random, name: &str) -> Vec<Owner> {
    let own = match random.between(1, 20) {
        1 => "SOMEBODY ELSE".to_owned(),
        2 => name.split(' ').rev().collect::<Vec<_>>().join(", "),
        3 => name.chars().take(9).collect(),
        _ => name.to_uppercase(),
    };
    let address = random.pick(&[
        "12 MAPLE ST ALBANY NY 12207",
        "12 Maple Street, Albany, NY 12207-1234",
        "99 Oak Ave, Troy, NY 12180",
    ]);
    let owner = |name: String, raw_address: Option<String>| Owner {
        name,
        email: None,
        phone: None,
        raw_address,
    };
    let address = random.percent(70).then(|| address.to_owned());
    let mut owners = vec![owner(own, address)];
    if random.percent(15) {
        owners.push(owner("PAT MORGAN".to_owned(), None));
    }
    if random.percent(2) {
        owners.clear();
    }
    owners
}

fn transaction(index: usize, row: Row, currency: Currency, turned: bool) -> Transaction {
    let at = day(row.back) + Duration::hours(row.hour);
    let status = match row.state {
        'p' => TransactionStatus::Pending,
        'v' => TransactionStatus::Void,
        _ => TransactionStatus::Posted,
    };
    Transaction {
        id: format!("fctxn_{index:05}").parse().unwrap(),
        amount: if turned { -row.amount } else { row.amount },
        currency,
        description: row.description,
        transacted_at: at,
        posted_at: (status == TransactionStatus::Posted).then_some(at),
        void_at: (status == TransactionStatus::Void).then_some(at),
        status,
    }
}
