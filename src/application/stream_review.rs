//! What a reviewer says of a stream of income: part of the request, and so of what a decision is a
//! function of.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, TransactionId};

/// A reviewer's word on one stream of income. The stream is named by any of its transactions.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamReview {
    /// The account of the transaction.
    pub account: AccountId,
    /// A transaction of the stream.
    pub transaction: TransactionId,
    /// What the reviewer says.
    pub verdict: ReviewVerdict,
    /// Who reviewed it: the lender's name or number for the person.
    pub reviewer: String,
    /// Why: what the reviewer saw.
    pub reason: String,
    /// When it was reviewed.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub reviewed_at: DateTime<Utc>,
}

impl fmt::Debug for StreamReview {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReview")
            .field("account", &self.account)
            .field("transaction", &self.transaction)
            .field("verdict", &self.verdict)
            .finish_non_exhaustive()
    }
}

/// What a reviewer says of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// It is income, and counts as proven.
    Confirmed,
    /// It is no income.
    Refused,
}

impl ReviewVerdict {
    /// The verdicts as they are told to a caller who named none.
    pub const CHOICES: &str = "CONFIRMED or REFUSED";
}

/// A reviewer's word as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftStreamReview {
    /// The account of the transaction.
    pub account: Option<AccountId>,
    /// A transaction of the stream.
    pub transaction: Option<TransactionId>,
    /// What the reviewer says.
    pub verdict: Option<ReviewVerdict>,
    /// Who reviewed it.
    pub reviewer: String,
    /// Why.
    pub reason: String,
    /// When it was reviewed.
    pub reviewed_at: Option<DateTime<Utc>>,
}

impl From<StreamReview> for DraftStreamReview {
    fn from(review: StreamReview) -> Self {
        Self {
            account: Some(review.account),
            transaction: Some(review.transaction),
            verdict: Some(review.verdict),
            reviewer: review.reviewer,
            reason: review.reason,
            reviewed_at: Some(review.reviewed_at),
        }
    }
}
