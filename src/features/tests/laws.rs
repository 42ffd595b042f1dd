//! What holds for every applicant of a corpus, however the bank's data is changed in ways that mean
//! nothing, or mean one thing only.

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use super::households::{fetched, of_fetched};
use super::*;
use crate::corpus::{self, Case, Random, STRATA};
use crate::snapshot::{Fetched, Transaction, TransactionStatus};

/// The seed of the applicants, and how many of each kind there are.
const SEED: u64 = 20_261_130;
const OF_EACH_STRATUM: usize = 2;

type Row = (Transaction, Option<DateTime<Utc>>);

/// Every feature of an applicant by what it says, with its evidence where `rows` keep their places.
fn told(case: &Case, fetched: Vec<Fetched>, evidence: bool) -> Vec<(&'static str, String)> {
    let household = of_fetched(case, fetched);
    let features = household.features();
    let told = features.iter().map(|(feature, subject, slot)| {
        let rows = evidence.then_some(&slot.evidence);
        (
            feature.name,
            format!("{subject:?} {:?} {rows:?}", slot.value),
        )
    });
    told.collect()
}

fn rows(fetched: &mut Fetched) -> &mut Vec<Row> {
    match &mut fetched.transactions {
        Part::Known(rows) => rows,
        Part::Absent(why) => panic!("{why:?}"),
    }
}

/// Changes the bank data of every applicant, and finds that every feature says what it said, but for
/// some.
fn nothing_changes(
    evidence: bool,
    except: &[&str],
    change: impl Fn(&mut Random, &mut Fetched) + Sync,
) {
    let wrong: Vec<String> = (0..STRATA.len() * OF_EACH_STRATUM)
        .into_par_iter()
        .flat_map_iter(|position| {
            let case = corpus::applicant(SEED, position.try_into().unwrap());
            let mut random = Random::new(SEED, position.try_into().unwrap());
            let before = told(&case, fetched(&case), evidence);
            let mut changed = fetched(&case);
            for account in &mut changed {
                change(&mut random, account);
            }
            let after = told(&case, changed, evidence);
            assert_eq!(before.len(), after.len(), "{position}: subjects");
            let both = before.into_iter().zip(after);
            let differ =
                both.filter(|(before, after)| before != after && !except.contains(&before.0));
            let differ: Vec<String> = differ
                .map(|((name, before), (_, after))| {
                    format!(
                        "{position} ({}) {name}: {before}, then {after}",
                        case.labels.stratum
                    )
                })
                .collect();
            differ
        })
        .collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

fn shuffle<T>(random: &mut Random, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        items.swap(last, random.below(last + 1));
    }
}

#[test]
fn the_order_of_rows_means_nothing() {
    nothing_changes(true, &[], |random, account| shuffle(random, rows(account)));
}

#[test]
fn a_row_repeated_under_its_id_means_nothing() {
    nothing_changes(true, &[], |random, account| {
        let rows = rows(account);
        let again: Vec<Row> = rows.iter().filter(|_| random.chance(40)).cloned().collect();
        rows.extend(again);
        shuffle(random, rows);
    });
}

/// A row that is like one of the account's own, or is called as nothing there is.
fn another(random: &mut Random, rows: &[Row], status: TransactionStatus) -> Option<Row> {
    let texts = [
        "NSF FEE",
        "ACME PAYROLL",
        "PAYDAY LOAN",
        "ACH RETURN",
        "ZELLE TO PAT",
        "BLUE HERON",
    ];
    let (mut row, seen) = rows.get(random.below(rows.len().max(1)))?.clone();
    row.id = format!("fctxn_another{}", random.digits(9))
        .parse()
        .unwrap();
    if random.chance(50) {
        row.description = random.pick(&texts).to_owned();
        row.amount = random.between(-300_000, 300_000);
    }
    row.posted_at = None;
    row.void_at = (status == TransactionStatus::Void).then_some(row.transacted_at);
    row.status = status;
    Some((row, seen))
}

#[test]
fn a_void_row_changes_no_feature() {
    nothing_changes(false, &[], |random, account| {
        for _ in 0..8 {
            let more = another(random, rows(account), TransactionStatus::Void);
            rows(account).extend(more);
        }
    });
}

/// What is made of pending rows as well: how many there are, and whether what a bank says to be
/// available is the rest.
const OF_PENDING: &[&str] = &[
    "data.pending_transactions",
    "debit.pending_debits",
    "data.amount_sign",
    "account.amount_sign",
    "account.balance_quality",
];

#[test]
fn a_pending_row_changes_no_posted_feature() {
    nothing_changes(false, OF_PENDING, |random, account| {
        for _ in 0..8 {
            let more = another(random, rows(account), TransactionStatus::Pending);
            rows(account).extend(more);
        }
    });
}

#[test]
fn no_value_is_outside_of_the_range_of_its_row() {
    let outside: Vec<String> = (0..STRATA.len() * OF_EACH_STRATUM * 4)
        .into_par_iter()
        .flat_map_iter(|position| {
            let case = corpus::applicant(SEED, position.try_into().unwrap());
            let household = of_fetched(&case, fetched(&case));
            let features = household.features();
            let known = features.iter().filter_map(|(feature, subject, slot)| {
                let value = slot.value.as_ref().ok()?;
                (!feature.can_be(value))
                    .then(|| format!("{position} {} {subject:?}: {value}", feature.name))
            });
            known.collect::<Vec<String>>()
        })
        .collect();
    assert!(outside.is_empty(), "{}", outside.join("\n"));
}

#[test]
fn the_most_of_a_range_is_the_limit_of_its_name() {
    let most = |name: &str| find(name).unwrap().1.range.most.unwrap();
    let accounts = i64::try_from(crate::limits::ACCOUNTS_MAX).unwrap();
    assert_eq!(most("application.accounts"), accounts);
    assert_eq!(most("data.cash_accounts"), accounts);
    let applicants = i64::try_from(crate::limits::APPLICANTS_MAX).unwrap();
    assert_eq!(most("application.applicants"), applicants);
    let term = i64::from(crate::limits::TERM_DAYS_MAX);
    assert_eq!(most("application.term_days"), term);
}
