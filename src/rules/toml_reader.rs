//! Reads TOML with the place of every value, reporting what is not as it should be.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::advice::{Advice, did_you_mean};
use super::diagnostic::{Code, Report};
use super::format::{OWN_NAMES, Shape};

/// A text of the file with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) value: String,
    /// The place of the whole TOML value, quotes included.
    pub(super) span: Range<usize>,
    /// Where the content starts, if it stands in the file byte for byte as in `value`.
    content: Option<usize>,
    /// Whether it is a TOML number or truth, which has no quotes.
    pub(super) is_bare: bool,
}

impl Text {
    /// The place in the file of a part of the content; the whole value's where escapes moved it.
    pub(super) fn at(&self, part: &Range<usize>) -> Range<usize> {
        match self.content {
            Some(start) => start + part.start..start + part.end,
            None => self.span.clone(),
        }
    }

    /// The place in the file of a part of the content, where it stands there as it is here.
    pub(super) fn written_at(&self, part: &Range<usize>) -> Option<Range<usize>> {
        self.content
            .map(|start| start + part.start..start + part.end)
    }

    /// A part of this text.
    pub(super) fn part(&self, part: Range<usize>) -> Self {
        Self {
            value: self.value.get(part.clone()).unwrap_or("").to_owned(),
            span: self.at(&part),
            content: self.content.map(|start| start + part.start),
            is_bare: false,
        }
    }

    /// A part of a file that is no TOML; its content is as in `value`.
    pub(super) fn plain(value: &str, span: Range<usize>) -> Self {
        Self {
            value: value.to_owned(),
            content: Some(span.start),
            span,
            is_bare: false,
        }
    }

    /// A key; its content is the key's own text.
    pub(super) fn of_key(key: &str, span: Range<usize>, source: &str) -> Self {
        Self::new(key, span, source)
    }

    fn new(value: &str, span: Range<usize>, source: &str) -> Self {
        let written = source.get(span.clone()).unwrap_or("");
        // Longest opening first; a line break right after three quotes is not part of the text.
        let openings = [
            "'''\r\n",
            "\"\"\"\r\n",
            "'''\n",
            "\"\"\"\n",
            "'''",
            "\"\"\"",
            "'",
            "\"",
        ];
        let content = openings
            .iter()
            .find(|opening| written.starts_with(*opening))
            .map_or(Some(span.start), |opening| {
                let rest = written.get(opening.len()..)?;
                rest.starts_with(value)
                    .then_some(span.start + opening.len())
            });
        Self {
            value: value.to_owned(),
            span,
            content,
            is_bare: false,
        }
    }
}

/// What may be written as a text or as a table.
pub(super) enum TextOrTable<'t, 's> {
    Text(Text),
    Table(Table<'t, 's>),
}

/// A table of the file, with the keys that its shape has and no others.
pub(super) struct Table<'t, 's> {
    entries: &'t DeTable<'s>,
    /// Where to point when a key is not there.
    pub(super) span: Range<usize>,
    /// What to call it: `[offer]`.
    pub(super) name: String,
    shape: &'static Shape,
    /// A key that the format had once, and the one that stands for it now, where it was found.
    former: Option<(&'static str, &'static str)>,
}

type Entry<'t, 's> = (
    &'t Spanned<std::borrow::Cow<'s, str>>,
    &'t Spanned<DeValue<'s>>,
);

impl<'t, 's> Table<'t, 's> {
    pub(super) fn new(
        entries: &'t DeTable<'s>,
        span: Range<usize>,
        name: &str,
        shape: &'static Shape,
    ) -> Self {
        Self {
            entries,
            span,
            name: name.to_owned(),
            shape,
            former: None,
        }
    }

    /// What stands under a key of the shape.
    fn find(&self, key: &str) -> Option<&'t Spanned<DeValue<'s>>> {
        self.shape.key(key)?;
        self.entries.get(key)
    }

