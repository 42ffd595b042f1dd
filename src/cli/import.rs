//! `underwrite import`: applications that were decided elsewhere, decided as of then.

mod line;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use tokio::task::JoinSet;

use super::args::Import;
use super::assembly::{self, Assembly};
use super::json_lines::JsonLines;
use super::text::counted;
use super::{CliError, Exit, Terminal, rule_files};
use crate::access::audit::Origin;
use crate::application::ApplicationError;
use crate::config::Config;
use crate::id::{IdempotencyKey, RuleSetName, TenantId};
use crate::limits;
use crate::rewind::{Doubts, Knowledge};
use crate::rules::{Bundle, BundleHash, Outcome};
use crate::underwriter::{Imported, PastRequest, Request, UnderwriteError, Underwriter};

use line::{Manner, Past};
use summary::Summary;

/// What is published with a rule file that decides past applications.
const NOTE: &str = "decides imported applications";

/// Runs the command.
pub(super) async fn run(
    command: Import,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let config = Config::load(command.given(), environment, command.config.as_deref())?;
    let rules = command.rules.as_deref().map(rule_files::read).transpose()?;
    let rules = rules.as_ref().map(assembly::publish_one).transpose()?;
    let path = &command.past;
    let file = File::open(path).map_err(|error| CliError::file(path, &error))?;
    let mut lines = JsonLines::new(BufReader::new(file), limits::PAST_LINE_BYTES_MAX);
    let house = assembly::open_to_record(&config)?;
    let deciding = Deciding::open(&house, &command, rules).await?;
    let manner = Manner {
        folder: path.parent().unwrap_or(Path::new("")),
        zone: config.zone,
        sign: config.amount_sign,
        knowledge: match command.assume_known {
            true => Knowledge::Assumed,
            false => Knowledge::Proven,
        },
        now: house.underwriter.now(),
    };
    let (mut summary, mut seen) = (Summary::default(), BTreeMap::new());
    let bar = terminal.bar("importing");
    loop {
        let mut some = Vec::new();
        while some.len() < limits::BATCH_AT_ONCE
            && let Some(line) = lines
                .next_line()
                .map_err(|error| CliError::file(path, &error))?
        {
            some.push(line);
        }
        if some.is_empty() {
            break;
        }
        let read = some
            .into_par_iter()
            .map(|(number, text)| (number, line::read(text, manner)))
            .collect();
        let read = check_once(read, &mut seen);
        deciding.import(read, &mut summary).await?;
        bar.set_position(u64::try_from(summary.lines()).unwrap_or(u64::MAX));
    }
    bar.finish_and_clear();
    finish(&summary, terminal)
}

/// Says what an import came to; it fails where a line was refused.
fn finish(summary: &Summary, terminal: &mut Terminal) -> Result<Exit, CliError> {
    if terminal.wants_json() {
        terminal.print_json(&summary.json())?;
    } else {
        let width = terminal.width();
        terminal.print(&summary.text(width))?;
    }
    if summary.refused.is_empty() {
        return Ok(Exit::Success);
    }
    let refused = counted(summary.refused.len(), "line was", "lines were");
    let message = format!(
        "{refused} refused: mend what is wrong and import the file again, which imports none twice"
    );
    Err(CliError::other("import", message))
}

/// A line: its number, and what is in it or what is wrong with it.
type Read<T> = (u64, Result<T, Vec<ApplicationError>>);

/// Refuses what stands in the file twice, and what is more than an import takes.
fn check_once(read: Vec<Read<Past>>, seen: &mut BTreeMap<IdempotencyKey, u64>) -> Vec<Read<Past>> {
    let once = read.into_iter().map(|(number, past)| {
        let past = past.and_then(|past| {
            let problem = match seen.get(&past.key) {
                Some(first) => format!("is that of line {first}, with the same `decided_at`"),
                None if !has_room(seen.len()) => {
                    let max = limits::PAST_APPLICATIONS_MAX;
                    format!("is one more than {max}: import the rest from another file")
                }
                None => {
                    seen.insert(past.key.clone(), number);
                    return Ok(past);
                }
            };
            let field = "application.id".to_owned();
            Err(vec![ApplicationError { field, problem }])
        });
        (number, past)
    });
    once.collect()
}

