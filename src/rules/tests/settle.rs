//! What would settle a referral, by examples: the questions, and the outcome for each answer.

mod payment;
mod together;

use super::*;
use crate::limits;
use crate::rules::foresight::Foresight;
use crate::rules::{Alternatives, NoStreamsInDoubt, Said, Settlement, StreamInDoubt, settle};

fn settlement(source: &str, given: &[Given], application: &Application) -> Settlement {
    let bundle = publish(source);
    let features = Features::of(given);
    let decided = decide(&bundle, given, application);
    assert_eq!(decided.outcome, Outcome::Refer);
    settle(
        bundle.program(),
        application,
        &decided.evaluation,
        &NoStreamsInDoubt(&features),
    )
    .unwrap()
}

/// The questions, and a line for each answer.
fn told(settlement: &Settlement) -> Vec<String> {
    let questions = settlement.questions.iter();
    let mut lines: Vec<String> = questions.map(|one| one.text.clone()).collect();
    if settlement.person_must_judge() {
        lines.push(format!(
            "a person must judge: {}",
            settlement.standing.join(", ")
        ));
    }
    if settlement.can_only_decline {
        lines.push("it can only be declined".to_owned());
    }
    for answer in &settlement.answers {
        let given: Vec<String> = answer.given.iter().map(ToString::to_string).collect();
        let results = answer.results.iter().map(|result| {
            let mut words = vec![result.outcome.to_string()];
            words.extend(result.reasons.iter().cloned());
            words.extend(result.offer.iter().map(|offer| {
                format!(
                    "{} to {} at {} to {}%",
                    offer.least.to_decimal(),
                    offer.most.to_decimal(),
                    offer.lowest_rate_percent,
                    offer.highest_rate_percent
                )
            }));
            let plan = result.plan.iter();
            words.extend(plan.map(|debit| format!("{} {}", debit.date, debit.amount)));
            words.join(" ")
        });
        let results: Vec<String> = results.collect();
        lines.push(format!("{} -> {}", given.join("; "), results.join(" or ")));
    }
    if settlement.searched_in_part {
        lines.push("not searched further".to_owned());
    }
    lines
}

fn check(source: &str, given: &[Given], expected: &[&str]) {
    assert_eq!(told(&settlement(source, given, &application())), expected);
}

/// A loan by income and what it leaves.
const LOAN: &str = r#"
[rule_set]
name = "test"
version = "1"
kind = "credit"
currency = "USD"

[inputs.rent]
type = "money"
min = '0 usd'
max = '100000 usd'
doc = "the monthly rent"

[derive]
free = 'income.monthly_net - inputs.rent'

[[rule]]
id = "income"
when = 'income.monthly_net < 1500 usd'
then = "decline"
reason = "INCOME_INSUFFICIENT"

[[rule]]
id = "rent"
when = 'derive.free < 800 usd'
then = "refer"
reason = "RENT_HIGH"

[[rule]]
id = "nsf"
when = 'nsf.event_days_90d > 3'
then = "decline"
reason = "NSF_FREQUENT"

[[rule]]
id = "owner"
when = 'ownership.unmatched_accounts > 0'
then = "refer"
reason = "OWNERSHIP"

[offer]
step = '50 usd'
minimum = '500 usd'
affordable_payment = 'max(income.monthly_net - coalesce(inputs.rent, 0 usd), 0 usd) * 0.1'

[[offer.tier]]
id = "A"
when = 'income.monthly_net >= 3000 usd'
rate = '12%'
max_amount = '5000 usd'

[[offer.tier]]
id = "B"
when = 'true'
rate = '20%'
max_amount = '2000 usd'

[reasons.INCOME_INSUFFICIENT]
statement = "Income is too low"
[reasons.RENT_HIGH]
statement = "Rent leaves too little"
[reasons.NSF_FREQUENT]
statement = "Returned payments"
[reasons.OWNERSHIP]
statement = "Another owner"
"#;

fn rent(major: i64) -> Application {
    use crate::application::Input;
    revised(application(), |draft| {
        let rent = Input::Money(Money::new(major * 100, Currency::USD));
        draft.inputs.insert("rent".to_owned(), Some(rent));
    })
}