    /// The shape of the table, or of each of the tables, under a key.
    fn under(&self, key: &str) -> &'static Shape {
        let key = self.shape.key(key);
        key.map_or(&OWN_NAMES, |key| key.holds.shape())
    }

    /// What stands under a key; where it has to be there and is not, that is reported. Whoever reads a
    /// table says itself that it is missing: it knows better what to write.
    fn find_or_miss(&self, key: &str, report: &mut Report<'_>) -> Option<&'t Spanned<DeValue<'s>>> {
        let found = self.find(key);
        let stands_in = self.former.is_some_and(|(_, now)| now == key);
        let required = self.shape.key(key).is_some_and(|key| key.is_required);
        if found.is_none() && required && !stands_in {
            self.missing(key, report);
        }
        found
    }

    /// Reports every key that the shape does not have.
    pub(super) fn finish(self, report: &mut Report<'_>) {
        let keys = self.shape.keys.iter().map(|key| key.name);
        for (key, _) in in_file_order(self.entries) {
            let name = key.get_ref().as_ref();
            let former = self.former.is_some_and(|(former, _)| former == name);
            if self.shape.key(name).is_none() && !former {
                let near = report.suggests().then(|| did_you_mean(name, keys.clone()));
                let help = near.flatten().unwrap_or_else(|| {
                    let all: Vec<&str> = keys.clone().collect();
                    format!("the keys here are `{}`", all.join("`, `")).into()
                });
                let message = format!("{} has no key `{}`", self.name, name.escape_debug());
                report.error_with(Code::UnknownKey, &key.span(), message, help);
            }
        }
    }

    fn missing(&self, key: &str, report: &mut Report<'_>) {
        let message = format!("{} needs `{key}`", self.name);
        let value = placeholder(key);
        let place = value.and_then(|value| report.new_key(&self.span, key, value));
        let help = value.map(|value| format!("as in `{key} = {value}`"));
        let advice = Advice::from(help).putting(place, &format!("`{key}`"));
        report.error_with(Code::MissingKey, &self.span, message, advice);
    }

    /// A text.
    pub(super) fn text(&self, key: &'static str, report: &mut Report<'_>) -> Option<Text> {
        let found = self.find_or_miss(key, report)?;
        match found.get_ref() {
            DeValue::String(text) => Some(Text::new(text, found.span(), report.source())),
            other @ (DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_)) => {
                wrong_type(report, &found.span(), key, "a text in quotes", other);
                None
            }
        }
    }

    /// The code of a reason; which one is meant where there is none, only its author knows.
    pub(super) fn reason(&self, root: &Table<'_, '_>, report: &mut Report<'_>) -> Option<Text> {
        if self.find("reason").is_some() {
            return self.text("reason", report);
        }
        let mut codes: Vec<&str> = Vec::new();
        if let Some(DeValue::Table(reasons)) = root.find("reasons").map(|found| found.get_ref()) {
            let declared = in_file_order(reasons).into_iter();
            codes.extend(declared.map(|(code, _)| code.get_ref().as_ref()));
        }
        let help = match codes.as_slice() {
            [] => "declare one under `[reasons.CODE]`, and name it here".to_owned(),
            codes => format!("the reasons of this file are `{}`", codes.join("`, `")),
        };
        let message = format!("{} needs `reason`", self.name);
        report.error_with(Code::MissingKey, &self.span, message, help);
        None
    }

    /// The texts of an array; none where it is not there.
    pub(super) fn texts(&self, key: &'static str, report: &mut Report<'_>) -> Vec<Text> {
        let Some(found) = self.find_or_miss(key, report) else {
            return Vec::new();
        };
        let DeValue::Array(array) = found.get_ref() else {
            let wanted = "texts in quotes, in square brackets";
            wrong_type(report, &found.span(), key, wanted, found.get_ref());
            return Vec::new();
        };
        let mut texts = Vec::with_capacity(array.len());
        for item in array.iter() {
            if let DeValue::String(text) = item.get_ref() {
                texts.push(Text::new(text, item.span(), report.source()));
            } else {
                wrong_type(report, &item.span(), key, "texts in quotes", item.get_ref());
            }
        }
        texts
    }

    /// The expressions of an array; `None` where it is not there.
    pub(super) fn expressions(
        &self,
        key: &'static str,
        report: &mut Report<'_>,
    ) -> Option<Vec<Text>> {
        let found = self.find_or_miss(key, report)?;
        Some(expressions(key, found, report))
    }

    /// The texts of an array, of which there must be one.
    pub(super) fn some_texts(&self, key: &'static str, report: &mut Report<'_>) -> Vec<Text> {
        let found = self.find(key);
        let empty = found
            .filter(|found| matches!(found.get_ref(), DeValue::Array(array) if array.is_empty()));
        if let Some(place) = empty.map(|found| found.span()) {
            let message = format!("`{key}` is empty");
            let help = "write at least one text, or leave the table out".to_owned();
            report.error_with(Code::BadValue, &place, message, help);
        }
        self.texts(key, report)
    }

    /// The texts of an array; `None` where it is not there.
    pub(super) fn texts_if_there(
        &self,
        key: &'static str,
        report: &mut Report<'_>,
    ) -> Option<Vec<Text>> {
        let there = self.entries.contains_key(key);
        let texts = self.texts(key, report);
        there.then_some(texts)
    }

    /// Whether a key is there that the table had before `now`. Neither is reported again.
    pub(super) fn former(&mut self, key: &'static str, now: &'static str) -> Option<Range<usize>> {
        let place = self.entries.get_key_value(key)?.0.span();
        self.former = Some((key, now));
        Some(place)
    }

    /// An expression: a text, or a plain TOML number or truth.
    pub(super) fn expression(&self, key: &'static str, report: &mut Report<'_>) -> Option<Text> {
        let found = self.find_or_miss(key, report)?;
        expression(key, found, report)
    }

    /// A truth.
    pub(super) fn boolean(&self, key: &'static str, report: &mut Report<'_>) -> Option<bool> {
        let found = self.find_or_miss(key, report)?;
        let value = found.get_ref().as_bool();
        if value.is_none() {
            wrong_type(
                report,
                &found.span(),
                key,
                "`true` or `false`",
                found.get_ref(),
            );
        }
        value
    }

    /// A whole number.
    pub(super) fn integer(
        &self,
        key: &'static str,
        report: &mut Report<'_>,
    ) -> Option<(i64, Range<usize>)> {
        let found = self.find_or_miss(key, report)?;
        let number = found.get_ref().as_integer();
        let value =
            number.and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        if number.is_some() && value.is_none() {
            let message = format!("the number of `{}` is too large", key.escape_debug());
            report.error(Code::BadValue, &found.span(), message);
        } else if value.is_none() {
            wrong_type(
                report,
                &found.span(),
                key,
                "a whole number",
                found.get_ref(),
            );
        }
        Some((value?, found.span()))
    }

    /// Whatever stands under a key.
    pub(super) fn value(&self, key: &'static str) -> Option<&'t Spanned<DeValue<'s>>> {
        self.find(key)
    }

    /// A table inside of this one.
    pub(super) fn table(
        &self,
        key: &'static str,
        name: &str,
        report: &mut Report<'_>,
    ) -> Option<Table<'t, 's>> {
        let found = self.find(key)?;
        as_table(key, found, name, self.under(key), report)
    }

    /// A text, or a table inside of this one.
    pub(super) fn text_or_table(
        &self,
        key: &'static str,
        name: &str,
        report: &mut Report<'_>,
    ) -> Option<TextOrTable<'t, 's>> {
        let found = self.find(key)?;
        if let DeValue::String(text) = found.get_ref() {
            let text = Text::new(text, found.span(), report.source());
            return Some(TextOrTable::Text(text));
        }
        as_table(key, found, name, self.under(key), report).map(TextOrTable::Table)
    }

    /// Every entry as a text, for tables whose keys are the author's own names.
    pub(super) fn into_texts(self, report: &mut Report<'_>) -> Vec<(Text, Text)> {
        let mut list = Vec::new();
        for (key, value) in self.into_entries() {
            if let DeValue::String(text) = value.get_ref() {
                let key = Text::of_key(key.get_ref(), key.span(), report.source());
                list.push((key, Text::new(text, value.span(), report.source())));
            } else {
                let wanted = "a text in quotes";
                wrong_type(
                    report,
                    &value.span(),
                    key.get_ref(),
                    wanted,
                    value.get_ref(),
                );
            }
        }
        list
    }

    /// The tables of an array inside of this one.
    pub(super) fn tables(
        &self,
        key: &'static str,
        name: &str,
        report: &mut Report<'_>,
    ) -> Vec<Table<'t, 's>> {
        let Some(found) = self.find(key) else {
            return Vec::new();
        };
        let DeValue::Array(array) = found.get_ref() else {
            wrong_type(
                report,
                &found.span(),
                key,
                &format!("tables, each {name}"),
                found.get_ref(),
            );
            return Vec::new();
        };
        array
            .iter()
            .filter_map(|item| as_table(key, item, name, self.under(key), report))
            .collect()
    }

    /// Every entry, for tables whose keys are the author's own names.
    pub(super) fn into_entries(self) -> Vec<Entry<'t, 's>> {
        in_file_order(self.entries)
    }
}

