//! One value that conditions look at, and the few of its values that stand for all.

use std::collections::BTreeSet;

use crate::features::{Feature, FeatureId, Missing, Range, Type, Value, Words};
use crate::money::Currency;
use crate::rules::rule_set::DeclaredInput;
use crate::rules::scalar::{self, Scalar};

/// A text that no rule names, or with a few more of its last character.
const OTHER_TEXT: &str = "something else.";
/// A day about which nothing is said.
const A_DAY: i64 = 740_000;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// A feature of the household.
    Feature(FeatureId),
    /// What the caller sends.
    Input,
    /// It is calculated: it can be anything of its type.
    Calculated,
}

/// A value that conditions look at.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub(super) base: Base,
    /// As rules call it, where it is read.
    pub(super) name: String,
    pub(super) ty: Type,
    /// Between what it lies, in whole numbers as `scalar::of_whole` has them.
    least: Option<i64>,
    pub(super) most: Option<i64>,
    /// Numbers about which something may turn.
    points: BTreeSet<i64>,
    words: BTreeSet<String>,
    /// Whether it is none but of these words.
    is_closed: bool,
    may_miss: bool,
    /// Causes for which a rule lets it be missing.
    causes: BTreeSet<Missing>,
}

impl Axis {
    fn of(base: Base, name: String, ty: Type) -> Self {
        Self {
            base,
            name,
            ty,
            least: None,
            most: None,
            points: BTreeSet::new(),
            words: BTreeSet::new(),
            is_closed: false,
            may_miss: true,
            causes: BTreeSet::new(),
        }
    }

    /// What is calculated.
    pub(super) fn calculated(name: String, ty: Type) -> Self {
        Self::of(Base::Calculated, name, ty)
    }

    /// How two values stand to each other: below zero where the first is less.
    pub(super) fn order(name: String) -> Self {
        Self {
            least: Some(-1),
            most: Some(1),
            points: BTreeSet::from([0]),
            ..Self::calculated(name, Type::Count)
        }
    }

    /// A feature of the household.
    pub(super) fn feature(id: FeatureId, feature: &Feature) -> Self {
        let range = feature.whole_range();
        let (words, is_closed) = match feature.words {
            Words::Only(words) => (words, true),
            Words::Known(words) => (words, false),
            Words::Any => (&[][..], false),
        };
        Self {
            least: range.least,
            most: range.most,
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            is_closed,
            // An amount may be in another currency.
            may_miss: !feature.is_always_known || feature.ty == Type::Money,
            ..Self::of(Base::Feature(id), feature.name.to_owned(), feature.ty)
        }
    }

    /// What the caller sends, as one rule set declares it.
    pub(super) fn input(name: String, ty: Type) -> Self {
        Self::of(Base::Input, name, ty)
    }

    /// A choice of so many, by number.
    pub(super) fn few(name: String, count: usize) -> Self {
        let last = i64::try_from(count).unwrap_or(1) - 1;
        Self {
            least: Some(0),
            most: Some(last),
            points: (0..=last).collect(),
            may_miss: false,
            ..Self::calculated(name, Type::Count)
        }
    }

    /// The same, and no fewer.
    pub(super) fn at_least(self, least: usize) -> Self {
        Self {
            least: i64::try_from(least).ok(),
            ..self
        }
    }

    /// The same, and never missing.
    pub(super) fn known(self) -> Self {
        Self {
            may_miss: false,
            ..self
        }
    }

    /// Narrows it to what a rule set takes: whoever sends something else is decided by none.
    pub(super) fn declare(&mut self, declared: &DeclaredInput) {
        let Range { least, most } = declared.whole_range();
        self.least = self.least.max(least);
        self.most = match (self.most, most) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.may_miss &= !declared.required;
        if !declared.values.is_empty() {
            let values: BTreeSet<String> = declared.values.iter().cloned().collect();
            if self.is_closed {
                self.words.retain(|word| values.contains(word));
            } else {
                self.words = values;
            }
            self.is_closed = true;
        }
    }

    /// Something may turn where it is this, or beside it.
    pub(super) fn split(&mut self, constant: &Value) {
        if let (Value::Text(text), Type::Text, false) = (constant, self.ty, self.is_closed) {
            self.words.insert(text.clone());
        }
        let around = around(constant, self.ty).unwrap_or_default();
        let beside = |at: i64| [at.saturating_sub(1), at, at.saturating_add(1)];
        self.points.extend(around.into_iter().flat_map(beside));
    }

