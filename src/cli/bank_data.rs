//! The bank data of an application as flags: which accounts, in whose name, how fresh.

use std::time::Duration;

use super::CliError;
use super::accounts::parse_feature;
use super::args::{self, Filter};
use crate::application::AccountFilter;
use crate::id::{AccountId, Handle, HandleError};
use crate::limits;
use crate::proto;
use crate::stripe::RefreshFeature;

/// An account, or what accounts are found behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
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

/// The filter of these flags.
pub(super) fn filter(flags: &Filter) -> AccountFilter {
    AccountFilter {
        categories: flags.categories.iter().cloned().collect(),
        subcategories: flags.subcategories.iter().cloned().collect(),
        without_transactions: flags.without_transactions,
    }
}

/// The accounts and the handles, each in the order they were named.
pub(super) fn named(flags: &args::BankData) -> (Vec<String>, Vec<String>) {
    let (mut accounts, mut handles) = (Vec::new(), Vec::new());
    for named in &flags.accounts {
        match named {
            Named::Account(account) => accounts.push(account.to_string()),
            Named::Handle(handle) => handles.push(handle.to_string()),
        }
    }
    (accounts, handles)
}

/// What is said of the data; nothing where no flag was given.
pub(super) fn said(flags: &args::BankData) -> Result<Option<proto::BankData>, CliError> {
    let mut max_age = proto::MaxAge::default();
    for (feature, age) in &flags.max_age {
        let place = match feature {
            RefreshFeature::Balance => &mut max_age.balances,
            RefreshFeature::Ownership => &mut max_age.ownership,
            RefreshFeature::Transactions => &mut max_age.transactions,
        };
        let seconds = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        let age = prost_types::Duration { seconds, nanos: 0 };
        if place.replace(age).is_some() {
            let message = format!("`--max-age` names `{}` twice", feature.permission());
            return Err(CliError::Usage(message));
        }
    }
    let filter = proto::AccountFilter {
        categories: flags.filter.categories.clone(),
        subcategories: flags.filter.subcategories.clone(),
        without_transactions: flags.filter.without_transactions,
    };
    let account = flags.stripe_account.as_ref();
    let said = proto::BankData {
        stripe_account: account.map_or_else(String::new, ToString::to_string),
        max_age: (max_age != proto::MaxAge::default()).then_some(max_age),
        account_filter: (filter != proto::AccountFilter::default()).then_some(filter),
    };
    Ok((said != proto::BankData::default()).then_some(said))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        bank: args::BankData,
    }

    fn flags(line: &[&str]) -> args::BankData {
        let words = ["decide"].into_iter().chain(line.iter().copied());
        Line::try_parse_from(words).unwrap().bank
    }

    #[test]
    fn an_id_is_an_account_or_a_handle() {
        let flags = flags(&["pi_1", "fca_2", "cus_3", "fca_1"]);
        let words = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            named(&flags),
            (words(&["fca_2", "fca_1"]), words(&["pi_1", "cus_3"]))
        );
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

    #[test]
    fn what_is_not_said_is_not_sent() {
        assert_eq!(said(&flags(&["fca_1"])).unwrap(), None);
        let line = "fca_1 --max-age balances=2h,transactions=1d --categories cash,credit";
        let words: Vec<_> = line.split(' ').collect();
        let sent = said(&flags(&words)).unwrap().unwrap();
        let ages = sent.max_age.unwrap();
        assert_eq!(ages.balances.unwrap().seconds, 7_200);
        assert_eq!(
            (ages.ownership, ages.transactions.unwrap().seconds),
            (None, 86_400)
        );
        assert_eq!(sent.account_filter.unwrap().categories, ["cash", "credit"]);
        assert_eq!(sent.stripe_account, "");
        let twice = said(&flags(&["fca_1", "--max-age", "balances=2h,balances=1h"]));
        assert!(matches!(twice, Err(CliError::Usage(_))));
    }
}
