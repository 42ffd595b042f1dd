//! Lists: every record that fits, once, newest first.

use proptest::prelude::*;

use super::*;
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

async fn desk_of(specs: &[Spec]) -> Desk {
    let desk = Desk::new().await;
    for name in ["set-0", "set-1"] {
        desk.ledger
            .activate(&tenant(), bundle(name), at(0))
            .await
            .unwrap();
    }
    for (number, &(outcome, set, application, second)) in (1..).zip(specs) {
        let bundle = bundle(&format!("set-{}", set % 2));
        let mut asked = intake(number, &bundle);
        asked.application = named(&asked.application, application);
        let asked_for = Arc::clone(&asked.application);
        desk.ledger.reserve(asked).await.unwrap();
        let mut new = new_decision(number, OUTCOMES[usize::from(outcome % 4)], &bundle);
        new.application = Arc::clone(&asked_for);
        new.recorded_at = at(i64::from(second % 6));
        desk.ledger.record(new).await.unwrap();
    }
    desk
}

fn named(application: &Application, number: u8) -> Arc<Application> {
    Arc::new(revised(application.clone(), |draft| {
        draft.id = Some(application_id(number));
    }))
}

fn application_id(number: u8) -> ApplicationId {
    ApplicationId::parse(&format!("app-{}", number % 3)).unwrap()
}

async fn pages(desk: &Desk, filter: &Filter, size: usize) -> Vec<Vec<DecisionRecord>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = desk
            .ledger
            .list(&tenant(), filter, after, size)
            .await
            .unwrap();
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
    fn all_pages_together_are_all_that_fits_once_newest_first(
        specs: [Spec; 14],
        filters in proptest::collection::vec(filters(), 12),
        size in 1..6_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let desk = desk_of(&specs).await;
            let all = pages(&desk, &Filter::default(), 100).await.concat();
            prop_assert_eq!(all.len(), specs.len());
            let place = |r: &DecisionRecord| (r.envelope.recorded_at, r.envelope.seq);
            prop_assert!(all.is_sorted_by(|a, b| place(a) > place(b)));
            for filter in &filters {
                let expected: Vec<_> = all.iter().filter(|r| fits(r, filter)).cloned().collect();
                let pages = pages(&desk, filter, size).await;
                let (last, full) = pages.split_last().unwrap();
                prop_assert!(full.iter().all(|page| page.len() == size));
                prop_assert!(last.len() <= size && (full.is_empty() || !last.is_empty()));
                prop_assert_eq!(pages.concat(), expected, "{:?}", filter);
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn the_page_is_limited_below_at_and_above() {
    let desk = Desk::new().await;
    let bundle = bundle("personal-loan");
    let count = u32::try_from(limits::PAGE_SIZE_MAX).unwrap() + 1;
    let chain_id = desk.ledger.chain_id().to_owned();
    let all_in_one_commit = desk.ledger.append(move |writer| {
        for number in 1..=count {
            let asked = append::PreparedIntake::new(intake(number, &bundle))?;
            append::reserve(writer, &chain_id, &asked)?;
            let new = new_decision(number, Outcome::Refer, &bundle);
            append::record(writer, &chain_id, append::Prepared::new(new)?)?;
        }
        Ok(())
    });
    all_in_one_commit.await.unwrap();
    for (asked, given) in [
        (0, 1),
        (limits::PAGE_SIZE_MAX - 1, limits::PAGE_SIZE_MAX - 1),
        (limits::PAGE_SIZE_MAX, limits::PAGE_SIZE_MAX),
        (limits::PAGE_SIZE_MAX + 1, limits::PAGE_SIZE_MAX),
    ] {
        let page = desk
            .ledger
            .list(&tenant(), &Filter::default(), None, asked)
            .await
            .unwrap();
        assert_eq!(page.decisions.len(), given);
        assert!(page.next.is_some());
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let desk = Desk::with(2).await;
    let list = |tenant: TenantId, cursor| {
        let ledger = &desk.ledger;
        async move {
            ledger
                .list(&tenant, &Filter::default(), Some(cursor), 10)
                .await
        }
    };
    assert_eq!(list(tenant(), Cursor(2)).await.unwrap().decisions.len(), 1);
    for unknown in [0, 3, u64::MAX] {
        assert_eq!(
            list(tenant(), Cursor(unknown)).await,
            Err(LedgerError::UnknownCursor)
        );
    }
    let other = TenantId::parse("other").unwrap();
    assert_eq!(
        list(other, Cursor(2)).await,
        Err(LedgerError::UnknownCursor)
    );
}

#[tokio::test]
async fn every_filter_is_answered_from_an_index_without_sorting() {
    let desk = Desk::with(1).await;
    let connection = behind(&desk.path);
    let some = Filter {
        from: Some(at(0)),
        until: Some(at(9)),
        outcome: Some(Outcome::Refer),
        rule_set: Some(RuleSetName::parse("personal-loan").unwrap()),
        application: Some(ApplicationId::parse("app-1").unwrap()),
    };
    for chosen in 0..32_u8 {
        let pick = |bit: u8| chosen & (1 << bit) != 0;
        let filter = Filter {
            from: some.from.filter(|_| pick(0)),
            until: some.until.filter(|_| pick(1)),
            outcome: some.outcome.filter(|_| pick(2)),
            rule_set: some.rule_set.clone().filter(|_| pick(3)),
            application: some.application.clone().filter(|_| pick(4)),
        };
        for after in [None, Some((5, 5))] {
            let (sql, values) = read::list_query(&tenant(), &filter, after, 10);
            let plan: Vec<String> = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap()
                .query_map(rusqlite::params_from_iter(values), |row| row.get(3))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            assert_eq!(plan.len(), 2, "{plan:?}");
            assert!(plan[0].starts_with("SEARCH decisions USING INDEX decisions_by_"));
            assert!(plan[1].starts_with("SEARCH contents USING INTEGER PRIMARY KEY"));
            if pick(0) || pick(1) || after.is_some() {
                assert!(plan[0].contains("recorded_at"), "{plan:?}");
            }
        }
    }
}
