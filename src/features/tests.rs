mod by_hand;
mod debit;
mod evidence;
mod households;
mod laws;
mod moved;
mod truth;

use super::*;
use crate::analysis::Analysis;
use crate::analysis::tests::fixtures::{Bank, POSITIVE, analyze, application, as_of, inputs};
use crate::application::ApplicationWithAccounts;
use crate::calendar::AsOf;
use crate::money::{Currency, Money};
use crate::snapshot::{Absence, Part, Snapshot};

struct Household {
    application: ApplicationWithAccounts,
    snapshots: Vec<Snapshot>,
    analysis: Analysis,
    as_of: AsOf,
}

impl Household {
    fn new(banks: &[Bank], day: &str, change: impl Fn(&mut Snapshot)) -> Self {
        let as_of = as_of(day);
        let mut snapshots: Vec<Snapshot> = banks
            .iter()
            .enumerate()
            .map(|(index, bank)| bank.freeze(index, as_of))
            .collect();
        snapshots.iter_mut().for_each(change);
        Self::of(application(banks.len()), snapshots, as_of)
    }

    fn of(application: ApplicationWithAccounts, snapshots: Vec<Snapshot>, as_of: AsOf) -> Self {
        Self {
            analysis: analyze(
                &application,
                &inputs(&application, &snapshots),
                as_of,
                POSITIVE,
            ),
            application,
            snapshots,
            as_of,
        }
    }

    fn features(&self) -> Features {
        extract(&Context {
            application: &self.application,
            accounts: &inputs(&self.application, &self.snapshots),
            analysis: &self.analysis,
            as_of: self.as_of,
        })
    }

    fn get(&self, name: &str) -> Result<Value, Missing> {
        let (id, _) = find(name).unwrap_or_else(|| panic!("no feature {name}"));
        self.features().slots(id)[0].value.clone()
    }
}

fn dollars(amount: i64) -> Result<Value, Missing> {
    Ok(Value::Money(Money::new(amount * 100, Currency::USD)))
}

fn salaried() -> Bank {
    Bank::checking()
        .every(
            14,
            "2026-01-02",
            "2026-06-19",
            150_000,
            "BRIGHT MILLS PAYROLL",
        )
        .every(1, "2026-01-03", "2026-06-20", -2_000, "GROCER")
        .row("2026-06-18", 300_000, "ONE TIME THING")
}

#[test]
fn names_are_distinct_and_of_one_form() {
    let names: std::collections::BTreeSet<_> = table().iter().map(|feature| feature.name).collect();
    assert_eq!(names.len(), table().len());
    for feature in table() {
        assert_eq!(feature.name.split('.').count(), 2, "{}", feature.name);
        assert!(
            feature
                .name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._".contains(&b))
        );
        assert!(feature.doc.ends_with('.'), "{}", feature.name);
        let (id, found) = find(feature.name).unwrap();
        assert_eq!(
            (found.name, table()[id.index()].name),
            (feature.name, feature.name)
        );
    }
    assert!(find("income.gross").is_none());
}

#[test]
fn every_value_has_the_type_of_its_feature() {
    let household = Household::new(&[salaried(), Bank::savings()], "2026-06-20", |_| {});
    let features = household.features();
    for (feature, _, slot) in features.iter() {
        if let Ok(value) = &slot.value {
            assert_eq!(value.ty(), feature.ty, "{}", feature.name);
        }
    }
    assert_eq!(
        features
            .iter()
            .filter(|(feature, ..)| feature.name == "account.active")
            .count(),
        2
    );
}

