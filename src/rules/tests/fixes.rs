//! Fixes: each clears its finding and brings no other.

use rayon::prelude::*;

use super::*;
use crate::rules::{Diagnostic, Fix, check, edited};

/// The file with a fix made.
pub(super) fn fixed(source: &str, fix: &Fix) -> String {
    assert!(fix.edits.iter().all(|edit| edit.file.is_none()));
    edited(source, None, &fix.edits)
}

/// How often a file has a finding, wherever it stands.
fn times(found: &[Diagnostic], finding: &Diagnostic) -> usize {
    let same = |one: &&Diagnostic| one.code == finding.code && one.message == finding.message;
    found.iter().filter(same).count()
}

/// The findings as a person sees them.
fn shown(found: &[Diagnostic], source: &str) -> String {
    let shown = found.iter().map(|one| one.render("rules.toml", source, false));
    shown.collect::<Vec<String>>().join("\n")
}

/// What is wrong with the fixes of a file: each must clear its finding, and be of its form.
fn problems(source: &str, alone: bool) -> Vec<String> {
    let (_, found) = check(source);
    let mut problems = Vec::new();
    for finding in &found {
        let Some(fix) = &finding.fix else { continue };
        let after = fixed(source, fix);
        let (_, left) = check(&after);
        let gone = times(&left, finding) + 1 == times(&found, finding);
        let clean = !alone || left.is_empty();
        if !(gone && clean && !fix.title.is_empty() && after != source) {
            let (code, title) = (finding.code, &fix.title);
            problems.push(format!("{code}: {title} leaves\n{}", shown(&left, &after)));
        }
    }
    problems
}

fn wrong(sources: &[String], alone: bool) -> Vec<String> {
    let sources = sources.par_iter();
    sources
        .flat_map_iter(|source| problems(source, alone))
        .collect()
}

#[test]
fn every_fix_of_a_case_clears_its_finding() {
    let wrong = wrong(&diagnostics::sources(), false);
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
}

#[test]
fn every_fix_of_a_fault_leaves_a_sound_set() {
    let wrong = wrong(&faults::sources(), true);
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
}
