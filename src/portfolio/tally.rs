//! What a version of a rule set came to: how often which outcome, and how often each of its rules fired,
//! alone or beside others. It is counted over decisions that somebody else reads.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::rules::{Bundle, GivenReason, Outcome, ReasonSource};

/// What a version came to, in the newest decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The decisions that were counted.
    pub decisions: u64,
    /// When the first of them was recorded, and the last; `None` where there is none.
    pub period: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// How often it came to each outcome; those are left out that it never came to.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Every rule: those that fired most first, and else in the order of the rule set.
    pub rules: Vec<RuleHits>,
    /// Records that were left out, because they are not what was written.
    pub damaged: u64,
}

/// How often a rule fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleHits {
    /// Its id.
    pub rule: String,
    /// In how many decisions it fired.
    pub hits: u64,
    /// In how many of them no other rule did.
    pub alone: u64,
    /// The rule that fired in most of them beside it, with how many that were.
    pub most_with: Option<(String, u64)>,
}

/// A tally that is being made. It does not grow with the decisions.
#[derive(Debug, Clone)]
pub struct Counting {
    period: Option<(DateTime<Utc>, DateTime<Utc>)>,
    outcomes: BTreeMap<Outcome, u64>,
    decisions: u64,
    damaged: u64,
    rules: Rules,
    /// By the positions of the rules, as all that follows.
    hits: Vec<u64>,
    alone: Vec<u64>,
    /// For each pair of rules in how many decisions both fired: those of the second with the first, those
    /// of the third with the first and the second, and so on.
    both: Vec<u64>,
}

/// The rules of a version.
#[derive(Debug, Clone)]
struct Rules {
    ids: Vec<String>,
    /// Where each is among them, by its id.
    places: BTreeMap<String, usize>,
}

impl Counting {
    /// Over the rules of a version, by their ids, in its order.
    pub fn new<'a>(rules: impl Iterator<Item = &'a str>) -> Self {
        let ids: Vec<String> = rules.map(ToOwned::to_owned).collect();
        let places = ids.iter().cloned().enumerate();
        let places = places.map(|(at, id)| (id, at)).collect();
        let count = ids.len();
        Self {
            period: None,
            outcomes: BTreeMap::new(),
            decisions: 0,
            damaged: 0,
            rules: Rules { ids, places },
            hits: vec![0; count],
            alone: vec![0; count],
            both: vec![0; pair(count, 0)],
        }
    }

    /// Over the rules of a bundle.
    pub fn of_bundle(bundle: &Bundle) -> Self {
        Self::new(bundle.rule_set().rules().map(|(id, ..)| id))
    }

    /// Counts a decision in which these rules fired, each named once. One that is not of the version is
    /// not counted.
    pub fn add(&mut self, at: DateTime<Utc>, outcome: Outcome, fired: &[String]) {
        let places = fired.iter().filter_map(|id| self.rules.places.get(id));
        let places: Vec<usize> = places.copied().collect();
        self.add_at(at, outcome, &places);
    }

    /// The same with the rules by their positions.
    pub fn add_at(&mut self, at: DateTime<Utc>, outcome: Outcome, fired: &[usize]) {
        self.decisions = self.decisions.saturating_add(1);
        self.widen((at, at));
        let count = self.outcomes.entry(outcome).or_default();
        *count = count.saturating_add(1);
        for (number, rule) in fired.iter().enumerate() {
            one_more(self.hits.get_mut(*rule));
            if fired.len() == 1 {
                one_more(self.alone.get_mut(*rule));
            }
            for other in fired.iter().take(number) {
                let pair = pair(*rule.max(other), *rule.min(other));
                one_more(self.both.get_mut(pair));
            }
        }
    }

    /// Leaves records out.
    pub fn add_damaged(&mut self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.damaged = self.damaged.saturating_add(count);
    }

    /// Counts all that another one did over the same rules.
    pub fn merge(&mut self, other: Self) {
        self.decisions = self.decisions.saturating_add(other.decisions);
        self.damaged = self.damaged.saturating_add(other.damaged);
        if let Some(period) = other.period {
            self.widen(period);
        }
        for (outcome, count) in other.outcomes {
            let known = self.outcomes.entry(outcome).or_default();
            *known = known.saturating_add(count);
        }
        add_each(&mut self.hits, &other.hits);
        add_each(&mut self.alone, &other.alone);
        add_each(&mut self.both, &other.both);
    }

    fn widen(&mut self, (first, last): (DateTime<Utc>, DateTime<Utc>)) {
        let (known_first, known_last) = self.period.unwrap_or((first, last));
        self.period = Some((first.min(known_first), last.max(known_last)));
    }

    /// What was counted.
    pub fn finish(self) -> Tally {
        let ids = self.rules.ids.iter().enumerate();
        let mut rules: Vec<RuleHits> = ids.map(|(at, id)| self.hits_of(at, id)).collect();
        rules.sort_by_key(|rule| Reverse(rule.hits));
        Tally {
            decisions: self.decisions,
            period: self.period,
            outcomes: self.outcomes,
            rules,
            damaged: self.damaged,
        }
    }

    /// How often a rule fired, and with which other most: of several the first.
    fn hits_of(&self, at: usize, id: &str) -> RuleHits {
        let others = self.rules.ids.iter().enumerate();
        let others = others.filter(|(other, _)| *other != at);
        let shared = others.map(|(other, id)| {
            let count = self.both.get(pair(at.max(other), at.min(other)));
            (id, count.copied().unwrap_or(0))
        });
        let most = shared
            .filter(|(_, count)| *count > 0)
            .reduce(|most, one| if one.1 > most.1 { one } else { most });
        RuleHits {
            rule: id.to_owned(),
            hits: self.hits.get(at).copied().unwrap_or(0),
            alone: self.alone.get(at).copied().unwrap_or(0),
            most_with: most.map(|(other, count)| (other.clone(), count)),
        }
    }
}

