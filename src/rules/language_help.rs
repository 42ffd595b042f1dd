//! The words of expressions, each with what it means, for whoever helps to write one.

use super::asked::OfferValue;
use super::ast::{ForecastFunction, Function};
use super::parser;
use crate::features::Type;

/// A word of the language, or a value that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) name: &'static str,
    /// How it is written: `round(x)`.
    pub(crate) form: &'static str,
    pub(crate) doc: &'static str,
    /// Whether it is a function that looks at each of the subjects of a scope.
    pub(crate) is_over_subjects: bool,
}

/// The functions.
pub(crate) fn functions() -> impl Iterator<Item = Word> {
    let all = Function::ALL.into_iter();
    all.map(|function| {
        let (form, doc) = form_and_doc(function);
        Word {
            name: function.as_str(),
            form,
            doc,
            is_over_subjects: function.is_over_subjects(),
        }
    })
}

/// The functions that ask for a forecast.
pub(crate) fn forecasts() -> impl Iterator<Item = Word> {
    functions().filter(|function| ForecastFunction::named(function.name).is_some())
}

/// The keywords.
pub(crate) fn keywords() -> impl Iterator<Item = Word> {
    let all = parser::KEYWORDS.iter();
    all.map(|(name, doc)| Word {
        name,
        form: name,
        doc,
        is_over_subjects: false,
    })
}

/// Whether a word is no name.
pub(crate) fn is_keyword(word: &str) -> bool {
    parser::is_keyword(word)
}

/// The values of an offer, with their types.
pub(crate) fn offer_values() -> impl Iterator<Item = (&'static str, Type)> {
    let all = OfferValue::ALL.into_iter();
    all.map(|value| (value.name(), value.ty()))
}

/// How a function is written, and what it gives.
fn form_and_doc(function: Function) -> (&'static str, &'static str) {
    match function {
        Function::Min => (
            "min(a, b, …)",
            "The least of two or more; of one value, the least over accounts, applicants or streams.",
        ),
        Function::Max => (
            "max(a, b, …)",
            "The greatest of two or more; of one value, the greatest over accounts, applicants or \
             streams.",
        ),
        Function::Coalesce => ("coalesce(a, b, …)", "The first that is not missing."),
        Function::Round => (
            "round(x)",
            "A ratio as a count, an amount in whole major units, a percent as a whole one.",
        ),
        Function::Abs => ("abs(x)", "The value without its sign."),
        Function::Any => (
            "any(c)",
            "Whether the condition holds for any account, applicant or stream; of none, false.",
        ),
        Function::All => (
            "all(c)",
            "Whether the condition holds for every account, applicant or stream; of none, missing.",
        ),
        Function::Case => (
            "case(c => value, otherwise => value)",
            "The value of the first condition that holds.",
        ),
        Function::Count => (
            "count(c)",
            "For how many accounts, applicants or streams the condition holds.",
        ),
        Function::Sum => (
            "sum(x)",
            "The sum over accounts, applicants or streams; of none, 0.",
        ),
        Function::Avg => (
            "avg(x)",
            "The mean over accounts, applicants or streams; of none, missing.",
        ),
        Function::Months => (
            "months(n)",
            "So many months, to be added to a date or taken off one.",
        ),
        Function::Weekday => ("weekday(d)", "`\"monday\"` to `\"sunday\"`."),
        Function::Day => ("day(d)", "The day of the month of a date, a count."),
        Function::BusinessDay => (
            "business_day(d)",
            "The date, or the next day on which banks settle.",
        ),
        Function::StartsWith => (
            "starts_with(text, \"prefix\")",
            "Whether a text begins so, upper and lower case being different.",
        ),
        Function::Share => (
            "share(\"name\", 5%)",
            "Whether the applicant is in a random share, always the same people for one name.",
        ),
        Function::Forecast(ForecastFunction::PReturn) => (
            "p_return(amount, date)",
            "How likely a debit of the amount comes back on that date, a percent.",
        ),
        Function::Forecast(ForecastFunction::BestPullDate) => (
            "best_pull_date(amount, first, last)",
            "The day from the first to the last on which a debit is the least likely to come back.",
        ),
    }
}
