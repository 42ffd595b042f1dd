//! Checks `[[test]]`: what is given, and what is expected.

mod expected;
mod given;

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::Checker;
use crate::application::Input;
use crate::features::{Type, Value};
use crate::id::DecisionId;
use crate::limits;
use crate::money::Money;
use crate::rules::advice::{Advice, did_you_mean};
use crate::rules::case_table;
use crate::rules::declared;
use crate::rules::diagnostic::{Code, Diagnostic, Report};
use crate::rules::file::{self, ApplicationEntry, RuleFile, TestEntry};
use crate::rules::rule_set::{DeclaredInput, End};
use crate::rules::test_case::{CaseFile, Expected, TestApplication, TestCase, TestData};
use crate::rules::toml_reader::Text;
use crate::rules::vocabulary::FREQUENCIES;

/// When a test is decided that says no time of the day.
const NOON: NaiveTime = match NaiveTime::from_hms_opt(12, 0, 0) {
    Some(noon) => noon,
    None => NaiveTime::MIN,
};

/// Checks that a file of tests is TOML and has the keys of the format. What its names and values come to
/// is known only with the rule set that it tests.
pub fn check_cases(source: &str) -> Vec<Diagnostic> {
    let mut report = Report::new(source);
    file::case_file("a file of tests", 0..source.len(), &mut report);
    report.finish()
}

/// What tests name of their rule set.
pub(super) struct Tested<'a> {
    pub(super) inputs: &'a [DeclaredInput],
    pub(super) end: Option<&'a End>,
}

