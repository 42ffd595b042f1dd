//! What a request says of the bank data that it wants, and the handles behind which it is.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::application::tests::revised;
use crate::application::{AccountFilter, Application, BankData, DraftApplicant, MaxAge};
use crate::id::{AccountId, Handle, HandleKind};
use crate::proto::{AccountCategory as Kind, AccountSubcategory as Finer};
use crate::service::to_wire;
use crate::snapshot::{Category, Subcategory};

fn seconds(seconds: i64) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds, nanos: 0 })
}

fn bank_data(application: &mut proto::Application) -> &mut proto::BankData {
    application.bank_data.get_or_insert_default()
}

fn ages(application: &mut proto::Application) -> &mut proto::MaxAge {
    bank_data(application).max_age.get_or_insert_default()
}

fn account_filter(application: &mut proto::Application) -> &mut proto::AccountFilter {
    let bank_data = bank_data(application);
    bank_data.account_filter.get_or_insert_default()
}

/// A good request, changed, and parsed.
fn read(change: impl FnOnce(&mut proto::Application)) -> Result<Application, Vec<String>> {
    let mut wire = good_request("k").application.unwrap();
    change(&mut wire);
    application(wire).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

#[test]
fn nothing_said_is_nothing_asked_for() {
    let unsaid = read(|_| {}).unwrap();
    assert!(unsaid.bank_data().is_unspecified());
    // An empty message says as little, so both requests are the same.
    let empty = read(|a| {
        *ages(a) = proto::MaxAge::default();
        *account_filter(a) = proto::AccountFilter::default();
    });
    assert_eq!(empty.unwrap(), unsaid);
}

#[test]
fn what_is_said_is_read() {
    let application = read(|a| {
        bank_data(a).stripe_account = "acct_1Nv0FGQ9RKHgCVdK".to_owned();
        ages(a).balances = seconds(0);
        ages(a).transactions = seconds(3_600);
        account_filter(a).categories = vec![Kind::Cash.into(), Kind::Credit.into()];
        account_filter(a).subcategories = vec![Finer::Savings.into()];
        account_filter(a).without_transactions = true;
    });
    let said = application.unwrap().bank_data().clone();
    let connected = said.stripe_account.as_ref().unwrap();
    assert_eq!(connected.as_str(), "acct_1Nv0FGQ9RKHgCVdK");
    let max_age = MaxAge {
        balances: Some(Duration::ZERO),
        ownership: None,
        transactions: Some(Duration::from_secs(3_600)),
    };
    assert_eq!(said.max_age, max_age);
    assert!(said.accounts.categories.contains("credit"));
    assert!(said.accounts.subcategories.contains("savings"));
    assert!(said.accounts.without_transactions);
}

#[test]
fn an_age_is_taken_up_to_its_limit_and_refused_above() {
    let max = i64::try_from(limits::MAX_AGE_MAX.as_secs()).unwrap();
    let with = |age: i64| read(|a| ages(a).ownership = seconds(age));
    for age in [0, 1, max - 1, max] {
        let read = with(age).unwrap().bank_data().max_age.ownership.unwrap();
        assert_eq!(i64::try_from(read.as_secs()), Ok(age));
    }
    for age in [max + 1, i64::MAX, -1, i64::MIN] {
        let problem = "application.bank_data.max_age.ownership: is not a whole number of seconds \
                       from 0 to 365 days";
        assert_eq!(with(age), Err(vec![problem.to_owned()]), "{age}");
    }
}

#[test]
fn an_age_has_no_parts_of_seconds() {
    for (seconds, nanos) in [(1, 1), (0, 999_999_999), (0, -1), (-1, -1), (1, i32::MIN)] {
        let age = Some(prost_types::Duration { seconds, nanos });
        assert!(
            read(|a| ages(a).balances = age).is_err(),
            "{seconds} {nanos}"
        );
    }
}

#[test]
fn each_bad_part_is_named() {
    each_names_its_field(&[
        (
            |_, a| ages(a).balances = seconds(-1),
            "application.bank_data.max_age.balances",
        ),
        (
            |_, a| ages(a).transactions = seconds(-1),
            "application.bank_data.max_age.transactions",
        ),
        (
            |_, a| bank_data(a).stripe_account = "cus_1".into(),
            "application.bank_data.stripe_account",
        ),
        (
            |_, a| bank_data(a).stripe_account = "acct_".into(),
            "application.bank_data.stripe_account",
        ),
        (
            |_, a| bank_data(a).stripe_account = "acct_1/../2".into(),
            "application.bank_data.stripe_account",
        ),
        (
            |_, a| account_filter(a).categories = vec![Kind::Cash.into(), 0],
            "application.bank_data.account_filter.categories[1]",
        ),
        (
            |_, a| account_filter(a).categories = vec![Kind::Unrecognized.into()],
            "application.bank_data.account_filter.categories[0]",
        ),
        (
            |_, a| account_filter(a).subcategories = vec![77],
            "application.bank_data.account_filter.subcategories[0]",
        ),
    ]);
}

#[test]
fn a_number_that_is_none_gets_those_that_are() {
    let problems = read(|a| account_filter(a).categories = vec![-1]).unwrap_err();
    assert_eq!(
        problems,
        [
            "application.bank_data.account_filter.categories[0]: is none of CASH, CREDIT, \
          INVESTMENT, OTHER"
        ]
    );
    let all = read(|a| {
        account_filter(a).categories = (2..=5).collect();
        account_filter(a).subcategories = (2..=7).collect();
    });
    let accounts = all.unwrap().bank_data().accounts.clone();
    assert_eq!(accounts.categories.len(), Category::WORDS.len());
    assert_eq!(accounts.subcategories.len(), Subcategory::WORDS.len());
}

#[test]
fn a_handle_of_every_kind_does_in_place_of_an_account() {
    for (kind, prefix, words) in HandleKind::ALL {
        let only = read(|a| {
            a.applicants[0].account_ids.clear();
            a.applicants[0].handles = vec![format!("{prefix}1Abc_9")];
        });
        let applicant = only.unwrap().applicants()[0].clone();
        assert_eq!(applicant.handles[0].kind(), kind, "{words}");
        assert!(applicant.account_ids.is_empty());
    }
}

#[test]
fn a_bad_handle_is_named_alone() {
    fn only(handles: &[&str], a: &mut proto::Application) {
        a.applicants[0].account_ids.clear();
        a.applicants[0].handles = handles.iter().map(|id| (*id).to_owned()).collect();
    }
    each_names_its_field(&[
        (
            |_, a| only(&["fca_1"], a),
            "application.applicants[0].handles[0]",
        ),
        (
            |_, a| only(&["pm_1", "ch_1"], a),
            "application.applicants[0].handles[1]",
        ),
        (
            |_, a| only(&["", "pm_1"], a),
            "application.applicants[0].handles[0]",
        ),
        (
            |_, a| only(&["pi_1?expand[]=customer"], a),
            "application.applicants[0].handles[0]",
        ),
        (
            |_, a| only(&["pm_1", "cus_1", "pm_1"], a),
            "application.applicants[0].handles[2]",
        ),
        // Neither an account nor a handle.
        (|_, a| only(&[], a), "application.applicants[0].account_ids"),
    ]);
    let problems = read(|a| only(&["fca_1"], a)).unwrap_err();
    assert_eq!(
        problems,
        ["application.applicants[0].handles[0]: is the id of an account: put it in `account_ids`"]
    );
}

#[test]
fn a_handle_may_not_stand_under_two_applicants() {
    let problems = read(|a| {
        let mut second = a.applicants[0].clone();
        second.id = "p2".to_owned();
        second.role = proto::ApplicantRole::CoApplicant.into();
        second.account_ids.clear();
        second.handles = vec!["cus_1".to_owned()];
        a.applicants[0].handles = vec!["cus_1".to_owned()];
        a.applicants.push(second);
    });
    assert_eq!(
        problems.unwrap_err(),
        [
            "application.applicants[1].handles[0]: is listed twice: name each handle once, one of joint \
          accounts under one applicant"
        ]
    );
}

#[test]
fn accounts_and_handles_have_one_limit_below_at_and_above() {
    let with = |accounts: usize, handles: usize| {
        read(|a| {
            a.applicants[0].account_ids = (0..accounts).map(|n| format!("fca_{n}")).collect();
            a.applicants[0].handles = (0..handles).map(|n| format!("pm_{n}")).collect();
        })
    };
    let max = limits::ACCOUNTS_MAX;
    for (accounts, handles) in [(max - 1, 0), (max, 0), (0, max), (20, max - 20), (20, 29)] {
        assert!(with(accounts, handles).is_ok(), "{accounts} and {handles}");
    }
    for (accounts, handles) in [(max + 1, 0), (0, max + 1), (max, 1), (20, max - 19)] {
        assert_eq!(
            with(accounts, handles).unwrap_err(),
            ["application.applicants: has more than 50 accounts and handles in all"]
        );
    }
}

fn words(known: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<String>> {
    let word = proptest::sample::select(known.to_vec()).prop_map(str::to_owned);
    prop::collection::btree_set(word, 0..known.len())
}

fn any_age() -> impl Strategy<Value = Option<Duration>> {
    proptest::option::of((0..=limits::MAX_AGE_MAX.as_secs()).prop_map(Duration::from_secs))
}

fn any_bank_data() -> impl Strategy<Value = BankData> {
    let max_age =
        (any_age(), any_age(), any_age()).prop_map(|(balances, ownership, transactions)| MaxAge {
            balances,
            ownership,
            transactions,
        });
    let filter = (
        words(Category::WORDS),
        words(Subcategory::WORDS),
        any::<bool>(),
    )
        .prop_map(
            |(categories, subcategories, without_transactions)| AccountFilter {
                categories,
                subcategories,
                without_transactions,
            },
        );
    let connected = proptest::option::of("acct_[a-zA-Z0-9]{1,24}");
    (connected, max_age, filter).prop_map(|(connected, max_age, accounts)| BankData {
        stripe_account: connected.map(|id| id.parse().unwrap()),
        max_age,
        accounts,
    })
}

fn any_applicant() -> impl Strategy<Value = DraftApplicant> {
    let prefixes: Vec<&str> = HandleKind::ALL
        .iter()
        .map(|(_, prefix, _)| *prefix)
        .collect();
    let handle = (proptest::sample::select(prefixes), "[a-zA-Z0-9]{1,24}");
    let handle = handle.prop_map(|(prefix, rest)| format!("{prefix}{rest}"));
    let handles = prop::collection::btree_set(handle, 1..5);
    let accounts = prop::collection::btree_set("fca_[a-zA-Z0-9]{1,24}", 0..5);
    (accounts, handles).prop_map(|(accounts, handles)| {
        let mut applicant = read(|_| {}).unwrap().into_draft().applicants.remove(0);
        let accounts = accounts
            .iter()
            .map(|id| Some(AccountId::parse(id).unwrap()));
        applicant.account_ids = accounts.collect();
        applicant.handles = handles
            .iter()
            .map(|id| Some(Handle::parse(id).unwrap()))
            .collect();
        applicant
    })
}

proptest! {
    #[test]
    fn what_is_written_on_the_wire_reads_back_the_same(
        bank_data in any_bank_data(),
        applicant in any_applicant(),
    ) {
        let asked = revised(read(|_| {}).unwrap(), |draft| {
            draft.bank_data = bank_data;
            draft.applicants = vec![applicant];
        });
        let wire = to_wire::application(&asked);
        prop_assert_eq!(application(wire).unwrap(), asked.clone());
        // As the ledger keeps it.
        let kept = serde_json::to_string(&asked).unwrap();
        prop_assert_eq!(serde_json::from_str::<Application>(&kept).unwrap(), asked);
    }

    #[test]
    fn any_handle_and_any_age_are_taken_or_named(
        handle in "(fcsess|cus|acct|pm|pi|seti|cs|sub|in|fca|x)?_?\\PC{0,12}",
        age in any::<(i64, i32)>(),
    ) {
        let found = read(|a| {
            a.applicants[0].handles = vec![handle.clone()];
            let (seconds, nanos) = age;
            ages(a).balances = Some(prost_types::Duration { seconds, nanos });
        });
        for problem in found.err().iter().flatten() {
            let field = problem.split(": ").next().unwrap();
            let known = [
                "application.applicants[0].handles[0]",
                "application.bank_data.max_age.balances",
            ];
            prop_assert!(known.contains(&field), "{}", problem);
        }
    }
}
