//! What would have had to be otherwise.

use super::outcomes::{CREDIT, facts};
use super::*;
use crate::application::Input;
use crate::limits;
use crate::rules::Counterfactual;

fn outcome(changes: &[Given], major: i64) -> Decided {
    let mut facts = facts(changes);
    facts.push(is("application.amount", usd(major)));
    decide(&publish(CREDIT), &facts, &asking(major))
}

/// A counterfactual as it is read.
pub(super) fn words(one: &Counterfactual) -> String {
    let mut text = format!("{} {}", one.name, one.needed);
    for also in &one.also {
        text.push_str(&format!(" and {} {}", also.name, also.needed));
    }
    text
}

#[test]
fn counterfactuals_are_proven() {
    let declined = outcome(
        &[
            is("nsf.event_days_90d", Value::Count(5)),
            is("income.monthly_net", usd(900)),
        ],
        1_000,
    );
    let told = declined
        .fired
        .iter()
        .flat_map(|fired| &fired.counterfactuals);
    let told: Vec<String> = told
        .map(|one| format!("{} {} -> {}", one.name, one.observed, one.needed))
        .collect();
    assert_eq!(
        told,
        [
            "nsf.event_days_90d 5 -> at most 3",
            "income.monthly_net 900.00 usd -> at least 1000.00 usd",
        ]
    );
}

fn told_of(decided: &Decided, source: &str) -> Vec<String> {
    let mut fired = decided.fired.iter();
    let fired = fired.find(|fired| fired.source.to_string() == source);
    fired.unwrap().counterfactuals.iter().map(words).collect()
}

/// What is told of a rule of this condition, which holds.
fn changes(when: &str, given: &[Given]) -> Vec<String> {
    changes_of(&one_rule(when, "decline"), given)
}

fn changes_of(source: &str, given: &[Given]) -> Vec<String> {
    told_of(&decide(&publish(source), given, &application()), "it")
}

fn applicant() -> Vec<Given> {
    vec![
        is("application.amount", usd(1_000)),
        is("income.streams", Value::Count(1)),
        is("income.streams_inactive", Value::Count(9)),
        is("income.stopped", Value::Bool(true)),
        is("income.primary_cadence", Value::Text("none".to_owned())),
        is("income.monthly_net", usd(10)),
        is("income.stability", ratio("0.2")),
        is("application.product", Value::Text("gold".to_owned())),
        is("nsf.event_days_90d", Value::Count(7)),
        is("nsf.event_days_30d", Value::Count(5)),
        is("balance.current", usd(40)),
        is("cash_flow.obligations_monthly", usd(6)),
        (
            "ownership.name_score",
            vec![Ok(ratio("0.3")), Ok(ratio("0.4"))],
        ),
    ]
}

#[test]
fn a_change_that_alone_is_not_enough_is_told_with_another() {
    let told = |when: &str| changes(when, &applicant());
    assert_eq!(
        told("nsf.event_days_90d > 3 and nsf.event_days_30d >= 3"),
        ["nsf.event_days_90d at most 3", "nsf.event_days_30d below 3"]
    );
    assert_eq!(
        told("nsf.event_days_90d > 3 or nsf.event_days_30d >= 3"),
        ["nsf.event_days_90d at most 3 and nsf.event_days_30d below 3"]
    );
    // Of three, no two are enough.
    assert_eq!(
        told("nsf.event_days_90d > 3 or nsf.event_days_30d >= 3 or balance.current < 50 usd"),
        [""; 0]
    );
    // Another rule gives the same reason.
    let source = one_rule("nsf.event_days_90d > 3", "decline").replacen(
        "[reasons.WHY]",
        "[[rule]]\nid = \"too\"\nwhen = 'nsf.event_days_30d > 2'\nthen = \"refer\"\n\
         reason = \"WHY\"\n[reasons.WHY]",
        1,
    );
    assert_eq!(
        changes_of(&source, &applicant()),
        ["nsf.event_days_90d at most 3 and nsf.event_days_30d at most 2"]
    );
}

