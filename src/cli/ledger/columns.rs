//! `underwrite ledger columns`: writes the columns; and what comparing them found, as it is shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::cli::args::LedgerColumns;
use crate::cli::chain::{problem_lines, problems_json};
use crate::cli::interrupt::LongWork;
use crate::cli::text::{GREEN, RED, YELLOW, counted, paint};
use crate::cli::{CliError, Exit, Terminal, assembly};
use crate::config::Config;
use crate::ledger::Ledger;
use crate::money::thousands;
use crate::portfolio::columns::{self, ColumnsError, Compared};

/// Brings the columns up to the end of the ledger.
pub(super) async fn run(
    command: &LedgerColumns,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let config = command.settings.load(environment)?;
    let house = assembly::open_records(&config)?;
    let path = config.columns_path();
    let mut total = 0_u64;
    for tenant in house.ledger.tenants().await? {
        total = total.saturating_add(house.ledger.count(&tenant).await?);
    }
    let long = LongWork::new(terminal.bar("reading"));
    let ledger = Arc::clone(&house.ledger);
    let progress = |read| long.progress(read, total.max(read));
    let reach = columns::bring_up_to_date(&path, ledger, command.rebuild, progress).await;
    long.end();
    let reach = reach?;
    let exit = match reach.columns {
        Some(_) => Exit::Success,
        None => Exit::StoppedEarly,
    };
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    if terminal.wants_json() {
        terminal.print_json(&json!({
            "file": path.display().to_string(),
            "decisions": reach.decisions,
            "left_out": reach.left_out,
            "through": reach.through,
            "read": reach.read,
            "rebuilt": reach.rebuilt,
            "stopped_early": exit == Exit::StoppedEarly,
            "bytes": bytes,
        }))?;
        return Ok(exit);
    }
    let anew = if reach.rebuilt { "built anew: " } else { "" };
    let mut lines = Vec::new();
    if exit == Exit::StoppedEarly {
        let partial = "partial: stopped before the end of the ledger; what was read stays";
        lines.push(paint(YELLOW, partial));
    }
    lines.push(format!(
        "{anew}{} in `{}`, {} of them new",
        decisions(reach.decisions),
        path.display(),
        thousands(reach.read.min(reach.decisions))
    ));
    if reach.left_out > 0 {
        lines.push(format!(
            "  {} left out: damaged, as `underwrite ledger verify` tells, or with features of another \
             release",
            decisions(reach.left_out)
        ));
    }
    terminal.print(&format!("{}\n", lines.join("\n")))?;
    Ok(exit)
}

fn decisions(count: u64) -> String {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    counted(count, "decision", "decisions")
}

/// Compares the columns with the ledger, where there are any.
pub(super) async fn compared(
    config: &Config,
    ledger: &Arc<dyn Ledger>,
    after: u64,
) -> Result<Option<Compared>, ColumnsError> {
    columns::compare(&config.columns_path(), Arc::clone(ledger), after).await
}

/// What comparing found, as a person reads it.
pub(super) fn lines(compared: &Compared) -> Vec<String> {
    if compared.is_sound() {
        let equal = paint(GREEN, "columns equal:");
        return vec![format!(
            "{equal} {}, up to record {}",
            decisions(compared.decisions),
            compared.through
        )];
    }
    let count = usize::try_from(compared.problems_total).unwrap_or(usize::MAX);
    let problems = counted(count, "problem", "problems");
    let found = format!(
        "columns differ from the record: {problems} found in {}",
        decisions(compared.decisions)
    );
    let mut lines = vec![paint(RED, &found)];
    lines.extend(problem_lines(&compared.problems));
    lines.push(
        "  who changed them is worth knowing; `underwrite ledger columns --rebuild` then builds them anew"
            .to_owned(),
    );
    lines
}

/// What comparing found, as a program reads it.
pub(super) fn json(compared: Option<&Compared>) -> Value {
    compared.map_or(Value::Null, |compared| {
        json!({
            "decisions": compared.decisions,
            "through": compared.through,
            "problems": problems_json(&compared.problems),
            "problems_total": compared.problems_total,
        })
    })
}
