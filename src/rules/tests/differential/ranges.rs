//! What deep checks say of a condition, against what the naive evaluator makes of it.

use proptest::prelude::*;

use super::generate::{Facts, condition, facts};
use super::naive::{Naive, walk};
use crate::rules::tests::*;
use crate::rules::{check, parser};

/// The facts with every value moved into what its feature can be.
fn within_nature(facts: &Facts) -> Facts {
    let mut moved = facts.clone();
    for (name, slots) in &mut moved {
        let Some((_, feature)) = crate::features::find(name) else {
            continue;
        };
        let (least, most) = (feature.range.least, feature.range.most);
        let whole = |n: i64| n.clamp(least.unwrap_or(i64::MIN), most.unwrap_or(i64::MAX));
        let share = |n: Decimal| {
            let n = least.map_or(n, |least| n.max(Decimal::from(least)));
            most.map_or(n, |most| n.min(Decimal::from(most)))
        };
        for value in slots.iter_mut().flatten() {
            *value = match value.clone() {
                Value::Money(money) => {
                    Value::Money(Money::new(whole(money.minor()), Currency::USD))
                }
                Value::Count(n) => Value::Count(whole(n)),
                Value::Days(n) => Value::Days(whole(n)),
                Value::Ratio(n) => Value::ratio(share(n)),
                Value::Percent(n) => Value::percent(share(n)),
                other @ (Value::Date(_) | Value::Text(_) | Value::Bool(_)) => other,
            };
        }
    }
    moved
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_said_to_be_always_so_is_so(
        first in condition(2, false), second in condition(1, false), joined in any::<bool>(),
        many in prop::collection::vec(facts(), 6),
    ) {
        let word = if joined { "and" } else { "or" };
        let source = one_rule(&format!("({first}) {word} ({second}) {word} not ({second})"), "refer");
        for finding in check(&source).1 {
            let wrong = match finding.code {
                "never_holds" => true,
                "always_holds" => false,
                "out_of_natural_range" if finding.message.contains("is always false") => true,
                "out_of_natural_range" if finding.message.contains("is always true") => false,
                _ => continue,
            };
            let part = source.get(finding.span.clone()).unwrap();
            let of_subjects = ["account.", "ownership.", "stream.", "p_return", "best_pull"];
            if of_subjects.iter().any(|word| part.contains(word)) {
                continue;
            }
            let part = parser::parse(part).unwrap();
            for facts in &many {
                let found = walk(&part, &within_nature(facts), None);
                prop_assert_ne!(found, Some(Naive::Bool(wrong)), "{}", finding.message);
            }
        }
    }
}
