//! Functions of dates, and of how a text begins.

use super::{Maybe, Naive, day};
use crate::features::Type;
use crate::rules::ast::Function;
use crate::rules::tests::*;

/// Functions of dates, and of how a text begins.
pub(super) fn of_one(function: Function, values: &[Maybe]) -> Maybe {
    match function {
        Function::Weekday => {
            use chrono::Datelike;
            // The first day of all was a Monday.
            let days = [
                "monday",
                "tuesday",
                "wednesday",
                "thursday",
                "friday",
                "saturday",
                "sunday",
            ];
            let place = (day(&values[0])?.num_days_from_ce() - 1).rem_euclid(7);
            Some(Naive::Text(
                days[usize::try_from(place).unwrap()].to_owned(),
            ))
        }
        Function::Day => {
            let text = day(&values[0])?.to_string();
            let digits: i64 = text.rsplit('-').next().unwrap().parse().unwrap();
            Some(Naive::Number(Type::Count, Decimal::from(digits)))
        }
        Function::BusinessDay => {
            let mut day = day(&values[0])?;
            while !crate::calendar::is_business_day(day) {
                day = day.succ_opt()?;
            }
            Some(Naive::Date(day))
        }
        Function::StartsWith => {
            let Some(Naive::Text(text)) = &values[0] else {
                return None;
            };
            let Some(Naive::Text(start)) = &values[1] else {
                return None;
            };
            let begins =
                text.len() >= start.len() && text.as_bytes()[..start.len()] == *start.as_bytes();
            Some(Naive::Bool(begins))
        }
        Function::Min
        | Function::Max
        | Function::Coalesce
        | Function::Round
        | Function::Abs
        | Function::Any
        | Function::All
        | Function::Case
        | Function::Count
        | Function::Sum
        | Function::Avg
        | Function::Months
        | Function::Share
        | Function::Forecast(_) => panic!("{function:?} is walked elsewhere"),
    }
}
