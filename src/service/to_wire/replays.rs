//! Runs that decide again, as they are shown.

use super::{outcome, timestamp};
use crate::proto;
use crate::replay::ReplayReport;
use crate::replay::backtest::{Backtest, Comparison};
use crate::replay::runs::{Found, Progress, Run, RunState};

/// How a run stands, and what it came to.
pub fn replay(run: &Run) -> proto::Replay {
    use proto::ReplayState as State;
    let (report, failure) = match &run.state {
        RunState::Running => (None, None),
        RunState::Over(report) => (Some(report), None),
        RunState::Failed(failure) => (None, Some(failure)),
    };
    let stopped = report.and_then(|report| report.stopped_early());
    let state = match &run.state {
        RunState::Running => State::Running,
        RunState::Over(_) if stopped.is_some() => State::Cancelled,
        RunState::Over(_) => State::Done,
        RunState::Failed(_) => State::Failed,
    };
    proto::Replay {
        id: run.id.to_string(),
        state: state.into(),
        who: run.who.to_string(),
        start_time: Some(timestamp(run.begun_at)),
        end_time: run.ended_at.map(timestamp),
        progress: Some(progress(&run.progress, run.is_over())),
        stopped_early: stopped.map(|stopped| proto::StoppedEarly {
            looked_at: stopped.looked_at,
            total: stopped.of,
            through: stopped.through,
        }),
        failure: failure.map(|failure| proto::ReplayFailure {
            reason: failure.code().to_ascii_uppercase(),
            message: failure.to_string(),
        }),
        result: report.map(|report| result(&report.found)),
        report_bytes: report.map_or(0, |report| count(report.json.len())),
    }
}

fn progress(progress: &Progress, is_over: bool) -> proto::ReplayProgress {
    let left = progress.left().filter(|_| !is_over);
    proto::ReplayProgress {
        looked_at: progress.looked_at,
        total: progress.total,
        rate: progress.rate(),
        seconds_left: left.map(|left| left.as_secs()),
    }
}

fn result(found: &Found) -> proto::replay::Result {
    use proto::replay::Result as Wire;
    match found {
        Found::Reproduced(report) => Wire::Reproduction(reproduction(report)),
        Found::Backtest(report) => Wire::Backtest(backtest(report)),
    }
}

fn reproduction(report: &ReplayReport) -> proto::ReproductionResult {
    let findings = report.classes.iter();
    proto::ReproductionResult {
        looked_at: report.total,
        taken: report.taken,
        unknown: report.unknown,
        reproduced: report.reproduced,
        findings: findings
            .map(|(class, count)| proto::FindingCount {
                class: class.as_str().to_owned(),
                count: *count,
            })
            .collect(),
    }
}

fn backtest(report: &Backtest) -> proto::BacktestResult {
    let left_out = &report.population.left_out;
    proto::BacktestResult {
        selected: report.population.selected,
        compared: report.population.compared,
        damaged: left_out.damaged,
        unknown: left_out.selection_unknown,
        resolutions: left_out.resolutions,
        other_semantics: left_out.other_semantics.values().sum(),
        candidates: report.candidates.iter().map(candidate).collect(),
    }
}

fn candidate(found: &Comparison) -> proto::CandidateResult {
    let name = &found.candidate;
    let flows = found.flows.iter().filter(|flow| flow.decisions > 0);
    proto::CandidateResult {
        name: name.name.clone(),
        version: name.version.clone(),
        bundle_hash: name.bundle.to_string(),
        given_as: name.given_as.clone(),
        headline: found.headline.clone(),
        decided: found.decided,
        from_snapshots: found.from_snapshots,
        not_decidable: found.not_decidable.total,
        flips: found.flips.total,
        flows: flows
            .map(|flow| proto::OutcomeFlow {
                from: outcome(flow.from).into(),
                to: outcome(flow.to).into(),
                decisions: flow.decisions,
            })
            .collect(),
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
