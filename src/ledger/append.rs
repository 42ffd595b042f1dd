//! The rules of writing, over the tables of any store: each function is one transaction. Whatever
//! can be refused is refused before the first row is written.

pub(super) mod follow_ups;

use chrono::{DateTime, Utc};

use super::error::LedgerError;
use super::head::{Head, KnownHead};
use super::read;
use super::record::audit::PreparedAudit;
use super::record::bundle::{activation_draft, bundle_draft, layout_draft, version_published};
use super::record::content::DecisionContent;
use super::record::decision::{Prepared, prove_found, resolution_problem};
use super::record::draft::Draft;
use super::record::envelope::Envelope;
use super::record::grant::{grant_draft, revocation_draft};
use super::record::index::{BundleRow, IndexRow, LayoutRow};
use super::record::intake::{PreparedIntake, seal_pending};
use super::record::resumption::resumption_draft;
use super::record::shadow::{PreparedShadow, shadowing_draft};
use super::shadow::Shadowing;
use super::store::{Rows, Tables, to_row};
use super::timeline::{Activation, Switch};
use super::types::{
    DecisionRecord, NewDecision, PendingIntake, Publication, Reservation, StoredBundle,
    StoredLayout,
};
use crate::access::Grant;
use crate::id::{IdempotencyKey, IdentityName, TenantId, TokenId};
use crate::limits;

/// Reserves a key; see [`super::Ledger::reserve`].
pub(super) fn reserve(
    tables: &mut dyn Tables,
    chain_id: &str,
    prepared: &PreparedIntake,
) -> Rows<Reservation> {
    let intake = &prepared.intake;
    if let Some(first) = tables.intake(&intake.tenant, &intake.key)? {
        let opened = first.open()?;
        let asked = opened.content()?;
        if !prepared.repeats(asked.rule_set, asked.application) {
            return Ok(Reservation::Conflict);
        }
        let first = first.read()?;
        return Ok(Reservation::Reserved {
            decision: first.decision,
            bundle: first.bundle,
            received_at: first.received_at,
        });
    }
    if let Some(found) = tables.decision_by_key(&intake.tenant, &intake.key)? {
        let opened = found.0.open().map_err(|problem| found.0.damaged(problem))?;
        let first = DecisionContent::decode(opened.content());
        if first.is_some_and(|first| !prepared.repeats(first.rule_set, first.application)) {
            return Ok(Reservation::Conflict);
        }
        let record = prove_found(found, chain_id)?;
        return Ok(Reservation::Decided(Box::new(record)));
    }
    let reject = |problem: String| LedgerError::Rejected {
        record: intake.decision.to_string(),
        problem,
    };
    match tables.bundle(&intake.tenant, intake.bundle)? {
        Some(bundle) if bundle.name == intake.rule_set.as_str() => {}
        Some(_) => return Err(reject("its bundle is another rule set's".to_owned())),
        None => {
            let bundle = intake.bundle;
            let problem = format!("the ledger does not hold its rule set bundle {bundle}");
            return Err(reject(problem));
        }
    }
    tables.add_intake(prepared.row())?;
    step!(IntakeReserved);
    Ok(Reservation::Reserved {
        decision: intake.decision.clone(),
        bundle: intake.bundle,
        received_at: prepared.received_at(),
    })
}

/// Gives a key back, unless it was decided or is pending.
pub(super) fn release(
    tables: &mut dyn Tables,
    tenant: &TenantId,
    key: &IdempotencyKey,
) -> Rows<()> {
    match tables.intake(tenant, key)? {
        Some(intake) if intake.pending.is_none() => {
            tables.remove_intake(tenant, key)?;
            step!(IntakeReleased);
            Ok(())
        }
        Some(_) | None => Ok(()),
    }
}

/// Appends events to the audit log; see [`super::Ledger::audit`].
pub(super) fn audit<'a>(
    tables: &mut dyn Tables,
    chain_id: &str,
    events: impl IntoIterator<Item = &'a PreparedAudit>,
) -> Rows<()> {
    for event in events {
        let envelope = follow(tables, chain_id, &event.draft)?;
        let index = event.index(&envelope);
        tables.append(&envelope, &event.draft.content, index.as_ref())?;
        step!(AuditAppended);
    }
    Ok(())
}

