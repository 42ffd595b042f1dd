//! Ownership features: never a mismatch where there is no data.

use super::super::{Feature, Missing, Scope, Type, Value, Words};
use super::{Computed, Context, count, household, per_account, permille, plain, slot};
use crate::analysis::OwnerMatch;

/// Below this, in thousandths, a name is not the applicant's: the usual band for "possible"
/// begins here.
const MATCH_MIN: i64 = 650;

fn owner<'a>(context: &Context<'a>, account: usize) -> Result<&'a OwnerMatch, Missing> {
    match context.analysis.ownership.get(account) {
        Some(Ok(found)) => Ok(found),
        Some(Err(absence)) => Err(Missing::from(*absence)),
        None => Err(Missing::NoSuchAccount),
    }
}

fn best_name_score(context: &Context<'_>, applicant: usize) -> Computed {
    let accounts = || {
        context
            .application
            .accounts()
            .zip(&context.analysis.ownership)
            .filter(|((whose, _), _)| *whose == applicant)
            .map(|(_, found)| found)
    };
    let best = accounts().flatten().map(|found| found.name_score).max();
    let why = accounts().find_map(|found| found.as_ref().err());
    best.map_or_else(
        || Err(why.map_or(Missing::NoSuchAccount, |why| Missing::from(*why))),
        |score| plain(permille(score)),
    )
}

pub(super) const FEATURES: &[Feature] = &[
    per_account(
        "ownership.name_score",
        Type::Ratio,
        "How well the best-matching owner's name agrees with the applicant whose account it is, \
         0 to 1. Word order, initials, short forms and suffixes do not count against it. 0.8 is \
         strong, 0.65 possible.",
        |context, index| {
            slot(owner(context, index).and_then(|found| plain(permille(found.name_score))))
        },
    ),
    per_account(
        "ownership.owners",
        Type::Count,
        "How many people own the account.",
        |context, index| slot(owner(context, index).and_then(|found| plain(count(found.owners)))),
    ),
    per_account(
        "ownership.joint",
        Type::Bool,
        "Whether more than one person owns the account.",
        |context, index| {
            slot(owner(context, index).and_then(|found| plain(Value::Bool(found.owners > 1))))
        },
    ),
    per_account(
        "ownership.address_score",
        Type::Ratio,
        "How well that owner's address agrees with the applicant's: 0.4 for the ZIP code, 0.3 \
         for the house number, 0.3 for the street. Missing where either is unknown.",
        |context, index| {
            slot(owner(context, index).and_then(|found| {
                plain(permille(found.address_score.ok_or(Missing::NotProvided)?))
            }))
        },
    ),
    Feature {
        name: "ownership.best_name_score",
        ty: Type::Ratio,
        scope: Scope::Applicant,
        window_days: None,
        words: Words::Any,
        rests_on_accounts: true,
        doc: "The best `ownership.name_score` among the applicant's accounts.",
        extractor: |context, index| slot(best_name_score(context, index)),
    },
    household(
        "ownership.unmatched_accounts",
        Type::Count,
        None,
        "Accounts whose owners are known and none of which agrees with the applicant: a name \
         score below 0.65.",
        |context, _| {
            let unmatched = context.analysis.ownership.iter().flatten();
            slot(plain(count(
                unmatched
                    .filter(|found| found.name_score < MATCH_MIN)
                    .count(),
            )))
        },
    ),
    household(
        "ownership.unverified_accounts",
        Type::Count,
        None,
        "Accounts whose owners are not known.",
        |context, _| {
            let unknown = context
                .analysis
                .ownership
                .iter()
                .filter(|found| found.is_err());
            slot(plain(count(unknown.count())))
        },
    ),
];
