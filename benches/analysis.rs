//! The analysis of accounts, without rules.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark may stop where its input is wrong"
)]

#[path = "common/allocator.rs"]
mod allocator;
#[path = "common/household.rs"]
mod household;

use divan::{Bencher, black_box};
use underwrite::analysis::{self, FORECAST_DAYS_MAX, Forecast, ForecastSeed, Of};
use underwrite::features::{self, Context};
use underwrite::lexicon::Lexicon;

fn main() {
    divan::main();
}

/// What a decision finds in one account; it has 50,000 at the most.
#[divan::bench(args = [100, 1_000, 10_000, 50_000])]
fn analyze(bencher: Bencher<'_, '_>, transactions: usize) {
    let application = household::with_accounts();
    let snapshot = household::snapshot(transactions);
    let accounts = household::accounts(&application, &snapshot);
    let settings = household::settings();
    bencher.bench(|| {
        analysis::analyze(
            black_box(&application),
            black_box(&accounts),
            household::as_of(),
            settings,
            Lexicon::built_in(),
        )
    });
}

/// The same, and every feature from it.
#[divan::bench(args = [100, 1_000, 10_000])]
fn analyze_and_extract(bencher: Bencher<'_, '_>, transactions: usize) {
    let application = household::with_accounts();
    let snapshot = household::snapshot(transactions);
    let accounts = household::accounts(&application, &snapshot);
    let (as_of, settings) = (household::as_of(), household::settings());
    bencher.bench(|| {
        let analysis = analysis::analyze(
            &application,
            black_box(&accounts),
            as_of,
            settings,
            Lexicon::built_in(),
        );
        features::extract(&Context {
            application: &application,
            accounts: &accounts,
            analysis: &analysis,
            as_of,
        })
    });
}

/// A forecast of two months from what was found: made where a rule asks for one.
#[divan::bench(args = [100, 1_000, 10_000])]
fn forecast(bencher: Bencher<'_, '_>, transactions: usize) {
    let application = household::with_accounts();
    let snapshot = household::snapshot(transactions);
    let accounts = household::accounts(&application, &snapshot);
    let settings = household::settings();
    let analysis = analysis::analyze(
        &application,
        &accounts,
        household::as_of(),
        settings,
        Lexicon::built_in(),
    );
    let seed = ForecastSeed::new(1, accounts.iter().map(|account| account.hash));
    bencher.bench(|| Forecast::new(black_box(&analysis), Of::Household, FORECAST_DAYS_MAX, seed));
}
