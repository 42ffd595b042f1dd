//! Reads a TOML file of faults. Everything that is wrong is reported together, with its line.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::effect::{Effect, Values};
use super::problems::{Problems, hint};
use super::table::{EFFECTS, EffectInfo, Key, Takes, info};
use super::{Fault, Faults, Target};
use crate::limits;
use crate::sandbox::endpoint;
use crate::sandbox::error::SandboxError;

/// The keys of every fault.
const COMMON: [&str; 6] = [
    "account",
    "applicant",
    "endpoint",
    "skip",
    "times",
    "effect",
];

const BRACKETS: &str = "a fault begins with `[[fault]]`, in double brackets";

/// A file under reading.
struct Reader<'a> {
    text: &'a str,
    problems: Problems,
}

/// One `[[fault]]`.
struct Entry<'t, 's> {
    table: &'t DeTable<'s>,
    /// Where to point when a key is not there.
    line: usize,
}

/// Reads the text of a file.
pub(super) fn parse(text: &str) -> Result<Faults, SandboxError> {
    let mut reader = Reader {
        text,
        problems: Problems::default(),
    };
    let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
    if size > limits::SANDBOX_FAULT_FILE_BYTES_MAX {
        let max = limits::SANDBOX_FAULT_FILE_BYTES_MAX;
        reader
            .problems
            .add(None, format!("the file is larger than {max} bytes"));
        return reader.problems.or(Faults::none());
    }
    let faults = match DeTable::parse(text) {
        Ok(table) => reader.file(table.get_ref()),
        Err(error) => {
            let line = error.span().map(|span| reader.line(&span));
            let problem = format!("the file is not TOML: {}", error.message());
            reader.problems.add(line, problem);
            Vec::new()
        }
    };
    reader.problems.or(Faults(faults))
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.bytes().take(span.start);
        before
            .filter(|byte| *byte == b'\n')
            .count()
            .saturating_add(1)
    }

    fn problem(&mut self, span: &Range<usize>, problem: impl Into<String>) {
        let line = self.line(span);
        self.problems.add(Some(line), problem);
    }

    fn file(&mut self, table: &DeTable<'_>) -> Vec<Fault> {
        for (key, _) in table.iter().filter(|(key, _)| key.get_ref() != "fault") {
            let name = key.get_ref().escape_debug().to_string();
            let problem =
                format!("`{name}` is not known here: a file of faults has `[[fault]]` only");
            self.problem(&key.span(), problem);
        }
        let Some(list) = table.get("fault") else {
            if table.is_empty() {
                self.problems
                    .add(None, "there is no `[[fault]]` in the file");
            }
            return Vec::new();
        };
        let DeValue::Array(list_of) = list.get_ref() else {
            self.problem(&list.span(), BRACKETS);
            return Vec::new();
        };
        let max = limits::SANDBOX_FAULTS_MAX;
        if list_of.len() > max {
            self.problem(&list.span(), format!("there are more than {max} faults"));
            return Vec::new();
        }
        let mut faults = Vec::new();
        for item in list_of.iter() {
            let line = self.line(&item.span());
            if let DeValue::Table(table) = item.get_ref() {
                faults.extend(self.fault(&Entry { table, line }));
            } else {
                self.problem(&item.span(), BRACKETS);
            }
        }
        faults
    }

    fn fault(&mut self, entry: &Entry<'_, '_>) -> Option<Fault> {
        let info = self.effect(entry);
        self.unknown_keys(entry, info);
        let endpoint = self.endpoint(entry, info);
        let target = self.target(entry);
        let skip = self.count(entry, "skip", 0);
        let times = self.count(entry, "times", 1);
        let info = info?;
        let mut given = Vec::new();
        for key in info.keys {
            if let Some(value) = entry.table.get(key.name) {
                given.push((key.name, self.value(key, value)?));
            }
        }
        let values = Values {
            given: &given,
            keys: info.keys,
        };
        Some(Fault {
            target: target?,
            endpoint,
            skip: skip.unwrap_or(0),
            times,
            effect: Effect::build(info.name, &values)?,
            line: Some(entry.line),
        })
    }

    fn effect(&mut self, entry: &Entry<'_, '_>) -> Option<&'static EffectInfo> {
        let Some((name, span)) = self.text_of(entry, "effect") else {
            if !entry.table.contains_key("effect") {
                let problem = "the fault does not say what happens: give it an `effect`";
                self.problems.add(Some(entry.line), problem);
            }
            return None;
        };
        let found = info(&name);
        if found.is_none() {
            let names = EFFECTS.iter().map(|info| info.name);
            let hint = hint(&name, names, "`docs/sandbox.md` has the list");
            let problem = format!("`{}` is not an effect{hint}", name.escape_debug());
            self.problem(&span, problem);
        }
        found
    }

    fn unknown_keys(&mut self, entry: &Entry<'_, '_>, info: Option<&'static EffectInfo>) {
        let own = info.map_or(&[][..], |info| info.keys);
        let known: Vec<&str> = COMMON
            .into_iter()
            .chain(own.iter().map(|key| key.name))
            .collect();
        let of_any = |name: &str| {
            let mut keys = EFFECTS.iter().flat_map(|info| info.keys);
            keys.any(|key| key.name == name)
        };
        for (key, _) in entry.table {
            let name = key.get_ref().as_ref();
            if known.contains(&name) || (info.is_none() && of_any(name)) {
                continue;
            }
            let all = format!("the keys are `{}`", known.join("`, `"));
            let hint = hint(name, known.iter().copied(), &all);
            let whose = match info {
                Some(info) => format!(" with the effect `{}`", info.name),
                None => String::new(),
            };
            let name = name.escape_debug();
            self.problem(
                &key.span(),
                format!("`{name}` is not a key of a fault{whose}{hint}"),
            );
        }
    }

    fn endpoint(
        &mut self,
        entry: &Entry<'_, '_>,
        info: Option<&'static EffectInfo>,
    ) -> Option<String> {
        let (name, span) = self.text_of(entry, "endpoint")?;
        if !endpoint::names().any(|known| known == name) {
            let hint = hint(&name, endpoint::names(), "`docs/sandbox.md` has the list");
            let problem = format!("`{}` is not an endpoint{hint}", name.escape_debug());
            self.problem(&span, problem);
            return None;
        }
        if let Some(info) = info
            && !info.happens_at(&name)
        {
            let problem = format!(
                "`{}` cannot happen to `{name}`, only to `{}`",
                info.name,
                info.endpoints.join("`, `")
            );
            self.problem(&span, problem);
        }
        Some(name)
    }

    fn target(&mut self, entry: &Entry<'_, '_>) -> Option<Target> {
        let account = self.text_of(entry, "account");
        let applicant = self.text_of(entry, "applicant");
        match (account, applicant) {
            (Some(_), Some((_, span))) => {
                let problem = "a fault has an `account` or an `applicant`, not both";
                self.problem(&span, problem);
                None
            }
            (Some((id, _)), None) => Some(Target::Account(id)),
            (None, Some((key, _))) => Some(Target::Applicant(key)),
            (None, None) => Some(Target::Everybody),
        }
    }

    fn count(&mut self, entry: &Entry<'_, '_>, key: &'static str, least: u64) -> Option<u64> {
        let key = Key {
            name: key,
            takes: Takes::Number(least, u64::from(u32::MAX)),
            default: None,
        };
        let value = entry.table.get(key.name)?;
        self.value(&key, value)?.parse().ok()
    }

    fn text_of(&mut self, entry: &Entry<'_, '_>, key: &str) -> Option<(String, Range<usize>)> {
        let value = entry.table.get(key)?;
        if let DeValue::String(text) = value.get_ref()
            && !text.is_empty()
        {
            return Some((text.to_string(), value.span()));
        }
        self.problem(&value.span(), format!("`{key}` is a text in quotes"));
        None
    }

    /// A value as a text, once it is what the key takes.
    fn value(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let text = match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Boolean(truth) => Some(truth.to_string()),
            DeValue::Integer(number) if number.radix() == 10 => {
                Some(number.as_str().replace('_', ""))
            }
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        };
        let quoted = matches!(value.get_ref(), DeValue::String(_));
        let fits = |text: &String| match key.takes {
            // `status = 503` and `carried_out = true`, but not in quotes.
            Takes::OneOf(words) => {
                let written_plain = |word: &str| {
                    word == "true" || word == "false" || word.bytes().all(|b| b.is_ascii_digit())
                };
                words.contains(&text.as_str()) && written_plain(text) != quoted
            }
            Takes::Number(least, most) => {
                let number = text.parse::<u64>();
                !quoted && number.is_ok_and(|number| (least..=most).contains(&number))
            }
            Takes::Letters => {
                quoted
                    && (3..=16).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_lowercase())
            }
        };
        let text = text.filter(fits);
        if text.is_none() {
            let takes = match key.takes {
                Takes::OneOf(_) => format!("is one of {}", key.takes.in_words()),
                Takes::Number(..) => format!("is a whole number, {}", key.takes.in_words()),
                Takes::Letters => format!("is a text of {}", key.takes.in_words()),
            };
            self.problem(&value.span(), format!("`{}` {takes}", key.name));
        }
        text
    }
}
