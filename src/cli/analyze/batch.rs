//! `underwrite analyze --batch`: many applicants, a JSON line for each.
//!
//! A few are in memory at a time, however long the file; what is wrong with one is said in its own
//! line, and the others go on.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Bank, Manner, of_accounts, of_file};
use crate::cli::json_lines::JsonLines;
use crate::cli::{CliError, Exit, Terminal};
use crate::id::AccountId;
use crate::limits;
use crate::snapshot::Fetched;

/// One applicant, as a line names it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Applicant {
    /// What the answer is to be known by.
    id: Option<String>,
    #[serde(default)]
    accounts: Vec<String>,
    /// Relative to the folder of the batch.
    file: Option<PathBuf>,
    /// Whose accounts they are said to be.
    name: Option<String>,
}

/// Where the bank data of an applicant comes from.
enum Data {
    File(PathBuf),
    Accounts(Vec<AccountId>),
    Fetched(Vec<Fetched>, DateTime<Utc>),
}

/// One line of the file: who, and where the data is, or why that is not known.
struct Line {
    number: u64,
    id: Option<String>,
    name: Option<String>,
    data: Result<Data, CliError>,
}

/// Runs the command.
pub(super) async fn run(
    path: &Path,
    manner: Manner<'_>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let file = File::open(path).map_err(|error| CliError::file(path, &error))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut lines = JsonLines::new(BufReader::new(file), limits::BATCH_LINE_BYTES_MAX);
    let (mut bank, mut all, mut failed) = (None, 0_u64, 0_u64);
    loop {
        let mut some = Vec::new();
        while some.len() < limits::BATCH_AT_ONCE
            && let Some((number, text)) = lines
                .next_line()
                .map_err(|error| CliError::file(path, &error))?
        {
            some.push(line(number, text, folder));
        }
        if some.is_empty() {
            break;
        }
        let from_stripe = |line: &Line| matches!(line.data, Ok(Data::Accounts(_)));
        if bank.is_none() && some.iter().any(from_stripe) {
            bank = Some(Bank::open(manner.command, manner.config)?);
        }
        if let Some(bank) = &bank {
            fetch(bank, &mut some).await?;
        }
        let answers: Vec<(bool, Value)> = some
            .into_par_iter()
            .map(|line| answer(line, manner))
            .collect();
        for (good, answer) in answers {
            all = all.saturating_add(1);
            failed = failed.saturating_add(u64::from(!good));
            terminal.print(&format!("{answer}\n"))?;
        }
    }
    if failed == 0 {
        return Ok(Exit::Success);
    }
    let message =
        format!("{failed} of {all} applicants could not be analysed: their lines say why");
    Err(CliError::other("batch", message))
}

/// Fetches what is to be had from Stripe, for all at once.
async fn fetch(bank: &Bank, lines: &mut [Line]) -> Result<(), CliError> {
    let now = bank.clock.now();
    let mut fetches = JoinSet::new();
    for (place, line) in lines.iter().enumerate() {
        if let Ok(Data::Accounts(accounts)) = &line.data {
            let (bank, accounts) = (bank.clone(), accounts.clone());
            fetches.spawn(async move { (place, bank.fetch(accounts, now).await) });
        }
    }
    while let Some(ended) = fetches.join_next().await {
        let (place, fetched) =
            ended.map_err(|error| CliError::other("fetch", error.to_string()))?;
        if let Some(line) = lines.get_mut(place) {
            line.data = fetched.map(|fetched| Data::Fetched(fetched, now));
        }
    }
    Ok(())
}

/// The answer to a line, and whether it is a report.
fn answer(line: Line, manner: Manner<'_>) -> (bool, Value) {
    let name = line.name.as_deref();
    let report = line.data.and_then(|data| match data {
        Data::File(path) => of_file(manner, &path, name),
        Data::Fetched(fetched, now) => of_accounts(manner, fetched, now, name),
        Data::Accounts(_) => Err(CliError::other("fetch", "nothing was fetched")),
    });
    let report = report.and_then(|report| {
        serde_json::to_value(&report).map_err(|error| CliError::other("json", error.to_string()))
    });
    let (number, id) = (line.number, line.id);
    match report {
        Ok(report) => (true, json!({ "line": number, "id": id, "report": report })),
        Err(error) => {
            let error = json!({ "code": error.code(), "message": error.to_string() });
            (false, json!({ "line": number, "id": id, "error": error }))
        }
    }
}

/// What a line asks for.
fn line(number: u64, text: Option<Vec<u8>>, folder: &Path) -> Line {
    let wrong = |problem: &str| {
        let message = format!(
            "line {number} {problem}: it must be a JSON object with `accounts` (a list of \
             `fca_...`) or `file`, and as wanted `id` and `name`"
        );
        Err(CliError::other("line", message))
    };
    let nobody = |data| Line {
        number,
        id: None,
        name: None,
        data,
    };
    let Some(text) = text else {
        let max = limits::BATCH_LINE_BYTES_MAX;
        return nobody(wrong(&format!("is longer than {max} bytes")));
    };
    let Ok(applicant) = serde_json::from_slice::<Applicant>(&text) else {
        return nobody(wrong("cannot be read"));
    };
    let max = limits::ACCOUNTS_MAX;
    if applicant.accounts.len() > max {
        return Line {
            number,
            id: applicant.id,
            name: applicant.name,
            data: wrong(&format!("names more than {max} accounts")),
        };
    }
    let accounts = applicant.accounts.iter();
    let accounts: Result<Vec<AccountId>, _> = accounts.map(|id| AccountId::parse(id)).collect();
    let data = match (applicant.file, accounts) {
        (Some(file), Ok(accounts)) if accounts.is_empty() => Ok(Data::File(folder.join(file))),
        (None, Ok(accounts)) if !accounts.is_empty() => Ok(Data::Accounts(accounts)),
        (_, Err(_)) => wrong("names an account by an id that is none"),
        (Some(_), Ok(_)) => wrong("names both accounts and a file"),
        (None, Ok(_)) => wrong("names no account and no file"),
    };
    Line {
        number,
        id: applicant.id,
        name: applicant.name,
        data,
    }
}
