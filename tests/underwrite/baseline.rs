//! What the core decides today, kept as data: whoever reshapes it learns at once what comes out
//! otherwise. `tests/data/baseline/README.md` says what is kept.
//!
//! `UPDATE_BASELINE=1 cargo test --test underwrite baseline` writes the data anew.

#[path = "baseline/accounts.rs"]
mod accounts;
#[path = "baseline/generate.rs"]
mod generate;
#[path = "baseline/histories.rs"]
mod histories;
#[path = "baseline/projection.rs"]
mod projection;
#[path = "baseline/random.rs"]
pub(crate) mod random;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;

use rayon::prelude::*;
use serde_json::{Value as Json, json};
use underwrite::analysis::Settings;
use underwrite::application::ApplicationWithAccounts;
use underwrite::calendar::AsOf;
use underwrite::decision::{AccountInput, DecisionBody, DecisionInput, FullView};
use underwrite::engine;
use underwrite::id::TenantId;
use underwrite::ledger::{Ledger, Snapshots, SqliteLedger};
use underwrite::rules::Bundle;
use underwrite::snapshot::{Sealed, Snapshot, seal, unseal};

use super::golden;
use super::tools::root;

const GENERATED: u64 = 1_000;
/// The trace of each so many-th generated application is kept.
const TRACED: u64 = 5;
/// How far back a repeat is found when the data is compressed, as a power of two of bytes.
const WINDOW_LOG: u32 = 27;
const SHOWN: usize = 8;

/// What is decided, without a rule set.
pub(crate) struct Case {
    name: String,
    application: ApplicationWithAccounts,
    snapshots: Vec<Snapshot>,
    as_of: AsOf,
    settings: Settings,
}

/// The lines of each file, each with the name it goes by.
type Files = BTreeMap<&'static str, Vec<(String, Json)>>;

/// The generated application of that number.
pub(crate) fn generated(number: u64) -> Case {
    generate::case(number)
}

impl Case {
    /// What it goes by.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The application, as it is decided.
    pub(crate) fn application(&self) -> &ApplicationWithAccounts {
        &self.application
    }

    /// The moment that it is decided for.
    pub(crate) fn as_of(&self) -> AsOf {
        self.as_of
    }

    /// Its snapshots, as a ledger keeps them.
    pub(crate) fn sealed(&self) -> Vec<Sealed> {
        let snapshots = self.snapshots.iter();
        snapshots.map(|one| seal(one, [7; 32]).unwrap()).collect()
    }

    /// The same people and accounts, and something else asked for.
    pub(crate) fn asking(&self, application: ApplicationWithAccounts) -> Self {
        Self {
            name: self.name.clone(),
            application,
            snapshots: self.snapshots.clone(),
            as_of: self.as_of,
            settings: self.settings,
        }
    }