/// Marks a reserved request as pending; see [`super::Ledger::pend`].
pub(super) fn pend(
    tables: &mut dyn Tables,
    chain_id: &str,
    pending: &PendingIntake,
    by: Option<&PreparedAudit>,
) -> Rows<()> {
    let intake = &pending.intake;
    match tables.intake(&intake.tenant, &intake.key)? {
        Some(reserved) if reserved.decision != intake.decision.as_str() => {
            Err(LedgerError::NotReserved)
        }
        Some(reserved) if reserved.pending.is_some() => Ok(()),
        Some(_) => {
            tables.set_pending(&intake.tenant, &intake.key, seal_pending(pending)?)?;
            step!(PendingMarked);
            audit(tables, chain_id, by)
        }
        None => Err(LedgerError::NotReserved),
    }
}

/// Appends a decision to the chain; see [`super::Ledger::record`].
pub(super) fn record(
    tables: &mut dyn Tables,
    chain_id: &str,
    prepared: Prepared,
) -> Rows<DecisionRecord> {
    let new = &prepared.decision;
    let Some(intake) = tables.intake(&new.tenant, &new.key)? else {
        // A request that is no longer open was given back, or decided.
        return match tables.decision(&new.tenant, &new.id)? {
            Some(found) if found.1.idempotency_key == new.key.as_str() => {
                prove_found(found, chain_id)
            }
            Some(_) | None => Err(LedgerError::NotReserved),
        };
    };
    prepared.check_intake(&intake.open()?)?;
    check_resolution(tables, chain_id, new)?;
    let envelope = follow(tables, chain_id, &prepared.draft)?;
    let seq = to_row(envelope.seq)?;
    let index = prepared.index(seq, envelope.recorded_at);
    tables.append(&envelope, &prepared.draft.content, Some(&index))?;
    step!(DecisionAppended);
    for (position, sealed) in (0_i64..).zip(&new.snapshots) {
        tables.add_snapshot(&new.tenant, (seq, position), sealed)?;
    }
    step!(SnapshotsWritten);
    if intake.pending.is_some() {
        step!(PendingEnding);
    }
    tables.remove_intake(&new.tenant, &new.key)?;
    if intake.pending.is_some() {
        step!(PendingEnded);
    }
    audit(tables, chain_id, &prepared.audit)?;
    Ok(prepared.recorded(envelope))
}

/// A decision that settles another one settles one that was referred, that no other one settles, and beside
/// which nobody decided.
fn check_resolution(tables: &dyn Tables, chain_id: &str, new: &NewDecision) -> Rows<()> {
    let Some(resolution) = new.application.resolution() else {
        return Ok(());
    };
    let reject = |problem: &str| LedgerError::Rejected {
        record: new.id.to_string(),
        problem: problem.to_owned(),
    };
    let Some(first) = tables.decision(&new.tenant, &resolution.of)? else {
        return Err(reject("there is no decision that it could settle"));
    };
    let first = prove_found(first, chain_id)?;
    if let Some(problem) = resolution_problem(&first, &new.body) {
        return Err(reject(problem));
    }
    if let Some(by) = read::resolution_of(tables, chain_id, &new.tenant, &resolution.of)? {
        return Err(LedgerError::Resolved { by });
    }
    match read::follow_ups::is_overridden(tables, (&new.tenant, &resolution.of), i64::MAX)? {
        true => Err(LedgerError::Overridden),
        false => Ok(()),
    }
}

/// Goes on with a restored chain; see [`super::Ledger::resume`].
pub(super) fn resume(
    tables: &mut dyn Tables,
    chain_id: &str,
    from: &KnownHead,
    at: DateTime<Utc>,
    by: Option<&PreparedAudit>,
) -> Rows<Head> {
    let end = Head::new(chain_id, tables.newest()?);
    if !from.is(&end) {
        return Err(LedgerError::OtherHead {
            chain_id: end.chain_id,
            seq: end.seq,
            hash: end.hash,
        });
    }
    let draft = resumption_draft((end.seq, end.hash), at)?;
    let envelope = follow(tables, chain_id, &draft)?;
    tables.append(&envelope, &draft.content, None)?;
    audit(tables, chain_id, by)?;
    tables.end_restored()?;
    Ok(Head::new(chain_id, tables.newest()?))
}

/// Records a grant; see [`super::Ledger::grant`].
pub(super) fn grant(
    tables: &mut dyn Tables,
    chain_id: &str,
    grant: &Grant,
    by: Option<&PreparedAudit>,
) -> Rows<Grant> {
    let reject = |problem: String| LedgerError::Rejected {
        record: format!("grant {}", grant.id),
        problem,
    };
    let all = read::grants(tables, chain_id)?;
    if !has_room(all.len()) {
        let max = limits::GRANTS_MAX;
        return Err(reject(format!("there are {max} already")));
    }
    let is_taken = |other: &Grant| {
        other.id == grant.id || other.proof == grant.proof && other.revoked_at.is_none()
    };
    if all.iter().any(is_taken) {
        let problem = "what shows it shows another grant: revoke that first";
        return Err(reject(problem.to_owned()));
    }
    let draft = grant_draft(grant)?;
    let envelope = follow(tables, chain_id, &draft)?;
    tables.append(&envelope, &draft.content, None)?;
    audit(tables, chain_id, by)?;
    Ok(Grant {
        created_at: envelope.recorded_at,
        ..grant.clone()
    })
}

