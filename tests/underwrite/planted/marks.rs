//! What is planted, where, and the search for it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use aho_corasick::AhoCorasick;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor,
    ReflectMessage, Value,
};
use serde_json::json;
use tonic::Status;
use tonic_types::StatusExt;
use underwrite::proto;

use super::super::harness::{self, RULES, now};

/// What every text that is planted begins with.
pub(super) const PREFIX: &str = "zqplant";
pub(super) const STRIPE_KEY: &str = "sk_test_zqplantkey";
pub(super) const WEBHOOK_SECRET: &str = "whsec_zqplantsecret";

/// Numbers and dates that are planted: whole, or the digits before the point.
const NUMBERS: [&str; 9] = [
    "73919417",
    "84029518",
    "95139619",
    "61248730",
    "50137629",
    "39026518",
    "28.71940355",
    "1931-07-13",
    "2028-08-13",
];
const PHONE: &str = "2125550173946";

/// Every scope but those that let change who may call.
pub(super) const EVERY_SCOPE: [&str; 9] = [
    "decide",
    "read",
    "read:personal",
    "review",
    "override",
    "servicing",
    "admin",
    "metrics",
    "replay",
];

/// The texts of a request that say something of a person, or may.
const PERSONAL: [&str; 18] = [
    "application.first_payment_date.value",
    "application.applicants.identity.address.city",
    "application.applicants.identity.address.country",
    "application.applicants.identity.address.postal_code",
    "application.applicants.identity.address.region",
    "application.applicants.identity.address.street",
    "application.applicants.identity.email",
    "application.applicants.identity.name",
    "application.applicants.identity.phone",
    "application.inputs.date.value",
    "application.inputs.money.amount",
    "application.inputs.number.value",
    "application.inputs.text",
    "application.product",
    "application.purpose",
    "application.requested_amount.amount",
    "application.stream_reviews.reason",
    "application.stream_reviews.reviewer",
];

/// The texts of a request that name things, and are not about anybody.
const NAMES: [&str; 13] = [
    "application.applicants.account_ids",
    "application.applicants.handles",
    "application.applicants.id",
    "application.bank_data.stripe_account",
    "application.debit_account",
    "application.id",
    "application.inputs{}",
    "application.inputs.money.currency",
    "application.requested_amount.currency",
    "application.stream_reviews.account_id",
    "application.stream_reviews.transaction_id",
    "idempotency_key",
    "rule_set",
];

/// The texts of a request to settle a decision that say something of a person, or may.
const PERSONAL_IN_ANSWERS: [&str; 8] = [
    "answers.evidence",
    "answers.reviewer",
    "answers.value.date.value",
    "answers.value.money.amount",
    "answers.value.number.value",
    "answers.value.text",
    "stream_reviews.reason",
    "stream_reviews.reviewer",
];

/// The texts of it that name things.
const NAMES_IN_ANSWERS: [&str; 6] = [
    "answers.fact",
    "answers.value.money.currency",
    "decision_id",
    "idempotency_key",
    "stream_reviews.account_id",
    "stream_reviews.transaction_id",
];

/// The texts of a snapshot that say something of a person, or are whatever the bank sent.
const PERSONAL_AT_THE_BANK: [&str; 14] = [
    "balance.available.amount",
    "balance.current.amount",
    "balance.used.amount",
    "category_text",
    "institution",
    "last4",
    "owners.email",
    "owners.name",
    "owners.phone",
    "owners.raw_address",
    "subcategory_text",
    "transactions.amount.amount",
    "transactions.description",
    "transactions.status_text",
];

/// The texts of a snapshot that name things, or are ours. An account whose status is unknown is not
/// read.
const NAMES_AT_THE_BANK: [&str; 11] = [
    "account_id",
    "balance.available.currency",
    "balance.current.currency",
    "balance.used.currency",
    "first_covered_date.value",
    "hash",
    "last_covered_date.value",
    "status_text",
    "stripe_account",
    "transactions.amount.currency",
    "transactions.id",
];

const ACCOUNTS: [&str; 3] = ["fca_one", "fca_two", "fca_three"];

