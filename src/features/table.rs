//! The one table of features, area by area.

mod account;
mod application;
mod balance;
mod cash_flow;
mod data;
mod income;
mod nsf;
mod ownership;

use std::sync::LazyLock;

use super::{Feature, FeatureId, Features, Missing, Scope, Slot, Type, Value, Words};
use crate::analysis::{Analysis, SignEvidence};
use crate::application::ApplicationWithAccounts;
use crate::calendar::AsOf;
use crate::money::Money;
use crate::snapshot::{Absence, Coverage, QualityFlag, Rows, Snapshot};

/// What an extractor reads.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The application.
    pub application: &'a ApplicationWithAccounts,
    /// Its snapshots, in the order of [`ApplicationWithAccounts::accounts`].
    pub snapshots: &'a [Snapshot],
    /// What the analysis found.
    pub analysis: &'a Analysis,
    /// The moment of the decision.
    pub as_of: AsOf,
}

/// A value with its evidence, or why there is none.
type Computed = Result<(Value, Rows), Missing>;

impl Context<'_> {
    /// The days that the household's history covers, or why there is none. Where the bank has yet
    /// to deliver the rows of an account that counts, or failed to, the others do not speak for it.
    fn history(&self) -> Result<Coverage, Missing> {
        let accounts = || self.analysis.accounts.iter().zip(self.snapshots);
        let usable = || accounts().filter(|(facts, _)| facts.usable());
        let absences = || usable().filter_map(|(_, snapshot)| snapshot.transactions.known().err());
        let undelivered = |why: &Absence| matches!(why, Absence::NotReady | Absence::RefreshFailed);
        if let Some(why) = absences().find(undelivered) {
            return Err(why.into());
        }
        if let Some(coverage) = self.analysis.history {
            return Ok(coverage);
        }
        if usable().next().is_some() {
            let absent = absences().next();
            return Err(absent.map_or(Missing::HistoryTooShort, Missing::from));
        }
        let foreign = accounts().any(|(facts, _)| facts.cash && facts.other_currency_only);
        Err(if foreign {
            Missing::OtherCurrency
        } else {
            Missing::NoSuchAccount
        })
    }

    /// The history, where it is no question which way money went and nothing of it is missing.
    fn directed_history(&self) -> Result<Coverage, Missing> {
        let coverage = self.history()?;
        self.unambiguous()?;
        Ok(coverage)
    }

    /// Fails where it is a question which way money went, or where rows may be missing: of a list
    /// that was cut, or has something that could not be read, nobody knows what else is in it.
    fn unambiguous(&self) -> Result<(), Missing> {
        let mut accounts = self.analysis.accounts.iter().zip(self.snapshots);
        let incomplete = accounts.any(|(facts, snapshot)| {
            let flags = &snapshot.flags;
            facts.usable()
                && (flags.contains(&QualityFlag::HistoryCut)
                    || flags.contains(&QualityFlag::UnknownValue))
        });
        if incomplete || self.analysis.sign == SignEvidence::Conflict {
            Err(Missing::Ambiguous)
        } else {
            Ok(())
        }
    }

    /// The history, where it covers nine tenths of `days`.
    fn window(&self, days: i64) -> Result<Coverage, Missing> {
        let coverage = self.history()?;
        if covers(coverage.days(), days) {
            Ok(coverage)
        } else {
            Err(Missing::HistoryTooShort)
        }
    }

    /// The same, where it is no question which way money went.
    fn directed_window(&self, days: i64) -> Result<Coverage, Missing> {
        self.directed_history()?;
        self.window(days)
    }

    /// An amount of the analysis in the currency of the loan.
    fn money(&self, minor: i128) -> Result<Value, Missing> {
        let minor = i64::try_from(minor).map_err(|_| Missing::Overflow)?;
        Ok(Value::Money(Money::new(minor, self.application.currency())))
    }
}

