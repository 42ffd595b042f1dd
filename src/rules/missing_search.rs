//! Finds what an evaluation lacked: the values whose absence made something unknown.

use std::collections::{BTreeSet, VecDeque};

use super::basis::Basis;
use super::code::{Condition, Direct, Logic, Operand, OverSubjects};
use super::compiled_approve::CompiledApprove;
use super::compiled_offer::{Based, CompiledOffer};
use super::evaluation::{Action, Evaluation, ReasonSource, Row, Sought};
use super::missing_inputs::MissingInputs;
use super::node::{self, Choice, SlotId, Source};
use super::offer::{self, Lacking, Point};
use super::program::{CompiledEnd, CompiledRule};
use super::rule_set::{Ignored, Rule};
use super::run::Env;
use super::scalar::Scalar;
use super::values::Values;
use super::verdict::Verdict;
use crate::features::{self, FeatureId, Missing};
use crate::limits;

/// Everything that an evaluation lacked and that mattered: for the rules before this one, where
/// one is given, and otherwise for all of it.
pub(super) fn missing_inputs(
    values: &Values<'_>,
    evaluation: &Evaluation,
    before_rule: Option<usize>,
) -> MissingInputs {
    let program = values.program;
    let mut found = MissingInputs::default();
    let rules = before_rule.unwrap_or(program.rules.len());
    let written = &program.rule_set().rules;
    for (rule, written) in program.rules.iter().zip(written).take(rules) {
        let seen = |number| evaluation.verdicts.seen(number);
        if rule.when.logic.of(&seen) == Verdict::Unknown {
            let forgives = !written.ignored.is_empty() && rule.action != Action::Flag;
            let lacks = (rule.may_lack || forgives).then(|| of_rule(values, rule));
            let lacks = lacks.filter(|lacks| rule.may_lack || passed(written, lacks).is_none());
            found.extend(lacks.unwrap_or_default());
        }
    }
    let mut reasons = evaluation.reasons.iter();
    let told = reasons.any(|given| given.source == ReasonSource::Missing);
    if before_rule.is_none() && found.is_empty() && told {
        let end = Ended {
            sought: evaluation.sought.as_ref(),
            retry: evaluation.retry,
        };
        at_the_end(values, end, &mut found);
        if found.is_empty() {
            // A computation over nothing that is named: too large a constant.
            found.add(features::APPLICATION_AMOUNT, Missing::Overflow);
        }
    }
    found
}

/// What a rule lacks that cannot be known.
pub(super) fn of_rule(values: &Values<'_>, rule: &CompiledRule) -> MissingInputs {
    let logic = &rule.when.logic;
    let why = values.env().truth(logic).err();
    of_part(values, Part::Logic(logic), &rule.basis, why)
}

/// What a rule set says of what a rule lacks, where it lets all of it pass.
pub(super) fn passed<'r>(rule: &'r Rule, lacks: &MissingInputs) -> Option<Vec<&'r Ignored>> {
    let lacks = lacks
        .by_cause()
        .flat_map(|(why, names)| names.iter().map(move |name| (why, name)));
    let said = lacks.map(|(why, name)| {
        let mut ignored = rule.ignored.iter();
        ignored.find(|one| one.cause == why && one.name == *name)
    });
    said.collect()
}

/// What an evaluation came to at its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended<'e> {
    /// What the search for an offer came to.
    pub(super) sought: Option<&'e Sought>,
    /// The retry that was come to.
    pub(super) retry: Option<Row>,
}

/// What the offer, the condition of approval or a retry lacked.
pub(super) fn at_the_end(values: &Values<'_>, end: Ended<'_>, found: &mut MissingInputs) {
    let program = values.program;
    match &program.end {
        CompiledEnd::Approve(compiled) => of_approval(values, end.retry, compiled, found),
        CompiledEnd::Offer(compiled) => match end.sought {
            // Loans in another currency are not looked at.
            None => found.add(features::APPLICATION_AMOUNT, Missing::OtherCurrency),
            Some(sought) => {
                let point = Point {
                    amount: sought.amount.minor(),
                    term: sought.term,
                    frequency: sought.frequency,
                };
                let mut values = values.clone();
                offer::at(&mut values, &point);
                found.extend(of_an_offer(&mut values, compiled, &point));
            }
        },
    }
}

