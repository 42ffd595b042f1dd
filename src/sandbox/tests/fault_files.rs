use std::fs;

use crate::limits;
use crate::sandbox::endpoint;
use crate::sandbox::faults::table::{EFFECTS, Key, Takes};
use crate::sandbox::{Effect, ErrorKind, Fate, Fault, Faults, Sandbox, SandboxConfig, Transport};

/// Everything that is wrong with a file, a line each.
fn problems(text: &str) -> Vec<String> {
    let error = Faults::parse(text).unwrap_err();
    assert_eq!(error.code(), "sandbox_faults");
    let text = error.to_string();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("the faults cannot be used:"));
    lines.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn a_file_is_read_as_it_is_meant() {
    let read = Faults::parse(
        r#"
        [[fault]]
        applicant = "salaried"
        endpoint = "accounts/{account}/refresh"
        skip = 1
        times = 2
        effect = "server_error"
        status = 503
        retry_after = 3
        should_retry = false

        [[fault]]
        account = "fca_1"
        effect = "slow_body"
        "#,
    )
    .unwrap();
    let mut faults = read.iter();
    let first = faults.next().unwrap();
    assert_eq!((first.skip, first.times), (1, Some(2)));
    let Effect::Error(answer) = &first.effect else {
        panic!("{:?}", first.effect);
    };
    let error = ErrorKind::Server {
        status: 503,
        carried_out: false,
    };
    assert_eq!(answer.error, error);
    assert_eq!(answer.retry_after, Some(3));
    assert_eq!(answer.should_retry, Some(false));
    let second = faults.next().unwrap();
    assert_eq!((second.skip, second.times), (0, None));
    assert_eq!(second.effect.name(), "slow_body");
}

/// Reads files, each in one line with a semicolon for each line break, and compares what is wrong with
/// them.
fn assert_problems(cases: &[(&str, &str)]) {
    for (case, expected) in cases {
        let text = match case.starts_with("effect") {
            true => format!("[[fault]]\n{}", case.replace("; ", "\n")),
            false => (*case).to_owned(),
        };
        let problems = problems(&text);
        assert_eq!(problems.len(), 1, "{case}: {problems:?}");
        assert!(problems[0].starts_with(expected), "{case}: {problems:?}");
    }
}

#[test]
fn a_file_that_says_no_fault_is_told_where_and_what_to_do() {
    assert_problems(&[
        ("", "there is no `[[fault]]` in the file"),
        ("a = ", "line 1: the file is not TOML"),
        (
            "faults = 1",
            "line 1: `faults` is not known here: a file of faults has `[[fault]]` only",
        ),
        (
            "fault = 1",
            "line 1: a fault begins with `[[fault]]`, in double brackets",
        ),
        (
            "fault = [1]",
            "line 1: a fault begins with `[[fault]]`, in double brackets",
        ),
        (
            "[[fault]]",
            "line 1: the fault does not say what happens: give it an `effect`",
        ),
        (
            "effect = 'resett'",
            "line 2: `resett` is not an effect: did you mean `reset`?",
        ),
        (
            "effect = 'x'",
            "line 2: `x` is not an effect: `docs/sandbox.md` has the list",
        ),
        ("effect = 5", "line 2: `effect` is a text in quotes"),
    ]);
}

