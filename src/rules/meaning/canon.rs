//! What the parts of a program mean, as text: two parts of one text mean the same of every applicant.
//!
//! Names of what is computed stand for what they are computed from, params for their values; parts of
//! `and` and `or` come in one order, each once, and `not` stands inside of them. Parts of different
//! texts may mean the same all the same.

use crate::features::{self, Value};
use crate::rules::ast::CompareOp;
use crate::rules::code::{Calculation, Condition, Logic, Operand, Test};
use crate::rules::compiled_approve::CompiledApprove;
use crate::rules::compiled_offer::CompiledOffer;
use crate::rules::node::{Applied, SlotId, Source};
use crate::rules::program::{CompiledEnd, CompiledRule, Dependent, Program};
use crate::rules::rule_set::{End, Offer, Rule};
use crate::rules::table::{Shape, Table, TableOutput};

/// A text longer than this stands as its hash.
const SHORT_BYTES: usize = 96;

/// What the parts of a program mean.
#[derive(Debug)]
pub(super) struct Canon<'p> {
    program: &'p Program,
    /// Of each slot.
    slots: Vec<String>,
}

impl<'p> Canon<'p> {
    pub(super) fn of(program: &'p Program) -> Self {
        let rule_set = program.rule_set();
        let slots = rule_set.slots.list.iter();
        let mut canon = Self {
            program,
            slots: slots
                .map(|slot| canon_read(program, slot.source, &slot.name))
                .collect(),
        };
        for dependent in &program.computed {
            canon.compute(*dependent);
        }
        let scorecard = rule_set.scorecard.as_ref();
        if let Some(slot) = scorecard.and_then(|one| one.score) {
            canon.set(slot, canon.scorecard());
        }
        for dependent in &program.late {
            canon.compute(*dependent);
        }
        canon
    }

    fn set(&mut self, slot: SlotId, text: String) {
        if let Some(place) = self.slots.get_mut(slot.0) {
            *place = short(text);
        }
    }

    fn compute(&mut self, dependent: Dependent) {
        let text = match dependent {
            Dependent::Aggregate(_, index) => {
                let over = self.program.aggregates.get(index);
                over.map(|over| {
                    let only = over.only.as_ref().map(|only| self.operand(only));
                    let only = only.unwrap_or_default();
                    let body = self.operand(&over.body);
                    format!("{}({body} where {only})", over.reduction.as_str())
                })
            }
            Dependent::Forecast(_, index) => {
                let forecast = self.program.forecasts.get(index);
                forecast.map(|forecast| self.operand(forecast))
            }
            Dependent::Derived(_, index) => {
                let derived = self.program.derived.get(index);
                derived.map(|derived| format!("value of {}", self.calculation(derived)))
            }
            Dependent::Row(_, table) => self.row(table),
            Dependent::Cell(_, table, output) => self.cell(table, output),
        };
        self.set(dependent.slot(), text.unwrap_or_default());
    }

    /// How a table chooses its row.
    fn row(&self, table: usize) -> Option<String> {
        let calculations = self.program.tables.get(table)?.iter();
        let inputs: Vec<String> = calculations.map(|one| self.calculation(one)).collect();
        let table: &Table = self.program.rule_set().tables.get(table)?;
        let tests = match &table.shape {
            Shape::Rows { rows, hit } => {
                let rows = rows.iter().map(|row| {
                    let passes: Vec<_> = row.iter().map(|test| &test.passes).collect();
                    format!("{passes:?}")
                });
                format!("{hit:?} {}", rows.collect::<Vec<_>>().join(";"))
            }
            Shape::Matrix { rows, columns } => {
                let [rows, columns] = [rows, columns]
                    .map(|own| own.iter().map(|one| &one.passes).collect::<Vec<_>>());
                format!("matrix {rows:?} {columns:?}")
            }
        };
        Some(format!("row of {} by {tests}", inputs.join(", ")))
    }

