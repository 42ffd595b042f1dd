//! Checks a rule file as a whole: from what is written to a [`RuleSet`], or to what is wrong.

mod computed;
pub(super) mod declarations;
mod declare;
mod end;
pub(super) mod fragment;
mod freshness;
mod hidden;
mod ignore;
pub(super) mod inputs;
mod lexicon;
mod lists;
mod offer;
pub(super) mod query;
mod retry;
mod rule;
mod score;
mod table_file;
mod tables;
pub(super) mod test;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::advice::{Advice, did_you_mean};
use super::attachments::{Attachments, Sources};
use super::compile;
use super::deep;
use super::diagnostic::{Code, Diagnostic, Report, SHOWN_CHARS_MAX};
use super::evaluation::RuleSetKind;
use super::file::{self, RuleFile};
use super::names::Names;
use super::node::{Slots, Source};
use super::parser;
use super::resolve::{NameScope, Resolver, Typed, lost_in_param, with_unit};
use super::rule_set::{
    Computed, DeclaredInput, Formula, Justified, ReasonText, RuleSet, Scorecard,
};
use super::table_gaps::Steps;
use super::test_case::{CaseFile, TestCase};
use super::toml_reader::Text;
use super::vocabulary::Naming;
use crate::features::{APPLICATION_AMOUNT, Type, Value, find};
use crate::limits;
use crate::money::Currency;

/// Checks the text of a rule file that names no files beside it. There is a rule set exactly where no
/// finding is an error.
pub fn check(source: &str) -> (Option<RuleSet>, Vec<Diagnostic>) {
    check_with(source, &Attachments::none())
}

/// Checks the text of a rule file with the files beside it that it names.
pub fn check_with(source: &str, attachments: &Attachments) -> (Option<RuleSet>, Vec<Diagnostic>) {
    let checked = check_tests(source, attachments, &[]);
    (checked.rule_set, checked.findings)
}

/// The same with the tests of the file and of case files.
pub(super) fn check_tests(
    source: &str,
    attachments: &Attachments,
    case_files: &[CaseFile],
) -> Checked {
    let Some(seen) = hidden::look(source, attachments) else {
        return checked(source, attachments, case_files, Depth::Deep);
    };
    // All else is looked for in what the files look like, so that a character is said once.
    let others = checked(&seen.source, &seen.attachments, case_files, Depth::Deep);
    Checked {
        rule_set: None,
        findings: seen.findings(others.findings, source, attachments),
        ..others
    }
}

/// What a check gives.
pub(super) struct Checked {
    /// The rule set, where no finding is an error.
    pub(super) rule_set: Option<RuleSet>,
    /// The sound ones of its tests.
    pub(super) tests: Vec<TestCase>,
    pub(super) findings: Vec<Diagnostic>,
}

/// Checks no more than names and types: what a rule set must be to run, which one that was published
/// once still is.
pub fn check_types(source: &str) -> (Option<RuleSet>, Vec<Diagnostic>) {
    check_types_with(source, &Attachments::none())
}

/// The same with the files beside the rule file that it names.
pub(super) fn check_types_with(
    source: &str,
    attachments: &Attachments,
) -> (Option<RuleSet>, Vec<Diagnostic>) {
    let checked = checked(source, attachments, &[], Depth::Types);
    (checked.rule_set, checked.findings)
}

/// How much is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// What is declared, as far as it can be read.
    Names,
    Types,
    Deep,
}

fn checked(
    source: &str,
    attachments: &Attachments,
    case_files: &[CaseFile],
    depth: Depth,
) -> Checked {
    let sources = Sources::new(source, attachments).and(case_files);
    let mut report = Report::of(&sources);
    if source.len() > limits::RULE_FILE_BYTES_MAX {
        let message = format!(
            "the file has {} bytes; a rule file has at most {}",
            source.len(),
            limits::RULE_FILE_BYTES_MAX
        );
        report.error(Code::TooLarge, &(0..0), message);
        return Checked::failed(report);
    }
    let Some(mut file) = file::read(source.len(), &mut report) else {
        return Checked::failed(report);
    };
    let mut checker = Checker::new(report, &sources, file.scorecard.is_some(), depth);
    checker.imports(&mut file);
    checker.case_files(&mut file, case_files);
    let rule_set = checker.rule_set(&file);
    checker.surplus(attachments);
    // What is told can be worded better; what was published once is told as it was worded.
    if let (Depth::Deep, Some(rule_set)) = (depth, &rule_set) {
        checker.told(&file, rule_set);
    }
    let rule_set = rule_set.filter(|_| checker.report.errors() == 0);
    Checked {
        rule_set,
        tests: checker.tests,
        findings: checker.report.finish(),
    }
}

impl Checked {
    fn failed(report: Report<'_>) -> Self {
        Self {
            rule_set: None,
            tests: Vec::new(),
            findings: report.finish(),
        }
    }
}

