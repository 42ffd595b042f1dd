//! Lists: every record that fits, once, newest or oldest first.

use proptest::prelude::*;

use super::super::*;
use super::{Tested, on_every_store};
use crate::application::tests::revised;
use crate::limits;

const OUTCOMES: [Outcome; 4] = [
    Outcome::Approve,
    Outcome::Counter,
    Outcome::Refer,
    Outcome::Decline,
];

/// What is varied of one record: outcome, rule set, application, second of recording.
type Spec = (u8, u8, u8, u8);

async fn record_all(ledger: &dyn Ledger, specs: &[Spec]) {
    for name in ["set-0", "set-1"] {
        ledger
            .activate(&tenant(), bundle(name), at(0), None)
            .await
            .unwrap();
    }
    for (number, &(outcome, set, application, second)) in (1..).zip(specs) {
        let bundle = bundle(&format!("set-{}", set % 2));
        let mut asked = intake(number, &bundle);
        asked.application = named(&asked.application, application);
        let mut new = new_decision(number, OUTCOMES[usize::from(outcome % 4)], &bundle);
        new.application = Arc::clone(&asked.application);
        new.recorded_at = at(i64::from(second % 6));
        ledger.reserve(asked).await.unwrap();
        ledger.record(new).await.unwrap();
    }
}

fn named(application: &Application, number: u8) -> Arc<Application> {
    Arc::new(revised(application.clone(), |draft| {
        draft.id = Some(application_id(number));
    }))
}

fn application_id(number: u8) -> ApplicationId {
    ApplicationId::parse(&format!("app-{}", number % 3)).unwrap()
}

async fn pages(
    ledger: &dyn Ledger,
    (filter, order): (&Filter, ListOrder),
    size: usize,
) -> Vec<Vec<DecisionRecord>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = ledger.list(&tenant(), filter, order, after, size).await;
        let page = page.unwrap();
        pages.push(page.decisions);
        after = page.next;
        if after.is_none() {
            return pages;
        }
    }
}

fn fits(record: &DecisionRecord, filter: &Filter) -> bool {
    filter
        .from
        .is_none_or(|from| record.envelope.recorded_at >= from)
        && filter
            .until
            .is_none_or(|until| record.envelope.recorded_at < until)
        && filter
            .outcome
            .is_none_or(|outcome| record.body.outcome() == outcome)
        && filter
            .rule_set
            .as_ref()
            .is_none_or(|name| record.body.pins.rule_set.name == name.as_str())
        && filter
            .application
            .as_ref()
            .is_none_or(|id| record.application.id() == id)
}

fn filters() -> impl Strategy<Value = Filter> {
    let moment = || proptest::option::of((0..7_i64, 0..2_i64));
    let exact =
        |(second, half): (i64, i64)| at(second) + chrono::Duration::milliseconds(500 * half);
    (
        moment(),
        moment(),
        proptest::option::of(0..4_usize),
        proptest::option::of(0..2_u8),
        proptest::option::of(0..3_u8),
    )
        .prop_map(move |(from, until, outcome, set, application)| Filter {
            from: from.map(exact),
            until: until.map(exact),
            outcome: outcome.map(|index| OUTCOMES[index]),
            rule_set: set.map(|set| RuleSetName::parse(&format!("set-{set}")).unwrap()),
            application: application.map(application_id),
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn all_pages_together_are_all_that_fits_once_in_order(
        specs: [Spec; 14],
        filters in proptest::collection::vec(filters(), 12),
        size in 1..6_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for tested in [Tested::file().await, Tested::memory().await] {
                let ledger = &*tested.ledger;
                record_all(ledger, &specs).await;
                let newest = (&Filter::default(), ListOrder::NewestFirst);
                let all = pages(ledger, newest, 100).await.concat();
                prop_assert_eq!(all.len(), specs.len());
                let place = |r: &DecisionRecord| (r.envelope.recorded_at, r.envelope.seq);
                prop_assert!(all.is_sorted_by(|a, b| place(a) > place(b)));
                for filter in &filters {
                    let mut expected: Vec<_> =
                        all.iter().filter(|r| fits(r, filter)).cloned().collect();
                    for order in [ListOrder::NewestFirst, ListOrder::OldestFirst] {
                        let pages = pages(ledger, (filter, order), size).await;
                        let (last, full) = pages.split_last().unwrap();
                        prop_assert!(full.iter().all(|page| page.len() == size));
                        prop_assert!(last.len() <= size && (full.is_empty() || !last.is_empty()));
                        prop_assert_eq!(pages.concat(), &*expected, "{:?}", filter);
                        expected.reverse();
                    }
                }
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn the_page_is_limited_below_at_and_above() {
    for tested in [Tested::file().await, Tested::memory().await] {
        record_over_a_page(&tested.ledger).await;
        for (asked, given) in [
            (0, 1),
            (limits::PAGE_SIZE_MAX - 1, limits::PAGE_SIZE_MAX - 1),
            (limits::PAGE_SIZE_MAX, limits::PAGE_SIZE_MAX),
            (limits::PAGE_SIZE_MAX + 1, limits::PAGE_SIZE_MAX),
        ] {
            let page = tested
                .ledger
                .list(
                    &tenant(),
                    &Filter::default(),
                    ListOrder::NewestFirst,
                    None,
                    asked,
                )
                .await
                .unwrap();
            assert_eq!(page.decisions.len(), given);
            assert!(page.next.is_some());
        }
    }
}

/// Records one decision more than a page has, many at once, so that they share commits.
async fn record_over_a_page(ledger: &Arc<dyn Ledger>) {
    let numbers: Vec<u32> = (0..=u32::try_from(limits::PAGE_SIZE_MAX).unwrap()).collect();
    for some in numbers.chunks(250) {
        let mut tasks = tokio::task::JoinSet::new();
        for number in some.iter().copied() {
            let ledger = Arc::clone(ledger);
            tasks.spawn(async move { drop(decide(&*ledger, number, Outcome::Refer).await) });
        }
        tasks.join_all().await;
    }
}

async fn a_cursor_of_another_list_is_refused(ledger: &dyn Ledger) {
    decide(ledger, 1, Outcome::Refer).await;
    decide(ledger, 2, Outcome::Refer).await;
    let list = |tenant: TenantId, cursor| async move {
        ledger
            .list(
                &tenant,
                &Filter::default(),
                ListOrder::NewestFirst,
                Some(cursor),
                10,
            )
            .await
    };
    assert_eq!(list(tenant(), Cursor(4)).await.unwrap().decisions.len(), 1);
    // Neither beside the chain nor a record of another kind.
    for unknown in [0, 2, 5, u64::MAX] {
        assert_eq!(
            list(tenant(), Cursor(unknown)).await,
            Err(LedgerError::UnknownCursor)
        );
    }
    let other = TenantId::parse("other").unwrap();
    assert_eq!(
        list(other, Cursor(4)).await,
        Err(LedgerError::UnknownCursor)
    );
}

on_every_store!(a_cursor_of_another_list_is_refused,);
