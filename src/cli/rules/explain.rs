//! `underwrite rules explain`: why a rule file decides as it does, of what is recorded nowhere.

use std::collections::BTreeMap;

use super::Checked;
use crate::cli::args::Explain;
use crate::cli::known_data::KnownData;
use crate::cli::rule_files::{self, RuleFile};
use crate::cli::{CliError, Exit, Terminal, json, show};
use crate::proto::Feature;
use crate::rules::{self, Bundle, TestCase, TestData};
use crate::service::to_wire;
use crate::trial::{self, Explained, TrialError};

/// Runs the command.
pub(super) async fn run(
    command: &Explain,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut file = rule_files::read(&command.file)?;
    file.case_files = rule_files::read_case_files(&command.cases)?;
    let checked = Checked::of(&file);
    let Some(bundle) = &checked.bundle else {
        terminal.note(&super::file_text(&file, &checked))?;
        return Ok(Exit::RulesInvalid);
    };
    let test = match &command.test {
        Some(name) => named(&checked.tests, name)?,
        None => command.asked(),
    };
    let settings = command.recorded.settings();
    let tenant = command.recorded.tenant.as_ref();
    let mut data = KnownData::new(&settings, tenant, environment);
    let is_stated = matches!(test.data, TestData::Features(_));
    let explained = explained(&file, bundle, &test, &mut data).await;
    let explained = explained.map_err(|error| CliError::other("explain", error.to_string()))?;
    let (asked, body) = (&explained.application, &explained.body);
    let view = body.full(bundle, asked);
    let view = view.map_err(|error| CliError::other("explain", error.to_string()))?;
    let settlement = explained.settlement.as_ref();
    let mut decision = to_wire::explained(asked, body, &view, settlement, &[]);
    // What the rule set does not read explains nothing of it.
    let read = bundle.rule_set().features_read();
    let is_read = |feature: &Feature| read.contains(feature.name.as_str());
    decision.features.retain(is_read);
    if let (true, Some(pins)) = (is_stated, &mut decision.pins) {
        // Whose values they are needs accounts, and nothing was read of any.
        pins.snapshots.clear();
        decision.data_quality.clear();
    }
    if terminal.wants_json() {
        terminal.print_json(&json::of("Decision", &decision)?)?;
    } else if is_stated {
        terminal.print(&show::on_stated_features(&decision))?;
    } else {
        terminal.print(&show::decision(&decision, &[]))?;
    }
    Ok(Exit::Success)
}

/// The test of that name.
fn named(tests: &[TestCase], name: &str) -> Result<TestCase, CliError> {
    let found = tests.iter().find(|test| test.name == name);
    found.cloned().ok_or_else(|| {
        let names = tests.iter().map(|test| test.name.as_str());
        let near = rules::nearest(name, names);
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let message = format!("there is no test `{}`{near}", name.escape_debug());
        CliError::other("no_tests", message)
    })
}

async fn explained(
    file: &RuleFile,
    bundle: &Bundle,
    test: &TestCase,
    data: &mut KnownData<'_>,
) -> Result<Explained, TrialError> {
    match &test.data {
        TestData::Features(given) => trial::stated_and_explained(bundle, test, given),
        TestData::Applicant(_) | TestData::BankData(_) | TestData::Decision(_) => {
            let known = data.of_test(file, bundle, test).await?;
            known.explained(bundle, test)
        }
    }
}
