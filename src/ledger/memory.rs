//! A ledger in memory: for tests, of this room and of others. It keeps nothing when it is dropped.

mod follow_ups;
mod tables;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::LedgerError;
use super::metrics::Metrics;
use super::store::{Rows, Store, Tables, Views};
use crate::id::Entropy;
use tables::MemoryTables;

/// The ledger in memory.
#[derive(Debug)]
pub struct MemoryLedger {
    chain_id: Arc<str>,
    metrics: Metrics,
    rows: Mutex<MemoryTables>,
    restored: AtomicBool,
}

impl MemoryLedger {
    /// An empty ledger. `entropy` names its chain.
    ///
    /// # Errors
    ///
    /// Where no randomness is to be had.
    pub fn new(entropy: &dyn Entropy) -> Result<Self, LedgerError> {
        let mut random = [0_u8; 16];
        entropy
            .fill(&mut random)
            .map_err(|error| LedgerError::Store(error.to_string()))?;
        Ok(Self {
            chain_id: format!("chain_{:032x}", u128::from_be_bytes(random)).into(),
            metrics: Metrics::default(),
            rows: Mutex::default(),
            restored: AtomicBool::new(false),
        })
    }

    /// The same as it is after it was restored from a backup: it takes nothing until it is resumed.
    pub fn into_restored(self) -> Self {
        self.restored.store(true, Ordering::Relaxed);
        self
    }

    fn rows(&self) -> MutexGuard<'_, MemoryTables> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryLedger {
    fn chain_id(&self) -> &Arc<str> {
        &self.chain_id
    }

    fn is_read_only(&self) -> bool {
        false
    }

    fn is_restored(&self) -> bool {
        self.restored.load(Ordering::Relaxed)
    }

    fn resumed(&self) {
        self.restored.store(false, Ordering::Relaxed);
    }

    fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    async fn ready(&self) -> Rows<()> {
        Ok(())
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Tables) -> Rows<T> + Send + 'static,
    ) -> Rows<T> {
        work(&*self.rows())
    }

    async fn read_at_once<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Views) -> Rows<T> + Send + 'static,
    ) -> Rows<T> {
        work(self)
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Tables) -> Rows<T> + Send + 'static,
    ) -> Rows<T> {
        // INVARIANT: nothing is left behind by an error. All rules of writing refuse before they
        // write, and writing to these tables cannot fail.
        work(&mut *self.rows())
    }
}

/// One after the other.
impl Views for MemoryLedger {
    fn view(&self, work: &mut dyn FnMut(&dyn Tables)) -> Rows<()> {
        work(&*self.rows());
        Ok(())
    }
}
