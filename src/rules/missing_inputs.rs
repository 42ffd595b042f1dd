//! What an evaluation lacked: the values whose absence made something unknown, by cause.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::environment;
use super::interpret;
use super::node::{Node, SlotId, Source};
use super::program::Program;
use super::scalar::{Known, Scalar};
use super::trace::NoTrace;
use crate::features::{self, FeatureId, Features, Missing};

/// The names of what is missing, by cause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MissingInputs(BTreeMap<Missing, BTreeSet<String>>);

impl MissingInputs {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, name: &str, why: Missing) {
        self.0.entry(why).or_default().insert(name.to_owned());
    }

    pub(super) fn extend(&mut self, other: Self) {
        for (why, names) in other.0 {
            self.0.entry(why).or_default().extend(names);
        }
    }

    pub(super) fn by_cause(&self) -> impl Iterator<Item = (Missing, &BTreeSet<String>)> {
        self.0.iter().map(|(why, names)| (*why, names))
    }

    /// Every name once, in alphabetical order.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.0.values().flatten().cloned().collect()
    }
}

/// Finds what expressions lack. What is known however the missing values turn out (a part of
/// `or` that holds, a `coalesce` with another value, a test for missing) is not followed.
pub(super) struct Search<'a, 's> {
    program: &'a Program,
    features: &'a Features,
    slots: &'s [Known<'a>],
    found: &'s mut MissingInputs,
    /// Slots that were followed already: derived values may share theirs many times over.
    followed: BTreeSet<SlotId>,
    /// Formulas yet to be followed. A queue, as derived values may form a long chain.
    queue: Vec<&'a Node>,
}

impl<'a, 's> Search<'a, 's> {
    pub(super) fn new(
        program: &'a Program,
        features: &'a Features,
        slots: &'s [Known<'a>],
        found: &'s mut MissingInputs,
    ) -> Self {
        Self {
            program,
            features,
            slots,
            found,
            followed: BTreeSet::new(),
            queue: Vec::new(),
        }
    }

    /// Adds what made this expression unknown, if it is.
    pub(super) fn expression(&mut self, node: &'a Node) {
        self.queue.push(node);
        while let Some(node) = self.queue.pop() {
            self.node(node, 0);
        }
    }

    /// Adds everything that these slots rest on: for what is unknown though nothing of it is
    /// missing, as where a number is too large to hold.
    pub(super) fn everything(&mut self, slots: &BTreeSet<SlotId>, why: Missing) {
        let rule_set = self.program.rule_set();
        for slot in slots {
            let mut names = BTreeSet::new();
            rule_set.slots.features(*slot, &mut names);
            if let (true, Some(slot)) = (names.is_empty(), rule_set.slots.get(*slot)) {
                self.found.add(&slot.name, why);
            }
            names.iter().for_each(|name| self.found.add(name, why));
        }
    }

    fn node(&mut self, node: &'a Node, subject: usize) {
        let mut env = environment(self.program, self.features, self.slots, 0);
        env.subject = subject;
        let Err(why) = interpret::run(node, env, &mut NoTrace) else {
            return;
        };
        match node {
            Node::Slot(slot) => self.slot(*slot, why),
            Node::Subject(id) => self.subject(*id, why),
            Node::Constant(_)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Negate(_)
            | Node::Arithmetic(..)
            | Node::Compare(..)
            | Node::In { .. }
            | Node::Between(..)
            | Node::IsMissing { .. }
            | Node::Truth(..)
            | Node::Call(..) => {
                let unknown: Vec<&'a Node> = node
                    .children()
                    .into_iter()
                    .filter(|child| interpret::run(child, env, &mut NoTrace).is_err())
                    .collect();
                if unknown.is_empty() {
                    // It failed itself: a division by zero, a number too large to hold.
                    self.everything(&self.program.rests_on(node), why);
                    node.each(&mut |node| {
                        if let Node::Subject(id) = node {
                            self.subject(*id, why);
                        }
                    });
                }
                for child in unknown {
                    self.node(child, subject);
                }
            }
        }
    }

    fn subject(&mut self, id: FeatureId, why: Missing) {
        if let Some(feature) = features::table().get(id.index()) {
            self.found.add(feature.name, why);
        }
    }

    fn slot(&mut self, slot: SlotId, why: Missing) {
        let program = self.program;
        let rule_set = program.rule_set();
        let Some(source) = rule_set.slots.get(slot).map(|slot| slot.source) else {
            return;
        };
        if !self.followed.insert(slot) {
            return;
        }
        match source {
            Source::Feature(_) | Source::Input(_) => {
                self.everything(&BTreeSet::from([slot]), why);
            }
            Source::Aggregate(index) => {
                let Some(aggregate) = rule_set.slots.aggregates.get(index) else {
                    return;
                };
                let subjects = self.features.slots(aggregate.counted_by).len();
                if subjects == 0 {
                    self.everything(&BTreeSet::from([slot]), why);
                }
                (0..subjects).for_each(|subject| self.node(&aggregate.body, subject));
            }
            Source::Derive(index) => {
                if let Some(derived) = rule_set.derive.get(index) {
                    self.queue.push(&derived.formula.node);
                }
            }
            Source::Score => self.score(),
            // Found by `score`, which knows of which characteristic it is.
            Source::BinValue => {}
        }
    }

    /// What the characteristics without points lack.
    fn score(&mut self) {
        let (program, features) = (self.program, self.features);
        let Some(scorecard) = &program.rule_set().scorecard else {
            return;
        };
        let unscored = scorecard
            .characteristics
            .iter()
            .filter(|one| one.missing.is_none());
        for characteristic in unscored {
            self.queue.push(&characteristic.value.node);
            let env = environment(program, features, self.slots, 0);
            let value = interpret::run(&characteristic.value.node, env, &mut NoTrace);
            if value.is_err() {
                continue;
            }
            let mut slots = self.slots.to_vec();
            if let Some(place) = slots.get_mut(scorecard.value.0) {
                *place = value.map(Scalar::quantised);
            }
            let mut search = Search::new(program, features, &slots, self.found);
            let bins = characteristic.bins.iter();
            for when in bins.filter_map(|bin| bin.when.as_ref()) {
                let env = environment(program, features, &slots, 0);
                match interpret::run(&when.node, env, &mut NoTrace) {
                    Ok(Scalar::Bool(true)) => break,
                    Ok(_) => {}
                    Err(_) => {
                        search.expression(&when.node);
                        break;
                    }
                }
            }
        }
    }
}

