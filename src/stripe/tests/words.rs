//! Words, currencies and times that this version does not know.

use serde_json::{Value, json};

use super::server::{Bank, Server, balance};
use super::*;
use crate::money::Currency;
use crate::snapshot::{Absence, Category, Part, QualityFlag, Status, Subcategory};
use crate::snapshot::{Permission, TransactionStatus};

async fn fetched(bank: Bank) -> Fetched {
    fetch(&Server::of(bank).await).await.unwrap()
}

#[tokio::test]
async fn unknown_words_are_kept() {
    let mut bank = Bank::new(1)
        .with("category", json!("crypto"))
        .with("subcategory", json!("wallet"))
        .with("status", json!("asleep"))
        .with("permissions", json!(["transactions", "inferred_balances"]));
    bank.transactions[0]["status"] = json!("reversed");
    let fetched = fetched(bank).await;
    let account = &fetched.account;
    assert_eq!(account.category, Category::Unknown("crypto".to_owned()));
    assert_eq!(
        account.subcategory,
        Subcategory::Unknown("wallet".to_owned())
    );
    assert_eq!(account.status, Status::Unknown("asleep".to_owned()));
    let permission = Permission::Unknown("inferred_balances".to_owned());
    assert!(account.permissions.contains(&permission));
    let rows = fetched.transactions.known().unwrap();
    assert_eq!(
        rows[0].0.status,
        TransactionStatus::Unknown("reversed".to_owned())
    );
}

#[tokio::test]
async fn unknown_currencies_of_a_balance_are_left_out_and_flagged() {
    let mut mixed = balance(NOW);
    mixed["current"] = json!({"usd": 5, "undefined": 1_126_940_025, "eur": null});
    let known = fetched(Bank::new(1).with("balance", mixed)).await;
    let current = &known.balance.known().unwrap().current;
    assert_eq!(current.iter().collect::<Vec<_>>(), [(&Currency::USD, &5)]);
    assert!(known.flags.contains(&QualityFlag::UnknownBalance));

    let mut unknown = balance(NOW);
    unknown["current"] = json!({"undefined": 1_126_940_025});
    let unknown = fetched(Bank::new(1).with("balance", unknown)).await;
    assert_eq!(unknown.balance, Part::Absent(Absence::NotOffered));
    assert!(unknown.flags.contains(&QualityFlag::UnknownBalance));
}

#[tokio::test]
async fn a_credit_account_has_credit_in_use() {
    let credit = json!({"as_of": NOW, "type": "credit", "current": {"usd": -900},
        "credit": {"used": {"usd": -900}}});
    let fetched = fetched(Bank::new(1).with("balance", credit)).await;
    let balance = fetched.balance.known().unwrap();
    assert_eq!(balance.used.as_ref().unwrap()[&Currency::USD], -900);
    assert_eq!(balance.available, None);
}

#[tokio::test]
async fn a_row_that_cannot_be_expressed_is_left_out_and_flagged() {
    let broken = [
        ("currency", json!("undefined")),
        ("id", json!("txn/../1")),
        ("transacted_at", json!(i64::MAX)),
        ("status_transitions", json!({"posted_at": i64::MAX})),
    ];
    for (field, value) in broken {
        let mut bank = Bank::new(3);
        bank.transactions[1][field] = value;
        let fetched = fetched(bank).await;
        assert_eq!(fetched.transactions.known().unwrap().len(), 2, "{field}");
        assert!(
            fetched.flags.contains(&QualityFlag::UnknownValue),
            "{field}"
        );
    }
}

#[tokio::test]
async fn an_owner_without_a_name_is_left_out_and_flagged() {
    let mut bank = Bank::new(0);
    bank.owners[0]["name"] = Value::Null;
    let fetched = fetched(bank).await;
    assert_eq!(fetched.owners, Part::Known(vec![]));
    assert!(fetched.flags.contains(&QualityFlag::UnknownOwner));
}

#[tokio::test]
async fn a_balance_of_no_known_time_is_a_bad_answer() {
    let server = Server::of(Bank::new(1).with("balance", balance(i64::MAX))).await;
    let error = fetch(&server).await.unwrap_err();
    assert!(error.to_string().contains("out of range"), "{error}");
}

#[tokio::test]
async fn amounts_that_are_no_integers_are_a_bad_answer() {
    let mut bank = Bank::new(1);
    bank.transactions[0]["amount"] = json!(12.5);
    let error = fetch(&Server::of(bank).await).await.unwrap_err();
    assert_eq!(error.code(), "stripe_bad_answer");
}

/// A bank that writes `description` for its second transaction and `owner` for its first owner, each
/// with the bytes that it has.
async fn fetched_damaged(description: &'static [u8], owner: &'static [u8]) -> Fetched {
    let mut bank = Bank::new(3);
    bank.transactions[1]["description"] = json!("DESCRIBED");
    bank.owners[0]["name"] = json!("OWNED");
    let bank = std::sync::Mutex::new(bank);
    let server = Server::start(move |call, _| {
        let mut reply = bank.lock().unwrap().answer(call);
        for (plain, bytes) in [(&b"DESCRIBED"[..], description), (b"OWNED", owner)] {
            let mut parts = reply.body.windows(plain.len());
            if let Some(at) = parts.position(|part| part == plain) {
                let after = at + plain.len();
                reply.body.splice(at..after, bytes.iter().copied());
            }
        }
        reply
    })
    .await;
    fetch(&server).await.unwrap()
}

#[tokio::test]
async fn half_of_a_character_spoils_one_text_and_no_more() {
    for damaged in [
        &b"PAID \\ud83d NOW"[..],
        b"PAID \xf0\x9f\x92 NOW",
        b"PAID \xff NOW",
    ] {
        let fetched = fetched_damaged(damaged, b"Jane Roe").await;
        let rows = fetched.transactions.known().unwrap();
        let mut texts = rows.iter().map(|(row, _)| row.description.as_str());
        assert!(texts.any(|text| text == "PAID \u{fffd} NOW"));
        assert_eq!(rows.len(), 3);
        let flags = crate::snapshot::freeze(fetched, crate::calendar::Zone::default()).flags;
        assert!(flags.contains(&QualityFlag::DamagedTransactionText));
        assert!(!flags.contains(&QualityFlag::DamagedOwnerText));
        assert!(!flags.contains(&QualityFlag::UnknownValue));
    }
    let fetched = fetched_damaged(b"PAID", b"Jos\xe9 Roe").await;
    let flags = crate::snapshot::freeze(fetched, crate::calendar::Zone::default()).flags;
    assert!(flags.contains(&QualityFlag::DamagedOwnerText));
    assert!(!flags.contains(&QualityFlag::DamagedTransactionText));
}
