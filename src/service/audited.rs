//! Who was shown what is personal.

use tonic::Status;

use super::status;
use crate::access::audit::{Action, Origin};
use crate::ledger::LedgerError;
use crate::underwriter::{UnderwriteError, Underwriter};

/// Has it in the audit log that `reader` is shown what is personal, before that is shown. The row goes in
/// the next commit of the ledger, together with whatever else waits for it.
pub(super) async fn audited(
    underwriter: &Underwriter,
    reader: &Origin,
    action: Action,
    object: String,
) -> Result<(), Status> {
    match underwriter.audit(reader, action, object).await {
        // Only a command that reads the file itself has a ledger that takes nothing; whoever may do
        // that needs no leave of this program.
        Ok(()) | Err(UnderwriteError::Ledger(LedgerError::ReadOnly)) => Ok(()),
        Err(error) => Err(status::failed(&error, "")),
    }
}
