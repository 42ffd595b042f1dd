//! What a shadow would have decided, and the decision beside which it would.

use super::*;

#[tokio::test]
async fn what_a_shadow_decided_beside() {
    for (sql, named) in [
        (
            "DELETE FROM decisions",
            "the decision beside which it decided is not before it",
        ),
        (
            "UPDATE decisions SET tenant = 'other'",
            "the decision beside which it decided is not before it",
        ),
        (
            "UPDATE shadow_decisions SET live_outcome = 'APPROVE'",
            "its row in `shadow_decisions` is not what was recorded: see column `live_outcome`",
        ),
        (
            "UPDATE shadow_decisions SET decision = 'dec_2'",
            "its row in `shadow_decisions` is not what was recorded: see column `decision`",
        ),
        (
            "DELETE FROM shadow_decisions",
            "its row in `shadow_decisions` is missing",
        ),
    ] {
        let file = FileLedger::with(1).await;
        let (live, newer) = (bundle("personal-loan"), newer_bundle());
        file.ledger
            .publish(&tenant(), newer.clone(), "", at(1), None)
            .await
            .unwrap();
        let decided = ShadowDecision {
            tenant: tenant(),
            decision: decision_id(1),
            name: live.name,
            live: live.hash,
            live_outcome: Outcome::Refer,
            bundle: newer.hash,
            result: ShadowResult::Decided {
                outcome: Outcome::Approve,
                fired: Vec::new(),
            },
        };
        let recorded = file.ledger.record_shadows(vec![decided], at(2));
        recorded.await.unwrap();
        assert_eq!(file.problems().await, [""; 0]);
        file.tamper(sql);
        let problems = file.problems().await;
        let wanted = format!("5 (shadow dec_1): {named}");
        assert!(problems.contains(&wanted), "{sql}: {problems:?}");
    }
}