fn in_file_order<'t, 's>(table: &'t DeTable<'s>) -> Vec<Entry<'t, 's>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The value as a table.
pub(super) fn as_table<'t, 's>(
    key: &str,
    found: &'t Spanned<DeValue<'s>>,
    name: &str,
    shape: &'static Shape,
    report: &mut Report<'_>,
) -> Option<Table<'t, 's>> {
    let DeValue::Table(entries) = found.get_ref() else {
        wrong_type(
            report,
            &found.span(),
            key,
            &format!("a table, {name}"),
            found.get_ref(),
        );
        return None;
    };
    Some(Table::new(entries, found.span(), name, shape))
}

/// The value as the texts of expressions.
pub(super) fn expressions(
    key: &str,
    found: &Spanned<DeValue<'_>>,
    report: &mut Report<'_>,
) -> Vec<Text> {
    let DeValue::Array(array) = found.get_ref() else {
        let wanted = "values in square brackets";
        wrong_type(report, &found.span(), key, wanted, found.get_ref());
        return Vec::new();
    };
    let items = array.iter();
    items
        .filter_map(|item| expression(key, item, report))
        .collect()
}

/// The value as the text of an expression.
pub(super) fn expression(
    key: &str,
    found: &Spanned<DeValue<'_>>,
    report: &mut Report<'_>,
) -> Option<Text> {
    let span = found.span();
    match found.get_ref() {
        DeValue::String(text) => Some(Text::new(text, span, report.source())),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => {
            let written = report.source().get(span.clone())?;
            Some(Text {
                is_bare: true,
                ..Text::new(written, span, report.source())
            })
        }
        other @ (DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_)) => {
            wrong_type(report, &span, key, "an expression in quotes", other);
            None
        }
    }
}

