//! What the lints cannot say: lengths of files and functions, which room may use which, and what
//! never stays in the source.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// The rooms from the ground up: each may use those before it and itself.
const ROOMS: [&str; 25] = [
    "limits",
    "money",
    "calendar",
    "clock",
    "id",
    "application",
    "snapshot",
    "lexicon",
    "analysis",
    "features",
    "rules",
    "decision",
    "engine",
    "stripe",
    "cache",
    "ledger",
    "underwriter",
    "replay",
    "proto",
    "service",
    "http",
    "sandbox",
    "config",
    "cli",
    "main",
];

/// Libraries that only some rooms may use, so that the others need not know of them.
const HOMES: [(&str, &[&str]); 6] = [
    ("sled", &["cache"]),
    ("rusqlite", &["ledger"]),
    ("reqwest", &["stripe"]),
    ("axum", &["sandbox", "http"]),
    ("prost", &["proto", "service", "cli"]),
    ("crate::proto", &["service", "cli"]),
];

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The room a file under `src` belongs to.
    fn room(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src").ok()?;
        let first = inside.components().next()?.as_os_str().to_str()?;
        let room = first.strip_suffix(".rs").unwrap_or(first);
        (room != "lib").then_some(room)
    }

    /// Code lines with their numbers: no comments, and nothing from the inline tests on.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .take_while(|(_, line)| *line != "#[cfg(test)]")
            .map(|(row, line)| (row + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs") || self.path.iter().any(|part| part == "tests")
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
        if path.is_dir() {
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

#[test]
fn a_room_uses_only_the_rooms_above_it() {
    let floor = |room: &str| ROOMS.iter().position(|name| *name == room);
    let uses = Regex::new(r"\bcrate::([a-z_]+)\b").unwrap();
    let mut problems = Vec::new();
    for source in sources(&["src"]) {
        let Some(room) = source.room() else { continue };
        let path = source.path.display();
        let Some(own) = floor(room) else {
            problems.push(format!(
                "{path}: `{room}` has no place in the list of rooms"
            ));
            continue;
        };
        if source.is_test() {
            continue;
        }
        for (row, line) in source.code() {
            for used in uses.captures_iter(line) {
                if floor(&used[1]).is_some_and(|other| other > own) {
                    problems.push(format!("{path}:{row}: `{room}` uses `{}`", &used[1]));
                }
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn a_library_stays_in_its_room() {
    let mut problems = Vec::new();
    for source in sources(&["src"]) {
        let Some(room) = source.room() else { continue };
        if source.is_test() {
            continue;
        }
        for (library, homes) in HOMES {
            let uses = Regex::new(&format!(r"(^|[^:A-Za-z0-9_]){library}::")).unwrap();
            for (row, line) in source.code() {
                if uses.is_match(line) && !homes.contains(&room) {
                    let path = source.path.display();
                    problems.push(format!("{path}:{row}: `{room}` uses `{library}`"));
                }
            }
        }
    }
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
