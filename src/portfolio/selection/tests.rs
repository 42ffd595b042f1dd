//! What a selection takes is what a naive filter over the same decisions takes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::features::{self, Missing, Value};
use crate::portfolio::tests::recorded;
use crate::rules::BundleHash;

type Recorded = (Vec<PastDecision>, BTreeMap<BundleHash, Bundle>);

/// The decisions of the samples.
static RECORDED: LazyLock<Recorded> = LazyLock::new(|| {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    std::thread::spawn(move || runtime.block_on(recorded()))
        .join()
        .unwrap()
});

fn all() -> &'static [PastDecision] {
    &RECORDED.0
}

/// The positions of what a selection takes, and of what it cannot know.
fn taken(selection: &Selection) -> (Vec<u64>, Vec<u64>) {
    let of = |verdict| {
        let decisions = all().iter().filter(move |past| {
            let live = RECORDED.1.get(&past.rule_set.bundle);
            selection.takes(past, live).unwrap() == verdict
        });
        decisions.map(|past| past.seq).collect()
    };
    (of(Verdict::True), of(Verdict::Unknown))
}

/// A condition with what it is of a decision; `None` where it is not known.
#[derive(Debug, Clone)]
enum Naive {
    AtLeast(&'static str, i64),
    Outcome(Outcome),
    Tier(&'static str),
    IsMissing(&'static str),
    Not(Box<Naive>),
    And(Box<Naive>, Box<Naive>),
    Or(Box<Naive>, Box<Naive>),
}

const SCORE: &str = "decision.score";
const NUMBERS: [&str; 7] = [
    SCORE,
    "decision.amount",
    "decision.apr",
    "income.monthly_net",
    "nsf.event_days_90d",
    "income.days_since_last",
    "application.amount",
];

impl Naive {
    fn written(&self) -> String {
        match self {
            Self::AtLeast(name, bound) => {
                let unit = match *name {
                    "decision.amount" | "income.monthly_net" | "application.amount" => " usd",
                    "decision.apr" => "%",
                    "income.days_since_last" => " days",
                    _ => "",
                };
                format!("{name} >= {bound}{unit}")
            }
            Self::Outcome(outcome) => format!("decision.outcome == \"{outcome}\""),
            Self::Tier(tier) => format!("decision.tier == \"{tier}\""),
            Self::IsMissing(name) => format!("{name} is missing"),
            Self::Not(inner) => format!("not ({})", inner.written()),
            Self::And(left, right) => format!("({}) and ({})", left.written(), right.written()),
            Self::Or(left, right) => format!("({}) or ({})", left.written(), right.written()),
        }
    }

    fn of(&self, past: &PastDecision) -> Option<bool> {
        match self {
            Self::AtLeast(name, bound) => Some(number(name, past)? >= Decimal::from(*bound)),
            Self::Outcome(outcome) => Some(past.decided.outcome == *outcome),
            Self::Tier(tier) => Some(past.decided.offer.as_ref()?.tier == *tier),
            Self::IsMissing(name) => Some(number(name, past).is_none()),
            Self::Not(inner) => inner.of(past).map(|truth| !truth),
            Self::And(left, right) => match (left.of(past), right.of(past)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (left, right) => Some(left? && right?),
            },
            Self::Or(left, right) => match (left.of(past), right.of(past)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (left, right) => Some(left? || right?),
            },
        }
    }
}

fn number(name: &str, past: &PastDecision) -> Option<Decimal> {
    let offer = past.decided.offer.as_ref();
    match name {
        SCORE => Some(Decimal::from(past.decided.score?.ok()?)),
        "decision.amount" => Some(offer?.amount.to_decimal()),
        "decision.apr" => Some(offer?.apr_percent),
        name => {
            let (id, _) = features::find(name).unwrap();
            let value: &Result<Value, Missing> = &past.features.slots(id)[0].value;
            match value.clone().ok()? {
                Value::Money(money) => Some(money.to_decimal()),
                Value::Count(count) | Value::Days(count) => Some(Decimal::from(count)),
                other @ (Value::Ratio(_)
                | Value::Percent(_)
                | Value::Date(_)
                | Value::Text(_)
                | Value::Bool(_)) => panic!("{other:?}"),
            }
        }
    }
}

fn naive() -> impl Strategy<Value = Naive> {
    let number = proptest::sample::select(NUMBERS.to_vec());
    let bounds = prop_oneof![0_i64..40, 500_i64..800, 900_i64..6_000];
    let outcomes = proptest::sample::select(Outcome::ALL.to_vec());
    let leaf = prop_oneof![
        4 => (number.clone(), bounds).prop_map(|(name, bound)| Naive::AtLeast(name, bound)),
        2 => outcomes.prop_map(Naive::Outcome),
        1 => proptest::sample::select(vec!["prime", "standard", "near-prime"]).prop_map(Naive::Tier),
        1 => number.prop_map(Naive::IsMissing),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        let boxed = inner.prop_map(Box::new);
        prop_oneof![
            boxed.clone().prop_map(Naive::Not),
            (boxed.clone(), boxed.clone()).prop_map(|(a, b)| Naive::And(a, b)),
            (boxed.clone(), boxed).prop_map(|(a, b)| Naive::Or(a, b)),
        ]
    })
}

/// Reason codes, and rules that fired, by name.
fn named(past: &PastDecision) -> (BTreeSet<String>, BTreeSet<String>) {
    let rule_set = RECORDED.1[&past.rule_set.bundle].rule_set();
    let rules: Vec<_> = rule_set.rules().collect();
    let mut fired = BTreeSet::new();
    let mut codes = BTreeSet::new();
    for given in &past.decided.reasons {
        if let ReasonSource::Rule(rule) = given.source {
            fired.insert(rules[rule].0.to_owned());
            codes.insert(rules[rule].2.to_owned());
        }
    }
    (codes, fired)
}

proptest! {
    #[test]
    fn a_condition_takes_what_a_naive_filter_takes(naive in naive()) {
        let text = naive.written();
        let query = Query::parse(&text, &DECISION_NAMES).unwrap();
        let selection = Selection { holds: Some(query), ..Selection::default() };
        let of = |wanted: Option<bool>| {
            let decisions = all().iter().filter(|past| naive.of(past) == wanted);
            decisions.map(|past| past.seq).collect::<Vec<u64>>()
        };
        let (yes, unknown) = taken(&selection);
        prop_assert_eq!(yes, of(Some(true)), "{}", text);
        prop_assert_eq!(unknown, of(None), "{}", text);
    }

    #[test]
    fn every_field_narrows_as_a_naive_filter(
        (one, other) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        chosen in prop::collection::vec(any::<bool>(), 8),
    ) {
        let (one, other) = (one.get(all()), other.get(all()));
        let (codes, fired) = named(one);
        let (from, until) = (one.recorded_at.min(other.recorded_at), one.recorded_at.max(other.recorded_at));
        let pick = |index: usize| chosen[index];
        let selection = Selection {
            from: pick(0).then_some(from),
            until: pick(1).then_some(until),
            rule_set: pick(2).then(|| RuleSetName::parse(&one.rule_set.name).unwrap()),
            version: pick(3).then(|| one.rule_set.version.clone()),
            product: pick(4).then(|| one.product.clone()),
            outcome: pick(5).then_some(one.decided.outcome),
            reason: codes.first().filter(|_| pick(6)).cloned(),
            rule: fired.last().filter(|_| pick(6)).cloned(),
            ids: pick(7).then(|| [one, other].map(|past| past.id.clone())).into_iter().flatten().collect(),
            ..Selection::default()
        };
        let expected = all().iter().filter(|past| {
            let (own_codes, own_fired) = named(past);
            (!pick(0) || past.recorded_at >= from)
                && (!pick(1) || past.recorded_at < until)
                && (!pick(2) || past.rule_set.name == one.rule_set.name)
                && (!pick(3) || past.rule_set.version == one.rule_set.version)
                && (!pick(4) || past.product == one.product)
                && (!pick(5) || past.decided.outcome == one.decided.outcome)
                && (!pick(6) || codes.first().is_none_or(|code| own_codes.contains(code)))
                && (!pick(6) || fired.last().is_none_or(|rule| own_fired.contains(rule)))
                && (!pick(7) || past.id == one.id || past.id == other.id)
        });
        let expected: Vec<u64> = expected.map(|past| past.seq).collect();
        prop_assert_eq!(taken(&selection), (expected, Vec::new()));
    }

    #[test]
    fn a_sample_is_the_same_in_any_order_and_has_every_outcome(
        count in crate::limits::SAMPLE_MIN..60,
        seed in 0_u64..5,
        shuffled in Just(all().to_vec()).prop_shuffle(),
    ) {
        let sample = Sample { count, seed };
        let draw = |decisions: &[PastDecision]| {
            let mut sampler = Sampler::new(sample);
            decisions.iter().for_each(|past| sampler.show(past));
            sampler.drawn()
        };
        let drawn = draw(all());
        prop_assert_eq!(&drawn, &draw(&shuffled));
        prop_assert_eq!(drawn.len(), count.min(all().len()));
        let outcomes = |meant: &dyn Fn(&PastDecision) -> bool| -> BTreeSet<Outcome> {
            all().iter().filter(|past| meant(past)).map(|past| past.decided.outcome).collect()
        };
        prop_assert_eq!(outcomes(&|past| drawn.contains(&past.seq)), outcomes(&|_| true));
    }
}

#[test]
fn another_seed_draws_another_sample() {
    let draw = |seed| {
        let mut sampler = Sampler::new(Sample { count: 10, seed });
        all().iter().for_each(|past| sampler.show(past));
        sampler.drawn()
    };
    assert_ne!(draw(1), draw(2));
}

#[test]
fn what_is_wrong_with_a_condition_is_told_with_its_place() {
    for (text, code, column, message, help) in [
        (
            "decision.scor > 600",
            "unknown_name",
            1,
            "`decision.scor`",
            "did you mean `decision.score`?",
        ),
        (
            "not_here > 3",
            "unknown_name",
            1,
            "`not_here`",
            "docs/features.md",
        ),
        (
            "decision.outcome == \"APROVE\"",
            "unknown_word",
            21,
            "is never",
            "did you mean `APPROVE`?",
        ),
        (
            "income.monthly_net < 1500",
            "unit_missing",
            22,
            "money",
            "usd",
        ),
        ("1 < 2", "constant_condition", 1, "every decision", "nsf"),
        (
            "share(\"a\", 5%)",
            "unknown_function",
            1,
            "here is none",
            "sample",
        ),
        ("decision.score >", "expression_syntax", 17, "", ""),
    ] {
        let findings = Query::parse(text, &DECISION_NAMES).unwrap_err();
        let found = &findings[0];
        assert_eq!((found.code, found.column), (code, column), "{found:?}");
        assert!(found.message.contains(message), "{found:?}");
        let told = found.help.clone().unwrap_or_default();
        assert!(told.contains(help), "{found:?}");
    }
}

#[test]
fn amounts_in_another_currency_are_not_known_and_the_rest_is() {
    let query = |text: &str| Query::parse(text, &DECISION_NAMES).unwrap();
    let take = |text: &str| {
        taken(&Selection {
            holds: Some(query(text)),
            ..Selection::default()
        })
    };
    let every: Vec<u64> = all().iter().map(|past| past.seq).collect();
    assert_eq!(take("application.amount > 0 eur"), (vec![], every.clone()));
    let (yes, unknown) = take("application.amount > 0 eur or decision.outcome == \"DECLINE\"");
    assert!(!yes.is_empty());
    assert_eq!(yes.len() + unknown.len(), every.len());
}
