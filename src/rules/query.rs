//! A question about past decisions, in the language of rules: which of them are meant.

use std::sync::OnceLock;

use super::check;
use super::defect::Defect;
use super::diagnostic::Diagnostic;
use super::foresight::{Forecasts, Foresight};
use super::names::QueryName;
use super::program::{CompiledEnd, Program};
use super::rule_set::RuleSet;
use super::values::Values;
use super::verdict::Verdict;
use crate::application::Requested;
use crate::features::Features;
use crate::money::Currency;

/// A condition over the features of a decision and some names beside them, checked as a rule's.
#[derive(Debug, Clone)]
pub struct Query {
    text: String,
    rule_set: RuleSet,
    /// That of the amounts that it names.
    currency: Option<Currency>,
    /// Made with the first currency that it is asked of: mostly there is one.
    ready: OnceLock<(Currency, Program)>,
}

impl Query {
    /// Checks a condition that may read `names`. Where it names an amount, all of them are in that
    /// currency, and amounts in others are missing to it.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, with places in `text`.
    pub fn parse(text: &str, names: &[QueryName]) -> Result<Self, Vec<Diagnostic>> {
        let (rule_set, currency) = check::query::query(text, names)?;
        Ok(Self {
            text: text.to_owned(),
            rule_set,
            currency,
            ready: OnceLock::new(),
        })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it reads that name.
    pub fn reads(&self, name: &str) -> bool {
        self.rule_set.slots.find(name).is_some()
    }

    /// Whether it holds of an application, `requested.inputs` being what its names stand for.
    ///
    /// # Errors
    ///
    /// A defect of the engine.
    pub fn holds(
        &self,
        features: &Features,
        requested: Requested<'_>,
        forecasts: &dyn Forecasts,
    ) -> Result<Verdict, Defect> {
        let currency = self.currency.unwrap_or_else(|| requested.currency());
        let ready = self
            .ready
            .get_or_init(|| (currency, self.program(currency)));
        match ready {
            (of, program) if *of == currency => look(program, features, requested, forecasts),
            _ => look(&self.program(currency), features, requested, forecasts),
        }
    }

    fn program(&self, currency: Currency) -> Program {
        Program::new(RuleSet {
            currency,
            ..self.rule_set.clone()
        })
    }
}

/// What the condition comes to.
fn look(
    program: &Program,
    features: &Features,
    requested: Requested<'_>,
    forecasts: &dyn Forecasts,
) -> Result<Verdict, Defect> {
    let values = Values::load(program, features, requested, Foresight::asking(forecasts));
    let verdict = match &program.end {
        CompiledEnd::Approve(approve) => values.holds(&approve.when.0),
        // INVARIANT: a query is made with a condition.
        CompiledEnd::Offer(_) => Verdict::Unknown,
    };
    match values.is_defective() {
        true => Err(Defect::MixedTypes),
        false => Ok(verdict),
    }
}
