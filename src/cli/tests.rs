use std::io::Write;
use std::sync::{Arc, Mutex};

use clap::Parser as _;

use super::*;

/// What a command wrote.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(super) struct Ran {
    pub(super) exit: Exit,
    pub(super) out: String,
    pub(super) err: String,
}

pub(super) async fn run_in(environment: &[(&str, &str)], line: &[&str]) -> Ran {
    let arguments = Arguments::try_parse_from(["underwrite"].iter().chain(line)).unwrap();
    let environment = environment
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    let (out, err) = (Written::default(), Written::default());
    let mut terminal = Terminal::of(out.clone(), err.clone(), arguments.json);
    let result = execute(arguments, &environment, &mut terminal).await;
    let exit = finish(&mut terminal, result);
    Ran {
        exit,
        out: out.text(),
        err: err.text(),
    }
}

pub(super) fn usage_error(line: &[&str]) -> String {
    let parsed = Arguments::try_parse_from(["underwrite"].iter().chain(line));
    parsed.unwrap_err().to_string()
}

#[test]
fn the_arguments_are_consistent() {
    use clap::CommandFactory;
    Arguments::command().debug_assert();
}

#[test]
fn a_build_says_whether_it_has_sandbox_and_demo() {
    use clap::CommandFactory;
    let command = Arguments::command();
    let shown = |name: &str| {
        let mut all = command.get_subcommands();
        all.any(|one| one.get_name() == name && !one.is_hide_set())
    };
    let version = command.render_version();
    assert_eq!(version.contains(" (with sandbox and demo)"), shown("demo"));
    assert_eq!(
        version.contains(" (without sandbox and demo)"),
        !shown("sandbox")
    );
}

#[test]
fn bad_arguments_say_what_is_wanted() {
    let account = usage_error(&[
        "decide", "ch_1", "--amount", "5", "--term", "1m", "--name", "A",
    ]);
    assert!(
        account.contains("`fca_`") && account.contains("`pi_`"),
        "{account}"
    );
    let term = usage_error(&[
        "decide", "fca_1", "--amount", "5", "--term", "long", "--name", "A",
    ]);
    assert!(term.contains("36 months"), "{term}");
    let amount = usage_error(&[
        "decide", "fca_1", "--amount", "5,000", "--term", "1m", "--name", "A",
    ]);
    assert!(amount.contains("1250.00"), "{amount}");
    let outcome = usage_error(&["decisions", "list", "--outcome", "maybe"]);
    assert!(outcome.contains("`approve`"), "{outcome}");
    assert!(usage_error(&["decisions", "show", "7"]).contains("`dec_`"));
    assert!(usage_error(&["decisions", "show"]).contains("<ID>"));
    let both = ["decisions", "show", "dec_1", "--key", "k1"];
    assert!(usage_error(&both).contains("--key"));
    let pending = ["decisions", "list", "--pending", "--outcome", "refer"];
    assert!(usage_error(&pending).contains("--pending"));
    assert!(usage_error(&["accounts", "list", "fca_1"]).contains("account"));
    assert!(usage_error(&["accounts", "show", "cus_1"]).contains("`fca_`"));
    let features = usage_error(&["accounts", "refresh", "fca_1", "--features", "all"]);
    assert!(features.contains("`ownership`"), "{features}");
    let category = usage_error(&["accounts", "list", "cus_1", "--categories", "money"]);
    assert!(category.contains("`cash`"), "{category}");
    assert!(usage_error(&["sessions", "create", "pi_1"]).contains("`cus_`"));
    assert!(usage_error(&["sessions", "show", "cs_1"]).contains("`fcsess_`"));
    let permission = ["sessions", "create", "cus_1", "--permissions", "everything"];
    assert!(usage_error(&permission).contains("`payment_method`"));
    let country = ["sessions", "create", "cus_1", "--country", "America"];
    assert!(usage_error(&country).contains("`US`"));
}

#[tokio::test]
async fn settings_that_are_not_valid_are_all_told_and_exit_with_2() {
    let environment = [("UNDERWRITE_ZONE", "Mars"), ("UNDERWRITE_LISTEN", "here")];
    let ran = run_in(&environment, &["serve"]).await;
    assert_eq!(ran.exit, Exit::Usage);
    assert!(ran.err.contains("UNDERWRITE_ZONE") && ran.err.contains("UNDERWRITE_LISTEN"));
    assert!(ran.out.is_empty());
}

