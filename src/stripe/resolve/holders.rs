//! Holders of accounts, and sessions in which accounts were linked: all of them are found.

use std::collections::BTreeMap;

use super::wire::{WireConnectedAccount, WireCustomer, WireSession};
use super::{NotLinkedReason, ResolvedWire, Search};
use crate::id::AccountId;
use crate::limits;
use crate::stripe::choose::ChoiceError;
use crate::stripe::error::{BadAnswer, StripeError};
use crate::stripe::wire::{Ref, WireAccount, WireHolder};

impl Search<'_> {
    pub(super) async fn session(&self, id: &str) -> Result<ResolvedWire, StripeError> {
        let session: WireSession = self
            .read(
                "sessions/{session}",
                &["financial_connections", "sessions", id],
                &[],
            )
            .await?;
        let accounts = if session.accounts.has_more {
            self.list(("session", id)).await?
        } else {
            session.accounts.data
        };
        self.several(accounts)
    }

    pub(super) async fn customer(&self, id: &str) -> Result<ResolvedWire, StripeError> {
        let accounts = self.list(("account_holder[customer]", id)).await?;
        if accounts.is_empty() {
            // Of a customer that there is not, the list may be as empty.
            let segments = ["customers", id];
            let customer = self.read::<WireCustomer>("v1/customers/{customer}", &segments, &[]);
            if let Err(error @ StripeError::NotFound(_)) = customer.await {
                return Err(error);
            }
        }
        let customer = |holder: &WireHolder| holder.customer.as_ref().map(Ref::id) == Some(id);
        check_holder(&accounts, customer)?;
        self.several(accounts)
    }

    pub(super) async fn connected_account(&self, id: &str) -> Result<ResolvedWire, StripeError> {
        let account = |holder: &WireHolder| holder.account.as_ref().map(Ref::id) == Some(id);
        let listed = self.list(("account_holder[account]", id)).await;
        let listed = listed.and_then(|accounts| {
            check_holder(&accounts, account)?;
            self.several(accounts)
        });
        match listed {
            // Of a Standard account nothing is to be had: neither an empty list nor a refusal
            // would tell why.
            Err(
                StripeError::NotLinked { .. }
                | StripeError::Forbidden(_)
                | StripeError::InvalidRequest(_),
            ) if self.is_standard(id).await => Err(self.unlinked(NotLinkedReason::StandardAccount)),
            listed => listed,
        }
    }

    /// Whether a connected account is known to be a Standard one.
    async fn is_standard(&self, id: &str) -> bool {
        let segments = ["accounts", id];
        let account = self.read::<WireConnectedAccount>("v1/accounts/{account}", &segments, &[]);
        match account.await {
            Ok(account) => account.is_standard(),
            Err(error) => {
                tracing::debug!(code = error.code(), "the kind of account cannot be read");
                false
            }
        }
    }

    async fn list(&self, by: (&str, &str)) -> Result<Vec<WireAccount>, StripeError> {
        let max = limits::HELD_ACCOUNTS_MAX;
        let rows = self
            .client
            .list(
                "accounts",
                &["accounts"],
                &[by],
                self.connected,
                max,
                self.deadline,
            )
            .await?;
        if rows.cut || rows.rows.len() > max {
            return Err(ChoiceError::Countless { max }.into());
        }
        Ok(rows.rows)
    }

    /// The accounts by their ids, once each, or why there are none.
    fn several(&self, accounts: Vec<WireAccount>) -> Result<ResolvedWire, StripeError> {
        let mut found = BTreeMap::new();
        for account in accounts {
            let id = AccountId::parse(&account.id)
                .map_err(|_| StripeError::bad(BadAnswer::WrongObject))?;
            self.check_mode(Some(account.livemode))?;
            found.insert(id, account);
        }
        if found.is_empty() {
            return Err(self.unlinked(NotLinkedReason::NoAccount));
        }
        Ok(ResolvedWire::Several(found.into_iter().collect()))
    }
}

/// Checks that nobody else's accounts are in a list.
fn check_holder(
    accounts: &[WireAccount],
    is_held: impl Fn(&WireHolder) -> bool,
) -> Result<(), StripeError> {
    let held = |account: &WireAccount| account.account_holder.as_ref().is_none_or(&is_held);
    if accounts.iter().all(held) {
        Ok(())
    } else {
        Err(StripeError::bad(BadAnswer::WrongObject))
    }
}
