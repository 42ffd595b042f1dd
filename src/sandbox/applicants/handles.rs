//! What a lender's system may know an applicant by at Stripe, other than the ids of bank
//! accounts: customers, payments, sessions, connected accounts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::shapes::Party;
use super::{applicants, stories};
use crate::application::Identity;
use crate::sandbox::sessions::Session;
use crate::sandbox::stock::Stocks;
use crate::sandbox::wire::{self, Account};
use crate::sandbox::world::LinkedAccount;

/// An id at Stripe behind which the bank accounts of a sample applicant are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleHandle {
    /// `pi_sample_salaried`.
    pub id: String,
    /// Stripe's name of the kind: `payment_intent`.
    pub object: &'static str,
    /// The connected account on which it lives: only a request that names it in
    /// `Stripe-Account` sees it.
    pub stripe_account: Option<String>,
    /// The `fca_…` behind it; none where the account was typed by hand or may not be read.
    pub accounts: Vec<String>,
    /// What is special about it, in a few words; empty where nothing is.
    pub note: &'static str,
}

/// The handles of the sample applicants as they stand on `today`, in a fixed order. Every
/// applicant has a customer and a session; some have more.
pub fn handles(today: NaiveDate) -> Vec<SampleHandle> {
    Making::all(today).handles
}

/// The bank accounts of everybody whose ids end in this word: `salaried`, `custom`.
type Parties = BTreeMap<&'static str, Vec<String>>;

/// Everything that the sandbox serves on `today`, and whose it is.
pub(in crate::sandbox) fn stocks(today: NaiveDate) -> (Stocks, Parties) {
    let making = Making::all(today);
    (making.stocks, making.parties)
}

/// The kinds of objects beside customers and sessions that some applicants have.
const MORE: [(&str, &[PaymentSource]); 6] = [
    (
        "salaried",
        &[
            PaymentSource::PaymentMethod,
            PaymentSource::PaymentIntent,
            PaymentSource::SetupIntent,
            PaymentSource::Checkout("payment"),
            PaymentSource::Subscription,
            PaymentSource::Invoice,
        ],
    ),
    (
        "semi_monthly",
        &[
            PaymentSource::PaymentMethod,
            PaymentSource::PaymentIntent,
            PaymentSource::Invoice,
        ],
    ),
    (
        "joint",
        &[
            PaymentSource::PaymentMethod,
            PaymentSource::SetupIntent,
            PaymentSource::Checkout("setup"),
        ],
    ),
    (
        "gig",
        &[
            PaymentSource::PaymentMethod,
            PaymentSource::PaymentIntent,
            PaymentSource::Subscription,
            PaymentSource::Invoice,
            PaymentSource::Checkout("subscription"),
        ],
    ),
    (
        "disconnected",
        &[PaymentSource::PaymentMethod, PaymentSource::PaymentIntent],
    ),
    ("no_transactions", &[PaymentSource::PaymentMethod]),
];

/// A kind of object that leads to one bank account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PaymentSource {
    PaymentMethod,
    PaymentIntent,
    SetupIntent,
    /// Of this mode.
    Checkout(&'static str),
    Subscription,
    Invoice,
}

#[derive(Debug, Default)]
struct Making {
    stocks: Stocks,
    handles: Vec<SampleHandle>,
    parties: Parties,
}

impl Making {
    fn all(today: NaiveDate) -> Self {
        let mut making = Self::default();
        for sample in applicants(today) {
            let identity = sample.application.applicants().first();
            let identity = identity.map(|applicant| applicant.identity.clone());
            making.person(sample.key, &identity.unwrap_or_default(), sample.accounts);
        }
        let created = super::life::midnight(today).timestamp();
        making.typed_by_hand(created);
        making.connected(today, created);
        making
    }

    /// A customer who linked these accounts in one session.
    fn person(&mut self, key: &'static str, identity: &Identity, linked: Vec<LinkedAccount>) {
        let Some(first) = linked.first().map(|linked| linked.account.clone()) else {
            return;
        };
        let party = Party {
            key,
            identity,
            created: first.created,
        };
        let ids: Vec<String> = linked.iter().map(|it| it.account.id.clone()).collect();
        self.parties.insert(key, ids.clone());
        let holder = json!({ "type": "customer", "customer": party.id("cus") });
        self.handle(None, party.customer(), "customer", &ids, "");
        self.session(None, &party, holder, &first, &ids);
        let more = MORE.iter().find(|(of, _)| *of == key);
        for kind in more.map_or(&[][..], |(_, kinds)| kinds) {
            self.payment(None, &party, *kind, Some(&first), "");
        }
        let stock = self.stocks.entry(None).or_default();
        stock.linked.extend(linked);
    }

    /// A customer who typed an account number, so that nothing was linked.
    fn typed_by_hand(&mut self, created: i64) {
        let identity = Identity {
            name: "Ruth Adler".to_owned(),
            email: Some("ruth.adler@example.com".to_owned()),
            ..Identity::default()
        };
        let party = Party {
            key: "manual",
            identity: &identity,
            created,
        };
        const NOTE: &str = "typed by hand: nothing is linked";
        self.parties.insert("manual", Vec::new());
        self.handle(None, party.customer(), "customer", &[], NOTE);
        let kinds = [
            PaymentSource::PaymentMethod,
            PaymentSource::PaymentIntent,
            PaymentSource::SetupIntent,
        ];
        for kind in kinds {
            self.payment(None, &party, kind, None, NOTE);
        }
    }

