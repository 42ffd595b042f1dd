//! A part of a rule file as its authors wrote it, comments included.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::file_lines::{Kind, Line, lines};

/// A kind of table of which a rule file has several, each with an `id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PassageKind {
    /// `[[rule]]`
    Rule,
    /// `[[retry]]`
    Retry,
    /// `[[offer.tier]]`
    Tier,
}

impl PassageKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rule, Self::Retry, Self::Tier];

    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Rule => &["rule"],
            Self::Retry => &["retry"],
            Self::Tier => &["offer", "tier"],
        }
    }
}

/// The tables of a kind by their ids: each as it stands in the file, with the comments that touch its
/// header and without empty lines around it.
pub fn passages(text: &str, kind: PassageKind) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open: Option<String> = None;
    let mut between: Vec<Line<'_>> = Vec::new();
    for line in lines(text) {
        match line.kind.header() {
            None if matches!(line.kind, Kind::Empty | Kind::Comment) => {
                between.push(line);
                continue;
            }
            // A part of the table that is open is of it.
            None => add(&between, &mut open),
            Some(keys) if open.is_some() && begins(keys, kind) && !ends(keys, kind) => {
                add(&between, &mut open);
            }
            Some(keys) => {
                let is_comment = |line: &Line<'_>| line.kind == Kind::Comment;
                let before = between.iter().rposition(|line| !is_comment(line));
                let own = between.split_off(before.map_or(0, |last| last + 1));
                // What touches the end of a table is of it; what stands apart is of nobody.
                between.truncate(between.iter().take_while(|line| is_comment(line)).count());
                add(&between, &mut open);
                keep(open.take(), kind, &mut found);
                if ends(keys, kind) {
                    open = Some(String::new());
                    add(&own, &mut open);
                }
            }
        }
        between.clear();
        add(std::slice::from_ref(&line), &mut open);
    }
    keep(open, kind, &mut found);
    found
}

/// Whether a header's keys begin with those of a kind.
fn begins(keys: &[String], kind: PassageKind) -> bool {
    let own = kind.keys();
    keys.len() >= own.len() && keys.iter().zip(own).all(|(key, own)| key == own)
}

/// Whether they are those of a kind, all of them.
fn ends(keys: &[String], kind: PassageKind) -> bool {
    begins(keys, kind) && keys.len() == kind.keys().len()
}

fn add(lines: &[Line<'_>], open: &mut Option<String>) {
    if let Some(text) = open {
        lines.iter().for_each(|line| text.push_str(line.written));
    }
}

fn keep(passage: Option<String>, kind: PassageKind, found: &mut BTreeMap<String, String>) {
    let passage = passage.map(|text| text.trim().to_owned());
    if let Some(text) = passage
        && let Some(id) = id_of(&text, kind)
    {
        found.insert(id, text);
    }
}

/// The `id` of the only table of a kind in a text.
fn id_of(text: &str, kind: PassageKind) -> Option<String> {
    let file = DeTable::parse(text).ok()?;
    let (last, above) = kind.keys().split_last()?;
    let mut table = file.get_ref();
    for key in above {
        table = table.get(*key)?.get_ref().as_table()?;
    }
    let DeValue::Array(tables) = table.get(*last)?.get_ref() else {
        return None;
    };
    let id = tables.first()?.get_ref().as_table()?.get("id")?;
    Some(id.get_ref().as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# top\n[rule_set]\nname = \"x\"\n\n# of nobody\n\n# why\n# and more\n[[rule]]\n\
        id = \"a\"\nwhen = '''\n[[rule]]\n\n# text\n'''\n# inside\n[rule.more]\nx = 1\n# last\n\n# apart\n\n# of b\n[[rule]] # b\n\
        id = \"b\"\n\n[params]\np = 1\n[[offer.tier]]\nid = \"A\"\n\n[[offer.tier]]\nid = \"B\"\n[offer]\n";

    #[test]
    fn a_table_is_had_as_it_was_written() {
        let rules = passages(FILE, PassageKind::Rule);
        let ids: Vec<&str> = rules.keys().map(String::as_str).collect();
        assert_eq!(ids, ["a", "b"]);
        assert_eq!(
            rules["a"],
            "# why\n# and more\n[[rule]]\nid = \"a\"\nwhen = '''\n[[rule]]\n\n# text\n'''\n# inside\n\
             [rule.more]\nx = 1\n# last"
        );
        assert_eq!(rules["b"], "# of b\n[[rule]] # b\nid = \"b\"");
        let tiers = passages(FILE, PassageKind::Tier);
        assert_eq!(tiers["B"], "[[offer.tier]]\nid = \"B\"");
        assert!(passages(FILE, PassageKind::Retry).is_empty());
        assert!(passages("no TOML [[", PassageKind::Rule).is_empty());
    }
}
