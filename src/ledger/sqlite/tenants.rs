//! Whose records there are.

/// All tenants, in order: from one to the next by the index, since there are few of them and many rows of
/// each.
pub(super) const ALL: &str = "WITH RECURSIVE
    decided(tenant) AS (
        SELECT min(tenant) FROM decisions
        UNION ALL
        SELECT (SELECT min(tenant) FROM decisions WHERE tenant > decided.tenant)
        FROM decided WHERE tenant IS NOT NULL),
    asked(tenant) AS (
        SELECT min(tenant) FROM intakes
        UNION ALL
        SELECT (SELECT min(tenant) FROM intakes WHERE tenant > asked.tenant)
        FROM asked WHERE tenant IS NOT NULL)
    SELECT tenant FROM decided WHERE tenant IS NOT NULL
    UNION SELECT tenant FROM asked WHERE tenant IS NOT NULL ORDER BY tenant";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::FileLedger;

    #[tokio::test]
    async fn rows_of_a_tenant_are_passed_over() {
        let file = FileLedger::with(1).await;
        let connection = file.behind();
        let explained = format!("EXPLAIN QUERY PLAN {ALL}");
        let mut statement = connection.prepare(&explained).unwrap();
        let plan = statement.query_map([], |row| row.get(3)).unwrap();
        let plan: Vec<String> = plan.collect::<Result<_, _>>().unwrap();
        for table in ["decisions", "intakes"] {
            let goes_through = format!("SCAN {table}");
            assert!(
                !plan.iter().any(|step| step.contains(&goes_through)),
                "{plan:?}"
            );
            let of_table = format!("SEARCH {table} USING COVERING INDEX");
            let searched = plan.iter().filter(|step| step.starts_with(&of_table));
            assert_eq!(searched.count(), 2, "{plan:?}");
        }
    }
}
