//! `[[test]]` as written, in the rule file or in a case file beside it.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{is_toml, limited};
use crate::limits;
use crate::rules::diagnostic::{Code, Report};
use crate::rules::format::shapes::{ABSENT, CASE_FILE};
use crate::rules::toml_reader::{Table, Text, as_table, expression};

/// `[[test]]`
#[derive(Debug, Clone, Default)]
pub(in crate::rules) struct TestEntry {
    /// Where it begins.
    pub(in crate::rules) span: Range<usize>,
    pub(in crate::rules) name: Option<Text>,
    pub(in crate::rules) like: Option<Text>,
    pub(in crate::rules) features: Vec<(Text, GivenEntry)>,
    pub(in crate::rules) applicant: Option<Text>,
    pub(in crate::rules) bank_data: Option<Text>,
    pub(in crate::rules) decision: Option<Text>,
    pub(in crate::rules) inputs: Vec<(Text, Text)>,
    pub(in crate::rules) application: ApplicationEntry,
    pub(in crate::rules) expect: ExpectEntry,
}

/// The values of a feature.
#[derive(Debug, Clone)]
pub(in crate::rules) enum GivenEntry {
    One(ValueEntry),
    Several(Vec<ValueEntry>),
}

/// A value, or the cause for which it is missing.
#[derive(Debug, Clone)]
pub(in crate::rules) enum ValueEntry {
    Known(Text),
    Missing(Text),
}

/// `application`
#[derive(Debug, Clone, Default)]
pub(in crate::rules) struct ApplicationEntry {
    pub(in crate::rules) amount: Option<Text>,
    pub(in crate::rules) term: Option<Text>,
    pub(in crate::rules) frequency: Option<Text>,
    pub(in crate::rules) first_payment_date: Option<Text>,
    pub(in crate::rules) purpose: Option<Text>,
    pub(in crate::rules) product: Option<Text>,
    pub(in crate::rules) name: Option<Text>,
    pub(in crate::rules) at: Option<Text>,
}

/// `expect`
#[derive(Debug, Clone, Default)]
pub(in crate::rules) struct ExpectEntry {
    pub(in crate::rules) outcome: Option<Text>,
    pub(in crate::rules) reasons: Option<Vec<Text>>,
    pub(in crate::rules) noted: Option<Vec<Text>>,
    pub(in crate::rules) score: Option<Text>,
    pub(in crate::rules) missing: Option<Vec<Text>>,
    pub(in crate::rules) bound_by: Option<Text>,
    pub(in crate::rules) offer: ExpectedOfferEntry,
}

/// `expect.offer`
#[derive(Debug, Clone, Default)]
pub(in crate::rules) struct ExpectedOfferEntry {
    pub(in crate::rules) tier: Option<Text>,
    pub(in crate::rules) amount: Option<Text>,
    pub(in crate::rules) rate: Option<Text>,
    pub(in crate::rules) apr: Option<Text>,
    pub(in crate::rules) term: Option<Text>,
    pub(in crate::rules) frequency: Option<Text>,
    pub(in crate::rules) payment: Option<Text>,
    pub(in crate::rules) payments: Option<Text>,
}