/// Where the pair of a rule and one before it is among all pairs.
fn pair(later: usize, earlier: usize) -> usize {
    let before = later.saturating_mul(later.saturating_sub(1)) / 2;
    before.saturating_add(earlier)
}

fn one_more(count: Option<&mut u64>) {
    if let Some(count) = count {
        *count = count.saturating_add(1);
    }
}

fn add_each(counts: &mut [u64], others: &[u64]) {
    for (count, other) in counts.iter_mut().zip(others) {
        *count = count.saturating_add(*other);
    }
}

/// The rules that gave a reason, by their positions, each once.
pub fn fired(reasons: &[GivenReason]) -> Vec<usize> {
    let mut fired = Vec::new();
    for given in reasons {
        if let ReasonSource::Rule(rule) = given.source
            && !fired.contains(&rule)
        {
            fired.push(rule);
        }
    }
    fired
}

/// The same by their ids.
pub fn fired_ids(reasons: &[GivenReason], bundle: &Bundle) -> Vec<String> {
    let ids: Vec<&str> = bundle.rule_set().rules().map(|(id, ..)| id).collect();
    let fired = fired(reasons).into_iter();
    let ids = fired.filter_map(|rule| ids.get(rule).map(|id| (*id).to_owned()));
    ids.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ledger::tests::at;
    use crate::rules::Action;

    const RULES: [&str; 4] = ["a", "b", "c", "d"];

    fn tally(fired: &[Vec<&str>]) -> Tally {
        let mut counting = Counting::new(RULES.into_iter());
        for (number, fired) in (0..).zip(fired) {
            let outcome = match fired.is_empty() {
                true => Outcome::Approve,
                false => Outcome::Decline,
            };
            let fired: Vec<String> = fired.iter().map(|id| (*id).to_owned()).collect();
            counting.add(at(number), outcome, &fired);
        }
        counting.finish()
    }

    #[test]
    fn what_is_counted_apart_is_put_together() {
        let (one, other) = ([vec!["b", "a"], vec![]], [vec!["c", "b"], vec!["b", "a"]]);
        let counting = |fired: &[Vec<&str>], from: i64| {
            let mut counting = Counting::new(RULES.into_iter());
            for (number, fired) in (from..).zip(fired) {
                let fired: Vec<String> = fired.iter().map(|id| (*id).to_owned()).collect();
                let outcome = match fired.is_empty() {
                    true => Outcome::Approve,
                    false => Outcome::Decline,
                };
                counting.add(at(number), outcome, &fired);
            }
            counting
        };
        let mut both = counting(&one, 0);
        both.merge(counting(&other, 2));
        assert_eq!(both.finish(), tally(&[one, other].concat()));
    }

    fn hits(rule: &str, hits: u64, alone: u64, most_with: Option<(&str, u64)>) -> RuleHits {
        RuleHits {
            rule: rule.to_owned(),
            hits,
            alone,
            most_with: most_with.map(|(other, count)| (other.to_owned(), count)),
        }
    }

    #[test]
    fn a_rule_is_told_by_how_often_it_fired_alone_and_with_which_most() {
        let all = [
            vec!["b"],
            vec!["b", "c"],
            vec!["a", "b", "c"],
            vec![],
            vec!["b", "c"],
            vec!["b", "a"],
        ];
        let tally = tally(&all);
        assert_eq!(tally.decisions, 6);
        assert_eq!(tally.period, Some((at(0), at(5))));
        let outcomes = [(Outcome::Approve, 1), (Outcome::Decline, 5)];
        assert_eq!(tally.outcomes, BTreeMap::from(outcomes));
        let expected = [
            hits("b", 5, 1, Some(("c", 3))),
            hits("c", 3, 0, Some(("b", 3))),
            hits("a", 2, 0, Some(("b", 2))),
            hits("d", 0, 0, None),
        ];
        assert_eq!(tally.rules, expected);
    }

    #[test]
    fn nothing_counted_is_no_period_and_every_rule_without_hits() {
        let tally = tally(&[]);
        assert_eq!((tally.decisions, tally.period), (0, None));
        assert!(tally.outcomes.is_empty());
        assert_eq!(tally.rules, RULES.map(|rule| hits(rule, 0, 0, None)));
    }

    #[test]
    fn a_rule_that_fired_is_told_once_and_what_is_none_is_not() {
        let rule =
            |id| format!("[[rule]]\nid = '{id}'\nwhen = 'true'\nthen = 'flag'\nreason = 'R'\n");
        let source = format!(
            "[rule_set]\nname = 't'\nversion = '1'\nkind = 'payment'\ncurrency = 'USD'\n\
             [reasons.R]\nstatement = 'A reason'\n[approve]\nwhen = 'true'\n{}{}{}",
            rule("first"),
            rule("second"),
            rule("third")
        );
        let rules = Bundle::publish(source.as_bytes()).unwrap();
        let given = |source| GivenReason {
            reason: 0,
            source,
            action: Action::Flag,
            decisive: false,
            principal: false,
            told: None,
        };
        use ReasonSource::{Offer, Rule};
        let reasons = [Rule(2), Offer, Rule(0), Rule(2)].map(given);
        assert_eq!(fired(&reasons), [2, 0]);
        assert_eq!(fired_ids(&reasons, &rules), ["third", "first"]);
    }

    proptest! {
        #[test]
        fn it_is_what_counting_one_by_one_gives(chosen in prop::collection::vec(0_u8..16, 0..200)) {
            let fired = |bits: &u8| -> Vec<&str> {
                let rules = RULES.iter().enumerate();
                rules.filter(|(at, _)| bits & (1 << at) != 0).map(|(_, id)| *id).collect()
            };
            let all: Vec<Vec<&str>> = chosen.iter().map(fired).collect();
            let count = |wanted: &dyn Fn(&Vec<&str>) -> bool| -> u64 {
                u64::try_from(all.iter().filter(|fired| wanted(fired)).count()).unwrap()
            };
            for found in tally(&all).rules {
                let rule = found.rule.as_str();
                prop_assert_eq!(found.hits, count(&|fired| fired.contains(&rule)));
                prop_assert_eq!(found.alone, count(&|fired| *fired == [rule]));
                let with = |other: &str| count(&|fired| fired.contains(&rule) && fired.contains(&other));
                let most = RULES.iter().filter(|other| **other != rule).map(|other| with(other)).max();
                prop_assert_eq!(found.most_with.as_ref().map_or(0, |(_, count)| *count), most.unwrap());
                if let Some((other, count)) = &found.most_with {
                    prop_assert_eq!(*count, with(other));
                }
            }
        }
    }
}
