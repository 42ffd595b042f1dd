//! `underwrite replay`: proves the ledger's chain, decides every recorded application again and
//! compares.

use std::collections::BTreeMap;
use std::sync::Arc;

use indicatif::ProgressBar;
use serde_json::json;
use tokio::runtime::Handle;

use super::args::Replay;
use super::assembly::{self, Assembly};
use super::chain::{self, chain_json, chain_lines, problem_lines, problems_json};
use super::head_file::read_head;
use super::text::{GREEN, RED, YELLOW, paint};
use super::{CliError, Exit, Terminal, tenants};
use crate::config::Config;
use crate::id::TenantId;
use crate::ledger::{ChainReport, Head, LedgerError, Scope};
use crate::replay::{self, ReplayReport};

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
    command: Replay,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let kept = command.head.as_deref().map(read_head).transpose()?;
    let settings = &command.settings;
    let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
    let mut house = assembly::open_records(&config)?;
    house.tenant = command.tenant.unwrap_or(house.tenant);
    let findings = reproduce(&house, kept, terminal.bar("replaying")).await?;
    if terminal.wants_json() {
        terminal.print_json(&findings.json())?;
    } else {
        terminal.print(&findings.text())?;
    }
    Ok(findings.exit())
}

/// Proves the chain, against `kept` if a head was, and decides everything again, with `bar` showing
/// how far it is.
pub(super) async fn reproduce(
    house: &Assembly,
    kept: Option<Head>,
    bar: ProgressBar,
) -> Result<Findings, CliError> {
    let (ledger, tenant) = (Arc::clone(&house.ledger), house.tenant.clone());
    let work = move || {
        let progress = |done: u64, total: u64| {
            bar.set_length(total);
            bar.set_position(done);
        };
        // It decides on the thread that it runs on.
        Handle::current().block_on(async {
            let quiet = Arc::new(|_, _| {});
            let scope = Scope {
                tenant: Some(tenant.clone()),
                since: None,
            };
            let chain = chain::prove(&*ledger, scope, kept.as_ref(), quiet).await?;
            let replay = replay::reproduce(&ledger, &tenant, progress).await?;
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
        let (chain, replay) = (&self.chain, &self.replay);
        let mut lines = chain_lines(chain);
        let again = replay.total.saturating_sub(self.left_out());
        let summary = format!("{} of {again} decisions reproduced", replay.reproduced);
        let style = if replay.is_faithful() { GREEN } else { RED };
        lines.push(paint(style, &summary));
        if replay.total == 0 {
            let nothing = "There are no decisions";
            lines.push(tenants::nothing_for(&self.tenant, &self.tenants, nothing));
        }
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
                let changed_fields = found.changed_fields.iter().map(|place| {
                    json!({ "path": place.path, "recorded": place.recorded, "now": place.now })
                });
                json!({
                    "decision": found.decision.as_str(),
                    "seq": found.seq,
                    "changed_fields": changed_fields.collect::<Vec<_>>(),
                    "changed_fields_total": found.changed_fields_total,
                })
            })
            .collect();
        json!({
            "tenant": self.tenant.as_str(),
            "tenants": self.tenants.iter().map(TenantId::as_str).collect::<Vec<_>>(),
            "chain": chain_json(chain),
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
