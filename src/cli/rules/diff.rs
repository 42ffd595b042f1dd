//! `underwrite rules diff`

use serde_json::json;

use super::{Checked, file_text, finding_text, meaning};
use crate::cli::args::Diff;
use crate::cli::rule_files::{self, RuleFile};
use crate::cli::text::{GREEN, RED, YELLOW, counted, paint};
use crate::cli::{CliError, Exit, Terminal};
use crate::limits;
use crate::rules::{self, Bundle, Difference, Meaning, Written};

/// Shows what differs between two rule files.
pub(super) fn run(command: &Diff, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let before = rule_files::read(&command.before)?;
    let after = rule_files::read(&command.after)?;
    let found = written(&before)?.differences(&written(&after)?);
    let meant = match command.meaning {
        true => Some(meaning_of(&before, &after)?),
        false => None,
    };
    if terminal.wants_json() {
        let mut told = json!({ "differences": found });
        if let (Some(meant), Some(told)) = (&meant, told.as_object_mut()) {
            told.insert("meaning".to_owned(), json!(meant));
        }
        terminal.print_json(&told)?;
    } else {
        let lines: String = found.iter().map(line).collect();
        let count = match found.len() {
            0 => "no difference".to_owned(),
            count => counted(count, "difference", "differences"),
        };
        let meant = meant.as_ref().map(meaning::text).unwrap_or_default();
        terminal.print(&format!("{lines}{count}\n{meant}"))?;
    }
    Ok(if command.exit_code && !found.is_empty() {
        Exit::Failure
    } else {
        Exit::Success
    })
}

fn meaning_of(before: &RuleFile, after: &RuleFile) -> Result<Meaning, CliError> {
    let (before, after) = (published(before)?, published(after)?);
    let most = limits::MEANING_APPLICANTS_MAX;
    rules::meaning(before.program(), after.program(), most)
        .map_err(|error| CliError::other("incomparable", error.to_string()))
}

/// A rule set that can decide.
fn published(file: &RuleFile) -> Result<Bundle, CliError> {
    let checked = Checked::of(file);
    let text = file_text(file, &checked);
    checked.bundle.ok_or(CliError::Rules(text))
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
