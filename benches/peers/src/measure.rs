//! Times several things by turns, so that what slows the machine down slows all of them down. What
//! counts is the time that the thread had a processor, not that on the wall: neighbours take turns
//! too. The kernel says it in `/proc`: Linux only.

use std::hint::black_box;
use std::thread;

/// One turn takes at least these nanoseconds: passes are repeated until it has.
const TURN_NANOS: u64 = 20_000_000;

/// Something to time.
pub(crate) struct Line<'a> {
    pub(crate) name: &'static str,
    pass: Box<dyn FnMut() -> usize + 'a>,
}

/// Nanoseconds for one unit of work, over all rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) fastest: f64,
    pub(crate) median: f64,
    pub(crate) slowest: f64,
}

impl<'a> Line<'a> {
    /// `pass` returns something that depends on the work, so that none of it is left out.
    pub(crate) fn new(name: &'static str, pass: Box<dyn FnMut() -> usize + 'a>) -> Self {
        Self { name, pass }
    }

    fn time(&mut self, passes: usize) -> u64 {
        let start = processor_nanos();
        for _ in 0..passes {
            black_box((self.pass)());
        }
        processor_nanos() - start
    }

    /// How many passes make a turn; this also warms up.
    fn passes(&mut self) -> usize {
        let mut passes = 1;
        while self.time(passes) < TURN_NANOS {
            passes *= 2;
        }
        passes
    }
}

/// One turn of each line in each round. One pass does `units` units of work.
pub(crate) fn measure(lines: &mut [Line<'_>], rounds: usize, units: usize) -> Vec<Timing> {
    let passes: Vec<usize> = lines.iter_mut().map(Line::passes).collect();
    let mut seen: Vec<Vec<f64>> = vec![Vec::with_capacity(rounds); lines.len()];
    for _ in 0..rounds {
        for ((line, passes), seen) in lines.iter_mut().zip(&passes).zip(&mut seen) {
            let units = (passes * units) as f64;
            seen.push(line.time(*passes) as f64 / units);
        }
    }
    seen.into_iter().map(timing).collect()
}

/// How long this thread has had a processor.
fn processor_nanos() -> u64 {
    // The kernel brings the figure up to date when it decides who is next.
    thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat");
    let text = text.expect("`/proc/thread-self/schedstat`, which Linux has");
    let nanos = text.split(' ').next().and_then(|first| first.parse().ok());
    nanos.expect("a number first")
}

fn timing(mut seen: Vec<f64>) -> Timing {
    seen.sort_by(f64::total_cmp);
    Timing {
        fastest: seen[0],
        median: seen[seen.len() / 2],
        slowest: seen[seen.len() - 1],
    }
}