#[test]
fn a_change_is_one_that_an_applicant_can_make() {
    let told = |when: &str| changes(when, &applicant());
    // Nobody can have had fewer streams that ended.
    assert_eq!(told("income.streams_inactive >= 3"), [""; 0]);
    assert_eq!(told("income.streams < 2"), ["income.streams at least 2"]);
    assert_eq!(
        told("income.streams < 2 and income.monthly_net > 5 usd"),
        ["income.streams at least 2"]
    );
    assert_eq!(told("income.stopped"), ["income.stopped false"]);
    assert_eq!(
        told("not income.stopped is missing and true == false or income.stopped"),
        ["income.stopped false"]
    );
    assert_eq!(told("income.primary_cadence == \"none\""), [""; 0]);
    assert_eq!(
        told("application.product not in [\"basic\", \"plus\"]"),
        ["application.product one of \"basic\", \"plus\""]
    );
    assert_eq!(
        told("application.product == \"gold\""),
        ["application.product other than \"gold\""]
    );
    assert_eq!(
        told("income.stability between 10% and 30%"),
        ["income.stability above 0.3"]
    );
    assert_eq!(
        told("max(ownership.name_score) < 0.65"),
        ["max(ownership.name_score) at least 0.65"]
    );
    // Of an input, the rule set says it.
    let with = |control: &str| {
        let parts = format!("[inputs.rent]\ntype = \"money\"\n{control}");
        let source = one_rule("inputs.rent > 900 usd", "decline") + &parts;
        let asked = revised(application(), |draft| {
            let rent = Input::Money(Money::new(100_000, Currency::USD));
            draft.inputs.insert("rent".to_owned(), Some(rent));
        });
        told_of(&decide(&publish(&source), &[], &asked), "it")
    };
    assert_eq!(with(""), ["inputs.rent at most 900.00 usd"]);
    assert_eq!(
        with("control = \"down\"\n"),
        ["inputs.rent at most 900.00 usd"]
    );
    assert_eq!(with("control = \"up\"\n"), [""; 0]);
    assert_eq!(with("control = \"no\"\n"), [""; 0]);
}

#[test]
fn a_change_is_found_behind_calculations() {
    let told = |when: &str| changes(when, &applicant());
    // The bound is another value of the application.
    assert_eq!(
        told("application.amount > income.monthly_net * 2"),
        [
            "application.amount at most 20.00 usd",
            "income.monthly_net at least 500.00 usd"
        ]
    );
    // What cannot be sent cannot be changed: what it is made of can.
    let source = one_rule("derive.share > 45%", "decline")
        + "[derive]\nshare = 'cash_flow.obligations_monthly / income.monthly_net'\n";
    assert_eq!(
        changes_of(&source, &applicant()),
        [
            "cash_flow.obligations_monthly at most 4.50 usd",
            "income.monthly_net at least 13.34 usd"
        ]
    );
}

#[test]
fn a_change_that_no_application_can_have_is_not_told() {
    let mut given = applicant();
    given.retain(|one| one.0 != "income.monthly_net");
    given.extend([
        is("income.monthly_net", usd(0)),
        is("application.term_days", Value::Days(365)),
        (
            "nsf.account_event_days_90d",
            vec![Ok(Value::Count(1)), Ok(Value::Count(2))],
        ),
    ]);
    let told = |when: &str| changes(when, &given);
    // There is no loan of nothing; a loan of a cent there is.
    assert_eq!(
        told("application.amount > income.monthly_net"),
        ["income.monthly_net at least 1000.00 usd"]
    );
    assert_eq!(
        told("application.amount > income.monthly_net + 0.01 usd"),
        [
            "application.amount at most 0.01 usd",
            "income.monthly_net at least 999.99 usd"
        ]
    );
    assert_eq!(told("application.term_days >= 1 day"), [""; 0]);
    assert_eq!(
        told("application.term_days >= 2 days"),
        ["application.term_days below 2 days"]
    );
    assert_eq!(told("nsf.event_days_90d > -2"), [""; 0]);
    assert_eq!(
        told("nsf.event_days_90d > 0"),
        ["nsf.event_days_90d at most 0"]
    );
    assert_eq!(told("max(nsf.account_event_days_90d) > -1"), [""; 0]);
}

#[test]
fn a_change_that_makes_the_outcome_worse_is_not_told() {
    // With a smaller amount the refer rule would not fire, and the decline rule would.
    let source = payment(
        "[[rule]]\nid = \"it\"\nwhen = 'application.amount > 500 usd'\nthen = \"refer\"\n\
         reason = \"WHY\"\n\
         [[rule]]\nid = \"low\"\nwhen = 'application.amount < 600 usd'\nthen = \"decline\"\n\
         reason = \"LOW\"\n\
         [reasons.WHY]\nstatement = \"it is so\"\n[reasons.LOW]\nstatement = \"too little\"\n",
    );
    assert_eq!(changes_of(&source, &applicant()), [""; 0]);
    let kinder = source.replace("< 600 usd", "< 400 usd");
    assert_eq!(
        changes_of(&kinder, &applicant()),
        ["application.amount at most 500.00 usd"]
    );
}

