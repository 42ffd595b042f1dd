//! Evaluating rule sets over features that are there.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark may stop where its input is wrong"
)]

#[path = "common/household.rs"]
mod household;

use divan::{Bencher, black_box};
use underwrite::analysis;
use underwrite::application::ApplicationWithAccounts;
use underwrite::features::{self, Context, Features};
use underwrite::rules::{self, Bundle, FullTrace, NoTrace, Readiness};

fn main() {
    divan::main();
}

fn input() -> (ApplicationWithAccounts, Features) {
    let application = household::with_accounts();
    let snapshots = [household::snapshot(1_000)];
    let as_of = household::as_of();
    let analysis = analysis::analyze(&application, &snapshots, as_of, household::settings());
    let features = features::extract(&Context {
        application: &application,
        snapshots: &snapshots,
        analysis: &analysis,
        as_of,
    });
    (application, features)
}

fn shipped() -> Bundle {
    Bundle::publish(include_bytes!("../rules/personal-loan.toml")).unwrap()
}

/// A rule set of 100 rules, each of two comparisons, none of which fires.
fn hundred_rules() -> Bundle {
    let mut text = String::from(
        "[rule_set]\nname = \"bench\"\nversion = \"1.0.0\"\nkind = \"verification\"\n\
         currency = \"USD\"\ndescription = \"one hundred rules\"\n\
         [reasons.R]\nstatement = \"A reason\"\nrank = 1\n\
         [approve]\nwhen = 'application.applicants >= 1'\n",
    );
    for index in 0..100 {
        let rule = format!(
            "[[rule]]\nid = \"r{index}\"\nthen = \"decline\"\nreason = \"R\"\n\
             when = 'nsf.event_days_90d > {} and income.monthly_net < {}.00 usd'\n",
            100 + index,
            1 + index,
        );
        text.push_str(&rule);
    }
    Bundle::publish(text.as_bytes()).unwrap()
}

fn with_trace(bencher: Bencher<'_, '_>, bundle: &Bundle) {
    let (application, features) = input();
    bencher.bench_local(|| {
        let mut trace = FullTrace::default();
        rules::evaluate(
            bundle.program(),
            black_box(&features),
            &application,
            Readiness::Ready,
            &mut trace,
        )
    });
}

fn without_trace(bencher: Bencher<'_, '_>, bundle: &Bundle) {
    let (application, features) = input();
    bencher.bench_local(|| {
        rules::evaluate(
            bundle.program(),
            black_box(&features),
            &application,
            Readiness::Ready,
            &mut NoTrace,
        )
    });
}

#[divan::bench]
fn shipped_with_trace(bencher: Bencher<'_, '_>) {
    with_trace(bencher, &shipped());
}

#[divan::bench]
fn shipped_without_trace(bencher: Bencher<'_, '_>) {
    without_trace(bencher, &shipped());
}

#[divan::bench]
fn hundred_with_trace(bencher: Bencher<'_, '_>) {
    with_trace(bencher, &hundred_rules());
}

#[divan::bench]
fn hundred_without_trace(bencher: Bencher<'_, '_>) {
    without_trace(bencher, &hundred_rules());
}

/// From the bytes of a file to a program.
#[divan::bench]
fn publish_shipped() -> Bundle {
    shipped()
}
