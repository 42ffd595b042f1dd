//! The feature table as a document for analysts.

use std::fmt::Write;

use super::{Answerable, Feature, Words, table};

/// The table as Markdown: what `docs/features.md` holds.
pub fn docs_markdown() -> String {
    let mut out = String::from(
        "# Features\n\n\
         Generated from the table in `src/features/table`; do not edit.\n\n\
         A feature is a value or missing with a reason, never zero for want of data. A feature \
         with a window is missing where the history covers less than nine tenths of it. One of \
         scope `applicant`, `account` or `income stream` has a value for each; a rule wraps it in \
         `min`, `max`, `any` or `all`.\n\n\
         Where nothing could be fetched of an account in time, all that rests on it is missing: of \
         the household everything but `application`, `data.unsettled_accounts`, and `debit` where the \
         request names another account.\n\n\
         The range is what a value can be: a comparison with what lies outside of it is refused.\n\n\
         The answer says when a reviewer may state the value, to settle a decision that was referred: \
         `where missing`, or `always` where the value states a doubt. What is known and not in doubt \
         cannot be changed.\n",
    );
    let mut area = "";
    for feature in table() {
        let own = feature.name.split('.').next().unwrap_or_default();
        if own != area {
            area = own;
            let head = "| feature | type | scope | window | range | answer | meaning |\n|---|---|---|---|---|---|---|\n";
            // Writing to a string cannot fail.
            let _ = write!(out, "\n## {area}\n\n{head}");
        }
        let window = feature
            .window_days()
            .map_or_else(|| "-".to_owned(), |days| format!("{days} days"));
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {window} | {} | {} | {}{} |",
            feature.name,
            feature.ty,
            feature.scope.as_str(),
            feature.range_in_words(),
            answer(feature),
            feature.doc,
            in_words(feature.words)
        );
    }
    out
}

fn answer(feature: &Feature) -> &'static str {
    match feature.answerable {
        Answerable::Never => "-",
        other @ (Answerable::WhereMissing | Answerable::Always) => other.as_str(),
    }
}

fn in_words(words: Words) -> String {
    let list = words.list().join("`, `");
    match words {
        Words::Any => String::new(),
        Words::Only(_) => format!(" One of `{list}`."),
        Words::Known(_) => format!(" One of `{list}`, or a word that the source has added."),
    }
}
