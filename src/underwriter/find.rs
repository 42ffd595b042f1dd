//! From what a request names to the accounts that it is decided on.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::Instrument;

use super::gather::FoundAccount;
use super::{Request, UnderwriteError};
use crate::application::ApplicationError;
use crate::id::{AccountId, Handle};
use crate::limits;
use crate::stripe::{self, Resolved, Source, StripeError};

/// Every account that the request names, or that is behind what it names, in the order of the
/// request. Handles are resolved side by side.
///
/// # Errors
///
/// The first failure in the order of the request.
pub(super) async fn find(
    source: &Arc<dyn Source>,
    request: &Arc<Request>,
) -> Result<Vec<FoundAccount>, UnderwriteError> {
    let mut resolved = resolve_all(source, request).await?.into_iter();
    let mut all = AccountSet::default();
    for (applicant, who) in request.application.applicants().iter().enumerate() {
        for (row, account) in who.account_ids.iter().enumerate() {
            let field = format!("application.applicants[{applicant}].account_ids[{row}]");
            all.add(applicant, account.clone(), &field)?;
        }
        for ((row, handle), resolved) in who.handles.iter().enumerate().zip(&mut resolved) {
            let field = format!("application.applicants[{applicant}].handles[{row}]");
            let taken = resolved.and_then(|resolved| choose(request, handle, resolved));
            let taken = taken.map_err(|source| UnderwriteError::Handle {
                field: field.clone(),
                handle: handle.clone(),
                source,
            })?;
            for account in taken {
                all.add(applicant, account, &field)?;
            }
        }
    }
    Ok(all.found)
}

/// What is behind every handle, in the order of the request. Given up, no call goes on.
async fn resolve_all(
    source: &Arc<dyn Source>,
    request: &Arc<Request>,
) -> Result<Vec<Result<Resolved, StripeError>>, UnderwriteError> {
    let people = request.application.applicants().iter();
    let handles: Vec<&Handle> = people.flat_map(|who| &who.handles).collect();
    let permits = Arc::new(Semaphore::new(limits::FETCHES_IN_FLIGHT_MAX));
    let mut calls = JoinSet::new();
    for (index, handle) in handles.iter().enumerate() {
        let (source, request) = (Arc::clone(source), Arc::clone(request));
        let (handle, permits) = (Handle::clone(handle), Arc::clone(&permits));
        let call = async move {
            let _permit = permits.acquire_owned().await;
            let connected = request.application.bank_data().stripe_account.as_ref();
            (index, source.resolve(&handle, connected).await)
        };
        calls.spawn(call.in_current_span());
    }
    let mut resolved: Vec<_> = handles.iter().map(|_| None).collect();
    while let Some(ended) = calls.join_next().await {
        let (index, result) = ended.map_err(|_| UnderwriteError::Interrupted)?;
        if let Some(place) = resolved.get_mut(index) {
            *place = Some(result);
        }
        let mut so_far = resolved.iter().map_while(Option::as_ref);
        if let Some(failed) = so_far.position(Result::is_err) {
            // Nothing of what is behind it would be looked at.
            resolved.truncate(failed.saturating_add(1));
            break;
        }
    }
    Ok(resolved.into_iter().flatten().collect())
}

/// Those accounts behind a handle that the request wants.
fn choose(
    request: &Request,
    handle: &Handle,
    resolved: Resolved,
) -> Result<Vec<AccountId>, StripeError> {
    match resolved {
        Resolved::One(account) => Ok(vec![account]),
        Resolved::Several(accounts) => {
            let filter = &request.application.bank_data().accounts;
            let choice = stripe::choose(&accounts, filter).map_err(StripeError::Choice)?;
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use async_trait::async_trait;

    use super::*;
    use crate::application::Application;
    use crate::application::tests::revised;
    use crate::id::ConnectedAccountId;
    use crate::ledger::tests::{application, tenant};
    use crate::snapshot::Fetched;
    use crate::stripe::FetchRequest;

    /// Resolves `pi_N` to `fca_N`, the later ones sooner, and knows nothing of `pm_N`.
    #[derive(Default)]
    struct Slow {
        open: AtomicUsize,
        most: AtomicUsize,
    }

    #[async_trait]
    impl Source for Slow {
        fn livemode(&self) -> bool {
            false
        }

        async fn resolve(
            &self,
            handle: &Handle,
            _: Option<&ConnectedAccountId>,
        ) -> Result<Resolved, StripeError> {
            let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(open, Ordering::SeqCst);
            let (kind, number) = handle.as_str().split_once('_').unwrap();
            let left: u64 = 100 - number.parse::<u64>().unwrap();
            tokio::time::sleep(Duration::from_millis(left)).await;
            self.open.fetch_sub(1, Ordering::SeqCst);
            match kind {
                "pi" => Ok(Resolved::One(format!("fca_{number}").parse().unwrap())),
                _ => Err(StripeError::Unreachable("nobody is there")),
            }
        }

        async fn fetch(&self, _: &FetchRequest) -> Result<Fetched, StripeError> {
            Err(StripeError::Unreachable("nobody is there"))
        }
    }

    fn request(handles: &[String]) -> Arc<Request> {
        let asked = revised(Application::clone(&application(1)), |draft| {
            let handles = handles.iter().map(|handle| Handle::parse(handle).ok());
            draft.applicants[0].account_ids.clear();
            draft.applicants[0].handles = handles.collect();
        });
        Arc::new(Request {
            tenant: tenant(),
            key: "k".parse().unwrap(),
            rule_set: "rules".parse().unwrap(),
            application: Arc::new(asked),
        })
    }

    async fn found(handles: &[String]) -> (Result<Vec<String>, UnderwriteError>, usize) {
        let slow = Arc::new(Slow::default());
        let source: Arc<dyn Source> = slow.clone();
        let found = find(&source, &request(handles)).await;
        let ids = |found: Vec<FoundAccount>| {
            let found = found.into_iter();
            found.map(|one| one.account.to_string()).collect()
        };
        (found.map(ids), slow.most.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn so_many_handles_are_resolved_side_by_side_and_kept_in_order() {
        let max = limits::FETCHES_IN_FLIGHT_MAX;
        for (count, most) in [(1, 1), (max - 1, max - 1), (max, max), (max + 1, max)] {
            let handles: Vec<String> = (10..10 + count).map(|n| format!("pi_{n}")).collect();
            let accounts: Vec<String> = (10..10 + count).map(|n| format!("fca_{n}")).collect();
            let (ids, seen) = found(&handles).await;
            assert_eq!((ids.ok(), seen), (Some(accounts), most), "{count}");
        }
    }

    #[tokio::test]
    async fn the_first_failure_in_the_order_of_the_request_is_told() {
        let handles = ["pi_1", "pm_2", "pm_3"].map(str::to_owned);
        let failed = found(&handles).await.0.unwrap_err();
        let UnderwriteError::Handle { field, handle, .. } = failed else {
            panic!("{failed:?}");
        };
        assert_eq!(field, "application.applicants[0].handles[1]");
        assert_eq!(handle.as_str(), "pm_2");
    }
}
