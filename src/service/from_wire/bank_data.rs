//! How the bank data is to be had.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Problems, optional_id};
use crate::application::{AccountFilter, BankData, MaxAge};
use crate::id::ConnectedAccountId;
use crate::limits;
use crate::proto;
use crate::snapshot::{Category, Subcategory};

pub(super) fn bank_data(problems: &mut Problems, wire: Option<proto::BankData>) -> BankData {
    let Some(wire) = wire else {
        return BankData::default();
    };
    let field = |name: &str| format!("application.bank_data.{name}");
    let stripe_account = optional_id(
        problems,
        &field("stripe_account"),
        &wire.stripe_account,
        ConnectedAccountId::parse,
    );
    let ages = wire.max_age.unwrap_or_default();
    let mut age = |name: &str, wire: Option<prost_types::Duration>| {
        problems.keep(&field(&format!("max_age.{name}")), max_age(wire?))
    };
    let max_age = MaxAge {
        balances: age("balances", ages.balances),
        ownership: age("ownership", ages.ownership),
        transactions: age("transactions", ages.transactions),
    };
    let filter = wire.account_filter.unwrap_or_default();
    let mut words = |name: &str, words: &[String], known: &[&str]| {
        let field = field(&format!("account_filter.{name}"));
        known_words(problems, &field, words, known)
    };
    BankData {
        stripe_account,
        max_age,
        accounts: AccountFilter {
            categories: words("categories", &filter.categories, Category::WORDS),
            subcategories: words("subcategories", &filter.subcategories, Subcategory::WORDS),
            without_transactions: filter.without_transactions,
        },
    }
}

/// An age in whole seconds, up to the limit.
fn max_age(wire: prost_types::Duration) -> Result<Duration, String> {
    let seconds = u64::try_from(wire.seconds).ok().filter(|_| wire.nanos == 0);
    seconds
        .map(Duration::from_secs)
        .filter(|age| *age <= limits::MAX_AGE_MAX)
        .ok_or_else(|| "is not a whole number of seconds from 0 to 365 days".to_owned())
}

fn known_words(
    problems: &mut Problems,
    field: &str,
    words: &[String],
    known: &[&str],
) -> BTreeSet<String> {
    for (row, word) in words.iter().enumerate() {
        if !known.contains(&word.as_str()) {
            let known = known.join("`, `");
            problems.add(&format!("{field}[{row}]"), format!("is none of `{known}`"));
        }
    }
    words.iter().cloned().collect()
}
