//! The walk along the chain: each record follows the one before, and rests on what was published
//! before it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;

use super::record::{Proven, RestsOn, prove};
use super::report::{ChainReport, Damage, Problem, Problems, span};
use super::steps::{STEP, Told, in_steps, walk};
use crate::id::{DecisionId, IdempotencyKey, TenantId};
use crate::ledger::error::LedgerError;
use crate::ledger::head::KnownHead;
use crate::ledger::read;
use crate::ledger::record::envelope::{RecordHash, RecordKind};
use crate::ledger::record::intake::IntakeRow;
use crate::ledger::record::stored::StoredRecord;
use crate::ledger::store::{Rows, Tables, Views, look, to_row};
use crate::ledger::types::{Intake, Scope};
use crate::rules::BundleHash;

/// What the next record of a walk follows.
pub(super) struct Start {
    pub(super) seq: u64,
    hash: Vec<u8>,
    recorded_at: i64,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            seq: 0,
            hash: RecordHash::FIRST.as_bytes().to_vec(),
            recorded_at: i64::MIN,
        }
    }
}

/// The record that is known from elsewhere, or why the chain does not hold it.
pub(super) fn start(
    tables: &dyn Tables,
    chain_id: &str,
    known: &KnownHead,
) -> Rows<Result<Start, Problem>> {
    let found = match known {
        KnownHead::Kept(head) => match read::against(tables, chain_id, head)? {
            Some(problem) => return Ok(Err(problem)),
            None if head.seq == 0 => return Ok(Ok(Start::default())),
            None => tables.record(to_row(head.seq)?)?,
        },
        KnownHead::Hash(RecordHash::FIRST) => return Ok(Ok(Start::default())),
        KnownHead::Hash(hash) => match tables.position(*hash)? {
            Some(seq) => tables.record(seq)?,
            None => None,
        },
    };
    Ok(found
        .map(|record| Start {
            seq: record.seq,
            hash: record.hash,
            recorded_at: record.recorded_at,
        })
        .ok_or_else(|| Problem {
            damage: Damage::Chain,
            record: "the chain".to_owned(),
            problem: "it holds no record of the hash that was given".to_owned(),
        }))
}

/// The walk, with all that it counts and remembers.
pub(super) struct Chain<'a> {
    views: &'a dyn Views,
    chain_id: &'a str,
    scope: &'a Scope,
    /// Where it began, and where it ends.
    since: u64,
    end: u64,
    last: Start,
    /// The bundles that were published so far on the walk, with the names under which they decide:
    /// `None` where a record is too damaged to say.
    published: BTreeMap<(String, BundleHash), Option<String>>,
    /// Of whom and under which ids there were grants so far on the walk.
    granted: BTreeSet<(String, String)>,
    counts: Counts,
    pub(super) problems: Problems,
    pub(super) open_requests: Problems,
}

#[derive(Default)]
struct Counts {
    records: u64,
    decisions: u64,
    bundles: u64,
    held_back: u64,
    resumptions: Vec<u64>,
    oldest_at: Option<i64>,
}

impl<'a> Chain<'a> {
    pub(super) fn new(
        views: &'a dyn Views,
        chain_id: &'a str,
        scope: &'a Scope,
        start: Start,
        end: u64,
    ) -> Self {
        Self {
            views,
            chain_id,
            scope,
            since: start.seq,
            end,
            last: start,
            published: BTreeMap::new(),
            granted: BTreeSet::new(),
            counts: Counts::default(),
            problems: Problems::default(),
            open_requests: Problems::default(),
        }
    }

    /// Walks up to the end, and then looks at the requests that are open.
    pub(super) fn walk(mut self, progress: &Told<'_>) -> Self {
        self.problems = walk("the chain", |problems| self.records(problems, progress));
        self.open_requests = walk("the open requests", |problems| self.intakes(problems));
        self
    }

    /// Writes down what was counted.
    pub(super) fn tell(&self, report: &mut ChainReport) {
        let time = |seconds: i64| DateTime::from_timestamp(seconds, 0);
        report.records = self.counts.records;
        report.decisions = self.counts.decisions;
        report.bundles = self.counts.bundles;
        report.held_back = self.counts.held_back;
        report.resumptions.clone_from(&self.counts.resumptions);
        report.oldest_at = self.counts.oldest_at.and_then(time);
        report.newest_at = self.counts.oldest_at.and(time(self.last.recorded_at));
    }

