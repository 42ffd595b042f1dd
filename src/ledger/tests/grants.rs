//! Grants and revocations in the chain.

use std::sync::Arc;

use super::{FileLedger, at, tenant};
use crate::access::{ApiToken, Grant, Proof, Scopes, TokenKey};
use crate::id::{IdentityName, OsEntropy, TenantId, TokenId};
use crate::ledger::record::draft::Newest;
use crate::ledger::record::envelope::RecordHash;
use crate::ledger::record::grant::revocation_draft;
use crate::ledger::{KnownHead, Ledger, MemoryLedger, Scope};

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
    file.tamper(
        "DROP INDEX records_of_grants; DROP TABLE audit; DROP TABLE resolutions;
         DROP TABLE shadow_decisions; DROP INDEX records_of_shadowings;
         DROP TABLE follow_ups; PRAGMA user_version = 1",
    );
    let path = file.path.clone();
    let reader = crate::ledger::SqliteLedger::open_read_only(&path).unwrap();
    assert_eq!(reader.grants().await.unwrap().len(), 1);
    drop((reader, file.ledger));
    let written = crate::ledger::SqliteLedger::open(&path, &OsEntropy).unwrap();
    assert_eq!(written.grants().await.unwrap().len(), 1);
}

/// Appends a revocation to the file as somebody would who knows how records are chained.
fn forge_revocation(file: &FileLedger, tenant: &TenantId, number: u32) {
    let connection = file.behind();
    let chain_id: String = connection
        .query_row("SELECT chain_id FROM chain", [], |row| row.get(0))
        .unwrap();
    let newest = connection
        .query_row(
            "SELECT seq, hash, recorded_at FROM records ORDER BY seq DESC LIMIT 1",
            [],
            |row| {
                Ok(Newest {
                    seq: u64::try_from(row.get::<_, i64>(0)?).unwrap(),
                    hash: RecordHash::from_slice(&row.get::<_, Vec<u8>>(1)?).unwrap(),
                    recorded_at: row.get(2)?,
                })
            },
        )
        .unwrap();
    let id = TokenId::parse(&format!("tok_{number}")).unwrap();
    let draft = revocation_draft((tenant, &id), &IdentityName::local(), at(9)).unwrap();
    let record = draft.follow(&chain_id, Some(newest));
    let seq = i64::try_from(record.seq).unwrap();
    connection
        .execute(
            "INSERT INTO records VALUES (?1, 'revocation', ?2, ?3, ?4, ?5, ?6, ?7)",
            rusqlite::params![
                seq,
                tenant.as_str(),
                record.id,
                record.previous.as_bytes(),
                record.commitment.as_bytes(),
                record.recorded_at.timestamp(),
                record.hash.as_bytes()
            ],
        )
        .unwrap();
    let content = (seq, draft.content);
    connection
        .execute("INSERT INTO contents VALUES (?1, ?2)", content)
        .unwrap();
}

async fn problems_since(file: &FileLedger, since: KnownHead) -> Vec<String> {
    let scope = Scope {
        tenant: None,
        since: Some(since),
    };
    let report = file.ledger.verify(scope, Arc::new(|_, _| {})).await;
    let problems = report.unwrap().problems.into_iter();
    problems
        .map(|problem| format!("{}: {}", problem.record, problem.problem))
        .collect()
}

#[tokio::test]
async fn what_is_revoked_was_granted_before() {
    let file = FileLedger::new().await;
    let proof = |name| Proof::Certificate(format!("CN={name}"));
    // Records 3 and 4.
    let one = grant(1, proof("one"));
    file.ledger.grant(one.clone(), None).await.unwrap();
    let head = file.ledger.head().await.unwrap();
    let by = IdentityName::local();
    let revoked = (&one.tenant, &one.id);
    file.ledger.revoke(revoked, &by, at(5), None).await.unwrap();
    assert_eq!(file.problems().await, Vec::<String>::new());
    let since = || KnownHead::Kept(head.clone());
    assert_eq!(problems_since(&file, since()).await, Vec::<String>::new());
    // Of what nobody was granted, of what another tenant was, and of what was granted only after.
    forge_revocation(&file, &tenant(), 7);
    forge_revocation(&file, &TenantId::parse("other").unwrap(), 1);
    forge_revocation(&file, &tenant(), 2);
    file.ledger
        .grant(grant(2, proof("two")), None)
        .await
        .unwrap();
    let found: Vec<String> = [(5, 7), (6, 1), (7, 2)]
        .map(|(seq, number)| {
            format!("{seq} (revocation tok_{number}): it revokes what was not granted before it")
        })
        .into();
    assert_eq!(file.problems().await, found);
    assert_eq!(problems_since(&file, since()).await, found);
    // Nor is it once its grant is cut out of the chain.
    file.tamper("DELETE FROM contents WHERE seq = 3; DELETE FROM records WHERE seq = 3");
    let found = file.problems().await;
    let orphan = "4 (revocation tok_1): it revokes what was not granted before it";
    assert!(found.contains(&orphan.to_owned()), "{found:?}");
}
