//! What would have had to be otherwise.

use std::collections::BTreeSet;

use chrono::Days;

use super::debits::ACH_DEBIT;
use super::outcomes::{CREDIT, facts};
use super::shipped::{PERSONAL_LOAN, sound};
use super::*;
use crate::application::Input;
use crate::corpus::Random;
use crate::features::{Control, Type, find};
use crate::limits;
use crate::rules::{Counterfactual, ReasonSource};

fn outcome(changes: &[Given], major: i64) -> Decided {
    let mut facts = facts(changes);
    facts.push(is("application.amount", usd(major)));
    decide(&publish(CREDIT), &facts, &asking(major))
}

/// A counterfactual as it is read.
fn words(one: &Counterfactual) -> String {
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

/// The value that a change in words allows, read back.
fn read(needed: &str, observed: &Value) -> Value {
    let number = |text: &str| text.parse::<Decimal>().unwrap();
    let of = |text: &str, step: i64| match observed {
        Value::Money(_) => {
            let amount = number(text.strip_suffix(" usd").unwrap());
            let money = Money::from_decimal(amount, Currency::USD).unwrap();
            Value::Money(Money::new(money.minor() + step, Currency::USD))
        }
        Value::Count(_) => Value::Count(text.parse::<i64>().unwrap() + step),
        Value::Days(_) => {
            let days = text.strip_suffix(" days").or(text.strip_suffix(" day"));
            Value::Days(days.unwrap().parse::<i64>().unwrap() + step)
        }
        Value::Ratio(_) => Value::ratio(number(text) + Decimal::new(step, 6)),
        Value::Percent(_) => {
            Value::percent(number(text.strip_suffix('%').unwrap()) + Decimal::new(step, 6))
        }
        Value::Date(_) => {
            let date: NaiveDate = text.parse().unwrap();
            let moved = match step {
                0 => Some(date),
                1 => date.checked_add_days(Days::new(1)),
                _ => date.checked_sub_days(Days::new(1)),
            };
            Value::Date(moved.unwrap())
        }
        Value::Text(_) => Value::Text(text.trim_matches('"').to_owned()),
        Value::Bool(_) => Value::Bool(text.parse().unwrap()),
    };
    for (words, step) in [
        ("at least ", 0),
        ("at most ", 0),
        ("equal to ", 0),
        ("below ", -1),
        ("above ", 1),
    ] {
        if let Some(bound) = needed.strip_prefix(words) {
            return of(bound, step);
        }
    }
    match (
        observed,
        needed.strip_prefix("one of "),
        needed.strip_prefix("other than "),
    ) {
        (_, Some(words), _) => of(words.split(", ").next().unwrap(), 0),
        (Value::Text(_), _, Some(_)) => Value::Text("something else".to_owned()),
        (_, _, Some(bound)) => of(bound, 1),
        (_, None, None) => of(needed, 0),
    }
}

/// The applicant of another time: with the changes, all of them.
fn applied(
    facts: &[Given],
    asked: &Application,
    change: &Counterfactual,
) -> (Vec<Given>, Application) {
    let (mut facts, mut asked) = (facts.to_vec(), asked.clone());
    let also = change.also.iter();
    let also = also.map(|one| (one.name.as_str(), &one.observed, one.needed.as_str()));
    let first = (
        change.name.as_str(),
        &change.observed,
        change.needed.as_str(),
    );
    for (name, observed, needed) in std::iter::once(first).chain(also) {
        let value = read(needed, observed);
        let (_, feature) = find(name).unwrap();
        assert!(within(observed, &value, feature.control), "{name} {needed}");
        let fact = facts.iter_mut().find(|fact| fact.0 == name).unwrap();
        assert_eq!(fact.1, [Ok(observed.clone())]);
        fact.1 = vec![Ok(value.clone())];
        asked = revised(asked, |draft| match (name, &value) {
            ("application.amount", Value::Money(amount)) => draft.requested_amount = Some(*amount),
            ("application.term_days", Value::Days(days)) => {
                draft.term = Some(DraftTerm {
                    count: u32::try_from(*days).unwrap(),
                    unit: Some(TermUnit::Days),
                });
            }
            _ => {}
        });
    }
    for (name, values) in &mut facts {
        if *name == "application.payments" {
            *values = vec![Ok(Value::Count(i64::from(asked.payments())))];
        }
    }
    (facts, asked)
}

/// Whether the change goes where an applicant can go.
fn within(observed: &Value, value: &Value, control: Control) -> bool {
    let number = |value: &Value| match value {
        Value::Money(money) => Some(Decimal::from(money.minor())),
        Value::Count(number) | Value::Days(number) => Some(Decimal::from(*number)),
        Value::Ratio(number) | Value::Percent(number) => Some(*number),
        Value::Bool(truth) => Some(Decimal::from(u8::from(*truth))),
        Value::Date(_) | Value::Text(_) => None,
    };
    match (control, number(observed), number(value)) {
        (Control::No, ..) => false,
        (Control::Either, ..) => true,
        (Control::Up, Some(from), Some(to)) => to > from,
        (Control::Down, Some(from), Some(to)) => to < from,
        (Control::Up | Control::Down, ..) => false,
    }
}

fn one_of(random: &mut Random, ty: Type, name: &str) -> Result<Value, Missing> {
    if random.chance(3) {
        return Err(Missing::HistoryTooShort);
    }
    let share = Decimal::new(random.between(0, 100), 2);
    Ok(match ty {
        Type::Money if name == "application.amount" => usd(random.between(3, 160) * 100),
        Type::Money if name.starts_with("cash_flow.obligations") => usd(random.between(0, 2_500)),
        Type::Money => usd(random.between(-2, 60) * 100),
        Type::Count => Value::Count(random.between(0, 8)),
        Type::Days => Value::Days(random.between(0, 100)),
        Type::Ratio => Value::ratio(share),
        Type::Percent => Value::percent(share * Decimal::ONE_HUNDRED),
        Type::Date => Value::Date(date()),
        Type::Text if name == "data.amount_sign" => Value::Text("proven".to_owned()),
        Type::Text => Value::Text("none".to_owned()),
        Type::Bool => Value::Bool(random.chance(50)),
    })
}

/// A sound applicant of whom some things are otherwise: all of them, or a few.
fn somebody(random: &mut Random, sound: &[Given]) -> Vec<Given> {
    let percent = [5, 15, 40].map(i64::from)[random.below(3)];
    let changed = sound.iter().map(|(name, values)| {
        let ty = find(name).unwrap().1.ty;
        if *name == "application.payments" || !random.chance(percent) {
            return (*name, values.clone());
        }
        (*name, vec![one_of(random, ty, name)])
    });
    changed.collect()
}

fn codes(bundle: &Bundle, evaluation: &Evaluation) -> BTreeSet<String> {
    let layout = crate::rules::Layout::of(bundle.program());
    let given = evaluation.reasons.iter();
    given
        .map(|given| layout.reasons[given.reason].clone())
        .collect()
}

/// Of so many applicants, every change told removes its reason, and the outcome is as good or better;
/// how many were told, and how many of two changes.
fn proven(source: &str, sound: &[Given], applicants: u64) -> (usize, usize) {
    let bundle = publish(source);
    let layout = crate::rules::Layout::of(bundle.program());
    let run = |facts: &[Given], asked: &Application| {
        let (program, ready) = (bundle.program(), Readiness::Ready);
        let features = Features::of(facts);
        let telling = Telling::Everything;
        evaluate(program, &features, asked, &RuleOfThumb, ready, telling).unwrap()
    };
    let (mut told, mut pairs) = (0, 0);
    for of in 0..applicants {
        let random = &mut Random::new(20_261_129, of);
        let facts = somebody(random, sound);
        let amount = facts.iter().find(|fact| fact.0 == "application.amount");
        let asked = match &amount.unwrap().1[0] {
            Ok(Value::Money(amount)) => asking(amount.minor() / 100),
            _ => application(),
        };
        let before = run(&facts, &asked);
        for given in &before.reasons {
            let changes = given.told.iter().flat_map(|told| &told.counterfactuals);
            for change in changes {
                let (facts, asked) = applied(&facts, &asked, change);
                let after = run(&facts, &asked);
                let code = &layout.reasons[given.reason];
                let change = words(change);
                assert!(
                    !codes(&bundle, &after).contains(code),
                    "{of}: {code}: {change}"
                );
                assert!(after.outcome <= before.outcome, "{of}: {code}: {change}");
                let of_score = before.reasons.iter().all(|one| {
                    one.reason != given.reason
                        || matches!(one.source, ReasonSource::Characteristic(_))
                });
                let rate = |one: &Evaluation| one.offer.as_ref().map(|offer| offer.apr_percent);
                let amount =
                    |one: &Evaluation| one.offer.as_ref().map(|offer| offer.amount.minor());
                let better = after.outcome < before.outcome
                    || amount(&after) > amount(&before)
                    || rate(&after) < rate(&before);
                assert!(better || !of_score, "{of}: {code}: {change}");
                told += 1;
                pairs += usize::from(change.contains(" and "));
            }
        }
    }
    (told, pairs)
}

#[test]
fn of_the_shipped_sets_every_change_told_does_what_it_says() {
    let (told, pairs) = proven(PERSONAL_LOAN, &sound(), 1_000);
    assert!(told > 1_000 && pairs > 10, "{told} told, {pairs} of two");
    let debit = [
        is("application.amount", usd(1_000)),
        is("debit.available", usd(1_300)),
        is("application.decision_date", Value::Date(date())),
        is("debit.nsf_event_days_30d", Value::Count(0)),
        is("debit.balance_age_hours", Value::Count(0)),
        is("debit.pending_debits", usd(0)),
        is("debit.due_soon", usd(0)),
        none("debit.next_payday", Missing::NoBasis),
        is("debit.active", Value::Bool(true)),
        is("debit.ach_debit", Value::Bool(true)),
        is("data.failed_refreshes", Value::Count(0)),
        is("data.doubtful_accounts", Value::Count(0)),
        is("data.ach_accounts", Value::Count(1)),
    ];
    let (told, _) = proven(ACH_DEBIT, &debit, 300);
    assert!(told > 50, "{told} told");
    let (told, _) = proven(CREDIT, &with_amount(facts(&[])), 500);
    assert!(told > 200, "{told} told");
}

fn with_amount(mut facts: Vec<Given>) -> Vec<Given> {
    facts.push(is("application.amount", usd(1_000)));
    facts
}
