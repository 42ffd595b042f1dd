//! Which tables there are and what stands in their columns. Of features the one table of features says
//! it: there is no second list.

use std::sync::LazyLock;

use crate::features::{self, Feature, FeatureId, Missing, Scope, Type};

/// Raised by any change of the tables or of what stands in them that the features do not show.
const VERSION: u32 = 1;

/// A table of which every row is of one decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    Decisions,
    Reasons,
    Household,
    Applicants,
    Accounts,
    IncomeStreams,
    Packed,
}

/// What a column holds, where it holds anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Whole,
    Text,
    /// A whole number, or the text of a value that is none.
    WholeOrText,
    Bytes,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) holds: Holds,
}

use Holds::{Bytes, Text, Whole, WholeOrText};

const DECISIONS: &[(&str, Holds)] = &[
    ("seq", Whole),
    ("tenant", Whole),
    ("id", Text),
    ("application", Text),
    ("product", Text),
    ("recorded_at", Whole),
    ("as_of", Whole),
    ("zone", Text),
    ("semantics", Whole),
    ("test_data", Whole),
    ("resolves", Text),
    ("rule_set", Whole),
    ("person", Text),
    ("currency", Text),
    ("amount", WholeOrText),
    ("term", Whole),
    ("term_unit", Text),
    ("frequency", Text),
    ("first_payment_date", Text),
    ("inputs", Text),
    ("ready", Whole),
    ("outcome", Text),
    ("score", Whole),
    ("score_missing", Text),
    ("tier_state", Text),
    ("tier_position", Whole),
    ("tier", Text),
    ("offer_tier", Text),
    ("offer_amount", WholeOrText),
    ("offer_term", Whole),
    ("offer_term_unit", Text),
    ("offer_frequency", Text),
    ("offer_rate", WholeOrText),
    ("offer_apr", WholeOrText),
    ("offer_mapr", WholeOrText),
    ("offer_payment", WholeOrText),
    ("offer_last_payment", WholeOrText),
    ("offer_payments", Whole),
    ("offer_first_payment_date", Text),
    ("offer_principal", WholeOrText),
    ("offer_amount_financed", WholeOrText),
    ("offer_finance_charge", WholeOrText),
    ("offer_total_of_payments", WholeOrText),
    ("offer_fees", Text),
    ("offer_bound_by", Text),
    ("plan", Text),
    ("forecasts", Text),
];

const REASONS: &[(&str, Holds)] = &[
    ("seq", Whole),
    ("position", Whole),
    ("code", Text),
    ("action", Text),
    ("decisive", Whole),
    ("principal", Whole),
    ("source", Text),
    ("source_name", Text),
];

const PACKED: &[(&str, Holds)] = &[
    ("seq", Whole),
    ("tenant", Whole),
    ("rule_set", Whole),
    ("recorded_at", Whole),
    ("content", Bytes),
];

impl Table {
    pub(super) const ALL: [Self; 7] = [
        Self::Decisions,
        Self::Reasons,
        Self::Household,
        Self::Applicants,
        Self::Accounts,
        Self::IncomeStreams,
        Self::Packed,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Reasons => "reasons",
            Self::Household => "household",
            Self::Applicants => "applicants",
            Self::Accounts => "accounts",
            Self::IncomeStreams => "income_streams",
            Self::Packed => "packed",
        }
    }

    /// The table of what is of a scope.
    pub(super) fn of(scope: Scope) -> Self {
        match scope {
            Scope::Household => Self::Household,
            Scope::Applicant => Self::Applicants,
            Scope::Account => Self::Accounts,
            Scope::IncomeStream => Self::IncomeStreams,
        }
    }

    /// Whether a decision has more than one row of it, told apart by `position`.
    pub(super) fn has_positions(self) -> bool {
        match self {
            Self::Decisions | Self::Household | Self::Packed => false,
            Self::Reasons | Self::Applicants | Self::Accounts | Self::IncomeStreams => true,
        }
    }

    /// Its columns, in their order.
    pub(super) fn columns(self) -> &'static [Column] {
        static COLUMNS: LazyLock<Vec<Vec<Column>>> =
            LazyLock::new(|| Table::ALL.into_iter().map(columns).collect());
        let place = Self::ALL.iter().position(|table| *table == self);
        let columns = place.and_then(|place| COLUMNS.get(place));
        columns.map_or(&[], Vec::as_slice)
    }
}

