//! `underwrite rules test`: the tests of the rule sets that ship, and that a test is decided as an
//! application is.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use underwrite::proto;
use underwrite::sandbox::applicants;
use underwrite::service::to_wire;

use super::harness::{RULE_SET, Setup, principal, start, today};
use super::process::PROGRAM;
use super::tools::root;

fn run(words: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(words).env_clear().current_dir(root());
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn json(words: &[&str]) -> (Option<i32>, Value) {
    let words: Vec<&str> = ["--json"].iter().chain(words).copied().collect();
    let ran = run(&words);
    let value = serde_json::from_slice(&ran.stdout);
    (
        ran.status.code(),
        value.unwrap_or_else(|_| panic!("{}", text(&ran.stderr))),
    )
}

#[test]
fn the_tests_of_the_rule_sets_that_ship_pass() {
    let files = [
        "personal-loan",
        "ach-debit",
        "small-dollar",
        "income-verification",
        "payout-verification",
    ];
    let files = files.map(|name| format!("rules/{name}.toml"));
    let words = ["rules", "test"]
        .into_iter()
        .chain(files.iter().map(String::as_str));
    let ran = run(&words.collect::<Vec<_>>());
    assert!(
        ran.status.success(),
        "{}{}",
        text(&ran.stdout),
        text(&ran.stderr)
    );
    for file in &files {
        let said = format!("{file}: ");
        assert!(
            text(&ran.stdout)
                .lines()
                .any(|line| { line.starts_with(&said) && line.ends_with(" tests passed") })
        );
    }
}

#[test]
fn a_new_rule_set_checks_and_tests_clean() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["credit", "payment", "verification"] {
        let path = folder.path().join(format!("{kind}.toml"));
        let path = path.to_str().unwrap();
        assert!(run(&["rules", "new", kind, "--out", path]).status.success());
        for command in ["check", "test"] {
            let ran = run(&["rules", command, path]);
            assert!(ran.status.success(), "{}", text(&ran.stdout));
        }
        assert!(run(&["rules", "fmt", "--check", path]).status.success());
    }
}

