//! Checks which missing values a rule lets pass, and for which causes.

use std::collections::BTreeSet;

use super::Checker;
use crate::features::{self, BankData, Missing};
use crate::rules::diagnostic::{Code, did_you_mean};
use crate::rules::file::IgnoreEntry;
use crate::rules::node::{Aggregate, Node, SlotId, Slots, Source};
use crate::rules::rule_set::{Derived, Ignored};
use crate::rules::table::Table;
use crate::rules::toml_reader::Text;
use crate::rules::vocabulary;

impl Checker<'_> {
    /// What a rule lets pass that is decided by these conditions.
    pub(super) fn ignored(
        &mut self,
        entry: &IgnoreEntry,
        conditions: Vec<&Node>,
        computed: (&[Derived], &[Table]),
    ) -> Vec<Ignored> {
        let reads = reads(&self.slots, computed, conditions);
        let values = match entry {
            IgnoreEntry::Everything(text) => {
                let message = "`ignore_missing` says which values may be missing, and for which \
                               causes";
                let help = format!(
                    "write `ignore_missing = {}`",
                    filled_in(&reads, &text.value)
                );
                self.report
                    .error_with(Code::BadValue, &text.span, message, help);
                return Vec::new();
            }
            IgnoreEntry::Values(values) => values,
        };
        let mut ignored = Vec::new();
        for (name, causes) in values {
            if !reads.contains(&name.value) {
                self.not_read(name, &reads);
                continue;
            }
            for (cause, because) in causes {
                let found = self.word(
                    cause,
                    &vocabulary::causes(),
                    "a cause for which a value is missing",
                );
                self.not_empty(
                    because,
                    "why a missing value may pass here is told in the trace",
                );
                ignored.extend(found.map(|cause| Ignored {
                    name: name.value.clone(),
                    cause,
                    because: because.value.clone(),
                }));
            }
        }
        ignored
    }

    fn not_read(&mut self, name: &Text, reads: &BTreeSet<String>) {
        let shown = name.value.escape_debug().to_string();
        let all: Vec<&str> = reads.iter().map(String::as_str).collect();
        let help = match did_you_mean(&shown, all.iter().copied()) {
            Some(near) => near,
            None if all.is_empty() => "it reads no value that may be missing".to_owned(),
            None => format!("it reads `{}`", all.join("`, `")),
        };
        let message = format!("this rule does not read `{shown}`");
        self.report
            .error_with(Code::UnknownName, &name.span, message, help);
    }
}

/// The form with values and causes, for a rule that reads these.
fn filled_in(reads: &BTreeSet<String>, because: &str) -> String {
    let values = reads.iter().map(|name| {
        let cause = usual_cause(name).as_str();
        format!(
            "\"{name}\" = {{ {cause} = \"{}\" }}",
            because.escape_debug()
        )
    });
    let values: Vec<String> = values.collect();
    format!("{{ {} }}", values.join(", "))
}

/// A cause for which such a value is usually missing.
fn usual_cause(name: &str) -> Missing {
    match features::find(name) {
        Some((_, feature)) if feature.window_days().is_some() => Missing::HistoryTooShort,
        Some((_, feature)) if feature.asks_for() != BankData::None => Missing::NoBasis,
        Some(_) => Missing::NotProvided,
        None if name.starts_with("inputs.") => Missing::NotProvided,
        // A forecast.
        None => Missing::OutsideForecast,
    }
}

/// The names of what conditions read in the end, as they are told where they are missing. What the
/// score rests on is not among them: a characteristic says itself what a missing value is worth.
fn reads<'n>(
    slots: &'n Slots,
    (derive, tables): (&'n [Derived], &'n [Table]),
    conditions: Vec<&'n Node>,
) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut seen: BTreeSet<SlotId> = BTreeSet::new();
    let mut left = conditions;
    while let Some(node) = left.pop() {
        let mut direct = BTreeSet::new();
        node.slots(&mut direct);
        forecasts_in(node, &mut names);
        for slot in direct.into_iter().filter(|slot| seen.insert(*slot)) {
            let Some(known) = slots.get(slot) else {
                continue;
            };
            match known.source {
                Source::Input(_) => {
                    names.insert(known.name.clone());
                }
                Source::Feature(_) => {
                    let mut found = BTreeSet::new();
                    slots.features(slot, &mut found);
                    names.extend(found.into_iter().map(str::to_owned));
                }
                Source::Aggregate(index) => {
                    let aggregate = slots.aggregates.get(index).into_iter();
                    left.extend(aggregate.flat_map(Aggregate::nodes));
                    let mut found = BTreeSet::new();
                    slots.features(slot, &mut found);
                    names.extend(found.into_iter().map(str::to_owned));
                }
                Source::Forecast(index) => left.extend(slots.forecasts.get(index)),
                Source::Derive(index) => {
                    left.extend(derive.get(index).map(|derived| &derived.formula.node));
                }
                Source::Row(index) | Source::Cell(index, _) => {
                    left.extend(tables.get(index).into_iter().flat_map(Table::nodes));
                }
                Source::Score | Source::Offer(_) | Source::BinValue => {}
            }
        }
    }
    names
}

fn forecasts_in(node: &Node, names: &mut BTreeSet<String>) {
    node.each(&mut |node| {
        if let Node::Forecast { function, .. } = node {
            names.insert(function.as_str().to_owned());
            names.insert(features::DEBIT_ACCOUNT.to_owned());
        }
    });
}
