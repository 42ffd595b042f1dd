//! Whose income a stream is. The account's applicant's, unless others own the account too: then
//! theirs whom the bank's text names.

use crate::analysis::account::{AccountAnalysis, AccountInput};
use crate::analysis::ownership::{Person, STRONG_NAME_MIN, name_score, persons, words};
use crate::application::ApplicationWithAccounts;

use super::stream::{Stream, StreamOwner};

/// Rows that are read for a name: a payroll writes it on each.
const ROWS_READ: usize = 3;
/// A given name and a family name.
const WORDS_MIN: usize = 2;

/// Says of each stream whose it is.
pub(in crate::analysis) fn tell(
    streams: &mut [Stream],
    application: &ApplicationWithAccounts,
    inputs: &[AccountInput<'_>],
    accounts: &[AccountAnalysis],
) {
    for stream in streams {
        stream.whose = whose(stream, application, inputs, accounts).unwrap_or_default();
    }
}

fn whose(
    stream: &Stream,
    application: &ApplicationWithAccounts,
    inputs: &[AccountInput<'_>],
    accounts: &[AccountAnalysis],
) -> Option<StreamOwner> {
    let account = usize::from(stream.account);
    let input = inputs.get(account)?;
    let compared = accounts.get(account)?.ownership.as_ref();
    if compared.is_ok_and(|owners| owners.owners > 1) {
        return Some(named(stream, application, inputs, account).unwrap_or(StreamOwner::Unclear));
    }
    Some(StreamOwner::Applicant(input.applicant))
}

/// The one person among applicants and owners whom the latest rows name.
fn named(
    stream: &Stream,
    application: &ApplicationWithAccounts,
    inputs: &[AccountInput<'_>],
    account: usize,
) -> Option<StreamOwner> {
    let applicants = application.applicants().iter();
    let applicants: Vec<Person> = applicants
        .map(|applicant| Person::of(&applicant.identity.name))
        .collect();
    let owners = inputs.get(account)?.snapshot.owners.known().ok()?;
    let owners = owners.iter().flat_map(|owner| persons(&owner.name));
    let is_applicant = |owner: &Person| {
        let mut names = applicants.iter();
        names.any(|name| name_score(name, owner) >= STRONG_NAME_MIN)
    };
    let others: Vec<Person> = owners.filter(|owner| !is_applicant(owner)).collect();
    let texts: Vec<Vec<String>> = stream
        .last_rows
        .pairs()
        .take(ROWS_READ)
        .filter_map(|(snapshot, row)| {
            let rows = inputs
                .get(usize::from(snapshot))?
                .snapshot
                .transactions
                .known();
            let row = rows.ok()?.get(usize::try_from(row).ok()?)?;
            Some(words(row.description))
        })
        .collect();
    let said = |person: &Person| {
        let in_text = |text: &Vec<String>| {
            let words = person.words().iter();
            words.filter(|word| text.contains(word)).count()
        };
        texts
            .iter()
            .map(in_text)
            .max()
            .filter(|said| *said >= WORDS_MIN)
    };
    let people = applicants.iter().enumerate();
    let people = people.map(|(index, name)| (said(name), StreamOwner::Applicant(index)));
    let others = others
        .iter()
        .map(|name| (said(name), StreamOwner::OtherOwner));
    let mut found: Vec<(usize, StreamOwner)> = people
        .chain(others)
        .filter_map(|(said, who)| Some((said?, who)))
        .collect();
    // The stablest of sorts: the order of applicants says nothing of whose it is, so equals are none's.
    found.sort_by_key(|(said, _)| std::cmp::Reverse(*said));
    match found.as_slice() {
        [(_, who)] => Some(*who),
        [(most, who), (next, _), ..] if most > next => Some(*who),
        _ => None,
    }
}
