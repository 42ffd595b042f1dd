use super::*;
use crate::application::Address;
use crate::snapshot::Owner;

fn matched(ours: &str, owners: &[&str]) -> OwnerMatch {
    let identity = Identity {
        name: ours.to_owned(),
        ..Identity::default()
    };
    let owner = |name: &&str| Owner {
        name: (*name).to_owned(),
        email: None,
        phone: None,
        raw_address: None,
    };
    let owners: Vec<Owner> = owners.iter().map(owner).collect();
    compare(0, &identity, &owners).unwrap()
}

/// Made-up people of many customs in the notations of banks: `band | applicant | owner`.
#[test]
fn names_of_many_customs_are_in_their_bands() {
    let cases = include_str!("../../../tests/data/ownership/names.txt");
    let cases = || {
        cases
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
    };
    assert!(cases().count() >= 120);
    let mut wrong = Vec::new();
    for case in cases() {
        let fields: Vec<&str> = case.split('|').map(str::trim).collect();
        let [band, ours, theirs] = fields[..] else {
            panic!("{case}")
        };
        let found = matched(ours, &[theirs]);
        if found.band.as_str() != band {
            wrong.push(format!(
                "{case}: {} {}",
                found.band.as_str(),
                found.name_score
            ));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_owner_that_matches_is_told() {
    let found = matched(
        "Ana Souza",
        &["PEDRO SOUZA", "BIA LIMA & ANA SOUZA", "RUI DIAS"],
    );
    assert_eq!((found.owner, found.owners, found.name_score), (1, 4, 1_000));
}

#[test]
fn telephone_numbers_in_any_notation() {
    for (ours, theirs, score) in [
        ("+1 (212) 555-0142", "2125550142", Some(1_000)),
        ("212.555.0142", "1-212-555-0142 x77", Some(1_000)),
        ("212-555-0142 ext. 9", "+12125550142", Some(1_000)),
        ("+44 20 7946 0958", "020 7946 0958", Some(1_000)),
        ("212-555-0142", "212-555-0143", Some(0)),
        ("212-555-0142", "XXX-XXX-0142", Some(700)),
        ("212-555-0142", "***-***-0143", Some(0)),
        ("212-555-0142", "", None),
        ("212-555-0142", "999-999-9999", None),
        ("0142", "212-555-0142", None),
    ] {
        assert_eq!(phone_score(ours, theirs), score, "{ours} {theirs}");
    }
}

#[test]
fn mailboxes_in_any_notation() {
    for (ours, theirs, score) in [
        (
            "Ana.Souza@Example.com",
            "ana.souza@example.com",
            Some(1_000),
        ),
        ("ana+loans@example.com", "ana@example.com", Some(1_000)),
        (
            "ana.souza@gmail.com",
            "anasouza@googlemail.com",
            Some(1_000),
        ),
        ("ana.souza@example.com", "anasouza@example.com", Some(0)),
        ("ana@example.com", "ana@example.org", Some(0)),
        ("ana@example.com", "a**@example.com", None),
        ("ana@example.com", "", None),
    ] {
        assert_eq!(email_score(ours, theirs), score, "{ours} {theirs}");
    }
}

#[test]
fn addresses_in_any_notation() {
    for (street, zip, theirs, score) in [
        (
            "12 Hazelwood Ave Apt 3",
            "10003-1234",
            "12 HAZELWOOD AVENUE #3, NEW YORK NY 10003",
            Some(1_000),
        ),
        (
            "12 Hazelwood Ave Apt 3",
            "10003",
            "12 HAZELWOOD AVE APT 4 NEW YORK NY 10003",
            Some(850),
        ),
        (
            "12 Hazelwood Ave Apt 3",
            "10003",
            "99 OAK ST, NEW YORK NY 10003",
            Some(400),
        ),
        (
            "12 Oak Street",
            "10003",
            "12 OAK ST NEW YORK NY 10003",
            Some(1_000),
        ),
        (
            "12 N Oak Street",
            "10003",
            "12 NORTH OAK ST NEW YORK NY 100031234",
            Some(1_000),
        ),
        (
            "Unit 7, 12 Oak Lane",
            "10003",
            "12 OAK LN UNIT 7 NEW YORK NY 10003",
            Some(1_000),
        ),
        (
            "350 Fifth Avenue",
            "10118",
            "350 5TH AVE NEW YORK NY 10118",
            Some(1_000),
        ),
        (
            "350 5th Ave",
            "10118",
            "350 6TH AVE NEW YORK NY 10118",
            Some(700),
        ),
        (
            "PO Box 1234",
            "10003",
            "P.O. BOX 1234 NEW YORK NY 10003",
            Some(1_000),
        ),
        ("12 Oak Street", "10003", "", None),
    ] {
        let ours = Address {
            street: street.to_owned(),
            postal_code: zip.to_owned(),
            ..Address::default()
        };
        assert_eq!(address_score(&ours, theirs), score, "{street} {theirs}");
    }
}

/// Some states are written like a part of a street or of a house: `FL`, `CT`, `NE`.
#[test]
fn an_address_of_each_state_is_known_again() {
    const STATES: &str = "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS \
        MO MT NE NV NH NJ NM NY NC ND OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY";
    let ours = Address {
        street: "12 Oak Street Apt 3".to_owned(),
        postal_code: "33101".to_owned(),
        ..Address::default()
    };
    assert_eq!(STATES.split_whitespace().count(), 52);
    for state in STATES.split_whitespace() {
        for (theirs, score) in [
            (format!("12 OAK ST APT 3, MIAMI, {state} 33101"), 1_000),
            (format!("12 OAK ST APT 3 MIAMI {state} 33101-1234"), 1_000),
            (format!("12 OAK ST FL 3 MIAMI {state} 331011234"), 1_000),
            (format!("12 OAK ST APT 3 MIAMI 33101 {state} USA"), 1_000),
            (format!("12 OAK ST MIAMI {state} 33101"), 1_000),
            (format!("12 OAK ST APT 4 MIAMI {state} 33101"), 850),
            (format!("99 ELM ST APT 3 MIAMI {state} 33101"), 400),
            (format!("99 ELM ST APT 3 MIAMI {state} 33102"), 0),
        ] {
            assert_eq!(address_score(&ours, &theirs), Some(score), "{theirs}");
        }
    }
}

#[test]
fn court_street_is_called_court() {
    let ours = Address {
        street: "12 Court Street".to_owned(),
        postal_code: "06103".to_owned(),
        ..Address::default()
    };
    for (theirs, score) in [
        ("12 COURT ST, HARTFORD CT 06103", 1_000),
        ("12 OAK ST, HARTFORD CT 06103", 700),
    ] {
        assert_eq!(address_score(&ours, theirs), Some(score), "{theirs}");
    }
}

mod laws {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    /// Names, titles, particles, firms and initials: any may be a part of a name.
    const WORDS: &[&str] = &[
        "Ana",
        "B",
        "Bin",
        "Christopher",
        "Co",
        "de",
        "Do",
        "Dr",
        "Đỗ",
        "Estate",
        "Family",
        "Jr",
        "la",
        "Le",
        "Linh",
        "Lopez",
        "López",
        "Md",
        "Montague",
        "Montgomery",
        "Müller",
        "Or",
        "Rev",
        "Robin",
        "Senior",
        "Souza",
        "Sue",
        "Ten",
        "Thi",
        "Tod",
        "Trust",
        "van",
        "Wu",
        "Y",
    ];
    /// No two share a word, a first letter or a spelling.
    const UNLIKE: &[&str] = &[
        "ANA", "BRIGGS", "CHLOE", "DMITRY", "FUNG", "GWYNN", "HUXLEY", "JOUBERT", "KOWALSKI",
        "MPHO", "NUNEZ", "OKAFOR", "PRZYBYL", "QUISPE", "RHYS", "SOUZA", "THURM", "VLK", "WEXFORD",
        "ZSOLT",
    ];

    fn name() -> impl Strategy<Value = Vec<&'static str>> {
        proptest::collection::vec(select(WORDS), 1..6)
    }

    fn score(ours: &str, theirs: &str) -> i64 {
        name_score(&Person::of(ours), &Person::of(theirs))
    }

    /// How a bank writes it: in capitals, without marks.
    fn plain(name: &str) -> String {
        words(name).join(" ")
    }

    proptest! {
        #[test]
        fn a_name_is_itself_in_any_order_case_and_marks(
            (name, turned) in name().prop_flat_map(|name| (Just(name.clone()), Just(name).prop_shuffle())),
        ) {
            let (name, turned) = (name.join(" "), turned.join(" "));
            for other in [&name, &turned, &turned.to_lowercase(), &plain(&turned)] {
                prop_assert_eq!(score(&name, other), 1_000);
                prop_assert_eq!(matched(&name, &[other]).name_score, 1_000);
            }
        }

        #[test]
        fn any_text_with_a_word_is_itself(name in "\\PC{1,40}") {
            prop_assume!(!words(&name).is_empty());
            prop_assert_eq!(score(&name, &name), 1_000);
            prop_assert_eq!(matched(&name, &[&name]).name_score, 1_000);
        }

        #[test]
        fn case_and_marks_change_nothing(ours in name(), theirs in name()) {
            let (ours, theirs) = (ours.join(" "), theirs.join(" "));
            let expected = score(&ours, &theirs);
            prop_assert_eq!(score(&ours.to_lowercase(), &plain(&theirs)), expected);
            prop_assert_eq!(score(&plain(&ours), &theirs.to_lowercase()), expected);
        }

        #[test]
        fn whoever_is_the_applicant_the_names_are_as_alike(ours in name(), theirs in name()) {
            let (ours, theirs) = (ours.join(" "), theirs.join(" "));
            prop_assert_eq!(score(&ours, &theirs), score(&theirs, &ours));
        }

        #[test]
        fn names_that_share_nothing_are_of_nobody(
            names in subsequence(UNLIKE, 2..8).prop_shuffle(),
            at in 1_usize..7,
        ) {
            let (ours, theirs) = names.split_at(at.min(names.len() - 1));
            let found = matched(&ours.join(" "), &[&theirs.join(" ")]);
            prop_assert_eq!((found.name_score, found.band), (0, OwnerBand::None));
        }
    }
}
