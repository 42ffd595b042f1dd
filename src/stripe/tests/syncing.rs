//! Transactions brought up to date: only what changed is listed, and it comes to the same.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::server::{Bank, Call, Reply, Server, page, refresh};
use super::*;
use crate::calendar::Zone;
use crate::id::{ConnectedAccountId, TransactionRefreshId};
use crate::snapshot::{Absence, Part, QualityFlag, Snapshot, Synced, TransactionStatus, freeze};

/// An account whose transactions change by refreshes, as at Stripe.
struct World {
    rows: Vec<Value>,
    /// The refresh that last changed each row.
    by: Vec<usize>,
    /// The number of the last refresh that succeeded.
    done: usize,
    shown: Value,
    now: i64,
    /// Ends as soon as the transactions are listed.
    under_way: Vec<Change>,
    /// Refreshes up to this one are forgotten.
    forgotten: usize,
}

#[derive(Debug, Clone)]
enum Change {
    Add {
        amount: i64,
        days_ago: i64,
        pending: bool,
    },
    Post {
        which: usize,
        amount: i64,
    },
    Void {
        which: usize,
    },
}

fn refresh_id(number: usize) -> String {
    format!("fctxnref_{number}")
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            rows: Vec::new(),
            by: Vec::new(),
            done: 0,
            shown: Value::Null,
            now: NOW,
            under_way: Vec::new(),
            forgotten: 0,
        };
        world.refresh(&[]);
        world
    }

    fn show(&mut self, number: usize, status: &str) {
        self.shown = json!({"id": refresh_id(number), "status": status,
            "last_attempted_at": self.now, "next_refresh_available_at": null});
    }

    /// A refresh that succeeds and brings these changes.
    fn refresh(&mut self, changes: &[Change]) {
        self.done += 1;
        self.show(self.done, "succeeded");
        for change in changes {
            self.change(change);
        }
    }

    fn change(&mut self, change: &Change) {
        let (now, count) = (self.now, self.rows.len());
        match change {
            Change::Add {
                amount,
                days_ago,
                pending,
            } => {
                let at = now - days_ago * DAY;
                let posted = (!pending).then_some(at);
                let status = if *pending { "pending" } else { "posted" };
                self.rows.push(
                    json!({"id": format!("fctxn_{count:04}"), "account": "fca_1",
                    "amount": amount, "currency": "usd", "description": "SHOP", "livemode": false,
                    "status": status, "transacted_at": at, "updated": now,
                    "status_transitions": {"posted_at": posted, "void_at": null}}),
                );
                self.by.push(self.done);
            }
            Change::Post { which, amount } if count > 0 => {
                let row = &mut self.rows[which % count];
                row["amount"] = json!(amount);
                row["status"] = json!("posted");
                row["status_transitions"]["posted_at"] = json!(now);
                row["updated"] = json!(now);
                self.by[which % count] = self.done;
            }
            Change::Void { which } if count > 0 => {
                let row = &mut self.rows[which % count];
                row["status"] = json!("void");
                row["status_transitions"]["void_at"] = json!(now);
                row["updated"] = json!(now);
                self.by[which % count] = self.done;
            }
            Change::Post { .. } | Change::Void { .. } => {}
        }
    }

    fn answer(&mut self, call: &Call) -> Reply {
        if !call.is_list("/transactions") {
            let age = NOW - self.now;
            let mut bank = Bank::new(0)
                .with("balance_refresh", refresh("succeeded", age))
                .with("ownership_refresh", refresh("succeeded", age))
                .with("transaction_refresh", self.shown.clone());
            return bank.answer(call);
        }
        let under_way = std::mem::take(&mut self.under_way);
        if !under_way.is_empty() {
            self.refresh(&under_way);
        }
        let after = match call.query("transaction_refresh[after]") {
            None => 0,
            Some(id) => {
                let number = id.strip_prefix("fctxnref_").unwrap();
                let number: usize = number.parse().unwrap();
                if number <= self.forgotten || number > self.done {
                    let error = json!({"type": "invalid_request_error", "code": "resource_missing",
                        "param": "transaction_refresh[after]", "message": "No such refresh"});
                    return Reply::json(404, &json!({ "error": error }));
                }
                number
            }
        };
        let since = call.query("transacted_at[gte]").unwrap_or("0");
        let since: i64 = since.parse().unwrap();
        let rows = self.rows.iter().zip(&self.by);
        let mut rows: Vec<Value> = rows
            .filter(|(row, by)| **by > after && row["transacted_at"].as_i64().unwrap() >= since)
            .map(|(row, _)| row.clone())
            .collect();
        rows.reverse();
        Reply::json(200, &page(call, &rows, "/transactions"))
    }
}