#[tokio::test]
async fn a_stopped_clock_is_refused_on_the_real_stripe() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let line = [
        "serve",
        "--today",
        "2026-03-31",
        "--data-dir",
        data.to_str().unwrap(),
    ];
    let ran = run_in(&[("STRIPE_API_KEY", "sk_test_1")], &line).await;
    assert_eq!(ran.exit, Exit::Usage, "{}", ran.err);
    assert!(ran.err.contains("`--today`"), "{}", ran.err);
    assert!(!data.exists());
}

#[tokio::test]
async fn a_missing_ledger_is_said_to_be_missing_and_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("nowhere");
    let line = [
        "--json",
        "decisions",
        "list",
        "--data-dir",
        data.to_str().unwrap(),
    ];
    let ran = run_in(&[], &line).await;
    assert_eq!(ran.exit, Exit::Failure);
    let error: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(error["error"]["code"], "no_ledger");
    assert!(!data.exists());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let line = ["decisions", "list", "--server", "http://127.0.0.1:1"];
    let ran = run_in(&[], &line).await;
    assert_eq!(ran.exit, Exit::Failure);
    assert!(ran.err.contains("http://127.0.0.1:1"), "{}", ran.err);
    let line = ["decisions", "list", "--server", "127.0.0.1:1"];
    assert_eq!(run_in(&[], &line).await.exit, Exit::Usage);
}

#[tokio::test]
async fn a_rule_file_that_cannot_be_read_keeps_no_other_from_being_checked() {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/ach-debit.toml");
    let line = ["rules", "check", "no-1.toml", shipped, "no-2.toml"];
    let ran = run_in(&[], &line).await;
    assert_eq!(ran.exit, Exit::Failure);
    assert!(ran.out.contains("valid: ach-debit"), "{}", ran.out);
    assert!(ran.err.contains("`no-1.toml`") && ran.err.contains("`no-2.toml`"));
}

#[tokio::test]
async fn a_check_counts_the_phrases_that_a_rule_file_adds() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    let path = file.to_str().unwrap();
    let shipped = include_str!("../../rules/personal-loan.toml");
    let lexicon =
        |phrases: &str| format!("[[lexicon]]\nterm = 'short_term_lender'\nphrases = [{phrases}]\n");
    let one = lexicon("'ZEPHYR FUNDS'");
    let three = one.clone() + &lexicon("'TAMARACK*', 'NORTE ADV'");
    for (added, count, said) in [
        ("", 0, "\n"),
        (&one, 1, ", 1 phrase of its own\n"),
        (&three, 3, ", 3 phrases of its own\n"),
    ] {
        std::fs::write(&file, format!("{shipped}\n{added}")).unwrap();
        let ran = run_in(&[], &["rules", "check", path]).await;
        assert_eq!(ran.exit, Exit::Success, "{}", ran.out);
        assert!(ran.out.ends_with(said), "{}", ran.out);
        assert_eq!(ran.out.contains("of its own"), count > 0, "{}", ran.out);
        let ran = run_in(&[], &["--json", "rules", "check", path]).await;
        let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(told["files"][0]["rule_set"]["phrases"], count);
    }
}

