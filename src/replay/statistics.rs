//! The statistics of a backtest: intervals, paired tests, how well a score tells, how far a population
//! has moved. `docs/backtest.md` has each formula.
//!
//! They are functions of counts alone, so that the same counts give the same figures wherever they were
//! taken. Logarithms and the error function are those of `libm`, which has the same bits everywhere. No
//! figure of money is among them.

mod bands;
mod discrimination;
mod distribution;
mod impact;
mod interval;
mod number;
mod paired;
mod stability;
#[cfg(test)]
mod tests;

pub use bands::{Band, bands};
pub use discrimination::{Discrimination, discrimination};
pub use distribution::{Distribution, Span};
pub use impact::{Ratio, ratio};
pub use interval::{Interval, Share, wilson};
pub use number::float;
pub use paired::{Paired, PairedMethod, paired};
pub use stability::{Observed, Stability, StabilityBin, stability};
