//! A rule file as written: every table and key with its place, nothing looked up yet.

use std::ops::Range;

use toml::de::DeTable;

use super::diagnostic::{Code, Report};
use super::toml_reader::{Table, Text, as_table, expression};
use crate::limits;

/// A rule file as written. A part is `None` where it is absent or was reported as wrong.
#[derive(Debug, Default)]
pub(super) struct RuleFile {
    pub(super) header: Header,
    pub(super) freshness: FreshnessEntry,
    pub(super) inputs: Vec<InputEntry>,
    pub(super) params: Vec<(Text, Text)>,
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

/// `[freshness]`
#[derive(Debug, Default)]
pub(super) struct FreshnessEntry {
    pub(super) balances: Option<Text>,
    pub(super) ownership: Option<Text>,
    pub(super) transactions: Option<Text>,
}

/// `[inputs.NAME]`
#[derive(Debug)]
pub(super) struct InputEntry {
    pub(super) name: Text,
    pub(super) ty: Option<Text>,
    pub(super) required: bool,
    pub(super) doc: Option<Text>,
}

/// `[[lexicon]]`
#[derive(Debug)]
pub(super) struct LexiconEntry {
    pub(super) term: Option<Text>,
    pub(super) name: Option<Text>,
    pub(super) phrases: Vec<Text>,
}

/// `[[rule]]`
#[derive(Debug)]
pub(super) struct RuleEntry {
    pub(super) id: Option<Text>,
    pub(super) when: Option<Text>,
    pub(super) then: Option<Text>,
    pub(super) reason: Option<Text>,
    pub(super) ignore_missing: Option<Text>,
}

/// `[reasons.CODE]`
#[derive(Debug)]
pub(super) struct ReasonEntry {
    pub(super) code: Text,
    pub(super) statement: Option<Text>,
    pub(super) rank: Option<i64>,
}

/// `[scorecard]`
#[derive(Debug)]
pub(super) struct ScorecardEntry {
    pub(super) span: Range<usize>,
    /// Zero where it is not given.
    pub(super) base: (i64, Range<usize>),
    pub(super) characteristics: Vec<CharacteristicEntry>,
}

/// `[[scorecard.characteristic]]`
#[derive(Debug)]
pub(super) struct CharacteristicEntry {
    pub(super) span: Range<usize>,
    pub(super) name: Option<Text>,
    pub(super) value: Option<Text>,
    pub(super) reason: Option<Text>,
    pub(super) bins: Vec<BinEntry>,
    pub(super) missing: Option<MissingEntry>,
}

/// One of `bins`; `when` is `None` for `otherwise = true`.
#[derive(Debug)]
pub(super) struct BinEntry {
    pub(super) span: Range<usize>,
    pub(super) when: Option<Text>,
    pub(super) otherwise: bool,
    pub(super) points: Option<(i64, Range<usize>)>,
}

/// `missing = { points = 0, because = "…" }`
#[derive(Debug)]
pub(super) struct MissingEntry {
    pub(super) points: Option<(i64, Range<usize>)>,
    pub(super) because: Option<Text>,
}

/// `[offer]`
#[derive(Debug)]
pub(super) struct OfferEntry {
    pub(super) span: Range<usize>,
    pub(super) step: Option<Text>,
    pub(super) affordable_payment: Option<Text>,
    pub(super) minimum: Option<Text>,
    pub(super) refer_reason: Option<Text>,
    pub(super) counter_reason: Option<Text>,
    pub(super) affordability_reason: Option<Text>,
    pub(super) tiers: Vec<TierEntry>,
}

/// `[[offer.tier]]`
#[derive(Debug)]
pub(super) struct TierEntry {
    pub(super) id: Option<Text>,
    pub(super) when: Option<Text>,
    pub(super) apr: Option<Text>,
    pub(super) max_amount: Option<Text>,
}

/// `[approve]`
#[derive(Debug)]
pub(super) struct ApproveEntry {
    pub(super) span: Range<usize>,
    pub(super) when: Option<Text>,
    pub(super) refer_reason: Option<Text>,
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
        freshness: freshness(&mut root, report),
        inputs: inputs(&mut root, report),
        params: named(&mut root, "params", report),
        derive: named(&mut root, "derive", report),
        lexicon: lexicon(&mut root, report),
        rules: rules(&mut root, report),
        reasons: reasons(&mut root, report),
        scorecard: scorecard(&mut root, report),
        offer: offer(&mut root, report),
        approve: approve(&mut root, report),
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

fn freshness(root: &mut Table<'_, '_>, report: &mut Report<'_>) -> FreshnessEntry {
    let Some(mut table) = root.table("freshness", "[freshness]", report) else {
        return FreshnessEntry::default();
    };
    let entry = FreshnessEntry {
        balances: table.text("balances", report),
        ownership: table.text("ownership", report),
        transactions: table.text("transactions", report),
    };
    table.finish(report);
    entry
}

fn inputs(root: &mut Table<'_, '_>, report: &mut Report<'_>) -> Vec<InputEntry> {
    let Some(table) = root.table("inputs", "[inputs]", report) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    for (key, value) in table.into_entries() {
        let heading = format!("[inputs.{}]", key.get_ref().escape_debug());
        let Some(mut table) = as_table(key.get_ref(), value, &heading, report) else {
            continue;
        };
        list.push(InputEntry {
            name: Text::of_key(key.get_ref(), key.span(), report.source()),
            ty: table.required("type", report),
            required: table.boolean("required", report).unwrap_or(false),
            doc: table.text("doc", report),
        });
        table.finish(report);
    }
    limited(list, limits::INPUTS_MAX, "inputs", report)
}

/// `[params]` and `[derive]`: names with expressions.
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

fn lexicon(root: &mut Table<'_, '_>, report: &mut Report<'_>) -> Vec<LexiconEntry> {
    let mut list = Vec::new();
    let mut room = limits::PHRASES_MAX;
    for mut table in root.tables("lexicon", "[[lexicon]]", report) {
        let mut entry = LexiconEntry {
            term: table.required("term", report),
            name: table.text("name", report),
            phrases: table.required_texts("phrases", report),
        };
        if entry.phrases.len() > room {
            let max = limits::PHRASES_MAX;
            let message = format!("more than {max} phrases; a rule set adds at most so many");
            report.error(Code::TooLarge, &table.span, message);
            entry.phrases.truncate(room);
        }
        room = room.saturating_sub(entry.phrases.len());
        list.push(entry);
        table.finish(report);
    }
    limited(list, limits::RULE_ITEMS_MAX, "lines of a lexicon", report)
}

fn rules(root: &mut Table<'_, '_>, report: &mut Report<'_>) -> Vec<RuleEntry> {
    let mut list = Vec::new();
    for mut table in root.tables("rule", "[[rule]]", report) {
        list.push(RuleEntry {
            id: table.required("id", report),
            when: table.required_expression("when", report),
            then: table.required("then", report),
            reason: table.required("reason", report),
            ignore_missing: table.text("ignore_missing", report),
        });
        table.finish(report);
    }
    limited(list, limits::RULES_MAX, "rules", report)
}

fn reasons(root: &mut Table<'_, '_>, report: &mut Report<'_>) -> Vec<ReasonEntry> {
    let Some(table) = root.table("reasons", "[reasons]", report) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    for (key, value) in table.into_entries() {
        let heading = format!("[reasons.{}]", key.get_ref().escape_debug());
        let Some(mut table) = as_table(key.get_ref(), value, &heading, report) else {
            continue;
        };
        list.push(ReasonEntry {
            code: Text::of_key(key.get_ref(), key.span(), report.source()),
            statement: table.required("statement", report),
            rank: table.integer("rank", report).map(|(rank, _)| rank),
        });
        table.finish(report);
    }
    limited(list, limits::RULE_ITEMS_MAX, "reasons", report)
}

fn scorecard(root: &mut Table<'_, '_>, report: &mut Report<'_>) -> Option<ScorecardEntry> {
    let mut table = root.table("scorecard", "[scorecard]", report)?;
    let base = table.integer("base", report);
    let mut list = Vec::new();
    let heading = "[[scorecard.characteristic]]";
    for mut table in table.tables("characteristic", heading, report) {
        list.push(CharacteristicEntry {
            span: table.span.clone(),
            name: table.required("name", report),
            value: table.required_expression("value", report),
            reason: table.required("reason", report),
            bins: bins(&mut table, report),
            missing: missing(&mut table, report),
        });
        table.finish(report);
    }
    let entry = ScorecardEntry {
        span: table.span.clone(),
        base: base.unwrap_or((0, table.span.clone())),
        characteristics: limited(list, limits::RULE_ITEMS_MAX, "characteristics", report),
    };
    table.finish(report);
    Some(entry)
}

fn bins(table: &mut Table<'_, '_>, report: &mut Report<'_>) -> Vec<BinEntry> {
    let mut list = Vec::new();
    for mut bin in table.tables("bins", "a bin", report) {
        list.push(BinEntry {
            span: bin.span.clone(),
            when: bin.expression("when", report),
            otherwise: bin.boolean("otherwise", report).unwrap_or(false),
            points: bin.integer("points", report),
        });
        bin.finish(report);
    }
    limited(list, limits::RULE_ITEMS_MAX, "bins", report)
}

fn missing(table: &mut Table<'_, '_>, report: &mut Report<'_>) -> Option<MissingEntry> {
    let mut missing = table.table("missing", "`missing`", report)?;
    let entry = MissingEntry {
        points: missing.integer("points", report),
        because: missing.required("because", report),
    };
    missing.finish(report);
    Some(entry)
}

fn offer(root: &mut Table<'_, '_>, report: &mut Report<'_>) -> Option<OfferEntry> {
    let mut table = root.table("offer", "[offer]", report)?;
    let mut tiers = Vec::new();
    for mut tier in table.tables("tier", "[[offer.tier]]", report) {
        tiers.push(TierEntry {
            id: tier.required("id", report),
            when: tier.required_expression("when", report),
            apr: tier.required_expression("apr", report),
            max_amount: tier.required_expression("max_amount", report),
        });
        tier.finish(report);
    }
    let entry = OfferEntry {
        span: table.span.clone(),
        step: table.required_expression("step", report),
        affordable_payment: table.required_expression("affordable_payment", report),
        minimum: table.required_expression("minimum", report),
        refer_reason: table.text("refer_reason", report),
        counter_reason: table.text("counter_reason", report),
        affordability_reason: table.text("affordability_reason", report),
        tiers: limited(tiers, limits::RULE_ITEMS_MAX, "tiers", report),
    };
    table.finish(report);
    Some(entry)
}

fn approve(root: &mut Table<'_, '_>, report: &mut Report<'_>) -> Option<ApproveEntry> {
    let mut table = root.table("approve", "[approve]", report)?;
    let entry = ApproveEntry {
        span: table.span.clone(),
        when: table.required_expression("when", report),
        refer_reason: table.text("refer_reason", report),
    };
    table.finish(report);
    Some(entry)
}
