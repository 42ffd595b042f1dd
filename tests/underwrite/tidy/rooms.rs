//! Which room may use which other, and which library lives where.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use regex::Regex;

use super::{Source, assert_none, root, sources};

/// The rooms from the ground up, and which others each uses: those and no more. An edge is a
/// decision, so a new one is written down here, and only to a room further up in the table.
const ROOMS: [(&str, &[&str]); 40] = [
    ("limits", &[]),
    ("private", &[]),
    ("money", &[]),
    ("calendar", &[]),
    ("clock", &[]),
    ("id", &["limits"]),
    ("seal", &["id"]),
    ("sockets", &["clock", "limits", "private"]),
    ("access", &["id", "limits", "private"]),
    ("application", &["id", "limits", "money"]),
    ("loan", &["application"]),
    (
        "snapshot",
        &["application", "calendar", "id", "limits", "money", "seal"],
    ),
    ("lexicon", &["limits"]),
    (
        "analysis",
        &[
            "application",
            "calendar",
            "id",
            "lexicon",
            "money",
            "snapshot",
        ],
    ),
    ("rewind", &["analysis", "calendar", "money", "snapshot"]),
    (
        "features",
        &[
            "analysis",
            "application",
            "calendar",
            "id",
            "money",
            "snapshot",
        ],
    ),
    (
        "rules",
        &[
            "application",
            "calendar",
            "features",
            "id",
            "lexicon",
            "limits",
            "loan",
            "money",
        ],
    ),
    ("editor", &["features", "rules"]),
    (
        "decision",
        &[
            "analysis",
            "application",
            "calendar",
            "features",
            "id",
            "money",
            "rules",
            "snapshot",
        ],
    ),
    (
        "engine",
        &[
            "analysis",
            "application",
            "calendar",
            "decision",
            "features",
            "id",
            "lexicon",
            "limits",
            "money",
            "rules",
        ],
    ),
    (
        "follow_up",
        &["application", "id", "limits", "money", "rules"],
    ),
    (
        "adverse_action",
        &[
            "application",
            "decision",
            "features",
            "follow_up",
            "limits",
            "rules",
        ],
    ),
    (
        "stripe",
        &["application", "clock", "id", "limits", "money", "snapshot"],
    ),
    ("cache", &["id", "limits", "private", "snapshot"]),
    (
        "ledger",
        &[
            "access",
            "application",
            "clock",
            "decision",
            "follow_up",
            "id",
            "limits",
            "private",
            "rules",
            "seal",
            "snapshot",
        ],
    ),
    (
        "portfolio",
        &[
            "application",
            "calendar",
            "clock",
            "decision",
            "features",
            "id",
            "ledger",
            "limits",
            "money",
            "private",
            "rules",
        ],
    ),
    ("admission", &["clock", "id", "limits"]),
    (
        "underwriter",
        &[
            "access",
            "admission",
            "adverse_action",
            "analysis",
            "application",
            "cache",
            "calendar",
            "clock",
            "decision",
            "engine",
            "follow_up",
            "id",
            "ledger",
            "limits",
            "portfolio",
            "rules",
            "seal",
            "snapshot",
            "stripe",
        ],
    ),
    (
        "replay",
        &[
            "application",
            "clock",
            "decision",
            "engine",
            "features",
            "follow_up",
            "id",
            "ledger",
            "limits",
            "money",
            "portfolio",
            "rules",
            "snapshot",
        ],
    ),
    (
        "trial",
        &[
            "analysis",
            "application",
            "calendar",
            "decision",
            "engine",
            "features",
            "id",
            "lexicon",
            "money",
            "rules",
            "snapshot",
        ],
    ),
    ("proto", &[]),
    (
        "service",
        &[
            "access",
            "admission",
            "adverse_action",
            "analysis",
            "application",
            "clock",
            "decision",
            "features",
            "follow_up",
            "id",
            "ledger",
            "limits",
            "money",
            "portfolio",
            "proto",
            "replay",
            "rules",
            "seal",
            "snapshot",
            "sockets",
            "stripe",
            "underwriter",
        ],
    ),
    (
        "http",
        &["clock", "id", "limits", "sockets", "stripe", "underwriter"],
    ),
    (
        "sandbox",
        &["application", "calendar", "clock", "id", "limits", "money"],
    ),
    // Shares nothing with what is examined.
    ("corpus", &["calendar"]),
    (
        "examination",
        &[
            "analysis",
            "application",
            "calendar",
            "corpus",
            "features",
            "lexicon",
            "limits",
            "money",
            "snapshot",
            "stripe",
        ],
    ),
    // What is shown of bank data.
    (
        "report",
        &[
            "analysis",
            "application",
            "calendar",
            "examination",
            "features",
            "lexicon",
            "limits",
            "money",
            "replay",
            "rules",
            "snapshot",
        ],
    ),
    (
        "config",
        &[
            "analysis",
            "calendar",
            "http",
            "limits",
            "service",
            "sockets",
            "stripe",
            "underwriter",
        ],
    ),
    (
        "cli",
        &[
            "access",
            "analysis",
            "application",
            "cache",
            "calendar",
            "clock",
            "config",
            "corpus",
            "editor",
            "examination",
            "features",
            "follow_up",
            "http",
            "id",
            "ledger",
            "lexicon",
            "limits",
            "money",
            "portfolio",
            "private",
            "proto",
            "replay",
            "report",
            "rewind",
            "rules",
            "sandbox",
            "service",
            "snapshot",
            "sockets",
            "stripe",
            "trial",
            "underwriter",
        ],
    ),
    ("main", &["cli"]),
];

