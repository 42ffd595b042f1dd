//! Changes of rule files that clear findings, for a language server and for `rules check --fix`.

use std::ops::Range;

use serde::Serialize;

/// A change of the files that clears a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What it does, in a few words: "write `income.monthly_net`".
    pub title: String,
    /// Whether it can be made without asking.
    pub certainty: Certainty,
    /// What is changed, made all at once. No two of one file overlap.
    pub edits: Vec<Edit>,
}

/// How certain a fix is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Nothing else can have been meant.
    Sure,
    /// Likely, or a form to fill in: a person must look at it.
    Suggested,
}

/// One text of a file, and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// The file that it is in, where that is not the rule file itself but one that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The text, in bytes of the file as it was checked; empty where something is put in.
    pub span: Range<usize>,
    /// What takes its place; empty where it is left out.
    pub replacement: String,
}

impl Edit {
    fn overlaps(&self, other: &Self) -> bool {
        let (a, b) = (&self.span, &other.span);
        // Two texts put in at one place would have no order.
        let apart = a.end <= b.start || b.end <= a.start;
        self.file == other.file && (!apart || a.start == b.start)
    }
}

/// Those fixes that can be made at once: of two that meet in one place, the first.
pub fn apart<'f>(fixes: impl IntoIterator<Item = &'f Fix>) -> Vec<&'f Fix> {
    let mut taken: Vec<&Fix> = Vec::new();
    for fix in fixes {
        let meets = |other: &&Fix| {
            let pairs = other
                .edits
                .iter()
                .flat_map(|a| fix.edits.iter().map(move |b| (a, b)));
            pairs.into_iter().any(|(a, b)| a.overlaps(b))
        };
        if !taken.iter().any(meets) {
            taken.push(fix);
        }
    }
    taken
}

/// The text of one file with the edits that are of it. All else stays as it is, byte for byte. An edit
/// that does not fit the text is left out.
pub fn edited<'e>(
    text: &str,
    file: Option<&str>,
    edits: impl IntoIterator<Item = &'e Edit>,
) -> String {
    let edits = edits.into_iter();
    let mut own: Vec<&Edit> = edits.filter(|edit| edit.file.as_deref() == file).collect();
    own.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut changed = String::with_capacity(text.len());
    let mut from = 0;
    for edit in own {
        let Some(kept) = text.get(from..edit.span.start) else {
            continue;
        };
        if text.get(edit.span.clone()).is_none() {
            continue;
        }
        changed.push_str(kept);
        changed.push_str(&edit.replacement);
        from = edit.span.end;
    }
    changed.push_str(text.get(from..).unwrap_or(""));
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(edits: &[(Range<usize>, &str)]) -> Fix {
        let edits = edits.iter().map(|(span, replacement)| Edit {
            file: None,
            span: span.clone(),
            replacement: (*replacement).to_owned(),
        });
        Fix {
            title: String::new(),
            certainty: Certainty::Sure,
            edits: edits.collect(),
        }
    }

    #[test]
    fn edits_leave_everything_else_as_it_is() {
        let text = "# é\r\na = 1\r\nb = 2\n";
        let one = fix(&[(10..11, "10"), (13..17, "")]);
        let changed = edited(text, None, &one.edits);
        assert_eq!(changed, "# é\r\na = 10\r\n2\n");
        let elsewhere = edited(text, Some("a.toml"), &one.edits);
        assert_eq!(elsewhere, text);
        // In the middle of a character: left out.
        assert_eq!(edited(text, None, &fix(&[(3..4, "x")]).edits), text);
    }

    #[test]
    fn of_fixes_that_meet_the_first_is_made() {
        let all = [
            fix(&[(0..4, "a")]),
            fix(&[(2..3, "b")]),
            fix(&[(4..4, "c")]),
            fix(&[(4..4, "d")]),
            fix(&[(9..9, "e"), (0..1, "f")]),
        ];
        let made = apart(&all);
        assert_eq!(made, [&all[0], &all[2]]);
    }
}