impl Checker<'_> {
    /// Reads the tests of files beside the rule file.
    pub(super) fn case_files(&mut self, file: &mut RuleFile, case_files: &[CaseFile]) {
        for case_file in case_files {
            let name = case_file.name.as_str();
            match self.sources.find(name) {
                Some(Ok(at)) if case_table::is_table(name) => {
                    file.tests.extend(case_table::tests(at, &mut self.report));
                }
                Some(Ok(at)) => {
                    let name = format!("`{}`", name.escape_debug());
                    let tests = file::case_file(&name, at, &mut self.report);
                    file.tests.extend(tests);
                }
                Some(Err(_)) | None => {
                    let message = format!("`{}` is not UTF-8 text", name.escape_debug());
                    self.report.error(Code::NotUtf8, &(0..0), message);
                }
            }
        }
        file::few_tests(file, &mut self.report);
    }

    /// The tests that are sound; what is wrong with the others is reported.
    pub(super) fn tests(&mut self, entries: &[TestEntry], tested: &Tested<'_>) -> Vec<TestCase> {
        let mut known: BTreeMap<String, TestEntry> = BTreeMap::new();
        let mut tests = Vec::new();
        for entry in entries {
            self.written_as_tables(entry);
            let entry = self.with_what_it_is_like(entry, &known);
            tests.extend(self.one_test(&entry, &known, tested));
            if let Some(name) = &entry.name {
                known.entry(name.value.clone()).or_insert(entry);
            }
        }
        tests
    }

    /// Tests in a line could not be told from the rule set when it is published.
    fn written_as_tables(&mut self, entry: &TestEntry) {
        let written = self.report.source().get(entry.span.clone());
        if written.is_some_and(|written| written.starts_with('{')) {
            let help = "write each under a header of its own, `[[test]]`".to_owned();
            self.report
                .error_with(Code::BadValue, &entry.span, "a test in a line", help);
        }
    }

    /// The test with what the one that it is like gives.
    fn with_what_it_is_like(
        &mut self,
        entry: &TestEntry,
        known: &BTreeMap<String, TestEntry>,
    ) -> TestEntry {
        let mut whole = entry.clone();
        let Some(like) = &entry.like else {
            return whole;
        };
        let Some(other) = known.get(&like.value) else {
            let near = did_you_mean(&like.value, known.keys().map(String::as_str));
            let help = near.unwrap_or_else(|| Advice::words("it must stand before this one"));
            let message = format!("there is no earlier test `{}`", like.value.escape_debug());
            self.report
                .error_with(Code::UnknownName, &like.span, message, help);
            return whole;
        };
        inherit(&mut whole, other);
        whole
    }

    fn one_test(
        &mut self,
        entry: &TestEntry,
        known: &BTreeMap<String, TestEntry>,
        tested: &Tested<'_>,
    ) -> Option<TestCase> {
        let name = self.test_name(entry, known);
        let data = self.test_data(entry);
        let asked = self.asked(&entry.application, data.as_ref());
        let inputs = self.given_inputs(&entry.inputs, tested.inputs);
        let expected = self.expected(&entry.expect, tested);
        if expected.as_ref() == Some(&Expected::default()) {
            let message = "the test expects nothing";
            let help = "say what is to come of it, as in `expect = { outcome = \"APPROVE\" }`";
            self.report
                .error_with(Code::MissingKey, &entry.span, message, help.to_owned());
            return None;
        }
        let (file, line) = self.report.place(entry.span.start);
        Some(TestCase {
            name: name?,
            file,
            line,
            data: data?,
            asked: asked?,
            inputs: inputs?,
            expected: expected?,
        })
    }

    fn test_name(
        &mut self,
        entry: &TestEntry,
        known: &BTreeMap<String, TestEntry>,
    ) -> Option<String> {
        let name = entry.name.as_ref()?;
        let text = name.value.trim();
        if text.is_empty() || text.len() > limits::ID_BYTES_MAX || text.contains(char::is_control) {
            let max = limits::ID_BYTES_MAX;
            let message = format!("a test is named by a line of 1 to {max} bytes");
            self.report.error(Code::BadName, &name.span, message);
            return None;
        }
        if known.contains_key(&name.value) {
            let message = format!("there is another test `{}`", text.escape_debug());
            self.report.error(Code::DuplicateId, &name.span, message);
            return None;
        }
        Some(name.value.clone())
    }

    /// What the test is decided on.
    fn test_data(&mut self, entry: &TestEntry) -> Option<TestData> {
        let others = [&entry.applicant, &entry.bank_data, &entry.decision];
        let said = others.iter().filter_map(|one| one.as_ref());
        let feature = entry.features.first().map(|(name, _)| name);
        if let Some(second) = feature.into_iter().chain(said).nth(1) {
            let message = "a test is decided on one of `features`, `applicant`, `bank_data` and \
                           `decision`";
            self.report.error(Code::BadValue, &second.span, message);
            return None;
        }
        if let Some(key) = &entry.applicant {
            return Some(TestData::Applicant(key.value.clone()));
        }
        if let Some(file) = &entry.bank_data {
            return Some(TestData::BankData(file.value.clone()));
        }
        if let Some(id) = &entry.decision {
            let found = DecisionId::parse(&id.value);
            if found.is_err() {
                let message = format!("`{}` is no id of a decision", id.value.escape_debug());
                self.report.error(Code::BadValue, &id.span, message);
            }
            return found.ok().map(TestData::Decision);
        }
        self.given_features(&entry.features).map(TestData::Features)
    }

    fn given_inputs(
        &mut self,
        entries: &[(Text, Text)],
        declared: &[DeclaredInput],
    ) -> Option<BTreeMap<String, Input>> {
        let mut inputs = BTreeMap::new();
        let mut sound = true;
        for (name, text) in entries {
            match self.given_input(name, text, declared) {
                Some(input) => {
                    inputs.insert(name.value.clone(), input);
                }
                None => sound = false,
            }
        }
        sound.then_some(inputs)
    }

    fn given_input(
        &mut self,
        name: &Text,
        text: &Text,
        declared: &[DeclaredInput],
    ) -> Option<Input> {
        let Some(input) = declared.iter().find(|one| one.name == name.value) else {
            let all = declared.iter().map(|one| one.name.as_str());
            let near = did_you_mean(&name.value, all);
            let message = format!("no input is called `{}`", name.value.escape_debug());
            let help = near.unwrap_or_else(|| Advice::words("inputs are declared in `[inputs]`"));
            self.report
                .error_with(Code::UnknownName, &name.span, message, help);
            return None;
        };
        let value = self.plain(text, input.ty)?;
        if let Some(problem) = declared::outside(input, &value) {
            let message = format!("`inputs.{}` {problem}", input.name);
            self.report.error(Code::OutOfRange, &text.span, message);
            return None;
        }
        Some(value.into())
    }

    fn asked(
        &mut self,
        entry: &ApplicationEntry,
        data: Option<&TestData>,
    ) -> Option<TestApplication> {
        let errors = self.report.errors();
        let text = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone());
        let asked = TestApplication {
            amount: self.given_amount(entry.amount.as_ref()),
            term: entry.term.as_ref().and_then(|text| self.offer_term(text)),
            frequency: entry
                .frequency
                .as_ref()
                .and_then(|text| self.word(text, &FREQUENCIES, "a frequency of payments")),
            first_payment_date: entry
                .first_payment_date
                .as_ref()
                .and_then(|text| self.date(text)),
            purpose: text(&entry.purpose),
            product: text(&entry.product),
            name: text(&entry.name),
            at: entry.at.as_ref().and_then(|text| self.moment(text)),
        };
        if let Some(at) = &entry.at {
            self.moment_for(at, data);
        }
        (self.report.errors() == errors).then_some(asked)
    }

    /// Reports a moment that the data cannot be looked at.
    fn moment_for(&mut self, at: &Text, data: Option<&TestData>) {
        let day = "write the day alone, as in `2026-03-31`";
        let (message, help) = match data {
            Some(TestData::Decision(_)) => (
                "a recorded decision is decided again at its own moment",
                "leave `at` out",
            ),
            Some(TestData::Applicant(_)) if day_of(at).is_none() => {
                ("a sample applicant is decided at 15:00 UTC of a day", day)
            }
            Some(TestData::BankData(_)) if day_of(at).is_none() => {
                ("bank data is decided on at the end of a day", day)
            }
            Some(TestData::Applicant(_) | TestData::BankData(_) | TestData::Features(_)) | None => {
                return;
            }
        };
        self.report
            .error_with(Code::BadValue, &at.span, message, help.to_owned());
    }

    fn given_amount(&mut self, text: Option<&Text>) -> Option<Money> {
        let Value::Money(money) = self.plain(text?, Type::Money)? else {
            return None;
        };
        Some(money)
    }

    fn date(&mut self, text: &Text) -> Option<NaiveDate> {
        let Value::Date(date) = self.plain(text, Type::Date)? else {
            return None;
        };
        Some(date)
    }

    /// `2026-03-31` or `2026-03-31 15:00`
    fn moment(&mut self, text: &Text) -> Option<NaiveDateTime> {
        let day = day_of(text).map(|day| day.and_time(NOON));
        let moment = || NaiveDateTime::parse_from_str(&text.value, "%Y-%m-%d %H:%M").ok();
        let found = day.or_else(moment);
        if found.is_none() {
            let message = format!("`{}` is no moment", text.value.escape_debug());
            let help = "write a day, or a day and a time: `2026-03-31 15:00`".to_owned();
            self.report
                .error_with(Code::BadValue, &text.span, message, help);
        }
        found
    }
}

