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
