//! What is told to settle a decision, held against deciding again: with answers drawn at random, by the
//! whole engine, as a reviewer would have it decided. Nothing here knows how it was found out.
//!
//! `SETTLED` says of how many generated applications; `.ci/long` looks at all thousand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;

use rayon::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use underwrite::application::{
    Application, DraftAnswer, DraftStreamReview, ReviewVerdict, ReviewersWord,
};
use underwrite::calendar::AsOf;
use underwrite::decision::{DecisionBody, DecisionInput};
use underwrite::engine;
use underwrite::features::{self, Type, Value};
use underwrite::id::{AccountId, DecisionId, TransactionId};
use underwrite::money::Money;
use underwrite::rules::{Bundle, Given, OfferTerms, OpenFact, Outcome, SettledAnswer, Settlement};

use super::baseline::random::Random;
use super::baseline::{Case, generated};
use super::tools::root;

/// Of how many generated applications it is looked at with every change.
const USUAL: u64 = 12;
/// Answers that are drawn for each decision.
const DRAWS: usize = 8;
/// Sets of fewer facts that are looked at.
const FEWER: usize = 6;
/// Answers that are drawn to see that fewer facts do not settle it, until some do. They may have to be in
/// a narrow corner: one in fifty is.
const DRAWS_OF_FEWER: usize = 500;

/// What may be answered.
#[derive(Debug, Clone)]
enum Fact {
    /// A feature or an input, by its name.
    Value(String),
    /// A stream of income, by one of its deposits.
    Stream(AccountId, TransactionId),
}

impl Fact {
    fn name(&self) -> &str {
        match self {
            Self::Value(name) => name,
            Self::Stream(_, transaction) => transaction.as_str(),
        }
    }
}

impl From<&OpenFact> for Fact {
    fn from(open: &OpenFact) -> Self {
        match open {
            OpenFact::Value { name, .. } => Self::Value(name.clone()),
            OpenFact::Stream(one) => Self::Stream(one.account.clone(), one.transaction.clone()),
        }
    }
}

/// What is answered to a fact.
#[derive(Debug, Clone, PartialEq)]
enum Said {
    Is(Value),
    Reviewed(AccountId, TransactionId, bool),
}

/// Answers, by the names of facts.
type Answers = BTreeMap<String, Said>;

/// What a decision came to.
struct Again {
    outcome: Outcome,
    offer: Option<OfferTerms>,
    /// The codes of the principal reasons.
    reasons: BTreeSet<String>,
}

/// A decision that was referred, and what is told to settle it.
struct Referred<'c> {
    case: &'c Case,
    bundle: &'c Bundle,
    body: DecisionBody,
    settlement: Settlement,
}

