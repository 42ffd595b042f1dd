//! The documents that an editor has open, what is found in them, and what is asked about them.

mod above;
mod findings;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, CodeActionResponse, CompletionResponse,
    DefinitionResponse, Diagnostic, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DidSaveTextDocumentParams, Hover, Location,
    TextDocumentContentChangeEvent, TextDocumentIdentifier, TextDocumentPositionParams, TextEdit,
    Uri, WorkspaceEdit,
};

use super::convert::Places;
use super::wire::Outgoing;
use crate::editor::{self, Encoding, View};
use crate::limits;
use crate::replay::backtest::Preview;
use crate::rules::{self, Attachments, Bundle, Certainty, FileKind, Fix};

/// A document that is open.
struct Document {
    /// Where it is kept; `None` of one that has no file yet.
    path: Option<PathBuf>,
    version: i32,
    text: String,
    /// What the last check found.
    checked: Option<Checked>,
    /// What the rule set changes on recorded decisions, as it was saved.
    preview: Option<Preview>,
    /// What features were in those.
    recorded: editor::Recorded,
}

/// What a check found in a document.
#[derive(Default)]
struct Checked {
    found: Vec<rules::Diagnostic>,
    /// The files that it names, as they were then.
    attachments: Attachments,
    /// The names of all of them, also of those that are not there.
    names: BTreeSet<String>,
    /// The rule set, where it is one that can be used.
    bundle: Option<Bundle>,
}

/// A rule set that is to be compared with recorded decisions.
pub(super) struct Wanted {
    pub(super) uri: Uri,
    /// None where it cannot be used.
    pub(super) bundle: Option<Bundle>,
    /// Of which decisions it is known what their features were.
    pub(super) known_of: String,
}

/// All that are open.
pub(super) struct Documents {
    open: BTreeMap<Uri, Document>,
    /// Those that were written, or that name one that was, since they were checked.
    unchecked: BTreeSet<Uri>,
    /// Those that were opened or saved since they were compared with recorded decisions.
    wanted: BTreeSet<Uri>,
    /// Those that were written since: what is being found of them is of the past.
    overtaken: BTreeSet<Uri>,
    /// Why a comparison failed last.
    failure: Option<String>,
    /// Whether any was checked since the editor was told what is found.
    untold: bool,
    /// What the editor shows, of each file of which it shows something.
    shown: BTreeMap<Uri, Vec<Diagnostic>>,
    pub(super) encoding: Encoding,
    /// Whether the editor takes snippets.
    pub(super) snippets: bool,
    /// What is to be said on standard error.
    pub(super) notes: Vec<String>,
}

impl Default for Documents {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
            unchecked: BTreeSet::new(),
            wanted: BTreeSet::new(),
            overtaken: BTreeSet::new(),
            failure: None,
            untold: false,
            shown: BTreeMap::new(),
            // What the protocol says where nothing else is agreed.
            encoding: Encoding::Utf16,
            snippets: false,
            notes: Vec::new(),
        }
    }
}

