//! What an applicant is told holds: every change, applied, does what it says, and every counteroffer,
//! asked for, is approved. Of many applicants, by every rule set that ships.

use std::collections::BTreeSet;

use chrono::Days;

use super::counterfactuals::words;
use super::debits::ACH_DEBIT;
use super::outcomes::{CREDIT, facts};
use super::shipped::{PERSONAL_LOAN, sound};
use super::verification::{INCOME, PAYOUT, paid_as_stated, payees_account};
use super::*;
use crate::application::Input;
use crate::corpus::Random;
use crate::features::{Control, Type, find};
use crate::rules::{Attachments, BoundBy, Counterfactual, Layout, ReasonSource};

/// How many applicants are looked at for each rule set.
const APPLICANTS: u64 = 1_000;

/// A rule set, with an applicant who gets what was asked for.
struct Place {
    bundle: Bundle,
    sound: Vec<Given>,
    asked: Application,
}

/// Somebody who asked for something.
#[derive(Clone)]
struct Somebody {
    facts: Vec<Given>,
    asked: Application,
}

/// What was told, for how many.
#[derive(Default, Debug, PartialEq)]
struct Told {
    changes: usize,
    pairs: usize,
    counteroffers: usize,
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

impl Somebody {
    /// What is asked for stands in the application, and among the facts.
    fn asks(&mut self, name: &str, value: &Value) {
        self.asked = revised(self.asked.clone(), |draft| match (name, value) {
            ("application.amount", Value::Money(amount)) => draft.requested_amount = Some(*amount),
            ("application.term_days", Value::Days(days)) => {
                draft.term = Some(DraftTerm {
                    count: u32::try_from(*days).unwrap(),
                    unit: Some(TermUnit::Days),
                });
            }
            _ => {}
        });
        self.knows(name, value.clone());
        let payments = i64::from(self.asked.payments());
        self.knows("application.payments", Value::Count(payments));
    }

    /// Where it is one of the facts, it is this.
    fn knows(&mut self, name: &str, value: Value) {
        let known = self.facts.iter_mut().find(|fact| fact.0 == name);
        if let Some(known) = known {
            known.1 = vec![Ok(value)];
        }
    }

    fn sends(&mut self, input: &str, value: Value) {
        self.asked = revised(self.asked.clone(), |draft| {
            draft.inputs.insert(input.to_owned(), Some(value.into()));
        });
    }
}

/// The feature that a function over one subject reads, or the feature itself.
fn read_by(name: &str) -> &str {
    let inner = name.split_once('(').map_or(name, |(_, inner)| inner);
    inner.split([' ', ')']).next().unwrap()
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
        Type::Days if name == "application.term_days" => Value::Days(random.between(100, 1_500)),
        Type::Days => Value::Days(random.between(0, 100)),
        Type::Ratio => Value::ratio(share),
        Type::Percent => Value::percent(share * Decimal::ONE_HUNDRED),
        Type::Date => Value::Date(date()),
        Type::Text if name == "data.amount_sign" => Value::Text("proven".to_owned()),
        Type::Text => Value::Text("none".to_owned()),
        Type::Bool => Value::Bool(random.chance(50)),
    })
}

impl Place {
    fn evaluate(&self, one: &Somebody) -> Evaluation {
        let (program, ready) = (self.bundle.program(), Readiness::Ready);
        let features = Features::of(&one.facts);
        let telling = Telling::Everything;
        evaluate(program, &features, &one.asked, &RuleOfThumb, ready, telling).unwrap()
    }

    fn sound(&self) -> Somebody {
        Somebody {
            facts: self.sound.clone(),
            asked: self.asked.clone(),
        }
    }

    /// A sound applicant of whom some things are otherwise: all of them, or a few.
    fn somebody(&self, random: &mut Random) -> Somebody {
        let percent = [5, 15, 40].map(i64::from)[random.below(3)];
        let mut one = self.sound();
        for (name, _) in &self.sound {
            // A sum over accounts of a kind is raised by one that is there.
            let stays = ["application.payments", "account.category"].contains(name);
            if stays || !random.chance(percent) {
                continue;
            }
            match one_of(random, find(name).unwrap().1.ty, name) {
                Ok(value) => one.asks(name, &value),
                Err(_) if name.starts_with("application.") => {}
                Err(why) => {
                    let fact = one.facts.iter_mut().find(|fact| fact.0 == *name).unwrap();
                    fact.1 = vec![Err(why)];
                }
            }
        }
        for input in self.bundle.program().rule_set().inputs() {
            if random.chance(percent) {
                let value = match input.values.as_slice() {
                    [] => one_of(random, input.ty, &input.name).ok(),
                    words => Some(Value::Text(words[random.below(words.len())].clone())),
                };
                if let Some(value) = value {
                    one.sends(&input.name, value);
                }
            }
        }
        one
    }

