//! What a GET answers.

mod payments;

use super::answer::{ApiResult, json};
use super::expand::Expand;
use super::page::Cursor;
use super::problem::ApiError;
use super::query::Params;
use super::state::{AccountFilter, State, TransactionFilter};
use super::wire;

/// Answers a GET below `/v1/`; `None` where there is no such route.
pub(super) fn read(state: &State, segments: &[&str], params: Params) -> Option<ApiResult> {
    Some(match segments {
        ["financial_connections", "accounts"] => list_accounts(state, params),
        ["financial_connections", "accounts", account] => read_account(state, params, account),
        ["financial_connections", "accounts", account, "owners"] => owners(state, params, account),
        ["financial_connections", "sessions", id] => read_session(state, id, params),
        ["financial_connections", "transactions"] => list_transactions(state, params),
        ["financial_connections", "transactions", id] => read_transaction(state, params, id),
        _ => return payments::read(state, segments, params),
    })
}

fn read_account(state: &State, mut params: Params, account: &str) -> ApiResult {
    let expand = Expand::take(&mut params, wire::ACCOUNT)?;
    params.finish()?;
    Ok(expand.apply(json(&state.account(account)?)?, state))
}

fn list_accounts(state: &State, mut params: Params) -> ApiResult {
    let expand = Expand::take_list(&mut params, wire::ACCOUNT)?;
    let cursor = Cursor::take(&mut params)?;
    let mut filter = AccountFilter {
        session: params.text("session")?,
        holder: None,
    };
    for kind in ["customer", "account", "customer_account"] {
        if let Some(id) = params.nested(&["account_holder", kind])?
            && filter.holder.replace((kind, id)).is_some()
        {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: account_holder[customer], \
                 account_holder[account], account_holder[customer_account].",
            )
            .code("parameters_exclusive")
            .param("account_holder"));
        }
    }
    params.finish()?;
    if let Some(("account", id)) = &filter.holder {
        state.check_account(id)?;
    }
    let list = json(&state.accounts(&filter, &cursor)?)?;
    Ok(expand.apply(list, state))
}

fn owners(state: &State, mut params: Params, account: &str) -> ApiResult {
    Expand::take_list(&mut params, wire::OWNER)?;
    let cursor = Cursor::take(&mut params)?;
    let ownership = params.required("ownership")?;
    params.finish()?;
    json(&state.owners(account, &ownership, &cursor)?)
}

/// Answers `GET /v1/financial_connections/sessions/{id}`.
fn read_session(state: &State, id: &str, mut params: Params) -> ApiResult {
    let expand = Expand::take(&mut params, wire::SESSION)?;
    params.finish()?;
    Ok(expand.apply(json(&state.session(id)?)?, state))
}

fn list_transactions(state: &State, mut params: Params) -> ApiResult {
    Expand::take_list(&mut params, wire::TRANSACTION)?;
    let cursor = Cursor::take(&mut params)?;
    let account = params.required("account")?;
    let filter = take_transaction_filter(&mut params)?;
    params.finish()?;
    json(&state.transactions(&account, &filter, &cursor)?)
}

fn read_transaction(state: &State, mut params: Params, id: &str) -> ApiResult {
    Expand::take(&mut params, wire::TRANSACTION)?;
    params.finish()?;
    json(&state.transaction(id)?)
}

fn take_transaction_filter(params: &mut Params) -> Result<TransactionFilter, ApiError> {
    let bound = |params: &mut Params, word| params.integer(&["transacted_at", word]);
    let exactly = params.integer(&["transacted_at"])?;
    let above = bound(params, "gt")?.map(|at| at.saturating_add(1));
    let below = bound(params, "lt")?.map(|at| at.saturating_sub(1));
    let (from, to) = (bound(params, "gte")?, bound(params, "lte")?);
    Ok(TransactionFilter {
        from: [exactly, above, from].into_iter().flatten().max(),
        to: [exactly, below, to].into_iter().flatten().min(),
        after_refresh: params.nested(&["transaction_refresh", "after"])?,
    })
}
