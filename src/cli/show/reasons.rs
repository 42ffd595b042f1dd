//! Why: each reason with its statement, evidence and counterfactuals.

use std::collections::BTreeMap;

use super::Page;
use crate::cli::text::{self, BOLD, DIM, paint};
use crate::proto;

/// Transactions shown for one reason; the rest are counted.
const SHOWN_MAX: usize = 8;

/// Writes the reasons, those told to the applicant first.
pub(super) fn show(page: &mut Page, decision: &proto::Decision, snapshots: &[proto::Snapshot]) {
    let transactions = by_id(snapshots);
    let (told, untold): (Vec<_>, Vec<_>) =
        decision.reasons.iter().partition(|reason| reason.principal);
    if !told.is_empty() {
        page.heading("Reasons told to the applicant");
        for (index, reason) in told.into_iter().enumerate() {
            show_one(page, &format!("{}.", index + 1), reason, &transactions);
        }
    }
    if !untold.is_empty() {
        page.heading("Further reasons");
        for reason in untold {
            show_one(page, "-", reason, &transactions);
        }
    }
}

type Transactions<'a> = BTreeMap<&'a str, (&'a proto::Transaction, &'a proto::Snapshot)>;

fn by_id(snapshots: &[proto::Snapshot]) -> Transactions<'_> {
    snapshots
        .iter()
        .flat_map(|snapshot| {
            let rows = snapshot.transactions.iter();
            rows.map(move |row| (row.id.as_str(), (row, snapshot)))
        })
        .collect()
}

fn show_one(page: &mut Page, mark: &str, reason: &proto::Reason, transactions: &Transactions<'_>) {
    let did = text::action(reason.action());
    let source = paint(DIM, &format!("{did}, from {}", reason.source));
    page.line(format!(
        "  {mark} {}  {source}",
        paint(BOLD, &reason.statement)
    ));
    page.line(format!("     {}", paint(DIM, &reason.code)));
    for change in &reason.counterfactuals {
        let was = change
            .observed
            .as_ref()
            .map_or_else(|| "?".to_owned(), text::value);
        page.line(format!(
            "     would not apply if {} were {} (it was {was})",
            change.name, change.needed
        ));
    }
    if let Some(evidence) = &reason.evidence
        && evidence.transactions > 0
    {
        show_evidence(page, evidence, transactions);
    }
}

fn show_evidence(page: &mut Page, evidence: &proto::Evidence, transactions: &Transactions<'_>) {
    let count = usize::try_from(evidence.transactions).unwrap_or(usize::MAX);
    page.line(format!(
        "     rests on {}{}",
        text::counted(count, "transaction", "transactions"),
        if evidence.transaction_ids.is_empty() {
            ""
        } else {
            ":"
        },
    ));
    for id in evidence.transaction_ids.iter().take(SHOWN_MAX) {
        match transactions.get(id.as_str()) {
            Some((row, snapshot)) => page.line(format!("       {}", transaction(row, snapshot))),
            None => page.line(format!("       {id}")),
        }
    }
    let more = evidence.transaction_ids.len().saturating_sub(SHOWN_MAX);
    if more > 0 {
        page.line(format!("       and {more} more"));
    }
}

/// `2026-03-02     -35.00 USD  OVERDRAFT FEE  (checking 4242)`.
fn transaction(row: &proto::Transaction, snapshot: &proto::Snapshot) -> String {
    let amount = row.amount.as_ref().map_or_else(String::new, text::money);
    let day = text::day(row.transacted_at.as_ref());
    let status = if row.status == "posted" {
        String::new()
    } else {
        format!(", {}", row.status)
    };
    let account = format!("({} {}{status})", snapshot.subcategory, snapshot.last4);
    format!(
        "{day}  {amount:>16}  {}  {}",
        row.description,
        paint(DIM, &account)
    )
}