/// What Stripe answers that it should not, with a status.
pub(super) const BAD_ANSWERS: [(u16, &str); 9] = [
    (200, "zqplant is no JSON"),
    (200, "{\"id\": \"fca_zqplant\", \"livemode\": \"zqplant\"}"),
    (
        200,
        "{\"id\": \"fca_zqplant\", \"livemode\": false, \"category\": \"cash\", \
         \"subcategory\": \"checking\", \"status\": \"active\"}",
    ),
    (
        200,
        "{\"id\": \"fca_one\", \"livemode\": false, \"category\": \"cash\", \
         \"subcategory\": \"checking\", \"status\": \"zqplant\"}",
    ),
    (
        200,
        "{\"id\": \"fca_one\", \"livemode\": false, \"category\": \"cash\", \
         \"subcategory\": \"checking\", \"status\": \"active\", \
         \"balance\": {\"as_of\": \"zqplant\", \"current\": {\"zqplant\": \"zqplant\"}}}",
    ),
    (
        400,
        "{\"error\": {\"type\": \"zqplant type\", \"code\": \"zqplant code\", \
         \"message\": \"zqplant message\", \"param\": \"zqplant param\"}}",
    ),
    (
        401,
        "{\"error\": {\"type\": \"invalid_request_error\", \"message\": \"zqplant message\"}}",
    ),
    (
        404,
        "{\"error\": {\"type\": \"invalid_request_error\", \"code\": \"zqplant code\", \
         \"message\": \"zqplant message\", \"param\": \"zqplant param\"}}",
    ),
    (502, "<html>zqplant</html>"),
];

/// The rule set that ships, with inputs of every kind beside its own.
pub(super) fn rules() -> String {
    let mut text = std::str::from_utf8(RULES).unwrap().to_owned();
    for (name, kind) in [
        ("note", "text"),
        ("sum", "money"),
        ("factor", "ratio"),
        ("day", "date"),
        ("note_later", "text"),
        ("sum_later", "money"),
        ("factor_later", "ratio"),
        ("day_later", "date"),
    ] {
        text.push_str(&format!(
            "\n[inputs.{name}]\ntype = \"{kind}\"\nrequired = false\ndoc = \"Planted.\"\n"
        ));
    }
    text
}

/// A request with something planted in every personal field.
pub(super) fn request() -> proto::DecideRequest {
    use proto::input_value::Kind;
    let name = format!("{PREFIX} applicant");
    let mut request = harness::request("k", &name, &ACCOUNTS);
    let application = harness::application(&mut request);
    let text = |what: &str| format!("{PREFIX} {what}");
    let date = |text: &str| proto::Date {
        value: text.to_owned(),
    };
    application.product = text("product");
    application.purpose = text("purpose");
    application.requested_amount = Some(harness::usd("73919417.25"));
    application.first_payment_date = Some(date("2028-08-13"));
    let identity = application.applicants[0].identity.as_mut().unwrap();
    identity.email = format!("{PREFIX}@example.com");
    identity.phone = PHONE.to_owned();
    identity.address = Some(proto::Address {
        street: text("street"),
        city: text("city"),
        region: text("region"),
        postal_code: text("code"),
        country: text("country"),
    });
    let number = proto::Decimal {
        value: "28.71940355".to_owned(),
    };
    let inputs = [
        ("note", Kind::Text(text("note"))),
        ("sum", Kind::Money(harness::usd("84029518.50"))),
        ("factor", Kind::Number(number)),
        ("day", Kind::Date(date("1931-07-13"))),
    ];
    application.inputs = inputs
        .map(|(name, kind)| (name.to_owned(), proto::InputValue { kind: Some(kind) }))
        .into();
    application.stream_reviews = vec![proto::StreamReview {
        account_id: ACCOUNTS[0].to_owned(),
        transaction_id: "fctxn_nothing".to_owned(),
        verdict: proto::ReviewVerdict::Confirmed.into(),
        reviewer: text("reviewer"),
        reason: text("reason"),
        review_time: Some(prost_types::Timestamp::default()),
    }];
    request
}

