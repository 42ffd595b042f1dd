//! That a restored ledger was gone on with, as a record.

use chrono::{DateTime, Utc};

use super::content::ResumptionContent;
use super::draft::Draft;
use super::envelope::{Envelope, RecordHash, RecordKind};
use crate::id::TenantId;
use crate::ledger::error::LedgerError;
use crate::seal::NO_SALT;

/// That the chain goes on from the record at `seq`, the end of a backup. It is of the whole chain,
/// whoever's records are in it.
pub(in crate::ledger) fn resumption_draft(
    (seq, hash): (u64, RecordHash),
    at: DateTime<Utc>,
) -> Result<Draft, LedgerError> {
    let rejected = |problem: String| LedgerError::Rejected {
        record: format!("resumption {hash}"),
        problem,
    };
    let content = ResumptionContent {
        seq: i64::try_from(seq).map_err(|_| rejected("the chain is full".to_owned()))?,
        hash: hash.as_bytes(),
    };
    let tenant = TenantId::default_tenant();
    let what = (RecordKind::Resumption, &tenant, hash.to_string());
    Draft::new(what, at, &NO_SALT, &content.encode())
        .map_err(|problem| rejected(problem.to_string()))
}

/// What is wrong with the content of a resumption: it has to name the record before it.
pub(in crate::ledger) fn resumption_problem(
    envelope: &Envelope,
    content: &[u8],
) -> Option<&'static str> {
    let Some(content) = ResumptionContent::decode(content) else {
        return Some("its content is not in a form that this engine reads");
    };
    let names_the_one_before = envelope.id == envelope.previous.to_string()
        && content.hash == envelope.previous.as_bytes()
        && u64::try_from(content.seq).is_ok_and(|seq| seq.saturating_add(1) == envelope.seq);
    (!names_the_one_before).then_some("it names another record than the one before it")
}
