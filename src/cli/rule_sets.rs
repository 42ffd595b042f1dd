//! Those commands of `underwrite rules` that work on published rule sets: on a running server, or in
//! the ledger of this machine.

mod place;
mod status;
mod tally;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use super::args::{
    RuleSets, RulesActivate, RulesGet, RulesHistory, RulesList, RulesName, RulesPublish,
};
use super::rules::{Checked, file_text};
use super::table::{self, Cell};
use super::text::{self, DIM, GREEN, YELLOW, paint, short};
use super::{CliError, Exit, Terminal, json, rule_files};
use crate::private;
use crate::proto;
use crate::service::to_wire;
use place::Opened;
pub(super) use place::Place;

/// Runs the command.
pub(super) async fn run(
    command: RuleSets,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    match command {
        RuleSets::Publish(command) => publish(&command, environment, terminal).await,
        RuleSets::List(command) => list(&command, environment, terminal).await,
        RuleSets::Get(command) => get(&command, environment, terminal).await,
        RuleSets::Activate(command) => activate(&command, environment, terminal).await,
        RuleSets::RollBack(command) => roll_back(&command, environment, terminal).await,
        RuleSets::Retire(command) => retire(&command, environment, terminal).await,
        RuleSets::Shadow(command) => status::shadow(&command, environment, terminal).await,
        RuleSets::Status(command) => status::status(&command, environment, terminal).await,
        RuleSets::History(command) => history(&command, environment, terminal).await,
    }
}

async fn publish(
    command: &RulesPublish,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let file = rule_files::read(&command.file)?;
    // What is wrong is shown with the lines that it is about, and before anything is opened.
    let checked = Checked::of(&file);
    let Some(bundle) = &checked.bundle else {
        terminal.print(&file_text(&file, &checked))?;
        return Ok(Exit::RulesInvalid);
    };
    let wanted = bundle.hash().to_string();
    let mut place = Place::open(&command.place, Opened::ToWrite, environment).await?;
    let request = proto::PublishRuleSetRequest {
        text: Some(to_wire::rule_set_text(file.bytes, &file.attachments)),
        note: command.note.clone(),
    };
    let answer = place.publish(request).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("PublishRuleSetResponse", &answer)?)?;
        return Ok(Exit::Success);
    }
    let version = answer.version.unwrap_or_default();
    let (name, number) = (&version.name, &version.version);
    let at = text::instant(version.publish_time.as_ref());
    terminal.print(&format!(
        "{name} {number} is published, by {} {at} (bundle {})\n",
        version.publisher,
        short(&wanted)
    ))?;
    if version.state() == proto::RuleSetState::Idle {
        let hint = format!("It does not decide: `underwrite rules activate {name} {number}`");
        terminal.print(&format!("{hint}\n"))?;
    }
    place.tell_where(terminal)?;
    Ok(Exit::Success)
}

async fn list(
    command: &RulesList,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut place = Place::open(&command.place, Opened::ForReading, environment).await?;
    let request = proto::ListRuleSetsRequest {
        name: command
            .name
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        page_size: command.page.page_size,
        page_token: command.page.page_token.clone(),
    };
    let page = place.list(request).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("ListRuleSetsResponse", &page)?)?;
        return Ok(Exit::Success);
    }
    if page.versions.is_empty() {
        terminal.print("Nothing is published\n")?;
        return Ok(Exit::Success);
    }
    let head = [
        "name",
        "version",
        "state",
        "published",
        "by",
        "bundle",
        "note",
    ];
    let rows = page.versions.iter().map(version_row).collect();
    terminal.print(&table::render(&head, rows, terminal.width()))?;
    more(&page.next_page_token, terminal)?;
    Ok(Exit::Success)
}

fn version_row(version: &proto::RuleSetVersion) -> Vec<Cell> {
    use proto::RuleSetState as State;
    let state = match version.state() {
        State::Live => Cell::styled("live", GREEN),
        State::Scheduled => {
            let from = text::instant(version.scheduled_time.as_ref());
            Cell::styled(format!("from {from}"), YELLOW)
        }
        State::Idle => Cell::styled("idle", DIM),
        State::Unspecified => Cell::new("?"),
    };
    // A note may have several lines: a table has one.
    let note = version.note.lines().next().unwrap_or_default();
    vec![
        Cell::new(&version.name),
        Cell::new(&version.version),
        state,
        Cell::new(text::instant(version.publish_time.as_ref())),
        Cell::new(&version.publisher),
        Cell::new(short(&version.bundle_hash)),
        Cell::new(note),
    ]
}

fn more(token: &str, terminal: &mut Terminal) -> Result<(), CliError> {
    if !token.is_empty() {
        let hint = format!("more: --page-token {token}");
        terminal.print(&format!("{}\n", paint(DIM, &hint)))?;
    }
    Ok(())
}