#[test]
fn a_fault_that_is_wrong_is_told_where_and_what_to_do() {
    assert_problems(&[
        (
            "effect = 'reset'; acount = 'fca_1'",
            "line 3: `acount` is not a key of a fault with the effect `reset`: did you mean \
             `account`?",
        ),
        (
            "effect = 'reset'; status = 500",
            "line 3: `status` is not a key of a fault with the effect `reset`: the keys are \
             `account`, `applicant`, `endpoint`, `skip`, `times`, `effect`, `carried_out`",
        ),
        (
            "effect = 'reset'; endpoint = 'transaction'",
            "line 3: `transaction` is not an endpoint: did you mean `transactions`?",
        ),
        (
            "effect = 'refresh_fails'; endpoint = 'transactions'",
            "line 3: `refresh_fails` cannot happen to `transactions`, only to \
             `accounts/{account}/refresh`, `accounts/{account}/subscribe`",
        ),
        (
            "effect = 'reset'; account = 'fca_1'; applicant = 'salaried'",
            "line 4: a fault has an `account` or an `applicant`, not both",
        ),
        (
            "effect = 'reset'; account = ''",
            "line 3: `account` is a text in quotes",
        ),
        (
            "effect = 'reset'; times = 0",
            "line 3: `times` is a whole number, 1 to 4294967295",
        ),
        (
            "effect = 'reset'; skip = -1",
            "line 3: `skip` is a whole number, 0 to 4294967295",
        ),
        (
            "effect = 'server_error'; status = '500'",
            "line 3: `status` is one of `500`, `502`, `503`",
        ),
        (
            "effect = 'reset'; carried_out = 'true'",
            "line 3: `carried_out` is one of `true`, `false`",
        ),
        (
            "effect = 'rate_limited'; reason = 'global'",
            "line 3: `reason` is one of `global-rate`, `endpoint-rate`, `global-concurrency`, \
             `endpoint-concurrency`, `resource-specific`",
        ),
        (
            "effect = 'wrong_currency'; currency = 'EUR'",
            "line 3: `currency` is a text of 3 to 16 lower-case letters",
        ),
        (
            "effect = 'slow_start'; delay_ms = 1.5",
            "line 3: `delay_ms` is a whole number, 0 to 3600000",
        ),
    ]);
}

#[test]
fn all_problems_are_reported_together_in_the_order_of_lines() {
    let text = "[[fault]]\neffect = 'reset'\nskip = 'a'\n\n[[fault]]\ntimes = 0\nefect = 'reset'\n";
    let problems = problems(text);
    let lines: Vec<&str> = problems
        .iter()
        .map(|it| it.split(':').next().unwrap())
        .collect();
    assert_eq!(
        lines,
        ["line 3", "line 5", "line 6", "line 7"],
        "{problems:?}"
    );
}

#[test]
fn whom_a_fault_names_must_be_there() {
    let start = |fault: &str| {
        let text = format!("[[fault]]\neffect = 'reset'\n{fault}");
        let config = SandboxConfig {
            faults: Faults::parse(&text).unwrap(),
            ..SandboxConfig::new(super::today())
        };
        Sandbox::new(config).err().unwrap().to_string()
    };
    let error = start("applicant = 'salried'");
    assert!(
        error.ends_with("line 1: there is no sample applicant `salried`: did you mean `salaried`?"),
        "{error}"
    );
    let error = start("account = 'fca_sample_salaried_cheking'");
    assert!(
        error.contains("did you mean `fca_sample_salaried_checking`?"),
        "{error}"
    );
    let made_in_code = Fault::new(Fate::Fails).endpoint("nowhere");
    let config = SandboxConfig {
        faults: [made_in_code].into(),
        ..SandboxConfig::new(super::today())
    };
    let error = Sandbox::new(config).err().unwrap().to_string();
    assert!(
        error.ends_with("`refresh_fails` cannot happen to `nowhere`"),
        "{error}"
    );
}

fn sample(key: &Key) -> Vec<String> {
    match key.takes {
        Takes::OneOf(words) => {
            let plain = |word: &str| word.parse::<u16>().is_ok() || word.parse::<bool>().is_ok();
            let quote = |word: &&str| match plain(word) {
                true => (*word).to_owned(),
                false => format!("'{word}'"),
            };
            words.iter().map(quote).collect()
        }
        Takes::Number(least, most) => vec![least.to_string(), most.to_string()],
        Takes::Letters => vec!["'undefined'".to_owned()],
    }
}

