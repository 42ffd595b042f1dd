//! How what was found is written for people, in a terminal and on a page.

use super::report::{Evidence, Group};
use super::tally::{METRICS, Metric, Millionths};

/// The names of the figures about income, as they stand in a table by kind of case.
pub const INCOME_FIGURES: &[&str] = &[
    "income_f1",
    "income_precision",
    "income_recall",
    "cadence",
    "next_payday",
    "net_told",
    "net_error_median",
    "net_error_p90",
];

/// The names of the others.
pub const OTHER_FIGURES: &[&str] = &[
    "event_precision",
    "event_recall",
    "balances_exact",
    "balances_told",
    "obligations",
    "denied",
    "invented",
];

/// The figures of these names.
pub fn named(names: &[&str]) -> Vec<&'static Metric> {
    let find = |name: &&str| METRICS.iter().find(|metric| metric.name == *name);
    names.iter().filter_map(find).collect()
}

/// A share in percent: `98.5`.
pub fn percent(share: Millionths) -> String {
    let tenths = share.saturating_add(500) / 1_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A Brier score: `0.0512`.
pub fn score(share: Millionths) -> String {
    let digits = share.saturating_add(50) / 100;
    format!("{}.{:04}", digits / 10_000, digits % 10_000)
}

/// A difference of Brier scores: `-0.0021`.
pub fn signed_score(share: i64) -> String {
    let sign = if share < 0 { "-" } else { "" };
    format!("{sign}{}", score(share.unsigned_abs()))
}

impl Group {
    /// The kind of case, and the era where only one is meant.
    pub fn title(&self) -> String {
        match self.era {
            Some(era) => format!("{}, {}", self.stratum, era.as_str()),
            None => self.stratum.clone(),
        }
    }
}

impl Evidence {
    /// What it says: the figure, what is true, what was answered, and the row's day, amount and text,
    /// empty where it is about no row.
    pub fn cells(&self) -> [String; 6] {
        let amount = self.amount.map(|cents| {
            let sign = if cents < 0 { "-" } else { "" };
            let cents = cents.unsigned_abs();
            format!("{sign}{}.{:02}", cents / 100, cents % 100)
        });
        [
            self.metric.to_owned(),
            self.truth.clone(),
            self.answer.clone(),
            self.day.map(|day| day.to_string()).unwrap_or_default(),
            amount.unwrap_or_default(),
            self.description.clone().unwrap_or_default(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_scores_are_rounded_to_the_nearest() {
        for (share, percents, scores) in [
            (0, "0.0", "0.0000"),
            (49, "0.0", "0.0000"),
            (50, "0.0", "0.0001"),
            (499, "0.0", "0.0005"),
            (500, "0.1", "0.0005"),
            (987_499, "98.7", "0.9875"),
            (987_500, "98.8", "0.9875"),
            (1_000_000, "100.0", "1.0000"),
        ] {
            assert_eq!(percent(share), percents);
            assert_eq!(score(share), scores);
        }
        assert_eq!(signed_score(-2_150), "-0.0022");
    }
}
