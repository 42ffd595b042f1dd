//! The objects of payments and of Connect, by their ids.

use serde_json::Value;

use crate::sandbox::answer::json;
use crate::sandbox::expand::Expand;
use crate::sandbox::page::{Cursor, page};
use crate::sandbox::payments::{KINDS, PaymentObject, text};
use crate::sandbox::problem::ApiError;
use crate::sandbox::query::Params;
use crate::sandbox::state::State;
use crate::sandbox::wire::List;

/// Answers a GET below `/v1/`; `None` where there is no such route.
pub(super) fn read(
    state: &State,
    segments: &[&str],
    params: Params,
) -> Option<Result<Value, ApiError>> {
    if segments == ["invoice_payments"] {
        return Some(list_payments(state, params));
    }
    let (id, path) = segments.split_last()?;
    let kind = KINDS.iter().find(|kind| kind.path == path)?;
    Some(retrieve(state, kind, id, params))
}

fn retrieve(
    state: &State,
    kind: &PaymentObject,
    id: &str,
    mut params: Params,
) -> Result<Value, ApiError> {
    let expand = Expand::take(&mut params, kind.object)?;
    params.finish()?;
    match state.object(kind.object, id) {
        Some(object) => Ok(expand.apply(object.clone(), state)),
        None if kind.object == "account" => Err(ApiError::no_access(id)),
        None => Err(ApiError::not_found(kind.noun, id, kind.param)),
    }
}

fn list_payments(state: &State, mut params: Params) -> Result<Value, ApiError> {
    let expand = Expand::take_list(&mut params, "invoice_payment")?;
    let cursor = Cursor::take(&mut params)?;
    let invoice = params.text("invoice")?;
    let status = params.text("status")?;
    params.finish()?;
    if let Some(id) = &invoice
        && state.object("invoice", id).is_none()
    {
        return Err(ApiError::missing("invoice", id, "invoice"));
    }
    if let Some(status) = &status
        && !["canceled", "open", "paid"].contains(&status.as_str())
    {
        let message = "Invalid status: must be one of canceled, open, or paid";
        return Err(ApiError::invalid(message).param("status"));
    }
    let is = |object: &Value, field, wanted: &Option<String>| {
        wanted
            .as_deref()
            .is_none_or(|wanted| text(object, field) == wanted)
    };
    let wanted = |object: &&Value| is(object, "invoice", &invoice) && is(object, "status", &status);
    let rows: Vec<&Value> = state.objects("invoice_payment").collect();
    let (rows, has_more) = page(
        rows.iter(),
        |row| text(row, "id"),
        wanted,
        &cursor,
        "invoice_payment",
    )?;
    let data = rows.into_iter().map(|row| (*row).clone()).collect();
    let list = List::new(data, has_more, "/v1/invoice_payments".to_owned());
    Ok(expand.apply(json(&list)?, state))
}
