//! What is written, as SQL: each function runs inside one savepoint of the committer.

use chrono::{DateTime, SubsecRound, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::read::{self, hex};
use super::{
    DecisionRecord, Envelope, Intake, LedgerError, NewDecision, Reservation, StoredBundle, chain,
    codec, pending,
};
use crate::application::Application;
use crate::id::{DecisionId, IdempotencyKey, TenantId};
use crate::limits;
use crate::rules::BundleHash;

/// A decision with everything done that needs no transaction.
pub(super) struct Prepared {
    decision: NewDecision,
    application: Vec<u8>,
    body: Vec<u8>,
    commitment: String,
    request_hash: [u8; 32],
}

impl Prepared {
    /// Encodes, compresses and commits to a decision.
    pub(super) fn new(mut decision: NewDecision) -> Result<Self, LedgerError> {
        let reject = |problem: String| LedgerError::Rejected {
            record: decision.id.to_string(),
            problem,
        };
        let pinned = decision.body.pins.snapshots.iter().map(|pin| pin.hash);
        if !pinned.eq(decision.snapshots.iter().map(|sealed| sealed.hash)) {
            return Err(reject(
                "its snapshots are not the ones that its body pins, in their order".to_owned(),
            ));
        }
        let body = decision
            .body
            .to_bytes()
            .map_err(|_| reject("its body cannot be written as JSON".to_owned()))?;
        let application = application_bytes(&decision.application)
            .map_err(|problem| reject(format!("its application {problem}")))?;
        let packed_body = codec::pack(&body).map_err(|why| reject(format!("its body {why}")))?;
        let packed_application =
            codec::pack(&application).map_err(|why| reject(format!("its application {why}")))?;
        let commitment = chain::commitment(&decision.salt, &application, &body);
        let request_hash = chain::request_hash(&decision.body.pins.rule_set.name, &application);
        decision.recorded_at = decision.recorded_at.trunc_subsecs(0);
        Ok(Self {
            decision,
            application: packed_application,
            body: packed_body,
            commitment,
            request_hash,
        })
    }
}

fn application_bytes(application: &Application) -> Result<Vec<u8>, &'static str> {
    serde_json::to_vec(application).map_err(|_| "cannot be written as JSON")
}

/// A request with everything done that needs no transaction.
pub(super) struct PreparedIntake {
    intake: Intake,
    request_hash: [u8; 32],
    application: Vec<u8>,
}

impl PreparedIntake {
    /// Encodes, hashes and compresses a request.
    pub(super) fn new(intake: Intake) -> Result<Self, LedgerError> {
        let reject = |problem: String| LedgerError::Rejected {
            record: intake.decision.to_string(),
            problem: format!("its application {problem}"),
        };
        let bytes =
            application_bytes(&intake.application).map_err(|problem| reject(problem.to_owned()))?;
        let application = codec::pack(&bytes).map_err(|problem| reject(problem.to_string()))?;
        let request_hash = chain::request_hash(intake.rule_set.as_str(), &bytes);
        Ok(Self {
            intake,
            request_hash,
            application,
        })
    }
}

struct FoundIntake {
    request_hash: Vec<u8>,
    decision: DecisionId,
    bundle: BundleHash,
}

fn find_intake(
    connection: &Connection,
    tenant: &TenantId,
    key: &IdempotencyKey,
) -> Result<Option<FoundIntake>, LedgerError> {
    let found = connection
        .prepare_cached(
            "SELECT request_hash, decision_id, bundle FROM intakes
             WHERE tenant = ?1 AND idempotency_key = ?2",
        )?
        .query_row(params![tenant.as_str(), key.as_str()], |row| {
            Ok((
                row.get::<_, Vec<u8>>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
            ))
        })
        .optional()?;
    let Some((request_hash, decision, bundle)) = found else {
        return Ok(None);
    };
    let damaged = |problem: &str| LedgerError::Damaged {
        record: format!("intake {key}"),
        problem: problem.to_owned(),
    };
    Ok(Some(FoundIntake {
        request_hash,
        decision: DecisionId::parse(&decision).map_err(|_| damaged("it has no decision id"))?,
        bundle: BundleHash::parse(&bundle).ok_or_else(|| damaged("it has no bundle hash"))?,
    }))
}