/// The tests that what was decided makes: one of each sample, and one of each recorded decision.
fn cases(decided: &[(&str, proto::Decision)]) -> String {
    let case = |name: &str, of: &str, more: &str, decision: &proto::Decision| {
        let outcome = decision
            .outcome()
            .as_str_name()
            .strip_prefix("OUTCOME_")
            .unwrap();
        let reasons: Vec<String> = principal(decision)
            .iter()
            .map(|code| format!("{code:?}"))
            .collect();
        let offer = decision
            .offer
            .as_ref()
            .and_then(|offer| offer.amount.as_ref());
        let offer = offer.map_or_else(String::new, |amount| {
            format!(", offer = {{ amount = '{} usd' }}", amount.amount)
        });
        format!(
            "[[test]]\nname = '{name}'\n{of}\n{more}\nexpect = {{ outcome = '{outcome}', reasons = [{}]{offer} }}\n",
            reasons.join(", ")
        )
    };
    let at = format!("application = {{ at = '{}' }}", today());
    let all = decided.iter().map(|(key, decision)| {
        let sample = case(key, &format!("applicant = '{key}'"), &at, decision);
        let (id, name) = (&decision.id, format!("{key} as recorded"));
        format!(
            "{sample}{}",
            case(&name, &format!("decision = '{id}'"), "", decision)
        )
    });
    all.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_and_recorded_decisions_are_decided_as_by_a_server() {
    let folder = super::harness::private_folder();
    let system = start(Setup {
        data: Some(folder.path()),
        ..Setup::default()
    })
    .await;
    let mut decided = Vec::new();
    for sample in applicants(today()) {
        let request = proto::DecideRequest {
            idempotency_key: sample.key.to_owned(),
            application: Some(to_wire::application(&sample.application)),
            rule_set: RULE_SET.to_owned(),
            view: proto::DecisionView::Full.into(),
        };
        decided.push((sample.key, system.decide(request).await));
    }
    system.stop().await;
    let path = folder.path().join("cases.toml");
    fs::write(&path, cases(&decided)).unwrap();
    let data = folder.path().to_str().unwrap();
    let words = [
        "rules",
        "test",
        "rules/personal-loan.toml",
        "--data-dir",
        data,
        "--cases",
    ];
    let words: Vec<&str> = words.into_iter().chain([path.to_str().unwrap()]).collect();
    let ran = run(&words);
    assert!(
        ran.status.success(),
        "{}{}",
        text(&ran.stdout),
        text(&ran.stderr)
    );
    let passed = text(&ran.stdout)
        .lines()
        .filter(|line| line.starts_with("ok"));
    assert!(passed.count() >= 2 * decided.len());
}

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

const RULES: &str = r#"
[rule_set]
name = "small"
version = "1"
kind = "payment"
currency = "USD"

[inputs.branch]
type = "text"
required = true

[params]
share_max = '40%'

[derive]
share = 'cash_flow.obligations_monthly / income.monthly_net'

[[rule]]
id = "obligations-high"
when = 'derive.share > params.share_max and inputs.branch != "staff"'
then = "decline"
reason = "OBLIGATIONS_HIGH"

[approve]
when = 'income.monthly_net >= application.amount'

[reasons.OBLIGATIONS_HIGH]
statement = "Obligations of {derive.share:percent} of the income"

[[test]]
name = "too much is owed"
inputs = { branch = "web" }
features = { "cash_flow.obligations_monthly" = "1450 usd", "income.monthly_net" = "3200 usd" }
expect = { outcome = "DECLINE", reasons = ["OBLIGATIONS_HIGH"] }
"#;

#[test]
fn a_failure_says_what_came_and_shows_the_rule_with_its_values() {
    let folder = tempfile::tempdir().unwrap();
    let rules = write(folder.path(), "small.toml", RULES);
    let cases = write(
        folder.path(),
        "cases.csv",
        "name, like, inputs.branch, expect.outcome\nfine, too much is owed, web, APPROVE\n\
         no branch, , , REFER\n",
    );
    let (junit, coverage) = (folder.path().join("junit.xml"), ["--coverage", "--junit"]);
    let junit = junit.to_str().unwrap();
    let words = ["rules", "test", &rules, "--cases", &cases];
    let words: Vec<&str> = words.into_iter().chain(coverage).chain([junit]).collect();
    let ran = run(&words);
    assert_eq!(ran.status.code(), Some(1));
    let said = text(&ran.stdout);
    for line in [
        "ok      too much is owed",
        "    outcome: expected APPROVE, got DECLINE",
        "    rule obligations-high",
        "      derive.share (45.3125%) > params.share_max (40%) -> true",
        "      inputs.branch (\"web\") != \"staff\" -> true",
        "      derive.share = cash_flow.obligations_monthly (1450.00 usd) / income.monthly_net \
         (3200.00 usd) = 45.3125%",
        "    such a request is refused: application.inputs[\"branch\"]: is required: a text",
        "  rules        1 of 2, 50.0%",
        "  comparisons  2 of 6, 33.3%",
        "Reached in all: 37.5%",
    ] {
        assert!(said.lines().any(|one| one == line), "{line}\n{said}");
    }
    assert!(
        said.contains("FAILED  fine  ") && said.contains("cases.csv:2"),
        "{said}"
    );
    assert!(
        said.contains("BROKEN  no branch  ") && said.contains("cases.csv:3"),
        "{said}"
    );
    assert!(
        said.contains("never: rule obligations-high does not fire  ")
            && said.contains("small.toml:20")
    );
    let junit = fs::read_to_string(junit).unwrap();
    assert!(
        junit.contains("tests=\"3\" failures=\"1\" errors=\"1\""),
        "{junit}"
    );
    assert!(
        junit.contains("name=\"fine\"") && junit.contains("-&gt; true"),
        "{junit}"
    );

    let (code, told) = json(&["rules", "test", &rules, "--cases", &cases]);
    assert_eq!(code, Some(1));
    let file = &told["files"][0];
    assert_eq!(
        (&file["passed"], &file["failed"]),
        (&Value::from(1), &Value::from(2))
    );
    assert_eq!(file["tests"][1]["mismatches"][0]["got"], "DECLINE");
    assert_eq!(file["tests"][1]["rules"][0]["rule"], "obligations-high");
    assert_eq!(file["tests"][2]["result"], "broken");
    assert_eq!(file["coverage"]["kinds"]["rules"]["reached"], 1);
}

#[test]
fn it_fails_where_nothing_ran_where_little_is_reached_and_where_a_test_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let rules = write(folder.path(), "small.toml", RULES);
    assert_eq!(run(&["rules", "test", &rules]).status.code(), Some(0));
    let under = |percent: &str| run(&["rules", "test", &rules, "--fail-under", percent]);
    assert_eq!(under("37").status.code(), Some(0));
    let ran = under("38");
    assert_eq!(ran.status.code(), Some(1));
    let said = "the tests reach 37.5% of the rules, and 38% are asked for\n";
    assert_eq!(text(&ran.stderr), said);
    assert_eq!(under("101").status.code(), Some(2));

    let (none, _) = RULES.split_once("[[test]]").unwrap();
    let none = write(folder.path(), "none.toml", none);
    let ran = run(&["rules", "test", &none]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        text(&ran.stderr).starts_with("error: there is no test: "),
        "{}",
        text(&ran.stderr)
    );
    let ran = run(&["--json", "rules", "test", &none]);
    assert_eq!((ran.status.code(), text(&ran.stdout)), (Some(1), ""));

    let wrong = RULES.replace("\"OBLIGATIONS_HIGH\"] }", "\"OBLIGATION_HIGH\"] }");
    let wrong = write(folder.path(), "wrong.toml", &wrong);
    for command in ["test", "check"] {
        let ran = run(&["rules", command, &wrong]);
        assert_eq!(ran.status.code(), Some(3));
        let said = format!("{}{}", text(&ran.stdout), text(&ran.stderr));
        assert!(said.contains("did you mean `OBLIGATIONS_HIGH`?"), "{said}");
    }
}

