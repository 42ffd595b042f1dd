//! Holders of accounts, and sessions in which accounts were linked: all of them are found.

use std::collections::BTreeMap;

use super::wire::{WireConnectedAccount, WireSession};
use super::{Found, Search, Unlinked};
use crate::id::AccountId;
use crate::limits;
use crate::stripe::choose::ChoiceError;
use crate::stripe::error::{BadAnswer, StripeError};
use crate::stripe::wire::{WireAccount, WireHolder};

impl Search<'_> {
    pub(super) async fn session(&self, id: &str) -> Result<Found, StripeError> {
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

    pub(super) async fn customer(&self, id: &str) -> Result<Found, StripeError> {
        let accounts = self.list(("account_holder[customer]", id)).await?;
        self.check_holder(
            &accounts,
            |holder| holder.customer.as_ref().map(|it| it.id()),
            id,
        )?;
        self.several(accounts)
    }

    pub(super) async fn connected_account(&self, id: &str) -> Result<Found, StripeError> {
        let listed = match self.list(("account_holder[account]", id)).await {
            Ok(accounts) => {
                self.check_holder(
                    &accounts,
                    |holder| holder.account.as_ref().map(|it| it.id()),
                    id,
                )?;
                self.several(accounts)
            }
            Err(error) => Err(error),
        };
        match listed {
            // Of a Standard account nothing is to be had: neither an empty list nor a refusal
            // would tell why.
            Err(
                StripeError::NotLinked { .. }
                | StripeError::Forbidden(_)
                | StripeError::InvalidRequest(_),
            ) if self.is_standard(id).await => Err(self.unlinked(Unlinked::StandardAccount)),
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
    fn several(&self, accounts: Vec<WireAccount>) -> Result<Found, StripeError> {
        let mut found = BTreeMap::new();
        for account in accounts {
            let id = AccountId::parse(&account.id)
                .map_err(|_| StripeError::bad(BadAnswer::WrongObject))?;
            self.check_mode(Some(account.livemode))?;
            found.insert(id, account);
        }
        if found.is_empty() {
            return Err(self.unlinked(Unlinked::NoAccount));
        }
        Ok(Found::Several(found.into_iter().collect()))
    }

    /// Checks that nobody else's accounts are in a list.
    fn check_holder(
        &self,
        accounts: &[WireAccount],
        of: impl Fn(&WireHolder) -> Option<&str>,
        id: &str,
    ) -> Result<(), StripeError> {
        let anothers = |account: &WireAccount| {
            let holder = account.account_holder.as_ref();
            holder.is_some_and(|holder| of(holder) != Some(id))
        };
        if accounts.iter().any(anothers) {
            return Err(StripeError::bad(BadAnswer::WrongObject));
        }
        Ok(())
    }
}
