//! Checks the values that a test gives to features.

use std::collections::BTreeMap;

use super::Checker;
use crate::features::{self, Feature, Missing, Scope, Type, Value, Words};
use crate::rules::advice::{Advice, did_you_mean};
use crate::rules::ast::ForecastFunction;
use crate::rules::diagnostic::Code;
use crate::rules::file::{GivenEntry, ValueEntry};
use crate::rules::test_case::GivenFeatures;
use crate::rules::toml_reader::Text;
use crate::rules::vocabulary::causes;

impl Checker<'_> {
    pub(super) fn given_features(
        &mut self,
        entries: &[(Text, GivenEntry)],
    ) -> Option<GivenFeatures> {
        let mut given = GivenFeatures::default();
        let mut subjects: BTreeMap<Scope, (usize, &str)> = BTreeMap::new();
        let mut sound = true;
        for (name, entry) in entries {
            if let Some(function) = ForecastFunction::named(&name.value) {
                let ty = function.answers();
                let answer = match entry {
                    GivenEntry::One(value) => self.given_value(value, ty),
                    GivenEntry::Several(_) => self.one_value(name),
                };
                let place = match function {
                    ForecastFunction::PReturn => &mut given.forecasts.p_return,
                    ForecastFunction::BestPullDate => &mut given.forecasts.best_pull_date,
                };
                sound &= answer.is_some();
                *place = answer.unwrap_or(Err(Missing::NoBasis));
                continue;
            }
            let feature = self.given_feature(name);
            let values = feature.and_then(|feature| self.given_values(name, entry, feature));
            let Some((feature, values)) = feature.zip(values) else {
                sound = false;
                continue;
            };
            let count = values.len();
            let (others, other) = *subjects
                .entry(feature.scope)
                .or_insert((count, &name.value));
            if others != count {
                let of = feature.scope.as_str();
                let message = format!(
                    "`{}` has {count} values and `{other}` has {others}: every {of} has one of each",
                    name.value
                );
                self.report.error(Code::BadValue, &name.span, message);
                sound = false;
            }
            given.values.insert(name.value.clone(), values);
        }
        sound.then_some(given)
    }

    /// The feature of a name; not one that follows from what is asked for.
    fn given_feature(&mut self, name: &Text) -> Option<&'static Feature> {
        let shown = name.value.escape_debug().to_string();
        let Some((_, feature)) = features::find(&name.value) else {
            let all = features::table().iter().map(|feature| feature.name);
            let suggests = self.report.suggests();
            let near = suggests.then(|| did_you_mean(&shown, all)).flatten();
            let help = near.unwrap_or_else(|| {
                Advice::words("`underwrite rules features` lists the features there are")
            });
            let message = format!("no feature is called `{shown}`");
            self.report
                .error_with(Code::UnknownName, &name.span, message, help);
            return None;
        };
        if feature.is_of_application() {
            let message = format!("`{shown}` follows from what is asked for");
            let help = "say it under `application`".to_owned();
            self.report
                .error_with(Code::BadValue, &name.span, message, help);
            return None;
        }
        Some(feature)
    }

    fn one_value<T>(&mut self, name: &Text) -> Option<T> {
        let message = format!("`{}` has one value", name.value.escape_debug());
        self.report.error(Code::BadValue, &name.span, message);
        None
    }

    fn given_values(
        &mut self,
        name: &Text,
        entry: &GivenEntry,
        feature: &Feature,
    ) -> Option<Vec<Result<Value, Missing>>> {
        let values = match entry {
            GivenEntry::One(value) => std::slice::from_ref(value),
            GivenEntry::Several(_) if feature.scope == Scope::Household => {
                return self.one_value(name);
            }
            GivenEntry::Several(values)
                if values.is_empty() && feature.scope != Scope::IncomeStream =>
            {
                let (shown, of) = (name.value.escape_debug(), feature.scope.as_str());
                let message = format!("`{shown}` has no value: there is at least one {of}");
                self.report.error(Code::BadValue, &name.span, message);
                return None;
            }
            GivenEntry::Several(values) => values,
        };
        let values: Vec<_> = values
            .iter()
            .map(|value| self.value_of_feature(value, feature))
            .collect();
        values.into_iter().collect()
    }

    fn value_of_feature(
        &mut self,
        entry: &ValueEntry,
        feature: &Feature,
    ) -> Option<Result<Value, Missing>> {
        let value = self.given_value(entry, feature.ty)?;
        if let (ValueEntry::Known(text), Ok(value)) = (entry, &value) {
            self.value_there_is(text, value, feature)?;
        }
        Some(value)
    }

    /// Reports a value that the feature never has.
    fn value_there_is(&mut self, text: &Text, value: &Value, feature: &Feature) -> Option<()> {
        if let (Value::Text(word), Words::Only(words)) = (value, feature.words)
            && !words.contains(&word.as_str())
        {
            let help = did_you_mean(word, words.iter().copied())
                .unwrap_or_else(|| format!("it is one of `{}`", words.join("`, `")).into());
            let message = format!("`{}` is never `{}`", feature.name, word.escape_debug());
            self.report
                .error_with(Code::UnknownWord, &text.span, message, help);
            return None;
        }
        if feature.can_be(value) {
            return Some(());
        }
        let message = format!("`{}` is never {value}", feature.name);
        let help = format!("its range is {}", feature.range_in_words());
        self.report
            .error_with(Code::OutOfNaturalRange, &text.span, message, help);
        None
    }

    fn given_value(&mut self, entry: &ValueEntry, ty: Type) -> Option<Result<Value, Missing>> {
        match entry {
            ValueEntry::Known(text) => self.plain(text, ty).map(Ok),
            ValueEntry::Missing(cause) => self
                .word(cause, &causes(), "a cause for which a value is missing")
                .map(Err),
        }
    }

    /// A value as it stands: texts without further quotes, all else with its unit.
    pub(super) fn plain(&mut self, text: &Text, ty: Type) -> Option<Value> {
        if ty == Type::Text {
            self.item(text, ty)
        } else {
            self.bound(text, ty)
        }
    }
}
