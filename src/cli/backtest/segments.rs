//! A file of which application is of which segment.

use std::path::Path;

use crate::cli::{CliError, limited_file};
use crate::id::ApplicationId;
use crate::limits;
use crate::replay::backtest::Segments;
use crate::rules::csv;

/// The columns, in any order.
const COLUMNS: [&str; 2] = ["application", "segment"];

/// Reads a file. What is wrong is told by its line, and nothing of what stands there is repeated.
pub(super) fn read(path: &Path) -> Result<Segments, CliError> {
    let unusable = |problem: &str| CliError::Usage(format!("`{}` {problem}", path.display()));
    let max = limits::SEGMENTS_FILE_BYTES_MAX;
    let bytes = limited_file::read(path, max).map_err(|error| CliError::file(path, &error))?;
    let bytes = bytes.ok_or_else(|| unusable(&format!("is larger than {max} bytes")))?;
    let text = String::from_utf8(bytes).map_err(|_| unusable("is not UTF-8 text"))?;
    of_csv(&text).map_err(|problem| unusable(&problem))
}

fn of_csv(text: &str) -> Result<Segments, String> {
    let quotes = |_| "has a cell in quotes that does not end as it should".to_owned();
    let mut rows = csv::rows(text).map_err(quotes)?.into_iter();
    let head = rows.next().unwrap_or_default();
    let place = |name: &str| {
        let mut places = (0..).zip(&head).filter(|(_, cell)| cell.text == name);
        match (places.next(), places.next()) {
            (Some((place, _)), None) => Ok(place),
            (None, _) => Err(format!(
                "has no column `{name}`: its first line names the columns {}",
                COLUMNS.join(" and ")
            )),
            (Some(_), Some(_)) => Err(format!("has the column `{name}` twice")),
        }
    };
    let [application, segment] = COLUMNS;
    let (application, segment): (usize, usize) = (place(application)?, place(segment)?);
    let mut segments = Segments::default();
    for (number, row) in (2_usize..).zip(rows) {
        let cell = |place: usize| row.get(place).map_or("", |cell| cell.text.as_str());
        let bad = |what: &str| format!("cannot be read at row {number}: {what}");
        let id = ApplicationId::parse(cell(application));
        let id = id.map_err(|_| bad("`application` is not the id of one"))?;
        match cell(segment) {
            "" => return Err(bad("`segment` is empty: leave the row out")),
            known => segments.insert(id, known),
        }
    }
    Ok(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_of_which_segment_an_application_is() {
        assert!(of_csv("segment,application\na,app-1\n\"b, c\",app-2\n").is_ok());
        for (text, problem) in [
            ("", "has no column `application`"),
            ("application,group\n", "has no column `segment`"),
            ("application,segment,segment\n", "`segment` twice"),
            (
                "application,segment\nzqplant one,a\n",
                "row 2: `application`",
            ),
            (
                "application,segment\napp-1,a\napp-2,\n",
                "row 3: `segment` is empty",
            ),
            ("application,segment\napp-1,\"zqplant", "in quotes"),
        ] {
            let told = of_csv(text).unwrap_err();
            assert!(
                told.contains(problem) && !told.contains("zqplant"),
                "{told}"
            );
        }
    }

    #[test]
    fn the_file_is_limited_below_at_and_above() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("segments.csv");
        let max = usize::try_from(limits::SEGMENTS_FILE_BYTES_MAX).unwrap();
        let head = "application,segment\napp-1,";
        for (length, good) in [(max - 1, true), (max, true), (max + 1, false)] {
            std::fs::write(&path, format!("{head}{}", "a".repeat(length - head.len()))).unwrap();
            assert_eq!(read(&path).is_ok(), good, "{length}");
        }
    }
}
