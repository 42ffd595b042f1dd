use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::limits;

/// Stripe's own vector.
const BODY: &[u8] = br#"{"object":"event","id":"evt_1","type":"financial_connections.account.refreshed_balance","data":{"object":{"id":"fca_1","object":"financial_connections.account"}}}"#;
const SECRET: &str = "whsec_x";
const SIGNATURE: &str = "e7ec3f7ee80dd9e188b76c0916a156cb5dcdf0ae982550b0792f3d38a7a6cae7";
const SIGNED: i64 = 1_700_000_000;

fn secrets(text: &str) -> SigningSecrets {
    SigningSecrets::parse(text).unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn verify(header: &str, now: i64) -> Result<(), WebhookError> {
    secrets(SECRET).verify(BODY, Some(header), at(now))
}

fn vector() -> String {
    format!("t={SIGNED},v1={SIGNATURE}")
}

#[test]
fn the_published_vector_verifies_and_is_what_is_signed() {
    let event = open(BODY, Some(&vector()), &secrets(SECRET), at(SIGNED)).unwrap();
    assert_eq!(event.id.as_str(), "evt_1");
    assert_eq!(
        event.kind,
        "financial_connections.account.refreshed_balance"
    );
    assert_eq!(event.account().unwrap().as_str(), "fca_1");
    assert_eq!(secrets(SECRET).header(BODY, at(SIGNED)), vector());
}

#[test]
fn any_v1_of_any_secret_will_do() {
    let wrong = "0".repeat(64);
    for header in [
        format!("t={SIGNED},v1={wrong},v1={SIGNATURE}"),
        format!("t={SIGNED},v1={SIGNATURE},v1={wrong}"),
        format!("v1={SIGNATURE},v0=whatever,t={SIGNED},v2="),
    ] {
        assert_eq!(verify(&header, SIGNED), Ok(()), "{header}");
    }
    for rotated in ["whsec_new,whsec_x", "whsec_x\nwhsec_new\n"] {
        let verified = secrets(rotated).verify(BODY, Some(&vector()), at(SIGNED));
        assert_eq!(verified, Ok(()));
    }
    // Stripe signs with both secrets while one is rotated, and we may know only one of them.
    let both = secrets("whsec_x,whsec_new").header(BODY, at(SIGNED));
    let verified = secrets("whsec_new").verify(BODY, Some(&both), at(SIGNED));
    assert_eq!(verified, Ok(()));
}

#[test]
fn another_secret_body_or_scheme_does_not_match() {
    let other = secrets("whsec_y").verify(BODY, Some(&vector()), at(SIGNED));
    assert_eq!(other, Err(WebhookError::NoMatch));
    let spaced = [BODY, b" "].concat();
    let tampered = secrets(SECRET).verify(&spaced, Some(&vector()), at(SIGNED));
    assert_eq!(tampered, Err(WebhookError::NoMatch));
    let later = format!("t={},v1={SIGNATURE}", SIGNED + 1);
    assert_eq!(verify(&later, SIGNED), Err(WebhookError::NoMatch));
    // The same number, written otherwise, is not what was signed.
    let padded = format!("t=0{SIGNED},v1={SIGNATURE}");
    assert_eq!(verify(&padded, SIGNED), Err(WebhookError::NoMatch));
    let weaker = format!("t={SIGNED},v0={SIGNATURE}");
    assert!(matches!(
        verify(&weaker, SIGNED),
        Err(WebhookError::Header(_))
    ));
}

#[test]
fn what_is_no_signature_is_refused_by_its_form() {
    let none = secrets(SECRET).verify(BODY, None, at(SIGNED));
    assert_eq!(none, Err(WebhookError::NoSignature));
    for header in [
        String::new(),
        format!("v1={SIGNATURE}"),
        format!("t={SIGNED}"),
        format!("t={SIGNED},t={SIGNED},v1={SIGNATURE}"),
        format!("t=,v1={SIGNATURE}"),
        format!("t=+{SIGNED},v1={SIGNATURE}"),
        format!("t=-1,v1={SIGNATURE}"),
        format!("t=99999999999999999999,v1={SIGNATURE}"),
        format!("t={SIGNED},v1={SIGNATURE}0"),
        format!("t={SIGNED},v1={}g", SIGNATURE.trim_end_matches('7')),
        format!("t={SIGNED},v1=+{}", "0".repeat(63)),
        format!("t={SIGNED},v1={SIGNATURE},"),
    ] {
        let refused = verify(&header, SIGNED).unwrap_err();
        assert!(matches!(refused, WebhookError::Header(_)), "{header}");
        assert_eq!(refused.code(), "webhook_signature");
    }
}

#[test]
fn time_is_tolerated_either_way_below_and_at_the_limit_and_not_above() {
    let tolerance = i64::try_from(limits::WEBHOOK_TOLERANCE.as_secs()).unwrap();
    let verify = |age| verify(&vector(), SIGNED + age);
    for age in [0, tolerance - 1, tolerance, 1 - tolerance, -tolerance] {
        assert_eq!(verify(age), Ok(()), "{age}");
    }
    let seconds = tolerance.unsigned_abs() + 1;
    let (old, new) = (verify(tolerance + 1), verify(-tolerance - 1));
    assert_eq!(old, Err(WebhookError::TooOld { seconds }));
    assert_eq!(new, Err(WebhookError::TooNew { seconds }));
    assert_eq!(old.unwrap_err().code(), "webhook_too_old");
    assert_eq!(new.unwrap_err().code(), "webhook_too_new");
}

#[test]
fn the_number_of_signatures_is_limited() {
    let max = limits::WEBHOOK_SIGNATURES_MAX;
    let many = |count: usize| {
        let wrong = format!(",v1={}", "0".repeat(64)).repeat(count - 1);
        verify(&format!("t={SIGNED}{wrong},v1={SIGNATURE}"), SIGNED)
    };
    assert_eq!((many(max - 1), many(max)), (Ok(()), Ok(())));
    assert!(matches!(many(max + 1), Err(WebhookError::Header(_))));
}

#[test]
fn secrets_are_stripes_not_too_many_and_never_shown() {
    let max = limits::WEBHOOK_SECRETS_MAX;
    let many = |count| SigningSecrets::parse(&vec!["whsec_a"; count].join(","));
    assert!(many(max - 1).is_ok() && many(max).is_ok());
    assert_eq!(many(max + 1).unwrap_err(), SecretsError::TooMany { max });
    let refused = |text| SigningSecrets::parse(text).unwrap_err();
    assert_eq!(
        (refused(""), refused(" ,\n")),
        (SecretsError::None, SecretsError::None)
    );
    for text in [
        "sk_test_1",
        "whsec_",
        "\"whsec_a\"",
        "whsec_a whsec_b",
        "WHSEC_a",
    ] {
        assert_eq!(refused(text), SecretsError::Form, "{text}");
    }
    assert!(SigningSecrets::parse("whsec_MfKQ9r8+/w==\r\n").is_ok());
    assert_eq!(
        format!("{:?}", secrets("whsec_hidden")),
        "SigningSecrets(1)"
    );
}

#[test]
fn a_full_event_is_read_with_its_account() {
    let event = Event::parse(
        br#" {"object":"event","id":"evt_2","type":"financial_connections.account.disconnected",
        "created":1700000000,"livemode":true,"account":"acct_9","api_version":null,"new":[1],
        "data":{"object":{"object":"financial_connections.account","id":"fca_2",
        "status":"disconnected","display_name":"Checking"},"previous_attributes":{}}}"#,
    )
    .unwrap();
    assert_eq!(event.created, Some(at(SIGNED)));
    assert_eq!(event.livemode, Some(true));
    assert_eq!(event.connected.as_ref().unwrap().as_str(), "acct_9");
    assert_eq!(event.account().unwrap().as_str(), "fca_2");
    let status = event.subject.unwrap().status;
    assert_eq!(status.as_deref(), Some("disconnected"));
}

