//! `underwrite rules new`

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use serde_json::json;

use crate::cli::args::New;
use crate::cli::{CliError, Exit, Terminal, replaced_file};
use crate::rules;

/// Writes a rule set to start from.
pub(super) fn run(command: &New, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let starter = rules::starter(command.kind);
    let name = command.name.as_ref();
    let text = name.map_or_else(|| starter.text(), |name| starter.named(name));
    let name = name.map_or(starter.name, |name| name.as_str());
    if let Some(path) = &command.out {
        write(path, &text, command.force)?;
    }
    if terminal.wants_json() {
        terminal.print_json(&json!({
            "name": name,
            "kind": command.kind.as_str(),
            "file": command.out,
            "text": command.out.is_none().then_some(text),
        }))?;
    } else if let Some(path) = &command.out {
        let shown = path.display();
        terminal.print(&format!(
            "`{shown}` holds the rule set {name}: calibrate its thresholds, and run \
             `underwrite rules check {shown}`\n"
        ))?;
    } else {
        terminal.print(&text)?;
    }
    Ok(Exit::Success)
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), CliError> {
    let new = OpenOptions::new().write(true).create_new(true).open(path);
    let written = match new {
        Ok(mut file) => file.write_all(text.as_bytes()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && force => {
            replaced_file::replace(path, text.as_bytes())
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let message = format!(
                "`{}` is there, and is not overwritten: name another, or say `--force`",
                path.display()
            );
            return Err(CliError::other("file", message));
        }
        Err(error) => Err(error),
    };
    written.map_err(|error| CliError::file(path, &error))
}
