//! Whether the rows of a table leave nothing open and do not contradict each other: exact, over the
//! ranges and words that their tests name.

use super::table::Passes;

/// What a value may be.
#[derive(Debug, Clone)]
pub(super) enum Domain {
    /// Integers from the one to the other, in the unit of the type.
    Ordered(i64, i64),
    /// Texts: these alone, or any.
    Words(Option<Vec<String>>),
}

/// Values that the tests of a column treat alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Class {
    /// Integers, both ends included.
    Range(i64, i64),
    /// A text.
    Text(String),
    /// Every text that no test names.
    OtherText,
    /// Whatever it is.
    Any,
}

/// More work than may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMuch;

/// Steps that may be spent on tables of one file.
#[derive(Debug)]
pub(super) struct Steps(pub(super) usize);

impl Steps {
    fn spend(&mut self, steps: usize) -> Result<(), TooMuch> {
        self.0 = self.0.checked_sub(steps).ok_or(TooMuch)?;
        Ok(())
    }
}

/// Rows of tests, one for each input.
pub(super) type Rows<'t> = Vec<Vec<&'t Passes>>;

/// Values for which no row holds, by input; `None` where there are none.
pub(super) fn gap(
    rows: &Rows<'_>,
    domains: &[Domain],
    steps: &mut Steps,
) -> Result<Option<Vec<Class>>, TooMuch> {
    let all: Vec<&Vec<&Passes>> = rows.iter().collect();
    uncovered(&all, domains, 0, steps)
}

fn uncovered(
    rows: &[&Vec<&Passes>],
    domains: &[Domain],
    input: usize,
    steps: &mut Steps,
) -> Result<Option<Vec<Class>>, TooMuch> {
    steps.spend(rows.len().saturating_add(1))?;
    if rows.is_empty() {
        let open = domains.iter().skip(input).map(|_| Class::Any);
        return Ok(Some(open.collect()));
    }
    let takes_all = |row: &&Vec<&Passes>| row.iter().skip(input).all(|test| **test == Passes::Any);
    let Some(domain) = domains.get(input) else {
        return Ok(None);
    };
    if rows.iter().any(takes_all) {
        return Ok(None);
    }
    let tests: Vec<&Passes> = rows
        .iter()
        .filter_map(|row| row.get(input).copied())
        .collect();
    for class in classes(&tests, domain) {
        let inside = rows
            .iter()
            .zip(&tests)
            .filter(|(_, test)| takes(test, &class));
        let inside: Vec<&Vec<&Passes>> = inside.map(|(row, _)| *row).collect();
        if let Some(mut open) = uncovered(&inside, domains, input + 1, steps)? {
            open.insert(0, class);
            return Ok(Some(open));
        }
    }
    Ok(None)
}

/// The classes into which the tests of one column part its values.
fn classes(tests: &[&Passes], domain: &Domain) -> Vec<Class> {
    match domain {
        Domain::Ordered(low, high) => {
            let mut starts = vec![*low];
            for test in tests {
                if let Passes::Ranges(ranges) = test {
                    let bounds = ranges.iter();
                    starts.extend(
                        bounds
                            .flat_map(|(from, to)| [Some(*from), to.checked_add(1)])
                            .flatten(),
                    );
                }
            }
            starts.retain(|start| (low..=high).contains(&start));
            starts.sort_unstable();
            starts.dedup();
            let ends = starts.iter().skip(1).map(|next| next - 1).chain([*high]);
            let ends: Vec<i64> = ends.collect();
            let ranges = starts.into_iter().zip(ends);
            ranges.map(|(from, to)| Class::Range(from, to)).collect()
        }
        Domain::Words(Some(words)) => words.iter().cloned().map(Class::Text).collect(),
        Domain::Words(None) => {
            let named = tests.iter().flat_map(|test| match test {
                Passes::Texts(texts) => texts.as_slice(),
                Passes::Any | Passes::Ranges(_) => &[],
            });
            let mut named: Vec<Class> = named.cloned().map(Class::Text).collect();
            named.push(Class::OtherText);
            named
        }
    }
}

/// Whether a test lets a whole class pass: it parts none.
fn takes(test: &Passes, class: &Class) -> bool {
    match (test, class) {
        (Passes::Any, _) => true,
        (Passes::Ranges(ranges), Class::Range(from, _)) => ranges
            .iter()
            .any(|(low, high)| (low..=high).contains(&from)),
        (Passes::Texts(texts), Class::Text(text)) => texts.contains(text),
        (Passes::Ranges(_), Class::Text(_) | Class::OtherText | Class::Any)
        | (Passes::Texts(_), Class::Range(..) | Class::OtherText | Class::Any) => false,
    }
}

/// The first pair of rows that hold of the same values, the earlier first.
pub(super) fn overlaps(rows: &Rows<'_>, steps: &mut Steps) -> Result<Vec<(usize, usize)>, TooMuch> {
    pairs(rows, steps, |earlier, later| {
        earlier.iter().zip(later).all(|(a, b)| meet(a, b))
    })
}

/// The rows that hold of nothing of which not an earlier one holds already, each behind that one.
pub(super) fn shadowed(rows: &Rows<'_>, steps: &mut Steps) -> Result<Vec<(usize, usize)>, TooMuch> {
    pairs(rows, steps, |earlier, later| {
        earlier.iter().zip(later).all(|(a, b)| contains(a, b))
    })
}