fn wrong_type(
    report: &mut Report<'_>,
    span: &Range<usize>,
    key: &str,
    wanted: &str,
    found: &DeValue<'_>,
) {
    let message = format!(
        "`{}` is {wanted}, not a TOML {}",
        key.escape_debug(),
        found.type_str()
    );
    let written = report.source().get(span.clone()).unwrap_or("");
    let text = wanted.contains("in quotes") && !wanted.contains("brackets");
    let advice = match found {
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_)
            if text =>
        {
            let quoted = format!("\"{written}\"");
            let words = Advice::words(format!("write `{quoted}`"));
            words.in_place(written, quoted).surely()
        }
        DeValue::String(_) if text_list(wanted) => {
            let listed = format!("[{written}]");
            let words = Advice::words(format!("write `{listed}`"));
            words.in_place(written, listed).surely()
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => Advice::none(),
    };
    report.error_with(Code::WrongTomlType, span, message, advice);
}

fn text_list(wanted: &str) -> bool {
    wanted.contains("in square brackets")
}

/// What may stand under a key that is not there: a form to fill in.
fn placeholder(key: &str) -> Option<&'static str> {
    Some(match key {
        "name" => "\"my-rules\"",
        "version" => "\"1.0.0\"",
        "kind" => "\"credit\"",
        "currency" => "\"USD\"",
        "id" => "\"new-rule\"",
        "then" => "\"refer\"",
        "statement" => "\"What was found in the accounts\"",
        "type" => "\"text\"",
        "rate" => "'35.9%'",
        "max_amount" => "'1000 usd'",
        "step" => "'50 usd'",
        "minimum" => "'500 usd'",
        "max" => "'36%'",
        "basis" => "\"apr\"",
        "base" => "500",
        _ => return None,
    })
}
