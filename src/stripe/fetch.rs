//! Everything about one account, in the order that loses nothing: the account, its refreshes,
//! then its lists.

use std::collections::BTreeSet;

use tracing::Instrument;

use super::FetchRequest;
use super::client::StripeClient;
use super::convert;
use super::deadline::Deadline;
use super::error::{BadAnswer, StripeError};
use super::pages::nothing_to_list;
use super::refresh::{RefreshFeature, RefreshOutcome, outcome, refreshed};
use super::sync::known;
use super::wire::{WireAccount, WireOwner, WireOwnership};
use crate::id::{AccountId, OwnershipId};
use crate::limits;
use crate::snapshot::{Absence, Account, Balance, Fetched, Owner, Part, QualityFlag, Snapshot};

type Flags = BTreeSet<QualityFlag>;

impl StripeClient {
    /// Fetches what is wanted of an account, refreshing first what is older than that.
    ///
    /// # Errors
    ///
    /// Only where Stripe could not be asked. Data that cannot be had is an absent part or a flag.
    pub async fn fetch(&self, wanted: &FetchRequest) -> Result<Fetched, StripeError> {
        let span = tracing::info_span!("stripe_fetch", account = %wanted.account);
        self.fetch_within(wanted).instrument(span).await
    }

    async fn fetch_within(&self, wanted: &FetchRequest) -> Result<Fetched, StripeError> {
        let deadline = Deadline::after(self.config().fetch_deadline);
        let first = self.account(wanted, deadline).await?;
        let wire = self.refresh(wanted, first.clone(), deadline).await?;
        // However long the bank was waited for, the lists have their time.
        let deadline = Deadline::after(self.config().fetch_deadline);
        let account = convert::account(&wire, &wanted.account, wanted.connected.as_ref());
        let judged = |feature| outcome(&first, &wire, feature, wanted);
        let mut flags = refresh_flags(&account, judged);
        let balance = balance(&wire, &account, judged(RefreshFeature::Balance), &mut flags)?;
        let (owners, transactions) = tokio::try_join!(
            self.owners(&wire, &account, judged(RefreshFeature::Ownership), deadline),
            self.transactions(
                wanted,
                &wire,
                &account,
                judged(RefreshFeature::Transactions),
                deadline
            ),
        )?;
        flags.extend(owners.1);
        flags.extend(transactions.flags);
        let earlier_balance = earlier_balance(&balance, &first, known(wanted, &account));
        Ok(Fetched {
            account,
            balance,
            owners: owners.0,
            transactions: transactions.rows,
            flags,
            fetched_at: wanted.now,
            refreshed: refreshed(&wire),
            transaction_refresh: transactions.synced,
            earlier_balance,
        })
    }

    /// Reads the account with its owners' first page.
    pub(super) async fn account(
        &self,
        wanted: &FetchRequest,
        deadline: Deadline,
    ) -> Result<WireAccount, StripeError> {
        let call = self.get(
            "accounts/{account}",
            &["accounts", wanted.account.as_str()],
            &[("expand[]", "ownership")],
        );
        let call = call.on_behalf_of(wanted.connected.as_ref());
        let account: WireAccount = self.send(&call, deadline).await?;
        self.expect(&account, &wanted.account)?;
        Ok(account)
    }

    /// Checks that an answer is about the account that was asked for, in the mode of the key.
    pub(super) fn expect(&self, account: &WireAccount, id: &AccountId) -> Result<(), StripeError> {
        if account.id != id.as_str() {
            return Err(StripeError::bad(BadAnswer::WrongAccount));
        }
        if account.livemode != self.livemode() {
            return Err(StripeError::bad(BadAnswer::WrongMode {
                livemode: account.livemode,
            }));
        }
        Ok(())
    }

    async fn owners(
        &self,
        wire: &WireAccount,
        account: &Account,
        outcome: RefreshOutcome,
        deadline: Deadline,
    ) -> Result<(Part<Vec<Owner>>, Flags), StripeError> {
        let mut flags = Flags::new();
        if let Some(why) = account.withholds(&RefreshFeature::Ownership.permission()) {
            return Ok((Part::Absent(why), flags));
        }
        let rows = match &wire.ownership {
            None => return Ok((Part::Absent(outcome.absence()), flags)),
            Some(WireOwnership::Expanded { owners, .. }) if !owners.has_more => owners.data.clone(),
            Some(ownership) => {
                let Ok(ownership) = OwnershipId::parse(ownership.id()) else {
                    flags.insert(QualityFlag::UnknownOwner);
                    return Ok((Part::Absent(Absence::NotReady), flags));
                };
                let rows = self
                    .list::<WireOwner>(
                        "accounts/{account}/owners",
                        &["accounts", account.id.as_str(), "owners"],
                        &[("ownership", ownership.as_str())],
                        account.connected_account.as_ref(),
                        limits::OWNERS_MAX,
                        deadline,
                    )
                    .await;
                match nothing_to_list(rows)? {
                    Some(rows) => {
                        if rows.cut {
                            flags.insert(QualityFlag::UnknownOwner);
                        }
                        rows.rows
                    }
                    None => return Ok((Part::Absent(outcome.absence_of_list()), flags)),
                }
            }
        };
        let owners = convert::owners(rows, &mut flags);
        Ok((Part::Known(owners), flags))
    }
}

impl RefreshOutcome {
    /// Whether the last refresh was a good one: only then does an empty list prove "none".
    pub(super) fn has_succeeded(self) -> bool {
        matches!(self, Self::Fresh | Self::Old)
    }

    /// Why there is no list, where Stripe says that there is none yet.
    pub(super) fn absence_of_list(self) -> Absence {
        match self {
            Self::Failed => Absence::RefreshFailed,
            Self::Fresh | Self::Old | Self::Pending | Self::Never | Self::Unknown => {
                Absence::NotReady
            }
        }
    }
}

fn refresh_flags(account: &Account, judged: impl Fn(RefreshFeature) -> RefreshOutcome) -> Flags {
    RefreshFeature::ALL
        .into_iter()
        .filter(|feature| account.withholds(&feature.permission()).is_none())
        .filter_map(|feature| judged(feature).flag(feature))
        .collect()
}

fn balance(
    wire: &WireAccount,
    account: &Account,
    outcome: RefreshOutcome,
    flags: &mut Flags,
) -> Result<Part<Balance>, StripeError> {
    if let Some(why) = account.withholds(&RefreshFeature::Balance.permission()) {
        return Ok(Part::Absent(why));
    }
    let Some(balance) = &wire.balance else {
        return Ok(Part::Absent(outcome.absence()));
    };
    Ok(match convert::balance(balance, flags)? {
        Some(balance) => Part::Known(balance),
        None => Part::Absent(Absence::NotOffered),
    })
}

/// The balance as it was before: as it is known, or as the account showed it before its refresh.
fn earlier_balance(
    balance: &Part<Balance>,
    first: &WireAccount,
    known: Option<&Snapshot>,
) -> Option<Balance> {
    let now = balance.known().ok()?;
    // What is odd about a balance of the past says nothing about what is here now.
    let shown = first.balance.as_ref().and_then(|balance| {
        let odd = &mut Flags::new();
        convert::balance(balance, odd).ok().flatten()
    });
    let known_before = known.and_then(|known| known.balance.known().ok().cloned());
    let known_earlier = known.and_then(|known| known.earlier_balance.clone());
    [known_before, shown, known_earlier]
        .into_iter()
        .flatten()
        .find(|earlier| earlier.as_of < now.as_of)
}
