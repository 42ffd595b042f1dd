//! The rule by examples, and its laws.

use proptest::prelude::*;

use super::*;

fn account(id: &str) -> Account {
    Account {
        id: AccountId::parse(&format!("fca_{id}")).unwrap(),
        category: Category::Cash,
        subcategory: Subcategory::Checking,
        institution: "Test Bank".to_owned(),
        last4: Some(format!("{id:0>4}")),
        display_name: Some("Jane Roe's".to_owned()),
        status: Status::Active,
        permissions: [Permission::Transactions].into(),
        livemode: false,
        payment_methods: BTreeSet::new(),
        connected_account: None,
    }
}

fn card(id: &str) -> Account {
    Account {
        category: Category::Credit,
        subcategory: Subcategory::CreditCard,
        ..account(id)
    }
}

fn with(id: &str, change: impl FnOnce(&mut Account)) -> Account {
    let mut account = account(id);
    change(&mut account);
    account
}

fn filter(
    categories: &[&str],
    subcategories: &[&str],
    without_transactions: bool,
) -> AccountFilter {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    AccountFilter {
        categories: words(categories),
        subcategories: words(subcategories),
        without_transactions,
    }
}

fn taken(accounts: &[Account], filter: &AccountFilter) -> Vec<String> {
    let choice = choose(accounts, filter).unwrap();
    choice.taken.iter().map(ToString::to_string).collect()
}

#[test]
fn cash_accounts_with_transactions_are_taken_in_the_order_of_their_ids() {
    let unreadable = with("d", |account| account.permissions.clear());
    let all = [account("c"), card("b"), account("a"), unreadable];
    let choice = choose(&all, &AccountFilter::default()).unwrap();
    assert_eq!(taken(&all, &AccountFilter::default()), ["fca_a", "fca_c"]);
    let left_out: Vec<_> = choice.left_out.into_values().collect();
    assert_eq!(left_out, [LeftOut::OtherKind, LeftOut::NoTransactions]);
}

#[test]
fn a_filter_narrows_and_widens() {
    let savings = with("s", |account| account.subcategory = Subcategory::Savings);
    let unreadable = with("u", |account| account.permissions.clear());
    let all = [account("a"), card("b"), savings, unreadable];
    assert_eq!(taken(&all, &filter(&[], &["savings"], false)), ["fca_s"]);
    assert_eq!(
        taken(&all, &filter(&["cash", "credit"], &[], false)),
        ["fca_a", "fca_b", "fca_s"]
    );
    assert_eq!(
        taken(&all, &filter(&[], &["checking"], true)),
        ["fca_a", "fca_u"]
    );
}

#[test]
fn an_account_to_be_linked_again_is_taken_until_it_is() {
    let mut old = with("old", |account| account.status = Status::Inactive);
    old.last4 = Some("6789".to_owned());
    let default = AccountFilter::default();
    assert_eq!(
        taken(&[old.clone(), account("x")], &default),
        ["fca_old", "fca_x"]
    );
    let mut again = account("again");
    again.last4.clone_from(&old.last4);
    assert_eq!(
        taken(&[old.clone(), again.clone()], &default),
        ["fca_again"]
    );
    // The new link does not hide the old one where it is not taken itself.
    again.permissions.clear();
    assert_eq!(taken(&[old.clone(), again.clone()], &default), ["fca_old"]);
    // Without digits nobody knows.
    let blank = |mut account: Account| {
        account.last4 = None;
        account.permissions.insert(Permission::Transactions);
        account
    };
    assert_eq!(
        taken(&[blank(old), blank(again)], &default),
        ["fca_again", "fca_old"]
    );
}

#[test]
fn a_status_that_is_not_known_is_taken_and_a_cut_link_beside_others() {
    let odd = with("odd", |account| {
        account.status = Status::from_word("paused")
    });
    let cut = with("cut", |account| account.status = Status::Disconnected);
    // The income may have been on it: the decision is to see that it is gone.
    assert_eq!(
        taken(&[odd.clone(), cut.clone()], &AccountFilter::default()),
        ["fca_cut", "fca_odd"]
    );
    let mut again = account("again");
    again.last4 = Some("6789".to_owned());
    let mut old = cut.clone();
    old.last4.clone_from(&again.last4);
    assert_eq!(
        taken(&[old, again], &AccountFilter::default()),
        ["fca_again"]
    );
    let mut cut_card = card("gone");
    cut_card.status = Status::Disconnected;
    assert_eq!(
        taken(&[odd, cut_card], &AccountFilter::default()),
        ["fca_odd"]
    );
    let ChoiceError::None(none) = choose(&[cut], &AccountFilter::default()).unwrap_err() else {
        panic!("one was taken");
    };
    assert_eq!(none.would_take, None);
    assert_eq!(
        none.to_string(),
        "of the accounts behind it (1 cash/checking) none is taken: 1 disconnected; have the \
         applicant link an account again"
    );
}

