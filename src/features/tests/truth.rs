//! Data that is not what it seems, and what is made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Days, Duration};

use super::*;
use crate::analysis::tests::fixtures::{date, noon};
use crate::application::Application;
use crate::application::tests::revised;
use crate::snapshot::{
    Balance, Category, Fetched, PaymentMethodType, QualityFlag, Status, Subcategory, Transaction,
    TransactionStatus, freeze,
};

const DAY: &str = "2026-06-20";

fn count(number: i64) -> Result<Value, Missing> {
    Ok(Value::Count(number))
}

fn text(word: &str) -> Result<Value, Missing> {
    Ok(Value::Text(word.to_owned()))
}

/// A household whose accounts are the frozen banks, each changed by its position.
fn household(banks: &[Bank], change: impl Fn(usize, &mut Snapshot)) -> Household {
    let place = std::cell::Cell::new(0);
    Household::new(banks, DAY, |snapshot| {
        change(place.get(), snapshot);
        place.set(place.get() + 1);
    })
}

/// The value of each subject of a feature.
fn each(household: &Household, name: &str) -> Vec<Result<Value, Missing>> {
    let (id, _) = find(name).unwrap();
    let features = household.features();
    let slots = features.slots(id).iter();
    slots.map(|slot| slot.value.clone()).collect()
}

fn rows(snapshot: &Snapshot) -> Vec<Transaction> {
    snapshot.transactions.known().unwrap().to_vec()
}

fn push(snapshot: &mut Snapshot, row: Transaction) {
    let all = rows(snapshot).into_iter().chain([row]);
    snapshot.transactions = Part::Known(all.collect());
}

fn balance(snapshot: &mut Snapshot) -> &mut Balance {
    match &mut snapshot.balance {
        Part::Known(balance) => balance,
        Part::Absent(why) => panic!("{why:?}"),
    }
}

fn dollars_map(cents: i64) -> BTreeMap<Currency, i64> {
    BTreeMap::from([(Currency::USD, cents)])
}

/// Another account of the same bank, without wages.
fn second() -> Bank {
    Bank {
        last4: "0777",
        ..Bank::checking().every(7, "2026-01-03", DAY, -1_500, "HARDWARE STORE")
    }
}

/// Freezes again what was changed, with `more` rows: flags and coverage are found anew.
fn refreeze_with(
    snapshot: &mut Snapshot,
    more: Vec<(Transaction, Option<chrono::DateTime<chrono::Utc>>)>,
) {
    let as_of = as_of(DAY);
    let mut delivered: Vec<_> = rows(snapshot)
        .into_iter()
        .map(|row| (row, Some(as_of.instant)))
        .collect();
    delivered.extend(more);
    let fetched = Fetched {
        account: snapshot.account.clone(),
        balance: snapshot.balance.clone(),
        owners: snapshot.owners.clone(),
        transactions: Part::Known(delivered),
        flags: BTreeSet::new(),
        fetched_at: snapshot.fetched_at,
        refreshed: snapshot.refreshed,
        transaction_refresh: None,
        earlier_balance: snapshot.earlier_balance.clone(),
    };
    *snapshot = freeze(fetched, as_of.zone);
}

fn refreeze(snapshot: &mut Snapshot) {
    refreeze_with(snapshot, Vec::new());
}

fn without_rows(snapshot: &mut Snapshot, why: Absence) {
    snapshot.transactions = Part::Absent(why);
    snapshot.coverage = None;
}

#[test]
fn of_an_account_not_fetched_the_others_do_not_speak() {
    let household = household(&[salaried(), second()], |place, snapshot| {
        if place == 1 {
            let id = snapshot.account.id.clone();
            *snapshot = Snapshot::not_fetched(id, None, false, as_of(DAY).instant);
        }
    });
    for (feature, subject, slot) in household.features().iter() {
        let known_anyway =
            feature.name.starts_with("application.") || feature.name == "data.unsettled_accounts";
        let own = matches!(&subject, Subject::Account(id) if id.as_str() == "fca_0");
        if !known_anyway && !own {
            assert_eq!(slot.value, Err(Missing::NotReady), "{}", feature.name);
        }
    }
    assert_eq!(household.get("data.unsettled_accounts"), count(1));
    assert_eq!(household.get("application.accounts"), count(2));
    let names = each(&household, "ownership.name_score");
    assert_eq!(
        names,
        [Ok(Value::ratio(1.into())), Err(Missing::NotReady)],
        "what the first account shows stands"
    );
}

