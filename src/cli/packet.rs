//! `underwrite decisions packet`: all that is known of one decision, on one page for an examiner.

mod data;
mod offer;
mod people;
mod proof;
mod rules;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::args::Packet as Command;
use super::decided_by::DecidedBy;
use super::page_file::PageFile;
use super::records::Records;
use super::show;
use super::text;
use super::{CliError, Exit, Terminal};
use crate::id::TenantId;
use crate::proto;
use crate::report;
use crate::report::packet::{Decided, Fact, Packet};
use data::Transactions;

/// Runs the command.
pub(super) async fn run(
    command: Command,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    if terminal.wants_json() && command.output.is_some() {
        let message =
            "`--json` prints what the page says, and `--output` writes the page: one of them";
        return Err(CliError::Usage(message.to_owned()));
    }
    let mut records = Records::open(&command.records, environment).await?;
    let decision = records.decision(&command.decision).await?;
    let snapshots = records.snapshots(&decision).await?;
    let decided_by = DecidedBy::read(&mut records.rule_sets, &decision).await?;
    let tenant = command.records.tenant.as_ref();
    let packet = packet(&decision, (&snapshots, &decided_by), tenant);
    if terminal.wants_json() {
        let value = serde_json::to_value(&packet);
        let value = value.map_err(|error| CliError::other("json", error.to_string()))?;
        terminal.print_json(&value)?;
        return Ok(Exit::Success);
    }
    let named = PathBuf::from(format!("{}.html", decision.id));
    let path: &Path = command.output.as_deref().unwrap_or(&named);
    PageFile::of(Some(path), "--output", terminal)?
        .write(|| report::packet_page(&packet), terminal)?;
    Ok(Exit::Success)
}

/// The packet of a decision in full, with all that it rests on, of the tenant that was named.
fn packet(
    decision: &proto::Decision,
    (snapshots, decided_by): (&[proto::Snapshot], &DecidedBy),
    tenant: Option<&TenantId>,
) -> Packet {
    let transactions = Transactions::of(decision, snapshots);
    let settlement = decision.settlement.as_ref();
    let questions = settlement.map_or(&[][..], |settlement| &settlement.questions);
    Packet {
        decision: decided(decision),
        rule_set: rules::decided_by(decision, decided_by),
        reasons: rules::reasons(decision, &transactions),
        rules: rules::rules(decision, decided_by),
        score: decision.score.as_ref().map(rules::score),
        offer: offer::offer(decision, decided_by),
        worked_out: rules::worked_out(decision),
        data: data::data(decision, snapshots, &transactions),
        missing: data::missing(decision),
        open_questions: questions.iter().map(|one| one.text.clone()).collect(),
        people: people::acts(decision),
        notices: people::notices(decision),
        loan_performance: people::loan_performance(decision),
        proof: proof::proof(decision, tenant),
        limits: proof::LIMITS.to_vec(),
    }
}

fn decided(decision: &proto::Decision) -> Decided {
    let pins = decision.pins.as_ref();
    let application = decision.application.as_ref();
    let applicants = application.map_or(&[][..], |one| &one.applicants);
    let inputs = application.map(|one| one.inputs.iter()).into_iter();
    let mut inputs: Vec<Fact> = inputs
        .flatten()
        .map(|(name, value)| Fact::new(name, show::answers::input(Some(value))))
        .collect();
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    let some = |id: &String| Some(id.clone()).filter(|id| !id.is_empty());
    Decided {
        id: decision.id.clone(),
        application: decision.application_id.clone(),
        asked: application.map_or_else(String::new, show::asked_for),
        outcome: text::outcome(decision.outcome()).0,
        overridden_to: Some(decision.overridden_to())
            .filter(|outcome| *outcome != proto::Outcome::Unspecified)
            .map(|outcome| text::outcome(outcome).0),
        resolves: some(&decision.resolves),
        resolved_by: some(&decision.resolved_by),
        test_data: decision.test_data,
        recorded: text::instant(decision.record_time.as_ref()),
        as_of: text::instant(pins.and_then(|pins| pins.as_of_time.as_ref())),
        zone: pins.map_or_else(String::new, |pins| pins.zone.clone()),
        applicants: applicants.iter().map(applicant).collect(),
        inputs,
    }
}

fn applicant(applicant: &proto::Applicant) -> Fact {
    let role = text::word(applicant.role().as_str_name(), "APPLICANT_ROLE_").replace('_', " ");
    let identity = applicant.identity.as_ref();
    let name = identity.map_or("", |identity| &identity.name);
    Fact::new(&applicant.id, format!("{name} ({role})"))
}

#[cfg(test)]
mod tests;
