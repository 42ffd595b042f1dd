//! `underwrite decide`: decides one application.

use std::collections::BTreeMap;

use super::args::{Decide, ServerArgs, Today};
use super::assembly;
use super::caller::{Caller, waits};
use super::{CliError, Exit, Terminal, bank_data, json, logs, show};
use crate::application::{Input, RepaymentFrequency, Term, TermUnit};
use crate::config::Config;
use crate::id::{Entropy, OsEntropy};
use crate::money::Currency;
use crate::proto;
use crate::service::from_wire;
use crate::service::{DecisionApi, to_wire};

/// Runs the command.
pub(super) async fn run(
    command: Decide,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let request = request(&command)?;
    let mut caller = caller(&command.place, command.today, environment).await?;
    let mut unsaid = Ok(());
    let decided = caller.decide(request, |pending| {
        if unsaid.is_ok() {
            unsaid = terminal.note(&waits(pending));
        }
    });
    let decision = decided.await?;
    unsaid?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("Decision", &decision)?)?;
    } else {
        terminal.print(&show::decision(&decision, &[]))?;
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
        return Caller::connect(url).await;
    }
    let settings = &place.settings;
    let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
    logs::start(&Config {
        log: "warn".to_owned(),
        ..config.clone()
    });
    let house = assembly::open(&config, today.date).await?;
    Ok(Caller::Local(DecisionApi::new(
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
        purpose: command.purpose.clone().unwrap_or_default(),
        applicants: vec![applicant],
        inputs: command
            .inputs
            .iter()
            .map(|(name, input)| (name.clone(), to_wire::input(input)))
            .collect(),
        bank_data: bank_data::said(&command.bank)?,
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

/// Takes a plain decimal, as it is written: `5000`, `1250.50`.
pub(super) fn parse_amount(text: &str) -> Result<String, String> {
    from_wire::decimal(text).map(|_| text.to_owned())
}

/// Reads `36 months`, `36months`, `26 weeks`, `14 days`.
pub(super) fn parse_term(text: &str) -> Result<Term, String> {
    let problem = || "is not a term such as `36 months`, `26 weeks` or `14 days`".to_owned();
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (count, unit) = text.split_at_checked(digits).ok_or_else(problem)?;
    let unit = match unit.trim() {
        "day" | "days" | "d" => TermUnit::Days,
        "week" | "weeks" | "w" => TermUnit::Weeks,
        "month" | "months" | "m" => TermUnit::Months,
        _ => return Err(problem()),
    };
    let count = count.parse().map_err(|_| problem())?;
    Ok(Term { count, unit })
}

/// Reads `weekly`, `biweekly`, `semi-monthly`, `monthly`, `single`.
pub(super) fn parse_frequency(text: &str) -> Result<RepaymentFrequency, String> {
    match text.to_ascii_lowercase().replace('_', "-").as_str() {
        "weekly" => Ok(RepaymentFrequency::Weekly),
        "biweekly" => Ok(RepaymentFrequency::Biweekly),
        "semi-monthly" => Ok(RepaymentFrequency::SemiMonthly),
        "monthly" => Ok(RepaymentFrequency::Monthly),
        "single" => Ok(RepaymentFrequency::Single),
        _ => Err("is not one of `weekly`, `biweekly`, `semi-monthly`, `monthly`, `single`".into()),
    }
}

/// Reads `name=value`. The value is taken for the first of these that it is: a yes/no, a date, a
/// number, an amount, a text.
pub(super) fn parse_input(text: &str) -> Result<(String, Input), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("is not of the form `name=value`")?;
    let input = match value {
        "true" | "yes" => Input::Bool(true),
        "false" | "no" => Input::Bool(false),
        value => from_wire::date(value)
            .map(Input::Date)
            .or_else(|_| from_wire::decimal(value).map(Input::Number))
            .or_else(|_| amount(value).ok_or(()).map(Input::Money))
            .unwrap_or_else(|()| Input::Text(value.to_owned())),
    };
    Ok((name.to_owned(), input))
}

fn amount(text: &str) -> Option<crate::money::Money> {
    let (number, currency) = text.split_once(' ')?;
    let currency: Currency = currency.parse().ok()?;
    crate::money::Money::from_decimal(from_wire::decimal(number).ok()?, currency).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_has_a_number_and_a_unit() {
        let months = Term {
            count: 36,
            unit: TermUnit::Months,
        };
        assert_eq!(parse_term("36 months"), Ok(months));
        assert_eq!(parse_term("36m"), Ok(months));
        for wrong in [
            "",
            "36",
            "months",
            "-1 days",
            "3.5 weeks",
            "36 years",
            "99999999999 days",
        ] {
            assert!(parse_term(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_input_is_taken_for_what_it_looks_like() {
        let input = |text: &str| parse_input(text).unwrap().1;
        assert_eq!(input("a=yes"), Input::Bool(true));
        assert_eq!(
            input("a=2026-03-31"),
            Input::Date("2026-03-31".parse().unwrap())
        );
        assert_eq!(input("a=0.36"), Input::Number("0.36".parse().unwrap()));
        let money = crate::money::Money::new(1_250, Currency::USD);
        assert_eq!(input("a=12.50 usd"), Input::Money(money));
        assert_eq!(input("a=b=c"), Input::Text("b=c".to_owned()));
        assert!(parse_input("a").is_err());
    }
}
