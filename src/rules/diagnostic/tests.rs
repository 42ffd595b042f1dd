//! Findings are told once, and no more of them than are shown.

use super::*;

#[test]
fn what_is_found_again_is_told_once() {
    let mut report = Report::new("some text");
    for _ in 0..2 {
        report.error(Code::BadName, &(0..4), "e");
        report.error(Code::BadName, &(0..4), "other words");
        report.error(Code::BadValue, &(0..4), "e");
        report.error(Code::BadName, &(0..2), "e");
        report.warning(Code::BadName, &(0..4), "e", Advice::none());
    }
    // Whoever found it has an error all the same.
    assert_eq!((report.errors(), report.count()), (8, 5));
    assert_eq!(report.finish().len(), 5);
}

#[test]
fn no_more_findings_are_kept_than_are_shown() {
    let source = "x".repeat(1_000);
    let mut report = Report::new(&source);
    let max = limits::DIAGNOSTICS_MAX;
    for at in (0..max).rev() {
        report.warning(Code::Unused, &(at..at + 1), "w", Advice::none());
        assert!(report.found.len() <= max);
    }
    assert!(report.worst_left.is_none());
    for at in (500..500 + max * 2).rev() {
        report.error(Code::BadName, &(at..at + 1), "e");
        assert!(report.found.len() <= max);
    }
    let found = report.finish();
    let (more, shown) = found.split_last().unwrap();
    // Errors before warnings, and of those the first of the file.
    let places: Vec<usize> = shown.iter().map(|one| one.span.start).collect();
    assert_eq!(places, (500..500 + max).collect::<Vec<_>>());
    assert_eq!((more.code, more.severity), ("more", Severity::Error));
    assert_eq!(more.message, format!("and {} more", max * 2));
}
