//! What is found in the documents that are open, and what of it is told.

use std::collections::{BTreeMap, BTreeSet};

use gen_lsp_types::{
    Diagnostic, PublishDiagnosticsNotification, PublishDiagnosticsParams, Uri,
    json_rpc::RequestObject,
};

use super::super::convert::Places;
use super::super::wire::Outgoing;
use super::{Checked, Document, Documents};
use crate::cli::CliError;
use crate::cli::rule_files::{self, RuleFile};
use crate::rules::{self, Bundle, FileKind};

impl Documents {
    /// Checks the documents that were written, and tells nothing yet.
    pub(super) fn check_unchecked(&mut self) {
        for uri in std::mem::take(&mut self.unchecked) {
            self.untold = true;
            let checked = self.open.get(&uri).map(|one| self.checked(one));
            if let (Some(checked), Some(document)) = (checked, self.open.get_mut(&uri)) {
                let (checked, note) = checked;
                document.checked = Some(checked);
                self.notes.extend(note);
            }
        }
    }

    /// What a check finds, and what kept it from reading a file.
    fn checked(&self, document: &Document) -> (Checked, Option<String>) {
        let alone: fn(&str) -> Vec<rules::Diagnostic> = match FileKind::of(&document.text) {
            Some(FileKind::RuleSet) => return self.checked_rule_set(document),
            Some(FileKind::Fragment) => rules::check_fragment,
            Some(FileKind::Cases) => rules::check_cases,
            None => |_| Vec::new(),
        };
        let checked = Checked {
            found: alone(&document.text),
            ..Checked::default()
        };
        (checked, None)
    }

    fn checked_rule_set(&self, document: &Document) -> (Checked, Option<String>) {
        let mut names = BTreeSet::new();
        let mut note = None;
        let alone = || RuleFile::alone("", document.text.as_bytes());
        let read = rule_files::with_parts(alone(), |name| {
            names.insert(name.to_owned());
            // What cannot be read is not there.
            Ok(self.read_part(document, name).unwrap_or_else(|error| {
                note = Some(error.to_string());
                None
            }))
        });
        let file = read.unwrap_or_else(|_| alone());
        let (bundle, found) = Bundle::publish_and_tell(&file.bytes, &file.attachments);
        let checked = Checked {
            found,
            attachments: file.attachments,
            names,
            bundle,
        };
        (checked, note)
    }

    /// A file that a document names, as the editor has it where it is open.
    fn read_part(&self, document: &Document, name: &str) -> Result<Option<Vec<u8>>, CliError> {
        let Some(path) = &document.path else {
            return Ok(None);
        };
        let path = path.with_file_name(name);
        match self.open_at(&path) {
            Some((_, open)) => Ok(Some(open.text.clone().into_bytes())),
            None => rule_files::read_part(&path),
        }
    }

    /// What is found otherwise than the editor shows it, of each file.
    pub(super) fn tell(&mut self) -> Vec<Outgoing> {
        let mut now: BTreeMap<Uri, Vec<Diagnostic>> = BTreeMap::new();
        for (uri, document) in &self.open {
            let Some(checked) = &document.checked else {
                continue;
            };
            // What is wrong with a fragment is found with the rule set that imports it.
            if self.importer(uri).is_some() {
                continue;
            }
            for of_one in checked.found.chunk_by(|a, b| a.file == b.file) {
                let name = of_one.first().and_then(|one| one.file.as_deref());
                let Some((uri, text)) = self.part(uri, name) else {
                    continue;
                };
                let places = Places::new(&text, self.encoding);
                let shown = now.entry(uri).or_default();
                for found in of_one.iter().map(|one| places.finding(one)) {
                    // Two rule sets may import one fragment.
                    if !shown.contains(&found) {
                        shown.push(found);
                    }
                }
            }
        }
        let gone = self.shown.keys().filter(|uri| !now.contains_key(*uri));
        let gone: Vec<Uri> = gone.cloned().collect();
        let mut told: Vec<Outgoing> = gone.iter().map(|uri| self.findings(uri, &[])).collect();
        for (uri, found) in &now {
            if self.shown.get(uri) != Some(found) {
                told.push(self.findings(uri, found));
            }
        }
        self.shown = now;
        told
    }

    fn findings(&self, uri: &Uri, found: &[Diagnostic]) -> Outgoing {
        let params = PublishDiagnosticsParams {
            uri: uri.clone(),
            version: self.open.get(uri).map(|document| document.version),
            diagnostics: found.to_vec(),
        };
        Outgoing::Notification(RequestObject::from_notification::<
            PublishDiagnosticsNotification,
        >(params))
    }
}
