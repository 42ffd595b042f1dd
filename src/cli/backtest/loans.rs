//! What is known of loans: what the ledger holds, and what a file has beside it.

use std::path::Path;

use chrono::NaiveDate;

use crate::cli::CliError;
use crate::cli::args::Loans;
use crate::cli::assembly::Assembly;
use crate::cli::follow_ups::import;
use crate::clock::{Clock, SystemClock};
use crate::follow_up::{FollowUp, FollowUpKind};
use crate::ledger::FollowUpFilter;
use crate::limits;
use crate::money::Currency;
use crate::replay::backtest::{LoanBook, LoanEntry};
use crate::rules::Bundle;
use crate::service::from_wire;

/// Everything that is known of loans; `None` where nothing is.
pub(super) async fn book(
    asked: &Loans,
    house: &Assembly,
    candidates: &[(Bundle, String)],
) -> Result<Option<LoanBook>, CliError> {
    let mut entries = recorded(house).await?;
    if let Some(path) = &asked.performance {
        let currency = candidates.first().map(|(bundle, _)| bundle.currency());
        entries.extend(of_file(path, currency.unwrap_or(Currency::USD))?);
    }
    let bad = (asked.bad_days_late, asked.loan_age_days);
    Ok(LoanBook::new(entries, bad, asked.seen_until))
}

/// What the ledger holds.
async fn recorded(house: &Assembly) -> Result<Vec<LoanEntry>, CliError> {
    let filter = FollowUpFilter {
        kind: FollowUpKind::LoanPerformance,
        decision: None,
    };
    let (mut entries, mut before) = (Vec::new(), None);
    loop {
        let size = limits::FOLLOW_UPS_MAX;
        let page = house
            .ledger
            .follow_ups(&house.tenant, &filter, before, size);
        let page = page.await?;
        let Some(last) = page.last() else {
            return Ok(entries);
        };
        before = Some(last.envelope.seq);
        entries.extend(page.into_iter().filter_map(|record| match record.body {
            FollowUp::LoanPerformance(body) => Some(LoanEntry {
                key: record.key,
                decision: record.decision,
                body,
            }),
            FollowUp::Override(_) | FollowUp::Notice(_) => None,
        }));
    }
}

/// What a file has, checked as if it were to be recorded. Which decision an entry is of is not looked at: one
/// of others is joined to none.
fn of_file(path: &Path, currency: Currency) -> Result<Vec<LoanEntry>, CliError> {
    let now = SystemClock.now();
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
        let body = request.draft.check(currency, NaiveDate::MIN, now);
        Ok(LoanEntry {
            key: request.key,
            decision: request.decision,
            body: body.map_err(unusable)?,
        })
    });
    lines.collect()
}
