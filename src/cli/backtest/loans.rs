//! What is known of loans: what the ledger holds, and what a file has beside it.

use std::path::Path;

use chrono::NaiveDate;

use crate::cli::CliError;
use crate::cli::args::Loans;
use crate::cli::assembly::Assembly;
use crate::cli::follow_ups::import;
use crate::clock::{Clock, SystemClock};
use crate::follow_up::{DraftFollowUp, FollowUp, FollowUpKind, Subject};
use crate::ledger::{DamagedRecord, FollowUpFilter};
use crate::limits;
use crate::replay::backtest::{LoanBook, LoanEntry};
use crate::rules::{Bundle, Outcome};
use crate::service::from_wire;

/// What is known of loans.
pub(super) struct Known {
    /// `None` where nothing is.
    pub(super) book: Option<LoanBook>,
    /// Entries of the ledger that are not what was written: they count for nothing.
    pub(super) damaged: Vec<DamagedRecord>,
}

/// Everything that is known of loans.
pub(super) async fn known(
    asked: &Loans,
    house: &Assembly,
    candidates: &[(Bundle, String)],
) -> Result<Known, CliError> {
    let (mut entries, damaged) = recorded(house).await?;
    if let Some(path) = &asked.performance {
        let first = candidates.first().map(|(bundle, _)| bundle);
        entries.extend(first.map_or(Ok(Vec::new()), |bundle| of_file(path, bundle))?);
    }
    let bad = (asked.bad_days_late, asked.loan_age_days);
    Ok(Known {
        book: LoanBook::new(entries, bad, asked.seen_until),
        damaged,
    })
}

/// What the ledger holds.
async fn recorded(house: &Assembly) -> Result<(Vec<LoanEntry>, Vec<DamagedRecord>), CliError> {
    let filter = FollowUpFilter {
        kind: FollowUpKind::LoanPerformance,
        decision: None,
    };
    let (mut entries, mut damaged, mut before) = (Vec::new(), Vec::new(), None);
    loop {
        let size = limits::FOLLOW_UPS_MAX;
        let page = house
            .ledger
            .follow_ups(&house.tenant, &filter, before, size)
            .await?;
        let found = page.follow_ups.into_iter();
        entries.extend(found.filter_map(|record| match record.body {
            FollowUp::LoanPerformance(body) => Some(LoanEntry {
                key: record.key,
                decision: record.decision,
                body,
            }),
            FollowUp::Override(_) | FollowUp::Notice(_) => None,
        }));
        damaged.extend(page.damaged);
        before = page.next;
        if before.is_none() {
            return Ok((entries, damaged));
        }
    }
}

/// What a file has, checked as if it were to be recorded. Which decision an entry is of is not looked at: one
/// of others is joined to none.
fn of_file(path: &Path, candidate: &Bundle) -> Result<Vec<LoanEntry>, CliError> {
    let now = SystemClock.now();
    let subject = Subject {
        kind: candidate.kind(),
        decided_on: NaiveDate::MIN,
        currency: candidate.currency(),
        outcomes: vec![Outcome::Approve],
        resolved_by: None,
    };
    let lines = import::read(path)?.into_iter().map(|line| {
        let unusable = |problems: Vec<crate::application::ApplicationError>| {
            let first = problems.first();
            let problem = first.map_or_else(String::new, |one| {
                format!("`{}` {}", one.field, one.problem)
            });
            let (file, number) = (path.display(), line.number);
            CliError::Usage(format!(
                "`{file}` cannot be read at line {number}: {problem}"
            ))
        };
        let request = from_wire::record_loan_performance_request(line.request);
        let request = request.map_err(unusable)?;
        let DraftFollowUp::LoanPerformance(draft) = request.draft else {
            return Err(unusable(Vec::new()));
        };
        Ok(LoanEntry {
            key: request.key,
            decision: request.decision,
            body: draft.check(&subject, now).map_err(unusable)?,
        })
    });
    lines.collect()
}
