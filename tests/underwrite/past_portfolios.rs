//! `docs/past-portfolios.md`, done: the files of the page are written, its commands run by the real program,
//! and what it shows has to come.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::process::PROGRAM;
use super::tools::root;

/// The blocks of a language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let opened = format!("```{language}\n");
    let blocks = page.split(opened.as_str()).skip(1);
    blocks
        .map(|rest| rest.split_once("```").expect("a block has an end").0)
        .collect()
}

#[test]
fn what_the_page_shows_is_what_comes() {
    let page = fs::read_to_string(root().join("docs/past-portfolios.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in ["banks", "rules"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let [line, bank] = blocks(&page, "json")[..] else {
        panic!("the page shows a line and a bank");
    };
    let line: Value = serde_json::from_str(line).unwrap();
    fs::write(folder.path().join("past.jsonl"), line.to_string()).unwrap();
    fs::write(folder.path().join("banks/ada.json"), bank).unwrap();
    let rules = "rules/personal-loan.toml";
    fs::copy(root().join(rules), folder.path().join(rules)).unwrap();

    let [session] = blocks(&page, "console")[..] else {
        panic!("the page shows one session");
    };
    let commands: Vec<&str> = session.split("$ underwrite ").skip(1).collect();
    assert_eq!(commands.len(), 2);
    for command in commands {
        let (words, shown) = command.split_once('\n').unwrap();
        let mut run = Command::new(PROGRAM);
        run.args(words.split(' ')).env_clear().current_dir(&folder);
        let ran = run.output().unwrap();
        let said = String::from_utf8(ran.stdout).unwrap();
        let errors = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{words}: {said}{errors}");
        let mut rest = said.as_str();
        for part in shown.split('…').map(str::trim) {
            let found = rest.split_once(part);
            rest = match found {
                Some((_, after)) => after,
                None => panic!("{words} does not say `{part}`: {said}"),
            };
        }
        assert!(rest.trim().is_empty(), "{words} says more: {rest}");
    }
}
