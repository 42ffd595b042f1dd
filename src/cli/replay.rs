//! `underwrite replay`: proves the ledger's chain, decides every recorded application again and
//! compares.

use std::collections::BTreeMap;
use std::sync::Arc;

use indicatif::ProgressBar;
use serde_json::json;

use super::args::Replay;
use super::assembly::{self, House};
use super::text::{GREEN, RED, YELLOW, counted, paint};
use super::{CliError, Exit, Terminal};
use crate::config::Config;
use crate::ledger::{ChainReport, LedgerError, Problem, SqliteLedger};
use crate::replay::{self, ReplayReport};

/// What was found.
pub(super) struct Findings {
    chain: ChainReport,
    replay: ReplayReport,
}

/// Runs the command.
pub(super) async fn run(
    command: Replay,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let settings = &command.settings;
    let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
    let house = assembly::open_records(&config)?;
    let findings = reproduce(&house, terminal.bar("replaying")).await?;
    if terminal.wants_json() {
        terminal.print_json(&findings.json())?;
    } else {
        terminal.print(&findings.text())?;
    }
    Ok(findings.exit())
}

/// Proves the chain and decides everything again, with `bar` showing how far it is.
pub(super) async fn reproduce(house: &House, bar: ProgressBar) -> Result<Findings, CliError> {
    let (ledger, tenant) = (Arc::clone(&house.ledger), house.tenant.clone());
    let work = move || {
        let progress = |done: u64, total: u64| {
            bar.set_length(total);
            bar.set_position(done);
        };
        let chain = SqliteLedger::verify(&ledger, Some(&tenant), |_, _| {})?;
        let replay = replay::reproduce(&ledger, &tenant, progress)?;
        bar.finish_and_clear();
        Ok::<_, LedgerError>(Findings { chain, replay })
    };
    let findings = tokio::task::spawn_blocking(work).await;
    Ok(findings.map_err(|_| CliError::other("interrupted", "the replay broke off"))??)
}

impl Findings {
    /// As a person reads it.
    pub(super) fn text(&self) -> String {
        let (chain, replay) = (&self.chain, &self.replay);
        let mut lines = Vec::new();
        let records = usize::try_from(chain.records).unwrap_or(usize::MAX);
        let records = counted(records, "record", "records");
        if chain.is_sound() {
            lines.push(format!("{} {records}", paint(GREEN, "chain intact:")));
            lines.push(format!(
                "  {} ends with {}",
                chain.head.chain_id, chain.head.hash
            ));
        } else {
            let problems = chain.problems_total;
            let found = format!("chain damaged: {problems} found in {records}");
            lines.push(paint(RED, &found));
            lines.extend(problem_lines(&chain.problems));
        }
        let again = replay.total.saturating_sub(self.left_out());
        let summary = format!("{} of {again} decisions reproduced", replay.reproduced);
        let style = if replay.is_faithful() { GREEN } else { RED };
        lines.push(paint(style, &summary));
        lines.extend(replay.differing.iter().map(|found| format!("  {found}")));
        lines.extend(problem_lines(&replay.problems));
        for (semantics, count) in &replay.other_semantics {
            let text = format!("{count} decided under semantics {semantics}, left out");
            lines.push(paint(YELLOW, &text));
        }
        lines.push(String::new());
        lines.join("\n")
    }

    fn left_out(&self) -> u64 {
        self.replay.other_semantics.values().sum()
    }

    /// As a program reads it.
    pub(super) fn json(&self) -> serde_json::Value {
        let (chain, replay) = (&self.chain, &self.replay);
        let differing: Vec<_> = replay
            .differing
            .iter()
            .map(|found| {
                let places = found.places.iter().map(|place| {
                    json!({ "path": place.path, "recorded": place.recorded, "now": place.now })
                });
                json!({
                    "decision": found.decision.as_str(),
                    "seq": found.seq,
                    "places": places.collect::<Vec<_>>(),
                    "places_total": found.places_total,
                })
            })
            .collect();
        json!({
            "chain": {
                "sound": chain.is_sound(),
                "records": chain.records,
                "head": {
                    "chain_id": chain.head.chain_id,
                    "seq": chain.head.seq,
                    "hash": chain.head.hash,
                },
                "problems": problems_json(&chain.problems),
                "problems_total": chain.problems_total,
            },
            "decisions": replay.total,
            "reproduced": replay.reproduced,
            "different": replay.different,
            "differing": differing,
            "failed": replay.failed,
            "problems": problems_json(&replay.problems),
            "other_semantics": replay.other_semantics,
        })
    }

    /// 0 where everything is as recorded.
    pub(super) fn exit(&self) -> Exit {
        if self.chain.is_sound() && self.replay.is_faithful() {
            Exit::Success
        } else {
            Exit::Differences
        }
    }
}

fn problem_lines(problems: &[Problem]) -> impl Iterator<Item = String> {
    problems
        .iter()
        .map(|found| format!("  {}: {}", found.record, found.problem))
}

fn problems_json(problems: &[Problem]) -> Vec<serde_json::Value> {
    problems
        .iter()
        .map(|found| json!({ "record": found.record, "problem": found.problem }))
        .collect()
}
