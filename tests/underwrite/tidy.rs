//! What the lints cannot say: lengths of files and functions, which room may use which, that files
//! run in no circle, and what never stays in the source.

#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/feature_names.rs"]
mod feature_names;
#[path = "tidy/rooms.rs"]
mod rooms;
#[path = "tidy/sql.rs"]
mod sql;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// What runs outside of tests, and the tests.
    fn halves(&self) -> (&str, &str) {
        static INLINE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?m)^#\[cfg\(test\)\]\n(pub(\([a-z]+\))? )?mod [a-z_]+ \{").unwrap()
        });
        match INLINE.find(&self.text) {
            _ if self.is_test() => ("", &self.text),
            Some(tests) => self.text.split_at(tests.start()),
            None => (&self.text, ""),
        }
    }

    /// Code lines with their numbers: no comments, and nothing from the inline tests on.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.halves()
            .0
            .lines()
            .enumerate()
            .map(|(row, line)| (row + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn is_test(&self) -> bool {
        let within = |folder: &str| self.path.iter().any(|part| part == folder);
        self.path.ends_with("tests.rs") || within("tests") || within("benches")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, into: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        // A package of its own (`benches/peers`) builds into its own `target`.
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root()).unwrap().to_owned();
            into.push(Source { path, text });
        }
    }
}

fn sources(folders: &[&str]) -> Vec<Source> {
    let mut sources = Vec::new();
    for folder in folders {
        collect(&root().join(folder), &mut sources);
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!sources.is_empty(), "no source in {folders:?}");
    sources
}

fn all_sources() -> Vec<Source> {
    sources(&["src", "tests", "benches"])
}

fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// The first line of every function, and how many lines of code are in its body: blank lines and
/// comments do not count. It relies on the layout that rustfmt gives.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let head = Regex::new(r"^( *)(pub(\([a-z]+\))? )?(const )?(async )?fn ").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(parts) = head.captures(line) else {
            continue;
        };
        let end = format!("{}}}", &parts[1]);
        let rest = &lines[start..];
        let opens = rest
            .iter()
            .position(|line| line.ends_with(['{', ';', '}']))
            .filter(|row| rest[*row].ends_with('{'));
        let closes = rest.iter().position(|line| *line == end);
        if let (Some(opens), Some(closes)) = (opens, closes) {
            let body = rest[opens + 1..closes].iter().map(|line| line.trim());
            let code = body.filter(|line| !line.is_empty() && !line.starts_with("//"));
            found.push((start + 1, code.count()));
        }
    }
    found
}

#[test]
fn functions_are_found_with_their_length() {
    let text = [
        "impl A {",
        "    pub(crate) async fn b(",
        "        &self,",
        "    ) {",
        "        c();",
        "",
        "        // Why.",
        "        d();",
        "    }",
        "",
        "    fn d() {}",
        "}",
        "trait E {",
        "    fn f();",
        "}",
    ];
    assert_eq!(functions(&text.join("\n")), [(2, 2)]);
}