#[test]
fn what_is_left_of_a_month() {
    let firsts = ["2026-03-02", "2026-04-01", "2026-05-01", "2026-06-01"];
    let bank = salaried()
        .rows(&firsts, -90_000, "OAKWOOD APARTMENTS WEB PMTS")
        .rows(&firsts, -31_007, "ALLY FINANCIAL AUTO LOAN")
        .rows(&firsts, -12_000, "GEICO PREM COLL")
        .rows(&firsts, -1_500, "NETFLIX COM");
    let household = Household::new(&[bank], "2026-06-20", |_| {});
    let cents = |cents| Ok(Value::Money(Money::new(cents, Currency::USD)));
    for (name, amount) in [
        ("housing_monthly", 90_000),
        ("auto_loans_monthly", 31_007),
        ("student_loans_monthly", 0),
        ("cards_monthly", 0),
        ("debt_payments_monthly", 31_007),
        ("obligations_monthly", 121_007),
        ("insurance_monthly", 12_000),
        ("utilities_monthly", 0),
        ("subscriptions_monthly", 1_500),
        ("free_monthly", 325_000 - 121_007 - 13_500),
    ] {
        let found = household.get(&format!("cash_flow.{name}"));
        assert_eq!(found, cents(amount), "{name}");
    }
    assert_eq!(
        household.get("cash_flow.loans_running"),
        Ok(Value::Count(1))
    );
}

#[test]
fn a_salaried_household() {
    let household = Household::new(&[salaried()], "2026-06-20", |_| {});
    let get = |name| household.get(name);
    assert_eq!(get("application.payments"), Ok(Value::Count(12)));
    assert_eq!(get("income.monthly_net"), dollars(3_250));
    assert_eq!(
        get("income.primary_cadence"),
        Ok(Value::Text("biweekly".to_owned()))
    );
    assert_eq!(get("income.primary_share"), Ok(Value::ratio(1.into())));
    assert_eq!(get("income.days_since_last"), Ok(Value::Days(1)));
    assert_eq!(
        get("income.next_payday"),
        Ok(Value::Date("2026-07-03".parse().unwrap()))
    );
    assert_eq!(get("nsf.event_days_90d"), Ok(Value::Count(0)));
    assert_eq!(get("nsf.days_since_last"), Err(Missing::NoBasis));
    assert_eq!(get("balance.current"), dollars(1_000));
    assert_eq!(get("balance.available"), dollars(1_000));
    assert_eq!(get("cash_flow.outflow_monthly_90d"), dollars(600));
    assert_eq!(
        get("cash_flow.recent_deposit_share"),
        Ok(Value::percent("92.3077".parse().unwrap()))
    );
    assert_eq!(
        get("data.amount_sign"),
        Ok(Value::Text("supported".to_owned()))
    );
    assert_eq!(get("ownership.best_name_score"), Ok(Value::ratio(1.into())));
}

#[test]
fn income_that_stopped_rests_on_its_last_deposits() {
    let bank = Bank::checking()
        .every(
            14,
            "2026-01-02",
            "2026-03-27",
            150_000,
            "BRIGHT MILLS PAYROLL",
        )
        .every(1, "2026-01-03", "2026-06-20", -2_000, "GROCER");
    let household = Household::new(&[bank], "2026-06-20", |_| {});
    assert_eq!(household.get("income.stopped"), Ok(Value::Bool(true)));
    let features = household.features();
    for name in [
        "income.stopped",
        "income.days_since_last",
        "income.monthly_net",
        "income.streams",
    ] {
        let (id, _) = find(name).unwrap();
        let evidence = &features.slots(id)[0].evidence;
        let days: Vec<String> = household
            .analysis
            .entries
            .iter()
            .filter(|entry| evidence.pairs().any(|at| at == entry.at()))
            .map(|entry| entry.made.to_string())
            .collect();
        assert_eq!(days, ["2026-02-27", "2026-03-13", "2026-03-27"], "{name}");
    }
    // A stream that goes on is not told as one that stopped.
    let going = Household::new(&[salaried()], "2026-06-20", |_| {}).features();
    let (id, _) = find("income.stopped").unwrap();
    assert!(going.slots(id)[0].evidence.is_empty());
}

#[test]
fn a_text_has_only_words_that_its_feature_lists() {
    let household = Household::new(&[salaried(), Bank::savings()], "2026-06-20", |_| {});
    for (feature, _, slot) in household.features().iter() {
        let Ok(Value::Text(word)) = &slot.value else {
            assert!(feature.words == Words::Any || slot.value.is_err());
            continue;
        };
        let words = feature.words.list();
        assert!(
            words.is_empty() || words.contains(&word.as_str()),
            "{}: {word}",
            feature.name
        );
    }
}

