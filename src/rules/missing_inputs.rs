//! What an evaluation lacked: the values whose absence made something unknown, by cause.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::ForecastFunction;
use crate::features::{self, BankData, DETAILS, HISTORY, Missing};

/// The names of what is missing, by cause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MissingInputs(BTreeMap<Missing, BTreeSet<String>>);

impl MissingInputs {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, name: &str, why: Missing) {
        let name = asked_for(name, why);
        self.0.entry(why).or_default().insert(name.to_owned());
    }

    pub(super) fn extend(&mut self, other: Self) {
        for (why, names) in other.0 {
            self.0.entry(why).or_default().extend(names);
        }
    }

    pub(super) fn by_cause(&self) -> impl Iterator<Item = (Missing, &BTreeSet<String>)> {
        self.0.iter().map(|(why, names)| (*why, names))
    }

    /// Every name once, in alphabetical order.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.0.values().flatten().cloned().collect()
    }
}

/// What is to be provided where a value is missing for want of that: of the account to be debited it is
/// which one that is.
fn asked_for(name: &str, why: Missing) -> &str {
    let of_account = || match features::find(name) {
        Some((_, feature)) => feature.is_of_debit_account(),
        None => is_forecast(name),
    };
    if why == Missing::NotProvided && of_account() {
        features::DEBIT_ACCOUNT
    } else {
        name
    }
}

/// What an applicant would call it and its like: what its row says, or of an input that the
/// caller has to send.
fn group(name: &str) -> &'static str {
    match features::find(name) {
        Some((_, feature)) => feature.told_as,
        None if is_forecast(name) => "the balance on the day of the payment",
        None => DETAILS,
    }
}

fn is_forecast(name: &str) -> bool {
    ForecastFunction::named(name).is_some()
}

/// The detail of the application that a name stands for, or its group.
fn detail(name: &str) -> String {
    match features::find(name) {
        Some((_, feature)) if feature.is_of_application() => feature.short_name().replace('_', " "),
        Some((_, feature)) => feature.told_as.to_owned(),
        // An input.
        None => name.rsplit('.').next().unwrap_or(name).replace('_', " "),
    }
}

/// The missing information in words fit for an applicant: each group once, in alphabetical order.
pub(super) fn in_words(missing: &MissingInputs) -> String {
    let names = missing.names();
    list(names.iter().map(|name| group(name).to_owned()).collect())
}

/// `a, b and c`
fn list(words: BTreeSet<String>) -> String {
    let mut words: Vec<String> = words.into_iter().collect();
    let Some(last) = words.pop() else {
        return "some of the information".to_owned();
    };
    if words.is_empty() {
        last
    } else {
        format!("{} and {last}", words.join(", "))
    }
}

/// Why it is missing, in words fit for an applicant: a clause for each cause.
pub(super) fn why_in_words(missing: &MissingInputs) -> String {
    let clauses: Vec<String> = missing
        .by_cause()
        .map(|(why, names)| clause(why, names))
        .collect();
    if clauses.is_empty() {
        return "some of the information could not be obtained".to_owned();
    }
    clauses.join("; ")
}

fn clause(why: Missing, names: &BTreeSet<String>) -> String {
    let groups: BTreeSet<String> = names.iter().map(|name| group(name).to_owned()).collect();
    let data = || {
        let mut data: BTreeSet<BankData> = names.iter().map(|name| data_asked_for(name)).collect();
        if data.contains(&BankData::Balances) || data.contains(&BankData::Transactions) {
            // It is made of them.
            data.remove(&BankData::BalanceHistory);
        }
        list(
            data.into_iter()
                .map(|data| data.as_str().to_owned())
                .collect(),
        )
    };
    match why {
        Missing::NoPermission => format!(
            "permission to see the {} of the linked accounts was not given",
            data()
        ),
        Missing::NotReady => format!(
            "the bank has not yet delivered the {} of the linked accounts",
            data()
        ),
        Missing::RefreshFailed => format!(
            "the bank could not deliver the {} of the linked accounts",
            data()
        ),
        Missing::Disconnected => "a linked account no longer gives data".to_owned(),
        Missing::NoSuchAccount => format!("no linked account shows {}", list(groups)),
        Missing::HistoryTooShort => {
            let mut rest = groups;
            rest.remove(HISTORY);
            let short = "account history is too short";
            if rest.is_empty() {
                short.to_owned()
            } else {
                format!("{short} to verify {}", list(rest))
            }
        }
        Missing::Ambiguous => format!("the linked accounts do not show clearly {}", list(groups)),
        Missing::NoBasis => format!(
            "the linked accounts show too little to verify {}",
            list(groups)
        ),
        Missing::OtherCurrency => "the linked accounts hold another currency than the loan".into(),
        Missing::NotProvided => {
            let details = names.iter().map(|name| detail(name)).collect();
            format!("{DETAILS} were not given: {}", list(details))
        }
        Missing::Overflow => format!("amounts are too large to verify {}", list(groups)),
        Missing::ReviewUnclear => format!("the review of {} is not finished", list(groups)),
        Missing::Unproven => {
            "nothing proves that the deposits on the linked accounts are income".into()
        }
        Missing::PastDay => "the day of the first payment is past, or today".into(),
        Missing::OutsideForecast => {
            "the day of the payment is none for which the balance can be forecast: after the last \
             one known, up to two months ahead"
                .into()
        }
    }
}

/// What was to be had from a bank, of which the value is made. What is of no bank is told as
/// transactions: whatever is missing of an application is not missing for a bank's sake.
fn data_asked_for(name: &str) -> BankData {
    let asked = features::find(name).map(|(_, feature)| feature.asks_for());
    if is_forecast(name) {
        return BankData::BalanceHistory;
    }
    asked
        .filter(|data| *data != BankData::None)
        .unwrap_or(BankData::Transactions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(all: &[(&str, Missing)]) -> MissingInputs {
        let mut missing = MissingInputs::default();
        all.iter().for_each(|(name, why)| missing.add(name, *why));
        missing
    }

    #[test]
    fn missing_information_is_named_by_group() {
        let why = Missing::NotReady;
        let three = [
            ("nsf.event_days_90d", why),
            ("income.monthly_net", why),
            ("income.streams", why),
        ];
        assert_eq!(
            in_words(&missing(&three)),
            "income deposits and returned payments and overdrafts"
        );
        assert_eq!(in_words(&missing(&[])), "some of the information");
    }

    #[test]
    fn each_cause_is_a_clause() {
        let why = |all: &[(&str, Missing)]| why_in_words(&missing(all));
        assert_eq!(
            why(&[
                ("nsf.event_days_90d", Missing::NoPermission),
                ("income.monthly_net", Missing::NoPermission),
                ("ownership.name_score", Missing::NoPermission),
            ]),
            "permission to see the owners and transactions of the linked accounts was not given"
        );
        assert_eq!(
            why(&[("data.history_days", Missing::HistoryTooShort)]),
            "account history is too short"
        );
        assert_eq!(
            why(&[
                ("inputs.existing_customer", Missing::NotProvided),
                ("data.history_days", Missing::HistoryTooShort),
                ("income.monthly_net", Missing::HistoryTooShort),
                ("balance.current", Missing::Disconnected),
            ]),
            "a linked account no longer gives data; \
             account history is too short to verify income deposits; \
             details of the application were not given: existing customer"
        );
        assert_eq!(why(&[]), "some of the information could not be obtained");
    }
}