    fn control(&self, name: &str) -> Control {
        let inputs = self.bundle.program().rule_set().inputs().iter();
        let mut inputs = inputs.filter(|input| name == format!("inputs.{}", input.name));
        let input = inputs.next().map(|input| input.control);
        input.unwrap_or_else(|| find(read_by(name)).unwrap().1.control)
    }

    /// The applicant of another time: with the changes, all of them.
    fn applied(&self, one: &Somebody, change: &Counterfactual) -> Somebody {
        let mut other = one.clone();
        let also = change.also.iter();
        let also = also.map(|one| (one.name.as_str(), &one.observed, one.needed.as_str()));
        let first = (
            change.name.as_str(),
            &change.observed,
            change.needed.as_str(),
        );
        for (name, observed, needed) in std::iter::once(first).chain(also) {
            let value = read(needed, observed);
            assert!(
                within(observed, &value, self.control(name)),
                "{name} {needed}"
            );
            if let Some(input) = name.strip_prefix("inputs.") {
                other.sends(input, value);
                continue;
            }
            let name = read_by(name);
            let fact = one.facts.iter().find(|fact| fact.0 == name).unwrap();
            assert_eq!(fact.1, [Ok(observed.clone())]);
            other.asks(name, &value);
        }
        other
    }

    fn codes(&self, evaluation: &Evaluation) -> BTreeSet<String> {
        let layout = Layout::of(self.bundle.program());
        let given = evaluation.reasons.iter();
        given
            .map(|given| layout.reasons[given.reason].clone())
            .collect()
    }

    /// Every change told removes its reason, and the outcome is as good or better; of a score, better.
    fn changes_hold(&self, one: &Somebody, before: &Evaluation, told: &mut Told) {
        let layout = Layout::of(self.bundle.program());
        for given in &before.reasons {
            let changes = given.told.iter().flat_map(|told| &told.counterfactuals);
            for change in changes {
                let after = self.evaluate(&self.applied(one, change));
                let code = &layout.reasons[given.reason];
                let change = words(change);
                assert!(!self.codes(&after).contains(code), "{code}: {change}");
                assert!(after.outcome <= before.outcome, "{code}: {change}");
                let of_score = before.reasons.iter().all(|one| {
                    one.reason != given.reason
                        || matches!(one.source, ReasonSource::Characteristic(_))
                });
                let rate = |one: &Evaluation| one.offer.as_ref().map(|offer| offer.apr_percent);
                let amount =
                    |one: &Evaluation| one.offer.as_ref().map(|offer| offer.amount.minor());
                let better = after.outcome < before.outcome
                    || amount(&after) > amount(before)
                    || rate(&after) < rate(before);
                assert!(better || !of_score, "{code}: {change}");
                told.changes += 1;
                told.pairs += usize::from(change.contains(" and "));
            }
        }
    }

    /// A counteroffer, asked for, is approved on the same terms.
    fn counteroffer_holds(&self, one: &Somebody, before: &Evaluation, told: &mut Told) {
        let Some(offer) = before
            .offer
            .as_ref()
            .filter(|_| before.outcome == Outcome::Counter)
        else {
            return;
        };
        let mut other = one.clone();
        other.asked = revised(other.asked, |draft| {
            draft.requested_amount = Some(offer.amount);
            draft.term = Some(offer.term.into());
            draft.repayment_frequency = Some(offer.frequency);
        });
        other.asks("application.amount", &Value::Money(offer.amount));
        let days = other.asked.term().days();
        other.knows("application.term_days", Value::Days(i64::from(days)));
        let after = self.evaluate(&other);
        assert_eq!(after.outcome, Outcome::Approve);
        let mut terms = after.offer.unwrap();
        assert_eq!(terms.bound_by, BoundBy::Requested);
        terms.bound_by = offer.bound_by;
        assert_eq!(&terms, offer);
        told.counteroffers += 1;
    }

