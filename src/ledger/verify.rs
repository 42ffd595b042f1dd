//! Proves a ledger: every record's place in the chain, its content, the row by which it is found, and
//! everything that it rests on; and that nothing is there beside.
//!
//! What can be proven apart is proven side by side, by as many views of the tables as there are
//! processors. What depends on an order is put together in that order, so that the same is told
//! however many there are.

mod chain;
mod record;
pub(super) mod report;
mod steps;

use std::collections::BTreeSet;

use self::chain::{Chain, Start};
use self::record::row_name;
use self::report::{ChainReport, Damage, Problems};
use self::steps::{STEP, Told, in_steps, walk};
use super::error::LedgerError;
use super::head::Head;
use super::store::{SnapshotRow, Views, look, to_row};
use super::types::Scope;
use crate::snapshot::{Sealed, SnapshotHash, unseal};

/// Walks the chain up to its present head.
pub(super) fn verify(
    views: &dyn Views,
    chain_id: &str,
    scope: &Scope,
    progress: &Told<'_>,
) -> Result<ChainReport, LedgerError> {
    let newest = look(views, |tables| tables.newest())?;
    let mut report = ChainReport::new(Head::new(chain_id, newest));
    let start = match &scope.since {
        None => Start::default(),
        Some(known) => match look(views, |tables| chain::start(tables, chain_id, known))? {
            Ok(start) => start,
            Err(problem) => {
                report.add(problem);
                return Ok(report);
            }
        },
    };
    report.since = scope.since.as_ref().map(|_| start.seq);
    let proof = Proof {
        views,
        scope,
        since: match report.since {
            Some(since) => Some(to_row(since)?),
            None => None,
        },
    };
    let chain = Chain::new(views, chain_id, scope, start, report.head.seq);
    let ((store, strays), (chain, (snapshots, snapshot_problems))) = rayon::join(
        || (proof.store(), proof.strays()),
        || rayon::join(|| chain.walk(progress), || proof.snapshots()),
    );
    chain.tell(&mut report);
    report.snapshots = snapshots;
    for found in [
        store,
        chain.problems,
        strays,
        snapshot_problems,
        chain.open_requests,
    ] {
        report.add_all(found);
    }
    Ok(report)
}

struct Proof<'a> {
    views: &'a dyn Views,
    scope: &'a Scope,
    /// Records up to here are taken as proven, if any are.
    since: Option<i64>,
}

impl Proof<'_> {
    /// The store's own check of its pages and indexes; they are of no record in particular.
    fn store(&self) -> Problems {
        walk("the database", |problems| {
            if self.scope.since.is_none() {
                for problem in look(self.views, |tables| tables.own_problems())? {
                    problems.add(Damage::Data, "the database", problem);
                }
            }
            Ok(())
        })
    }

    /// No row stands for a record that is not there.
    fn strays(&self) -> Problems {
        walk("the look-up tables", |problems| {
            let since = self.since.unwrap_or(i64::MIN);
            look(self.views, |tables| {
                for row in tables.stray_rows(since)? {
                    let damage = Damage::of(row.kind().as_str());
                    let problem = "there is no such record in the chain";
                    problems.add(damage, row_name(&row), problem);
                }
                let links = tables.stray_links(since)?.into_iter();
                for seq in links.collect::<BTreeSet<i64>>() {
                    let problem = "there is no such decision in the chain";
                    let row = format!("row {seq} of `decision_snapshots`");
                    problems.add(Damage::Data, row, problem);
                }
                for seq in tables.stray_resolutions(since)? {
                    let problem = "there is no such decision in the chain";
                    let row = format!("row {seq} of `resolutions`");
                    problems.add(Damage::Data, row, problem);
                }
                for seq in tables.stray_contents(since)? {
                    let problem = "there is no such record in the chain";
                    let row = format!("row {seq} of `contents`");
                    problems.add(Damage::Data, row, problem);
                }
                Ok(())
            })
        })
    }

    /// How many snapshots there are, and what is wrong with them.
    fn snapshots(&self) -> (u64, Problems) {
        let (views, tenant) = (self.views, self.scope.tenant.as_ref());
        let mut proven = 0_u64;
        let problems = walk("the snapshots", |problems| {
            in_steps(
                i64::MIN,
                |after| look(views, |tables| tables.snapshots_end(tenant, after, STEP)),
                |after, last| {
                    look(views, |tables| {
                        tables.snapshots(tenant, self.since, (after, last))
                    })
                    .map(|rows| rows.iter().map(snapshot_problems).collect::<Vec<_>>())
                },
                |found| {
                    for (name, found) in found? {
                        proven = proven.saturating_add(1);
                        for problem in found {
                            problems.add(Damage::Data, name.clone(), problem);
                        }
                    }
                    Ok(())
                },
            )
        });
        (proven, problems)
    }
}

/// How a snapshot is named, and what is wrong with it.
fn snapshot_problems(row: &SnapshotRow) -> (String, Vec<String>) {
    let Ok(hash) = <[u8; 32]>::try_from(row.hash.as_slice()) else {
        let name = format!("row {} of `snapshots`", row.row);
        return (name, vec!["it has no valid hash".to_owned()]);
    };
    let sealed = Sealed {
        hash: SnapshotHash::from_bytes(hash),
        bytes: row.bytes.clone(),
    };
    let mut problems = Vec::new();
    if let Err(error) = unseal(&sealed) {
        problems.push(error.to_string());
    }
    if !row.is_linked {
        problems.push("no decision rests on it".to_owned());
    }
    (format!("snapshot {}", sealed.hash), problems)
}
