//! What stands at each position of an [`super::Evaluation`]: the names, types and texts of a rule
//! set, kept beside the records so that they can be read without this program.

mod end;

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::code::{Condition, Logic};
use super::evaluation::{Action, ReasonCode};
use super::numbering::{self, Standing};
use super::program::{CompiledEnd, Program};
use super::rule_set::{End, Formula, Ignored, RuleNotes};
use super::table::{Shape, Table, Test};
use crate::features::{Missing, Type, Value};
use crate::loan::Basis;
use crate::money::Currency;

/// What a rule set's evaluations are read by. A pure function of the bundle's bytes under one
/// `semantics`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The currency of its amounts.
    pub currency: Currency,
    /// The declared inputs, in the order written.
    pub inputs: Vec<LayoutValue>,
    /// What is said of inputs and params for the law's sake, where anything is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declared: Vec<LayoutDeclared>,
    /// The functions over subjects, in the order in which the file first writes them.
    pub aggregates: Vec<LayoutValue>,
    /// The derived values, in the order written.
    pub derived: Vec<LayoutValue>,
    /// The tables, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<LayoutTable>,
    /// The comparisons, by their numbers.
    pub comparisons: Vec<LayoutComparison>,
    /// The rules, in the order written.
    pub rules: Vec<LayoutRule>,
    /// The scorecard, where there is one.
    pub scorecard: Option<LayoutScorecard>,
    /// The tiers of the offer, in the order written; none where the rule set makes no offers.
    pub tiers: Vec<LayoutTier>,
    /// The fees of the offer, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fees: Vec<LayoutFee>,
    /// The caps of the offer, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<LayoutCap>,
    /// What one payment may be, as written, where the rule set makes offers.
    pub affordable_payment: Option<String>,
    /// The condition of approval, where the rule set makes no offers.
    pub approve: Option<LayoutCondition>,
    /// What is tried where it does not hold, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retries: Vec<LayoutRetry>,
    /// The codes of its reasons, those that the engine gives by itself included.
    pub reasons: Vec<ReasonCode>,
}

/// A value with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutValue {
    /// `inputs.existing_customer`, `min(ownership.name_score)`, `derive.free_cash`.
    pub name: String,
    /// Its type, which carries the unit.
    #[serde(rename = "type")]
    pub ty: Type,
    /// How it is computed, as written; of derived values only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
}

/// A table. Of a matrix the cells are counted row by row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutTable {
    /// `tables.caps`
    pub name: String,
    /// What its rows are chosen by, as written; of a matrix its rows, then its columns.
    pub inputs: Vec<String>,
    /// The tests of each row.
    pub rows: Vec<Vec<String>>,
    /// The tests of the columns of a matrix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// What it gives.
    pub outputs: Vec<LayoutOutput>,
}

/// What a table gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutOutput {
    /// `tables.caps.apr`; of a matrix the name of the table.
    pub name: String,
    /// Its type, which carries the unit.
    #[serde(rename = "type")]
    pub ty: Type,
    /// For each row, or each cell of a matrix, and at last where none holds, where the table says.
    pub values: Vec<Value>,
}

/// What is said of an input or a param for the law's sake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutDeclared {
    /// `inputs.employment_score`
    pub name: String,
    /// The agency whose consumer report it is from, where it is from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_report: Option<String>,
    /// Why the law lets it be used, where the rule set says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutCondition {
    /// As written.
    pub text: String,
    /// The same over the numbers of its comparisons: `#3 and (#4 or not #5)`.
    pub logic: String,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutComparison {
    /// As written.
    pub text: String,
    /// Where it stands.
    pub stands_in: StandsIn,
}

