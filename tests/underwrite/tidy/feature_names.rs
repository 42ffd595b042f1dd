//! The name of a feature is written in the table and nowhere else: what a feature is, its row says.

use underwrite::features;

use super::{assert_none, sources};

/// Where names are written: the table itself.
const TABLE: &str = "src/features/table";

/// What the made-up households of the sandbox are said to show, and fields of a request that are
/// called as a feature is.
const EXCEPTED: &[&str] = &[
    "src/sandbox",
    "src/application",
    "src/service/from_wire",
    "src/underwriter/case.rs",
];

#[test]
fn a_feature_name_is_written_in_the_table_only() {
    let mut problems = Vec::new();
    for source in sources(&["src"]) {
        let path = source.path.display().to_string();
        if path.starts_with(TABLE) || EXCEPTED.iter().any(|other| path.starts_with(other)) {
            continue;
        }
        for (row, line) in source.code() {
            for feature in features::table() {
                if line.contains(&format!("\"{}\"", feature.name)) {
                    problems.push(format!(
                        "{path}:{row}: `{}` is written outside the table: read its row, or name \
                         it there",
                        feature.name
                    ));
                }
            }
        }
    }
    assert_none(&problems);
}
