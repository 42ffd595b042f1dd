//! From another object of Stripe's to the accounts behind it, the way Stripe documents for each.
//!
//! An object of a payment leads to the one account that it is paid from; a holder and a session
//! lead to all that were linked.

mod error;
mod holders;
mod payments;
mod wire;

use serde::de::DeserializeOwned;
use tracing::Instrument;

pub use error::NotLinkedReason;

use super::Resolved;
use super::client::StripeClient;
use super::convert;
use super::deadline::Deadline;
use super::error::{BadAnswer, StripeError};
use super::wire::WireAccount;
use crate::id::{AccountId, ConnectedAccountId, Handle, HandleKind};
use crate::snapshot::Account;
use wire::Object;

/// What there is behind a handle, as Stripe shows it.
pub(super) enum ResolvedWire {
    /// The id of the one account that the object names.
    One(AccountId),
    /// All accounts of a holder or a session, in the order of their ids.
    Several(Vec<(AccountId, WireAccount)>),
}

impl StripeClient {
    /// Finds the accounts behind a handle; see [`Source::resolve`](super::Source::resolve).
    ///
    /// # Errors
    ///
    /// Where Stripe could not be asked, does not know the object, or no account that can be read
    /// is behind it: see [`NotLinkedReason`].
    pub async fn resolve(
        &self,
        handle: &Handle,
        connected: Option<&ConnectedAccountId>,
    ) -> Result<Resolved, StripeError> {
        Ok(match self.find(handle, connected).await? {
            ResolvedWire::One(account) => Resolved::One(account),
            ResolvedWire::Several(accounts) => {
                let accounts = accounts.iter();
                let convert = |(id, wire): &(AccountId, WireAccount)| -> Account {
                    convert::account(wire, id, connected)
                };
                Resolved::Several(accounts.map(convert).collect())
            }
        })
    }

    pub(super) async fn find(
        &self,
        handle: &Handle,
        connected: Option<&ConnectedAccountId>,
    ) -> Result<ResolvedWire, StripeError> {
        let search = Search {
            client: self,
            kind: handle.kind(),
            connected,
            deadline: Deadline::after(self.config().fetch_deadline),
        };
        let span = tracing::info_span!("stripe_resolve", %handle);
        let found = search.behind(handle.as_str()).instrument(span).await;
        found.map_err(|error| explained(error, handle.kind(), connected.is_some()))
    }
}

/// What an error means for a search.
fn explained(error: StripeError, kind: HandleKind, connected: bool) -> StripeError {
    let code = error.refusal().and_then(|refusal| refusal.code.as_deref());
    if code == Some("not_allowed_on_standard_account") {
        let why = NotLinkedReason::StandardAccount;
        return StripeError::NotLinked { kind, why };
    }
    let missing = code == Some("resource_missing");
    match (error, missing, connected) {
        // An id in a parameter is refused in another way than one in the path.
        (StripeError::InvalidRequest(refusal), true, _)
        // It is the handle that is not known, for nobody else was named.
        | (StripeError::ConnectedAccount(refusal), _, false) => StripeError::NotFound(refusal),
        (StripeError::Forbidden(refusal), ..) => StripeError::HandleForbidden { kind, refusal },
        (error, ..) => error,
    }
}

/// One search, of several calls.
#[derive(Clone, Copy)]
struct Search<'a> {
    client: &'a StripeClient,
    /// What the search began with.
    kind: HandleKind,
    connected: Option<&'a ConnectedAccountId>,
    deadline: Deadline,
}

impl Search<'_> {
    async fn behind(&self, id: &str) -> Result<ResolvedWire, StripeError> {
        let account = match self.kind {
            HandleKind::Session => return self.session(id).await,
            HandleKind::Customer => return self.customer(id).await,
            HandleKind::ConnectedAccount => return self.connected_account(id).await,
            HandleKind::PaymentMethod => self.payment_method(id).await,
            HandleKind::PaymentIntent => self.payment_intent(id).await,
            HandleKind::SetupIntent => self.setup_intent(id).await,
            HandleKind::CheckoutSession => self.checkout(id).await,
            HandleKind::Subscription => self.subscription(id).await,
            HandleKind::Invoice => self.invoice(id).await,
        };
        account.map(ResolvedWire::One)
    }

    fn unlinked(&self, why: NotLinkedReason) -> StripeError {
        StripeError::NotLinked {
            kind: self.kind,
            why,
        }
    }

    /// Reads an object, which has to be the one asked for.
    async fn read<T: Object + DeserializeOwned>(
        &self,
        route: &'static str,
        segments: &[&str],
        expand: &[&str],
    ) -> Result<T, StripeError> {
        let query: Vec<_> = expand.iter().map(|path| ("expand[]", *path)).collect();
        let call = self.client.get_v1(route, segments, &query);
        let call = call.on_behalf_of(self.connected);
        let object: T = self.client.send(&call, self.deadline).await?;
        if Some(&object.id()) != segments.last() {
            return Err(StripeError::bad(BadAnswer::WrongObject));
        }
        self.check_mode(object.livemode())?;
        Ok(object)
    }

    /// Test data must not decide about real money, nor the other way round.
    fn check_mode(&self, livemode: Option<bool>) -> Result<(), StripeError> {
        match livemode {
            Some(livemode) if livemode != self.client.livemode() => {
                Err(StripeError::bad(BadAnswer::WrongMode { livemode }))
            }
            Some(_) | None => Ok(()),
        }
    }
}
