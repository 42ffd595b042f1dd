//! A backtest as a credit committee is told of it: what was found, what is told beside it, and the words of
//! both the page and the terminal.

use chrono::{DateTime, Utc};

use super::figures::number;
use crate::money::grouped;
use crate::replay::backtest::{
    Backtest, ExpectedProfit, LeftOut, Live, LoansLeftOut, NotDecidable, Performance, Sweep,
};
use crate::rules::Difference;

/// What differs in the rules of a candidate; the sentence that says why that is not known.
pub type Changes = Result<Vec<Difference>, String>;

/// A backtest, and what a committee is told beside it.
#[derive(Debug)]
pub struct CommitteeReport<'a> {
    /// What was found.
    pub found: &'a Backtest,
    /// What it found along the values of a param, where its candidates are those of a sweep.
    pub sweep: Option<&'a Sweep>,
    /// What changed in the rules since [`newest`], for each candidate in its order.
    pub changes: Vec<Changes>,
    /// The command that makes it again.
    pub command: String,
    /// Whether that takes what is decided after this too.
    pub open_ended: bool,
    /// When it was made.
    pub made_at: DateTime<Utc>,
}

/// The version against which changes are told: that of those that decided which did so last for the first time.
pub fn newest(found: &Backtest) -> Option<&Live> {
    found.population.live.last()
}

/// What was left out, but for what is damaged: a sentence each, without its end.
pub(crate) fn left_out(found: &LeftOut) -> Vec<String> {
    let mut told = Vec::new();
    if found.resolutions > 0 {
        let count = number(found.resolutions);
        told.push(format!("{count} settle a referral that is counted"));
    }
    for (semantics, count) in &found.other_semantics {
        let count = number(*count);
        told.push(format!("{count} were decided under semantics {semantics}"));
    }
    if found.selection_unknown > 0 {
        let count = number(found.selection_unknown);
        told.push(format!(
            "{count} of which it is not known whether they are meant"
        ));
    }
    told
}

/// The loans that are left out of how loans did: a sentence for each reason, without its end.
pub(crate) fn loans_left_out(found: &LoansLeftOut) -> Vec<String> {
    let all = [
        (found.too_young, "loans are too young"),
        (found.not_funded, "loans no entry says were paid out"),
        (found.unknown, "approvals of which nothing is known"),
    ];
    let some = all.into_iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!("{} {what}", number(count)))
        .collect()
}

/// What a candidate cannot decide: a sentence for each reason, without its end.
pub(crate) fn not_decidable(found: &NotDecidable) -> Vec<String> {
    let inputs = found.by_input.iter().map(|(input, count)| {
        let count = number(*count);
        format!("{count} for want of the input `{input}`, which was not asked for then")
    });
    let others = [
        (found.by_currency, "in another currency"),
        (
            found.by_snapshots,
            "for want of their bank data, which cannot be read",
        ),
        (found.by_defect, "by a defect of the engine"),
    ];
    let others = others.into_iter().filter(|(count, _)| *count > 0);
    let others = others.map(|(count, why)| format!("{} {why}", number(count)));
    inputs.chain(others).collect()
}

/// What no figure of loans can say.
pub(crate) const DECLINED_ARE_NOT_KNOWN: &str =
    "Who was declined has no loan: how those would have done is not known";

/// What an expected profit is, and rests on.
pub(crate) const EXPECTED_PROFIT: &str = "Expected profit, if the offers of a tier do as its known loans have so far, at their terms of then";

/// What is not in an expected profit.
pub(crate) const OFFERS_NOT_KNOWN: &str =
    "* more is offered in tiers of which no loan is known: in no profit";

/// What is said of a sweep where nothing is known of loans.
pub(crate) const NO_BAD_RATE: &str = "Nothing is known of loans, so there is no bad rate: `--performance FILE` takes what became of them";

/// What is said of a sweep whose values all come to the same.
pub(crate) fn same_throughout(param: &str) -> String {
    format!(
        "No value of `{param}` changes how many come to each outcome, what is offered in all, or the scores here"
    )
}

/// `2026-03-31 15:00 UTC`.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// What the offers of both sides may be expected to earn: what that rests on, then a line for each side; `None`
/// where no offers come from tiers.
pub(crate) fn expected_profit(found: &Performance) -> Option<[String; 3]> {
    if !found.has_tiers() {
        return None;
    }
    let side = |name: &str, expected: &ExpectedProfit| {
        let (profit, offered) = (
            expected.profit.to_string(),
            expected.offered.total.to_string(),
        );
        let (profit, offered) = (grouped(&profit), grouped(&offered));
        let not_known = &expected.not_known;
        let more = match not_known.count {
            0 => String::new(),
            _ => {
                let more = grouped(&not_known.total.to_string());
                format!("; {more} more is offered in tiers of which no loan is known")
            }
        };
        format!("{name}: {profit} on {offered} offered{more}")
    };
    Some([
        EXPECTED_PROFIT.to_owned(),
        side("live", &found.live_expected),
        side("candidate", &found.candidate_expected),
    ])
}
