//! One line of a file of past applications, and the bank data that it names.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::analysis::AmountSign;
use crate::application::{Application, ApplicationError};
use crate::calendar::{AsOf, Zone, end_of_day};
use crate::cli::args::{Moment, parse_moment, parse_outcome};
use crate::cli::{json, limited_file};
use crate::examination::is_inside;
use crate::id::IdempotencyKey;
use crate::limits;
use crate::proto;
use crate::rewind::{Doubts, Knowledge, rewind};
use crate::rules::Outcome;
use crate::service::from_wire;
use crate::snapshot::{Fetched, Snapshot, freeze};
use crate::stripe::{StripeError, read_stored};

use chrono::{DateTime, SubsecRound, Utc};

/// How the lines of a file are read.
#[derive(Clone, Copy)]
pub(super) struct Manner<'a> {
    /// Where files of bank data are.
    pub(super) folder: &'a Path,
    pub(super) zone: Zone,
    pub(super) sign: AmountSign,
    pub(super) knowledge: Knowledge,
    /// What was decided is not later.
    pub(super) now: DateTime<Utc>,
}

/// A past application, with the accounts as they stood.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) key: IdempotencyKey,
    pub(super) application: Application,
    pub(super) as_of: AsOf,
    /// What was decided elsewhere, where the line says.
    pub(super) outcome: Option<Outcome>,
    /// In the order in which the application names them.
    pub(super) snapshots: Vec<Snapshot>,
    pub(super) doubts: Vec<Doubts>,
}

/// A line as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    application: Value,
    decided_at: String,
    /// A path, or what such a file holds.
    bank: Value,
    #[serde(default)]
    outcome: Option<String>,
}

/// The fields of a line, as they are told to whoever wrote others.
const FIELDS: &str = "`application`, `decided_at`, `bank` and, where it is known, `outcome`";

fn problem(field: &str, problem: impl Into<String>) -> ApplicationError {
    ApplicationError {
        field: field.to_owned(),
        problem: problem.into(),
    }
}

/// Reads a line; where it cannot be used, all that is wrong with it.
pub(super) fn read(
    text: Option<Vec<u8>>,
    manner: Manner<'_>,
) -> Result<Past, Vec<ApplicationError>> {
    let Some(text) = text else {
        let max = limits::PAST_LINE_BYTES_MAX;
        let said = format!("is longer than {max} bytes: name a file as `bank`");
        return Err(vec![problem("line", said)]);
    };
    let written = parse(&text).map_err(|error| vec![error])?;
    let mut problems = Vec::new();
    let as_of = keep(&mut problems, moment(&written.decided_at, manner));
    let outcome = written.outcome.as_deref().map(parse_outcome).transpose();
    let outcome = outcome.map_err(|said| problem("outcome", said));
    let outcome = keep(&mut problems, outcome).flatten();
    let bank = keep(&mut problems, bank(&written.bank, manner));
    let application = match application(&written.application) {
        Ok(application) => Some(application),
        Err(found) => {
            problems.extend(found);
            None
        }
    };
    let (Some(as_of), Some(bank), Some(application)) = (as_of, bank, application) else {
        return Err(problems);
    };
    let key = keep(&mut problems, key(&application, as_of));
    let rewound = rewind(bank, as_of, manner.sign, manner.knowledge).into_iter();
    let (accounts, doubts): (Vec<Fetched>, Vec<Doubts>) =
        rewound.map(|one| (one.fetched, one.doubts)).unzip();
    let accounts = keep(&mut problems, in_order(accounts, &application));
    match (key, accounts) {
        (Some(key), Some(accounts)) if problems.is_empty() => Ok(Past {
            key,
            application,
            as_of,
            outcome,
            snapshots: accounts
                .into_iter()
                .map(|one| freeze(one, as_of.zone))
                .collect(),
            doubts,
        }),
        _ => Err(problems),
    }
}

fn keep<T>(problems: &mut Vec<ApplicationError>, read: Result<T, ApplicationError>) -> Option<T> {
    read.map_err(|error| problems.push(error)).ok()
}