/// Where a comparison stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandsIn {
    /// A derived value, by name.
    Derived(String),
    /// What the rows of a table are chosen by, by the table's name and the position of that.
    Table(String, usize),
    /// A rule, by id.
    Rule(String),
    /// The exception of a rule, by its id.
    Exception(String),
    /// The value of a characteristic, by its name.
    Characteristic(String),
    /// A bin, by its characteristic's name and its own position.
    Bin(String, usize),
    /// A tier, by id.
    Tier(String),
    /// A fee, by id.
    Fee(String),
    /// A cap, by id.
    Cap(String),
    /// What one payment may be.
    AffordablePayment,
    /// The condition of approval.
    Approve,
    /// A retry, by id.
    Retry(String),
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutRule {
    /// Its id.
    pub id: String,
    /// What it does when it fires.
    pub action: Action,
    /// The code of its reason.
    pub reason: ReasonCode,
    /// When it fires.
    pub when: LayoutCondition,
    /// The values that may be missing here, and for which causes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_be_missing: Vec<LayoutIgnored>,
    /// Where it does not fire though its condition holds, as written; `when` has its comparisons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub except: Option<String>,
    /// What it says of itself.
    #[serde(flatten)]
    pub notes: RuleNotes,
}

/// A value that may be missing for a cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutIgnored {
    /// The feature, input or forecast.
    pub name: String,
    /// The cause.
    pub cause: Missing,
    /// Why it may, in the rule set's words.
    pub because: String,
}

/// The scorecard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutScorecard {
    /// The points that everybody has.
    pub base: i64,
    /// In the order written.
    pub characteristics: Vec<LayoutCharacteristic>,
}

/// One characteristic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutCharacteristic {
    /// Its name.
    pub name: String,
    /// What is scored, as written.
    pub value: String,
    /// The code of the reason for points lost.
    pub reason: ReasonCode,
    /// The points against which points lost are counted; those of the best bin where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<i64>,
    /// In the order written.
    pub bins: Vec<LayoutBin>,
    /// The points where the value is missing, and why they are fair, where the rule set says.
    pub missing: Option<(i64, String)>,
}

/// One bin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutBin {
    /// When it applies; `None` for all other values.
    pub when: Option<LayoutCondition>,
    /// Its points.
    pub points: i64,
}

/// One tier of the offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutTier {
    /// Its id.
    pub id: String,
    /// When it applies.
    pub when: LayoutCondition,
    /// Its nominal yearly rate, as written.
    pub rate: String,
    /// The most that it offers, as written.
    pub max_amount: String,
    /// The least, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_amount: Option<String>,
}

/// One fee of the offer. Its parts are as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutFee {
    /// Its id.
    pub id: String,
    /// The share of the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// The flat part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat: Option<String>,
    /// The least that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<String>,
    /// The most that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<String>,
}

/// One cap of the offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutCap {
    /// Its id.
    pub id: String,
    /// The rate that is capped.
    pub basis: Basis,
    /// The most that it may be, as written.
    pub max: String,
    /// Where it applies, if not everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<LayoutCondition>,
}

/// One retry of a debit. Its days are as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutRetry {
    /// Its id.
    pub id: String,
    /// When it applies.
    pub when: LayoutCondition,
    /// The day of the first debit.
    pub on: String,
    /// How many debits there are.
    pub parts: u32,
    /// The days between them, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// The code of its reason.
    pub reason: ReasonCode,
}