#[test]
fn bank_data_is_read_from_where_the_test_stands() {
    let folder = tempfile::tempdir().unwrap();
    let rules = write(folder.path(), "small.toml", RULES);
    let account = r#"{"object": "financial_connections.account", "id": "fca_a", "livemode": false,
        "category": "cash", "subcategory": "checking", "status": "active",
        "permissions": ["balances", "ownership", "transactions"],
        "balance": {"as_of": 1760540400, "current": {"usd": 100000}},
        "ownership": {"id": "fcaowns_a", "owners": {"data": [{"name": "Ada Example"}]}}}"#;
    fs::create_dir(folder.path().join("cases")).unwrap();
    write(folder.path(), "cases/bank.json", &format!("[{account}]"));
    let case = |file: &str| {
        format!(
            "[[test]]\nname = 'no income'\nbank_data = '{file}'\ninputs = {{ branch = 'web' }}\n\
             expect = {{ outcome = 'REFER', missing = ['income.monthly_net', 'cash_flow.obligations_monthly'] }}\n"
        )
    };
    let good = write(folder.path(), "cases/good.toml", &case("bank.json"));
    let ran = run(&["rules", "test", &rules, "--cases", &good]);
    assert!(ran.status.success(), "{}", text(&ran.stdout));
    let gone = write(folder.path(), "cases/gone.toml", &case("gone.json"));
    let ran = run(&["rules", "test", &rules, "--cases", &gone]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        text(&ran.stdout).contains("gone.json`: No such file"),
        "{}",
        text(&ran.stdout)
    );
}

