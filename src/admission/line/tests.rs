use super::*;

const LIMITS: GateLimits = GateLimits {
    at_once_min: 4,
    at_once_max: 64,
    target: Duration::from_millis(20),
    wait_max: Duration::from_secs(2),
    behind_max: 2,
};
const HEAVY: Caller = Caller::Local;
const LIGHT: Caller = Caller::Peer(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A service that takes `work` of one processor for each call, played in time.
struct Played {
    line: Line<()>,
    now: Duration,
    work: Duration,
    /// What each takes beside, however many there are.
    latency: Duration,
    /// When each that is in asked, was let in and ends.
    ends: VecDeque<(Duration, Duration, Duration)>,
    busy_until: Duration,
    turns: Vec<oneshot::Receiver<Result<(), Refusal>>>,
}

impl Played {
    fn new(work: Duration, latency: Duration) -> Self {
        Self {
            latency,
            line: Line::new(LIMITS),
            now: Duration::ZERO,
            work,
            ends: VecDeque::new(),
            busy_until: Duration::ZERO,
            turns: Vec::new(),
        }
    }

    fn ask(&mut self, caller: Caller, within: Option<Duration>) -> bool {
        let (answer, turn) = oneshot::channel();
        self.turns.push(turn);
        let waiter = Waiter {
            answer,
            asked: self.now,
            until: within.map(|within| self.now + within),
        };
        let stands = self.line.ask(self.now, caller, waiter).is_ok();
        self.let_in();
        stands
    }

    fn let_in(&mut self) {
        while let Some(next) = self.line.next(self.now) {
            next.waiter.answer.send(Ok(())).unwrap();
            let asked = next.waiter.asked;
            self.busy_until = self.busy_until.max(self.now) + self.work;
            self.ends
                .push_back((asked, self.now, self.busy_until + self.latency));
        }
    }

    /// Lets time pass; gives how many ended, and the longest that one took since it asked.
    fn pass(&mut self, time: Duration) -> (usize, Duration) {
        self.now += time;
        let (mut count, mut longest) = (0, Duration::ZERO);
        while let Some((asked, since, end)) = self.ends.front().copied()
            && end <= self.now
        {
            self.ends.pop_front();
            self.line.done(self.now, end - since, false);
            (count, longest) = (count + 1, longest.max(end - asked));
            self.let_in();
        }
        (count, longest)
    }
}

#[test]
fn a_rush_is_waited_out() {
    let mut played = Played::new(millis(1), Duration::ZERO);
    let stand = (0..400).filter(|_| played.ask(HEAVY, None)).count();
    assert_eq!(stand, 400);
    let ended: usize = (0..450).map(|_| played.pass(millis(1)).0).sum();
    assert_eq!((ended, played.line.state().waiting), (400, 0));
    // Also where it takes longer than a load that stands is let go on, and others come meanwhile.
    let mut played = Played::new(millis(2), Duration::ZERO);
    assert!((0..900).all(|_| played.ask(HEAVY, None)));
    let mut ended = 0;
    for millisecond in 0..1_850 {
        if millisecond % 10 == 0 && millisecond < 100 {
            assert!(played.ask(LIGHT, None));
        }
        ended += played.pass(millis(1)).0;
    }
    assert_eq!((ended, played.line.state().refused), (910, 0));
}

#[test]
fn where_three_times_as_much_comes_as_can_be_done_what_is_let_in_is_in_time() {
    let mut played = Played::new(millis(1), Duration::ZERO);
    let (mut ended, mut longest, mut stood, mut late) = (0, Duration::ZERO, 0, 0);
    for millisecond in 0..6_000 {
        for _ in 0..3 {
            stood += usize::from(played.ask(HEAVY, Some(millis(250))));
        }
        let (now_ended, took) = played.pass(millis(1));
        if millisecond >= 1_000 {
            ended += now_ended;
            longest = longest.max(took);
        }
    }
    for turn in &mut played.turns {
        late += usize::from(matches!(turn.try_recv(), Ok(Err(_))));
    }
    assert!(ended >= 4_900, "nothing stands still: {ended}");
    assert!(longest <= millis(60), "{longest:?}");
    assert!(
        stood < 8_000 && late < 1_000,
        "refused at once: {stood}, later: {late}"
    );
}

#[test]
fn a_call_whose_turn_would_come_too_late_is_refused_at_once() {
    let mut played = Played::new(millis(5), Duration::ZERO);
    assert!((0..200).all(|_| played.ask(HEAVY, None)));
    assert!(!played.ask(HEAVY, Some(millis(20))));
    assert_eq!(played.line.state().refused, 1);
}

#[test]
fn whoever_would_be_late_is_told_as_soon_as_it_shows() {
    // Nobody knows at first that one takes so long.
    let mut played = Played::new(millis(20), Duration::ZERO);
    assert!((0..100).all(|_| played.ask(HEAVY, Some(millis(1_000)))));
    for _ in 0..400 {
        played.pass(millis(1));
    }
    let told = |turn: &mut oneshot::Receiver<_>| matches!(turn.try_recv(), Ok(Err(Refusal { .. })));
    let told = played
        .turns
        .iter_mut()
        .filter_map(|turn| told(turn).then_some(()))
        .count();
    assert!(told >= 30, "{told} of some 50 that will be late, at 0.4 s");
}

#[test]
fn the_line_is_limited_below_at_and_above() {
    let mut played = Played::new(Duration::ZERO, Duration::ZERO);
    played.line.usual = Duration::ZERO;
    let at_once = played.line.state().at_once;
    let max = at_once + limits::CALLS_WAITING_MAX;
    let stand = (0..=max).filter(|_| played.ask(HEAVY, None)).count();
    assert_eq!(stand, max);
    let now = played.now;
    played.line.done(now, Duration::ZERO, false);
    played.let_in();
    assert!(played.ask(LIGHT, None));
    assert!(!played.ask(HEAVY, None));
}

#[test]
fn whoever_asks_for_much_waits_behind_itself_alone() {
    let mut played = Played::new(millis(5), Duration::ZERO);
    for _ in 0..600 {
        played.ask(HEAVY, None);
    }
    assert!(played.ask(LIGHT, Some(millis(250))));
    let mut turn = played.turns.pop().unwrap();
    // Its turn comes before those of hundreds that asked before.
    for _ in 0..30 {
        played.pass(millis(5));
    }
    assert!(matches!(turn.try_recv(), Ok(Ok(()))));
    assert!(played.line.state().waiting > 400);
}

#[test]
fn as_many_are_let_in_as_keep_to_the_target_and_a_slow_service_is_not_choked() {
    for (work, latency, least, most) in [(1, 0, 12, 32), (40, 0, 4, 8), (0, 50, 32, 64)] {
        let mut played = Played::new(millis(work), millis(latency));
        for _ in 0..20_000 {
            for _ in 0..3 {
                played.ask(HEAVY, None);
            }
            played.pass(millis(1));
        }
        let at_once = played.line.state().at_once;
        let range = least..=most;
        assert!(range.contains(&at_once), "{work}, {latency} ms: {at_once}");
    }
}

#[test]
fn of_what_nobody_waits_for_few_are_let_in_while_others_come_and_more_once_they_have_not() {
    let mut line: Line<()> = Line::new(LIMITS);
    let waiter = |now| Waiter {
        answer: oneshot::channel().0,
        asked: now,
        until: None,
    };
    for _ in 0..100 {
        line.ask_behind(waiter(Duration::ZERO));
    }
    let start = Duration::from_secs(1);
    assert!(line.ask(start, LIGHT, waiter(start)).is_ok());
    let let_in = |line: &mut Line<()>, now| {
        std::iter::from_fn(|| line.next(now))
            .filter(|next| next.is_behind)
            .count()
    };
    let soon = start + ALONE_AFTER - Duration::from_millis(1);
    assert_eq!(let_in(&mut line, soon), LIMITS.behind_max);
    line.done(soon, Duration::from_millis(1), true);
    assert_eq!(let_in(&mut line, soon), 1);
    let half = line.state().at_once / BEHIND_PART_ALONE;
    assert!(half > LIMITS.behind_max);
    let alone = let_in(&mut line, start + ALONE_AFTER);
    assert_eq!(alone, half - LIMITS.behind_max);
}
