//! Who is behind a call, and who is granted what.

mod refusals;

use std::convert::Infallible;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use prometheus_client::registry::Registry;
use thiserror::Error;
use tokio::sync::Mutex;

use self::refusals::Refusals;
use crate::access::audit::{Action, Origin};
use crate::access::use_file::{self, Uses};
use crate::access::{
    ApiToken, Grant, GrantUse, Identity, KeyFileError, Proof, Register, Scopes, TokenKey, Unknown,
};
use crate::clock::{Clock, SystemClock};
use crate::id::{Entropy, EntropyError, IdentityName, OsEntropy, TenantId, TokenId};
use crate::ledger::{Ledger, LedgerError};
use crate::limits;

/// What somebody is to be granted.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// Who.
    pub name: IdentityName,
    /// What they may do.
    pub scopes: Scopes,
    /// When it ends by itself; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// The subject of the client certificate that shows it; `None` for a token.
    pub certificate: Option<String>,
}

/// Nothing was granted or revoked.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The key of the tokens cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// This server keeps no grants.
    #[error("this server keeps no grants")]
    NoGrants,
}

/// Knows callers, and grants and revokes. Clones are the same one.
#[derive(Clone)]
pub struct Authority(Arc<Inner>);

struct Inner {
    register: Register,
    /// Who calls from this machine without anything to show.
    local: Arc<Identity>,
    /// Whether they may: `None` for as long as nobody was granted anything.
    allow_local: Option<bool>,
    clock: Arc<dyn Clock>,
    keeper: Option<Keeper>,
    refusals: Refusals,
}

/// Where grants are kept.
struct Keeper {
    ledger: Arc<dyn Ledger>,
    key_file: PathBuf,
    /// One at a time: the first makes the key.
    turn: Mutex<()>,
    /// When grants were last called with, as their file has it.
    uses: std::sync::Mutex<Uses>,
}

impl Keeper {
    fn new(ledger: Arc<dyn Ledger>, key_file: &Path) -> Self {
        Self {
            ledger,
            key_file: key_file.to_owned(),
            turn: Mutex::default(),
            uses: std::sync::Mutex::default(),
        }
    }
}

/// Where it is kept when grants were last called with: beside the key.
fn uses_file(key_file: &Path) -> PathBuf {
    key_file.with_extension("uses")
}

/// What is kept there. Without it grants are as good.
fn load_uses(key_file: &Path) -> Uses {
    let file = uses_file(key_file);
    use_file::load(&file).unwrap_or_else(|error| {
        tracing::warn!(file = %file.display(), %error, "when tokens were last used cannot be read");
        Uses::default()
    })
}

impl Authority {
    /// The authority over a ledger's grants. `key_file` keeps the key of the tokens, from the first
    /// token on; `allow_local` says whether a caller on this machine needs nothing to show, and
    /// `None` that it needs nothing as long as nobody was ever granted anything.
    ///
    /// # Errors
    ///
    /// Where the grants cannot be read, or there are tokens in use and no key, or another one, to know
    /// them by.
    pub async fn open(
        ledger: Arc<dyn Ledger>,
        key_file: &Path,
        clock: Arc<dyn Clock>,
        allow_local: Option<bool>,
    ) -> Result<Self, AuthorityError> {
        let grants = ledger.grants().await?;
        let key = TokenKey::load(key_file)?;
        let now = clock.now();
        let mut in_use = grants.iter().filter_map(|grant| match &grant.proof {
            Proof::Token(hash) if grant.revoked_at.is_none() && !grant.is_expired(now) => {
                Some(hash)
            }
            Proof::Token(_) | Proof::Certificate(_) => None,
        });
        let unfit = match &key {
            None => in_use
                .next()
                .map(|_| KeyFileError::Missing(key_file.to_owned())),
            Some(key) => in_use
                .find(|hash| !key.is_of(hash))
                .map(|_| KeyFileError::Other(key_file.to_owned())),
        };
        if let Some(unfit) = unfit {
            return Err(unfit.into());
        }
        let (register, uses) = (Register::new(key, grants), load_uses(key_file));
        register.remember(&uses);
        let keeper = Keeper {
            uses: uses.into(),
            ..Keeper::new(ledger, key_file)
        };
        Ok(Self::of(register, clock, allow_local, Some(keeper)))
    }

    /// An authority that grants nothing and takes whoever is on this machine.
    pub fn of_this_machine() -> Self {
        Self::unkept(Register::default())
    }

