//! What a version of a rule set came to: how often which outcome, and how often each of its rules fired,
//! alone or beside others. It is counted over decisions that somebody else reads.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::decision::DecisionBody;
use crate::rules::{Bundle, Outcome, ReasonSource};

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

/// A tally that is being made.
pub(super) struct Counting {
    period: Option<(DateTime<Utc>, DateTime<Utc>)>,
    outcomes: BTreeMap<Outcome, u64>,
    decisions: usize,
    damaged: u64,
    rules: Vec<Fired>,
    /// Where each is among them, by its id.
    places: BTreeMap<String, usize>,
}

/// The decisions in which a rule fired.
struct Fired {
    rule: String,
    /// A bit for each decision, by the order in which they are counted.
    decisions: Vec<u64>,
    alone: u64,
}

impl Fired {
    fn mark(&mut self, decision: usize) {
        let (word, bit) = (decision / 64, decision % 64);
        if self.decisions.len() <= word {
            self.decisions.resize(word.saturating_add(1), 0);
        }
        if let Some(bits) = self.decisions.get_mut(word) {
            *bits |= 1 << bit;
        }
    }

    fn hits(&self) -> u64 {
        ones(self.decisions.iter().copied())
    }

    /// In how many decisions both fired.
    fn shared(&self, other: &Self) -> u64 {
        let both = self.decisions.iter().zip(&other.decisions);
        ones(both.map(|(one, other)| one & other))
    }
}

fn ones(words: impl Iterator<Item = u64>) -> u64 {
    words.map(|word| u64::from(word.count_ones())).sum()
}

impl Counting {
    /// Over the rules of a version, by their ids, in its order.
    pub(super) fn new<'a>(rules: impl Iterator<Item = &'a str>) -> Self {
        let rules = rules.map(|rule| Fired {
            rule: rule.to_owned(),
            decisions: Vec::new(),
            alone: 0,
        });
        let rules: Vec<Fired> = rules.collect();
        let places = rules.iter().enumerate();
        Self {
            period: None,
            outcomes: BTreeMap::new(),
            decisions: 0,
            damaged: 0,
            places: places.map(|(at, one)| (one.rule.clone(), at)).collect(),
            rules,
        }
    }

    /// Counts a decision in which these rules fired, each named once.
    pub(super) fn add(&mut self, at: DateTime<Utc>, outcome: Outcome, fired: &[String]) {
        let decision = self.decisions;
        self.decisions = decision.saturating_add(1);
        let (first, last) = self.period.unwrap_or((at, at));
        self.period = Some((first.min(at), last.max(at)));
        let count = self.outcomes.entry(outcome).or_default();
        *count = count.saturating_add(1);
        let alone = u64::from(fired.len() == 1);
        for id in fired {
            let place = self.places.get(id);
            if let Some(rule) = place.and_then(|at| self.rules.get_mut(*at)) {
                rule.mark(decision);
                rule.alone = rule.alone.saturating_add(alone);
            }
        }
    }

    /// Leaves records out.
    pub(super) fn add_damaged(&mut self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.damaged = self.damaged.saturating_add(count);
    }

    pub(super) fn finish(self) -> Tally {
        let (fired, never): (Vec<_>, Vec<_>) =
            self.rules.into_iter().partition(|rule| rule.hits() > 0);
        let mut rules: Vec<RuleHits> = fired.iter().map(|rule| hits_of(rule, &fired)).collect();
        rules.sort_by_key(|rule| Reverse(rule.hits));
        rules.extend(never.into_iter().map(|rule| RuleHits {
            rule: rule.rule,
            hits: 0,
            alone: 0,
            most_with: None,
        }));
        Tally {
            decisions: u64::try_from(self.decisions).unwrap_or(u64::MAX),
            period: self.period,
            outcomes: self.outcomes,
            rules,
            damaged: self.damaged,
        }
    }
}

/// How often a rule fired, and with which of all that did.
fn hits_of(rule: &Fired, all: &[Fired]) -> RuleHits {
    let others = all.iter().filter(|other| other.rule != rule.rule);
    let shared = others.map(|other| (other, rule.shared(other)));
    let most = shared
        .filter(|(_, count)| *count > 0)
        .reduce(|most, one| if one.1 > most.1 { one } else { most });
    RuleHits {
        rule: rule.rule.clone(),
        hits: rule.hits(),
        alone: rule.alone,
        most_with: most.map(|(other, count)| (other.rule.clone(), count)),
    }
}

/// The rules that gave a reason, each once.
pub(super) fn fired(body: &DecisionBody, bundle: &Bundle) -> Vec<String> {
    let ids: Vec<&str> = bundle.rule_set().rules().map(|(id, ..)| id).collect();
    let (mut fired, mut seen) = (Vec::new(), BTreeSet::new());
    for given in &body.evaluation.reasons {
        if let ReasonSource::Rule(rule) = given.source
            && let Some(id) = ids.get(rule)
            && seen.insert(rule)
        {
            fired.push((*id).to_owned());
        }
    }
    fired
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ledger::tests::{at, body, bundle};
    use crate::rules::{Action, GivenReason};

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
        let mut body = body(1, Outcome::Refer, &bundle("t"));
        let given = |source| GivenReason {
            reason: 0,
            source,
            action: Action::Flag,
            decisive: false,
            principal: false,
            told: None,
        };
        use ReasonSource::{Offer, Rule};
        body.evaluation.reasons = [Rule(2), Offer, Rule(0), Rule(2)].map(given).to_vec();
        assert_eq!(fired(&body, &rules), ["third", "first"]);
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