/// What an applicant would call the groups of the feature table and of the inputs.
const GROUPS: &[(&str, &str)] = &[
    ("account", "account details"),
    ("application", DETAILS),
    ("balance", "account balances"),
    ("cash_flow", "money coming in and going out"),
    ("data", HISTORY),
    ("income", "income deposits"),
    ("inputs", DETAILS),
    ("nsf", "returned payments and overdrafts"),
    ("ownership", "account ownership"),
];

const DETAILS: &str = "details of the application";
const HISTORY: &str = "account history";

fn group(name: &str) -> String {
    let group = name.split('.').next().unwrap_or(name);
    match GROUPS.iter().find(|(known, _)| *known == group) {
        Some((_, words)) => (*words).to_owned(),
        None => group.replace('_', " "),
    }
}

/// The missing information in words fit for an applicant: each group once, in alphabetical order.
pub(super) fn in_words(missing_inputs: &MissingInputs) -> String {
    let names = missing_inputs.names();
    list(names.iter().map(|name| group(name)).collect())
}

/// `a, b and c`
fn list(words: BTreeSet<String>) -> String {
    let mut words: Vec<String> = words.into_iter().collect();
    let Some(last) = words.pop() else {
        return "some of the information".to_owned();
    };
    if words.is_empty() {
        last
    } else {
        format!("{} and {last}", words.join(", "))
    }
}

/// Why it is missing, in words fit for an applicant: a clause for each cause.
pub(super) fn why_in_words(missing_inputs: &MissingInputs) -> String {
    let clauses: Vec<String> = missing_inputs
        .by_cause()
        .map(|(why, names)| clause(why, names))
        .collect();
    if clauses.is_empty() {
        return "some of the information could not be obtained".to_owned();
    }
    clauses.join("; ")
}

