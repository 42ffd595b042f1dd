//! What the names in expressions stand for.

use std::collections::{BTreeMap, BTreeSet};

use super::advice::{Advice, did_you_mean, nearest};
use super::asked::{AskedFor, OfferValue};
use super::toml_reader::Text;
use crate::features::{self, Feature, FeatureId, Type, Value};

/// What a name stands for. `None` inside: declared, but wrongly, which was reported.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Named {
    Feature(FeatureId, Type, features::Scope),
    Param(Option<Value>),
    Derive(usize, Option<Type>),
    Input(usize, Option<Type>),
    /// A list, and the type of what is in it.
    List(usize, Option<Type>),
    /// What a table gives.
    Table {
        table: usize,
        output: usize,
        ty: Option<Type>,
    },
    /// A table that gives several values, by their names.
    Outputs(Vec<String>),
    Score,
    BinValue,
    Offer(OfferValue),
}

/// A name that a query may read beside the features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryName {
    /// As it is written: `decision.score`.
    pub name: &'static str,
    /// What it is.
    pub ty: Type,
    /// The texts that it can be; none where it can be any, or is no text.
    pub words: &'static [&'static str],
}

/// The names of one rule set, and which of them were used.
#[derive(Debug, Default)]
pub(super) struct Names {
    declared: BTreeMap<String, Named>,
    used: BTreeSet<String>,
    /// Those that rest on the score.
    late: BTreeSet<String>,
    /// What derived values, tables and the score rest on of what was asked for.
    rests_on: BTreeMap<String, BTreeSet<AskedFor>>,
    /// Params that are numbers without a unit.
    plain: BTreeMap<String, PlainParam>,
    /// The texts that declared names can be, where they can be no other.
    words: BTreeMap<&'static str, &'static [&'static str]>,
}

/// A param that is a number without a unit.
#[derive(Debug)]
pub(super) struct PlainParam {
    pub(super) text: Text,
    /// Whether a `min` or `max` stands beside it, which then has no unit either.
    pub(super) has_ends: bool,
    /// Whether it was reported that a unit is meant.
    pub(super) is_told: bool,
}

impl Names {
    /// Declares `params.x`, `derive.x` or `inputs.x`; `false` where it is declared already.
    pub(super) fn declare(&mut self, name: String, named: Named) -> bool {
        self.declared.insert(name, named).is_none()
    }

    /// Says which texts a declared name can be.
    pub(super) fn declare_words(&mut self, name: &'static str, words: &'static [&'static str]) {
        self.words.insert(name, words);
    }

    /// The texts that a declared name can be, where they are known, with the name.
    pub(super) fn words_of(&self, name: &str) -> Option<(&'static str, &'static [&'static str])> {
        let (name, words) = self.words.get_key_value(name)?;
        Some((name, words))
    }

    /// What the name stands for.
    pub(super) fn find(&mut self, name: &str) -> Option<Named> {
        if let Some(named) = self.declared.get(name) {
            self.used.insert(name.to_owned());
            return Some(named.clone());
        }
        let found = match name {
            "score" => Some(Named::Score),
            "value" => Some(Named::BinValue),
            _ => OfferValue::named(name).map(Named::Offer),
        };
        found.or_else(|| features::find(name).map(feature))
    }

    /// Notes that a param is a number without a unit.
    pub(super) fn note_plain(&mut self, name: String, param: PlainParam) {
        self.plain.insert(name, param);
    }

    /// A param that is a number without a unit.
    pub(super) fn plain_param(&mut self, name: &str) -> Option<&mut PlainParam> {
        self.plain.get_mut(name)
    }

    /// What a declared name stands for, without noting that it is used.
    pub(super) fn declared(&self, name: &str) -> Option<&Named> {
        self.declared.get(name)
    }

    /// Says the type of a derived value, once it is known.
    pub(super) fn derive_type(&mut self, name: &str, index: usize, ty: Option<Type>) {
        let name = format!("derive.{name}");
        self.declared.insert(name, Named::Derive(index, ty));
    }

    /// Says that what has this name rests on the score.
    pub(super) fn mark_late(&mut self, name: String) {
        self.late.insert(name);
    }

    /// Whether what has this name rests on the score.
    pub(super) fn is_late(&self, name: &str) -> bool {
        self.late.contains(name)
    }

    /// Whether a name was used, or one that begins with it and a point.
    pub(super) fn is_used_in_part(&self, name: &str) -> bool {
        let inside = format!("{name}.");
        let mut from = self.used.range(inside.clone()..);
        self.is_used(name) || from.next().is_some_and(|used| used.starts_with(&inside))
    }

    /// Says what a derived value, a table or the score rests on of what was asked for.
    pub(super) fn rests_on(&mut self, name: &str, asked: BTreeSet<AskedFor>) {
        self.rests_on.insert(name.to_owned(), asked);
    }

    /// What a name rests on of what was asked for.
    pub(super) fn asked_for(&self, name: &str) -> BTreeSet<AskedFor> {
        let own = AskedFor::ALL.into_iter().find(|asked| asked.name() == name);
        // What the score rests on is known after what reads it.
        let score = self.is_late(name).then_some("score");
        let rests_on = [Some(name), score].into_iter().flatten();
        let rests_on = rests_on.filter_map(|name| self.rests_on.get(name));
        rests_on.flatten().copied().chain(own).collect()
    }

    /// Takes what is declared and stands in an expression that is wrong for used: why it is not is
    /// told once.
    pub(super) fn mentioned(&mut self, expression: &str) {
        let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        for word in expression.split(|c| !of_name(c)) {
            if self.declared.contains_key(word) {
                self.used.insert(word.to_owned());
            }
        }
    }

    pub(super) fn is_used(&self, name: &str) -> bool {
        self.used.contains(name)
    }

    /// A name near to one that is unknown, or where to look for one.
    pub(super) fn suggest(&self, name: &str) -> Option<Advice> {
        let declared = self.declared.keys().map(String::as_str);
        let table = features::table().iter().map(|feature| feature.name);
        let offer = OfferValue::ALL.iter().map(|value| value.name());
        let known: Vec<&str> = declared.chain(table).chain(offer).collect();
        let near = did_you_mean(name, known);
        near.or_else(|| self.same_last_part(name))
    }

    /// `nsf_days_max` for `params.nsf_days_max`: the group was forgotten, or another was meant.
    fn same_last_part(&self, name: &str) -> Option<Advice> {
        let last = name.rsplit('.').next()?;
        let ends = |known: &&str| known.rsplit('.').next() == Some(last);
        let declared = self.declared.keys().map(String::as_str);
        let mut all = declared.chain(features::table().iter().map(|feature| feature.name));
        let known = all.find(ends)?;
        Some(Advice::words(format!("did you mean `{known}`?")).in_place(name, known))
    }
}

/// The feature whose name is near to one that is unknown.
pub fn nearest_feature(name: &str) -> Option<&'static str> {
    nearest(name, features::table().iter().map(|feature| feature.name))
}

fn feature((id, feature): (FeatureId, &'static Feature)) -> Named {
    Named::Feature(id, feature.ty, feature.scope)
}