#[test]
fn one_missing_input_settles_it_and_its_ranges_are_told() {
    check(
        LOAN,
        &[
            is("income.monthly_net", usd(3_600)),
            is("nsf.event_days_90d", Value::Count(0)),
            is("ownership.unmatched_accounts", Value::Count(0)),
        ],
        &[
            "what is `inputs.rent` (the monthly rent)?",
            "at most 2711.55 usd -> APPROVE 1000.00 to 1000.00 at 12 to 12%",
            "2711.56 usd to 2800.00 usd -> COUNTER AMOUNT_REDUCED 900.00 to 950.00 at 12 to 12%",
            "at least 2800.01 usd -> REFER RENT_HIGH",
        ],
    );
}

#[test]
fn what_is_missing_is_asked_and_nothing_else() {
    let settlement = settlement(
        LOAN,
        &[
            none("income.monthly_net", Missing::NoPermission),
            is("nsf.event_days_90d", Value::Count(2)),
            is("ownership.unmatched_accounts", Value::Count(0)),
        ],
        &rent(1_000),
    );
    assert_eq!(
        told(&settlement),
        [
            "what is `income.monthly_net` (income deposits)?",
            "at most 1499.99 usd -> DECLINE INCOME_INSUFFICIENT",
            "1500.00 usd to 1799.99 usd -> REFER RENT_HIGH",
            "1800.00 usd to 1926.34 usd -> COUNTER AMOUNT_REDUCED 850.00 to 950.00 at 20 to 20%",
            "1926.35 usd to 2999.99 usd -> APPROVE 1000.00 to 1000.00 at 20 to 20%",
            "at least 3000.00 usd -> APPROVE 1000.00 to 1000.00 at 12 to 12%",
        ]
    );
    assert_eq!(settlement.open, ["income.monthly_net"]);
}

#[test]
fn a_doubt_is_asked_about_and_what_may_decline_beside_it() {
    check(
        LOAN,
        &[
            is("income.monthly_net", usd(3_600)),
            none("nsf.event_days_90d", Missing::HistoryTooShort),
            is("ownership.unmatched_accounts", Value::Count(1)),
        ],
        &[
            "what is `nsf.event_days_90d` (returned payments and overdrafts)?",
            "is `ownership.unmatched_accounts` (account ownership) really 1?",
            "what is `inputs.rent` (the monthly rent)?",
            "at most 3; 0; at most 2711.55 usd -> APPROVE 1000.00 to 1000.00 at 12 to 12%",
            "at most 3; 0; 2711.56 usd to 2800.00 usd \
             -> COUNTER AMOUNT_REDUCED 900.00 to 950.00 at 12 to 12%",
            "at most 3; 0; at least 2800.01 usd -> REFER RENT_HIGH",
            "at most 3; at least 1; at most 2800.00 usd -> REFER OWNERSHIP",
            "at most 3; at least 1; at least 2800.01 usd -> REFER RENT_HIGH OWNERSHIP",
            "at least 4; any; any -> DECLINE NSF_FREQUENT",
        ],
    );
}

#[test]
fn two_that_go_together_are_asked_together() {
    check(
        LOAN,
        &[
            none("income.monthly_net", Missing::NoPermission),
            is("nsf.event_days_90d", Value::Count(0)),
            is("ownership.unmatched_accounts", Value::Count(0)),
        ],
        &[
            "what is `income.monthly_net` (income deposits)?",
            "what is `inputs.rent` (the monthly rent)?",
            "at most 1499.99 usd; any -> DECLINE INCOME_INSUFFICIENT",
            "1500.00 usd to 2999.99 usd; any -> APPROVE 1000.00 to 1000.00 at 20 to 20% \
             or COUNTER AMOUNT_REDUCED 850.00 to 950.00 at 20 to 20% or REFER RENT_HIGH",
            "at least 3000.00 usd; any -> APPROVE 1000.00 to 1000.00 at 12 to 12% \
             or COUNTER AMOUNT_REDUCED 900.00 to 950.00 at 12 to 12% or REFER RENT_HIGH",
        ],
    );
}

#[test]
fn where_what_refers_is_known_a_person_must_judge() {
    let given = |nsf| {
        [
            is("income.monthly_net", usd(1_700)),
            nsf,
            is("ownership.unmatched_accounts", Value::Count(0)),
        ]
    };
    let judge = |nsf| told(&settlement(LOAN, &given(nsf), &rent(1_000)));
    assert_eq!(
        judge(is("nsf.event_days_90d", Value::Count(0))),
        ["a person must judge: RENT_HIGH"]
    );
    // Nobody is sent to look for grounds to decline.
    assert_eq!(
        judge(none("nsf.event_days_90d", Missing::NoPermission)),
        ["a person must judge: RENT_HIGH", "it can only be declined"]
    );
}

