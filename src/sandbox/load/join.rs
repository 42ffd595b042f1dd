//! Joins accounts, owners and transactions by their ids.

use std::collections::BTreeMap;

use super::heap::Heap;
use super::objects::{LoadedAccount, LoadedOwnership, LoadedTransaction};
use super::problems::{Location, Placed, Problems};
use crate::sandbox::wire::{AccountOwner, Transaction};
use crate::sandbox::world::LinkedAccount;

/// What belongs to what; everything that belongs to nothing is a problem.
pub(super) fn join(heap: Heap, now: i64, problems: &mut Problems) -> Vec<LinkedAccount> {
    let mut ownerships = BTreeMap::new();
    let mut accounts: BTreeMap<String, LinkedAccount> = BTreeMap::new();
    let mut places = BTreeMap::new();
    for Placed { place, object } in heap.ownerships {
        add_ownership(&mut ownerships, Placed { place, object }, problems);
    }
    for Placed { place, object } in heap.accounts {
        let LoadedAccount {
            account,
            ownership,
            unrefreshed,
        } = object;
        if let Some(object) = ownership {
            let place = place.at("ownership");
            add_ownership(&mut ownerships, Placed { place, object }, problems);
        }
        if accounts.contains_key(&account.id) {
            problems.add(
                &place.at("id"),
                "another account has the same id: keep one of them",
            );
            continue;
        }
        places.insert(account.id.clone(), place);
        let linked = LinkedAccount {
            ownership_created: now,
            owners: Vec::new(),
            transactions: Vec::new(),
            unrefreshed: unrefreshed.into_iter().collect(),
            extra_delay: std::time::Duration::ZERO,
            account,
        };
        accounts.insert(linked.account.id.clone(), linked);
    }
    join_owners(heap.owners, &mut ownerships, problems);
    join_ownerships(&mut accounts, ownerships, &places, problems);
    join_transactions(heap.transactions, &mut accounts, problems);
    accounts.into_values().collect()
}

type Ownerships = BTreeMap<String, Placed<LoadedOwnership>>;

fn add_ownership(into: &mut Ownerships, new: Placed<LoadedOwnership>, problems: &mut Problems) {
    if into.contains_key(&new.object.id) {
        problems.add(
            &new.place.at("id"),
            "another ownership has the same id: keep one of them",
        );
    } else {
        into.insert(new.object.id.clone(), new);
    }
}

/// An owner that stands alone makes its ownership where no other file has it.
fn join_owners(
    owners: Vec<Placed<AccountOwner>>,
    ownerships: &mut Ownerships,
    problems: &mut Problems,
) {
    for Placed { place, object } in owners {
        let ownership = ownerships
            .entry(object.ownership.clone())
            .or_insert_with(|| Placed {
                place: place.clone(),
                object: LoadedOwnership {
                    id: object.ownership.clone(),
                    created: object.refreshed_at.unwrap_or(0),
                    owners: Vec::new(),
                },
            });
        let owners = &mut ownership.object.owners;
        if owners.iter().any(|owner| owner.id == object.id) {
            problems.add(
                &place.at("id"),
                "the ownership has an owner of this id already",
            );
        } else {
            owners.push(object);
        }
    }
}

fn join_ownerships(
    accounts: &mut BTreeMap<String, LinkedAccount>,
    mut ownerships: Ownerships,
    places: &BTreeMap<String, Location>,
    problems: &mut Problems,
) {
    for linked in accounts.values_mut() {
        let Some(id) = &linked.account.ownership else {
            continue;
        };
        match ownerships.remove(id) {
            Some(found) => {
                linked.ownership_created = found.object.created;
                linked.owners = found.object.owners;
            }
            None => {
                let place = places.get(&linked.account.id).cloned().unwrap_or_default();
                let problem = "names an ownership that no file has, or that another account has: \
                               add it, or set null";
                problems.add(&place.at("ownership"), problem);
            }
        }
    }
    for left in ownerships.into_values() {
        let problem = "belongs to no account: name it in the `ownership` of an account";
        problems.add(&left.place, problem);
    }
}

fn join_transactions(
    rows: Vec<Placed<LoadedTransaction>>,
    accounts: &mut BTreeMap<String, LinkedAccount>,
    problems: &mut Problems,
) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for Placed { place, object } in rows {
        let LoadedTransaction {
            mut row,
            refresh_open,
        } = object;
        let here = format!("{}#{}", place.file, place.pointer);
        if let Some(first) = seen.insert(row.id.clone(), here) {
            let problem = format!("is the id of the transaction at {first} too: keep one of them");
            problems.add(&place.at("id"), problem);
            continue;
        }
        let Some(linked) = accounts.get_mut(&row.account) else {
            let problem = "names an account that no file has: add its account object";
            problems.add(&place.at("account"), problem);
            continue;
        };
        if refresh_open {
            row.transaction_refresh = own_refresh(linked, &row);
        }
        linked.transactions.push(row);
    }
}

/// The refresh of the account; a row of an account that has none gets its id on the first one.
fn own_refresh(linked: &LinkedAccount, row: &Transaction) -> String {
    let refresh = linked.account.transaction_refresh.as_ref();
    let id = refresh.and_then(|refresh| refresh.id.clone());
    id.unwrap_or_else(|| row.transaction_refresh.clone())
}
