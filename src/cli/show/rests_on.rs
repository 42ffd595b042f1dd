//! What the decision rests on: doubtful data, pins, and its place in the chain.

use super::{Page, widest};
use crate::cli::text::{self, DIM, paint};
use crate::proto;

/// Writes the quality of the data, the pins and the chain.
pub(super) fn show(page: &mut Page, decision: &proto::Decision) {
    let doubtful: Vec<_> = decision
        .data_quality
        .iter()
        .filter(|account| !account.flags.is_empty())
        .collect();
    if !doubtful.is_empty() {
        page.heading("Doubtful about the data");
        let width = widest(doubtful.iter().map(|account| account.account_id.as_str()));
        for account in doubtful {
            let flags = account.flags.join(", ").replace('_', " ");
            let whose = paint(DIM, &format!("of {}", account.applicant_id));
            page.entry(width, &account.account_id, &format!("{flags}  {whose}"));
        }
    }
    if let Some(pins) = &decision.pins {
        show_pins(page, pins);
    }
    if let Some(chain) = &decision.chain {
        let place = format!("record {} of chain {}", chain.seq, chain.chain_id);
        page.entry(WIDTH, "ledger", &place);
        page.entry(WIDTH, "", &format!("hash {}", chain.hash));
        page.entry(WIDTH, "", &format!("previous {}", chain.previous));
        page.entry(WIDTH, "", &format!("commitment {}", chain.commitment));
    }
}

/// The width of the longest label below.
const WIDTH: usize = 9;

fn show_pins(page: &mut Page, pins: &proto::Pins) {
    page.heading("Rests on");
    if let Some(rule_set) = &pins.rule_set {
        let named = format!("{} {} ({})", rule_set.name, rule_set.version, rule_set.kind);
        page.entry(WIDTH, "rule set", &named);
        page.entry(WIDTH, "", &format!("bundle {}", rule_set.bundle_hash));
    }
    let as_of = text::instant(pins.as_of.as_ref());
    page.entry(
        WIDTH,
        "moment",
        &format!("{as_of}, days read in {}", pins.zone),
    );
    for (index, pin) in pins.snapshots.iter().enumerate() {
        let label = if index == 0 { "snapshots" } else { "" };
        let fetched = text::instant(pin.fetched_at.as_ref());
        page.entry(
            WIDTH,
            label,
            &format!("{} fetched {fetched}", pin.account_id),
        );
        page.entry(WIDTH, "", &format!("hash {}", pin.hash));
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
    let sign = pins.amount_sign.replace('_', " ");
    page.entry(
        WIDTH,
        "settings",
        &format!("{sign}, seed {:016x}", pins.seed),
    );
}
