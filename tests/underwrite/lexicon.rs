//! A rule set that knows names of its own: through the socket, and again from the ledger.

use std::path::Path;

use chrono::Days;
use underwrite::proto;
use underwrite::proto::Outcome;

use super::harness::{RULES, Setup, feature, now, principal, request, start, today};
use super::linked::{self, Linked, Row};
use super::process::command;

/// Lenders that the release does not know, as one bank prints them.
const LENDERS: [&str; 3] = [
    "ZEPHYR FUNDS 8004417733",
    "TAMARACKPAY*0042",
    "NORTE ADV LLC",
];

const ADDED: &str = "
[[lexicon]]
term = 'short_term_lender'
name = 'Zephyr'
phrases = ['ZEPHYR FUNDS']

[[lexicon]]
term = 'short_term_lender'
phrases = ['TAMARACK*', 'NORTE ADV']
";

/// Somebody with a salary who borrowed from each of the lenders, and paid back.
fn borrower() -> Linked {
    let mut account = Linked::checking("borrower", "Jane Doe").with_salary(today(), 240_000);
    for (lender, day) in LENDERS.iter().zip([50, 40, 30]) {
        for (days, minor) in [(day, 20_000), (day - 16, -23_000)] {
            let day = today().checked_sub_days(Days::new(days)).unwrap();
            account.rows.push(Row {
                transacted: day,
                posted: day,
                minor,
                description: (*lender).to_owned(),
            });
        }
    }
    account.balance = linked::plausible_balance(&account.rows, 50_000);
    account
}

async fn decided(rules: &str, data: &Path) -> proto::Decision {
    let folder = tempfile::tempdir().unwrap();
    linked::write(&[borrower()], now(), folder.path());
    let system = start(Setup {
        load: Some(folder.path()),
        data: Some(data),
        rules: Some(rules),
        ..Setup::default()
    })
    .await;
    let decision = system.decide(request("k", "Jane Doe", &["fca_borrower"]));
    let decision = decision.await;
    system.stop().await;
    decision
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analyst_adds_lenders_and_the_decision_changes() {
    let rules = std::str::from_utf8(RULES).unwrap();
    let (plain, added) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let before = decided(rules, plain.path()).await;
    assert_eq!(feature(&before, "cash_flow.short_term_lenders_90d"), "0");
    assert!(!principal(&before).contains(&"SHORT_TERM_LENDERS"));
    let after = decided(&format!("{rules}{ADDED}"), added.path()).await;
    assert_eq!(feature(&after, "cash_flow.short_term_lenders_90d"), "3");
    assert_eq!(after.outcome(), Outcome::Decline);
    assert_ne!(before.outcome(), after.outcome());
    assert!(principal(&after).contains(&"SHORT_TERM_LENDERS"));
    // What was added is part of the rule set that each decision names.
    let bundle = |decision: &proto::Decision| {
        let pins = decision.pins.clone().unwrap();
        pins.rule_set.unwrap().bundle_hash
    };
    assert_ne!(bundle(&before), bundle(&after));
    for data in [plain, added] {
        let (code, replayed) = command(data.path(), &["replay"]);
        assert_eq!((code, &replayed["reproduced"]), (0, &1.into()));
    }
}
