//! Decisions that wait for the banks, as SQL: from the moment their callers were told so until
//! they are recorded, over any number of restarts.

use std::sync::Arc;

use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Intake, LedgerError, PendingIntake, codec};
use crate::id::{AccountId, DecisionId, IdempotencyKey, RuleSetName, TenantId};
use crate::rules::BundleHash;

const SELECT: &str = "SELECT intakes.tenant, intakes.idempotency_key, bundles.name,
    intakes.decision_id, intakes.bundle, intakes.application, intakes.received_at,
    pending.since, pending.until, pending.accounts
    FROM pending
    JOIN intakes USING (tenant, idempotency_key)
    JOIN bundles ON bundles.tenant = intakes.tenant AND bundles.hash = intakes.bundle";

/// Marks a reserved request as pending; see [`super::Ledger::pend`].
pub(super) fn pend(connection: &Connection, pending: &PendingIntake) -> Result<(), LedgerError> {
    let intake = &pending.intake;
    let reserved: Option<String> = connection
        .prepare_cached(
            "SELECT decision_id FROM intakes WHERE tenant = ?1 AND idempotency_key = ?2
             AND application IS NOT NULL",
        )?
        .query_row(
            params![intake.tenant.as_str(), intake.key.as_str()],
            |row| row.get(0),
        )
        .optional()?;
    if reserved.as_deref() != Some(intake.decision.as_str()) {
        return Err(LedgerError::NotReserved);
    }
    let accounts = serde_json::to_string(&pending.accounts)
        .map_err(|_| damaged(intake.key.as_str(), "its accounts cannot be written"))?;
    connection
        .prepare_cached(
            "INSERT INTO pending (tenant, idempotency_key, since, until, accounts)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            intake.tenant.as_str(),
            intake.key.as_str(),
            pending.since.timestamp(),
            pending.until.timestamp(),
            accounts,
        ])?;
    Ok(())
}

/// Takes the mark away: in the transaction that records the decision.
pub(super) fn settle(
    connection: &Connection,
    tenant: &TenantId,
    key: &IdempotencyKey,
) -> Result<(), LedgerError> {
    connection
        .prepare_cached("DELETE FROM pending WHERE tenant = ?1 AND idempotency_key = ?2")?
        .execute(params![tenant.as_str(), key.as_str()])?;
    Ok(())
}

/// Everything that is pending, oldest first; see [`super::Ledger::pending`].
pub(super) fn all(
    connection: &Connection,
) -> Result<Vec<Result<PendingIntake, LedgerError>>, LedgerError> {
    let mut statement =
        connection.prepare_cached(&format!("{SELECT} ORDER BY pending.since, pending.rowid"))?;
    let rows = statement.query_map([], Stored::read)?;
    rows.map(|row| Ok(row?.parse())).collect()
}

/// The pending decision of that id; see [`super::Ledger::pending_decision`].
pub(super) fn one(
    connection: &Connection,
    tenant: &TenantId,
    id: &DecisionId,
) -> Result<Option<PendingIntake>, LedgerError> {
    let sql = format!("{SELECT} WHERE intakes.tenant = ?1 AND intakes.decision_id = ?2");
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params![tenant.as_str(), id.as_str()], Stored::read)
        .optional()?;
    found.map(Stored::parse).transpose()
}

/// A row as the tables hold it.
struct Stored {
    tenant: String,
    key: String,
    rule_set: String,
    decision: String,
    bundle: String,
    application: Option<Vec<u8>>,
    /// Received, since, until.
    times: [i64; 3],
    accounts: String,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            tenant: row.get(0)?,
            key: row.get(1)?,
            rule_set: row.get(2)?,
            decision: row.get(3)?,
            bundle: row.get(4)?,
            application: row.get(5)?,
            times: [row.get(6)?, row.get(7)?, row.get(8)?],
            accounts: row.get(9)?,
        })
    }

    fn parse(self) -> Result<PendingIntake, LedgerError> {
        let key = self.key.clone();
        self.parts()
            .ok_or_else(|| damaged(&key, "it is not in a form that this engine reads"))
    }

    fn parts(self) -> Option<PendingIntake> {
        let [received_at, since, until] = self.times.map(|at| DateTime::from_timestamp(at, 0));
        let application = codec::unpack(&self.application?).ok()?;
        Some(PendingIntake {
            intake: Intake {
                tenant: TenantId::parse(&self.tenant).ok()?,
                key: IdempotencyKey::parse(&self.key).ok()?,
                rule_set: RuleSetName::parse(&self.rule_set).ok()?,
                decision: DecisionId::parse(&self.decision).ok()?,
                bundle: BundleHash::parse(&self.bundle)?,
                application: Arc::new(serde_json::from_slice(&application).ok()?),
                received_at: received_at?,
            },
            since: since?,
            until: until?,
            accounts: serde_json::from_str::<Vec<(usize, AccountId)>>(&self.accounts).ok()?,
        })
    }
}

fn damaged(key: &str, problem: &str) -> LedgerError {
    LedgerError::Damaged {
        record: format!("pending intake {key}"),
        problem: problem.to_owned(),
    }
}