#[test]
fn every_effect_of_the_table_can_be_written_with_every_value_of_its_keys() {
    for info in EFFECTS {
        let head = format!("[[fault]]\neffect = '{}'\n", info.name);
        let mut files = vec![head.clone()];
        for key in info.keys {
            files.extend(
                sample(key)
                    .iter()
                    .map(|it| format!("{head}{} = {it}\n", key.name)),
            );
        }
        let mut seen = std::collections::BTreeSet::new();
        for file in files {
            let faults = Faults::parse(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
            let fault = faults.iter().next().unwrap();
            assert_eq!(fault.effect.name(), info.name, "{file}");
            seen.insert(format!("{:?}", fault.effect));
        }
        let keys_count = info.keys.is_empty();
        assert_eq!(
            seen.len() == 1,
            keys_count,
            "{}: a key changes something",
            info.name
        );
        for name in info.endpoints {
            assert!(endpoint::names().any(|known| known == *name), "{name}");
        }
    }
}

#[test]
fn a_file_is_limited_below_at_and_above() {
    let padded = |size: u64| {
        let head = "[[fault]]\neffect = 'reset'\n#";
        let padding = usize::try_from(size).unwrap() - head.len();
        format!("{head}{}", "x".repeat(padding))
    };
    let max = limits::SANDBOX_FAULT_FILE_BYTES_MAX;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("faults.toml");
    for (size, good) in [(max - 1, true), (max, true), (max + 1, false)] {
        fs::write(&path, padded(size)).unwrap();
        assert_eq!(Faults::read(&path).is_ok(), good, "{size}");
        assert_eq!(Faults::parse(&padded(size)).is_ok(), good, "{size}");
    }
    let many = |count: usize| Faults::parse(&"[[fault]]\neffect='reset'\n".repeat(count));
    let max = limits::SANDBOX_FAULTS_MAX;
    assert!(many(max - 1).is_ok());
    assert!(many(max).is_ok());
    let error = many(max + 1).unwrap_err().to_string();
    assert!(error.contains("more than 1000 faults"), "{error}");
    let made_in_code = |count: usize| {
        Sandbox::new(SandboxConfig {
            faults: vec![Fault::new(Transport::InvalidJson); count].into(),
            ..SandboxConfig::new(super::today())
        })
    };
    assert!(made_in_code(max).is_ok());
    assert!(made_in_code(max + 1).is_err());
    assert!(Faults::read(&folder.path().join("none.toml")).is_err());
    let wrong = "[[fault]]\n".repeat(limits::DIAGNOSTICS_MAX + 2);
    assert!(problems(&wrong).last().unwrap().ends_with("and 2 more"));
}

#[test]
fn numbers_of_effects_are_limited_below_at_and_above() {
    let hour = u64::try_from(limits::SANDBOX_FAULT_PAUSE_MAX.as_millis()).unwrap();
    let blanks = limits::SANDBOX_HUGE_BODY_BYTES_MAX;
    for (effect, key, max) in [
        ("slow_start", "delay_ms", hour),
        ("huge_body", "bytes", blanks),
    ] {
        for (value, good) in [(max - 1, true), (max, true), (max + 1, false)] {
            let text = format!("[[fault]]\neffect = '{effect}'\n{key} = {value}\n");
            assert_eq!(Faults::parse(&text).is_ok(), good, "{text}");
        }
    }
}

/// Run with `UPDATE_EXPECT=1` to write the table anew.
#[test]
fn the_documented_effects_are_those_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sandbox.md");
    let text = fs::read_to_string(path).unwrap();
    let (begin, end) = ("<!-- effects -->\n", "<!-- /effects -->\n");
    let (head, rest) = text.split_once(begin).unwrap();
    let (table, tail) = rest.split_once(end).unwrap();
    let expected = crate::sandbox::effects_table();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, format!("{head}{begin}{expected}{end}{tail}")).unwrap();
        return;
    }
    assert_eq!(table, expected, "run with UPDATE_EXPECT=1");
    for name in endpoint::names() {
        assert!(
            text.contains(&format!("`{name}`")),
            "{name} is not documented"
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_file_can_panic(text: String, key in "[a-z_]{1,12}", value in "[a-z0-9'\\[\\]{}.]{0,12}") {
        let _ = Faults::parse(&text);
        let _ = Faults::parse(&format!("[[fault]]\neffect = 'slow_body'\n{key} = {value}"));
        let _ = Faults::parse(&format!("{key} = {value}"));
    }
}