/// Reserves a key; see [`super::Ledger::reserve`].
pub(super) fn reserve(
    connection: &Connection,
    chain_id: &str,
    prepared: &PreparedIntake,
) -> Result<Reservation, LedgerError> {
    let intake = &prepared.intake;
    if let Some(first) = find_intake(connection, &intake.tenant, &intake.key)? {
        if first.request_hash != prepared.request_hash {
            return Ok(Reservation::Conflict);
        }
        let decided = read::decision(connection, chain_id, &intake.tenant, &first.decision)?;
        return Ok(match decided {
            Some(record) => Reservation::Decided(Box::new(record)),
            None => Reservation::Reserved {
                decision: first.decision,
                bundle: first.bundle,
            },
        });
    }
    let reject = |problem: String| LedgerError::Rejected {
        record: intake.decision.to_string(),
        problem,
    };
    match read::bundle_name(connection, intake.tenant.as_str(), &hex(intake.bundle))? {
        Some(name) if name == intake.rule_set.as_str() => {}
        Some(_) => return Err(reject("its bundle is another rule set's".to_owned())),
        None => {
            let bundle = intake.bundle;
            let problem = format!("the ledger does not hold its rule set bundle {bundle}");
            return Err(reject(problem));
        }
    }
    connection
        .prepare_cached(
            "INSERT INTO intakes (tenant, idempotency_key, request_hash, decision_id, bundle,
                 received_at, application)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            intake.tenant.as_str(),
            intake.key.as_str(),
            prepared.request_hash,
            intake.decision.as_str(),
            hex(intake.bundle),
            intake.received_at.timestamp(),
            prepared.application,
        ])?;
    Ok(Reservation::Reserved {
        decision: intake.decision.clone(),
        bundle: intake.bundle,
    })
}

/// Gives a key back, unless it was decided or is pending.
pub(super) fn release(
    connection: &Connection,
    tenant: &TenantId,
    key: &IdempotencyKey,
) -> Result<(), LedgerError> {
    connection
        .prepare_cached(
            "DELETE FROM intakes WHERE tenant = ?1 AND idempotency_key = ?2 AND NOT EXISTS (
                 SELECT 1 FROM decisions
                 WHERE decisions.tenant = intakes.tenant AND decisions.id = intakes.decision_id)
             AND NOT EXISTS (
                 SELECT 1 FROM pending WHERE pending.tenant = intakes.tenant
                 AND pending.idempotency_key = intakes.idempotency_key)",
        )?
        .execute(params![tenant.as_str(), key.as_str()])?;
    Ok(())
}

/// Appends a decision to the chain; see [`super::Ledger::record`].
pub(super) fn record(
    connection: &Connection,
    chain_id: &str,
    prepared: Prepared,
) -> Result<DecisionRecord, LedgerError> {
    let new = &prepared.decision;
    let intake = find_intake(connection, &new.tenant, &new.key)?
        .filter(|intake| intake.decision == new.id)
        .ok_or(LedgerError::NotReserved)?;
    if let Some(recorded) = read::decision(connection, chain_id, &new.tenant, &new.id)? {
        return Ok(recorded);
    }
    if intake.bundle != new.body.pins.rule_set.bundle {
        return Err(LedgerError::Rejected {
            record: new.id.to_string(),
            problem: "its rule set bundle is not the one that was reserved with its key".to_owned(),
        });
    }
    if intake.request_hash != prepared.request_hash {
        return Err(LedgerError::Rejected {
            record: new.id.to_string(),
            problem: "its request is not the one that its key was reserved for".to_owned(),
        });
    }
    let envelope = Envelope::following(
        chain_id,
        read::head(connection)?,
        (&new.tenant, &new.id),
        prepared.commitment.clone(),
        new.recorded_at,
    );
    insert_envelope(connection, &envelope, new)?;
    insert_contents(connection, &envelope, &prepared)?;
    pending::settle(connection, &new.tenant, &new.key)?;
    connection
        .prepare_cached(
            "UPDATE intakes SET application = NULL WHERE tenant = ?1 AND idempotency_key = ?2",
        )?
        .execute(params![new.tenant.as_str(), new.key.as_str()])?;
    let NewDecision {
        tenant,
        id,
        application,
        body,
        ..
    } = prepared.decision;
    Ok(DecisionRecord {
        tenant,
        id,
        application,
        body,
        envelope,
    })
}

