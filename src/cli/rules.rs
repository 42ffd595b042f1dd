//! `underwrite rules`: works on rule files.

mod diff;
mod explain;
mod features;
mod fix;
mod fmt;
mod lsp;
mod meaning;
mod new;
mod previews;
mod test;
mod watch;

use std::collections::BTreeMap;

use serde_json::json;

use super::args::{Check, Rules, Schema};
use super::rule_files::{self, RuleFile};
use super::text::{GREEN, RED, counted, paint, short};
use super::{CliError, Exit, Terminal};
use crate::rules::{self, Bundle, Certainty, Diagnostic, FileKind, Severity, TestCase};

/// Runs the command.
pub(super) async fn run(
    command: Rules,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    match command {
        Rules::Check(command) => check(&command, terminal),
        Rules::Fmt(command) => fmt::run(&command, terminal),
        Rules::Schema(command) => schema(&command, terminal),
        Rules::Features(command) => features::run(&command, terminal),
        Rules::Diff(command) => diff::run(&command, terminal),
        Rules::New(command) => new::run(&command, terminal),
        Rules::Watch(command) => watch::run(&command, environment, terminal).await,
        Rules::Lsp(command) => lsp::run(&command, environment, terminal),
        Rules::Explain(command) => explain::run(&command, environment, terminal).await,
        Rules::Test(command) => test::run(&command, environment, terminal).await,
    }
}

/// What a check found in one file.
pub(super) struct Checked {
    /// The rule set, if it can be used.
    pub(super) bundle: Option<Bundle>,
    /// Its tests, and those of the files of tests that were read with it.
    tests: Vec<TestCase>,
    diagnostics: Vec<Diagnostic>,
}

impl Checked {
    pub(super) fn of(file: &RuleFile) -> Self {
        let (bundle, tests, diagnostics) =
            Bundle::publish_and_test(&file.bytes, &file.attachments, &file.case_files);
        Self {
            bundle,
            tests,
            diagnostics,
        }
    }

    /// Of how many findings the fix is sure; what files of tests hold is not mended.
    fn fixable(&self, file: &RuleFile) -> usize {
        let own = self.diagnostics.iter().filter(|one| {
            let mut case_files = file.case_files.iter();
            !case_files.any(|case_file| one.file.as_ref() == Some(&case_file.name))
        });
        let fixes = own.filter_map(|one| one.fix.as_ref());
        fixes.filter(|fix| fix.certainty == Certainty::Sure).count()
    }

    fn count(&self, severity: Severity) -> usize {
        let found = self.diagnostics.iter();
        found.filter(|one| one.severity == severity).count()
    }
}

fn check(command: &Check, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let mut files = Vec::new();
    let mut valid = true;
    let mut unreadable = Vec::new();
    for path in &command.files {
        let read = rule_files::read(path).and_then(|mut file| {
            let fixed = match command.fix {
                true => fix::write(&mut file)?,
                false => Vec::new(),
            };
            Ok((file, fixed))
        });
        let (file, fixed) = match read {
            Ok(read) => read,
            Err(error) => {
                unreadable.push(error);
                continue;
            }
        };
        let checked = Checked::of(&file);
        valid &= checked.bundle.is_some();
        if terminal.wants_json() {
            let mut found = file_json(&file, &checked);
            if let (true, Some(found)) = (command.fix, found.as_object_mut()) {
                found.insert("fixed".to_owned(), json!(fixed));
            }
            files.push(found);
        } else {
            let fixed: String = fixed.iter().map(|one| fixed_text(&file, one)).collect();
            terminal.print(&format!("{fixed}{}", file_text(&file, &checked)))?;
        }
    }
    if terminal.wants_json() {
        terminal.print_json(&json!({ "files": files }))?;
    }
    // The others have been checked all the same.
    if !unreadable.is_empty() {
        let said: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
        return Err(CliError::other("file", said.join("; ")));
    }
    Ok(if valid {
        Exit::Success
    } else {
        Exit::RulesInvalid
    })
}

/// How many phrases it adds to the lexicon.
fn phrases(bundle: &Bundle) -> usize {
    let lines = bundle.rule_set().lexicon().iter();
    lines.map(|line| line.phrases.len()).sum()
}

fn file_json(file: &RuleFile, checked: &Checked) -> serde_json::Value {
    let rule_set = checked.bundle.as_ref().map(|bundle| {
        json!({
            "name": bundle.name().as_str(),
            "version": bundle.version(),
            "bundle_hash": bundle.hash().to_string(),
            "phrases": phrases(bundle),
        })
    });
    json!({
        "file": file.name,
        "valid": checked.bundle.is_some(),
        "rule_set": rule_set,
        "diagnostics": checked.diagnostics,
    })
}

/// What was changed, by the place where it was.
fn fixed_text(file: &RuleFile, done: &Diagnostic) -> String {
    let (name, _) = file.part(done.file.as_deref());
    let what = done.fix.as_ref().map_or("", |fix| &fix.title);
    let (line, column) = (done.line, done.column);
    let fixed = paint(GREEN, "fixed:");
    format!("{fixed} {name}:{line}:{column}: {}: {what}\n", done.message)
}

/// A finding with the lines that it is about. Colours are stripped on the way out where they are not
/// wanted.
fn finding_text(file: &RuleFile, diagnostic: &Diagnostic) -> String {
    let (name, source) = file.part(diagnostic.file.as_deref());
    format!("{}\n", diagnostic.render(&name, &source, true))
}

/// The schema is JSON, with or without `--json`.
fn schema(command: &Schema, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let kind = match (command.fragment, command.cases) {
        (true, _) => FileKind::Fragment,
        (_, true) => FileKind::Cases,
        (false, false) => FileKind::RuleSet,
    };
    terminal.print_json(&rules::schema(kind))?;
    Ok(Exit::Success)
}

/// What a check found in one file, for a person.
pub(super) fn file_text(file: &RuleFile, checked: &Checked) -> String {
    let rendered: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|diagnostic| finding_text(file, diagnostic))
        .collect();
    let warnings = match checked.count(Severity::Warning) {
        0 => String::new(),
        count => format!(", {}", counted(count, "warning", "warnings")),
    };
    let verdict = match &checked.bundle {
        Some(bundle) => format!(
            "{} {} {}, bundle {}{}{warnings}",
            paint(GREEN, "valid:"),
            bundle.name(),
            bundle.version(),
            short(&bundle.hash().to_string()),
            match phrases(bundle) {
                0 => String::new(),
                count => format!(", {} of its own", counted(count, "phrase", "phrases")),
            }
        ),
        None => format!(
            "{} {}{warnings}",
            paint(RED, "not valid:"),
            counted(checked.count(Severity::Error), "error", "errors")
        ),
    };
    let fixable = match checked.fixable(file) {
        0 => String::new(),
        1 => "; `--fix` mends 1 of them".to_owned(),
        count => format!("; `--fix` mends {count} of them"),
    };
    format!("{}{}: {verdict}{fixable}\n", rendered.join("\n"), file.name)
}

#[cfg(test)]
mod tests;
