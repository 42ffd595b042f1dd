//! A rule file as written: every table and key with its place, nothing looked up yet.

mod inputs;
mod offer;
mod params;
mod rule;
mod scorecard;

use std::ops::Range;

use toml::de::DeTable;

use super::diagnostic::{Code, Report};
use super::toml_reader::{Table, Text, expression};
use crate::limits;

pub(super) use inputs::{FreshnessEntry, InputEntry, LexiconEntry};
pub(super) use offer::{ApproveEntry, CapEntry, FeeEntry, OfferEntry, TierEntry};
pub(super) use params::ParamEntry;
pub(super) use rule::{IgnoreEntry, ReasonEntry, RuleEntry};
pub(super) use scorecard::{BinEntry, CharacteristicEntry, ScorecardEntry};

/// A rule file as written. A part is `None` where it is absent or was reported as wrong.
#[derive(Debug, Default)]
pub(super) struct RuleFile {
    pub(super) header: Header,
    pub(super) freshness: FreshnessEntry,
    pub(super) inputs: Vec<InputEntry>,
    pub(super) params: Vec<ParamEntry>,
    pub(super) derive: Vec<(Text, Text)>,
    pub(super) lexicon: Vec<LexiconEntry>,
    pub(super) rules: Vec<RuleEntry>,
    pub(super) reasons: Vec<ReasonEntry>,
    pub(super) scorecard: Option<ScorecardEntry>,
    pub(super) offer: Option<OfferEntry>,
    pub(super) approve: Option<ApproveEntry>,
}

/// `[rule_set]`
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) name: Option<Text>,
    pub(super) version: Option<Text>,
    pub(super) kind: Option<Text>,
    pub(super) currency: Option<Text>,
    pub(super) description: Option<Text>,
    pub(super) span: Range<usize>,
}

/// Reads the file; `None` where it is not TOML.
pub(super) fn read(report: &mut Report<'_>) -> Option<RuleFile> {
    let source = report.source();
    let (root, errors) = DeTable::parse_recoverable(source);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        report.error(Code::TomlSyntax, &span, error.message().to_lowercase());
    }
    if !errors.is_empty() {
        return None;
    }
    let mut root = Table::new(root.get_ref(), 0..0, "the file");
    let file = RuleFile {
        header: header(&mut root, report),
        freshness: inputs::freshness(&mut root, report),
        inputs: inputs::inputs(&mut root, report),
        params: params::params(&mut root, report),
        derive: named(&mut root, "derive", report),
        lexicon: inputs::lexicon(&mut root, report),
        rules: rule::rules(&mut root, report),
        reasons: rule::reasons(&mut root, report),
        scorecard: scorecard::scorecard(&mut root, report),
        offer: offer::offer(&mut root, report),
        approve: offer::approve(&mut root, report),
    };
    root.finish(report);
    Some(file)
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

fn header(root: &mut Table<'_, '_>, report: &mut Report<'_>) -> Header {
    let Some(mut table) = root.table("rule_set", "[rule_set]", report) else {
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
        name: table.required("name", report),
        version: table.required("version", report),
        kind: table.required("kind", report),
        currency: table.required("currency", report),
        description: table.text("description", report),
        span: table.span.clone(),
    };
    table.finish(report);
    header
}

/// `[derive]`: names with expressions.
fn named(
    root: &mut Table<'_, '_>,
    key: &'static str,
    report: &mut Report<'_>,
) -> Vec<(Text, Text)> {
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
