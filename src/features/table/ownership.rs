//! Ownership features: never a mismatch where there is no data.

use super::super::{Feature, Missing, Type, Value, Words};
use super::{
    Answerable, BankData, Computed, Context, Control, count, household, per_account, per_applicant,
    permille, plain,
};
use crate::analysis::{OwnerBand, OwnerMatch};
use crate::snapshot::Absence;

/// Below this, in thousandths, a name is not the applicant's: the usual band for "possible"
/// begins here.
const MATCH_MIN: i64 = 650;

const BANDS: &[&str] = &[
    OwnerBand::None.as_str(),
    OwnerBand::Weak.as_str(),
    OwnerBand::Partial.as_str(),
    OwnerBand::Strong.as_str(),
];

fn owner<'a>(context: &Context<'a>, account: usize) -> Result<&'a OwnerMatch, Missing> {
    let account = context.analysis.accounts.get(account);
    let found = &account.ok_or(Missing::NoSuchAccount)?.ownership;
    found.as_ref().map_err(|absence| Missing::from(*absence))
}

fn ownerships<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = &'a Result<OwnerMatch, Absence>> + use<'a> {
    context
        .analysis
        .accounts
        .iter()
        .map(|account| &account.ownership)
}

fn best_name_score(context: &Context<'_>, applicant: usize) -> Computed {
    let accounts = || {
        let accounts = context.accounts.iter().zip(&context.analysis.accounts);
        accounts
            .filter(|(input, _)| input.applicant == applicant)
            .map(|(_, account)| &account.ownership)
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
        |context, given| {
            owner(context, given.subject).and_then(|found| plain(permille(found.name_score)))
        },
    )
    .at_most(1)
    .controlled(Control::Up)
    .made_of(BankData::Owners),
    per_account(
        "ownership.owners",
        Type::Count,
        "How many people own the account.",
        |context, given| owner(context, given.subject).and_then(|found| plain(count(found.owners))),
    )
    .made_of(BankData::Owners),
    per_account(
        "ownership.joint",
        Type::Bool,
        "Whether more than one person owns the account.",
        |context, given| {
            owner(context, given.subject).and_then(|found| plain(Value::Bool(found.owners > 1)))
        },
    )
    .made_of(BankData::Owners),
    per_account(
        "ownership.address_score",
        Type::Ratio,
        "How well that owner's address agrees with the applicant's: 0.4 for the ZIP code, 0.3 \
         for the house number, 0.3 for the street. Missing where either is unknown.",
        |context, given| {
            owner(context, given.subject)
                .and_then(|found| plain(permille(found.address_score.ok_or(Missing::NotProvided)?)))
        },
    )
    .at_most(1)
    .controlled(Control::Up)
    .told_as("address")
    .made_of(BankData::Owners),
    per_account(
        "ownership.phone_score",
        Type::Ratio,
        "Whether that owner's telephone number is the applicant's: 1 the same, 0.7 the digits that \
         the bank shows of it, 0 another. Missing where either is unknown.",
        |context, given| {
            owner(context, given.subject)
                .and_then(|found| plain(permille(found.phone_score.ok_or(Missing::NotProvided)?)))
        },
    )
    .at_most(1)
    .controlled(Control::Up)
    .told_as("telephone number")
    .made_of(BankData::Owners),
    per_account(
        "ownership.email_score",
        Type::Ratio,
        "Whether that owner's e-mail address reaches the applicant's mailbox: 1 or 0. Missing where \
         either is unknown.",
        |context, given| {
            owner(context, given.subject)
                .and_then(|found| plain(permille(found.email_score.ok_or(Missing::NotProvided)?)))
        },
    )
    .at_most(1)
    .controlled(Control::Up)
    .told_as("e-mail address")
    .made_of(BankData::Owners),
    per_account(
        "ownership.band",
        Type::Text,
        "How sure it is that an owner is the applicant: `strong` by a name score from 0.8, \
         `partial` from 0.65, `weak` from 0.5 or where only address, telephone or e-mail agree, \
         `none` otherwise.",
        |context, given| {
            owner(context, given.subject)
                .and_then(|found| plain(Value::Text(found.band.as_str().to_owned())))
        },
    )
    .with_words(Words::Only(BANDS))
    .made_of(BankData::Owners),
    per_account(
        "ownership.matched_owner",
        Type::Count,
        "Which of the owners that the bank names matches best: 1 is the first.",
        |context, given| {
            owner(context, given.subject).and_then(|found| plain(count(found.owner + 1)))
        },
    )
    .at_least(1)
    .made_of(BankData::Owners),
    per_applicant(
        "ownership.best_name_score",
        Type::Ratio,
        "The best `ownership.name_score` among the applicant's accounts.",
        |context, given| best_name_score(context, given.subject),
    )
    .at_most(1)
    .controlled(Control::Up)
    .made_of(BankData::Owners),
    household(
        "ownership.unmatched_accounts",
        Type::Count,
        &[],
        "Accounts whose owners are known and none of which agrees with the applicant: a name \
         score below 0.65.",
        |context, _| {
            let unmatched = ownerships(context).flatten();
            plain(count(
                unmatched
                    .filter(|found| found.name_score < MATCH_MIN)
                    .count(),
            ))
        },
    )
    .at_most(super::ACCOUNTS_MAX)
    .controlled(Control::Down)
    .made_of(BankData::Owners)
    .answered(Answerable::Always),
    household(
        "ownership.unverified_accounts",
        Type::Count,
        &[],
        "Accounts whose owners are not known.",
        |context, _| {
            let unknown = ownerships(context).filter(|found| found.is_err());
            plain(count(unknown.count()))
        },
    )
    .at_most(super::ACCOUNTS_MAX)
    .controlled(Control::Down)
    .made_of(BankData::Owners)
    .answered(Answerable::Always),
];
