//! What holds of every store, asked of each.

pub(super) mod audit;
mod bundles;
pub(super) mod follow_ups;
mod history;
mod idempotency;
mod lists;
pub(super) mod pending;
pub(super) mod resolutions;
mod shadows;

use super::*;

/// A store, with all that goes when it goes.
pub(super) struct Tested {
    pub(super) ledger: Arc<dyn Ledger>,
    _directory: Option<tempfile::TempDir>,
}

impl Tested {
    async fn new(ledger: Arc<dyn Ledger>, directory: Option<tempfile::TempDir>) -> Self {
        let bundle = bundle("personal-loan");
        ledger
            .activate(&tenant(), bundle, at(0), None)
            .await
            .unwrap();
        Self {
            ledger,
            _directory: directory,
        }
    }

    /// In a file, with `personal-loan` active.
    pub(super) async fn file() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ledger.db");
        let ledger = Arc::new(SqliteLedger::open(&path, &OsEntropy).unwrap());
        Self::new(ledger, Some(directory)).await
    }

    /// In memory, with `personal-loan` active.
    pub(super) async fn memory() -> Self {
        let ledger = Arc::new(MemoryLedger::new(&OsEntropy).unwrap());
        Self::new(ledger, None).await
    }
}

/// Makes a test of each function for each store.
macro_rules! on_every_store {
    ($($name:ident),+ $(,)?) => {
        mod in_a_file {
            $(#[tokio::test]
            async fn $name() {
                let tested = super::super::Tested::file().await;
                super::$name(&*tested.ledger).await;
            })+
        }
        mod in_memory {
            $(#[tokio::test]
            async fn $name() {
                let tested = super::super::Tested::memory().await;
                super::$name(&*tested.ledger).await;
            })+
        }
    };
}
use on_every_store;
