//! The outcome for each answer: the answers to each question in stretches, and what comes of each
//! combination of them.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::{Axis, Means};
use super::explorer::{self, Cell, Explorer, GivenUp};
use super::fact::{Answers, Fact};
use crate::limits;
use crate::rules::debits::PlannedDebit;
use crate::rules::evaluation::{Outcome, ReasonCode};
use crate::rules::program::Program;
use crate::rules::settlement::{Given, OfferRange, SettledAnswer, SettledResult};

/// What is told of the answers.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) answers: Vec<SettledAnswer>,
    /// How many more there are.
    pub(super) left_off: usize,
    /// Whether not all that may come of them was looked for.
    pub(super) in_part: bool,
}

/// What comes of the answers to these facts, which settle the application.
pub(super) fn outcomes(explorer: &mut Explorer<'_>, set: &[Fact]) -> Result<Told, GivenUp> {
    let mut coarse = Vec::new();
    for fact in set {
        coarse.push(explorer.cells(&Answers::new(), *fact)?.to_vec());
    }
    let fine = with_sections(explorer, set, &coarse)?;
    let fine = with_outcomes(explorer, set, &fine)?;
    let size = fine.iter().map(Vec::len).product::<usize>();
    let in_part = size > limits::SETTLE_COMBINATIONS_MAX;
    let grid = if in_part { &coarse } else { &fine };
    let mut combinations = combined(explorer, set, grid)?;
    // Where answers only together decide, every stretch more parts all others.
    if combinations.iter().any(|one| one.results.len() > 1) {
        combinations = gathered(&coarse, &combinations);
    }
    for dimension in (0..set.len()).rev() {
        let ordered = explorer
            .axis(*set.get(dimension).ok_or(GivenUp)?)?
            .is_in_order();
        if ordered {
            combinations = merged(combinations, dimension);
        }
    }
    let axes: Result<Vec<Axis<'_>>, GivenUp> =
        set.iter().map(|fact| explorer.axis(*fact)).collect();
    let axes = axes?;
    let left_off = combinations
        .len()
        .saturating_sub(limits::SETTLE_ANSWERS_MAX);
    let program = explorer.program;
    let told = combinations.into_iter().take(limits::SETTLE_ANSWERS_MAX);
    let told = told.map(|one| SettledAnswer {
        given: axes
            .iter()
            .zip(&one.cells)
            .map(|(axis, cell)| given(program, axis, *cell))
            .collect(),
        results: one
            .results
            .into_iter()
            .map(|(outcome, result)| result.told(program, outcome))
            .collect(),
    });
    Ok(Told {
        answers: told.collect(),
        left_off,
        in_part,
    })
}

/// The codes of reasons, each once.
pub(super) fn codes(program: &Program, reasons: &[usize]) -> Vec<ReasonCode> {
    let mut codes: Vec<ReasonCode> = Vec::new();
    for reason in reasons {
        let code = program.rule_set().reasons.get(*reason);
        if let Some(code) = code.filter(|one| !codes.contains(&one.code)) {
            codes.push(code.code.clone());
        }
    }
    codes
}

/// Answers to all facts, each in a stretch, with what comes of them.
#[derive(Debug, Clone)]
struct Combination {
    cells: Vec<Cell>,
    results: BTreeMap<Outcome, Found>,
}

/// What was found of an outcome.
#[derive(Debug, Clone)]
struct Found {
    offer: Option<OfferRange>,
    /// The debits in place of a payment; none where they are not always the same.
    plan: Vec<PlannedDebit>,
    reasons: Vec<usize>,
}

impl Found {
    /// Whether it says the same, but for the amounts that are offered.
    fn is_like(&self, other: &Self) -> bool {
        let rates = |found: &Self| {
            let offer = found.offer.as_ref();
            offer.map(|range| (range.lowest_rate_percent, range.highest_rate_percent))
        };
        self.reasons == other.reasons && self.plan == other.plan && rates(self) == rates(other)
    }

    fn add(&mut self, other: Self) {
        self.reasons.retain(|reason| other.reasons.contains(reason));
        if self.plan != other.plan {
            self.plan.clear();
        }
        self.offer = match (self.offer.take(), other.offer) {
            (Some(own), Some(other)) => Some(own.with(other)),
            (own, other) => own.or(other),
        };
    }

    fn told(self, program: &Program, outcome: Outcome) -> SettledResult {
        SettledResult {
            outcome,
            offer: self.offer,
            plan: self.plan,
            reasons: codes(program, &self.reasons),
        }
    }
}