#[test]
fn files_and_functions_are_short() {
    let mut problems = Vec::new();
    for source in all_sources() {
        let path = source.path.display();
        let rows = source.text.lines().count();
        if rows > FILE_LINES_MAX {
            problems.push(format!("{path}: {rows} lines, at most {FILE_LINES_MAX}"));
        }
        for (row, length) in functions(&source.text) {
            if length > FUNCTION_LINES_MAX {
                problems.push(format!(
                    "{path}:{row}: a function of {length} lines, at most {FUNCTION_LINES_MAX}"
                ));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn nothing_unfinished_stays() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("#[ig", "nore"),
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
    ];
    let mut problems = Vec::new();
    for source in all_sources() {
        for (index, line) in source.text.lines().enumerate() {
            if let Some(mark) = marks.iter().find(|mark| line.contains(**mark)) {
                problems.push(format!("{}:{}: {mark}", source.path.display(), index + 1));
            }
        }
    }
    assert_none(&problems);
}

/// Whether the item in this row has a docstring: one may stand above its attributes.
fn is_documented(lines: &[&str], row: usize) -> bool {
    let mut inside_attribute = false;
    for line in lines[..row].iter().rev().map(|line| line.trim()) {
        let in_macro = line.starts_with("$(#[");
        if line.starts_with("///") || line.starts_with("#[doc") || in_macro {
            return true;
        }
        inside_attribute = (inside_attribute || line.ends_with(']')) && !line.starts_with("#[");
        if !inside_attribute && !line.starts_with("#[") {
            return false;
        }
    }
    false
}

#[test]
fn docstrings_are_found_above_attributes() {
    let lines = [
        "/// What it is.",
        "#[derive(",
        "    Debug,",
        ")]",
        "#[serde(x)]",
        "pub struct A;",
        "",
        "#[derive(Debug)]",
        "pub struct B;",
    ];
    assert!(is_documented(&lines, 5));
    assert!(!is_documented(&lines, 8));
}

/// The lint `missing_docs` speaks of what can be reached from outside; this of what it cannot see:
/// the files themselves, and items that are public inside of a private module.
#[test]
fn everything_public_is_documented() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(
        manifest.contains("missing_docs = \"deny\""),
        "the lint is on"
    );
    let item = Regex::new(
        r"^\s*pub (async |const |extern |unsafe )*(fn|struct|enum|union|trait|type|static|const|\w+:) ?",
    )
    .unwrap();
    let lint = concat!("missing", "_docs");
    let mut problems = Vec::new();
    for source in sources(&["src"]) {
        let path = source.path.display();
        if !source.text.starts_with("//!") && !source.is_test() {
            problems.push(format!("{path}: the file does not say what it is for"));
        }
        let (code, _) = source.halves();
        if code.contains(lint) && source.room() != Some("proto") {
            problems.push(format!("{path}: turns the lint `{lint}` off"));
        }
        let lines: Vec<&str> = code.lines().collect();
        for (row, line) in lines.iter().enumerate() {
            if item.is_match(line) && !is_documented(&lines, row) {
                problems.push(format!("{path}:{}: no docstring", row + 1));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn every_limit_is_enforced_and_tested() {
    let word = Regex::new(r"[A-Z][A-Z0-9_]+").unwrap();
    let words = |text: &str| -> BTreeSet<String> {
        word.find_iter(text)
            .map(|found| found.as_str().to_owned())
            .collect()
    };
    let (mut enforced, mut tested) = (BTreeSet::new(), BTreeSet::new());
    let is_of_limits = |source: &Source| {
        let own = source.path.strip_prefix("src").ok();
        own.is_some_and(|own| own.starts_with("limits") || own == Path::new("limits.rs"))
    };
    let mut limits = String::new();
    for source in all_sources() {
        if is_of_limits(&source) {
            limits.push_str(&fs::read_to_string(root().join(&source.path)).unwrap());
            continue;
        }
        let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
        enforced.append(&mut words(&code.join("\n")));
        tested.append(&mut words(source.halves().1));
    }
    let constant = Regex::new(r"(?m)^pub const (\w+):").unwrap();
    let mut problems = Vec::new();
    for limit in constant
        .captures_iter(&limits)
        .map(|found| found[1].to_owned())
    {
        if !enforced.contains(&limit) {
            problems.push(format!("`{limit}` limits nothing"));
        }
        if !tested.contains(&limit) {
            problems.push(format!("`{limit}` is named in no test"));
        }
    }
    assert!(constant.is_match(&limits), "no limit was found");
    assert_none(&problems);
}

#[test]
fn modules_have_no_mod_rs() {
    let problems: Vec<String> = all_sources()
        .iter()
        .filter(|source| source.path.ends_with("mod.rs"))
        .map(|source| format!("{}: name it after its module", source.path.display()))
        .collect();
    assert_none(&problems);
}
