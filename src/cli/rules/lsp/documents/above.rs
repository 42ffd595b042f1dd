//! What stands above the tables of a document: what the rule set changes on recorded decisions, above its
//! head in one sentence, and above each rule that is responsible what is by that rule.

use std::collections::BTreeSet;
use std::ops::Range;

use gen_lsp_types::{CodeLens, Command, InlayHint, Label, Uri};

use super::super::event::Told;
use super::{Documents, Wanted};
use crate::editor;
use crate::replay::backtest::Preview;

impl Documents {
    /// Those that were written since this was asked last.
    pub(in super::super) fn take_overtaken(&mut self) -> BTreeSet<Uri> {
        std::mem::take(&mut self.overtaken)
    }

    /// A rule set that is to be compared, once all that was written is checked and told.
    pub(in super::super) fn next_wanted(&mut self) -> Option<Wanted> {
        if self.has_untold() {
            return None;
        }
        while let Some(uri) = self.wanted.pop_first() {
            if let Some(document) = self.open.get(&uri) {
                let checked = document.checked.as_ref();
                return Some(Wanted {
                    bundle: checked.and_then(|checked| checked.bundle.clone()),
                    known_of: document.recorded.of.clone(),
                    uri,
                });
            }
        }
        None
    }

    /// Takes what was found of a rule set; whether something else is to be shown.
    pub(in super::super) fn found(&mut self, uri: &Uri, told: Told) -> bool {
        let document = self.open.get_mut(uri);
        match (told, document) {
            (Told::Preview(preview), Some(document)) => {
                let differs = document.preview != preview;
                document.preview = preview;
                self.failure = None;
                return differs;
            }
            (Told::Features(recorded), Some(document)) => document.recorded = recorded,
            (Told::Failed(why), document) => {
                let why = format!("what an edit changes is not known: {why}");
                if self.failure.as_ref() != Some(&why) {
                    self.notes.push(why.clone());
                }
                self.failure = Some(why);
                // What it was, it is no longer.
                return document.is_some_and(|document| document.preview.take().is_some());
            }
            (Told::Preview(_) | Told::Features(_), None) | (Told::End, _) => {}
        }
        false
    }

    /// A line above each table that has one.
    pub(in super::super) fn lenses(&mut self, uri: &Uri) -> Option<Vec<CodeLens>> {
        self.view(uri, |view, places, (_, rule_file)| {
            let lines = lines(&editor::sources(view), rule_file.preview.as_ref()?);
            let lenses = lines.into_iter().map(|(span, title)| CodeLens {
                // It stands in one line.
                range: places.range(&(span.start..span.start)),
                command: Some(Command {
                    title,
                    tooltip: None,
                    // There is nothing to be done.
                    command: String::new(),
                    arguments: None,
                }),
                data: None,
            });
            Some(lenses.collect())
        })
    }

    /// The same lines, behind the headers of the tables.
    pub(in super::super) fn hints(&mut self, uri: &Uri) -> Option<Vec<InlayHint>> {
        self.view(uri, |view, places, (_, rule_file)| {
            let lines = lines(&editor::sources(view), rule_file.preview.as_ref()?);
            let hints = lines.into_iter().map(|(span, title)| InlayHint {
                position: places.end_of_line(span.start),
                label: Label::String(title),
                kind: None,
                text_edits: None,
                tooltip: None,
                padding_left: Some(true),
                padding_right: None,
                data: None,
            });
            Some(hints.collect())
        })
    }
}

/// The tables of a text, each with a line of what it changes.
fn lines(sources: &editor::Sources, preview: &Preview) -> Vec<(Range<usize>, String)> {
    let head = sources.head.clone();
    let head = head.map(|span| (span, preview.summary.clone()));
    let of_sources = preview.lines.iter().filter_map(|line| {
        let span = sources.named.get(&line.source)?;
        let same = preview.lines.iter();
        let is_one_of_several = same.filter(|one| one.source == line.source).count() > 1;
        let text = match (&line.reason, is_one_of_several) {
            (Some(reason), true) => format!("{reason}: {}", line.text),
            (Some(_) | None, _) => line.text.clone(),
        };
        Some((span.clone(), text))
    });
    head.into_iter().chain(of_sources).collect()
}
