mod bank_data;

use std::collections::BTreeSet;

use super::*;
use crate::service::tests::good_request;

fn parse(request: proto::DecideRequest) -> Result<(), Vec<(String, String)>> {
    decide_request(TenantId::default_tenant(), request)
        .map(|_| ())
        .map_err(|problems| {
            problems
                .into_iter()
                .map(|problem| (problem.field, problem.problem))
                .collect()
        })
}

type Change = fn(&mut proto::DecideRequest, &mut proto::Application);

fn fields_after(change: Change) -> Vec<String> {
    let mut request = good_request("k");
    let mut application = request.application.take().unwrap();
    change(&mut request, &mut application);
    request.application = Some(application);
    let problems = parse(request).unwrap_err();
    problems.into_iter().map(|(field, _)| field).collect()
}

fn input(kind: proto::input_value::Kind) -> proto::InputValue {
    proto::InputValue { kind: Some(kind) }
}

fn number(text: &str) -> proto::InputValue {
    input(proto::input_value::Kind::Number(proto::Decimal {
        value: text.to_owned(),
    }))
}

fn amount(application: &mut proto::Application) -> &mut proto::Money {
    application.requested_amount.as_mut().unwrap()
}

#[test]
fn a_good_request_is_taken() {
    assert_eq!(parse(good_request("k")), Ok(()));
}

/// Each change spoils a good request in the one field that is then named.
fn each_names_its_field(cases: &[(Change, &str)]) {
    for (index, (change, field)) in cases.iter().enumerate() {
        assert_eq!(fields_after(*change), [*field], "case {index}");
    }
}

#[test]
fn a_bad_field_of_the_request_is_named_and_no_other_is() {
    each_names_its_field(&[
        (|r, _| r.idempotency_key.clear(), "idempotency_key"),
        (|r, _| r.idempotency_key = "a b".into(), "idempotency_key"),
        (|r, _| r.rule_set.clear(), "rule_set"),
        (|r, _| r.view = 9, "view"),
    ]);
}

#[test]
fn a_bad_field_of_the_loan_is_named() {
    each_names_its_field(&[
        (|_, a| a.id.clear(), "application.id"),
        (|_, a| a.id = "a".repeat(129), "application.id"),
        (|_, a| a.product.clear(), "application.product"),
        (|_, a| a.purpose = "x".repeat(501), "application.purpose"),
        (|_, a| a.term = None, "application.term"),
        (
            |_, a| a.term.as_mut().unwrap().count = 0,
            "application.term.count",
        ),
        (
            |_, a| a.term.as_mut().unwrap().count = u32::MAX,
            "application.term.count",
        ),
        (
            |_, a| a.term.as_mut().unwrap().unit = 0,
            "application.term.unit",
        ),
        (
            |_, a| a.repayment_frequency = 0,
            "application.repayment_frequency",
        ),
        (
            |_, a| a.repayment_frequency = 77,
            "application.repayment_frequency",
        ),
        (
            |_, a| {
                a.first_payment_date = Some(proto::Date {
                    value: "2026-2-30".into(),
                })
            },
            "application.first_payment_date",
        ),
    ]);
}

