//! One record by itself: its envelope, its content, the row by which it is found, and whether all that
//! it rests on is there.

use super::report::{Damage, Problems};
use crate::follow_up::FollowUpKind;
use crate::id::{DecisionId, TenantId};
use crate::ledger::follow_up::FollowUpRecord;
use crate::ledger::read::follow_ups::{corrects_its_own, is_overridden};
use crate::ledger::record::audit::read_audit;
use crate::ledger::record::bundle::read_bundle;
use crate::ledger::record::decision::{prove_found, read, resolution_problem};
use crate::ledger::record::envelope::{Envelope, RecordKind};
use crate::ledger::record::follow_up::read_follow_up;
use crate::ledger::record::grant::grant_problem;
use crate::ledger::record::index::{IndexRow, ShadowRow, index_problem, table};
use crate::ledger::record::resumption::resumption_problem;
use crate::ledger::record::shadow::shadowing_problem;
use crate::ledger::record::stored::StoredRecord;
use crate::ledger::store::{LinkRow, Rows, Tables, to_row};
use crate::ledger::types::DecisionRecord;
use crate::snapshot::SnapshotHash;

/// A record that was proven by itself.
pub(super) struct Proven {
    /// Without its content.
    pub(super) row: StoredRecord,
    pub(super) problems: Problems,
    pub(super) time_held_back: bool,
    /// The name under which it decides, where it is a bundle and that can be told.
    pub(super) published: Option<String>,
    /// The bundle that it rests on, if it does on one.
    pub(super) rests_on: Option<RestsOn>,
    /// What is told after whether that bundle was published.
    pub(super) problems_after: Problems,
}

/// The bundle that a record rests on.
pub(super) struct RestsOn {
    pub(super) bundle: Vec<u8>,
    /// The name that it has to have, where the record says one.
    pub(super) name: Option<String>,
}

/// What a record's own bytes show.
struct Examined {
    problems: Vec<(Damage, String)>,
    time_held_back: bool,
    /// The row by which it has to be found, where that can be told.
    index: Option<IndexRow>,
    /// What it says, where it is a decision.
    decision: Option<DecisionRecord>,
    /// What it says, where it follows a decision.
    follow_up: Option<FollowUpRecord>,
}

/// Proves the records after `after` up to `last`, each by itself: those that can be read before
/// something fails.
pub(super) fn prove(
    tables: &dyn Tables,
    chain_id: &str,
    tenant: Option<&TenantId>,
    (after, last): (i64, i64),
    proven: &mut Vec<Proven>,
) -> Rows<()> {
    let rows = tables.records(after, last)?;
    let first = after.saturating_add(1);
    let indexes = tables.index_rows(first, last)?;
    let links = tables.links(first, last)?;
    for row in rows {
        proven.push(prove_one(
            tables,
            chain_id,
            tenant,
            (row, &indexes, &links),
        )?);
    }
    Ok(())
}

