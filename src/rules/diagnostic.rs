//! What is wrong with a rule file: collected, placed, and with a way out.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

use super::advice::Advice;
use super::attachments::{self, Part, Sources};
use super::extent;
use super::fix::Fix;
use crate::limits;

/// The most characters that a message shows of a text that may be of any length: enough to find it,
/// and the message stays on one line.
pub(super) const SHOWN_CHARS_MAX: usize = 40;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The rule set cannot be used.
    Error,
    /// It can, but something in it has no effect or not the likely one.
    Warning,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal,)+) => {
        /// The stable code of a [`Diagnostic`], chosen where it is made.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

codes! {
    /// The file is not UTF-8 text.
    NotUtf8 = "not_utf8",
    /// The file, a list, an expression or its nesting is above its limit.
    TooLarge = "too_large",
    /// The file is not TOML.
    TomlSyntax = "toml_syntax",
    /// A table or key that the format does not have.
    UnknownKey = "unknown_key",
    /// A table or key that must be there is not.
    MissingKey = "missing_key",
    /// A key holds another kind of TOML value than it should.
    WrongTomlType = "wrong_toml_type",
    /// A word that is none of those allowed there.
    BadValue = "bad_value",
    /// A name or code written with characters that it cannot have.
    BadName = "bad_name",
    /// An id is used twice.
    DuplicateId = "duplicate_id",
    /// A phrase of the lexicon that would never be found, or too often.
    BadPhrase = "bad_phrase",
    /// A phrase of the lexicon that says what is known without it.
    KnownPhrase = "known_phrase",
    /// A number outside of what makes sense there.
    OutOfRange = "out_of_range",
    /// An expression is not well formed.
    ExpressionSyntax = "expression_syntax",
    /// No feature, param, derived value or input has that name.
    UnknownName = "unknown_name",
    /// An offer depends on what was asked for.
    DependsOnRequest = "depends_on_request",
    /// A text that the feature compared with it does not have.
    UnknownWord = "unknown_word",
    /// No function has that name.
    UnknownFunction = "unknown_function",
    /// No reason of that code is declared.
    UnknownReason = "unknown_reason",
    /// A statement names a value that does not exist.
    UnknownPlaceholder = "unknown_placeholder",
    /// A value of a statement may be missing where its reason is given.
    MayBeMissing = "may_be_missing",
    /// A value cannot be written in a statement so.
    BadForm = "bad_form",
    /// A feature of an account or applicant is used as if there were one value.
    ScopedFeature = "scoped_feature",
    /// The types or units of operands do not go together.
    TypeMismatch = "type_mismatch",
    /// A plain number stands where an amount, days or percent is meant.
    UnitMissing = "unit_missing",
    /// A condition is not true or false.
    NotACondition = "not_a_condition",
    /// A value that must be constant is not.
    NotConstant = "not_constant",
    /// An amount in another currency than the rule set's.
    WrongCurrency = "wrong_currency",
    /// A derived value depends on itself.
    Cycle = "cycle",
    /// The rule set's kind needs a table that is not there, or has no use for one that is.
    WrongForKind = "wrong_for_kind",
    /// Something declared is never used.
    Unused = "unused",
    /// A bin or tier comes after one that always applies.
    Unreachable = "unreachable",
    /// A condition is always true or always false.
    ConstantCondition = "constant_condition",
    /// For some values no row of a table holds, and it does not say what does then.
    TableGap = "table_gap",
    /// Two rows of a table hold of the same values, and nothing says which is meant.
    TableOverlap = "table_overlap",
    /// A file that the rule file names is not there.
    UnknownFile = "unknown_file",
    /// A comparison that comes out the same whatever the application: no value in range decides it.
    OutOfNaturalRange = "out_of_natural_range",
    /// A count is compared with a fraction.
    NotWhole = "not_whole",
    /// A value is compared with itself.
    SameOperands = "same_operands",
    /// The first end of a `between` is above the second.
    ReversedBetween = "reversed_between",
    /// A divisor is always zero.
    DivisionByZero = "division_by_zero",
    /// A condition that no value meets.
    NeverHolds = "never_holds",
    /// A condition that every value meets.
    AlwaysHolds = "always_holds",
    /// A rule that says the same as another.
    DuplicateRule = "duplicate_rule",
    /// A rule that holds only where another does, which does the same.
    SubsumedRule = "subsumed_rule",
    /// A refer rule that holds only where another declines.
    NoEffect = "no_effect",
    /// Points that go up and down again along the values.
    PointsNotMonotone = "points_not_monotone",
    /// A tier that comes before a cheaper one that would do as well.
    DearerTierFirst = "dearer_tier_first",
    /// Amounts of different windows stand side by side.
    WindowMismatch = "window_mismatch",
    /// A character that is not what it looks like.
    HiddenCharacter = "hidden_character",
    /// A statement that does not say why.
    VagueStatement = "vague_statement",
    /// A statement that names another window than the rule looks at.
    StatementWindow = "statement_window",
    /// A statement that holds markup.
    Markup = "markup",
    /// A basis that a lender may not decide by, or what stands for it.
    ProhibitedBasis = "prohibited_basis",
    /// There are more findings than are shown.
    More = "more",
}

/// One finding in a rule file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The stable code: `unknown_name`; see [`Code`].
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, no period, quoted text in backticks.
    pub message: String,
    /// The file that it is in, where that is not the rule file itself but one that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Where, in bytes of the file.
    pub span: Range<usize>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What to write instead.
    pub help: Option<String>,
    /// The change of the files that does it, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// The finding with the lines of the file that it is about, for a terminal.
    pub fn render(&self, file_name: &str, source: &str, color: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(&self.message).id(self.code);
        let span = within(source, &self.span);
        let snippet = Snippet::source(source)
            .path(file_name)
            .annotation(AnnotationKind::Primary.span(span));
        let mut group: Group<'_> = title.element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }
}

/// The span moved inside of `source` and onto character boundaries.
fn within(source: &str, span: &Range<usize>) -> Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(source.len());
        while !source.is_char_boundary(at) {
            at = at.saturating_sub(1);
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}

/// Collects the findings of one file: no more than are shown, so that a hostile file of a million
/// mistakes takes no more memory than one of a hundred.
#[derive(Debug)]
pub(super) struct Report<'s> {
    source: &'s str,
    /// The files that stand in it behind the rule file.
    parts: &'s [Part],
    /// The headers of each file in which something was looked for, by where the file begins: most files
    /// have many findings with a fix, and are cut once.
    headers: RefCell<BTreeMap<usize, Rc<[usize]>>>,
    /// The worst and first, by severity, place and the order in which they were found.
    found: BTreeMap<(Severity, usize, usize), Diagnostic>,
    errors: usize,
    /// How many were found in all.
    count: usize,
    /// The worst of those that are not shown.
    worst_left: Option<Severity>,
    /// Whether anybody reads the findings.
    is_read: bool,
}