#[test]
fn a_bad_amount_is_named_by_its_part() {
    each_names_its_field(&[
        (
            |_, a| a.requested_amount = None,
            "application.requested_amount",
        ),
        (
            |_, a| amount(a).amount = "0".into(),
            "application.requested_amount",
        ),
        (
            |_, a| amount(a).amount = "-5".into(),
            "application.requested_amount",
        ),
        (
            |_, a| amount(a).amount.clear(),
            "application.requested_amount.amount",
        ),
        (
            |_, a| amount(a).amount = "1e3".into(),
            "application.requested_amount.amount",
        ),
        (
            |_, a| amount(a).amount = "1_000".into(),
            "application.requested_amount.amount",
        ),
        (
            |_, a| amount(a).amount = "1,000".into(),
            "application.requested_amount.amount",
        ),
        (
            |_, a| amount(a).amount = "+5".into(),
            "application.requested_amount.amount",
        ),
        (
            |_, a| amount(a).amount = ".5".into(),
            "application.requested_amount.amount",
        ),
        (
            |_, a| amount(a).amount = "5.".into(),
            "application.requested_amount.amount",
        ),
        (
            |_, a| amount(a).amount = "NaN".into(),
            "application.requested_amount.amount",
        ),
        (
            |_, a| amount(a).amount = "10.005".into(),
            "application.requested_amount.amount",
        ),
        (
            |_, a| amount(a).amount = "9".repeat(40),
            "application.requested_amount.amount",
        ),
        (
            |_, a| amount(a).amount = "1000000001".into(),
            "application.requested_amount",
        ),
        (
            |_, a| amount(a).currency = "US".into(),
            "application.requested_amount.currency",
        ),
        (
            |_, a| amount(a).currency.clear(),
            "application.requested_amount.currency",
        ),
    ]);
}

#[test]
fn a_bad_field_of_an_applicant_is_named_by_its_place() {
    each_names_its_field(&[
        (|_, a| a.applicants.clear(), "application.applicants"),
        (
            |_, a| a.applicants[0].id.clear(),
            "application.applicants[0].id",
        ),
        (
            |_, a| a.applicants[0].role = 0,
            "application.applicants[0].role",
        ),
        (|_, a| a.applicants[0].role = 2, "application.applicants"),
        (
            |_, a| a.applicants[0].identity = None,
            "application.applicants[0].identity",
        ),
        (
            |_, a| a.applicants[0].identity.as_mut().unwrap().name.clear(),
            "application.applicants[0].identity.name",
        ),
        (
            |_, a| a.applicants[0].account_ids.clear(),
            "application.applicants[0].account_ids",
        ),
        (
            |_, a| a.applicants[0].account_ids.push("acct_1".into()),
            "application.applicants[0].account_ids[1]",
        ),
        (
            |_, a| a.applicants[0].account_ids.push("fca_one".into()),
            "application.applicants[0].account_ids[1]",
        ),
    ]);
}

#[test]
fn a_bad_input_is_named_by_its_key() {
    each_names_its_field(&[
        (
            |_, a| {
                drop(
                    a.inputs
                        .insert("x".into(), proto::InputValue { kind: None }),
                )
            },
            "application.inputs[\"x\"]",
        ),
        (
            |_, a| drop(a.inputs.insert("x".into(), number("1e2"))),
            "application.inputs[\"x\"]",
        ),
        (
            |_, a| drop(a.inputs.insert("x".repeat(129), number("1"))),
            "application.inputs",
        ),
        (
            |_, a| drop(a.inputs.insert(String::new(), number("1"))),
            "application.inputs",
        ),
    ]);
}

#[test]
fn everything_that_is_wrong_is_reported_at_once() {
    let mut fields = fields_after(|request, application| {
        request.rule_set = "a b".into();
        application.id.clear();
        application.product.clear();
        application.term = None;
        amount(application).currency = "dollars".into();
        application.applicants[0].account_ids = vec!["x".into(), "fca_one".into(), "y".into()];
    });
    fields.sort();
    assert_eq!(
        fields,
        [
            "application.applicants[0].account_ids[0]",
            "application.applicants[0].account_ids[2]",
            "application.id",
            "application.product",
            "application.requested_amount.currency",
            "application.term",
            "rule_set",
        ]
    );
}

#[test]
fn no_application_at_all_is_one_problem() {
    let mut request = good_request("k");
    request.application = None;
    assert_eq!(
        parse(request),
        Err(vec![("application".to_owned(), "is required".to_owned())])
    );
}