#[test]
fn an_account_not_fetched_lacks_only_to_its_own_applicant() {
    let mut household = household(&[salaried(), second()], |_, _| {});
    let ids: Vec<_> = household
        .snapshots
        .iter()
        .map(|one| one.account.id.clone())
        .collect();
    let two = revised(Application::clone(&household.application), |draft| {
        let mut other = draft.applicants[0].clone();
        other.id = Some("person_2".parse().unwrap());
        other.role = Some(crate::application::Role::CoApplicant);
        other.account_ids = vec![Some(ids[1].clone())];
        draft.applicants.push(other);
    });
    let accounts = ids.iter().cloned().enumerate().collect();
    household.application = Arc::new(two).with_accounts(accounts);
    let id = household.snapshots[1].account.id.clone();
    household.snapshots[1] = Snapshot::not_fetched(id, None, false, household.as_of.instant);
    household.analysis = analyze(
        &household.application,
        &inputs(&household.application, &household.snapshots),
        household.as_of,
        POSITIVE,
    );
    assert_eq!(
        each(&household, "ownership.best_name_score"),
        [Ok(Value::ratio(1.into())), Err(Missing::NotReady)]
    );
}

#[test]
fn of_rows_not_delivered_the_others_do_not_speak() {
    for (absence, expected) in [
        (Absence::NotReady, Err(Missing::NotReady)),
        (Absence::RefreshFailed, Err(Missing::RefreshFailed)),
        (Absence::NoPermission, count(0)),
    ] {
        let household = household(&[salaried(), second()], |place, snapshot| {
            if place == 1 {
                without_rows(snapshot, absence);
                snapshot.flags.insert(QualityFlag::RefreshPending);
            }
        });
        assert_eq!(household.get("nsf.event_days_90d"), expected);
        for name in ["income.monthly_net", "data.history_days"] {
            assert_eq!(household.get(name).is_ok(), expected.is_ok(), "{name}");
        }
        assert_eq!(household.get("data.unsettled_accounts"), count(1));
        assert_eq!(household.get("balance.current"), dollars(2_000));
    }
}

#[test]
fn of_several_currencies_the_loans_counts() {
    let euro: Currency = "EUR".parse().unwrap();
    let mixed = household(&[salaried()], |_, snapshot| {
        let balance = balance(snapshot);
        balance.current.insert(euro, 9_999_999);
        balance.available = Some(BTreeMap::from([(euro, 9_999_999)]));
        let mut row = rows(snapshot)[0].clone();
        row.id = "fctxn_euro".parse().unwrap();
        (row.amount, row.currency) = (9_999_999, euro);
        push(snapshot, row);
    });
    assert_eq!(mixed.get("balance.current"), dollars(1_000));
    assert_eq!(mixed.get("balance.available"), dollars(1_000));
    assert_eq!(mixed.get("income.monthly_net"), dollars(3_250));
    let without = household(&[salaried()], |_, snapshot| {
        balance(snapshot).current = BTreeMap::from([(euro, 1)]);
    });
    assert!(without.get("balance.current").is_err(), "no dollars stated");
    assert!(without.get("balance.average_30d").is_err());
    assert_eq!(without.get("income.monthly_net"), dollars(3_250));
}

#[test]
fn the_current_balance_stands_in_where_none_is_available() {
    let available = |amount: Option<i64>| {
        let household = household(&[salaried()], |_, snapshot| {
            balance(snapshot).available = amount.map(dollars_map);
        });
        household.get("balance.available")
    };
    assert_eq!(available(Some(70_000)), dollars(700));
    assert_eq!(available(None), dollars(1_000));
}

