//! Who reads, beside the one who writes.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};

use super::file::{self, Found, failed};
use super::kept_beside::{Followed, Live};
use super::statements;
use crate::decision::RuleSetPin;
use crate::portfolio::columns::ColumnsError;
use crate::portfolio::columns::build::Build;
use crate::portfolio::columns::cell::Cell;
use crate::portfolio::columns::rows::TableRow;
use crate::portfolio::columns::table::Table;
use crate::private;
use crate::rules::{BundleHash, RuleSetKind};

/// Which packed decisions to read: of one tenant, after a position and up to another, recorded from one
/// time on and before another.
#[derive(Debug, Clone, Copy)]
pub(in crate::portfolio::columns) struct Selected<'a> {
    pub(in crate::portfolio::columns) tenant: &'a str,
    pub(in crate::portfolio::columns) positions: (i64, i64),
    pub(in crate::portfolio::columns) times: (i64, i64),
}

/// Something that is stored of a decision: its position, and whether it was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::portfolio::columns) struct Stored {
    pub(in crate::portfolio::columns) seq: u64,
    pub(in crate::portfolio::columns) is_left_out: bool,
}

/// Who reads.
#[derive(Debug)]
pub(in crate::portfolio::columns) struct Reader {
    connection: Connection,
    path: PathBuf,
}

