//! The rule loader: any bytes are a rule set or findings that can be shown, and a rule set that
//! was accepted decides.

use std::sync::OnceLock;

use underwrite::calendar::Zone;
use underwrite::id::AccountId;
use underwrite::limits;
use underwrite::rules::{Bundle, Layout, Severity, check};
use underwrite::snapshot::{
    Absence, Account, Category, Fetched, Part, Snapshot, Status, Subcategory, freeze,
};

use super::decide;

/// Loads `data` as a rule file; whether it is one.
pub(crate) fn run(data: &[u8]) -> bool {
    let published = Bundle::publish(data);
    let Ok(source) = std::str::from_utf8(data) else {
        assert!(published.is_err(), "a rule file is text");
        return false;
    };
    let (rule_set, findings) = check(source);
    assert!(findings.len() <= limits::DIAGNOSTICS_MAX + 1);
    let wrong = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    assert_eq!(rule_set.is_none(), wrong, "{findings:?}");
    assert_eq!(rule_set.is_some(), published.is_ok());
    for finding in &findings {
        assert!(finding.line >= 1 && finding.column >= 1, "{finding:?}");
        let mut shown = finding
            .message
            .chars()
            .chain(finding.help.iter().flat_map(|help| help.chars()));
        assert!(!shown.any(char::is_control), "{finding:?}");
        assert!(!finding.render("a.toml", source, false).is_empty());
    }
    if let Ok(bundle) = published {
        let again = Bundle::from_bytes(bundle.bytes()).unwrap();
        assert_eq!(again.hash(), bundle.hash());
        let layout = Layout::of(bundle.program());
        assert_eq!(layout.rules.len(), bundle.rule_set().rules().count());
        decide::decide(&bundle, blank());
    }
    !wrong
}

/// An account that gives nothing away.
pub(crate) fn blank() -> &'static Snapshot {
    static BLANK: OnceLock<Snapshot> = OnceLock::new();
    BLANK.get_or_init(|| {
        let account = Account {
            id: AccountId::parse("fca_1").unwrap(),
            category: Category::Cash,
            subcategory: Subcategory::Checking,
            institution: "A Bank".to_owned(),
            last4: None,
            display_name: None,
            status: Status::Active,
            permissions: Default::default(),
            livemode: false,
            payment_methods: Default::default(),
            connected_account: None,
        };
        let fetched = Fetched {
            account,
            balance: Part::Absent(Absence::NoPermission),
            owners: Part::Absent(Absence::NoPermission),
            transactions: Part::Absent(Absence::NoPermission),
            flags: Default::default(),
            fetched_at: decide::now(),
            refreshed: Default::default(),
            transaction_refresh: None,
            earlier_balance: None,
        };
        freeze(fetched, Zone::default())
    })
}
