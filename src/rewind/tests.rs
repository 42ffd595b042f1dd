//! What a bank knew when, and what is made of it afterwards.

mod bank;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::money::Currency;
use crate::snapshot::{Transaction, TransactionStatus, freeze};
use bank::{Bank, Export, at, bank, export};

const SIGN: AmountSign = AmountSign::PositiveIsCredit;

fn rewound(fetched: Fetched, moment: AsOf, knowledge: Knowledge) -> Rewound {
    let mut all = rewind(vec![fetched], moment, SIGN, knowledge);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// What is used of an export that was not known at the moment, if anything.
fn leak(bank: &Bank, export: &Export, moment: AsOf, knowledge: Knowledge) -> Option<String> {
    let Rewound { fetched, .. } = rewound(bank.told(export), moment, knowledge);
    let view = bank.view(moment.instant);
    for (row, _) in fetched.transactions.known().unwrap() {
        if !view.contains(row) {
            return Some(format!("{row:?} is not in the view of then"));
        }
    }
    if let Part::Known(balance) = &fetched.balance {
        let is_of_then = balance.as_of <= moment.instant;
        if !is_of_then || balance.current != bank.balance(balance.as_of) {
            return Some("the balance was another one".to_owned());
        }
        let told_later = balance.as_of < moment.instant && export.refreshed > moment.instant;
        if told_later {
            return Some("the balance was told later".to_owned());
        }
    }
    let mut flags = export.flags();
    if let Some((flag, _)) =
        flags.find(|(flag, told)| *told > moment.instant && fetched.flags.contains(flag))
    {
        return Some(format!("{flag:?} was told later"));
    }
    let refreshed = fetched.refreshed;
    let times = [
        refreshed.balances,
        refreshed.ownership,
        refreshed.transactions,
    ];
    let later = times
        .into_iter()
        .flatten()
        .any(|time| time > moment.instant);
    later.then(|| "a refresh was later".to_owned())
}

fn worlds(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    })
}

#[test]
fn nothing_is_used_that_was_not_known() {
    let given = (bank(), export(), bank::moments());
    let held = worlds(1_000).run(&given, |(bank, export, moment)| {
        let moment = at(moment);
        let leak = leak(&bank, &export, moment, Knowledge::Proven);
        prop_assert_eq!(leak, None);
        // Of what was known nothing is lost that the export still has.
        let told = bank.told(&export).transactions;
        let told = told.known().unwrap();
        let stood = rewound(bank.told(&export), moment, Knowledge::Proven);
        for (flag, said) in export.flags() {
            let is_there = stood.fetched.flags.contains(&flag);
            prop_assert_eq!(is_there, said <= moment.instant, "{:?}", flag);
        }
        let is_lost = export.flags().any(|(_, said)| said > moment.instant);
        prop_assert_eq!(stood.doubts.flags_of_later, is_lost);
        let stood = stood.fetched.transactions;
        for (row, said) in bank.said_by(moment.instant) {
            let version = (row.clone(), Some(*said));
            let is_there = stood.known().unwrap().contains(&version);
            prop_assert_eq!(is_there, told.contains(&version), "{:?}", row);
        }
        Ok(())
    });
    held.unwrap();
}

#[test]
fn whoever_goes_by_events_alone_uses_what_was_not_known() {
    // The law above can fail: it does where knowledge is assumed.
    let given = (bank(), export(), bank::moments());
    let held = worlds(1_000).run(&given, |(bank, export, moment)| {
        prop_assert_eq!(leak(&bank, &export, at(moment), Knowledge::Assumed), None);
        Ok(())
    });
    assert!(held.is_err());
}

#[test]
fn where_nothing_came_late_it_is_what_was_known() {
    let given = (bank::prompt(), export(), bank::moments());
    let held = worlds(1_000).run(&given, |(bank, export, moment)| {
        let (moment, whole) = (
            at(moment),
            Export {
                versions: true,
                unreadable: false,
                ..export
            },
        );
        let before = Export {
            balance: moment.instant,
            refreshed: moment.instant,
            ..whole
        };
        // Told at the moment itself, and told afterwards with a balance of afterwards.
        let then = rewound(bank.as_told_at(moment.instant), moment, Knowledge::Proven);
        for export in [whole, before] {
            if export.balance < moment.instant {
                continue;
            }
            let now = rewound(bank.told(&export), moment, Knowledge::Proven);
            let mut now = now.fetched;
            now.refreshed = then.fetched.refreshed;
            let snapshot = |fetched: &Fetched| freeze(fetched.clone(), moment.zone);
            prop_assert_eq!(snapshot(&now), snapshot(&then.fetched));
        }
        Ok(())
    });
    held.unwrap();
}