/// A request to settle a decision with something planted in every personal field.
pub(super) fn resolve_request(of: &str) -> proto::ResolveDecisionRequest {
    use proto::input_value::Kind;
    let text = |what: &str| format!("{PREFIX} {what}");
    let number = proto::Decimal {
        value: "28.71940355".to_owned(),
    };
    let date = proto::Date {
        value: "1931-07-13".to_owned(),
    };
    let answers = [
        ("inputs.note_later", Kind::Text(text("note"))),
        ("inputs.sum_later", Kind::Money(harness::usd("84029518.50"))),
        ("inputs.factor_later", Kind::Number(number)),
        ("inputs.day_later", Kind::Date(date)),
    ];
    let answers = answers.map(|(fact, kind)| proto::Answer {
        fact: fact.to_owned(),
        value: Some(proto::InputValue { kind: Some(kind) }),
        reviewer: text("reviewer"),
        evidence: text("evidence"),
        answer_time: Some(prost_types::Timestamp::default()),
    });
    let mut asked = request();
    proto::ResolveDecisionRequest {
        idempotency_key: "r".to_owned(),
        decision_id: of.to_owned(),
        answers: answers.into(),
        stream_reviews: std::mem::take(&mut harness::application(&mut asked).stream_reviews),
        view: proto::DecisionView::Full.into(),
    }
}

/// The accounts of the request as Stripe tells them: one that holds money, one of a kind that nobody
/// knows, one that owes.
pub(super) fn write_accounts(folder: &Path) {
    let at = now().timestamp();
    let text = |what: &str| format!("{PREFIX} {what}");
    let mut objects = Vec::new();
    for (index, id) in ACCOUNTS.iter().enumerate() {
        let name = id.trim_start_matches("fca_");
        let (category, subcategory) = match index {
            0 => ("cash".to_owned(), "checking".to_owned()),
            1 => (text("category"), text("subcategory")),
            _ => ("credit".to_owned(), "credit_card".to_owned()),
        };
        let balance = match index {
            2 => json!({
                "as_of": at, "type": "credit", "current": { "usd": -5_013_762_999_i64 },
                "credit": { "used": { "usd": 5_013_762_999_i64 } },
            }),
            _ => json!({
                "as_of": at, "type": "cash", "current": { "usd": 9_513_961_999_i64 },
                "cash": { "available": { "usd": 6_124_873_000_i64 } },
            }),
        };
        objects.push(json!({
            "id": id, "object": "financial_connections.account",
            "category": category, "subcategory": subcategory, "status": "active", "livemode": false,
            "institution_name": text("bank"), "display_name": text("display"),
            "last4": text("last4"),
            "account_holder": { "type": "customer", "customer": "cus_zqplant" },
            "account_numbers": [{ "identifier_type": "account_number", "status": "active",
                "account_number": text("number"), "supported_networks": ["ach"] }],
            "permissions": ["balances", "ownership", "payment_method", "transactions"],
            "balance": balance, "ownership": format!("fcaowns_{name}"),
            "zqplant": text("unknown"),
        }));
        objects.push(json!({
            "id": format!("fcaowns_{name}"), "object": "financial_connections.account_ownership",
            "created": at,
            "owners": { "object": "list", "has_more": false, "data": [{
                "object": "financial_connections.account_owner", "name": text("owner"),
                "email": format!("owner.{PREFIX}@example.com"), "phone": PHONE,
                "raw_address": text("raw address"), "refreshed_at": at,
            }] },
        }));
        for row in 0..40 {
            let day = at - row * 86_400;
            let status = match (index, row) {
                (1, 3) => text("row status"),
                _ => "posted".to_owned(),
            };
            objects.push(json!({
                "id": format!("fctxn_{name}_{row}"), "object": "financial_connections.transaction",
                "account": id, "amount": 3_902_651_800_i64, "currency": "usd",
                "description": format!("{PREFIX} EMPLOYER PAYROLL PPD ID: {PHONE}"),
                "livemode": false, "status": status,
                "status_transitions": { "posted_at": day, "void_at": null },
                "transacted_at": day,
            }));
        }
    }
    let bytes = serde_json::to_vec(&objects).unwrap();
    std::fs::write(folder.join("planted.json"), bytes).unwrap();
}

/// What is put where it does not belong: no name of anything, and too long.
pub(super) fn misplaced() -> [String; 2] {
    [format!("{PREFIX} José & Söhne"), PREFIX.repeat(200)]
}

