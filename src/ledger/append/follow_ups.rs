//! Recording what follows decisions.

use super::{audit, follow};
use crate::ledger::error::LedgerError;
use crate::ledger::follow_up::Followed;
use crate::ledger::read::{
    self,
    follow_ups::{corrects_its_own, proven},
};
use crate::ledger::record::audit::PreparedAudit;
use crate::ledger::record::envelope::RecordKind;
use crate::ledger::record::follow_up::PreparedFollowUp;
use crate::ledger::record::index::IndexRow;
use crate::ledger::store::{Rows, Tables};
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
    let reject = |problem: &str| LedgerError::Rejected {
        record: format!("{} of {}", kind.as_str(), new.decision),
        problem: problem.to_owned(),
    };
    if let Some(row) = tables.follow_up_by_key(&new.tenant, kind, &new.key)? {
        let recorded = proven(tables, chain_id, row)?;
        return Ok(match prepared.repeats(&recorded) {
            true => Followed::Recorded(Box::new(recorded)),
            false => Followed::KeyReused,
        });
    }
    if tables.decision(&new.tenant, &new.decision)?.is_none() {
        return Err(reject("there is no decision that it could follow"));
    }
    let overrides = kind == RecordKind::Override;
    if overrides
        && let Some(by) = read::resolution_of(tables, chain_id, &new.tenant, &new.decision)?
    {
        return Err(LedgerError::Resolved { by });
    }
    if !corrects_its_own(tables, &new.tenant, &new.decision, &new.body, i64::MAX)? {
        return Ok(Followed::NothingToCorrect);
    }
    let before = tables.count_follow_ups(&new.tenant, kind, &new.decision)?;
    if before >= u64::try_from(limits::FOLLOW_UPS_MAX).unwrap_or(u64::MAX) {
        return Ok(Followed::TooMany);
    }
    let envelope = follow(tables, chain_id, &prepared.draft)?;
    let Some(index) = IndexRow::expected(&envelope, &prepared.content) else {
        return Err(reject("its content cannot be read again"));
    };
    tables.append(&envelope, &prepared.draft.content, Some(&index))?;
    audit(tables, chain_id, by)?;
    Ok(Followed::Recorded(Box::new(prepared.recorded(envelope))))
}
