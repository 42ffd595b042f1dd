//! Decisions that are made up: whatever a record can hold comes back.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::application::{Input, RepaymentFrequency, Term, TermUnit};
use crate::features::{Features, Missing, Scope, Slot, Type, Value, table};
use crate::id::{AccountId, ApplicantId};
use crate::limits;
use crate::money::{Currency, Money};
use crate::portfolio::columns::packed::{Unpacker, Wanted, pack};
use crate::rules::{
    Action, BoundBy, GivenReason, OfferFee, OfferTerms, Outcome, Paid, PlannedDebit, Readiness,
    ReasonSource, Row,
};

fn currencies() -> impl Strategy<Value = Currency> {
    prop_oneof![9 => Just(Currency::USD), 1 => Just("JPY".parse().unwrap())]
}

fn wholes() -> impl Strategy<Value = i64> {
    prop_oneof![-10_000_i64..10_000, any::<i64>()]
}

fn amounts() -> impl Strategy<Value = Money> {
    (wholes(), currencies()).prop_map(|(minor, currency)| Money::new(minor, currency))
}

fn decimals() -> impl Strategy<Value = Decimal> {
    (wholes(), 0_u32..=6).prop_map(|(units, scale)| Decimal::new(units, scale).normalize())
}

fn dates() -> impl Strategy<Value = NaiveDate> {
    (-700_000..2_900_000i32).prop_filter_map("a date", NaiveDate::from_num_days_from_ce_opt)
}

fn of_type(ty: Type) -> BoxedStrategy<Value> {
    match ty {
        Type::Money => amounts().prop_map(Value::Money).boxed(),
        Type::Count => wholes().prop_map(Value::Count).boxed(),
        Type::Days => wholes().prop_map(Value::Days).boxed(),
        Type::Ratio => decimals().prop_map(Value::Ratio).boxed(),
        Type::Percent => decimals().prop_map(Value::Percent).boxed(),
        Type::Date => dates().prop_map(Value::Date).boxed(),
        Type::Text => ".{0,12}".prop_map(Value::Text).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
    }
}

fn slots(ty: Type, count: usize) -> impl Strategy<Value = Vec<Slot>> {
    let why = (0..Missing::ALL.len()).prop_map(|at| Slot::missing(Missing::ALL[at]));
    let one = prop_oneof![3 => of_type(ty).prop_map(Slot::known), 1 => why];
    prop::collection::vec(one, count)
}

fn features() -> impl Strategy<Value = Features> {
    (1_usize..4, 0_usize..4, 0_usize..4).prop_flat_map(|(people, links, streams)| {
        let all = table().iter().map(|feature| {
            let subjects = match feature.scope {
                Scope::Household => 1,
                Scope::Applicant => people,
                Scope::Account => links,
                Scope::IncomeStream => streams,
            };
            slots(feature.ty, subjects)
        });
        let all: Vec<_> = all.collect();
        all.prop_map(move |slots| {
            let applicants = (0..people).map(|at| ApplicantId::parse(&format!("person-{at}")));
            let accounts = (0..links).map(|at| AccountId::parse(&format!("fca_{at}")));
            let (applicants, accounts) = (applicants.flatten(), accounts.flatten());
            Features::from_slots(
                applicants.collect(),
                accounts.collect(),
                slots.into_iter().collect(),
            )
            .unwrap()
        })
    })
}

fn terms() -> impl Strategy<Value = Term> {
    let unit = prop_oneof![
        Just(TermUnit::Days),
        Just(TermUnit::Weeks),
        Just(TermUnit::Months)
    ];
    (1_u32..500, unit).prop_map(|(count, unit)| Term { count, unit })
}

fn frequencies() -> impl Strategy<Value = RepaymentFrequency> {
    prop_oneof![
        Just(RepaymentFrequency::Weekly),
        Just(RepaymentFrequency::Biweekly),
        Just(RepaymentFrequency::SemiMonthly),
        Just(RepaymentFrequency::Monthly),
        Just(RepaymentFrequency::Single)
    ]
}

