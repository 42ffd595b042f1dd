//! What stands at each position of a decision body: kept once for a bundle and a `semantics`, so
//! that a record can be read for years without this program.

use serde::{Deserialize, Serialize};

use super::{SEMANTICS, StreamRecord};
use crate::features::{self, Scope, Type};
use crate::rules::{self, Bundle};

/// The layout of the decisions that one bundle makes under one `semantics`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// See [`SEMANTICS`].
    pub semantics: u32,
    /// The features, in the order in which a body holds them: each has one value for each subject
    /// of its scope.
    pub features: Vec<LayoutFeature>,
    /// What stands at each position of a stream of income.
    pub streams: Vec<String>,
    /// The rule set.
    pub rule_set: rules::Layout,
}

/// One feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutFeature {
    /// Its name: `income.monthly_net`.
    pub name: String,
    /// Its type, which carries the unit.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Whose it is: accounts in the order of the body's pins, applicants in that of the request,
    /// income streams in that of the body.
    pub scope: Scope,
    /// The days it looks back, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_days: Option<u32>,
    /// What it means.
    pub doc: String,
}

impl Layout {
    /// The layout of the decisions that this engine makes by `bundle`.
    pub fn of(bundle: &Bundle) -> Self {
        let features = features::table().iter().map(|feature| LayoutFeature {
            name: feature.name.to_owned(),
            ty: feature.ty,
            scope: feature.scope,
            window_days: feature.window_days(),
            doc: feature.doc.to_owned(),
        });
        Self {
            semantics: SEMANTICS,
            features: features.collect(),
            streams: StreamRecord::POSITIONS.map(str::to_owned).to_vec(),
            rule_set: rules::Layout::of(bundle.program()),
        }
    }

    /// The canonical bytes: what the ledger stores.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}
