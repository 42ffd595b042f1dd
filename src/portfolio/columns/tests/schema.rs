//! The schema: no name twice, and the documented queries.

use std::collections::BTreeSet;

use super::*;
use crate::portfolio::columns::table::Table;

#[test]
fn no_table_has_a_column_twice() {
    for table in Table::ALL {
        let names = table.columns().iter().map(|column| column.name.as_str());
        let different: BTreeSet<&str> = names.clone().collect();
        assert_eq!(different.len(), names.count(), "{}", table.name());
    }
}
