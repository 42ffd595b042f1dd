//! Checks lists, and finds the files beside the rule file that it names.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Checker, Naming};
use crate::features::{Type, Value};
use crate::limits;
use crate::money::Currency;
use crate::rules::advice::{Advice, did_you_mean};
use crate::rules::attachments::{Unreadable, is_file_name};
use crate::rules::diagnostic::Code;
use crate::rules::file::ListEntry;
use crate::rules::list::List;
use crate::rules::names::Named;
use crate::rules::resolve::NameScope;
use crate::rules::toml_reader::Text;
use crate::rules::vocabulary::types;

/// What begins a line of a file of a list that says nothing of what is in it.
const COMMENT: char = '#';

impl Checker<'_> {
    pub(super) fn lists(&mut self, entries: &[ListEntry]) -> Vec<List> {
        let types = types();
        let mut lists = Vec::new();
        for entry in entries {
            let named = self.well_named(&entry.name, Naming::Word);
            let ty = match &entry.ty {
                Some(ty) => self.word(ty, &types, "a type"),
                None => Some(Type::Text),
            };
            let values = ty.and_then(|ty| self.items(entry, ty));
            self.justified("lists", &entry.name, entry.justification.as_ref());
            let full = format!("lists.{}", entry.name.value);
            let index = lists.len();
            let known = named.and(values);
            self.names
                .declare(full, Named::List(index, ty.filter(|_| known.is_some())));
            if let (Some(ty), Some(values)) = (ty, known) {
                let currency = self.currency.unwrap_or(Currency::USD);
                lists.push(List::new(ty, currency, values));
            }
        }
        lists
    }

    /// What is in a list.
    fn items(&mut self, entry: &ListEntry, ty: Type) -> Option<Vec<Value>> {
        let name = entry.name.value.escape_debug().to_string();
        let texts = match (&entry.values, &entry.file) {
            (Some(values), None) => values.clone(),
            (None, Some(file)) => {
                let at = self.file_named(file)?;
                self.lines(&at)
            }
            _ => {
                let message = format!("[lists.{name}] has either `values` or a `file`");
                self.missing_key(&entry.span, &message);
                return None;
            }
        };
        if texts.is_empty() {
            let message = format!("nothing is in the list `{name}`");
            let advice = Advice::words("write at least one value, or leave the list out");
            self.report
                .error_with(Code::BadValue, &entry.span, message, advice);
            return None;
        }
        if texts.len() > limits::LIST_ITEMS_MAX {
            let max = limits::LIST_ITEMS_MAX;
            let message = format!("{} items; a list has at most {max}", texts.len());
            self.report.error(Code::TooLarge, &entry.span, message);
            return None;
        }
        if ty == Type::Text {
            let of = format!("lists.{}", entry.name.value);
            self.note(&of, entry.justification.as_ref(), &texts);
        }
        let mut seen = BTreeSet::new();
        for text in texts.iter().filter(|text| !seen.insert(&text.value)) {
            let message = format!("`{}` is in the list twice", text.value.escape_debug());
            let own = self.report.item(&text.span);
            let advice = Advice::words("leave it out").without(own, "it").surely();
            self.report
                .warning(Code::DuplicateId, &text.span, message, advice);
        }
        // Every item is checked, also after one has failed.
        let values: Vec<Option<Value>> = texts.iter().map(|text| self.item(text, ty)).collect();
        values.into_iter().collect()
    }

    /// An item of a list or a cell of a table. A text stands as it is, everything else as in an
    /// expression.
    pub(super) fn item(&mut self, text: &Text, ty: Type) -> Option<Value> {
        if ty != Type::Text {
            return self.constant(text, NameScope::Constant, Some(ty));
        }
        if text.is_bare {
            let message = format!("`{}` stands where a text in quotes is meant", text.value);
            let quoted = format!("\"{}\"", text.value);
            let help = format!("write `{quoted}`, or say of which `type` the values are");
            let advice = Advice::words(help).in_place(&text.value, quoted);
            self.report
                .error_with(Code::WrongTomlType, &text.span, message, advice);
            return None;
        }
        if text.value.len() > limits::ITEM_BYTES_MAX {
            self.not_longer(text, limits::ITEM_BYTES_MAX);
            return None;
        }
        if text.value.trim().is_empty() {
            let own = self.report.item(&text.span);
            let advice = Advice::words("leave it out").without(own, "it");
            self.report
                .error_with(Code::BadValue, &text.span, "an empty text", advice);
            return None;
        }
        Some(Value::Text(text.value.clone()))
    }

    /// The lines of a file that say something, without what surrounds them.
    fn lines(&self, at: &Range<usize>) -> Vec<Text> {
        let content = self.report.source().get(at.clone()).unwrap_or("");
        let mut start = at.start;
        let mut lines = Vec::new();
        for line in content.split('\n') {
            let item = line.trim();
            let from = start + (line.len() - line.trim_start().len());
            if !item.is_empty() && !item.starts_with(COMMENT) {
                lines.push(Text::plain(item, from..from + item.len()));
            }
            start += line.len() + 1;
        }
        lines
    }

    /// Where the content of a file stands that the rule file names.
    pub(super) fn file_named(&mut self, name: &Text) -> Option<Range<usize>> {
        let shown = name.value.escape_debug().to_string();
        if !is_file_name(&name.value) {
            let message = format!("`{shown}` is not the name of a file beside the rule file");
            let help = "a name has letters, digits, `.`, `-` and `_`, with `/` between folders, as in \
                        `common/nsf.toml`";
            self.report
                .error_with(Code::BadName, &name.span, message, help.to_owned());
            return None;
        }
        let (code, message) = match self.sources.find(&name.value) {
            Some(Ok(at)) => {
                self.files_used.insert(name.value.clone());
                return Some(at);
            }
            Some(Err(Unreadable::TooLarge)) => (
                Code::TooLarge,
                format!(
                    "the files beside a rule file have at most {} bytes together",
                    limits::ATTACHMENT_BYTES_MAX
                ),
            ),
            Some(Err(Unreadable::NotText)) => {
                (Code::NotUtf8, format!("`{shown}` is not UTF-8 text"))
            }
            None => (
                Code::UnknownFile,
                format!("there is no file `{shown}` beside the rule file"),
            ),
        };
        let known = self.sources.parts().iter().map(|part| part.name.as_str());
        let near = did_you_mean(&name.value, known).filter(|_| code == Code::UnknownFile);
        let beside = || Advice::words("put it there: a name is looked for from the rule file on");
        let help = near.unwrap_or_else(beside);
        self.report.error_with(code, &name.span, message, help);
        None
    }
}
