//! Findings, places and what can be written, as the protocol has them.

use gen_lsp_types::{
    Code, CompletionItem, CompletionItemKind, CompletionItemTextEdit, Diagnostic,
    DiagnosticSeverity, Documentation, Hover, InsertTextFormat, MarkupContent, MarkupKind, Message,
    Position, Range, TextEdit,
};

use crate::editor::{self, Completion, CompletionKind, Encoding, Lines};
use crate::rules::{self, Severity};

/// What places of a text are in the protocol.
pub(super) struct Places<'t> {
    lines: Lines<'t>,
    encoding: Encoding,
}

impl<'t> Places<'t> {
    pub(super) fn new(text: &'t str, encoding: Encoding) -> Self {
        Self {
            lines: Lines::new(text),
            encoding,
        }
    }

    pub(super) fn offset(&self, position: Position) -> usize {
        self.lines
            .offset(position.line, position.character, self.encoding)
    }

    /// A range in bytes; never one that ends before it begins.
    pub(super) fn bytes(&self, range: Range) -> std::ops::Range<usize> {
        let start = self.offset(range.start);
        start..self.offset(range.end).max(start)
    }

    pub(super) fn range(&self, span: &std::ops::Range<usize>) -> Range {
        let position = |offset| {
            let (line, character) = self.lines.place(offset, self.encoding);
            Position { line, character }
        };
        Range {
            start: position(span.start),
            end: position(span.end),
        }
    }

    /// The end of the line that a place is in.
    pub(super) fn end_of_line(&self, offset: usize) -> Position {
        let (line, _) = self.lines.place(offset, self.encoding);
        let end = self.lines.offset(line, u32::MAX, self.encoding);
        self.range(&(end..end)).start
    }

    pub(super) fn edit(&self, span: &std::ops::Range<usize>, text: &str) -> TextEdit {
        TextEdit {
            range: self.range(span),
            new_text: text.to_owned(),
        }
    }

    /// A finding, with what to write instead below its message.
    pub(super) fn finding(&self, found: &rules::Diagnostic) -> Diagnostic {
        let severity = match found.severity {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
        };
        let help = found.help.as_ref();
        let help = help.map_or_else(String::new, |help| format!("\nhelp: {help}"));
        Diagnostic {
            range: self.range(&found.span),
            severity: Some(severity),
            code: Some(Code::String(found.code.to_owned())),
            code_description: None,
            source: Some("underwrite".to_owned()),
            message: Message::String(format!("{}{help}", found.message)),
            tags: None,
            related_information: None,
            data: None,
        }
    }

    /// Something that can be written in place of a text; by a snippet where the editor knows those and
    /// one goes on writing amid of it.
    pub(super) fn completion(
        &self,
        span: &std::ops::Range<usize>,
        one: &Completion,
        snippets: bool,
    ) -> CompletionItem {
        let snippet = one.goes_on.filter(|_| snippets);
        let snippet = snippet.and_then(|at| one.insert.split_at_checked(at));
        let text = match snippet {
            Some((before, after)) => format!("{}$0{}", escaped(before), escaped(after)),
            None => one.insert.clone(),
        };
        let format = snippet.map(|_| InsertTextFormat::Snippet);
        let doc = Some(one.doc.as_str()).filter(|doc| !doc.is_empty());
        CompletionItem {
            label: one.label.clone(),
            kind: Some(kind(one.kind)),
            detail: Some(one.detail.clone()).filter(|detail| !detail.is_empty()),
            documentation: doc.map(|doc| Documentation::MarkupContent(markdown(doc))),
            insert_text_format: format,
            text_edit: Some(CompletionItemTextEdit::TextEdit(self.edit(span, &text))),
            ..CompletionItem::default()
        }
    }

    pub(super) fn hover(&self, found: &editor::Hover) -> Hover {
        Hover {
            contents: markdown(&found.markdown).into(),
            range: Some(self.range(&found.span)),
        }
    }
}

fn markdown(text: &str) -> MarkupContent {
    MarkupContent {
        kind: MarkupKind::Markdown,
        value: text.to_owned(),
    }
}

/// A text of a snippet that stands for itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '$' | '}') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Key => CompletionItemKind::Property,
        CompletionKind::Word => CompletionItemKind::EnumMember,
        CompletionKind::Feature => CompletionItemKind::Field,
        CompletionKind::Declared => CompletionItemKind::Variable,
        CompletionKind::Reason => CompletionItemKind::Constant,
        CompletionKind::Function => CompletionItemKind::Function,
        CompletionKind::Keyword => CompletionItemKind::Keyword,
        CompletionKind::Unit => CompletionItemKind::Unit,
    }
}
