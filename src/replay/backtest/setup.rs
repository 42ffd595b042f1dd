//! What a backtest is of.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::book::LoanBook;
use super::names::Named;
use super::report::CandidateName;
use super::segments::Segments;
use crate::features::{self, FeatureId, Type};
use crate::rules::Bundle;

/// Which features a backtest looks at one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookedAt {
    /// Those that a candidate reads and that are no texts.
    Read,
    /// All but names: of texts those of which the words are known.
    All,
}

/// A rule set that is compared with what was live.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) named: Named,
    pub(super) name: CandidateName,
}

/// What decisions are counted by.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) candidates: Vec<Candidate>,
    /// The features that are looked at one by one, by their places in the table.
    pub(super) features: Vec<FeatureId>,
    /// When the second half of the period begins.
    pub(super) second_half_from: Option<DateTime<Utc>>,
    pub(super) book: Option<LoanBook>,
    pub(super) segments: Option<Segments>,
}

impl Setup {
    /// Of candidates, each with how it was given.
    pub(super) fn new(
        (candidates, looked_at): (Vec<(Bundle, String)>, LookedAt),
        second_half_from: Option<DateTime<Utc>>,
        (book, segments): (Option<LoanBook>, Option<Segments>),
    ) -> Self {
        let features = match looked_at {
            LookedAt::Read => read_by(&candidates),
            LookedAt::All => all_but_names(),
        };
        let candidates = candidates.into_iter().map(|(bundle, given_as)| Candidate {
            name: CandidateName {
                name: bundle.name().to_string(),
                version: bundle.version().to_owned(),
                bundle: bundle.hash(),
                given_as,
            },
            named: Named::new(bundle),
        });
        Self {
            candidates: candidates.collect(),
            features,
            second_half_from,
            book,
            segments,
        }
    }
}

/// What any candidate reads and that is no text.
fn read_by(candidates: &[(Bundle, String)]) -> Vec<FeatureId> {
    let read = candidates.iter();
    let read = read.flat_map(|(bundle, _)| bundle.rule_set().features_read());
    let found = read.filter_map(features::find);
    let counted = found.filter(|(_, feature)| feature.ty != Type::Text);
    let all: BTreeSet<FeatureId> = counted.map(|(id, _)| id).collect();
    all.into_iter().collect()
}

/// A text that may be anything can be of a person: it is not looked at.
fn all_but_names() -> Vec<FeatureId> {
    let all = features::table().iter();
    let all = all.filter(|row| row.ty != Type::Text || !row.words.list().is_empty());
    let found = all.filter_map(|row| features::find(row.name));
    found.map(|(id, _)| id).collect()
}
