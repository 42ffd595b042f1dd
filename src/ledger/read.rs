//! What is read, as SQL. Whatever is read back is compared with what it was committed to.

use std::sync::Arc;

use chrono::DateTime;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::{
    Activation, Cursor, DecisionRecord, Envelope, Filter, LedgerError, Page, StoredBundle, chain,
    codec,
};
use crate::application::Application;
use crate::decision::DecisionBody;
use crate::id::{DecisionId, RuleSetName, TenantId};
use crate::limits;
use crate::rules::BundleHash;
use crate::snapshot::{Sealed, SnapshotHash};

/// The columns of [`StoredRow`], in its order.
const COLUMNS: &str = "decisions.seq, decisions.tenant, decisions.id, decisions.previous,
    decisions.commitment, decisions.recorded_at, decisions.hash, decisions.outcome,
    decisions.rule_set, decisions.application_id, decisions.bundle,
    contents.salt, contents.application, contents.body";

/// One decision as the tables hold it.
pub(super) struct StoredRow {
    pub(super) seq: u64,
    pub(super) tenant: String,
    pub(super) id: String,
    pub(super) previous: String,
    commitment: String,
    recorded_at: i64,
    pub(super) hash: String,
    outcome: String,
    rule_set: String,
    application: String,
    pub(super) bundle: String,
    contents: Option<Contents>,
}

struct Contents {
    salt: Vec<u8>,
    application: Vec<u8>,
    body: Vec<u8>,
}

impl StoredRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let contents = match (row.get(11)?, row.get(12)?, row.get(13)?) {
            (Some(salt), Some(application), Some(body)) => Some(Contents {
                salt,
                application,
                body,
            }),
            _ => None,
        };
        Ok(Self {
            seq: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
            tenant: row.get(1)?,
            id: row.get(2)?,
            previous: row.get(3)?,
            commitment: row.get(4)?,
            recorded_at: row.get(5)?,
            hash: row.get(6)?,
            outcome: row.get(7)?,
            rule_set: row.get(8)?,
            application: row.get(9)?,
            bundle: row.get(10)?,
            contents,
        })
    }

    /// How the record is named in errors and reports.
    pub(super) fn name(&self) -> String {
        match DecisionId::parse(&self.id) {
            Ok(id) => format!("{} ({id})", self.seq),
            Err(_) => self.seq.to_string(),
        }
    }

    /// The record, or the first thing that is wrong with it.
    pub(super) fn check(self, chain_id: &str) -> Result<DecisionRecord, LedgerError> {
        let mut problems = Vec::new();
        let record = self.examine(chain_id, &mut problems);
        match (record, problems.into_iter().next()) {
            (Some(record), None) => Ok(record),
            (_, problem) => Err(LedgerError::Damaged {
                record: self.name(),
                problem: problem.unwrap_or_else(|| "it cannot be read".to_owned()),
            }),
        }
    }

    /// Compares everything in the record with everything else in it and adds what does not fit to
    /// `problems`; the record, as far as it can be read.
    pub(super) fn examine(
        &self,
        chain_id: &str,
        problems: &mut Vec<String>,
    ) -> Option<DecisionRecord> {
        let envelope = self.examine_envelope(chain_id, problems)?;
        let Some(contents) = &self.contents else {
            problems.push("its contents are missing".to_owned());
            return None;
        };
        let application = unpack("application", &contents.application, problems);
        let body = unpack("body", &contents.body, problems);
        let (application, body) = (application?, body?);
        let commitment = <[u8; 32]>::try_from(contents.salt.as_slice())
            .map(|salt| chain::commitment(&salt, &application, &body));
        if commitment.as_ref().ok() != Some(&self.commitment) {
            problems.push("its application or body does not match its commitment".to_owned());
        }
        let application = serde_json::from_slice::<Application>(&application);
        let body = DecisionBody::from_bytes(&body);
        let (Ok(application), Ok(body)) = (application, body) else {
            problems
                .push("its application or body is not in a form that this engine reads".to_owned());
            return None;
        };
        self.examine_columns(&application, &body, problems);
        Some(DecisionRecord {
            tenant: envelope.tenant.clone(),
            id: envelope.decision.clone(),
            application: Arc::new(application),
            body,
            envelope,
        })
    }

    /// Compares the envelope with its hash, as far as that can be done without the contents.
    pub(super) fn examine_envelope(
        &self,
        chain_id: &str,
        problems: &mut Vec<String>,
    ) -> Option<Envelope> {
        let tenant = TenantId::parse(&self.tenant);
        let decision = DecisionId::parse(&self.id);
        let recorded_at = DateTime::from_timestamp(self.recorded_at, 0);
        let (Ok(tenant), Ok(decision), Some(recorded_at)) = (tenant, decision, recorded_at) else {
            problems.push("its envelope has no valid tenant, id or time".to_owned());
            return None;
        };
        let envelope = Envelope {
            chain_id: chain_id.to_owned(),
            seq: self.seq,
            tenant,
            decision,
            previous: self.previous.clone(),
            commitment: self.commitment.clone(),
            recorded_at,
            hash: self.hash.clone(),
        };
        if envelope.computed_hash() != envelope.hash {
            problems.push("its envelope does not match its hash".to_owned());
        }
        Some(envelope)
    }

    fn examine_columns(
        &self,
        application: &Application,
        body: &DecisionBody,
        problems: &mut Vec<String>,
    ) {
        let pin = &body.pins.rule_set;
        let columns = [
            ("outcome", self.outcome.as_str(), body.outcome().as_str()),
            ("rule_set", &self.rule_set, &pin.name),
            (
                "application_id",
                &self.application,
                application.id().as_str(),
            ),
            ("bundle", &self.bundle, &hex(pin.bundle)),
        ];
        for (column, indexed, recorded) in columns {
            if indexed != recorded {
                problems.push(format!("its column `{column}` is not what was recorded"));
            }
        }
    }
}

