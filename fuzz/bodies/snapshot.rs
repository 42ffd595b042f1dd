//! Snapshot decoding: stored bytes, whoever wrote them, are refused or a snapshot that can be
//! stored again and decided on.

use std::sync::OnceLock;

use underwrite::rules::Bundle;
use underwrite::snapshot::{Snapshot, decode, encode};

use super::decide;

const RULES: &[u8] = include_bytes!("../../rules/personal-loan.toml");

/// Decodes `data` as a whole, as the compressed frame of a snapshot, and as what is inside of one:
/// a checksum stops most changes of a file at the door. Whether one of them is a snapshot.
pub(crate) fn run(data: &[u8]) -> bool {
    let compressed = zstd::bulk::compress(data, 1).unwrap();
    let mut any = false;
    for bytes in [data.to_vec(), stored(data), stored(&compressed)] {
        match decode(&bytes) {
            Ok(snapshot) => {
                accepted(&snapshot);
                any = true;
            }
            Err(error) => assert!(!error.code().is_empty()),
        }
    }
    any
}

/// A frame with what precedes it in the stored form.
fn stored(frame: &[u8]) -> Vec<u8> {
    let hash = blake3::hash(frame);
    let (checksum, _) = hash.as_bytes().split_at(16);
    [b"UWSN\x01", checksum, frame].concat()
}

fn accepted(snapshot: &Snapshot) {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    let bundle = BUNDLE.get_or_init(|| Bundle::publish(RULES).unwrap());
    assert_eq!(&decode(&encode(snapshot).unwrap()).unwrap(), snapshot);
    decide::decide(bundle, snapshot);
}
