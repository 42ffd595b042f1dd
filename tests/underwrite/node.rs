//! The client for Node that the document for integrators shows.

use std::path::Path;
use std::time::Duration;

use underwrite::underwriter::WaitLimits;

use super::harness::{Setup, TestSystem, start, system};
use super::tools;

/// Runs the example: whether it succeeded, what it printed, and its errors.
async fn run(libraries: &Path, example: &str) -> (bool, String, String) {
    // Beside its libraries, which are looked for from where it is.
    let mut script = tempfile::Builder::new();
    let script = script.suffix(".mjs").tempfile_in(libraries).unwrap();
    std::fs::write(script.path(), example).unwrap();
    let arguments = [script.path().to_str().unwrap()];
    let ended = tools::ended(Path::new("node"), &arguments, &[], "").await;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        ended.status.success(),
        text(ended.stdout),
        text(ended.stderr),
    )
}

/// The line that tells the one decision that is recorded.
async fn told(system: &TestSystem) -> String {
    let recorded = system.recorded().await;
    assert_eq!(recorded.len(), 1);
    format!("{} {}", recorded[0].id, recorded[0].outcome().as_str_name())
}

fn example(system: &TestSystem) -> String {
    tools::documented_example("js", &system.address.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_example_decides_and_says_which_field_is_wrong() {
    let Some(libraries) = tools::node() else {
        return;
    };
    let system = system().await;
    let example = example(&system);
    let (success, printed, errors) = run(&libraries, &example).await;
    assert!(success, "{errors}");
    let told = told(&system).await;
    assert_eq!(printed.lines().next(), Some(told.as_str()));

    let wrong = example.replace("fca_sample_salaried_checking", "fca_nobody");
    let (success, printed, errors) = run(&libraries, &wrong).await;
    assert!(!success);
    let field = "application.applicants[0].account_ids[0] ";
    assert!(printed.starts_with(field), "{printed}");
    assert!(errors.starts_with("INVALID_ARGUMENT: "), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_example_comes_back_when_it_is_told_and_watches_what_is_pending() {
    let Some(libraries) = tools::node() else {
        return;
    };
    // The first call fails; the second finds a bank that takes its time.
    let faults = "[[fault]]\neffect = 'server_error'\ntimes = 4\n\
                  [[fault]]\naccount = 'fca_sample_salaried_checking'\neffect = 'refresh_late'\n\
                  feature = 'transactions'\ndelay_ms = 2000\n";
    let system = start(Setup {
        faults,
        wait_limits: WaitLimits {
            answer_within: Duration::from_millis(500),
            ..WaitLimits::default()
        },
        ..Setup::default()
    })
    .await;
    let anew = "bank_data: { max_age: { balances: {}, ownership: {}, transactions: {} } },";
    let example = example(&system).replace("applicants: [", &format!("{anew} applicants: ["));
    let (success, printed, errors) = run(&libraries, &example).await;
    assert!(success, "{errors}");
    let mut lines = printed.lines();
    assert!(lines.next().unwrap().starts_with("pending until 2026-"));
    assert_eq!(lines.next(), Some(told(&system).await.as_str()));
    assert_eq!(system.sandbox.counts().faulted, 5);
}