#[test]
fn what_holds_because_a_value_is_missing_may_be_settled_by_it() {
    let given = [none("income.monthly_net", Missing::Unproven)];
    check(
        &one_rule("income.monthly_net is missing", "refer"),
        &given,
        &[
            "what is `income.monthly_net` (income deposits)?",
            "any -> APPROVE",
        ],
    );
    let when = "income.monthly_net is missing and not coalesce(inputs.known, false)";
    let parts = "[inputs.known]\ntype = 'bool'\n";
    // Either does; the first of the two is asked.
    let source = format!("{}{parts}", one_rule(when, "refer"));
    assert_eq!(
        told(&settlement(&source, &given, &application()))[0],
        "what is `income.monthly_net` (income deposits)?"
    );
}

#[test]
fn words_and_answers_of_yes_and_no_are_told_one_by_one() {
    let parts = "[inputs.channel]\ntype = 'text'\n\
                 [[rule]]\nid = 'other'\nwhen = 'inputs.channel == \"web\"'\nthen = 'decline'\n\
                 reason = 'WHY'\n";
    let source = one_rule("not (inputs.channel in [\"branch\", \"mail\"])", "refer") + parts;
    check(
        &source,
        &[],
        &[
            "what is `inputs.channel`?",
            "\"branch\" -> APPROVE",
            "\"mail\" -> APPROVE",
            "\"web\" -> DECLINE WHY",
            "anything else -> REFER WHY",
        ],
    );
    check(
        &one_rule("income.stopped", "refer"),
        &[is("income.stopped", Value::Bool(true))],
        &[
            "is `income.stopped` (income deposits) really true?",
            "false -> APPROVE",
            "true -> REFER WHY",
        ],
    );
}

#[test]
fn a_forecast_that_nobody_made_settles_nothing() {
    let when = "p_return(inputs.debit, 2026-05-01) > 20%";
    let source = one_rule(when, "refer") + "[inputs.debit]\ntype = 'money'\n";
    check(
        &source,
        &[],
        &["a person must judge: ", "not searched further"],
    );
}

#[derive(Debug)]
struct Foreseeing<'f>(&'f Features);

impl Alternatives for Foreseeing<'_> {
    fn streams(&self) -> &[StreamInDoubt] {
        &[]
    }

    fn has_more_streams(&self) -> bool {
        false
    }

    fn features(&self, _: &Said) -> Option<&Features> {
        Some(self.0)
    }

    fn forecasts(&self) -> Option<&dyn Forecasts> {
        Some(&RuleOfThumb)
    }
}

#[test]
fn answers_ask_forecasts_that_the_decision_did_not() {
    let date: NaiveDate = "2026-05-01".parse().unwrap();
    let range = "type = 'money'\nmin = '1.00 usd'\nmax = '1.10 usd'\n";
    let chance = |minor| RuleOfThumb::p_return(None, minor, date).unwrap();
    let when = format!("p_return(inputs.debit, {date}) > {}%", chance(105));
    let source = one_rule(&when, "refer") + "[inputs.debit]\n" + range;
    let decided = decide(&publish(&source), &[], &application());
    let features = Features::of(&[]);
    let settlement = settle(
        publish(&source).program(),
        &application(),
        &decided.evaluation,
        &Foreseeing(&features),
    );
    assert_eq!(
        told(&settlement.unwrap()),
        [
            "what is `inputs.debit`?",
            "at most 1.05 usd -> APPROVE",
            "at least 1.06 usd -> REFER WHY",
        ]
    );
}

#[test]
fn so_many_forecasts_are_asked() {
    let foresight = Foresight::trying(&[], Some(&RuleOfThumb));
    let most = i64::try_from(limits::SETTLE_FORECASTS_MAX).unwrap();
    let date: NaiveDate = "2026-05-01".parse().unwrap();
    let answer = |minor| {
        let amount = Money::new(minor, Currency::USD);
        let asked = Asked::PReturn { amount, date };
        let of_account = None;
        foresight.answer(ForecastQuestion { of_account, asked })
    };
    assert!((0..most).all(|minor| answer(minor).is_ok()));
    assert!(!foresight.went_beyond());
    assert!(answer(most).is_err() && answer(0).is_ok());
    assert!(foresight.went_beyond());
}