#[test]
fn a_balance_of_yesterday_says_so() {
    let aged = |hours| {
        let household = household(&[salaried()], |_, snapshot| {
            balance(snapshot).as_of -= Duration::hours(hours);
            refreeze(snapshot);
        });
        let get = |name| household.get(name).unwrap();
        (get("balance.age_days"), get("data.stale_balances"))
    };
    assert_eq!(aged(24), (Value::Days(1), Value::Count(0)));
    assert_eq!(aged(25), (Value::Days(1), Value::Count(1)));
    assert_eq!(aged(49), (Value::Days(2), Value::Count(1)));
}

#[test]
fn cards_and_brokerage_are_no_cash_and_no_want_of_it() {
    let banks = [salaried(), second(), second()];
    let household = household(&banks, |place, snapshot| match place {
        1 => {
            snapshot.account.category = Category::Credit;
            snapshot.account.subcategory = Subcategory::CreditCard;
            balance(snapshot).current = dollars_map(-250_000);
        }
        2 => {
            snapshot.account.category = Category::Investment;
            snapshot.account.subcategory = Subcategory::Other;
            without_rows(snapshot, Absence::NotReady);
            snapshot.balance = Part::Absent(Absence::NotOffered);
        }
        _ => {}
    });
    let alone = Household::new(&[salaried()], DAY, |_| {});
    for (feature, subject, slot) in alone.features().iter() {
        if subject == Subject::Household && feature.name != "application.accounts" {
            assert_eq!(household.get(feature.name), slot.value, "{}", feature.name);
        }
    }
    assert_eq!(each(&household, "account.current")[1], dollars(-2_500));
    assert!(each(&household, "account.current")[2].is_err());
}

#[test]
fn a_card_with_its_signs_turned_turns_no_other() {
    let card = Bank {
        last4: "0888",
        ..Bank::checking().every(5, "2026-01-03", DAY, 4_000, "POS PURCHASE GROCER")
    };
    let with_card = household(&[salaried(), card.clone()], |place, snapshot| {
        if place == 1 {
            snapshot.account.category = Category::Credit;
            snapshot.account.subcategory = Subcategory::CreditCard;
            snapshot.flags.remove(&QualityFlag::SignUnproven);
            snapshot.flags.insert(QualityFlag::SignConflict);
        }
    });
    let signs = [text("supported"), text("conflict")];
    assert_eq!(each(&with_card, "account.amount_sign"), signs);
    assert_eq!(with_card.get("data.amount_sign"), text("supported"));
    assert_eq!(with_card.get("income.monthly_net"), dollars(3_250));
    // As a checking account it would be another matter: nothing that depends on it is told.
    let checking = household(&[salaried(), card], |_, _| {});
    assert_eq!(each(&checking, "account.amount_sign"), signs);
    assert_eq!(checking.get("data.amount_sign"), text("conflict"));
    for name in [
        "income.monthly_net",
        "nsf.event_days_90d",
        "cash_flow.outflow_monthly_90d",
        "balance.average_30d",
    ] {
        assert_eq!(checking.get(name), Err(Missing::Ambiguous), "{name}");
    }
    assert_eq!(checking.get("balance.current"), dollars(2_000));
    assert!(checking.get("data.history_days").is_ok());
}

#[test]
fn interest_on_a_card_says_nothing_of_its_sign() {
    let card = Bank {
        last4: "0888",
        ..Bank::checking().every(5, "2026-01-03", DAY, -900, "INTEREST PAYMENT")
    };
    let of = |category: Category| {
        let household = household(&[salaried(), card.clone()], |place, snapshot| {
            if place == 1 {
                snapshot.account.category = category.clone();
            }
        });
        each(&household, "account.amount_sign")[1].clone()
    };
    assert_eq!(of(Category::Credit), text("unproven"), "it is charged");
    assert_eq!(of(Category::Cash), text("conflict"), "it is paid");
}

