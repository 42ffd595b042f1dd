use std::fs;

use serde_json::Value;

use crate::cli::Exit;
use crate::cli::tests::{Ran, run_in, usage_error};

async fn run(line: &[&str]) -> Ran {
    let line: Vec<&str> = ["rules"].iter().chain(line).copied().collect();
    run_in(&[], &line).await
}

async fn run_json(line: &[&str]) -> Value {
    let line: Vec<&str> = ["--json"].iter().chain(line).copied().collect();
    serde_json::from_str(&run(&line).await.out).unwrap()
}

#[tokio::test]
async fn files_are_formatted_and_what_is_no_toml_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (loose, tidy, broken) = (path("loose.toml"), path("tidy.toml"), path("broken.toml"));
    fs::write(&loose, "[params]\na='1'\n").unwrap();
    fs::write(&tidy, "[params]\na = '1'\n").unwrap();
    fs::write(&broken, "[params\n").unwrap();

    let ran = run(&["fmt", "--check", &loose, &tidy]).await;
    assert_eq!(ran.exit, Exit::Failure);
    assert!(ran.out.contains("loose.toml: not formatted"), "{}", ran.out);
    assert!(
        ran.out.contains("tidy.toml: as it should be"),
        "{}",
        ran.out
    );
    assert_eq!(fs::read_to_string(&loose).unwrap(), "[params]\na='1'\n");

    // The others are formatted all the same.
    let gone = run(&["fmt", &path("gone.toml"), &tidy]).await;
    assert_eq!(gone.exit, Exit::Failure);
    assert!(gone.err.contains("gone.toml") && gone.out.contains("tidy.toml"));
    let ran = run(&["fmt", &broken, &loose, &tidy]).await;
    assert_eq!(ran.exit, Exit::RulesInvalid);
    assert!(ran.out.contains("toml_syntax"), "{}", ran.out);
    assert_eq!(fs::read_to_string(&loose).unwrap(), "[params]\na = '1'\n");
    assert_eq!(fs::read_to_string(&broken).unwrap(), "[params\n");

    let told = run_json(&["fmt", "--check", &loose, &broken]).await;
    assert_eq!(told["files"][0]["formatted"], true);
    assert_eq!(told["files"][1]["diagnostics"][0]["code"], "toml_syntax");
    assert_eq!(run(&["fmt", "-", &loose]).await.exit, Exit::Usage);
}

#[tokio::test]
async fn a_feature_is_shown_and_a_slip_gets_the_nearest_name() {
    let one = run(&["features", "nsf.event_days_90d"]).await.out;
    assert!(one.contains("0 to ") && one.contains("90 days"), "{one}");
    assert!(one.contains("missing    where the history covers"), "{one}");
    let some = run_json(&["features", "income.*"]).await;
    let some = some["features"].as_array().unwrap();
    assert!(
        some.len() > 5
            && some
                .iter()
                .all(|one| one["name"].as_str().unwrap().starts_with("income."))
    );
    let words = run_json(&["features", "data.amount_sign"]).await;
    assert!(words["features"][0]["words"].as_array().unwrap().len() > 1);
    let slip = run(&["features", "income.montly_net"]).await;
    assert_eq!(slip.exit, Exit::Failure);
    assert!(
        slip.err.contains("did you mean `income.monthly_net`?"),
        "{}",
        slip.err
    );
    assert!(
        run(&["features", "zzz"])
            .await
            .err
            .contains("lists them all")
    );
}

#[tokio::test]
async fn a_new_rule_set_checks_and_overwrites_nothing_unless_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.toml").display().to_string();
    for kind in ["credit", "payment", "verification"] {
        let line = ["new", kind, "--name", "ours", "--out", &path];
        let first = run(&line).await;
        assert_eq!(
            first.exit == Exit::Success,
            kind == "credit",
            "{}",
            first.err
        );
        let forced: Vec<&str> = line.iter().chain(&["--force"]).copied().collect();
        assert_eq!(run(&forced).await.exit, Exit::Success);
        let checked = run(&["check", &path]).await;
        assert_eq!(checked.exit, Exit::Success);
        assert!(checked.out.contains("valid: ours 0.1.0"), "{}", checked.out);
        assert!(!checked.out.contains("warning"), "{}", checked.out);
        assert_eq!(run(&["fmt", "--check", &path]).await.exit, Exit::Success);
    }
    assert!(usage_error(&["rules", "new", "loan"]).contains("`credit`"));
    let told = run_json(&["new", "payment"]).await;
    assert!(
        told["text"]
            .as_str()
            .unwrap()
            .contains("name = \"my-debit\"")
    );
}