/// What the reader says of a line repeats what stands there, but for the names of its own fields.
fn parse(text: &[u8]) -> Result<Written, ApplicationError> {
    let reader = &mut serde_json::Deserializer::from_slice(text);
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let (path, error) = (error.path().to_string(), error.into_inner());
        let said = error.to_string();
        let missing = said.strip_prefix("missing field `");
        let missing = missing.and_then(|rest| rest.split_once('`'));
        match (missing, path.as_str()) {
            (Some((name, _)), _) => problem(name, "is required"),
            (None, "decided_at" | "outcome") if error.is_data() => problem(&path, "is not a text"),
            (None, _) if error.is_data() => problem(
                "line",
                format!("must be a JSON object of {FIELDS}, each once"),
            ),
            (None, _) => {
                let column = error.column();
                problem("line", format!("is not JSON, at column {column}"))
            }
        }
    })
}

fn moment(text: &str, manner: Manner<'_>) -> Result<AsOf, ApplicationError> {
    let wrong = |said: String| problem("decided_at", said);
    let instant = match parse_moment(text).map_err(wrong)? {
        Moment::At(instant) => instant.trunc_subsecs(0),
        Moment::EndOf(day) => end_of_day(day, manner.zone),
    };
    if instant > manner.now {
        return Err(wrong("is later than now".to_owned()));
    }
    Ok(AsOf {
        instant,
        zone: manner.zone,
    })
}

/// The application as a caller of gRPC sends it, written as protobuf defines. It names its accounts: what
/// is behind a handle nobody is asked.
fn application(written: &Value) -> Result<Application, Vec<ApplicationError>> {
    let wire: proto::Application =
        json::read("Application", "application", written).map_err(|error| vec![error])?;
    let application = from_wire::application(wire)?;
    let people = application.applicants().iter().enumerate();
    let handles = people.filter(|(_, person)| !person.handles.is_empty());
    let problems: Vec<_> = handles
        .map(|(index, _)| {
            let field = format!("application.applicants[{index}].handles");
            problem(
                &field,
                "is not followed for a past application: name `account_ids`",
            )
        })
        .collect();
    match problems.is_empty() {
        true => Ok(application),
        false => Err(problems),
    }
}

/// What keeps an application from being imported twice: its id, and when it was decided.
fn key(application: &Application, as_of: AsOf) -> Result<IdempotencyKey, ApplicationError> {
    let at = as_of.instant.format("%Y%m%dT%H%M%SZ");
    let key = IdempotencyKey::parse(&format!("past:{at}:{}", application.id()));
    key.map_err(|_| {
        problem(
            "application.id",
            "is too long for a past application: at most 106 bytes",
        )
    })
}

/// The accounts of the bank data.
fn bank(written: &Value, manner: Manner<'_>) -> Result<Vec<Fetched>, ApplicationError> {
    let wrong = |said: String| problem("bank", said);
    let bytes = if let Value::String(path) = written
        && is_inside(path)
    {
        let max = limits::CORPUS_BANK_BYTES_MAX;
        let read = limited_file::read(&manner.folder.join(path), max);
        let read = read.map_err(|error| wrong(format!("cannot be opened: {error}")))?;
        read.ok_or_else(|| wrong(format!("is larger than {max} bytes")))?
    } else if written.is_array() {
        serde_json::to_vec(written).map_err(|error| wrong(error.to_string()))?
    } else {
        let said = "must be a path inside of the folder of the file, or a list of Stripe's objects";
        return Err(wrong(said.to_owned()));
    };
    read_stored(&bytes, manner.now).map_err(|error| {
        let said = if let StripeError::BadAnswer { problem, .. } = &error {
            problem.to_string()
        } else {
            error.to_string()
        };
        wrong(format!(
            "cannot be used ({said}): see `docs/past-portfolios.md`"
        ))
    })
}

/// The accounts in the order in which the application names them: those, and no others.
fn in_order(
    mut accounts: Vec<Fetched>,
    application: &Application,
) -> Result<Vec<Fetched>, ApplicationError> {
    let mut ordered = Vec::with_capacity(accounts.len());
    for (_, id) in application.named_accounts() {
        let place = accounts.iter().position(|one| one.account.id == id);
        let place = place.ok_or_else(|| {
            problem(
                "bank",
                format!("has no account `{id}`, which the application names"),
            )
        })?;
        ordered.push(accounts.swap_remove(place));
    }
    match accounts.first() {
        None => Ok(ordered),
        Some(other) => {
            let id = &other.account.id;
            let said =
                format!("has an account `{id}` that no applicant names: name it, or leave it out");
            Err(problem("bank", said))
        }
    }
}