fn clause(why: Missing, names: &BTreeSet<String>) -> String {
    let groups: BTreeSet<String> = names.iter().map(|name| group(name)).collect();
    let data = || {
        let mut data: BTreeSet<&str> = names.iter().map(|name| data_asked_for(name)).collect();
        if data.contains("balances") || data.contains("transactions") {
            // It is made of them.
            data.remove(BALANCE_HISTORY);
        }
        list(data.into_iter().map(str::to_owned).collect())
    };
    match why {
        Missing::NoPermission => format!(
            "permission to see the {} of the linked accounts was not given",
            data()
        ),
        Missing::NotReady => format!(
            "the bank has not yet delivered the {} of the linked accounts",
            data()
        ),
        Missing::RefreshFailed => format!(
            "the bank could not deliver the {} of the linked accounts",
            data()
        ),
        Missing::Disconnected => "a linked account no longer gives data".to_owned(),
        Missing::NoSuchAccount => format!("no linked account shows {}", list(groups)),
        Missing::HistoryTooShort => {
            let mut rest = groups;
            rest.remove(HISTORY);
            let short = "account history is too short";
            if rest.is_empty() {
                short.to_owned()
            } else {
                format!("{short} to verify {}", list(rest))
            }
        }
        Missing::Ambiguous => format!("the linked accounts do not show clearly {}", list(groups)),
        Missing::NoBasis => format!(
            "the linked accounts show too little to verify {}",
            list(groups)
        ),
        Missing::OtherCurrency => "the linked accounts hold another currency than the loan".into(),
        Missing::NotProvided => {
            let detail = |name: &String| match name.split_once('.') {
                Some(("application" | "inputs", detail)) => detail.replace('_', " "),
                Some(_) | None => group(name),
            };
            let details = names.iter().map(detail).collect();
            format!("{DETAILS} were not given: {}", list(details))
        }
        Missing::Overflow => format!("amounts are too large to verify {}", list(groups)),
    }
}

/// What was to be had from a bank, of which the feature is made.
fn data_asked_for(name: &str) -> &'static str {
    let (group, last) = name.split_once('.').unwrap_or((name, ""));
    match (group, last) {
        ("ownership", _) => "owners",
        ("balance", "current" | "available" | "age_days") | ("account", "current") => "balances",
        // Worked backwards from the balances by the transactions: either may be what is missing.
        ("balance", _) => BALANCE_HISTORY,
        _ => "transactions",
    }
}

const BALANCE_HISTORY: &str = "balance history";

#[cfg(test)]
mod tests {
    use super::*;

    fn missing_inputs(all: &[(&str, Missing)]) -> MissingInputs {
        let mut missing_inputs = MissingInputs::default();
        all.iter()
            .for_each(|(name, why)| missing_inputs.add(name, *why));
        missing_inputs
    }

    #[test]
    fn missing_information_is_named_by_group() {
        let why = Missing::NotReady;
        let three = [
            ("nsf.event_days_90d", why),
            ("income.monthly_net", why),
            ("income.streams", why),
        ];
        assert_eq!(
            in_words(&missing_inputs(&three)),
            "income deposits and returned payments and overdrafts"
        );
        assert_eq!(in_words(&missing_inputs(&[])), "some of the information");
    }

    #[test]
    fn each_cause_is_a_clause() {
        let why = |all: &[(&str, Missing)]| why_in_words(&missing_inputs(all));
        assert_eq!(
            why(&[
                ("nsf.event_days_90d", Missing::NoPermission),
                ("income.monthly_net", Missing::NoPermission),
                ("ownership.name_score", Missing::NoPermission),
            ]),
            "permission to see the owners and transactions of the linked accounts was not given"
        );
        assert_eq!(
            why(&[("data.history_days", Missing::HistoryTooShort)]),
            "account history is too short"
        );
        assert_eq!(
            why(&[
                ("inputs.existing_customer", Missing::NotProvided),
                ("data.history_days", Missing::HistoryTooShort),
                ("income.monthly_net", Missing::HistoryTooShort),
                ("balance.current", Missing::Disconnected),
            ]),
            "a linked account no longer gives data; \
             account history is too short to verify income deposits; \
             details of the application were not given: existing customer"
        );
        assert_eq!(why(&[]), "some of the information could not be obtained");
    }
}
