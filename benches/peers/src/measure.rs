//! Times several things by turns, so that what slows the machine down slows all of them down.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// One turn takes at least this long: passes are repeated until it has.
const TURN: Duration = Duration::from_millis(20);

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

    fn time(&mut self, passes: usize) -> Duration {
        let start = Instant::now();
        for _ in 0..passes {
            black_box((self.pass)());
        }
        start.elapsed()
    }

    /// How many passes make a turn; this also warms up.
    fn passes(&mut self) -> usize {
        let mut passes = 1;
        while self.time(passes) < TURN {
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
            seen.push(line.time(*passes).as_nanos() as f64 / units);
        }
    }
    seen.into_iter().map(timing).collect()
}

fn timing(mut seen: Vec<f64>) -> Timing {
    seen.sort_by(f64::total_cmp);
    Timing {
        fastest: seen[0],
        median: seen[seen.len() / 2],
        slowest: seen[seen.len() - 1],
    }
}