#[test]
fn a_smaller_amount_is_asked_for_as_a_whole() {
    // The score gives the tier of at most 900.
    let counter = outcome(&[is("income.stability", ratio("0.6"))], 1_000);
    assert_eq!(counter.outcome, Outcome::Counter);
    assert_eq!(
        told_of(&counter, "offer"),
        ["application.amount at most 900.00 usd"]
    );
    assert_eq!(
        told_of(&counter, "scorecard:stability"),
        ["income.stability at least 0.8"]
    );
}

#[test]
fn what_a_score_lacks_for_a_better_answer_is_told() {
    // 500 points, where 550 are asked for: 50 or 100 for stability, 30 for the buffer.
    let change = |stability: &str, days: i64| {
        let referred = outcome(
            &[
                is("income.stability", ratio(stability)),
                is("balance.buffer_days", Value::Days(days)),
            ],
            1_000,
        );
        assert_ne!(referred.outcome, Outcome::Approve);
        referred
    };
    let referred = change("0.1", 5);
    // All of the points of its own are lost no more only by the best bin.
    assert_eq!(
        told_of(&referred, "scorecard:stability"),
        ["income.stability at least 0.8"]
    );
    // The buffer's 30 points alone are not enough.
    assert_eq!(
        told_of(&referred, "scorecard:buffer"),
        ["balance.buffer_days at least 10 days and income.stability at least 0.8"]
    );
}

#[test]
fn only_so_much_is_told_and_tried() {
    // Each of the first five alone would do.
    let all = "nsf.event_days_30d > 1 and nsf.event_days_60d > 1 and nsf.event_days_90d > 1 \
               and nsf.event_days_180d > 1 and nsf.nsf_days_90d > 1";
    let of = |name| is(name, Value::Count(9));
    let given = [
        "nsf.event_days_30d",
        "nsf.event_days_60d",
        "nsf.event_days_90d",
        "nsf.event_days_180d",
        "nsf.nsf_days_90d",
        "nsf.overdraft_days_90d",
        "nsf.returned_debits_90d",
        "nsf.protection_transfers_90d",
        "cash_flow.loans_running",
        "cash_flow.short_term_lenders_30d",
        "cash_flow.short_term_lenders_90d",
    ]
    .map(of);
    assert_eq!(changes(all, &given).len(), limits::COUNTERFACTUALS_MAX);
    // So many changes are considered: the one that does it is the last.
    let considered = |count: usize| {
        let list = (1..count).map(|more| format!("nsf.event_days_90d > {} or ", 10 + more));
        let list: String = list.collect();
        let given = [is("nsf.event_days_90d", Value::Count(500))];
        changes(&format!("{list}nsf.event_days_90d > 1"), &given).len()
    };
    let max = limits::COUNTERFACTUAL_PROPOSALS_MAX;
    assert_eq!([max - 1, max, max + 1].map(considered), [1, 1, 0]);
    // So many are tried: of ten, each alone and every two, the last two of which do it.
    let tried = |count: usize| {
        let idle = given.iter().take(count - 2);
        let idle = idle.map(|(name, _)| format!(" and ({name} > 1 or true)"));
        let idle: String = idle.collect();
        let [first, second] = [given[count - 2].0, given[count - 1].0];
        let when = format!("({first} > 1 or {second} > 1){idle}");
        // The two that do it are to be the last ones tried.
        let (pair, rest) = when.split_once(" and ").unwrap();
        changes(&format!("{rest} and {pair}"), &given).len()
    };
    let max = limits::COUNTERFACTUAL_TRIALS_MAX;
    let trials = |count: usize| count * (count + 1) / 2;
    assert_eq!(trials(10), max);
    assert_eq!([9, 10, 11].map(tried), [1, 1, 0]);
    // So many values are looked for behind calculations.
    let searched = |count: usize| {
        let inputs =
            (0..count).map(|at| format!("[inputs.i{at}]\ntype = \"money\"\ncontrol = \"down\"\n"));
        let sum: Vec<String> = (0..count)
            .map(|at| format!("max(inputs.i{at}, 0 usd)"))
            .collect();
        let source = one_rule("derive.sum > 500 usd", "decline")
            + &inputs.collect::<String>()
            + &format!("[derive]\nsum = '{}'\n", sum.join(" + "));
        let asked = revised(application(), |draft| {
            for at in 0..count {
                let minor = if at + 1 == count { 100_000 } else { 0 };
                let input = Input::Money(Money::new(minor, Currency::USD));
                draft.inputs.insert(format!("i{at}"), Some(input));
            }
        });
        told_of(&decide(&publish(&source), &[], &asked), "it").len()
    };
    let max = limits::COUNTERFACTUAL_SEARCHES_MAX;
    assert_eq!([max - 1, max, max + 1].map(searched), [1, 1, 0]);
}
