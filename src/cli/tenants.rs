//! Whose records a ledger holds, where none of a tenant were found.

use crate::id::TenantId;
use crate::limits;

/// Says that there is `nothing` for a tenant, and for which of `all` that the ledger holds there is
/// something: a name that was left out or mistyped looks like an empty ledger otherwise.
pub(super) fn nothing_for(tenant: &TenantId, all: &[TenantId], nothing: &str) -> String {
    let others: Vec<String> = all
        .iter()
        .filter(|other| *other != tenant)
        .map(|other| format!("`{other}`"))
        .collect();
    let nothing = format!("{nothing} for tenant `{tenant}`");
    match others.get(..limits::TENANTS_TOLD_MAX) {
        Some(first) => format!(
            "{nothing}: the ledger has {} other tenants, {} among them; `--tenant` names one",
            others.len(),
            first.join(", ")
        ),
        None if !others.is_empty() => format!(
            "{nothing}: the ledger has other tenants, {}; `--tenant` names one",
            others.join(", ")
        ),
        None if all.is_empty() => format!("{nothing}, nor for any other"),
        None => nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenants(count: usize) -> Vec<TenantId> {
        let all = (0..count).map(|number| TenantId::parse(&format!("t{number}")).unwrap());
        all.collect()
    }

    #[test]
    fn whose_there_is_something_is_said_below_at_and_above_the_limit() {
        let max = limits::TENANTS_TOLD_MAX;
        let told = |all: &[TenantId]| nothing_for(&TenantId::default_tenant(), all, "Nothing");
        let none = "Nothing for tenant `default`";
        assert_eq!(told(&[]), format!("{none}, nor for any other"));
        assert_eq!(told(&[TenantId::default_tenant()]), none);
        for (count, shown) in [(1, 1), (max - 1, max - 1), (max, max), (max + 1, max)] {
            let text = told(&tenants(count));
            let names = text.matches('`').count() / 2 - 2;
            assert_eq!(names, shown, "{text}");
            let counts = text.contains(&format!("{count} other tenants"));
            assert_eq!(counts, count >= max, "{text}");
        }
    }
}