/// What the condition of approval lacked, or the retry that was come to.
fn of_approval<'a>(
    values: &Values<'a>,
    retry: Option<Row>,
    compiled: &'a CompiledApprove,
    found: &mut MissingInputs,
) {
    let mut of_condition = |(when, basis): &'a Based<Condition>| {
        let why = values.env().truth(&when.logic).err();
        found.extend(of_part(values, Part::Logic(&when.logic), basis, why));
    };
    let index = match retry {
        None | Some(Row::None) => return of_condition(&compiled.when),
        Some(Row::At(index) | Row::Unknown(index)) => index,
    };
    let Some(compiled) = compiled.retries.get(index) else {
        return;
    };
    if retry == Some(Row::Unknown(index)) {
        return of_condition(&compiled.when);
    }
    let first = values.calculate(&compiled.on.0);
    let every = compiled.every.as_ref();
    let every = every.map(|(every, _)| values.calculate(every));
    // Where all are known, they are days on which nothing can be debited.
    let (first, every) = match (first, every) {
        (Ok(_), Some(Ok(Scalar::Days(days)))) if !limits::RETRY_EVERY_DAYS.contains(&days) => {
            (None, Some(Missing::NoBasis))
        }
        (Ok(_), Some(Ok(_)) | None) => (Some(Missing::PastDay), None),
        (first, every) => (first.err(), every.and_then(Result::err)),
    };
    let parts = [
        (Some(&compiled.on), first),
        (compiled.every.as_ref(), every),
    ];
    for (part, why) in parts {
        if let (Some((value, basis)), Some(why)) = (part, why) {
            let part = Part::Operand(&value.operand);
            found.extend(of_part(values, part, basis, Some(why)));
        }
    }
}

/// What a point of the grid lacks that cannot be known.
fn of_an_offer<'a>(
    values: &mut Values<'a>,
    compiled: &'a CompiledOffer,
    point: &Point,
) -> MissingInputs {
    let mut found = MissingInputs::default();
    for lacking in offer::lacking(compiled, values, point) {
        match lacking {
            Lacking::When(when, basis) => {
                let why = values.env().truth(&when.logic).err();
                found.extend(of_part(values, Part::Logic(&when.logic), basis, why));
            }
            Lacking::Value(value, basis) => {
                let why = values.calculate(value).err();
                found.extend(of_part(values, Part::Operand(&value.operand), basis, why));
            }
            Lacking::Dates => {
                let first = features::APPLICATION_FIRST_PAYMENT_DATE;
                found.add(first, Missing::PastDay);
            }
        }
    }
    let program = values.program;
    let asked = offer::as_if_asked(values, point);
    values.set_all(&asked, &program.asked.dependents);
    let rules = program.rules_on_asked.iter();
    for rule in rules.filter_map(|rule| program.rules.get(*rule)) {
        if rule.may_lack && values.holds(&rule.when) == Verdict::Unknown {
            let logic = &rule.when.logic;
            let why = values.env().truth(logic).err();
            found.extend(of_part(values, Part::Logic(logic), &rule.basis, why));
        }
    }
    found
}

/// What a part that cannot be known lacks; all that it rests on, where nothing of that is missing.
fn of_part(
    values: &Values<'_>,
    part: Part<'_>,
    basis: &Basis,
    why: Option<Missing>,
) -> MissingInputs {
    let mut found = MissingInputs::default();
    Search::new(values, &mut found).follow(part);
    if found.is_empty() {
        let mut search = Search::new(values, &mut found);
        search.everything(&basis.slots, why.unwrap_or(Missing::Overflow));
    }
    found
}

/// What may be unknown.
#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Logic(&'a Logic),
    Operand(&'a Operand),
}

/// Finds what expressions lack. What is known however the missing values turn out (a part of
/// `or` that holds, a `coalesce` with another value, a test for missing) is not followed.
struct Search<'a, 's> {
    values: &'s Values<'a>,
    found: &'s mut MissingInputs,
    /// Slots that were followed already: derived values may share theirs many times over.
    followed: BTreeSet<SlotId>,
    /// Formulas yet to be followed. A queue, as derived values may form a long chain.
    queue: VecDeque<Part<'a>>,
}

impl<'a, 's> Search<'a, 's> {
    fn new(values: &'s Values<'a>, found: &'s mut MissingInputs) -> Self {
        Self {
            values,
            found,
            followed: BTreeSet::new(),
            queue: VecDeque::new(),
        }
    }