    fn records(&mut self, problems: &mut Problems, progress: &Told<'_>) -> Rows<()> {
        let (views, chain_id, scope) = (self.views, self.chain_id, self.scope);
        let (since, end) = (self.since, self.end);
        let last = to_row(end)?;
        in_steps(
            to_row(since)?,
            |after| look(views, |tables| tables.records_end((after, last), STEP)),
            |after, last| {
                let mut proven = Vec::with_capacity(STEP);
                let whole = look(views, |tables| {
                    let tenant = scope.tenant.as_ref();
                    prove(tables, chain_id, tenant, (after, last), &mut proven)
                });
                (proven, whole)
            },
            |(proven, whole)| {
                for record in proven {
                    self.record(record, problems)?;
                }
                progress(
                    self.last.seq.saturating_sub(since),
                    end.saturating_sub(since),
                );
                whole
            },
        )
    }

    fn record(&mut self, proven: Proven, problems: &mut Problems) -> Rows<()> {
        let row = &proven.row;
        self.link(row, problems);
        problems.add_all(proven.problems);
        self.count(row, proven.time_held_back, proven.published);
        if let Some(rests_on) = proven.rests_on {
            self.bundle(row, &rests_on, problems)?;
        }
        if row.kind == RecordKind::Revocation.as_str() && !self.was_granted(row)? {
            let problem = "it revokes what was not granted before it";
            problems.add(Damage::Data, row.name(), problem);
        }
        problems.add_all(proven.problems_after);
        self.last = Start {
            seq: proven.row.seq,
            hash: proven.row.hash,
            recorded_at: proven.row.recorded_at,
        };
        Ok(())
    }

    /// The record follows the one before.
    fn link(&self, row: &StoredRecord, problems: &mut Problems) {
        let last = &self.last;
        let first_missing = last.seq.saturating_add(1);
        if row.seq != first_missing {
            let record = span(first_missing, row.seq.saturating_sub(1));
            problems.add(Damage::Chain, record, "missing from the chain");
        } else if row.previous != last.hash {
            let problem = "it does not follow the record before it";
            problems.add(Damage::Chain, row.name(), problem);
        }
        if row.recorded_at < last.recorded_at {
            problems.add(
                Damage::Clock,
                row.name(),
                "it was recorded earlier than the record before it",
            );
        }
    }

    fn count(&mut self, row: &StoredRecord, held_back: bool, published: Option<String>) {
        let counts = &mut self.counts;
        let add = |count: &mut u64| *count = count.saturating_add(1);
        add(&mut counts.records);
        counts.oldest_at = counts.oldest_at.or(Some(row.recorded_at));
        if held_back {
            add(&mut counts.held_back);
        }
        match RecordKind::parse(&row.kind) {
            Some(RecordKind::Decision) => add(&mut counts.decisions),
            Some(RecordKind::Resumption) => counts.resumptions.push(row.seq),
            Some(RecordKind::Bundle) => {
                add(&mut counts.bundles);
                if let Some(hash) = BundleHash::parse(&row.id) {
                    self.published.insert((row.tenant.clone(), hash), published);
                }
            }
            Some(RecordKind::Grant) => {
                self.granted.insert((row.tenant.clone(), row.id.clone()));
            }
            Some(
                RecordKind::Activation
                | RecordKind::Layout
                | RecordKind::Revocation
                | RecordKind::Audit
                | RecordKind::Shadowing
                | RecordKind::Shadow
                | RecordKind::Override
                | RecordKind::LoanPerformance
                | RecordKind::Notice,
            )
            | None => {}
        }
    }

    /// What a record revokes was granted so far: on the walk, or before it began.
    fn was_granted(&self, row: &StoredRecord) -> Rows<bool> {
        let key = (row.tenant.clone(), row.id.clone());
        if self.granted.contains(&key) {
            return Ok(true);
        }
        if self.since == 0 {
            return Ok(false);
        }
        let grants = look(self.views, |tables| tables.of_kind(RecordKind::Grant))?;
        let is_it = |grant: &StoredRecord| {
            grant.seq <= self.since && grant.tenant == row.tenant && grant.id == row.id
        };
        Ok(grants.iter().any(is_it))
    }