#[test]
fn two_balances_over_time_prove_the_sign_or_contradict_it() {
    let told = |before: i64| {
        let household = household(&[salaried()], |_, snapshot| {
            snapshot.earlier_balance = Some(Balance {
                as_of: noon(date("2026-06-18")) + Duration::hours(1),
                current: dollars_map(before),
                available: None,
                used: None,
            });
            refreeze(snapshot);
        });
        let get = |name| household.get(name);
        (get("data.amount_sign"), get("income.monthly_net"))
    };
    // Pay of 1,500 on the 19th, groceries of 20 on the 19th and the 20th.
    let change = 150_000 - 2 * 2_000;
    let income = dollars(3_250);
    assert_eq!(told(100_000 - change), (text("proven"), income.clone()));
    let conflict = (text("conflict"), Err(Missing::Ambiguous));
    assert_eq!(told(100_000 + change), conflict);
    assert_eq!(told(99_999), (text("supported"), income));
}

#[test]
fn the_same_account_linked_twice_counts_once() {
    let twice =
        |change: &dyn Fn(usize, &mut Snapshot)| household(&[salaried(), salaried()], change);
    let once = |household: &Household, duplicate: usize| {
        let facts = &household.analysis.accounts;
        let kept = u16::try_from(1 - duplicate).unwrap();
        assert_eq!(facts[duplicate].facts.duplicate_of, Some(kept));
        assert_eq!(facts[1 - duplicate].facts.duplicate_of, None);
        assert_eq!(household.get("data.cash_accounts"), count(1));
        assert_eq!(household.get("balance.current"), dollars(1_000));
    };
    once(&twice(&|_, _| {}), 1);
    // Linked again under another id after the first link broke: the one that works stays.
    let relinked = twice(&|place, snapshot| {
        if place == 0 {
            snapshot.account.status = Status::Inactive;
        }
    });
    once(&relinked, 0);
    assert_eq!(relinked.get("income.monthly_net"), dollars(3_250));
    // Where a link gives no rows, the other one does.
    for (rowless, duplicate) in [(&[0][..], 0), (&[1], 1), (&[0, 1], 1)] {
        let household = twice(&|place, snapshot| {
            if rowless.contains(&place) {
                without_rows(snapshot, Absence::NoPermission);
            }
        });
        once(&household, duplicate);
        let income = household.get("income.monthly_net");
        assert_eq!(income.is_ok(), rowless.len() == 1, "{rowless:?}");
    }
}

#[test]
fn two_accounts_with_the_same_last_digits_are_two() {
    type Change = fn(&mut Snapshot);
    let differ: [(&str, Change); 6] = [
        ("bank", |other| other.account.institution = "B".to_owned()),
        ("digits", |other| other.account.last4 = Some("9".to_owned())),
        ("no digits", |other| other.account.last4 = None),
        ("kind", |other| {
            other.account.subcategory = Subcategory::Savings;
        }),
        ("balance", |other| balance(other).current = dollars_map(5)),
        ("owner", |other| {
            if let Part::Known(owners) = &mut other.owners {
                owners[0].name = "Kim Other".to_owned();
            }
        }),
    ];
    for (what, differ) in differ {
        let household = household(&[salaried(), salaried()], |place, snapshot| {
            without_rows(snapshot, Absence::NoPermission);
            if place == 1 {
                differ(snapshot);
            }
        });
        assert_eq!(household.get("data.cash_accounts"), count(2), "{what}");
    }
    let other_rows = Bank::checking().every(3, "2026-01-04", DAY, -700, "CAFE");
    let household = household(&[salaried(), other_rows], |_, _| {});
    assert_eq!(household.get("data.cash_accounts"), count(2), "rows");
}

