//! The life of a rule set on a server that runs: published, made active, rolled back, retired, and
//! told of.
//!
//! What decides is what the ledger says for the moment at which a request came. Nothing is swapped and
//! no timer runs: a request that came before goes on with the bundle that its intake pinned.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Inner, UnderwriteError, Underwriter};
use crate::access::audit::{Action, Origin};
use crate::id::{RuleSetName, TenantId};
use crate::ledger::{Activation, Ledger, Publication, StoredBundle, Switch, Timeline};
use crate::limits;
use crate::rules::{Bundle, BundleHash};

/// How a published version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It decides under its name.
    Live,
    /// It is to decide from then on.
    Scheduled(DateTime<Utc>),
    /// It does not decide, and is not to.
    Idle,
}

/// A page of what was published, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSetPage {
    /// Each version, and how it stands.
    pub versions: Vec<(Publication, Standing)>,
    /// Before which position in the chain the next page begins; `None` at the end.
    pub next: Option<u64>,
}

/// A page of what was said to decide under a name, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationPage {
    /// Each, and what became of it.
    pub said: Vec<Said>,
    /// Before which position in the chain the next page begins; `None` at the end.
    pub next: Option<u64>,
}

/// What became of what was said to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It decides.
    Now,
    /// It is to.
    Later,
    /// It did until then.
    Until(DateTime<Utc>),
    /// Something else was said before its time came.
    Never,
}

/// What was said to decide, with the version that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What was said.
    pub activation: Activation,
    /// The version; `None` where the name was retired.
    pub version: Option<String>,
    /// What became of it.
    pub held: Held,
}

/// What a start did with a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deployed {
    /// It decides from now on.
    Activated,
    /// It decides already.
    Live,
    /// It was published before, and the ledger says that something else decides: this version, or
    /// nothing.
    Other(Option<String>),
    /// It was published. Somebody else has to make it active.
    Waits,
}

/// The version of a rule set, as events of the audit log name it.
pub(super) fn object(name: &RuleSetName, version: &str) -> String {
    format!("{name} {version}")
}

fn stored(bundle: &Bundle) -> StoredBundle {
    StoredBundle {
        hash: bundle.hash(),
        name: bundle.name().clone(),
        version: bundle.version().to_owned(),
        bytes: bundle.bytes().to_vec(),
    }
}

fn standing(timeline: Option<&Timeline>, hash: BundleHash, now: DateTime<Utc>) -> Standing {
    let is_it = |activation: &&Activation| activation.bundle == Some(hash);
    let Some(timeline) = timeline else {
        return Standing::Idle;
    };
    if timeline.now(now).as_ref().is_some_and(is_it) {
        return Standing::Live;
    }
    let mut scheduled = timeline.scheduled(now).iter();
    let scheduled = scheduled.find(is_it);
    scheduled.map_or(Standing::Idle, |one| Standing::Scheduled(one.at))
}

/// What became of everything that holds, held, or is to, by its position in the chain.
fn held(timeline: &Timeline, now: DateTime<Utc>) -> BTreeMap<u64, Held> {
    let live = timeline.now(now).map(|said| said.seq);
    let nexts = timeline.all().iter().skip(1).map(Some).chain([None]);
    let became = timeline.all().iter().zip(nexts).map(|(said, next)| {
        let became = match next {
            _ if live == Some(said.seq) => Held::Now,
            Some(next) if said.has_come(now) => Held::Until(next.at),
            Some(_) | None => Held::Later,
        };
        (said.seq, became)
    });
    became.collect()
}

/// The versions of a tenant's bundles, each looked up once.
pub(super) struct Versions<'a> {
    ledger: &'a Arc<dyn Ledger>,
    tenant: &'a TenantId,
    known: BTreeMap<BundleHash, String>,
}

impl Versions<'_> {
    /// The version of a bundle; `None` of none.
    pub(super) async fn of(
        &mut self,
        bundle: Option<BundleHash>,
    ) -> Result<Option<String>, UnderwriteError> {
        let Some(hash) = bundle else {
            return Ok(None);
        };
        if let Some(version) = self.known.get(&hash) {
            return Ok(Some(version.clone()));
        }
        let published = self.ledger.publication(self.tenant, hash).await?;
        let published = published.ok_or(UnderwriteError::DamagedBundle { hash })?;
        self.known.insert(hash, published.version.clone());
        Ok(Some(published.version))
    }
}

