//! Facts that only together decide: as inputs of one table, as parts of one score.

use super::*;

/// A score of 500 to 700 points, by an input and by whether every account is the applicant's own.
fn scored(parts: &str) -> String {
    payment(&format!(
        r#"
[inputs.years]
type = "count"
[scorecard]
base = 500
[[scorecard.characteristic]]
name = "years"
value = 'inputs.years'
reason = "NEW"
bins = [{{ when = 'value >= 10', points = 100 }}, {{ otherwise = true, points = 0 }}]
[reasons.NEW]
statement = "The job is new"
[reasons.OWNERSHIP]
statement = "Another owner"
[reasons.WHY]
statement = "it is so"
{parts}
"#
    ))
}

const SCORE_LOW: &str =
    "[[rule]]\nid = 'low'\nwhen = 'score < 600'\nthen = 'decline'\nreason = 'WHY'\n";

#[test]
fn a_low_score_stands_only_where_nothing_that_is_scored_is_in_doubt() {
    let owner = "[[scorecard.characteristic]]\nname = 'owner'\n\
                 value = 'ownership.unmatched_accounts'\nreason = 'OWNERSHIP'\n\
                 bins = [{ when = 'value < 1', points = 100 }, { otherwise = true, points = 0 }]\n";
    check(
        &scored(&format!("{owner}{SCORE_LOW}")),
        &[is("ownership.unmatched_accounts", Value::Count(1))],
        &[
            "is `ownership.unmatched_accounts` (account ownership) really 1?",
            "what is `inputs.years`?",
            "0; any -> APPROVE",
            "at least 1; at most 9 -> DECLINE WHY NEW OWNERSHIP",
            "at least 1; at least 10 -> APPROVE",
        ],
    );
    let missing = "[inputs.debts]\ntype = 'count'\n\
                   [[scorecard.characteristic]]\nname = 'debts'\n\
                   value = 'inputs.debts'\nreason = 'OWNERSHIP'\n\
                   bins = [{ when = 'value < 1', points = 100 }, { otherwise = true, points = 0 }]\n\
                   missing = { points = 0, because = 'who says nothing has debts' }\n";
    check(
        &scored(&format!("{missing}{SCORE_LOW}")),
        &[],
        &[
            "what is `inputs.years`?",
            "what is `inputs.debts`?",
            "at most 9; 0 -> APPROVE",
            "at most 9; at least 1 -> DECLINE WHY NEW OWNERSHIP",
            "at least 10; any -> APPROVE",
        ],
    );
}

#[test]
fn inputs_of_one_table_are_looked_at_together() {
    check(
        r#"
[rule_set]
name = "test"
version = "1"
kind = "credit"
currency = "USD"
[inputs.points]
type = "count"
[inputs.years]
type = "count"
[tables.price]
rows = 'inputs.points'
columns = 'inputs.years'
type = "percent"
cells = [
  ["points", "< 2", ">= 2"],
  ["< 600",  "30%", "25%"],
  [">= 600", "20%", "10%"],
]
[offer]
step = '50 usd'
minimum = '500 usd'
affordable_payment = '1000 usd'
[[offer.tier]]
id = "A"
when = 'true'
rate = 'tables.price'
max_amount = '5000 usd'
"#,
        &[],
        &[
            "what is `inputs.points`?",
            "what is `inputs.years`?",
            "at most 599; at most 1 -> APPROVE 1000.00 to 1000.00 at 30 to 30%",
            "at most 599; at least 2 -> APPROVE 1000.00 to 1000.00 at 25 to 25%",
            "at least 600; at most 1 -> APPROVE 1000.00 to 1000.00 at 20 to 20%",
            "at least 600; at least 2 -> APPROVE 1000.00 to 1000.00 at 10 to 10%",
        ],
    );
}

#[test]
fn what_is_scored_and_what_the_score_is_compared_with_are_looked_at_together() {
    let bar = "[inputs.bar]\ntype = 'count'\n";
    let below = SCORE_LOW.replace("600", "inputs.bar");
    check(
        &scored(&format!("{bar}{below}")),
        &[],
        &[
            "what is `inputs.years`?",
            "what is `inputs.bar`?",
            "at most 9; at most 500 -> APPROVE",
            "at most 9; 501 to 600 -> DECLINE WHY NEW",
            // No years are enough, and so none are told to be too few.
            "any; at least 601 -> DECLINE WHY",
            "at least 10; at most 600 -> APPROVE",
        ],
    );
}
