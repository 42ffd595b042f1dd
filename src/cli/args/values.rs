//! How the values of flags are read: what a person types, and what is said where it is not that.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::application::{Input, RepaymentFrequency, Term, TermUnit};
use crate::id::{AccountId, Handle, HandleError, HandleKind};
use crate::limits;
use crate::money::{Currency, Money};
use crate::rules::{Outcome, RuleSetKind};
use crate::service::from_wire;
use crate::stripe::RefreshFeature;

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

/// Reads the word for a kind of rule set.
pub(super) fn parse_kind(text: &str) -> Result<RuleSetKind, String> {
    RuleSetKind::from_word(text).ok_or_else(|| {
        let all = RuleSetKind::ALL.map(RuleSetKind::as_str);
        format!("is not one of `{}`", all.join("`, `"))
    })
}

/// Reads `name=value`.
pub(super) fn parse_input(text: &str) -> Result<(String, Input), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("is not of the form `name=value`")?;
    Ok((name.to_owned(), parse_value(value)))
}

/// Takes a value for the first of these that it is: a yes/no, a date, a number, an amount, a text.
pub(in crate::cli) fn parse_value(value: &str) -> Input {
    match value {
        "true" | "yes" => Input::Bool(true),
        "false" | "no" => Input::Bool(false),
        value => from_wire::date(value)
            .map(Input::Date)
            .or_else(|_| from_wire::decimal(value).map(Input::Number))
            .or_else(|_| amount(value).ok_or(()).map(Input::Money))
            .unwrap_or_else(|()| Input::Text(value.to_owned())),
    }
}

fn amount(text: &str) -> Option<Money> {
    let (number, currency) = text.split_once(' ')?;
    let currency: Currency = currency.parse().ok()?;
    Money::from_decimal(from_wire::decimal(number).ok()?, currency).ok()
}

/// Reads an amount with its currency.
pub(super) fn parse_money(text: &str) -> Result<Money, String> {
    amount(text.trim()).ok_or_else(|| "is not an amount such as `150.00 usd`".to_owned())
}

/// Reads a day, whose first instant in UTC it is, or an RFC 3339 instant.
pub(super) fn parse_instant(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Ok(date.and_time(NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|instant| instant.to_utc())
        .map_err(|_| "is not a day (`2026-03-31`) or an instant (`2026-03-31T15:00:00Z`)".into())
}

/// A moment to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Moment {
    /// The end of a day.
    EndOf(NaiveDate),
    /// An instant.
    At(DateTime<Utc>),
}

/// Reads a day, whose end it is, or an RFC 3339 instant.
pub(in crate::cli) fn parse_moment(text: &str) -> Result<Moment, String> {
    match text.parse::<NaiveDate>() {
        Ok(day) => Ok(Moment::EndOf(day)),
        Err(_) => parse_instant(text).map(Moment::At),
    }
}

/// When something ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum End {
    /// So many days from now.
    Days(u32),
    /// Then.
    At(DateTime<Utc>),
    /// Never.
    Never,
}

impl End {
    /// The instant, seen from `now`; `None` for never.
    pub(in crate::cli) fn after(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Days(days) => Some(now + chrono::Duration::days(i64::from(days))),
            Self::At(instant) => Some(instant),
            Self::Never => None,
        }
    }
}

/// Reads `90d`, a day, an instant, or `never`.
pub(super) fn parse_end(text: &str) -> Result<End, String> {
    if text == "never" {
        return Ok(End::Never);
    }
    if let Some(days) = text.strip_suffix('d') {
        let days = days.parse().ok();
        let days = days.filter(|days| (1..=limits::GRANT_DAYS_MAX).contains(days));
        let max = limits::GRANT_DAYS_MAX;
        return days
            .map(End::Days)
            .ok_or_else(|| format!("is not a number of days from `1d` to `{max}d`"));
    }
    parse_instant(text)
        .map(End::At)
        .map_err(|_| "is not `90d`, a day such as `2027-03-31`, or `never`".to_owned())
}

/// Reads an outcome in either case.
pub(in crate::cli) fn parse_outcome(text: &str) -> Result<Outcome, String> {
    Outcome::from_word(&text.to_ascii_uppercase())
        .ok_or_else(|| "is not one of `approve`, `counter`, `refer`, `decline`".to_owned())
}

/// An account, or what accounts are found behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Named {
    /// Named itself.
    Account(AccountId),
    /// To be found.
    Handle(Handle),
}

