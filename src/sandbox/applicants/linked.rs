//! From a closed book to the account that the server shows, and to the application.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::{Map, Value, json};

use super::banks::Bank;
use super::closing::Book;
use super::life::{Entry, Posting, midnight};
use super::people::Person;
use super::schedule::days_before;
use crate::application::{
    Application, Draft, DraftApplicant, DraftTerm, RepaymentFrequency, Role, TermUnit,
};
use crate::calendar::add_business_days;
use crate::id::{AccountId, ApplicantId, ApplicationId};
use crate::money::{Currency, Money};
use crate::sandbox::wire::{
    self, Account, AccountOwner, Balance, CashBalance, CreditBalance, Refresh, RefreshStatus,
    StatusTransitions, Transaction,
};
use crate::sandbox::world::{LinkedAccount, RefreshFeature};
use crate::sandbox::{SampleApplicant, now};

/// What is to be known of an account besides its rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Description {
    /// The applicant's key.
    pub(super) key: &'static str,
    /// `checking`, `savings` or `credit_card`.
    pub(super) subcategory: &'static str,
    pub(super) bank: Bank,
    pub(super) display_name: &'static str,
    pub(super) last4: &'static str,
    /// Whose the bank says it is.
    pub(super) owners: &'static [&'static Person],
    /// What is fetched from the bank only when it is asked for.
    pub(super) unrefreshed: &'static [RefreshFeature],
    /// What the holder permitted.
    pub(super) permissions: &'static [&'static str],
    /// `active`, `inactive` or `disconnected`.
    pub(super) status: &'static str,
    /// How much longer than usual a refresh takes.
    pub(super) extra_delay: std::time::Duration,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    /// In whole dollars.
    pub(super) dollars: i64,
    /// The number of months.
    pub(super) months: u32,
    pub(super) frequency: RepaymentFrequency,
    pub(super) purpose: &'static str,
}

/// Makes an application of `person` on the accounts given.
pub(super) fn applicant(
    key: &'static str,
    story: &'static str,
    today: NaiveDate,
    person: &Person,
    request: Request,
    accounts: Vec<LinkedAccount>,
) -> SampleApplicant {
    let ids = accounts
        .iter()
        .map(|linked| AccountId::parse(&linked.account.id));
    let draft = Draft {
        id: ApplicationId::parse(&format!("app_sample_{key}")).ok(),
        product: "personal_loan".to_owned(),
        requested_amount: Some(Money::new(request.dollars * 100, Currency::USD)),
        term: Some(DraftTerm {
            count: request.months,
            unit: Some(TermUnit::Months),
        }),
        repayment_frequency: Some(request.frequency),
        first_payment_date: Some(add_business_days(today, 20)),
        purpose: Some(request.purpose.to_owned()),
        applicants: vec![DraftApplicant {
            id: ApplicantId::parse(&format!("sample_{key}")).ok(),
            role: Some(Role::Primary),
            identity: Some(person.identity()),
            account_ids: ids.map(Result::ok).collect(),
            handles: Vec::new(),
        }],
        ..Draft::default()
    };
    SampleApplicant {
        key,
        story,
        application: checked(draft),
        accounts,
    }
}

#[expect(
    clippy::expect_used,
    reason = "samples differ in nothing that is checked but their keys, which are short ASCII words"
)]
fn checked(draft: Draft) -> Application {
    draft.check().expect("the samples pass every check")
}

/// The account as its bank knows it. The current balance is what was there before the first row
/// and all posted rows since; what is available has the pending rows as well.
pub(super) fn link(description: Description, today: NaiveDate, book: &Book) -> LinkedAccount {
    let Description {
        key, subcategory, ..
    } = description;
    let id = format!("fca_sample_{key}_{subcategory}");
    let credit = subcategory == "credit_card";
    let (category, payment_methods) = match credit {
        true => ("credit", Vec::new()),
        false => ("cash", vec!["us_bank_account".to_owned()]),
    };
    let permits = |feature: RefreshFeature| description.permissions.contains(&feature.permission());
    let refreshed = |feature| permits(feature) && !description.unrefreshed.contains(&feature);
    let active = description.status == "active";
    let morning = (midnight(today) + Duration::hours(11)).timestamp();
    let refresh = |feature, number: Option<u32>| {
        refreshed(feature).then(|| Refresh {
            id: number.map(|number| refresh_id(&description, number)),
            last_attempted_at: morning,
            next_refresh_available_at: active.then(|| now(today).timestamp() - 3_600),
            status: RefreshStatus::Succeeded,
        })
    };
    let ownership = format!("fcaowns_sample_{key}_{subcategory}");
    let linked_on = midnight(days_before(today, 2)) + Duration::hours(17);
    let account = Account {
        object: wire::ACCOUNT,
        account_holder: Some(holder(key)),
        account_numbers: None,
        balance: Some(balance(today, book, credit)),
        balance_refresh: refresh(RefreshFeature::Balance, None),
        category: category.to_owned(),
        created: linked_on.timestamp(),
        display_name: Some(description.display_name.to_owned()),
        institution_name: description.bank.name().to_owned(),
        last4: Some(description.last4.to_owned()),
        livemode: false,
        ownership: Some(ownership.clone()),
        ownership_refresh: refresh(RefreshFeature::Ownership, None),
        permissions: description
            .permissions
            .iter()
            .map(|word| (*word).to_owned())
            .collect(),
        status: description.status.to_owned(),
        subcategory: subcategory.to_owned(),
        subscriptions: Vec::new(),
        supported_payment_method_types: payment_methods,
        transaction_refresh: refresh(RefreshFeature::Transactions, Some(2)),
        extra: Map::new(),
        id,
    };
    LinkedAccount {
        ownership_created: linked_on.timestamp(),
        owners: owners(&description, &ownership, morning),
        transactions: transactions(&description, &account.id, today, book),
        unrefreshed: BTreeSet::from_iter(description.unrefreshed.iter().copied()),
        extra_delay: description.extra_delay,
        account,
    }
}

