//! What a reviewer says of a stream of income: part of the request, and so of what a decision is a
//! function of.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::report::Report;
use crate::id::{AccountId, TransactionId};
use crate::limits;

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

/// Checks reviews as they were sent, each named by its place in `list`.
pub(super) fn check_stream_reviews(
    report: &mut Report,
    list: &str,
    sent: Vec<DraftStreamReview>,
) -> Option<Vec<StreamReview>> {
    if sent.len() > limits::STREAM_REVIEWS_MAX {
        report.fail(list, "has more than 50 entries");
        return None;
    }
    let mut seen = BTreeSet::new();
    let reviews: Vec<Option<StreamReview>> = sent
        .into_iter()
        .enumerate()
        .map(|(index, sent)| {
            let field = |name: &str| format!("{list}[{index}].{name}");
            let account = report.required(&field("account_id"), sent.account);
            let transaction = report.required(&field("transaction_id"), sent.transaction);
            let verdict = report.chosen(&field("verdict"), sent.verdict, ReviewVerdict::CHOICES);
            report.text(field("reviewer"), &sent.reviewer, true);
            report.text(field("reason"), &sent.reason, true);
            let reviewed_at = report.required(&field("review_time"), sent.reviewed_at);
            let review = StreamReview {
                account: account?,
                transaction: transaction?,
                verdict: verdict?,
                reviewer: sent.reviewer,
                reason: sent.reason,
                reviewed_at: reviewed_at?,
            };
            if !seen.insert((review.account.clone(), review.transaction.clone())) {
                report.fail(
                    field("transaction_id"),
                    "is reviewed twice: send one review of each stream",
                );
            }
            Some(review)
        })
        .collect();
    reviews.into_iter().collect()
}
