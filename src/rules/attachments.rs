//! The files beside a rule file that it names: fragments that it imports, lists and tables. Whoever
//! publishes a rule set reads them; here they are texts with names.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::test_case::CaseFile;
use crate::limits;

/// Files by the names under which a rule file names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachments(BTreeMap<String, Vec<u8>>);

impl Attachments {
    /// None.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a file, in place of one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.insert(name.into(), bytes.into());
    }

    /// The bytes of a file.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let all = self.0.iter();
        all.map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// The files that a rule file and the fragments among these name, and that are not here: what is
    /// to be read next. Of a file that is not TOML, none.
    pub fn still_to_read(&self, source: &str) -> Vec<String> {
        let mut named = named_in(source, true);
        for fragment in imports_of(source) {
            let text = self.get(&fragment).map(std::str::from_utf8);
            if let Some(Ok(text)) = text {
                named.extend(named_in(text, false));
            }
        }
        named.retain(|name| self.get(name).is_none() && is_file_name(name));
        named.sort();
        named.dedup();
        named.truncate(limits::ATTACHMENTS_MAX + 1);
        named
    }
}

/// Whether a text is the name of a file beside the rule file or below: parts of letters, digits, `.`,
/// `-` and `_` with `/` between them, none of which begins with a dot.
pub(super) fn is_file_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(plain);
    name.len() <= limits::ATTACHMENT_NAME_BYTES_MAX && name.split('/').all(part)
}

fn table_of<'t>(root: &'t DeTable<'_>, key: &str) -> Vec<&'t DeTable<'t>> {
    let Some(DeValue::Table(named)) = root.get(key).map(|found| found.get_ref()) else {
        return Vec::new();
    };
    let tables = named.iter().filter_map(|(_, one)| match one.get_ref() {
        DeValue::Table(table) => Some(table),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_) => None,
    });
    tables.collect()
}

/// The files that a text names: its imports, where it may have some, its lists and its tables.
fn named_in(source: &str, imports: bool) -> Vec<String> {
    let (root, _) = DeTable::parse_recoverable(source);
    let root = root.get_ref();
    let mut named = if imports {
        imports_of(source)
    } else {
        Vec::new()
    };
    for key in ["lists", "tables"] {
        for table in table_of(root, key) {
            let file = table.get("file").and_then(|file| file.get_ref().as_str());
            named.extend(file.map(str::to_owned));
        }
    }
    named
}

fn imports_of(source: &str) -> Vec<String> {
    let (root, _) = DeTable::parse_recoverable(source);
    let Some(DeValue::Array(list)) = root.get_ref().get("import").map(|found| found.get_ref())
    else {
        return Vec::new();
    };
    let names = list.iter().filter_map(|one| one.get_ref().as_str());
    names.map(str::to_owned).collect()
}

/// A rule file and its attachments as one text, so that a place in any of them is one number.
#[derive(Debug)]
pub(super) struct Sources {
    text: String,
    parts: Vec<Part>,
}

/// Where a file stands in the text of all.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) at: Result<Range<usize>, Unreadable>,
}

/// Why a file is not in the text of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is not UTF-8 text.
    NotText,
    /// With those before it, it is too large.
    TooLarge,
}

impl Sources {
    /// The rule file first, then its attachments in the order of their names.
    pub(super) fn new(source: &str, attachments: &Attachments) -> Self {
        let mut text = source.to_owned();
        let mut parts = Vec::new();
        let mut left = limits::ATTACHMENT_BYTES_MAX;
        for (name, bytes) in attachments.iter().take(limits::ATTACHMENTS_MAX) {
            let fits = bytes.len() <= left;
            left = left.saturating_sub(bytes.len());
            let at = if fits {
                put(&mut text, bytes)
            } else {
                Err(Unreadable::TooLarge)
            };
            parts.push(Part {
                name: name.to_owned(),
                at,
            });
        }
        Self { text, parts }
    }

    /// The same with files of tests behind them.
    pub(super) fn and(mut self, case_files: &[CaseFile]) -> Self {
        for file in case_files {
            let at = put(&mut self.text, &file.bytes);
            self.parts.push(Part {
                name: file.name.clone(),
                at,
            });
        }
        self
    }

    /// The file and the line of a place.
    pub(super) fn place(&self, at: usize) -> (Option<String>, usize) {
        place(&self.text, &self.parts, at)
    }

    /// All of them.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The attachments.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Where a file stands; `None` where it is not there.
    pub(super) fn find(&self, name: &str) -> Option<Result<Range<usize>, Unreadable>> {
        let found = self.parts.iter().find(|part| part.name == name);
        found.map(|part| part.at.clone())
    }
}

/// The file that holds a place in the text of all, unless it is the rule file itself, and the line
/// there, from 1.
pub(super) fn place(text: &str, parts: &[Part], at: usize) -> (Option<String>, usize) {
    let holds = |part: &&Part| part.at.as_ref().is_ok_and(|own| at >= own.start);
    let part = parts.iter().rfind(holds);
    let start = part
        .and_then(|part| part.at.as_ref().ok())
        .map_or(0, |own| own.start);
    let before = text.get(start..at).unwrap_or("");
    let name = part.map(|part| part.name.clone());
    (name, before.matches('\n').count().saturating_add(1))
}

/// Puts a file behind the others.
fn put(text: &mut String, bytes: &[u8]) -> Result<Range<usize>, Unreadable> {
    let content = std::str::from_utf8(bytes).map_err(|_| Unreadable::NotText)?;
    text.push('\n');
    let start = text.len();
    text.push_str(content);
    Ok(start..text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_still_to_be_read_is_found_through_fragments() {
        let source = "import = ['common/nsf.toml', '../x.toml']\n[lists.a]\nfile = 'a.txt'\n\
                      [tables.t]\nfile = 't.csv'\n[lists.b]\nvalues = ['x']";
        let mut files = Attachments::none();
        let wanted = ["a.txt", "common/nsf.toml", "t.csv"];
        assert_eq!(files.still_to_read(source), wanted);
        files.insert(
            "common/nsf.toml",
            "[lists.c]\nfile = 'c.txt'\nimport = ['no.toml']",
        );
        files.insert("a.txt", "");
        assert_eq!(files.still_to_read(source), ["c.txt", "t.csv"]);
        assert!(Attachments::none().still_to_read("not toml [").is_empty());
    }

    #[test]
    fn names_stay_beside_the_rule_file() {
        for good in ["a.txt", "common/nsf.toml", "a/b/c-1_2.csv"] {
            assert!(is_file_name(good), "{good}");
        }
        let long = "a".repeat(limits::ATTACHMENT_NAME_BYTES_MAX + 1);
        for bad in [
            "", "/a", "a/", "../a", "a/../b", ".a", "a b", "a\\b", "C:a", &long,
        ] {
            assert!(!is_file_name(bad), "{bad}");
        }
        assert!(is_file_name(long.get(1..).unwrap()));
    }
}
