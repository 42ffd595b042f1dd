//! `underwrite rules features`

use serde_json::json;

use crate::cli::args::Features;
use crate::cli::table::{self, Cell};
use crate::cli::text::{BOLD, DIM, paint};
use crate::cli::{CliError, Exit, Terminal};
use crate::features::{self, Feature, Type, Words};
use crate::rules::nearest_feature;

/// Shows the features that a pattern names; one that is named in full with all that is known of it.
pub(super) fn run(command: &Features, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let pattern = command.pattern.as_deref().unwrap_or("*");
    let one = features::find(pattern).map(|(_, feature)| feature);
    let found: Vec<&Feature> = match one {
        Some(feature) => vec![feature],
        None => features::table()
            .iter()
            .filter(|feature| matches(feature.name, pattern))
            .collect(),
    };
    if found.is_empty() {
        return Err(unknown(pattern));
    }
    if terminal.wants_json() {
        let found: Vec<_> = found.into_iter().map(feature_json).collect();
        terminal.print_json(&json!({ "features": found }))?;
    } else if let Some(feature) = one {
        terminal.print(&card(feature))?;
    } else {
        let rows = found.into_iter().map(row).collect();
        let head = ["feature", "type", "scope", "window", "range", "meaning"];
        terminal.print(&table::render(&head, rows, terminal.width()))?;
    }
    Ok(Exit::Success)
}

/// Whether a name fits a pattern: `*` stands for any letters. One without begins a part of the name.
fn matches(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let (Some(first), Some(last)) = (parts.next(), parts.next_back()) else {
        let starts = name.match_indices(['.', '_']).map(|(at, _)| at + 1);
        let parts = [0].into_iter().chain(starts);
        let mut parts = parts.filter_map(|at| name.get(at..));
        return parts.any(|part| part.starts_with(pattern));
    };
    let rest = name.strip_prefix(first);
    let Some(mut rest) = rest.and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

fn unknown(pattern: &str) -> CliError {
    let shown = pattern.escape_debug();
    let instead = nearest_feature(pattern).map_or_else(
        || "`underwrite rules features` lists them all".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    CliError::other(
        "unknown_feature",
        format!("no feature is named `{shown}`; {instead}"),
    )
}

fn window(feature: &Feature) -> String {
    let days = feature.window_days();
    days.map_or_else(|| "-".to_owned(), |days| format!("{days} days"))
}

fn row(feature: &Feature) -> Vec<Cell> {
    vec![
        Cell::styled(feature.name, BOLD),
        Cell::new(feature.ty.as_str()),
        Cell::new(feature.scope.as_str()),
        Cell::right(window(feature)),
        Cell::new(feature.range_in_words()),
        Cell::new(feature.doc),
    ]
}

fn card(feature: &Feature) -> String {
    let missing = match feature.missing_where().as_slice() {
        [] => "never".to_owned(),
        causes => format!("where {}", causes.join("; where ")),
    };
    let words = feature.words.list().join(", ");
    let lines = [
        ("type", feature.ty.as_str().to_owned()),
        ("unit", feature.ty.unit_in_words().to_owned()),
        ("scope", feature.scope.as_str().to_owned()),
        ("window", window(feature)),
        ("range", feature.range_in_words()),
        (
            "words",
            if words.is_empty() {
                "-".to_owned()
            } else {
                words
            },
        ),
        ("applicant", feature.control.in_words().to_owned()),
        ("reviewer", feature.answerable.in_words().to_owned()),
        ("missing", missing),
    ];
    let lines = lines.iter().map(|(label, text)| {
        let label = paint(DIM, &format!("{label:<9}"));
        format!("  {label}  {text}\n")
    });
    let name = paint(BOLD, feature.name);
    format!("{name}\n{}\n{}", feature.doc, lines.collect::<String>())
}

fn feature_json(feature: &Feature) -> serde_json::Value {
    let others = match feature.words {
        Words::Any | Words::Known(_) => true,
        Words::Only(_) => false,
    };
    json!({
        "name": feature.name,
        "type": feature.ty.as_str(),
        "scope": feature.scope.as_str(),
        "window_days": feature.window_days(),
        "range": feature.range_in_words(),
        "words": feature.words.list(),
        "other_words": feature.ty == Type::Text && others,
        "control": feature.control.as_str(),
        "answerable": feature.answerable.as_str(),
        "missing_where": feature.missing_where(),
        "doc": feature.doc,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_part_of_a_name_or_has_stars() {
        for (pattern, fits) in [
            ("monthly", true),
            ("income.*", true),
            ("*net", true),
            ("*.month*net", true),
            ("income.*net.*", false),
            ("month", true),
            ("onthly", false),
            ("nsf", false),
            ("net*", false),
            ("*", true),
        ] {
            assert_eq!(matches("income.monthly_net", pattern), fits, "{pattern}");
        }
    }
}
