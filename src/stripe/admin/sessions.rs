//! Sessions, in which an applicant links accounts.

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde::Deserialize;

use super::LinkedAccount;
use crate::id::{ConnectedAccountId, Handle, HandleKind};
use crate::snapshot::{Permission, Subcategory};
use crate::stripe::client::StripeClient;
use crate::stripe::error::{BadAnswer, StripeError};
use crate::stripe::refresh::RefreshFeature;
use crate::stripe::resolve::NotLinkedReason;
use crate::stripe::wire::{WireHolder, null_is_default};

/// What a session is to ask the applicant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Who links: a customer or a connected account.
    pub holder: Handle,
    /// What the applicant is asked to permit; at least one.
    pub permissions: BTreeSet<Permission>,
    /// What Stripe fetches from the bank as soon as an account is linked.
    pub prefetch: BTreeSet<RefreshFeature>,
    /// The country whose banks are shown: `US`.
    pub country: Option<String>,
    /// The kinds of accounts that can be linked; all where none is named.
    pub subcategories: BTreeSet<Subcategory>,
    /// Where a native app gets the applicant back.
    pub return_url: Option<String>,
}

/// A session.
#[derive(Debug)]
pub struct Session {
    /// Its id.
    pub id: Handle,
    /// The id of who links.
    pub holder: Option<String>,
    /// What the frontend opens it with; Stripe gives it when the session is made. Whoever has it
    /// can link accounts, so it is never shown by accident.
    pub client_secret: Option<SecretString>,
    /// What the applicant is asked to permit, in Stripe's words.
    pub permissions: Vec<String>,
    /// What is fetched at once, in Stripe's words.
    pub prefetch: Vec<String>,
    /// Where a native app gets the applicant back.
    pub return_url: Option<String>,
}

#[derive(Deserialize)]
struct WireSession {
    id: String,
    livemode: bool,
    #[serde(default)]
    account_holder: Option<WireHolder>,
    #[serde(default)]
    client_secret: Option<String>,
    #[serde(default, deserialize_with = "null_is_default")]
    permissions: Vec<String>,
    #[serde(default, deserialize_with = "null_is_default")]
    prefetch: Vec<String>,
    #[serde(default)]
    return_url: Option<String>,
}

impl NewSession {
    fn form(&self) -> Vec<(&'static str, &str)> {
        let holder = self.holder.as_str();
        let mut form = match self.holder.kind() {
            HandleKind::ConnectedAccount => vec![
                ("account_holder[type]", "account"),
                ("account_holder[account]", holder),
            ],
            // Stripe says so where it is no customer.
            HandleKind::Session
            | HandleKind::Customer
            | HandleKind::PaymentMethod
            | HandleKind::PaymentIntent
            | HandleKind::SetupIntent
            | HandleKind::CheckoutSession
            | HandleKind::Subscription
            | HandleKind::Invoice => vec![
                ("account_holder[type]", "customer"),
                ("account_holder[customer]", holder),
            ],
        };
        let permissions = self.permissions.iter().map(Permission::as_word);
        form.extend(permissions.map(|word| ("permissions[]", word)));
        for feature in &self.prefetch {
            // Here it is `balances`, in a refresh `balance`.
            form.push(("prefetch[]", feature.prefetched()));
        }
        let kinds = self.subcategories.iter().map(Subcategory::as_word);
        form.extend(kinds.map(|word| ("filters[account_subcategories][]", word)));
        if let Some(country) = &self.country {
            form.push(("filters[country]", country));
        }
        if let Some(url) = &self.return_url {
            form.push(("return_url", url));
        }
        form
    }
}

impl StripeClient {
    /// Makes a session. Its `client_secret` is for the frontend.
    ///
    /// # Errors
    ///
    /// Where Stripe could not be asked or refuses.
    pub async fn create_session(
        &self,
        wanted: &NewSession,
        connected: Option<&ConnectedAccountId>,
        idempotency_key: &str,
    ) -> Result<Session, StripeError> {
        let call = self
            .post(
                "sessions",
                &["sessions"],
                &wanted.form(),
                idempotency_key.to_owned(),
            )
            .on_behalf_of(connected);
        let wire = self.send(&call, self.deadline()).await?;
        self.session(wire)
    }

    /// A session and the accounts that were linked in it: none before the applicant has completed
    /// it.
    ///
    /// # Errors
    ///
    /// Where Stripe could not be asked or does not know the session.
    pub async fn retrieve_session(
        &self,
        id: &Handle,
        connected: Option<&ConnectedAccountId>,
    ) -> Result<(Session, Vec<LinkedAccount>), StripeError> {
        let call = self
            .get("sessions/{session}", &["sessions", id.as_str()], &[])
            .on_behalf_of(connected);
        let session = self.session(self.send(&call, self.deadline()).await?)?;
        if session.id != *id {
            return Err(StripeError::bad(BadAnswer::WrongObject));
        }
        let accounts = match self.list_accounts(id, connected).await {
            Err(StripeError::NotLinked {
                why: NotLinkedReason::NoAccount,
                ..
            }) => Vec::new(),
            accounts => accounts?,
        };
        Ok((session, accounts))
    }

    fn session(&self, wire: WireSession) -> Result<Session, StripeError> {
        if wire.livemode != self.livemode() {
            return Err(StripeError::bad(BadAnswer::WrongMode {
                livemode: wire.livemode,
            }));
        }
        let id = Handle::parse(&wire.id)
            .ok()
            .filter(|id| id.kind() == HandleKind::Session)
            .ok_or(StripeError::bad(BadAnswer::WrongObject))?;
        Ok(Session {
            id,
            holder: wire
                .account_holder
                .as_ref()
                .and_then(WireHolder::id)
                .map(str::to_owned),
            client_secret: wire.client_secret.map(SecretString::from),
            permissions: wire.permissions,
            prefetch: wire.prefetch,
            return_url: wire.return_url,
        })
    }
}
