//! Tries answers out: each by evaluating everything with it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::alternatives::{Alternatives, Said};
use super::axis::Axis;
use super::dependence;
use super::fact::{self, Answers, Fact};
use super::sight::{Look, Open, Sight};
use crate::application::Application;
use crate::features::Missing;
use crate::limits;
use crate::rules::counterfactual::decides_on_forecasts;
use crate::rules::evaluate::judge;
use crate::rules::evaluation::Outcome;
use crate::rules::foresight::{Foreseen, Foresight};
use crate::rules::node::SlotId;
use crate::rules::program::{Dependent, Program};
use crate::rules::scalar::Known;
use crate::rules::values::Values;
use crate::rules::verdict::Verdict;

/// The search is at one of its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GivenUp;

/// Tries answers out.
pub(super) struct Explorer<'a> {
    pub(super) program: &'a Program,
    application: &'a Application,
    told: &'a [Foreseen],
    alternatives: &'a dyn Alternatives,
    values: BTreeMap<Said, Values<'a>>,
    dependents: BTreeMap<Vec<SlotId>, Vec<Dependent>>,
    axes: BTreeMap<Fact, Option<Axis<'a>>>,
    seen: BTreeMap<Answers, Rc<Sight>>,
    cells: BTreeMap<(Fact, Answers), Rc<Vec<Cell>>>,
    /// The slots of facts that a reviewer has answered before: they are not asked about again.
    answered: Rc<BTreeSet<SlotId>>,
    /// Slots whose being missing says something by itself: once more is known, it may be otherwise.
    delicate: BTreeSet<SlotId>,
    /// The facts that stand in one comparison or calculation with others.
    together: Vec<BTreeSet<SlotId>>,
    /// Every fact that was found open.
    pub(super) found: BTreeSet<Fact>,
    /// Whether some answers ask forecasts that nobody makes: what they come to is not known.
    pub(super) unforeseen: bool,
    /// How many evaluations are left.
    left: usize,
}

/// Numbers of an axis for which all that the rules compare comes out the same: the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) from: i64,
    pub(super) to: i64,
}

/// What rules make of values: as long as it is the same, so is all that follows from comparisons.
#[derive(Debug, PartialEq, Eq)]
struct Pattern {
    verdicts: Vec<Verdict>,
    points: Vec<Result<i64, Missing>>,
    rows: Vec<Option<i64>>,
}

impl<'a> Explorer<'a> {
    pub(super) fn new(
        program: &'a Program,
        application: &'a Application,
        told: &'a [Foreseen],
        alternatives: &'a dyn Alternatives,
    ) -> Self {
        Self {
            program,
            application,
            told,
            alternatives,
            values: BTreeMap::new(),
            dependents: BTreeMap::new(),
            axes: BTreeMap::new(),
            seen: BTreeMap::new(),
            cells: BTreeMap::new(),
            answered: Rc::new(answered(program, application)),
            delicate: dependence::delicate(program),
            together: dependence::together(program),
            found: BTreeSet::new(),
            unforeseen: false,
            left: limits::SETTLE_EVALUATIONS_MAX,
        }
    }

    /// Searches with at most so many evaluations of those that are left.
    pub(super) fn within<T>(
        &mut self,
        most: usize,
        search: impl FnOnce(&mut Self) -> Result<T, GivenUp>,
    ) -> Result<T, GivenUp> {
        let kept = self.left.saturating_sub(most);
        self.left -= kept;
        let found = search(self);
        self.left += kept;
        found
    }