/// Whether one more past application is taken than so many.
fn has_room(taken: usize) -> bool {
    taken < limits::PAST_APPLICATIONS_MAX
}

/// What decides the lines of a file.
struct Deciding {
    underwriter: Underwriter,
    by: Origin,
    tenant: TenantId,
    rule_set: RuleSetName,
    /// What was published for it; otherwise what is active.
    bundle: Option<BundleHash>,
}

impl Deciding {
    /// With the rules that were read, published, or with those that are active under the name given.
    async fn open(
        house: &Assembly,
        command: &Import,
        rules: Option<Bundle>,
    ) -> Result<Self, CliError> {
        house.ledger.ready().await?;
        let (underwriter, tenant) = (house.underwriter.clone(), command.tenant.clone());
        let by = Origin::local(tenant.clone());
        let (rule_set, bundle) = match (rules, &command.rule_set) {
            (Some(bundle), _) => {
                underwriter.publish(&by, &bundle, NOTE).await?;
                (bundle.name().clone(), Some(bundle.hash()))
            }
            (None, Some(name)) => {
                underwriter.rule_set(&tenant, name, None).await?;
                (name.clone(), None)
            }
            (None, None) => {
                let message = "nothing decides: name what is active with `--rule-set`, or a file with `--rules`";
                return Err(CliError::Usage(message.to_owned()));
            }
        };
        Ok(Self {
            underwriter,
            by,
            tenant,
            rule_set,
            bundle,
        })
    }

    /// Decides some lines side by side. What is wrong with one is its own affair; where the ledger fails
    /// nothing goes on.
    async fn import(&self, lines: Vec<Read<Past>>, summary: &mut Summary) -> Result<(), CliError> {
        let mut work = JoinSet::new();
        for (number, past) in lines {
            match past {
                Ok(past) => {
                    let (underwriter, by) = (self.underwriter.clone(), self.by.clone());
                    let (theirs, doubts) = (past.outcome, past.doubts.clone());
                    let request = self.request(past);
                    work.spawn(async move {
                        let imported = underwriter.import(request, &by).await;
                        (number, theirs, doubts, imported)
                    });
                }
                Err(problems) => summary.refused.push((number, problems)),
            }
        }
        while let Some(ended) = work.join_next().await {
            let ended =
                ended.map_err(|_| CliError::other("interrupted", "the import broke off"))?;
            self.count(ended, summary)?;
        }
        summary.refused.sort_by_key(|(number, _)| *number);
        Ok(())
    }

    fn request(&self, past: Past) -> PastRequest {
        PastRequest {
            request: Arc::new(Request {
                tenant: self.tenant.clone(),
                key: past.key,
                rule_set: self.rule_set.clone(),
                application: Arc::new(past.application),
            }),
            bundle: self.bundle,
            snapshots: past.snapshots,
            as_of: past.as_of,
        }
    }

    fn count(
        &self,
        (number, theirs, doubts, imported): Ended,
        summary: &mut Summary,
    ) -> Result<(), CliError> {
        match imported {
            Ok(imported) => {
                let doubts = match &imported {
                    Imported::Recorded(_) => Some(doubts.as_slice()),
                    Imported::Known(_) => None,
                };
                summary.add(theirs, imported.record().body.outcome(), doubts);
            }
            Err(error) => summary.refused.push((number, refusal(error)?)),
        }
        Ok(())
    }
}

/// What came of a line: its number, what was decided elsewhere, what is doubtful of its accounts.
type Ended = (
    u64,
    Option<Outcome>,
    Vec<Doubts>,
    Result<Imported, UnderwriteError>,
);

/// What is wrong with a line that was not decided; an error where that is no matter of the line.
fn refusal(error: UnderwriteError) -> Result<Vec<ApplicationError>, CliError> {
    let (field, problem) = if let UnderwriteError::Application(problems) = error {
        return Ok(problems);
    } else if matches!(error, UnderwriteError::KeyReused) {
        let problem = "was imported with this `id` and `decided_at` and says otherwise, or by another \
                       rule set: give it another `id`, or import into another tenant";
        ("application", problem.to_owned())
    } else if let UnderwriteError::Snapshot(_) | UnderwriteError::Engine(_) = &error {
        ("bank", error.to_string())
    } else {
        return Err(error.into());
    };
    let field = field.to_owned();
    Ok(vec![ApplicationError { field, problem }])
}
