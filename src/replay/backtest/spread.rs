//! How values are spread, and how far a population of them has moved.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::features::{DECIMAL_PLACES, Type, Value};
use crate::money::{Currency, Money};
use crate::replay::statistics::{Distribution, Observed, Stability, StabilityBin};

/// How values are spread, as they are written in rules or as plain numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// How many values there are.
    pub count: u64,
    /// How often there was none.
    pub missing: u64,
    /// The least, the tenth, the quarter, the half, three quarters, nine tenths and the greatest; empty
    /// of none. Each is the greatest value of the bin of its rank.
    pub quantiles: Vec<String>,
    /// How many values lie in each of [`SPREAD_PARTS`] parts of equal width between the least and the
    /// greatest; empty of none.
    pub parts: Vec<u64>,
    /// The width of the bins that values were counted by, in the last decimal that they are held by: 1
    /// where every value is known.
    pub bin_width: u64,
}

/// The parts of a [`Spread`].
pub const SPREAD_PARTS: usize = 20;

/// How far a population moved, with the bins by which that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    /// The population stability index.
    pub index: f64,
    /// What is usually said of such an index.
    pub verdict: MovedVerdict,
    /// The bins, from the lowest on, that of what is missing last.
    pub bins: Vec<MovedBin>,
}

/// What is usually said of a population stability index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MovedVerdict {
    /// Below 0.1.
    Stable,
    /// From 0.1 on.
    Moved,
    /// From 0.25 on.
    MovedFar,
}

impl MovedVerdict {
    /// As people read it.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Moved => "moved",
            Self::MovedFar => "moved far",
        }
    }
}

/// A bin of a population stability index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedBin {
    /// `up to 1500.00 usd`, `above` of the last, `missing`.
    pub bin: String,
    /// How many of the baseline.
    pub baseline: u64,
    /// How many of what is compared.
    pub compared: u64,
}

/// What a whole number of a distribution stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    /// A value of a feature, as [`crate::features::Whole`] holds it.
    Of(Type, Currency),
    /// Points of a score.
    Points,
    /// Thousandths of a percent.
    Apr,
}

impl Unit {
    fn shown(self, whole: i64) -> String {
        let decimals = |whole: i64, places: u32| Decimal::new(whole, places).normalize();
        let value = match self {
            Self::Points => return whole.to_string(),
            Self::Apr => return decimals(whole, 3).to_string(),
            Self::Of(Type::Money, currency) => Value::Money(Money::new(whole, currency)),
            Self::Of(Type::Count, _) => Value::Count(whole),
            Self::Of(Type::Days, _) => Value::Days(whole),
            Self::Of(Type::Ratio, _) => Value::Ratio(decimals(whole, DECIMAL_PLACES)),
            Self::Of(Type::Percent, _) => Value::Percent(decimals(whole, DECIMAL_PLACES)),
            Self::Of(Type::Bool, _) => Value::Bool(whole != 0),
            Self::Of(Type::Date, _) => {
                let day = i32::try_from(whole).ok();
                let date = day.and_then(NaiveDate::from_num_days_from_ce_opt);
                return date.map_or_else(|| whole.to_string(), |date| date.to_string());
            }
            Self::Of(Type::Text, _) => return whole.to_string(),
        };
        value.to_string()
    }
}

/// The parts of a hundred at which a spread is told; the least and the greatest are beside them.
const PERCENT: [u64; 5] = [10, 25, 50, 75, 90];

/// How what was observed is spread.
pub(super) fn spread(observed: &Observed, unit: Unit) -> Spread {
    let values = &observed.values;
    let bins: Vec<_> = values.bins().collect();
    let (Some((least, _)), Some((greatest, _))) = (bins.first(), bins.last()) else {
        return Spread {
            missing: observed.missing,
            bin_width: 1,
            ..Spread::default()
        };
    };
    let between = PERCENT
        .iter()
        .filter_map(|part| values.quantile(*part, 100));
    let between = between.map(|span| span.last);
    let quantiles = std::iter::once(least.first).chain(between);
    let quantiles = quantiles.chain([greatest.last]);
    Spread {
        count: values.count(),
        missing: observed.missing,
        quantiles: quantiles.map(|whole| unit.shown(whole)).collect(),
        parts: parts(values, (least.first, greatest.last)),
        bin_width: values.width(),
    }
}

fn parts(values: &Distribution, (least, greatest): (i64, i64)) -> Vec<u64> {
    let wide = |whole: i64| i128::from(whole).saturating_sub(i128::from(least));
    let width = wide(greatest).saturating_add(1);
    let mut parts = vec![0_u64; SPREAD_PARTS];
    let count = i128::try_from(SPREAD_PARTS).unwrap_or(1);
    for (span, of) in values.bins() {
        let at = wide(span.first).saturating_mul(count).checked_div(width);
        let part = at.and_then(|at| usize::try_from(at).ok());
        if let Some(part) = part.and_then(|part| parts.get_mut(part)) {
            *part = part.saturating_add(of);
        }
    }
    parts
}

/// An index with its bins in words.
pub(super) fn moved(stability: Stability, unit: Unit) -> Moved {
    let name = |bin: &StabilityBin| match (bin.missing, bin.until) {
        (true, _) => "missing".to_owned(),
        (false, Some(until)) => format!("up to {}", unit.shown(until)),
        (false, None) => "above".to_owned(),
    };
    let bins = stability.bins.iter().map(|bin| MovedBin {
        bin: name(bin),
        baseline: bin.baseline,
        compared: bin.compared,
    });
    Moved {
        verdict: match stability.psi {
            index if index < 0.1 => MovedVerdict::Stable,
            index if index < 0.25 => MovedVerdict::Moved,
            _ => MovedVerdict::MovedFar,
        },
        bins: bins.collect(),
        index: stability.psi,
    }
}