#[test]
fn where_none_is_taken_the_nearest_filter_is_named_and_nobody_is() {
    let unreadable = with("u", |account| account.permissions.clear());
    let odd = with("x", |account| {
        account.category = Category::from_word("Jane")
    });
    let error = choose(&[card("b"), unreadable, odd], &AccountFilter::default()).unwrap_err();
    assert_eq!(error.code(), "no_account_chosen");
    assert_eq!(
        error.to_string(),
        "of the accounts behind it (1 cash/checking, 1 credit/credit_card, 1 unknown) none is \
         taken: 2 of another kind, 1 without permission to read transactions; have the applicant \
         link another account, or send `bank_data.account_filter` with `without_transactions` true"
    );
    let error = choose(&[card("b")], &filter(&[], &["credit_card"], false)).unwrap_err();
    assert!(
        error.to_string().ends_with("with `categories` credit"),
        "{error}"
    );
}

#[test]
fn what_is_taken_is_limited_below_at_and_above() {
    let max = limits::ACCOUNTS_MAX;
    for count in [max - 1, max, max + 1] {
        let all: Vec<_> = (0..count)
            .map(|number| account(&number.to_string()))
            .collect();
        match choose(&all, &AccountFilter::default()) {
            Ok(choice) => assert!(choice.taken.len() == count && count <= max),
            Err(error) => {
                assert_eq!(error, ChoiceError::TooMany { found: count, max });
                assert!(count > max);
            }
        }
    }
}

fn any_account() -> impl Strategy<Value = Account> {
    let word =
        |words: &'static [&'static str]| prop::sample::select([words, &["something_new"]].concat());
    (
        "[a-z]{1,3}",
        word(Category::WORDS),
        word(Subcategory::WORDS),
        word(Status::WORDS),
        prop::option::of("[0-9]"),
        any::<bool>(),
    )
        .prop_map(|(id, category, subcategory, status, last4, readable)| {
            with(&id, |account| {
                account.category = Category::from_word(category);
                account.subcategory = Subcategory::from_word(subcategory);
                account.status = Status::from_word(status);
                account.last4 = last4;
                if !readable {
                    account.permissions.clear();
                }
            })
        })
}

fn any_filter() -> impl Strategy<Value = AccountFilter> {
    let words = |words: &'static [&'static str]| prop::sample::subsequence(words, 0..=words.len());
    (
        words(Category::WORDS),
        words(Subcategory::WORDS),
        any::<bool>(),
    )
        .prop_map(|(categories, subcategories, without)| {
            filter(&categories, &subcategories, without)
        })
}

/// Accounts with ids of their own.
fn any_accounts() -> impl Strategy<Value = Vec<Account>> {
    prop::collection::vec(any_account(), 0..12).prop_map(|accounts| {
        let by_id: BTreeMap<_, _> = accounts
            .into_iter()
            .map(|account| (account.id.clone(), account))
            .collect();
        by_id.into_values().collect()
    })
}

proptest! {
    #[test]
    fn every_account_is_taken_or_left_out_for_a_reason(
        accounts in any_accounts(),
        filter in any_filter(),
    ) {
        match choose(&accounts, &filter) {
            Ok(choice) => {
                prop_assert!(choice.taken.is_sorted_by(|a, b| a < b));
                prop_assert_eq!(choice.taken.len() + choice.left_out.len(), accounts.len());
                prop_assert!(choice.taken.iter().all(|id| !choice.left_out.contains_key(id)));
            }
            Err(ChoiceError::None(none)) => {
                prop_assert_eq!(none.found, accounts.len());
                prop_assert_eq!(none.left_out.values().sum::<usize>(), none.found);
                prop_assert_eq!(none.kinds.values().sum::<usize>(), none.found);
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn neither_order_nor_repetition_matters(
        accounts in any_accounts(),
        filter in any_filter(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut turned = accounts.clone();
        if !turned.is_empty() {
            turned.rotate_left(cut.index(accounts.len()));
            turned.push(accounts[cut.index(accounts.len())].clone());
        }
        prop_assert_eq!(choose(&turned, &filter), choose(&accounts, &filter));
    }

    #[test]
    fn the_filter_that_is_named_takes_some(accounts in any_accounts(), filter in any_filter()) {
        let Err(ChoiceError::None(none)) = choose(&accounts, &filter) else {
            return Ok(());
        };
        match &none.would_take {
            Some(wider) => {
                let choice = choose(&accounts, wider);
                prop_assert!(choice.is_ok_and(|choice| !choice.taken.is_empty()));
            }
            None => {
                let known = accounts.iter().filter(|account| {
                    account.status != Status::Disconnected
                        && Category::WORDS.contains(&account.category.as_word())
                });
                prop_assert_eq!(known.count(), 0);
            }
        }
    }

    #[test]
    fn what_is_taken_is_wanted_and_what_is_active_and_wanted_is_taken(
        accounts in any_accounts(),
        filter in any_filter(),
    ) {
        let Ok(choice) = choose(&accounts, &filter) else {
            return Ok(());
        };
        for account in &accounts {
            let wanted = is_wanted(account, &filter).is_none();
            let taken = choice.taken.contains(&account.id);
            prop_assert!(wanted || !taken);
            prop_assert!(taken || !(wanted && account.status == Status::Active));
            let alone = |id: &AccountId| *id == account.id;
            let cut = account.status == Status::Disconnected;
            prop_assert!(!(taken && cut && choice.taken.iter().all(alone)));
        }
    }
}
