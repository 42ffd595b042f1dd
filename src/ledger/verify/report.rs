//! What a proof tells.

use chrono::{DateTime, Utc};

use crate::ledger::head::Head;
use crate::ledger::record::envelope::RecordKind;
use crate::limits;

/// What kind of damage a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// What was recorded, or a row that it is found by, is not there or not what was written.
    Data,
    /// The bundle of a rule set is not there.
    Bundle,
    /// What was said to decide, and from when on, is not what was written.
    Activation,
    /// A record says that it was made before the one that it follows.
    Clock,
    /// A record is missing, does not follow the one before, or is not the one that its hash names.
    Chain,
    /// The newest records are gone, which a kept head still knows.
    Tail,
    /// The copy of the decisions that is kept for queries is not what the records say.
    Columns,
}

impl Damage {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Data,
        Self::Bundle,
        Self::Activation,
        Self::Clock,
        Self::Chain,
        Self::Tail,
        Self::Columns,
    ];

    /// The stable code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data_damaged",
            Self::Bundle => "bundle_missing",
            Self::Activation => "activation_damaged",
            Self::Clock => "clock_moved",
            Self::Chain => "chain_broken",
            Self::Tail => "tail_cut",
            Self::Columns => "columns_differ",
        }
    }

    /// That of a record of this kind which is not what was written.
    pub(in crate::ledger) fn of(kind: &str) -> Self {
        match RecordKind::parse(kind) {
            Some(RecordKind::Activation) => Self::Activation,
            _ => Self::Data,
        }
    }

    /// That of a record of this kind, or of its row, where it is not there.
    pub(in crate::ledger) fn of_missing(kind: &str) -> Self {
        match RecordKind::parse(kind) {
            Some(RecordKind::Bundle) => Self::Bundle,
            _ => Self::of(kind),
        }
    }
}

/// Something that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of damage it is.
    pub damage: Damage,
    /// Which record: `5 (dec_…)` by its position, `snapshot …`, `row 5 of …`.
    pub record: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What is wrong, as far as a walk tells it.
#[derive(Debug, Default)]
pub(in crate::ledger) struct Problems {
    told: Vec<Problem>,
    /// With those that are not told.
    total: u64,
}

impl Problems {
    pub(in crate::ledger) fn add(
        &mut self,
        damage: Damage,
        record: impl Into<String>,
        problem: impl Into<String>,
    ) {
        self.total = self.total.saturating_add(1);
        if self.told.len() < limits::LEDGER_PROBLEMS_MAX {
            self.told.push(Problem {
                damage,
                record: record.into(),
                problem: problem.into(),
            });
        }
    }

    pub(in crate::ledger) fn add_all(&mut self, found: Self) {
        self.total = self.total.saturating_add(found.total);
        let room = limits::LEDGER_PROBLEMS_MAX.saturating_sub(self.told.len());
        self.told.extend(found.told.into_iter().take(room));
    }
}

/// What walking a chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// The newest end when the walk began.
    pub head: Head,
    /// Records of every kind whose place in the chain was proven.
    pub records: u64,
    /// Decisions among them.
    pub decisions: u64,
    /// Snapshots proven.
    pub snapshots: u64,
    /// Published rule sets among the records.
    pub bundles: u64,
    /// Records whose time was held back, because the clock showed an earlier one than that of the
    /// record before.
    pub held_back: u64,
    /// The record after which the walk began, where not the whole chain was walked.
    pub since: Option<u64>,
    /// The positions of the records by which a restored ledger was gone on with: what was recorded
    /// between the backup and each of them is lost.
    pub resumptions: Vec<u64>,
    /// When the first of the records was recorded; `None` where there is none.
    pub oldest_at: Option<DateTime<Utc>>,
    /// When the newest of them was recorded.
    pub newest_at: Option<DateTime<Utc>>,
    /// What is wrong, in the order of the walk; at most [`limits::LEDGER_PROBLEMS_MAX`].
    pub problems: Vec<Problem>,
    /// How many problems there are in all.
    pub problems_total: u64,
}

impl ChainReport {
    pub(in crate::ledger) fn new(head: Head) -> Self {
        Self {
            head,
            records: 0,
            decisions: 0,
            snapshots: 0,
            bundles: 0,
            held_back: 0,
            since: None,
            resumptions: Vec::new(),
            oldest_at: None,
            newest_at: None,
            problems: Vec::new(),
            problems_total: 0,
        }
    }

    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems_total == 0
    }

    /// Adds what somebody else found.
    pub fn add(&mut self, problem: Problem) {
        self.problems_total = self.problems_total.saturating_add(1);
        if self.problems.len() < limits::LEDGER_PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }

    pub(in crate::ledger) fn add_all(&mut self, found: Problems) {
        self.problems_total = self.problems_total.saturating_add(found.total);
        let room = limits::LEDGER_PROBLEMS_MAX.saturating_sub(self.problems.len());
        self.problems.extend(found.told.into_iter().take(room));
    }
}

/// How missing records are named: `7`, or `7 to 9`.
pub(in crate::ledger) fn span(first: u64, last: u64) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first} to {last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_problems_told_are_limited_below_at_and_above() {
        let mut report = ChainReport::new(Head::new("chain_1", None));
        let max = limits::LEDGER_PROBLEMS_MAX;
        let mut walked = Problems::default();
        for count in 1..=max + 1 {
            let missing = || (count.to_string(), "missing from the chain");
            walked.add(Damage::Chain, missing().0, missing().1);
            assert_eq!(walked.told.len(), count.min(max));
            let mut one = Problems::default();
            one.add(Damage::Chain, missing().0, missing().1);
            report.add_all(one);
            assert_eq!(report.problems.len(), count.min(max));
            assert_eq!(report.problems_total, count as u64);
        }
        assert!(!report.is_sound());
        report.add_all(walked);
        let total = 2 * (max as u64 + 1);
        assert_eq!((report.problems.len(), report.problems_total), (max, total));
    }
}