impl Referred<'_> {
    /// The decision with these answers; `None` where they are not taken.
    fn again(&self, answers: &Answers) -> Option<Again> {
        let application = self.case.application();
        let at = self.body.pins.as_of;
        let mut word = (Vec::new(), Vec::new());
        for (fact, said) in answers {
            match said {
                Said::Is(value) => word.0.push(answer(fact, value, at)),
                Said::Reviewed(account, transaction, is_income) => {
                    word.1.push(review(account, transaction, *is_income, at));
                }
            }
        }
        if answers.is_empty() {
            return Some(self.seen(&self.body, application));
        }
        let word = ReviewersWord::check(word.0, word.1, Vec::new()).unwrap();
        let of: DecisionId = "dec_1".parse().unwrap();
        let resolved = Arc::new(application.resolved(of, word).unwrap());
        let accounts = application.accounts();
        let accounts = accounts.map(|(who, account)| (who, account.clone()));
        let resolved = resolved.with_accounts(accounts.collect());
        let decide = |input: &DecisionInput<'_>| engine::decide(input).ok();
        let body = self.case.with_input(self.bundle, &resolved, decide)?;
        Some(self.seen(&body, &resolved))
    }

    fn seen(&self, body: &DecisionBody, application: &Application) -> Again {
        let told = body.summary(self.bundle, application).unwrap().reasons;
        Again {
            outcome: body.outcome(),
            offer: body.offer().cloned(),
            reasons: told.into_iter().map(|one| one.fired.reason).collect(),
        }
    }

    fn asked(&self) -> Vec<Fact> {
        let questions = self.settlement.questions.iter();
        questions.map(|question| (&question.about).into()).collect()
    }

    /// The facts that are open and not asked about: missing, in doubt, or whether a stream is income.
    fn beside(&self) -> Vec<Fact> {
        let asked = self.asked();
        let open = self.settlement.open.iter();
        let open = open.filter(|name| asked.iter().all(|one| one.name() != name.as_str()));
        open.map(|name| self.fact(name)).collect()
    }

    fn fact(&self, name: &str) -> Fact {
        if name.starts_with("inputs.") || features::find(name).is_some() {
            return Fact::Value(name.to_owned());
        }
        // Ids of transactions are told apart by account: it is one of the deposits in doubt.
        let (unproven, _) = features::find(features::INCOME_UNPROVEN_MONTHLY).unwrap();
        let mut rows = self.body.features[unproven.index()][0].evidence.pairs();
        let application = self.case.application();
        self.case.with_input(self.bundle, application, |input| {
            let account = rows.find_map(|(account, row)| {
                let input = &input.accounts[usize::from(account)];
                let rows = input.snapshot.transactions.known().unwrap();
                let id = rows.get(usize::try_from(row).unwrap()).unwrap().id;
                (id == name).then(|| input.account.clone())
            });
            Fact::Stream(account.unwrap(), name.parse().unwrap())
        })
    }

    /// An answer to a fact: one that is told as the end of a stretch, or just any.
    fn draw(&self, random: &mut Random, about: &Fact, place: Option<usize>) -> Said {
        let name = match about {
            Fact::Stream(account, transaction) => {
                let (account, transaction) = (account.clone(), transaction.clone());
                return Said::Reviewed(account, transaction, random.percent(50));
            }
            Fact::Value(name) => name,
        };
        let mut told: Vec<Value> = Vec::new();
        for answer in &self.settlement.answers {
            if let Some(Given::Range { from, to }) = place.and_then(|at| answer.given.get(at)) {
                told.extend(from.iter().chain(to).cloned());
            }
        }
        if !told.is_empty() && random.percent(60) {
            let at = random.between(0, i64::try_from(told.len()).unwrap() - 1);
            return Said::Is(told[usize::try_from(at).unwrap()].clone());
        }
        Said::Is(self.any(random, name))
    }

    /// Any value of a fact.
    fn any(&self, random: &mut Random, name: &str) -> Value {
        if let Some((_, feature)) = features::find(name) {
            let (least, most) = (feature.range.least, feature.range.most);
            return any_of(random, feature.ty, (least, most), feature.words.list());
        }
        let inputs = self.bundle.program().rule_set().inputs().iter();
        let mut inputs = inputs.filter(|input| name == format!("inputs.{}", input.name));
        let input = inputs.next().unwrap();
        let end = |value: &Option<Value>| value.as_ref().and_then(|end| number(end)?.to_i64());
        let words: Vec<&str> = input.values.iter().map(String::as_str).collect();
        any_of(random, input.ty, (end(&input.min), end(&input.max)), &words)
    }
}

fn answer(fact: &str, value: &Value, at: AsOf) -> DraftAnswer {
    DraftAnswer {
        fact: fact.to_owned(),
        value: Some(value.clone().into()),
        reviewer: "q.officer".to_owned(),
        evidence: "seen".to_owned(),
        answered_at: Some(at.instant),
    }
}

fn review(
    account: &AccountId,
    transaction: &TransactionId,
    is_income: bool,
    at: AsOf,
) -> DraftStreamReview {
    DraftStreamReview {
        account: Some(account.clone()),
        transaction: Some(transaction.clone()),
        verdict: Some(if is_income {
            ReviewVerdict::Confirmed
        } else {
            ReviewVerdict::Refused
        }),
        reviewer: "q.officer".to_owned(),
        reason: "seen".to_owned(),
        reviewed_at: Some(at.instant),
    }
}

/// Any value of a type: small ones, and ones of any size.
fn any_of(
    random: &mut Random,
    ty: Type,
    (least, most): (Option<i64>, Option<i64>),
    words: &[&str],
) -> Value {
    let size = 10_i64.pow(u32::try_from(random.between(0, 6)).unwrap());
    let number = random.between(0, 9) * size + random.between(0, size - 1);
    let clamped = number.clamp(least.unwrap_or(0), most.unwrap_or(i64::MAX));
    let share = || {
        let most = most.unwrap_or(if ty == Type::Ratio { 3 } else { 300 });
        Decimal::new(number % (most * 1_000 + 1), 3)
    };
    match ty {
        Type::Money => {
            let usd = "USD".parse().unwrap();
            Value::Money(Money::new(clamped, usd))
        }
        Type::Count => Value::Count(clamped),
        Type::Days => Value::Days(clamped),
        Type::Ratio => Value::ratio(share()),
        Type::Percent => Value::percent(share()),
        Type::Date => {
            let days = chrono::Days::new(u64::try_from(number % 2_000).unwrap());
            Value::Date("2024-01-01".parse::<chrono::NaiveDate>().unwrap() + days)
        }
        Type::Text if words.is_empty() => Value::Text("another".to_owned()),
        Type::Text => Value::Text(random.pick(words).to_owned()),
        Type::Bool => Value::Bool(random.percent(50)),
    }
}