/// The column of a feature: its name, with `_` for `.`.
pub(super) fn column_of(feature: &Feature) -> String {
    feature.name.replace('.', "_")
}

/// The column that says why a feature is missing, where it is.
pub(super) fn missing_column_of(feature: &Feature) -> String {
    format!("{}_missing", column_of(feature))
}

fn holds(ty: Type) -> Holds {
    match ty {
        Type::Money | Type::Ratio | Type::Percent => WholeOrText,
        Type::Count | Type::Days | Type::Bool => Whole,
        Type::Date | Type::Text => Text,
    }
}

fn columns(table: Table) -> Vec<Column> {
    let fixed = |columns: &[(&str, Holds)]| {
        let columns = columns.iter().map(|(name, holds)| Column {
            name: (*name).to_owned(),
            holds: *holds,
        });
        columns.collect::<Vec<_>>()
    };
    let (scope, mut columns) = match table {
        Table::Decisions => return fixed(DECISIONS),
        Table::Reasons => return fixed(REASONS),
        Table::Packed => return fixed(PACKED),
        Table::Household => (Scope::Household, fixed(&[("seq", Whole)])),
        Table::Applicants => (
            Scope::Applicant,
            fixed(&[("seq", Whole), ("position", Whole), ("applicant", Text)]),
        ),
        Table::Accounts => (
            Scope::Account,
            fixed(&[("seq", Whole), ("position", Whole), ("account", Text)]),
        ),
        Table::IncomeStreams => (
            Scope::IncomeStream,
            fixed(&[("seq", Whole), ("position", Whole)]),
        ),
    };
    columns.extend(fixed(&[("currency", Text)]));
    for (_, feature) in features_of(scope) {
        columns.push(Column {
            name: column_of(feature),
            holds: holds(feature.ty),
        });
        columns.push(Column {
            name: missing_column_of(feature),
            holds: Text,
        });
    }
    columns
}

/// The features of a scope, in the order of their table.
pub(super) fn features_of(scope: Scope) -> &'static [(FeatureId, &'static Feature)] {
    type Features = Vec<(FeatureId, &'static Feature)>;
    static BY_SCOPE: LazyLock<[Features; 4]> = LazyLock::new(|| {
        let of = |scope| {
            let all = (0_u16..).map(FeatureId).zip(features::table());
            all.filter(|(_, feature)| feature.scope == scope).collect()
        };
        SCOPES.map(of)
    });
    let place = SCOPES.iter().position(|one| *one == scope);
    let features = place.and_then(|place| BY_SCOPE.get(place));
    features.map_or(&[], Vec::as_slice)
}

/// The scopes, in the order in which their features stand in a packed decision.
pub(super) const SCOPES: [Scope; 4] = [
    Scope::Household,
    Scope::Applicant,
    Scope::Account,
    Scope::IncomeStream,
];

/// What the form of the file follows from: another one, and it is built anew.
pub(super) fn fingerprint() -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        hasher.update(text.as_bytes());
        hasher.update(b"\0");
    };
    add(&format!("underwrite columns v{VERSION}"));
    for feature in features::table() {
        add(feature.name);
        add(feature.ty.as_str());
        add(feature.scope.as_str());
    }
    for table in Table::ALL {
        add(table.name());
        table.columns().iter().for_each(|column| add(&column.name));
    }
    Missing::ALL.iter().for_each(|cause| add(cause.as_str()));
    hasher.finalize().to_hex().to_string()
}
