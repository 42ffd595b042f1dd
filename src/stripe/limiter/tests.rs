//! The promise, by a model of the network; closing and opening; waiting.

use proptest::prelude::*;

use super::*;

const ROUTES: [&str; 3] = ["accounts", "accounts/{account}", "transactions"];
const WINDOW: Duration = Duration::from_millis(1_000);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn rates(overall: usize, endpoint: usize) -> Rates {
    Rates {
        overall,
        endpoint,
        window: WINDOW,
        pause: ms(250),
    }
}

fn id(number: usize) -> ConnectedAccountId {
    ConnectedAccountId::parse(&format!("acct_{number}")).unwrap()
}

fn patient() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

/// A call of the model: how long after the one before it comes, where it goes, how long it takes
/// to Stripe and back.
#[derive(Debug, Clone, Copy)]
struct Traveller {
    after: u64,
    route: usize,
    there: u64,
    back: u64,
}

fn traveller() -> impl Strategy<Value = Traveller> {
    // Mostly quick, and now and then later than a whole window.
    let way = || prop_oneof![4 => 0..80_u64, 1 => 0..3_000_u64];
    (
        prop_oneof![3 => Just(0), 1 => 0..400_u64],
        0..ROUTES.len(),
        way(),
        way(),
    )
        .prop_map(|(after, route, there, back)| Traveller {
            after,
            route,
            there,
            back,
        })
}

