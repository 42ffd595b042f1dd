//! Lists, tables and rules on the score against what reading them naively gives.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::generate::{Facts, facts, given};
use super::naive::{Naive, naive};
use crate::rules::tests::*;

/// A test of a cell: as written, and what it lets pass.
#[derive(Debug, Clone)]
struct Cell {
    written: String,
    passes: Passes,
}

#[derive(Debug, Clone)]
enum Passes {
    Any,
    Between(i64, i64),
    OneOf(Vec<&'static str>),
}

impl Cell {
    /// `None` where that cannot be known.
    fn holds(&self, value: Option<&Naive>) -> Option<bool> {
        match (&self.passes, value) {
            (Passes::Any, _) => Some(true),
            (_, None) => None,
            (Passes::Between(low, high), Some(Naive::Number(_, number))) => {
                Some(*number >= Decimal::from(*low) && *number <= Decimal::from(*high))
            }
            (Passes::OneOf(texts), Some(Naive::Text(text))) => {
                Some(texts.iter().any(|one| one == text))
            }
            other => panic!("{other:?} do not go together"),
        }
    }
}

fn of_counts() -> BoxedStrategy<Cell> {
    let cell = |written: String, low, high| Cell {
        written,
        passes: Passes::Between(low, high),
    };
    prop_oneof![
        Just(Cell {
            written: "*".to_owned(),
            passes: Passes::Any
        }),
        (-3_i64..20).prop_map(move |at| cell(at.to_string(), at, at)),
        (-3_i64..20).prop_map(move |at| cell(format!("< {at}"), i64::MIN, at - 1)),
        (-3_i64..20).prop_map(move |at| cell(format!(">={at}"), at, i64::MAX)),
        (-3_i64..20, 0_i64..9).prop_map(move |(low, more)| cell(
            format!("{low}..{}", low + more),
            low,
            low + more
        )),
    ]
    .boxed()
}

fn of_texts() -> BoxedStrategy<Cell> {
    let texts = proptest::sample::subsequence(vec!["a", "b", "aa", "ab", "bb"], 1..4);
    prop_oneof![
        1 => Just(Cell { written: "*".to_owned(), passes: Passes::Any }),
        3 => texts.prop_map(|texts| Cell {
            written: texts.join(" | "),
            passes: Passes::OneOf(texts),
        }),
    ]
    .boxed()
}

fn fact<'f>(facts: &'f BTreeMap<&'static str, Vec<Naive>>, name: &str) -> Option<&'f Naive> {
    facts.get(name)?.first()
}

/// The facts that are known.
fn known(facts: &Facts) -> BTreeMap<&'static str, Vec<Naive>> {
    let known = facts.iter().map(|(name, slots)| {
        let values = slots.iter().filter_map(|slot| slot.as_ref().ok());
        (*name, values.map(naive).collect())
    });
    known.collect()
}

