//! What is said of a change, and what proves it.

use rust_decimal::Decimal;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::applicant::Applicant;
use super::effect::Effect;
use crate::application::Application;
use crate::features::{Features, Missing, Value, observed};
use crate::money::Money;
use crate::rules::evaluation::Outcome;
use crate::rules::foresight::{Forecasts, as_value};

/// What was done to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It, or what it reads, is written otherwise.
    Changed,
}

/// Which way a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rules) enum Way {
    Stricter,
    Looser,
}

/// Whether a change ever goes one way.
#[derive(Debug, Clone)]
pub(super) enum Finding<W> {
    /// It does for nobody.
    Never,
    /// It does for this applicant.
    Found(W),
    /// Nobody was found for whom it does, and it is not known that there is none.
    NotFound,
}

impl<W> Finding<W> {
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::NotFound)
    }

    fn found(&self) -> Option<&W> {
        match self {
            Self::Found(found) => Some(found),
            Self::Never | Self::NotFound => None,
        }
    }
}

/// What is said of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// It decides the same for everybody.
    Equal,
    /// It is stricter for somebody, and looser for nobody.
    Stricter,
    /// It is looser for somebody, and stricter for nobody.
    Looser,
    /// It is stricter for one and looser for another.
    Both,
    /// It is stricter for somebody; whether it is looser for another is not known.
    StricterForSome,
    /// It is looser for somebody; whether it is stricter for another is not known.
    LooserForSome,
    /// It is looser for nobody; whether it is stricter for anybody is not known.
    NeverLooser,
    /// It is stricter for nobody; whether it is looser for anybody is not known.
    NeverStricter,
    /// No difference was found.
    NotFound,
}

/// What is said of a change, with the applicants that prove it.
#[derive(Debug, Clone)]
pub struct Claim {
    pub(super) stricter: Finding<Box<Witness>>,
    pub(super) looser: Finding<Box<Witness>>,
}

impl Claim {
    /// Nothing is known.
    pub(super) const OPEN: Self = Self {
        stricter: Finding::NotFound,
        looser: Finding::NotFound,
    };

    /// What is said.
    pub fn says(&self) -> Says {
        use Finding::{Found, Never, NotFound};
        match (&self.stricter, &self.looser) {
            (Never, Never) => Says::Equal,
            (Found(_), Never) => Says::Stricter,
            (Never, Found(_)) => Says::Looser,
            (Found(_), Found(_)) => Says::Both,
            (Found(_), NotFound) => Says::StricterForSome,
            (NotFound, Found(_)) => Says::LooserForSome,
            (NotFound, Never) => Says::NeverLooser,
            (Never, NotFound) => Says::NeverStricter,
            (NotFound, NotFound) => Says::NotFound,
        }
    }

    /// For whom it is stricter.
    pub fn stricter(&self) -> Option<&Witness> {
        self.stricter.found().map(Box::as_ref)
    }

    /// For whom it is looser.
    pub fn looser(&self) -> Option<&Witness> {
        self.looser.found().map(Box::as_ref)
    }
}

impl Serialize for Claim {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut claim = to.serialize_struct("Claim", 3)?;
        claim.serialize_field("verdict", &self.says())?;
        claim.serialize_field("stricter", &self.stricter())?;
        claim.serialize_field("looser", &self.looser())?;
        claim.end()
    }
}

/// An applicant whom two rule sets decide otherwise.
#[derive(Debug, Clone, Serialize)]
pub struct Witness {
    /// Every value that either reads.
    pub applicant: Vec<Named>,
    /// What the rule computes of them, where it is about a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<Named>,
    /// What the first decides.
    pub before: Decided,
    /// What the second decides.
    pub after: Decided,
    /// The same as it was decided.
    #[serde(skip)]
    pub(super) made_up: Applicant,
}

impl Witness {
    /// The features that were decided on.
    pub fn features(&self) -> &Features {
        &self.made_up.features
    }

    /// The application that was decided.
    pub fn application(&self) -> &Application {
        &self.made_up.application
    }

    /// What was foreseen.
    pub fn forecasts(&self) -> &dyn Forecasts {
        &self.made_up.forecast
    }
}

/// A value by its name.
#[derive(Debug, Clone, Serialize)]
pub struct Named {
    /// As rules call it.
    pub name: String,
    /// What it is.
    #[serde(with = "observed")]
    pub value: Result<Value, Missing>,
    /// Whether what differs rests on it, or it is another than that of the usual applicant.
    #[serde(skip)]
    pub matters: bool,
}

/// What a rule set decides of an applicant.
#[derive(Debug, Clone, Serialize)]
pub struct Decided {
    /// The outcome.
    pub outcome: Outcome,
    /// The codes of the reasons that made it.
    pub reasons: Vec<String>,
    /// What the rule does, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Effect>,
    /// The score, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<i64>,
    /// The offer, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offered>,
}

/// An offer in short.
#[derive(Debug, Clone, Serialize)]
pub struct Offered {
    /// The principal.
    #[serde(serialize_with = "as_value::serialize")]
    pub amount: Money,
    /// The nominal yearly rate in percent.
    #[serde(with = "rust_decimal::serde::str")]
    pub rate_percent: Decimal,
    /// The annual percentage rate.
    #[serde(with = "rust_decimal::serde::str")]
    pub apr_percent: Decimal,
}