fn prove_one(
    tables: &dyn Tables,
    chain_id: &str,
    tenant: Option<&TenantId>,
    (mut row, indexes, links): (StoredRecord, &[IndexRow], &[LinkRow]),
) -> Rows<Proven> {
    let mut examined = examine(&row, chain_id, tenant);
    row.content = None;
    let mut proven = Proven {
        problems: Problems::default(),
        time_held_back: examined.time_held_back,
        published: published(examined.index.as_ref()),
        rests_on: None,
        problems_after: Problems::default(),
        row,
    };
    let row = &proven.row;
    for (damage, problem) in examined.problems.drain(..) {
        proven.problems.add(damage, row.name(), problem);
    }
    let seq = i64::try_from(row.seq).unwrap_or(i64::MAX);
    let found = indexes.iter().filter(|index| index.seq() == seq);
    let (own, others): (Vec<_>, Vec<_>) =
        found.partition(|index| index.kind().as_str() == row.kind);
    for other in others {
        let problem = format!("the record at its place is another: {}", row.name());
        let damage = Damage::of(other.kind().as_str());
        proven.problems.add(damage, row_name(other), problem);
    }
    if tenant.is_some_and(|ours| ours.as_str() != row.tenant) {
        return Ok(proven);
    }
    let damage = Damage::of(&row.kind);
    if let Some((damage, problem)) = row_problem(row, own.first(), examined.index.as_ref()) {
        proven.problems.add(damage, row.name(), problem);
    }
    if let Some(follow_up) = &examined.follow_up
        && let Some(problem) = followed_problem(tables, follow_up)?
    {
        proven.problems.add(damage, row.name(), problem);
    }
    proven.rests_on = match (&examined.decision, &examined.index) {
        (Some(decision), _) => {
            let linked = links.iter().filter(|link| link.seq == seq);
            proven.problems_after = pin_problems(tables, row, decision, linked)?;
            if let Some(problem) = settled_problem(tables, chain_id, decision)? {
                proven.problems_after.add(damage, row.name(), problem);
            }
            let pinned = &decision.body.pins.rule_set;
            Some(RestsOn {
                bundle: pinned.bundle.as_bytes().to_vec(),
                name: Some(pinned.name.clone()),
            })
        }
        (None, Some(index)) => {
            if let IndexRow::Shadow(shadow) = index
                && let Some(problem) = beside_problem(tables, chain_id, shadow)?
            {
                proven.problems_after.add(damage, row.name(), problem);
            }
            rests_on(index)
        }
        (None, None) => None,
    };
    Ok(proven)
}

/// What is wrong with the row by which a record is found.
fn row_problem(
    row: &StoredRecord,
    found: Option<&&IndexRow>,
    expected: Option<&IndexRow>,
) -> Option<(Damage, String)> {
    match (found, expected) {
        (Some(found), Some(expected)) => {
            let problem = index_problem(found, expected)?;
            Some((Damage::of(&row.kind), problem))
        }
        (None, _) => {
            let table = RecordKind::parse(&row.kind).and_then(table)?;
            let problem = format!("its row in `{table}` is missing");
            Some((Damage::of_missing(&row.kind), problem))
        }
        (Some(_), None) => None,
    }
}

/// The name under which a record decides, where it is a bundle.
fn published(index: Option<&IndexRow>) -> Option<String> {
    match index? {
        IndexRow::Bundle(bundle) => Some(bundle.name.clone()),
        IndexRow::Decision(_)
        | IndexRow::Activation(_)
        | IndexRow::Layout(_)
        | IndexRow::Audit(_)
        | IndexRow::Shadow(_)
        | IndexRow::FollowUp(_) => None,
    }
}

/// The bundle that a record rests on which is no decision, if it does on one.
fn rests_on(index: &IndexRow) -> Option<RestsOn> {
    let (bundle, name) = match index {
        // What retires a name rests on none.
        IndexRow::Activation(row) if row.bundle.is_empty() => return None,
        IndexRow::Activation(row) => (&row.bundle, Some(&row.name)),
        IndexRow::Shadow(row) => (&row.bundle, Some(&row.name)),
        IndexRow::Layout(row) => (&row.bundle, None),
        IndexRow::Decision(_)
        | IndexRow::Bundle(_)
        | IndexRow::Audit(_)
        | IndexRow::FollowUp(_) => return None,
    };
    Some(RestsOn {
        bundle: bundle.clone(),
        name: name.cloned(),
    })
}