#[test]
fn what_turns_within_a_calculation_is_looked_for_and_may_be_missed() {
    let told_of = |off: &str, when: &str| {
        let parts = format!(
            "[inputs.rent]\ntype = 'money'\nmin = '0 usd'\nmax = '5000 usd'\n\
             [derive]\noff = '{off}'\n"
        );
        let source = one_rule(when, "decline") + &parts;
        told(&settlement(&source, &[], &application()))
    };
    assert_eq!(
        told_of("abs(inputs.rent - 777.77 usd)", "derive.off <= 5 usd"),
        [
            "what is `inputs.rent`?",
            "at most 772.76 usd -> APPROVE",
            "772.77 usd to 782.77 usd -> DECLINE WHY",
            "at least 782.78 usd -> APPROVE",
            "not searched further",
        ]
    );
    let turns = |off, when| {
        told_of(off, when)
            .iter()
            .any(|line| line == "not searched further")
    };
    let rising = "(inputs.rent - 777.77 usd) * 3";
    assert!(!turns(rising, "derive.off <= 5 usd"));
    assert!(turns(rising, "derive.off between 5 usd and 6 usd"));
    assert!(turns(
        "min(inputs.rent, 900 usd - inputs.rent)",
        "derive.off > 5 usd"
    ));
    assert!(turns(
        "case(inputs.rent > 5 usd => 7 usd, otherwise => inputs.rent)",
        "derive.off > 6 usd"
    ));
}

#[test]
fn days_are_looked_at_as_far_as_a_calendar_goes() {
    let wait = one_rule(
        "application.decision_date + inputs.wait <= 2026-05-01",
        "decline",
    );
    check(
        &(wait + "[inputs.wait]\ntype = 'days'\n"),
        &[is("application.decision_date", Value::Date(date()))],
        &[
            "what is `inputs.wait`?",
            "at most 31 days -> DECLINE WHY",
            "at least 32 days -> APPROVE",
        ],
    );
}

#[test]
fn what_is_not_for_a_reviewer_to_say_is_not_asked() {
    let scores = [("ownership.name_score", vec![Err(Missing::NoPermission)])];
    check(
        &one_rule("min(ownership.name_score) < 0.65", "refer"),
        &scores,
        &["a person must judge: INFORMATION_MISSING"],
    );
}

#[test]
fn no_other_outcome_is_settled_nor_one_that_waits_for_a_bank() {
    let bundle = publish(&one_rule("income.stopped", "refer"));
    let settled = |readiness, stopped| {
        let given = [is("income.stopped", Value::Bool(stopped))];
        let features = Features::of(&given);
        let decided = decide_when(readiness, &bundle, &given, &application());
        settle(
            bundle.program(),
            &application(),
            &decided.evaluation,
            &NoStreamsInDoubt(&features),
        )
        .is_some()
    };
    assert!(settled(Readiness::Ready, true));
    assert!(!settled(Readiness::Ready, false));
    assert!(!settled(Readiness::NotReady, true));
}

/// A rule that refers while any of so many inputs is missing, and approves once all are known.
fn asking_for(inputs: usize) -> String {
    let when: Vec<String> = (0..inputs).map(|at| format!("inputs.i{at}")).collect();
    let declared = (0..inputs).map(|at| format!("[inputs.i{at}]\ntype = 'bool'\n"));
    one_rule(&when.join(" and "), "decline") + &declared.collect::<String>()
}

#[test]
fn at_most_three_are_asked() {
    let asked = |inputs| {
        let settlement = settlement(&asking_for(inputs), &[], &application());
        (settlement.questions.len(), settlement.searched_in_part)
    };
    assert_eq!(asked(1), (1, false));
    assert_eq!(asked(limits::SETTLE_QUESTIONS_MAX), (3, false));
    assert_eq!(asked(limits::SETTLE_QUESTIONS_MAX + 1), (0, false));
    // Beyond so many it is not looked at all of them.
    assert_eq!(asked(limits::SETTLE_FACTS_MAX), (0, false));
    assert_eq!(asked(limits::SETTLE_FACTS_MAX + 1), (0, true));
}

/// A rule about a text that may be one of so many, each of which is another outcome than the next.
fn about_words(words: usize) -> String {
    let odd = (0..words).filter(|at| at % 2 == 1);
    let odd: Vec<String> = odd.map(|at| format!("\"{at:03}\"")).collect();
    let all: Vec<String> = (0..words).map(|at| format!("\"{at:03}\"")).collect();
    one_rule(&format!("inputs.word in [{}]", odd.join(", ")), "decline")
        + &format!(
            "[inputs.word]\ntype = 'text'\nvalues = [{}]\n",
            all.join(", ")
        )
}

