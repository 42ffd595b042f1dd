//! What inputs can be, as a rule set declares it.

use std::cmp::Ordering;

use super::rule_set::DeclaredInput;
use crate::features::Value;

/// Which of two values of one type is more; none of texts and truths.
pub(super) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Money(a), Value::Money(b)) => a.compare(*b).ok(),
        (Value::Count(a), Value::Count(b)) | (Value::Days(a), Value::Days(b)) => Some(a.cmp(b)),
        (Value::Ratio(a), Value::Ratio(b)) | (Value::Percent(a), Value::Percent(b)) => {
            Some(a.cmp(b))
        }
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (
            Value::Money(_)
            | Value::Count(_)
            | Value::Days(_)
            | Value::Ratio(_)
            | Value::Percent(_)
            | Value::Date(_)
            | Value::Text(_)
            | Value::Bool(_),
            _,
        ) => None,
    }
}

/// How a value is outside of a least and a most; nothing where it is within. The value itself is not
/// named: it may be somebody's.
pub(super) fn out_of(value: &Value, min: Option<&Value>, max: Option<&Value>) -> Option<String> {
    if let Some(min) = min
        && order(value, min) == Some(Ordering::Less)
    {
        return Some(format!("is below {min}, the least that it can be"));
    }
    if let Some(max) = max
        && order(value, max) == Some(Ordering::Greater)
    {
        return Some(format!("is above {max}, the most that it can be"));
    }
    None
}

/// How a value is none that the input can be.
pub(super) fn outside(declared: &DeclaredInput, value: &Value) -> Option<String> {
    if let Value::Text(text) = value {
        let known = declared.values.is_empty() || declared.values.contains(text);
        return (!known).then(|| format!("is none of `{}`", declared.values.join("`, `")));
    }
    out_of(value, declared.least().as_ref(), declared.max.as_ref())
}
