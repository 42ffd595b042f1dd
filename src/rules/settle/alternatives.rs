//! What would be known if reviewers said something of streams in doubt.

use std::collections::BTreeMap;

use crate::features::Features;
use crate::rules::foresight::Forecasts;
use crate::rules::settlement::StreamInDoubt;

/// What a reviewer might say of streams in doubt, by their positions: that one is income, or that it is
/// none.
pub type Said = BTreeMap<usize, bool>;

/// What features there would be if reviewers said something of streams in doubt.
pub trait Alternatives {
    /// The streams in doubt: at most [`crate::limits::SETTLE_STREAMS_MAX`].
    fn streams(&self) -> &[StreamInDoubt];

    /// Whether there are more of them, as far as anybody asked for them.
    fn has_more_streams(&self) -> bool;

    /// The features where this is said. `None` where they cannot be had.
    fn features(&self, said: &Said) -> Option<&Features>;

    /// Who forecasts where nothing is said, as for the decision; `None` where nobody does.
    fn forecasts(&self) -> Option<&dyn Forecasts>;
}

/// Features as they are: no stream is in doubt, and nobody forecasts.
#[derive(Debug, Clone, Copy)]
pub struct NoStreamsInDoubt<'f>(pub &'f Features);

impl Alternatives for NoStreamsInDoubt<'_> {
    fn streams(&self) -> &[StreamInDoubt] {
        &[]
    }

    fn has_more_streams(&self) -> bool {
        false
    }

    fn features(&self, said: &Said) -> Option<&Features> {
        said.is_empty().then_some(self.0)
    }

    fn forecasts(&self) -> Option<&dyn Forecasts> {
        None
    }
}