    /// A bundle that a record rests on was published before it, under that name.
    fn bundle(
        &mut self,
        row: &StoredRecord,
        rests_on: &RestsOn,
        problems: &mut Problems,
    ) -> Rows<()> {
        let Some(hash) = BundleHash::from_slice(&rests_on.bundle) else {
            problems.add(Damage::Data, row.name(), "its bundle has no valid hash");
            return Ok(());
        };
        let (damage, problem) = match (self.published(&row.tenant, hash, problems)?, &rests_on.name)
        {
            (None, _) => (
                Damage::Bundle,
                format!("its bundle {hash} was not published before it"),
            ),
            (Some(Some(published)), Some(name)) if published != name => (
                Damage::of(&row.kind),
                format!("its bundle {hash} was published under another name"),
            ),
            (Some(_), _) => return Ok(()),
        };
        problems.add(damage, row.name(), problem);
        Ok(())
    }

    /// A bundle that was published so far: on the walk, or before it began, and then it is proven now.
    fn published(
        &mut self,
        tenant: &str,
        hash: BundleHash,
        problems: &mut Problems,
    ) -> Rows<Option<&Option<String>>> {
        let key = (tenant.to_owned(), hash);
        if self.since > 0
            && !self.published.contains_key(&key)
            && let Ok(tenant) = TenantId::parse(tenant)
        {
            let since = to_row(self.since)?;
            let found = look(self.views, |tables| match tables.bundle(&tenant, hash)? {
                Some(row) if row.seq <= since => {
                    read::published(tables, self.chain_id, &row).map(Some)
                }
                Some(_) | None => Ok(None),
            });
            match found {
                Ok(None) => {}
                Ok(Some((_, bundle))) => {
                    let name = bundle.name.as_str().to_owned();
                    self.published.insert(key.clone(), Some(name));
                }
                Err(LedgerError::Damaged { record, problem }) => {
                    problems.add(Damage::Data, record, problem);
                    self.published.insert(key.clone(), None);
                }
                Err(other) => return Err(other),
            }
        }
        Ok(self.published.get(&key))
    }

    fn intakes(&mut self, problems: &mut Problems) -> Rows<()> {
        let (views, tenant) = (self.views, self.scope.tenant.as_ref());
        let mut last = i64::MIN;
        loop {
            let rows = look(views, |tables| tables.intakes(tenant, last, STEP))?;
            let Some(newest) = rows.last() else {
                return Ok(());
            };
            last = newest.row;
            for row in &rows {
                match self.intake_problem(row, problems) {
                    Ok(None) => {}
                    Ok(Some(problem)) => problems.add(Damage::Data, row.name(), problem),
                    Err(LedgerError::Damaged { record, problem }) => {
                        problems.add(Damage::Data, record, problem);
                    }
                    Err(other) => return Err(other),
                }
            }
        }
    }

    fn intake_problem(
        &mut self,
        row: &IntakeRow,
        problems: &mut Problems,
    ) -> Rows<Option<&'static str>> {
        let intake = match row.pending {
            Some(_) => row.read_pending()?.intake,
            None => row.read()?,
        };
        let Intake { tenant, key, .. } = &intake;
        let both = look(self.views, |tables| {
            let decided = is_decided(tables, tenant, key, &intake.decision)?;
            // It may have been decided since it was read, and is then open no more.
            Ok(decided && tables.intake(tenant, key)?.is_some())
        });
        if both? {
            return Ok(Some("it is decided, and still open"));
        }
        let published = self.published(tenant.as_str(), intake.bundle, problems)?;
        Ok(match published {
            None => Some("its bundle is not published"),
            Some(Some(name)) if name != intake.rule_set.as_str() => {
                Some("its bundle is another rule set's")
            }
            Some(_) => None,
        })
    }
}

fn is_decided(
    tables: &dyn Tables,
    tenant: &TenantId,
    key: &IdempotencyKey,
    id: &DecisionId,
) -> Rows<bool> {
    Ok(tables.decision_by_key(tenant, key)?.is_some() || tables.decision(tenant, id)?.is_some())
}
