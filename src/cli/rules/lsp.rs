//! `underwrite rules lsp`: a language server over standard input and output.
//!
//! One thread reads messages, this one answers them in their order and checks what was written as
//! soon as the editor is quiet. Nothing but the protocol is written to standard output.

mod convert;
mod documents;
mod server;
mod wire;

use std::io::{self, BufRead, BufReader, Write};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};

use self::server::{Server, Step};
use self::wire::Incoming;
use crate::cli::{CliError, Exit, Terminal};
use crate::limits;

/// Serves the editor that started the program.
pub(super) fn run(terminal: &mut Terminal) -> Result<Exit, CliError> {
    let input = BufReader::new(io::stdin());
    serve(input, &mut io::stdout().lock(), terminal)
}

/// Serves until the editor says that it is enough, or is gone.
fn serve(
    input: impl BufRead + Send + 'static,
    output: &mut impl Write,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let (sender, incoming) = mpsc::sync_channel(limits::EDITOR_MESSAGES_WAITING_MAX);
    std::thread::spawn(move || listen(input, &sender));
    let mut server = Server::new();
    loop {
        let next = if server.has_untold() {
            incoming.recv_timeout(limits::EDITOR_QUIET)
        } else {
            let gone = |_| RecvTimeoutError::Disconnected;
            incoming.recv().map_err(gone)
        };
        let step = match next {
            Ok(message) => server.take(message?),
            Err(RecvTimeoutError::Timeout) => server.check(),
            Err(RecvTimeoutError::Disconnected) => Step::Ends(server.exit()),
        };
        match step {
            Step::Goes(messages) => {
                for message in &messages {
                    wire::write(output, message)?;
                }
                for note in server.notes() {
                    terminal.note(&note)?;
                }
            }
            Step::Ends(exit) => return Ok(exit),
        }
    }
}

/// Hands on what comes in, until nothing more does.
fn listen(mut input: impl BufRead, sender: &SyncSender<io::Result<Incoming>>) {
    while let Some(message) = wire::read(&mut input).transpose() {
        let is_last = message.is_err();
        if sender.send(message).is_err() || is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
