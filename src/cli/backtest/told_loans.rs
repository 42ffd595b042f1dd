//! How loans did, as people read it.

use rust_decimal::Decimal;

use super::numbers::{number, share, thousandths};
use crate::cli::table::{self, Cell};
use crate::cli::text::{DIM, paint};
use crate::money::grouped;
use crate::replay::backtest::{Performance, ScorePower, SwapSet, TierLoans};
use crate::report::backtest::{DECLINED_ARE_NOT_KNOWN, expected_profit, loans_left_out};

/// How many loans are known and how many went bad, by which definition, and which are left out.
pub(super) fn known(found: &Performance) -> String {
    let bad = &found.definition;
    let mut text = format!(
        "  loans: {} of {} went bad, {}\n",
        number(found.bad.count),
        number(found.bad.of),
        share(&found.bad)
    );
    let definition = format!(
        "    bad: charged off, a loss, or {} days late, within {} days; seen until {}\n",
        bad.days_late, bad.age_days, bad.seen_until
    );
    text.push_str(&paint(DIM, &definition));
    for line in loans_left_out(&found.left_out) {
        text.push_str(&format!("    left out: {line}\n"));
    }
    text
}

/// How the loans of the compared decisions did.
pub(super) fn performance(found: &Performance, width: Option<usize>) -> String {
    let mut text = known(found);
    if found.bad.of == 0 {
        return text;
    }
    text.push_str(&swap_sets(&found.swap_sets, width));
    text.push_str(&format!("  {DECLINED_ARE_NOT_KNOWN}\n"));
    text.push_str(&tiers("live tier", &found.by_live_tier, width));
    text.push_str(&tiers("candidate's tier", &found.by_candidate_tier, width));
    if let Some([what, sides @ ..]) = expected_profit(found) {
        text.push_str(&format!("  {what}\n"));
        for side in sides {
            text.push_str(&format!("    {side}\n"));
        }
    }
    for (what, power) in [
        ("score live", &found.live_score),
        ("score candidate", &found.candidate_score),
    ] {
        text.extend(power.as_ref().map(|power| score(what, power, width)));
    }
    text
}

fn swap_sets(sets: &[SwapSet], width: Option<usize>) -> String {
    let rows = sets.iter().map(|set| {
        let who = match (set.live_approves, set.candidate_approves) {
            (true, true) => "  both approve",
            (true, false) => "  swapped out",
            (false, true) => "  swapped in",
            (false, false) => "  neither",
        };
        let bad = match set.bad.of {
            0 => "not known".to_owned(),
            _ => share(&set.bad),
        };
        vec![
            Cell::new(who),
            Cell::right(number(set.decisions)),
            Cell::right(number(set.bad.of)),
            Cell::new(bad),
            Cell::right(grouped(&set.interest.to_string())),
            Cell::right(grouped(&set.loss.to_string())),
            Cell::right(grouped(&set.profit.to_string())),
        ]
    });
    let head = [
        "  who approves",
        "decisions",
        "loans",
        "bad",
        "earned",
        "lost",
        "profit",
    ];
    table::render(&head, rows.collect(), width)
}

fn tiers(what: &str, tiers: &[TierLoans], width: Option<usize>) -> String {
    if tiers.is_empty() {
        return String::new();
    }
    let rows = tiers.iter().map(|one| {
        vec![
            Cell::new(format!("  {}", one.tier)),
            Cell::right(number(one.bad.of)),
            Cell::new(share(&one.bad)),
            Cell::right(grouped(&one.profit.to_string())),
            Cell::right(grouped(&one.offered.total.to_string())),
            Cell::right(expected_of(one.expected)),
        ]
    });
    let what = format!("  {what}");
    let head = [&what, "loans", "bad", "profit", "offered", "expected"];
    table::render(&head, rows.collect(), width)
}

fn expected_of(profit: Option<Decimal>) -> String {
    profit.map_or_else(
        || "not known".to_owned(),
        |profit| grouped(&profit.to_string()),
    )
}

fn score(what: &str, power: &ScorePower, width: Option<usize>) -> String {
    let told = &power.discrimination;
    let mut text = format!(
        "  {what}: AUC {}, KS {:.3} at {}, of {} good and {} bad loans\n",
        thousandths(told.auc, told.auc_interval),
        told.ks,
        told.ks_at,
        number(told.good),
        number(told.bad)
    );
    let rows = power.bands.iter().map(|band| {
        vec![
            Cell::new(format!("    {} to {}", band.scores.first, band.scores.last)),
            Cell::right(number(band.bad.of)),
            Cell::new(share(&band.bad)),
        ]
    });
    let head = ["    score", "loans", "bad"];
    text.push_str(&table::render(&head, rows.collect(), width));
    text
}