    /// Adds what made this part unknown, if it is.
    fn follow(&mut self, part: Part<'a>) {
        self.queue.push_back(part);
        while let Some(part) = self.queue.pop_front() {
            self.part(part, 0);
        }
    }

    /// Adds everything that these slots rest on: for what is unknown though nothing of it is
    /// missing, as where a number is too large to hold.
    fn everything(&mut self, slots: &BTreeSet<SlotId>, why: Missing) {
        let rule_set = self.values.program.rule_set();
        for slot in slots {
            let mut names = BTreeSet::new();
            rule_set.slots.features(*slot, &mut names);
            if let (true, Some(slot)) = (names.is_empty(), rule_set.slots.get(*slot)) {
                self.found.add(&slot.name, why);
            }
            names.iter().for_each(|name| self.found.add(name, why));
        }
    }

    fn env(&self, subject: usize) -> Env<'a, 's> {
        Env {
            subject,
            ..self.values.env()
        }
    }

    fn part(&mut self, part: Part<'a>, subject: usize) {
        match part {
            Part::Logic(logic) => self.logic(logic, subject),
            Part::Operand(operand) => self.operand(operand, subject),
        }
    }

    fn logic(&mut self, logic: &'a Logic, subject: usize) {
        if self.env(subject).truth(logic).is_ok() {
            return;
        }
        match logic {
            Logic::Constant(_) => {}
            Logic::Comparison(number) => self.comparison(*number, subject),
            Logic::Not(inner) => self.logic(inner, subject),
            Logic::All(parts) | Logic::Any(parts) => {
                parts.iter().for_each(|part| self.logic(part, subject));
            }
        }
    }

    fn comparison(&mut self, number: usize, subject: usize) {
        let Err(why) = self.env(subject).test(number) else {
            return;
        };
        let program = self.values.program;
        let Some(test) = program.tests.tests.get(number) else {
            return;
        };
        self.operands(test.operands(), why, subject);
    }

    fn operand(&mut self, operand: &'a Operand, subject: usize) {
        let Err(why) = self.env(subject).value(operand) else {
            return;
        };
        match operand {
            Operand::Slot(slot) => self.slot(*slot, why),
            Operand::Subject(id) => self.subject(*id, why),
            Operand::Condition(logic) => self.logic(logic, subject),
            Operand::Choose(Choice::Case, list, _) => self.case(list, subject),
            Operand::Constant(_)
            | Operand::Negate(_)
            | Operand::Round(_)
            | Operand::Abs(_)
            | Operand::Arithmetic(..)
            | Operand::Apply(..)
            | Operand::Choose(..) => self.operands(operand.parts(), why, subject),
            Operand::Forecast {
                function,
                arguments,
                ..
            } => {
                let env = self.env(subject);
                if arguments.iter().all(|part| env.value(part).is_ok()) {
                    self.found.add(function.as_str(), why);
                }
                arguments
                    .iter()
                    .for_each(|part| self.operand(part, subject));
            }
        }
    }

    /// What a `case` lacks: the first condition that is unknown where none before it holds, or the
    /// value of the one that does. What stands behind it does not matter.
    fn case(&mut self, list: &'a [Operand], subject: usize) {
        let (arms, otherwise) = node::arms(list);
        for (condition, value) in arms {
            match self.env(subject).value(condition) {
                Ok(Scalar::Bool(false)) => {}
                Ok(_) => return self.operand(value, subject),
                Err(_) => return self.operand(condition, subject),
            }
        }
        if let Some(value) = otherwise {
            self.operand(value, subject);
        }
    }

    /// What the parts of something unknown lack.
    fn operands(&mut self, parts: Vec<&'a Operand>, why: Missing, subject: usize) {
        let env = self.env(subject);
        let unknown = |part: &&'a Operand| env.value(part).is_err();
        if !parts.iter().any(unknown) {
            // It failed itself: a division by zero, a number too large to hold.
            let mut direct = Direct::default();
            let tests = &self.values.program.tests;
            parts
                .iter()
                .for_each(|part| tests.direct(part, &mut direct));
            let slots = self.values.program.in_the_end(&direct.slots);
            self.everything(&slots, why);
            direct.subjects.iter().for_each(|id| self.subject(*id, why));
        }
        for part in parts {
            self.operand(part, subject);
        }
    }

