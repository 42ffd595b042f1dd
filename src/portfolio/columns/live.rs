//! What was live under which name when.

use super::error::ColumnsError;
use super::sqlite::Live;
use crate::id::TenantId;
use crate::ledger::{Ledger, Timeline};

/// What was live under the names of a tenant, by what was said up to a position in the chain.
pub(super) async fn of(
    ledger: &dyn Ledger,
    tenant: &TenantId,
    through: u64,
) -> Result<Vec<Live>, ColumnsError> {
    let mut all = Vec::new();
    for name in ledger.timelines(tenant).await?.into_keys() {
        let mut said = ledger.activations(tenant, &name).await?;
        said.retain(|activation| activation.seq <= through);
        let timeline = Timeline::of(said);
        let holds = timeline.all();
        let ends = holds.iter().skip(1).map(|next| Some(next.at.timestamp()));
        let ends = ends.chain([None]);
        for ((activation, end), position) in holds.iter().zip(ends).zip(0_i64..) {
            let published = match activation.bundle {
                Some(hash) => ledger.publication(tenant, hash).await?,
                None => None,
            };
            all.push(Live {
                name: name.as_str().to_owned(),
                position,
                version: published.map(|published| published.version),
                bundle: activation.bundle.map(|hash| hash.to_string()),
                live_from: activation.at.timestamp(),
                live_until: end,
                activated_by: activation.by.as_str().to_owned(),
                activated_at: activation.recorded_at.timestamp(),
            });
        }
    }
    Ok(all)
}
