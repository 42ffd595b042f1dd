//! `underwrite config`: looks at the settings.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::args;
use super::table::{Cell, render};
use super::text::{DIM, GREEN, paint};
use super::{CliError, Exit, Terminal};
use crate::config::{self, Config};

/// Runs the command.
pub(super) fn run(
    command: args::Config,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    match command {
        args::Config::Check(serve) => check(&serve, environment, terminal),
        args::Config::Show(serve) => show(&serve, environment, terminal),
    }
}

fn check(
    serve: &args::Serve,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    Config::load(serve.given(), environment, serve.settings.config.as_deref())?;
    if terminal.wants_json() {
        terminal.print_json(&json!({ "valid": true }))?;
    } else {
        let valid = paint(GREEN, "valid");
        terminal.print(&format!("The settings are {valid}\n"))?;
    }
    Ok(Exit::Success)
}

fn show(
    serve: &args::Serve,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let file = serve.settings.config.as_deref();
    let shown = config::show(serve.given(), environment, file)?;
    if terminal.wants_json() {
        let settings: Vec<Value> = shown
            .into_iter()
            .map(|(setting, given)| {
                let (text, origin) = given.map(|given| (given.text, given.origin)).unzip();
                json!({
                    "setting": setting.name,
                    "value": text,
                    "origin": origin,
                    "default": setting.default,
                })
            })
            .collect();
        terminal.print_json(&json!({ "settings": settings }))?;
        return Ok(Exit::Success);
    }
    let rows = shown
        .into_iter()
        .map(|(setting, given)| {
            let name = Cell::new(setting.name);
            match given {
                Some(given) => vec![name, Cell::new(given.text), Cell::new(given.origin)],
                None => vec![
                    name,
                    Cell::styled(setting.default, DIM),
                    Cell::styled("default", DIM),
                ],
            }
        })
        .collect();
    let width = terminal.width();
    terminal.print(&render(&["setting", "value", "given by"], rows, width))?;
    Ok(Exit::Success)
}