/// Whether there may be one more grant than so many.
fn has_room(grants: usize) -> bool {
    grants < limits::GRANTS_MAX
}

/// Records that a grant was revoked, unless it was; see [`super::Ledger::revoke`].
pub(super) fn revoke(
    tables: &mut dyn Tables,
    chain_id: &str,
    ((tenant, id), (name, at)): ((&TenantId, &TokenId), (&IdentityName, DateTime<Utc>)),
    by: Option<&PreparedAudit>,
) -> Rows<Option<Grant>> {
    let all = read::grants(tables, chain_id)?.into_iter();
    let mut found = all.filter(|grant| grant.tenant == *tenant && grant.id == *id);
    let Some(grant) = found.next() else {
        return Ok(None);
    };
    if grant.revoked_at.is_some() {
        return Ok(Some(grant));
    }
    let draft = revocation_draft((tenant, id), name, at)?;
    let envelope = follow(tables, chain_id, &draft)?;
    tables.append(&envelope, &draft.content, None)?;
    audit(tables, chain_id, by)?;
    Ok(Some(Grant {
        revoked_at: Some(envelope.recorded_at),
        ..grant
    }))
}

/// The envelope of a record that is to be the newest.
fn follow(tables: &dyn Tables, chain_id: &str, draft: &Draft) -> Rows<Envelope> {
    let envelope = draft.follow(chain_id, tables.newest()?);
    if envelope.time_held_back {
        tracing::warn!(
            seq = envelope.seq,
            clock = %draft.recorded_at,
            recorded_at = %envelope.recorded_at,
            "the clock is behind the newest record: the time of that is taken, and marked"
        );
    }
    Ok(envelope)
}

/// Records a bundle unless it is recorded; see [`super::Ledger::publish`].
pub(super) fn publish(
    tables: &mut dyn Tables,
    chain_id: &str,
    (tenant, bundle): (&TenantId, &StoredBundle),
    (who, note): (&IdentityName, &str),
    at: DateTime<Utc>,
    by: Option<&PreparedAudit>,
) -> Rows<Publication> {
    let reject = |problem: &str| LedgerError::Rejected {
        record: format!("bundle {}", bundle.hash),
        problem: problem.to_owned(),
    };
    if let Some(row) = tables.bundle(tenant, bundle.hash)? {
        let (publication, published) = read::published(tables, chain_id, &row)?;
        return if published == *bundle {
            Ok(publication)
        } else {
            Err(reject("it is published under another name or version"))
        };
    }
    if let Some(row) = tables.version(tenant, &bundle.name, &bundle.version)? {
        let (_, published) = read::published(tables, chain_id, &row)?;
        return Err(version_published(&published, bundle));
    }
    let draft = bundle_draft(tenant, bundle, (who, note), at)?;
    let envelope = follow(tables, chain_id, &draft)?;
    let row = BundleRow {
        seq: to_row(envelope.seq)?,
        tenant: tenant.as_str().to_owned(),
        hash: bundle.hash.as_bytes().to_vec(),
        name: bundle.name.as_str().to_owned(),
        version: bundle.version.clone(),
    };
    tables.append(
        &envelope,
        &draft.content,
        Some(&IndexRow::Bundle(row.clone())),
    )?;
    step!(BundlePublished);
    audit(tables, chain_id, by)?;
    Ok(read::published(tables, chain_id, &row)?.0)
}

/// Says what decides under a name, unless that is said; see [`super::Ledger::switch`].
pub(super) fn switch(
    tables: &mut dyn Tables,
    chain_id: &str,
    (tenant, switch): (&TenantId, &Switch),
    now: DateTime<Utc>,
    by: Option<&PreparedAudit>,
) -> Rows<Activation> {
    let reject = |problem: &str| LedgerError::Rejected {
        record: format!("activation {}", switch.name),
        problem: problem.to_owned(),
    };
    if let Some(hash) = switch.bundle {
        match tables.bundle(tenant, hash)? {
            Some(bundle) if bundle.name == switch.name.as_str() => {}
            Some(_) => return Err(reject("its bundle is another rule set's")),
            None => return Err(reject("its bundle is not published: publish it first")),
        }
    }
    let timeline = read::timeline(tables, chain_id, tenant, &switch.name)?;
    if let Some(said) = timeline.says(switch, now) {
        return Ok(said.clone());
    }
    let (draft, content) = activation_draft(tenant, switch, now)?;
    let envelope = follow(tables, chain_id, &draft)?;
    let Some(index @ IndexRow::Activation(row)) = &IndexRow::expected(&envelope, &content) else {
        return Err(reject("its content cannot be read again"));
    };
    tables.append(&envelope, &draft.content, Some(index))?;
    step!(BundleActivated);
    audit(tables, chain_id, by)?;
    read::activation(tables, chain_id, row.clone())
}