/// Every snapshot that the decision rests on is there; whether it is what it was, another walk says.
fn pin_problems<'a>(
    tables: &dyn Tables,
    row: &StoredRecord,
    decision: &DecisionRecord,
    linked: impl Iterator<Item = &'a LinkRow>,
) -> Rows<Problems> {
    let mut problems = Problems::default();
    let pins = &decision.body.pins.snapshots;
    let pinned: Vec<SnapshotHash> = pins.iter().map(|pin| pin.hash).collect();
    let hashes = pinned.iter().map(|hash| hash.as_bytes().as_slice());
    let linked = linked.map(|link| (link.position, link.hash.as_slice()));
    if !(0..).zip(hashes).eq(linked) {
        problems.add(
            Damage::Data,
            row.name(),
            "it is linked to other snapshots than its body pins",
        );
    }
    for hash in pinned {
        if !tables.has_snapshot(&decision.tenant, hash)? {
            let problem = format!("its snapshot {hash} is missing");
            problems.add(Damage::Data, row.name(), problem);
        }
    }
    Ok(problems)
}

/// What it settles was decided before it, was referred, and nobody had decided beside it. Whether that
/// record is what was written, its own proof says.
fn settled_problem(
    tables: &dyn Tables,
    chain_id: &str,
    decision: &DecisionRecord,
) -> Rows<Option<&'static str>> {
    let Some(resolution) = decision.application.resolution() else {
        return Ok(None);
    };
    let first = tables.decision(&decision.tenant, &resolution.of)?;
    let Some(first) = first.filter(|(first, _)| first.seq < decision.envelope.seq) else {
        return Ok(Some("the decision that it settles is not before it"));
    };
    let overridden = (&decision.tenant, &resolution.of);
    if is_overridden(tables, overridden, to_row(decision.envelope.seq)?)? {
        return Ok(Some("a person decided before it beside what it settles"));
    }
    Ok(match prove_found(first, chain_id) {
        Ok(first) => resolution_problem(&first, &decision.body),
        Err(_) => None,
    })
}

/// What it follows was decided before it, what it corrects was recorded before it, and what it overrides was
/// settled by no other decision.
fn followed_problem(tables: &dyn Tables, follow_up: &FollowUpRecord) -> Rows<Option<&'static str>> {
    let FollowUpRecord {
        tenant, decision, ..
    } = follow_up;
    let seq = follow_up.envelope.seq;
    let followed = tables.decision(tenant, decision)?;
    if followed.is_none_or(|(followed, _)| followed.seq >= seq) {
        return Ok(Some("the decision that it follows is not before it"));
    }
    if follow_up.body.kind() == FollowUpKind::Override
        && let Some((settling, _)) = tables.resolution_of(tenant, decision)?
        && settling.seq < seq
    {
        return Ok(Some("another decision settled before it what it overrides"));
    }
    let own = corrects_its_own(tables, tenant, decision, &follow_up.body, to_row(seq)?)?;
    Ok((!own).then_some("what it corrects is no entry of its decision before it"))
}

/// Records that are not opened where they are another tenant's. Rule sets are no secret to the proof, and
/// cost little.
const CLOSED: [RecordKind; 5] = [
    RecordKind::Decision,
    RecordKind::Audit,
    RecordKind::Override,
    RecordKind::LoanPerformance,
    RecordKind::Notice,
];

/// The decision beside which a shadow decided was made before it, as the shadow's record says. Whether
/// that record is what was written, its own proof says.
fn beside_problem(
    tables: &dyn Tables,
    chain_id: &str,
    shadow: &ShadowRow,
) -> Rows<Option<&'static str>> {
    let ids = TenantId::parse(&shadow.tenant).ok();
    let ids = ids.zip(DecisionId::parse(&shadow.decision).ok());
    let Some((tenant, id)) = ids else {
        return Ok(Some("it names no decision beside which it decided"));
    };
    let found = tables.decision(&tenant, &id)?;
    let is_before = |seq: u64| i64::try_from(seq).is_ok_and(|seq| seq < shadow.seq);
    let Some(found) = found.filter(|(record, _)| is_before(record.seq)) else {
        return Ok(Some(
            "the decision beside which it decided is not before it",
        ));
    };
    let Ok(decision) = prove_found(found, chain_id) else {
        return Ok(None);
    };
    let pinned = &decision.body.pins.rule_set;
    let is_it = pinned.bundle.as_bytes().as_slice() == shadow.live
        && pinned.name == shadow.name
        && decision.body.outcome().as_str() == shadow.live_outcome;
    Ok((!is_it)
        .then_some("the decision beside which it decided is of another bundle, name or outcome"))
}