    fn subject(&mut self, id: FeatureId, why: Missing) {
        if let Some(feature) = features::table().get(id.index()) {
            self.found.add(feature.name, why);
        }
    }

    /// Adds what is asked of each subject: for a function that found no subject to look at, whatever
    /// else its condition compares that with.
    fn subjects_of(&mut self, over: &'a OverSubjects, why: Missing) {
        let tests = &self.values.program.tests;
        let mut direct = Direct::default();
        for part in over.only.iter().chain([&over.body]) {
            tests.direct(part, &mut direct);
        }
        direct.subjects.iter().for_each(|id| self.subject(*id, why));
    }

    fn slot(&mut self, slot: SlotId, why: Missing) {
        let program = self.values.program;
        let Some(source) = program.rule_set().slots.get(slot).map(|slot| slot.source) else {
            return;
        };
        if !self.followed.insert(slot) {
            return;
        }
        match source {
            Source::Feature(_) | Source::Input(_) => {
                self.everything(&BTreeSet::from([slot]), why);
            }
            Source::Aggregate(index) => {
                let Some(over) = program.aggregates.get(index) else {
                    return;
                };
                let features = self.values.features;
                let subjects = features.slots(over.counted_by).len();
                let unseen = features.unseen(over.counted_by);
                if unseen.is_some() || subjects == 0 {
                    self.everything(&BTreeSet::from([slot]), unseen.unwrap_or(why));
                }
                let mut none_looked_at = subjects > 0;
                for subject in 0..subjects {
                    let only = over.only.as_ref();
                    let looks = only.map(|only| self.env(subject).value(only));
                    if let (Some(only), Some(Err(_))) = (only, looks) {
                        self.operand(only, subject);
                    }
                    if looks != Some(Ok(Scalar::Bool(false))) {
                        none_looked_at = false;
                        self.operand(&over.body, subject);
                    }
                }
                if none_looked_at {
                    self.subjects_of(over, why);
                }
            }
            Source::Forecast(index) => {
                if let Some(forecast) = program.forecasts.get(index) {
                    self.queue.push_back(Part::Operand(forecast));
                }
            }
            Source::Derive(index) => {
                if let Some(derived) = program.derived.get(index) {
                    self.queue.push_back(Part::Operand(&derived.operand));
                }
            }
            Source::Row(table) | Source::Cell(table, _) => self.table(table, slot, why),
            Source::Score => self.score(),
            // Found by `score`, which knows of which characteristic it is.
            Source::BinValue => {}
            // Its amount and term are known; of its dates, the day of the decision is not.
            Source::Offer(_) => self.found.add(features::APPLICATION_DECISION_DATE, why),
        }
    }

    /// What the choice of a row of a table lacks.
    fn table(&mut self, table: usize, slot: SlotId, why: Missing) {
        let program = self.values.program;
        let inputs = self.values.inputs_of_table(table);
        let written = program.rule_set().tables.get(table);
        let asks = written.map(|table| table.asks(&inputs)).unwrap_or_default();
        if asks.is_empty() {
            let slots = program.in_the_end(&BTreeSet::from([slot]));
            self.everything(&slots, why);
        }
        let calculations = program.tables.get(table);
        let asked = asks.into_iter().filter_map(|at| calculations?.get(at));
        self.queue
            .extend(asked.map(|input| Part::Operand(&input.operand)));
    }

    /// What the characteristics without points lack.
    fn score(&mut self) {
        let program = self.values.program;
        let Some(scorecard) = &program.rule_set().scorecard else {
            return;
        };
        let characteristics = scorecard.characteristics.iter();
        let unscored = characteristics
            .zip(&program.characteristics)
            .filter(|(one, _)| one.missing.is_none());
        for (written, characteristic) in unscored {
            let value = &characteristic.value.operand;
            self.queue.push_back(Part::Operand(value));
            let Ok(value) = self.values.env().value(value) else {
                continue;
            };
            let mut values = self.values.clone();
            values.set(written.value_slot, Ok(value.quantised()));
            for when in characteristic.bins.iter().flatten() {
                match values.holds(when) {
                    Verdict::True => break,
                    Verdict::False => {}
                    Verdict::Unknown => {
                        Search::new(&values, self.found).follow(Part::Logic(&when.logic));
                        break;
                    }
                }
            }
        }
    }
}
