//! Expressions of a rule set, as written and resolved.

use std::ops::Range;

use super::node::Node;

/// An expression, as written and resolved.
#[derive(Debug, Clone)]
pub(super) struct Formula {
    pub(super) text: String,
    /// Where it begins in the rule file, in bytes.
    pub(super) text_at: usize,
    pub(super) node: Node,
    /// Its comparisons, each outer one before those in it.
    pub(super) sites: Vec<WrittenComparison>,
}

/// A comparison as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrittenComparison {
    pub(super) text: String,
    /// Where the text of its formula begins in the rule file, in bytes.
    pub(super) text_at: usize,
    /// Its place in that text.
    pub(super) within: Range<usize>,
    /// Whether a rule's trace shows it: not where it is part of a value.
    pub(super) shown: bool,
}
