//! The one who writes: a batch is one transaction, and begins where the last one ended, whoever wrote it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, ToSql, Transaction, TransactionBehavior, params};

use super::file::{self, failed};
use super::kept_beside::{Followed, Live};
use super::reader;
use super::statements;
use crate::decision::RuleSetPin;
use crate::id::TenantId;
use crate::portfolio::PastDecision;
use crate::portfolio::columns::ColumnsError;
use crate::portfolio::columns::build::Build;
use crate::portfolio::columns::cell::Cell;
use crate::portfolio::columns::effort::Effort;
use crate::portfolio::columns::rows::{self, Numbers, TableRow};
use crate::portfolio::columns::table::Table;
use crate::private::{self, Identity};
use crate::rules::Layout;

/// A decision to be written.
#[derive(Debug)]
pub(in crate::portfolio::columns) struct Entry {
    pub(in crate::portfolio::columns) seq: u64,
    pub(in crate::portfolio::columns) id: String,
    /// The hash of its record.
    pub(in crate::portfolio::columns) hash: Vec<u8>,
    /// What was recorded, or why it is left out.
    pub(in crate::portfolio::columns) past: Result<PastDecision, &'static str>,
    /// What stands at the positions of its rule set.
    pub(in crate::portfolio::columns) names: Option<Arc<Layout>>,
}

/// What is there at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::portfolio::columns) struct Reached {
    pub(in crate::portfolio::columns) build: Build,
    pub(in crate::portfolio::columns) followed: Vec<Followed>,
    /// Decisions that are there, and those that are left out.
    pub(in crate::portfolio::columns) counts: (u64, u64),
}

/// The one who writes.
#[derive(Debug)]
pub(in crate::portfolio::columns) struct Writer {
    connection: Connection,
    path: PathBuf,
    /// Which file is open.
    identity: Option<Identity>,
    chain_id: String,
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Whole(whole) => ValueRef::Integer(*whole),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Writer {
    /// Opens the columns of a chain; says whether other ones were given up.
    pub(in crate::portfolio::columns) fn open(
        path: &Path,
        chain_id: &str,
    ) -> Result<(Self, bool), ColumnsError> {
        let (connection, replaced) = file::open_writable(path, chain_id)?;
        let writer = Self {
            connection,
            path: path.to_owned(),
            identity: private::identity(path),
            chain_id: chain_id.to_owned(),
        };
        Ok((writer, replaced))
    }

    /// Gives up all that is there.
    pub(in crate::portfolio::columns) fn start_anew(&mut self) -> Result<(), ColumnsError> {
        let chain_id = self.chain_id.clone();
        self.commit(|transaction| file::start_anew(transaction, &chain_id).map(Some))
            .map(|_| ())
    }

    /// How far each tenant was followed. Fails where another file is at the path now, or none: whoever asks
    /// would follow what nobody can read.
    pub(in crate::portfolio::columns) fn followed(&self) -> Result<Vec<Followed>, ColumnsError> {
        self.check_place()?;
        reader::followed(&self.connection).map_err(|error| failed(&self.path, &error))
    }

    /// Which building of the columns is there.
    pub(in crate::portfolio::columns) fn build(&self) -> Result<Build, ColumnsError> {
        self.check_place()?;
        let version = reader::schema_version(&self.connection);
        let schema_version = version.map_err(|error| failed(&self.path, &error))?;
        Ok(Build {
            identity: self.identity,
            schema_version,
        })
    }

    /// What is there.
    pub(in crate::portfolio::columns) fn reached(&mut self) -> Result<Reached, ColumnsError> {
        self.check_place()?;
        let identity = self.identity;
        let reached = self.connection.transaction().and_then(|moment| {
            Ok(Reached {
                followed: reader::followed(&moment)?,
                counts: reader::counts(&moment)?,
                build: Build {
                    identity,
                    schema_version: reader::schema_version(&moment)?,
                },
            })
        });
        reached.map_err(|error| failed(&self.path, &error))
    }

    /// Writes decisions of a tenant that come after the position `after`, oldest first. `false` where
    /// somebody else has followed that tenant meanwhile: nothing is written then.
    pub(in crate::portfolio::columns) fn append(
        &mut self,
        tenant: &TenantId,
        after: u64,
        entries: &[Entry],
        effort: Effort,
    ) -> Result<bool, ColumnsError> {
        let written = self.commit(|transaction| {
            let (number, followed) = tenant_number(transaction, tenant)?;
            if followed != after {
                return Ok(None);
            }
            append(transaction, number, entries, effort).map(Some)
        })?;
        Ok(written.is_some())
    }

    /// Writes what was live when under the names of a tenant, where that is not there already: not over what
    /// somebody else has read further along the chain.
    pub(in crate::portfolio::columns) fn set_live(
        &mut self,
        tenant: &TenantId,
        live: &[Live],
        through: u64,
    ) -> Result<(), ColumnsError> {
        let found = reader::live(&self.connection, tenant.as_str());
        if found.map_err(|error| failed(&self.path, &error))? == live {
            return Ok(());
        }
        self.commit(|transaction| {
            let (number, _) = tenant_number(transaction, tenant)?;
            let sql = "SELECT live_through FROM tenants WHERE number = ?1";
            let is_through = transaction.query_row(sql, [number], |row| row.get(0))?;
            if reader::position(is_through) > through {
                return Ok(None);
            }
            transaction.execute("DELETE FROM rules_live WHERE tenant = ?1", [number])?;
            transaction.execute(
                "UPDATE tenants SET live_through = ?2 WHERE number = ?1",
                params![number, reader::to_row(through)],
            )?;
            for one in live {
                transaction.execute(
                    "INSERT INTO rules_live (tenant, name, position, version, bundle, live_from,
                         live_until, activated_by, activated_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                    params![
                        number,
                        one.name,
                        one.position,
                        one.version,
                        one.bundle,
                        one.live_from,
                        one.live_until,
                        one.activated_by,
                        one.activated_at
                    ],
                )?;
            }
            Ok(Some(()))
        })?;
        Ok(())
    }

    /// Fails where the file that is open is no longer the one at its path.
    fn check_place(&self) -> Result<(), ColumnsError> {
        if private::identity(&self.path) == self.identity {
            return Ok(());
        }
        Err(ColumnsError::Rebuilt {
            path: self.path.display().to_string(),
        })
    }

    /// Does work in one transaction, which is given up where it gives nothing. Fails where another release
    /// has built another form meanwhile.
    fn commit<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<Option<T>>,
    ) -> Result<Option<T>, ColumnsError> {
        self.check_place()?;
        let path = &self.path;
        let connection = &mut self.connection;
        let done = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|transaction| {
                if !file::is_of_this_form(&transaction)? {
                    return Ok(Err(ColumnsError::Changed {
                        path: path.display().to_string(),
                    }));
                }
                let done = work(&transaction)?;
                if done.is_some() {
                    transaction.commit()?;
                }
                Ok(Ok(done))
            });
        done.map_err(|error| failed(path, &error))?
    }
}

