//! What a run found.

use std::sync::Arc;

use super::RunFailure;
use crate::replay::backtest::Backtest;
use crate::replay::{ReplayReport, StoppedEarly};

/// What a run found.
#[derive(Debug)]
pub enum Found {
    /// By the rules that decided.
    Reproduced(ReplayReport),
    /// By candidates.
    Backtest(Backtest),
}

/// What a run found, and all of it as JSON.
#[derive(Debug)]
pub struct RunReport {
    /// What it found in numbers: without findings and flips one by one, which the JSON has.
    pub found: Found,
    /// All of it, as the commands print it.
    pub json: Arc<[u8]>,
}

impl RunReport {
    pub(super) fn of(mut found: Found) -> Result<Self, RunFailure> {
        let json = match &found {
            Found::Reproduced(report) => serde_json::to_vec(&report.to_json()),
            Found::Backtest(report) => serde_json::to_vec(report),
        };
        let json = json.map_err(|_| RunFailure::Interrupted)?;
        // They are most of it, and would be kept twice.
        match &mut found {
            Found::Reproduced(report) => report.findings = Vec::new(),
            Found::Backtest(report) => {
                for candidate in &mut report.candidates {
                    candidate.flips.listed = Vec::new();
                }
            }
        }
        Ok(Self {
            found,
            json: json.into(),
        })
    }

    /// How far the run came, where it was ended before the last decision.
    pub fn stopped_early(&self) -> Option<StoppedEarly> {
        match &self.found {
            Found::Reproduced(report) => report.stopped_early,
            Found::Backtest(report) => report.population.stopped_early,
        }
    }
}