/// A client of a world, which it shares.
struct Fixture {
    world: Arc<Mutex<World>>,
    server: Server,
    client: StripeClient,
}

impl Fixture {
    async fn new() -> Self {
        let world = Arc::new(Mutex::new(World::new()));
        let shared = Arc::clone(&world);
        let server = Server::start(move |call, _| shared.lock().unwrap().answer(call)).await;
        let client = client(&server);
        Self {
            world,
            server,
            client,
        }
    }

    fn refresh(&self, changes: &[Change]) {
        self.world.lock().unwrap().refresh(changes);
    }

    fn wanted(&self, known: Option<&Snapshot>) -> FetchRequest {
        FetchRequest {
            settle_within: Duration::ZERO,
            known: known.cloned(),
            ..wanted(at(self.world.lock().unwrap().now))
        }
    }

    async fn get(&self, known: Option<&Snapshot>) -> Snapshot {
        self.ask(&self.wanted(known)).await
    }

    async fn ask(&self, wanted: &FetchRequest) -> Snapshot {
        freeze(self.client.fetch(wanted).await.unwrap(), Zone::default())
    }

    /// The lists asked for since the last look: each by where it went on from.
    fn lists(&self, before: usize) -> Vec<Option<String>> {
        let calls = self.server.calls();
        let lists = calls[before..].iter();
        lists
            .filter(|call| call.is_list("/transactions"))
            .map(|call| call.query("transaction_refresh[after]").map(str::to_owned))
            .collect()
    }

    fn calls(&self) -> usize {
        self.server.calls().len()
    }
}

fn add(amount: i64, days_ago: i64, pending: bool) -> Change {
    Change::Add {
        amount,
        days_ago,
        pending,
    }
}

fn row(snapshot: &Snapshot, place: usize) -> (i64, &TransactionStatus) {
    let row = snapshot.transactions.known().unwrap().get(place).unwrap();
    (row.amount, row.status)
}

/// What the data says, without how it was come by.
fn told(snapshot: &Snapshot) -> Snapshot {
    Snapshot {
        transaction_refresh: None,
        ..snapshot.clone()
    }
}

#[tokio::test]
async fn a_row_is_followed_from_pending_to_posted_to_void() {
    let fixture = Fixture::new().await;
    fixture.refresh(&[add(-500, 3, true), add(-900, 2, false)]);
    let pending = fixture.get(None).await;
    assert_eq!(row(&pending, 0), (-500, &TransactionStatus::Pending));
    // A tip makes it more when it posts; that is no contradiction.
    fixture.refresh(&[Change::Post {
        which: 0,
        amount: -600,
    }]);
    let before = fixture.calls();
    let posted = fixture.get(Some(&pending)).await;
    assert_eq!(fixture.lists(before), [Some(refresh_id(2))]);
    assert_eq!(row(&posted, 0), (-600, &TransactionStatus::Posted));
    assert_eq!(row(&posted, 1), (-900, &TransactionStatus::Posted));
    assert!(!posted.flags.contains(&QualityFlag::DuplicateConflict));
    fixture.refresh(&[Change::Void { which: 0 }]);
    let void = fixture.get(Some(&posted)).await;
    assert_eq!(row(&void, 0), (-600, &TransactionStatus::Void));
    assert_eq!(told(&void), told(&fixture.get(None).await));
}

#[tokio::test]
async fn without_a_new_refresh_nothing_is_listed() {
    let fixture = Fixture::new().await;
    fixture.refresh(&[add(-500, 3, false)]);
    let known = fixture.get(None).await;
    let before = fixture.calls();
    let again = fixture.get(Some(&known)).await;
    assert_eq!(fixture.calls() - before, 1, "the account, and nothing else");
    assert_eq!(again, known);
}