/// Every combination of stretches, with what comes of it.
fn combined(
    explorer: &mut Explorer<'_>,
    set: &[Fact],
    grid: &[Vec<Cell>],
) -> Result<Vec<Combination>, GivenUp> {
    let mut combinations = Vec::new();
    for cells in every(grid) {
        let results = results(explorer, set, &cells)?;
        combinations.push(Combination { cells, results });
    }
    Ok(combinations)
}

/// The same in longer stretches: all that comes of those within.
fn gathered(coarse: &[Vec<Cell>], fine: &[Combination]) -> Vec<Combination> {
    let within = |long: &[Cell], short: &[Cell]| {
        let mut sides = long.iter().zip(short);
        sides.all(|(long, short)| long.from <= short.from && short.to <= long.to)
    };
    let gather = |cells: Vec<Cell>| {
        let mut results = BTreeMap::new();
        for one in fine.iter().filter(|one| within(&cells, &one.cells)) {
            for (outcome, found) in &one.results {
                add(&mut results, *outcome, found.clone());
            }
        }
        Combination { cells, results }
    };
    every(coarse).into_iter().map(gather).collect()
}

fn add(results: &mut BTreeMap<Outcome, Found>, outcome: Outcome, found: Found) {
    match results.get_mut(&outcome) {
        Some(known) => known.add(found),
        None => {
            results.insert(outcome, found);
        }
    }
}

/// The stretches of each fact, also where they are such only for some answers to the others.
fn with_sections(
    explorer: &mut Explorer<'_>,
    set: &[Fact],
    coarse: &[Vec<Cell>],
) -> Result<Vec<Vec<Cell>>, GivenUp> {
    let mut grid = Vec::new();
    for (at, fact) in set.iter().enumerate() {
        let mut cells = coarse.get(at).cloned().unwrap_or_default();
        for answers in sections(set, coarse, at) {
            let own = explorer.cells(&answers, *fact)?;
            cells = parted(&cells, own.iter().map(|cell| cell.from));
            if cells.len() > limits::SETTLE_CELLS_MAX {
                return Ok(coarse.to_vec());
            }
        }
        grid.push(cells);
    }
    Ok(grid)
}

/// The same, also where only the outcome changes, as with what is affordable.
fn with_outcomes(
    explorer: &mut Explorer<'_>,
    set: &[Fact],
    grid: &[Vec<Cell>],
) -> Result<Vec<Vec<Cell>>, GivenUp> {
    let mut finer = Vec::new();
    for (at, fact) in set.iter().enumerate() {
        let mut cells = grid.get(at).cloned().unwrap_or_default();
        if explorer.axis(*fact)?.is_in_order() {
            for answers in sections(set, grid, at) {
                for cell in cells.clone() {
                    let turns = turns(explorer, &answers, *fact, cell)?;
                    cells = parted(&cells, turns.into_iter());
                }
                if cells.len() > limits::SETTLE_CELLS_MAX {
                    return Ok(grid.to_vec());
                }
            }
        }
        finer.push(cells);
    }
    Ok(finer)
}

/// Where in a stretch the outcome turns, where it is not the same at both ends.
fn turns(
    explorer: &mut Explorer<'_>,
    answers: &Answers,
    fact: Fact,
    cell: Cell,
) -> Result<Option<i64>, GivenUp> {
    let mut outcome = |at: i64| -> Result<Option<Outcome>, GivenUp> {
        Ok(explorer.see(&explorer::adding(answers, fact, at))?.outcome)
    };
    let first = outcome(cell.from)?;
    if first == outcome(cell.to)? {
        return Ok(None);
    }
    let (mut same, mut other) = (cell.from, cell.to);
    while other.saturating_sub(same) > 1 {
        let middle = same + (other - same) / 2;
        if outcome(middle)? == first {
            same = middle;
        } else {
            other = middle;
        }
    }
    Ok(Some(other))
}

/// Answers to all facts but one: those at the ends of stretches, as many as are looked at.
fn sections(set: &[Fact], grid: &[Vec<Cell>], but: usize) -> Vec<Answers> {
    let mut all = vec![Answers::new()];
    for (at, (fact, cells)) in set.iter().zip(grid).enumerate() {
        if at == but {
            continue;
        }
        let ends: BTreeSet<i64> = cells.iter().flat_map(|cell| [cell.from, cell.to]).collect();
        let longer = all.iter().flat_map(|answers| {
            let ends = ends.iter();
            ends.map(|end| explorer::adding(answers, *fact, *end))
        });
        all = longer.take(limits::SETTLE_CELLS_MAX).collect();
    }
    all
}