    /// Connected accounts of every type: one holds a bank account that the platform may read,
    /// one holds nothing that it may, and on one lives a customer of its own.
    fn connected(&mut self, today: NaiveDate, created: i64) {
        let identity = |name: &str, email: &str| Identity {
            name: name.to_owned(),
            email: Some(email.to_owned()),
            ..Identity::default()
        };
        let driver = identity("Dante Brooks", "dante.brooks@example.com");
        let party = |key, identity| Party {
            key,
            identity,
            created,
        };
        let express = party("express", &driver);
        let mut linked = stories::gig_checking("express", today);
        let holder = json!({ "type": "account", "account": express.id("acct") });
        linked.account.account_holder = Some(holder.clone());
        let ids = [linked.account.id.clone()];
        self.parties.insert("express", ids.to_vec());
        let note = "an Express account: the platform reads what it linked";
        self.handle(None, express.connected("express"), "account", &ids, note);
        self.session(None, &express, holder, &linked.account, &ids);
        self.stocks.entry(None).or_default().linked.push(linked);

        let shop = identity("Corner Store", "corner.store@example.com");
        let standard = party("standard", &shop);
        self.parties.insert("standard", Vec::new());
        let note = "a Standard account: the platform may not read what it linked";
        self.handle(None, standard.connected("standard"), "account", &[], note);

        let custom = party("custom", &shop);
        let note = "a Custom account with a customer of its own: see below";
        self.handle(None, custom.connected("custom"), "account", &[], note);
        let buyer = identity("Priya Nair", "priya.nair@example.com");
        let party = party("custom", &buyer);
        let linked = stories::semi_monthly_checking("custom", today);
        let home = Some(custom.id("acct"));
        let ids = [linked.account.id.clone()];
        self.parties.insert("custom", ids.to_vec());
        let holder = json!({ "type": "customer", "customer": party.id("cus") });
        self.handle(home.as_deref(), party.customer(), "customer", &ids, "");
        self.session(home.as_deref(), &party, holder, &linked.account, &ids);
        for kind in [PaymentSource::PaymentMethod, PaymentSource::PaymentIntent] {
            self.payment(home.as_deref(), &party, kind, Some(&linked.account), "");
        }
        self.stocks.entry(home).or_default().linked.push(linked);
    }

    fn handle(
        &mut self,
        home: Option<&str>,
        object: Value,
        kind: &'static str,
        accounts: &[String],
        note: &'static str,
    ) {
        let id = object.get("id").and_then(Value::as_str).unwrap_or("");
        self.handles.push(SampleHandle {
            id: id.to_owned(),
            object: kind,
            stripe_account: home.map(str::to_owned),
            accounts: accounts.to_vec(),
            note,
        });
        self.object(home, object);
    }

    fn object(&mut self, home: Option<&str>, object: Value) {
        let stock = self.stocks.entry(home.map(str::to_owned)).or_default();
        stock.objects.push(object);
    }

    /// An object that leads to one account, and the objects on the way that no handle names.
    fn payment(
        &mut self,
        home: Option<&str>,
        party: &Party<'_>,
        kind: PaymentSource,
        linked: Option<&Account>,
        note: &'static str,
    ) {
        let (name, object) = match kind {
            PaymentSource::PaymentMethod => ("payment_method", party.payment_method(linked)),
            PaymentSource::PaymentIntent => ("payment_intent", party.payment_intent()),
            PaymentSource::SetupIntent => ("setup_intent", party.setup_intent()),
            PaymentSource::Checkout(mode) => ("checkout.session", party.checkout(mode)),
            PaymentSource::Subscription => ("subscription", party.subscription()),
            PaymentSource::Invoice => {
                let key = party.key;
                let more = MORE.iter().find(|(of, _)| *of == key);
                let subscribed =
                    more.is_some_and(|(_, all)| all.contains(&PaymentSource::Subscription));
                self.object(home, party.invoice_payment());
                ("invoice", party.invoice(subscribed))
            }
        };
        let ids: Vec<String> = linked.iter().map(|account| account.id.clone()).collect();
        self.handle(home, object, name, &ids, note);
    }

    /// A session in which these accounts were linked.
    fn session(
        &mut self,
        home: Option<&str>,
        party: &Party<'_>,
        holder: Value,
        first: &Account,
        ids: &[String],
    ) {
        let session = Session {
            id: party.id("fcsess"),
            account_holder: Some(holder),
            accounts: BTreeSet::from_iter(ids.iter().cloned()),
            permissions: first.permissions.clone(),
            prefetch: Vec::new(),
            extra: Map::new(),
        };
        self.handles.push(SampleHandle {
            id: session.id.clone(),
            object: wire::SESSION,
            stripe_account: home.map(str::to_owned),
            accounts: ids.to_vec(),
            note: "",
        });
        let stock = self.stocks.entry(home.map(str::to_owned)).or_default();
        stock.sessions.push(session);
    }
}
