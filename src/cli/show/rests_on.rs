//! What the decision rests on: doubtful data, pins, and its place in the chain.

use super::{AtHand, Page, widest};
use crate::cli::decided_by::DecidedBy;
use crate::cli::text::{self, DIM, YELLOW, paint};
use crate::proto;

/// Writes the quality of the data, the pins and the chain. Of a snapshot that is at hand it tells
/// when the bank delivered what is in it.
pub(super) fn show(page: &mut Page, decision: &proto::Decision, at_hand: AtHand<'_>) {
    let doubtful: Vec<_> = decision
        .data_quality
        .iter()
        .filter(|account| !account.flags.is_empty())
        .collect();
    if !doubtful.is_empty() {
        page.heading("Doubtful about the data");
        let width = widest(doubtful.iter().map(|account| account.account_id.as_str()));
        for account in doubtful {
            let flags: Vec<String> = account.flags().map(doubt).collect();
            let flags = flags.join(", ");
            let whose = paint(DIM, &format!("of {}", account.applicant_id));
            page.entry(width, &account.account_id, &format!("{flags}  {whose}"));
        }
    }
    if let Some(pins) = &decision.pins {
        show_pins(page, pins, at_hand);
    }
    if let Some(chain) = &decision.chain {
        let place = format!("record {} of chain {}", chain.seq, chain.chain_id);
        page.entry(WIDTH, "ledger", &place);
        page.entry(WIDTH, "", &format!("hash {}", chain.hash));
        page.entry(WIDTH, "", &format!("previous {}", chain.previous_hash));
        page.entry(WIDTH, "", &format!("commitment {}", chain.commitment));
    }
}

/// The width of the longest label below.
const WIDTH: usize = 9;

fn show_pins(page: &mut Page, pins: &proto::Pins, at_hand: AtHand<'_>) {
    page.heading("Rests on");
    if let Some(rule_set) = &pins.rule_set {
        let kind = text::word(rule_set.kind().as_str_name(), "RULE_SET_KIND_");
        let named = format!("{} {} ({kind})", rule_set.name, rule_set.version);
        page.entry(WIDTH, "rule set", &named);
        page.entry(WIDTH, "", &format!("bundle {}", rule_set.bundle_hash));
        for said in at_hand.decided_by.iter().flat_map(|known| said(known)) {
            page.entry(WIDTH, "", &said);
        }
    }
    let as_of = text::instant(pins.as_of_time.as_ref());
    page.entry(
        WIDTH,
        "moment",
        &format!("{as_of}, days read in {}", pins.zone),
    );
    for (index, pin) in pins.snapshots.iter().enumerate() {
        let label = if index == 0 { "snapshots" } else { "" };
        page.entry(WIDTH, label, &snapshot(pin, pins.as_of_time.as_ref()));
        page.entry(WIDTH, "", &format!("hash {}", pin.hash));
        if let Some(held) = at_hand.snapshots.iter().find(|held| held.hash == pin.hash) {
            let delivered = delivered(held);
            page.entry(WIDTH, "", &format!("delivered by the bank: {delivered}"));
        }
    }
    let engine = format!("{}, semantics {}", pins.engine_version, pins.semantics);
    page.entry(WIDTH, "engine", &engine);
    let tables: Vec<String> = pins
        .tables
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    if !tables.is_empty() {
        page.entry(WIDTH, "tables", &tables.join(", "));
    }
    let sign = text::word(pins.amount_sign().as_str_name(), "AMOUNT_SIGN_").replace('_', " ");
    page.entry(
        WIDTH,
        "settings",
        &format!("{sign}, seed {:016x}", pins.seed),
    );
}

/// Who published the rule set and made it active, or why that is not known.
fn said(known: &DecidedBy) -> Vec<String> {
    let published = known.version.as_ref().map(|version| {
        let at = text::instant(version.publish_time.as_ref());
        let note = match version.note.as_str() {
            "" => String::new(),
            note => format!(": {note}"),
        };
        format!("published by {} at {at}{note}", version.publisher)
    });
    let activated = known.activation.as_ref().map(|said| {
        let since = text::instant(said.start_time.as_ref());
        let at = text::instant(said.record_time.as_ref());
        let (who, seq) = (&said.who, said.seq);
        format!("made active by {who} at {at}, from {since} on (record {seq})")
    });
    let unknown = known.unknown.as_ref();
    let unknown = unknown.map(|why| paint(YELLOW, why));
    [published, activated, unknown]
        .into_iter()
        .flatten()
        .collect()
}

/// `fca_1 fetched 2026-03-31 14:05 UTC, 3 hours before  of p1`.
fn snapshot(pin: &proto::SnapshotPin, as_of: Option<&prost_types::Timestamp>) -> String {
    let whose = match pin.applicant_id.as_str() {
        "" => String::new(),
        applicant => format!("  {}", paint(DIM, &format!("of {applicant}"))),
    };
    let fetched = fetched(pin, as_of);
    format!("{} fetched {fetched}{whose}", pin.account_id)
}

/// What is doubtful about data: `short history`.
pub(in crate::cli) fn doubt(flag: proto::QualityFlag) -> String {
    text::word(flag.as_str_name(), "QUALITY_FLAG_").replace('_', " ")
}

/// `2026-03-31 14:05 UTC, 3 hours before`, where that is before the moment of the decision.
pub(in crate::cli) fn fetched(
    pin: &proto::SnapshotPin,
    as_of: Option<&prost_types::Timestamp>,
) -> String {
    let fetched = text::instant(pin.fetch_time.as_ref());
    let seconds = |at: Option<&prost_types::Timestamp>| at.map(|at| at.seconds);
    let age = seconds(as_of)
        .zip(seconds(pin.fetch_time.as_ref()))
        .map(|(as_of, fetched)| as_of.saturating_sub(fetched))
        .and_then(before);
    let age = age.map_or_else(String::new, |age| format!(", {age} before"));
    format!("{fetched}{age}")
}

/// How long before the moment of the decision, in its largest whole unit; nothing for less than a
/// minute.
fn before(seconds: i64) -> Option<String> {
    const UNITS: [(i64, &str, &str); 3] = [
        (24 * 60 * 60, "day", "days"),
        (60 * 60, "hour", "hours"),
        (60, "minute", "minutes"),
    ];
    let (unit, one, many) = UNITS.into_iter().find(|(unit, ..)| seconds >= *unit)?;
    let count = usize::try_from(seconds.checked_div(unit)?).ok()?;
    Some(text::counted(count, one, many))
}

/// When the bank delivered each part: `balance 2026-03-31 14:04 UTC, owners never, …`.
pub(in crate::cli) fn delivered(snapshot: &proto::Snapshot) -> String {
    let parts = [
        ("balance", &snapshot.balances_refresh_time),
        ("owners", &snapshot.ownership_refresh_time),
        ("transactions", &snapshot.transactions_refresh_time),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter_map(|(part, at)| Some(format!("{part} {}", text::instant(Some(at.as_ref()?)))))
        .collect();
    if told.is_empty() {
        "nothing that a refresh brought".to_owned()
    } else {
        told.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_its_largest_whole_unit() {
        let told = |seconds| before(seconds).unwrap_or_default();
        assert_eq!([-5, 0, 59].map(told), ["", "", ""]);
        assert_eq!([60, 3_599].map(told), ["1 minute", "59 minutes"]);
        assert_eq!([3_600, 86_399].map(told), ["1 hour", "23 hours"]);
        assert_eq!([86_400, 10 * 86_400].map(told), ["1 day", "10 days"]);
        assert_eq!(told(i64::MAX).chars().last(), Some('s'));
    }
}