#[tokio::test]
async fn the_schema_is_json_either_way() {
    let schema: Value = serde_json::from_str(&run(&["schema"]).await.out).unwrap();
    assert_eq!(schema, run_json(&["schema"]).await);
    assert!(schema["properties"]["offer"]["properties"]["tier"].is_object());
    let fragment = run_json(&["schema", "--fragment"]).await;
    assert!(fragment["properties"]["offer"].is_null());
}

#[tokio::test]
async fn what_differs_is_told_by_names_and_fails_where_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (before, after) = (path("before.toml"), path("after.toml"));
    fs::write(&before, "[params]\na = '45%'\n").unwrap();
    fs::write(&after, "# c\n[params]\na='40%'\n").unwrap();
    let ran = run(&["diff", &before, &after]).await;
    assert_eq!(
        (ran.exit, &*ran.out),
        (Exit::Success, "~ params.a: 45% -> 40%\n1 difference\n")
    );
    let failing = ["diff", "--exit-code", &before, &after];
    assert_eq!(run(&failing).await.exit, Exit::Failure);
    assert_eq!(
        run(&["diff", "--exit-code", &after, &after]).await.exit,
        Exit::Success
    );
    let told = run_json(&["diff", &before, &after]).await;
    assert_eq!(told["differences"][0]["after"], "40%");
    fs::write(&after, "[params").unwrap();
    let ran = run(&["diff", &before, &after]).await;
    assert_eq!(ran.exit, Exit::RulesInvalid);
    assert!(ran.err.contains("toml_syntax"), "{}", ran.err);
}

#[tokio::test]
async fn what_a_change_means_is_told_with_who_proves_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (before, after) = ("rules/personal-loan.toml", path("after.toml"));
    let source = fs::read_to_string(before).unwrap();
    let stricter = source.replace("nsf_days_90d_max = '5'", "nsf_days_90d_max = '4'");
    fs::write(&after, &stricter).unwrap();
    let ran = run(&["diff", "--meaning", before, &after]).await;
    assert_eq!(
        ran.out,
        "~ params.nsf_days_90d_max: 5 -> 4\n1 difference\n\
         meaning, A being what was and B what is:\n\
         rule nsf-frequent: stricter, never looser\n  \
         applicant: nsf.event_days_90d 5 -> A: APPROVE, B: DECLINE NSF_FREQUENT\n\
         outcome: stricter, never looser\n  \
         applicant: nsf.event_days_90d 5 -> A: APPROVE, B: DECLINE NSF_FREQUENT\n\
         offer where the outcome is the same: equal\n"
    );
    let told = run_json(&["diff", "--meaning", &after, before]).await;
    let rule = &told["meaning"]["rules"][0];
    assert_eq!(
        (&rule["rule"], &rule["verdict"]),
        (&"nsf-frequent".into(), &"looser".into())
    );
    assert_eq!(rule["looser"]["before"]["rule"], "declines");
    assert_eq!(told["meaning"]["offer"]["verdict"], "equal");

    fs::write(
        &after,
        source.replace("then = \"decline\"", "then = \"declines\""),
    )
    .unwrap();
    let ran = run(&["diff", "--meaning", before, &after]).await;
    assert_eq!(ran.exit, Exit::RulesInvalid);
    let other = run(&["diff", "--meaning", before, "rules/ach-debit.toml"]).await;
    assert_eq!(other.exit, Exit::Failure);
    assert!(
        other.err.contains("their `kind` is not the same"),
        "{}",
        other.err
    );
}
