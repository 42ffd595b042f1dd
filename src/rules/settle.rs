//! What would settle an application that goes to a person: the smallest set of open facts that leaves
//! nothing else in question, and the outcome for each answer.
//!
//! A set of facts is tried by answers that stand for all: values at the ends of each stretch in which all
//! comparisons come out the same. It settles the application where for each of them the outcome is the
//! same whatever else is found out, and for one at least it is an approval or an offer. Three-valued logic
//! does most of it: an outcome that is known in spite of what is missing stays what it is.

mod alternatives;
mod axis;
mod course;
mod dependence;
mod explorer;
mod fact;
mod outcomes;
mod sight;

use std::collections::BTreeSet;

pub use self::alternatives::{Alternatives, NoStreamsInDoubt, Said};
use self::explorer::{Explorer, GivenUp};
use self::fact::{Answers, Fact};
use super::evaluation::{Evaluation, Outcome, ReasonSource};
use super::program::Program;
use super::settlement::{OpenFact, Question, Settlement};
use crate::application::Application;
use crate::features;
use crate::limits;

/// What would settle what was evaluated; `None` where it is no referral, or one because bank data was
/// still to come: then nobody has to be asked.
pub fn settle(
    program: &Program,
    application: &Application,
    evaluation: &Evaluation,
    alternatives: &dyn Alternatives,
) -> Option<Settlement> {
    let mut given = evaluation.reasons.iter();
    let waits = given.any(|given| given.source == ReasonSource::BankData);
    if evaluation.outcome != Outcome::Refer || waits {
        return None;
    }
    let told = &evaluation.forecasts;
    let explorer = Explorer::new(program, application, told, alternatives);
    let mut search = Search {
        explorer,
        alternatives,
        in_part: false,
        only_declines: None,
    };
    Some(search.settlement())
}

struct Search<'a> {
    explorer: Explorer<'a>,
    alternatives: &'a dyn Alternatives,
    /// Whether the search was ended by a limit somewhere.
    in_part: bool,
    /// Where whatever is found out leaves a decline or a referral: the reasons that each referral has.
    only_declines: Option<Vec<usize>>,
}

impl Search<'_> {
    fn settlement(&mut self) -> Settlement {
        let mut settlement = Settlement {
            questions: Vec::new(),
            answers: Vec::new(),
            answers_left_off: 0,
            standing: Vec::new(),
            can_only_decline: false,
            open: Vec::new(),
            searched_in_part: false,
        };
        let nothing = Answers::new();
        if let Ok(sight) = self.explorer.see(&nothing) {
            settlement.standing = outcomes::codes(self.explorer.program, &sight.standing);
        }
        let mut asked = None;
        if let Some(set) = self.smallest() {
            match outcomes::outcomes(&mut self.explorer, &set) {
                Ok(told) => {
                    settlement.questions =
                        set.iter().filter_map(|fact| self.question(*fact)).collect();
                    settlement.answers = told.answers;
                    settlement.answers_left_off = told.left_off;
                    self.in_part |= told.in_part;
                    asked = Some(set);
                }
                Err(GivenUp) => self.in_part = true,
            }
        }
        let more_streams = self.alternatives.has_more_streams();
        if let Some(reasons) = &self.only_declines {
            settlement.can_only_decline = !more_streams && !self.explorer.may_miss();
            if settlement.can_only_decline && settlement.standing.is_empty() {
                settlement.standing = outcomes::codes(self.explorer.program, reasons);
            }
        }
        let open = self.explorer.found.iter();
        let open = open.filter_map(|fact| self.about(*fact));
        settlement.open = open.map(|about| about.name().to_owned()).collect();
        self.in_part |= settlement.person_must_judge()
            && self.only_declines.is_none()
            && self.explorer.unforeseen;
        // What is asked is told in ranges; where nothing is, any range may have been the one.
        let missed = match asked {
            Some(set) => self.explorer.may_miss_of(&set),
            None => self.explorer.may_miss(),
        };
        settlement.searched_in_part = self.in_part || more_streams || missed;
        settlement
    }

    /// The smallest set that settles it, of several the first in the order of facts.
    fn smallest(&mut self) -> Option<Vec<Fact>> {
        if self.explorer.found.len() > limits::SETTLE_FACTS_MAX {
            self.in_part = true;
            return None;
        }
        for size in 1..=limits::SETTLE_QUESTIONS_MAX {
            let mut tried: BTreeSet<Vec<Fact>> = BTreeSet::new();
            // What is found open grows while it is looked.
            while let Some(set) = self.next(size, &tried) {
                let found = self
                    .explorer
                    .within(limits::SETTLE_EVALUATIONS_OF_ONE_MAX, |explorer| {
                        settles(explorer, &set)
                    });
                match found {
                    Ok(Some(reach)) if reach.is_favourable() => return Some(set),
                    // Whatever is found out beside it, the outcomes are these.
                    Ok(Some(reach)) if reach.outcomes.contains(&Outcome::Decline) => {
                        self.only_declines = Some(reach.referred_for.unwrap_or_default());
                        return None;
                    }
                    Ok(Some(_) | None) => {}
                    Err(GivenUp) => self.in_part = true,
                }
                tried.insert(set);
            }
        }
        None
    }

    /// The first set of so many facts that was not tried.
    fn next(&mut self, size: usize, tried: &BTreeSet<Vec<Fact>>) -> Option<Vec<Fact>> {
        let found = &self.explorer.found;
        self.in_part |= found.len() > limits::SETTLE_FACTS_MAX;
        let facts: Vec<Fact> = found
            .iter()
            .take(limits::SETTLE_FACTS_MAX)
            .copied()
            .collect();
        subsets(&facts, size).find(|set| !tried.contains(set))
    }

    fn question(&self, fact: Fact) -> Option<Question> {
        let about = self.about(fact)?;
        let text = match &about {
            OpenFact::Stream(stream) => {
                let monthly = stream.monthly.map_or_else(String::new, |monthly| {
                    format!(", {} a month,", features::Value::Money(monthly))
                });
                let deposits = match stream.deposits {
                    1 => "the deposit".to_owned(),
                    many => format!("the {many} deposits"),
                };
                let verb = if stream.deposits == 1 { "is" } else { "are" };
                format!("{verb} {deposits} of {}{monthly} income?", stream.payer)
            }
            OpenFact::Value { name, known } => {
                let what = self.in_words(fact, name);
                match known {
                    Ok(value) if self.is_in_doubt(fact) => format!("is {what} really {value}?"),
                    // What is known may be open once something is said of a stream.
                    Ok(_) | Err(_) => format!("what is {what}?"),
                }
            }
        };
        Some(Question { about, text })
    }

    fn is_in_doubt(&self, fact: Fact) -> bool {
        let slot = fact.slot();
        slot.is_some_and(|slot| self.explorer.is_in_doubt(slot))
    }

    /// What a value is, beside its name.
    fn in_words(&self, fact: Fact, name: &str) -> String {
        let words = match fact {
            Fact::Stream(_) => None,
            Fact::Feature(index, _) => features::table()
                .get(index)
                .map(|one| one.told_as.to_owned()),
            Fact::Input(index, _) => {
                let inputs = &self.explorer.program.rule_set().inputs;
                inputs.get(index).and_then(|input| input.doc.clone())
            }
        };
        match words.filter(|words| !words.is_empty()) {
            Some(words) => format!("`{name}` ({words})"),
            None => format!("`{name}`"),
        }
    }

    /// What a fact is about.
    fn about(&self, fact: Fact) -> Option<OpenFact> {
        let slot = match fact {
            Fact::Stream(stream) => {
                let stream = self.alternatives.streams().get(stream)?;
                return Some(OpenFact::Stream(stream.clone()));
            }
            Fact::Feature(_, slot) | Fact::Input(_, slot) => slot,
        };
        let rule_set = self.explorer.program.rule_set();
        let name = rule_set.slots.get(slot)?.name.clone();
        let known = self.explorer.before_answers(slot)?;
        let known = known.map(|known| known.to_value(rule_set.currency));
        Some(OpenFact::Value { name, known })
    }
}