fn insert_envelope(
    connection: &Connection,
    envelope: &Envelope,
    new: &NewDecision,
) -> Result<(), LedgerError> {
    connection
        .prepare_cached(
            "INSERT INTO decisions (seq, tenant, id, previous, commitment, recorded_at, hash,
                 outcome, rule_set, application_id, bundle)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            read::to_sql(envelope.seq)?,
            envelope.tenant.as_str(),
            envelope.decision.as_str(),
            envelope.previous,
            envelope.commitment,
            envelope.recorded_at.timestamp(),
            envelope.hash,
            new.body.outcome().as_str(),
            new.body.pins.rule_set.name,
            new.application.id().as_str(),
            hex(new.body.pins.rule_set.bundle),
        ])?;
    Ok(())
}

fn insert_contents(
    connection: &Connection,
    envelope: &Envelope,
    prepared: &Prepared,
) -> Result<(), LedgerError> {
    let (new, seq) = (&prepared.decision, read::to_sql(envelope.seq)?);
    connection
        .prepare_cached(
            "INSERT INTO contents (seq, salt, application, body) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![seq, new.salt, prepared.application, prepared.body])?;
    for (position, sealed) in (0_i64..).zip(&new.snapshots) {
        let hash = sealed.hash.to_string();
        connection
            .prepare_cached(
                "INSERT INTO snapshots (tenant, hash, salt, bytes) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (tenant, hash) DO NOTHING",
            )?
            .execute(params![
                new.tenant.as_str(),
                hash,
                sealed.salt,
                sealed.bytes
            ])?;
        connection
            .prepare_cached(
                "INSERT INTO decision_snapshots (seq, position, tenant, hash)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![seq, position, new.tenant.as_str(), hash])?;
    }
    Ok(())
}

/// Refuses bytes that are not what their hash says, or are too large.
pub(super) fn check_bundle(bundle: &StoredBundle) -> Result<(), LedgerError> {
    let reject = |problem: String| LedgerError::Rejected {
        record: format!("bundle {}", bundle.hash),
        problem,
    };
    if bundle.bytes.len() > limits::RECORD_BYTES_MAX {
        return Err(reject(codec::CodecError::TooLarge.to_string()));
    }
    if !read::bundle_matches(&hex(bundle.hash), &bundle.bytes) {
        return Err(reject("its bytes do not match its hash".to_owned()));
    }
    Ok(())
}

/// Stores a bundle and makes it the active one, unless it is; see [`super::Ledger::activate`].
pub(super) fn activate(
    connection: &Connection,
    tenant: &TenantId,
    bundle: &StoredBundle,
    at: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let hash = hex(bundle.hash);
    let reject = |problem: &str| LedgerError::Rejected {
        record: format!("bundle {}", bundle.hash),
        problem: problem.to_owned(),
    };
    match read::bundle(connection, tenant, bundle.hash)? {
        None => {
            connection.execute(
                "INSERT INTO bundles (tenant, hash, name, bytes) VALUES (?1, ?2, ?3, ?4)",
                params![tenant.as_str(), hash, bundle.name.as_str(), bundle.bytes],
            )?;
        }
        Some(stored) if stored.name != bundle.name => {
            return Err(reject("it is published under another name"));
        }
        Some(_) => {}
    }
    let active: Option<String> = connection
        .query_row(
            "SELECT hash FROM activations WHERE tenant = ?1 AND name = ?2
             ORDER BY id DESC LIMIT 1",
            params![tenant.as_str(), bundle.name.as_str()],
            |row| row.get(0),
        )
        .optional()?;
    if active.as_ref() != Some(&hash) {
        connection.execute(
            "INSERT INTO activations (tenant, name, hash, at) VALUES (?1, ?2, ?3, ?4)",
            params![tenant.as_str(), bundle.name.as_str(), hash, at.timestamp()],
        )?;
    }
    Ok(())
}