#[test]
fn limits_hold_below_at_and_above() {
    let with_accounts = |count: usize| {
        let mut request = good_request("k");
        let applicant = &mut request.application.as_mut().unwrap().applicants[0];
        applicant.account_ids = (0..count).map(|n| format!("fca_{n}")).collect();
        parse(request).is_ok()
    };
    let max = limits::ACCOUNTS_MAX;
    assert_eq!(
        [max - 1, max, max + 1].map(with_accounts),
        [true, true, false]
    );
    let with_inputs = |count: usize| {
        let mut request = good_request("k");
        let inputs = (0..count).map(|n| (n.to_string(), number("1"))).collect();
        request.application.as_mut().unwrap().inputs = inputs;
        parse(request).is_ok()
    };
    let max = limits::INPUTS_MAX;
    assert_eq!(
        [max - 1, max, max + 1].map(with_inputs),
        [true, true, false]
    );
}

#[test]
fn a_page_has_its_default_and_its_limits() {
    let size = |page_size: i32, view: proto::DecisionView| {
        let request = proto::ListDecisionsRequest {
            page_size,
            view: view.into(),
            ..Default::default()
        };
        list_request(&TenantId::default_tenant(), &request)
            .unwrap()
            .page_size
    };
    let summary = proto::DecisionView::Summary;
    assert_eq!(size(0, summary), 50);
    assert_eq!(
        [999, 1_000, 1_001].map(|page| size(page, summary)),
        [999, 1_000, 1_000]
    );
    let full = proto::DecisionView::Full;
    assert_eq!([49, 50, 51].map(|page| size(page, full)), [49, 50, 50]);
    for page_size in [-1, i32::MIN] {
        let request = proto::ListDecisionsRequest {
            page_size,
            ..Default::default()
        };
        let problems = list_request(&TenantId::default_tenant(), &request).unwrap_err();
        assert_eq!(problems[0].field, "page_size");
    }
}

#[test]
fn timestamps_are_checked_and_rounded_up_to_the_second() {
    let at = |seconds, nanos| instant(&prost_types::Timestamp { seconds, nanos });
    assert_eq!(at(10, 0).unwrap().timestamp(), 10);
    assert_eq!(at(10, 1).unwrap().timestamp(), 11);
    for (seconds, nanos) in [
        (i64::MAX, 0),
        (i64::MIN, 0),
        (253_402_300_800, 0),
        (0, -1),
        (0, 1_000_000_000),
    ] {
        assert!(at(seconds, nanos).is_err(), "{seconds} {nanos}");
    }
}

#[test]
fn a_list_names_the_bad_filter() {
    let request = proto::ListDecisionsRequest {
        start_time: Some(prost_types::Timestamp {
            seconds: 10,
            nanos: 0,
        }),
        end_time: Some(prost_types::Timestamp {
            seconds: 9,
            nanos: 0,
        }),
        outcome: 9,
        rule_set: "a b".into(),
        application_id: "é".into(),
        page_token: "nonsense".into(),
        ..Default::default()
    };
    let problems = list_request(&TenantId::default_tenant(), &request).unwrap_err();
    let fields: Vec<&str> = problems
        .iter()
        .map(|problem| problem.field.as_str())
        .collect();
    assert_eq!(
        fields,
        ["outcome", "rule_set", "application_id", "end_time"]
    );
    let request = proto::ListDecisionsRequest {
        page_token: "nonsense".into(),
        ..Default::default()
    };
    let problems = list_request(&TenantId::default_tenant(), &request).unwrap_err();
    assert_eq!(problems[0].field, "page_token");
}

#[test]
fn no_problem_repeats_a_name_or_an_address() {
    let mut request = good_request("k");
    let applicant = &mut request.application.as_mut().unwrap().applicants[0];
    let identity = applicant.identity.as_mut().unwrap();
    identity.name = "Zebulon".repeat(100);
    identity.email = "zebulon@example.org".repeat(100);
    for (_, problem) in parse(request).unwrap_err() {
        assert!(!problem.to_lowercase().contains("zebulon"), "{problem}");
    }
}