impl Documents {
    pub(super) fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let opened = params.text_document;
        let known = self.open.contains_key(&opened.uri);
        if !known && self.open.len() >= limits::EDITOR_DOCUMENTS_MAX {
            let max = limits::EDITOR_DOCUMENTS_MAX;
            self.notes.push(format!(
                "more than {max} documents are open: the others are not looked at"
            ));
            return;
        }
        let document = Document {
            path: opened.uri.to_file_path().ok(),
            version: opened.version,
            text: opened.text,
            checked: None,
            preview: None,
            recorded: editor::Recorded::default(),
        };
        self.open.insert(opened.uri.clone(), document);
        self.written(&opened.uri);
        self.wanted.insert(opened.uri);
    }

    pub(super) fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let uri = params.text_document.text_document_identifier.uri;
        let Some(document) = self.open.get_mut(&uri) else {
            return;
        };
        document.version = params.text_document.version;
        for change in params.content_changes {
            change_text(&mut document.text, change, self.encoding);
        }
        if document.text.len() > limits::EDITOR_MESSAGE_BYTES_MAX {
            self.open.remove(&uri);
            let note = "a document has become too large, and is no longer looked at";
            self.notes.push(note.to_owned());
        }
        self.written(&uri);
        let overtaken = self.with_those_that_name(&uri);
        self.wanted.retain(|wanted| !overtaken.contains(wanted));
        self.overtaken.extend(overtaken);
    }

    pub(super) fn saved(&mut self, params: &DidSaveTextDocumentParams) {
        let of_it = self.with_those_that_name(&params.text_document.uri);
        self.wanted.extend(of_it);
        self.unchecked_all();
    }

    pub(super) fn closed(&mut self, params: &DidCloseTextDocumentParams) {
        let uri = &params.text_document.uri;
        self.open.remove(uri);
        self.written(uri);
        self.wanted.remove(uri);
        self.overtaken.insert(uri.clone());
    }

    /// What can be written at a place.
    pub(super) fn completion(
        &mut self,
        params: &TextDocumentPositionParams,
    ) -> Option<CompletionResponse> {
        let snippets = self.snippets;
        self.look(params, |view, places, offset, _| {
            let found = editor::completions(view, offset);
            let items = found.items.iter();
            let items = items.map(|item| places.completion(&found.span, item, snippets));
            Some(CompletionResponse::CompletionItemList(items.collect()))
        })
    }

    /// What is known of what stands at a place.
    pub(super) fn hover(&mut self, params: &TextDocumentPositionParams) -> Option<Hover> {
        self.look(params, |view, places, offset, (_, document)| {
            let found = editor::hover(view, offset, &document.recorded)?;
            Some(places.hover(&found))
        })
    }

    /// Where that is declared which stands at a place.
    pub(super) fn definition(
        &mut self,
        params: &TextDocumentPositionParams,
    ) -> Option<DefinitionResponse> {
        let (rule_file, found) = self.look(params, |view, _, offset, (rule_file, _)| {
            let found = editor::definition(view, offset)?;
            Some((rule_file.clone(), found))
        })?;
        let (uri, text) = self.part(&rule_file, found.file.as_deref())?;
        let range = Places::new(&text, self.encoding).range(&found.span);
        let location = Location { uri, range };
        Some(DefinitionResponse::Definition(location.into()))
    }

    /// The change that writes a document the one way; none of one that is no TOML, or no rule file.
    pub(super) fn formatting(&self, document: &TextDocumentIdentifier) -> Option<Vec<TextEdit>> {
        let text = &self.open.get(&document.uri)?.text;
        FileKind::of(text)?;
        let formatted = rules::formatted(text.as_bytes()).ok()?;
        if formatted == *text {
            return Some(Vec::new());
        }
        let places = Places::new(text, self.encoding);
        Some(vec![places.edit(&(0..text.len()), &formatted)])
    }

    /// The fixes of what is found in a range.
    pub(super) fn code_actions(&mut self, params: &CodeActionParams) -> Vec<CodeActionResponse> {
        let wanted = params.context.only.as_ref();
        if wanted.is_some_and(|only| !only.contains(&CodeActionKind::QuickFix)) {
            return Vec::new();
        }
        // A fix fits the text that was checked.
        self.check_unchecked();
        let Some(document) = self.open.get(&params.text_document.uri) else {
            return Vec::new();
        };
        let places = Places::new(&document.text, self.encoding);
        let range = places.bytes(params.range);
        let meets = |span: &Range<usize>| span.start <= range.end && range.start <= span.end;
        let mut actions = Vec::new();
        for (rule_file, other) in &self.open {
            let all = other.checked.iter().flat_map(|one| &one.found);
            for found in all.filter(|found| meets(&found.span)) {
                let uri = self.uri_of_part(rule_file, found.file.as_deref());
                let own = uri.as_ref() == Some(&params.text_document.uri);
                if let (true, Some(fix)) = (own, &found.fix) {
                    actions.push(CodeActionResponse::CodeAction(CodeAction {
                        title: fix.title.clone(),
                        kind: Some(CodeActionKind::QuickFix),
                        diagnostics: Some(vec![places.finding(found)]),
                        is_preferred: Some(fix.certainty == Certainty::Sure),
                        edit: Some(self.edit_of(rule_file, fix)),
                        ..CodeAction::default()
                    }));
                }
            }
        }
        actions
    }

    fn edit_of(&self, rule_file: &Uri, fix: &Fix) -> WorkspaceEdit {
        let mut changes: BTreeMap<Uri, Vec<TextEdit>> = BTreeMap::new();
        for edit in &fix.edits {
            if let Some((uri, text)) = self.part(rule_file, edit.file.as_deref()) {
                let places = Places::new(&text, self.encoding);
                let edit = places.edit(&edit.span, &edit.replacement);
                changes.entry(uri).or_default().push(edit);
            }
        }
        WorkspaceEdit {
            changes: Some(changes.into_iter().collect()),
            ..WorkspaceEdit::default()
        }
    }

    /// A file of a rule set with its text: the rule file itself, or one that it names.
    fn part(&self, rule_file: &Uri, name: Option<&str>) -> Option<(Uri, String)> {
        let uri = self.uri_of_part(rule_file, name)?;
        if let Some(open) = self.open.get(&uri) {
            return Some((uri, open.text.clone()));
        }
        let checked = self.open.get(rule_file)?.checked.as_ref();
        let bytes = checked.zip(name);
        let bytes = bytes.and_then(|(checked, name)| checked.attachments.get(name));
        let text = String::from_utf8_lossy(bytes.unwrap_or_default());
        Some((uri, text.into_owned()))
    }

    /// A file of a rule set by the name that the editor has for it.
    fn uri_of_part(&self, rule_file: &Uri, name: Option<&str>) -> Option<Uri> {
        let Some(name) = name else {
            return Some(rule_file.clone());
        };
        let path = self
            .open
            .get(rule_file)?
            .path
            .as_ref()?
            .with_file_name(name);
        let open = self.open_at(&path).map(|(uri, _)| uri.clone());
        open.or_else(|| Uri::from_file_path(path).ok())
    }

    fn open_at(&self, path: &Path) -> Option<(&Uri, &Document)> {
        let mut all = self.open.iter();
        all.find(|(_, document)| document.path.as_deref() == Some(path))
    }

    /// The rule set that is open and imports a document, and the name by which it does.
    fn importer(&self, uri: &Uri) -> Option<(&Uri, &Document, String)> {
        let path = self.open.get(uri)?.path.as_ref()?;
        self.open.iter().find_map(|(other, document)| {
            let name = document.name_of(path)?;
            (other != uri).then_some((other, document, name))
        })
    }

    /// Asks about a place of a document as it is now. The rule file of which it is a part is told too.
    fn look<T>(
        &mut self,
        params: &TextDocumentPositionParams,
        ask: impl FnOnce(&View<'_>, &Places<'_>, usize, (&Uri, &Document)) -> Option<T>,
    ) -> Option<T> {
        self.view(&params.text_document.uri, |view, places, rule_file| {
            ask(view, places, places.offset(params.position), rule_file)
        })
    }

    /// Asks about a document as it is now, with the rule file of which it is a part.
    fn view<T>(
        &mut self,
        uri: &Uri,
        ask: impl FnOnce(&View<'_>, &Places<'_>, (&Uri, &Document)) -> Option<T>,
    ) -> Option<T> {
        if self.open.get(uri)?.checked.is_none() {
            self.check_unchecked();
        }
        let document = self.open.get(uri)?;
        let places = Places::new(&document.text, self.encoding);
        if let Some((rule_file, importer, name)) = self.importer(uri) {
            let mut attachments = importer.attachments();
            attachments.insert(name.clone(), document.text.clone());
            let view = View::of_fragment(&importer.text, &attachments, &name);
            return ask(&view, &places, (rule_file, importer));
        }
        let attachments = document.attachments();
        let view = View::of_file(&document.text, &attachments);
        ask(&view, &places, (uri, document))
    }

    /// Notes that a document was written, or is no longer: whatever names it is checked again.
    fn written(&mut self, uri: &Uri) {
        let of_it = self.with_those_that_name(uri);
        self.unchecked.extend(of_it);
    }

    /// A document, and those that name it.
    fn with_those_that_name(&self, uri: &Uri) -> BTreeSet<Uri> {
        let mut all = BTreeSet::from([uri.clone()]);
        if let Ok(path) = uri.to_file_path() {
            let open = self.open.iter();
            let named = open.filter(|(_, document)| document.name_of(&path).is_some());
            all.extend(named.map(|(uri, _)| uri.clone()));
        }
        all
    }

    /// Notes that files beside those that are open may have changed.
    pub(super) fn unchecked_all(&mut self) {
        self.unchecked.extend(self.open.keys().cloned());
    }

    /// Whether there is something to check, or to tell of what was.
    pub(super) fn has_untold(&self) -> bool {
        self.untold || !self.unchecked.is_empty()
    }

    /// Checks what was written, and tells what is found otherwise than before.
    pub(super) fn check(&mut self) -> Vec<Outgoing> {
        self.check_unchecked();
        self.untold = false;
        self.tell()
    }
}

impl Document {
    /// The name by which it names a file, among those that were there.
    fn name_of(&self, path: &Path) -> Option<String> {
        let (own, checked) = (self.path.as_ref()?, self.checked.as_ref()?);
        let mut names = checked.names.iter();
        let name = names.find(|name| own.with_file_name(name) == path)?;
        Some(name.clone())
    }

    fn attachments(&self) -> Attachments {
        let checked = self.checked.as_ref();
        checked.map_or_else(Attachments::none, |one| one.attachments.clone())
    }
}

/// Makes a change. A place that the text does not have is the nearest that it has.
fn change_text(text: &mut String, change: TextDocumentContentChangeEvent, encoding: Encoding) {
    match change {
        TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
            let range = Places::new(text, encoding).bytes(part.range);
            text.replace_range(range, &part.text);
        }
        TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
            *text = whole.text;
        }
    }
}
