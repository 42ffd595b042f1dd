//! What a rule file declares, for whoever helps to write it: as far as it can be read.

use std::ops::Range;

use super::{Checker, Depth};
use crate::features::{Type, Value};
use crate::limits;
use crate::money::Currency;
use crate::rules::attachments::{Attachments, Sources};
use crate::rules::diagnostic::Report;
use crate::rules::file::{self, InputEntry, ListEntry, ParamEntry, RuleFile, TableEntry};
use crate::rules::names::Named;
use crate::rules::rendered::NamedSource;
use crate::rules::rule_set::BUILT_IN_REASONS;
use crate::rules::toml_reader::Text;

/// What a rule file declares with its fragments, right or wrong.
#[derive(Debug, Default)]
pub struct Declarations {
    /// In the order of the tables of the format, each in the order of the file.
    pub all: Vec<Declaration>,
    /// The currency of the rule set, where it is known.
    pub currency: Option<Currency>,
    /// Whether it has a scorecard, so that `score` can be read.
    pub has_score: bool,
    /// The table of the file that names the rule set.
    pub head: Option<Range<usize>>,
    /// What can give a reason, each with the table that it stands in.
    pub sources: Vec<(NamedSource, DeclarationPlace)>,
}

impl Declarations {
    /// What has that name.
    pub fn find(&self, name: &str) -> Option<&Declaration> {
        self.all.iter().find(|one| one.name == name)
    }
}

/// Something that has a name in a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// What it is.
    pub kind: DeclarationKind,
    /// As it is read: `params.nsf_days_max`, `tables.price.apr`; of a reason its code.
    pub name: String,
    /// Where its name stands; `None` of a reason that every rule set has.
    pub place: Option<DeclarationPlace>,
    /// Its type, where it has one and that is right.
    pub ty: Option<Type>,
    /// What it is, as written: a constant, an expression, a statement.
    pub written: Option<String>,
    /// Where the value of a param stands, in bytes of the file that its name is in, quotes included.
    pub value_at: Option<Range<usize>>,
    /// The least that it can be, as written.
    pub min: Option<String>,
    /// The most that it can be, as written.
    pub max: Option<String>,
    /// The texts that it can be, where they are listed.
    pub values: Vec<String>,
    /// What its authors say that it means.
    pub doc: Option<String>,
}

/// Where something is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclarationPlace {
    /// The file, where that is not the rule file itself but one that it imports.
    pub file: Option<String>,
    /// The name there, in bytes.
    pub span: Range<usize>,
}

/// What a declaration is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclarationKind {
    /// What a caller may send.
    Input,
    /// A constant.
    Param,
    /// A computed value.
    Derived,
    /// Values to look for.
    List,
    /// Values chosen by rows and columns, or one of them.
    Table,
    /// What an applicant is told.
    Reason,
}

/// What a rule file declares, also where it is not right yet, or no TOML in places.
pub fn declarations(source: &str, attachments: &Attachments) -> Declarations {
    if source.len() > limits::RULE_FILE_BYTES_MAX {
        return Declarations::default();
    }
    let sources = Sources::new(source, attachments);
    let mut report = Report::unread(&sources);
    let mut file = file::read_in_part(source.len(), &mut report);
    let mut checker = Checker::new(report, &sources, file.scorecard.is_some(), Depth::Names);
    checker.imports(&mut file);
    checker.declared(&file)
}

