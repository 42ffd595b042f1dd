//! Wire messages as JSON: the mapping that protobuf defines, with the names of the proto files.
//! `proto/` is thereby the documentation of what is read and written. What is written has every field.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions,
};
use serde_json::Value;
use serde_path_to_error::Track;

use super::CliError;
use crate::application::ApplicationError;
use crate::proto;

/// The messages of the proto files, read once.
static MESSAGES: LazyLock<Result<DescriptorPool, String>> =
    LazyLock::new(|| DescriptorPool::decode(proto::DESCRIPTORS).map_err(|error| error.to_string()));

/// The message of that name of the package `underwrite.v1`.
fn descriptor(name: &str) -> Result<MessageDescriptor, String> {
    let pool = MESSAGES.as_ref().map_err(Clone::clone)?;
    let found = pool.get_message_by_name(&format!("underwrite.v1.{name}"));
    found.ok_or_else(|| "no such message".to_owned())
}

/// `message`, of the type `name` of the package `underwrite.v1`, as JSON.
pub(super) fn of<M: Message>(name: &str, message: &M) -> Result<Value, CliError> {
    let failed = |error: String| CliError::other("json", format!("`{name}` as JSON: {error}"));
    let descriptor = descriptor(name).map_err(failed)?;
    let bytes = message.encode_to_vec();
    let message = DynamicMessage::decode(descriptor, bytes.as_slice())
        .map_err(|error| failed(error.to_string()))?;
    let options = SerializeOptions::new()
        .use_proto_field_name(true)
        .skip_default_fields(false);
    message
        .serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|error| failed(error.to_string()))
}

/// Reads a message of the type `name`; `field` is what it is called where it stands.
///
/// # Errors
///
/// The field that is none, or does not hold what it should. Nothing of what stands there is repeated.
pub(super) fn read<M: Message + Default>(
    name: &str,
    field: &str,
    value: &Value,
) -> Result<M, ApplicationError> {
    let unreadable = |path: &str, problem: &str| ApplicationError {
        field: match path {
            "." => field.to_owned(),
            path => format!("{field}.{path}"),
        },
        problem: problem.to_owned(),
    };
    let descriptor = descriptor(name).map_err(|problem| unreadable(".", &problem))?;
    let mut track = Track::new();
    let reader = serde_path_to_error::Deserializer::new(value, &mut track);
    let options = DeserializeOptions::new();
    let read = DynamicMessage::deserialize_with_options(descriptor, reader, &options);
    let message = read.map_err(|error| {
        let error = error.to_string();
        let problem = if error.contains("unrecognized field name") {
            "has a field that is none of it: `proto/` says which it has"
        } else if error.contains("unrecognized enum value") {
            "is a word that is none of its: `proto/` says which it has"
        } else {
            "does not hold what it should: `proto/` says what that is"
        };
        unreadable(&track.path().to_string(), problem)
    })?;
    let bytes = message.encode_to_vec();
    M::decode(bytes.as_slice()).map_err(|_| unreadable(".", "cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_read_and_what_is_not_is_named() {
        let term = proto::Term {
            count: 12,
            unit: proto::TermUnit::Months.into(),
        };
        let application = proto::Application {
            id: "app-1".to_owned(),
            term: Some(term),
            applicants: vec![proto::Applicant::default()],
            ..proto::Application::default()
        };
        let written = of("Application", &application).unwrap();
        let read =
            |value: &Value| super::read::<proto::Application>("Application", "application", value);
        assert_eq!(read(&written).unwrap(), application);
        for (value, field) in [
            (json!(7), "application"),
            (json!({ "terms": 7 }), "application"),
            (
                json!({ "term": { "count": "many" } }),
                "application.term.count",
            ),
            (
                json!({ "term": { "unit": "YEARS" } }),
                "application.term.unit",
            ),
            (
                json!({ "applicants": [{ "identity": { "name": 7 } }] }),
                "application.applicants[0].identity.name",
            ),
        ] {
            assert_eq!(read(&value).unwrap_err().field, field, "{value}");
        }
    }

    #[test]
    fn a_message_is_written_as_protobuf_defines() {
        let offer = proto::Offer {
            tier: "A".to_owned(),
            amount: Some(proto::Money {
                amount: "5000.00".to_owned(),
                currency: "USD".to_owned(),
            }),
            payment_count: 36,
            bound_by: proto::AmountBound::Tier.into(),
            ..proto::Offer::default()
        };
        let json = of("Offer", &offer).unwrap();
        assert_eq!(json["amount"]["amount"], "5000.00");
        assert_eq!(json["payment_count"], 36);
        assert_eq!(json["bound_by"], "AMOUNT_BOUND_TIER");
    }
}
