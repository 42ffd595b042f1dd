//! What tests reach of rule sets.

use std::fmt;

use serde_json::{Value, json};

use super::ran::Run;
use crate::cli::text::{BOLD, DIM, paint};
use crate::rules::{Coverage, Goal, GoalKind};

/// How much was reached, of how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    reached: usize,
    all: usize,
}

impl Share {
    /// Whether it is below so many percent; what has nothing to be reached is not.
    pub(super) fn is_below(self, percent: u8) -> bool {
        self.reached.saturating_mul(100) < self.all.saturating_mul(usize::from(percent))
    }
}

impl fmt::Display for Share {
    /// `83.1%`, rounded down: 100.0% is all.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thousandths = self.reached.saturating_mul(1_000).checked_div(self.all);
        let thousandths = thousandths.unwrap_or(1_000);
        write!(f, "{}.{}%", thousandths / 10, thousandths % 10)
    }
}

/// Of all rule sets together.
pub(super) fn share(runs: &[Run]) -> Share {
    let counts = runs.iter().flat_map(|run| run.coverage.counts());
    counts.fold(Share { reached: 0, all: 0 }, |sum, (_, (reached, all))| {
        Share {
            reached: sum.reached + reached,
            all: sum.all + all,
        }
    })
}

/// What was reached of each kind, and what never was, with its line.
pub(super) fn text(runs: &[Run]) -> String {
    let mut text = String::new();
    for run in runs {
        text.push_str(&paint(BOLD, &format!("\nReached of {}\n", run.rule_set)));
        for (kind, (reached, all)) in run.coverage.counts() {
            let share = Share { reached, all };
            text.push_str(&format!(
                "  {:<12} {reached} of {all}, {share}\n",
                kind.as_str()
            ));
        }
        for goal in run.coverage.missed() {
            let file = goal.file.as_ref().unwrap_or(&run.file);
            let place = paint(DIM, &format!("{file}:{}", goal.line));
            text.push_str(&format!("  never: {}  {place}\n", said(goal)));
        }
    }
    text.push_str(&format!("Reached in all: {}\n", share(runs)));
    text
}

/// `rule income-low fires`, `nsf.event_days_90d > 5 is true`
fn said(goal: &Goal) -> String {
    let (name, side) = (&goal.name, goal.side);
    match goal.kind {
        GoalKind::Rule => format!("rule {name} {side}"),
        GoalKind::Comparison => format!("{name} is {side}"),
        GoalKind::Row => format!("row {name}"),
        GoalKind::Bin => format!("bin {name}"),
        GoalKind::Tier => format!("tier {name}"),
        GoalKind::Retry => format!("retry {name}"),
    }
}

pub(super) fn json(coverage: &Coverage) -> Value {
    let counts = coverage.counts().into_iter();
    let kinds: serde_json::Map<String, Value> = counts
        .map(|(kind, (reached, all))| {
            (
                kind.as_str().to_owned(),
                json!({ "reached": reached, "all": all }),
            )
        })
        .collect();
    let missed = coverage.missed().map(|goal| {
        json!({
            "kind": goal.kind.as_str(),
            "name": goal.name,
            "side": goal.side,
            "file": goal.file,
            "line": goal.line,
        })
    });
    json!({ "kinds": kinds, "missed": missed.collect::<Vec<_>>() })
}
