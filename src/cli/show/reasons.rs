//! Why: each reason with its statement, evidence and counterfactuals.

use std::collections::BTreeMap;

use super::Page;
use crate::calendar::Zone;
use crate::cli::text::{self, BOLD, DIM, paint};
use crate::proto;

/// Ids of transactions shown for one reason; the rest are counted. Readable transactions are all
/// shown, since a count of days can be checked only with all of them.
const IDS_MAX: usize = 8;

/// Writes the reasons, those told to the applicant first.
pub(super) fn show(page: &mut Page, decision: &proto::Decision, snapshots: &[proto::Snapshot]) {
    let transactions = Transactions {
        zone: zone(decision),
        by_id: by_id(snapshots),
    };
    let (told, untold): (Vec<_>, Vec<_>) =
        decision.reasons.iter().partition(|reason| reason.principal);
    if !told.is_empty() {
        // Where a person decided otherwise, the letter gives the reasons of that person.
        let stands = decision.overridden_to() == proto::Outcome::Unspecified;
        page.heading(if stands {
            "Reasons told to the applicant"
        } else {
            "Reasons that the engine gave"
        });
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

/// The transactions of the snapshots, and the zone in which the decision read their days.
struct Transactions<'a> {
    zone: Zone,
    by_id: ById<'a>,
}

pub(in crate::cli) type ById<'a> = BTreeMap<&'a str, (&'a proto::Transaction, &'a proto::Snapshot)>;

pub(in crate::cli) fn zone(decision: &proto::Decision) -> Zone {
    let pins = decision.pins.as_ref();
    pins.and_then(|pins| Zone::parse(&pins.zone).ok())
        .unwrap_or_default()
}

pub(in crate::cli) fn by_id(snapshots: &[proto::Snapshot]) -> ById<'_> {
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
    let source = paint(DIM, &format!("{did}, from {}", source(reason)));
    page.line(format!(
        "  {mark} {}  {source}",
        paint(BOLD, &reason.statement)
    ));
    page.line(format!("     {}", paint(DIM, &reason.code)));
    for change in &reason.counterfactuals {
        page.line(format!("     {}", self::change(change)));
    }
    if let Some(evidence) = &reason.evidence
        && evidence.transaction_count > 0
    {
        show_evidence(page, evidence, transactions);
    }
}

/// `would not apply if nsf.event_days_90d were at most 3 (it was 7)`.
pub(in crate::cli) fn change(change: &proto::Counterfactual) -> String {
    let was =
        |observed: Option<&proto::Value>| observed.map_or_else(|| "?".to_owned(), text::value);
    let mut line = format!(
        "would not apply if {} were {} (it was {})",
        change.name,
        change.needed,
        was(change.observed.as_ref())
    );
    for also in &change.also {
        line.push_str(&format!(
            " and {} were {} (it was {})",
            also.name,
            also.needed,
            was(also.observed.as_ref())
        ));
    }
    line
}

/// What gave a reason: a rule's id, `scorecard:NAME`, `retry:ID`, or a word for what has no name.
pub(in crate::cli) fn source(reason: &proto::Reason) -> String {
    use proto::reason_source::Source;
    let source = reason.source.as_ref();
    match source.and_then(|source| source.source.as_ref()) {
        Some(Source::RuleId(id)) => id.clone(),
        Some(Source::ScorecardCharacteristic(name)) => format!("scorecard:{name}"),
        Some(Source::RetryId(id)) => format!("retry:{id}"),
        Some(Source::BuiltIn(number)) => match proto::BuiltInSource::try_from(*number) {
            Ok(built_in) => text::word(built_in.as_str_name(), "BUILT_IN_SOURCE_"),
            Err(_) => "?".to_owned(),
        },
        None => "?".to_owned(),
    }
}

fn show_evidence(page: &mut Page, evidence: &proto::Evidence, transactions: &Transactions<'_>) {
    let count = usize::try_from(evidence.transaction_count).unwrap_or(usize::MAX);
    page.line(format!(
        "     rests on {}{}",
        text::counted(count, "transaction", "transactions"),
        if evidence.transaction_ids.is_empty() {
            ""
        } else {
            ":"
        },
    ));
    let ids = &evidence.transaction_ids;
    let shown = if transactions.by_id.is_empty() {
        IDS_MAX
    } else {
        ids.len()
    };
    for id in ids.iter().take(shown) {
        match transactions.by_id.get(id.as_str()) {
            Some((row, snapshot)) => {
                let row = transaction(row, snapshot, transactions.zone);
                page.line(format!("       {row}"));
            }
            None => page.line(format!("       {id}")),
        }
    }
    let more = ids.len().saturating_sub(shown);
    if more > 0 {
        page.line(format!("       and {more} more"));
    }
}

/// `2026-03-02     -35.00 USD  OVERDRAFT FEE  (checking 4242, posted 2026-03-03)`, with the days
/// as the decision read them.
fn transaction(row: &proto::Transaction, snapshot: &proto::Snapshot, zone: Zone) -> String {
    let amount = row.amount.as_ref().map_or_else(String::new, text::money);
    let day = text::day(row.transact_time.as_ref(), zone);
    let posted = text::day(row.post_time.as_ref(), zone);
    let status = match row.status_text.as_str() {
        "posted" if posted == day => String::new(),
        "posted" => format!(", posted {posted}"),
        other => format!(", {other}"),
    };
    let account = format!("({} {}{status})", snapshot.subcategory_text, snapshot.last4);
    format!(
        "{day}  {amount:>16}  {}  {}",
        row.description,
        paint(DIM, &account)
    )
}
