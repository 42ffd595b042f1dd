//! Records that are not what was written.

use super::count;
use crate::ledger::DamagedRecord;
use crate::proto;

/// A record that cannot be shown.
pub fn damaged(record: &DamagedRecord) -> proto::DamagedRecord {
    proto::DamagedRecord {
        id: record
            .id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        seq: record.seq,
        problem: record.problem.clone(),
        place: count(u32::try_from(record.place).unwrap_or(u32::MAX)),
    }
}
