//! The seeds of the fuzz targets as ordinary tests: what is named `valid-` is taken, what is named
//! `wrong-` is refused, and nothing panics. `fuzz/README.md` says how to look for more.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/bodies/decide.rs"]
pub(crate) mod decide;
#[path = "../../fuzz/bodies/grpc.rs"]
mod grpc;
#[path = "../../fuzz/bodies/rules.rs"]
pub(crate) mod rules;
#[path = "../../fuzz/bodies/snapshot.rs"]
mod snapshot;
#[path = "../../fuzz/bodies/stripe.rs"]
mod stripe;
#[path = "../../fuzz/bodies/webhook.rs"]
mod webhook;

/// Runs the body of a target on each of its seeds.
fn run(target: &str, body: fn(&[u8]) -> bool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let (mut valid, mut wrong) = (0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        println!("{target}: {name}");
        let taken = body(&fs::read(path).unwrap());
        if name.starts_with("valid-") {
            assert!(taken, "{target}: {name} is refused");
            valid += 1;
        } else if name.starts_with("wrong-") {
            assert!(!taken, "{target}: {name} is taken");
            wrong += 1;
        }
        // Anything else is a find of the fuzzer that nobody has named yet.
    }
    assert!(valid >= 3 && wrong >= 5, "{target}: {valid} and {wrong}");
}

#[test]
fn rule_files() {
    run("rules", rules::run);
    for shipped in [
        "personal-loan.toml",
        "small-dollar.toml",
        "ach-debit.toml",
        "payout-verification.toml",
        "income-verification.toml",
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("rules")
            .join(shipped);
        assert!(rules::run(&fs::read(path).unwrap()), "{shipped}");
    }
}

#[test]
fn answers_of_stripe() {
    run("stripe", stripe::run);
}

#[test]
fn stored_snapshots() {
    run("snapshot", snapshot::run);
}

#[test]
fn requests() {
    run("grpc", grpc::run);
}

#[test]
fn webhooks() {
    run("webhook", webhook::run);
}