#[test]
fn missing_says_why() {
    let without = |why| {
        Household::new(&[salaried()], "2026-06-20", move |snapshot| {
            snapshot.transactions = Part::Absent(why);
            snapshot.owners = Part::Absent(why);
            snapshot.coverage = None;
        })
    };
    for (absence, missing) in [
        (Absence::NoPermission, Missing::NoPermission),
        (Absence::RefreshFailed, Missing::RefreshFailed),
        (Absence::Disconnected, Missing::Disconnected),
    ] {
        let household = without(absence);
        for name in [
            "income.monthly_net",
            "nsf.event_days_90d",
            "balance.average_30d",
            "cash_flow.gambling_90d",
            "ownership.name_score",
        ] {
            assert_eq!(household.get(name), Err(missing), "{name}");
        }
        assert_eq!(household.get("balance.current"), dollars(1_000));
        assert_eq!(
            household.get("ownership.unverified_accounts"),
            Ok(Value::Count(1))
        );
    }
}

#[test]
fn short_history_is_not_a_clean_history() {
    let days = |first: &str| {
        let bank = Bank::checking().every(1, first, "2026-06-20", -2_000, "GROCER");
        Household::new(&[bank], "2026-06-20", |_| {})
    };
    // 81 days are nine tenths of 90.
    let (below, at) = (days("2026-04-02"), days("2026-04-01"));
    for name in [
        "nsf.event_days_90d",
        "balance.minimum_90d",
        "cash_flow.gambling_90d",
        "income.monthly_net",
    ] {
        assert_eq!(below.get(name), Err(Missing::HistoryTooShort), "{name}");
        assert!(at.get(name).is_ok(), "{name}");
    }
    assert_eq!(at.get("income.monthly_net"), dollars(0));
    assert_eq!(below.get("nsf.event_days_30d"), Ok(Value::Count(0)));
}

#[test]
fn other_currencies_and_other_accounts_are_told_apart() {
    let euros = Household::new(&[salaried()], "2026-06-20", |snapshot| {
        let euro: Currency = "EUR".parse().unwrap();
        if let Part::Known(rows) = &mut snapshot.transactions {
            let mut turned = rows.to_vec();
            turned.iter_mut().for_each(|row| row.currency = euro);
            *rows = turned.into();
        }
        if let Part::Known(balance) = &mut snapshot.balance {
            balance.current = [(euro, 1)].into();
        }
    });
    assert_eq!(euros.get("income.monthly_net"), Err(Missing::OtherCurrency));
    assert_eq!(euros.get("balance.current"), Err(Missing::OtherCurrency));
    let card = Household::new(&[salaried()], "2026-06-20", |snapshot| {
        snapshot.account.category = crate::snapshot::Category::Credit;
    });
    assert_eq!(card.get("income.monthly_net"), Err(Missing::NoSuchAccount));
}

#[test]
fn an_amount_too_large_to_hold_is_missing() {
    let bank = Bank::checking().every(
        7,
        "2026-01-02",
        "2026-06-19",
        i64::MAX,
        "BRIGHT MILLS PAYROLL",
    );
    let household = Household::new(&[bank], "2026-06-20", |_| {});
    assert_eq!(household.get("income.monthly_net"), Err(Missing::Overflow));
}

#[test]
fn features_can_be_given() {
    let one = |name: &str, value| BTreeMap::from([(name.to_owned(), vec![Slot::known(value)])]);
    let given =
        Features::from_parts(vec![], vec![], one("income.streams", Value::Count(2))).unwrap();
    let value = |name| given.slots(find(name).unwrap().0)[0].value.clone();
    assert_eq!(value("income.streams"), Ok(Value::Count(2)));
    assert_eq!(value("income.stopped"), Err(Missing::NotProvided));
    assert!(Features::from_parts(vec![], vec![], one("income.streams", Value::Days(2))).is_none());
    assert!(
        Features::from_parts(vec![], vec![], one("income.unheard_of", Value::Days(2))).is_none()
    );
    assert!(
        Features::from_parts(vec![], vec![], one("account.active", Value::Bool(true))).is_none()
    );
}

/// Run with `UPDATE_EXPECT=1` to write the file anew.
#[test]
fn the_document_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/features.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).unwrap();
        std::fs::write(path, docs_markdown()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert!(
        written == docs_markdown(),
        "docs/features.md is not current: run with UPDATE_EXPECT=1"
    );
}
