//! Checks what a rule file declares: its header, inputs, params, derived values and reasons, and
//! that each is used.

use super::{Checker, Head, Naming};
use crate::features::{Type, Value};
use crate::id::RuleSetName;
use crate::limits;
use crate::rules::currencies;
use crate::rules::diagnostic::{Code, did_you_mean};
use crate::rules::evaluation::RuleSetKind;
use crate::rules::file::{Header, InputEntry, ReasonEntry, RuleFile};
use crate::rules::names::Named;
use crate::rules::node::Source;
use crate::rules::resolve::NameScope;
use crate::rules::rule_set::{BUILT_IN_REASONS, DeclaredInput, RANK_DEFAULT, ReasonText};
use crate::rules::statement::{self, Part, Piece, Statement};
use crate::rules::toml_reader::Text;

impl Checker<'_> {
    pub(super) fn header(&mut self, header: &Header) -> Option<Head> {
        let name = header.name.as_ref().map(|name| self.rule_set_name(name));
        let version = header.version.as_ref().map(|version| self.version(version));
        let kinds = [
            ("credit", RuleSetKind::Credit),
            ("payment", RuleSetKind::Payment),
            ("verification", RuleSetKind::Verification),
        ];
        let kind = header.kind.as_ref();
        let kind = kind.map(|kind| self.word(kind, &kinds, "a kind of rule set"));
        if let Some(currency) = &header.currency {
            self.currency(currency);
        }
        Some(Head {
            name: name??,
            version: version??,
            kind: kind??,
        })
    }

    fn rule_set_name(&mut self, text: &Text) -> Option<RuleSetName> {
        self.well_named(text, Naming::Id)?;
        RuleSetName::parse(&text.value).ok()
    }

    fn version(&mut self, text: &Text) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
        let value = text.value.as_str();
        if value.is_empty() || value.len() > limits::ID_BYTES_MAX || !value.chars().all(plain) {
            let message = "a version has letters, digits, `.`, `-`, `+` and `_`";
            let help = "write it as in `1.0.0`".to_owned();
            self.report
                .error_with(Code::BadName, &text.span, message, help);
            return None;
        }
        Some(value.to_owned())
    }

    fn currency(&mut self, text: &Text) {
        let upper = text.value.to_ascii_uppercase();
        if !currencies::is_known(&upper) {
            let message = format!("`{}` is not a currency", text.value.escape_debug());
            let help = did_you_mean(&upper, currencies::all())
                .unwrap_or_else(|| "write its ISO 4217 code, as in `USD`".to_owned());
            self.report
                .error_with(Code::BadValue, &text.span, message, help);
            return;
        }
        self.currency = upper.parse().ok();
    }

    pub(super) fn inputs(&mut self, entries: &[InputEntry]) -> Vec<DeclaredInput> {
        let types = Type::ALL.map(|ty| (ty.as_str(), ty));
        let mut inputs = Vec::new();
        for entry in entries {
            let named = self.well_named(&entry.name, Naming::Word);
            let ty = entry.ty.as_ref();
            let ty = ty.and_then(|ty| self.word(ty, &types, "a type"));
            let name = entry.name.value.clone();
            let index = inputs.len();
            self.names
                .declare(format!("inputs.{name}"), Named::Input(index, ty));
            let Some((ty, ())) = ty.zip(named) else {
                continue;
            };
            inputs.push(DeclaredInput {
                name,
                ty,
                required: entry.required,
                doc: entry.doc.as_ref().map(|doc| doc.value.clone()),
            });
        }
        inputs
    }

    pub(super) fn params(&mut self, entries: &[(Text, Text)]) -> Vec<(String, Value)> {
        let mut params = Vec::new();
        for (name, text) in entries {
            let named = self.well_named(name, Naming::Word);
            let value = self.constant(text, NameScope::Param, None);
            let full = format!("params.{}", name.value);
            self.names.declare(full, Named::Param(value.clone()));
            params.extend(
                value
                    .zip(named)
                    .map(|(value, ())| (name.value.clone(), value)),
            );
        }
        params
    }

    /// The declared reasons and the built-in ones that are not worded anew.
    pub(super) fn reasons(&mut self, entries: &[ReasonEntry]) {
        for entry in entries {
            self.well_named(&entry.code, Naming::Code);
            let statement = match &entry.statement {
                Some(text) => self.statement(text, &entry.code.value),
                None => Statement::default(),
            };
            self.add_reason(&entry.code.value, statement, entry.rank);
        }
        for (code, statement, rank) in BUILT_IN_REASONS {
            match self.reason_codes.get(*code) {
                Some(&index) => {
                    self.reasons_used.insert(index);
                    let reworded = entries.iter().find(|entry| entry.code.value == *code);
                    let ranked = reworded.is_some_and(|entry| entry.rank.is_some());
                    if let (false, Some(reason)) = (ranked, self.reasons.get_mut(index)) {
                        reason.rank = *rank;
                    }
                }
                None => {
                    let statement = built_in(statement);
                    let index = self.add_reason(code, statement, Some(*rank));
                    self.reasons_used.insert(index);
                }
            }
        }
    }

    fn add_reason(&mut self, code: &str, statement: Statement, rank: Option<i64>) -> usize {
        let index = self.reasons.len();
        self.reasons.push(ReasonText {
            code: code.to_owned(),
            statement,
            rank: rank.unwrap_or(RANK_DEFAULT),
        });
        self.reason_codes.insert(code.to_owned(), index);
        index
    }

    fn statement(&mut self, text: &Text, code: &str) -> Statement {
        self.not_empty(text, "`statement` is what the applicant is told");
        let pieces = match statement::cut(&text.value) {
            Ok(pieces) => pieces,
            Err((span, message)) => {
                let span = text.at(&span);
                self.report.error(Code::UnknownPlaceholder, &span, message);
                return Statement::default();
            }
        };
        let built_in = BUILT_IN_REASONS.iter().any(|(known, ..)| *known == code);
        let parts = pieces
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Text(text) => Some(Part::Text(text)),
                Piece::Name(name, span) => match name.as_str() {
                    "missing" if built_in => Some(Part::Missing),
                    "missing_because" if built_in => Some(Part::MissingBecause),
                    "offer.amount" => Some(Part::OfferAmount),
                    _ => self.placeholder(&name, &text.at(&span)),
                },
            })
            .collect();
        Statement { parts }
    }

    fn placeholder(&mut self, name: &str, span: &std::ops::Range<usize>) -> Option<Part> {
        use crate::features::Scope;
        let (source, ty) = match self.names.find(name) {
            Some(Named::Feature(id, ty, Scope::Household)) => (Source::Feature(id), ty),
            Some(Named::Param(value)) => return value.map(Part::Constant),
            Some(Named::Derive(index, ty)) => (Source::Derive(index), ty?),
            Some(Named::Input(index, ty)) => (Source::Input(index), ty?),
            found @ (Some(
                Named::Feature(..)
                | Named::List(..)
                | Named::Table { .. }
                | Named::Outputs(_)
                | Named::Score
                | Named::BinValue,
            )
            | None) => {
                let name = name.escape_debug().to_string();
                let suggests = self.report.suggests();
                let (message, help) = if found.is_some() {
                    let help = "name a household feature, param, derived value or input";
                    (
                        format!("`{name}` has no one value to tell"),
                        Some(help.to_owned()),
                    )
                } else {
                    (
                        format!("there is no value `{name}`"),
                        suggests.then(|| self.names.suggest(&name)).flatten(),
                    )
                };
                self.report
                    .error_with(Code::UnknownPlaceholder, span, message, help);
                return None;
            }
        };
        Some(Part::Slot(self.slots.named(name, source, ty)))
    }

    /// Warns about what is declared and never used.
    pub(super) fn unused(&mut self, file: &RuleFile) {
        let params = file.params.iter().map(|(name, _)| ("params", name));
        let derive = file.derive.iter().map(|(name, _)| ("derive", name));
        let inputs = file.inputs.iter().map(|input| ("inputs", &input.name));
        let lists = file.lists.iter().map(|list| ("lists", &list.name));
        let tables = file.tables.iter().map(|table| ("tables", &table.name));
        let all = params
            .chain(derive)
            .chain(inputs)
            .chain(lists)
            .chain(tables);
        for (group, name) in all {
            let full = format!("{group}.{}", name.value);
            if !self.names.is_used_in_part(&full) {
                let message = format!("`{}` is never used", full.escape_debug());
                self.report.warning(Code::Unused, &name.span, message, None);
            }
        }
        for entry in &file.reasons {
            let index = self.reason_codes.get(&entry.code.value);
            if index.is_some_and(|index| !self.reasons_used.contains(index)) {
                let message = format!("the reason `{}` is never given", entry.code.value);
                self.report
                    .warning(Code::Unused, &entry.code.span, message, None);
            }
        }
        if let Some(scorecard) = &file.scorecard
            && self.slots.find("score").is_none()
        {
            let help = "use `score` in a rule, [derive], [[offer.tier]] or [approve]".to_owned();
            let message = "the scorecard decides nothing";
            self.report
                .warning(Code::Unused, &scorecard.span, message, help);
        }
    }
}

/// A built-in statement; its only placeholders are the engine's own.
fn built_in(text: &str) -> Statement {
    let pieces = statement::cut(text).unwrap_or_default();
    let parts = pieces.into_iter().map(|piece| match piece {
        Piece::Text(text) => Part::Text(text),
        Piece::Name(name, _) if name == "missing_because" => Part::MissingBecause,
        Piece::Name(..) => Part::OfferAmount,
    });
    Statement {
        parts: parts.collect(),
    }
}
