//! What a change of a rule set means, for a person.

use crate::cli::text::counted;
use crate::features::{Missing, Value};
use crate::rules::{Claim, Decided, Meaning, Named, RuleChange, RuleMeaning, Says, Witness};

/// So many values of an applicant are shown.
const VALUES_SHOWN: usize = 8;

/// What a change means.
pub(super) fn text(meaning: &Meaning) -> String {
    let mut lines = vec!["meaning, A being what was and B what is:".to_owned()];
    for rule in &meaning.rules {
        let change = match rule.change {
            RuleChange::Added => " (added)",
            RuleChange::Removed => " (removed)",
            RuleChange::Changed => "",
        };
        let says = says(&rule.claim, &Words::of(rule), meaning.applicants);
        lines.push(format!("rule {}{change}: {says}", rule.rule));
        add_witnesses(&rule.claim, &mut lines);
    }
    let outcome = says(&meaning.outcome, &Words::OUTCOME, meaning.applicants);
    lines.push(format!("outcome: {outcome}"));
    add_witnesses(&meaning.outcome, &mut lines);
    if let Some(offer) = &meaning.offer {
        let says = says(offer, &Words::OFFER, meaning.applicants);
        lines.push(format!("offer where the outcome is the same: {says}"));
        add_witnesses(offer, &mut lines);
    }
    lines.extend(meaning.notes.iter().map(|note| format!("note: {note}")));
    lines.push(String::new());
    lines.join("\n")
}

/// How the ways are called of what is compared.
struct Words {
    more: &'static str,
    less: &'static str,
}

impl Words {
    const OUTCOME: Self = Self {
        more: "stricter",
        less: "looser",
    };
    const OFFER: Self = Self {
        more: "smaller or dearer",
        less: "larger or cheaper",
    };
    const FLAG: Self = Self {
        more: "flags more",
        less: "flags fewer",
    };

    fn of(rule: &RuleMeaning) -> Self {
        if rule.flags {
            Self::FLAG
        } else {
            Self::OUTCOME
        }
    }
}

fn says(claim: &Claim, words: &Words, applicants: usize) -> String {
    let Words { more, less } = words;
    let among = counted(applicants, "applicant", "applicants");
    match claim.says() {
        Says::Equal => "equal".to_owned(),
        Says::Stricter => format!("{more}, never {less}"),
        Says::Looser => format!("{less}, never {more}"),
        Says::Both => format!("{more} for one, {less} for another"),
        Says::StricterForSome => {
            format!("{more} for this applicant; whether ever {less} is not known")
        }
        Says::LooserForSome => {
            format!("{less} for this applicant; whether ever {more} is not known")
        }
        Says::NeverLooser => format!("never {less}; {more} for none of {among}"),
        Says::NeverStricter => format!("never {more}; {less} for none of {among}"),
        Says::NotFound => {
            format!("not known; {among} tried show no difference, which proves nothing")
        }
    }
}

fn add_witnesses(claim: &Claim, lines: &mut Vec<String>) {
    for witness in claim.stricter().into_iter().chain(claim.looser()) {
        lines.push(format!("  applicant: {}", of_witness(witness)));
    }
}

fn of_witness(witness: &Witness) -> String {
    let own = witness.applicant.iter().filter(|one| one.matters);
    let all: Vec<&Named> = witness.derived.iter().chain(own).collect();
    let shown = all.iter().take(VALUES_SHOWN).map(|one| value(one));
    let mut shown: Vec<String> = shown.collect();
    let rest = all.len().saturating_sub(VALUES_SHOWN);
    if rest > 0 {
        shown.push(format!("{rest} more (`--json` shows all)"));
    }
    let (before, after) = (&witness.before, &witness.after);
    let mut told = format!(
        "{} -> A: {}, B: {}",
        shown.join(", "),
        decided(before, after),
        decided(after, before)
    );
    if let (Some(rule), Some(other)) = (before.rule, after.rule)
        && before.outcome == after.outcome
    {
        told.push_str(&format!(" (A {}, B {})", rule.in_words(), other.in_words()));
    }
    told
}

fn value(named: &Named) -> String {
    let Named { name, value, .. } = named;
    match value {
        Ok(Value::Bool(true)) => name.clone(),
        Ok(Value::Bool(false)) => format!("not {name}"),
        Ok(value) => format!("{name} {value}"),
        Err(why) => format!("{name} missing ({})", Missing::as_str(*why)),
    }
}

/// What was decided, with what of it is another than of the other.
fn decided(one: &Decided, other: &Decided) -> String {
    let mut parts = vec![one.outcome.to_string()];
    if one.outcome != other.outcome || one.reasons != other.reasons {
        parts.extend(one.reasons.iter().cloned());
    }
    if let (Some(score), true) = (one.score, one.score != other.score) {
        parts.push(format!("(score {score})"));
    }
    if let (Some(offer), true) = (&one.offer, one.outcome == other.outcome) {
        let amount = Value::Money(offer.amount);
        let (rate, apr) = (offer.rate_percent, offer.apr_percent);
        parts.push(format!("of {amount} at {rate}% (APR {apr}%)"));
    }
    parts.join(" ")
}
