//! Deep checks: what a rule file says, beyond names and types. Expressions are looked at as sets of
//! the values that they read, each by what it can be at all.
//!
//! Only expressions whose names and types are right are looked at, each for the largest thing that is
//! wrong with it, so that one cause gives one finding.

mod comparisons;
mod conditions;
mod found;
mod logic;
mod order;
mod overlap;
mod prohibited;
mod quotient;
mod read;
mod region;
mod span;
mod statements;
mod windows;

use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

use super::ast::Expr;
use super::diagnostic::{Code, Report};
use super::file::{CharacteristicEntry, RuleFile, TableEntry};
use super::names::Names;
use super::rule_set::{Computed, DeclaredInput, Justified};
use super::toml_reader::Text;
use crate::features::Type;
use crate::money::Currency;
use comparisons::Look;
use found::Found;
use order::Step;
use prohibited::Declared;
pub(super) use prohibited::Noted;
pub(super) use read::Formulas;
use read::{Chosen, Derived, Reader};
use span::Span;
pub(super) use statements::vague_wording;

/// What the checker knows of a file.
pub(super) struct Checked<'f> {
    pub(super) file: &'f RuleFile,
    /// The expressions whose names and types are right, by where they stand.
    pub(super) formulas: &'f Formulas,
    pub(super) names: &'f Names,
    pub(super) inputs: &'f [DeclaredInput],
    pub(super) justified: &'f [Justified],
    pub(super) texts: &'f [Noted],
    /// Derived values and tables, each after those that it reads.
    pub(super) order: &'f [Computed],
    pub(super) currency: Currency,
}

/// Looks at the whole file.
pub(super) fn look(checked: &Checked<'_>, report: &mut Report<'_>) {
    let mut deep = Deep {
        checked,
        reader: Reader {
            names: checked.names,
            inputs: checked.inputs,
            justified: checked.justified,
            currency: checked.currency,
            derived: BTreeMap::new(),
            tables: BTreeMap::new(),
            score: score(checked.file),
            value: None,
            value_expr: None,
        },
        report,
        found: Found::default(),
        read_by: BTreeMap::new(),
        of_the_score: BTreeSet::new(),
    };
    deep.computed();
    deep.rules();
    deep.scorecard();
    deep.end();
    deep.declared();
    for noted in checked.texts {
        prohibited::noted(&deep.reader, deep.report, noted);
    }
    for reason in std::mem::take(&mut deep.of_the_score) {
        deep.read_by.remove(reason);
    }
    let reasons = &checked.file.reasons;
    statements::look(&deep.reader, deep.report, reasons, &deep.read_by);
    let params = checked.file.params.iter();
    let places: BTreeMap<&str, &Text> = params
        .filter_map(|param| Some((&*param.name.value, param.value.as_ref()?)))
        .collect();
    deep.found.report(deep.report, &places);
}

struct Deep<'c, 'r, 's> {
    checked: &'c Checked<'c>,
    reader: Reader<'c>,
    report: &'r mut Report<'s>,
    found: Found,
    /// The expressions that give each reason.
    read_by: BTreeMap<&'c str, Vec<&'c Expr>>,
    /// The reasons of rules that rest on the score, which looks at windows of its own.
    of_the_score: BTreeSet<&'c str>,
}

impl<'c> Deep<'c, '_, '_> {
    fn formula(&self, text: Option<&'c Text>) -> Option<(&'c Text, &'c Expr)> {
        let text = text?;
        Some((text, self.checked.formulas.get(&text.span.start)?))
    }

    /// Looks at an expression; whether it has no finding.
    fn expression(&mut self, text: &'c Text, expr: &'c Expr, may_hold_always: bool) -> bool {
        let before = (self.found.len(), self.report.errors());
        let mut look = Look {
            reader: &self.reader,
            report: self.report,
            found: &mut self.found,
            text,
            may_hold_always,
        };
        look.at(expr);
        prohibited::texts(&self.reader, self.report, text, expr);
        if before != (self.found.len(), self.report.errors()) {
            return false;
        }
        !conditions::look(&self.reader, self.report, text, expr, may_hold_always)
    }

    fn computed(&mut self) {
        let file = self.checked.file;
        for computed in self.checked.order {
            match *computed {
                Computed::Derive(index) => {
                    if let Some((name, text)) = file.derive.get(index) {
                        self.derive(name, text);
                    }
                }
                Computed::Table(index) => {
                    if let Some(entry) = file.tables.get(index) {
                        self.table(entry);
                    }
                }
            }
        }
    }