/// A number or date for comparing.
fn number(value: &Value) -> Option<Decimal> {
    Some(match value {
        Value::Money(money) => money.to_decimal(),
        Value::Count(number) | Value::Days(number) => Decimal::from(*number),
        Value::Ratio(number) | Value::Percent(number) => *number,
        Value::Date(date) => Decimal::from(chrono::Datelike::num_days_from_ce(date)),
        Value::Bool(truth) => Decimal::from(u8::from(*truth)),
        Value::Text(_) => return None,
    })
}

/// Whether an answer is the one told.
fn is_given(said: &Said, given: &Given, others: &[&Given]) -> bool {
    let value = match (said, given) {
        (_, Given::Any) => return true,
        (Said::Reviewed(_, _, is_income), _) => {
            return *given
                == if *is_income {
                    Given::Confirmed
                } else {
                    Given::Refused
                };
        }
        (Said::Is(value), _) => value,
    };
    match given {
        Given::Range { from, to } => match (number(value), from, to) {
            (None, from, to) => from.as_ref() == Some(value) && to.as_ref() == Some(value),
            (Some(at), from, to) => {
                let end = |end: &Option<Value>| end.as_ref().and_then(number);
                end(from).is_none_or(|from| from <= at) && end(to).is_none_or(|to| at <= to)
            }
        },
        Given::OtherText => !others
            .iter()
            .any(|other| **other != Given::OtherText && is_given(said, other, &[])),
        Given::Any | Given::Confirmed | Given::Refused => false,
    }
}

/// The answer that is told for these.
fn told<'s>(settlement: &'s Settlement, said: &[Said]) -> Option<&'s SettledAnswer> {
    let column = |at: usize| -> Vec<&Given> {
        let answers = settlement.answers.iter();
        answers.map(|answer| &answer.given[at]).collect()
    };
    let is_it = |answer: &&SettledAnswer| {
        let mut given = said.iter().zip(&answer.given).enumerate();
        given.all(|(at, (said, given))| is_given(said, given, &column(at)))
    };
    let found: Vec<&SettledAnswer> = settlement.answers.iter().filter(is_it).collect();
    assert!(
        found.len() <= 1,
        "{said:?} is in several answers: {found:?}"
    );
    found.first().copied()
}

fn bundles() -> Vec<Bundle> {
    let files = [
        "rules/personal-loan.toml",
        "rules/ach-debit.toml",
        "rules/income-verification.toml",
        "rules/payout-verification.toml",
        "tests/data/baseline/wide.toml",
    ];
    let load = |file| Bundle::from_bytes(&fs::read(root().join(file)).unwrap()).unwrap();
    files.into_iter().map(load).collect()
}

/// What is told holds for answers drawn at random, whatever else is answered beside them.
fn what_is_told_holds(referred: &Referred<'_>, random: &mut Random) {
    let settlement = &referred.settlement;
    let (asked, beside) = (referred.asked(), referred.beside());
    for _ in 0..DRAWS {
        let said = asked.iter().enumerate();
        let said: Vec<Said> = said
            .map(|(at, about)| referred.draw(random, about, Some(at)))
            .collect();
        let names = asked.iter().map(|about| about.name().to_owned());
        let answers: Answers = names.zip(said.clone()).collect();
        let Some(again) = referred.again(&answers) else {
            continue;
        };
        let Some(answer) = told(settlement, &said) else {
            assert!(settlement.answers_left_off > 0, "{answers:?} is not told");
            continue;
        };
        let outcome = again.outcome;
        let result = answer.results.iter().find(|one| one.outcome == outcome);
        let result = result.unwrap_or_else(|| panic!("{answers:?}: {outcome}, not {answer:?}"));
        for code in &result.reasons {
            let given = &again.reasons;
            assert!(given.contains(code), "{answers:?}: {code} not in {given:?}");
        }
        if let (Some(offer), Some(range)) = (&again.offer, &result.offer) {
            let rate = offer.rate_percent;
            assert!(range.lowest_rate_percent <= rate && rate <= range.highest_rate_percent);
        }
        // Whatever else is found out.
        let mut more = answers.clone();
        for about in &beside {
            if random.percent(60) {
                let said = referred.draw(random, about, None);
                more.insert(about.name().to_owned(), said);
            }
        }
        if let Some(other) = referred.again(&more) {
            let case = referred.case.name();
            assert_eq!(other.outcome, outcome, "{case}: {answers:?} and {more:?}");
        }
    }
    let mut results = settlement.answers.iter().flat_map(|answer| &answer.results);
    let helps = results.any(|one| matches!(one.outcome, Outcome::Approve | Outcome::Counter));
    assert!(helps, "{settlement:?}");
}

