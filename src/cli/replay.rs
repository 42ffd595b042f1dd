//! `underwrite replay`: proves the ledger's chain, decides recorded applications again and compares.

use std::collections::BTreeMap;
use std::sync::Arc;

use indicatif::ProgressBar;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::args;
use super::assembly::{self, Assembly};
use super::chain::{self, chain_json, chain_lines};
use super::head_file::read_head;
use super::text::{GREEN, RED, YELLOW, counted, paint};
use super::{CliError, Exit, Terminal, interrupt, tenants};
use crate::id::TenantId;
use crate::ledger::{ChainReport, Head, LedgerError, Scope};
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
    let bar = terminal.bar("replaying");
    let stop = interrupt::listen(bar.clone());
    let kept = command.head.as_deref().map(read_head).transpose()?;
    let settings = command.recorded.settings();
    let mut house = assembly::open_records(&settings.load(environment)?)?;
    house.tenant = command.recorded.tenant.unwrap_or(house.tenant);
    let replay = Replay {
        selection: command.selection.selection(),
        drift: command.drift,
    };
    let findings = reproduce(&house, kept, replay, (bar, stop)).await?;
    if terminal.wants_json() {
        terminal.print_json(&findings.json())?;
    } else {
        terminal.print(&findings.text())?;
    }
    Ok(findings.exit())
}

/// Proves the chain, against `kept` if a head was, and decides again what is meant, with `bar` showing
/// how far it is. Where it is asked to stop, it ends with what it found so far.
pub(super) async fn reproduce(
    house: &Assembly,
    kept: Option<Head>,
    replay: Replay,
    (bar, stop): (ProgressBar, CancellationToken),
) -> Result<Findings, CliError> {
    let (ledger, tenant) = (Arc::clone(&house.ledger), house.tenant.clone());
    let work = move || {
        let progress = |done: u64, total: u64| {
            bar.set_length(total);
            bar.set_position(done);
            interrupt::flow(&stop)
        };
        // It decides on the thread that it runs on.
        Handle::current().block_on(async {
            let quiet = Arc::new(|_, _| {});
            let scope = Scope {
                tenant: Some(tenant.clone()),
                since: None,
            };
            let chain = chain::prove(&*ledger, scope, kept.as_ref(), quiet).await?;
            let replay = replay::reproduce(&ledger, &tenant, &replay, progress).await?;
            bar.finish_and_clear();
            Ok::<_, LedgerError>(Findings {
                chain,
                replay,
                tenants: ledger.tenants().await?,
                tenant,
            })
        })
    };
    let findings = tokio::task::spawn_blocking(work).await;
    Ok(findings.map_err(|_| CliError::other("interrupted", "the replay broke off"))??)
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
        let replay = &self.replay;
        json!({
            "tenant": self.tenant.as_str(),
            "tenants": self.tenants.iter().map(TenantId::as_str).collect::<Vec<_>>(),
            "chain": chain_json(&self.chain),
            "stopped_early": replay.stopped_early,
            "decisions": replay.total,
            "taken": replay.taken,
            "unknown": replay.unknown,
            "reproduced": replay.reproduced,
            "other_semantics": replay.other_semantics,
            "classes": self.classes(),
            "findings": replay.findings.iter().map(finding_json).collect::<Vec<_>>(),
            "drift": replay.drift.as_ref().map(drift_json),
        })
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

fn finding_json(found: &Finding) -> Value {
    let changed_fields = found.changed_fields.iter();
    let changed_fields = changed_fields
        .map(|place| json!({ "path": place.path, "recorded": place.recorded, "now": place.now }));
    let step = found.step.as_ref().map(|step| {
        let field = &step.field;
        json!({
            "kind": step.kind.as_str(),
            "name": field.path,
            "recorded": field.recorded,
            "now": field.now,
        })
    });
    json!({
        "class": found.class.as_str(),
        "record": found.record,
        "seq": found.seq,
        "decision": found.decision.as_ref().map(|id| id.as_str()),
        "problem": found.problem,
        "step": step,
        "changed_fields": changed_fields.collect::<Vec<_>>(),
        "changed_fields_total": found.changed_fields_total,
    })
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

fn drift_json(drift: &BTreeMap<&'static str, Drift>) -> Vec<Value> {
    let all = drift.iter().map(|(feature, drift)| {
        json!({
            "feature": feature,
            "decisions": drift.decisions,
            "example": {
                "decision": drift.example.decision.as_str(),
                "recorded": drift.example.recorded,
                "now": drift.example.now,
            },
        })
    });
    all.collect()
}