impl Layout {
    /// The layout of a program's evaluations.
    pub fn of(program: &Program) -> Self {
        let rule_set = program.rule_set();
        let inputs = rule_set.inputs.iter().map(|input| LayoutValue {
            name: format!("inputs.{}", input.name),
            ty: input.ty,
            formula: None,
        });
        let slots = &rule_set.slots;
        let aggregates = program.aggregates_as_written.iter();
        let aggregates = aggregates.filter_map(|slot| slots.get(*slot));
        let aggregates = aggregates.map(|slot| LayoutValue {
            name: slot.name.clone(),
            ty: slot.ty,
            formula: None,
        });
        let derived = rule_set.derive.iter().map(|derived| LayoutValue {
            name: format!("derive.{}", derived.name),
            ty: derived.ty,
            formula: Some(derived.formula.text.clone()),
        });
        let (affordable_payment, approve) = match (&rule_set.end, &program.end) {
            (End::Approve(approve), CompiledEnd::Approve(compiled)) => {
                (None, Some(condition(&approve.when, &compiled.when.0)))
            }
            (End::Offer(offer), _) => (Some(offer.affordable_payment.text.clone()), None),
            (End::Approve(_), CompiledEnd::Offer(_)) => (None, None),
        };
        let reasons = rule_set.reasons.iter().map(|reason| reason.code.clone());
        Self {
            currency: rule_set.currency,
            inputs: inputs.collect(),
            declared: declared(program),
            aggregates: aggregates.collect(),
            derived: derived.collect(),
            tables: rule_set.tables.iter().map(table).collect(),
            comparisons: comparisons(program),
            rules: rules(program),
            scorecard: scorecard(program),
            tiers: end::tiers(program),
            fees: end::fees(program),
            caps: end::caps(program),
            affordable_payment,
            approve,
            retries: end::retries(program),
            reasons: reasons.collect(),
        }
    }
}

fn table(table: &Table) -> LayoutTable {
    let name = format!("tables.{}", table.name);
    let texts = |tests: &[Test]| tests.iter().map(|test| test.text.clone()).collect();
    let (rows, columns) = match &table.shape {
        Shape::Rows { rows, .. } => (rows.iter().map(|row| texts(row)).collect(), Vec::new()),
        Shape::Matrix { rows, columns } => {
            let rows = rows.iter().map(|test| vec![test.text.clone()]);
            (rows.collect(), texts(columns))
        }
    };
    let outputs = table.outputs.iter().map(|output| LayoutOutput {
        name: match &output.name {
            Some(output) => format!("{name}.{output}"),
            None => name.clone(),
        },
        ty: output.ty,
        values: output
            .values
            .iter()
            .chain(&output.otherwise)
            .cloned()
            .collect(),
    });
    let inputs = table.inputs.iter();
    LayoutTable {
        inputs: inputs.map(|input| input.formula.text.clone()).collect(),
        rows,
        columns,
        outputs: outputs.collect(),
        name,
    }
}

fn declared(program: &Program) -> Vec<LayoutDeclared> {
    let rule_set = program.rule_set();
    let mut all: Vec<LayoutDeclared> = Vec::new();
    for input in rule_set
        .inputs
        .iter()
        .filter(|input| input.source.is_some())
    {
        all.push(LayoutDeclared {
            name: format!("inputs.{}", input.name),
            consumer_report: input.source.clone(),
            justification: None,
        });
    }
    for one in &rule_set.justified {
        let justification = Some(one.justification.clone());
        match all.iter_mut().find(|known| known.name == one.name) {
            Some(known) => known.justification = justification,
            None => all.push(LayoutDeclared {
                name: one.name.clone(),
                consumer_report: None,
                justification,
            }),
        }
    }
    all
}

fn comparisons(program: &Program) -> Vec<LayoutComparison> {
    let rule_set = program.rule_set();
    let formulas = numbering::formulas(rule_set);
    let sites = numbering::sites(rule_set).into_iter();
    let numbered = sites.filter_map(|(formula, site)| {
        let (place, formula) = formulas.get(formula)?;
        Some(LayoutComparison {
            text: formula.sites.get(site)?.text.clone(),
            stands_in: stands_in(program, *place)?,
        })
    });
    numbered.collect()
}

