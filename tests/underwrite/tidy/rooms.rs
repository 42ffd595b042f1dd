//! Which room may use which: the table of rooms, and that the code keeps to it.

use super::*;

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