    /// Of all applicants, what they were told.
    fn what_is_told_holds(&self) -> Told {
        assert_eq!(self.evaluate(&self.sound()).outcome, Outcome::Approve);
        let mut told = Told::default();
        for of in 0..APPLICANTS {
            let one = self.somebody(&mut Random::new(20_261_129, of));
            let before = self.evaluate(&one);
            self.changes_hold(&one, &before, &mut told);
            self.counteroffer_holds(&one, &before, &mut told);
        }
        told
    }
}

fn text(name: &'static str, text: &str) -> Given {
    is(name, Value::Text(text.to_owned()))
}

fn count(name: &'static str, count: i64) -> Given {
    is(name, Value::Count(count))
}

fn days(name: &'static str, days: i64) -> Given {
    is(name, Value::Days(days))
}

fn in_days(name: &'static str, days: u64) -> Given {
    let date = date().checked_add_days(Days::new(days)).unwrap();
    is(name, Value::Date(date))
}

fn of(source: &str, sound: Vec<Given>, asked: Application) -> Place {
    Place {
        bundle: publish(source),
        sound,
        asked,
    }
}

#[test]
fn a_small_set() {
    let mut sound = facts(&[]);
    sound.push(is("application.amount", usd(1_000)));
    let told = of(CREDIT, sound, application()).what_is_told_holds();
    assert!(told.changes > 300 && told.counteroffers > 50, "{told:?}");
}

#[test]
fn personal_loan() {
    let told = of(PERSONAL_LOAN, sound(), application()).what_is_told_holds();
    assert!(told.changes > 1_000 && told.pairs > 10, "{told:?}");
    assert!(told.counteroffers > 5, "{told:?}");
}

#[test]
fn ach_debit() {
    let sound = vec![
        is("application.amount", usd(1_000)),
        is("debit.available", usd(1_300)),
        in_days("application.decision_date", 0),
        count("debit.nsf_event_days_30d", 0),
        count("debit.balance_age_hours", 0),
        is("debit.pending_debits", usd(0)),
        is("debit.due_soon", usd(0)),
        none("debit.next_payday", Missing::NoBasis),
        is("debit.active", Value::Bool(true)),
        is("debit.ach_debit", Value::Bool(true)),
        count("data.failed_refreshes", 0),
        count("data.doubtful_accounts", 0),
        count("data.ach_accounts", 1),
    ];
    let told = of(ACH_DEBIT, sound, application()).what_is_told_holds();
    assert!(told.changes > 150, "{told:?}");
}

#[test]
fn small_dollar() {
    const SMALL_DOLLAR: &str = include_str!("../../../rules/small-dollar.toml");
    let payday = date().checked_add_days(Days::new(12)).unwrap();
    let asked = revised(asking(300), |draft| {
        draft.term = Some(DraftTerm {
            count: 12,
            unit: Some(TermUnit::Days),
        });
        draft.repayment_frequency = Some(RepaymentFrequency::Single);
        draft.first_payment_date = Some(payday);
        let state = Input::Text("TX".to_owned());
        draft.inputs.insert("state".to_owned(), Some(state));
        let covered = Input::Bool(false);
        draft
            .inputs
            .insert("covered_borrower".to_owned(), Some(covered));
    });
    let sound = vec![
        is("application.amount", usd(300)),
        in_days("application.decision_date", 0),
        in_days("application.first_payment_date", 12),
        count("application.payments", 1),
        is("income.monthly_net", usd(5_200)),
        in_days("income.next_payday", 12),
        count("income.streams", 1),
        is("income.stopped", Value::Bool(false)),
        is("stream.counts", Value::Bool(true)),
        is("stream.net_per_pay", usd(2_400)),
        days("stream.days_to_next", 12),
        days("stream.days_to_second", 26),
        text("stream.status", "active"),
        none("nsf.days_since_last", Missing::NoBasis),
        count("nsf.event_days_60d", 0),
        count("balance.before_payday_negative_of_4", 0),
        is("cash_flow.short_term_loans_out_90d", usd(0)),
        is("debit.ach_debit", Value::Bool(true)),
        count("ownership.unmatched_accounts", 0),
        count("ownership.unverified_accounts", 0),
        count("data.failed_refreshes", 0),
        count("data.doubtful_accounts", 0),
    ];
    let told = of(SMALL_DOLLAR, sound, asked).what_is_told_holds();
    assert!(told.changes > 300 && told.counteroffers > 10, "{told:?}");
}

