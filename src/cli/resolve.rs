//! `underwrite decisions resolve`: settles a decision that was referred.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::args::Resolve;
use super::caller::{self, Caller};
use super::{CliError, Exit, Terminal, answers, assembly, json, logs, show, stream_reviews};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::proto;
use crate::service::{DecisionApi, to_wire};

/// Runs the command; `key` is taken where none is named.
pub(super) async fn run(
    command: Resolve,
    key: String,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let request = request(&command, key, SystemClock.now())?;
    let mut caller = caller(&command, environment).await?;
    let decision = caller.resolve(request).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("Decision", &decision)?)?;
    } else {
        terminal.print(&show::decision(&decision, show::AtHand::default()))?;
    }
    Ok(Exit::Success)
}

/// The server that was named, or the service in this process. It asks no bank, and so needs no key.
async fn caller(
    command: &Resolve,
    environment: &BTreeMap<String, String>,
) -> Result<Caller, CliError> {
    let place = &command.records.place;
    if let Some(url) = &place.server {
        let token = caller::token(place.token_file.as_deref(), environment)?;
        return Caller::connect(url, &place.trust, token).await;
    }
    let settings = &place.settings;
    let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
    let _logs = logs::start(&Config {
        log: "warn".to_owned(),
        ..config.clone()
    });
    let house = assembly::open_to_resolve(&config).await?;
    let tenant = command.records.tenant.clone().unwrap_or(house.tenant);
    Ok(Caller::Local(DecisionApi::local(house.underwriter, tenant)))
}

fn request(
    command: &Resolve,
    key: String,
    now: DateTime<Utc>,
) -> Result<proto::ResolveDecisionRequest, CliError> {
    if command.key.is_some() && !command.answers.is_empty() && command.answer_time.is_none() {
        return Err(CliError::Usage(
            "`--key` needs `--answer-time` beside it: the time is part of the request, which could not \
             be repeated under its key"
                .to_owned(),
        ));
    }
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let at = command.answer_time.unwrap_or(now);
    let given = command.answers.iter().map(|(fact, value)| proto::Answer {
        fact: fact.clone(),
        value: Some(to_wire::input(value)),
        reviewer: said(&command.reviewer),
        evidence: said(&command.evidence),
        answer_time: Some(to_wire::timestamp(at)),
    });
    let mut all: Vec<proto::Answer> = given.collect();
    if let Some(file) = &command.answer_file {
        all.extend(answers::read(file)?);
    }
    let reviews = command.stream_reviews.as_deref();
    let view = if command.full {
        proto::DecisionView::Full
    } else {
        proto::DecisionView::Summary
    };
    Ok(proto::ResolveDecisionRequest {
        idempotency_key: command.key.as_ref().map_or(key, ToString::to_string),
        decision_id: command.id.to_string(),
        answers: all,
        stream_reviews: reviews.map_or_else(|| Ok(Vec::new()), stream_reviews::read)?,
        view: view.into(),
    })
}