impl<'s> Report<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self {
            source,
            parts: &[],
            headers: RefCell::default(),
            found: BTreeMap::new(),
            errors: 0,
            count: 0,
            worst_left: None,
            is_read: true,
        }
    }

    /// Of a rule file with the files beside it.
    pub(super) fn of(sources: &'s Sources) -> Self {
        Self {
            parts: sources.parts(),
            ..Self::new(sources.text())
        }
    }

    /// The same where nobody reads the findings.
    pub(super) fn unread(sources: &'s Sources) -> Self {
        Self {
            is_read: false,
            ..Self::of(sources)
        }
    }

    pub(super) fn source(&self) -> &'s str {
        self.source
    }

    /// How many findings there are so far.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// Whether a suggestion may still be shown. Looking for near names is by far the slowest part
    /// of the checker, so a hostile file gets it for the findings that are shown only.
    pub(super) fn suggests(&self) -> bool {
        self.is_read && self.errors < limits::DIAGNOSTICS_MAX
    }

    pub(super) fn error(&mut self, code: Code, span: &Range<usize>, message: impl Into<String>) {
        self.add(code, Severity::Error, span, message.into(), Advice::none());
    }

    /// An error with what to write instead, where there is something to say.
    pub(super) fn error_with(
        &mut self,
        code: Code,
        span: &Range<usize>,
        message: impl Into<String>,
        advice: impl Into<Advice>,
    ) {
        self.add(code, Severity::Error, span, message.into(), advice.into());
    }

    pub(super) fn warning(
        &mut self,
        code: Code,
        span: &Range<usize>,
        message: impl Into<String>,
        advice: impl Into<Advice>,
    ) {
        self.add(code, Severity::Warning, span, message.into(), advice.into());
    }

    /// Notes a finding. One that is known is told once, however many come upon it: what a test gives, each
    /// test that is like it.
    fn add(
        &mut self,
        code: Code,
        severity: Severity,
        span: &Range<usize>,
        message: String,
        advice: Advice,
    ) {
        if severity == Severity::Error {
            self.errors += 1;
        }
        let span = within(self.source, span);
        let same_place = (severity, span.start, 0)..=(severity, span.start, usize::MAX);
        let mut there = self.found.range(same_place);
        if there
            .any(|(_, one)| one.code == code.as_str() && one.span == span && one.message == message)
        {
            return;
        }
        let fix = advice
            .draft
            .and_then(|draft| draft.placed(self.source, &span));
        let key = (severity, span.start, self.count);
        self.count += 1;
        let finding = Diagnostic {
            code: code.as_str(),
            severity,
            message,
            file: None,
            span,
            line: 0,
            column: 0,
            help: advice.help,
            fix,
        };
        self.found.insert(key, finding);
        if self.found.len() > limits::DIAGNOSTICS_MAX
            && let Some(((left, ..), _)) = self.found.pop_last()
        {
            self.worst_left = Some(self.worst_left.map_or(left, |worst| worst.min(left)));
        }
    }

    /// The file that a place of the text of all is in, where that is not the rule file, and its place
    /// there.
    pub(super) fn placed(&self, place: &Range<usize>) -> (Option<String>, Range<usize>) {
        in_file(self.parts, place)
    }

    /// The text of the file that holds a place, and where it begins.
    fn file_at(&self, at: usize) -> (usize, &'s str) {
        let own = match part_at(self.parts, at) {
            Some((_, own)) => own,
            None => 0..self.first_part(),
        };
        (own.start, self.source.get(own).unwrap_or(""))
    }

    /// The file that holds a place, unless it is the rule file itself, and the line there, from 1.
    pub(super) fn place(&self, at: usize) -> (Option<String>, usize) {
        attachments::place(self.source, self.parts, at)
    }

    /// Where the rule file itself ends in the text of all files.
    fn first_part(&self) -> usize {
        let mut parts = self.parts.iter().filter_map(|part| part.at.clone().ok());
        let next = parts.next().map(|own| own.start.saturating_sub(1));
        next.unwrap_or(self.source.len())
    }

    /// The headers of the file that begins there.
    fn headers(&self, start: usize, text: &str) -> Rc<[usize]> {
        let mut known = self.headers.borrow_mut();
        let headers = known
            .entry(start)
            .or_insert_with(|| extent::headers(text).into());
        Rc::clone(headers)
    }

    /// A declaration whole, by the place of its name, and of its value where it is one line of a table.
    pub(super) fn declaration(
        &self,
        name: &Range<usize>,
        value: Option<&Range<usize>>,
    ) -> Option<Range<usize>> {
        let (start, text) = self.file_at(name.start);
        let inside = |place: &Range<usize>| place.start - start..place.end - start;
        let value = value.filter(|value| value.start >= start).map(inside);
        let own = extent::declaration(
            text,
            &self.headers(start, text),
            &inside(name),
            value.as_ref(),
        )?;
        Some(own.start + start..own.end + start)
    }

    /// An item of an array, or of a file with one a line, with what parts it from the others.
    pub(super) fn item(&self, place: &Range<usize>) -> Option<Range<usize>> {
        let (start, text) = self.file_at(place.start);
        let own = place.start - start..place.end.checked_sub(start)?;
        let own = extent::item(text, &own).or_else(|| extent::lines(text, own))?;
        Some(own.start + start..own.end + start)
    }

    /// The table that a place is in, whole.
    pub(super) fn table_around(&self, place: &Range<usize>) -> Option<Range<usize>> {
        let (start, text) = self.file_at(place.start);
        let own = extent::table_around(text, &self.headers(start, text), place.start - start)?;
        Some(own.start + start..own.end + start)
    }

    /// The line of a key, by the place of its value.
    pub(super) fn line_of(&self, key: &str, value: &Range<usize>) -> Option<Range<usize>> {
        let before = self
            .source
            .get(..value.start)?
            .trim_end()
            .strip_suffix('=')?;
        let start = before.trim_end().strip_suffix(key)?.len();
        self.declaration(&(start..start + key.len()), Some(value))
    }

    /// A text of the file.
    pub(super) fn written(&self, place: &Range<usize>) -> String {
        self.source.get(place.clone()).unwrap_or("").to_owned()
    }

    /// Where a key is added to a table, and how it is written there.
    pub(super) fn new_key(
        &self,
        table: &Range<usize>,
        key: &str,
        value: &str,
    ) -> Option<(usize, String)> {
        extent::new_key(self.source, table, key, value)
    }

    /// A table put at the end of the rule file.
    pub(super) fn at_end(&self, text: &str) -> Option<(usize, String)> {
        extent::at_end(self.source, self.first_part(), text)
    }

    /// The findings, errors before warnings, each in the order of the file.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        let left = self.count.saturating_sub(self.found.len());
        let mut found: Vec<Diagnostic> = self.found.into_values().collect();
        in_files(self.parts, &mut found);
        let text_of = |file: Option<&str>| {
            let mut parts = self.parts.iter();
            let part = parts.find(|part| file == Some(part.name.as_str()));
            let range = part.and_then(|part| part.at.clone().ok());
            range.map_or(self.source, |range| self.source.get(range).unwrap_or(""))
        };
        let mut found = in_order(text_of, found);
        if let Some(worst) = self.worst_left {
            found.push(Diagnostic {
                code: Code::More.as_str(),
                severity: worst,
                message: format!("and {left} more"),
                file: None,
                span: 0..0,
                line: 1,
                column: 1,
                help: None,
                fix: None,
            });
        }
        found
    }
}