/// Every method of the services of the house, with what it takes.
pub(super) fn methods() -> Vec<(String, MessageDescriptor)> {
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).unwrap();
    let services: Vec<_> = pool.services().collect();
    services
        .iter()
        .flat_map(|service| {
            service.methods().map(|method| {
                let path = format!("/{}/{}", service.full_name(), method.name());
                (path, method.input())
            })
        })
        .collect()
}

/// Where a text is in a message; `key` where it is a key of the map at the end.
#[derive(Debug, Clone)]
pub(super) struct TextField {
    path: Vec<FieldDescriptor>,
    key: bool,
}

/// How it is called in the lists above.
pub(super) fn name(field: &TextField) -> String {
    let names: Vec<&str> = field.path.iter().map(FieldDescriptor::name).collect();
    let key = if field.key { "{}" } else { "" };
    format!("{}{key}", names.join("."))
}

/// Every text of a message and of those inside of it.
pub(super) fn text_fields(message: &MessageDescriptor) -> Vec<TextField> {
    let mut found = Vec::new();
    collect(message, &[], &mut found);
    found
}

fn collect(message: &MessageDescriptor, above: &[FieldDescriptor], found: &mut Vec<TextField>) {
    for field in message.fields() {
        let path = [above, std::slice::from_ref(&field)].concat();
        let kind = if field.is_map() {
            let key = true;
            found.push(TextField {
                path: path.clone(),
                key,
            });
            let kind = field.kind();
            let entry = kind.as_message().unwrap();
            entry.map_entry_value_field().kind()
        } else {
            field.kind()
        };
        if let Kind::Message(inner) = kind {
            collect(&inner, &path, found);
        } else if kind == Kind::String {
            found.push(TextField { path, key: false });
        }
    }
}

/// Puts a text into one field of a message.
pub(super) fn put(message: &mut DynamicMessage, field: &TextField, text: &str) {
    put_at(message, &field.path, field.key, text);
}

fn put_at(message: &mut DynamicMessage, path: &[FieldDescriptor], key: bool, text: &str) {
    let (field, rest) = path.split_first().unwrap();
    let text_value = || Value::String(text.to_owned());
    let inner = |kind: Kind| DynamicMessage::new(kind.as_message().unwrap().clone());
    if field.is_map() {
        let kind = field.kind();
        let entry = kind.as_message().unwrap();
        let mut value = inner(entry.map_entry_value_field().kind());
        let name = if key { text } else { "note" };
        if !key {
            put_at(&mut value, rest, key, text);
        }
        let map = message.get_field_mut(field).as_map_mut().unwrap();
        map.insert(MapKey::String(name.to_owned()), Value::Message(value));
    } else if rest.is_empty() && field.is_list() {
        message.set_field(field, Value::List(vec![text_value()]));
    } else if rest.is_empty() {
        message.set_field(field, text_value());
    } else if field.is_list() {
        let list = message.get_field_mut(field).as_list_mut().unwrap();
        if list.is_empty() {
            list.push(Value::Message(inner(field.kind())));
        }
        put_at(list[0].as_message_mut().unwrap(), rest, key, text);
    } else {
        let below = message.get_field_mut(field).as_message_mut().unwrap();
        put_at(below, rest, key, text);
    }
}

/// Every text in a message that is not empty, with where it is.
fn texts(message: &DynamicMessage, above: &str, found: &mut Vec<(String, String)>) {
    for (field, value) in message.fields() {
        texts_in(value, &format!("{above}{}", field.name()), found);
    }
}

fn texts_in(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    if let Some(text) = value.as_str() {
        found.push((path.to_owned(), text.to_owned()));
    } else if let Some(inner) = value.as_message() {
        texts(inner, &format!("{path}."), found);
    } else if let Some(all) = value.as_list() {
        all.iter().for_each(|one| texts_in(one, path, found));
    } else if let Some(all) = value.as_map() {
        all.values().for_each(|one| texts_in(one, path, found));
    }
}

/// What is looked for.
pub(super) struct Marks {
    planted: Vec<String>,
    secrets: Vec<String>,
    /// Where something was found.
    found: Mutex<Vec<String>>,
}

