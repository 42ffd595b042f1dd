//! From what a request names to the accounts that it is decided on.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::gather::FoundAccount;
use super::{Request, UnderwriteError};
use crate::application::ApplicationError;
use crate::id::{AccountId, Handle};
use crate::limits;
use crate::stripe::{self, Resolved, Source, StripeError};

/// Every account that the request names, or that is behind what it names, in the order of the
/// request.
pub(super) async fn find(
    source: &Arc<dyn Source>,
    request: &Request,
) -> Result<Vec<FoundAccount>, UnderwriteError> {
    let mut all = AccountSet::default();
    for (applicant, who) in request.application.applicants().iter().enumerate() {
        for (row, account) in who.account_ids.iter().enumerate() {
            let field = format!("application.applicants[{applicant}].account_ids[{row}]");
            all.add(applicant, account.clone(), &field)?;
        }
        for (row, handle) in who.handles.iter().enumerate() {
            let field = format!("application.applicants[{applicant}].handles[{row}]");
            for account in behind(source, request, handle, &field).await? {
                all.add(applicant, account, &field)?;
            }
        }
    }
    Ok(all.found)
}

async fn behind(
    source: &Arc<dyn Source>,
    request: &Request,
    handle: &Handle,
    field: &str,
) -> Result<Vec<AccountId>, UnderwriteError> {
    let said = request.application.bank_data();
    let failed = |source| UnderwriteError::Handle {
        field: field.to_owned(),
        handle: handle.clone(),
        source,
    };
    let behind = source.resolve(handle, said.stripe_account.as_ref()).await;
    match behind.map_err(failed)? {
        Resolved::One(account) => Ok(vec![account]),
        Resolved::Several(accounts) => {
            let choice = stripe::choose(&accounts, &said.accounts);
            let choice = choice.map_err(StripeError::Choice).map_err(failed)?;
            for (account, why) in &choice.left_out {
                tracing::info!(%account, ?why, %handle, "not taken");
            }
            Ok(choice.taken)
        }
    }
}

#[derive(Default)]
struct AccountSet {
    found: Vec<FoundAccount>,
    owners: BTreeMap<AccountId, usize>,
}

impl AccountSet {
    /// Takes an account, once for one applicant and for no other.
    fn add(
        &mut self,
        applicant: usize,
        account: AccountId,
        field: &str,
    ) -> Result<(), UnderwriteError> {
        match self.owners.get(&account) {
            Some(owner) if *owner == applicant => return Ok(()),
            Some(_) => {
                return Err(wrong(
                    field,
                    "leads to an account that is another applicant's too: name a joint account \
                     under one applicant",
                ));
            }
            None => {}
        }
        if self.found.len() >= limits::ACCOUNTS_MAX {
            return Err(wrong(
                field,
                &format!(
                    "leads to more than {} accounts in all",
                    limits::ACCOUNTS_MAX
                ),
            ));
        }
        self.owners.insert(account.clone(), applicant);
        self.found.push(FoundAccount {
            applicant,
            account,
            field: field.to_owned(),
        });
        Ok(())
    }
}

fn wrong(field: &str, problem: &str) -> UnderwriteError {
    UnderwriteError::Application(vec![ApplicationError {
        field: field.to_owned(),
        problem: problem.to_owned(),
    }])
}
