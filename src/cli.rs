//! The command line: one file a command.
//!
//! What people read goes to standard output, what happened on the way to standard error. With
//! `--json` the output is one JSON value. `docs/cli.md` documents both, and the exit codes
//! ([`Exit`]).

mod accounts;
mod analyze;
mod answers;
mod args;
mod asks_servers;
mod assembly;
mod audit;
mod backtest;
mod bank_data;
mod caller;
mod chain;
mod config;
mod corpus;
mod daily_balances;
mod decide;
mod decided_by;
mod decisions;
#[cfg(feature = "sandbox")]
mod demo;
mod doctor;
mod error;
mod evaluate;
mod exit;
mod follow_ups;
mod head_file;
mod import;
mod interrupt;
mod json;
mod json_lines;
mod json_list;
mod known_data;
mod ledger;
mod limited_file;
mod logs;
mod packet;
mod page_file;
mod records;
mod replaced_file;
mod replay;
mod resolve;
mod rule_files;
mod rule_sets;
mod rules;
#[cfg(feature = "sandbox")]
mod sandbox;
mod serve;
mod sessions;
mod show;
mod sparkline;
mod stream_reviews;
mod table;
mod tenants;
mod terminal;
mod text;
mod tokens;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

pub use args::Arguments;
pub use error::CliError;
pub use exit::Exit;
pub use terminal::Terminal;

use args::{Command, RulesCommand};
use asks_servers::asks_servers;

/// The whole program.
pub fn main() -> ExitCode {
    crate::stripe::tls::install();
    let mut commands = Arguments::command();
    let given = commands.clone().get_matches();
    let asks_servers = asks_servers(&commands, &given);
    let arguments = Arguments::from_arg_matches(&given)
        .unwrap_or_else(|error| error.format(&mut commands).exit());
    let mut terminal = Terminal::standard(arguments.color.into(), arguments.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return finish(&mut terminal, Err(CliError::from(error))).into(),
    };
    let result = runtime.block_on(execute(arguments, &environment(), &mut terminal));
    // A call that outlived the drain does not keep the process.
    runtime.shutdown_background();
    let result = match asks_servers {
        true => result.map_err(CliError::or_ask_a_server),
        false => result,
    };
    finish(&mut terminal, result).into()
}

/// The variables of the process that are text.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, text): (OsString, OsString)| {
            Some((name.into_string().ok()?, text.into_string().ok()?))
        })
        .collect()
}

/// Runs one command.
pub async fn execute(
    arguments: Arguments,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    match arguments.command {
        Command::Serve(command) => serve::run(command, environment, terminal).await,
        #[cfg(feature = "sandbox")]
        Command::Demo(command) => demo::run(command, terminal).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(command) => sandbox::run(*command, environment, terminal).await,
        #[cfg(not(feature = "sandbox"))]
        Command::LeftOut(_) => Err(CliError::Usage(args::LEFT_OUT.to_owned())),
        Command::Decide(command) => decide::run(*command, environment, terminal).await,
        Command::Decisions(command) => decisions::run(command, environment, terminal).await,
        Command::Ledger(command) => ledger::run(command, environment, terminal).await,
        Command::Audit(command) => audit::run(command, environment, terminal).await,
        Command::Replay(command) => replay::run(*command, environment, terminal).await,
        Command::Backtest(command) => backtest::run(*command, environment, terminal).await,
        Command::Tokens(command) => tokens::run(command, environment, terminal).await,
        Command::Rules(RulesCommand::Files(command)) => {
            rules::run(command, environment, terminal).await
        }
        Command::Rules(RulesCommand::Published(command)) => {
            rule_sets::run(*command, environment, terminal).await
        }
        Command::Corpus(command) => corpus::run(&command, terminal),
        Command::Evaluate(command) => evaluate::run(&command, terminal),
        Command::Doctor(command) => doctor::run(command, environment, terminal).await,
        Command::Config(command) => config::run(command, environment, terminal),
        Command::Import(command) => import::run(*command, environment, terminal).await,
        Command::Analyze(command) => analyze::run(*command, environment, terminal).await,
        Command::Accounts(command) => accounts::run(command, environment, terminal).await,
        Command::Sessions(command) => sessions::run(command, environment, terminal).await,
    }
}

/// Says how a command failed, if it did, and gives its exit code.
pub fn finish(terminal: &mut Terminal, result: Result<Exit, CliError>) -> Exit {
    match result {
        Ok(exit) => exit,
        // Whoever read the output has read enough.
        Err(CliError::Io(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Success,
        Err(error) => {
            // Nobody is left to tell where this fails.
            let _ = terminal.complain(&error);
            error.exit()
        }
    }
}

#[cfg(test)]
mod tests;