/// The file that holds a place in the text of all; `None` of the rule file itself.
fn part_at(parts: &[Part], at: usize) -> Option<(&Part, Range<usize>)> {
    let holds = |part: &&Part| part.at.as_ref().is_ok_and(|own| at >= own.start);
    let part = parts.iter().rfind(holds)?;
    Some((part, part.at.clone().ok()?))
}

/// Fills in which file each finding and each edit is in, with its place there.
fn in_files(parts: &[Part], found: &mut [Diagnostic]) {
    for finding in found {
        (finding.file, finding.span) = in_file(parts, &finding.span);
        for edit in finding.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
            (edit.file, edit.span) = in_file(parts, &edit.span);
        }
    }
}

fn in_file(parts: &[Part], span: &Range<usize>) -> (Option<String>, Range<usize>) {
    let part = part_at(parts, span.start);
    let start = part.as_ref().map_or(0, |(_, own)| own.start);
    let inside = |at: usize| at.saturating_sub(start);
    let file = part.map(|(part, _)| part.name.clone());
    (file, inside(span.start)..inside(span.end))
}

/// The findings with their lines and columns, errors before warnings and how many more there are
/// last, each in the order of the files, the rule file first. `text_of` is the text of a file.
pub(super) fn in_order<'t>(
    text_of: impl Fn(Option<&str>) -> &'t str,
    found: Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let (more, mut all): (Vec<Diagnostic>, Vec<Diagnostic>) = found
        .into_iter()
        .partition(|finding| finding.code == Code::More.as_str());
    all.sort_by(|a, b| (&a.file, a.span.start).cmp(&(&b.file, b.span.start)));
    for of_one in all.chunk_by_mut(|a, b| a.file == b.file) {
        let file = of_one.first().and_then(|one| one.file.clone());
        place(text_of(file.as_deref()), of_one);
    }
    all.sort_by_key(|finding| finding.severity);
    let left = all.split_off(all.len().min(limits::DIAGNOSTICS_MAX));
    let more = more.into_iter().next().or_else(|| {
        let first = left.first()?;
        Some(Diagnostic {
            code: Code::More.as_str(),
            severity: first.severity,
            message: format!("and {} more", left.len()),
            file: None,
            span: 0..0,
            line: 1,
            column: 1,
            help: None,
            fix: None,
        })
    });
    all.extend(more);
    all
}

/// Fills in lines and columns. The findings are of one text and in its order.
fn place(source: &str, found: &mut [Diagnostic]) {
    let (mut line, mut line_start, mut at) = (1, 0, 0);
    for finding in found {
        let passed = source.get(at..finding.span.start).unwrap_or("");
        line += passed.matches('\n').count();
        if let Some(newline) = passed.rfind('\n') {
            line_start = at + newline + 1;
        }
        at = finding.span.start;
        finding.line = line;
        let before = source.get(line_start..at).unwrap_or("");
        finding.column = before.chars().count() + 1;
    }
}

#[cfg(test)]
mod tests;
