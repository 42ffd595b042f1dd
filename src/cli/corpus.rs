//! `underwrite corpus`: writes labelled applicants.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::json;

use super::args::Corpus;
use super::text::counted;
use super::{CliError, Exit, Terminal};
use crate::corpus::{CORPUS_VERSION, STRATA, applicant};
use crate::examination::LABELS_FILE;
use crate::limits;

/// Runs the command.
pub(super) fn run(command: &Corpus, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let max = limits::CORPUS_APPLICANTS_MAX;
    if command.applicants == 0 || command.applicants > max {
        return Err(CliError::Usage(format!(
            "`--applicants` must be from 1 to {max}"
        )));
    }
    let out = &command.out;
    // What is there may be somebody's own labels.
    if fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) {
        let message = format!("`{}` is not empty: name a new folder", out.display());
        return Err(CliError::other("file", message));
    }
    fs::create_dir_all(out.join("banks")).map_err(|error| CliError::file(out, &error))?;
    let bar = terminal.bar("writing");
    bar.set_length(command.applicants.into());
    let labels = out.join(LABELS_FILE);
    let file = File::create(&labels).map_err(|error| CliError::file(&labels, &error))?;
    let mut lines = BufWriter::new(file);
    let mut rows = 0_usize;
    for position in 0..command.applicants {
        let case = applicant(command.seed, position);
        rows = rows.saturating_add(case.labels.rows.len());
        let bank = out.join(&case.labels.bank);
        fs::write(&bank, &case.bank).map_err(|error| CliError::file(&bank, &error))?;
        let line = serde_json::to_string(&case.labels)
            .map_err(|error| CliError::other("json", error.to_string()))?;
        writeln!(lines, "{line}")?;
        bar.inc(1);
    }
    lines.flush()?;
    bar.finish_and_clear();
    describe(command, out)?;
    let applicants = usize::try_from(command.applicants).unwrap_or(usize::MAX);
    if terminal.wants_json() {
        terminal.print_json(&json!({ "applicants": applicants, "transactions": rows }))?;
    } else {
        let applicants = counted(applicants, "applicant", "applicants");
        let rows = counted(rows, "transaction", "transactions");
        terminal.print(&format!("{applicants} with {rows} in {}\n", out.display()))?;
    }
    Ok(Exit::Success)
}

/// Says in the folder what it is.
fn describe(command: &Corpus, out: &Path) -> Result<(), CliError> {
    let strata: Vec<_> = STRATA
        .iter()
        .map(|stratum| json!({ "stratum": stratum.name, "shows": stratum.shows }))
        .collect();
    let about = json!({
        "corpus_version": CORPUS_VERSION,
        "seed": command.seed,
        "applicants": command.applicants,
        "strata": strata,
    });
    let path = out.join("corpus.json");
    fs::write(&path, format!("{about:#}\n")).map_err(|error| CliError::file(&path, &error))
}
