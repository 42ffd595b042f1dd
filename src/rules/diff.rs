//! What differs between two rule files: what was added, removed and changed, by stable names.
//!
//! It goes by the format and not by the text: blanks, comments and the order of keys are no
//! difference, expressions are compared by their tokens. The order of what has an id (rules,
//! tiers) is one, as the first that holds counts.

use serde::Serialize;
use toml::{Table, Value};

use super::attachments::Attachments;
use super::bundle::text_of;
use super::diagnostic::{Diagnostic, Report};
use super::file;
use super::format::Holds;
use super::format::shapes::RULE_FILE;
use super::lexer;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where: `params.nsf_days_max`, `rule.frequent-nsf.when`; the name of a file beside the rule
    /// file.
    pub path: String,
    /// What was there; nothing where it was added.
    pub before: Option<String>,
    /// What is there; nothing where it was removed.
    pub after: Option<String>,
}

/// A rule file as it is written, with the files beside it that it names.
#[derive(Debug)]
pub struct Written<'a> {
    /// With what it imports.
    table: Table,
    attachments: &'a Attachments,
}

impl<'a> Written<'a> {
    /// Reads it, whether or not it is a rule set.
    ///
    /// # Errors
    ///
    /// The findings where it, or what it imports, is no TOML.
    pub fn read(source: &[u8], attachments: &'a Attachments) -> Result<Self, Vec<Diagnostic>> {
        let mut table = parsed(source)?;
        for (name, content) in attachments.iter().filter(|(name, _)| is_fragment(name)) {
            let more = parsed(content).map_err(|mut found| {
                for finding in &mut found {
                    finding.file = Some(name.to_owned());
                }
                found
            })?;
            add(&mut table, more);
        }
        Ok(Self { table, attachments })
    }

    /// What differs in another, in the order of the format.
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let mut found = Found::default();
        let file = Holds::Table(&RULE_FILE);
        found.tables(&Path::default(), file, &self.table, &after.table);
        found.files(self.attachments, after.attachments);
        found.0
    }
}

/// Adds what a fragment has. What is declared twice is for a check to find.
fn add(table: &mut Table, more: Table) {
    for (key, value) in more {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(own)), Value::Table(more)) => own.extend(more),
            (Some(Value::Array(own)), Value::Array(more)) => own.extend(more),
            (_, value) => {
                table.insert(key, value);
            }
        }
    }
}

fn is_fragment(name: &str) -> bool {
    name.ends_with(".toml")
}

fn parsed(source: &[u8]) -> Result<Table, Vec<Diagnostic>> {
    let text = text_of(source)?;
    let mut report = Report::new(text);
    if !file::parses(text, &mut report) {
        return Err(report.finish());
    }
    // It was read already.
    Ok(toml::from_str(text).unwrap_or_default())
}

/// A path of names.
#[derive(Debug, Clone, Default)]
struct Path(String);

impl Path {
    fn then(&self, name: &str) -> Self {
        let point = if self.0.is_empty() { "" } else { "." };
        Self(format!("{}{point}{name}", self.0))
    }
}

#[derive(Default)]
struct Found(Vec<Difference>);

impl Found {
    fn add(&mut self, path: &Path, before: Option<String>, after: Option<String>) {
        self.0.push(Difference {
            path: path.0.clone(),
            before,
            after,
        });
    }

    fn compare(
        &mut self,
        path: &Path,
        holds: Holds,
        before: Option<&Value>,
        after: Option<&Value>,
    ) {
        if let (Some(before), Some(after)) = (before, after)
            && is_same(holds, before, after)
        {
            return;
        }
        match (before, after) {
            (Some(Value::Table(before)), Some(Value::Table(after))) => {
                self.tables(path, holds, before, after);
            }
            (Some(Value::Array(before)), Some(Value::Array(after)))
                if is_of_tables(before) && is_of_tables(after) =>
            {
                self.arrays(path, holds, before, after);
            }
            // What is there on one side alone is told by its parts only as far as those have names.
            (None, Some(Value::Table(after))) if is_group(holds) => {
                self.tables(path, holds, &Table::new(), after);
            }
            (Some(Value::Table(before)), None) if is_group(holds) => {
                self.tables(path, holds, before, &Table::new());
            }
            (None, Some(Value::Array(after))) if is_of_tables(after) => {
                self.arrays(path, holds, &[], after);
            }
            (Some(Value::Array(before)), None) if is_of_tables(before) => {
                self.arrays(path, holds, before, &[]);
            }
            (before, after) => self.add(path, before.map(shown), after.map(shown)),
        }
    }

