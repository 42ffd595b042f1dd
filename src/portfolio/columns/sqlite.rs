//! The file of the columns: nothing but SQL.

mod file;
mod kept_beside;
mod reader;
mod schema;
mod statements;
mod writer;

pub(super) use file::Found;
pub use file::remove;
pub(super) use kept_beside::{Followed, Live};
pub(super) use reader::{Reader, Selected, Stored};
pub(super) use writer::{Entry, Reached, Writer};