/// Reads an id; its prefix says what it is.
pub(super) fn parse_named(text: &str) -> Result<Named, String> {
    match Handle::parse(text) {
        Ok(handle) => Ok(Named::Handle(handle)),
        Err(HandleError::Account) => AccountId::parse(text)
            .map(Named::Account)
            .map_err(|error| error.to_string()),
        Err(HandleError::UnknownPrefix) => Err(format!(
            "is not the id of an account (`fca_`), and {}",
            HandleError::UnknownPrefix
        )),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads the id of an account.
pub(super) fn parse_account(text: &str) -> Result<AccountId, String> {
    AccountId::parse(text).map_err(|error| {
        let advice =
            "`underwrite accounts list` lists those behind a customer, a session or a payment";
        format!("{error}; {advice}")
    })
}

/// Reads `balances=2h`.
pub(super) fn parse_max_age(text: &str) -> Result<(RefreshFeature, Duration), String> {
    let (what, age) = text
        .split_once('=')
        .ok_or("is not of the form `balances=2h`")?;
    let feature = parse_feature(what)?;
    let problem =
        || "is not an age such as `90s`, `30m`, `2h` or `1d`, of up to 365 days".to_owned();
    let digits = age.chars().take_while(char::is_ascii_digit).count();
    let (count, unit) = age.split_at_checked(digits).ok_or_else(problem)?;
    let unit: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(problem()),
    };
    let count: u64 = count.parse().map_err(|_| problem())?;
    let seconds = count.checked_mul(unit).map(Duration::from_secs);
    let age = seconds.filter(|age| *age <= limits::MAX_AGE_MAX);
    Ok((feature, age.ok_or_else(problem)?))
}

/// Reads a feature; `balance` and `balances` are the same, which Stripe is not sure of.
pub(super) fn parse_feature(text: &str) -> Result<RefreshFeature, String> {
    RefreshFeature::ALL
        .into_iter()
        .find(|feature| text == feature.word() || text == feature.permission().as_word())
        .ok_or_else(|| "is not one of `balances`, `ownership`, `transactions`".to_owned())
}

/// Reads a word that is known.
pub(super) fn parse_word<T>(
    text: &str,
    known: &[&str],
    read: impl Fn(&str) -> T,
) -> Result<T, String> {
    if known.contains(&text) {
        return Ok(read(text));
    }
    Err(format!("is not one of `{}`", known.join("`, `")))
}

/// Reads the id of a customer or a connected account.
pub(super) fn parse_holder(text: &str) -> Result<Handle, String> {
    parse_handle(text, &[HandleKind::Customer, HandleKind::ConnectedAccount]).ok_or_else(|| {
        "is not the id of a customer (`cus_`) or a connected account (`acct_`)".to_owned()
    })
}

/// Reads the id of a session.
pub(super) fn parse_session(text: &str) -> Result<Handle, String> {
    parse_handle(text, &[HandleKind::Session])
        .ok_or_else(|| "is not the id of a session (`fcsess_`)".to_owned())
}

/// Reads the id of an object of one of these kinds.
fn parse_handle(text: &str, kinds: &[HandleKind]) -> Option<Handle> {
    let handle = Handle::parse(text).ok()?;
    kinds.contains(&handle.kind()).then_some(handle)
}

/// Reads a country of ISO 3166 in two letters.
pub(super) fn parse_country(text: &str) -> Result<String, String> {
    if text.len() == 2 && text.chars().all(|c| c.is_ascii_alphabetic()) {
        return Ok(text.to_ascii_uppercase());
    }
    Err("is not a country in two letters, such as `US`".to_owned())
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
        let money = Money::new(1_250, Currency::USD);
        assert_eq!(input("a=12.50 usd"), Input::Money(money));
        assert_eq!(input("a=b=c"), Input::Text("b=c".to_owned()));
        assert!(parse_input("a").is_err());
    }

    #[test]
    fn an_id_is_an_account_or_a_handle() {
        let unknown = parse_named("ch_1").unwrap_err();
        assert!(
            unknown.contains("`fca_`") && unknown.contains("`pi_`"),
            "{unknown}"
        );
        assert!(parse_named("fca_é").is_err() && parse_named("pi_").is_err());
    }

    #[test]
    fn an_age_has_a_feature_a_number_and_a_unit() {
        let age = |seconds| Duration::from_secs(seconds);
        assert_eq!(
            parse_max_age("balances=2h"),
            Ok((RefreshFeature::Balance, age(7_200)))
        );
        assert_eq!(
            parse_max_age("ownership=0s"),
            Ok((RefreshFeature::Ownership, age(0)))
        );
        assert_eq!(
            parse_max_age("transactions=365d").unwrap().1,
            limits::MAX_AGE_MAX
        );
        for wrong in [
            "balances",
            "balances=",
            "balances=2",
            "balances=h",
            "balances=-1h",
            "balances=2 weeks",
            "balances=366d",
            "balances=99999999999999999999d",
            "balances=9999999999999999999d",
            "names=2h",
        ] {
            assert!(parse_max_age(wrong).is_err(), "{wrong}");
        }
    }
}
