//! What a change of a rule set means: whether it decides the same, stricter or looser.
//!
//! What is said to hold for everybody was found by looking at all values that rules compare
//! (`cells`): it holds whatever the values, and so for every applicant. Who is decided otherwise is
//! shown by an applicant that both rule sets decided ([`super::evaluate()`]). Where neither can be
//! said, that is said.

mod applicant;
mod axis;
mod canon;
mod cells;
mod changes;
mod claim;
mod effect;
mod exact;
pub(super) mod search;
mod settings;
mod shared;
mod side;
mod tell;

use std::fmt;

use serde::Serialize;

use self::changes::Changes;
pub use self::claim::{Change, Claim, Decided, Named, Offered, Says, Witness};
pub use self::effect::Effect;
use self::exact::Exactly;
use self::search::{Search, Sought, Target, Until};
use self::side::Side;
use super::evaluation::RuleSetKind;
use super::foresight::Foresight;
use super::program::Program;
use super::values::Values;
use crate::features::Features;

#[cfg(test)]
pub(super) use self::claim::Way;

/// What a change of a rule set means.
#[derive(Debug, Clone, Serialize)]
pub struct Meaning {
    /// Each rule that was added, removed, or does or reads otherwise: those there were first, in the
    /// order written.
    pub rules: Vec<RuleMeaning>,
    /// The outcome.
    pub outcome: Claim,
    /// Of rule sets for credit the offer, where the outcome is the same: stricter is a smaller one, or
    /// one of the same amount with a higher APR, or of the same APR with more to pay in all.
    pub offer: Option<Claim>,
    /// How many made-up applicants were decided by both.
    pub applicants: usize,
    /// What was not looked at.
    pub notes: Vec<String>,
}

/// What a change of a rule means.
#[derive(Debug, Clone, Serialize)]
pub struct RuleMeaning {
    /// Its id.
    pub rule: String,
    /// What was done to it.
    pub change: Change,
    /// Whether it is a flag in both: it then flags more or fewer.
    pub flags: bool,
    /// What is said of it.
    #[serde(flatten)]
    pub claim: Claim,
}

/// Two rule sets that do not decide about the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incomparable(&'static str);

impl fmt::Display for Incomparable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the rule sets cannot be compared: their `{}` is not the same",
            self.0
        )
    }
}

impl std::error::Error for Incomparable {}

/// Says what the second of two rule sets means against the first. No more than so many made-up
/// applicants are decided by both.
///
/// # Errors
///
/// Where they are of different kinds or currencies.
pub fn meaning(
    before: &Program,
    after: &Program,
    applicants: usize,
) -> Result<Meaning, Incomparable> {
    meaning_until(before, after, (applicants, Until::Known))
}

/// The same, with applicants made up until all is known, or until there are so many.
pub(super) fn meaning_until(
    before: &Program,
    after: &Program,
    applicants: (usize, Until),
) -> Result<Meaning, Incomparable> {
    let [a, b] = [before, after].map(Program::rule_set);
    if a.kind() != b.kind() {
        return Err(Incomparable("kind"));
    }
    if a.currency() != b.currency() {
        return Err(Incomparable("currency"));
    }
    // What nobody is known of: every value is missing.
    let features = Features::unknown();
    let Some(application) = applicant::nobody(a.currency()) else {
        return Err(Incomparable("currency"));
    };
    let [before, after] = [before, after].map(|program| Side {
        program,
        canon: canon::Canon::of(program),
        blank: Values::load(program, &features, &application, Foresight::none()),
    });
    let sides = [&before, &after];
    let settings = settings::settings(sides, applicant::usual_date());
    let changes = Changes::between(sides);
    let exactly = Exactly::of(sides, &changes);
    let sought = sought(sides, &changes, &exactly, &settings);
    let points = tell::points(&exactly.points, &settings);
    let mut search = Search::new(sides, &settings, sought, applicants);
    search.search(&points);
    let claim = |target: Target| {
        let mut sought = search.sought.iter();
        let sought = sought.find(|one| one.target == target);
        sought.map_or(Claim::OPEN, |sought| tell::claim(&search, &changes, sought))
    };
    let rules = changes.rules.iter().map(|changed| RuleMeaning {
        rule: changed.id.clone(),
        change: changed.change(),
        flags: changed.flags(sides),
        claim: claim(changed.target()),
    });
    let is_credit = a.kind() == RuleSetKind::Credit;
    Ok(Meaning {
        rules: rules.collect(),
        outcome: claim(Target::Outcome),
        offer: is_credit.then(|| claim(Target::Offer)),
        applicants: search.tried,
        notes: tell::notes(sides, &settings),
    })
}

/// What is to be looked for: whatever is not known already.
fn sought(
    sides: [&Side<'_>; 2],
    changes: &Changes,
    exactly: &Exactly,
    settings: &[settings::Setting],
) -> Vec<Sought> {
    let rules = changes.rules.iter().zip(&exactly.rules);
    let mut sought: Vec<Sought> = rules
        .map(|(changed, known)| {
            let target = changed.target();
            known.sought(target, tell::rests_on(sides, target, changes, settings))
        })
        .collect();
    let mut ends = vec![(Target::Outcome, &exactly.outcome)];
    ends.extend(exactly.offer.as_ref().map(|offer| (Target::Offer, offer)));
    for (target, known) in ends {
        sought.push(known.sought(target, tell::rests_on(sides, target, changes, settings)));
    }
    sought
}
