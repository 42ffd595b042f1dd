//! Whether the accounts are the applicant's: names, addresses, telephone numbers and e-mail addresses
//! compared, however banks write them.
//!
//! Words of names are aligned in any order (`SMITH JOHN`), with initials, common short forms and small
//! differences of spelling. Missing data is no mismatch: it has no score.

mod address;
mod contact;
mod person;
#[cfg(test)]
mod tests;
mod words;

use super::account::{AccountInput, OwnerBand, OwnerMatch};
use crate::application::{ApplicationWithAccounts, Identity};
use crate::snapshot::{Absence, Owner, QualityFlag};

use address::address_score;
use contact::{email_score, phone_score};
pub use person::NICKNAMES_VERSION;
pub(super) use person::{Person, name_score, persons};
pub(super) use words::words;

/// How the owners of an account compare with its applicant, or why they do not.
pub(super) fn compare_owners(
    application: &ApplicationWithAccounts,
    input: &AccountInput<'_>,
) -> Result<OwnerMatch, Absence> {
    let owners = input.snapshot.owners.known()?;
    // Whoever is not known by name may be the applicant, or somebody else.
    if input.snapshot.flags.contains(&QualityFlag::UnknownOwner) {
        return Err(Absence::NotOffered);
    }
    let applicant = application.applicants().get(input.applicant);
    applicant
        .and_then(|applicant| compare(input.applicant, &applicant.identity, owners))
        .ok_or(Absence::NotOffered)
}

/// A name of so much, in thousandths, is the applicant's ...
pub(super) const STRONG_NAME_MIN: i64 = 800;
/// ... and of so much possibly.
const POSSIBLE_NAME_MIN: i64 = 650;
/// A relative's, or a part of the name.
const WEAK_NAME_MIN: i64 = 500;
/// An address of so much is the same house, or nearly: a ZIP code and the number or the street.
const SAME_ADDRESS_MIN: i64 = 700;

fn compare(applicant: usize, identity: &Identity, owners: &[Owner]) -> Option<OwnerMatch> {
    let ours = Person::of(&identity.name);
    let both = |ours: &Option<String>, theirs: &Option<String>, score: Score| {
        ours.as_deref()
            .zip(theirs.as_deref())
            .and_then(|(ours, theirs)| score(ours, theirs))
    };
    let (mut people, mut best): (usize, Option<OwnerMatch>) = (0, None);
    for (position, owner) in owners.iter().enumerate() {
        let address = identity.address.as_ref().zip(owner.raw_address.as_deref());
        let mut found = OwnerMatch {
            applicant,
            owners: 0,
            owner: position,
            name_score: 0,
            address_score: address.and_then(|(address, raw)| address_score(address, raw)),
            phone_score: both(&identity.phone, &owner.phone, phone_score),
            email_score: both(&identity.email, &owner.email, email_score),
            band: OwnerBand::None,
        };
        // `SUE OR LI` is a line of two, unless that is the applicant's name.
        let whole = Person::of(&owner.name);
        let named = if whole.is_written_as(&ours) {
            vec![whole]
        } else {
            persons(&owner.name)
        };
        for person in named {
            people += 1;
            found.name_score = name_score(&ours, &person);
            found.band = band(&found);
            if best.is_none_or(|best| rank(&found) > rank(&best)) {
                best = Some(found);
            }
        }
    }
    best.map(|best| OwnerMatch {
        owners: people,
        ..best
    })
}

type Score = fn(&str, &str) -> Option<i64>;

/// The best match is the best name; of equal ones what else agrees decides.
fn rank(found: &OwnerMatch) -> (i64, i64) {
    let scores = [found.address_score, found.phone_score, found.email_score];
    (found.name_score, scores.into_iter().flatten().sum())
}

/// What all of it comes to: the name decides, and what else agrees lifts a weak one.
fn band(found: &OwnerMatch) -> OwnerBand {
    let same = |score: Option<i64>| score.is_some_and(|score| score >= SAME_ADDRESS_MIN);
    let agrees = same(found.address_score) || same(found.phone_score) || same(found.email_score);
    if found.name_score >= STRONG_NAME_MIN {
        OwnerBand::Strong
    } else if found.name_score >= POSSIBLE_NAME_MIN {
        OwnerBand::Partial
    } else if found.name_score >= WEAK_NAME_MIN || agrees {
        OwnerBand::Weak
    } else {
        OwnerBand::None
    }
}