#[test]
fn files_of_tests_are_limited() {
    let folder = tempfile::tempdir().unwrap();
    let rules = write(folder.path(), "small.toml", RULES);
    let most = underwrite::limits::CASE_FILE_BYTES_MAX;
    let head =
        "[[test]]\nname = 'a'\nlike = 'too much is owed'\nexpect = { outcome = 'DECLINE' }\n";
    let filled = |bytes: usize| format!("{head}{}", "\n".repeat(bytes - head.len()));
    let full = write(folder.path(), "full.toml", &filled(most));
    assert!(
        run(&["rules", "test", &rules, "--cases", &full])
            .status
            .success()
    );
    let above = write(folder.path(), "above.toml", &filled(most + 1));
    let ran = run(&["rules", "test", &rules, "--cases", &above]);
    assert!(
        text(&ran.stderr).contains("is larger than 4194304 bytes"),
        "{}",
        text(&ran.stderr)
    );
    let many: Vec<String> = (0..=underwrite::limits::CASE_FILES_MAX)
        .map(|at| {
            let case = head.replace("'a'", &format!("'{at}'"));
            write(folder.path(), &format!("{at}.toml"), &case)
        })
        .collect();
    let words = |files: &[String]| -> Vec<String> {
        let cases = files
            .iter()
            .flat_map(|file| ["--cases".to_owned(), file.clone()]);
        let words = ["rules", "test", &rules].map(str::to_owned);
        words.into_iter().chain(cases).collect()
    };
    let ran = |files: &[String]| {
        let words = words(files);
        run(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert!(ran(&many[1..]).status.success());
    assert_eq!(ran(&many).status.code(), Some(2));
}

#[test]
fn why_a_test_comes_out_as_it_does_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let rules = write(folder.path(), "small.toml", RULES);
    let ran = run(&["rules", "explain", &rules, "--test", "too much is owed"]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let said = text(&ran.stdout);
    for part in [
        "DECLINE",
        "1 applicant, on stated features\n",
        "decided by small 1, not recorded",
        "OBLIGATIONS_HIGH",
        "would not apply if ",
        "derive.share > params.share_max  [0.453125, 40 %]",
        "Rules that fired",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    for part in ["made on test data", "snapshots", "fca_test1"] {
        assert!(!said.contains(part), "{part}\n{said}");
    }
    let cases = write(
        folder.path(),
        "cases.csv",
        "name, like, income.monthly_net, expect.outcome\nunknown, too much is owed, missing(no_permission), REFER\n",
    );
    let ran = run(&[
        "rules", "explain", &rules, "--cases", &cases, "--test", "unknown",
    ]);
    let said = text(&ran.stdout);
    assert!(said.contains("What would settle it"), "{said}");
    assert!(said.contains("what is `income.monthly_net`"), "{said}");
    let (code, told) = json(&[
        "rules", "explain", &rules, "--cases", &cases, "--test", "unknown",
    ]);
    assert_eq!(code, Some(0));
    assert_eq!(told["outcome"], "OUTCOME_REFER");
    assert!(
        told["settlement"]["questions"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    );

    let sample = [
        "rules",
        "explain",
        &rules,
        "--applicant",
        "salaried",
        "--input",
        "branch=web",
    ];
    let ran = run(&sample);
    assert!(
        text(&ran.stdout).contains("Features: income"),
        "{}",
        text(&ran.stderr)
    );
    let refused = run(&sample[..5]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains("is required: a text"),
        "{}",
        text(&refused.stderr)
    );
    assert_eq!(run(&["rules", "explain", &rules]).status.code(), Some(2));
    let gone = run(&["rules", "explain", &rules, "--test", "none"]);
    assert_eq!(text(&gone.stderr), "error: there is no test `none`\n");
    let near = run(&["rules", "explain", &rules, "--test", "too much is owd"]);
    assert_eq!(
        text(&near.stderr),
        "error: there is no test `too much is owd`; did you mean `too much is owed`?\n"
    );
}
