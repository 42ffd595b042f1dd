//! Underwrite itself. All that touches its API is here.

use std::collections::BTreeMap;
use std::hint::black_box;

use rust_decimal::Decimal;
use underwrite::analysis;
use underwrite::application::ApplicationWithAccounts;
use underwrite::features::{self, Context, Features, Scope, Slot, Type, Value};
use underwrite::lexicon::Lexicon;
use underwrite::money::{Currency, Money};
use underwrite::rules::{self, Bundle, Evaluation, NoForecasts, Readiness, Telling, Verdict};

use crate::measure::Line;
use crate::rule::{Applicant, Column, Language, MILLION, Rule, Term, Test, Unit};

#[path = "../../common/household.rs"]
mod household;

/// The rows of the account behind the typical applicant.
const TRANSACTIONS: usize = 1_000;

/// Every feature of the table that is a number and has one value for an application.
pub(crate) fn columns() -> Vec<Column> {
    let column = |feature: &features::Feature| {
        let unit = match feature.ty {
            Type::Money => Unit::Money,
            Type::Count => Unit::Count,
            Type::Days => Unit::Days,
            Type::Ratio => Unit::Ratio,
            Type::Percent => Unit::Percent,
            Type::Date | Type::Text | Type::Bool => return None,
        };
        (feature.scope == Scope::Household).then_some(Column {
            name: feature.name,
            unit,
            window_days: feature.window_days(),
        })
    };
    features::table().iter().filter_map(column).collect()
}

/// A rule set with the features of those whom it decides about.
pub(crate) struct Ours {
    bundle: Bundle,
    application: ApplicationWithAccounts,
    features: Vec<Features>,
}

impl Ours {
    /// The generated rules, each with an action and a reason that states the value of its feature.
    pub(crate) fn generated(columns: &[Column], rules: &[Rule], applicants: &[Applicant]) -> Self {
        let application = household::with_accounts();
        let features = applicants
            .iter()
            .map(|applicant| given(&application, columns, applicant));
        Self {
            bundle: publish(&rule_set(columns, rules)),
            features: features.collect(),
            application,
        }
    }

    /// The rule set that ships, and what the analysis finds of an everyday account.
    pub(crate) fn shipped() -> Self {
        let application = household::with_accounts();
        let snapshot = household::snapshot(TRANSACTIONS);
        let as_of = household::as_of();
        let accounts = household::accounts(&application, &snapshot);
        let analysis = analysis::analyze(
            &application,
            &accounts,
            as_of,
            household::settings(),
            Lexicon::built_in(),
        );
        let features = features::extract(&Context {
            application: &application,
            accounts: &accounts,
            analysis: &analysis,
            as_of,
        });
        Self {
            bundle: publish(include_str!("../../../rules/personal-loan.toml")),
            features: vec![features],
            application,
        }
    }

    /// What is timed, that which the goals are about first.
    pub(crate) fn lines(&self) -> Vec<Line<'_>> {
        let line = |name, telling| {
            let pass = move || self.pass(telling);
            Line::new(name, Box::new(pass))
        };
        vec![
            line("ours: the record", Telling::Nothing),
            line("ours: record, principal statements", Telling::Statements),
            line(
                "ours: record, principal statements, counterfactuals",
                Telling::Everything,
            ),
        ]
    }

    /// What every rule says of an applicant.
    pub(crate) fn verdicts(&self, applicant: usize) -> Result<Vec<bool>, String> {
        let features = &self.features[applicant];
        let evaluation = self.evaluate(features, Telling::Nothing);
        let program = self.bundle.program();
        let rendered = rules::render(program, &evaluation, features, &self.application);
        let rendered = rendered.map_err(|defect| defect.to_string())?;
        let verdict = |rule: &rules::RuleTrace| match rule.verdict {
            Verdict::True => Ok(true),
            Verdict::False => Ok(false),
            Verdict::Unknown => Err(format!("`{}` is unknown", rule.rule)),
        };
        rendered.trace.iter().map(verdict).collect()
    }

    /// The outcome of the first, and how many reasons it has.
    pub(crate) fn outcome(&self) -> String {
        let evaluation = self.evaluate(&self.features[0], Telling::Everything);
        let (outcome, reasons) = (evaluation.outcome, evaluation.reasons.len());
        format!("{outcome}, reasons: {reasons}")
    }

    fn pass(&self, telling: Telling) -> usize {
        let reasons = |features| self.evaluate(black_box(features), telling).reasons.len();
        self.features.iter().map(reasons).sum()
    }

    fn evaluate(&self, features: &Features, telling: Telling) -> Evaluation {
        let program = self.bundle.program();
        let application = &self.application;
        let ready = Readiness::Ready;
        rules::evaluate(program, features, application, &NoForecasts, ready, telling)
            .expect("no defect of the engine")
    }
}

