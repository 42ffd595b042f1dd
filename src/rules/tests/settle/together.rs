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
