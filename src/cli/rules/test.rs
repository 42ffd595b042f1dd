//! `underwrite rules test`: runs the tests of rule files.

mod coverage;
mod junit;
mod ran;
mod text;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::coverage::Share;
use self::ran::Run;
use super::{Checked, file_text};
use crate::cli::args::Test;
use crate::cli::known_data::KnownData;
use crate::cli::rule_files::{self, RuleFile};
use crate::cli::{CliError, Exit, Terminal};
use crate::rules::{Bundle, Coverage, TestCase, TestData};
use crate::trial::{self, Ending, Trial, TrialError, Tried};

/// A rule file with its rule set and its tests.
type Read = (RuleFile, Bundle, Vec<TestCase>);

/// Runs the command.
pub(super) async fn run(
    command: &Test,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let Some(files) = read(command, terminal)? else {
        return Ok(Exit::RulesInvalid);
    };
    let settings = command.recorded.settings();
    let tenant = command.recorded.tenant.as_ref();
    if files.iter().all(|(.., tests)| tests.is_empty()) {
        let message = "there is no test: write `[[test]]` in the rule file, or name a file of tests \
                       with `--cases`";
        return Err(CliError::other("no_tests", message));
    }
    let mut data = KnownData::new(&settings, tenant, environment);
    let mut runs = Vec::new();
    for (file, bundle, tests) in files {
        let run = run_file(&file, &bundle, tests, &mut data).await?;
        if !terminal.wants_json() {
            terminal.print(&text::of(&run))?;
        }
        runs.push(run);
    }
    let share = coverage::share(&runs);
    if terminal.wants_json() {
        terminal.print_json(&json!({ "files": runs.iter().map(file_json).collect::<Vec<_>>() }))?;
    } else if command.coverage {
        terminal.print(&coverage::text(&runs))?;
    }
    if let Some(path) = &command.junit {
        std::fs::write(path, junit::of(&runs)).map_err(|error| CliError::file(path, &error))?;
    }
    ended(command, &runs, share, terminal)
}

/// The rule files that were read, each with its rule set and its tests. `None` where one has errors,
/// which were told.
fn read(command: &Test, terminal: &mut Terminal) -> Result<Option<Vec<Read>>, CliError> {
    let cases = rule_files::read_case_files(&command.cases)?;
    let mut files = Vec::new();
    let mut sound = true;
    for path in &command.files {
        let mut file = rule_files::read(path)?;
        file.case_files.clone_from(&cases);
        let checked = Checked::of(&file);
        match checked.bundle {
            Some(bundle) => files.push((file, bundle, checked.tests)),
            None => {
                terminal.note(&file_text(&file, &checked))?;
                sound = false;
            }
        }
    }
    Ok(sound.then_some(files))
}

async fn run_file(
    file: &RuleFile,
    bundle: &Bundle,
    tests: Vec<TestCase>,
    data: &mut KnownData<'_>,
) -> Result<Run, CliError> {
    let source = String::from_utf8_lossy(&file.bytes);
    let coverage = Coverage::none(bundle.program(), &source, &file.attachments);
    let mut trial = Trial::new(bundle, coverage);
    let mut ended = Vec::with_capacity(tests.len());
    for test in tests {
        let tried = try_one(file, bundle, &test, data).await;
        let ending = trial.end(&test, tried);
        ended.push((test, ending));
    }
    Ok(Run {
        file: file.name.clone(),
        rule_set: format!("{} {}", bundle.name(), bundle.version()),
        ended,
        coverage: trial.into_coverage(),
    })
}

/// Decides one test. What its data lacks breaks that test, and no other.
async fn try_one(
    file: &RuleFile,
    bundle: &Bundle,
    test: &TestCase,
    data: &mut KnownData<'_>,
) -> Result<Tried, TrialError> {
    if let TestData::Features(given) = &test.data {
        return trial::stated(bundle, test, given);
    }
    let known = data.of_test(file, bundle, test).await?;
    known.decided(bundle, test)
}

/// How it all ended.
fn ended(
    command: &Test,
    runs: &[Run],
    share: Share,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let all: usize = runs.iter().map(|run| run.ended.len()).sum();
    let passed: usize = runs.iter().map(Run::passed).sum();
    if let Some(least) = command.fail_under
        && share.is_below(least)
    {
        terminal.note(&format!(
            "the tests reach {share} of the rules, and {least}% are asked for"
        ))?;
        return Ok(Exit::Failure);
    }
    Ok(if passed == all {
        Exit::Success
    } else {
        Exit::Failure
    })
}

fn file_json(run: &Run) -> Value {
    let tests = run
        .ended
        .iter()
        .map(|(test, ending)| test_json(run, test, ending));
    json!({
        "file": run.file,
        "rule_set": run.rule_set,
        "passed": run.passed(),
        "failed": run.ended.len() - run.passed(),
        "tests": tests.collect::<Vec<_>>(),
        "coverage": coverage::json(&run.coverage),
    })
}

fn test_json(run: &Run, test: &TestCase, ending: &Ending) -> Value {
    let (result, failure, error) = match ending {
        Ending::Passed => ("passed", None, None),
        Ending::Failed(failure) => ("failed", Some(failure), None),
        Ending::Broken(error) => ("broken", None, Some(error.to_string())),
    };
    let mismatches = failure.iter().flat_map(|failure| &failure.mismatches);
    let mismatches =
        mismatches.map(|one| json!({ "what": one.what, "expected": one.expected, "got": one.got }));
    let rules = failure.iter().flat_map(|failure| &failure.rules);
    let rules = rules.map(
        |one| json!({ "rule": one.rule, "comparisons": one.comparisons, "derived": one.derived }),
    );
    json!({
        "name": test.name,
        "file": test.file.as_ref().unwrap_or(&run.file),
        "line": test.line,
        "result": result,
        "mismatches": mismatches.collect::<Vec<_>>(),
        "rules": rules.collect::<Vec<_>>(),
        "missing": failure.map(|failure| failure.lacked.clone()).unwrap_or_default(),
        "error": error,
    })
}
