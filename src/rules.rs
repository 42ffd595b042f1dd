//! The rule language: what analysts write in TOML, checked, compiled and evaluated.
//!
//! Each stage can only be made from the one before it:
//! `RuleFile` (as written) -> [`RuleSet`] (checked) -> [`Program`] (names resolved to slots) ->
//! [`Evaluation`]. A [`Bundle`] is a published rule set: its bytes, named by their hash.
//!
//! An evaluation is a record of what was seen, each thing once: values, the verdict of each
//! comparison, the rows chosen. [`render`] makes every other text from it, by the code that told
//! the applicant, and a [`Layout`] says what stands at each of its positions.
//! Pure: no I/O, no clock.

mod advice;
mod answers;
mod apply;
mod asked;
mod ast;
mod attachments;
mod basis;
mod bundle;
mod case_table;
mod certain;
mod characters;
mod check;
mod code;
mod compile;
mod compiled_approve;
mod compiled_offer;
mod conclusion;
mod container;
mod counterfactual;
mod coverage;
pub mod csv;
mod currencies;
mod debits;
mod declared;
mod deep;
mod defect;
mod diagnostic;
mod diff;
mod evaluate;
mod evaluation;
mod extent;
mod file;
mod file_lines;
mod fix;
mod foresight;
mod format;
mod formula;
mod in_words;
mod inputs;
mod language_help;
mod layout;
mod lexer;
mod list;
mod meaning;
mod mend;
mod missing_inputs;
mod missing_search;
mod names;
mod node;
mod numbering;
mod offer;
mod param_value;
mod parser;
mod passages;
mod pretty;
mod program;
mod query;
mod reason_wording;
mod reduce;
mod render;
mod rendered;
mod resolve;
mod rule_set;
mod run;
mod scalar;
mod settle;
mod settlement;
mod slot_value;
mod starter;
mod statement;
mod table;
mod table_gaps;
mod tell;
mod test_case;
mod toml_reader;
mod types;
mod untested;
mod values;
mod verdict;
mod vocabulary;
mod whole;
mod worked;

#[cfg(test)]
mod tests;

pub use crate::loan::Paid;
pub(crate) use advice::nearest;
pub use answers::{AnswerError, AnswerPart, answered};
pub use attachments::Attachments;
pub use bundle::{Bundle, BundleHash};
pub use check::declarations::{
    Declaration, DeclarationKind, DeclarationPlace, Declarations, declarations,
};
pub use check::fragment::check_fragment;
pub use check::test::check_cases;
pub use check::{check, check_types, check_with};
pub use conclusion::{Conclusion, EvaluationInBrief};
pub use counterfactual::decides_on_forecasts;
pub use coverage::{Coverage, Goal, GoalKind};
pub use debits::PlannedDebit;
pub use defect::Defect;
pub use diagnostic::{Code, Diagnostic, Severity};
pub use diff::{Difference, Written};
pub use evaluate::{conclude, evaluate};
pub use evaluation::{
    Action, BoundBy, Change, CharacteristicRecord, Counterfactual, Evaluation, GivenReason,
    OfferFee, OfferTerms, Outcome, Readiness, ReasonCode, ReasonSource, Row, RuleSetKind,
    ScoreRecord, Sought, Telling, Told,
};
pub use fix::{Certainty, Edit, Fix, apart, edited};
pub use foresight::{Asked, ForecastQuestion, Forecasts, Foreseen, ForeseenBalance, NoForecasts};
pub use format::{FileKind, schema};
pub(crate) use format::{Holds, Key, Shape, Values};
pub(crate) use language_help::{Word, forecasts, functions, is_keyword, keywords, offer_values};
pub use layout::{
    Layout, LayoutBin, LayoutCap, LayoutCharacteristic, LayoutComparison, LayoutCondition,
    LayoutDeclared, LayoutFee, LayoutOutput, LayoutRetry, LayoutRule, LayoutScorecard, LayoutTable,
    LayoutTier, LayoutValue, StandsIn,
};
pub(crate) use lexer::{Symbol, Token, tokens_so_far};
pub use meaning::{
    Change as RuleChange, Claim, Decided, Effect, Incomparable, Meaning, Named, Offered,
    RuleMeaning, Says, Witness, meaning,
};
pub use mend::{Mended, mend};
pub use names::{QueryName, nearest_feature};
pub(crate) use param_value::on_one_line;
pub use param_value::{ParamError, values_listed};
pub use passages::{PassageKind, passages};
pub use pretty::formatted;
pub use program::Program;
pub use query::Query;
pub use reason_wording::{Wording, vague_wording};
pub use render::{lacked, render, render_principal};
pub use rendered::{
    Comparison, Decider, Fired, NamedSource, Rendered, RetryTrace, RuleTrace, Score, ScoreTrace,
    TableTrace,
};
pub use rule_set::{DeclaredInput, RuleNotes, RuleSet};
pub use settle::{Alternatives, NoStreamsInDoubt, Said, settle};
pub use settlement::{
    Given, OfferRange, OpenFact, Question, SettledAnswer, SettledResult, Settlement, StreamInDoubt,
};
pub use starter::{Starter, starter};
pub use statement::amount_in_words;
pub use test_case::{
    CaseFile, Expected, ExpectedOffer, GivenFeatures, GivenForecasts, TestApplication, TestCase,
    TestData,
};
pub use verdict::{Verdict, Verdicts};
pub(crate) use vocabulary::{Naming, frequency_word};
pub use worked::{WorkedOut, worked_out};
