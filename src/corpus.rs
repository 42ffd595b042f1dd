//! Labelled applicants: made-up bank data of many kinds with what is true of each row, against
//! which an analysis is examined.
//!
//! Whoever makes an examination must not look at the student: this room uses none of the words,
//! patterns and code of the analysis. `docs/corpus.md` documents the files and the labels, and
//! `docs/accuracy.md` what the engine's analysis scores.

mod dates;
mod labels;
mod life;
mod names;
mod random;
mod strata;
mod texts;

pub use labels::{
    AccountLabel, BalanceLabel, Cadence, Era, IncomeLabel, Labels, RowLabel, Standing, StreamLabel,
    Verdict,
};
pub use life::Case;
pub use random::Random;
pub use strata::{STRATA, Stratum};

/// Raised whenever the same seed gives another corpus, or a label another meaning.
pub const CORPUS_VERSION: u32 = 1;

/// Makes the applicant at a position of the corpus of a seed: always the same one. Strata take
/// turns, and so do the eras.
pub fn applicant(seed: u64, position: u32) -> Case {
    let index = usize::try_from(position).unwrap_or(0);
    let count = STRATA.len().max(1);
    let eras = [Era::Before, Era::Across, Era::After];
    let era = eras
        .get(index / count % eras.len())
        .copied()
        .unwrap_or(Era::Before);
    let random = Random::new(seed, u64::from(position));
    let life = life::Life::new(format!("a{position:06}"), era, random);
    match STRATA.get(index % count) {
        Some(stratum) => stratum.make(life),
        // INVARIANT: there is a stratum at every position below their number.
        None => life.finish("none", false),
    }
}

#[cfg(test)]
mod tests;