/// Sends them all as early as the gates allow; gives when each arrived, and where.
fn arrivals(travellers: &[Traveller], rates: Rates) -> Vec<(u64, usize)> {
    let mut gates = Gates::new(rates);
    let (mut now, mut arrived) = (0, Vec::new());
    // When the answers begin that are still awaited, and of which route.
    let mut answers: Vec<(u64, &'static str)> = Vec::new();
    for traveller in travellers {
        now += traveller.after;
        let route = ROUTES[traveller.route];
        loop {
            answers.sort_unstable();
            while answers.first().is_some_and(|(at, _)| *at <= now) {
                let (at, route) = answers.remove(0);
                gates.give_back(route, ms(at) + rates.window);
            }
            match gates.take(route, ms(now)) {
                Ok(()) => break,
                Err(Wait::Change) => now = answers.first().unwrap().0,
                Err(Wait::Until(at)) => {
                    let at = u64::try_from(at.as_millis()).unwrap();
                    assert!(at > now, "it waits for the past");
                    // An answer in between may not make it earlier, and comes in its turn.
                    let next = answers.first().map_or(at, |(answer, _)| at.min(*answer));
                    now = next.max(now + 1);
                }
            }
        }
        arrived.push((now + traveller.there, traveller.route));
        answers.push((now + traveller.there + traveller.back, route));
    }
    arrived
}

/// The most arrivals in any window that begins with one of them.
fn most(times: impl Iterator<Item = u64>) -> usize {
    let times: Vec<u64> = times.collect();
    let within = |from: u64| {
        let window = from..from + 1_000;
        times.iter().filter(|time| window.contains(time)).count()
    };
    times.iter().map(|time| within(*time)).max().unwrap_or(0)
}

proptest! {
    #[test]
    fn no_window_sees_more_than_is_allowed(
        travellers in proptest::collection::vec(traveller(), 0..120),
        overall in 1..12_usize,
        endpoint in 1..8_usize,
    ) {
        let arrived = arrivals(&travellers, rates(overall, endpoint));
        prop_assert_eq!(arrived.len(), travellers.len(), "all get there");
        prop_assert!(most(arrived.iter().map(|(at, _)| *at)) <= overall);
        for route in 0..ROUTES.len() {
            let here = arrived.iter().filter(|(_, to)| *to == route);
            prop_assert!(most(here.map(|(at, _)| *at)) <= endpoint);
        }
    }
}

#[test]
fn the_model_can_tell_a_window_that_sees_too_many() {
    assert_eq!(most([0, 999].into_iter()), 2);
    assert_eq!(most([0, 1_000].into_iter()), 1);
    // Without the way there and back, sending alone would be counted, and be wrong.
    let late = Traveller {
        after: 0,
        route: 0,
        there: 900,
        back: 0,
    };
    let quick = Traveller {
        after: 1_000,
        there: 0,
        ..late
    };
    let all: Vec<_> = [
        vec![late; 3],
        vec![Traveller {
            after: 1_000,
            ..quick
        }],
        vec![Traveller { after: 0, ..quick }; 2],
    ]
    .concat();
    assert!(most(arrivals(&all, rates(3, 3)).into_iter().map(|(at, _)| at)) <= 3);
}

#[test]
fn a_quick_stripe_sees_the_whole_rate() {
    let quick = Traveller {
        after: 0,
        route: 0,
        there: 0,
        back: 0,
    };
    let arrived = arrivals(&[quick; 100], rates(25, 25));
    assert_eq!(arrived[24].0, 0);
    assert_eq!(arrived[25].0, 1_000);
    assert_eq!(arrived[99].0, 3_000);
}

#[test]
fn an_endpoint_that_is_full_does_not_stop_another() {
    let mut gates = Gates::new(rates(3, 2));
    assert_eq!(gates.take(ROUTES[0], ms(0)), Ok(()));
    assert_eq!(gates.take(ROUTES[0], ms(0)), Ok(()));
    assert_eq!(gates.take(ROUTES[0], ms(0)), Err(Wait::Change));
    assert_eq!(gates.take(ROUTES[1], ms(0)), Ok(()));
    // Now all of them together are full.
    assert_eq!(gates.take(ROUTES[2], ms(0)), Err(Wait::Change));
    gates.give_back(ROUTES[0], ms(1_000));
    assert_eq!(gates.take(ROUTES[2], ms(500)), Err(Wait::Until(ms(1_000))));
    assert_eq!(gates.take(ROUTES[2], ms(1_000)), Ok(()));
}

fn refusal(limit: Option<&str>, code: Option<&str>) -> Refusal {
    Refusal {
        status: 429,
        limit: limit.map(str::to_owned),
        code: code.map(str::to_owned),
        ..Refusal::default()
    }
}

#[test]
fn a_refusal_closes_what_its_reason_names() {
    let rate = Some("rate_limit");
    let cases = [
        (Some("global-rate"), rate, Some(Reach::Account)),
        (Some("global-concurrency"), rate, Some(Reach::Account)),
        (Some("endpoint-rate"), rate, Some(Reach::Endpoint)),
        (Some("endpoint-concurrency"), rate, Some(Reach::Endpoint)),
        (Some("resource-specific"), rate, None),
        (Some("new-reason"), rate, Some(Reach::Endpoint)),
        (None, rate, Some(Reach::Endpoint)),
        (None, None, Some(Reach::Endpoint)),
        // One object is locked: no rate.
        (None, Some("lock_timeout"), None),
        (
            Some("global-rate"),
            Some("lock_timeout"),
            Some(Reach::Account),
        ),
    ];
    for (limit, code, reach) in cases {
        assert_eq!(
            Reach::of(&refusal(limit, code)),
            reach,
            "{limit:?} {code:?}"
        );
    }
}

#[test]
fn a_gate_closes_for_longer_each_time_and_for_one_burst_once() {
    let longest = limits::STRIPE_RETRY_PAUSE_MAX;
    let mut gate = Gate::new(10);
    let close = |gate: &mut Gate, sent: Duration, now: Duration| {
        gate.close(sent, now, ms(250), Duration::ZERO);
        gate.closed_until.saturating_sub(now)
    };
    assert_eq!(close(&mut gate, ms(0), ms(100)), ms(250));
    // Others of the same burst come back a little later.
    assert_eq!(close(&mut gate, ms(10), ms(150)), ms(200));
    assert_eq!(close(&mut gate, ms(300), ms(400)), Duration::ZERO);
    assert_eq!(gate.wait(ms(349)), Some(Wait::Until(ms(350))));
    assert_eq!(gate.wait(ms(350)), None);
    // The first after it opened is refused again, and so on.
    let (mut now, mut pauses) = (ms(350), Vec::new());
    for _ in 0..7 {
        let pause = close(&mut gate, now, now);
        pauses.push(pause);
        now += pause;
    }
    assert_eq!(
        pauses[..5],
        [ms(500), ms(1_000), ms(2_000), ms(4_000), longest]
    );
    assert_eq!(pauses[6], longest);
    // A call that passed makes the next pause short again; one of the old burst does not.
    gate.passed(ms(0));
    assert_eq!(gate.pause, longest);
    gate.passed(now);
    assert_eq!(close(&mut gate, now, now), ms(250));
}

#[test]
fn what_stripe_asks_to_wait_is_kept_to_a_limit() {
    let max = limits::STRIPE_RATE_PAUSE_MAX;
    let second = Duration::from_secs(1);
    for (asked, closed) in [
        (max - second, max - second),
        (max, max),
        (max + second, max),
    ] {
        let mut gate = Gate::new(10);
        gate.close(ms(0), ms(0), ms(250), asked);
        assert_eq!(gate.closed_until, closed);
    }
}

#[tokio::test]
async fn a_closed_endpoint_lets_others_pass_and_a_closed_account_none() {
    let limiter = Limiter::with(rates(10, 10));
    let brief = || Deadline::after(ms(100));
    let pass = limiter.pass(None, ROUTES[0], patient()).await.unwrap();
    pass.refused(Reach::Endpoint, Duration::from_secs(5));
    let late = |result: Result<Pass, StripeError>| result.err();
    let no_room = Some(StripeError::Timeout(StripeError::NO_ROOM));
    assert_eq!(late(limiter.pass(None, ROUTES[0], brief()).await), no_room);
    assert_eq!(late(limiter.pass(None, ROUTES[1], brief()).await), None);
    pass.refused(Reach::Account, Duration::from_secs(5));
    assert_eq!(late(limiter.pass(None, ROUTES[1], brief()).await), no_room);
    // Another Stripe account has gates of its own.
    let other = limiter.pass(Some(&id(1)), ROUTES[0], brief()).await;
    assert_eq!(late(other), None);
}

#[tokio::test]
async fn a_wait_that_would_be_too_long_is_not_begun() {
    let limiter = Limiter::with(rates(1, 1));
    drop(limiter.pass(None, ROUTES[0], patient()).await.unwrap());
    let watch = Stopwatch::start();
    let deadline = Deadline::after(ms(500));
    let late = limiter.pass(None, ROUTES[0], deadline).await.err().unwrap();
    assert_eq!(late.code(), "stripe_timeout");
    assert!(late.to_string().contains("rates of calls"), "{late}");
    assert!(watch.elapsed() < ms(400), "{:?}", watch.elapsed());
}

#[tokio::test]
async fn a_wait_for_a_call_on_its_way_ends_at_the_deadline() {
    let limiter = Limiter::with(rates(1, 1));
    let held = limiter.pass(None, ROUTES[0], patient()).await.unwrap();
    // One waits for a slot, the other for its turn to wait.
    let brief = || limiter.pass(None, ROUTES[0], Deadline::after(ms(50)));
    let (one, other) = tokio::join!(brief(), brief());
    for late in [one, other] {
        assert_eq!(late.err(), Some(StripeError::Timeout(StripeError::NO_ROOM)));
    }
    drop(held);
}

#[tokio::test]
async fn who_came_first_is_served_first_and_the_end_of_a_call_wakes_them() {
    let mut quick = rates(1, 1);
    quick.window = ms(5);
    let limiter = Limiter::with(quick);
    let held = limiter.pass(None, ROUTES[0], patient()).await.unwrap();
    let served = Mutex::new(Vec::new());
    let wait = async |number: u32| {
        let pass = limiter.pass(None, ROUTES[0], patient()).await.unwrap();
        served.lock().unwrap().push(number);
        drop(pass);
    };
    let release = async {
        tokio::time::sleep(ms(20)).await;
        drop(held);
    };
    let watch = Stopwatch::start();
    tokio::join!(wait(1), wait(2), wait(3), wait(4), release);
    assert_eq!(*served.lock().unwrap(), [1, 2, 3, 4]);
    assert!(watch.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_call_that_is_not_sent_leaves_its_slot_at_once() {
    let limiter = Limiter::with(rates(1, 1));
    let pass = limiter.pass(None, ROUTES[0], patient()).await.unwrap();
    pass.unsent();
    let brief = Deadline::after(ms(500));
    let next = limiter.pass(None, ROUTES[0], brief).await.unwrap();
    assert!(next.waited() < ms(500));
}

#[tokio::test]
async fn accounts_with_rates_of_their_own_are_limited_below_at_and_above() {
    let max = limits::STRIPE_RATED_ACCOUNTS_MAX;
    let limiter = Limiter::with(rates(1, 1));
    let count = || limiter.connected.lock().unwrap().len();
    let mut held = Vec::new();
    for number in 0..max {
        let id = id(number);
        let pass = limiter.pass(Some(&id), ROUTES[0], patient()).await;
        held.push(pass.unwrap());
        assert_eq!(count(), number + 1);
    }
    // Those beyond share one rate.
    let beyond = async |number| {
        let brief = Deadline::after(ms(50));
        limiter.pass(Some(&id(number)), ROUTES[0], brief).await
    };
    let shared = beyond(max).await.unwrap();
    assert!(beyond(max + 1).await.is_err());
    assert_eq!(count(), max);
    drop(shared);
    // One that a call has just ended for still owes its window.
    held.truncate(max - 1);
    assert!(beyond(max + 1).await.is_err());
    // Without that, it makes room.
    held.pop().unwrap().unsent();
    assert!(beyond(max + 2).await.is_ok());
    assert_eq!(count(), max);
}

#[test]
fn the_documented_rates_go_with_the_mode_of_the_key() {
    let config = |key: &str| StripeConfig::new(key.to_owned().into());
    let of = |config: &StripeConfig, livemode| {
        let rates = Limiter::new(config, livemode).rates;
        (rates.overall, rates.endpoint, rates.window)
    };
    let window = limits::STRIPE_RATE_WINDOW;
    assert!(window > Duration::from_secs(1));
    let endpoint = usize::try_from(limits::STRIPE_RATE_ENDPOINT).unwrap();
    let live = usize::try_from(limits::STRIPE_RATE_LIVE).unwrap();
    let test = usize::try_from(limits::STRIPE_RATE_TEST).unwrap();
    assert_eq!(of(&config("sk_live_1"), true), (live, endpoint, window));
    assert_eq!(of(&config("sk_test_1"), false), (test, endpoint, window));
    let mut own = config("sk_test_1");
    own.rate = Some(7);
    own.endpoint_rate = 5;
    assert_eq!(of(&own, false), (7, 5, window));
}

#[test]
fn the_documented_rates_hold_below_at_and_above() {
    for (livemode, overall) in [
        (true, limits::STRIPE_RATE_LIVE),
        (false, limits::STRIPE_RATE_TEST),
    ] {
        let config = StripeConfig::new("sk_test_1".to_owned().into());
        let mut gates = Gates::new(Limiter::new(&config, livemode).rates);
        // Spread over endpoints, so that only the rate over all is met.
        let spread = ["a", "b", "c", "d", "e"];
        for (number, route) in (1..=overall).zip(spread.into_iter().cycle()) {
            assert_eq!(gates.take(route, ms(0)), Ok(()), "{number} of {overall}");
        }
        assert_eq!(gates.take("f", ms(0)), Err(Wait::Change));
        let mut gates = Gates::new(Limiter::new(&config, true).rates);
        for number in 1..=limits::STRIPE_RATE_ENDPOINT {
            assert_eq!(gates.take("a", ms(0)), Ok(()), "{number}");
        }
        assert_eq!(gates.take("a", ms(0)), Err(Wait::Change));
        assert_eq!(gates.take("b", ms(0)), Ok(()));
    }
}
