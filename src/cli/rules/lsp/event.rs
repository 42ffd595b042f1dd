//! What a session goes by.

use std::io;

use gen_lsp_types::Uri;

use super::wire::Incoming;
use crate::editor;
use crate::replay::backtest::Preview;

/// What the server goes by.
pub(super) enum Event {
    /// A message came in, or the stream failed.
    Came(io::Result<Incoming>),
    /// Nothing comes in any more.
    Gone,
    /// Something was found of a rule set that is open.
    Found(Uri, Told),
}

/// What was found of a rule set that is open.
pub(super) enum Told {
    /// What it changes; `None` where it is not valid, or there is nothing to compare it with.
    Preview(Option<Preview>),
    /// What features were in the decisions that it was compared with.
    Features(editor::Recorded),
    /// It could not be compared.
    Failed(String),
    /// Nothing more is told of it.
    End,
}
