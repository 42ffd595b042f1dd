//! Made-up applicants of many kinds, and the bank that knows their accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use underwrite::application::{
    Application, Draft, DraftApplicant, DraftTerm, Identity, RepaymentFrequency, Role, TermUnit,
};
use underwrite::corpus;
use underwrite::id::{AccountId, ApplicantId, ApplicationId, ConnectedAccountId, Handle};
use underwrite::money::{Currency, Money};
use underwrite::snapshot::Fetched;
use underwrite::stripe::{
    FetchRequest, NotLinkedReason, Resolved, Source, StripeError, read_stored,
};

const SEED: u64 = 14;

/// A made-up applicant.
pub(crate) struct Person {
    /// When they apply.
    pub(crate) at: DateTime<Utc>,
    name: String,
    accounts: Vec<Fetched>,
}

impl Person {
    pub(crate) fn new(position: u32) -> Self {
        let case = corpus::applicant(SEED, position);
        let at = case.labels.decided_at();
        Self {
            at,
            name: case.labels.name.clone(),
            accounts: read_stored(&case.bank, at).unwrap(),
        }
    }

    /// An application for so many dollars.
    pub(crate) fn asking(&self, dollars: i64) -> Arc<Application> {
        let accounts = self.accounts.iter().map(|one| Some(one.account.id.clone()));
        let draft = Draft {
            id: Some(ApplicationId::parse("bench").unwrap()),
            product: "personal_loan".to_owned(),
            requested_amount: Some(Money::new(dollars * 100, Currency::USD)),
            term: Some(DraftTerm {
                count: 12,
                unit: Some(TermUnit::Months),
            }),
            repayment_frequency: Some(RepaymentFrequency::Monthly),
            applicants: vec![DraftApplicant {
                id: Some(ApplicantId::parse("p1").unwrap()),
                role: Some(Role::Primary),
                identity: Some(Identity {
                    name: self.name.clone(),
                    ..Identity::default()
                }),
                account_ids: accounts.collect(),
                handles: Vec::new(),
            }],
            ..Draft::default()
        };
        Arc::new(draft.check().unwrap())
    }
}

/// The bank of these people.
pub(crate) struct Bank(BTreeMap<AccountId, Fetched>);

impl Bank {
    pub(crate) fn of(people: &[Person]) -> Self {
        let accounts = people.iter().flat_map(|person| &person.accounts);
        Self(
            accounts
                .map(|one| (one.account.id.clone(), one.clone()))
                .collect(),
        )
    }
}

#[async_trait]
impl Source for Bank {
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
            why: NotLinkedReason::TypedByHand,
        })
    }

    async fn fetch(&self, wanted: &FetchRequest) -> Result<Fetched, StripeError> {
        Ok(self.0.get(&wanted.account).unwrap().clone())
    }
}
