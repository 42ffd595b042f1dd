//! Fixes: each clears its finding and brings no other.

use rayon::prelude::*;

use super::*;
use crate::rules::{Attachments, Certainty, Diagnostic, Edit, Fix, check, edited, mend};

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
    let shown = found
        .iter()
        .map(|one| one.render("rules.toml", source, false));
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

/// What is found of the set with 25 mistakes.
#[derive(serde::Deserialize)]
struct Mistakes {
    found: Vec<Mistake>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    code: String,
    at: String,
    #[serde(default)]
    from: Vec<String>,
    #[serde(default)]
    to: Vec<String>,
}

impl Mistake {
    /// The edits that clear the finding: its own, or those of the person who must choose.
    fn edits(&self, source: &str, finding: &Diagnostic) -> Vec<Edit> {
        if let Some(fix) = &finding.fix {
            assert!(self.from.is_empty(), "{}: it carries a fix", self.code);
            return fix.edits.clone();
        }
        assert!(
            !self.from.is_empty() && finding.help.is_some(),
            "{}",
            self.code
        );
        let pairs = self.from.iter().zip(&self.to);
        let edits = pairs.map(|(from, to)| {
            let mut places = source.match_indices(from.as_str());
            let (start, _) = places.next().unwrap();
            assert_eq!(places.next(), None, "{from} stands twice");
            Edit {
                file: None,
                span: start..start + from.len(),
                replacement: to.clone(),
            }
        });
        edits.collect()
    }
}

fn in_file_order(source: &str) -> Vec<Diagnostic> {
    let (_, mut found) = check(source);
    found.sort_by_key(|one| one.span.start);
    found
}

#[test]
fn each_of_25_mistakes_is_found_at_its_place_and_its_fix_clears_it_alone() {
    let source = include_str!("../../../tests/data/rules/mistakes.toml");
    let listed = include_str!("../../../tests/data/rules/mistakes-found.toml");
    let mistakes = toml::from_str::<Mistakes>(listed).unwrap().found;
    assert_eq!(mistakes.len(), 25);
    let kinds: std::collections::BTreeSet<&str> =
        mistakes.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(kinds.len(), 25, "each of another kind");
    let found = in_file_order(source);
    let places: Vec<(&str, &str)> = found
        .iter()
        .map(|one| (one.code, source.get(one.span.clone()).unwrap()))
        .collect();
    let meant: Vec<(&str, &str)> = mistakes
        .iter()
        .map(|one| (one.code.as_str(), one.at.as_str()))
        .collect();
    assert_eq!(places, meant, "{}", shown(&found, source));
    let mut all = Vec::new();
    for (mistake, finding) in mistakes.iter().zip(&found) {
        let edits = mistake.edits(source, finding);
        let after = edited(source, None, &edits);
        let left = in_file_order(&after);
        let told = |list: &[Diagnostic]| -> Vec<(String, String)> {
            let list = list.iter();
            list.map(|one| (one.code.to_owned(), one.message.clone()))
                .collect()
        };
        let mut others = told(&found);
        others.retain(|(code, _)| *code != mistake.code);
        assert_eq!(
            told(&left),
            others,
            "{}: {}",
            mistake.code,
            shown(&left, &after)
        );
        all.extend(edits);
    }
    let mended = edited(source, None, &all);
    let (rule_set, left) = check(&mended);
    assert!(
        rule_set.is_some() && left.is_empty(),
        "{}",
        shown(&left, &mended)
    );
}

#[test]
fn what_is_sure_is_mended_until_nothing_is_left_that_is() {
    let source = include_str!("../../../tests/data/rules/mistakes.toml");
    let (_, before) = check(source);
    let sure = |found: &[Diagnostic]| {
        let fixes = found.iter().filter_map(|one| one.fix.as_ref());
        fixes.filter(|fix| fix.certainty == Certainty::Sure).count()
    };
    assert!(sure(&before) >= 8, "{}", sure(&before));
    let mended = mend(source, &Attachments::none());
    let (_, after) = check(&mended.source);
    assert_eq!(sure(&after), 0);
    assert_eq!(after.len() + mended.done.len(), before.len());
    // Every other line is as it was.
    let lines: Vec<usize> = mended.done.iter().map(|one| one.line).collect();
    for (at, (one, other)) in source.lines().zip(mended.source.lines()).enumerate() {
        assert!(one == other || lines.contains(&(at + 1)), "{one} {other}");
    }
    // A rule set that is sound is let be.
    let shipped = faults::PERSONAL_LOAN;
    assert_eq!(mend(shipped, &Attachments::none()).source, shipped);
    const { assert!(crate::limits::FIX_ROUNDS_MAX > 1) };
}
