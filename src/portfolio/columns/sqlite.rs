//! The file of the columns: nothing but SQL.

mod file;
mod reader;
mod schema;
mod statements;
mod writer;

pub(super) use file::Found;
pub use file::remove;
pub(super) use reader::{Live, Reader, Selected, Stored};
pub(super) use writer::{Entry, Followed, Writer};
