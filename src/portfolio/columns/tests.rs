//! Columns of the golden ledger, and of decisions that are made up.

#[path = "tests/damage.rs"]
mod damage;
#[path = "tests/followed.rs"]
mod followed;
#[path = "tests/loaded.rs"]
mod loaded;
#[path = "tests/made_up.rs"]
mod made_up;
#[path = "tests/schema.rs"]
mod schema;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::id::TenantId;
use crate::ledger::{Ledger, Snapshots, SqliteLedger};
use crate::portfolio::PastDecision;

/// The golden ledger in a folder of its own, and where its columns will be.
struct Golden {
    ledger: Arc<dyn Ledger>,
    columns: PathBuf,
    _folder: tempfile::TempDir,
}

impl Golden {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("ledger.sqlite");
        std::fs::copy("tests/golden/semantics-1/ledger.sqlite", &copy).unwrap();
        Self {
            ledger: Arc::new(SqliteLedger::open_read_only(&copy).unwrap()),
            columns: folder.path().join("columns.sqlite"),
            _folder: folder,
        }
    }

    async fn followed() -> Self {
        let golden = Self::new();
        let reach = golden.bring_up_to_date().await;
        assert!(reach.decisions > 20, "{reach:?}");
        assert_eq!((reach.left_out, reach.rebuilt), (0, false));
        golden
    }

    async fn bring_up_to_date(&self) -> Reach {
        let ledger = Arc::clone(&self.ledger);
        let reach = bring_up_to_date(&self.columns, ledger, false, |_| ControlFlow::Continue(()));
        reach.await.unwrap()
    }

    /// All decisions, from their records.
    async fn recorded(&self) -> Vec<PastDecision> {
        let tenant = TenantId::default_tenant();
        let all = self
            .ledger
            .history(&tenant, 0, usize::MAX, Snapshots::LeftOut);
        let all = all.await.unwrap().into_iter();
        all.map(|sealed| PastDecision::of(sealed.read_in_brief().unwrap()).unwrap())
            .collect()
    }

    /// All decisions, from the columns.
    fn loaded(&self) -> Vec<PastDecision> {
        let columns = Columns::open(&self.columns).unwrap().unwrap();
        let mut all = Vec::new();
        let each = |past: &PastDecision| {
            all.push(past.clone());
            ControlFlow::Continue(())
        };
        let excerpt = Excerpt::of(TenantId::default_tenant());
        columns.load(&excerpt, |_| true, each).unwrap();
        all
    }

    async fn compared(&self) -> Compared {
        let compared = compare(&self.columns, Arc::clone(&self.ledger), 0);
        compared.await.unwrap().unwrap()
    }

    fn sql(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(&self.columns).unwrap()
    }
}