/// Publishes a bundle and has it decide; see [`super::Ledger::publish_and_switch`].
pub(super) fn publish_and_switch(
    tables: &mut dyn Tables,
    chain_id: &str,
    (tenant, bundle, switch): (&TenantId, &StoredBundle, &Switch),
    at: DateTime<Utc>,
    [published, active]: &[PreparedAudit; 2],
) -> Rows<Activation> {
    let said = (&switch.by, "");
    publish(
        tables,
        chain_id,
        (tenant, bundle),
        said,
        at,
        Some(published),
    )?;
    // INVARIANT: what is published by now under the name of the switch is not refused.
    self::switch(tables, chain_id, (tenant, switch), at, Some(active))
}

/// Says what decides beside a name, unless that is said; see [`super::Ledger::set_shadow`].
pub(super) fn set_shadow(
    tables: &mut dyn Tables,
    chain_id: &str,
    (tenant, shadowing): (&TenantId, &Shadowing),
    by: Option<&PreparedAudit>,
) -> Rows<()> {
    let reject = |problem: &str| LedgerError::Rejected {
        record: format!("shadowing {}", shadowing.name),
        problem: problem.to_owned(),
    };
    if let Some(hash) = shadowing.bundle {
        let bundle = tables.bundle(tenant, hash)?;
        if bundle.is_none_or(|bundle| bundle.name != shadowing.name.as_str()) {
            return Err(reject("its bundle is not published under that name"));
        }
    }
    let said = read::shadowings(tables, chain_id, tenant)?;
    let said = said.get(&shadowing.name).and_then(|said| said.bundle);
    if said == shadowing.bundle {
        return Ok(());
    }
    let draft = shadowing_draft(tenant, shadowing)?;
    let envelope = follow(tables, chain_id, &draft)?;
    tables.append(&envelope, &draft.content, None)?;
    audit(tables, chain_id, by)
}

/// Records what shadows would have decided; see [`super::Ledger::record_shadows`].
pub(super) fn record_shadows(
    tables: &mut dyn Tables,
    chain_id: &str,
    shadows: &[PreparedShadow],
) -> Rows<()> {
    for shadow in shadows {
        let envelope = follow(tables, chain_id, &shadow.draft)?;
        let index = shadow.index(to_row(envelope.seq)?);
        tables.append(&envelope, &shadow.draft.content, Some(&index))?;
    }
    Ok(())
}

/// Records a layout unless it is recorded; see [`super::Ledger::put_layout`].
pub(super) fn put_layout(
    tables: &mut dyn Tables,
    chain_id: &str,
    (tenant, layout): (&TenantId, &StoredLayout),
    at: DateTime<Utc>,
) -> Rows<()> {
    let (bundle, semantics) = (layout.bundle, layout.semantics);
    let reject = |problem: String| LedgerError::Rejected {
        record: format!("layout {bundle}/{semantics}"),
        problem,
    };
    if let Some(stored) = read::layout(tables, chain_id, tenant, (bundle, semantics))? {
        return if stored == *layout {
            Ok(())
        } else {
            Err(reject(
                "another one is recorded, which never changes".to_owned(),
            ))
        };
    }
    if tables.bundle(tenant, bundle)?.is_none() {
        return Err(reject(
            "its bundle is not published: publish it first".to_owned(),
        ));
    }
    let draft = layout_draft(tenant, layout, at)?;
    let envelope = follow(tables, chain_id, &draft)?;
    let index = IndexRow::Layout(LayoutRow {
        seq: to_row(envelope.seq)?,
        tenant: tenant.as_str().to_owned(),
        bundle: bundle.as_bytes().to_vec(),
        semantics: i64::from(semantics),
    });
    tables.append(&envelope, &draft.content, Some(&index))?;
    step!(LayoutRecorded);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_limited_below_at_and_above() {
        let max = limits::GRANTS_MAX;
        assert!(has_room(max - 1) && !has_room(max) && !has_room(max + 1));
    }
}
