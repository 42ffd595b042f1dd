//! Checks what is computed, derived values and tables, each after what it reads.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, Naming};
use crate::rules::ast::{Expr, ExprKind};
use crate::rules::diagnostic::Code;
use crate::rules::file::TableEntry;
use crate::rules::node::{Node, Source};
use crate::rules::parser;
use crate::rules::resolve::NameScope;
use crate::rules::rule_set::{Computed, Derived};
use crate::rules::table::Table;
use crate::rules::toml_reader::Text;

impl Checker<'_> {
    /// The derived values, the tables, and the order in which each comes after those that it reads.
    pub(super) fn computed(
        &mut self,
        derive: &[(Text, Text)],
        tables: &[TableEntry],
    ) -> (Vec<Derived>, Vec<Table>, Vec<Computed>) {
        for (index, (name, _)) in derive.iter().enumerate() {
            self.well_named(name, Naming::Word);
            self.names.derive_type(&name.value, index, None);
        }
        for (index, entry) in tables.iter().enumerate() {
            self.declare_table(index, entry);
        }
        let order = self.order(derive, tables);
        let mut found: BTreeMap<usize, Derived> = BTreeMap::new();
        let mut checked: BTreeMap<usize, Table> = BTreeMap::new();
        for computed in &order {
            match *computed {
                Computed::Derive(index) => {
                    let derived = derive.get(index).and_then(|one| self.derived(index, one));
                    found.extend(derived.map(|derived| (index, derived)));
                }
                Computed::Table(index) => {
                    let table = tables.get(index).and_then(|one| self.table(index, one));
                    checked.extend(table.map(|table| (index, table)));
                }
            }
        }
        let (found, checked) = (found.into_values(), checked.into_values());
        (found.collect(), checked.collect(), order)
    }

    fn derived(&mut self, index: usize, (name, text): &(Text, Text)) -> Option<Derived> {
        let place = self.anywhere();
        let found = self.formula(text, place, false);
        let ty = found.as_ref().map(|(_, typed)| typed.ty);
        self.names.derive_type(&name.value, index, ty);
        let (formula, typed) = found?;
        let slot = format!("derive.{}", name.value);
        let asked = self.asked_for(&formula.node);
        self.names.rests_on(&slot, asked);
        if self.is_late(&formula.node) {
            self.names.mark_late(slot.clone());
        }
        Some(Derived {
            name: name.value.clone(),
            formula,
            ty: typed.ty,
            slot: self.slots.named(&slot, Source::Derive(index), typed.ty),
        })
    }

    /// Where everything that one application has one of may be named.
    pub(super) fn anywhere(&self) -> NameScope {
        NameScope::Tier {
            scorecard: self.has_score,
        }
    }

    /// Whether a formula rests on the score, itself or through what it reads.
    pub(super) fn is_late(&self, node: &Node) -> bool {
        let mut slots = BTreeSet::new();
        node.slots(&mut slots);
        let mut slots = slots.iter().filter_map(|slot| self.slots.get(*slot));
        slots.any(|slot| slot.source == Source::Score || self.names.is_late(&slot.name))
    }

    fn order(&mut self, derive: &[(Text, Text)], tables: &[TableEntry]) -> Vec<Computed> {
        let all: Vec<(Computed, &Text, Vec<&Text>)> = derive
            .iter()
            .enumerate()
            .map(|(index, (name, text))| (Computed::Derive(index), name, vec![text]))
            .chain(tables.iter().enumerate().map(|(index, table)| {
                let inputs = table.inputs.iter().map(|(_, text)| text);
                let axes = table.rows.iter().chain(&table.columns);
                (
                    Computed::Table(index),
                    &table.name,
                    inputs.chain(axes).collect(),
                )
            }))
            .collect();
        let named = all.iter().map(|(computed, name, _)| match computed {
            Computed::Derive(_) => format!("derive.{}", name.value),
            Computed::Table(_) => format!("tables.{}", name.value),
        });
        let names: Vec<String> = named.collect();
        let index_of: BTreeMap<&str, usize> = names
            .iter()
            .enumerate()
            .map(|(index, name)| (name.as_str(), index))
            .collect();
        let needs = all.iter().map(|(_, _, texts)| {
            let mut found = BTreeSet::new();
            // What does not parse is reported when it is resolved.
            for expr in texts
                .iter()
                .filter_map(|text| parser::parse(&text.value).ok())
            {
                computed_names(&expr, &index_of, &mut found);
            }
            found
        });
        let needs: Vec<BTreeSet<usize>> = needs.collect();
        let order = self.sorted(&all, &needs);
        let place = |index: &usize| all.get(*index).map(|(computed, ..)| *computed);
        order.iter().filter_map(place).collect()
    }

    /// Positions, each after those that it needs.
    fn sorted(
        &mut self,
        entries: &[(Computed, &Text, Vec<&Text>)],
        needs: &[BTreeSet<usize>],
    ) -> Vec<usize> {
        let mut order = Vec::new();
        let mut left: BTreeSet<usize> = (0..entries.len()).collect();
        while !left.is_empty() {
            let ready: Vec<usize> = left
                .iter()
                .copied()
                .filter(|index| {
                    needs
                        .get(*index)
                        .is_none_or(|needs| needs.is_disjoint(&left))
                })
                .collect();
            let next = if ready.is_empty() {
                // Those of a cycle are still looked at, their types unknown.
                self.cycle(entries, needs, &left)
            } else {
                ready
            };
            for index in next {
                left.remove(&index);
                order.push(index);
            }
        }
        order
    }

    /// Reports one cycle among `left`, and says what is in it.
    fn cycle(
        &mut self,
        entries: &[(Computed, &Text, Vec<&Text>)],
        needs: &[BTreeSet<usize>],
        left: &BTreeSet<usize>,
    ) -> Vec<usize> {
        let mut path: Vec<usize> = Vec::new();
        let mut at = left.first().copied();
        while let Some(index) = at.filter(|index| !path.contains(index)) {
            path.push(index);
            let next = needs.get(index);
            at = next.and_then(|needs| needs.intersection(left).next().copied());
        }
        let start = path.iter().position(|index| Some(*index) == at);
        path.drain(..start.unwrap_or(0));
        let names: Vec<&str> = path
            .iter()
            .chain(path.first())
            .filter_map(|index| entries.get(*index))
            .map(|(_, name, _)| name.value.as_str())
            .collect();
        if let Some((_, name, _)) = path.first().and_then(|index| entries.get(*index)) {
            let message = format!("`{}` depends on itself: {}", name.value, names.join(" -> "));
            self.report.error(Code::Cycle, &name.span, message);
        }
        path
    }
}

/// The computed values that an expression names.
fn computed_names(expr: &Expr, index_of: &BTreeMap<&str, usize>, found: &mut BTreeSet<usize>) {
    if let ExprKind::Name(name) = &expr.kind {
        // Of `tables.caps.apr`, the table.
        let table = name
            .match_indices('.')
            .nth(1)
            .map_or(name.len(), |(at, _)| at);
        let whole = name.get(..table).unwrap_or(name);
        found.extend(index_of.get(whole));
    }
    for child in expr.kind.children() {
        computed_names(child, index_of, found);
    }
}