    /// The same for whoever only lists: it needs no key.
    ///
    /// # Errors
    ///
    /// Where the grants cannot be read.
    pub async fn open_to_list(
        ledger: &dyn Ledger,
        key_file: &Path,
    ) -> Result<Self, AuthorityError> {
        let register = Register::new(None, ledger.grants().await?);
        register.remember(&load_uses(key_file));
        Ok(Self::unkept(register))
    }

    /// The same for whoever only revokes: so tokens can be ended whose key is lost.
    ///
    /// # Errors
    ///
    /// Where the grants cannot be read.
    pub async fn open_to_revoke(
        ledger: Arc<dyn Ledger>,
        key_file: &Path,
    ) -> Result<Self, AuthorityError> {
        let register = Register::new(None, ledger.grants().await?);
        let keeper = Keeper::new(ledger, key_file);
        Ok(Self::of(
            register,
            Arc::new(SystemClock),
            None,
            Some(keeper),
        ))
    }

    fn unkept(register: Register) -> Self {
        Self::of(register, Arc::new(SystemClock), None, None)
    }

    fn of(
        register: Register,
        clock: Arc<dyn Clock>,
        allow_local: Option<bool>,
        keeper: Option<Keeper>,
    ) -> Self {
        Self(Arc::new(Inner {
            register,
            local: Arc::new(Identity::local(TenantId::default_tenant())),
            allow_local,
            clock,
            keeper,
            refusals: Refusals::default(),
        }))
    }

    /// What time it is here.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// Whether a caller on this machine needs nothing to show.
    pub fn allows_local(&self) -> bool {
        let inner = &self.0;
        inner
            .allow_local
            .unwrap_or_else(|| inner.register.is_empty())
    }

    /// Whether somebody was ever granted anything.
    pub fn has_grants(&self) -> bool {
        !self.0.register.is_empty()
    }

    /// Every tenant that there is: those that were ever granted anything, and that of callers on
    /// this machine.
    pub fn tenants(&self) -> Vec<TenantId> {
        let mut tenants = self.0.register.tenants();
        tenants.insert(self.0.local.tenant.clone());
        tenants.into_iter().collect()
    }

    /// Who calls: by the token that is shown, else by the subject of the client certificate, else
    /// because they are on this machine.
    ///
    /// # Errors
    ///
    /// Where that is nobody who may call; why is counted for the audit log, and told in the log now and
    /// then.
    pub fn identify(
        &self,
        token: Option<&str>,
        certificate: Option<&str>,
        peer: Option<IpAddr>,
    ) -> Result<Arc<Identity>, Unknown> {
        let found = self.find(token, certificate, peer);
        if let Err(unknown) = found {
            self.0.refusals.unknown(unknown, peer);
        }
        found
    }

    fn find(
        &self,
        token: Option<&str>,
        certificate: Option<&str>,
        peer: Option<IpAddr>,
    ) -> Result<Arc<Identity>, Unknown> {
        let (register, now) = (&self.0.register, self.0.clock.now());
        if let Some(token) = token {
            return register.by_token(token, now);
        }
        let by_certificate = register.by_certificate(certificate, now);
        let is_local = peer.is_some_and(|peer| peer.to_canonical().is_loopback());
        match by_certificate {
            Err(Unknown::Missing | Unknown::NotGranted) if is_local && self.allows_local() => {
                Ok(Arc::clone(&self.0.local))
            }
            found => found,
        }
    }

    /// Counts a call of somebody who is known and may not make it, for the audit log.
    pub fn denied(&self, identity: &Identity, peer: Option<IpAddr>) {
        self.0.refusals.denied(identity, peer);
    }

