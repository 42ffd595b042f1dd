//! Wire messages as JSON: the mapping that protobuf defines, with the names of the proto files
//! and every field present. `proto/` is thereby the documentation of the output.

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::Value;

use super::CliError;
use crate::proto;

/// `message`, of the type `name` of the package `underwrite.v1`, as JSON.
pub(super) fn of<M: Message>(name: &str, message: &M) -> Result<Value, CliError> {
    let failed = |error: String| CliError::other("json", format!("`{name}` as JSON: {error}"));
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).map_err(|e| failed(e.to_string()))?;
    let descriptor = pool
        .get_message_by_name(&format!("underwrite.v1.{name}"))
        .ok_or_else(|| failed("no such message".to_owned()))?;
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

#[cfg(test)]
mod tests {
    use super::*;

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
