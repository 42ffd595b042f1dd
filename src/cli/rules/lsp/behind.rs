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

    /// Takes what was found of what is being compared; `None` where an edit has overtaken it.
    pub(super) fn heard(&mut self, told: Told) -> Option<Told> {
        let is_overtaken = match &self.running {
            Some((_, stop)) => stop.is_cancelled(),
            None => false,
        };
        match told {
            Told::End => {
                self.running = None;
                Some(told)
            }
            Told::Preview(_) | Told::Features(_) | Told::Failed(_) => {
                Some(told).filter(|_| !is_overtaken)
            }
        }
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use gen_lsp_types::{DidChangeTextDocumentParams, DidOpenTextDocumentParams};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_edit_has_overtaken_is_never_shown() {
        let uri: Uri = "file:///rules.toml".parse().unwrap();
        let other: Uri = "file:///other.toml".parse().unwrap();
        let mut documents = Documents::default();
        for uri in [&uri, &other] {
            let document = json!({"uri": uri, "languageId": "toml", "version": 1, "text": ""});
            let opened = json!({ "textDocument": document });
            documents.opened(serde_json::from_value::<DidOpenTextDocumentParams>(opened).unwrap());
        }
        let stop = CancellationToken::new();
        let (sender, _events) = mpsc::sync_channel(1);
        let mut behind = Behind {
            place: Arc::new(Place::new(Recorded::default(), BTreeMap::new())),
            sender,
            running: Some((uri.clone(), stop.clone())),
        };
        let mut edit = |uri: &Uri, behind: &mut Behind| {
            let document = json!({"uri": uri, "version": 2});
            let changed = json!({"textDocument": document, "contentChanges": [{"text": "#"}]});
            let changed = serde_json::from_value::<DidChangeTextDocumentParams>(changed);
            documents.changed(changed.unwrap());
            behind.go_on(&mut documents);
        };
        // Another file does not name it, and says nothing of it.
        edit(&other, &mut behind);
        assert!(behind.heard(Told::Preview(None)).is_some());
        // It had been found already, and waited to be shown.
        edit(&uri, &mut behind);
        assert!(stop.is_cancelled());
        assert!(behind.heard(Told::Preview(None)).is_none());
        assert!(behind.heard(Told::Failed("of then".to_owned())).is_none());
        assert!(behind.heard(Told::End).is_some());
        assert!(behind.running.is_none());
    }
}
