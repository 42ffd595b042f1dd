//! How rule sets stand: what decides, what is to, what decides beside it, and what both came to in the
//! newest decisions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Inner, Said, UnderwriteError, Underwriter};
use crate::id::{RuleSetName, TenantId};
use crate::ledger::{Filter, ListOrder, Shadowing, Timeline};
use crate::limits;
use crate::portfolio::tally::{Counting, Tally, fired};
use crate::rules::BundleHash;

/// How a rule set stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSetStatus {
    /// Its name.
    pub name: RuleSetName,
    /// What decides, and what is to: at most one of what decides, which may be nothing.
    pub said: Vec<Said>,
    /// What the version that decides came to, among the newest decisions under the name. `None` where
    /// nothing decides, and where all rule sets are asked about.
    pub tally: Option<Tally>,
    /// What decides beside it.
    pub shadow: Option<ShadowStanding>,
}

/// How a rule set stands with its shadow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowStanding {
    /// What was said.
    pub shadowing: Shadowing,
    /// Its version.
    pub version: String,
    /// How it compares. `None` where nothing decides, and where all rule sets are asked about.
    pub compared: Option<Compared>,
}

/// What a shadow came to in the newest of the decisions beside which it decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// How often what decides came to which outcome, and the shadow to what: an outcome, or why it
    /// failed.
    pub counts: BTreeMap<(String, String), u64>,
    /// What the shadow came to where it did not fail.
    pub tally: Tally,
}

impl Underwriter {
    /// How the rule sets of a tenant stand, or one of them: of that also what it came to.
    pub async fn status(
        &self,
        tenant: &TenantId,
        name: Option<&RuleSetName>,
    ) -> Result<Vec<RuleSetStatus>, UnderwriteError> {
        let ledger = &self.0.parts.ledger;
        let timelines = match name {
            Some(name) => {
                let timeline = self.0.known_timeline(tenant, name).await?;
                BTreeMap::from([(name.clone(), timeline)])
            }
            None => ledger.timelines(tenant).await?,
        };
        let shadowings = ledger.shadowings(tenant).await?;
        let mut versions = self.0.versions(tenant);
        let mut all = Vec::new();
        for (of, timeline) in timelines {
            let said = self.standing_said(&timeline, &mut versions).await?;
            // Of all of them together it would be read without an end.
            let live = name.and_then(|_| self.live(&timeline));
            let tally = match live {
                Some(live) => Some(self.0.tally(tenant, &of, live).await?),
                None => None,
            };
            let shadow = match shadowings.get(&of) {
                Some(shadowing) => {
                    let version = versions.of(shadowing.bundle).await?;
                    self.0.shadow_of(tenant, live, shadowing, version).await?
                }
                None => None,
            };
            all.push(RuleSetStatus {
                name: of,
                said,
                tally,
                shadow,
            });
        }
        Ok(all)
    }

    fn live(&self, timeline: &Timeline) -> Option<BundleHash> {
        timeline.now(self.now()).and_then(|said| said.bundle)
    }
}

impl Inner {
    async fn shadow_of(
        &self,
        tenant: &TenantId,
        live: Option<BundleHash>,
        shadowing: &Shadowing,
        version: Option<String>,
    ) -> Result<Option<ShadowStanding>, UnderwriteError> {
        let Some((hash, version)) = shadowing.bundle.zip(version) else {
            return Ok(None);
        };
        let compared = match live {
            Some(live) => Some(self.compared(tenant, (live, hash)).await?),
            None => None,
        };
        Ok(Some(ShadowStanding {
            shadowing: shadowing.clone(),
            version,
            compared,
        }))
    }

    /// What a bundle came to among the newest decisions under a name. Those that settle a referral are
    /// left out: they are of an application that was decided before.
    async fn tally(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
        live: BundleHash,
    ) -> Result<Tally, UnderwriteError> {
        let bundle = self.bundle(tenant, live).await?;
        let mut counting = Counting::of_bundle(&bundle);
        let filter = Filter {
            rule_set: Some(name.clone()),
            ..Filter::default()
        };
        let mut after = None;
        let mut left = limits::TALLY_DECISIONS_MAX;
        while left > 0 {
            let size = left.min(limits::TALLY_PAGE_SIZE);
            let page = self
                .parts
                .ledger
                .list(tenant, &filter, ListOrder::NewestFirst, after, size)
                .await?;
            for record in &page.decisions {
                let is_of = record.body.pins.rule_set.bundle == live;
                if is_of && record.application.resolution().is_none() {
                    let fired = fired(&record.body.evaluation.reasons);
                    counting.add_at(record.envelope.recorded_at, record.body.outcome(), &fired);
                }
            }
            counting.add_damaged(page.damaged.len());
            after = page.next;
            left = match after {
                Some(_) => left.saturating_sub(size),
                None => 0,
            };
        }
        Ok(counting.finish())
    }

