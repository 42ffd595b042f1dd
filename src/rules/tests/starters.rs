//! The rule sets to start from.

use crate::rules::{RuleSetKind, check, starter};

/// Their texts, by the files that they are in.
pub(super) fn all() -> Vec<(String, String)> {
    let kinds = RuleSetKind::ALL.into_iter();
    kinds
        .map(|kind| {
            let file = format!("src/rules/starter/{}.toml", kind.as_str());
            (file, starter(kind).text())
        })
        .collect()
}

#[test]
fn they_have_no_findings_and_their_kind_and_name() {
    for kind in RuleSetKind::ALL {
        let starter = starter(kind);
        let (rule_set, found) = check(&starter.text());
        assert_eq!(found, []);
        let rule_set = rule_set.unwrap();
        assert_eq!(rule_set.kind(), kind);
        assert_eq!(rule_set.name().as_str(), starter.name);
        let other = "other-name".parse().unwrap();
        let renamed = check(&starter.named(&other)).0.unwrap();
        assert_eq!(renamed.name(), &other);
    }
}