#[test]
fn so_many_words_are_looked_at_and_so_many_answers_told() {
    let of = |words| settlement(&about_words(words), &[], &application());
    let few = of(limits::SETTLE_ANSWERS_MAX);
    assert_eq!((few.answers.len(), few.answers_left_off), (32, 0));
    let more = of(limits::SETTLE_ANSWERS_MAX + 1);
    assert_eq!((more.answers.len(), more.answers_left_off), (32, 1));
    assert!(!of(limits::SETTLE_WORDS_MAX).person_must_judge());
    let many = of(limits::SETTLE_WORDS_MAX + 1);
    assert!(many.person_must_judge() && many.searched_in_part);
}

/// A rule that turns so many times along an amount.
fn turning(times: usize) -> String {
    let bands: Vec<String> = (0..times.div_ceil(2))
        .map(|at| {
            let (low, high) = (4 * at + 10, 4 * at + 11);
            if 2 * at + 1 < times {
                format!("inputs.debit between {low} usd and {high} usd")
            } else {
                format!("inputs.debit >= {low} usd")
            }
        })
        .collect();
    one_rule(&bands.join(" or "), "decline") + "[inputs.debit]\ntype = 'money'\n"
}

#[test]
fn so_many_stretches_of_one_fact_are_told_apart() {
    let of = |times| settlement(&turning(times), &[], &application());
    let most = of(limits::SETTLE_CELLS_MAX - 1);
    assert_eq!(
        most.answers.len() + most.answers_left_off,
        limits::SETTLE_CELLS_MAX
    );
    let more = of(limits::SETTLE_CELLS_MAX);
    assert!(more.person_must_judge() && more.searched_in_part);
}

/// A rule that never declines, which is seen only once all of so many amounts were tried together, beside
/// one that refers.
fn never_declining(amounts: usize) -> String {
    let names: Vec<String> = (0..amounts).map(|at| format!("inputs.a{at}")).collect();
    let declared =
        (0..amounts).map(|at| format!("[inputs.a{at}]\ntype = 'money'\nmin = '0 usd'\n"));
    one_rule(&format!("{} < 0 usd", names.join(" + ")), "decline")
        + "[[rule]]\nid = 'always'\nwhen = 'true'\nthen = 'refer'\nreason = 'WHY'\n"
        + &declared.collect::<String>()
}

#[test]
fn a_search_without_an_end_is_given_up() {
    let in_part = |amounts| {
        let settlement = settlement(&never_declining(amounts), &[], &application());
        assert!(settlement.person_must_judge());
        // All the same it is told what is open.
        assert_eq!(settlement.open.len(), amounts);
        settlement.searched_in_part
    };
    assert!(!in_part(2));
    // Two ends of each, and more evaluations than there are for one set of facts.
    let many = limits::SETTLE_EVALUATIONS_OF_ONE_MAX.ilog2() + 1;
    const { assert!(limits::SETTLE_EVALUATIONS_OF_ONE_MAX < limits::SETTLE_EVALUATIONS_MAX) };
    assert!(in_part(usize::try_from(many).unwrap()));
}

/// So many amounts, each of which declines at every second of so many steps.
fn stepped(amounts: usize, steps: usize) -> String {
    let rules = (0..amounts).map(|at| {
        let bands = (0..steps / 2).map(|step| {
            let (low, high) = (20 * step + 10, 20 * step + 19);
            format!("inputs.a{at} between {low} usd and {high} usd")
        });
        let bands: Vec<String> = bands.collect();
        format!(
            "[inputs.a{at}]\ntype = 'money'\n\
             [[rule]]\nid = 'r{at}'\nwhen = '{}'\nthen = 'decline'\nreason = 'WHY'\n",
            bands.join(" or ")
        )
    });
    one_rule("false", "decline") + &rules.collect::<String>()
}

#[test]
fn so_many_combinations_of_stretches_are_looked_at() {
    let in_part = |steps| {
        let settlement = settlement(&stepped(2, steps), &[], &application());
        assert_eq!(settlement.questions.len(), 2);
        settlement.searched_in_part
    };
    // One stretch more than steps, of each.
    let side = limits::SETTLE_COMBINATIONS_MAX.isqrt();
    assert!(!in_part(side - 2));
    assert!(in_part(side + 2));
}