#[test]
fn a_thin_event_names_its_account() {
    let event = Event::parse(
        br#"{"object":"v2.core.event","id":"evt_test_65R9",
        "type":"v1.financial_connections.account.balance_refresh_failed","livemode":false,
        "created":"2023-11-14T22:13:20.000Z","context":"org_1/acct_9","reason":null,
        "related_object":{"id":"fca_3","type":"financial_connections.account",
        "url":"/v1/financial_connections/accounts/fca_3"}}"#,
    )
    .unwrap();
    assert_eq!(event.created, Some(at(SIGNED)));
    assert_eq!(event.connected.as_ref().unwrap().as_str(), "acct_9");
    assert_eq!(event.account().unwrap().as_str(), "fca_3");
}

#[test]
fn unknown_types_objects_and_null_fields_are_fine() {
    for body in [
        r#"{"id":"evt_1","type":"invoice.paid"}"#,
        r#"{"id":"evt_1","type":"a","object":null,"data":null,"livemode":null,"created":null,
            "account":null,"context":null,"related_object":null}"#,
        r#"{"id":"evt_1","type":"a","data":{"object":null}}"#,
        r#"{"id":"evt_1","type":"a","data":{"object":{"id":7,"object":[],"status":{"x":1}}}}"#,
        r#"{"id":"evt_1","type":"a","created":9223372036854775807,"account":"nobody"}"#,
        r#"{"id":"evt_1","type":"a","data":{"object":{"object":"customer","id":"fca_1"}}}"#,
        r#"{"id":"evt_1","type":"a","data":{"object":{"object":"financial_connections.account","id":"cus_1"}}}"#,
        r#"{"object":"v2.core.event","id":"evt_1","type":"v2.core.event_destination.ping"}"#,
    ] {
        let event = Event::parse(body.as_bytes()).unwrap_or_else(|why| panic!("{body}: {why}"));
        assert_eq!(event.account(), None, "{body}");
    }
}