/// The end of a day in New York.
fn evening(day: &str) -> AsOf {
    let zone = Zone::default();
    AsOf {
        instant: end_of_day(day.parse().unwrap(), zone),
        zone,
    }
}

/// Rows of 2026: `id made posted updated amount`, each time a day of May or `-`.
fn account(balance: &str, rows: &[&str]) -> Fetched {
    let time =
        |day: &str| (day != "-").then(|| format!("2026-05-{day}T16:00:00Z").parse().unwrap());
    let rows = rows.iter().map(|row| {
        let parts: Vec<&str> = row.split(' ').collect();
        let [id, made, posted, updated, amount] = parts[..] else {
            panic!("{row}");
        };
        let row = Transaction {
            id: id.parse().unwrap(),
            amount: amount.parse().unwrap(),
            currency: Currency::USD,
            description: "SHOP".to_owned(),
            status: TransactionStatus::from_word(if posted == "-" { "pending" } else { "posted" }),
            transacted_at: time(made).unwrap(),
            posted_at: time(posted),
            void_at: None,
        };
        (row, time(updated))
    });
    let mut fetched = bank::empty();
    fetched.transactions = Part::Known(rows.collect());
    let told: DateTime<Utc> = time(balance).unwrap();
    if let Part::Known(balance) = &mut fetched.balance {
        balance.as_of = told;
    }
    fetched.refreshed.balances = Some(told);
    fetched.refreshed.ownership = Some(told);
    fetched
}

fn current(rewound: &Rewound) -> Option<i64> {
    let balance = rewound.fetched.balance.known().ok()?;
    balance.current.get(&Currency::USD).copied()
}

fn rows(rewound: &Rewound) -> Vec<(&str, i64, &str)> {
    let rows = rewound.fetched.transactions.known().unwrap().iter();
    rows.map(|(row, _)| (row.id.as_str(), row.amount, row.status.as_word()))
        .collect()
}

#[test]
fn what_was_not_known_is_left_out_or_assumed() {
    let then = evening("2026-05-10");
    let told = account(
        "20",
        &[
            "fctxn_known 08 09 09 -100",
            "fctxn_late 08 09 12 -200",
            "fctxn_posted_since 09 11 11 -300",
            "fctxn_made_since 11 11 11 -400",
        ],
    );
    let proven = rewound(told.clone(), then, Knowledge::Proven);
    assert_eq!(rows(&proven), [("fctxn_known", -100, "posted")]);
    assert_eq!(
        (proven.doubts.rows_left_out, proven.doubts.rows_assumed),
        (2, 0)
    );
    let assumed = rewound(told, then, Knowledge::Assumed);
    let expected = [
        ("fctxn_known", -100, "posted"),
        ("fctxn_late", -200, "posted"),
        ("fctxn_posted_since", -300, "pending"),
    ];
    assert_eq!(rows(&assumed), expected);
    assert_eq!(
        (assumed.doubts.rows_left_out, assumed.doubts.rows_assumed),
        (0, 2)
    );
}

#[test]
fn a_row_without_a_time_of_knowledge_goes_by_its_dates_and_is_doubted() {
    let then = evening("2026-05-10");
    let told = account(
        "20",
        &[
            "fctxn_1 08 09 - -100",
            "fctxn_2 09 11 - -300",
            "fctxn_3 11 11 - -400",
        ],
    );
    let proven = rewound(told, then, Knowledge::Proven);
    let expected = [("fctxn_1", -100, "posted"), ("fctxn_2", -300, "pending")];
    assert_eq!(rows(&proven), expected);
    assert_eq!(
        (proven.doubts.rows_left_out, proven.doubts.rows_assumed),
        (0, 2)
    );
    // What posted since is 700 less.
    assert_eq!(current(&proven), Some(1_700));
}

#[test]
fn of_several_versions_the_one_known_then_counts() {
    let told = account(
        "20",
        &[
            "fctxn_1 08 09 15 -130",
            "fctxn_1 08 09 09 -100",
            "fctxn_1 08 - 08 -90",
        ],
    );
    for (day, expected) in [
        ("2026-05-08", ("fctxn_1", -90, "pending")),
        ("2026-05-10", ("fctxn_1", -100, "posted")),
        ("2026-05-15", ("fctxn_1", -130, "posted")),
    ] {
        let stood = rewound(told.clone(), evening(day), Knowledge::Proven);
        assert_eq!(rows(&stood), [expected], "{day}");
    }
}