    fn cell(&self, table: usize, output: usize) -> Option<String> {
        let table = self.program.rule_set().tables.get(table)?;
        let output: &TableOutput = table.outputs.get(output)?;
        let row = self.slot(table.slot);
        Some(format!(
            "cell of {row}: {} {:?} else {:?}",
            output.ty, output.values, output.otherwise
        ))
    }

    /// What the score is.
    fn scorecard(&self) -> String {
        let Some(scorecard) = &self.program.rule_set().scorecard else {
            return String::new();
        };
        let all = scorecard.characteristics.iter();
        let all = all.zip(&self.program.characteristics);
        let all = all.map(|(written, compiled)| {
            let bins = written.bins.iter().zip(&compiled.bins);
            let bins = bins.map(|(bin, when)| match when {
                Some(when) => format!("{} => {}", self.condition(when), bin.points),
                None => format!("else {}", bin.points),
            });
            let bins: Vec<String> = bins.collect();
            let missing = written.missing.as_ref().map(|(points, _)| points);
            let value = self.calculation(&compiled.value);
            format!("{value}: {} missing {missing:?}", bins.join("; "))
        });
        // Points add up in any order.
        let mut all: Vec<String> = all.collect();
        all.sort();
        format!("score {} + {}", scorecard.base, all.join(" + "))
    }

    /// What a slot holds.
    pub(super) fn slot(&self, slot: SlotId) -> String {
        self.slots.get(slot.0).cloned().unwrap_or_default()
    }

    fn calculation(&self, calculation: &Calculation) -> String {
        self.operand(&calculation.operand)
    }

    fn condition(&self, condition: &Condition) -> String {
        self.logic(&condition.logic, false)
    }

    /// What a value is.
    pub(super) fn operand(&self, operand: &Operand) -> String {
        let list = |list: &[Operand]| {
            let list: Vec<String> = list.iter().map(|part| self.operand(part)).collect();
            list.join(", ")
        };
        match operand {
            Operand::Constant(Value::Text(text)) => format!("{text:?}"),
            Operand::Constant(value) => format!("{}:{value}", value.ty()),
            Operand::Slot(slot) => self.slot(*slot),
            Operand::Subject(id) => {
                let feature = features::table().get(id.index());
                feature.map_or("", |feature| feature.name).to_owned()
            }
            Operand::Negate(inner) => format!("-({})", self.operand(inner)),
            Operand::Round(inner) => format!("round({})", self.operand(inner)),
            Operand::Abs(inner) => format!("abs({})", self.operand(inner)),
            Operand::Arithmetic(op, left, right) => {
                format!("({} {op:?} {})", self.operand(left), self.operand(right))
            }
            Operand::Choose(choice, parts, ty) => {
                format!("{}:{ty}({})", choice.as_str(), list(parts))
            }
            Operand::Condition(logic) => format!("[{}]", self.logic(logic, false)),
            Operand::Apply(function, parts) => self.applied(*function, &list(parts)),
            Operand::Forecast {
                function,
                per_account,
                arguments,
            } => {
                let each = if *per_account { " of each" } else { "" };
                format!("{}({}){each}", function.as_str(), list(arguments))
            }
        }
    }

    fn applied(&self, function: Applied, arguments: &str) -> String {
        let rule_set = self.program.rule_set();
        match function {
            Applied::Listed { list, negated } => {
                let list = rule_set.slots.lists.get(list);
                let values = short(format!("{:?}", list.map(|list| list.values())));
                let not = if negated { "!" } else { "" };
                format!("{not}({arguments} in {values})")
            }
            Applied::Share => format!("share {:?} ({arguments})", rule_set.share_salt),
            Applied::AddMonths
            | Applied::SubtractMonths
            | Applied::Weekday
            | Applied::Day
            | Applied::BusinessDay
            | Applied::StartsWith => format!("{function:?}({arguments})"),
        }
    }

