//! Columns: past decisions in a second SQLite file beside the ledger, for people who ask by SQL and for
//! whoever decides many of them anew.
//!
//! They are made of the ledger alone, behind it and never in the commit of a decision. So the file may be
//! deleted at any time, and one of another form is built anew. What is in it is compared with the
//! record by [`compare`].

mod build;
mod cell;
mod compare;
mod effort;
mod error;
mod follow;
mod live;
mod load;
mod names;
mod packed;
mod rows;
mod sqlite;
mod table;
#[cfg(test)]
mod tests;
mod up_to_date;

pub use compare::{Compared, compare};
pub use effort::Effort;
pub use error::ColumnsError;
pub use follow::{Follower, Reach, bring_up_to_date, keep_following};
pub use load::{Columns, Excerpt};
pub use sqlite::remove;
pub use up_to_date::UpToDate;