    fn tables(&mut self, path: &Path, holds: Holds, before: &Table, after: &Table) {
        let known = holds.shape().keys.iter().map(|key| key.name);
        let is_known = |name: &str| holds.shape().key(name).is_some();
        let own = before
            .keys()
            .chain(after.keys().filter(|key| !before.contains_key(*key)));
        let own = own.map(String::as_str).filter(|name| !is_known(name));
        for name in known.chain(own) {
            // A key that the format does not have is compared as it stands.
            let under = holds.under(name).unwrap_or(Holds::Text);
            let (before, after) = (before.get(name), after.get(name));
            if before.is_some() || after.is_some() {
                self.compare(&path.then(name), under, before, after);
            }
        }
    }

    /// Tables by their ids, or by their positions where they have none.
    fn arrays(&mut self, path: &Path, holds: Holds, before: &[Value], after: &[Value]) {
        let item = holds.item().unwrap_or(Holds::Text);
        let (before, after) = (named(before), named(after));
        for (name, value) in &before {
            let other = after.iter().find(|(other, _)| other == name);
            self.compare(
                &path.then(name),
                item,
                Some(value),
                other.map(|(_, value)| *value),
            );
        }
        for (name, value) in &after {
            if !before.iter().any(|(other, _)| other == name) {
                self.compare(&path.then(name), item, None, Some(value));
            }
        }
        let order = |own: &[(String, &Value)], others: &[(String, &Value)]| {
            let both = own.iter().map(|(name, _)| name.as_str());
            let both = both.filter(|name| others.iter().any(|(other, _)| other == name));
            both.collect::<Vec<_>>().join(", ")
        };
        let (was, is) = (order(&before, &after), order(&after, &before));
        if was != is {
            self.add(&path.then("order"), Some(was), Some(is));
        }
    }

    /// Lists and cells in files beside the rule file.
    fn files(&mut self, before: &Attachments, after: &Attachments) {
        let own = before.iter().map(|(name, _)| name);
        let more = after.iter().map(|(name, _)| name);
        let more = more.filter(|name| before.get(name).is_none());
        for name in own.chain(more).filter(|name| !is_fragment(name)) {
            let (was, is) = (before.get(name), after.get(name));
            if was != is {
                let lines = |bytes: &[u8]| {
                    let text = String::from_utf8_lossy(bytes);
                    format!("{} lines", text.lines().count())
                };
                self.add(&Path(name.to_owned()), was.map(lines), is.map(lines));
            }
        }
    }
}

/// Whether a table holds names that are told one by one: `[params]`, but not a rule.
fn is_group(holds: Holds) -> bool {
    matches!(holds, Holds::Named(..))
}

fn is_of_tables(items: &[Value]) -> bool {
    !items.is_empty() && items.iter().all(Value::is_table)
}

/// Items by their ids; by their places, from 1, where one has none.
fn named(items: &[Value]) -> Vec<(String, &Value)> {
    let id = |item: &Value| {
        let table = item.as_table()?;
        let id = table.get("id").or_else(|| table.get("name"))?;
        id.as_str().map(str::to_owned)
    };
    let places = items.iter().zip(1_usize..);
    places
        .map(|(item, place)| (id(item).unwrap_or_else(|| place.to_string()), item))
        .collect()
}

fn is_same(holds: Holds, before: &Value, after: &Value) -> bool {
    if before == after {
        return true;
    }
    let tokens = |value: &Value| {
        let text = match value.as_str() {
            Some(text) => text.to_owned(),
            None => value.to_string(),
        };
        let tokens = lexer::lex(&text).ok()?;
        Some(
            tokens
                .into_iter()
                .map(|(token, _)| token)
                .collect::<Vec<_>>(),
        )
    };
    // `3` and `'3'` are one expression.
    let one = !before.is_table() && !before.is_array() && !after.is_table() && !after.is_array();
    holds.is_expression() && one && tokens(before).is_some_and(|was| Some(was) == tokens(after))
}

/// A value in a line.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            value.to_string()
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(table) => {
            let entries = table.iter();
            let entries: Vec<String> = entries
                .map(|(key, value)| format!("{key} = {}", shown(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}