/// A position as the file holds it. INVARIANT: a chain has no more than it can hold.
pub(super) fn to_row(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

pub(super) fn position(row: i64) -> u64 {
    u64::try_from(row).unwrap_or(0)
}

impl Reader {
    /// Opens what there is.
    pub(in crate::portfolio::columns) fn open(path: &Path) -> Result<Found<Self>, ColumnsError> {
        Ok(match file::open_reader(path)? {
            Found::Nothing => Found::Nothing,
            Found::OtherForm => Found::OtherForm,
            Found::Broken => Found::Broken,
            Found::Columns(connection) => Found::Columns(Self {
                connection,
                path: path.to_owned(),
            }),
        })
    }

    fn sound<T>(&self, read: rusqlite::Result<T>) -> Result<T, ColumnsError> {
        read.map_err(|error| failed(&self.path, &error))
    }

    /// That what is there of a record is not what was written.
    pub(in crate::portfolio::columns) fn damaged(&self, seq: u64) -> ColumnsError {
        ColumnsError::Damaged {
            path: self.path.display().to_string(),
            seq,
        }
    }

    /// Whatever is read from here on is of one moment, whoever writes meanwhile.
    pub(in crate::portfolio::columns) fn begin_snapshot(&self) -> Result<(), ColumnsError> {
        self.sound(self.connection.execute_batch("BEGIN DEFERRED"))
    }

    /// Ends what [`Self::begin_snapshot`] began; so does closing the file.
    pub(in crate::portfolio::columns) fn end_snapshot(&self) -> Result<(), ColumnsError> {
        self.sound(self.connection.execute_batch("COMMIT"))
    }

    /// The chain that is followed.
    pub(in crate::portfolio::columns) fn chain_id(&self) -> Result<String, ColumnsError> {
        self.sound(file::chain_of(&self.connection))
    }

    /// Which building of the columns this is.
    pub(in crate::portfolio::columns) fn build(&self) -> Result<Build, ColumnsError> {
        Ok(Build {
            identity: private::identity(&self.path),
            schema_version: self.sound(schema_version(&self.connection))?,
        })
    }

    /// How far each tenant was followed.
    pub(in crate::portfolio::columns) fn followed(&self) -> Result<Vec<Followed>, ColumnsError> {
        self.sound(followed(&self.connection))
    }

    /// What was live when under the names of a tenant.
    pub(in crate::portfolio::columns) fn live(
        &self,
        tenant: &str,
    ) -> Result<Vec<Live>, ColumnsError> {
        self.sound(live(&self.connection, tenant))
    }

    /// The numbers of tenants.
    pub(in crate::portfolio::columns) fn tenants(
        &self,
    ) -> Result<BTreeMap<String, i64>, ColumnsError> {
        let read = || {
            let mut found = self
                .connection
                .prepare("SELECT tenant, number FROM tenants")?;
            let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        };
        self.sound(read())
    }

    /// The rule sets by their numbers; what is none is left out.
    pub(in crate::portfolio::columns) fn rule_sets(
        &self,
    ) -> Result<BTreeMap<i64, RuleSetPin>, ColumnsError> {
        let read = || {
            let mut found = self
                .connection
                .prepare("SELECT number, name, version, kind, bundle FROM rule_sets")?;
            let mut rows = found.query([])?;
            let mut pins = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let (kind, bundle): (String, String) = (row.get(3)?, row.get(4)?);
                if let (Some(kind), Some(bundle)) =
                    (RuleSetKind::from_word(&kind), BundleHash::parse(&bundle))
                {
                    let pin = RuleSetPin {
                        name: row.get(1)?,
                        version: row.get(2)?,
                        kind,
                        bundle,
                    };
                    pins.insert(row.get(0)?, pin);
                }
            }
            Ok(pins)
        };
        self.sound(read())
    }

    /// The positions of the first and the last decision; zeros where there is none.
    pub(in crate::portfolio::columns) fn ends(&self) -> Result<(u64, u64), ColumnsError> {
        let sql = "SELECT coalesce((SELECT min(seq) FROM packed), 0),
                          coalesce((SELECT max(seq) FROM packed), 0)";
        let read = |row: &rusqlite::Row<'_>| Ok((position(row.get(0)?), position(row.get(1)?)));
        self.sound(self.connection.query_row(sql, [], read))
    }

    /// What is stored of the decisions of a tenant after a position and up to another, in the order of
    /// the chain.
    pub(in crate::portfolio::columns) fn stored(
        &self,
        tenant: &str,
        after: u64,
        through: u64,
    ) -> Result<Vec<Stored>, ColumnsError> {
        let read = || {
            let mut found = self.connection.prepare_cached(
                "SELECT seq, 0 FROM decisions
                 WHERE tenant = (SELECT number FROM tenants WHERE tenant = ?1)
                 AND seq > ?2 AND seq <= ?3
                 UNION ALL
                 SELECT seq, 1 FROM left_out
                 WHERE tenant = (SELECT number FROM tenants WHERE tenant = ?1)
                 AND seq > ?2 AND seq <= ?3
                 ORDER BY seq",
            )?;
            let asked = params![tenant, to_row(after), to_row(through)];
            let rows = found.query_map(asked, |row| {
                Ok(Stored {
                    seq: position(row.get(0)?),
                    is_left_out: row.get(1)?,
                })
            })?;
            rows.collect()
        };
        self.sound(read())
    }

    /// All rows of one decision, in the order of the tables.
    pub(in crate::portfolio::columns) fn rows(
        &self,
        seq: u64,
    ) -> Result<Vec<TableRow>, ColumnsError> {
        let read = || {
            let mut all = Vec::new();
            for table in Table::ALL {
                let mut select = self.connection.prepare_cached(statements::select(table))?;
                let mut rows = select.query([to_row(seq)])?;
                while let Some(row) = rows.next()? {
                    let cells = 0..table.columns().len();
                    let cells = cells.map(|at| Ok(cell(row.get_ref(at)?)));
                    let cells = cells.collect::<rusqlite::Result<_>>()?;
                    all.push(TableRow { table, cells });
                }
            }
            Ok(all)
        };
        self.sound(read())
    }

    /// The first record of which there are rows in any table, and none of the decision itself.
    pub(in crate::portfolio::columns) fn orphan(
        &self,
    ) -> Result<Option<(u64, Table)>, ColumnsError> {
        for table in Table::ALL {
            let sql = format!(
                "SELECT min(seq) FROM {} WHERE seq NOT IN (SELECT seq FROM decisions)",
                table.name()
            );
            let found = self
                .connection
                .query_row(&sql, [], |row| row.get::<_, Option<i64>>(0));
            if let Some(seq) = self.sound(found)? {
                return Ok(Some((position(seq), table)));
            }
        }
        Ok(None)
    }

    /// How many decisions of a tenant there are up to a position in the chain.
    pub(in crate::portfolio::columns) fn decisions_through(
        &self,
        tenant: &str,
        seq: u64,
    ) -> Result<u64, ColumnsError> {
        let sql = "SELECT count(*) FROM decisions
                   WHERE tenant = (SELECT number FROM tenants WHERE tenant = ?1) AND seq <= ?2";
        let count = self
            .connection
            .query_row(sql, params![tenant, to_row(seq)], |row| row.get(0));
        Ok(position(self.sound(count)?))
    }

    /// Reads packed decisions in the order of the chain, for as long as `each` wants more: it is given
    /// the position, the number of the rule set, and the decision.
    pub(in crate::portfolio::columns) fn packed(
        &self,
        selected: Selected<'_>,
        mut each: impl FnMut(u64, i64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), ColumnsError> {
        let mut read = || {
            let mut select = self.connection.prepare_cached(
                "SELECT seq, rule_set, content FROM packed
                 WHERE seq > ?2 AND seq <= ?3
                 AND tenant = (SELECT number FROM tenants WHERE tenant = ?1)
                 AND recorded_at >= ?4 AND recorded_at < ?5
                 ORDER BY seq",
            )?;
            let ((after, through), (from, until)) = (selected.positions, selected.times);
            let mut rows = select.query(params![selected.tenant, after, through, from, until])?;
            while let Some(row) = rows.next()? {
                let content = row.get_ref(2)?.as_blob().unwrap_or_default();
                if each(position(row.get(0)?), row.get(1)?, content).is_break() {
                    break;
                }
            }
            Ok(())
        };
        let read = read();
        self.sound(read)
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(whole) => Cell::Whole(whole),
        // Nothing of that kind is written.
        ValueRef::Real(real) => Cell::text(&real.to_string()),
        ValueRef::Text(text) => Cell::text(&String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
    }
}

pub(super) fn schema_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA schema_version", [], |row| row.get(0))
}

/// How many decisions there are, and how many are left out.
pub(super) fn counts(connection: &Connection) -> rusqlite::Result<(u64, u64)> {
    let sql = "SELECT (SELECT count(*) FROM decisions), (SELECT count(*) FROM left_out)";
    let read = |row: &rusqlite::Row<'_>| Ok((position(row.get(0)?), position(row.get(1)?)));
    connection.query_row(sql, [], read)
}

pub(super) fn followed(connection: &Connection) -> rusqlite::Result<Vec<Followed>> {
    let mut found = connection
        .prepare_cached("SELECT tenant, followed, followed_hash, live_through FROM tenants")?;
    let rows = found.query_map([], |row| {
        Ok(Followed {
            tenant: row.get(0)?,
            seq: position(row.get(1)?),
            hash: row.get::<_, Option<_>>(2)?.unwrap_or_default(),
            live_through: position(row.get(3)?),
        })
    })?;
    rows.collect()
}

pub(super) fn live(connection: &Connection, tenant: &str) -> rusqlite::Result<Vec<Live>> {
    let mut found = connection.prepare_cached(
        "SELECT name, position, version, bundle, live_from, live_until, activated_by, activated_at
         FROM rules_live WHERE tenant = (SELECT number FROM tenants WHERE tenant = ?1)
         ORDER BY name, position",
    )?;
    let rows = found.query_map([tenant], |row| {
        Ok(Live {
            name: row.get(0)?,
            position: row.get(1)?,
            version: row.get(2)?,
            bundle: row.get(3)?,
            live_from: row.get(4)?,
            live_until: row.get(5)?,
            activated_by: row.get(6)?,
            activated_at: row.get(7)?,
        })
    })?;
    rows.collect()
}
