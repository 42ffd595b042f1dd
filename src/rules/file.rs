//! A rule file as written: every table and key with its place, nothing looked up yet.

mod inputs;
mod lists;
mod offer;
mod params;
mod retry;
mod rule;
mod scorecard;
mod tables;
mod test;

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::DeTable;

use super::advice::Advice;
use super::ast::ExprKind;
use super::diagnostic::{Code, Report};
use super::format::shapes::{FRAGMENT, RULE_FILE};
use super::parser;
use super::toml_reader::{Table, Text, expression};
use crate::features::Value;
use crate::limits;

pub(super) use inputs::{FreshnessEntry, InputEntry, LexiconEntry};
pub(super) use lists::ListEntry;
pub(super) use offer::{ApproveEntry, CapEntry, FeeEntry, OfferEntry, TierEntry};
pub(super) use params::ParamEntry;
pub(super) use retry::RetryEntry;
pub(super) use rule::{IgnoreEntry, ReasonEntry, RuleEntry};
pub(super) use scorecard::{BinEntry, CharacteristicEntry, ScorecardEntry};
pub(super) use tables::{OtherwiseEntry, RowEntry, TableEntry};
pub(super) use test::{
    ApplicationEntry, ExpectEntry, ExpectedOfferEntry, GivenEntry, TestEntry, ValueEntry, case_file,
};

/// A rule file as written. A part is `None` where it is absent or was reported as wrong.
#[derive(Debug, Default)]
pub(super) struct RuleFile {
    pub(super) imports: Vec<Text>,
    pub(super) header: Header,
    pub(super) freshness: FreshnessEntry,
    pub(super) inputs: Vec<InputEntry>,
    pub(super) params: Vec<ParamEntry>,
    pub(super) derive: Vec<(Text, Text)>,
    pub(super) lexicon: Vec<LexiconEntry>,
    pub(super) lists: Vec<ListEntry>,
    pub(super) tables: Vec<TableEntry>,
    pub(super) rules: Vec<RuleEntry>,
    pub(super) reasons: Vec<ReasonEntry>,
    pub(super) scorecard: Option<ScorecardEntry>,
    pub(super) offer: Option<OfferEntry>,
    pub(super) approve: Option<ApproveEntry>,
    pub(super) retries: Vec<RetryEntry>,
    pub(super) tests: Vec<TestEntry>,
}

/// `[rule_set]`
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) name: Option<Text>,
    pub(super) version: Option<Text>,
    pub(super) kind: Option<Text>,
    pub(super) currency: Option<Text>,
    pub(super) description: Option<Text>,
    pub(super) share_salt: Option<Text>,
    pub(super) span: Range<usize>,
}

/// Reads the rule file; `None` where it is not TOML. `end` is where it ends in the text of all files.
pub(super) fn read(end: usize, report: &mut Report<'_>) -> Option<RuleFile> {
    let source = report.source().get(..end)?;
    let (root, errors) = DeTable::parse_recoverable(source);
    is_toml(&errors, report).then(|| whole(root.get_ref(), report))
}

/// The same of a file that is still being written: as much of it as is TOML.
pub(super) fn read_in_part(end: usize, report: &mut Report<'_>) -> RuleFile {
    let source = report.source().get(..end).unwrap_or("");
    let (root, _) = DeTable::parse_recoverable(source);
    whole(root.get_ref(), report)
}

fn whole(root: &DeTable<'_>, report: &mut Report<'_>) -> RuleFile {
    let root = Table::new(root, 0..0, "the file", &RULE_FILE);
    let file = RuleFile {
        imports: lists::imports(&root, report),
        header: header(&root, report),
        freshness: inputs::freshness(&root, report),
        scorecard: scorecard::scorecard(&root, report),
        offer: offer::offer(&root, report),
        approve: offer::approve(&root, report),
        retries: retry::retries(&root, report),
        tests: test::tests(&root, report),
        ..shared(&root, report)
    };
    root.finish(report);
    file
}

/// Reports what is wrong with a fragment by itself: whether names and types are right is known only
/// with the rule set that imports it.
pub(super) fn check_fragment(report: &mut Report<'_>) {
    let (root, errors) = DeTable::parse_recoverable(report.source());
    if is_toml(&errors, report) {
        let root = Table::new(root.get_ref(), 0..0, "a fragment", &FRAGMENT);
        shared(&root, report);
        root.finish(report);
    }
}

/// What a fragment may hold as well.
fn shared(root: &Table<'_, '_>, report: &mut Report<'_>) -> RuleFile {
    RuleFile {
        inputs: inputs::inputs(root, report),
        params: params::params(root, report),
        derive: named(root, "derive", report),
        lexicon: inputs::lexicon(root, report),
        lists: lists::lists(root, report),
        tables: tables::tables(root, report),
        rules: rule::rules(root, report),
        reasons: rule::reasons(root, report),
        ..RuleFile::default()
    }
}

