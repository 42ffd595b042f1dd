//! `underwrite rules watch`: shows at each save what an edit changes on recorded decisions.

mod watched;

use std::collections::BTreeMap;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use self::watched::Watched;
use super::previews::Decisions;
use super::{Checked, file_json, file_text};
use crate::cli::args::Watch;
use crate::cli::rule_files::RuleFile;
use crate::cli::serve::stop_signal;
use crate::cli::table::{Cell, render};
use crate::cli::text::{BOLD, paint};
use crate::cli::{CliError, Exit, Terminal, tenants};
use crate::replay::backtest::{Backtest, LookedAt, PreviewLine};

/// Runs the command.
pub(super) async fn run(
    command: &Watch,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let selection = command.selection.selection();
    let decisions = Decisions::open(&command.recorded, environment, selection)?;
    let mut stop = std::pin::pin!(stop_signal());
    let mut was_shown = false;
    loop {
        let (watched, read) = Watched::look(&command.file);
        let saved = tokio::select! {
            biased;
            () = &mut stop => return Ok(Exit::Success),
            // What it was is no longer asked: its comparison is dropped, and ends.
            () = watched.changed(), if !command.once => continue,
            saved = Saved::of(read, &decisions) => saved,
        };
        if watched.is_another() && !command.once {
            // It was overtaken in this moment, and is told no more.
            tokio::select! {
                () = &mut stop => return Ok(Exit::Success),
                _ = watched.settled() => continue,
            }
        }
        let told = match saved {
            Ok(saved) => saved.tell(&decisions, terminal).await,
            Err(error) => Err(error),
        };
        match told {
            Ok(exit) if command.once => return Ok(exit),
            Ok(_) => was_shown = true,
            // What fails later may be well at the next save.
            Err(error) if was_shown && !command.once => terminal.complain(&error)?,
            Err(error) => return Err(error),
        }
        tokio::select! {
            () = &mut stop => return Ok(Exit::Success),
            () = watched.changed() => {}
        }
    }
}

/// What a rule file is as it was saved.
struct Saved {
    file: RuleFile,
    checked: Checked,
    /// What it changes; `None` where it is not valid.
    found: Option<Backtest>,
}

impl Saved {
    async fn of(read: Result<RuleFile, CliError>, decisions: &Decisions) -> Result<Self, CliError> {
        let file = read?;
        let checked = Checked::of(&file);
        let Some(bundle) = checked.bundle.clone() else {
            return Ok(Self {
                file,
                checked,
                found: None,
            });
        };
        let stop = CancellationToken::new();
        let _dropped = stop.clone().drop_guard();
        let decisions = decisions.clone();
        let work = move || decisions.compare(bundle, LookedAt::Read, &stop);
        let found = tokio::task::spawn_blocking(work).await;
        let broken = |_| CliError::other("interrupted", "the comparison broke off");
        Ok(Self {
            file,
            checked,
            found: found.map_err(broken)??,
        })
    }

    async fn tell(&self, decisions: &Decisions, terminal: &mut Terminal) -> Result<Exit, CliError> {
        let preview = self.found.as_ref().and_then(Backtest::preview);
        if terminal.wants_json() {
            let mut told = file_json(&self.file, &self.checked);
            if let Some(told) = told.as_object_mut() {
                let population = self.found.as_ref().map(|found| &found.population);
                told.insert("preview".to_owned(), json!(preview));
                told.insert("population".to_owned(), json!(population));
            }
            terminal.print(&format!("{told}\n"))?;
        } else {
            let mut text = file_text(&self.file, &self.checked);
            if let Some(preview) = &preview {
                text.push_str(&format!("{}\n", paint(BOLD, &preview.summary)));
                text.push_str(&lines(&preview.lines, terminal.width()));
            }
            terminal.print(&format!("{text}\n"))?;
        }
        if let (Some(found), Some(bundle)) = (&self.found, &self.checked.bundle) {
            if found.population.selected == 0 {
                let name = decisions.made_under(bundle);
                let nothing = format!("No decision under the name `{name}` is meant");
                let all = decisions.tenants().await?;
                terminal.note(&tenants::nothing_for(&decisions.tenant, &all, &nothing))?;
            }
            return Ok(match found.population.left_out.damaged {
                0 => Exit::Success,
                _ => Exit::Differences,
            });
        }
        Ok(Exit::RulesInvalid)
    }
}

/// A line for each rule.
fn lines(lines: &[PreviewLine], width: Option<usize>) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let rows = lines.iter().map(|line| {
        let reason = line.reason.as_deref().unwrap_or("");
        vec![
            Cell::new(&line.source),
            Cell::new(reason),
            Cell::new(&line.text),
        ]
    });
    render(&["by", "reason", "what it changes"], rows.collect(), width)
}
