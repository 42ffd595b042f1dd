//! What decided under a name when, what does now, and what is to: by the records of the chain and the
//! time, so that nothing has to happen at the moment when it changes.

use chrono::{DateTime, Utc};

use crate::id::{IdentityName, RuleSetName};
use crate::rules::BundleHash;

/// It was said what decides under a name: from then on, until something else was said for a later
/// time or an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// Its position in the chain.
    pub seq: u64,
    /// The name.
    pub name: RuleSetName,
    /// The bundle; `None` where nothing decides under the name: it is retired.
    pub bundle: Option<BundleHash>,
    /// From when on: never before it was recorded.
    pub at: DateTime<Utc>,
    /// Who said so.
    pub by: IdentityName,
    /// When they said so.
    pub recorded_at: DateTime<Utc>,
}

impl Activation {
    /// Whether its time has come. What was to hold at once holds, whatever a clock says that ran
    /// backwards since.
    pub fn has_come(&self, now: DateTime<Utc>) -> bool {
        self.at <= self.recorded_at.max(now)
    }
}

/// What is to decide under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// The name.
    pub name: RuleSetName,
    /// The bundle, published under that name; `None` retires it.
    pub bundle: Option<BundleHash>,
    /// From when on; `None` is at once.
    pub from: Option<DateTime<Utc>>,
    /// Who says so.
    pub by: IdentityName,
}

/// What was said of one name, as it holds: each from its time to that of the next.
///
/// What is said later wins: from its time on it replaces whatever was to come then. So whoever
/// activates something at once calls off what was planned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline(Vec<Activation>);

impl Timeline {
    /// The timeline of what was said of one name, in the order of the chain.
    pub fn of(said: impl IntoIterator<Item = Activation>) -> Self {
        let mut holds: Vec<Activation> = Vec::new();
        for activation in said {
            while holds
                .last()
                .is_some_and(|last| is_called_off(last, &activation))
            {
                holds.pop();
            }
            holds.push(activation);
        }
        Self(holds)
    }

    fn place(&self, now: DateTime<Utc>) -> Option<usize> {
        self.0
            .iter()
            .rposition(|activation| activation.has_come(now))
    }

    /// What decides now. It may say that nothing does.
    pub fn now(&self, now: DateTime<Utc>) -> Option<&Activation> {
        self.0.get(self.place(now)?)
    }

    /// What is to come, in the order of time.
    pub fn scheduled(&self, now: DateTime<Utc>) -> &[Activation] {
        let first = self.place(now).map_or(0, |place| place.saturating_add(1));
        self.0.get(first..).unwrap_or_default()
    }

    /// The bundle that decided last before what decides now: another one.
    pub fn before(&self, now: DateTime<Utc>) -> Option<BundleHash> {
        let place = self.place(now)?;
        let live = self.0.get(place)?.bundle;
        let earlier = self.0.get(..place).unwrap_or_default().iter().rev();
        let mut bundles = earlier.filter_map(|activation| activation.bundle);
        bundles.find(|bundle| Some(*bundle) != live)
    }

    /// Whether it says already what a switch would: the same holds from that time on, and nothing else
    /// is to come.
    pub fn says(&self, switch: &Switch, now: DateTime<Utc>) -> Option<&Activation> {
        let from = switch.from.unwrap_or(now);
        let last = self.0.last()?;
        (last.bundle == switch.bundle && last.has_come(from)).then_some(last)
    }

    /// Everything that holds, held, or is to, in the order of time.
    pub fn all(&self) -> &[Activation] {
        &self.0
    }
}

/// Whether what was said before never comes to hold: it was still to come when the other was said, and
/// not before the other.
fn is_called_off(before: &Activation, by: &Activation) -> bool {
    !before.has_come(by.recorded_at) && before.at >= by.at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::at;
    use proptest::prelude::*;

    /// Bundle `b` (0 retires), said at a second, to hold from another.
    fn said(b: u8, recorded: i64, from: i64) -> Activation {
        Activation {
            seq: u64::try_from(recorded).unwrap(),
            name: RuleSetName::parse("personal-loan").unwrap(),
            bundle: bundle(b),
            at: at(from.max(recorded)),
            by: IdentityName::local(),
            recorded_at: at(recorded),
        }
    }

    fn bundle(b: u8) -> Option<BundleHash> {
        (b != 0).then(|| BundleHash::of(&[b]))
    }

    fn live(timeline: &Timeline, second: i64) -> Option<BundleHash> {
        timeline.now(at(second))?.bundle
    }

    #[test]
    fn what_is_planned_holds_from_its_time_on_without_anybody_doing_anything() {
        let timeline = Timeline::of([said(1, 1, 1), said(2, 5, 9)]);
        assert_eq!(live(&timeline, 8), bundle(1));
        assert_eq!(timeline.scheduled(at(8)).len(), 1);
        assert_eq!(live(&timeline, 9), bundle(2));
        assert_eq!(timeline.scheduled(at(9)), []);
        assert_eq!(timeline.before(at(8)), None);
        assert_eq!(timeline.before(at(9)), bundle(1));
    }

    #[test]
    fn what_is_said_later_calls_off_what_was_planned() {
        let timeline = Timeline::of([said(1, 1, 1), said(2, 2, 9), said(1, 3, 3)]);
        assert_eq!(live(&timeline, 10), bundle(1));
        let later = Timeline::of([said(1, 1, 1), said(2, 2, 9), said(3, 3, 20)]);
        assert_eq!(live(&later, 10), bundle(2));
        assert_eq!(live(&later, 20), bundle(3));
        let earlier = Timeline::of([said(1, 1, 1), said(2, 2, 9), said(3, 3, 8)]);
        assert_eq!(live(&earlier, 8), bundle(3));
        assert_eq!(live(&earlier, 9), bundle(3), "the other was called off");
    }

    #[test]
    fn before_what_decides_is_what_decided_last() {
        // Two of them in one second: the first decided, however short.
        let quick = Timeline::of([said(1, 1, 1), said(2, 1, 1)]);
        assert_eq!(quick.before(at(1)), bundle(1));
        let retired = Timeline::of([said(1, 1, 1), said(2, 2, 2), said(0, 3, 3)]);
        assert_eq!(live(&retired, 3), None);
        assert_eq!(retired.before(at(3)), bundle(2));
        let again = Timeline::of([said(1, 1, 1), said(0, 2, 2), said(1, 3, 3)]);
        assert_eq!(again.before(at(3)), None, "the same is no other");
    }

    #[test]
    fn a_clock_that_runs_backwards_takes_nothing_back() {
        let timeline = Timeline::of([said(1, 5, 5)]);
        assert_eq!(live(&timeline, 1), bundle(1));
    }

    proptest! {
        /// The law in one sentence: the newest word whose time has come.
        #[test]
        fn what_decides_is_the_newest_word_whose_time_has_come(
            words in prop::collection::vec((0_u8..4, 0_i64..3, 0_i64..8), 0..12),
            wait in 0_i64..12,
        ) {
            let mut second = 0;
            let mut all = Vec::new();
            for (b, pause, ahead) in words {
                second += pause;
                all.push(said(b, second, second + ahead));
            }
            let now = at(second + wait);
            let newest = all.iter().rev().find(|one| one.has_come(now)).cloned();
            let timeline = Timeline::of(all);
            prop_assert_eq!(timeline.now(now).cloned(), newest);
        }
    }
}
