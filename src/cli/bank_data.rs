//! The bank data of an application as flags: which accounts, in whose name, how fresh.

use super::CliError;
use super::args::{self, Filter, Named};
use crate::application::AccountFilter;
use crate::proto;
use crate::service::to_wire::words;
use crate::stripe::RefreshFeature;

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
    let filter = words::account_filter(
        flags.filter.categories.iter(),
        flags.filter.subcategories.iter(),
        flags.filter.without_transactions,
    );
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
    fn accounts_and_handles_are_kept_apart() {
        let flags = flags(&["pi_1", "fca_2", "cus_3", "fca_1"]);
        let words = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            named(&flags),
            (words(&["fca_2", "fca_1"]), words(&["pi_1", "cus_3"]))
        );
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
        let kinds: Vec<_> = sent
            .account_filter
            .iter()
            .flat_map(|it| it.categories())
            .collect();
        assert_eq!(
            kinds,
            [proto::AccountCategory::Cash, proto::AccountCategory::Credit]
        );
        assert_eq!(sent.stripe_account, "");
        let twice = said(&flags(&["fca_1", "--max-age", "balances=2h,balances=1h"]));
        assert!(matches!(twice, Err(CliError::Usage(_))));
    }
}
