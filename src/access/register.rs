//! The grants that are known, and who is behind a credential.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, Utc};

use super::use_file::Uses;
use super::{ApiToken, Grant, Identity, Proof, TokenKey};
use crate::id::{TenantId, TokenId};

/// Why a credential is good for nothing. For the log alone: whoever calls is not told which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unknown {
    /// Nothing was shown.
    Missing,
    /// What was shown is no token.
    Malformed,
    /// There is no such grant.
    NotGranted,
    /// It ended.
    Expired,
    /// It was revoked.
    Revoked,
}

impl Unknown {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Missing,
        Self::Malformed,
        Self::NotGranted,
        Self::Expired,
        Self::Revoked,
    ];
}

/// A grant, and when it was last called with, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantUse {
    /// The grant.
    pub grant: Grant,
    /// To the second.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Every grant, in memory: a call waits for no disk. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Register(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    key: Option<TokenKey>,
    by_id: BTreeMap<TokenId, Arc<Entry>>,
    /// Found by a keyed hash, of which nobody outside knows how far it is the same as another.
    by_hash: BTreeMap<[u8; 32], Arc<Entry>>,
    by_subject: BTreeMap<String, Arc<Entry>>,
}

#[derive(Debug)]
struct Entry {
    grant: Grant,
    identity: Arc<Identity>,
    /// In seconds since 1970; 0 for never.
    last_used_at: AtomicI64,
}

impl Entry {
    fn identity(&self, now: DateTime<Utc>) -> Result<Arc<Identity>, Unknown> {
        if self.grant.revoked_at.is_some() {
            return Err(Unknown::Revoked);
        }
        if self.grant.is_expired(now) {
            return Err(Unknown::Expired);
        }
        self.last_used_at.store(now.timestamp(), Ordering::Relaxed);
        Ok(Arc::clone(&self.identity))
    }
}

impl Known {
    fn put(&mut self, grant: Grant, last_used_at: i64) {
        let entry = Arc::new(Entry {
            identity: Arc::new(grant.identity()),
            last_used_at: AtomicI64::new(last_used_at),
            grant,
        });
        let grant = &entry.grant;
        self.by_id.insert(grant.id.clone(), Arc::clone(&entry));
        match &grant.proof {
            Proof::Token(hash) => {
                self.by_hash.insert(*hash.as_bytes(), Arc::clone(&entry));
            }
            Proof::Certificate(subject) => {
                // One that is revoked does not hide one that was granted since.
                let other = self.by_subject.get(subject);
                let hides = other.is_some_and(|other| {
                    other.grant.id != grant.id && other.grant.revoked_at.is_none()
                });
                if !hides {
                    self.by_subject.insert(subject.clone(), Arc::clone(&entry));
                }
            }
        }
    }
}

