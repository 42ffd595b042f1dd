//! The seeds of the fuzz target: stored snapshots of this form, and such as were damaged.

use std::path::{Path, PathBuf};

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/snapshot")
}

fn few_rows() -> Snapshot {
    let mut fetched = plain();
    rows(&mut fetched).retain(|(row, _)| row.transacted_at > at(NOW - 4 * DAY));
    rows(&mut fetched).push((transaction(80, 150_000, "posted"), Some(at(NOW))));
    fetched.owners = Part::Known(vec![Owner {
        name: "Alex Moreno".to_owned(),
        email: Some("alex@example.com".to_owned()),
        phone: None,
        raw_address: Some("12 Main Street, Anytown NY 10001".to_owned()),
    }]);
    fetched.account.payment_methods = BTreeSet::from([PaymentMethodType::UsBankAccount]);
    fetched.account.connected_account = Some("acct_1".parse().unwrap());
    fetched.refreshed.balances = Some(at(NOW - 60));
    fetched.transaction_refresh = Some(Synced {
        refresh: "fctxnref_1".parse().unwrap(),
        since: at(NOW - 730 * DAY),
    });
    fetched.earlier_balance = fetched.balance.known().ok().cloned();
    freeze(fetched, Zone::default())
}

fn huge_amounts() -> Snapshot {
    let mut fetched = plain();
    for (place, (row, _)) in rows(&mut fetched).iter_mut().enumerate() {
        row.amount = if place % 2 == 0 { i64::MAX } else { i64::MIN };
    }
    rows(&mut fetched).truncate(12);
    if let Part::Known(balance) = &mut fetched.balance {
        balance.current = BTreeMap::from([(Currency::USD, i64::MIN)]);
        balance.available = Some(BTreeMap::from([(Currency::USD, i64::MAX)]));
    }
    freeze(fetched, Zone::default())
}

fn nothing_known() -> Snapshot {
    Snapshot::not_fetched("fca_1".parse().unwrap(), None, false, at(NOW))
}

/// The content with the first occurrence of `old` replaced.
fn replaced(content: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let place = content
        .windows(old.len())
        .position(|window| window == old)
        .unwrap();
    let rest = &content[place + old.len()..];
    [&content[..place], new, rest].concat()
}

/// Every seed that depends on the form of a snapshot, by name.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    for (name, snapshot) in [
        ("few-rows", few_rows()),
        ("huge-amounts", huge_amounts()),
        ("nothing-known", nothing_known()),
    ] {
        let content = postcard::to_stdvec(&snapshot).unwrap();
        seeds.push((format!("valid-content-{name}"), content));
        if name == "huge-amounts" {
            continue;
        }
        let stored = encode(&snapshot);
        let mut flipped = stored.clone();
        flipped[9] ^= 1;
        let truncated = stored[..stored.len() - 9].to_vec();
        seeds.push((format!("valid-stored-{name}"), stored));
        seeds.push((format!("wrong-stored-{name}-flipped-checksum"), flipped));
        seeds.push((format!("wrong-stored-{name}-truncated"), truncated));
    }
    let content = postcard::to_stdvec(&few_rows()).unwrap();
    let wrong = [
        ("account-id", replaced(&content, b"fca_1", b"xca_1")),
        (
            "not-utf8",
            replaced(&content, b"Test Bank", b"\xffest Bank"),
        ),
        ("content-and-more", [&content[..], &[0]].concat()),
        ("content-truncated", content[..content.len() / 2].to_vec()),
        ("version", stored(&[&[9], content.as_slice()].concat())),
    ];
    seeds.extend(wrong.map(|(name, bytes)| (format!("wrong-{name}"), bytes)));
    seeds
}

/// Run with `UPDATE_EXPECT=1` to write the files anew, after a change of the form.
#[test]
fn the_seeds_are_of_the_form_that_is_stored() {
    for (name, bytes) in seeds() {
        let path = folder().join(&name);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &bytes).unwrap();
        }
        let written = std::fs::read(&path).unwrap();
        // What compresses them may come to choose other bytes for the same content.
        let same = match name.split('-').nth(1) {
            Some("stored") if name.starts_with("valid") => decode(&written) == decode(&bytes),
            Some("content") => written == bytes,
            _ => true,
        };
        assert!(same, "{name} is not current: run with UPDATE_EXPECT=1");
    }
}
