//! Makes those fixes of a rule file that are sure, one after the other until none is left.

use std::collections::BTreeSet;

use super::attachments::Attachments;
use super::check::check_with;
use super::diagnostic::Diagnostic;
use super::fix::{Certainty, Fix, apart, edited};
use crate::limits;

/// A rule file, with the files beside it, in which what is surely meant was written.
#[derive(Debug)]
pub struct Mended {
    /// The rule file.
    pub source: String,
    /// The files beside it.
    pub attachments: Attachments,
    /// The findings whose fixes were made, each in its place in the file as it was then.
    pub done: Vec<Diagnostic>,
}

/// Makes all fixes that are sure. What is left takes a person.
pub fn mend(source: &str, attachments: &Attachments) -> Mended {
    let mut mended = Mended {
        source: source.to_owned(),
        attachments: attachments.clone(),
        done: Vec::new(),
    };
    // What a mistake has hidden is found only when it is gone.
    for _ in 0..limits::FIX_ROUNDS_MAX {
        let (_, found) = check_with(&mended.source, &mended.attachments);
        let sure = |fix: &&Fix| fix.certainty == Certainty::Sure;
        let all = found.iter().filter_map(|one| one.fix.as_ref());
        let made: Vec<Fix> = apart(all.filter(sure)).into_iter().cloned().collect();
        if made.is_empty() {
            break;
        }
        mended.make(&made);
        let of_made = |one: &Diagnostic| one.fix.as_ref().is_some_and(|fix| made.contains(fix));
        mended.done.extend(found.into_iter().filter(of_made));
    }
    mended
}

impl Mended {
    fn make(&mut self, fixes: &[Fix]) {
        let edits = || fixes.iter().flat_map(|fix| &fix.edits);
        self.source = edited(&self.source, None, edits());
        let names: BTreeSet<String> = edits().filter_map(|edit| edit.file.clone()).collect();
        for name in names {
            let bytes = self.attachments.get(&name).unwrap_or_default();
            let Ok(text) = std::str::from_utf8(bytes) else {
                continue;
            };
            let changed = edited(text, Some(&name), edits());
            self.attachments.insert(name, changed);
        }
    }
}