/// What the answers to facts that settle it come to.
#[derive(Debug, Default)]
struct Reach {
    outcomes: BTreeSet<Outcome>,
    /// The principal reasons that each referral has.
    referred_for: Option<Vec<usize>>,
}

impl Reach {
    /// Whether it is worth finding out: nobody looks for grounds to decline.
    fn is_favourable(&self) -> bool {
        let mut outcomes = self.outcomes.iter();
        outcomes.any(|outcome| match outcome {
            Outcome::Approve | Outcome::Counter => true,
            Outcome::Refer | Outcome::Decline => false,
        })
    }

    fn add(&mut self, outcome: Outcome, reasons: &[usize]) {
        self.outcomes.insert(outcome);
        if outcome == Outcome::Refer {
            let known = self.referred_for.get_or_insert_with(|| reasons.to_vec());
            known.retain(|reason| reasons.contains(reason));
        }
    }
}

/// What comes of the answers to these facts; `None` where it depends on something else once they are
/// found out.
fn settles(explorer: &mut Explorer<'_>, set: &[Fact]) -> Result<Option<Reach>, GivenUp> {
    loop {
        let (known, mut reach) = (explorer.found.len(), Reach::default());
        if !each(explorer, &Answers::new(), set, &mut reach)? {
            return Ok(None);
        }
        // What was found open on the way may matter to what was looked at before.
        if explorer.found.len() == known {
            return Ok(Some(reach));
        }
    }
}

fn each(
    explorer: &mut Explorer<'_>,
    answers: &Answers,
    set: &[Fact],
    reach: &mut Reach,
) -> Result<bool, GivenUp> {
    let Some((fact, rest)) = set.split_first() else {
        let sight = explorer.see(answers)?;
        let Some(outcome) = sight.outcome else {
            return Ok(false);
        };
        reach.add(outcome, &sight.reasons);
        return explorer.stands(answers, outcome);
    };
    for at in explorer.points(answers, *fact)? {
        if !each(explorer, &explorer::adding(answers, *fact, at), rest, reach)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The sets of so many of these, in their order.
fn subsets(facts: &[Fact], size: usize) -> impl Iterator<Item = Vec<Fact>> {
    let mut all: Vec<Vec<Fact>> = vec![Vec::new()];
    for _ in 0..size {
        let longer = all.iter().flat_map(|set| {
            let behind = facts
                .iter()
                .filter(|fact| set.last().is_none_or(|last| last < fact));
            behind.map(|fact| set.iter().chain([fact]).copied().collect::<Vec<Fact>>())
        });
        all = longer.collect();
    }
    all.into_iter()
}