/// Compares what is in one record with everything else in it.
fn examine(row: &StoredRecord, chain_id: &str, tenant: Option<&TenantId>) -> Examined {
    let mut examined = Examined {
        problems: Vec::new(),
        time_held_back: false,
        index: None,
        decision: None,
        follow_up: None,
    };
    let envelope = row.envelope(chain_id);
    let ours = tenant.is_none_or(|tenant| tenant.as_str() == row.tenant);
    match &envelope {
        Ok(envelope) => examined.time_held_back = envelope.time_held_back,
        Err(problem) => examined.problems.push((Damage::Chain, problem.clone())),
    }
    let kind = RecordKind::parse(&row.kind);
    if !ours && kind.is_some_and(|kind| CLOSED.contains(&kind)) {
        return examined;
    }
    let opened = match row.open() {
        Ok(opened) => opened,
        Err(problem) => {
            if ours {
                examined.problems.push((content_damage(row), problem));
            }
            return examined;
        }
    };
    let Ok(envelope) = envelope else {
        return examined;
    };
    let damage = Damage::of(&row.kind);
    let unreadable = "its content is not in a form that this engine reads";
    if envelope.kind == RecordKind::Decision {
        match read(row, envelope, opened.content()) {
            Some(proven) => {
                examined.index = Some(proven.index);
                examined.decision = Some(proven.record);
            }
            None => examined.problems.push((damage, unreadable.to_owned())),
        }
        return examined;
    }
    if let Some(problem) = unindexed_problem(&envelope, opened.content()) {
        let problem = problem.map(|problem| (damage, problem.to_owned()));
        examined.problems.extend(problem);
        return examined;
    }
    if envelope.kind == RecordKind::Bundle
        && let Err(problem) = read_bundle(&envelope, opened.content())
    {
        examined.problems.push((damage, problem.to_owned()));
        return examined;
    }
    if envelope.kind == RecordKind::Audit
        && read_audit(envelope.clone(), opened.content()).is_none()
    {
        examined.problems.push((damage, unreadable.to_owned()));
        return examined;
    }
    examined.index = IndexRow::expected(&envelope, opened.content());
    let mut is_read = examined.index.is_some();
    if let Some(IndexRow::FollowUp(_)) = &examined.index {
        examined.follow_up = read_follow_up(envelope, opened.content());
        is_read = examined.follow_up.is_some();
    }
    if !is_read {
        examined.problems.push((damage, unreadable.to_owned()));
    }
    examined
}

/// What it is where the content of a record cannot be opened.
fn content_damage(row: &StoredRecord) -> Damage {
    match row.content {
        Some(_) => Damage::of(&row.kind),
        None => Damage::of_missing(&row.kind),
    }
}

/// What is wrong with the content of a record that is read in its place alone, if anything is; `None` of
/// one that is found by a row.
fn unindexed_problem(envelope: &Envelope, content: &[u8]) -> Option<Option<&'static str>> {
    match envelope.kind {
        RecordKind::Resumption => Some(resumption_problem(envelope, content)),
        RecordKind::Grant | RecordKind::Revocation => Some(grant_problem(envelope, content)),
        RecordKind::Shadowing => Some(shadowing_problem(envelope, content)),
        RecordKind::Decision
        | RecordKind::Bundle
        | RecordKind::Activation
        | RecordKind::Layout
        | RecordKind::Audit
        | RecordKind::Shadow
        | RecordKind::Override
        | RecordKind::LoanPerformance
        | RecordKind::Notice => None,
    }
}

/// How a row by which a record is found is named.
pub(super) fn row_name(row: &IndexRow) -> String {
    format!("row {} of `{}`", row.seq(), row.table())
}