/// Stretches, parted where others begin.
fn parted(cells: &[Cell], starts: impl Iterator<Item = i64>) -> Vec<Cell> {
    let mut all: BTreeSet<i64> = cells.iter().map(|cell| cell.from).collect();
    all.extend(starts);
    let last = cells.last().map(|cell| cell.to);
    let ends = all.iter().skip(1).map(|next| next - 1).chain(last);
    let cells = all.iter().zip(ends);
    cells.map(|(from, to)| Cell { from: *from, to }).collect()
}

/// Every combination of stretches, one of each fact.
fn every(grid: &[Vec<Cell>]) -> Vec<Vec<Cell>> {
    let mut all: Vec<Vec<Cell>> = vec![Vec::new()];
    for cells in grid {
        let longer = all.iter().flat_map(|place| {
            let own = cells.iter();
            own.map(|cell| place.iter().copied().chain([*cell]).collect::<Vec<Cell>>())
        });
        all = longer.collect();
    }
    all
}

/// What comes of answers in these stretches: at their ends, and in the middle.
fn results(
    explorer: &mut Explorer<'_>,
    set: &[Fact],
    cells: &[Cell],
) -> Result<BTreeMap<Outcome, Found>, GivenUp> {
    let mut corners = vec![Answers::new()];
    let mut middle = Answers::new();
    for (fact, cell) in set.iter().zip(cells) {
        let ends = BTreeSet::from([cell.from, cell.to]);
        let longer = corners.iter().flat_map(|answers| {
            let ends = ends.iter();
            ends.map(|end| explorer::adding(answers, *fact, *end))
        });
        corners = longer.collect();
        middle.insert(*fact, cell.from + (cell.to - cell.from) / 2);
    }
    let mut results: BTreeMap<Outcome, Found> = BTreeMap::new();
    for answers in corners.into_iter().chain([middle]) {
        let sight = explorer.see(&answers)?;
        let outcome = sight.outcome.ok_or(GivenUp)?;
        let found = Found {
            offer: sight.offer.as_ref().map(OfferRange::of),
            plan: sight.plan.clone(),
            reasons: sight.reasons.clone(),
        };
        add(&mut results, outcome, found);
    }
    Ok(results)
}

/// Puts together what follows each other along a dimension and says the same.
fn merged(combinations: Vec<Combination>, dimension: usize) -> Vec<Combination> {
    let mut merged: Vec<Combination> = Vec::new();
    for next in combinations {
        let follows = |before: &&mut Combination| {
            let mut sides = before.cells.iter().zip(&next.cells).enumerate();
            sides.all(|(at, (before, next))| {
                if at == dimension {
                    before.to.checked_add(1) == Some(next.from)
                } else {
                    before == next
                }
            }) && says_the_same(&before.results, &next.results)
        };
        match merged.iter_mut().rev().find(follows) {
            Some(before) => {
                let ends = before
                    .cells
                    .get_mut(dimension)
                    .zip(next.cells.get(dimension));
                if let Some((before, next)) = ends {
                    before.to = next.to;
                }
                for (outcome, found) in next.results {
                    if let Some(known) = before.results.get_mut(&outcome) {
                        known.add(found);
                    }
                }
            }
            None => merged.push(next),
        }
    }
    merged
}

fn says_the_same(one: &BTreeMap<Outcome, Found>, other: &BTreeMap<Outcome, Found>) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|((one, found), (other, also))| one == other && found.is_like(also))
}

/// Answers in a stretch, as they are told.
fn given(program: &Program, axis: &Axis<'_>, cell: Cell) -> Given {
    let currency = program.rule_set().currency;
    let value = |at: i64| axis.value(at).map(|value| value.to_value(currency));
    let (is_first, is_last) = (cell.from == axis.least, cell.to == axis.most);
    if is_first && is_last {
        return Given::Any;
    }
    match &axis.means {
        Means::Stream if cell.from == 0 => Given::Refused,
        Means::Stream => Given::Confirmed,
        Means::Text(words) => {
            let is_named = usize::try_from(cell.from).is_ok_and(|at| at < words.len());
            if !is_named {
                return Given::OtherText;
            }
            let word = value(cell.from);
            Given::Range {
                from: word.clone(),
                to: word,
            }
        }
        Means::Number(_) if cell.from == cell.to => Given::Range {
            from: value(cell.from),
            to: value(cell.to),
        },
        Means::Number(_) => Given::Range {
            from: value(cell.from).filter(|_| !is_first),
            to: value(cell.to).filter(|_| !is_last),
        },
    }
}