fn unpack(what: &str, packed: &[u8], problems: &mut Vec<String>) -> Option<Vec<u8>> {
    codec::unpack(packed)
        .map_err(|problem| problems.push(format!("its {what} {problem}")))
        .ok()
}

/// A bundle's hash as the tables hold it.
pub(super) fn hex(hash: BundleHash) -> String {
    hash.to_string()
}

/// A sequence number as SQLite holds it.
pub(super) fn to_sql(seq: u64) -> Result<i64, LedgerError> {
    i64::try_from(seq).map_err(|_| LedgerError::Store("the chain is full".to_owned()))
}

/// The newest record's position and hash; `None` in an empty chain.
pub(super) fn head(connection: &Connection) -> Result<Option<(u64, String)>, LedgerError> {
    Ok(connection
        .prepare_cached("SELECT seq, hash FROM decisions ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| {
            Ok((
                u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
                row.get(1)?,
            ))
        })
        .optional()?)
}

/// The decision of that id.
pub(super) fn decision(
    connection: &Connection,
    chain_id: &str,
    tenant: &TenantId,
    id: &DecisionId,
) -> Result<Option<DecisionRecord>, LedgerError> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM decisions LEFT JOIN contents ON contents.seq = decisions.seq
             WHERE decisions.tenant = ?1 AND decisions.id = ?2"
        ))?
        .query_row(params![tenant.as_str(), id.as_str()], StoredRow::read)
        .optional()?
        .map(|row| row.check(chain_id))
        .transpose()
}