fn derived(source: &str, facts: &Facts) -> Option<Naive> {
    let bundle = publish(source);
    let again = Bundle::from_bytes(bundle.bytes()).unwrap();
    let found = decide(&again, &given(facts), &application());
    found.derived[0].1.as_ref().ok().map(naive)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_first_row_that_holds_is_the_one_that_reading_down_finds(
        rows in prop::collection::vec((of_counts(), of_texts(), of_counts()), 1..6),
        facts in facts(),
    ) {
        let written: Vec<String> = rows
            .iter()
            .enumerate()
            .map(|(index, (a, b, c))| format!(
                "{{ a = '{}', b = '{}', c = '{}', row = {index} }}",
                a.written, b.written, c.written
            ))
            .collect();
        let source = payment(&format!(
            "[derive]\nit = 'tables.t'\n[tables.t]\nhit = 'first'\notherwise = '99'\n\
             outputs = {{ row = 'count' }}\n\
             inputs = {{ a = 'income.streams', b = 'application.purpose', c = 'nsf.event_days_90d' }}\n\
             row = [{}]\n",
            written.join(", ")
        ));
        let known = known(&facts);
        let (a, b, c) = (
            fact(&known, "income.streams"),
            fact(&known, "application.purpose"),
            fact(&known, "nsf.event_days_90d"),
        );
        let mut expected = Some(99);
        for (index, row) in rows.iter().enumerate() {
            let each = [row.0.holds(a), row.1.holds(b), row.2.holds(c)];
            if each.contains(&Some(false)) {
                continue;
            }
            let unknown = each.contains(&None);
            expected = (!unknown).then(|| i64::try_from(index).unwrap());
            break;
        }
        let expected = expected.map(|row| naive(&Value::Count(row)));
        prop_assert_eq!(derived(&source, &facts), expected, "{}", source);
    }

    #[test]
    fn a_matrix_gives_what_counting_rows_and_columns_gives(
        rows in prop::collection::btree_set(-3_i64..40, 1..5),
        columns in prop::collection::btree_set(0_i64..9_000, 1..5),
        facts in facts(),
    ) {
        // Each row and column reaches to where the next one begins; before the first there is none.
        let ends = |starts: &std::collections::BTreeSet<i64>| -> Vec<(i64, Option<i64>)> {
            let all: Vec<i64> = starts.iter().copied().collect();
            let next = all.iter().skip(1).map(|next| Some(*next)).chain([None]);
            all.iter().copied().zip(next.collect::<Vec<_>>()).collect()
        };
        let test = |(from, next): (i64, Option<i64>), unit: &str, least: i64| match next {
            Some(next) if unit.is_empty() => format!("{from}..{}", next - least),
            Some(next) => format!("{from} usd..{}.99 usd", next - 1),
            None => format!(">= {from}{unit}"),
        };
        let (heads, sides) = (ends(&columns), ends(&rows));
        let head: Vec<String> = heads.iter().map(|one| format!("'{}'", test(*one, " usd", 0))).collect();
        let mut number = 0;
        let body: Vec<String> = sides
            .iter()
            .map(|side| {
                let cells: Vec<String> = heads.iter().map(|_| { number += 1; format!("'{number}'") }).collect();
                format!("['{}', {}]", test(*side, "", 1), cells.join(", "))
            })
            .collect();
        let source = payment(&format!(
            "[derive]\nit = 'tables.t'\n[tables.t]\nrows = 'income.streams'\ncolumns = 'balance.current'\n\
             type = 'count'\notherwise = '0'\ncells = [['', {}], {}]\n",
            head.join(", "), body.join(", ")
        ));
        let known = known(&facts);
        let at = |name: &str, starts: &std::collections::BTreeSet<i64>, scale: i64| {
            fact(&known, name).map(|value| {
                let Naive::Number(_, number) = value else { panic!("{value:?}") };
                starts.iter().filter(|start| *number >= Decimal::from(**start * scale)).count()
            })
        };
        let row = at("income.streams", &rows, 1);
        let column = at("balance.current", &columns, 100);
        let expected = match (row, column) {
            (Some(0), _) | (_, Some(0)) => Some(0),
            (Some(row), Some(column)) => Some((row - 1) * columns.len() + column),
            _ => None,
        };
        let expected = expected.map(|cell| naive(&Value::Count(i64::try_from(cell).unwrap())));
        prop_assert_eq!(derived(&source, &facts), expected, "{}", source);
    }

    #[test]
    fn a_value_is_in_a_list_where_one_of_it_is_equal(
        values in prop::collection::vec(-4_i64..40, 1..20),
        negated in any::<bool>(),
        facts in facts(),
    ) {
        let items: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
        let not = if negated { "not " } else { "" };
        let source = payment(&format!(
            "[derive]\nit = 'income.streams {not}in lists.it'\n[lists.it]\ntype = 'count'\nvalues = [{}]\n",
            items.join(", ")
        ));
        let known = known(&facts);
        let expected = fact(&known, "income.streams").map(|value| {
            let is = |one: &i64| *value == naive(&Value::Count(*one));
            Naive::Bool(values.iter().any(is) != negated)
        });
        prop_assert_eq!(derived(&source, &facts), expected);
    }

    #[test]
    fn a_rule_on_the_score_is_one_on_its_points(
        bounds in prop::collection::vec((-4_i64..40, -50_i64..50), 1..4),
        least in -60_i64..60,
        except in any::<bool>(),
        facts in facts(),
    ) {
        let bins: Vec<String> = bounds
            .iter()
            .map(|(bound, points)| format!("{{ when = 'value >= {bound}', points = {points} }}"))
            .collect();
        let except_text = if except { "except = 'income.stopped'\n" } else { "" };
        let source = payment(&format!(
            "[scorecard]\nbase = 0\n[[scorecard.characteristic]]\nname = 'a'\nvalue = 'income.streams'\n\
             reason = 'WHY'\nbins = [{}, {{ otherwise = true, points = 0 }}]\n\
             [derive]\nlate = 'score - {}'\n\
             [[rule]]\nid = 'it'\nwhen = 'derive.late < 0'\n{except_text}then = 'decline'\nreason = 'WHY'\n\
             [reasons.WHY]\nstatement = 'x'\n",
            bins.join(", "), format!("({least})").replace("(-", "(0 - ")
        ));
        let known = known(&facts);
        let low = fact(&known, "income.streams").map(|value| {
            let Naive::Number(_, number) = value else { panic!("{value:?}") };
            let bin = bounds.iter().find(|(bound, _)| *number >= Decimal::from(*bound));
            bin.map_or(0, |(_, points)| *points) < least
        });
        let stopped = if except { fact(&known, "income.stopped").map(|value| *value == Naive::Bool(true)) } else { Some(false) };
        let expected = match (low, stopped) {
            (Some(false), _) | (_, Some(true)) => Outcome::Approve,
            (Some(true), Some(false)) => Outcome::Decline,
            _ => Outcome::Refer,
        };
        let found = decide(&publish(&source), &given(&facts), &application());
        prop_assert_eq!(found.outcome, expected, "{}", source);
    }
}