impl Underwriter {
    /// Now, as records say it.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.parts.clock.now()
    }

    /// Publishes a rule set for the tenant of `by`, and how its decisions are laid out. The same again
    /// changes nothing: told is who published it first.
    pub async fn publish(
        &self,
        by: &Origin,
        bundle: &Bundle,
        note: &str,
    ) -> Result<Publication, UnderwriteError> {
        let tenant = &by.identity.tenant;
        let stored = stored(bundle);
        let (ledger, now) = (&self.0.parts.ledger, self.now());
        let event = by.event(
            Action::RuleSetPublish,
            object(&stored.name, &stored.version),
            now,
        );
        let published = ledger
            .publish(tenant, stored, note, now, Some(event))
            .await?;
        self.0.keep_layout(tenant, bundle).await?;
        // Whoever is the first to be decided by it does not wait for it.
        self.0.bundles.keep(bundle.clone());
        Ok(published)
    }

    /// Publishes a rule set and makes it the one that decides under its name, at once and whatever the
    /// setting of four eyes: for what this process itself begins with. Both or neither: a start that
    /// finds it published takes it for one that somebody else has to make active, or did.
    pub async fn activate(&self, by: &Origin, bundle: Bundle) -> Result<(), UnderwriteError> {
        let _turn = self.0.switching.lock().await;
        let (tenant, name, now) = (&by.identity.tenant, bundle.name(), self.now());
        let what = object(name, bundle.version());
        let events = [Action::RuleSetPublish, Action::RuleSetActivate]
            .map(|action| by.event(action, what.clone(), now));
        let ledger = &self.0.parts.ledger;
        let said = ledger.publish_and_switch(tenant, stored(&bundle), now, events);
        let said = said.await;
        // Also after an error: what was answered may still have been recorded.
        self.0.timelines.forget(tenant, name);
        said?;
        self.0.keep_layout(tenant, &bundle).await?;
        self.0.bundles.keep(bundle);
        Ok(())
    }

    /// Makes a published version the one that decides under its name, at once or from a time on.
    ///
    /// # Errors
    ///
    /// [`UnderwriteError::UnknownVersion`]; [`UnderwriteError::FourEyes`] where `by` published it and
    /// the settings want somebody else.
    pub async fn activate_version(
        &self,
        by: &Origin,
        (name, version): (&RuleSetName, &str),
        from: Option<DateTime<Utc>>,
    ) -> Result<Said, UnderwriteError> {
        let _turn = self.0.switching.lock().await;
        let tenant = &by.identity.tenant;
        let published = self.0.find_version(tenant, name, version).await?;
        if self.0.parts.four_eyes && published.by == by.identity.name {
            return Err(UnderwriteError::FourEyes {
                name: name.clone(),
                version: published.version,
                by: published.by,
            });
        }
        // What cannot be run any more is told now, and not to whoever asks for a decision.
        let bundle = self.0.bundle(tenant, published.hash).await?;
        self.0.keep_layout(tenant, &bundle).await?;
        let said = (name, Some((published.hash, published.version.as_str())));
        self.switch(by, Action::RuleSetActivate, said, from).await
    }

    /// Makes the version that decided before the one that decides again, at once. It did once, so
    /// four eyes have seen it.
    ///
    /// # Errors
    ///
    /// [`UnderwriteError::NothingBefore`].
    pub async fn roll_back(
        &self,
        by: &Origin,
        name: &RuleSetName,
    ) -> Result<Said, UnderwriteError> {
        let _turn = self.0.switching.lock().await;
        let tenant = &by.identity.tenant;
        let timeline = self.0.known_timeline(tenant, name).await?;
        let before = timeline.before(self.now());
        let nothing = || UnderwriteError::NothingBefore { name: name.clone() };
        let bundle = self.0.bundle(tenant, before.ok_or_else(nothing)?).await?;
        self.0.keep_layout(tenant, &bundle).await?;
        let said = (name, Some((bundle.hash(), bundle.version())));
        self.switch(by, Action::RuleSetRollBack, said, None).await
    }

    /// Retires a name: nothing decides under it from now on.
    pub async fn retire(&self, by: &Origin, name: &RuleSetName) -> Result<Said, UnderwriteError> {
        let _turn = self.0.switching.lock().await;
        self.0.known_timeline(&by.identity.tenant, name).await?;
        self.switch(by, Action::RuleSetRetire, (name, None), None)
            .await
    }

    /// Records what decides under a name. Whoever calls it has the turn.
    async fn switch(
        &self,
        by: &Origin,
        action: Action,
        (name, to): (&RuleSetName, Option<(BundleHash, &str)>),
        from: Option<DateTime<Utc>>,
    ) -> Result<Said, UnderwriteError> {
        let (tenant, now) = (&by.identity.tenant, self.now());
        let what = to.map_or_else(|| name.to_string(), |(_, version)| object(name, version));
        let event = by.event(action, what, now);
        let switch = Switch {
            name: name.clone(),
            bundle: to.map(|(hash, _)| hash),
            from,
            by: by.identity.name.clone(),
        };
        let ledger = &self.0.parts.ledger;
        let said = ledger.switch(tenant, switch, now, Some(event)).await;
        // Also after an error: what was answered may still have been recorded.
        self.0.timelines.forget(tenant, name);
        let activation = said?;
        Ok(Said {
            version: to.map(|(_, version)| version.to_owned()),
            held: if activation.has_come(now) {
                Held::Now
            } else {
                Held::Later
            },
            activation,
        })
    }

    /// A page of what was published, of one name where one is given, newest first.
    pub async fn rule_sets(
        &self,
        tenant: &TenantId,
        name: Option<&RuleSetName>,
        before: Option<u64>,
        page_size: usize,
    ) -> Result<RuleSetPage, UnderwriteError> {
        let (ledger, now) = (&self.0.parts.ledger, self.now());
        let more = page_size.saturating_add(1);
        let mut found = ledger.publications(tenant, name, before, more).await?;
        let is_more = found.len() > page_size;
        found.truncate(page_size);
        let timelines = ledger.timelines(tenant).await?;
        let next = found.last().filter(|_| is_more).map(|last| last.seq);
        let versions = found.into_iter().map(|published| {
            let standing = standing(timelines.get(&published.name), published.hash, now);
            (published, standing)
        });
        Ok(RuleSetPage {
            versions: versions.collect(),
            next,
        })
    }

    /// How a bundle stands under its name.
    pub async fn standing(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
        hash: BundleHash,
    ) -> Result<Standing, UnderwriteError> {
        let timeline = self.0.parts.ledger.timeline(tenant, name).await?;
        Ok(standing(Some(&timeline), hash, self.now()))
    }

    /// A published version as it was written: that which decides where none is named.
    pub async fn rule_set(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
        version: Option<&str>,
    ) -> Result<(Publication, Standing, StoredBundle), UnderwriteError> {
        let (ledger, now) = (&self.0.parts.ledger, self.now());
        let timeline = ledger.timeline(tenant, name).await?;
        let published = match version {
            Some(version) => self.0.find_version(tenant, name, version).await?,
            None => {
                let live = timeline.now(now).and_then(|said| said.bundle);
                let Some(hash) = live else {
                    return Err(self.0.not_active(tenant, name, &timeline).await?);
                };
                let published = ledger.publication(tenant, hash).await?;
                published.ok_or(UnderwriteError::DamagedBundle { hash })?
            }
        };
        let hash = published.hash;
        let stored = ledger.bundle(tenant, hash).await?;
        let stored = stored.ok_or(UnderwriteError::DamagedBundle { hash })?;
        Ok((published, standing(Some(&timeline), hash, now), stored))
    }

    /// A page of what was said to decide under a name, newest first, and what became of it.
    pub async fn activations(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
        before: Option<u64>,
        page_size: usize,
    ) -> Result<ActivationPage, UnderwriteError> {
        let (ledger, now) = (&self.0.parts.ledger, self.now());
        // Read once: what became of one is told by all of them.
        let all = ledger.activations(tenant, name).await?;
        let timeline = Timeline::of(all.iter().cloned());
        if all.is_empty() {
            return Err(self.0.not_active(tenant, name, &timeline).await?);
        }
        let held = held(&timeline, now);
        let newest = all.into_iter().rev();
        let mut page = newest.filter(|said| before.is_none_or(|before| said.seq < before));
        let mut versions = self.0.versions(tenant);
        let mut said = Vec::new();
        for activation in page.by_ref().take(page_size) {
            said.push(Said {
                version: versions.of(activation.bundle).await?,
                held: held.get(&activation.seq).copied().unwrap_or(Held::Never),
                activation,
            });
        }
        let is_more = page.next().is_some();
        let last = said.last().filter(|_| is_more);
        Ok(ActivationPage {
            next: last.map(|last| last.activation.seq),
            said,
        })
    }

    /// What decides of a timeline, and what is to.
    pub(super) async fn standing_said(
        &self,
        timeline: &Timeline,
        versions: &mut Versions<'_>,
    ) -> Result<Vec<Said>, UnderwriteError> {
        let now = self.now();
        let live = timeline.now(now).map(|said| (said, Held::Now));
        let scheduled = timeline.scheduled(now).iter();
        let scheduled = scheduled.map(|said| (said, Held::Later));
        let mut found = Vec::new();
        for (activation, held) in live.into_iter().chain(scheduled) {
            found.push(Said {
                activation: activation.clone(),
                version: versions.of(activation.bundle).await?,
                held,
            });
        }
        Ok(found)
    }

    /// Whether anything was ever said to decide for a tenant.
    pub async fn has_rule_sets(&self, tenant: &TenantId) -> Result<bool, UnderwriteError> {
        Ok(!self.0.parts.ledger.timelines(tenant).await?.is_empty())
    }

    /// Takes a rule file of a start: it is made active where nothing was ever said of its name, or where
    /// its version is new. Otherwise the ledger says what decides.
    ///
    /// # Errors
    ///
    /// [`crate::ledger::LedgerError::VersionPublished`] where the version is known with other content.
    pub async fn deploy(&self, by: &Origin, bundle: Bundle) -> Result<Deployed, UnderwriteError> {
        let (ledger, tenant) = (&self.0.parts.ledger, &by.identity.tenant);
        let timeline = ledger.timeline(tenant, bundle.name()).await?;
        let known = ledger.version(tenant, bundle.name(), bundle.version());
        let is_known = known.await?.is_some();
        let is_first = timeline.all().is_empty();
        if is_first || !is_known && !self.0.parts.four_eyes {
            self.activate(by, bundle).await?;
            return Ok(Deployed::Activated);
        }
        self.publish(by, &bundle, "").await?;
        if !is_known {
            return Ok(Deployed::Waits);
        }
        match timeline.now(self.now()).and_then(|said| said.bundle) {
            Some(live) if live == bundle.hash() => Ok(Deployed::Live),
            live => {
                let version = self.0.versions(tenant).of(live).await?;
                Ok(Deployed::Other(version))
            }
        }
    }

    /// Makes everything ready that decides or is to, as the ledger says: also what no file of a start
    /// names. One that cannot be read any more hinders no other.
    pub async fn make_ready(&self, tenant: &TenantId) -> Result<(), UnderwriteError> {
        let now = self.now();
        for (name, timeline) in self.0.parts.ledger.timelines(tenant).await? {
            let scheduled = timeline.scheduled(now).iter();
            let hashes = timeline.now(now).into_iter().chain(scheduled);
            for hash in hashes.filter_map(|said| said.bundle) {
                match self.0.bundle(tenant, hash).await {
                    Ok(bundle) => {
                        self.0.keep_layout(tenant, &bundle).await?;
                        let version = bundle.version();
                        tracing::info!(%tenant, %name, version, bundle = %hash, "as the ledger says");
                    }
                    Err(error @ UnderwriteError::DamagedBundle { .. }) => {
                        tracing::error!(code = error.code(), %tenant, %name, "{error}");
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }
}

impl Inner {
    /// The versions of a tenant's bundles, none of them looked up.
    pub(super) fn versions<'a>(&'a self, tenant: &'a TenantId) -> Versions<'a> {
        Versions {
            ledger: &self.parts.ledger,
            tenant,
            known: BTreeMap::new(),
        }
    }

    /// What was said of a name of which something was.
    pub(super) async fn known_timeline(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
    ) -> Result<Timeline, UnderwriteError> {
        let timeline = self.parts.ledger.timeline(tenant, name).await?;
        if timeline.all().is_empty() {
            return Err(self.not_active(tenant, name, &timeline).await?);
        }
        Ok(timeline)
    }

    /// Why nothing decides under a name.
    pub(super) async fn not_active(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
        timeline: &Timeline,
    ) -> Result<UnderwriteError, UnderwriteError> {
        let now = self.parts.clock.now();
        if timeline.now(now).is_some() {
            return Ok(UnderwriteError::RetiredRuleSet { name: name.clone() });
        }
        let timelines = self.parts.ledger.timelines(tenant).await?;
        let decides = |timeline: &Timeline| timeline.now(now).is_some_and(|it| it.bundle.is_some());
        let active = timelines
            .iter()
            .filter(|(_, timeline)| decides(timeline))
            .map(|(name, _)| name.as_str());
        Ok(UnderwriteError::unknown_rule_set(name.clone(), active))
    }

    pub(super) async fn find_version(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
        version: &str,
    ) -> Result<Publication, UnderwriteError> {
        let ledger = &self.parts.ledger;
        if let Some(published) = ledger.version(tenant, name, version).await? {
            return Ok(published);
        }
        let newest = ledger.publications(tenant, Some(name), None, 1).await?;
        if let Some(newest) = newest.into_iter().next() {
            return Err(UnderwriteError::UnknownVersion {
                name: name.clone(),
                version: version.to_owned(),
                newest: newest.version,
            });
        }
        let max = limits::PAGE_SIZE_MAX;
        let others = ledger.publications(tenant, None, None, max).await?;
        let names = others.iter().map(|one| one.name.as_str());
        Err(UnderwriteError::unpublished(name.clone(), names))
    }
}
