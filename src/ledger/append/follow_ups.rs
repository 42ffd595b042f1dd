//! Recording what follows decisions.

use super::{audit, follow};
use crate::ledger::error::LedgerError;
use crate::ledger::follow_up::Followed;
use crate::ledger::read::follow_ups::{corrects_its_own, proven};
use crate::ledger::record::audit::PreparedAudit;
use crate::ledger::record::envelope::RecordKind;
use crate::ledger::record::follow_up::PreparedFollowUp;
use crate::ledger::record::index::IndexRow;
use crate::ledger::store::{Rows, Tables, to_row};
use crate::limits;

/// Records a follow-up unless it is recorded; see [`crate::ledger::Ledger::follow_up`].
pub(in crate::ledger) fn record(
    tables: &mut dyn Tables,
    chain_id: &str,
    prepared: &PreparedFollowUp,
    by: Option<&PreparedAudit>,
) -> Rows<Followed> {
    let new = &prepared.new;
    let kind = RecordKind::from(new.body.kind());
    if let Some(row) = tables.follow_up_by_key(&new.tenant, kind, &new.key)? {
        let recorded = proven(tables, chain_id, row)?;
        return Ok(match prepared.repeats(&recorded) {
            true => Followed::Recorded(Box::new(recorded)),
            false => Followed::KeyReused,
        });
    }
    if tables.decision(&new.tenant, &new.decision)?.is_none() {
        return Err(LedgerError::Rejected {
            record: format!("{} of {}", kind.as_str(), new.decision),
            problem: "there is no decision that it could follow".to_owned(),
        });
    }
    if !corrects_its_own(tables, &new.tenant, &new.decision, &new.body, i64::MAX)? {
        return Ok(Followed::NothingToCorrect);
    }
    let of = Some(&new.decision);
    let before = tables.follow_ups(&new.tenant, kind, of, i64::MAX, limits::FOLLOW_UPS_MAX)?;
    if !has_room(before.len()) {
        return Ok(Followed::TooMany);
    }
    let envelope = follow(tables, chain_id, &prepared.draft)?;
    let row = prepared.row(to_row(envelope.seq)?);
    let index = IndexRow::FollowUp(row);
    tables.append(&envelope, &prepared.draft.content, Some(&index))?;
    audit(tables, chain_id, by)?;
    Ok(Followed::Recorded(Box::new(prepared.recorded(envelope))))
}

/// Whether a decision may have one more than so many of a kind.
fn has_room(follow_ups: usize) -> bool {
    follow_ups < limits::FOLLOW_UPS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follow_ups_of_a_decision_are_limited_below_at_and_above() {
        let max = limits::FOLLOW_UPS_MAX;
        assert!(has_room(max - 1) && !has_room(max) && !has_room(max + 1));
    }
}
