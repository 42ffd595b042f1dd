//! Which past decisions are meant, as flags: the same of every command that looks at some.

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};

use super::values;
use crate::id::{DecisionId, RuleSetName};
use crate::portfolio::{DECISION_NAMES, Sample, Selection, TestData};
use crate::rules::{Outcome, Query};

/// Which decisions; every flag narrows.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which decisions")]
pub(in crate::cli) struct SelectionArgs {
    /// Recorded at or after this day or instant (2026-03-31, 2026-03-31T15:00:00Z).
    #[arg(long, value_parser = values::parse_instant)]
    from: Option<DateTime<Utc>>,
    /// Recorded before this day or instant.
    #[arg(long, value_parser = values::parse_instant)]
    until: Option<DateTime<Utc>>,
    /// By this rule set.
    #[arg(long, value_name = "NAME")]
    rule_set: Option<RuleSetName>,
    /// By this version of it.
    #[arg(long, value_name = "VERSION", requires = "rule_set")]
    rule_set_version: Option<String>,
    /// For this product.
    #[arg(long)]
    product: Option<String>,
    /// With this outcome: approve, counter, refer, decline.
    #[arg(long, value_parser = values::parse_outcome)]
    outcome: Option<Outcome>,
    /// With this reason, whether or not it made the outcome.
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// Where this rule fired, whether or not it made the outcome.
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// This decision. May be repeated.
    #[arg(long = "id", value_name = "DECISION")]
    ids: Vec<DecisionId>,
    /// Whether decisions on test data are meant.
    #[arg(long, value_enum, value_name = "HOW", default_value_t = WithTestData::With)]
    test_data: WithTestData,
    /// Of which this holds: a condition as in a rule, over features and `decision.outcome`, `.score`,
    /// `.tier`, `.amount` (offered) and `.apr`. Where it is unknown, a decision is not taken.
    #[arg(long = "where", value_name = "CONDITION", value_parser = parse_query)]
    holds: Option<Query>,
    /// So many of them, drawn at random: of each outcome its share, and at least one.
    #[arg(long, value_name = "COUNT", value_parser = parse_sample)]
    sample: Option<usize>,
    /// What the sample is drawn by: the same seed draws the same.
    #[arg(long, requires = "sample", default_value_t = 1)]
    seed: u64,
}

/// Whether decisions on test data are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum WithTestData {
    /// They are, beside the others.
    #[default]
    With,
    /// They are not.
    Without,
    /// They alone.
    Only,
}

impl SelectionArgs {
    /// The selection that the flags say.
    pub(in crate::cli) fn selection(&self) -> Selection {
        Selection {
            from: self.from,
            until: self.until,
            rule_set: self.rule_set.clone(),
            version: self.rule_set_version.clone(),
            product: self.product.clone(),
            outcome: self.outcome,
            reason: self.reason.clone(),
            rule: self.rule.clone(),
            ids: self.ids.iter().cloned().collect(),
            test_data: match self.test_data {
                WithTestData::With => TestData::With,
                WithTestData::Without => TestData::Without,
                WithTestData::Only => TestData::Only,
            },
            holds: self.holds.clone(),
            sample: self.sample.map(|count| Sample {
                count,
                seed: self.seed,
            }),
        }
    }
}

/// Reads a condition; what is wrong with it is told with its place.
fn parse_query(text: &str) -> Result<Query, String> {
    Query::parse(text, &DECISION_NAMES).map_err(|findings| {
        let shown = findings
            .iter()
            .map(|one| one.render("--where", text, false));
        format!("\n{}", shown.collect::<Vec<_>>().join("\n"))
    })
}

fn parse_sample(text: &str) -> Result<usize, String> {
    // What is no number is told as a number that is too small.
    let count = text.parse().unwrap_or(0);
    Ok(Sample::new(count, 1)?.count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    #[test]
    fn a_sample_is_limited_below_at_and_above() {
        let (least, most) = (limits::SAMPLE_MIN, limits::SAMPLE_MAX);
        let read = |count: usize| parse_sample(&count.to_string());
        for count in [least, least + 1, most - 1, most] {
            assert_eq!(read(count), Ok(count));
        }
        for count in [0, least - 1, most + 1] {
            assert!(read(count).is_err());
        }
    }
}