#[test]
fn rows_of_the_future_are_flagged_and_never_counted() {
    let plain = household(&[salaried()], |_, _| {});
    for days in [1, 2, 400] {
        let future = household(&[salaried()], |_, snapshot| {
            let day = noon(date(DAY).checked_add_days(Days::new(days)).unwrap());
            let mut row = rows(snapshot)[0].clone();
            row.id = "fctxn_future".parse().unwrap();
            (row.amount, row.transacted_at, row.posted_at) = (9_000_000, day, Some(day));
            let mut promised = row.clone();
            promised.id = "fctxn_promised".parse().unwrap();
            promised.transacted_at = noon(date(DAY));
            push(snapshot, row);
            if days > 1 {
                push(snapshot, promised);
            }
            refreeze(snapshot);
        });
        for name in [
            "income.monthly_net",
            "cash_flow.inflow_monthly_90d",
            "cash_flow.recent_deposit_share",
            "balance.average_90d",
            "data.history_days",
            "data.transactions_90d",
            "data.days_since_last_transaction",
        ] {
            assert_eq!(future.get(name), plain.get(name), "{name} {days}");
        }
        let doubtful = i64::from(days > 1);
        assert_eq!(future.get("data.doubtful_accounts"), count(doubtful));
    }
}

#[test]
fn a_row_made_a_year_before_it_posted_counts_when_it_posted() {
    let short = Bank::checking().every(1, "2026-05-12", DAY, -2_000, "GROCER");
    let late = household(&[short], |_, snapshot| {
        let mut all = rows(snapshot);
        all[10].transacted_at -= Duration::days(365);
        snapshot.transactions = Part::Known(all.into());
        refreeze(snapshot);
    });
    assert_eq!(late.get("data.history_days"), Ok(Value::Days(40)));
    assert_eq!(each(&late, "account.history_days"), [Ok(Value::Days(40))]);
    assert_eq!(late.get("data.doubtful_accounts"), count(1));
    assert_eq!(
        late.get("nsf.event_days_90d"),
        Err(Missing::HistoryTooShort),
        "the year is no history"
    );
    let entry = &late.analysis.entries[0];
    let day = date("2026-05-22");
    assert_eq!((entry.made, entry.posted), (day, day));
    assert!(entry.counts());
}

#[test]
fn an_id_with_two_contents_counts_once_and_is_flagged() {
    let plain = household(&[salaried()], |_, _| {});
    let twice = household(&[salaried()], |_, snapshot| {
        let mut other = rows(snapshot).last().unwrap().clone();
        other.amount = -777_700;
        let older = as_of(DAY).instant - Duration::days(1);
        refreeze_with(snapshot, vec![(other, Some(older))]);
    });
    let outflow = "cash_flow.outflow_monthly_90d";
    assert_eq!(twice.get(outflow), plain.get(outflow), "the newer one");
    assert_eq!(twice.get("data.doubtful_accounts"), count(1));
    assert_eq!(plain.get("data.doubtful_accounts"), count(0));
}

#[test]
fn a_state_that_is_not_known_is_not_money() {
    let odd = household(&[salaried()], |_, snapshot| {
        let mut row = rows(snapshot)[0].clone();
        row.id = "fctxn_odd".parse().unwrap();
        row.amount = 9_000_000;
        row.status = TransactionStatus::from_word("settling");
        push(snapshot, row);
        refreeze(snapshot);
    });
    // Neither counted nor passed over: nobody knows what it does to the income.
    assert_eq!(odd.get("income.monthly_net"), Err(Missing::Ambiguous));
    assert_eq!(odd.get("data.doubtful_accounts"), count(1));
}

#[test]
fn an_account_can_be_debited_by_ach_where_its_bank_supports_it_and_the_link_works() {
    let ach = BTreeSet::from([PaymentMethodType::Link, PaymentMethodType::UsBankAccount]);
    let banks = [salaried(), second(), Bank::savings(), Bank::savings()];
    let household = household(&banks, |place, snapshot| {
        snapshot.account.payment_methods = match place {
            1 => BTreeSet::from([PaymentMethodType::Link]),
            _ => ach.clone(),
        };
        match place {
            2 => snapshot.account.status = Status::Inactive,
            3 => snapshot.account.category = Category::Investment,
            _ => {}
        }
    });
    let of = |truth| Ok(Value::Bool(truth));
    assert_eq!(
        each(&household, "account.ach_debit"),
        [of(true), of(false), of(false), of(true)]
    );
    assert_eq!(household.get("data.ach_accounts"), count(1));
}
