//! The rules of Underwrite beside other rule engines: the same generated rules over the same
//! applicants, in one run. It refuses to time engines that do not say the same.

mod cel_rust;
mod datalogic;
mod engine;
mod floor;
mod generate;
mod measure;
mod ours;
mod random;
mod rule;
mod zen;

use std::process::ExitCode;

use cel_rust::Cel;
use datalogic::JsonLogic;
use engine::Engine;
use generate::{APPLICANTS, RULES};
use measure::{Line, Timing, measure};
use ours::Ours;
use rule::{Applicant, Column, Language, Rule};
use zen::Zen;

/// How often each engine has its turn.
const ROUNDS: usize = 21;

/// What ours may take for a rule, and how many times longer the fastest of the others must.
const RULE_NANOS_MAX: f64 = 20.0;
const TIMES_FASTER_MIN: f64 = 4.0;
/// What the shipped rule set may take.
const SHIPPED_NANOS_MAX: f64 = 5_000.0;

/// A run: which share of the rules is to fire, and how far off it may be.
struct Share {
    title: &'static str,
    wanted: f64,
    off_max: f64,
}

fn main() -> ExitCode {
    let rounds = match std::env::args().nth(1).map(|text| text.parse()) {
        None => ROUNDS,
        Some(Ok(rounds)) if rounds > 0 => rounds,
        Some(_) => {
            eprintln!("usage: underwrite-peers [ROUNDS]: how often each engine has its turn");
            return ExitCode::from(2);
        }
    };
    let runs = [
        Share {
            title: "Half of the rules fire",
            wanted: 0.49,
            off_max: 0.01,
        },
        Share {
            title: "3 % of the rules fire",
            wanted: 0.03,
            off_max: 0.005,
        },
    ];
    let columns = ours::columns();
    let applicants = generate::applicants(&columns);
    for run in &runs {
        if let Err(problem) = compare(run, &columns, &applicants, rounds) {
            eprintln!("not timed: {problem}");
            return ExitCode::FAILURE;
        }
    }
    shipped(rounds);
    ExitCode::SUCCESS
}

fn compare(
    run: &Share,
    columns: &[Column],
    applicants: &[Applicant],
    rounds: usize,
) -> Result<(), String> {
    let rules = generate::rules(columns, applicants, run.wanted);
    let ours = Ours::generated(columns, &rules, applicants);
    let datalogic = datalogic_rs::Engine::new();
    let mut peers: [Box<dyn Engine + '_>; 3] = [
        Box::new(Zen::new(columns, &rules, applicants)),
        Box::new(Cel::new(columns, &rules, applicants)),
        Box::new(JsonLogic::new(&datalogic, columns, &rules, applicants)),
    ];
    let same = |name: &str, verdicts: &mut Verdicts<'_>| {
        agree(name, columns, &rules, applicants, verdicts)
    };
    same("ours", &mut |applicant| ours.verdicts(applicant))?;
    for peer in &mut peers {
        let name = peer.name();
        same(name, &mut |applicant| peer.verdicts(applicant))?;
    }
    let fired = floor::pass(&rules, applicants);
    let share = fired as f64 / (RULES * APPLICANTS) as f64;
    if (share - run.wanted).abs() > run.off_max {
        return Err(format!("{share} of the rules fire, not {}", run.wanted));
    }
    println!("## {}\n", run.title);
    println!(
        "{RULES} rules, {APPLICANTS} applicants, {:.1} % of the verdicts true, the same by all; \
         {rounds} rounds.\n",
        share * 100.0
    );
    let mut lines = ours.lines();
    let own = lines.len();
    for peer in &mut peers {
        lines.push(Line::new(peer.name(), Box::new(move || peer.pass())));
    }
    lines.push(Line::new(
        "floor: a hand-written tree",
        Box::new(|| floor::pass(&rules, applicants)),
    ));
    let timings = measure(&mut lines, rounds, RULES * APPLICANTS);
    print("ns a rule", &lines, &timings);
    let others = &timings[own..timings.len() - 1];
    let fastest = others.iter().map(|timing| timing.median);
    let fastest = fastest.fold(f64::INFINITY, f64::min);
    let record = timings[0].median;
    println!(
        "Ours takes {record:.1} ns a rule (goal: at most {RULE_NANOS_MAX}); the fastest of the \
         others takes {:.2} times as long (goal: at least {TIMES_FASTER_MIN}).\n",
        fastest / record,
    );
    Ok(())
}

/// What every rule says of an applicant.
type Verdicts<'a> = dyn FnMut(usize) -> Result<Vec<bool>, String> + 'a;

/// Fails at the first verdict that is not what the tree says.
fn agree(
    name: &str,
    columns: &[Column],
    rules: &[Rule],
    applicants: &[Applicant],
    verdicts: &mut Verdicts<'_>,
) -> Result<(), String> {
    for (index, applicant) in applicants.iter().enumerate() {
        let seen = verdicts(index).map_err(|why| format!("{name}, applicant {index}: {why}"))?;
        let count = seen.len();
        if count != rules.len() {
            return Err(format!("{name}, applicant {index}: {count} verdicts"));
        }
        for (rule, seen) in rules.iter().zip(seen) {
            if floor::fires(rule, applicant) != seen {
                let text = ours::Words(columns).rule(rule);
                return Err(format!(
                    "{name} says {seen} of `{text}` for applicant {index}, the tree does not"
                ));
            }
        }
    }
    Ok(())
}

fn shipped(rounds: usize) {
    let ours = Ours::shipped();
    println!("## The shipped rule set, one typical applicant\n");
    println!("{}; {rounds} rounds.\n", ours.outcome());
    let mut lines = ours.lines();
    let timings = measure(&mut lines, rounds, 1);
    print("ns a decision", &lines, &timings);
    println!(
        "It takes {:.1} µs (goal: at most {}).",
        timings[timings.len() - 1].median / 1_000.0,
        SHIPPED_NANOS_MAX / 1_000.0
    );
}

fn print(unit: &str, lines: &[Line<'_>], timings: &[Timing]) {
    println!("| engine | {unit}, median | fastest | slowest | to the first |");
    println!("|---|---|---|---|---|");
    let first = timings[0].median;
    for (line, timing) in lines.iter().zip(timings) {
        println!(
            "| {} | {:.1} | {:.1} | {:.1} | {:.2} |",
            line.name,
            timing.median,
            timing.fastest,
            timing.slowest,
            timing.median / first
        );
    }
    println!();
}
