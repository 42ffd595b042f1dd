//! What goes on behind the answers: rule sets that were opened or saved are compared with what was decided,
//! one after another, each until it is written again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use gen_lsp_types::Uri;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::documents::{Documents, Wanted};
use super::event::{Event, Told};
use crate::cli::CliError;
use crate::cli::args::Recorded;
use crate::cli::rules::previews::{Decisions, of_decisions, recorded_features};
use crate::portfolio::Selection;
use crate::replay::backtest::LookedAt;

/// Where recorded decisions are looked for.
pub(super) struct Place {
    recorded: Recorded,
    environment: BTreeMap<String, String>,
}

/// Compares what is open.
pub(super) struct Behind {
    place: Arc<Place>,
    sender: SyncSender<Event>,
    /// What is being compared, and by what that is ended.
    running: Option<(Uri, CancellationToken)>,
}

impl Place {
    pub(super) fn new(recorded: Recorded, environment: BTreeMap<String, String>) -> Self {
        Self {
            recorded,
            environment,
        }
    }

    /// The decisions; `None` where there are none and nobody said that there would be. A ledger may come
    /// later, so this is asked each time.
    fn decisions(&self) -> Result<Option<Decisions>, CliError> {
        let opened = Decisions::open(&self.recorded, &self.environment, Selection::default());
        match opened {
            Err(error) if error.code() == "no_ledger" && !self.recorded.is_given() => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Compares a rule set, and tells what is found as soon as it is.
    fn compare(
        &self,
        wanted: Wanted,
        stop: &CancellationToken,
        tell: &impl Fn(Told),
    ) -> Result<(), CliError> {
        let Some(bundle) = wanted.bundle else {
            tell(Told::Preview(None));
            return Ok(());
        };
        let Some(decisions) = self.decisions()? else {
            tell(Told::Preview(None));
            return Ok(());
        };
        let found = decisions.compare(bundle.clone(), LookedAt::Read, stop)?;
        let Some(found) = found else { return Ok(()) };
        tell(Told::Preview(found.preview()));
        // Of the same decisions the features are the same.
        if of_decisions(&found) != wanted.known_of {
            let found = decisions.compare(bundle, LookedAt::All, stop)?;
            if let Some(found) = found {
                tell(Told::Features(recorded_features(&found)));
            }
        }
        Ok(())
    }
}

impl Behind {
    pub(super) fn new(place: Place, sender: SyncSender<Event>) -> Self {
        Self {
            place: Arc::new(place),
            sender,
            running: None,
        }
    }

    /// What was being compared has ended.
    pub(super) fn ended(&mut self) {
        self.running = None;
    }

    /// Ends what an edit has overtaken, and begins what is wanted next, where nothing is to be answered
    /// first.
    pub(super) fn go_on(&mut self, documents: &mut Documents) {
        let overtaken = documents.take_overtaken();
        match &self.running {
            // It says when it has ended.
            Some((uri, stop)) if overtaken.contains(uri) => stop.cancel(),
            Some(_) => {}
            None => {
                if let Some(wanted) = documents.next_wanted() {
                    self.begin(wanted);
                }
            }
        }
    }

    fn begin(&mut self, wanted: Wanted) {
        let stop = CancellationToken::new();
        self.running = Some((wanted.uri.clone(), stop.clone()));
        let (place, sender) = (Arc::clone(&self.place), self.sender.clone());
        let runtime = Handle::current();
        std::thread::spawn(move || {
            let _runtime = runtime.enter();
            let uri = wanted.uri.clone();
            let tell = |told: Told| {
                // Nobody listens any more once the session has ended.
                let _ = sender.send(Event::Found(uri.clone(), told));
            };
            if let Err(error) = place.compare(wanted, &stop, &tell) {
                tell(Told::Failed(error.to_string()));
            }
            tell(Told::End);
        });
    }
}
