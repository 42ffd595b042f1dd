//! The one table of features.

use std::sync::LazyLock;

use super::{Feature, FeatureId, Features, Scope, Slot, Type, Value};
use crate::analysis::Analysis;
use crate::application::Application;
use crate::calendar::AsOf;
use crate::snapshot::Snapshot;

/// What an extractor reads.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The application.
    pub application: &'a Application,
    /// Its snapshots, in the order of [`Application::accounts`].
    pub snapshots: &'a [Snapshot],
    /// What the analysis found.
    pub analysis: &'a Analysis,
    /// The moment of the decision.
    pub as_of: AsOf,
}

/// The table, in the order in which answers and documents show it.
pub fn table() -> &'static [Feature] {
    static TABLE: LazyLock<Vec<Feature>> = LazyLock::new(|| {
        vec![Feature {
            name: "application.amount",
            ty: Type::Money,
            scope: Scope::Household,
            window_days: None,
            doc: "The amount asked for.",
            extractor: |context, _| Slot::known(Value::Money(context.application.requested_amount)),
        }]
    });
    &TABLE
}

/// The feature of that name.
pub fn find(name: &str) -> Option<(FeatureId, &'static Feature)> {
    let index = table().iter().position(|feature| feature.name == name)?;
    Some((FeatureId(u16::try_from(index).ok()?), table().get(index)?))
}

/// Computes every feature of the table.
pub fn extract(context: &Context<'_>) -> Features {
    let applicants: Vec<_> = context
        .application
        .applicants
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
            let subjects = match feature.scope {
                Scope::Household => 1,
                Scope::Applicant => applicants.len(),
                Scope::Account => accounts.len(),
            };
            (0..subjects)
                .map(|index| (feature.extractor)(context, index))
                .collect()
        })
        .collect();
    Features {
        slots,
        applicants,
        accounts,
    }
}