#[tokio::test]
async fn what_a_forgotten_refresh_brought_is_listed_anew() {
    let fixture = Fixture::new().await;
    fixture.refresh(&[add(-500, 3, false)]);
    let known = fixture.get(None).await;
    fixture.refresh(&[add(-900, 2, false)]);
    fixture.world.lock().unwrap().forgotten = 2;
    let before = fixture.calls();
    let again = fixture.get(Some(&known)).await;
    assert_eq!(fixture.lists(before), [Some(refresh_id(2)), None]);
    assert_eq!(again, fixture.get(None).await);
}

#[tokio::test]
async fn another_refusal_of_the_list_is_an_error() {
    let world = Mutex::new(World::new());
    let server = Server::start(move |call, _| {
        if call.query("transaction_refresh[after]").is_some() {
            return Reply::error(404, "invalid_request_error", "resource_missing");
        }
        world.lock().unwrap().answer(call)
    })
    .await;
    let mut again = wanted(at(NOW));
    let fetched = client(&server).fetch(&again).await.unwrap();
    let mut known = freeze(fetched, Zone::default());
    known.transaction_refresh.as_mut().unwrap().refresh = "fctxnref_0".parse().unwrap();
    again.known = Some(known);
    let error = client(&server).fetch(&again).await.unwrap_err();
    assert_eq!(error.code(), "stripe_not_found");
}

#[tokio::test]
async fn a_refresh_that_ends_while_the_rows_are_read_is_not_taken_for_known() {
    let fixture = Fixture::new().await;
    fixture.refresh(&[add(-500, 3, true)]);
    // The list shows what this refresh brought, or half of it; what was read before names it not.
    fixture.world.lock().unwrap().under_way = vec![Change::Void { which: 0 }];
    let known = fixture.get(None).await;
    let synced = known.transaction_refresh.clone().unwrap();
    assert_eq!(synced.refresh.as_str(), refresh_id(2));
    assert_eq!(synced.since, fixture.wanted(None).since);
    let before = fixture.calls();
    let again = fixture.get(Some(&known)).await;
    assert_eq!(fixture.lists(before), [Some(refresh_id(2))]);
    assert_eq!(row(&again, 0), (-500, &TransactionStatus::Void));
}

#[tokio::test]
async fn only_a_refresh_that_succeeded_is_gone_on_from() {
    for status in ["pending", "failed", "paused"] {
        let fixture = Fixture::new().await;
        fixture.refresh(&[add(-500, 3, false)]);
        let known = fixture.get(None).await;
        fixture.world.lock().unwrap().show(3, status);
        let unsettled = fixture.get(None).await;
        assert_eq!(unsettled.transaction_refresh, None, "{status}");
        assert_eq!(unsettled.refreshed.transactions, None, "{status}");
        let again = fixture.get(Some(&known)).await;
        assert_eq!(
            again.transaction_refresh, known.transaction_refresh,
            "{status}"
        );
        assert_eq!(
            again.transactions, known.transactions,
            "{status}: from before"
        );
    }
}

#[tokio::test]
async fn nothing_is_built_on_what_may_be_wrong() {
    let fixture = Fixture::new().await;
    fixture.refresh(&[add(-500, 3, false)]);
    let known = fixture.get(None).await;
    type Spoil = fn(&mut Snapshot);
    let spoiled: [(&str, Spoil); 10] = [
        ("cut", |s| _ = s.flags.insert(QualityFlag::HistoryCut)),
        ("two contents", |s| {
            _ = s.flags.insert(QualityFlag::DuplicateConflict);
        }),
        ("unknown", |s| _ = s.flags.insert(QualityFlag::UnknownValue)),
        ("nothing", |s| _ = s.flags.insert(QualityFlag::NotFetched)),
        ("no rows", |s| {
            s.transactions = Part::Absent(Absence::NotReady);
        }),
        ("no refresh", |s| s.transaction_refresh = None),
        ("less far back", |s| {
            let synced = s.transaction_refresh.as_mut().unwrap();
            synced.since += chrono::Duration::seconds(1);
        }),
        ("another account", |s| {
            s.account.id = "fca_2".parse().unwrap();
        }),
        ("another mode", |s| s.account.livemode = true),
        ("another name", |s| {
            s.account.connected_account = Some(ConnectedAccountId::parse("acct_1").unwrap());
        }),
    ];
    for (what, spoil) in spoiled {
        let mut spoiled = known.clone();
        spoil(&mut spoiled);
        let before = fixture.calls();
        assert_eq!(fixture.get(Some(&spoiled)).await, known, "{what}");
        assert_eq!(fixture.lists(before), [None], "{what}");
    }
}

