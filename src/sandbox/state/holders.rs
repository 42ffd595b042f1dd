//! Who holds accounts, and the sessions in which they link them.

use serde_json::{Value, json};

use super::{AccountFilter, State};
use crate::limits;
use crate::sandbox::page::Cursor;
use crate::sandbox::payments::text;
use crate::sandbox::problem::ApiError;
use crate::sandbox::sessions::{Holder, NewSession};
use crate::sandbox::wire;

impl State {
    pub(in crate::sandbox) fn session(&self, id: &str) -> Result<wire::Session, ApiError> {
        let missing = || ApiError::not_found(wire::SESSION, id, "session");
        let session = self.sessions.get(id).ok_or_else(missing)?;
        let filter = AccountFilter {
            session: Some(id.to_owned()),
            holder: None,
        };
        Ok(session.view(self.accounts(&filter, &Cursor::default())?))
    }

    /// Makes a session without accounts; the oldest that was made here is forgotten beyond the
    /// limit.
    pub(super) fn make_session(&mut self, new: NewSession) -> Result<wire::Session, ApiError> {
        let number = self.made.1.saturating_add(1);
        let id = format!("fcsess_sandbox{number:08}");
        let holder = self.holder(new.holder.clone())?;
        let session = new.make(id.clone(), holder);
        let made = &mut self.made;
        if made.0.len() >= limits::SANDBOX_SESSIONS_MAX
            && let Some(oldest) = made.0.pop_front()
        {
            self.sessions.remove(&oldest);
        }
        made.0.push_back(id.clone());
        made.1 = number;
        self.sessions.insert(id.clone(), session);
        self.session(&id)
    }

    /// Why the financial accounts of a connected account may not be read; nothing where they may.
    ///
    /// A platform reads what connected accounts link for which it answers: Express and Custom ones.
    /// A Standard account answers for itself.
    pub(in crate::sandbox) fn check_account(&self, account: &str) -> Result<(), ApiError> {
        match self.object("account", account) {
            None => Err(ApiError::no_access(account)),
            Some(object) if text(object, "type") == "standard" => {
                Err(ApiError::standard_account(account))
            }
            Some(_) => Ok(()),
        }
    }

    /// The holder as an object, where it is there and may be asked.
    fn holder(&self, holder: Holder) -> Result<Value, ApiError> {
        match holder {
            Holder::Account(id) => {
                self.check_account(&id)?;
                Ok(json!({ "type": "account", "account": id }))
            }
            Holder::Customer(id) if self.has_customer(&id) => {
                Ok(json!({ "type": "customer", "customer": id }))
            }
            Holder::Customer(id) => Err(ApiError::missing(
                "customer",
                &id,
                "account_holder[customer]",
            )),
            Holder::CustomerAccount(id) => {
                Ok(json!({ "type": "customer", "customer_account": id }))
            }
        }
    }

    /// Whether a customer is known, as an object or as the holder of an account.
    fn has_customer(&self, id: &str) -> bool {
        let mut accounts = self.accounts.values();
        self.object("customer", id).is_some()
            || accounts.any(|linked| linked.holder("customer") == Some(id))
    }
}
