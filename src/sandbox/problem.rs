//! Refusals in Stripe's shape.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::wire;

/// A request that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    /// The HTTP status.
    pub(super) status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
    param: Option<String>,
}

/// What is quoted from a request is cut to this many characters.
const QUOTE_CHARS: usize = 100;

/// The beginning of what the caller sent, for a message.
pub(super) fn quote(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(QUOTE_CHARS)
        .collect()
}

impl ApiError {
    /// 400 `invalid_request_error`.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            code: None,
            message: message.into(),
            param: None,
        }
    }

    /// With Stripe's code.
    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// With the parameter it is about.
    pub(super) fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(quote(&param.into()));
        self
    }

    fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// 401: no usable API key. The key itself is never quoted.
    pub(super) fn unauthorized(message: &str) -> Self {
        Self::invalid(message).status(StatusCode::UNAUTHORIZED)
    }

    /// 403: the key may not do it.
    pub(super) fn forbidden(self) -> Self {
        self.status(StatusCode::FORBIDDEN)
    }

    /// 404: an id in the path names nothing.
    pub(super) fn not_found(object: &str, id: &str, param: &'static str) -> Self {
        Self::missing(object, id, param).status(StatusCode::NOT_FOUND)
    }

    /// 400: an id in a parameter names nothing.
    pub(super) fn missing(object: &str, id: &str, param: &'static str) -> Self {
        Self::invalid(format!("No such {object}: '{}'", quote(id)))
            .code("resource_missing")
            .param(param)
    }

    /// 404: no such route.
    pub(super) fn unknown_route(method: &str, path: &str) -> Self {
        Self::invalid(format!(
            "Unrecognized request URL ({}: {}). Please see https://stripe.com/docs.",
            quote(method),
            quote(path)
        ))
        .status(StatusCode::NOT_FOUND)
    }

    /// 413: the body is too large.
    pub(super) fn too_large() -> Self {
        Self::invalid("The request body is too large.").status(StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// 400: a required parameter is not there.
    pub(super) fn required(param: &str) -> Self {
        Self::invalid(format!("Missing required param: {param}."))
            .code("parameter_missing")
            .param(param)
    }

    /// 400: an idempotency key came back with another request.
    pub(super) fn idempotency() -> Self {
        let mut error = Self::invalid(
            "Keys for idempotent requests can only be used with the same parameters they were \
             first used with. Try using a key other than the one you sent if you meant to \
             execute a different request.",
        );
        error.kind = "idempotency_error";
        error
    }

    /// 400: the account is no longer linked.
    pub(super) fn inactive(status: &str) -> Self {
        Self::invalid(format!(
            "This account is {}: its data cannot be refreshed. Ask the holder to link it again.",
            quote(status)
        ))
        .code("financial_connections_account_inactive")
    }

    /// 400: the transactions were never fetched.
    pub(super) fn no_transactions_yet() -> Self {
        Self::invalid(
            "This account has had no successful transaction refresh: refresh its `transactions` \
             first, and wait until `transaction_refresh.status` is `succeeded`.",
        )
        .code("financial_connections_no_successful_transaction_refresh")
    }

    /// 400: the holder did not permit it.
    pub(super) fn not_permitted(permission: &str) -> Self {
        Self::invalid(format!(
            "The holder of this account did not permit `{permission}`."
        ))
    }

    /// 500: an answer could not be written.
    pub(super) fn internal() -> Self {
        let mut error = Self::invalid("The answer could not be written.")
            .status(StatusCode::INTERNAL_SERVER_ERROR);
        error.kind = "api_error";
        error
    }

    /// The answer's body.
    pub(super) fn body(&self) -> Value {
        let mut error = Map::new();
        error.insert("type".into(), self.kind.into());
        error.insert("message".into(), self.message.clone().into());
        if let Some(code) = self.code {
            let slug = code.replace('_', "-");
            let url = format!("https://stripe.com/docs/error-codes/{slug}");
            error.insert("code".into(), code.into());
            error.insert("doc_url".into(), url.into());
        }
        if let Some(param) = &self.param {
            error.insert("param".into(), param.clone().into());
        }
        Value::Object(Map::from_iter([("error".to_owned(), error.into())]))
    }
}

/// The account that a path names is not there.
pub(super) fn no_account(id: &str) -> ApiError {
    ApiError::not_found(wire::ACCOUNT, id, "account")
}