#[tokio::test]
async fn rows_from_before_the_asked_day_are_dropped() {
    let fixture = Fixture::new().await;
    fixture.refresh(&[add(-500, 179, false), add(-900, 2, false)]);
    let known = fixture.get(None).await;
    fixture.world.lock().unwrap().now += 2 * DAY;
    fixture.refresh(&[]);
    let again = fixture.get(Some(&known)).await;
    assert_eq!(again.transactions.known().unwrap().len(), 1);
    assert_eq!(again, fixture.get(None).await);
    // To go further back again takes the whole list.
    let mut wanted = fixture.wanted(Some(&again));
    wanted.since -= chrono::Duration::days(30);
    let rows = fixture.ask(&wanted).await.transactions;
    assert_eq!(rows.known().unwrap().len(), 2);
}

#[test]
fn what_is_stored_names_the_refresh() {
    let refresh = TransactionRefreshId::parse("fctxnref_1").unwrap();
    let synced = Synced {
        refresh,
        since: at(NOW),
    };
    let text = serde_json::to_string(&synced).unwrap();
    assert_eq!(text, r#"{"refresh":"fctxnref_1","since":1700000000}"#);
}

/// How a refresh ends.
#[derive(Debug, Clone, Copy)]
enum Ends {
    Well,
    Badly,
    Later,
    WhileListing,
    /// And all before it are forgotten.
    AfterAPurge,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        3 => (-9_i64..9, 0_i64..200, any::<bool>()).prop_map(|(amount, days, pending)| {
            add(amount, days, pending)
        }),
        2 => (any::<usize>(), -9_i64..9).prop_map(|(which, amount)| Change::Post { which, amount }),
        1 => any::<usize>().prop_map(|which| Change::Void { which }),
    ];
    proptest::collection::vec(change, 0..6)
}

fn histories() -> impl Strategy<Value = Vec<(i64, Vec<Change>, Ends)>> {
    let ends = prop_oneof![
        4 => Just(Ends::Well),
        1 => Just(Ends::Badly),
        1 => Just(Ends::Later),
        2 => Just(Ends::WhileListing),
        1 => Just(Ends::AfterAPurge),
    ];
    proptest::collection::vec((0_i64..30, changes(), ends), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn bringing_up_to_date_comes_to_the_same_as_fetching_all(history in histories()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let fixture = Fixture::new().await;
            let mut known = fixture.get(None).await;
            for (days, changes, ends) in history {
                {
                    let mut world = fixture.world.lock().unwrap();
                    world.now += days * DAY;
                    let next = world.done + 1;
                    match ends {
                        Ends::Well => world.refresh(&changes),
                        Ends::Badly => world.show(next, "failed"),
                        Ends::Later => world.show(next, "pending"),
                        Ends::WhileListing => world.under_way = changes,
                        Ends::AfterAPurge => {
                            world.refresh(&changes);
                            world.forgotten = world.done - 1;
                        }
                    }
                }
                known = fixture.get(Some(&known)).await;
                // A list that raced with a refresh may be of before or after it, or of both. Where
                // there was nothing to list, the refresh ends with this one.
                let all = fixture.get(None).await;
                if !matches!(ends, Ends::WhileListing) {
                    assert_eq!(told(&known), told(&all));
                }
            }
            fixture.refresh(&[]);
            known = fixture.get(Some(&known)).await;
            assert_eq!(told(&known), told(&fixture.get(None).await));
            assert_eq!(known.transaction_refresh, fixture.get(None).await.transaction_refresh);
        });
    }
}
