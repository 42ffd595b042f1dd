//! Fixes: each clears its finding and brings no other.

use super::*;
use crate::rules::{Diagnostic, Fix, check, edited};

/// The file with a fix made.
pub(super) fn fixed(source: &str, fix: &Fix) -> String {
    assert!(fix.edits.iter().all(|edit| edit.file.is_none()));
    edited(source, None, &fix.edits)
}

/// What is wrong with the fix of a finding, if it has one: it must clear that, and nothing may come.
fn problem(source: &str, found: &[Diagnostic], finding: &Diagnostic) -> Option<String> {
    let fix = finding.fix.as_ref()?;
    let after_fix = fixed(source, fix);
    let (_, left) = check(&after_fix);
    let told = |list: &[Diagnostic]| {
        let mut told: Vec<(String, String)> = list
            .iter()
            .map(|one| (one.code.to_owned(), one.message.clone()))
            .collect();
        told.sort();
        told
    };
    let mut meant = told(found);
    let own = (finding.code.to_owned(), finding.message.clone());
    let at = meant.iter().position(|one| *one == own).unwrap();
    meant.remove(at);
    let left_told = told(&left);
    (left_told != meant).then(|| {
        let shown: Vec<String> = left
            .iter()
            .map(|one| one.render("fixed.toml", &after_fix, false))
            .collect();
        format!("{own:?}: {} leaves\n{}", fix.title, shown.join("\n"))
    })
}

#[test]
fn every_fix_of_a_case_clears_its_finding_and_brings_no_other() {
    let sources = diagnostics::sources().into_iter().chain(faults::sources());
    let sources: Vec<String> = sources.collect();
    use rayon::prelude::*;
    let wrong: Vec<String> = sources
        .par_iter()
        .flat_map_iter(|source| {
            let (_, found) = check(source);
            let wrong: Vec<String> = found
                .iter()
                .filter_map(|finding| problem(source, &found, finding))
                .collect();
            wrong
        })
        .collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n----\n"));
}