#[tokio::test]
async fn a_rule_file_with_errors_stops_the_server_with_the_exit_code_of_rule_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.toml"), "name = \"x\n").unwrap();
    let data = folder.path().join("data");
    let environment = [
        ("STRIPE_API_KEY", "sk_test_any"),
        ("UNDERWRITE_RULES", folder.path().to_str().unwrap()),
        ("UNDERWRITE_DATA_DIR", data.to_str().unwrap()),
    ];
    let ran = run_in(&environment, &["serve", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(ran.exit, Exit::RulesInvalid);
    assert!(
        ran.err.contains("a.toml` has 1 error (line 1"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn a_server_that_is_none_of_ours_is_told_as_such() {
    let web = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", web.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let router = axum::Router::new().fallback(|| async { "hello" });
        axum::serve(web, router).await
    });
    let ran = run_in(&[], &["decisions", "list", "--server", &url]).await;
    serving.abort();
    assert_eq!(ran.exit, Exit::Failure);
    assert!(ran.err.contains("no `underwrite serve`"), "{}", ran.err);
}

#[tokio::test]
async fn an_account_is_not_given_up_without_yes_and_nobody_is_asked() {
    let ran = run_in(&[], &["accounts", "disconnect", "fca_1"]).await;
    assert_eq!(ran.exit, Exit::Usage);
    assert!(ran.err.contains("add `--yes`"), "{}", ran.err);
}

#[tokio::test]
async fn linked_accounts_need_a_key_and_a_stripe_that_answers() {
    let ran = run_in(&[], &["accounts", "show", "fca_1"]).await;
    assert_eq!(ran.exit, Exit::Usage);
    assert!(ran.err.contains("STRIPE_API_KEY"), "{}", ran.err);
    let key = [("STRIPE_API_KEY", "sk_test_1")];
    let line = ["--stripe-api-base", "http://127.0.0.1:1"];
    let line = [&["--json", "sessions", "show", "fcsess_1"][..], &line].concat();
    let ran = run_in(&key, &line).await;
    assert_eq!(ran.exit, Exit::Failure);
    let error: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(error["error"]["code"], "stripe_unreachable");
}

#[tokio::test]
async fn every_setting_is_shown_with_where_it_was_given_and_no_secret() {
    let environment = [
        ("STRIPE_API_KEY", "sk_test_planted"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_planted"),
        ("UNDERWRITE_ZONE", "America/Chicago"),
    ];
    let ran = run_in(&environment, &["config", "show", "--listen", "127.0.0.1:1"]).await;
    assert_eq!(ran.exit, Exit::Success);
    let line = |name: &str| {
        let mut lines = ran.out.lines();
        let line = lines.find(|line| line.split_whitespace().next() == Some(name));
        line.unwrap_or_else(|| panic!("no `{name}` in {}", ran.out))
    };
    for (name, value, origin) in [
        ("zone", "America/Chicago", "UNDERWRITE_ZONE"),
        ("listen", "127.0.0.1:1", "--listen"),
        ("drain_timeout", "1", "default"),
        ("stripe_api_key", "(not shown)", "STRIPE_API_KEY"),
    ] {
        assert!(
            line(name).contains(value) && line(name).contains(origin),
            "{}",
            line(name)
        );
    }
    assert!(!ran.out.contains("planted"), "{}", ran.out);
    let ran = run_in(&environment, &["--json", "config", "show"]).await;
    let shown: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let settings = shown["settings"].as_array().unwrap();
    assert_eq!(settings.len(), crate::config::SETTINGS.len());
    assert!(!ran.out.contains("planted"), "{}", ran.out);
}

#[tokio::test]
async fn what_is_wrong_with_the_settings_is_told_without_a_start() {
    let ran = run_in(&[], &["config", "check"]).await;
    assert_eq!(ran.exit, Exit::Success);
    let wrong = [
        ("UNDERWRITE_ZONE", "America/Nowhere"),
        ("UNDERWRITE_LISTN", "x"),
    ];
    let ran = run_in(&wrong, &["config", "check", "--listen", "0.0.0.0:1"]).await;
    assert_ne!(ran.exit, Exit::Success);
    for told in [
        "UNDERWRITE_ZONE is not a time zone",
        "`UNDERWRITE_LISTEN`",
        "--listen",
    ] {
        assert!(ran.err.contains(told), "{}", ran.err);
    }
}

#[tokio::test]
async fn a_doctor_names_what_is_wrong_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    crate::private::create_folder(&data).unwrap();
    let data = data.to_str().unwrap();
    let backups = folder.path().to_str().unwrap();
    let line = ["--json", "doctor", "--data-dir", data, "--backups", backups];
    let ran = run_in(&[("STRIPE_API_BASE", "http://127.0.0.1:9")], &line).await;
    assert_eq!(ran.exit, Exit::Differences);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let state = |what: &str| {
        let mut found = told["found"].as_array().unwrap().iter();
        let one = found.find(|one| one["what"] == what).unwrap();
        (
            one["state"].as_str().unwrap().to_owned(),
            one["seen"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(state("settings").0, "well");
    assert_eq!(state("rule sets").0, "well");
    assert_eq!(state("file modes").0, "well");
    assert!(state("disk").1.contains("a sync takes"));
    assert_eq!(state("ledger").0, "doubtful");
    let (backup, seen) = state("backup");
    assert!(
        backup == "wrong" && seen.contains("underwrite ledger backup"),
        "{seen}"
    );
    let (stripe, seen) = state("stripe");
    assert!(
        stripe == "wrong" && seen.contains("STRIPE_API_KEY"),
        "{seen}"
    );
    assert!(state("webhooks").1.contains("http_listen"));
    assert_eq!(state("tls").0, "well");
}

/// What a doctor says of one thing, with these flags.
async fn examined(flags: &[&str], what: &str) -> String {
    let line = [&["--json", "doctor"], flags].concat();
    let ran = run_in(&[("STRIPE_API_BASE", "http://127.0.0.1:9")], &line).await;
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let mut found = told["found"].as_array().unwrap().iter();
    let one = found.find(|one| one["what"] == what).unwrap();
    let text = |name: &str| one[name].as_str().unwrap().to_owned();
    format!("{}: {}", text("state"), text("seen"))
}

#[tokio::test]
async fn a_doctor_reads_the_rules_of_every_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().to_str().unwrap();
    let own = folder.path().join("acme");
    std::fs::create_dir(&own).unwrap();
    let shipped = std::fs::read("rules/personal-loan.toml").unwrap();
    std::fs::write(folder.path().join("all.toml"), &shipped).unwrap();
    let flags = ["--rules", rules];
    let seen = || examined(&flags, "rule sets");
    let empty = seen().await;
    assert!(
        empty.starts_with("wrong: ") && empty.contains("acme` has no rule file"),
        "{empty}"
    );
    std::fs::write(own.join("own.toml"), "broken").unwrap();
    let broken = seen().await;
    assert!(
        broken.starts_with("wrong: ") && broken.contains("acme/own.toml` has 1 error"),
        "{broken}"
    );
    std::fs::write(own.join("own.toml"), &shipped).unwrap();
    assert_eq!(seen().await, "well: 1 rule set loads, and 1 of `acme`");
}

#[cfg(unix)]
#[tokio::test]
async fn a_doctor_names_a_secret_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (key, config) = (folder.path().join("key"), folder.path().join("uw.toml"));
    std::fs::write(&key, "sk_test_x").unwrap();
    std::fs::write(&config, format!("stripe_api_key_file = {key:?}\n")).unwrap();
    let config = config.to_str().unwrap();
    for (mode, state) in [(0o644, "wrong"), (0o600, "well")] {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        let seen = examined(&["--config", config], "file modes").await;
        assert!(seen.starts_with(state), "{seen}");
        let command = format!("chmod 600 {}", key.display());
        assert_eq!(seen.contains(&command), state == "wrong", "{seen}");
    }
}

#[tokio::test]
async fn a_doctor_says_that_a_restored_ledger_waits_to_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, restored, backup) = (path("data"), path("restored"), path("backup"));
    let create = [
        "tokens",
        "create",
        "--name",
        "ops",
        "--scopes",
        "admin",
        "--data-dir",
        &data,
    ];
    let created = run_in(&[], &create).await;
    let ledger = format!("Granted in the ledger `{data}/ledger.sqlite`\n");
    assert!(created.out.ends_with(&ledger), "{}", created.out);
    let backed_up = run_in(&[], &["ledger", "backup", &backup, "--data-dir", &data]).await;
    assert_eq!(backed_up.exit, Exit::Success, "{}", backed_up.err);
    let restore = ["ledger", "restore", &backup, "--data-dir", &restored];
    let ran = run_in(&[], &restore).await;
    assert_eq!(ran.exit, Exit::Success, "{}", ran.err);
    let seen = examined(&["--data-dir", &restored], "ledger").await;
    assert!(
        seen.starts_with("wrong: ") && seen.contains("underwrite ledger resume"),
        "{seen}"
    );
    let head = format!("{backup}.head");
    let resume = [
        "ledger",
        "resume",
        "--from",
        &head,
        "--accept-loss",
        "--data-dir",
        &restored,
    ];
    let ran = run_in(&[], &resume).await;
    assert_eq!(ran.exit, Exit::Success, "{}", ran.err);
    let seen = examined(&["--data-dir", &restored], "ledger").await;
    assert!(seen.starts_with("well: "), "{seen}");
}

#[tokio::test]
async fn a_file_that_cannot_be_taken_is_told_with_what_to_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let ran = run_in(&[], &["rules", "check", &path("")]).await;
    assert!(
        ran.err.contains("is a folder: name the files in it"),
        "{}",
        ran.err
    );
    let (data, taken) = (path("data"), path("taken"));
    let create = [
        "tokens",
        "create",
        "--name",
        "ops",
        "--scopes",
        "admin",
        "--data-dir",
        &data,
    ];
    assert_eq!(run_in(&[], &create).await.exit, Exit::Success);
    std::fs::write(&taken, "").unwrap();
    let ran = run_in(
        &[],
        &["ledger", "head", "--out", &taken, "--data-dir", &data],
    )
    .await;
    assert!(
        ran.err
            .contains("is there, and is not overwritten: name another"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn a_corpus_is_written_examined_and_served() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("corpus");
    let out = place.to_str().unwrap();
    let make = ["corpus", "--seed", "5", "--applicants", "12", "--out", out];
    let made = run_in(&[], &make).await;
    assert_eq!(made.exit, Exit::Success, "{}", made.err);
    assert!(made.out.starts_with("12 applicants with "), "{}", made.out);
    // Somebody's own labels are not written over.
    let again = run_in(&[], &make).await;
    assert_eq!(again.exit, Exit::Failure);
    assert!(again.err.contains("is not empty"), "{}", again.err);

    let text = run_in(&[], &["evaluate", out]).await;
    assert_eq!(text.exit, Exit::Success, "{}", text.err);
    for shown in [
        "income deposits: F1",
        "not produced",
        "salaried",
        "Not scored",
    ] {
        assert!(text.out.contains(shown), "{shown}: {}", text.out);
    }
    let json = run_in(&[], &["--json", "evaluate", out, "--baseline"]).await;
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report["applicants"], 12);
    assert!(report["groups"][0]["figures"]["income_f1"]["value"].is_u64());
    let page = folder.path().join("page.html");
    let page = page.to_str().unwrap();
    let ran = run_in(&[], &["evaluate", out, "--html", page]).await;
    assert_eq!(ran.exit, Exit::Success, "{}", ran.err);
    assert!(ran.out.is_empty() && ran.err.contains("page.html"));
    let written = std::fs::read_to_string(page).unwrap();
    assert!(crate::private::check([std::path::Path::new(page)]).is_ok());
    for shown in [
        "salaried",
        "income deposits: F1",
        "95 % interval",
        "</html>",
    ] {
        assert!(written.contains(shown), "{shown}");
    }
    assert!(!written.contains("<script") && !written.contains("http://"));
    let again = run_in(&[], &["evaluate", out, "--html", page]).await;
    assert!(again.err.contains("is not overwritten"), "{}", again.err);
    let empty = folder.path().to_str().unwrap();
    let nothing = run_in(&[], &["evaluate", empty]).await;
    assert!(nothing.err.contains("`labels.jsonl`"), "{}", nothing.err);
    assert!(nothing.err.contains(empty), "{}", nothing.err);

    // What was written is bank data that the sandbox serves.
    #[cfg(feature = "sandbox")]
    {
        let mut sandbox = crate::sandbox::SandboxConfig::new("2026-10-15".parse().unwrap());
        sandbox.load = Some(place.join("banks"));
        assert!(crate::sandbox::Sandbox::new(sandbox).is_ok());
    }
}

#[tokio::test]
async fn a_corpus_has_as_many_applicants_as_are_allowed() {
    let folder = tempfile::tempdir().unwrap();
    // There is something in it: whatever else is right, nothing is written.
    std::fs::write(folder.path().join("mine"), "").unwrap();
    let out = folder.path().to_str().unwrap();
    let max = crate::limits::CORPUS_APPLICANTS_MAX;
    let most = [
        (0, false),
        (1, true),
        (max - 1, true),
        (max, true),
        (max + 1, false),
    ];
    for (applicants, allowed) in most {
        let applicants = applicants.to_string();
        let line = [
            "corpus",
            "--seed",
            "1",
            "--applicants",
            &applicants,
            "--out",
            out,
        ];
        let ran = run_in(&[], &line).await;
        let exit = if allowed { Exit::Failure } else { Exit::Usage };
        assert_eq!(ran.exit, exit, "{applicants}: {}", ran.err);
    }
}
