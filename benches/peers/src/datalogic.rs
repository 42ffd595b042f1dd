//! `datalogic-rs`: each rule compiled to its logic, one document parsed beforehand for each
//! applicant, one session whose arena is reset after each applicant. Numbers are 64-bit integers
//! where they are whole, else doubles.

use std::collections::BTreeMap;

use datalogic_rs::{Engine as Datalogic, Logic, ParsedData, Session};

use crate::engine::Engine;
use crate::rule::{Applicant, Column, Language, Rule, Term, Test, Unit};

pub(crate) struct JsonLogic<'e> {
    rules: Vec<Logic>,
    documents: Vec<ParsedData>,
    session: Session<'e>,
}

impl<'e> JsonLogic<'e> {
    pub(crate) fn new(
        engine: &'e Datalogic,
        columns: &[Column],
        rules: &[Rule],
        applicants: &[Applicant],
    ) -> Self {
        let language = Words(columns);
        let compiled = rules.iter().map(|rule| {
            let text = language.rule(rule);
            engine
                .compile(text.as_str())
                .unwrap_or_else(|error| panic!("datalogic: `{text}`: {error}"))
        });
        let documents = applicants.iter().map(|applicant| {
            let text = document(columns, applicant);
            ParsedData::from_json(&text)
                .unwrap_or_else(|error| panic!("datalogic: `{text}`: {error}"))
        });
        Self {
            rules: compiled.collect(),
            documents: documents.collect(),
            session: engine.session(),
        }
    }
}

/// An object for each area of features.
fn document(columns: &[Column], applicant: &Applicant) -> String {
    let mut areas: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (column, parts) in columns.iter().zip(applicant) {
        let (area, rest) = column.name.split_once('.').expect("`area.rest`");
        let number = number(column.unit, *parts);
        let field = format!("\"{rest}\":{number}");
        areas.entry(area).or_default().push(field);
    }
    let areas: Vec<String> = areas
        .iter()
        .map(|(area, fields)| format!("\"{area}\":{{{}}}", fields.join(",")))
        .collect();
    format!("{{{}}}", areas.join(","))
}

/// As JSON has it.
fn number(unit: Unit, parts: i64) -> String {
    match unit {
        Unit::Money | Unit::Count | Unit::Days => parts.to_string(),
        Unit::Ratio | Unit::Percent => unit.number(parts).to_string(),
    }
}

impl Engine for JsonLogic<'_> {
    fn name(&self) -> &'static str {
        "datalogic-rs"
    }

    fn verdicts(&mut self, applicant: usize) -> Result<Vec<bool>, String> {
        let document = &self.documents[applicant];
        let session = &mut self.session;
        let verdict = |rule: &Logic| match session.eval_borrowed(rule, document) {
            Ok(value) => value
                .as_bool()
                .ok_or_else(|| format!("not a truth: {value}")),
            Err(error) => Err(error.to_string()),
        };
        self.rules.iter().map(verdict).collect()
    }

    fn pass(&mut self) -> usize {
        let mut fired = 0;
        for document in &self.documents {
            for rule in &self.rules {
                let verdict = self.session.eval_borrowed(rule, document);
                let verdict = verdict.ok().and_then(|value| value.as_bool());
                fired += usize::from(verdict == Some(true));
            }
            self.session.reset();
        }
        fired
    }
}

struct Words<'a>(&'a [Column]);

impl Language for Words<'_> {
    fn test(&self, test: &Test) -> String {
        let var = |column: usize| format!("{{\"var\":\"{}\"}}", self.0[column].name);
        let term = match test.term {
            Term::Column(column) => var(column),
            Term::Sum(left, right) => format!("{{\"+\":[{},{}]}}", var(left), var(right)),
            Term::Difference(left, right) => format!("{{\"-\":[{},{}]}}", var(left), var(right)),
            Term::LessShare(left, quarters, right) => {
                let (share, right) = (quarters as f64 / 4.0, var(right));
                format!("{{\"-\":[{},{{\"*\":[{right},{share}]}}]}}", var(left))
            }
            Term::Quotient(left, right) => format!("{{\"/\":[{},{}]}}", var(left), var(right)),
        };
        let bound = number(test.term.unit(self.0), test.bound);
        format!("{{\"{}\":[{term},{bound}]}}", test.op.as_str())
    }

    fn both(&self, left: &str, right: &str) -> String {
        format!("{{\"and\":[{left},{right}]}}")
    }

    fn either(&self, left: &str, right: &str) -> String {
        format!("{{\"or\":[{left},{right}]}}")
    }
}
