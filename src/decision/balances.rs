//! The balances that features looked at.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::analysis::Balances;
use crate::features::{self, Need};

/// The household's balances at the end of each day that features look at: the evidence for days below
/// zero, which no single transaction shows. Worked backwards from what the banks stated, so that
/// nobody has to work them out again to see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceRecord {
    /// The first day; each further balance is of one day later.
    pub first: NaiveDate,
    /// From this day on nothing shows that they are wrong; none where no day is fit for features.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit_from: Option<NaiveDate>,
    /// The balance at the end of each day, in minor units of the loan's currency.
    pub minor: Vec<i64>,
}

impl BalanceRecord {
    /// Those of an analysis; `None` where it has none, or one is too large to hold.
    pub fn of(balances: &Balances) -> Option<Self> {
        let needs = features::table().iter().flat_map(|feature| feature.needs);
        let days = needs.filter_map(|need| {
            if let Need::DailyBalances(days) = need {
                usize::try_from(*days).ok()
            } else {
                None
            }
        });
        let combined = balances.combined.as_ref()?;
        let days = days.max()?.min(combined.values.len());
        let (values, _) = combined.tail(days)?;
        let minor: Vec<i64> = values
            .iter()
            .map(|value| i64::try_from(*value).ok())
            .collect::<Option<_>>()?;
        let before = combined.values.len().checked_sub(days)?;
        Some(Self {
            first: combined
                .first
                .checked_add_days(chrono::Days::new(u64::try_from(before).ok()?))?,
            fit_from: balances.fit_from,
            minor,
        })
    }
}
