//! Looks for characters that are not what they look like, in a rule file and in the files beside it.

use crate::limits;
use crate::rules::advice::Advice;
use crate::rules::attachments::Attachments;
use crate::rules::characters::{self, Hidden};
use crate::rules::diagnostic::{Code, Diagnostic, Report, in_order};
use crate::rules::fix::Fix;

/// Files as they look, where that is not what they are.
pub(super) struct Seen {
    pub(super) source: String,
    pub(super) attachments: Attachments,
    files: Vec<File>,
}

/// A file with such characters.
struct File {
    /// `None` of the rule file itself.
    name: Option<String>,
    text: String,
    hidden: Vec<Hidden>,
    shifts: Vec<(usize, usize)>,
}

/// `None` where every character is what it looks like. A file that is too large is not looked at.
pub(super) fn look(source: &str, attachments: &Attachments) -> Option<Seen> {
    let mut seen = Seen {
        source: source.to_owned(),
        attachments: attachments.clone(),
        files: Vec::new(),
    };
    let own = (source.len() <= limits::RULE_FILE_BYTES_MAX).then_some((None, source));
    let others = attachments.iter().take(limits::ATTACHMENTS_MAX);
    let others = others.filter(|(_, bytes)| bytes.len() <= limits::ATTACHMENT_BYTES_MAX);
    let others = others.filter_map(|(name, bytes)| {
        let text = std::str::from_utf8(bytes).ok()?;
        Some((Some(name.to_owned()), text))
    });
    for (name, text) in own.into_iter().chain(others) {
        let hidden = characters::hidden(text);
        if hidden.is_empty() {
            continue;
        }
        let (as_it_looks, shifts) = characters::as_it_looks(text, &hidden);
        match &name {
            None => seen.source = as_it_looks,
            Some(name) => seen.attachments.insert(name.as_str(), as_it_looks),
        }
        seen.files.push(File {
            name,
            text: text.to_owned(),
            hidden,
            shifts,
        });
    }
    (!seen.files.is_empty()).then_some(seen)
}

impl Seen {
    /// What there is to say of these characters, and, of files as they look, all else, each in its
    /// place in the files as they are.
    pub(super) fn findings(
        &self,
        others: Vec<Diagnostic>,
        source: &str,
        attachments: &Attachments,
    ) -> Vec<Diagnostic> {
        let own = self.files.iter().flat_map(File::findings);
        let moved = others.into_iter().map(|finding| {
            let file = self.files.iter().find(|file| file.name == finding.file);
            let at = |place| file.map_or(place, |file| characters::place(place, &file.shifts));
            let fix = finding.fix.map(|fix| self.moved(fix));
            Diagnostic {
                span: at(finding.span.start)..at(finding.span.end),
                fix,
                ..finding
            }
        });
        let text_of = |file: Option<&str>| match file {
            None => source,
            Some(name) => {
                let bytes = attachments.get(name).unwrap_or_default();
                std::str::from_utf8(bytes).unwrap_or_default()
            }
        };
        in_order(text_of, own.chain(moved).collect())
    }
}

impl Seen {
    /// A fix in the files as they are.
    fn moved(&self, mut fix: Fix) -> Fix {
        for edit in &mut fix.edits {
            if let Some(file) = self.files.iter().find(|file| file.name == edit.file) {
                let at = |place| characters::place(place, &file.shifts);
                edit.span = at(edit.span.start)..at(edit.span.end);
            }
        }
        fix
    }
}

impl File {
    fn findings(&self) -> Vec<Diagnostic> {
        let mut report = Report::new(&self.text);
        for one in &self.hidden {
            let point = u32::from(one.character);
            let message = match one.looks_like {
                Some(like) => format!("U+{point:04X} looks like `{like}` and is {}", one.name),
                None => format!("U+{point:04X} {} cannot be seen", one.name),
            };
            let (help, instead) = match one.looks_like {
                Some(like) => (format!("write `{like}`"), like.to_string()),
                None => ("leave it out".to_owned(), String::new()),
            };
            let help = Advice::words(help).at(one.place.clone(), instead).surely();
            report.error_with(Code::HiddenCharacter, &one.place, message, help);
        }
        let found = report.finish().into_iter();
        let named = found.map(|mut finding| {
            finding.file.clone_from(&self.name);
            for edit in finding.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
                edit.file.clone_from(&self.name);
            }
            finding
        });
        named.collect()
    }
}
