//! Checks a fragment without the rule set that imports it.

use crate::rules::diagnostic::{Diagnostic, Report};
use crate::rules::file;

/// Checks that a fragment is TOML and has the keys of the format. What its names and values come to is
/// known only with the rule set that imports it.
pub fn check_fragment(source: &str) -> Vec<Diagnostic> {
    let mut report = Report::new(source);
    file::check_fragment(&mut report);
    report.finish()
}