fn inputs() -> impl Strategy<Value = BTreeMap<String, Input>> {
    let input = prop_oneof![
        amounts().prop_map(Input::Money),
        decimals().prop_map(Input::Number),
        dates().prop_map(Input::Date),
        ".{0,12}".prop_map(Input::Text),
        any::<bool>().prop_map(Input::Bool),
    ];
    prop::collection::btree_map("[ab]", input, 0..3)
}

fn fees() -> impl Strategy<Value = OfferFee> {
    let paid = prop_oneof![
        Just(Paid::Financed),
        Just(Paid::Withheld),
        Just(Paid::Apart)
    ];
    let counts = any::<(bool, bool)>();
    ("[a-z]{1,8}", amounts(), paid, counts).prop_map(
        |(id, amount, paid, (in_finance_charge, in_mapr))| OfferFee {
            id,
            amount,
            paid,
            in_finance_charge,
            in_mapr,
        },
    )
}

fn offers() -> impl Strategy<Value = OfferTerms> {
    let money = prop::collection::vec(amounts(), 7);
    let percents = (decimals(), decimals(), prop::option::of(decimals()));
    let fees = prop::collection::vec(fees(), 0..3);
    let rest = (
        0..BoundBy::ALL.len(),
        any::<u32>(),
        prop::option::of(dates()),
    );
    (
        "[a-z]{1,8}",
        terms(),
        frequencies(),
        money,
        percents,
        fees,
        rest,
    )
        .prop_map(
            |(
                tier,
                term,
                frequency,
                money,
                (rate_percent, apr_percent, mapr_percent),
                fees,
                rest,
            )| {
                OfferTerms {
                    tier,
                    amount: money[0],
                    term,
                    frequency,
                    rate_percent,
                    apr_percent,
                    mapr_percent,
                    payment: money[1],
                    last_payment: money[2],
                    payments: rest.1,
                    first_payment_date: rest.2,
                    principal: money[3],
                    amount_financed: money[4],
                    finance_charge: money[5],
                    total_of_payments: money[6],
                    fees,
                    bound_by: BoundBy::ALL[rest.0],
                }
            },
        )
}

fn reasons() -> impl Strategy<Value = GivenReason> {
    let at = 0_usize..300;
    let source = prop_oneof![
        at.clone().prop_map(ReasonSource::Rule),
        at.clone().prop_map(ReasonSource::Characteristic),
        at.clone().prop_map(ReasonSource::Retry),
        Just(ReasonSource::Offer),
        Just(ReasonSource::Approve),
        Just(ReasonSource::Missing),
        Just(ReasonSource::BankData),
    ];
    let action = prop_oneof![
        Just(Action::Decline),
        Just(Action::Refer),
        Just(Action::Flag)
    ];
    (at, source, action, any::<(bool, bool)>()).prop_map(
        |(reason, source, action, (decisive, principal))| GivenReason {
            reason,
            source,
            action,
            decisive,
            principal,
            told: None,
        },
    )
}

type Drawn = (
    Features,
    (i64, Term, RepaymentFrequency, BTreeMap<String, Input>),
    (Outcome, Option<Result<i64, Missing>>, Option<Row>),
    (Option<OfferTerms>, Vec<PlannedDebit>, Vec<GivenReason>),
    (bool, bool, bool),
);

