//! One building of columns.

use crate::private::Identity;

/// One building of columns: another one follows where they are built anew, or deleted and made again while
/// somebody has them open. For as long as it is the same, decisions are only added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Build {
    /// The file at their path.
    pub(super) identity: Option<Identity>,
    /// A number that grows whenever tables are made or dropped: SQLite counts that.
    pub(super) schema_version: i64,
}