    fn derive(&mut self, name: &'c Text, text: &'c Text) {
        let Some((text, expr)) = self.formula(Some(text)) else {
            return;
        };
        let Some(known) = self.reader.known(expr) else {
            return;
        };
        let mut windows = BTreeSet::new();
        windows::of(&self.reader, expr, &mut windows);
        let derived = Derived {
            text,
            expr,
            known,
            of_amounts: quotient::of_amounts(&self.reader, expr),
            flow: windows::flow(&self.reader, expr),
            windows,
            justified: prohibited::reads_justified(&self.reader, expr),
        };
        self.reader.derived.insert(&name.value, derived);
        self.expression(text, expr, false);
    }

    /// What the rows of a table are chosen by. What it gives can be anything.
    fn table(&mut self, entry: &'c TableEntry) {
        let mut chosen = Chosen::default();
        let inputs = entry.inputs.iter().map(|(_, text)| text);
        for text in inputs.chain(&entry.rows).chain(&entry.columns) {
            if let Some((text, expr)) = self.formula(Some(text)) {
                windows::of(&self.reader, expr, &mut chosen.windows);
                chosen.justified |= prohibited::reads_justified(&self.reader, expr);
                self.expression(text, expr, false);
            }
        }
        self.reader.tables.insert(&entry.name.value, chosen);
    }

    fn rules(&mut self) {
        let file = self.checked.file;
        let mut sound = Vec::new();
        for rule in &file.rules {
            let Some((text, expr)) = self.formula(rule.when.as_ref()) else {
                continue;
            };
            let except = self.formula(rule.except.as_ref());
            if let Some(reason) = &rule.reason {
                let read_by = self.read_by.entry(&reason.value).or_default();
                read_by.push(expr);
                read_by.extend(except.map(|(_, except)| except));
                if read_by
                    .iter()
                    .any(|expr| self.reader.rests_on_the_score(expr))
                {
                    self.of_the_score.insert(&reason.value);
                }
            }
            let mut is_sound = self.expression(text, expr, false);
            if let Some((text, except)) = except {
                is_sound &= self.expression(text, except, false);
            }
            // Where a rule with an exception fires is more than its condition says.
            if is_sound && rule.except.is_none() {
                sound.push((rule, expr));
            }
        }
        overlap::look(&self.reader, self.report, &sound);
    }

    fn scorecard(&mut self) {
        let Some(scorecard) = &self.checked.file.scorecard else {
            return;
        };
        for entry in &scorecard.characteristics {
            self.characteristic(entry);
        }
    }

    fn characteristic(&mut self, entry: &'c CharacteristicEntry) {
        let Some((text, expr)) = self.formula(entry.value.as_ref()) else {
            return;
        };
        if let Some(reason) = &entry.reason {
            self.read_by.entry(&reason.value).or_default().push(expr);
        }
        self.expression(text, expr, false);
        self.reader.value = self.reader.known(expr);
        self.reader.value_expr = Some(expr);
        let mut sound = self.reader.value.is_some();
        let mut steps = Vec::new();
        for bin in &entry.bins {
            let when = self.formula(bin.when.as_ref());
            sound &= when.is_some() != bin.otherwise;
            if let Some((text, expr)) = when {
                sound &= self.expression(text, expr, false);
            }
            steps.push(Step {
                span: bin.span.clone(),
                when: when.map(|(_, expr)| expr),
                worth: bin
                    .points
                    .as_ref()
                    .map(|(points, _)| Decimal::from(*points)),
            });
        }
        if sound && !order::shadowed(&self.reader, self.report, &steps, "bin") {
            order::not_monotone(&self.reader, self.report, &steps);
        }
        self.reader.value = None;
        self.reader.value_expr = None;
    }

    fn end(&mut self) {
        let file = self.checked.file;
        self.approve();
        let Some(offer) = &file.offer else {
            return;
        };
        if let Some((text, expr)) = self.formula(offer.affordable_payment.as_ref())
            && self.expression(text, expr, false)
        {
            quotient::of_payment(&self.reader, &mut self.found, text, expr);
        }
        let mut steps = Vec::new();
        let mut sound = true;
        let last = offer.tiers.len().saturating_sub(1);
        for (index, tier) in offer.tiers.iter().enumerate() {
            let Some((text, expr)) = self.formula(tier.when.as_ref()) else {
                return;
            };
            sound &= self.expression(text, expr, index == last);
            let rate = self.formula(tier.rate.as_ref());
            let id = tier.id.as_ref();
            steps.push((
                Step {
                    span: id.map_or(text.span.clone(), |id| id.span.clone()),
                    when: Some(expr),
                    worth: rate.and_then(|(_, rate)| self.rate(rate)),
                },
                self.formula(tier.max_amount.as_ref()),
            ));
        }
        self.step(&steps);
        let steps: Vec<Step<'_>> = steps.into_iter().map(|(step, _)| step).collect();
        if sound && !order::shadowed(&self.reader, self.report, &steps, "tier") {
            order::dearer_first(&self.reader, self.report, &steps);
        }
    }