    /// How a bundle that decides and its shadow compare, over the newest decisions of both.
    async fn compared(
        &self,
        tenant: &TenantId,
        (live, shadow): (BundleHash, BundleHash),
    ) -> Result<Compared, UnderwriteError> {
        let bundle = self.bundle(tenant, shadow).await?;
        let mut counting = Counting::of_bundle(&bundle);
        let mut counts = BTreeMap::new();
        let ledger = Arc::clone(&self.parts.ledger);
        let mut before = None;
        let mut left = limits::TALLY_DECISIONS_MAX;
        while left > 0 {
            let size = left.min(limits::TALLY_PAGE_SIZE);
            let page = ledger.shadow_decisions(tenant, (live, shadow), before, size);
            let page = page.await?;
            for one in page.shadows {
                if let Some(outcome) = one.outcome() {
                    counting.add(one.recorded_at, outcome, &one.fired);
                }
                let both = (one.live_outcome.as_str().to_owned(), one.result);
                let count: &mut u64 = counts.entry(both).or_default();
                *count = count.saturating_add(1);
            }
            counting.add_damaged(page.damaged);
            before = page.next;
            left = match before {
                Some(_) => left.saturating_sub(size),
                None => 0,
            };
        }
        let tally = counting.finish();
        Ok(Compared { counts, tally })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::{Live, at, decision_id, intake, new_decision, tenant};
    use crate::ledger::{Ledger, ShadowDecision, ShadowResult};
    use crate::rules::{Bundle, Outcome};
    use crate::underwriter::tests::{house, stored, version};

    /// Records a decision, so many seconds after the first moment.
    async fn decide(ledger: &dyn Ledger, number: u32, outcome: Outcome, bundle: &Bundle) {
        let bundle = stored(bundle);
        ledger.reserve(intake(number, &bundle)).await.unwrap();
        let new = new_decision(number, outcome, &bundle);
        ledger.record(new).await.unwrap();
    }

    #[tokio::test]
    async fn the_newest_are_counted_at_the_limit_and_no_more() {
        let (underwriter, ledger) = house();
        let (live, beside) = (version(1), version(2));
        for bundle in [&beside, &live] {
            ledger
                .activate(&tenant(), stored(bundle), at(0), None)
                .await
                .unwrap();
        }
        let limit = u32::try_from(limits::TALLY_DECISIONS_MAX).unwrap();
        const { assert!(limits::TALLY_PAGE_SIZE < limits::TALLY_DECISIONS_MAX) };
        let shadow = |number: u32| ShadowDecision {
            tenant: tenant(),
            decision: decision_id(number),
            name: live.name().clone(),
            live: live.hash(),
            live_outcome: Outcome::Approve,
            bundle: beside.hash(),
            result: ShadowResult::Decided {
                outcome: if number == 1 {
                    Outcome::Decline
                } else {
                    Outcome::Refer
                },
                fired: Vec::new(),
            },
        };
        // The oldest, which is of another outcome, is beyond the limit in the end.
        for number in 1..=limit + 1 {
            let outcome = if number == 1 {
                Outcome::Decline
            } else {
                Outcome::Approve
            };
            decide(&*ledger, number, outcome, &live).await;
            if ![limit - 1, limit, limit + 1].contains(&number) {
                continue;
            }
            let (tenant, name) = (tenant(), live.name());
            let tally = underwriter.0.tally(&tenant, name, live.hash());
            let tally = tally.await.unwrap();
            assert_eq!(tally.decisions, u64::from(number.min(limit)));
            let first = if number > limit { 2 } else { 1 };
            assert_eq!(tally.period, Some((at(first), at(number.into()))));
            assert_eq!(tally.outcomes.contains_key(&Outcome::Decline), first == 1);
        }
        let all = (1..=limit + 1).map(shadow).collect();
        ledger.record_shadows(all, at(9_999)).await.unwrap();
        let both = (live.hash(), beside.hash());
        let compared = underwriter.0.compared(&tenant(), both).await.unwrap();
        assert_eq!(compared.tally.decisions, u64::from(limit));
        let outcomes = (Outcome::Approve.to_string(), Outcome::Refer.to_string());
        assert_eq!(
            compared.counts,
            BTreeMap::from([(outcomes, u64::from(limit))])
        );
    }
}
