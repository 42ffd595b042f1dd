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
    let categories = known_words(
        problems,
        &field("account_filter.categories"),
        &filter.categories,
        Category::WORDS,
        category,
    );
    let subcategories = known_words(
        problems,
        &field("account_filter.subcategories"),
        &filter.subcategories,
        Subcategory::WORDS,
        subcategory,
    );
    BankData {
        stripe_account,
        max_age,
        accounts: AccountFilter {
            categories,
            subcategories,
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

/// Reads a list of enums as the source's words, which are what is kept; refuses what stands for
/// none of them.
fn known_words(
    problems: &mut Problems,
    field: &str,
    wire: &[i32],
    known: &[&str],
    word: fn(i32) -> Option<String>,
) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for (row, number) in wire.iter().enumerate() {
        match word(*number) {
            Some(word) => {
                words.insert(word);
            }
            None => {
                let known = known.join(", ").to_uppercase();
                problems.add(&format!("{field}[{row}]"), format!("is none of {known}"));
            }
        }
    }
    words
}

fn category(wire: i32) -> Option<String> {
    use proto::AccountCategory as Wire;
    let category = match Wire::try_from(wire) {
        Ok(Wire::Cash) => Category::Cash,
        Ok(Wire::Credit) => Category::Credit,
        Ok(Wire::Investment) => Category::Investment,
        Ok(Wire::Other) => Category::Other,
        Ok(Wire::Unspecified | Wire::Unrecognized) | Err(_) => return None,
    };
    Some(category.to_string())
}

fn subcategory(wire: i32) -> Option<String> {
    use proto::AccountSubcategory as Wire;
    let subcategory = match Wire::try_from(wire) {
        Ok(Wire::Checking) => Subcategory::Checking,
        Ok(Wire::Savings) => Subcategory::Savings,
        Ok(Wire::CreditCard) => Subcategory::CreditCard,
        Ok(Wire::LineOfCredit) => Subcategory::LineOfCredit,
        Ok(Wire::Mortgage) => Subcategory::Mortgage,
        Ok(Wire::Other) => Subcategory::Other,
        Ok(Wire::Unspecified | Wire::Unrecognized) | Err(_) => return None,
    };
    Some(subcategory.to_string())
}