    /// The condition of approval, and the retries that are tried where it does not hold.
    fn approve(&mut self) {
        let file = self.checked.file;
        let approve = file.approve.as_ref();
        let Some((text, expr)) = self.formula(approve.and_then(|entry| entry.when.as_ref())) else {
            return;
        };
        let mut sound = self.expression(text, expr, false);
        let mut steps = vec![Step {
            span: text.span.clone(),
            when: Some(expr),
            worth: None,
        }];
        let last = file.retries.len().saturating_sub(1);
        for (index, retry) in file.retries.iter().enumerate() {
            let Some((text, expr)) = self.formula(retry.when.as_ref()) else {
                return;
            };
            sound &= self.expression(text, expr, index == last);
            for days in [&retry.on, &retry.every] {
                if let Some((text, expr)) = self.formula(days.as_ref()) {
                    self.expression(text, expr, false);
                }
            }
            if let Some(reason) = &retry.reason {
                self.read_by.entry(&reason.value).or_default().push(expr);
            }
            let id = retry.id.as_ref();
            steps.push(Step {
                span: id.map_or(text.span.clone(), |id| id.span.clone()),
                when: Some(expr),
                worth: None,
            });
        }
        if sound {
            order::shadowed(&self.reader, self.report, &steps, "retry");
        }
    }

    fn rate(&self, rate: &Expr) -> Option<Decimal> {
        let percent = self.reader.known(rate)?.ty == Type::Percent;
        percent.then(|| self.reader.constant(rate)).flatten()
    }

    /// A step above the most that a tier offers leaves nothing of what is rounded down to it.
    fn step(&mut self, tiers: &[(Step<'_>, Option<(&Text, &Expr)>)]) {
        let offer = self.checked.file.offer.as_ref();
        let step = self.formula(offer.and_then(|offer| offer.step.as_ref()));
        let Some((text, step)) = step else {
            return;
        };
        let amount = self.reader.constant(step);
        let amounts = tiers
            .iter()
            .filter_map(|(_, max)| self.reader.constant(max.as_ref()?.1));
        if amounts
            .min()
            .zip(amount)
            .is_some_and(|(least, step)| step > least)
        {
            let message =
                "the `step` is above the `max_amount` of a tier, which then offers nothing";
            let help = "amounts are rounded down to a multiple of the step".to_owned();
            self.report
                .error_with(Code::OutOfRange, &text.span, message, help);
        }
    }

    fn declared(&mut self) {
        let file = self.checked.file;
        let inputs = file.inputs.iter().map(|input| Declared {
            group: "inputs",
            name: &input.name,
            doc: input.doc.as_ref(),
            justified: input.justification.is_some(),
        });
        let params = file.params.iter().map(|param| Declared {
            group: "params",
            name: &param.name,
            doc: param.doc.as_ref(),
            justified: param.justification.is_some(),
        });
        let derived = file.derive.iter().map(|(name, _)| Declared {
            group: "derive",
            name,
            doc: None,
            justified: self
                .reader
                .derived
                .get(&*name.value)
                .is_some_and(|derived| derived.justified),
        });
        let lists = file.lists.iter().map(|list| Declared {
            group: "lists",
            name: &list.name,
            doc: None,
            justified: false,
        });
        let tables = file.tables.iter().map(|table| Declared {
            group: "tables",
            name: &table.name,
            doc: None,
            justified: self
                .reader
                .tables
                .get(&*table.name.value)
                .is_some_and(|table| table.justified),
        });
        let computed = derived.chain(lists).chain(tables);
        let all: Vec<Declared<'_>> = inputs.chain(params).chain(computed).collect();
        prohibited::look(self.report, &all);
    }
}

/// The least and the most points of the scorecard; anything where some are wrong.
fn score(file: &RuleFile) -> Span {
    let Some(scorecard) = &file.scorecard else {
        return Span::ANY;
    };
    let base = Span::point(Decimal::from(scorecard.base.0));
    scorecard.characteristics.iter().fold(base, |sum, entry| {
        let missing = entry
            .missing
            .as_ref()
            .and_then(|missing| missing.points.as_ref());
        let bins = entry.bins.iter().filter_map(|bin| bin.points.as_ref());
        let points = bins
            .chain(missing)
            .map(|(points, _)| Span::point(Decimal::from(*points)));
        let own = points.reduce(Span::hull).unwrap_or(Span::ANY);
        sum.add(own)
    })
}
