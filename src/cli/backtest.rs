//! `underwrite backtest`: what rule sets would have decided on past applications, against what was live.

mod candidates;
mod loans;
pub(super) mod numbers;
mod page;
mod segments;
mod text;
mod told_loans;
mod told_segments;
mod told_sweep;
mod undecided;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::candidates::Candidates;
use super::args::Backtest as Arguments;
use super::assembly::{self, Assembly};
use super::interrupt::LongWork;
use super::page_file::PageFile;
use super::{CliError, Exit, Terminal, tenants};
use crate::config::Config;
use crate::id::RuleSetName;
use crate::ledger::DamagedRecord;
use crate::limits;
use crate::portfolio::columns::{self, UpToDate};
use crate::private;
use crate::replay::backtest::{
    Backtest, Line, LookedAt, Plan, Sweep, Swept, backtest, compared_with,
};
use crate::rules::Bundle;

/// What the bar says while candidates are compared.
const BACKTESTING: &str = "backtesting";

/// Runs the command.
pub(super) async fn run(
    command: Arguments,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let page_file = PageFile::of(command.report.as_deref(), "--report", terminal)?;
    let long = LongWork::new(terminal.bar(BACKTESTING));
    let given = match candidates::read(&command.candidates, terminal)? {
        Candidates::Read(given) => given,
        Candidates::Invalid => return Ok(Exit::RulesInvalid),
    };
    let settings = command.recorded.settings();
    let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
    let mut house = assembly::open_records(&config)?;
    house.tenant = command.recorded.tenant.clone().unwrap_or(house.tenant);
    let candidates = candidates::find(given, &house).await?;
    let swept = candidates::swept(&candidates, command.sweep.as_deref())?;
    let candidates = swept.as_ref().map_or(candidates, Swept::candidates);
    let mut selection = command.selection.selection();
    let rule_set = compared_with(&candidates, selection.rule_set.as_ref()).map_err(|error| {
        CliError::Usage(format!(
            "{error}: say by `--rule-set NAME` with which decisions they are to be compared"
        ))
    })?;
    selection.rule_set = Some(rule_set.clone());
    let known = loans::known(&command.loans, &house, &candidates).await?;
    let columns = match command.columns {
        true => columns_of(&config, &house, &long, terminal).await?,
        false => None,
    };
    let open_ended = selection.until.is_none();
    let bundles: Vec<Bundle> = candidates.iter().map(|(one, _)| one.clone()).collect();
    let plan = Plan {
        columns,
        candidates,
        selection,
        loans: known.book,
        segments: command
            .segments
            .as_deref()
            .map(segments::read)
            .transpose()?,
        looked_at: LookedAt::Read,
        flips_listed: match swept.is_some() && !terminal.wants_json() && !page_file.is_wanted() {
            // The table of a sweep explains none.
            true => 0,
            false => limits::BACKTEST_FLIPS_MAX,
        },
    };
    let lines = command
        .decisions
        .as_deref()
        .map(LineFile::new)
        .transpose()?;
    let found = compare(&house, plan, lines, long).await?;
    let sweep = swept.map(|swept| found.sweep(&swept));
    let shown = (command.flips, page_file.is_output());
    summarise((&found, sweep.as_ref()), shown, terminal)?;
    if found.population.selected == 0 && !terminal.wants_json() {
        nothing_meant(&rule_set, &house, terminal).await?;
    }
    if page_file.is_wanted() {
        let told = (&found, sweep.as_ref());
        let page = page::page(told, &bundles, &house, open_ended).await;
        page_file.write(|| page, terminal)?;
    }
    left_out(&known.damaged, terminal)?;
    let is_damaged = found.population.left_out.damaged > 0 || !known.damaged.is_empty();
    let stopped = found.population.stopped_early;
    Ok(Exit::of_decisions(is_damaged, stopped))
}