/// What varies from one decision to the next.
fn drawn() -> impl Strategy<Value = Drawn> {
    let outcome = prop_oneof![
        Just(Outcome::Approve),
        Just(Outcome::Counter),
        Just(Outcome::Refer),
        Just(Outcome::Decline)
    ];
    let why = (0..Missing::ALL.len()).prop_map(|at| Err(Missing::ALL[at]));
    let score = prop::option::of(prop_oneof![wholes().prop_map(Ok), why]);
    let tier = prop_oneof![
        (0_usize..20).prop_map(Row::At),
        Just(Row::None),
        (0_usize..20).prop_map(Row::Unknown)
    ];
    let debit = (dates(), amounts()).prop_map(|(date, amount)| PlannedDebit { date, amount });
    (
        features(),
        (wholes(), terms(), frequencies(), inputs()),
        (outcome, score, prop::option::of(tier)),
        (
            prop::option::of(offers()),
            prop::collection::vec(debit, 0..3),
            prop::collection::vec(reasons(), 0..4),
        ),
        any::<(bool, bool, bool)>(),
    )
}

fn made_up(base: &PastDecision, seq: u64, drawn: Drawn) -> PastDecision {
    let (features, asked, (outcome, score, tier), (offer, plan, reasons), flags) = drawn;
    let (minor, term, frequency, inputs) = asked;
    let mut past = base.clone();
    past.seq = seq;
    past.features = features;
    past.asked.amount = Money::new(minor, Currency::USD);
    past.asked.term = term;
    past.asked.frequency = frequency;
    past.asked.inputs = inputs;
    past.recorded_at = DateTime::from_timestamp(minor % 4_000_000_000, 0).unwrap();
    past.test_data = flags.0;
    past.resolves = flags.1.then(|| past.id.clone());
    past.readiness = match flags.2 {
        true => Readiness::Ready,
        false => Readiness::NotReady,
    };
    past.decided.outcome = outcome;
    past.decided.score = score;
    past.decided.tier = tier;
    past.decided.offer = offer;
    past.decided.plan = plan;
    past.decided.reasons = reasons;
    past
}

fn bases() -> &'static [PastDecision] {
    static BASES: std::sync::LazyLock<Vec<PastDecision>> = std::sync::LazyLock::new(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async { Golden::new().recorded().await })
    });
    &BASES
}

#[test]
fn the_shapes_that_are_kept_ready_are_limited_below_at_and_above() {
    let max = limits::COLUMNS_SHAPES_MAX;
    let mut unpacker = Unpacker::new(Wanted::new(|_| true));
    for streams in 0..=max + 2 {
        let mut past = bases()[0].clone();
        past.features = Features::blank(Vec::new(), Vec::new(), streams);
        let unpacked = unpacker.unpack(past.seq, &pack(&past), &past.rule_set);
        assert_eq!(unpacked.as_deref(), Some(&past));
        // The last one is in use; at the limit, all others are given up.
        let ready = if streams <= max {
            streams
        } else {
            streams - max
        };
        assert_eq!(unpacker.ready(), ready);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_is_packed_is_unpacked_one_after_the_other(all in prop::collection::vec(drawn(), 1..6)) {
        let mut unpacker = Unpacker::new(Wanted::new(|_| true));
        for (drawn, base) in all.into_iter().zip(bases()) {
            let past = made_up(base, base.seq, drawn);
            let packed = pack(&past);
            let unpacked = unpacker.unpack(past.seq, &packed, &past.rule_set);
            prop_assert_eq!(unpacked.as_deref(), Some(&past));
            // The numbers that rules compare are made with the values.
            let currency = past.asked.amount.currency();
            let wholes = unpacked.map(|one| one.features.wholes(currency).map(<[_]>::to_vec));
            prop_assert_eq!(wholes, Some(past.features.wholes(currency).map(<[_]>::to_vec)));
        }
    }

    #[test]
    fn hostile_bytes_are_refused_without_panic(
        drawn in drawn(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let past = made_up(&bases()[0], 1, drawn);
        let mut packed = pack(&past);
        let at = at.index(packed.len());
        if cut {
            packed.truncate(at);
        } else {
            packed[at] = byte;
        }
        let mut unpacker = Unpacker::new(Wanted::new(|_| true));
        let unpacked = unpacker.unpack(past.seq, &packed, &past.rule_set);
        if cut {
            prop_assert!(unpacked.is_none());
        }
    }
}
