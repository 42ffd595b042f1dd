//! Grants in the ledger of a program that does not run, as they were made some days ago.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use underwrite::access::audit::Origin;
use underwrite::access::{Grant, Scopes};
use underwrite::clock::ManualClock;
use underwrite::id::{IdentityName, OsEntropy, TenantId, TokenId};
use underwrite::ledger::SqliteLedger;
use underwrite::service::{Authority, NewGrant};

use super::super::harness::now;
use super::super::process::Workspace;

/// Has the ledger until it is dropped.
pub(super) struct Granting(Authority);

impl Granting {
    pub(super) async fn new(workspace: &Workspace) -> Self {
        let ledger = SqliteLedger::open(&workspace.ledger(), &OsEntropy).unwrap();
        let key = workspace.data.path().join("token.key");
        let clock = Arc::new(ManualClock::new(now() - Duration::days(2)));
        let authority = Authority::open(Arc::new(ledger), &key, clock, None).await;
        Self(authority.unwrap())
    }

    async fn grant(&self, tenant: &str, new: NewGrant) -> (Grant, Option<String>) {
        let by = Origin::local(TenantId::parse(tenant).unwrap());
        let (grant, token) = self.0.create(&by, new).await.unwrap();
        (grant, token.map(|token| token.expose().to_owned()))
    }

    /// A token of a tenant, and its id.
    pub(super) async fn token(
        &self,
        tenant: &str,
        scopes: Scopes,
        expires_at: Option<DateTime<Utc>>,
    ) -> (TokenId, String) {
        let new = NewGrant {
            name: IdentityName::parse("tester").unwrap(),
            scopes,
            expires_at,
            certificate: None,
        };
        let (grant, token) = self.grant(tenant, new).await;
        (grant.id, token.unwrap())
    }

    /// A grant that a client certificate with this subject shows.
    pub(super) async fn certificate(
        &self,
        tenant: &str,
        scopes: Scopes,
        expires_at: Option<DateTime<Utc>>,
        subject: &str,
    ) -> TokenId {
        let new = NewGrant {
            name: IdentityName::parse("tester").unwrap(),
            scopes,
            expires_at,
            certificate: Some(subject.to_owned()),
        };
        self.grant(tenant, new).await.0.id
    }

    pub(super) async fn revoke(&self, tenant: &str, id: &TokenId) {
        let by = Origin::local(TenantId::parse(tenant).unwrap());
        assert!(self.0.revoke(&by, id).await.unwrap().is_some());
    }
}