    /// Looks at what a decision by a rule set is made of, for this application on its accounts.
    pub(crate) fn with_input<T>(
        &self,
        bundle: &Bundle,
        application: &ApplicationWithAccounts,
        look: impl FnOnce(&DecisionInput<'_>) -> T,
    ) -> T {
        let hashes = self.sealed().into_iter().map(|sealed| sealed.hash);
        let snapshots = self.snapshots.iter().zip(hashes);
        look(&DecisionInput {
            application,
            accounts: &AccountInput::of(application, snapshots).unwrap(),
            bundle,
            as_of: self.as_of,
            seed: 1,
            settings: self.settings,
        })
    }
}

fn bundles() -> Vec<Bundle> {
    let files = [
        "rules/personal-loan.toml",
        "rules/ach-debit.toml",
        "tests/data/baseline/wide.toml",
    ];
    // The wide one compares what nobody would, and asks for no advice.
    let load = |file| Bundle::from_bytes(&fs::read(root().join(file)).unwrap()).unwrap();
    files.into_iter().map(load).collect()
}

pub(crate) fn decide(case: &Case, bundle: &Bundle) -> (DecisionBody, FullView) {
    let body = case.with_input(bundle, &case.application, engine::decide);
    let body = body.unwrap();
    // Everything is told from what a ledger would give back.
    let body = DecisionBody::from_bytes(&body.to_bytes().unwrap()).unwrap();
    let view = body.full(bundle, &case.application).unwrap();
    (body, view)
}

/// The decisions of the golden ledger, which are those of the samples, each with its rule set.
pub(crate) async fn recorded() -> Vec<(Case, Bundle)> {
    let tenant = TenantId::default_tenant();
    let ledger = SqliteLedger::open_read_only(&golden::newest().await).unwrap();
    let mut cases = Vec::new();
    let history = ledger
        .history(&tenant, 0, usize::MAX, Snapshots::Along)
        .await
        .unwrap();
    for (number, sealed) in (1..).zip(history) {
        let opened = sealed.open().unwrap();
        let record = ledger.decision(&tenant, &opened.id).await.unwrap().unwrap();
        let pins = &record.body.pins;
        let snapshots = opened.snapshots.iter().map(|one| unseal(one).unwrap());
        let stored = ledger.bundle(&tenant, pins.rule_set.bundle).await;
        let bundle = Bundle::from_bytes(&stored.unwrap().unwrap().bytes).unwrap();
        let accounts = pins.accounts(&record.application).unwrap();
        let case = Case {
            name: format!("golden/{number:02} {}", record.application.id().as_str()),
            snapshots: snapshots.collect(),
            as_of: pins.as_of,
            settings: pins.settings(),
            application: record.application.with_accounts(accounts),
        };
        cases.push((case, bundle));
    }
    cases
}

/// Decides a case by the rule sets and tells all of it.
fn tell(case: &Case, bundles: &[Bundle], recorded: Option<&Bundle>, traced: bool) -> Files {
    let mut files = Files::new();
    let named = bundles
        .iter()
        .map(|bundle| (bundle.name().to_string(), bundle));
    let named = named.chain(recorded.map(|bundle| ("recorded".to_owned(), bundle)));
    for (rule_set, bundle) in named {
        let (body, view) = decide(case, bundle);
        let name = format!("{} by {rule_set}", case.name);
        let mut add = |file, name: &str, told| {
            files.entry(file).or_default().push((name.to_owned(), told));
        };
        if rule_set == "wide" {
            add("features", &case.name, projection::features(&view));
        }
        if traced {
            add("traces", &name, projection::trace(&view));
        }
        add("decisions", &name, projection::decision(&body, &view));
    }
    files
}

fn join(all: Vec<Files>) -> Files {
    let mut files = Files::new();
    for (file, mut lines) in all.into_iter().flatten() {
        files.entry(file).or_default().append(&mut lines);
    }
    files
}

fn path(file: &str) -> PathBuf {
    root().join(format!("tests/data/baseline/{file}.jsonl.zst"))
}

fn write(files: &Files) {
    for (file, lines) in files {
        let out = fs::File::create(path(file)).unwrap();
        let mut out = zstd::Encoder::new(out, 12).unwrap();
        out.window_log(WINDOW_LOG).unwrap();
        out.long_distance_matching(true).unwrap();
        for (name, told) in lines {
            writeln!(out, "{}", json!([name, told])).unwrap();
        }
        out.finish().unwrap();
    }
}

fn read(file: &str) -> BTreeMap<String, String> {
    let mut text = String::new();
    let mut from = zstd::Decoder::new(fs::File::open(path(file)).unwrap()).unwrap();
    from.window_log_max(WINDOW_LOG).unwrap();
    from.read_to_string(&mut text).unwrap();
    let line = |line: &str| {
        let name = line.split('"').nth(1).unwrap().to_owned();
        (name, line.to_owned())
    };
    text.lines().map(line).collect()
}

/// Adds the places where two values differ, as `/path: expected, now actual`.
fn differences(at: &str, expected: &Json, actual: &Json, into: &mut Vec<String>) {
    match (expected, actual) {
        (Json::Object(old), Json::Object(new)) if old.keys().eq(new.keys()) => {
            for (key, old) in old {
                differences(&format!("{at}/{key}"), old, &new[key], into);
            }
        }
        (Json::Array(old), Json::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                differences(&format!("{at}/{index}"), old, new, into);
            }
        }
        _ if expected != actual => {
            let short = |value: &Json| value.to_string().chars().take(160).collect::<String>();
            into.push(format!("{at}: {}, now {}", short(expected), short(actual)));
        }
        _ => {}
    }
}

/// What differs in a file, the first few told in full.
fn compare(file: &str, lines: &[(String, Json)]) -> Option<String> {
    let mut kept = read(file);
    let (mut told, mut differing) = (Vec::new(), 0);
    for (name, actual) in lines {
        let old = kept.remove(name);
        let new = json!([name, actual]).to_string();
        if old.as_ref() == Some(&new) {
            continue;
        }
        differing += 1;
        if differing <= SHOWN {
            let old = old.map_or(Json::Null, |old| {
                serde_json::from_str::<Json>(&old).unwrap()
            });
            let mut places = Vec::new();
            differences("", &old[1], actual, &mut places);
            places.truncate(SHOWN);
            told.push(format!("{file}: {name}:\n  {}", places.join("\n  ")));
        }
    }
    let (all, gone) = (lines.len(), kept.len());
    (differing + gone > 0).then(|| {
        let told = told.join("\n");
        format!("{file}: {differing} of {all} differ, {gone} are gone\n{told}")
    })
}

/// How often each outcome and each reason of each rule set came, for the README.
fn counts(files: &Files) -> String {
    let mut counts = BTreeMap::<(String, String), usize>::new();
    for (name, told) in &files["decisions"] {
        let rule_set = name.rsplit(' ').next().unwrap();
        let mut count = |what: String| *counts.entry((rule_set.to_owned(), what)).or_default() += 1;
        count(told["outcome"].as_str().unwrap().to_owned());
        for reason in told["reasons"].as_array().unwrap() {
            let text = |key: &str| reason[key].as_str().unwrap();
            count(format!("{} from {}", text("code"), text("source")));
        }
    }
    let line = |((rule_set, what), count)| format!("| {rule_set} | {what} | {count} |\n");
    counts.into_iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_those_of_the_baseline() {
    let (bundles, recorded) = (bundles(), recorded().await);
    let golden = recorded
        .par_iter()
        .map(|(case, bundle)| tell(case, &bundles, Some(bundle), true));
    let generated = (0..GENERATED).into_par_iter().map(|number| {
        tell(
            &generate::case(number),
            &bundles,
            None,
            number % TRACED == 0,
        )
    });
    let files = join(golden.chain(generated).collect());
    if std::env::var_os("UPDATE_BASELINE").is_some() {
        write(&files);
        println!("{}", counts(&files));
        return;
    }
    let found = files
        .iter()
        .filter_map(|(file, lines)| compare(file, lines));
    let found: Vec<String> = found.collect();
    assert!(
        found.is_empty(),
        "Decisions came out otherwise. Where that is meant, UPDATE_BASELINE=1 writes the data anew, \
         and tests/data/baseline/DEVIATIONS.md lists the cause.\n{}",
        found.join("\n")
    );
}
