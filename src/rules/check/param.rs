//! Checks a value of a param that stands alone.

use super::{Checker, Depth};
use crate::features::{Type, Value};
use crate::money::Currency;
use crate::rules::attachments::{Attachments, Sources};
use crate::rules::diagnostic::{Diagnostic, Report};
use crate::rules::resolve::NameScope;
use crate::rules::toml_reader::Text;

/// A value of a param whose value is of this type: an expression of literals. A whole number and a ratio may
/// stand for each other; whether that does is for the rules to say that read it.
///
/// # Errors
///
/// What is wrong with it, with places in `text`.
pub(in crate::rules) fn value(
    text: &str,
    ty: Type,
    currency: Currency,
) -> Result<Value, Vec<Diagnostic>> {
    let sources = Sources::new(text, &Attachments::none());
    let mut checker = Checker::new(Report::of(&sources), &sources, false, Depth::Types);
    checker.currency = Some(currency);
    let whole = Text::plain(text, 0..text.len());
    let wanted = Some(ty).filter(|ty| !is_plain_number(*ty));
    let value = checker.constant(&whole, NameScope::Param, wanted);
    match value {
        Some(value) if value.ty() == ty || is_plain_number(value.ty()) => Ok(value),
        Some(_) => {
            checker.constant(&whole, NameScope::Param, Some(ty));
            Err(checker.report.finish())
        }
        None => Err(checker.report.finish()),
    }
}

fn is_plain_number(ty: Type) -> bool {
    matches!(ty, Type::Count | Type::Ratio)
}
