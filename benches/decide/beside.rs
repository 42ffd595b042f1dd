//! What it costs the answer that something else is done beside: the same calls with and without, in turn.

use std::time::Duration;

use crate::{CALLS_A_CONNECTION, CONNECTIONS, Way, at_percent, called};

/// One call at a time, where the answer is all that a processor has to do; and as many as elsewhere.
const IN_FLIGHT: [(usize, usize); 2] = [(1, 1), (CONNECTIONS, CALLS_A_CONNECTION)];

/// Without and with a shadow, there and back, so that what grows meanwhile weighs on each alike.
const TURNS: [bool; 4] = [false, true, true, false];

const PERCENTS: [usize; 3] = [50, 90, 99];

/// Measures calls without and with what `set` sets and ends.
pub(crate) async fn measure(
    what: &str,
    way: &Way,
    limit: Duration,
    mut set: impl AsyncFnMut(bool),
) {
    for (connections, calls) in IN_FLIGHT {
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for (round, beside) in TURNS.into_iter().enumerate() {
            set(beside).await;
            let keys = format!("{what}-{}-{round}", connections * calls);
            let (mut round, _) = called(way, (connections, calls), &keys, limit).await;
            let times = if beside { &mut with } else { &mut without };
            times.append(&mut round);
        }
        println!("{what} beside, {} in flight", connections * calls);
        let (without, with) = (percentiles(without), percentiles(with));
        for (name, [p50, p90, p99]) in [("without", without), ("with", with)] {
            println!("  {name:<9} p50 {p50:.1?}  p90 {p90:.1?}  p99 {p99:.1?}");
        }
        let ratios = with.iter().zip(without);
        let ratios = ratios.map(|(with, without)| with.div_duration_f64(without));
        let ratios: Vec<String> = PERCENTS
            .into_iter()
            .zip(ratios)
            .map(|(percent, ratio)| format!("p{percent} {ratio:.2}"))
            .collect();
        println!("  ratio     {}", ratios.join("  "));
    }
    set(false).await;
}

fn percentiles(mut times: Vec<Duration>) -> [Duration; 3] {
    times.sort();
    PERCENTS.map(|percent| at_percent(&times, percent))
}
