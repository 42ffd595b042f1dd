//! Which commands can ask a server in the place of the ledger, by the arguments that they take.

use clap::{ArgMatches, Command};

/// Whether the command that is given is one of those that can ask a server in the place of the ledger.
pub(super) fn asks_servers(commands: &Command, given: &ArgMatches) -> bool {
    match given.subcommand() {
        Some((name, given)) => {
            let command = commands.find_subcommand(name);
            command.is_some_and(|command| asks_servers(command, given))
        }
        None => {
            let mut all = commands.get_arguments();
            all.any(|argument| argument.get_id() == "server")
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::{Arguments, CliError};

    #[test]
    fn only_commands_that_can_ask_a_server_say_that_one_can_be_asked() {
        for (line, asks) in [
            ("decisions list", true),
            ("audit list", true),
            ("tokens list", true),
            ("rules activate personal-loan 1.2.0", true),
            ("decisions export all.csv", false),
            ("backtest new.toml", false),
            ("rules watch new.toml", false),
            ("replay", false),
            ("ledger columns", false),
            ("serve", false),
        ] {
            let commands = Arguments::command();
            let words = std::iter::once("underwrite").chain(line.split(' '));
            let given = commands.clone().try_get_matches_from(words).unwrap();
            assert_eq!(asks_servers(&commands, &given), asks, "{line}");
        }
        let none = CliError::other("no_ledger", "there is none").or_ask_a_server();
        assert_eq!(none.code(), "no_ledger");
        assert_eq!(
            none.to_string(),
            "there is none, or ask a running server (`--server`)"
        );
        let other = CliError::other("file", "there is none").or_ask_a_server();
        assert_eq!(other.to_string(), "there is none");
    }
}
