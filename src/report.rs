//! The picture of an applicant's bank data, for people to look at: what the analysis found, with the
//! evidence for each part, as plain data and as a page.
//!
//! [`report`] analyses as a decision does, through the same `analysis` and `features`; it decides
//! nothing. A [`Report`] is data alone, from which the terminal, a program and the page are fed.
//! Other pages are of a decision ([`packet`]) and of a [`backtest`].

mod amount;
pub mod backtest;
mod build;
mod error;
pub(crate) mod figures;
mod html;
mod markup;
mod model;
pub mod packet;
mod svg;
#[cfg(test)]
mod tests;
mod words;

use std::sync::Arc;

pub use amount::{Amount, Share};
pub use error::ReportError;
pub use html::{backtest_page, examination_page, packet_page, page};
pub use model::{
    Account, Balances, Confidence, Day, Event, Events, Evidence, Feature, Flow, Income, Lender,
    Month, Obligation, Obligations, Part, Payday, Period, Report, Stream, Transaction, Window,
};
pub(crate) use words::{between, or_dash, spaced};

use crate::analysis::{self, AccountInput, Settings};
use crate::application::{
    ApplicationWithAccounts, Draft, DraftApplicant, DraftTerm, Identity, RepaymentFrequency, Role,
    TermUnit,
};
use crate::calendar::AsOf;
use crate::features::{self, Context};
use crate::lexicon::Lexicon;
use crate::limits;
use crate::money::{Currency, Money};
use crate::snapshot::{Snapshot, SnapshotHash};

/// How to look at accounts.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The moment to look at.
    pub as_of: AsOf,
    /// The currency to look at.
    pub currency: Currency,
    /// Whose accounts they are said to be; owners are compared with it.
    pub name: Option<&'a str>,
    /// The settings of the analysis.
    pub settings: Settings,
    /// The phrases by which descriptions are read.
    pub lexicon: &'a Lexicon,
}

/// Analyses the accounts of one applicant.
///
/// # Errors
///
/// Where there is nothing to analyse.
pub fn report(snapshots: &[Snapshot], look: &Look<'_>) -> Result<Report, ReportError> {
    check(snapshots, look.currency)?;
    let application = application(snapshots, look)?;
    // Only a record needs the hash that names a snapshot.
    let hash = SnapshotHash::from_bytes([0; 32]);
    let with_hash = snapshots.iter().map(|snapshot| (snapshot, hash));
    let inputs = AccountInput::of(&application, with_hash).ok_or(ReportError::NoAccount)?;
    let analysis = analysis::analyze(
        &application,
        &inputs,
        look.as_of,
        look.settings,
        look.lexicon,
    );
    let context = Context {
        application: &application,
        accounts: &inputs,
        analysis: &analysis,
        as_of: look.as_of,
    };
    let features = features::extract(&context);
    Ok(build::build(
        &context,
        &features,
        look.name.is_some(),
        look.settings,
    ))
}

fn check(snapshots: &[Snapshot], wanted: Currency) -> Result<(), ReportError> {
    if snapshots.is_empty() {
        return Err(ReportError::NoAccount);
    }
    if snapshots.len() > limits::ACCOUNTS_MAX {
        return Err(ReportError::TooManyAccounts {
            max: limits::ACCOUNTS_MAX,
        });
    }
    let mut held: Vec<Currency> = Vec::new();
    for snapshot in snapshots {
        let balance = snapshot.balance.known().ok();
        held.extend(balance.iter().flat_map(|balance| balance.current.keys()));
        let rows = snapshot.transactions.known().ok();
        held.extend(
            rows.iter()
                .flat_map(|rows| rows.iter())
                .map(|row| row.currency),
        );
    }
    if held.is_empty() {
        return Err(ReportError::Nothing);
    }
    if held.contains(&wanted) {
        return Ok(());
    }
    held.sort_unstable();
    held.dedup();
    let held: Vec<String> = held.iter().map(ToString::to_string).collect();
    Err(ReportError::Currency {
        wanted: wanted.to_string(),
        held: held.join(", "),
    })
}

/// An ordinary application: what is asked for changes nothing of what is found.
fn application(
    snapshots: &[Snapshot],
    look: &Look<'_>,
) -> Result<ApplicationWithAccounts, ReportError> {
    let ids = || snapshots.iter().map(|snapshot| &snapshot.account.id);
    let owner = || {
        let owners = snapshots.iter().filter_map(|it| it.owners.known().ok());
        let mut names = owners.flatten().map(|owner| owner.name.trim());
        names.find(|name| !name.is_empty()).unwrap_or(NOBODY)
    };
    let draft = |name: &str| Draft {
        id: APPLICATION.parse().ok(),
        product: "none".to_owned(),
        requested_amount: Some(Money::new(100_000, look.currency)),
        term: Some(DraftTerm {
            count: 12,
            unit: Some(TermUnit::Months),
        }),
        repayment_frequency: Some(RepaymentFrequency::Monthly),
        applicants: vec![DraftApplicant {
            id: APPLICATION.parse().ok(),
            role: Some(Role::Primary),
            identity: Some(Identity {
                name: name.to_owned(),
                ..Identity::default()
            }),
            account_ids: ids().cloned().map(Some).collect(),
            handles: Vec::new(),
        }],
        ..Draft::default()
    };
    let checked = match look.name {
        Some(name) => draft(name).check(),
        // An owner's name that no application may have is no reason to see nothing.
        None => draft(owner()).check().or_else(|_| draft(NOBODY).check()),
    };
    let checked = checked.map_err(|problems| {
        let first = problems.into_iter().next();
        first.map_or(ReportError::NoAccount, |problem| ReportError::Field {
            field: problem
                .field
                .rsplit('.')
                .next()
                .unwrap_or_default()
                .to_owned(),
            problem: problem.problem,
        })
    })?;
    let found = ids().map(|id| (0, id.clone())).collect();
    Ok(Arc::new(checked).with_accounts(found))
}

/// The name of an application that is none.
const APPLICATION: &str = "analyze";
/// Stands for the name of an applicant whom nobody names.
const NOBODY: &str = "-";
