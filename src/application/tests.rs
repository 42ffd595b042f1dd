use std::sync::Arc;

use rust_decimal::Decimal;

use super::*;
use crate::limits;

/// The application with something changed, checked again.
pub(crate) fn revised(application: Application, change: impl FnOnce(&mut Draft)) -> Application {
    let mut draft = application.into_draft();
    change(&mut draft);
    draft.check().unwrap()
}

/// One thousand dollars over twelve months, asked for by two people.
fn draft() -> Draft {
    let applicant = |id: &str, role, account: &str| DraftApplicant {
        id: Some(id.parse().unwrap()),
        role: Some(role),
        identity: Some(Identity {
            name: "Jenny Rosen".to_owned(),
            ..Identity::default()
        }),
        account_ids: vec![Some(account.parse().unwrap())],
        handles: Vec::new(),
    };
    Draft {
        id: Some("app-1".parse().unwrap()),
        product: "personal_loan".to_owned(),
        requested_amount: Some(Money::new(100_000, Currency::USD)),
        term: Some(DraftTerm {
            count: 12,
            unit: Some(TermUnit::Months),
        }),
        repayment_frequency: Some(RepaymentFrequency::Monthly),
        applicants: vec![
            applicant("p1", Role::Primary, "fca_1"),
            applicant("p2", Role::CoApplicant, "fca_2"),
        ],
        ..Draft::default()
    }
}

fn application() -> Application {
    draft().check().unwrap()
}