/// The tests of a file.
pub(super) fn tests(root: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<TestEntry> {
    let mut list = Vec::new();
    for table in root.tables("test", "[[test]]", report) {
        list.push(entry(table, report));
    }
    list
}

/// The tests of a case file that stands at `at` in the text of all files, by what findings call it.
pub(in crate::rules) fn case_file(
    name: &str,
    at: Range<usize>,
    report: &mut Report<'_>,
) -> Vec<TestEntry> {
    // Blanks in place of what stands before it: its places are then those in the text of all.
    let content = report.source().get(at.clone()).unwrap_or("");
    let padded = format!("{}{content}", " ".repeat(at.start));
    let (root, errors) = DeTable::parse_recoverable(&padded);
    if !is_toml(&errors, report) {
        return Vec::new();
    }
    let start = at.start..at.start;
    let root = Table::new(root.get_ref(), start, name, &CASE_FILE);
    let tests = tests(&root, report);
    root.finish(report);
    tests
}

fn entry(table: Table<'_, '_>, report: &mut Report<'_>) -> TestEntry {
    let entry = TestEntry {
        span: table.span.clone(),
        name: table.text("name", report),
        like: table.text("like", report),
        features: features(&table, report),
        applicant: table.text("applicant", report),
        bank_data: table.text("bank_data", report),
        decision: table.text("decision", report),
        inputs: inputs(&table, report),
        application: application(&table, report),
        expect: expect(&table, report),
    };
    table.finish(report);
    entry
}

fn features(test: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<(Text, GivenEntry)> {
    let mut list = Vec::new();
    let Some(table) = test.table("features", "`features`", report) else {
        return list;
    };
    for (key, value) in table.into_entries() {
        let name = Text::of_key(key.get_ref(), key.span(), report.source());
        if let Some(given) = given(key.get_ref(), value, report) {
            list.push((name, given));
        }
    }
    limited(list, limits::RULE_ITEMS_MAX, "features of a test", report)
}

fn given(key: &str, found: &Spanned<DeValue<'_>>, report: &mut Report<'_>) -> Option<GivenEntry> {
    let DeValue::Array(array) = found.get_ref() else {
        return value(key, found, report).map(GivenEntry::One);
    };
    let values = array.iter().filter_map(|one| value(key, one, report));
    Some(GivenEntry::Several(values.collect()))
}

fn value(key: &str, found: &Spanned<DeValue<'_>>, report: &mut Report<'_>) -> Option<ValueEntry> {
    if !matches!(found.get_ref(), DeValue::Table(_)) {
        return expression(key, found, report).map(ValueEntry::Known);
    }
    let name = format!("the value of `{}`", key.escape_debug());
    if let DeValue::Table(inner) = found.get_ref()
        && let Some((part, _)) = inner.iter().next()
        && inner.get("missing").is_none()
    {
        // A point parts keys of TOML, and is a part of a name here.
        let whole = format!("{key}.{}", part.get_ref());
        let message = format!("`{}` is not in quotes", whole.escape_debug());
        let help = format!("write `\"{}\" = …`", whole.escape_debug());
        report.error_with(Code::BadName, &found.span(), message, help);
        return None;
    }
    let table = as_table(key, found, &name, &ABSENT, report)?;
    let cause = table.text("missing", report);
    table.finish(report);
    cause.map(ValueEntry::Missing)
}

fn inputs(test: &Table<'_, '_>, report: &mut Report<'_>) -> Vec<(Text, Text)> {
    let mut list = Vec::new();
    let Some(table) = test.table("inputs", "`inputs`", report) else {
        return list;
    };
    for (key, value) in table.into_entries() {
        let name = Text::of_key(key.get_ref(), key.span(), report.source());
        if let Some(text) = expression(key.get_ref(), value, report) {
            list.push((name, text));
        }
    }
    list
}

fn application(test: &Table<'_, '_>, report: &mut Report<'_>) -> ApplicationEntry {
    let Some(table) = test.table("application", "`application`", report) else {
        return ApplicationEntry::default();
    };
    let entry = ApplicationEntry {
        amount: table.expression("amount", report),
        term: table.text("term", report),
        frequency: table.text("frequency", report),
        first_payment_date: table.expression("first_payment_date", report),
        purpose: table.text("purpose", report),
        product: table.text("product", report),
        name: table.text("name", report),
        at: table.text("at", report),
    };
    table.finish(report);
    entry
}

fn expect(test: &Table<'_, '_>, report: &mut Report<'_>) -> ExpectEntry {
    let Some(table) = test.table("expect", "`expect`", report) else {
        return ExpectEntry::default();
    };
    let entry = ExpectEntry {
        outcome: table.text("outcome", report),
        reasons: table.texts_if_there("reasons", report),
        noted: table.texts_if_there("noted", report),
        score: table.expression("score", report),
        missing: table.texts_if_there("missing", report),
        bound_by: table.text("bound_by", report),
        offer: offer(&table, report),
    };
    table.finish(report);
    entry
}

fn offer(expect: &Table<'_, '_>, report: &mut Report<'_>) -> ExpectedOfferEntry {
    let Some(table) = expect.table("offer", "`expect.offer`", report) else {
        return ExpectedOfferEntry::default();
    };
    let entry = ExpectedOfferEntry {
        tier: table.text("tier", report),
        amount: table.expression("amount", report),
        rate: table.expression("rate", report),
        apr: table.expression("apr", report),
        term: table.text("term", report),
        frequency: table.text("frequency", report),
        payment: table.expression("payment", report),
        payments: table.expression("payments", report),
    };
    table.finish(report);
    entry
}