impl Checker<'_> {
    fn declared(mut self, file: &RuleFile) -> Declarations {
        self.header(&file.header);
        self.inputs(&file.inputs);
        self.params(&file.params);
        self.slots.lists = self.lists(&file.lists);
        self.computed(&file.derive, &file.tables);
        let mut all: Vec<Declaration> = Vec::new();
        all.extend(file.inputs.iter().map(|input| self.input_declared(input)));
        all.extend(file.params.iter().map(|param| self.param_declared(param)));
        all.extend(file.derive.iter().map(|(name, text)| Declaration {
            written: said(Some(text)),
            ..self.declaration(DeclarationKind::Derived, "derive.", name)
        }));
        all.extend(file.lists.iter().map(|list| self.list_declared(list)));
        all.extend(file.tables.iter().flat_map(|one| self.table_declared(one)));
        all.extend(file.reasons.iter().map(|reason| Declaration {
            written: said(reason.statement.as_ref()),
            ..self.declaration(DeclarationKind::Reason, "", &reason.code)
        }));
        for (code, statement, _) in BUILT_IN_REASONS {
            if !file.reasons.iter().any(|one| one.code.value == *code) {
                all.push(Declaration {
                    written: Some((*statement).to_owned()),
                    ..Declaration::new(DeclarationKind::Reason, (*code).to_owned())
                });
            }
        }
        Declarations {
            all,
            currency: self.currency,
            has_score: self.has_score,
            head: Some(file.header.span.clone()).filter(|span| !span.is_empty()),
            sources: self.sources(file),
        }
    }

    /// What can give a reason and has a table of its own.
    fn sources(&self, file: &RuleFile) -> Vec<(NamedSource, DeclarationPlace)> {
        let named = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone());
        let rules = file.rules.iter().filter_map(|rule| {
            let source = NamedSource::Rule(named(&rule.id)?);
            Some((source, &rule.span))
        });
        let scored = file.scorecard.iter().flat_map(|one| &one.characteristics);
        let scored = scored.filter_map(|one| {
            let source = NamedSource::Characteristic(named(&one.name)?);
            Some((source, &one.span))
        });
        let retries = file.retries.iter().filter_map(|retry| {
            let source = NamedSource::Retry(named(&retry.id)?);
            Some((source, &retry.span))
        });
        let offer = file.offer.iter().map(|one| (NamedSource::Offer, &one.span));
        let approve = file.approve.iter();
        let approve = approve.map(|one| (NamedSource::Approve, &one.span));
        let all = rules.chain(scored).chain(retries).chain(offer);
        let placed = all.chain(approve).map(|(source, span)| {
            let (file, span) = self.report.placed(span);
            (source, DeclarationPlace { file, span })
        });
        placed.collect()
    }

    /// What has this name in a group, by what the checker found out about it.
    fn declaration(&self, kind: DeclarationKind, group: &str, name: &Text) -> Declaration {
        let full = format!("{group}{}", name.value);
        let (file, span) = self.report.placed(&name.span);
        Declaration {
            place: Some(DeclarationPlace { file, span }),
            ty: self.names.declared(&full).and_then(type_of),
            ..Declaration::new(kind, full)
        }
    }

    fn input_declared(&self, input: &InputEntry) -> Declaration {
        let values = input.values.iter().flatten();
        Declaration {
            written: input.default.as_ref().map(|text| text.value.clone()),
            min: said(input.min.as_ref()),
            max: said(input.max.as_ref()),
            values: values.map(|text| text.value.clone()).collect(),
            doc: said(input.doc.as_ref()),
            ..self.declaration(DeclarationKind::Input, "inputs.", &input.name)
        }
    }

    fn param_declared(&self, param: &ParamEntry) -> Declaration {
        let value = param.value.as_ref();
        Declaration {
            written: said(value),
            value_at: value.map(|text| self.report.placed(&text.span).1),
            min: said(param.min.as_ref()),
            max: said(param.max.as_ref()),
            doc: said(param.doc.as_ref()),
            ..self.declaration(DeclarationKind::Param, "params.", &param.name)
        }
    }

    fn list_declared(&self, list: &ListEntry) -> Declaration {
        let values = list.values.iter().flatten();
        Declaration {
            written: said(list.file.as_ref()),
            values: values.map(|text| text.value.clone()).collect(),
            ..self.declaration(DeclarationKind::List, "lists.", &list.name)
        }
    }

    /// A table, and what it gives where that has names.
    fn table_declared(&self, table: &TableEntry) -> Vec<Declaration> {
        let group = format!("tables.{}.", table.name.value);
        let whole = Declaration {
            written: said(table.file.as_ref()),
            ..self.declaration(DeclarationKind::Table, "tables.", &table.name)
        };
        let outputs = table.outputs.iter();
        let outputs =
            outputs.map(|(name, _)| self.declaration(DeclarationKind::Table, &group, name));
        [whole].into_iter().chain(outputs).collect()
    }
}

impl Declaration {
    fn new(kind: DeclarationKind, name: String) -> Self {
        Self {
            kind,
            name,
            place: None,
            ty: None,
            written: None,
            value_at: None,
            min: None,
            max: None,
            values: Vec::new(),
            doc: None,
        }
    }
}

fn said(text: Option<&Text>) -> Option<String> {
    text.map(|text| text.value.trim().to_owned())
}

fn type_of(named: &Named) -> Option<Type> {
    match named {
        Named::Param(value) => value.as_ref().map(Value::ty),
        Named::Derive(_, ty)
        | Named::Input(_, ty)
        | Named::List(_, ty)
        | Named::Table { ty, .. } => *ty,
        Named::Feature(_, ty, _) => Some(*ty),
        Named::Offer(value) => Some(value.ty()),
        Named::Outputs(_) | Named::Score | Named::BinValue => None,
    }
}