fn problems(draft: Draft) -> Vec<String> {
    let errors = draft.check().unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_draft_lacks_everything_that_is_required() {
    assert_eq!(
        problems(Draft::default()),
        [
            "application.id: is required",
            "application.requested_amount: is required",
            "application.term: is required",
            "application.repayment_frequency: is required: WEEKLY, BIWEEKLY, SEMI_MONTHLY, \
             MONTHLY or SINGLE",
            "application.product: is required",
            "application.applicants: has nobody in it: send at least the primary applicant",
        ]
    );
    let mut draft = draft();
    draft.applicants.push(DraftApplicant {
        account_ids: vec![None],
        ..DraftApplicant::default()
    });
    draft.inputs.insert("rent".to_owned(), None);
    assert_eq!(
        problems(draft),
        [
            "application.applicants[2].role: is required: PRIMARY, CO_APPLICANT or GUARANTOR",
            "application.applicants[2].id: is required",
            "application.applicants[2].account_ids[0]: is required",
            "application.applicants[2].identity: is required",
            "application.inputs[\"rent\"]: has no value: send `money`, `number`, `date`, `text` or \
             `boolean`, or leave the input out",
        ]
    );
}

#[test]
fn what_could_not_be_read_is_not_reported_as_missing_too() {
    let unreadable = |field: &str| ApplicationError {
        field: field.to_owned(),
        problem: "is not valid".to_owned(),
    };
    let mut draft = draft();
    draft.requested_amount = None;
    draft.applicants[0].id = None;
    draft.applicants[1].account_ids[0] = None;
    draft.unreadable = vec![
        unreadable("application.requested_amount.currency"),
        unreadable("application.applicants[0].id"),
        unreadable("application.applicants[1].account_ids[0]"),
    ];
    let expected: Vec<String> = draft.unreadable.iter().map(ToString::to_string).collect();
    assert_eq!(problems(draft), expected);
}

#[test]
fn a_problem_is_enough_even_where_nothing_is_missing() {
    let mut draft = draft();
    draft.unreadable.push(ApplicationError {
        field: "application.first_payment_date".to_owned(),
        problem: "is not a date".to_owned(),
    });
    assert_eq!(problems(draft).len(), 1);
}

#[test]
fn what_is_loaded_is_what_was_stored_and_is_checked() {
    let application = revised(application(), |draft| {
        let number = Some(Input::Number(Decimal::new(50, 1)));
        draft.inputs.insert("score".to_owned(), number);
    });
    let stored = serde_json::to_string(&application).unwrap();
    assert!(stored.contains(r#""score":{"number":"5"}"#), "{stored}");
    assert_eq!(
        serde_json::from_str::<Application>(&stored).unwrap(),
        application
    );
    let changed = stored.replace(r#""count":12"#, r#""count":0"#);
    assert_ne!(changed, stored);
    let refused = serde_json::from_str::<Application>(&changed).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "application.term.count: must be at least 1"
    );
}

#[test]
fn a_checked_application_is_checked_the_same_again() {
    assert_eq!(application().into_draft(), draft());
}

#[test]
fn payments_are_counted_from_the_term() {
    let of = |count, unit, frequency| {
        let term = Some(DraftTerm {
            count,
            unit: Some(unit),
        });
        let application = revised(application(), |draft| {
            draft.term = term;
            draft.repayment_frequency = Some(frequency);
        });
        application.payments()
    };
    assert_eq!(of(12, TermUnit::Months, RepaymentFrequency::Monthly), 12);
    assert_eq!(of(12, TermUnit::Months, RepaymentFrequency::Weekly), 52);
    assert_eq!(of(26, TermUnit::Weeks, RepaymentFrequency::Biweekly), 13);
    assert_eq!(of(3, TermUnit::Days, RepaymentFrequency::Monthly), 1);
    assert_eq!(of(45, TermUnit::Days, RepaymentFrequency::Single), 1);
}

#[test]
fn accounts_are_put_under_their_applicants() {
    let account = |id: &str| -> AccountId { id.parse().unwrap() };
    let application = Arc::new(application());
    assert_eq!(
        application.named_accounts(),
        [(0, account("fca_1")), (1, account("fca_2"))]
    );
    let with_accounts = application.with_accounts(vec![
        (1, account("fca_9")),
        (0, account("fca_8")),
        (2, account("fca_of_nobody")),
        (0, account("fca_7")),
    ]);
    let found: Vec<_> = with_accounts
        .accounts()
        .map(|(applicant, account)| (applicant, account.as_str()))
        .collect();
    assert_eq!(found, [(0, "fca_8"), (0, "fca_7"), (1, "fca_9")]);
    assert_eq!(with_accounts.id(), application.id());
}

#[test]
fn a_term_has_at_most_so_many_months() {
    let max = limits::TERM_MONTHS_MAX;
    for (count, taken) in [(max - 1, true), (max, true), (max + 1, false)] {
        let mut draft = draft();
        draft.term = Some(DraftTerm {
            count,
            unit: Some(TermUnit::Months),
        });
        match draft.check() {
            Ok(_) => assert!(taken, "{count}"),
            Err(errors) => {
                assert!(!taken, "{count}");
                let told = errors[0].to_string();
                assert_eq!(told, "application.term.count: is longer than 480 months");
            }
        }
    }
}

#[test]
fn a_text_has_nothing_in_it_that_is_obeyed_where_it_is_shown() {
    for bad in [
        '\n', '\r', '\t', '\0', '\u{1b}', '\u{7f}', '\u{85}', '\u{2028}', '\u{202a}', '\u{202e}',
        '\u{2066}', '\u{2069}', '\u{200f}', '\u{61c}',
    ] {
        for place in ["purpose", "name"] {
            let mut draft = draft();
            let text = format!("Jenny{bad}Rosen");
            if place == "purpose" {
                draft.purpose = Some(text);
            } else if let Some(identity) = &mut draft.applicants[0].identity {
                identity.name = text;
            }
            let told = problems(draft);
            assert_eq!(told.len(), 1, "{bad:?}: {told:?}");
            assert!(
                told[0].contains(place) && told[0].contains("line break"),
                "{told:?}"
            );
        }
    }
    // Names that are written from right to left, joined or accented are names.
    for good in [
        "محمد علی",
        "نرگس\u{200c}خانم",
        "Zoë O’Hara-Núñez",
        "山田 太郎",
    ] {
        let mut draft = draft();
        if let Some(identity) = &mut draft.applicants[0].identity {
            identity.name = good.to_owned();
        }
        assert!(draft.check().is_ok(), "{good}");
    }
}

fn answer(fact: &str, value: Input) -> DraftAnswer {
    DraftAnswer {
        fact: fact.to_owned(),
        value: Some(value),
        reviewer: "q.officer".to_owned(),
        evidence: "pay slip of March".to_owned(),
        answered_at: chrono::DateTime::from_timestamp(1_774_969_200, 0),
    }
}

fn word(answers: Vec<DraftAnswer>) -> ReviewersWord {
    ReviewersWord::check(answers, Vec::new(), Vec::new()).unwrap()
}

fn refused(answers: Vec<DraftAnswer>) -> Vec<String> {
    let errors = ReviewersWord::check(answers, Vec::new(), Vec::new()).unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn an_answer_says_what_it_is_by_whom_on_what_evidence_and_when() {
    assert_eq!(refused(vec![])[0].split_once(':').unwrap().0, "answers");
    assert_eq!(
        refused(vec![DraftAnswer::default()]),
        [
            "answers[0].fact: is required",
            "answers[0].value: is required: `money`, `number`, `date`, `text` or `boolean`",
            "answers[0].reviewer: is required",
            "answers[0].evidence: is required",
            "answers[0].answer_time: is required",
        ]
    );
    let twice = vec![answer("a.b", Input::Bool(true)); 2];
    assert_eq!(
        refused(twice),
        ["answers[1].fact: is answered twice: send one answer to each"]
    );
    assert_eq!(
        refused(vec![answer("inputs.", Input::Bool(true))]),
        ["answers[0].fact: names no input: write `inputs.NAME`"]
    );
}

#[test]
fn answers_are_limited_below_at_and_above() {
    let many = |count: usize| {
        let facts = (0..count).map(|number| answer(&format!("f{number}"), Input::Bool(true)));
        ReviewersWord::check(facts.collect(), Vec::new(), Vec::new()).is_ok()
    };
    let max = limits::ANSWERS_MAX;
    assert_eq!([max - 1, max, max + 1].map(many), [true, true, false]);
    let long = |bytes: usize| {
        let fact = answer(&"f".repeat(bytes), Input::Bool(true));
        ReviewersWord::check(vec![fact], Vec::new(), Vec::new()).is_ok()
    };
    let max = limits::FACT_BYTES_MAX;
    assert_eq!([max - 1, max, max + 1].map(long), [true, true, false]);
}

#[test]
fn answers_accumulate_and_the_newer_word_takes_the_place_of_the_older() {
    let number = |number: i64| Input::Number(number.into());
    let first = application().resolved(
        "dec_1".parse().unwrap(),
        word(vec![
            answer("a.b", number(1)),
            answer("inputs.score", number(5)),
        ]),
    );
    let first = first.unwrap();
    assert_eq!(first.inputs()["score"], number(5));
    let second = first.resolved(
        "dec_2".parse().unwrap(),
        word(vec![
            answer("inputs.score", number(6)),
            answer("c.d", number(2)),
        ]),
    );
    let second = second.unwrap();
    let resolution = second.resolution().unwrap();
    let facts: Vec<&str> = resolution
        .answers
        .iter()
        .map(|one| one.fact.as_str())
        .collect();
    assert_eq!(
        (resolution.of.as_str(), facts),
        ("dec_2", vec!["a.b", "inputs.score", "c.d"])
    );
    assert_eq!(second.inputs()["score"], number(6));
    // What was sent is nobody's to answer.
    let sent = revised(application(), |draft| {
        draft.inputs.insert("score".to_owned(), Some(number(7)));
    });
    let answered = word(vec![answer("inputs.score", number(8))]);
    let errors = sent
        .resolved("dec_1".parse().unwrap(), answered)
        .unwrap_err();
    assert_eq!(errors[0].field, "answers[0].fact");
}

#[test]
fn a_resolution_is_loaded_as_it_was_stored_and_says_of_inputs_what_they_are() {
    let answered = word(vec![answer("inputs.score", Input::Number(5.into()))]);
    let resolved = application().resolved("dec_1".parse().unwrap(), answered);
    let stored = serde_json::to_string(&resolved.unwrap()).unwrap();
    let loaded: Application = serde_json::from_str(&stored).unwrap();
    assert_eq!(serde_json::to_string(&loaded).unwrap(), stored);
    let changed = stored.replacen(r#"{"number":"5"}"#, r#"{"number":"6"}"#, 1);
    let error = serde_json::from_str::<Application>(&changed).unwrap_err();
    assert!(
        error.to_string().contains("answers an input otherwise"),
        "{error}"
    );
    // Without one nothing of it is stored.
    let plain = serde_json::to_string(&application()).unwrap();
    assert!(!plain.contains("resolution"), "{plain}");
}
