//! What was made on test data says so.

use super::super::*;
use crate::analysis::tests::fixtures::{Bank, POSITIVE, application, as_of};
use crate::rules::Bundle;
use crate::snapshot::{Snapshot, seal};

const RULES: &str = r#"
[rule_set]
name = "test"
version = "1"
kind = "payment"
currency = "USD"
[approve]
when = 'true'
"#;

/// A decision on accounts, each of live mode or not.
fn decided(live: &[bool]) -> DecisionBody {
    let day = as_of("2026-06-20");
    let one = |(index, livemode): (usize, &bool)| -> Snapshot {
        let pay = Bank::checking().every(14, "2026-01-02", "2026-06-19", 150_000, "MILLS PAYROLL");
        let mut snapshot = pay.freeze(index, day);
        snapshot.account.livemode = *livemode;
        snapshot
    };
    let snapshots: Vec<Snapshot> = live.iter().enumerate().map(one).collect();
    let hash = |snapshot: &Snapshot| seal(snapshot, [7; 32]).unwrap().hash;
    let hashes: Vec<_> = snapshots.iter().map(hash).collect();
    let application = application(snapshots.len());
    let bundle = Bundle::publish(RULES.as_bytes()).unwrap();
    decide(&DecisionInput {
        application: &application,
        accounts: &AccountInput::of(&application, snapshots.iter().zip(hashes)).unwrap(),
        bundle: &bundle,
        as_of: day,
        seed: 1,
        settings: POSITIVE,
    })
    .unwrap()
}

#[test]
fn one_account_of_test_mode_marks_a_decision_and_real_data_leaves_no_trace() {
    for (live, test_data) in [
        (&[true, true][..], false),
        (&[true, false], true),
        (&[false, true], true),
        (&[false, false], true),
    ] {
        let body = decided(live);
        assert_eq!(body.pins.test_data, test_data, "{live:?}");
        let bytes = body.to_bytes().unwrap();
        let written = String::from_utf8(bytes.clone()).unwrap();
        assert_eq!(written.contains("\"test_data\":true"), test_data);
        assert_eq!(written.contains("test_data"), test_data);
        assert_eq!(DecisionBody::from_bytes(&bytes).unwrap(), body);
    }
}
