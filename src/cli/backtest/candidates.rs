//! The candidates of a backtest: rule files, and published versions.

use std::path::Path;

use crate::cli::assembly::{self, Assembly};
use crate::cli::rules::{Checked, file_text};
use crate::cli::{CliError, Terminal, rule_files};
use crate::id::RuleSetName;
use crate::limits;
use crate::replay::backtest::{SweepError, Swept};
use crate::rules::Bundle;

/// What the candidates of the command line are.
pub(super) enum Candidates {
    /// Each as it was given.
    Read(Vec<Given>),
    /// One has errors, which were told.
    Invalid,
}

/// A candidate.
pub(super) enum Given {
    /// A rule file, checked.
    File(Bundle, String),
    /// A version that is to be found.
    Published(RuleSetName, String),
}

/// Reads the rule files, and takes what is none as a published version.
pub(super) fn read(given: &[String], terminal: &mut Terminal) -> Result<Candidates, CliError> {
    let max = limits::BACKTEST_CANDIDATES_MAX;
    if given.len() > max {
        let message = format!("there are more than {max} candidates: compare them in turns");
        return Err(CliError::Usage(message));
    }
    let (mut all, mut valid) = (Vec::new(), true);
    for written in given {
        if let Some(published) = published(written) {
            all.push(published);
            continue;
        }
        let file = rule_files::read(Path::new(written))?;
        // A program is told by an error, a person by the lines that it is about.
        if terminal.wants_json() {
            let bundle = assembly::publish_one(&file)?;
            all.push(Given::File(bundle, written.clone()));
            continue;
        }
        let checked = Checked::of(&file);
        match checked.bundle.clone() {
            Some(bundle) => all.push(Given::File(bundle, written.clone())),
            None => {
                valid = false;
                terminal.note(&file_text(&file, &checked))?;
            }
        }
    }
    Ok(match valid {
        true => Candidates::Read(all),
        false => Candidates::Invalid,
    })
}

/// `personal-loan@1.2.0`, where there is no such file.
fn published(written: &str) -> Option<Given> {
    if Path::new(written).exists() {
        return None;
    }
    let (name, version) = written.split_once('@')?;
    let name = RuleSetName::parse(name).ok()?;
    Some(Given::Published(name, version.to_owned()))
}

/// The candidates as rule sets, each with how it was given.
pub(super) async fn find(
    given: Vec<Given>,
    house: &Assembly,
) -> Result<Vec<(Bundle, String)>, CliError> {
    let mut found = Vec::with_capacity(given.len());
    for one in given {
        found.push(match one {
            Given::File(bundle, path) => (bundle, path),
            Given::Published(name, version) => {
                let bundle = stored(&name, &version, house).await?;
                (bundle, format!("{name}@{version}"))
            }
        });
    }
    Ok(found)
}

/// The sweep over values of a param of the only candidate, where one is asked for.
pub(super) fn swept(
    candidates: &[(Bundle, String)],
    sweep: Option<&str>,
) -> Result<Option<Swept>, CliError> {
    let Some(sweep) = sweep else {
        return Ok(None);
    };
    let [(rule_set, given_as)] = candidates else {
        let message =
            "`--sweep` varies one rule set: give one candidate, and sweep the others in turns";
        return Err(CliError::Usage(message.to_owned()));
    };
    let swept = Swept::new(rule_set, given_as, sweep);
    let told = |error: SweepError| CliError::Usage(format!("`--sweep`: {error}"));
    swept.map(Some).map_err(told)
}

async fn stored(name: &RuleSetName, version: &str, house: &Assembly) -> Result<Bundle, CliError> {
    let (ledger, tenant) = (&house.ledger, &house.tenant);
    let unknown = || {
        let message = format!(
            "`{name}` has no published version `{}`: see `underwrite rules list {name}`",
            version.escape_debug()
        );
        CliError::other("unknown_version", message)
    };
    let publication = ledger.version(tenant, name, version).await?;
    let hash = publication.ok_or_else(unknown)?.hash;
    let stored = ledger.bundle(tenant, hash).await?.ok_or_else(unknown)?;
    Bundle::from_bytes(&stored.bytes).map_err(|_| {
        let message = format!("this engine does not accept `{name}` {version} any more");
        CliError::other("rules", message)
    })
}
