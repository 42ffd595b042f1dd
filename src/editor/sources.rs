//! Where that stands which gives the reasons of decisions.

use std::collections::BTreeMap;
use std::ops::Range;

use super::View;

/// The tables of a file that decisions come from, each in bytes of its text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The table that names the rule set; `None` in a fragment.
    pub head: Option<Range<usize>>,
    /// What can give a reason, by how decisions name it: a rule's id, `scorecard:NAME`, `offer`,
    /// `approve`, `retry:ID`.
    pub named: BTreeMap<String, Range<usize>>,
}

/// The tables that decisions come from.
pub fn sources(view: &View<'_>) -> Sources {
    let declared = view.declarations();
    let own = declared.sources.into_iter();
    let own = own.filter(|(_, place)| place.file.as_deref() == view.fragment);
    Sources {
        head: declared.head.filter(|_| view.fragment.is_none()),
        named: own
            .map(|(source, place)| (source.to_string(), place.span))
            .collect(),
    }
}