/// The day that a moment is, where it says no time of it.
fn day_of(at: &Text) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(&at.value, "%Y-%m-%d").ok()
}

/// Gives a test what another one gives and it does not. One that says what it is decided on is decided
/// on that alone, but for features, to which those of the other are added.
fn inherit(test: &mut TestEntry, other: &TestEntry) {
    let is_on_data = |test: &TestEntry| {
        test.applicant.is_some() || test.bank_data.is_some() || test.decision.is_some()
    };
    if !is_on_data(test) {
        if test.features.is_empty() {
            test.applicant.clone_from(&other.applicant);
            test.bank_data.clone_from(&other.bank_data);
            test.decision.clone_from(&other.decision);
        }
        join(&mut test.features, &other.features);
    }
    join(&mut test.inputs, &other.inputs);
    let (asked, others) = (&mut test.application, &other.application);
    let places = [
        (&mut asked.amount, &others.amount),
        (&mut asked.term, &others.term),
        (&mut asked.frequency, &others.frequency),
        (&mut asked.first_payment_date, &others.first_payment_date),
        (&mut asked.purpose, &others.purpose),
        (&mut asked.product, &others.product),
        (&mut asked.name, &others.name),
        (&mut asked.at, &others.at),
    ];
    for (own, other) in places {
        if own.is_none() {
            own.clone_from(other);
        }
    }
}

/// Adds the values of other names.
fn join<T: Clone>(own: &mut Vec<(Text, T)>, others: &[(Text, T)]) {
    for (name, value) in others {
        if !own.iter().any(|(known, _)| known.value == name.value) {
            own.push((name.clone(), value.clone()));
        }
    }
}
