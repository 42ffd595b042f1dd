//! An ordinary application, for whoever looks at rules or at bank data and not at what is asked.

use super::{Draft, DraftApplicant, DraftTerm, Identity, RepaymentFrequency, Role, TermUnit};
use crate::id::{AccountId, ApplicantId};
use crate::money::{Currency, Money};

/// The amount that is asked for: a thousand, in minor units.
const AMOUNT_MINOR: i64 = 100_000;

impl Draft {
    /// A thousand over a year in monthly payments, asked for by these applicants.
    pub fn ordinary(currency: Currency, applicants: Vec<DraftApplicant>) -> Self {
        Self {
            id: "test".parse().ok(),
            product: "test".to_owned(),
            requested_amount: Some(Money::new(AMOUNT_MINOR, currency)),
            term: Some(DraftTerm {
                count: 12,
                unit: Some(TermUnit::Months),
            }),
            repayment_frequency: Some(RepaymentFrequency::Monthly),
            applicants,
            ..Self::default()
        }
    }
}

impl DraftApplicant {
    /// Somebody of whom nothing but a name is known, with these accounts: of several who ask together, the
    /// one at that position.
    pub fn ordinary(
        at: usize,
        id: Option<ApplicantId>,
        name: &str,
        accounts: impl IntoIterator<Item = AccountId>,
    ) -> Self {
        Self {
            id,
            role: Some(if at == 0 {
                Role::Primary
            } else {
                Role::CoApplicant
            }),
            identity: Some(Identity {
                name: name.to_owned(),
                ..Identity::default()
            }),
            account_ids: accounts.into_iter().map(Some).collect(),
            handles: Vec::new(),
        }
    }
}
