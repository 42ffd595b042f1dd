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
mod claim;
mod effect;
mod exact;
mod knob;
mod search;
mod shared;
mod tell;

use std::fmt;

use serde::Serialize;

pub use self::claim::{Change, Claim, Decided, Named, Offered, Says, Witness};
pub use self::effect::Effect;
use self::exact::{Changes, Exactly};
use self::search::{Search, Sought, Target};
use self::shared::Side;
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
    /// one of the same amount that costs more.
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
    let settings = knob::settings(sides, applicant::usual_date());
    let changes = Changes::between(sides);
    let exactly = Exactly::of(sides, &changes);
    let sought = sought(sides, &changes, &exactly, &settings);
    let points = tell::points(&exactly.points, &settings);
    let mut search = Search::new(sides, &settings, sought, applicants);
    search.search(&points);
    let mut claims = tell::claims(&search, &changes).into_iter();
    let rules = changes.rules.iter().zip(claims.by_ref());
    let rules = rules.map(|(changed, claim)| RuleMeaning {
        rule: changed.id.clone(),
        change: changed.change(),
        flags: changed.flags(sides),
        claim,
    });
    let rules = rules.collect();
    let open = || Claim {
        stricter: claim::Finding::NotFound,
        looser: claim::Finding::NotFound,
    };
    let outcome = claims.next().unwrap_or_else(open);
    let credit = a.kind() == RuleSetKind::Credit;
    Ok(Meaning {
        rules,
        outcome,
        offer: claims.next().filter(|_| credit),
        applicants: search.tried,
        notes: tell::notes(sides),
    })
}

/// What is to be looked for: whatever is not known already.
fn sought(
    sides: [&Side<'_>; 2],
    changes: &Changes,
    exactly: &Exactly,
    settings: &[knob::Setting],
) -> Vec<Sought> {
    let rules = changes.rules.iter().zip(&exactly.rules);
    let mut sought: Vec<Sought> = rules
        .map(|(changed, known)| {
            let target = Target::Rule(changed.before, changed.after);
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