#[test]
fn a_balance_is_taken_back_only_where_dates_and_knowledge_agree() {
    let of = |rows: &[&str], knowledge| {
        let stood = rewound(account("20", rows), evening("2026-05-10"), knowledge);
        assert_eq!(stood.doubts.balance_untold, current(&stood).is_none());
        assert!(stood.doubts.balance_taken_back);
        current(&stood)
    };
    for (row, proven, assumed) in [
        ("fctxn_1 11 12 12 -300", Some(1_300), 1_300),
        ("fctxn_1 09 12 12 -300", Some(1_300), 1_300),
        ("fctxn_1 08 09 09 -300", Some(1_000), 1_000),
        // It came late: nobody knows whether the bank's books had it.
        ("fctxn_1 08 09 12 -300", None, 1_000),
        // Later than the balance: neither does anybody.
        ("fctxn_1 11 12 22 -300", None, 1_300),
        ("fctxn_1 11 - 12 -300", Some(1_000), 1_000),
    ] {
        assert_eq!(of(&[row], Knowledge::Proven), proven, "{row}");
        assert_eq!(of(&[row], Knowledge::Assumed), Some(assumed), "{row}");
    }
    let corrected = ["fctxn_1 08 09 09 -300", "fctxn_1 08 09 15 -310"];
    assert_eq!(of(&corrected, Knowledge::Proven), None);
}

#[test]
fn a_balance_counts_by_when_it_was_told() {
    let then = evening("2026-05-10");
    for (told, known, doubted) in [
        (Some("09"), true, false),
        // That it was told later is known: nothing is assumed.
        (Some("12"), false, false),
        (None, true, true),
    ] {
        let mut account = account("09", &[]);
        account.refreshed.balances =
            told.map(|day| format!("2026-05-{day}T16:00:00Z").parse().unwrap());
        let stood = rewound(account, then, Knowledge::Proven);
        assert_eq!(current(&stood).is_some(), known, "{told:?}");
        assert_eq!(stood.doubts.balance_assumed, doubted, "{told:?}");
        assert_eq!(stood.doubts.balance_untold, !known, "{told:?}");
        assert_eq!(
            stood.fetched.refreshed.balances.is_some(),
            told == Some("09")
        );
    }
    // Taken for known all the same.
    let mut later = account("09", &[]);
    later.refreshed.balances = Some("2026-05-12T16:00:00Z".parse().unwrap());
    let stood = rewound(later, then, Knowledge::Assumed);
    assert!(current(&stood).is_some() && stood.doubts.balance_assumed);
}

#[test]
fn versions_of_one_time_go_by_their_content_whatever_their_order() {
    let then = evening("2026-05-10");
    for updated in ["-", "12", "09"] {
        let versions = [
            format!("fctxn_1 08 09 {updated} -100"),
            format!("fctxn_1 08 11 {updated} -130"),
            format!("fctxn_1 08 - {updated} -90"),
        ];
        for knowledge in [Knowledge::Proven, Knowledge::Assumed] {
            let told = |order: [usize; 3]| {
                let rows = order.map(|number| versions[number].as_str());
                let Rewound { fetched, doubts } = rewound(account("20", &rows), then, knowledge);
                (freeze(fetched, then.zone), doubts)
            };
            let expected = told([0, 1, 2]);
            // They contradict each other: so does whatever is made of them.
            assert!(expected.1.balance_untold, "{updated}");
            for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                assert_eq!(told(order), expected, "{updated} {order:?}");
            }
        }
    }
}

#[test]
fn of_an_account_that_is_there_several_times_the_one_known_then_counts() {
    let then = evening("2026-05-10");
    let told = |days: [&str; 3]| {
        // Each holds the day's number.
        let accounts = days.map(|day| {
            let mut account = account(day, &[]);
            if let Part::Known(balance) = &mut account.balance {
                let amount = day.parse().unwrap();
                balance.current = BTreeMap::from([(Currency::USD, amount)]);
            }
            account
        });
        let mut stood = rewind(accounts.into(), then, SIGN, Knowledge::Proven);
        assert_eq!(stood.len(), 1);
        let stood = stood.remove(0);
        (
            stood.fetched.balance.known().unwrap().as_of.to_string(),
            current(&stood),
            stood.doubts.owners_of_later,
        )
    };
    let known = ("2026-05-09 16:00:00 UTC".to_owned(), Some(9), false);
    assert_eq!(told(["05", "09", "20"]), known);
    assert_eq!(told(["20", "09", "05"]), known);
    let taken_back = (then.instant.to_string(), Some(20), true);
    for days in [["25", "20", "22"], ["20", "22", "25"], ["25", "22", "20"]] {
        assert_eq!(told(days), taken_back, "{days:?}");
    }
}

#[test]
fn a_link_that_ended_is_doubted() {
    let mut ended = account("09", &[]);
    assert!(
        !rewound(ended.clone(), evening("2026-05-10"), Knowledge::Proven)
            .doubts
            .link_ended
    );
    ended.account.status = Status::Inactive;
    assert!(
        rewound(ended, evening("2026-05-10"), Knowledge::Proven)
            .doubts
            .link_ended
    );
}
