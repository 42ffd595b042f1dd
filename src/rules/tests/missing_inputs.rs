//! What the reason for missing information names.

use super::*;
use crate::rules::Outcome;

/// The values named where a rule of this condition cannot be known, and the statement.
fn lacks(parts: &str, when: &str, given: &[Given]) -> (Vec<String>, String) {
    let bundle = publish(&format!("{}{parts}", one_rule(when, "refer")));
    let evaluation = decide(&bundle, given, &application());
    assert_eq!(evaluation.outcome, Outcome::Refer);
    let reason = evaluation.fired.first().unwrap();
    assert_eq!(reason.reason, "INFORMATION_MISSING");
    (reason.features.clone(), reason.statement.clone())
}

fn names(when: &str, given: &[Given]) -> Vec<String> {
    lacks("", when, given).0
}

#[test]
fn a_missing_value_that_did_not_matter_is_not_named() {
    let parts = "[inputs.customer]\ntype = 'bool'\n";
    let when = "data.history_days < 30 days \
                or (data.history_days < 60 days and not coalesce(inputs.customer, false))";
    let (names, statement) = lacks(
        parts,
        when,
        &[none("data.history_days", Missing::NoPermission)],
    );
    assert_eq!(names, ["data.history_days"]);
    assert_eq!(
        statement,
        "Permission to see the transactions of the linked accounts was not given"
    );
}

#[test]
fn a_part_that_is_known_is_not_named() {
    let given = [
        is("income.streams", Value::Count(2)),
        none("nsf.event_days_90d", Missing::NotReady),
        none("nsf.event_days_30d", Missing::NotReady),
    ];
    assert_eq!(
        names(
            "nsf.event_days_90d > 3 and (nsf.event_days_30d > 1 or income.streams == 2)",
            &given
        ),
        ["nsf.event_days_90d"]
    );
    assert_eq!(
        names(
            "nsf.event_days_90d > 3 and nsf.event_days_30d is missing",
            &given
        ),
        ["nsf.event_days_90d"]
    );
    assert_eq!(
        names(
            "coalesce(nsf.event_days_90d, nsf.event_days_30d) > income.streams",
            &given
        ),
        ["nsf.event_days_30d", "nsf.event_days_90d"]
    );
}

#[test]
fn derived_values_and_subjects_are_seen_through() {
    let parts = "[derive]\nshare = 'cash_flow.obligations_monthly / income.monthly_net'\n\
                 twice = 'derive.share + derive.share'\n";
    let without = |why| {
        [
            is("cash_flow.obligations_monthly", usd(5)),
            none("income.monthly_net", why),
        ]
    };
    let when = "derive.twice + derive.share > 0.5";
    let (names, statement) = lacks(parts, when, &without(Missing::Disconnected));
    assert_eq!(names, ["income.monthly_net"]);
    assert_eq!(statement, "A linked account no longer gives data");
    // Nothing of it is missing, and still it cannot be computed.
    let zero = [
        is("cash_flow.obligations_monthly", usd(5)),
        is("income.monthly_net", usd(0)),
    ];
    let (names, statement) = lacks(parts, when, &zero);
    assert_eq!(
        names,
        ["cash_flow.obligations_monthly", "income.monthly_net"]
    );
    assert_eq!(
        statement,
        "The linked accounts show too little to verify \
         income deposits and money coming in and going out"
    );
    let accounts = [
        ("account.current", vec![Ok(usd(5)), Err(Missing::NotReady)]),
        ("ownership.name_score", vec![Ok(ratio("0.9")); 2]),
    ];
    let when = "all(account.current > 1 usd and ownership.name_score > 0.5)";
    assert_eq!(self::names(when, &accounts), ["account.current"]);
    let nobody = [("account.current", vec![])];
    assert_eq!(
        self::names("min(account.current) < 1 usd", &nobody),
        ["account.current"]
    );
}

#[test]
fn a_known_value_beside_a_function_that_looked_at_nothing_is_not_named() {
    let parts =
        "[derive]\nleast = 'min(account.current where account.current > balance.average_30d)'\n";
    let given = [
        ("account.current", vec![Ok(usd(5)); 2]),
        is("balance.average_30d", usd(9)),
    ];
    let (names, _) = lacks(parts, "balance.average_30d != derive.least", &given);
    assert_eq!(names, ["account.current"]);
}

#[test]
fn of_a_score_the_characteristics_without_points_are_named() {
    let parts = "[scorecard]\nbase = 1\n\
         [[scorecard.characteristic]]\nname = 'a'\nvalue = 'income.stability'\nreason = 'WHY'\n\
         bins = [{ when = 'value > 0.5 and nsf.event_days_90d < 3', points = 1 }, \
         { otherwise = true, points = 0 }]\n\
         [[scorecard.characteristic]]\nname = 'b'\nvalue = 'income.regularity'\nreason = 'WHY'\n\
         bins = [{ otherwise = true, points = 0 }]\nmissing = { points = 3, because = 'x' }\n";
    let source = one_rule("income.stopped", "flag");
    let source = source.replace("when = 'true'", "when = 'score > 10'") + parts;
    let named = |stability: &str| {
        let given = [
            is("income.stopped", Value::Bool(false)),
            is("income.stability", ratio(stability)),
            none("income.regularity", Missing::NoBasis),
            none("nsf.event_days_90d", Missing::HistoryTooShort),
        ];
        decide(&publish(&source), &given, &application()).fired
    };
    assert_eq!(named("0.6")[0].features, ["nsf.event_days_90d"]);
    // The bin does not hold, whatever the NSF days: the score is known.
    assert_eq!(named("0.4")[0].reason, "NOT_APPROVED");
}

#[test]
fn a_long_chain_of_derived_values_is_followed_to_its_end() {
    let depth = "-(".repeat(20);
    let close = ")".repeat(20);
    let mut parts = "[derive]\nd0 = 'income.stability'\n".to_owned();
    for index in 1..900 {
        parts += &format!("d{index} = '{depth}derive.d{}{close}'\n", index - 1);
    }
    let given = [none("income.stability", Missing::NotReady)];
    let (names, _) = lacks(&parts, "derive.d899 > 0.5", &given);
    assert_eq!(names, ["income.stability"]);
}

#[test]
fn the_list_of_what_is_missing_may_stand_in_a_sentence_of_the_rule_set() {
    let parts = "[reasons.INFORMATION_MISSING]\n\
                 statement = 'Not seen: {missing}, since {missing_because}'\n";
    let given = [none("income.streams", Missing::RefreshFailed)];
    assert_eq!(
        lacks(parts, "income.streams > 2", &given).1,
        "Not seen: income deposits, since the bank could not deliver the transactions of the \
         linked accounts"
    );
}