impl Marks {
    /// Those of the request; in each of its personal fields there is one, and no text of it is
    /// forgotten.
    pub(super) fn new() -> Self {
        let numbers = NUMBERS.iter().chain([&PREFIX, &PHONE]);
        let marks = Self {
            planted: numbers.map(|mark| (*mark).to_owned()).collect(),
            secrets: vec![STRIPE_KEY.to_owned(), WEBHOOK_SECRET.to_owned()],
            found: Mutex::default(),
        };
        let request = transcoded(&request(), "underwrite.v1.DecideRequest");
        marks.assert_planted(&[request], &PERSONAL, &NAMES);
        let message = "underwrite.v1.ResolveDecisionRequest";
        let request = transcoded(&resolve_request("dec_1"), message);
        marks.assert_planted(&[request], &PERSONAL_IN_ANSWERS, &NAMES_IN_ANSWERS);
        super::follow_ups::assert_planted(&marks);
        marks
    }

    /// No text of a snapshot is forgotten either.
    pub(super) fn learn_snapshots(&self, snapshots: &[proto::Snapshot]) {
        let shown = snapshots.iter();
        let shown: Vec<_> = shown
            .map(|snapshot| transcoded(snapshot, "underwrite.v1.Snapshot"))
            .collect();
        self.assert_planted(&shown, &PERSONAL_AT_THE_BANK, &NAMES_AT_THE_BANK);
    }

    pub(super) fn add_secret(&mut self, secret: &str) {
        assert!(secret.len() >= 32);
        self.secrets.push(secret.to_owned());
    }

    pub(super) fn assert_planted(
        &self,
        messages: &[DynamicMessage],
        personal: &[&str],
        names: &[&str],
    ) {
        let fields = text_fields(&messages[0].descriptor());
        let fields: BTreeSet<String> = fields.iter().map(name).collect();
        let known = personal.iter().chain(names).map(|name| (*name).to_owned());
        assert_eq!(fields, known.collect(), "each is either personal or a name");
        let mut there = Vec::new();
        messages
            .iter()
            .for_each(|message| texts(message, "", &mut there));
        for path in personal {
            let marked = |(at, text): &(String, String)| {
                at == path && self.first_in(text.as_bytes()).is_some()
            };
            assert!(
                there.iter().any(marked),
                "nothing is planted in `{path}`: {there:?}"
            );
        }
    }

    /// The first thing planted that is in there.
    fn first_in(&self, bytes: &[u8]) -> Option<usize> {
        let all = self.planted.iter().chain(&self.secrets);
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(all);
        search.unwrap().find(bytes).map(|found| found.start())
    }

    /// Looks for what is planted, and remembers where it was found.
    pub(super) fn search(&self, place: &str, bytes: &[u8]) {
        if let Some(at) = self.first_in(bytes) {
            let around = &bytes[at.saturating_sub(300)..bytes.len().min(at + 100)];
            let found = format!("{place}: {}", String::from_utf8_lossy(around));
            self.found.lock().unwrap().push(found);
        }
    }

    /// Nothing was found in all that was searched.
    #[track_caller]
    pub(super) fn assert_nothing_found(&self) {
        let found = self.found.lock().unwrap();
        assert!(
            found.is_empty(),
            "planted, and found in\n{}",
            found.join("\n\n")
        );
    }

    /// All of this is in there.
    pub(super) fn assert_in(place: &str, bytes: &[u8], wanted: &[&str]) {
        for text in wanted {
            let found = AhoCorasick::new([text]).unwrap().is_match(bytes);
            assert!(found, "`{text}` is not in {place}");
        }
    }

    /// The same in a refusal: its message, its details, its headers.
    pub(super) fn search_refusal(&self, what: &str, status: &Status) {
        let details = status.get_error_details();
        let shown = format!("{status:?} {details:?} {:?}", status.metadata());
        self.search(&format!("the refusal of {what}"), shown.as_bytes());
        self.search(&format!("the details of {what}"), status.details());
    }

    /// No secret is in there; what is planted may be.
    pub(super) fn assert_no_secret(&self, place: &Path, bytes: &[u8]) {
        let found = AhoCorasick::new(&self.secrets).unwrap().is_match(bytes);
        assert!(!found, "a secret is in clear in {}", place.display());
    }
}

pub(super) fn transcoded(message: &impl Message, name: &str) -> DynamicMessage {
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).unwrap();
    let descriptor = pool.get_message_by_name(name).unwrap();
    DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice()).unwrap()
}
