//! What a proof of the ledger found, as it is shown.

use serde_json::{Value, json};

use super::Exit;
use super::text::{GREEN, RED, counted, paint};
use crate::ledger::{ChainReport, Head, Ledger, LedgerError, Problem, Progress, Scope};

/// Proves the chain, and that it holds the head that was kept, if one was.
pub(super) async fn prove(
    ledger: &dyn Ledger,
    scope: Scope,
    kept: Option<&Head>,
    progress: Progress,
) -> Result<ChainReport, LedgerError> {
    let mut report = ledger.verify(scope, progress).await?;
    if let Some(kept) = kept
        && let Some(problem) = ledger.against(kept).await?
    {
        report.add(problem);
    }
    Ok(report)
}

/// What the proof found, as a person reads it.
pub(super) fn chain_lines(chain: &ChainReport) -> Vec<String> {
    let count = |number: u64, one: &str, many: &str| {
        counted(usize::try_from(number).unwrap_or(usize::MAX), one, many)
    };
    let records = count(chain.records, "record", "records");
    let decisions = count(chain.decisions, "decision", "decisions");
    if chain.is_sound() {
        let snapshots = count(chain.snapshots, "snapshot", "snapshots");
        let bundles = count(chain.bundles, "rule set", "rule sets");
        let intact = paint(GREEN, "chain intact:");
        let mut lines = vec![
            format!("{intact} {records}: {decisions} on {snapshots}, {bundles}"),
            format!("  {} ends with {}", chain.head.chain_id, chain.head.hash),
        ];
        if let Some(since) = chain.since {
            lines.push(format!(
                "  only what came after record {since} was proven: what was before it, and the file as \
                 a whole, was not"
            ));
        }
        for seq in &chain.resumptions {
            lines.push(format!(
                "  record {seq} went on from a backup: what was recorded after that backup is lost"
            ));
        }
        if chain.held_back > 0 {
            let held_back = count(chain.held_back, "record", "records");
            lines.push(format!(
                "  {held_back} marked: the clock was behind the record before"
            ));
        }
        return lines;
    }
    let problems = count(chain.problems_total, "problem", "problems");
    let found = format!("chain damaged: {problems} found in {records}");
    let mut lines = vec![paint(RED, &found)];
    lines.extend(problem_lines(&chain.problems));
    lines
}

/// What the proof found, as a program reads it.
pub(super) fn chain_json(chain: &ChainReport) -> Value {
    json!({
        "sound": chain.is_sound(),
        "head": chain.head,
        "records": chain.records,
        "decisions": chain.decisions,
        "snapshots": chain.snapshots,
        "bundles": chain.bundles,
        "held_back": chain.held_back,
        "since": chain.since,
        "resumptions": chain.resumptions,
        "oldest_at": chain.oldest_at,
        "newest_at": chain.newest_at,
        "problems": problems_json(&chain.problems),
        "problems_total": chain.problems_total,
    })
}

pub(super) fn problem_lines(problems: &[Problem]) -> impl Iterator<Item = String> {
    problems.iter().map(|found| {
        let code = found.damage.as_str();
        format!("  {}: {} ({code})", found.record, found.problem)
    })
}

pub(super) fn problems_json(problems: &[Problem]) -> Vec<Value> {
    problems
        .iter()
        .map(|found| {
            json!({
                "class": found.damage.as_str(),
                "record": found.record,
                "problem": found.problem,
            })
        })
        .collect()
}

/// How a command that proves ends.
pub(super) fn exit(chain: &ChainReport) -> Exit {
    if chain.is_sound() {
        Exit::Success
    } else {
        Exit::Differences
    }
}