/// No fewer facts that are open settle it, whichever they are: of some answers to them the outcome is a
/// referral still, or another once more is known.
fn no_fewer_settle(referred: &Referred<'_>, random: &mut Random) {
    let asked = referred.asked();
    let open: Vec<Fact> = asked.iter().cloned().chain(referred.beside()).collect();
    for at in 0..FEWER.min(open.len() * asked.len().saturating_sub(1)) {
        let mut chosen = BTreeSet::new();
        for _ in 0..1 + at % (asked.len() - 1) {
            let last = i64::try_from(open.len()).unwrap() - 1;
            chosen.insert(usize::try_from(random.between(0, last)).unwrap());
        }
        let mut draws = 0..DRAWS_OF_FEWER;
        let stays_open = draws.any(|_| {
            let (mut few, mut more) = (Answers::new(), Answers::new());
            for (at, about) in open.iter().enumerate() {
                let said = referred.draw(random, about, None);
                if chosen.contains(&at) {
                    few.insert(about.name().to_owned(), said.clone());
                }
                more.insert(about.name().to_owned(), said);
            }
            let outcome = |answers| referred.again(answers).map(|again| again.outcome);
            // What is open only once something else is said is not taken without that.
            outcome(&few).is_none_or(|few| {
                few == Outcome::Refer || outcome(&more).is_some_and(|more| more != few)
            })
        });
        assert!(
            stays_open,
            "{}: {chosen:?} of {open:?} settle it: {:?}",
            referred.case.name(),
            referred.settlement
        );
    }
}

/// Without one of the facts that are asked about it is not settled: for some answer to the others it
/// depends on what is answered to that one.
fn fewer_do_not_settle(referred: &Referred<'_>, random: &mut Random) {
    let asked = referred.asked();
    for without in 0..asked.len() {
        let mut draws = 0..DRAWS_OF_FEWER;
        let depends = draws.any(|_| {
            let said = asked.iter().enumerate();
            let all: Answers = said
                .map(|(at, about)| {
                    let said = referred.draw(random, about, Some(at));
                    (about.name().to_owned(), said)
                })
                .collect();
            let mut fewer = all.clone();
            fewer.remove(asked[without].name());
            let outcome = |answers| referred.again(answers).map(|again| again.outcome);
            // What is open only once something else is said is not taken without that.
            outcome(&all).is_some_and(|settled| outcome(&fewer) != Some(settled))
        });
        assert!(
            depends,
            "{}: without {} it seems settled: {:?}",
            referred.case.name(),
            asked[without].name(),
            referred.settlement
        );
    }
}

#[test]
fn what_is_told_to_settle_a_decision_does_and_nothing_less() {
    let wanted = std::env::var("SETTLED").ok();
    let wanted = wanted.map_or(USUAL, |wanted| wanted.parse().unwrap());
    let bundles = bundles();
    let settled: Vec<usize> = (0..wanted)
        .into_par_iter()
        .map(|number| {
            let case = generated(number);
            let mut random = Random::new(number);
            let mut settled = 0;
            for bundle in &bundles {
                let (body, settlement) = case.with_input(bundle, case.application(), |input| {
                    let body = engine::decide(input).unwrap();
                    let settlement = engine::settle(input, &body).unwrap();
                    (body, settlement)
                });
                let Some(settlement) = settlement else {
                    continue;
                };
                let referred = Referred {
                    case: &case,
                    bundle,
                    body,
                    settlement,
                };
                if referred.settlement.person_must_judge() {
                    assert!(referred.settlement.answers.is_empty(), "{}", case.name());
                    continue;
                }
                settled += 1;
                what_is_told_holds(&referred, &mut random);
                fewer_do_not_settle(&referred, &mut random);
                no_fewer_settle(&referred, &mut random);
            }
            settled
        })
        .collect();
    let settled: usize = settled.iter().sum();
    println!("{settled} decisions of {wanted} applications are settled by a few facts");
    assert!(settled > 0);
}
