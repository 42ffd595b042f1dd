//! The corpus is what its labels say, and the same everywhere.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate};
use serde_json::Value;

use super::*;
use crate::calendar::{Zone, civil_date, is_business_day};

/// Every stratum in every era.
fn cases(seed: u64) -> Vec<Case> {
    let count = u32::try_from(STRATA.len() * 3).unwrap();
    (0..count)
        .map(|position| applicant(seed, position))
        .collect()
}

fn objects(case: &Case) -> Vec<Value> {
    // What is broken on purpose cannot be read as it is.
    let text = String::from_utf8(case.bank.clone()).unwrap();
    serde_json::from_str(&text.replace("\\ud83d\"", "\"")).unwrap()
}

fn day(seconds: &Value) -> Option<NaiveDate> {
    let at = DateTime::from_timestamp(seconds.as_i64()?, 0)?;
    Some(civil_date(at, Zone::default()))
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let mut hasher = blake3::Hasher::new();
    for (one, again) in cases(1).iter().zip(cases(1)) {
        assert_eq!(*one, again);
        hasher.update(&one.bank);
        hasher.update(&serde_json::to_vec(&one.labels).unwrap());
    }
    assert_ne!(applicant(1, 0).bank, applicant(2, 0).bank);
    // Another value here means another corpus: raise `CORPUS_VERSION`.
    let hash = hasher.finalize().to_hex();
    assert_eq!(
        (CORPUS_VERSION, hash.as_str().split_at(16).0),
        (1, "1e8741084d46c674")
    );
}

#[test]
fn every_row_is_labelled_once_and_every_label_is_of_something() {
    let mut income = 0_usize;
    for case in cases(3) {
        let labels = &case.labels;
        let objects = objects(&case);
        let ids: Vec<&str> = objects
            .iter()
            .filter(|one| one["object"] == "financial_connections.transaction")
            .map(|row| row["id"].as_str().unwrap())
            .collect();
        let labelled: Vec<&str> = labels.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, labelled, "{}", labels.applicant);
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len());
        let streams: BTreeSet<&str> = labels.streams.iter().map(|one| one.id.as_str()).collect();
        let amounts: BTreeMap<&str, i64> = objects
            .iter()
            .filter_map(|row| Some((row["id"].as_str()?, row["amount"].as_i64()?)))
            .collect();
        for row in &labels.rows {
            if let Verdict::Income(stream) = &row.is {
                assert!(
                    streams.contains(stream.as_str()),
                    "{}: {stream}",
                    labels.applicant
                );
                assert!(
                    amounts[row.id.as_str()] > 0,
                    "{}: {}",
                    labels.applicant,
                    row.id
                );
                income += 1;
            }
        }
    }
    assert!(income > 1_000, "{income}");
}

#[test]
fn balances_add_up_to_the_cent() {
    for case in cases(5) {
        let objects = objects(&case);
        let whys: BTreeMap<&str, &str> = case
            .labels
            .rows
            .iter()
            .map(|row| (row.id.as_str(), row.why.as_str()))
            .collect();
        let twice = case.labels.stratum == "rows_twice";
        for account in &case.labels.accounts {
            let balances = account.balances.as_ref().unwrap();
            let mut sums: BTreeMap<NaiveDate, i64> = BTreeMap::new();
            for row in objects
                .iter()
                .filter(|row| row["account"] == account.id.as_str())
            {
                let copied = whys[row["id"].as_str().unwrap()] == "copy";
                if row["status"] == "posted" && !copied {
                    let posted = day(&row["status_transitions"]["posted_at"]).unwrap();
                    *sums.entry(posted).or_default() += row["amount"].as_i64().unwrap();
                }
            }
            let on = |day: NaiveDate| sums.get(&day).copied().unwrap_or(0);
            for (before, after) in balances.days().zip(balances.days().skip(1)) {
                let moved = after.1 - before.1;
                assert_eq!(moved, on(after.0), "{} {}", account.id, after.0);
            }
            let stated = objects
                .iter()
                .find(|one| one["id"] == account.id.as_str())
                .unwrap();
            let current = stated["balance"]["current"]["usd"].as_i64().unwrap();
            let last = balances.cents.last().unwrap();
            assert_eq!(
                current,
                last + on(case.labels.as_of),
                "{} {twice}",
                account.id
            );
        }
    }
}

#[test]
fn what_is_to_come_is_to_come_on_a_business_day() {
    for case in cases(7) {
        let labels = &case.labels;
        for stream in &labels.streams {
            assert!(stream.running || stream.next_paydays.is_empty());
            for payday in &stream.next_paydays {
                assert!(labels.is_coming(*payday), "{}", labels.applicant);
                assert!(is_business_day(*payday), "{} {payday}", labels.applicant);
            }
        }
        for account in &labels.accounts {
            let days = account.event_days.iter().chain(&account.either_days);
            assert!(days.into_iter().all(|day| *day <= labels.as_of));
        }
        match labels.income.standing {
            Standing::None => assert_eq!(labels.income.monthly_net, Some(0)),
            Standing::Unproven => assert_eq!(labels.income.monthly_net, None),
            Standing::Known => assert!(labels.income.monthly_net != Some(0)),
        }
    }
}

#[test]
fn labels_are_read_as_they_are_written() {
    for case in cases(9) {
        let text = serde_json::to_string(&case.labels).unwrap();
        assert_eq!(serde_json::from_str::<Labels>(&text).unwrap(), case.labels);
    }
}

#[test]
fn rows_that_vanished_or_wait_are_no_income() {
    let position = STRATA
        .iter()
        .position(|one| one.name == "pending_and_void")
        .unwrap();
    let whys: BTreeSet<String> = (0..6)
        .map(|turn| applicant(11, u32::try_from(position + turn * STRATA.len()).unwrap()))
        .flat_map(|case| case.labels.rows)
        .filter(|row| row.is == Verdict::No)
        .map(|row| row.why)
        .collect();
    assert!(
        whys.contains("void") && whys.contains("pending"),
        "{whys:?}"
    );
}

#[test]
fn names_of_strata_are_one_word_each_and_different() {
    let names: BTreeSet<&str> = STRATA.iter().map(|one| one.name).collect();
    assert_eq!(names.len(), STRATA.len());
    assert!(
        names
            .iter()
            .all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    );
}

#[test]
fn wages_are_payroll_from_the_rule_on_where_the_bank_shows_it() {
    let shown = |era: Era| {
        let mut counts = (0_usize, 0_usize);
        for position in 0..u32::try_from(STRATA.len() * 6).unwrap() {
            let case = applicant(13, position);
            if case.labels.era != Some(era) {
                continue;
            }
            let paid: BTreeSet<&str> = case
                .labels
                .rows
                .iter()
                .filter(|row| row.why == "wages")
                .map(|row| row.id.as_str())
                .collect();
            for row in objects(&case) {
                if paid.contains(row["id"].as_str().unwrap()) {
                    let text = row["description"].as_str().unwrap().to_uppercase();
                    counts.0 += usize::from(text.contains("PAYROLL"));
                    counts.1 += 1;
                }
            }
        }
        counts.0 * 100 / counts.1
    };
    let (before, after) = (shown(Era::Before), shown(Era::After));
    assert!(before < 45 && after > 65, "{before} % and {after} %");
}
