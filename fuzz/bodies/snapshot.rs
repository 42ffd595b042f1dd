//! Snapshot decoding: stored bytes, whoever wrote them, are refused or a snapshot that can be
//! stored again and decided on.

use std::sync::OnceLock;

use underwrite::id::SubjectKeyId;
use underwrite::limits;
use underwrite::rules::Bundle;
use underwrite::seal;
use underwrite::snapshot::{self, Snapshot, decode};

use super::decide;

const RULES: &[u8] = include_bytes!("../../rules/personal-loan.toml");

/// Decodes `data` as a whole, and as what is inside of a stored snapshot: a checksum stops most
/// changes of a file at the door. Whether one of them is a snapshot.
pub(crate) fn run(data: &[u8]) -> bool {
    let mut any = false;
    for bytes in [data.to_vec(), stored(data)] {
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

/// Content in the stored form, after the byte of its version.
fn stored(content: &[u8]) -> Vec<u8> {
    let content = [&[1], content].concat();
    let max = limits::SNAPSHOT_BYTES_MAX;
    seal::seal(&SubjectKeyId::plain(), &seal::NO_SALT, &content, max).unwrap()
}

fn accepted(snapshot: &Snapshot) {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    let bundle = BUNDLE.get_or_init(|| Bundle::publish(RULES).unwrap());
    let again = snapshot::seal(snapshot, [7; 32]).unwrap();
    assert_eq!(&decode(&again.bytes).unwrap(), snapshot);
    decide::decide(bundle, snapshot);
}
