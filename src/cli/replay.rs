//! `underwrite replay`: proves the ledger's chain, decides recorded applications again and compares.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::args;
use super::assembly::{self, Assembly};
use super::chain::{self, chain_json, chain_lines};
use super::head_file::read_head;
use super::interrupt::LongWork;
use super::text::{GREEN, RED, YELLOW, counted, paint};
use super::{CliError, Exit, Terminal, interrupt, tenants};
use crate::id::TenantId;
use crate::ledger::{ChainReport, Head, Scope};
use crate::replay::{self, Drift, Finding, Replay, ReplayReport};

/// What was found.
pub(super) struct Findings {
    /// Whose decisions were looked at, and who has any.
    tenant: TenantId,
    tenants: Vec<TenantId>,
    chain: ChainReport,
    replay: ReplayReport,
}

/// Runs the command.
pub(super) async fn run(
    command: args::Replay,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    if command.rules.is_some() {
        return Err(CliError::Usage(
            "`replay` decides by the rule sets that decided then, and takes no `--rules`; what others \
             would decide says `underwrite backtest CANDIDATE`"
                .to_owned(),
        ));
    }
    let long = LongWork::new(terminal.bar("replaying"));
    let kept = command.head.as_deref().map(read_head).transpose()?;
    let settings = command.recorded.settings();
    let mut house = assembly::open_records(&settings.load(environment)?)?;
    house.tenant = command.recorded.tenant.unwrap_or(house.tenant);
    let replay = Replay {
        selection: command.selection.selection(),
        drift: command.drift,
    };
    let findings = reproduce(&house, kept, replay, long).await?;
    if terminal.wants_json() {
        terminal.print_json(&findings.json())?;
    } else {
        terminal.print(&findings.text())?;
    }
    Ok(findings.exit())
}

/// Proves the chain, against `kept` if a head was, and decides again what is meant. Where it is asked to stop, it ends with what it found so far.
pub(super) async fn reproduce(
    house: &Assembly,
    kept: Option<Head>,
    replay: Replay,
    long: LongWork,
) -> Result<Findings, CliError> {
    let (ledger, tenant) = (Arc::clone(&house.ledger), house.tenant.clone());
    let shown = long.clone();
    let work = move || async move {
        let progress = |done: u64, total: u64| shown.progress(done, total);
        let quiet = Arc::new(|_, _| {});
        let scope = Scope {
            tenant: Some(tenant.clone()),
            since: None,
        };
        let chain = chain::prove(&*ledger, scope, kept.as_ref(), quiet).await?;
        let replay = replay::reproduce(&ledger, &tenant, &replay, progress).await?;
        Ok(Findings {
            chain,
            replay,
            tenants: ledger.tenants().await?,
            tenant,
        })
    };
    long.run("replay", work).await
}

impl Findings {
    /// As a person reads it.
    pub(super) fn text(&self) -> String {
        let replay = &self.replay;
        let mut lines = chain_lines(&self.chain);
        let mut summary = format!(
            "{} of {} decisions reproduced",
            replay.reproduced, replay.taken
        );
        if replay.taken < replay.total {
            summary.push_str(&format!(", of {} in the ledger", replay.total));
        }
        let style = if replay.is_faithful() { GREEN } else { RED };
        lines.extend(replay.stopped_early.map(interrupt::partial));
        lines.push(paint(style, &summary));
        if replay.total == 0 {
            let nothing = "There are no decisions";
            lines.push(tenants::nothing_for(&self.tenant, &self.tenants, nothing));
        } else if replay.taken == 0 {
            lines.push(paint(YELLOW, "no decision is meant by these flags"));
        }
        for (semantics, count) in &replay.other_semantics {
            lines.push(format!(
                "  {count} of them from their recorded features: decided under semantics {semantics}"
            ));
        }
        if replay.unknown > 0 {
            let text = format!(
                "{} left out: it is not known whether they are meant",
                replay.unknown
            );
            lines.push(paint(YELLOW, &text));
        }
        for (class, count) in &replay.classes {
            let decisions = counted(
                usize::try_from(*count).unwrap_or(usize::MAX),
                "decision",
                "decisions",
            );
            let text = format!("{}: {decisions} ({class})", class.in_words());
            lines.push(paint(RED, &text));
            let own = replay.findings.iter().filter(|found| found.class == *class);
            lines.extend(own.flat_map(finding_lines));
        }
        lines.extend(replay.drift.as_ref().into_iter().flat_map(drift_lines));
        lines.push(String::new());
        lines.join("\n")
    }

    /// As a program reads it.
    pub(super) fn json(&self) -> Value {
        let mut all = self.replay.to_json();
        if let Some(all) = all.as_object_mut() {
            all.insert("tenant".to_owned(), json!(self.tenant.as_str()));
            let tenants = self.tenants.iter().map(TenantId::as_str);
            all.insert("tenants".to_owned(), tenants.collect());
            all.insert("chain".to_owned(), chain_json(&self.chain));
            all.insert("classes".to_owned(), json!(self.classes()));
        }
        all
    }

    /// How many findings there are of each class, of the chain and of decisions.
    fn classes(&self) -> BTreeMap<&'static str, u64> {
        let mut classes = BTreeMap::new();
        for problem in &self.chain.problems {
            let count: &mut u64 = classes.entry(problem.damage.as_str()).or_default();
            *count = count.saturating_add(1);
        }
        for (class, found) in &self.replay.classes {
            let count = classes.entry(class.as_str()).or_default();
            *count = count.saturating_add(*found);
        }
        classes
    }

    /// 0 where everything is as recorded. What is not is told also by a replay that was stopped.
    pub(super) fn exit(&self) -> Exit {
        let is_sound = self.chain.is_sound() && self.replay.is_faithful();
        Exit::of_decisions(!is_sound, self.replay.stopped_early)
    }
}

/// A finding without its class, which stands above.
fn finding_lines(found: &Finding) -> Vec<String> {
    let mut lines = vec![format!("  {}: {}", found.record, found.problem)];
    lines.extend(
        found
            .changed_fields
            .iter()
            .map(|field| format!("    {field}")),
    );
    let told = found.changed_fields.len();
    let more = found.changed_fields_total.saturating_sub(told);
    if more > 0 {
        lines.push(format!("    and {more} more"));
    }
    lines
}

fn drift_lines(drift: &BTreeMap<&'static str, Drift>) -> Vec<String> {
    if drift.is_empty() {
        return vec!["computing features anew would change none".to_owned()];
    }
    let mut lines = vec![paint(YELLOW, "computing features anew would change:")];
    lines.extend(drift.iter().map(|(feature, drift)| {
        let decisions = usize::try_from(drift.decisions).unwrap_or(usize::MAX);
        let decisions = counted(decisions, "decision", "decisions");
        let example = &drift.example;
        format!(
            "  {feature} of {decisions}, as of {}: {} -> {}",
            example.decision, example.recorded, example.now
        )
    }));
    lines
}