/// Libraries that only some rooms may use, so that the others need not know of them.
const HOMES: [(&str, &[&str]); 12] = [
    ("sled", &["cache"]),
    ("rusqlite", &["ledger", "portfolio"]),
    ("reqwest", &["stripe"]),
    ("axum", &["sandbox", "http"]),
    ("hyper", &["http", "service"]),
    (
        "prometheus_client",
        &[
            "sockets",
            "stripe",
            "ledger",
            "underwriter",
            "service",
            "http",
            "cli",
        ],
    ),
    ("rustls", &["sockets", "stripe"]),
    ("tokio_rustls", &["sockets"]),
    ("x509_cert", &["sockets"]),
    ("prost", &["proto", "service", "cli"]),
    ("crate::proto", &["service", "cli"]),
    ("gen_lsp_types", &["cli"]),
];

impl Source {
    /// The room a file under `src` belongs to.
    pub(super) fn room(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src").ok()?;
        let first = inside.components().next()?.as_os_str().to_str()?;
        let room = first.strip_suffix(".rs").unwrap_or(first);
        (room != "lib").then_some(room)
    }
}

/// The rooms that a piece of code names: `crate::room`, `crate::{room, other::x}`, and from the
/// file of a room itself `super::room`, which is the same.
fn rooms_named(code: &str, super_is_crate: bool) -> BTreeSet<String> {
    let root = if super_is_crate {
        r"\b(?:crate|super)::"
    } else {
        r"\bcrate::"
    };
    let one = Regex::new(&format!(r"{root}([a-z_]+)\b")).unwrap();
    let several = Regex::new(&format!(r"{root}\{{")).unwrap();
    let first = Regex::new(r"^\s*([a-z_]+)\b").unwrap();
    let mut rooms: BTreeSet<String> = one
        .captures_iter(code)
        .map(|found| found[1].to_owned())
        .collect();
    for list in several.find_iter(code) {
        let (mut depth, mut begins) = (0, true);
        let rest = code.split_at(list.end()).1;
        for (at, c) in rest.char_indices() {
            if begins && let Some(name) = first.captures(rest.split_at(at).1) {
                rooms.insert(name[1].to_owned());
            }
            begins = c == ',' && depth == 0;
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    rooms
}

#[test]
fn rooms_are_found_however_they_are_named() {
    let code = "use crate::money::Money;\n\
                use crate::{id::{a, b}, snapshot,\n    rules::Bundle};\n\
                let x: crate::cache::Cache = super::stripe::y(self::z);";
    let named = |super_is_crate| Vec::from_iter(rooms_named(code, super_is_crate));
    let mut rooms = vec!["cache", "id", "money", "rules", "snapshot"];
    assert_eq!(named(false), rooms);
    rooms.push("stripe");
    assert_eq!(named(true), rooms);
}

#[test]
fn the_table_of_rooms_only_points_up() {
    let mut above = BTreeSet::new();
    let mut problems = Vec::new();
    for (room, uses) in ROOMS {
        for used in uses.iter().filter(|used| !above.contains(*used)) {
            problems.push(format!(
                "`{room}` may not use `{used}`: it is no room above"
            ));
        }
        assert!(uses.is_sorted(), "`{room}`: keep the list sorted");
        assert!(above.insert(room), "`{room}` is there twice");
    }
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let module = Regex::new(r"(?m)^(?:pub )?mod (\w+);").unwrap();
    let there: BTreeSet<&str> = module
        .captures_iter(&lib)
        .map(|found| found.get(1).unwrap().as_str())
        .chain(["main"])
        .collect();
    assert_eq!(there, above, "the rooms of src/lib.rs and of the table");
    assert_none(&problems);
}

#[test]
fn a_room_uses_the_rooms_of_the_table_and_no_other() {
    let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut problems = Vec::new();
    let sources = sources(&["src"]);
    for source in &sources {
        let Some(room) = source.room() else { continue };
        let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
        let mut code = code.join("\n");
        if room == "main" {
            code = code.replace("underwrite::", "crate::");
        }
        let super_is_crate = source.path.components().count() == 2;
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            continue;
        };
        for other in rooms_named(&code, super_is_crate) {
            let known = ROOMS.iter().any(|(name, _)| *name == other);
            if !known || other == room {
                continue;
            }
            if !allowed.contains(&other.as_str()) {
                let path = source.path.display();
                problems.push(format!("{path}: `{room}` uses `{other}`"));
            }
            used.entry(room).or_default().insert(other);
        }
    }
    for (room, allowed) in ROOMS {
        let used = used.remove(room).unwrap_or_default();
        for other in allowed.iter().filter(|other| !used.contains(**other)) {
            problems.push(format!(
                "`{room}` no longer uses `{other}`: take it out of the table"
            ));
        }
    }
    assert_none(&problems);
}

#[test]
fn a_library_stays_in_its_room() {
    let homes = HOMES.map(|(library, homes)| {
        let uses = Regex::new(&format!(r"(^|[^:A-Za-z0-9_]){library}::")).unwrap();
        (library, homes, uses)
    });
    let mut problems = Vec::new();
    for source in sources(&["src"]) {
        let Some(room) = source.room() else { continue };
        for (library, homes, uses) in &homes {
            for (row, line) in source.code() {
                if line.contains(library) && uses.is_match(line) && !homes.contains(&room) {
                    let path = source.path.display();
                    problems.push(format!("{path}:{row}: `{room}` uses `{library}`"));
                }
            }
        }
    }
    assert_none(&problems);
}
