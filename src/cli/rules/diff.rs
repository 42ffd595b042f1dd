//! `underwrite rules diff`

use serde_json::json;

use super::finding_text;
use crate::cli::args::Diff;
use crate::cli::rule_files::{self, RuleFile};
use crate::cli::text::{GREEN, RED, YELLOW, counted, paint};
use crate::cli::{CliError, Exit, Terminal};
use crate::rules::{Difference, Written};

/// Shows what differs between two rule files.
pub(super) fn run(command: &Diff, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let before = rule_files::read(&command.before)?;
    let after = rule_files::read(&command.after)?;
    let found = written(&before)?.differences(&written(&after)?);
    if terminal.wants_json() {
        terminal.print_json(&json!({ "differences": found }))?;
    } else {
        let lines: String = found.iter().map(line).collect();
        let count = match found.len() {
            0 => "no difference".to_owned(),
            count => counted(count, "difference", "differences"),
        };
        terminal.print(&format!("{lines}{count}\n"))?;
    }
    Ok(if command.exit_code && !found.is_empty() {
        Exit::Failure
    } else {
        Exit::Success
    })
}

fn written(file: &RuleFile) -> Result<Written<'_>, CliError> {
    Written::read(&file.bytes, &file.attachments).map_err(|found| {
        let found: String = found.iter().map(|one| finding_text(file, one)).collect();
        CliError::Rules(format!("`{}` is no TOML\n{found}", file.name))
    })
}

fn line(difference: &Difference) -> String {
    let path = &difference.path;
    match (&difference.before, &difference.after) {
        (Some(before), Some(after)) => {
            format!("{} {path}: {before} -> {after}\n", paint(YELLOW, "~"))
        }
        (Some(before), None) => format!("{} {path}: {before}\n", paint(RED, "-")),
        (None, Some(after)) => format!("{} {path}: {after}\n", paint(GREEN, "+")),
        (None, None) => String::new(),
    }
}