    /// When a condition holds, or when it does not: unknown is unknown either way.
    pub(super) fn logic(&self, logic: &Logic, negated: bool) -> String {
        match logic {
            Logic::Constant(Ok(truth)) => (*truth != negated).to_string(),
            Logic::Constant(Err(why)) => format!("missing {why}"),
            Logic::Comparison(number) => self.comparison(*number, negated),
            Logic::Not(inner) => self.logic(inner, !negated),
            Logic::All(_) | Logic::Any(_) => {
                let every = matches!(logic, Logic::All(_)) != negated;
                let mut parts = Vec::new();
                self.parts(logic, (every, negated), &mut parts);
                parts.sort();
                parts.dedup();
                match parts.as_slice() {
                    [one] => one.clone(),
                    _ => format!("({})", parts.join(if every { " & " } else { " | " })),
                }
            }
        }
    }

    /// The parts of a condition that all have to hold, where it is `every`, or one of them.
    fn parts(&self, logic: &Logic, (every, negated): (bool, bool), into: &mut Vec<String>) {
        match logic {
            Logic::Not(inner) => self.parts(inner, (every, !negated), into),
            Logic::All(parts) if every != negated => {
                let each = |part| self.parts(part, (every, negated), into);
                parts.iter().for_each(each);
            }
            Logic::Any(parts) if every == negated => {
                let each = |part| self.parts(part, (every, negated), into);
                parts.iter().for_each(each);
            }
            Logic::Constant(_) | Logic::Comparison(_) | Logic::All(_) | Logic::Any(_) => {
                into.push(self.logic(logic, negated));
            }
        }
    }

    fn comparison(&self, number: usize, negated: bool) -> String {
        let test = self.program.tests.tests.get(number);
        test.map_or_else(String::new, |test| self.test(test, negated))
    }

    /// When a comparison holds, or when it does not.
    pub(super) fn test(&self, test: &Test, negated: bool) -> String {
        let not = |negated: bool| if negated { "!" } else { "" };
        match test {
            Test::Order(op, left, right) => {
                let op = if negated { op.negated() } else { *op };
                let (left, right) = (self.operand(left), self.operand(right));
                let turned = match op {
                    CompareOp::Greater | CompareOp::GreaterEqual => true,
                    CompareOp::Equal | CompareOp::NotEqual => left > right,
                    CompareOp::Less | CompareOp::LessEqual => false,
                };
                if turned {
                    format!("{right} {} {left}", op.mirrored().as_str())
                } else {
                    format!("{left} {} {right}", op.as_str())
                }
            }
            Test::Between(value, low, high) => {
                let [value, low, high] = [value, low, high].map(|part| self.operand(part));
                format!("{}({value} between {low} and {high})", not(negated))
            }
            Test::In {
                value,
                list,
                negated: not_in,
            } => {
                let mut list: Vec<String> = list.iter().map(|item| self.operand(item)).collect();
                list.sort();
                list.dedup();
                let (value, list) = (self.operand(value), list.join(", "));
                format!("{}({value} in {list})", not(negated != *not_in))
            }
            Test::IsMissing {
                value,
                negated: known,
            } => format!("{}missing({})", not(negated != *known), self.operand(value)),
            Test::Truth(Operand::Condition(logic)) => self.logic(logic, negated),
            Test::Truth(Operand::Apply(
                Applied::Listed {
                    list,
                    negated: not_in,
                },
                parts,
            )) => {
                let parts: Vec<String> = parts.iter().map(|part| self.operand(part)).collect();
                let function = Applied::Listed {
                    list: *list,
                    negated: negated != *not_in,
                };
                self.applied(function, &parts.join(", "))
            }
            Test::Truth(value) => format!("{}{}", not(negated), self.operand(value)),
        }
    }