    /// Whether one of its whole numbers is above a constant that it is compared with, and one below: where
    /// they end, other values may go on.
    pub(super) fn fits(&self, constant: &Value) -> bool {
        const INSIDE: std::ops::Range<i64> = i64::MIN + 1..i64::MAX;
        let zero = scalar::of_whole(0, self.ty);
        let constant = Scalar::of_constant(constant);
        let is_compared = zero.is_some_and(|zero| scalar::order(constant, zero).is_some());
        let around = scalar::around(constant, self.ty);
        !is_compared || around.is_some_and(|ends| ends.iter().all(|end| INSIDE.contains(end)))
    }

    /// A rule lets it be missing for this cause.
    pub(super) fn may_miss_for(&mut self, cause: Missing) {
        self.causes.insert(cause);
    }

    /// Values of which one stands for each that it can be: what conditions make of it is the same.
    pub(super) fn values(&self, currency: Currency) -> Vec<Result<Value, Missing>> {
        let known: Vec<Value> = match self.ty {
            Type::Bool => vec![Value::Bool(false), Value::Bool(true)],
            Type::Text => {
                let other = (!self.is_closed).then(|| self.other_text());
                let words = self.words.iter().cloned().chain(other);
                words.map(Value::Text).collect()
            }
            Type::Money | Type::Count | Type::Days | Type::Ratio | Type::Percent | Type::Date => {
                let whole = self.wholes().into_iter();
                whole
                    .filter_map(|at| value(at, self.ty, currency))
                    .collect()
            }
        };
        known.into_iter().map(Ok).chain(self.missing()).collect()
    }

    /// A text that is none of its words.
    fn other_text(&self) -> String {
        let mut other = OTHER_TEXT.to_owned();
        while self.words.contains(&other) {
            other.push('.');
        }
        other
    }

    /// Whether it can be this number.
    pub(super) fn holds(&self, at: i64) -> bool {
        self.least.is_none_or(|least| at >= least) && self.most.is_none_or(|most| at <= most)
    }

    /// Whether no rule says where something turns.
    pub(super) fn is_unsplit(&self) -> bool {
        self.points.is_empty()
    }

    fn wholes(&self) -> BTreeSet<i64> {
        let ends = self.least.into_iter().chain(self.most);
        let mut wholes: BTreeSet<i64> = self.points.iter().copied().chain(ends).collect();
        wholes.retain(|at| self.holds(*at));
        if wholes.is_empty() {
            wholes.insert(if self.ty == Type::Date { A_DAY } else { 0 });
        }
        wholes
    }

    /// The causes that rules tell apart, and one that they do not.
    fn missing(&self) -> impl Iterator<Item = Result<Value, Missing>> {
        const USUAL: [Missing; 2] = [Missing::HistoryTooShort, Missing::NotProvided];
        let usual = match self.base {
            Base::Input => [USUAL[1], USUAL[0]],
            Base::Feature(_) | Base::Calculated => USUAL,
        };
        let all = usual.into_iter().chain(Missing::ALL);
        let other = all.into_iter().find(|why| !self.causes.contains(why));
        let causes: Vec<Missing> = self.causes.iter().copied().chain(other).collect();
        let causes = if self.may_miss { causes } else { Vec::new() };
        causes.into_iter().map(Err)
    }
}

/// The value that a whole number stands for.
pub(super) fn value(at: i64, ty: Type, currency: Currency) -> Option<Value> {
    let scalar = scalar::of_whole(at, ty)?;
    Some(Scalar::quantised(scalar).exactly(currency))
}

/// The values that whole numbers stand for.
pub(super) fn all(at: &[i64], ty: Type, currency: Currency) -> Vec<Value> {
    let values = at.iter().filter_map(|at| value(*at, ty, currency));
    values.collect()
}

/// The whole numbers of a type between which a constant lies: one where it is one. `None` where it is
/// not compared with values of the type, or too large.
pub(super) fn around(constant: &Value, ty: Type) -> Option<BTreeSet<i64>> {
    scalar::around(Scalar::of_constant(constant), ty).map(BTreeSet::from)
}
