//! Snapshot decoding: stored bytes, whoever wrote them, are refused or a snapshot that can be
//! stored again and decided on.

use std::sync::OnceLock;

use underwrite::rules::Bundle;
use underwrite::snapshot::{Snapshot, decode, encode};

use super::decide;

const RULES: &[u8] = include_bytes!("../../rules/personal-loan.toml");

/// Decodes `data` as it is, and once more as what a well-compressed snapshot holds: few changes
/// of a compressed file can still be decompressed. Whether it is a snapshot in one of the ways.
pub(crate) fn run(data: &[u8]) -> bool {
    let mut sealed = b"UWSN\x01".to_vec();
    sealed.extend(zstd::bulk::compress(data, 1).unwrap());
    let mut any = false;
    for bytes in [data, &sealed] {
        match decode(bytes) {
            Ok(snapshot) => {
                accepted(&snapshot);
                any = true;
            }
            Err(error) => assert!(!error.code().is_empty()),
        }
    }
    any
}

fn accepted(snapshot: &Snapshot) {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    let bundle = BUNDLE.get_or_init(|| Bundle::publish(RULES).unwrap());
    assert_eq!(&decode(&encode(snapshot).unwrap()).unwrap(), snapshot);
    decide::decide(bundle, snapshot);
}
