//! Compares the columns with the record.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::error::ColumnsError;
use super::follow::OTHER_FEATURES;
use super::live;
use super::names::Names;
use super::rows::{self, Numbers, TableRow};
use super::sqlite::{Followed, Found, Reader, Stored};
use crate::decision::RuleSetPin;
use crate::id::TenantId;
use crate::ledger::{Damage, Ledger, Problem, SealedDecision, Snapshots};
use crate::limits;
use crate::portfolio::PastDecision;

/// What comparing found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compared {
    /// Decisions that were compared.
    pub decisions: u64,
    /// The position in the chain up to which the columns go.
    pub through: u64,
    /// What differs, in the order of the chain of each tenant: of each decision the first.
    pub problems: Vec<Problem>,
    /// How many differ in all; told are at most [`limits::LEDGER_PROBLEMS_MAX`].
    pub problems_total: u64,
}

/// Compares the columns in the file `path` with a ledger, as far as they go and from the position `after`
/// on. `None` where there are none in this form: whoever needs them builds them. Nothing is changed.
///
/// # Errors
///
/// A ledger that cannot be read, and a file that others than its owner can read. A file that is damaged is
/// a difference.
pub async fn compare(
    path: &Path,
    ledger: Arc<dyn Ledger>,
    after: u64,
) -> Result<Option<Compared>, ColumnsError> {
    let compared = match Reader::open(path) {
        Ok(Found::Columns(reader)) => compare_with(reader, ledger, after).await,
        Ok(Found::Nothing | Found::OtherForm) => return Ok(None),
        Ok(Found::Broken) => Ok(Compared::of_problem("the file is no database")),
        Err(error) => Err(error),
    };
    match compared {
        Err(error @ ColumnsError::Failed { .. }) => {
            Ok(Some(Compared::of_problem(&error.to_string())))
        }
        compared => compared.map(Some),
    }
}

async fn compare_with(
    reader: Reader,
    ledger: Arc<dyn Ledger>,
    after: u64,
) -> Result<Compared, ColumnsError> {
    let mut compared = Compared::default();
    // Whoever writes goes on meanwhile.
    reader.begin_snapshot()?;
    if reader.chain_id()? != ledger.head().await?.chain_id {
        compared.add("columns", "they are of another chain than the ledger");
        return Ok(compared);
    }
    let mut comparing = Comparing {
        numbers: (reader.tenants()?, reader.rule_sets()?),
        reader,
        ledger,
        names: Names::default(),
        compared,
    };
    for followed in comparing.reader.followed()? {
        comparing.tenant(&followed, after).await?;
    }
    if let Some((seq, table)) = comparing.reader.orphan()? {
        let problem = format!(
            "rows in `{}` are of no decision that is in `decisions`",
            table.name()
        );
        comparing
            .compared
            .add(&format!("columns of {seq}"), problem);
    }
    comparing.reader.end_snapshot()?;
    Ok(comparing.compared)
}

impl Compared {
    /// Whether nothing differs.
    pub fn is_sound(&self) -> bool {
        self.problems_total == 0
    }

    fn of_problem(problem: &str) -> Self {
        let mut compared = Self::default();
        compared.add("columns", problem);
        compared
    }

    fn add(&mut self, record: &str, problem: impl Into<String>) {
        self.problems_total = self.problems_total.saturating_add(1);
        if self.problems.len() < limits::LEDGER_PROBLEMS_MAX {
            self.problems.push(Problem {
                record: record.to_owned(),
                problem: problem.into(),
                damage: Damage::Columns,
            });
        }
    }
}

struct Comparing {
    reader: Reader,
    ledger: Arc<dyn Ledger>,
    names: Names,
    numbers: (BTreeMap<String, i64>, BTreeMap<i64, RuleSetPin>),
    compared: Compared,
}

