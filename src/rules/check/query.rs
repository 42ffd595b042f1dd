//! Checks a condition that stands alone, over features and a few names beside them.

use super::{Checker, Depth};
use crate::application::MaxAge;
use crate::features::{Control, Value};
use crate::id::RuleSetName;
use crate::money::Currency;
use crate::rules::ast::{Expr, ExprKind};
use crate::rules::attachments::{Attachments, Sources};
use crate::rules::diagnostic::{Code, Diagnostic, Report};
use crate::rules::evaluation::RuleSetKind;
use crate::rules::names::{Named, QueryName};
use crate::rules::parser;
use crate::rules::rule_set::{Approve, DeclaredInput, End, Formula, RuleSet};
use crate::rules::toml_reader::Text;

/// Checks a condition that may read `names`: a rule set that approves where it holds, with the currency
/// of the amounts that it names. What is only odd is not told.
pub(in crate::rules) fn query(
    text: &str,
    names: &[QueryName],
) -> Result<(RuleSet, Option<Currency>), Vec<Diagnostic>> {
    let sources = Sources::new(text, &Attachments::none());
    let mut checker = Checker::new(Report::of(&sources), &sources, false, Depth::Types);
    let expr = parser::parse(text).ok();
    let currency = expr.as_ref().and_then(currency_named);
    checker.currency = Some(currency.unwrap_or(Currency::USD));
    let inputs = checker.declare_all(names);
    let condition = checker.sole_condition(&Text::plain(text, 0..text.len()));
    let name = RuleSetName::parse("query").ok();
    match condition.zip(name) {
        Some((when, name)) if checker.report.errors() == 0 => {
            Ok((approving(when, name, inputs, checker), currency))
        }
        _ => Err(checker.report.finish()),
    }
}

impl Checker<'_> {
    fn declare_all(&mut self, names: &[QueryName]) -> Vec<DeclaredInput> {
        let all = names.iter().enumerate().map(|(index, one)| {
            let named = Named::Input(index, Some(one.ty));
            self.names.declare(one.name.to_owned(), named);
            if !one.words.is_empty() {
                self.names.declare_words(one.name, one.words);
            }
            DeclaredInput {
                name: one.name.to_owned(),
                ty: one.ty,
                required: false,
                control: Control::No,
                doc: None,
                values: Vec::new(),
                min: None,
                max: None,
                default: None,
                source: None,
            }
        });
        all.collect()
    }

    /// A condition that can vary and draws no shares.
    fn sole_condition(&mut self, text: &Text) -> Option<Formula> {
        let place = self.anywhere();
        let (formula, typed) = self.formula(text, place, true)?;
        if typed.constant {
            let message = "this is the same of every decision";
            let help = "compare something of it, as in `nsf.event_days_90d > 3`".to_owned();
            let span = &text.span;
            self.report
                .error_with(Code::ConstantCondition, span, message, help);
        }
        if let Some(span) = self.slots.shares.first().cloned() {
            let message = "a share is drawn by the salt of a rule set, and here is none";
            let help = "draw a sample in its place".to_owned();
            self.report
                .error_with(Code::UnknownFunction, &span, message, help);
        }
        Some(formula)
    }
}

/// The rule set that approves where a condition holds.
fn approving(
    when: Formula,
    name: RuleSetName,
    inputs: Vec<DeclaredInput>,
    checker: Checker<'_>,
) -> RuleSet {
    RuleSet {
        name,
        version: String::new(),
        kind: RuleSetKind::Verification,
        currency: checker.currency.unwrap_or(Currency::USD),
        description: None,
        share_salt: None,
        freshness: MaxAge::default(),
        lexicon: Vec::new(),
        inputs,
        params: Vec::new(),
        justified: Vec::new(),
        derive: Vec::new(),
        tables: Vec::new(),
        order: Vec::new(),
        rules: Vec::new(),
        reasons: Vec::new(),
        scorecard: None,
        end: End::Approve(Box::new(Approve {
            when,
            refer_reason: 0,
            retries: Vec::new(),
        })),
        slots: checker.slots,
    }
}

/// The currency of the first amount that is written.
fn currency_named(expr: &Expr) -> Option<Currency> {
    if let ExprKind::Literal(Value::Money(money)) = &expr.kind {
        return Some(money.currency());
    }
    expr.kind.children().find_map(currency_named)
}
