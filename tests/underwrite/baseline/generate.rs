//! Generated applications: every kind of account, history and row that the core tells apart, more
//! of the odd ones than life has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use rust_decimal::Decimal;
use underwrite::analysis::{AmountSign, Settings};
use underwrite::application::{
    Address, ApplicationWithAccounts, Draft, DraftApplicant, DraftTerm, Identity, Input,
    RepaymentFrequency, Role, TermUnit,
};
use underwrite::calendar::{AsOf, Zone};
use underwrite::id::{AccountId, ApplicantId, ApplicationId};
use underwrite::money::{Currency, Money};
use underwrite::snapshot::Snapshot;

use super::Case;
use super::accounts;
use super::random::Random;

const NAMES: [&str; 5] = [
    "Alex Morgan",
    "María José García-López",
    "William O'Neil Jr.",
    "Nguyen Thi Lan",
    "Robert Smith",
];

/// The day of the decisions.
pub(super) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 8, 22).unwrap()
}

/// Midnight so many days before the decision.
pub(super) fn day(back: i64) -> DateTime<Utc> {
    today().and_hms_opt(0, 0, 0).unwrap().and_utc() - Duration::days(back)
}

/// The generated application of that number.
pub(super) fn case(number: u64) -> Case {
    let mut random = Random::new(number);
    let zone = random.pick(&[
        "America/New_York",
        "America/New_York",
        "America/Los_Angeles",
    ]);
    let as_of = AsOf {
        instant: day(0) + Duration::hours(18),
        zone: Zone::parse(zone).unwrap(),
    };
    let amount_sign = if random.percent(20) {
        AmountSign::NegativeIsCredit
    } else {
        AmountSign::PositiveIsCredit
    };
    let people = random.pick(&[1, 1, 1, 1, 2, 2, 3]);
    let (mut applicants, mut snapshots) = (Vec::new(), Vec::<Snapshot>::new());
    for person in 0..people {
        let name = random.pick(&NAMES);
        let least = i64::from(person == 0);
        let count = random.pick(&[least, 1, 1, 1, 2, 2, 3, 4]);
        let own = accounts::linked(&mut random, (person, count), name, as_of, amount_sign);
        let ids = own.iter().map(|snapshot| snapshot.account.id.clone());
        applicants.push(applicant(&mut random, person, name, ids.collect()));
        snapshots.extend(own);
    }
    Case {
        name: format!("generated/{number:04}"),
        application: application(&mut random, number, applicants),
        snapshots,
        as_of,
        settings: Settings { amount_sign },
    }
}

fn applicant(
    random: &mut Random,
    person: usize,
    name: &str,
    ids: Vec<AccountId>,
) -> DraftApplicant {
    let address = Address {
        street: "12 Maple Street".to_owned(),
        city: "Albany".to_owned(),
        region: "NY".to_owned(),
        postal_code: "12207".to_owned(),
        country: "US".to_owned(),
    };
    DraftApplicant {
        id: Some(ApplicantId::parse(&format!("p{person}")).unwrap()),
        role: Some(match person {
            0 => Role::Primary,
            1 => Role::CoApplicant,
            _ => Role::Guarantor,
        }),
        identity: Some(Identity {
            name: name.to_owned(),
            address: random.percent(70).then_some(address),
            ..Identity::default()
        }),
        account_ids: ids.into_iter().map(Some).collect(),
        handles: Vec::new(),
    }
}

fn application(
    random: &mut Random,
    number: u64,
    applicants: Vec<DraftApplicant>,
) -> ApplicationWithAccounts {
    let (count, unit) = random.pick(&[
        (12, TermUnit::Months),
        (18, TermUnit::Months),
        (36, TermUnit::Months),
        (26, TermUnit::Weeks),
        (4, TermUnit::Weeks),
        (30, TermUnit::Days),
        (90, TermUnit::Days),
    ]);
    let frequency = random.pick(&[
        RepaymentFrequency::Monthly,
        RepaymentFrequency::Monthly,
        RepaymentFrequency::Biweekly,
        RepaymentFrequency::Weekly,
        RepaymentFrequency::SemiMonthly,
        RepaymentFrequency::Single,
    ]);
    let amount = random.pick(&[10_000, 30_000, 50_000, 100_000, 250_000, 800_000, 2_500_000]);
    let amount = amount + random.pick(&[0, 0, 0, 1, 4_999]);
    let first = today() + Duration::days(random.between(1, 60));
    let product = random.pick(&["personal_loan", "auto_loan", "line"]);
    let purpose = random.pick(&["car", "debt", "home", "medical"]);
    let draft = Draft {
        id: Some(ApplicationId::parse(&format!("generated-{number}")).unwrap()),
        product: product.to_owned(),
        requested_amount: Some(Money::new(amount, Currency::USD)),
        term: Some(DraftTerm {
            count,
            unit: Some(unit),
        }),
        repayment_frequency: Some(frequency),
        first_payment_date: random.percent(50).then_some(first),
        purpose: random.percent(60).then(|| purpose.to_owned()),
        applicants,
        inputs: inputs(random),
        ..Draft::default()
    };
    let application = Arc::new(draft.check().unwrap());
    application.with_accounts(application.named_accounts())
}

/// Those of all the rule sets; each takes its own.
fn inputs(random: &mut Random) -> BTreeMap<String, Option<Input>> {
    let hired = today() - Duration::days(random.between(0, 4_000));
    let channel = random.pick(&["web", "partner", "branch", "fax"]);
    let all = [
        ("existing_customer", Input::Bool(random.percent(50))),
        (
            "failed_attempts",
            Input::Number(random.between(0, 2).into()),
        ),
        ("customer", Input::Bool(random.percent(50))),
        (
            "rent",
            Input::Money(Money::new(random.between(0, 250_000), Currency::USD)),
        ),
        ("dependants", Input::Number(random.between(0, 5).into())),
        ("tenure", Input::Number(random.between(1, 5_000).into())),
        (
            "utilisation",
            Input::Number(Decimal::new(random.between(0, 1_000), 1)),
        ),
        (
            "index",
            Input::Number(Decimal::new(random.between(-500, 2_500), 3)),
        ),
        ("hired", Input::Date(hired)),
        ("channel", Input::Text(channel.to_owned())),
    ];
    let given = BTreeSet::from([random.percent(60), random.percent(60)]);
    let share = if given.contains(&true) { 75 } else { 10 };
    all.into_iter()
        .filter(|_| random.percent(share))
        .map(|(name, input)| (name.to_owned(), Some(input)))
        .collect()
}