/// At most `limit` records after `seq`, oldest first; of one tenant, or of all.
pub(super) fn walk(
    connection: &Connection,
    tenant: Option<&TenantId>,
    after: u64,
    limit: usize,
) -> Result<Vec<StoredRow>, LedgerError> {
    let condition = if tenant.is_some() {
        "AND decisions.tenant = ?3"
    } else {
        ""
    };
    let mut values = vec![
        Value::from(to_sql(after)?),
        Value::from(i64::try_from(limit).unwrap_or(i64::MAX)),
    ];
    values.extend(tenant.map(|tenant| Value::from(tenant.as_str().to_owned())));
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM decisions LEFT JOIN contents ON contents.seq = decisions.seq
         WHERE decisions.seq > ?1 {condition} ORDER BY decisions.seq LIMIT ?2"
    ))?;
    let rows = statement.query_map(params_from_iter(values), StoredRow::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many decisions a tenant has.
pub(super) fn count(connection: &Connection, tenant: &TenantId) -> Result<u64, LedgerError> {
    let count: i64 = connection
        .prepare_cached("SELECT count(*) FROM decisions WHERE tenant = ?1")?
        .query_row([tenant.as_str()], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The statement that lists one page, and its values. Newest first by recording time, then by
/// position; the index that serves the filter is named, so that the plan never depends on
/// statistics.
pub(super) fn list_query(
    tenant: &TenantId,
    filter: &Filter,
    after: Option<(i64, i64)>,
    limit: usize,
) -> (String, Vec<Value>) {
    let index = match (&filter.application, &filter.outcome, &filter.rule_set) {
        (Some(_), ..) => "decisions_by_application",
        (None, Some(_), _) => "decisions_by_outcome",
        (None, None, Some(_)) => "decisions_by_rule_set",
        (None, None, None) => "decisions_by_time",
    };
    let mut sql = format!(
        "SELECT {COLUMNS} FROM decisions INDEXED BY {index}
         LEFT JOIN contents ON contents.seq = decisions.seq WHERE decisions.tenant = ?"
    );
    let mut values = vec![Value::from(tenant.as_str().to_owned())];
    let text = |text: &str| Value::from(text.to_owned());
    let conditions = [
        (
            "application_id = ?",
            filter.application.as_ref().map(|id| text(id.as_str())),
        ),
        (
            "outcome = ?",
            filter.outcome.map(|outcome| text(outcome.as_str())),
        ),
        (
            "rule_set = ?",
            filter.rule_set.as_ref().map(|name| text(name.as_str())),
        ),
        (
            "recorded_at >= ?",
            filter.from.map(|from| Value::from(seconds_up(from))),
        ),
        (
            "recorded_at < ?",
            filter.until.map(|until| Value::from(seconds_up(until))),
        ),
    ];
    for (condition, value) in conditions {
        if let Some(value) = value {
            sql.push_str(" AND decisions.");
            sql.push_str(condition);
            values.push(value);
        }
    }
    if let Some((recorded_at, seq)) = after {
        sql.push_str(" AND (decisions.recorded_at, decisions.seq) < (?, ?)");
        values.extend([Value::from(recorded_at), Value::from(seq)]);
    }
    sql.push_str(" ORDER BY decisions.recorded_at DESC, decisions.seq DESC LIMIT ?");
    values.push(Value::from(i64::try_from(limit).unwrap_or(i64::MAX)));
    (sql, values)
}

/// Recording times are whole seconds: one is at or after `bound` exactly when it is at or after
/// the first whole second that is.
fn seconds_up(bound: DateTime<chrono::Utc>) -> i64 {
    let seconds = bound.timestamp();
    if bound.timestamp_subsec_nanos() > 0 {
        seconds.saturating_add(1)
    } else {
        seconds
    }
}

/// One page of decisions.
pub(super) fn list(
    connection: &Connection,
    chain_id: &str,
    tenant: &TenantId,
    filter: &Filter,
    after: Option<Cursor>,
    page_size: usize,
) -> Result<Page, LedgerError> {
    let page_size = page_size.clamp(1, limits::PAGE_SIZE_MAX);
    let after = after
        .map(|cursor| place(connection, tenant, cursor))
        .transpose()?;
    let (sql, values) = list_query(tenant, filter, after, page_size.saturating_add(1));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut page = Page {
        decisions: Vec::new(),
        next: None,
    };
    while let Some(row) = rows.next()? {
        if page.decisions.len() == page_size {
            page.next = page.decisions.last().map(|last| Cursor(last.envelope.seq));
            break;
        }
        page.decisions.push(StoredRow::read(row)?.check(chain_id)?);
    }
    Ok(page)
}

/// Where in the order of lists a cursor is.
fn place(
    connection: &Connection,
    tenant: &TenantId,
    Cursor(seq): Cursor,
) -> Result<(i64, i64), LedgerError> {
    let unknown = LedgerError::UnknownCursor;
    let seq = i64::try_from(seq).map_err(|_| unknown.clone())?;
    connection
        .prepare_cached("SELECT recorded_at FROM decisions WHERE seq = ?1 AND tenant = ?2")?
        .query_row(params![seq, tenant.as_str()], |row| row.get(0))
        .optional()?
        .map(|recorded_at| (recorded_at, seq))
        .ok_or(unknown)
}

/// The stored snapshot of that name; [`crate::snapshot::unseal`] proves that it is the one.
pub(super) fn snapshot(
    connection: &Connection,
    tenant: &TenantId,
    hash: SnapshotHash,
) -> Result<Option<Sealed>, LedgerError> {
    let found = connection
        .prepare_cached("SELECT salt, bytes FROM snapshots WHERE tenant = ?1 AND hash = ?2")?
        .query_row(params![tenant.as_str(), hash.to_string()], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((salt, bytes)) = found else {
        return Ok(None);
    };
    let salt = salt.try_into().map_err(|_| LedgerError::Damaged {
        record: format!("snapshot {hash}"),
        problem: "its salt is not 32 bytes".to_owned(),
    })?;
    Ok(Some(Sealed { hash, salt, bytes }))
}

/// The bundle of that hash, proven to be the one.
pub(super) fn bundle(
    connection: &Connection,
    tenant: &TenantId,
    hash: BundleHash,
) -> Result<Option<StoredBundle>, LedgerError> {
    let found = connection
        .prepare_cached("SELECT name, bytes FROM bundles WHERE tenant = ?1 AND hash = ?2")?
        .query_row(params![tenant.as_str(), hex(hash)], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .optional()?;
    let Some((name, bytes)) = found else {
        return Ok(None);
    };
    let damaged = |problem: &str| LedgerError::Damaged {
        record: format!("bundle {hash}"),
        problem: problem.to_owned(),
    };
    if !bundle_matches(&hex(hash), &bytes) {
        return Err(damaged("its bytes do not match its hash"));
    }
    let name = RuleSetName::parse(&name).map_err(|_| damaged("it has no valid name"))?;
    Ok(Some(StoredBundle { hash, name, bytes }))
}

/// Whether a bundle's bytes are the ones that its hash names.
pub(super) fn bundle_matches(hash: &str, bytes: &[u8]) -> bool {
    BundleHash::of(bytes).to_string() == hash
}

/// The name under which a bundle is stored; `None` where there is none of that hash.
pub(super) fn bundle_name(
    connection: &Connection,
    tenant: &str,
    hash: &str,
) -> Result<Option<String>, LedgerError> {
    Ok(connection
        .prepare_cached("SELECT name FROM bundles WHERE tenant = ?1 AND hash = ?2")?
        .query_row([tenant, hash], |row| row.get(0))
        .optional()?)
}

/// Every name under which a bundle decides, with that bundle.
pub(super) fn active(
    connection: &Connection,
    tenant: &TenantId,
) -> Result<Vec<(RuleSetName, BundleHash)>, LedgerError> {
    let latest = activations(connection, tenant)?
        .into_iter()
        .map(|activation| (activation.name, activation.hash))
        .collect::<std::collections::BTreeMap<_, _>>();
    Ok(latest.into_iter().collect())
}

/// What was made active when, oldest first.
pub(super) fn activations(
    connection: &Connection,
    tenant: &TenantId,
) -> Result<Vec<Activation>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, name, hash, at FROM activations WHERE tenant = ?1 ORDER BY id",
    )?;
    let rows = statement.query_map([tenant.as_str()], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, i64>(3)?,
        ))
    })?;
    rows.map(|row| {
        let (id, name, hash, at) = row?;
        let name = RuleSetName::parse(&name).ok();
        let (hash, at) = (BundleHash::parse(&hash), DateTime::from_timestamp(at, 0));
        match (name, hash, at) {
            (Some(name), Some(hash), Some(at)) => Ok(Activation { name, hash, at }),
            _ => Err(LedgerError::Damaged {
                record: format!("activation {id}"),
                problem: "it has no valid name, hash or time".to_owned(),
            }),
        }
    })
    .collect()
}