struct Checker<'s> {
    report: Report<'s>,
    sources: &'s Sources,
    /// The files beside the rule file that it names.
    files_used: BTreeSet<String>,
    names: Names,
    slots: Slots,
    /// `None` where it is wrong or not given, which was reported.
    currency: Option<Currency>,
    reasons: Vec<ReasonText>,
    reason_codes: BTreeMap<String, usize>,
    reasons_used: BTreeSet<usize>,
    /// Whether the file has a scorecard.
    has_score: bool,
    /// What may still be spent on looking for gaps and overlaps of tables.
    steps: Steps,
    /// The expressions whose names and types are right.
    formulas: deep::Formulas,
    /// The texts of those that are not, and of reasons that are not declared.
    failed: Vec<String>,
    justified: Vec<Justified>,
    /// Texts that decide: items of lists, cells and columns of tables, phrases.
    texts: Vec<deep::Noted>,
    depth: Depth,
    /// The sound ones of the tests.
    tests: Vec<TestCase>,
}

impl<'s> Checker<'s> {
    fn new(report: Report<'s>, sources: &'s Sources, has_score: bool, depth: Depth) -> Self {
        Self {
            report,
            sources,
            files_used: BTreeSet::new(),
            names: Names::default(),
            slots: Slots::default(),
            currency: None,
            reasons: Vec::new(),
            reason_codes: BTreeMap::new(),
            reasons_used: BTreeSet::new(),
            has_score,
            steps: Steps(match depth {
                Depth::Names => 0,
                Depth::Types | Depth::Deep => limits::TABLE_STEPS_MAX,
            }),
            formulas: deep::Formulas::new(),
            failed: Vec::new(),
            justified: Vec::new(),
            texts: Vec::new(),
            depth,
            tests: Vec::new(),
        }
    }

    /// Reads the fragments that the file imports.
    fn imports(&mut self, file: &mut RuleFile) {
        let mut seen = BTreeSet::new();
        for name in std::mem::take(&mut file.imports) {
            if !seen.insert(name.value.clone()) {
                let message = format!("`{}` is imported twice", name.value.escape_debug());
                self.report.error(Code::DuplicateId, &name.span, message);
                continue;
            }
            if let Some(at) = self.file_named(&name) {
                let in_part = self.depth == Depth::Names;
                file::import(file, &name.value, at, in_part, &mut self.report);
            }
        }
        if !seen.is_empty() {
            file::joined(file, &mut self.report);
        }
    }

    /// Reports files that were given and that nothing names: they would be in no bundle.
    fn surplus(&mut self, attachments: &Attachments) {
        let mut names = attachments.iter().map(|(name, _)| name);
        // What is wrong elsewhere may be why it is not named.
        if self.report.errors() == 0
            && let Some(name) = names.find(|name| !self.files_used.contains(*name))
        {
            let message = format!("the file names no file `{}`", name.escape_debug());
            self.report.error(Code::UnknownFile, &(0..0), message);
        }
        if attachments.iter().count() > limits::ATTACHMENTS_MAX {
            let message = format!(
                "a rule file names at most {} others",
                limits::ATTACHMENTS_MAX
            );
            self.report.error(Code::TooLarge, &(0..0), message);
        }
    }

    /// Everything is checked, also after something has failed.
    fn rule_set(&mut self, file: &RuleFile) -> Option<RuleSet> {
        let header = self.header(&file.header);
        let inputs = self.inputs(&file.inputs);
        let freshness = self.freshness(&file.freshness);
        let lexicon = self.lexicon(&file.lexicon);
        let params = self.params(&file.params);
        self.slots.lists = self.lists(&file.lists);
        let (derive, tables, order) = self.computed(&file.derive, &file.tables);
        self.reasons(&file.reasons);
        let rules = self.rules(&file.rules, &derive, &tables);
        let scorecard = file.scorecard.as_ref();
        let scorecard = scorecard.map(|entry| self.scorecard(entry));
        if let Some(Some(scorecard)) = &scorecard {
            self.score_asked_for(scorecard);
        }
        let kind = header.as_ref().map(|header| header.kind);
        let end = self.end(file, kind, self.has_score);
        let share_salt = self.share_salt(file.header.share_salt.as_ref());
        self.deep(file, &inputs, &order);
        if let (Some(RuleSetKind::Credit), Some((amount, row))) = (kind, find(APPLICATION_AMOUNT)) {
            // An offer of less is told as a change of it, whether or not a rule reads it.
            let source = Source::Feature(amount);
            self.slots.named(APPLICATION_AMOUNT, source, row.ty);
        }
        self.unused(file);
        if self.depth == Depth::Deep {
            let tested = test::Tested {
                inputs: &inputs,
                end: end.as_ref(),
            };
            self.tests = self.tests(&file.tests, &tested);
        }
        let header = header?;
        Some(RuleSet {
            name: header.name,
            version: header.version,
            kind: header.kind,
            currency: self.currency?,
            description: file
                .header
                .description
                .as_ref()
                .map(|text| text.value.clone()),
            share_salt,
            freshness,
            lexicon,
            inputs,
            params,
            justified: std::mem::take(&mut self.justified),
            derive,
            tables,
            order,
            rules,
            reasons: std::mem::take(&mut self.reasons),
            scorecard: match scorecard {
                Some(scorecard) => Some(Scorecard {
                    score: self.slots.find("score"),
                    ..scorecard?
                }),
                None => None,
            },
            end: end?,
            slots: std::mem::take(&mut self.slots),
        })
    }

