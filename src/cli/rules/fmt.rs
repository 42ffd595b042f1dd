//! `underwrite rules fmt`

use std::io::Read;
use std::path::Path;

use serde_json::json;

use super::finding_text;
use crate::cli::args::FormatFiles;
use crate::cli::rule_files::{self, RuleFile};
use crate::cli::{CliError, Exit, Terminal, replaced_file};
use crate::limits;
use crate::rules::{self, Diagnostic};

/// What came of one file.
enum Formatted {
    /// It is as it should be.
    Same,
    /// It should be written so.
    Other(String),
    /// It is no TOML, and stays what it is.
    Refused(Vec<Diagnostic>),
}

impl Formatted {
    fn of(file: &RuleFile) -> Self {
        match rules::formatted(&file.bytes) {
            Ok(text) if text.as_bytes() == file.bytes => Self::Same,
            Ok(text) => Self::Other(text),
            Err(diagnostics) => Self::Refused(diagnostics),
        }
    }
}

/// Formats the files, or says which are not formatted.
pub(super) fn run(command: &FormatFiles, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let pipe = Path::new("-");
    if command.files.len() > 1 && command.files.iter().any(|path| path == pipe) {
        let message = "`-` is standard input, and goes with no other file";
        return Err(CliError::Usage(message.to_owned()));
    }
    let mut exit = Exit::Success;
    let mut files = Vec::new();
    let mut failed = Vec::new();
    for path in &command.files {
        let is_pipe = path == pipe;
        let formatted = if is_pipe {
            standard_input().map(|file| (Formatted::of(&file), file))
        } else {
            in_place(path, command.check)
        };
        let (formatted, file) = match formatted {
            Ok(formatted) => formatted,
            Err(error) => {
                failed.push(error.to_string());
                continue;
            }
        };
        match &formatted {
            Formatted::Refused(_) => exit = Exit::RulesInvalid,
            Formatted::Other(_) if command.check && exit == Exit::Success => exit = Exit::Failure,
            Formatted::Other(_) | Formatted::Same => {}
        }
        let prints_text = is_pipe && !command.check;
        if terminal.wants_json() {
            files.push(file_json(&file, &formatted, prints_text));
        } else if prints_text {
            print_text(&file, &formatted, terminal)?;
        } else {
            terminal.print(&file_text(&file, &formatted, command.check))?;
        }
    }
    if terminal.wants_json() {
        terminal.print_json(&json!({ "files": files }))?;
    }
    // The others have been formatted all the same.
    if !failed.is_empty() {
        return Err(CliError::other("file", failed.join("; ")));
    }
    Ok(exit)
}

/// Formats a file where it stands, unless it is only looked at.
fn in_place(path: &Path, check: bool) -> Result<(Formatted, RuleFile), CliError> {
    let file = rule_files::read_alone(path)?;
    let formatted = Formatted::of(&file);
    if let (Formatted::Other(text), false) = (&formatted, check) {
        replaced_file::replace(path, text.as_bytes())
            .map_err(|error| CliError::file(path, &error))?;
    }
    Ok((formatted, file))
}

fn standard_input() -> Result<RuleFile, CliError> {
    let max = u64::try_from(limits::RULE_FILE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let mut input = std::io::stdin().lock().take(max.saturating_add(1));
    input.read_to_end(&mut bytes)?;
    if bytes.len() > limits::RULE_FILE_BYTES_MAX {
        let message = format!("standard input is larger than {max} bytes");
        return Err(CliError::other("rule_file_too_large", message));
    }
    Ok(RuleFile::alone("<stdin>", bytes))
}

/// Standard output is the file; what is wrong is said beside it.
fn print_text(
    file: &RuleFile,
    formatted: &Formatted,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    match formatted {
        Formatted::Same => terminal.print(&file.part(None).1)?,
        Formatted::Other(text) => terminal.print(text)?,
        Formatted::Refused(_) => terminal.note(file_text(file, formatted, false).trim_end())?,
    }
    Ok(())
}

fn file_text(file: &RuleFile, formatted: &Formatted, check: bool) -> String {
    let name = &file.name;
    match formatted {
        Formatted::Same => format!("{name}: as it should be\n"),
        Formatted::Other(_) if check => {
            format!("{name}: not formatted, run `underwrite rules fmt {name}`\n")
        }
        Formatted::Other(_) => format!("{name}: formatted\n"),
        Formatted::Refused(diagnostics) => {
            let found = diagnostics.iter().map(|one| finding_text(file, one));
            let found: Vec<String> = found.collect();
            format!("{}{name}: no TOML, left as it is\n", found.join("\n"))
        }
    }
}

fn file_json(file: &RuleFile, formatted: &Formatted, is_pipe: bool) -> serde_json::Value {
    let (state, text, diagnostics) = match formatted {
        Formatted::Same => ("same", Some(file.part(None).1), None),
        Formatted::Other(text) => ("other", Some(text.clone()), None),
        Formatted::Refused(diagnostics) => ("refused", None, Some(diagnostics)),
    };
    json!({
        "file": file.name,
        "formatted": state == "same",
        "text": text.filter(|_| is_pipe),
        "diagnostics": diagnostics.map_or(&[][..], Vec::as_slice),
    })
}
