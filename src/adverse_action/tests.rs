//! Which notice is sent, from a file of examples, and what a creditor has to say.

use super::*;

/// Every row of the file: the facts, and what comes of them.
#[test]
fn the_notice_of_each_case_is_that_of_the_examples() {
    let rows = include_str!("../../tests/data/notices/kinds.csv").lines();
    let mut seen = 0;
    for row in rows
        .filter(|row| !row.starts_with('#') && !row.is_empty())
        .skip(1)
    {
        let cells: Vec<&str> = row.split(',').map(str::trim).collect();
        let [kind, outcome, overridden, resolved, waits_for, expected] = cells[..] else {
            panic!("{row}");
        };
        let facts = Facts {
            kind: RuleSetKind::from_word(kind).unwrap(),
            outcome: Outcome::from_word(outcome).unwrap(),
            overridden_to: (!overridden.is_empty())
                .then(|| Outcome::from_word(overridden).unwrap()),
            is_resolved: resolved == "yes",
            waits_for: match waits_for {
                "person" | "" => WaitsFor::Person,
                "applicant" => WaitsFor::Applicant,
                "bank" => WaitsFor::Bank,
                other => panic!("{other}"),
            },
        };
        let found = match notice_kind(facts) {
            Ok(kind) => kind.as_str(),
            Err(none) => none.as_str(),
        };
        assert_eq!(found, expected, "{row}");
        seen += 1;
    }
    assert!(seen > 15, "{seen}");
}

fn agency(name: &str) -> Agency {
    Agency {
        name: name.to_owned(),
        address: "1 Main Street, Washington, DC 20001".to_owned(),
        phone: "1-800-555-0100".to_owned(),
    }
}

fn creditor() -> DraftCreditor {
    DraftCreditor {
        name: "Example Lending, Inc.".to_owned(),
        address: "2 High Street, Springfield, IL 62701".to_owned(),
        ecoa_agency: agency("Federal Trade Commission"),
        consumer_reporting_agencies: vec![agency("Acme Credit")],
    }
}

#[test]
fn a_creditor_says_what_the_law_asks_for_and_nothing_that_was_to_be_filled_in() {
    let acme = ["Acme Credit".to_owned()];
    creditor().check(&acme).unwrap();
    let fields = |draft: DraftCreditor, agencies: &[String]| {
        let errors = draft.check(agencies).unwrap_err().into_iter();
        errors.map(|error| error.field).collect::<Vec<_>>()
    };
    type Change = fn(&mut DraftCreditor);
    let cases: [(&str, Change); 7] = [
        ("creditor.name", |one| one.name.clear()),
        ("creditor.name", |one| {
            one.name = "[Creditor's name]".to_owned()
        }),
        ("creditor.name", |one| one.name = "Your company".to_owned()),
        ("creditor.address", |one| {
            one.address = "to be filled in: XXX".to_owned()
        }),
        ("creditor.ecoa_agency.name", |one| {
            one.ecoa_agency.name = "{agency}".to_owned()
        }),
        ("creditor.ecoa_agency.address", |one| {
            one.ecoa_agency.address.clear()
        }),
        ("creditor.consumer_reporting_agencies[0].phone", |one| {
            one.consumer_reporting_agencies[0].phone.clear();
        }),
    ];
    for (field, change) in cases {
        let mut draft = creditor();
        change(&mut draft);
        assert_eq!(fields(draft, &acme), [field]);
    }
    let other = ["Other Bureau".to_owned()];
    assert_eq!(
        fields(creditor(), &other),
        ["creditor.consumer_reporting_agencies"]
    );
}