    /// What a rule does, and to whom. Its reason is no part of that.
    pub(super) fn rule(&self, written: &Rule, compiled: &CompiledRule) -> String {
        let ignored = written.ignored.iter();
        let mut ignored: Vec<String> = ignored
            .map(|one| format!("{}={}", one.name, one.cause))
            .collect();
        ignored.sort();
        ignored.dedup();
        let when = self.condition(&compiled.when);
        format!("{:?} if {when} but {}", compiled.action, ignored.join(","))
    }

    /// What is done where no rule stops it.
    pub(super) fn end(&self) -> String {
        match (&self.program.rule_set().end, &self.program.end) {
            (End::Offer(written), CompiledEnd::Offer(compiled)) => self.offer(written, compiled),
            (_, CompiledEnd::Approve(compiled)) => {
                let when = self.condition(&compiled.when.0);
                format!("approve if {when}, {}", self.retries(compiled))
            }
            (_, CompiledEnd::Offer(_)) => String::new(),
        }
    }

    /// What is done in the place of what is not approved.
    pub(super) fn retries(&self, compiled: &CompiledApprove) -> String {
        let End::Approve(written) = &self.program.rule_set().end else {
            return String::new();
        };
        let retries = written.retries.iter().zip(&compiled.retries);
        let retries = retries.map(|(written, compiled)| {
            let every = compiled.every.as_ref();
            let every = every.map(|(every, _)| self.calculation(every));
            format!(
                "{} parts on {} every {every:?} if {}",
                written.parts,
                self.calculation(&compiled.on.0),
                self.condition(&compiled.when.0)
            )
        });
        retries.collect::<Vec<_>>().join("; ")
    }

    fn offer(&self, written: &Offer, compiled: &CompiledOffer) -> String {
        let value = |one: &(Calculation, _)| self.calculation(&one.0);
        let tiers = compiled.tiers.iter().map(|tier| {
            let least = tier.min_amount.as_ref().map(value);
            let (rate, most) = (value(&tier.rate), value(&tier.max_amount));
            let when = self.condition(&tier.when.0);
            format!("{rate} from {least:?} to {most} if {when}")
        });
        let fees = written.fees.iter().zip(&compiled.fees);
        let fees = fees.map(|(written, fee)| {
            let parts = [&fee.share, &fee.flat, &fee.minimum, &fee.maximum];
            let parts = parts.map(|part| part.as_ref().map(value));
            format!("{parts:?} {:?} {:?}", written.paid, written.counts_in)
        });
        let caps = written.caps.iter().zip(&compiled.caps);
        let caps = caps.map(|(written, cap)| {
            let when = cap.when.as_ref().map(|(when, _)| self.condition(when));
            format!("{:?} {} if {when:?}", written.basis, value(&cap.max))
        });
        format!(
            "offer {} from {} terms {:?} {:?} else {:?} affordable {} tiers {} fees {} caps {}",
            written.step,
            written.minimum,
            written.terms,
            written.frequencies,
            written.otherwise,
            value(&compiled.affordable_payment),
            tiers.collect::<Vec<_>>().join("; "),
            fees.collect::<Vec<_>>().join("; "),
            caps.collect::<Vec<_>>().join("; "),
        )
    }
}

/// What a slot is that is read; what is computed is known later.
fn canon_read(program: &Program, source: Source, name: &str) -> String {
    match source {
        Source::Input(index) => {
            let input = program.rule_set().inputs.get(index);
            let declared = input.map(|input| (input.ty, &input.default));
            format!("{name} {declared:?}")
        }
        Source::Feature(_)
        | Source::Aggregate(_)
        | Source::Forecast(_)
        | Source::Derive(_)
        | Source::Row(_)
        | Source::Cell(..)
        | Source::Score
        | Source::BinValue
        | Source::Offer(_) => name.to_owned(),
    }
}

fn short(text: String) -> String {
    if text.len() <= SHORT_BYTES {
        text
    } else {
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }
}