impl Comparing {
    async fn tenant(&mut self, followed: &Followed, after: u64) -> Result<(), ColumnsError> {
        let Ok(tenant) = TenantId::parse(&followed.tenant) else {
            self.compared.add("columns", "a tenant's name is none");
            return Ok(());
        };
        self.compared.through = self.compared.through.max(followed.seq);
        let mut after = after;
        while after < followed.seq {
            let page =
                self.ledger
                    .history(&tenant, after, limits::COLUMNS_BATCH, Snapshots::LeftOut);
            let mut page = page.await?;
            page.retain(|sealed| sealed.seq() <= followed.seq);
            let last = page.last().map_or(followed.seq, SealedDecision::seq);
            let stored = self.reader.stored(tenant.as_str(), after, last)?;
            self.page(&tenant, page, stored).await?;
            after = last;
        }
        let live = live::of(&*self.ledger, &tenant, followed.live_through).await?;
        if self.reader.live(tenant.as_str())? != live {
            let problem =
                format!("what was live when, of the tenant `{tenant}`, is not what was recorded");
            self.compared.add("columns", problem);
        }
        Ok(())
    }

    /// Compares the records of a part of the chain with what is stored of it.
    async fn page(
        &mut self,
        tenant: &TenantId,
        page: Vec<SealedDecision>,
        stored: Vec<Stored>,
    ) -> Result<(), ColumnsError> {
        let mut stored: BTreeMap<u64, Stored> =
            stored.into_iter().map(|one| (one.seq, one)).collect();
        for sealed in page {
            let (seq, name) = (sealed.seq(), format!("columns of {}", sealed.name()));
            let stored = stored.remove(&seq);
            // What is wrong with the record itself, a proof of the chain tells.
            let Ok(record) = sealed.read_in_brief() else {
                continue;
            };
            self.compared.decisions = self.compared.decisions.saturating_add(1);
            let past = PastDecision::of(record);
            let problem = match (stored, past) {
                (None, _) => Some("missing".to_owned()),
                (Some(stored), None) if stored.is_left_out => None,
                (Some(_), None) => Some(format!("to be left out: {OTHER_FEATURES}")),
                (Some(stored), Some(_)) if stored.is_left_out => {
                    Some("left out, though the record can be read".to_owned())
                }
                (Some(_), Some(past)) => self.decision(tenant, &past).await?,
            };
            if let Some(problem) = problem {
                self.compared.add(&name, problem);
            }
        }
        for seq in stored.into_keys() {
            let name = format!("columns of {seq}");
            self.compared.add(&name, "the chain holds no such decision");
        }
        Ok(())
    }

    /// The first difference in what is stored of a decision.
    async fn decision(
        &mut self,
        tenant: &TenantId,
        past: &PastDecision,
    ) -> Result<Option<String>, ColumnsError> {
        let (tenants, rule_sets) = &self.numbers;
        let mut pins = rule_sets.iter();
        let rule_set = pins.find(|(_, pin)| **pin == past.rule_set);
        let numbers = tenants.get(tenant.as_str()).copied().zip(rule_set);
        let Some((tenant_number, (rule_set, _))) = numbers else {
            return Ok(Some("its rule set is not in `rule_sets`".to_owned()));
        };
        let numbers = Numbers {
            tenant: tenant_number,
            rule_set: *rule_set,
        };
        let names = self.names.of(&*self.ledger, tenant, past).await?;
        let expected = rows::of(past, numbers, names.as_deref());
        Ok(difference(&expected, &self.reader.rows(past.seq)?))
    }
}

/// The first difference between rows.
pub(super) fn difference(expected: &[TableRow], stored: &[TableRow]) -> Option<String> {
    for (expected, stored) in expected.iter().zip(stored) {
        let table = expected.table;
        if table != stored.table {
            let table = table.min(stored.table);
            return Some(format!("another number of rows in `{}`", table.name()));
        }
        let mut cells = expected.cells.iter().zip(&stored.cells);
        if let Some(at) = cells.position(|(expected, stored)| expected != stored) {
            let column = table.columns().get(at).map_or("?", |column| &column.name);
            return Some(format!(
                "`{column}` in `{}` is not what was recorded",
                table.name()
            ));
        }
    }
    (expected.len() != stored.len()).then(|| "another number of rows".to_owned())
}
