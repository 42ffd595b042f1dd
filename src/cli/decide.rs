//! `underwrite decide`: decides one application.

use std::collections::BTreeMap;

use super::args::{Decide, ServerArgs, Today};
use super::assembly;
use super::caller::{self, Caller, waits};
use super::{CliError, Exit, Terminal, bank_data, json, logs, show, stream_reviews};
use crate::config::Config;
use crate::id::{Entropy, OsEntropy};
use crate::proto;
use crate::service::{DecisionApi, to_wire};

/// Runs the command.
pub(super) async fn run(
    command: Decide,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let request = request(&command)?;
    let mut caller = caller(&command.place, command.today, environment).await?;
    let mut noted = Ok(());
    let decided = caller.decide(request, |pending| {
        if noted.is_ok() {
            noted = terminal.note(&waits(pending));
        }
    });
    let decision = decided.await?;
    noted?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("Decision", &decision)?)?;
    } else {
        terminal.print(&show::decision(&decision, show::AtHand::default()))?;
    }
    Ok(Exit::Success)
}

/// The server that was named, or the service in this process.
async fn caller(
    place: &ServerArgs,
    today: Today,
    environment: &BTreeMap<String, String>,
) -> Result<Caller, CliError> {
    if let Some(url) = &place.server {
        if today.date.is_some() {
            let message = "`--today` stops the clock of this process: leave it out with `--server`";
            return Err(CliError::Usage(message.to_owned()));
        }
        let token = caller::token(place.token_file.as_deref(), environment)?;
        return Caller::connect(url, &place.trust, token).await;
    }
    let settings = &place.settings;
    let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
    let _logs = logs::start(&Config {
        log: "warn".to_owned(),
        ..config.clone()
    });
    let house = assembly::open(&config, today.date).await?;
    Ok(Caller::Local(DecisionApi::local(
        house.underwriter,
        house.tenant,
    )))
}

fn request(command: &Decide) -> Result<proto::DecideRequest, CliError> {
    let name = random_name()?;
    let view = if command.full {
        proto::DecisionView::Full
    } else {
        proto::DecisionView::Summary
    };
    let (account_ids, handles) = bank_data::named(&command.bank);
    let applicant = proto::Applicant {
        id: "primary".to_owned(),
        role: proto::ApplicantRole::Primary.into(),
        identity: Some(proto::Identity {
            name: command.name.clone(),
            ..proto::Identity::default()
        }),
        account_ids,
        handles,
    };
    let application = proto::Application {
        // Under the same key the same request, also where its application was not named.
        id: command
            .application_id
            .clone()
            .or_else(|| command.key.clone())
            .unwrap_or_else(|| name.clone()),
        product: command.product.clone(),
        requested_amount: Some(proto::Money {
            amount: command.amount.clone(),
            currency: command.currency.to_string(),
        }),
        term: Some(to_wire::term(command.term)),
        repayment_frequency: to_wire::frequency(command.frequency).into(),
        first_payment_date: command.first_payment_date.map(to_wire::date),
        debit_account: command
            .debit_account
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        purpose: command.purpose.clone().unwrap_or_default(),
        applicants: vec![applicant],
        inputs: command
            .inputs
            .iter()
            .map(|(name, input)| (name.clone(), to_wire::input(input)))
            .collect(),
        bank_data: bank_data::said(&command.bank)?,
        stream_reviews: command
            .stream_reviews
            .as_deref()
            .map_or_else(|| Ok(Vec::new()), stream_reviews::read)?,
    };
    Ok(proto::DecideRequest {
        idempotency_key: command.key.clone().unwrap_or(name),
        application: Some(application),
        rule_set: command.rule_set.clone(),
        view: view.into(),
    })
}

/// A name that nothing else has: `cli-` and 16 random hexadecimal digits.
pub(super) fn random_name() -> Result<String, CliError> {
    let seed = OsEntropy.seed();
    let seed = seed.map_err(|error| CliError::other("no_entropy", error.to_string()))?;
    Ok(format!("cli-{seed:016x}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::args::{Arguments, Command};
    use super::super::tests::usage_error;
    use super::*;

    const LINE: &[&str] = &[
        "decide",
        "fca_1",
        "fca_2",
        "--amount",
        "500",
        "--term",
        "12 months",
        "--name",
        "Ada",
    ];

    fn application(more: &[&str]) -> proto::Application {
        let line = ["underwrite"].iter().chain(LINE).chain(more);
        let Command::Decide(command) = Arguments::try_parse_from(line).unwrap().command else {
            panic!("another command");
        };
        request(&command).unwrap().application.unwrap()
    }

    #[test]
    fn the_account_to_be_debited_is_sent_where_it_is_named() {
        assert_eq!(application(&[]).debit_account, "");
        let named = application(&["--debit-account", "fca_2"]);
        assert_eq!(named.debit_account, "fca_2");
        let other = usage_error(&[LINE, &["--debit-account", "ba_2"]].concat());
        assert!(other.contains("`fca_`"), "{other}");
    }
}
