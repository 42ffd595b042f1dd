//! The examination: a student answers about every applicant of a corpus, and is scored against the
//! labels.
//!
//! The engine answers through the same door as in a decision: bank data is read as Stripe's, frozen,
//! analysed. `docs/accuracy.md` tells what it scores.

mod answer;
mod baseline;
mod engine;
mod error;
mod folder;
mod forecast;
mod report;
mod score;
mod shown;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rayon::prelude::*;

pub use answer::{Answer, AnsweredAccount, AnsweredStream, Pull, Question, Student};
pub use baseline::baseline;
pub use engine::engine;
pub use error::ExaminationError;
pub use folder::{Folder, LABELS_FILE, is_inside};
pub use forecast::{ForecastReport, GroupBrier, Likely, Rival, RivalBrier};
pub use report::{Band, Evidence, Group, Report, WorstCase};
pub use shown::{INCOME_FIGURES, OTHER_FIGURES, named, percent, score as brier, signed_score};
pub use tally::{Figure, METRICS, Metric, Millionths};

use crate::calendar::{Zone, civil_date};
use crate::corpus::Case;
use crate::limits;
use crate::snapshot::{Fetched, Snapshot, freeze};
use crate::stripe::read_stored;
use report::{Examined, Reporter};
use score::{Miss, score};

/// Applicants that are examined side by side; their bank data is in memory.
const AT_ONCE: usize = 256;
/// What is kept of everything that spoiled one figure of one applicant.
const MISSES_KEPT: usize = 3;

/// Examines a student on all cases. `progress` is told how many are done; the `worst` so many are
/// described.
///
/// # Errors
///
/// Where a case cannot be read from its file, or there is none. Bank data that cannot be read is an
/// applicant without an answer.
pub fn examine(
    cases: impl Iterator<Item = Result<Case, ExaminationError>>,
    student: Student,
    worst: usize,
    progress: impl FnMut(u64),
) -> Result<Report, ExaminationError> {
    examine_at_most(
        limits::EXAMINED_APPLICANTS_MAX,
        cases,
        student,
        worst,
        progress,
    )
}

fn examine_at_most(
    max: usize,
    cases: impl Iterator<Item = Result<Case, ExaminationError>>,
    student: Student,
    worst: usize,
    mut progress: impl FnMut(u64),
) -> Result<Report, ExaminationError> {
    let mut reporter = Reporter::new(worst.min(limits::WORST_CASES_MAX));
    let mut waiting: Vec<Case> = Vec::with_capacity(AT_ONCE);
    let mut done = 0_usize;
    let mut cases = cases.peekable();
    while let Some(case) = cases.next() {
        waiting.push(case?);
        done = done.saturating_add(1);
        if done > max {
            return Err(ExaminationError::TooMany { max });
        }
        if waiting.len() >= AT_ONCE || cases.peek().is_none() {
            let examined: Vec<Examined> = waiting
                .par_iter()
                .map(|case| examined(case, student))
                .collect();
            waiting.clear();
            examined.into_iter().for_each(|one| reporter.take(one));
            progress(u64::try_from(done).unwrap_or(u64::MAX));
        }
    }
    if done == 0 {
        return Err(ExaminationError::Empty);
    }
    Ok(reporter.finish())
}

fn examined(case: &Case, student: Student) -> Examined {
    let labels = &case.labels;
    let (answer, rows, unread) = match read_stored(&case.bank, labels.decided_at()) {
        Ok(fetched) => {
            let rows = rows(&fetched);
            let frozen = fetched.into_iter().map(|one| freeze(one, Zone::default()));
            let snapshots: Vec<Snapshot> = frozen.collect();
            (student(&Question::of(labels, &snapshots)), rows, None)
        }
        Err(error) => (
            Answer::none("unreadable"),
            BTreeMap::new(),
            Some(error.to_string()),
        ),
    };
    let mut score = score(labels, &answer);
    let forecast = match forecast::try_pulls(case, student) {
        Ok(tried) => tried,
        Err(why) => {
            score.exclude(why);
            Vec::new()
        }
    };
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    let evidence = score.misses.iter().filter(|miss| {
        let count = kept.entry(miss.metric).or_default();
        *count = count.saturating_add(1);
        *count <= MISSES_KEPT
    });
    Examined {
        applicant: labels.applicant.clone(),
        stratum: labels.stratum.clone(),
        era: labels.era,
        evidence: evidence.map(|miss| evidence_of(miss, &rows)).collect(),
        score,
        forecast,
        unread,
    }
}

/// Day, amount and text of a transaction.
type RowText = (chrono::NaiveDate, i64, String);

fn rows(fetched: &[Fetched]) -> BTreeMap<String, RowText> {
    let rows = fetched
        .iter()
        .filter_map(|one| one.transactions.known().ok());
    rows.flatten()
        .map(|(row, _)| {
            let day = civil_date(row.transacted_at, Zone::default());
            (
                row.id.as_str().to_owned(),
                (day, row.amount, row.description.clone()),
            )
        })
        .collect()
}

fn evidence_of(miss: &Miss, rows: &BTreeMap<String, RowText>) -> Evidence {
    let row = miss.transaction.as_ref().and_then(|id| rows.get(id));
    Evidence {
        metric: miss.metric,
        transaction: miss.transaction.clone(),
        day: row.map(|(day, _, _)| *day),
        amount: row.map(|(_, amount, _)| *amount),
        description: row.map(|(_, _, text)| text.clone()),
        truth: miss.truth.clone(),
        answer: miss.answer.clone(),
    }
}