#[test]
fn what_is_no_event_says_why() {
    let long = format!(
        r#"{{"id":"evt_1","type":"{}"}}"#,
        "a".repeat(limits::ID_BYTES_MAX + 1)
    );
    for (body, expected) in [
        ("", Malformed::Json { line: 1, column: 1 }),
        (
            "[null,\"evt_1\",\"a\"]",
            Malformed::Json { line: 1, column: 1 },
        ),
        ("{\n\"id\":}", Malformed::Json { line: 2, column: 6 }),
        (
            r#"{"object":"customer","id":"evt_1","type":"a"}"#,
            Malformed::Object,
        ),
        (r#"{"type":"a"}"#, Malformed::Id),
        (r#"{"id":"fca_1","type":"a"}"#, Malformed::Id),
        (r#"{"id":"evt_1"}"#, Malformed::Type),
        (r#"{"id":"evt_1","type":""}"#, Malformed::Type),
        (r#"{"id":"evt_1","type":"a\nb"}"#, Malformed::Type),
        (&long, Malformed::Type),
    ] {
        assert_eq!(Event::parse(body.as_bytes()), Err(expected), "{body}");
    }
    let header = secrets(SECRET).header(b"{}", at(SIGNED));
    let refused = open(b"{}", Some(&header), &secrets(SECRET), at(SIGNED)).unwrap_err();
    assert_eq!(refused.code(), "webhook_malformed");
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_nothing_else_does(
        body in proptest::collection::vec(any::<u8>(), 0..300),
        secret in "whsec_[A-Za-z0-9]{1,40}",
        seconds in 0_i64..4_000_000_000,
        age in -300_i64..=300,
        flip in any::<(prop::sample::Index, u8)>(),
    ) {
        let secrets = secrets(&secret);
        let header = secrets.header(&body, at(seconds));
        let now = at(seconds + age);
        prop_assert_eq!(secrets.verify(&body, Some(&header), now), Ok(()));
        if !body.is_empty() && flip.1 != 0 {
            let mut tampered = body.clone();
            tampered[flip.0.index(body.len())] ^= flip.1;
            let refused = secrets.verify(&tampered, Some(&header), now);
            prop_assert_eq!(refused, Err(WebhookError::NoMatch));
        }
    }

    #[test]
    fn any_header_and_any_body_are_answered(header in ".*", body in ".*") {
        let (secrets, now) = (secrets(SECRET), at(SIGNED));
        prop_assert!(secrets.verify(body.as_bytes(), Some(&header), now).is_err());
        let _ = Event::parse(body.as_bytes());
    }

    #[test]
    fn an_event_is_read_back_as_written(
        id in "evt_[A-Za-z0-9_]{1,30}",
        kind in "[a-z0-9_.]{1,60}",
        livemode in any::<Option<bool>>(),
        created in proptest::option::of(0_i64..4_000_000_000),
        status in proptest::option::of(".{0,20}"),
    ) {
        let body = serde_json::json!({
            "object": "event", "id": id, "type": kind, "livemode": livemode, "created": created,
            "data": { "object": { "status": status, "id": "fca_1" } },
        });
        let event = Event::parse(body.to_string().as_bytes()).unwrap();
        prop_assert_eq!(event.id.as_str(), id);
        prop_assert_eq!(event.kind, kind);
        prop_assert_eq!(event.livemode, livemode);
        prop_assert_eq!(event.created, created.map(at));
        prop_assert_eq!(event.subject.unwrap().status, status);
    }
}
