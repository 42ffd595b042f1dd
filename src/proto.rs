//! The generated wire types. Only `service` and the client side of `cli` use them.

#![expect(missing_docs, reason = "the documentation of the wire is in `proto/`")]
#![expect(
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::large_enum_variant,
    reason = "generated code"
)]

tonic::include_proto!("underwrite.v1");

/// Every descriptor, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