/// Reads a fragment that stands at `at` in the text of all files, and adds it to the rule file. One
/// that is no TOML is reported and left out, unless what can be read of it is wanted.
pub(super) fn import(
    file: &mut RuleFile,
    name: &str,
    at: Range<usize>,
    in_part: bool,
    report: &mut Report<'_>,
) {
    // Blanks in place of what stands before it: its places are then those in the text of all.
    let content = report.source().get(at.clone()).unwrap_or("");
    let padded = format!("{}{content}", " ".repeat(at.start));
    let (root, errors) = DeTable::parse_recoverable(&padded);
    if !is_toml(&errors, report) && !in_part {
        return;
    }
    let start = at.start..at.start;
    let root = Table::new(root.get_ref(), start, &format!("`{name}`"), &FRAGMENT);
    let more = shared(&root, report);
    root.finish(report);
    file.inputs.extend(more.inputs);
    file.params.extend(more.params);
    file.derive.extend(more.derive);
    file.lexicon.extend(more.lexicon);
    file.lists.extend(more.lists);
    file.tables.extend(more.tables);
    file.rules.extend(more.rules);
    file.reasons.extend(more.reasons);
}

/// Reports what is declared in more than one file, or more of anything than a rule set may have.
pub(super) fn joined(file: &mut RuleFile, report: &mut Report<'_>) {
    let params = file.params.iter().map(|param| ("params.", &param.name));
    let derive = file.derive.iter().map(|(name, _)| ("derive.", name));
    let inputs = file.inputs.iter().map(|input| ("inputs.", &input.name));
    let lists = file.lists.iter().map(|list| ("lists.", &list.name));
    let reasons = file.reasons.iter().map(|reason| ("reasons.", &reason.code));
    let tables = file.tables.iter().map(|table| ("tables.", &table.name));
    let all = params
        .chain(derive)
        .chain(inputs)
        .chain(lists)
        .chain(tables);
    let mut seen = BTreeSet::new();
    for (group, name) in all.chain(reasons) {
        if !seen.insert((group, &name.value)) {
            let name_shown = name.value.escape_debug();
            let message = format!("`{group}{name_shown}` is declared in another file as well");
            report.error(Code::DuplicateId, &name.span, message);
        }
    }
    let items = limits::RULE_ITEMS_MAX;
    limit(&mut file.inputs, limits::INPUTS_MAX, "inputs", report);
    limit(&mut file.params, items, "params", report);
    limit(&mut file.derive, items, "derive", report);
    limit(&mut file.lists, items, "lists", report);
    limit(&mut file.tables, items, "tables", report);
    limit(&mut file.rules, limits::RULES_MAX, "rules", report);
    limit(&mut file.reasons, items, "reasons", report);
}

/// Reports more tests than are run at once.
pub(super) fn few_tests(file: &mut RuleFile, report: &mut Report<'_>) {
    limit(&mut file.tests, limits::TESTS_MAX, "tests", report);
}

/// Whether a text is TOML; what is wrong is reported.
pub(super) fn parses(source: &str, report: &mut Report<'_>) -> bool {
    is_toml(&DeTable::parse_recoverable(source).1, report)
}

fn is_toml(errors: &[toml::de::Error], report: &mut Report<'_>) -> bool {
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().to_lowercase();
        let advice = quoted_amount(report.source(), span.start);
        report.error_with(Code::TomlSyntax, &span, message, advice);
    }
    errors.is_empty()
}

/// How to write an amount, days or percent that stand without quotes.
fn quoted_amount(source: &str, at: usize) -> Option<Advice> {
    let line = source.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let start = line + source.get(line..at)?.rfind('=')? + 1;
    let rest = source.get(start..)?;
    let rest = rest.split([',', '}', ']', '#', '\n', '\r']).next()?;
    let value = rest.trim();
    let ExprKind::Literal(Value::Money(_) | Value::Days(_) | Value::Percent(_)) =
        parser::parse(value).ok()?.kind
    else {
        return None;
    };
    let start = start + rest.len() - rest.trim_start().len();
    let quoted = format!("'{value}'");
    let words = Advice::words(format!("write `{quoted}`"));
    Some(words.at(start..start + value.len(), quoted).surely())
}

fn limit<T>(list: &mut Vec<T>, max: usize, what: &str, report: &mut Report<'_>) {
    *list = limited(std::mem::take(list), max, what, report);
}

/// Reports a list that is too long, and cuts it.
fn limited<T>(mut list: Vec<T>, max: usize, what: &str, report: &mut Report<'_>) -> Vec<T> {
    if list.len() > max {
        let message = format!("{} {what}; a rule set has at most {max}", list.len());
        report.error(Code::TooLarge, &(0..0), message);
        list.truncate(max);
    }
    list
}

fn header(root: &Table<'_, '_>, report: &mut Report<'_>) -> Header {
    let Some(table) = root.table("rule_set", "[rule_set]", report) else {
        let help = "start the file with [rule_set], its name, version, kind and currency";
        report.error_with(
            Code::MissingKey,
            &(0..0),
            "the file needs a table [rule_set]",
            help.to_owned(),
        );
        return Header::default();
    };
    let header = Header {
        name: table.text("name", report),
        version: table.text("version", report),
        kind: table.text("kind", report),
        currency: table.text("currency", report),
        description: table.text("description", report),
        share_salt: table.text("share_salt", report),
        span: table.span.clone(),
    };
    table.finish(report);
    header
}

/// `[derive]`: names with expressions.
fn named(root: &Table<'_, '_>, key: &'static str, report: &mut Report<'_>) -> Vec<(Text, Text)> {
    let Some(table) = root.table(key, &format!("[{key}]"), report) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    for (name, value) in table.into_entries() {
        if let Some(text) = expression(name.get_ref(), value, report) {
            list.push((
                Text::of_key(name.get_ref(), name.span(), report.source()),
                text,
            ));
        }
    }
    limited(list, limits::RULE_ITEMS_MAX, key, report)
}