/// Says that no decision is meant, and where others are.
async fn nothing_meant(
    rule_set: &RuleSetName,
    house: &Assembly,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let nothing = format!("No decision under the name `{rule_set}` is meant");
    let all = house.ledger.tenants().await?;
    terminal.note(&tenants::nothing_for(&house.tenant, &all, &nothing))?;
    Ok(())
}

/// Names entries of loans that count for nothing.
fn left_out(damaged: &[DamagedRecord], terminal: &mut Terminal) -> Result<(), CliError> {
    for damaged in damaged {
        let (seq, problem) = (damaged.seq, &damaged.problem);
        terminal.note(&format!(
            "record {seq} of the ledger, what became of a loan, is left out: {problem}"
        ))?;
    }
    Ok(())
}

/// The columns that are read in the place of the ledger; none, which is said, where that does not do, and where
/// the work was stopped.
async fn columns_of(
    config: &Config,
    house: &Assembly,
    long: &LongWork,
    terminal: &mut Terminal,
) -> Result<Option<UpToDate>, CliError> {
    long.goes_on_with("reading new decisions");
    let total = house.ledger.count(&house.tenant).await?;
    let progress = |read| long.progress(read, total.max(read));
    let path = config.columns_path();
    let reach = columns::bring_up_to_date(&path, Arc::clone(&house.ledger), false, progress);
    let reach = reach.await?;
    long.goes_on_with(BACKTESTING);
    if reach.columns.is_some() && reach.left_out > 0 {
        terminal
            .note("records are damaged, which the columns leave out: the ledger is read instead")?;
    }
    Ok(reach.in_place_of_ledger())
}

/// Prints all of it as JSON, or its summary with so many flips of each candidate, unless the page is printed.
fn summarise(
    (found, sweep): (&Backtest, Option<&Sweep>),
    (flips, is_page): (usize, bool),
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    if terminal.wants_json() {
        let failed = |error: serde_json::Error| CliError::other("json", error.to_string());
        let mut value = serde_json::to_value(found).map_err(failed)?;
        if let (Some(sweep), Some(all)) = (sweep, value.as_object_mut()) {
            all.insert(
                "sweep".to_owned(),
                serde_json::to_value(sweep).map_err(failed)?,
            );
        }
        terminal.print_json(&value)?;
    } else if !is_page {
        let told = match sweep {
            Some(sweep) => text::Told::Sweep(sweep),
            None => text::Told::Candidates { flips },
        };
        terminal.print(&text::report(found, told, terminal.width()))?;
    }
    Ok(())
}

/// Compares. Where it is asked to stop, it ends with what it found so far.
async fn compare(
    house: &Assembly,
    plan: Plan,
    mut lines: Option<LineFile>,
    long: LongWork,
) -> Result<Backtest, CliError> {
    let (ledger, tenant) = (Arc::clone(&house.ledger), house.tenant.clone());
    let shown = long.clone();
    let work = move || async move {
        let progress = |done: u64, total: u64| shown.progress(done, total);
        let found = match &mut lines {
            None => backtest::<CliError>(&ledger, &tenant, plan, progress, None).await,
            Some(file) => {
                let mut write = |line: &Line| file.write(line);
                backtest(&ledger, &tenant, plan, progress, Some(&mut write)).await
            }
        };
        if let Some(file) = lines {
            file.finish()?;
        }
        found
    };
    long.run("backtest", work).await
}

/// A new file of a line for each decision, for its owner alone.
struct LineFile {
    path: PathBuf,
    file: BufWriter<File>,
}

impl LineFile {
    fn new(path: &Path) -> Result<Self, CliError> {
        let file = private::create_new(path).map_err(|error| CliError::file(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::new(file),
        })
    }

    fn write(&mut self, line: &Line) -> Result<(), CliError> {
        let failed = |error: std::io::Error| CliError::file(&self.path, &error);
        serde_json::to_writer(&mut self.file, line).map_err(|error| failed(error.into()))?;
        self.file.write_all(b"\n").map_err(failed)
    }

    fn finish(mut self) -> Result<(), CliError> {
        let flushed = self.file.flush();
        flushed.map_err(|error| CliError::file(&self.path, &error))
    }
}
