//! Looks for gaps and overlaps of a table.

use std::ops::Range;

use super::tests_of;
use crate::features::{self, Feature, Scope, Type, Words};
use crate::money::Currency;
use crate::rules::advice::Advice;
use crate::rules::check::Checker;
use crate::rules::diagnostic::Code;
use crate::rules::file::{OtherwiseEntry, TableEntry};
use crate::rules::node::{Applied, Node, Source};
use crate::rules::scalar::{self, WEEKDAYS};
use crate::rules::table::{Hit, Shape, Table, TableInput, Test};
use crate::rules::table_gaps::{self, Class, Domain, Rows, TooMuch};

impl Checker<'_> {
    /// Reports values for which no row holds where there is no `otherwise`, an `otherwise` that is
    /// never reached, and rows that hold of the same values.
    pub(super) fn open_ends(&mut self, table: &Table, entry: &TableEntry) {
        let domains: Vec<Domain> = table.inputs.iter().map(|one| self.domain(one)).collect();
        let found = match &table.shape {
            Shape::Rows { rows, hit } => {
                let tests: Rows<'_> = rows
                    .iter()
                    .map(|row| row.iter().map(|test| &test.passes).collect())
                    .collect();
                let shown = |at: usize| {
                    let row = rows.get(at).map(Vec::as_slice).unwrap_or_default();
                    let texts: Vec<&str> = row.iter().map(|test| test.text.as_str()).collect();
                    texts.join(", ")
                };
                self.overlap(entry, &tests, *hit, "row", &shown)
                    .and_then(|()| table_gaps::gap(&tests, &domains, &mut self.steps))
                    .map(|gap| gap.map(|classes| (0, classes)))
            }
            Shape::Matrix { rows, columns } => self.axes(entry, [rows, columns], &domains),
        };
        let otherwise = entry.otherwise.is_some();
        match found {
            Ok(Some((first, classes))) if !otherwise => self.gap(table, entry, first, &classes),
            Ok(Some(_)) => {}
            Ok(None) if otherwise => {
                let message = "`otherwise` is never reached: the rows leave nothing open";
                let value = entry.otherwise.as_ref().map(|otherwise| match otherwise {
                    OtherwiseEntry::One(text) => &text.span,
                    OtherwiseEntry::Several(row) => &row.span,
                });
                let own = value.and_then(|value| self.report.line_of("otherwise", value));
                let advice = Advice::words("leave it out").without(own, "it");
                self.report
                    .warning(Code::Unreachable, &entry.span, message, advice);
            }
            Ok(None) => {}
            Err(TooMuch) if otherwise => {}
            Err(TooMuch) => {
                let message = "the tables are too large to look for what they leave open";
                let help = "give this one an `otherwise`, or fewer rows".to_owned();
                self.report
                    .error_with(Code::TooLarge, &entry.span, message, help);
            }
        }
    }

    /// The first gap of a matrix: the input, and the values of it.
    fn axes(
        &mut self,
        entry: &TableEntry,
        axes: [&Vec<Test>; 2],
        domains: &[Domain],
    ) -> Result<Option<(usize, Vec<Class>)>, TooMuch> {
        let mut first = None;
        for (input, (tests, what)) in axes.into_iter().zip(["row", "column"]).enumerate() {
            let rows = tests_of(tests);
            let shown = |at: usize| {
                tests
                    .get(at)
                    .map_or(String::new(), |test| test.text.clone())
            };
            self.overlap(entry, &rows, Hit::Unique, what, &shown)?;
            let domain = domains.get(input..).unwrap_or_default();
            let domain = domain.get(..1).unwrap_or_default();
            let gap = table_gaps::gap(&rows, domain, &mut self.steps)?;
            first = first.or(gap.map(|classes| (input, classes)));
        }
        Ok(first)
    }

    /// Reports rows, or columns, that hold of the same values; where the first is taken, those that
    /// are never reached.
    fn overlap(
        &mut self,
        entry: &TableEntry,
        rows: &Rows<'_>,
        hit: Hit,
        what: &str,
        shown: &dyn Fn(usize) -> String,
    ) -> Result<(), TooMuch> {
        let span = entry.span.clone();
        match hit {
            Hit::Unique => {
                for (first, second) in table_gaps::overlaps(rows, &mut self.steps)? {
                    let message = format!(
                        "{what}s {} (`{}`) and {} (`{}`) hold of the same values",
                        first + 1,
                        shown(first),
                        second + 1,
                        shown(second)
                    );
                    let help = if what == "row" && entry.inputs.is_empty() || what == "column" {
                        "let each begin where the one before it ends".to_owned()
                    } else {
                        "part them, or write `hit = \"first\"`".to_owned()
                    };
                    self.report
                        .error_with(Code::TableOverlap, &span, message, help);
                }
            }
            Hit::First => {
                for (first, second) in table_gaps::shadowed(rows, &mut self.steps)? {
                    let message = format!(
                        "row {} (`{}`) is never reached: row {} (`{}`) holds wherever it does",
                        second + 1,
                        shown(second),
                        first + 1,
                        shown(first)
                    );
                    let row = entry
                        .row
                        .get(second)
                        .and_then(|row| self.report.item(&row.span));
                    let advice = Advice::words("leave it out, or put it before").without(row, "it");
                    self.report
                        .warning(Code::Unreachable, &span, message, advice);
                }
            }
        }
        Ok(())
    }

    fn gap(&mut self, table: &Table, entry: &TableEntry, first: usize, classes: &[Class]) {
        let inputs = table.inputs.iter().skip(first).zip(classes);
        let named = inputs.filter(|(_, class)| **class != Class::Any);
        let parts: Vec<String> = named
            .map(|(input, class)| self.in_words(input, class))
            .collect();
        let what = match (&table.shape, first) {
            (Shape::Rows { .. }, _) | (Shape::Matrix { .. }, 0) => "row",
            (Shape::Matrix { .. }, _) => "column",
        };
        let name = &entry.name.value;
        let message = format!(
            "no {what} of `tables.{name}` holds where {}",
            parts.join(" and ")
        );
        let help = format!("add one, or say what holds then: `otherwise = …` in [tables.{name}]");
        let span: Range<usize> = entry.span.clone();
        self.report.error_with(Code::TableGap, &span, message, help);
    }

    fn in_words(&self, input: &TableInput, class: &Class) -> String {
        let name = &input.formula.text;
        let shown = |whole: i64| {
            let currency = self.currency.unwrap_or(Currency::USD);
            let value = scalar::of_whole(whole, input.ty);
            value.map_or(whole.to_string(), |value| {
                value.to_value(currency).to_string()
            })
        };
        match class {
            Class::Any => format!("`{name}` is anything"),
            Class::OtherText => format!("`{name}` is another text"),
            Class::Text(text) => format!("`{name}` is `{}`", text.escape_debug()),
            Class::Range(i64::MIN, i64::MAX) => format!("`{name}` is anything"),
            Class::Range(i64::MIN, high) => format!("`{name}` is at most {}", shown(*high)),
            Class::Range(low, i64::MAX) => format!("`{name}` is at least {}", shown(*low)),
            Class::Range(low, high) if low == high => format!("`{name}` is {}", shown(*low)),
            Class::Range(low, high) => {
                format!("`{name}` is from {} to {}", shown(*low), shown(*high))
            }
        }
    }

    /// What an input may be.
    fn domain(&self, input: &TableInput) -> Domain {
        if let Node::Apply(Applied::Weekday, _) = &input.formula.node {
            return Domain::Words(Some(WEEKDAYS.map(str::to_owned).to_vec()));
        }
        let feature = self.feature_of(&input.formula.node);
        match input.ty {
            Type::Text => Domain::Words(match feature.map(|feature| feature.words) {
                Some(Words::Only(words)) => {
                    Some(words.iter().map(|word| (*word).to_owned()).collect())
                }
                Some(Words::Any | Words::Known(_)) | None => None,
            }),
            Type::Bool => Domain::Ordered(0, 1),
            Type::Money | Type::Count | Type::Days | Type::Ratio | Type::Percent | Type::Date => {
                let range = feature.map_or(features::Range::ANY, Feature::whole_range);
                let (least, most) = (range.least, range.most);
                Domain::Ordered(least.unwrap_or(i64::MIN), most.unwrap_or(i64::MAX))
            }
        }
    }

    /// The feature that an input is, where it is one and nothing else.
    fn feature_of(&self, node: &Node) -> Option<&'static features::Feature> {
        let Node::Slot(slot) = node else {
            return None;
        };
        let Source::Feature(id) = self.slots.get(*slot)?.source else {
            return None;
        };
        let feature = features::table().get(id.index())?;
        (feature.scope == Scope::Household).then_some(feature)
    }
}
