//! What an application asks for and an offer may change, and what stands for it in `[offer]`.

use std::collections::BTreeSet;

use crate::features::{self, FeatureId, Type};

/// A feature that says what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AskedFor {
    Amount,
    TermDays,
    Payments,
    FirstPaymentDate,
    DaysToFirstPayment,
}

impl AskedFor {
    pub(super) const ALL: [Self; 5] = [
        Self::Amount,
        Self::TermDays,
        Self::Payments,
        Self::FirstPaymentDate,
        Self::DaysToFirstPayment,
    ];

    /// The name of the feature.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Amount => features::APPLICATION_AMOUNT,
            Self::TermDays => features::APPLICATION_TERM_DAYS,
            Self::Payments => features::APPLICATION_PAYMENTS,
            Self::FirstPaymentDate => features::APPLICATION_FIRST_PAYMENT_DATE,
            Self::DaysToFirstPayment => features::APPLICATION_DAYS_TO_FIRST_PAYMENT,
        }
    }

    /// That of a feature.
    pub(super) fn of(feature: FeatureId) -> Option<Self> {
        let name = features::table().get(feature.index())?.name;
        Self::ALL.into_iter().find(|asked| asked.name() == name)
    }

    /// What to write in its place.
    pub(super) fn in_an_offer(self) -> String {
        let of = |value: OfferValue| value.name().to_owned();
        match self {
            Self::Amount => of(OfferValue::Amount),
            Self::TermDays => of(OfferValue::TermDays),
            Self::Payments => of(OfferValue::Payments),
            Self::FirstPaymentDate => of(OfferValue::FirstPaymentDate),
            Self::DaysToFirstPayment => format!(
                "{} - {}",
                OfferValue::FirstPaymentDate.name(),
                features::APPLICATION_DECISION_DATE
            ),
        }
    }
}

/// What the offers of a rule set may change beside the amount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Varied {
    pub(super) terms: bool,
    pub(super) frequencies: bool,
}

impl Varied {
    /// The first of these that offers may change.
    pub(super) fn first(self, asked: &BTreeSet<AskedFor>) -> Option<AskedFor> {
        asked.iter().copied().find(|asked| match asked {
            AskedFor::Amount => true,
            AskedFor::TermDays => self.terms,
            AskedFor::Payments | AskedFor::FirstPaymentDate | AskedFor::DaysToFirstPayment => {
                self.terms || self.frequencies
            }
        })
    }
}

/// A value of the offer that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OfferValue {
    Amount,
    TermDays,
    Payments,
    PaymentsPerMonth,
    FirstPaymentDate,
}

impl OfferValue {
    pub(super) const ALL: [Self; 5] = [
        Self::Amount,
        Self::TermDays,
        Self::Payments,
        Self::PaymentsPerMonth,
        Self::FirstPaymentDate,
    ];

    /// Its name in a rule file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Amount => "offer.amount",
            Self::TermDays => "offer.term_days",
            Self::Payments => "offer.payments",
            Self::PaymentsPerMonth => "offer.payments_per_month",
            Self::FirstPaymentDate => "offer.first_payment_date",
        }
    }

    pub(super) fn ty(self) -> Type {
        match self {
            Self::Amount => Type::Money,
            Self::TermDays => Type::Days,
            Self::Payments => Type::Count,
            Self::PaymentsPerMonth => Type::Ratio,
            Self::FirstPaymentDate => Type::Date,
        }
    }

    /// The value of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|value| value.name() == name)
    }
}