#[test]
fn payout_verification() {
    let told = of(PAYOUT, payees_account(), application()).what_is_told_holds();
    assert!(told.changes > 100, "{told:?}");
}

#[test]
fn income_verification() {
    let asked = revised(application(), |draft| {
        let stated = Input::Money(Money::new(300_000, Currency::USD));
        let name = "stated_monthly_income".to_owned();
        draft.inputs.insert(name, Some(stated));
    });
    let told = of(INCOME, paid_as_stated(), asked).what_is_told_holds();
    assert!(told.changes > 100, "{told:?}");
}

/// Somebody whom the example approves, with what it asks for.
fn near_prime_applicant() -> Vec<Given> {
    vec![
        is("application.amount", usd(2_000)),
        count("application.applicants", 1),
        in_days("application.decision_date", 0),
        count("application.local_hour", 12),
        text("application.product", "np_instalment"),
        text("application.purpose", "car_repair"),
        days("application.term_days", 365),
        text("account.category", "cash"),
        text("account.subcategory", "checking"),
        is("account.current", usd(2_000)),
        days("account.history_days", 180),
        text("account.institution", "Corner Bank"),
        is("account.primary_income", Value::Bool(true)),
        is("debit.primary_income", Value::Bool(true)),
        is("balance.before_payday_median_90d", usd(300)),
        days("balance.buffer_days", 25),
        count("balance.days_negative_90d", 0),
        count("cash_flow.collections_90d", 0),
        is("cash_flow.free_monthly", usd(1_500)),
        is(
            "cash_flow.gambling_share_90d",
            Value::percent(Decimal::ZERO),
        ),
        is("cash_flow.obligations_monthly", usd(500)),
        is("cash_flow.pay_later_monthly", usd(0)),
        count("cash_flow.short_term_lenders_90d", 0),
        count("data.cash_accounts", 1),
        count("data.doubtful_accounts", 0),
        count("data.failed_refreshes", 0),
        is("income.monthly_net", usd(4_000)),
        is("income.confidence", ratio("0.9")),
        is("income.regularity", ratio("0.9")),
        is("income.stability", ratio("0.9")),
        count("income.months_observed", 6),
        count("income.streams", 1),
        in_days("income.next_payday", 9),
        is("stream.counts", Value::Bool(true)),
        is("stream.monthly_net", usd(4_000)),
        text("stream.category", "wages"),
        text("stream.cadence", "biweekly"),
        count("stream.payments", 12),
        days("stream.tenure_days", 170),
        days("stream.days_since_last", 5),
        is("stream.stability", ratio("0.9")),
        count("nsf.event_days_30d", 0),
        count("nsf.event_days_60d", 0),
        count("nsf.event_days_90d", 0),
        count("nsf.event_days_180d", 0),
        is("ownership.best_name_score", ratio("1")),
    ]
}

#[test]
fn near_prime() {
    const NEAR_PRIME: &str = include_str!("../../../rules/examples/near-prime.toml");
    let files: [(&str, &[u8]); 4] = [
        (
            "near-prime/income.toml",
            include_bytes!("../../../rules/examples/near-prime/income.toml"),
        ),
        (
            "near-prime/states.csv",
            include_bytes!("../../../rules/examples/near-prime/states.csv"),
        ),
        (
            "near-prime/price.csv",
            include_bytes!("../../../rules/examples/near-prime/price.csv"),
        ),
        (
            "near-prime/watch-list.txt",
            include_bytes!("../../../rules/examples/near-prime/watch-list.txt"),
        ),
    ];
    let mut attachments = Attachments::none();
    for (name, bytes) in files {
        attachments.insert(name.to_owned(), bytes.to_vec());
    }
    let bundle = Bundle::publish_with(NEAR_PRIME.as_bytes(), &attachments).unwrap();
    let asked = revised(asking(2_000), |draft| {
        draft.product = "np_instalment".to_owned();
        let state = Input::Text("TX".to_owned());
        draft.inputs.insert("state".to_owned(), Some(state));
        let covered = Input::Bool(false);
        draft
            .inputs
            .insert("covered_borrower".to_owned(), Some(covered));
    });
    let place = Place {
        bundle,
        sound: near_prime_applicant(),
        asked,
    };
    let told = place.what_is_told_holds();
    assert!(told.changes > 500 && told.counteroffers > 5, "{told:?}");
}
