//! Grants and revocations in the chain.

use std::sync::Arc;

use super::{FileLedger, at, tenant};
use crate::access::{ApiToken, Grant, Proof, Scopes, TokenKey};
use crate::id::{IdentityName, OsEntropy, TenantId, TokenId};
use crate::ledger::{Ledger, MemoryLedger, Scope};

fn grant(number: u32, proof: Proof) -> Grant {
    Grant {
        id: TokenId::parse(&format!("tok_{number}")).unwrap(),
        tenant: tenant(),
        name: IdentityName::parse("los@acme").unwrap(),
        scopes: Scopes::parse("decide,read:personal").unwrap(),
        proof,
        by: IdentityName::local(),
        created_at: at(i64::from(number)),
        expires_at: number.is_multiple_of(2).then(|| at(900)),
        revoked_at: None,
    }
}

async fn keeps_grants(ledger: &dyn Ledger) {
    let key = TokenKey::generate(&OsEntropy).unwrap();
    let token = ApiToken::generate(&OsEntropy).unwrap();
    let one = grant(1, Proof::Token(key.hash(&token)));
    let two = grant(2, Proof::Certificate("CN=los,O=Acme".to_owned()));
    for granted in [&one, &two] {
        assert_eq!(
            ledger.grant(granted.clone(), None).await.as_ref(),
            Ok(granted)
        );
    }
    let again = Grant {
        id: TokenId::parse("tok_3").unwrap(),
        ..two.clone()
    };
    let taken = ledger.grant(again.clone(), None).await.unwrap_err();
    assert_eq!(taken.code(), "ledger_rejected", "{taken}");
    assert_eq!(ledger.grants().await.unwrap(), [one.clone(), two.clone()]);
    let by = IdentityName::parse("ops").unwrap();
    let other = TenantId::parse("other").unwrap();
    let of_another = ledger.revoke((&other, &one.id), &by, at(5), None).await;
    assert_eq!(of_another, Ok(None));
    let revoked = Grant {
        revoked_at: Some(at(5)),
        ..two.clone()
    };
    for second in [5, 9] {
        let told = ledger
            .revoke((&two.tenant, &two.id), &by, at(second), None)
            .await;
        assert_eq!(told, Ok(Some(revoked.clone())));
    }
    let again = ledger.grant(again, None).await.unwrap();
    assert_eq!(ledger.grants().await.unwrap(), [one, revoked, again]);
    let report = ledger.verify(Scope::default(), Arc::new(|_, _| {}));
    let report = report.await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    let of_grants = report.records - report.bundles * 2;
    assert_eq!(of_grants, 4);
}

#[tokio::test]
async fn what_is_granted_is_kept_until_it_is_revoked() {
    keeps_grants(&MemoryLedger::new(&OsEntropy).unwrap()).await;
    let file = FileLedger::new().await;
    keeps_grants(&*file.ledger).await;
    // They are looked up, and no chain of a million decisions is gone through for them.
    let plan: String = file
        .behind()
        .query_row(
            "EXPLAIN QUERY PLAN SELECT seq FROM records AS r
             WHERE r.kind = 'grant' AND r.kind IN ('grant', 'revocation') ORDER BY r.seq",
            [],
            |row| row.get(3),
        )
        .unwrap();
    assert!(plan.contains("records_of_grants"), "{plan}");
}

#[tokio::test]
async fn a_grant_that_was_changed_is_named() {
    let file = FileLedger::new().await;
    let proof = Proof::Certificate("CN=los".to_owned());
    file.ledger.grant(grant(1, proof), None).await.unwrap();
    file.tamper("UPDATE contents SET content = zeroblob(length(content)) WHERE seq = 3");
    let error = file.ledger.grants().await.unwrap_err().to_string();
    assert!(error.starts_with("record 3 (grant tok_1)"), "{error}");
    let report = file.ledger.verify(Scope::default(), Arc::new(|_, _| {}));
    assert!(!report.await.unwrap().is_sound());
}

#[tokio::test]
async fn a_ledger_without_the_index_is_read() {
    let file = FileLedger::new().await;
    let proof = Proof::Certificate("CN=los".to_owned());
    file.ledger.grant(grant(1, proof), None).await.unwrap();
    file.tamper("DROP INDEX records_of_grants; DROP TABLE audit; PRAGMA user_version = 1");
    let path = file.path.clone();
    let reader = crate::ledger::SqliteLedger::open_read_only(&path).unwrap();
    assert_eq!(reader.grants().await.unwrap().len(), 1);
    drop((reader, file.ledger));
    let written = crate::ledger::SqliteLedger::open(&path, &OsEntropy).unwrap();
    assert_eq!(written.grants().await.unwrap().len(), 1);
}