/// For each row the first earlier one of which something is true.
fn pairs(
    rows: &Rows<'_>,
    steps: &mut Steps,
    is: impl Fn(&[&Passes], &[&Passes]) -> bool,
) -> Result<Vec<(usize, usize)>, TooMuch> {
    let mut found = Vec::new();
    for (at, later) in rows.iter().enumerate() {
        steps.spend(at)?;
        let mut earlier = rows.iter().take(at);
        if let Some(first) = earlier.position(|earlier| is(earlier, later)) {
            found.push((first, at));
        }
    }
    Ok(found)
}

fn meet(left: &Passes, right: &Passes) -> bool {
    match (left, right) {
        (Passes::Any, _) | (_, Passes::Any) => true,
        (Passes::Ranges(left), Passes::Ranges(right)) => left
            .iter()
            .any(|(a, b)| right.iter().any(|(c, d)| a <= d && c <= b)),
        (Passes::Texts(left), Passes::Texts(right)) => left.iter().any(|text| right.contains(text)),
        (Passes::Ranges(_), Passes::Texts(_)) | (Passes::Texts(_), Passes::Ranges(_)) => false,
    }
}

fn contains(outer: &Passes, inner: &Passes) -> bool {
    match (outer, inner) {
        (Passes::Any, _) => true,
        (Passes::Ranges(outer), Passes::Ranges(inner)) => inner
            .iter()
            .all(|(c, d)| outer.iter().any(|(a, b)| a <= c && d <= b)),
        (Passes::Texts(outer), Passes::Texts(inner)) => {
            inner.iter().all(|text| outer.contains(text))
        }
        (Passes::Ranges(_) | Passes::Texts(_), Passes::Any)
        | (Passes::Ranges(_), Passes::Texts(_))
        | (Passes::Texts(_), Passes::Ranges(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOW: i64 = 0;
    const HIGH: i64 = 7;

    fn passes() -> impl Strategy<Value = Passes> {
        let range = (LOW..=HIGH, LOW..=HIGH).prop_map(|(a, b)| (a.min(b), a.max(b)));
        prop_oneof![
            1 => Just(Passes::Any),
            4 => prop::collection::vec(range, 1..3).prop_map(Passes::Ranges),
        ]
    }

    fn holds(row: &[Passes], point: (i64, i64)) -> bool {
        let inside = |test: &Passes, at: i64| match test {
            Passes::Any => true,
            Passes::Ranges(ranges) => ranges.iter().any(|(a, b)| (*a..=*b).contains(&at)),
            Passes::Texts(_) => false,
        };
        inside(&row[0], point.0) && inside(&row[1], point.1)
    }

    proptest! {
        #[test]
        fn gaps_and_overlaps_are_those_that_counting_finds(
            rows in prop::collection::vec(prop::collection::vec(passes(), 2..=2), 0..6),
        ) {
            let points = || (LOW..=HIGH).flat_map(|a| (LOW..=HIGH).map(move |b| (a, b)));
            let tests: Rows<'_> = rows.iter().map(|row| row.iter().collect()).collect();
            let domains = vec![Domain::Ordered(LOW, HIGH); 2];
            let mut steps = Steps(1_000_000);
            let open = gap(&tests, &domains, &mut steps).unwrap();
            let free = |point| !rows.iter().any(|row| holds(row, point));
            prop_assert_eq!(open.is_some(), points().any(free));
            if let Some(classes) = open {
                let first = |class: &Class| match class {
                    Class::Range(from, to) => vec![*from, *to],
                    Class::Text(_) | Class::OtherText | Class::Any => vec![LOW, HIGH],
                };
                for a in first(&classes[0]) {
                    for b in first(&classes[1]) {
                        prop_assert!(free((a, b)), "{:?}", (a, b));
                    }
                }
            }
            let found = overlaps(&tests, &mut steps).unwrap();
            for later in 0..rows.len() {
                let meets = |earlier: &usize| {
                    points().any(|point| holds(&rows[*earlier], point) && holds(&rows[later], point))
                };
                let expected = (0..later).find(meets).map(|earlier| (earlier, later));
                prop_assert_eq!(found.iter().find(|pair| pair.1 == later).copied(), expected);
            }
            for (earlier, later) in shadowed(&tests, &mut steps).unwrap() {
                let inside = points().filter(|point| holds(&rows[later], *point));
                prop_assert!(inside.into_iter().all(|point| holds(&rows[earlier], point)));
            }
        }
    }

    #[test]
    fn texts_are_open_or_closed() {
        let one = Passes::Texts(vec!["a".to_owned()]);
        let rows: Rows<'_> = vec![vec![&one]];
        let gap_of = |words: Option<Vec<String>>| {
            gap(&rows, &[Domain::Words(words)], &mut Steps(100)).unwrap()
        };
        assert_eq!(gap_of(None), Some(vec![Class::OtherText]));
        assert_eq!(gap_of(Some(vec!["a".to_owned()])), None);
        let two = Some(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(gap_of(two), Some(vec![Class::Text("b".to_owned())]));
        assert_eq!(
            gap(&rows, &[Domain::Words(None)], &mut Steps(1)),
            Err(TooMuch)
        );
    }
}