fn holder(key: &str) -> Value {
    json!({ "type": "customer", "customer": format!("cus_sample_{key}") })
}

/// The owners, as the bank told them at `refreshed_at`.
fn owners(description: &Description, ownership: &str, refreshed_at: i64) -> Vec<AccountOwner> {
    let Description {
        key, subcategory, ..
    } = description;
    let owner = |(index, person): (usize, &&Person)| AccountOwner {
        email: Some(person.email.to_owned()),
        id: format!("fcaown_sample_{key}_{subcategory}_{}", index + 1),
        name: person.first_last(),
        object: wire::OWNER,
        ownership: ownership.to_owned(),
        phone: Some(person.phone.to_owned()),
        raw_address: Some(person.raw_address()),
        refreshed_at: Some(refreshed_at),
        extra: Map::new(),
    };
    description.owners.iter().enumerate().map(owner).collect()
}

fn balance(today: NaiveDate, book: &Book, credit: bool) -> Balance {
    let is_pending = |entry: &&Entry| entry.posting == Posting::Pending;
    let pending = book.entries.iter().filter(is_pending);
    let pending: i64 = pending.map(|entry| entry.amount).sum();
    let usd = |cents: i64| BTreeMap::from([("usd".to_owned(), cents)]);
    let cash = || CashBalance {
        available: Some(usd(book.current + pending)),
    };
    let owed = || CreditBalance {
        used: Some(usd(book.current)),
    };
    Balance {
        as_of: now(today).timestamp() - 600,
        cash: (!credit).then(cash),
        credit: credit.then(owed),
        current: usd(book.current),
        kind: if credit { "credit" } else { "cash" }.to_owned(),
    }
}

/// The first refresh brought all that had happened until yesterday, the second the rest.
fn refresh_id(description: &Description, number: u32) -> String {
    let Description {
        key, subcategory, ..
    } = description;
    format!("fctxnref_sample_{key}_{subcategory}_{number}")
}

fn transactions(
    description: &Description,
    account: &str,
    today: NaiveDate,
    book: &Book,
) -> Vec<Transaction> {
    let Description {
        key, subcategory, ..
    } = description;
    let mut number = 0_u32;
    let mut day = None;
    let mut rows = Vec::with_capacity(book.entries.len());
    for entry in &book.entries {
        let date = entry.made.date_naive();
        number = if day.replace(date) == Some(date) {
            number + 1
        } else {
            1
        };
        let seconds = |at: DateTime<Utc>| Some(at.timestamp());
        let (status, posted_at, void_at) = match entry.posting {
            Posting::Posted(at) => ("posted", seconds(at), None),
            Posting::Pending => ("pending", None, None),
            Posting::Void(at) => ("void", None, seconds(at)),
        };
        let transacted_at = entry.made.timestamp();
        let updated = posted_at.or(void_at).unwrap_or(transacted_at);
        let refresh = if updated < midnight(today).timestamp() {
            1
        } else {
            2
        };
        rows.push(Transaction {
            account: account.to_owned(),
            amount: entry.amount,
            currency: "usd".to_owned(),
            description: entry.text.clone(),
            id: format!(
                "fctxn_sample_{key}_{subcategory}_{}_{number:02}",
                date.format("%Y%m%d")
            ),
            livemode: false,
            object: wire::TRANSACTION,
            status: status.to_owned(),
            status_transitions: StatusTransitions { posted_at, void_at },
            transacted_at,
            transaction_refresh: refresh_id(description, refresh),
            updated,
            extra: Map::new(),
        });
    }
    rows
}