    /// What some answers come to.
    pub(super) fn see(&mut self, answers: &Answers) -> Result<Rc<Sight>, GivenUp> {
        if let Some(known) = self.seen.get(answers) {
            return Ok(Rc::clone(known));
        }
        let (alternatives, answered) = (self.alternatives, Rc::clone(&self.answered));
        let (mut sight, foretold) = self.with(answers, |values| {
            values.foresight.went_beyond();
            let sight = judge(values, |values, judged| {
                let look = Look {
                    values,
                    answers,
                    alternatives,
                    answered: &answered,
                };
                look.sight(judged)
            });
            (sight, !values.foresight.went_beyond())
        })?;
        // Streams that are taken for others have other forecasts.
        let other_streams = answers.keys().any(|fact| fact.slot().is_none());
        if (!foretold || other_streams) && decides_on_forecasts(self.program) {
            sight.outcome = None;
            self.unforeseen = true;
        }
        self.found.extend(sight.open.facts());
        let sight = Rc::new(sight);
        self.seen.insert(answers.clone(), Rc::clone(&sight));
        Ok(sight)
    }

    /// Whether the outcome is this whatever the answer to everything else that is open.
    pub(super) fn stands(&mut self, answers: &Answers, outcome: Outcome) -> Result<bool, GivenUp> {
        let sight = self.see(answers)?;
        if sight.outcome != Some(outcome) {
            return Ok(false);
        }
        match &sight.open {
            Open::Facts(facts) => {
                let fact = facts.first().copied();
                let Some(fact) = fact.or_else(|| self.delicate(answers)) else {
                    return Ok(true);
                };
                for at in self.points(answers, fact)? {
                    if !self.stands(&adding(answers, fact, at), outcome)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Open::Declines(rules) => {
                for (rule, _) in rules {
                    if self.may_hold(answers, *rule)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }

    /// A fact that is open and missing, so that the rules say something because it is.
    fn delicate(&self, answers: &Answers) -> Option<Fact> {
        let open = self.found.iter().find(|fact| {
            let slot = fact.slot().filter(|slot| self.delicate.contains(slot));
            let values = self.values.get(&said(answers));
            let is_missing = |slot| values.is_some_and(|values| values.get(slot).is_err());
            slot.is_some_and(|slot| !answers.contains_key(fact) && is_missing(slot))
        });
        open.copied()
    }

    /// Whether a rule holds with some answers to what it lacks.
    fn may_hold(&mut self, answers: &Answers, rule: usize) -> Result<bool, GivenUp> {
        let (alternatives, answered) = (self.alternatives, Rc::clone(&self.answered));
        let (verdict, lacks) = self.with(answers, |values| {
            judge(values, |values, _| {
                let Some(rule) = values.program.rules.get(rule) else {
                    return (Verdict::False, BTreeSet::new());
                };
                let look = Look {
                    values,
                    answers,
                    alternatives,
                    answered: &answered,
                };
                match values.holds(&rule.when) {
                    Verdict::Unknown => (Verdict::Unknown, look.lacking(rule)),
                    known @ (Verdict::True | Verdict::False) => (known, BTreeSet::new()),
                }
            })
        })?;
        self.found.extend(&lacks);
        let Some(fact) = lacks.first().copied() else {
            return Ok(verdict == Verdict::True);
        };
        for at in self.points(answers, fact)? {
            if self.may_hold(&adding(answers, fact, at), rule)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The ends of every cell of a fact: answers that stand for all.
    pub(super) fn points(&mut self, answers: &Answers, fact: Fact) -> Result<Vec<i64>, GivenUp> {
        let cells = self.cells(answers, fact)?;
        let mut points: Vec<i64> = cells.iter().flat_map(|cell| [cell.from, cell.to]).collect();
        points.dedup();
        Ok(points)
    }

    /// The answers to a fact in cells, in order.
    pub(super) fn cells(
        &mut self,
        answers: &Answers,
        fact: Fact,
    ) -> Result<Rc<Vec<Cell>>, GivenUp> {
        let own = self.that_matter_to(answers, fact);
        let key = (fact, own);
        if let Some(known) = self.cells.get(&key) {
            return Ok(Rc::clone(known));
        }
        let axis = self.axis(fact)?;
        let looks = axis.first_looks();
        let mut starts: BTreeSet<i64> = looks.first().copied().into_iter().collect();
        if axis.is_in_order() {
            let mut before: Option<(i64, Pattern)> = None;
            for at in looks {
                let here = self.pattern(&key.1, fact, at)?;
                if let Some((low, at_low)) = &before {
                    let (low, high) = ((*low, at_low), (at, &here));
                    self.part(&key.1, fact, low, high, &mut starts)?;
                }
                before = Some((at, here));
            }
        } else {
            starts.extend(looks);
        }
        let ends = starts
            .iter()
            .skip(1)
            .map(|next| next - 1)
            .chain([axis.most]);
        let cells = starts.iter().zip(ends);
        let cells = cells.map(|(from, to)| Cell { from: *from, to }).collect();
        let cells = Rc::new(cells);
        self.cells.insert(key, Rc::clone(&cells));
        Ok(cells)
    }

    /// Finds where between two numbers something begins to come out otherwise.
    fn part(
        &mut self,
        answers: &Answers,
        fact: Fact,
        (low, at_low): (i64, &Pattern),
        (high, at_high): (i64, &Pattern),
        starts: &mut BTreeSet<i64>,
    ) -> Result<(), GivenUp> {
        if at_low == at_high {
            return Ok(());
        }
        if high.saturating_sub(low) <= 1 {
            starts.insert(high);
            return if starts.len() > limits::SETTLE_CELLS_MAX {
                Err(GivenUp)
            } else {
                Ok(())
            };
        }
        let middle = low + (high - low) / 2;
        let at_middle = self.pattern(answers, fact, middle)?;
        self.part(answers, fact, (low, at_low), (middle, &at_middle), starts)?;
        self.part(answers, fact, (middle, &at_middle), (high, at_high), starts)
    }

    fn pattern(&mut self, answers: &Answers, fact: Fact, at: i64) -> Result<Pattern, GivenUp> {
        self.with(&adding(answers, fact, at), |values| {
            judge(values, |values, judged| {
                let program = values.program;
                let rows = program.rule_set().tables.iter();
                let row = |known: Known<'_>| crate::rules::scalar::whole_of(known.ok()?);
                Pattern {
                    verdicts: (0..program.comparisons)
                        .map(|number| values.verdict(number))
                        .collect(),
                    points: judged.points,
                    rows: rows.map(|table| row(values.get(table.slot))).collect(),
                }
            })
        })
    }

    /// The answers on which it depends at what values of a fact something changes: those to facts that
    /// stand in one comparison or calculation with it.
    fn that_matter_to(&self, answers: &Answers, fact: Fact) -> Answers {
        let beside = |other: &Fact| match (fact.slot(), other.slot()) {
            (Some(one), Some(other)) => {
                let mut sets = self.together.iter();
                sets.any(|set| set.contains(&one) && set.contains(&other))
            }
            (None, _) | (_, None) => true,
        };
        let own = answers.iter().filter(|(other, _)| beside(other));
        own.map(|(fact, at)| (*fact, *at)).collect()
    }

    /// What can be answered to a fact.
    pub(super) fn axis(&mut self, fact: Fact) -> Result<Axis<'a>, GivenUp> {
        if let Some(known) = self.axes.get(&fact) {
            return known.clone().ok_or(GivenUp);
        }
        let axis = match fact.slot() {
            None => Some(Axis::of_stream()),
            Some(slot) => self.with(&Answers::new(), |values| Axis::of_slot(values, slot))?,
        };
        self.axes.insert(fact, axis.clone());
        axis.ok_or(GivenUp)
    }

    /// Whether a stretch of answers may have been missed.
    pub(super) fn may_miss(&self) -> bool {
        self.axes.values().flatten().any(Axis::may_miss)
    }

    /// The same, of answers to these facts.
    pub(super) fn may_miss_of(&self, facts: &[Fact]) -> bool {
        let axes = facts.iter().filter_map(|fact| self.axes.get(fact));
        axes.flatten().any(Axis::may_miss)
    }

    /// Looks with some answers.
    pub(super) fn with<T>(
        &mut self,
        answers: &Answers,
        look: impl FnOnce(&mut Values<'a>) -> T,
    ) -> Result<T, GivenUp> {
        self.left = self.left.checked_sub(1).ok_or(GivenUp)?;
        let said = said(answers);
        let mut slots: Vec<(SlotId, Known<'a>)> = Vec::with_capacity(answers.len());
        for (fact, at) in answers {
            if let Some(slot) = fact.slot() {
                let value = self.axis_of(*fact).and_then(|axis| axis.value(*at));
                slots.push((slot, Ok(value.ok_or(GivenUp)?)));
            }
        }
        self.load(&said)?;
        let values = self.values.get(&said).ok_or(GivenUp)?;
        slots.retain(|(slot, _)| fact::takes_an_answer(values, *slot));
        let own: Vec<SlotId> = slots.iter().map(|(slot, _)| *slot).collect();
        let program = self.program;
        let dependents = self
            .dependents
            .entry(own)
            .or_insert_with_key(|own| dependents(program, own));
        let values = self.values.get_mut(&said).ok_or(GivenUp)?;
        Ok(values.with_all(&slots, dependents, look))
    }

    /// What a slot holds where nothing is answered; `None` before anything was looked at.
    pub(super) fn before_answers(&self, slot: SlotId) -> Option<Known<'a>> {
        Some(self.values.get(&Said::new())?.get(slot))
    }

    /// Whether what it then holds is missing or states a doubt.
    pub(super) fn is_in_doubt(&self, slot: SlotId) -> bool {
        let values = self.values.get(&Said::new());
        values.is_some_and(|values| fact::takes_an_answer(values, slot))
    }

    fn axis_of(&self, fact: Fact) -> Option<&Axis<'a>> {
        self.axes.get(&fact)?.as_ref()
    }

    /// Loads the values with this said of streams.
    fn load(&mut self, said: &Said) -> Result<(), GivenUp> {
        if self.values.contains_key(said) {
            return Ok(());
        }
        let features = self.alternatives.features(said).ok_or(GivenUp)?;
        // Streams that are taken for others have other forecasts.
        let ask = self.alternatives.forecasts().filter(|_| said.is_empty());
        let known = Foresight::trying(self.told, ask);
        let values = Values::load(self.program, features, self.application, known);
        self.values.insert(said.clone(), values);
        Ok(())
    }
}

/// What these answers say of streams.
fn said(answers: &Answers) -> Said {
    let streams = answers.iter().filter_map(|(fact, at)| match fact {
        Fact::Stream(stream) => Some((*stream, *at != 0)),
        Fact::Feature(..) | Fact::Input(..) => None,
    });
    streams.collect()
}

/// The slots of the facts that a reviewer has answered.
fn answered(program: &Program, application: &Application) -> BTreeSet<SlotId> {
    let answers = application.resolution().into_iter();
    let answers = answers.flat_map(|resolution| &resolution.answers);
    let slots = &program.rule_set().slots;
    answers
        .filter_map(|answer| slots.find(&answer.fact))
        .collect()
}

/// The same answers and one more.
pub(super) fn adding(answers: &Answers, fact: Fact, at: i64) -> Answers {
    let mut answers = answers.clone();
    answers.insert(fact, at);
    answers
}

/// All that is computed from any of these slots, in order.
fn dependents(program: &Program, slots: &[SlotId]) -> Vec<Dependent> {
    let own = slots
        .iter()
        .filter_map(|slot| program.dependents.get(slot.0));
    let changed: BTreeSet<SlotId> = own.flatten().map(|one| one.slot()).collect();
    let all = program.computed.iter().chain(&program.late);
    let changed = all.filter(|one| changed.contains(&one.slot()));
    changed.copied().collect()
}