fn publish(text: &str) -> Bundle {
    Bundle::from_bytes(text.as_bytes()).unwrap_or_else(|findings| panic!("{findings:?}"))
}

fn given(
    application: &ApplicationWithAccounts,
    columns: &[Column],
    applicant: &Applicant,
) -> Features {
    let slots = columns.iter().zip(applicant).map(|(column, parts)| {
        let value = value(column.unit, *parts);
        (column.name.to_owned(), vec![Slot::known(value)])
    });
    let slots: BTreeMap<String, Vec<Slot>> = slots.collect();
    let applicants = application.applicants().iter();
    let accounts = application.accounts().map(|(_, account)| account.clone());
    let features = Features::from_parts(
        applicants.map(|applicant| applicant.id.clone()).collect(),
        accounts.collect(),
        slots,
    );
    features.expect("values of the table's types")
}

fn value(unit: Unit, parts: i64) -> Value {
    let millionths = || Decimal::new(parts, MILLION.ilog10());
    match unit {
        Unit::Money => Value::Money(Money::new(parts, Currency::USD)),
        Unit::Count => Value::Count(parts),
        Unit::Days => Value::Days(parts),
        Unit::Ratio => Value::ratio(millionths()),
        Unit::Percent => Value::percent(millionths()),
    }
}

fn rule_set(columns: &[Column], rules: &[Rule]) -> String {
    let mut text = format!(
        "[rule_set]\nname = \"peers\"\nversion = \"1.0.0\"\nkind = \"verification\"\n\
         currency = \"USD\"\n[approve]\nwhen = '{} is not missing'\n",
        columns[0].name
    );
    let language = Words(columns);
    for (index, rule) in rules.iter().enumerate() {
        let action = match index % 5 {
            0 | 1 => "decline",
            2 | 3 => "refer",
            _ => "flag",
        };
        let when = language.rule(rule);
        let told = columns[rule.column()].name;
        text.push_str(&format!(
            "[[rule]]\nid = \"r{index}\"\nwhen = '{when}'\nthen = \"{action}\"\n\
             reason = \"R{index}\"\n[reasons.R{index}]\n\
             statement = \"A value of {{{told}}} is outside of what we accept\"\nrank = {index}\n",
        ));
    }
    text
}

/// Rules as an analyst writes them.
pub(crate) struct Words<'a>(pub(crate) &'a [Column]);

impl Language for Words<'_> {
    fn test(&self, test: &Test) -> String {
        let name = |column: usize| self.0[column].name;
        let term = match test.term {
            Term::Column(column) => name(column).to_owned(),
            Term::Sum(left, right) => format!("{} + {}", name(left), name(right)),
            Term::Difference(left, right) => format!("{} - {}", name(left), name(right)),
            Term::LessShare(left, quarters, right) => {
                let share = Decimal::new(quarters * 25, 2).normalize();
                format!("{} - {} * {share}", name(left), name(right))
            }
            Term::Quotient(left, right) => format!("{} / {}", name(left), name(right)),
        };
        let bound = value(test.term.unit(self.0), test.bound);
        format!("{term} {} {bound}", test.op.as_str())
    }

    fn both(&self, left: &str, right: &str) -> String {
        format!("{left} and {right}")
    }

    fn either(&self, left: &str, right: &str) -> String {
        format!("{left} or {right}")
    }
}