/// The number of a tenant, made where it has none, and how far it was followed.
fn tenant_number(connection: &Connection, tenant: &TenantId) -> rusqlite::Result<(i64, u64)> {
    let tenant = tenant.as_str();
    let sql = "SELECT number, followed FROM tenants WHERE tenant = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, reader::position(row.get(1)?)));
    if let Some(found) = connection.query_row(sql, [tenant], read).optional()? {
        return Ok(found);
    }
    connection.execute("INSERT INTO tenants (tenant) VALUES (?1)", [tenant])?;
    Ok((connection.last_insert_rowid(), 0))
}

/// The number of a rule set, made where it has none.
fn rule_set_number(connection: &Connection, pin: &RuleSetPin) -> rusqlite::Result<i64> {
    let bundle = pin.bundle.to_string();
    let named = params![pin.name, pin.version, pin.kind.as_str(), bundle];
    let mut find = connection.prepare_cached(
        "SELECT number FROM rule_sets
         WHERE name = ?1 AND version = ?2 AND kind = ?3 AND bundle = ?4",
    )?;
    if let Some(found) = find.query_row(named, |row| row.get(0)).optional()? {
        return Ok(found);
    }
    connection.execute(
        "INSERT INTO rule_sets (name, version, kind, bundle) VALUES (?1, ?2, ?3, ?4)",
        named,
    )?;
    Ok(connection.last_insert_rowid())
}

fn append(
    connection: &Connection,
    tenant: i64,
    entries: &[Entry],
    effort: Effort,
) -> rusqlite::Result<()> {
    let mut numbered = Vec::with_capacity(entries.len());
    for entry in entries {
        let Ok(past) = &entry.past else {
            continue;
        };
        let rule_set = rule_set_number(connection, &past.rule_set)?;
        let numbers = Numbers { tenant, rule_set };
        numbered.push((past, numbers, entry.names.as_deref()));
    }
    let make = |(past, numbers, names): &(&PastDecision, Numbers, Option<&Layout>)| {
        rows::of(past, *numbers, *names)
    };
    let made: Vec<Vec<TableRow>> = match effort {
        Effort::AllProcessors => numbered.par_iter().map(make).collect(),
        Effort::OneProcessor => numbered.iter().map(make).collect(),
    };
    for table in Table::ALL {
        let mut insert = connection.prepare(statements::insert(table))?;
        let of_table = made.iter().flatten().filter(|row| row.table == table);
        for row in of_table {
            insert.execute(rusqlite::params_from_iter(&row.cells))?;
        }
    }
    for entry in entries {
        if let Err(why) = &entry.past {
            connection.execute(
                "INSERT INTO left_out (seq, tenant, id, why) VALUES (?1, ?2, ?3, ?4)",
                params![reader::to_row(entry.seq), tenant, entry.id, why],
            )?;
        }
    }
    if let Some(last) = entries.last() {
        connection.execute(
            "UPDATE tenants SET followed = ?2, followed_hash = ?3 WHERE number = ?1",
            params![tenant, reader::to_row(last.seq), last.hash],
        )?;
    }
    Ok(())
}