    /// Shows in a registry how many calls were refused.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.0.refusals.register(registry);
    }

    /// Writes down what is only in memory after each `interval`: into the audit log, which calls were
    /// refused, and now and then when grants were last called with. Never ends; whoever serves runs it
    /// beside.
    pub(super) async fn write_down_every(&self, interval: Duration) -> Infallible {
        loop {
            tokio::time::sleep(interval).await;
            self.record_refused().await;
            self.keep_uses(limits::TOKEN_USE_INTERVAL).await;
        }
    }

    /// The same once, of everything: for the end.
    pub async fn write_down(&self) {
        self.record_refused().await;
        self.keep_uses(Duration::ZERO).await;
    }

    /// Keeps when grants were last called with, if one was that much later than is kept.
    async fn keep_uses(&self, later: Duration) {
        let Some(keeper) = &self.0.keeper else {
            return;
        };
        let uses = self.0.register.uses();
        let later = i64::try_from(later.as_secs()).unwrap_or(i64::MAX);
        let is_due = |kept: &Uses| {
            let mut uses = uses.iter();
            uses.any(|(id, at)| {
                kept.get(id)
                    .is_none_or(|kept| at.saturating_sub(*kept) > later)
            })
        };
        if !is_due(&keeper.uses.lock().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let (file, written) = (uses_file(&keeper.key_file), uses.clone());
        let shown = file.display().to_string();
        let stored = tokio::task::spawn_blocking(move || use_file::store(&file, &written)).await;
        match stored {
            Ok(Ok(())) => *keeper.uses.lock().unwrap_or_else(PoisonError::into_inner) = uses,
            Ok(Err(error)) => {
                tracing::warn!(file = shown, %error, "when tokens were last used is not kept");
            }
            // The process ends.
            Err(_) => {}
        }
    }

    /// Writes into the audit log which calls were refused since it was last done.
    async fn record_refused(&self) {
        let inner = &self.0;
        let events = inner.refusals.take(inner.clock.now(), &inner.local.tenant);
        let Some(keeper) = inner.keeper.as_ref().filter(|_| !events.is_empty()) else {
            return;
        };
        let calls: u64 = events.iter().map(|event| event.count).sum();
        if let Err(error) = keeper.ledger.audit(events).await {
            // Refused they are all the same, and the metric counts them.
            let code = error.code();
            tracing::error!(code, calls, %error, "refused calls are not in the audit log");
        }
    }

    /// Grants something within the tenant of `by`. Gives the token too, unless a certificate shows
    /// the grant: this once.
    ///
    /// # Errors
    ///
    /// Nothing was granted.
    pub async fn create(
        &self,
        by: &Origin,
        new: NewGrant,
    ) -> Result<(Grant, Option<ApiToken>), AuthorityError> {
        let (inner, entropy) = (&self.0, OsEntropy);
        let keeper = inner.keeper.as_ref().ok_or(AuthorityError::NoGrants)?;
        let _turn = keeper.turn.lock().await;
        let (token, proof) = match new.certificate {
            Some(subject) => (None, Proof::Certificate(subject)),
            None => {
                let token = ApiToken::generate(&entropy)?;
                let hash = self.key(keeper, &entropy)?.hash(&token);
                (Some(token), Proof::Token(hash))
            }
        };
        let now = inner.clock.now();
        let grant = Grant {
            id: TokenId::generate(now, &entropy)?,
            tenant: by.identity.tenant.clone(),
            name: new.name,
            scopes: new.scopes,
            proof,
            by: by.identity.name.clone(),
            created_at: now.trunc_subsecs(0),
            expires_at: new.expires_at.map(|end| end.trunc_subsecs(0)),
            revoked_at: None,
        };
        let event = by.event(Action::TokenCreate, grant.id.as_str(), now);
        let grant = keeper.ledger.grant(grant, Some(event)).await?;
        inner.register.put(grant.clone());
        Ok((grant, token))
    }

    /// The key of the tokens; the first who asks for it makes it.
    fn key(&self, keeper: &Keeper, entropy: &dyn Entropy) -> Result<TokenKey, AuthorityError> {
        if let Some(key) = self.0.register.key() {
            return Ok(key);
        }
        let key = TokenKey::create(&keeper.key_file, entropy)?;
        self.0.register.set_key(key.clone());
        Ok(key)
    }

    /// Every grant of a tenant, oldest first.
    pub fn list(&self, tenant: &TenantId) -> Vec<GrantUse> {
        self.0.register.list(tenant)
    }

    /// Ends a grant of the tenant of `by`; `None` where there is none of that name.
    ///
    /// # Errors
    ///
    /// It was not revoked.
    pub async fn revoke(&self, by: &Origin, id: &TokenId) -> Result<Option<Grant>, AuthorityError> {
        let keeper = self.0.keeper.as_ref().ok_or(AuthorityError::NoGrants)?;
        let _turn = keeper.turn.lock().await;
        let (of_it, now) = ((&by.identity.tenant, id), self.0.clock.now());
        let event = by.event(Action::TokenRevoke, id.as_str(), now);
        let revoked = keeper
            .ledger
            .revoke(of_it, &by.identity.name, now, Some(event))
            .await?;
        if let Some(grant) = &revoked {
            self.0.register.put(grant.clone());
        }
        Ok(revoked)
    }
}