proptest::proptest! {
    #[test]
    fn a_decimal_is_read_exactly_or_refused(text in "[-+]?[0-9_.e,]{0,12}") {
        if let Ok(number) = decimal(&text) {
            proptest::prop_assert_eq!(number, text.parse::<Decimal>().unwrap());
            proptest::prop_assert!(!text.contains(['_', 'e', ',', '+']));
        }
    }
}

#[test]
fn an_enum_that_is_not_set_and_one_that_is_not_known_are_told_apart() {
    for (number, problem) in [(0, "is required: "), (77, "is not known: ")] {
        let mut request = good_request("k");
        let application = request.application.as_mut().unwrap();
        application.term.as_mut().unwrap().unit = number;
        application.repayment_frequency = number;
        application.applicants[0].role = number;
        let problems = parse(request).unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(
            problems.iter().all(|(_, text)| text.starts_with(problem)),
            "{problems:?}"
        );
    }
}

#[test]
fn control_characters_are_refused_but_an_address_may_have_lines() {
    assert_eq!(
        fields_after(|_, a| {
            a.product = "personal\0loan".to_owned();
            a.purpose = "\u{1b}[2Jcar".to_owned();
            let identity = a.applicants[0].identity.as_mut().unwrap();
            identity.name = "Robin\u{85}Ames".to_owned();
            identity.address = Some(proto::Address {
                street: "1 Main Street\nApt 2".to_owned(),
                ..proto::Address::default()
            });
        }),
        [
            "application.product",
            "application.purpose",
            "application.applicants[0].identity.name"
        ]
    );
}

#[test]
fn the_name_of_an_input_cannot_break_out_of_its_path() {
    assert_eq!(
        fields_after(|_, a| {
            let empty = proto::InputValue { kind: None };
            a.inputs.insert("\u{1b}[2J\"".to_owned(), empty);
        }),
        ["application.inputs"]
    );
}

#[test]
fn a_decision_is_named_by_its_id_or_by_its_key() {
    let asked = |id: &str, key: &str| {
        let named = get_decision_request(&proto::GetDecisionRequest {
            id: id.to_owned(),
            idempotency_key: key.to_owned(),
            view: 0,
        });
        named
            .map(|(name, _)| name.as_str().to_owned())
            .map_err(|problems| problems[0].field.clone())
    };
    assert_eq!(asked("dec_1", ""), Ok("dec_1".to_owned()));
    assert_eq!(asked("", "k1"), Ok("k1".to_owned()));
    assert_eq!(asked("", ""), Err("id".to_owned()));
    assert_eq!(asked("k1", ""), Err("id".to_owned()));
    assert_eq!(asked("", "k 1"), Err("idempotency_key".to_owned()));
    assert_eq!(asked("dec_1", "k1"), Err("idempotency_key".to_owned()));
}

#[test]
fn pages_of_what_is_pending_have_their_limits() {
    let asked = |page_size, page_token: &str| {
        let request = proto::ListPendingDecisionsRequest {
            page_size,
            page_token: page_token.to_owned(),
        };
        list_pending_request(&TenantId::default_tenant(), &request)
    };
    let max = limits::PAGE_SIZE_MAX;
    let most = i32::try_from(max).unwrap();
    for (wire, size) in [
        (0, limits::PAGE_SIZE_DEFAULT),
        (most - 1, max - 1),
        (most, max),
        (most + 1, max),
    ] {
        assert_eq!(asked(wire, ""), Ok((None, size)));
    }
    assert_eq!(asked(-1, "").unwrap_err()[0].field, "page_size");
    let decisions = Listing::decisions(
        &TenantId::default_tenant(),
        &Filter::default(),
        &Narrowing::default(),
    );
    let refused = asked(1, &decisions.token(7)).unwrap_err();
    assert_eq!(refused[0].field, "page_token");
    let token = Listing::pending(&TenantId::default_tenant()).token(7);
    assert_eq!(asked(1, &token), Ok((Some(PendingCursor(7)), 1)));
}