impl Register {
    /// A register of these grants; `key` is what the tokens are hashed under, once there is one.
    pub fn new(key: Option<TokenKey>, grants: impl IntoIterator<Item = Grant>) -> Self {
        let mut known = Known {
            key,
            ..Known::default()
        };
        for grant in grants {
            known.put(grant, 0);
        }
        Self(Arc::new(RwLock::new(known)))
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key of the tokens.
    pub fn key(&self) -> Option<TokenKey> {
        self.read().key.clone()
    }

    /// Takes the key of the tokens, from the first that is created on.
    pub fn set_key(&self, key: TokenKey) {
        self.write().key = Some(key);
    }

    /// Takes a grant, or what became of it: from now on that is what holds.
    pub fn put(&self, grant: Grant) {
        let mut known = self.write();
        let before = known.by_id.get(&grant.id);
        let last = before.map_or(0, |entry| entry.last_used_at.load(Ordering::Relaxed));
        known.put(grant, last);
    }

    /// Whether nobody was ever granted anything.
    pub fn is_empty(&self) -> bool {
        self.read().by_id.is_empty()
    }

    /// Every tenant that was ever granted anything.
    pub fn tenants(&self) -> BTreeSet<TenantId> {
        let known = self.read();
        let tenants = known.by_id.values().map(|entry| entry.grant.tenant.clone());
        tenants.collect()
    }

    /// When each grant was last called with, of those that were.
    pub fn uses(&self) -> Uses {
        let known = self.read();
        let uses = known.by_id.iter().map(|(id, entry)| {
            let at = entry.last_used_at.load(Ordering::Relaxed);
            (id.clone(), at)
        });
        uses.filter(|(_, at)| *at != 0).collect()
    }

    /// Takes what is known of before, where nothing newer is.
    pub fn remember(&self, uses: &Uses) {
        let known = self.read();
        for (id, at) in uses {
            if let Some(entry) = known.by_id.get(id) {
                entry.last_used_at.fetch_max(*at, Ordering::Relaxed);
            }
        }
    }

    /// The grants of a tenant, oldest first.
    pub fn list(&self, tenant: &TenantId) -> Vec<GrantUse> {
        let known = self.read();
        // Ids are in the order of time.
        let own = known
            .by_id
            .values()
            .filter(|one| one.grant.tenant == *tenant);
        own.map(|entry| GrantUse {
            grant: entry.grant.clone(),
            last_used_at: match entry.last_used_at.load(Ordering::Relaxed) {
                0 => None,
                seconds => DateTime::from_timestamp(seconds, 0),
            },
        })
        .collect()
    }

    /// Who shows a token that reads so.
    ///
    /// # Errors
    ///
    /// Why it is good for nothing.
    pub fn by_token(&self, text: &str, now: DateTime<Utc>) -> Result<Arc<Identity>, Unknown> {
        let token = ApiToken::parse(text).map_err(|_| Unknown::Malformed)?;
        let known = self.read();
        let key = known.key.as_ref().ok_or(Unknown::NotGranted)?;
        let hash = key.hash(&token);
        let entry = known.by_hash.get(hash.as_bytes());
        // Compared once more as a whole, in a time that says nothing.
        let is_it = |entry: &&Arc<Entry>| matches!(&entry.grant.proof, Proof::Token(known) if *known == hash);
        let entry = entry.filter(is_it).ok_or(Unknown::NotGranted)?;
        entry.identity(now)
    }

    /// Who shows a client certificate with this subject, that the server proved.
    ///
    /// # Errors
    ///
    /// Why it is good for nothing.
    pub fn by_certificate(
        &self,
        subject: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Arc<Identity>, Unknown> {
        let subject = subject.ok_or(Unknown::Missing)?;
        let known = self.read();
        let entry = known.by_subject.get(subject).ok_or(Unknown::NotGranted)?;
        entry.identity(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Scope, Scopes};
    use crate::id::{IdentityName, OsEntropy};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn grant(number: u32, proof: Proof) -> Grant {
        Grant {
            id: TokenId::parse(&format!("tok_{number}")).unwrap(),
            tenant: TenantId::parse("acme").unwrap(),
            name: IdentityName::parse("los").unwrap(),
            scopes: Scopes::NONE.with(Scope::Read),
            proof,
            by: IdentityName::local(),
            created_at: at(0),
            expires_at: Some(at(60)),
            revoked_at: None,
        }
    }

    #[test]
    fn a_token_is_good_until_it_ends_or_is_revoked() {
        let key = TokenKey::generate(&OsEntropy).unwrap();
        let token = ApiToken::generate(&OsEntropy).unwrap();
        let one = grant(1, Proof::Token(key.hash(&token)));
        let register = Register::new(Some(key), [one.clone()]);
        let find = |second| register.by_token(token.expose(), at(second));
        assert_eq!(register.list(&one.tenant)[0].last_used_at, None);
        assert_eq!(*find(59).unwrap(), one.identity());
        assert_eq!(register.list(&one.tenant)[0].last_used_at, Some(at(59)));
        assert_eq!(find(60).unwrap_err(), Unknown::Expired);
        register.put(Grant {
            revoked_at: Some(at(5)),
            ..one
        });
        assert_eq!(find(6).unwrap_err(), Unknown::Revoked);
        let other = ApiToken::generate(&OsEntropy).unwrap();
        let unknown = register.by_token(other.expose(), at(0)).unwrap_err();
        assert_eq!(unknown, Unknown::NotGranted);
        let malformed = register.by_token("uwt_", at(0)).unwrap_err();
        assert_eq!(malformed, Unknown::Malformed);
    }

    #[test]
    fn a_certificate_is_known_by_its_subject_and_a_revoked_grant_hides_no_newer_one() {
        let proof = || Proof::Certificate("CN=los,O=Acme".to_owned());
        let one = grant(1, proof());
        let register = Register::new(None, [one.clone()]);
        let find = |subject| register.by_certificate(subject, at(1));
        assert!(find(Some("CN=los,O=Acme")).is_ok());
        assert_eq!(find(Some("CN=los")).unwrap_err(), Unknown::NotGranted);
        assert_eq!(find(None).unwrap_err(), Unknown::Missing);
        let revoked = Grant {
            revoked_at: Some(at(0)),
            ..one
        };
        register.put(revoked.clone());
        assert_eq!(find(Some("CN=los,O=Acme")).unwrap_err(), Unknown::Revoked);
        register.put(grant(2, proof()));
        register.put(revoked);
        assert!(find(Some("CN=los,O=Acme")).is_ok());
        assert!(!register.is_empty());
    }
}