/// Whether `covered` days are nine tenths of a window.
fn covers(covered: i64, window: i64) -> bool {
    covered.saturating_mul(10) >= window.saturating_mul(9)
}

const SIGNS: &[&str] = &[
    SignEvidence::Proven.as_str(),
    SignEvidence::Supported.as_str(),
    SignEvidence::Unproven.as_str(),
    SignEvidence::Conflict.as_str(),
];

fn count(number: usize) -> Value {
    Value::Count(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A ratio from thousandths.
fn permille(thousandths: i64) -> Value {
    Value::ratio(rust_decimal::Decimal::new(thousandths, 3))
}

fn plain(value: Value) -> Computed {
    Ok((value, Rows::none()))
}

fn slot(found: Computed) -> Slot {
    match found {
        Ok((value, evidence)) => Slot {
            value: Ok(value),
            evidence,
        },
        Err(why) => Slot::missing(why),
    }
}

/// A feature of the household.
const fn household(
    name: &'static str,
    ty: Type,
    window_days: Option<u32>,
    doc: &'static str,
    extractor: fn(&Context<'_>, usize) -> Slot,
) -> Feature {
    Feature {
        name,
        ty,
        scope: Scope::Household,
        window_days,
        doc,
        words: Words::Any,
        rests_on_accounts: true,
        extractor,
    }
}

/// A feature of each account.
const fn per_account(
    name: &'static str,
    ty: Type,
    doc: &'static str,
    extractor: fn(&Context<'_>, usize) -> Slot,
) -> Feature {
    Feature {
        name,
        ty,
        scope: Scope::Account,
        window_days: None,
        doc,
        words: Words::Any,
        rests_on_accounts: true,
        extractor,
    }
}

/// The table, in the order in which answers and documents show it.
pub fn table() -> &'static [Feature] {
    static TABLE: LazyLock<Vec<Feature>> = LazyLock::new(|| {
        [
            application::FEATURES,
            income::FEATURES,
            nsf::FEATURES,
            balance::FEATURES,
            cash_flow::FEATURES,
            ownership::FEATURES,
            account::FEATURES,
            data::FEATURES,
        ]
        .concat()
    });
    &TABLE
}

/// The feature of that name.
pub fn find(name: &str) -> Option<(FeatureId, &'static Feature)> {
    let index = table().iter().position(|feature| feature.name == name)?;
    Some((FeatureId(u16::try_from(index).ok()?), table().get(index)?))
}

/// Whether the value would rest on an account of which nothing was fetched: the others must not
/// speak for it.
fn rests_on_unseen(context: &Context<'_>, feature: &Feature, subject: usize) -> bool {
    let unseen = |snapshot: &Snapshot| snapshot.flags.contains(&QualityFlag::NotFetched);
    let mut accounts = context.application.accounts().zip(context.snapshots);
    feature.rests_on_accounts
        && match feature.scope {
            Scope::Household => context.snapshots.iter().any(unseen),
            Scope::Applicant => {
                accounts.any(|((whose, _), snapshot)| whose == subject && unseen(snapshot))
            }
            Scope::Account => context.snapshots.get(subject).is_some_and(unseen),
        }
}

/// Computes every feature of the table.
pub fn extract(context: &Context<'_>) -> Features {
    let applicants: Vec<_> = context
        .application
        .applicants()
        .iter()
        .map(|applicant| applicant.id.clone())
        .collect();
    let accounts: Vec<_> = context
        .snapshots
        .iter()
        .map(|snapshot| snapshot.account.id.clone())
        .collect();
    let slots = table()
        .iter()
        .map(|feature| {
            let subjects = feature.scope.subjects(applicants.len(), accounts.len());
            (0..subjects)
                .map(|index| {
                    if rests_on_unseen(context, feature, index) {
                        Slot::missing(Missing::NotReady)
                    } else {
                        (feature.extractor)(context, index)
                    }
                })
                .collect()
        })
        .collect();
    Features::new(slots, applicants, accounts)
}
