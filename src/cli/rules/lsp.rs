//! `underwrite rules lsp`: a language server over standard input and output.
//!
//! One thread reads messages, this one answers them in their order and checks what was written as
//! soon as the editor is quiet. What an edit changes on recorded decisions is found behind the answers, in
//! a thread of its own. Nothing but the protocol is written to standard output.

mod behind;
mod convert;
mod documents;
mod event;
mod server;
mod wire;

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};

use self::behind::{Behind, Place};
use self::event::Event;
use self::server::{Server, Step};
use crate::cli::args::Lsp;
use crate::cli::{CliError, Exit, Terminal};
use crate::limits;

/// Serves the editor that started the program.
pub(super) fn run(
    command: &Lsp,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let input = BufReader::new(io::stdin());
    let place = Place::new(command.recorded.clone(), environment.clone());
    serve(input, &mut io::stdout().lock(), terminal, Some(place))
}

/// Serves until the editor says that it is enough, or is gone; where `place` says where recorded decisions
/// are, with what is found of them.
fn serve(
    input: impl BufRead + Send + 'static,
    output: &mut impl Write,
    terminal: &mut Terminal,
    place: Option<Place>,
) -> Result<Exit, CliError> {
    let (sender, events) = mpsc::sync_channel(limits::EDITOR_MESSAGES_WAITING_MAX);
    let mut behind = place.map(|place| Behind::new(place, sender.clone()));
    std::thread::spawn(move || listen(input, &sender));
    let mut server = Server::new();
    loop {
        let next = if server.has_untold() {
            events.recv_timeout(limits::EDITOR_QUIET)
        } else {
            let gone = |_| RecvTimeoutError::Disconnected;
            events.recv().map_err(gone)
        };
        let step = match next {
            Ok(Event::Came(message)) => server.take(message?),
            Ok(Event::Found(uri, told)) => {
                match behind.as_mut().and_then(|behind| behind.heard(told)) {
                    Some(told) => server.found(&uri, told),
                    None => Step::Goes(Vec::new()),
                }
            }
            Err(RecvTimeoutError::Timeout) => server.check(),
            Ok(Event::Gone) | Err(RecvTimeoutError::Disconnected) => Step::Ends(server.exit()),
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
        if let Some(behind) = &mut behind {
            behind.go_on(server.documents());
        }
    }
}

/// Hands on what comes in, until nothing more does.
fn listen(mut input: impl BufRead, sender: &SyncSender<Event>) {
    while let Some(message) = wire::read(&mut input).transpose() {
        let is_last = message.is_err();
        if sender.send(Event::Came(message)).is_err() || is_last {
            return;
        }
    }
    // Where nobody listens any more, nobody has to be told.
    let _ = sender.send(Event::Gone);
}

#[cfg(test)]
mod tests;
