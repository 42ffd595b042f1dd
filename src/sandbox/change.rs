//! What a POST asks for.

use std::collections::BTreeSet;

use super::problem::ApiError;
use super::query::Params;
use super::sessions::NewSession;
use super::wire;
use super::world::RefreshFeature;

/// What a POST asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    /// Do something to an account.
    Account(String, Edit),
    /// Make a session.
    Session(NewSession),
}

/// What is done to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    Refresh(BTreeSet<RefreshFeature>),
    Subscribe(BTreeSet<RefreshFeature>),
    Unsubscribe(BTreeSet<RefreshFeature>),
    Disconnect,
}

/// What can be subscribed to.
const SUBSCRIBABLE: &[RefreshFeature] = &[RefreshFeature::Transactions];

impl Change {
    /// Takes what a POST below `/v1/financial_connections/` asks for; `None` where there is no such
    /// route.
    pub(super) fn take(segments: &[&str], params: &mut Params) -> Result<Option<Self>, ApiError> {
        Ok(match segments {
            ["sessions"] => Some(Self::Session(NewSession::take(params)?)),
            ["accounts", account, verb] => {
                Edit::take(verb, params)?.map(|edit| Self::Account((*account).to_owned(), edit))
            }
            _ => None,
        })
    }

    /// The kind of object that is answered.
    pub(super) fn answered(&self) -> &'static str {
        match self {
            Self::Account(..) => wire::ACCOUNT,
            Self::Session(_) => wire::SESSION,
        }
    }
}

impl Edit {
    fn take(verb: &str, params: &mut Params) -> Result<Option<Self>, ApiError> {
        Ok(Some(match verb {
            "refresh" => Self::Refresh(take_features(params, &RefreshFeature::ALL)?),
            "subscribe" => Self::Subscribe(take_features(params, SUBSCRIBABLE)?),
            "unsubscribe" => Self::Unsubscribe(take_features(params, SUBSCRIBABLE)?),
            "disconnect" => Self::Disconnect,
            _ => return Ok(None),
        }))
    }
}

fn take_features(
    params: &mut Params,
    known: &[RefreshFeature],
) -> Result<BTreeSet<RefreshFeature>, ApiError> {
    let words = params.list("features")?;
    if words.is_empty() {
        return Err(ApiError::required("features"));
    }
    let read = |(index, word): (usize, &String)| {
        let feature = RefreshFeature::from_word(word).filter(|feature| known.contains(feature));
        feature.ok_or_else(|| {
            let known: Vec<&str> = known.iter().map(|feature| feature.word()).collect();
            let known = known.join(", ");
            ApiError::invalid(format!("Invalid features[{index}]: must be one of {known}"))
                .param(format!("features[{index}]"))
        })
    };
    words.iter().enumerate().map(read).collect()
}