fn stands_in(program: &Program, place: Standing) -> Option<StandsIn> {
    let rule_set = program.rule_set();
    let characteristic = |index: usize| {
        let scorecard = rule_set.scorecard.as_ref()?;
        Some(scorecard.characteristics.get(index)?.name.clone())
    };
    let offer = || match &rule_set.end {
        End::Offer(offer) => Some(offer),
        End::Approve(_) => None,
    };
    Some(match place {
        Standing::Derived(index) => StandsIn::Derived(rule_set.derive.get(index)?.name.clone()),
        Standing::TableInput(table, input) => {
            StandsIn::Table(rule_set.tables.get(table)?.name.clone(), input)
        }
        Standing::Rule(index) => StandsIn::Rule(rule_set.rules.get(index)?.id.clone()),
        Standing::Exception(index) => StandsIn::Exception(rule_set.rules.get(index)?.id.clone()),
        Standing::Characteristic(index) => StandsIn::Characteristic(characteristic(index)?),
        Standing::Bin(index, bin) => StandsIn::Bin(characteristic(index)?, bin),
        Standing::Tier(index) => StandsIn::Tier(offer()?.tiers.get(index)?.id.clone()),
        Standing::Fee(index) => StandsIn::Fee(offer()?.fees.get(index)?.id.clone()),
        Standing::Cap(index) => StandsIn::Cap(offer()?.caps.get(index)?.id.clone()),
        Standing::AffordablePayment => StandsIn::AffordablePayment,
        Standing::Approve => StandsIn::Approve,
        Standing::Retry(index) => StandsIn::Retry(end::retry(rule_set, index)?.id.clone()),
    })
}

fn code(program: &Program, reason: usize) -> ReasonCode {
    let reason = program.rule_set().reasons.get(reason);
    reason.map(|reason| reason.code.clone()).unwrap_or_default()
}

fn condition(written: &Formula, compiled: &Condition) -> LayoutCondition {
    let mut logic = String::new();
    write_logic(&compiled.logic, false, &mut logic);
    LayoutCondition {
        text: written.text.clone(),
        logic,
    }
}

/// Writes a condition over numbers; `inside` of another, in parentheses where it has parts.
fn write_logic(logic: &Logic, inside: bool, into: &mut String) {
    match logic {
        Logic::Constant(Ok(truth)) => {
            let _ = write!(into, "{truth}");
        }
        Logic::Constant(Err(_)) => into.push_str("unknown"),
        Logic::Comparison(number) => {
            let _ = write!(into, "#{number}");
        }
        Logic::Not(inner) => {
            into.push_str("not ");
            write_logic(inner, true, into);
        }
        Logic::All(parts) | Logic::Any(parts) => {
            let word = if matches!(logic, Logic::All(_)) {
                " and "
            } else {
                " or "
            };
            if inside {
                into.push('(');
            }
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    into.push_str(word);
                }
                write_logic(part, true, into);
            }
            if inside {
                into.push(')');
            }
        }
    }
}

fn rules(program: &Program) -> Vec<LayoutRule> {
    let rules = program.rule_set().rules.iter().zip(&program.rules);
    let rules = rules.map(|(rule, compiled)| LayoutRule {
        id: rule.id.clone(),
        action: rule.action,
        reason: code(program, rule.reason),
        when: condition(&rule.when, &compiled.when),
        may_be_missing: rule.ignored.iter().map(ignored).collect(),
        except: rule.except.as_ref().map(|except| except.text.clone()),
        notes: rule.notes.clone(),
    });
    rules.collect()
}

fn ignored(one: &Ignored) -> LayoutIgnored {
    LayoutIgnored {
        name: one.name.clone(),
        cause: one.cause,
        because: one.because.clone(),
    }
}

fn scorecard(program: &Program) -> Option<LayoutScorecard> {
    let scorecard = program.rule_set().scorecard.as_ref()?;
    let all = scorecard.characteristics.iter();
    let characteristics = all.zip(&program.characteristics).map(|(one, compiled)| {
        let bins = one.bins.iter().zip(&compiled.bins);
        let bins = bins.map(|(bin, compiled)| LayoutBin {
            when: bin
                .when
                .as_ref()
                .zip(compiled.as_ref())
                .map(|(a, b)| condition(a, b)),
            points: bin.points,
        });
        LayoutCharacteristic {
            name: one.name.clone(),
            value: one.value.text.clone(),
            reason: code(program, one.reason),
            baseline: one.average,
            bins: bins.collect(),
            missing: one.missing.clone(),
        }
    });
    Some(LayoutScorecard {
        base: scorecard.base,
        characteristics: characteristics.collect(),
    })
}