async fn get(
    command: &RulesGet,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut place = Place::open(&command.place, Opened::ForReading, environment).await?;
    let request = proto::GetRuleSetRequest {
        name: command.name.to_string(),
        version: command
            .version
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    };
    let found = place.get(request).await?;
    let version = found.version.unwrap_or_default();
    let written = found.text.unwrap_or_default();
    if let Some(folder) = &command.to {
        write_to(folder, &version.name, &written)?;
        terminal.note(&format!("written to `{}`", folder.display()))?;
    }
    if terminal.wants_json() {
        let readable = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let files = written.attachments.iter();
        let files: BTreeMap<_, _> = files
            .map(|file| (file.name.clone(), readable(&file.content)))
            .collect();
        terminal.print_json(&json!({
            "version": json::of("RuleSetVersion", &version)?,
            "source": readable(&written.source),
            "attachments": files,
        }))?;
    } else if command.to.is_none() {
        terminal.print(&String::from_utf8_lossy(&written.source))?;
        if !written.attachments.is_empty() {
            let names = written
                .attachments
                .iter()
                .map(|file| format!("`{}`", file.name));
            let names = names.collect::<Vec<_>>().join(", ");
            let note = format!("it names {names}: `--to DIR` writes them all");
            terminal.note(&note)?;
        }
    }
    Ok(Exit::Success)
}

/// Writes a rule set to a new folder, as it could be published again.
fn write_to(folder: &Path, name: &str, written: &proto::RuleSetText) -> Result<(), CliError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| CliError::file(&path, &error)
    };
    std::fs::create_dir(folder).map_err(failed(folder))?;
    let own = (format!("{name}.toml"), &written.source);
    let others = written.attachments.iter();
    let others = others.map(|file| (file.name.clone(), &file.content));
    for (name, content) in std::iter::once(own).chain(others) {
        // INVARIANT: names of attachments stay below the folder; a server that says otherwise is not
        // followed.
        let is_below = !name.starts_with('/') && !name.split('/').any(|part| part == "..");
        let path = folder.join(&name);
        if !is_below {
            return Err(CliError::other(
                "rules",
                "an attachment has no name of a file",
            ));
        }
        if let Some(above) = path.parent() {
            std::fs::create_dir_all(above).map_err(failed(above))?;
        }
        let mut file = private::create_new(&path).map_err(failed(&path))?;
        std::io::Write::write_all(&mut file, content).map_err(failed(&path))?;
    }
    Ok(())
}

async fn activate(
    command: &RulesActivate,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut place = Place::open(&command.place, Opened::ToWrite, environment).await?;
    let request = proto::ActivateRuleSetRequest {
        name: command.name.to_string(),
        version: command.version.to_string(),
        start_time: command.at.map(to_wire::timestamp),
    };
    let said = place.activate(request).await?;
    told(said, &place, terminal)
}

async fn roll_back(
    command: &RulesName,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut place = Place::open(&command.place, Opened::ToWrite, environment).await?;
    let said = place.roll_back(command.name.to_string()).await?;
    told(said, &place, terminal)
}

async fn retire(
    command: &RulesName,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut place = Place::open(&command.place, Opened::ToWrite, environment).await?;
    let said = place.retire(command.name.to_string()).await?;
    told(said, &place, terminal)
}

/// Says what decides now, or is to.
fn told(said: proto::Activation, place: &Place, terminal: &mut Terminal) -> Result<Exit, CliError> {
    if terminal.wants_json() {
        terminal.print_json(&json::of("Activation", &said)?)?;
        return Ok(Exit::Success);
    }
    let proto::Activation { name, version, .. } = &said;
    let since = text::instant(said.start_time.as_ref());
    let line = match (version.as_str(), said.state()) {
        ("", _) => format!("Nothing decides under {name} since {since}"),
        (_, proto::ActivationState::Scheduled) => {
            format!("{name} {version} is to decide from {since} on")
        }
        _ => format!("{name} {version} decides since {since}"),
    };
    terminal.print(&format!("{line}\n"))?;
    place.tell_where(terminal)?;
    Ok(Exit::Success)
}

async fn history(
    command: &RulesHistory,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut place = Place::open(&command.place, Opened::ForReading, environment).await?;
    let request = proto::ListActivationsRequest {
        name: command.name.to_string(),
        page_size: command.page.page_size,
        page_token: command.page.page_token.clone(),
    };
    let page = place.history(request).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("ListActivationsResponse", &page)?)?;
        return Ok(Exit::Success);
    }
    let head = [
        "from", "until", "version", "state", "said by", "said", "record",
    ];
    let rows = page.activations.iter().map(activation_row).collect();
    terminal.print(&table::render(&head, rows, terminal.width()))?;
    more(&page.next_page_token, terminal)?;
    Ok(Exit::Success)
}

fn activation_row(said: &proto::Activation) -> Vec<Cell> {
    use proto::ActivationState as State;
    let state = match said.state() {
        State::Live => Cell::styled("live", GREEN),
        State::Scheduled => Cell::styled("scheduled", YELLOW),
        State::Ended => Cell::styled("ended", DIM),
        State::CalledOff => Cell::styled("called off", DIM),
        State::Unspecified => Cell::new("?"),
    };
    let until = said.end_time.as_ref();
    let version = Some(said.version.as_str()).filter(|version| !version.is_empty());
    vec![
        Cell::new(text::instant(said.start_time.as_ref())),
        Cell::new(until.map_or_else(String::new, |end| text::instant(Some(end)))),
        Cell::new(version.unwrap_or("(retired)")),
        state,
        Cell::new(&said.who),
        Cell::new(text::instant(said.record_time.as_ref())),
        Cell::right(said.seq.to_string()),
    ]
}
