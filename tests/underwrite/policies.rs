//! What each sample applicant gets under the rule sets that ship and the example: as
//! `tests/data/rules/samples.toml` states it, from the policy in prose. Pure: the snapshots are those
//! of the golden ledger.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use underwrite::application::{Application, ApplicationWithAccounts, Input, RepaymentFrequency};
use underwrite::decision::DecisionBody;
use underwrite::money::{Currency, Money};
use underwrite::rules::{Attachments, Bundle, check_with};
use underwrite::sandbox::applicants;

use super::baseline::{Case, decide, recorded};
use super::harness::today;
use super::tools::root;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    rule_set: Vec<RuleSet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleSet {
    file: String,
    /// What everybody asks for.
    #[serde(default)]
    asked: Asked,
    samples: BTreeMap<String, Sample>,
}

/// What is asked for in place of what the sample asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    amount: Option<i64>,
    product: Option<String>,
    /// Repaid at once, on this day.
    due: Option<NaiveDate>,
    debit_account: Option<String>,
    #[serde(default)]
    inputs: BTreeMap<String, toml::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    #[serde(default)]
    asked: Asked,
    /// The outcome and the codes of the principal reasons.
    gets: String,
    /// The loan, or the debits, that it gets.
    terms: Option<String>,
}

fn read() -> Vec<RuleSet> {
    let text = fs::read_to_string(root().join("tests/data/rules/samples.toml")).unwrap();
    toml::from_str::<Samples>(&text).unwrap().rule_set
}

/// A rule file with the files that it names.
fn with_attachments(file: &str) -> (String, Attachments) {
    let path = root().join(file);
    let source = fs::read_to_string(&path).unwrap();
    let mut attachments = Attachments::none();
    loop {
        let names = attachments.still_to_read(&source);
        if names.is_empty() {
            return (source, attachments);
        }
        for name in names {
            let bytes = fs::read(path.parent().unwrap().join(&name)).unwrap();
            attachments.insert(name, bytes);
        }
    }
}

fn input(value: &toml::Value) -> Input {
    match value {
        toml::Value::Boolean(truth) => Input::Bool(*truth),
        toml::Value::Integer(number) => Input::Number(Decimal::from(*number)),
        toml::Value::String(text) => match text.strip_suffix(" usd") {
            Some(dollars) => {
                let dollars: i64 = dollars.parse().unwrap();
                Input::Money(Money::new(dollars * 100, Currency::USD))
            }
            None => Input::Text(text.clone()),
        },
        other @ (toml::Value::Float(_)
        | toml::Value::Datetime(_)
        | toml::Value::Array(_)
        | toml::Value::Table(_)) => panic!("{other} is no input"),
    }
}

/// The application with what is asked for in its place, first of everybody and then of this one.
fn asking(case: &Case, asked: [&Asked; 2]) -> ApplicationWithAccounts {
    let mut draft = Application::clone(case.application()).into_draft();
    for asked in asked {
        if let Some(dollars) = asked.amount {
            draft.requested_amount = Some(Money::new(dollars * 100, Currency::USD));
        }
        if let Some(product) = &asked.product {
            draft.product.clone_from(product);
        }
        if let Some(due) = asked.due {
            draft.repayment_frequency = Some(RepaymentFrequency::Single);
            draft.first_payment_date = Some(due);
        }
        if let Some(account) = &asked.debit_account {
            draft.debit_account = Some(account.parse().unwrap());
        }
        let inputs = asked.inputs.iter();
        draft
            .inputs
            .extend(inputs.map(|(name, value)| (name.clone(), Some(input(value)))));
    }
    let accounts = case.application().accounts();
    let accounts = accounts.map(|(owner, id)| (owner, id.clone())).collect();
    Arc::new(draft.check().unwrap()).with_accounts(accounts)
}

fn outcome(body: &DecisionBody, principal: &[&str]) -> String {
    let words = std::iter::once(body.outcome().as_str()).chain(principal.iter().copied());
    words.collect::<Vec<_>>().join(" ")
}

fn terms(body: &DecisionBody) -> Option<String> {
    if let Some(offer) = body.offer() {
        return Some(format!(
            "{}: {} x {}, APR {} %",
            offer.amount, offer.payments, offer.payment, offer.apr_percent
        ));
    }
    let debits = body.plan().iter();
    let debits: Vec<String> = debits
        .map(|debit| format!("{} on {}", debit.amount, debit.date))
        .collect();
    (!debits.is_empty()).then(|| debits.join(", "))
}

/// Where a sample gets something else.
fn difference(case: &Case, bundle: &Bundle, rule_set: &RuleSet, sample: &Sample) -> Option<String> {
    let application = asking(case, [&rule_set.asked, &sample.asked]);
    bundle.check_application(&application).unwrap();
    let (body, view) = decide(&case.asking(application), bundle);
    let principal = view.reasons.iter().filter(|reason| reason.principal);
    let principal: Vec<&str> = principal.map(|one| one.fired.reason.as_str()).collect();
    let found = (outcome(&body, &principal), terms(&body));
    let expected = (sample.gets.clone(), sample.terms.clone());
    (found != expected).then(|| format!("{found:?}, not {expected:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_gets_what_each_policy_says() {
    let recorded = recorded().await;
    let mut wrong = Vec::new();
    for rule_set in read() {
        let (source, attachments) = with_attachments(&rule_set.file);
        let bundle = Bundle::publish_with(source.as_bytes(), &attachments).unwrap();
        let samples = applicants(today());
        let mut keys: Vec<&str> = samples.iter().map(|sample| sample.key).collect();
        keys.sort_unstable();
        assert!(rule_set.samples.keys().eq(keys), "{}", rule_set.file);
        for sample in &samples {
            let mut cases = recorded.iter().map(|(case, _)| case);
            let case = cases
                .find(|case| case.application().id() == sample.application.id())
                .unwrap();
            let expected = &rule_set.samples[sample.key];
            let found = difference(case, &bundle, &rule_set, expected);
            wrong.extend(found.map(|found| format!("{} {}: {found}", rule_set.file, sample.key)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_rule_set_that_is_there_has_no_findings() {
    for folder in ["rules", "rules/examples"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let name = path.file_name().unwrap().to_str().unwrap();
            let (source, attachments) = with_attachments(&format!("{folder}/{name}"));
            assert_eq!(check_with(&source, &attachments).1, [], "{name}");
        }
    }
}

#[test]
fn every_policy_stands_in_prose_beside_its_rule_set() {
    for rule_set in read() {
        let prose = Path::new(&rule_set.file).with_extension("md");
        assert!(root().join(&prose).exists(), "{}", prose.display());
    }
}