    /// Notes texts that decide without an expression, unless it is said why the law lets them.
    fn note<'t>(
        &mut self,
        of: &str,
        justification: Option<&Text>,
        texts: impl IntoIterator<Item = &'t Text>,
    ) {
        if justification.is_none() && self.depth == Depth::Deep {
            let noted = texts.into_iter().map(|text| deep::Noted {
                of: of.to_owned(),
                text: text.clone(),
            });
            self.texts.extend(noted);
        }
    }

    /// Looks at what expressions come to.
    fn deep(&mut self, file: &RuleFile, inputs: &[DeclaredInput], order: &[Computed]) {
        if self.depth != Depth::Deep {
            return;
        }
        let checked = deep::Checked {
            file,
            formulas: &self.formulas,
            names: &self.names,
            inputs,
            justified: &self.justified,
            texts: &self.texts,
            order,
            currency: self.currency.unwrap_or(Currency::USD),
        };
        deep::look(&checked, &mut self.report);
    }

    /// Parses and resolves an expression; `condition` numbers its comparisons for the trace.
    fn formula(
        &mut self,
        text: &Text,
        place: NameScope,
        condition: bool,
    ) -> Option<(Formula, Typed)> {
        let found = self.resolved(text, place, condition);
        if found.is_none() {
            self.names.mentioned(&text.value);
        }
        found
    }

    fn resolved(
        &mut self,
        text: &Text,
        place: NameScope,
        condition: bool,
    ) -> Option<(Formula, Typed)> {
        let expr = match parser::parse(&text.value) {
            Ok(expr) => expr,
            Err(error) => {
                let span = text.at(&error.span);
                self.report
                    .error_with(error.code, &span, error.message, *error.advice);
                self.failed.push(text.value.clone());
                return None;
            }
        };
        let errors = self.report.errors();
        let mut resolver = self.resolver(text, place);
        let typed = if condition {
            resolver.condition(&expr)
        } else {
            resolver.value(&expr)
        };
        let sites = resolver.sites;
        let Some(typed) = typed else {
            self.failed.push(text.value.clone());
            return None;
        };
        let formula = Formula {
            text: text.value.clone(),
            text_at: text.at(&(0..0)).start,
            node: typed.node.clone(),
            sites,
        };
        if self.report.errors() == errors {
            self.formulas.insert(text.span.start, expr);
        }
        Some((formula, typed))
    }

    fn resolver<'r>(&'r mut self, text: &'r Text, place: NameScope) -> Resolver<'r, 's> {
        Resolver {
            names: &mut self.names,
            slots: &mut self.slots,
            report: &mut self.report,
            text,
            place,
            currency: self.currency,
            sites: Vec::new(),
            in_value: false,
            in_forecast: false,
            subject: None,
        }
    }

    /// A condition, with a warning where it cannot vary.
    fn condition(&mut self, text: &Text, place: NameScope) -> Option<Formula> {
        let (formula, typed) = self.formula(text, place, true)?;
        if typed.constant {
            let message = format!("`{}` does not depend on the application", text.value);
            let advice = Advice::words("compare something of the application, or leave it out");
            self.report
                .warning(Code::ConstantCondition, &text.span, message, advice);
            // What it comes to, and of which parts, is no other finding.
            self.formulas.remove(&text.span.start);
        }
        Some(formula)
    }

    /// A constant of one type.
    fn constant(&mut self, text: &Text, place: NameScope, wanted: Option<Type>) -> Option<Value> {
        let (formula, typed) = self.formula(text, place, false)?;
        if let Some(wanted) = wanted {
            self.expect_type(text, &typed, wanted)?;
        }
        let currency = self.currency.unwrap_or(Currency::USD);
        match compile::constant(&formula.node, currency) {
            Ok(value) => Some(value),
            Err(missing) => {
                let message = format!("`{}` cannot be computed: {missing}", text.value);
                self.report.error(Code::OutOfRange, &text.span, message);
                None
            }
        }
    }

    fn expect_type(&mut self, text: &Text, typed: &Typed, wanted: Type) -> Option<()> {
        if typed.ty == wanted {
            return Some(());
        }
        let (param, number) = (text.value.trim(), (typed, wanted));
        if lost_in_param(
            &mut self.names,
            &mut self.report,
            param,
            number,
            self.currency,
        ) {
            return None;
        }
        let unit = with_unit(text, &typed.node, wanted, self.currency);
        let (code, help) = match unit {
            Some(unit) if typed.bare => (Code::UnitMissing, unit),
            _ => (Code::TypeMismatch, Advice::none()),
        };
        let message = format!("{wanted} is wanted here, not {}", typed.ty);
        self.report.error_with(code, &text.span, message, help);
        None
    }

    /// The position of a declared reason.
    fn reason(&mut self, text: &Text) -> Option<usize> {
        let index = self.reason_codes.get(&text.value).copied();
        match index {
            Some(index) => {
                self.reasons_used.insert(index);
            }
            None => {
                self.failed.push(text.value.clone());
                self.no_such_reason(text);
            }
        }
        index
    }

    /// Reports a reason that is not declared.
    fn no_such_reason(&mut self, text: &Text) {
        let code = text.value.escape_debug().to_string();
        let known = self.reason_codes.keys().map(String::as_str);
        let suggests = self.report.suggests();
        let near = suggests.then(|| did_you_mean(&code, known)).flatten();
        let help = near.unwrap_or_else(|| self.declaring_reason(&code));
        let message = format!("no reason `{code}` is declared");
        self.report
            .error_with(Code::UnknownReason, &text.span, message, help);
    }

    /// A table of a reason that is not declared, for its statement to be filled in.
    fn declaring_reason(&self, code: &str) -> Advice {
        let help = "declare it: [reasons.{code}] with a `statement` for the applicant";
        let table = format!("[reasons.{code}]\nstatement = \"What was found in the accounts\"\n");
        let place = self
            .report
            .at_end(&table)
            .filter(|_| Naming::Code.holds(code));
        let title = format!("[reasons.{code}]");
        Advice::words(help.replace("{code}", code)).putting(place, &title)
    }

    /// A reason that may be left out, with what then stands for it.
    fn reason_or(&mut self, text: Option<&Text>, built_in: &str) -> Option<usize> {
        match text {
            Some(text) => self.reason(text),
            None => self.reason_codes.get(built_in).copied(),
        }
    }

    /// One of a few words.
    fn word<T: Copy>(&mut self, text: &Text, words: &[(&str, T)], what: &str) -> Option<T> {
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(*value);
        }
        let names = words.iter().map(|(word, _)| *word);
        let all: Vec<&str> = names.clone().collect();
        let help = did_you_mean(&text.value, names)
            .unwrap_or_else(|| format!("write one of `{}`", all.join("`, `")).into());
        let message = format!("`{}` is not {what}", text.value.escape_debug());
        self.report
            .error_with(Code::BadValue, &text.span, message, help);
        None
    }

    /// An id, new among `ids`.
    fn unique<'f>(
        &mut self,
        id: &'f Text,
        ids: &mut BTreeSet<&'f str>,
        what: &str,
    ) -> Option<String> {
        self.well_named(id, Naming::Id)?;
        if !ids.insert(&id.value) {
            let message = format!("there is another {what} `{}`", id.value);
            let mut others = (2..).map(|number| format!("{}-{number}", id.value));
            let other = others.find(|other| !ids.contains(other.as_str()));
            let advice = other.map(|other| {
                let words = Advice::words(format!("give it a name of its own: `{other}`"));
                words.in_place(&id.value, other)
            });
            self.report
                .error_with(Code::DuplicateId, &id.span, message, advice);
            return None;
        }
        Some(id.value.clone())
    }

    fn not_empty(&mut self, text: &Text, what: &str) {
        if text.value.trim().is_empty() {
            let message = format!("{what}; it is empty");
            self.report.error(Code::BadValue, &text.span, message);
        }
    }

    fn well_named(&mut self, name: &Text, naming: Naming) -> Option<()> {
        let text = name.value.as_str();
        if naming.holds(text) {
            return Some(());
        }
        let shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
        let message = format!("`{}` is not a name", shown.escape_debug());
        let help = format!(
            "a name has {}, and at most {} of them",
            naming.in_words(),
            limits::ID_BYTES_MAX
        );
        let likely = naming.likely(text);
        let help = match likely {
            Some(likely) => Advice::words(help).in_place(text, likely),
            None => Advice::words(help),
        };
        self.report
            .error_with(Code::BadName, &name.span, message, help);
        None
    }

    fn missing_key(&mut self, span: &Range<usize>, message: &str) {
        self.report.error(Code::MissingKey, span, message);
    }
}

/// The header, parsed.
struct Head {
    name: crate::id::RuleSetName,
    version: String,
    kind: RuleSetKind,
}
