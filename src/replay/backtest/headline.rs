//! What a backtest found, in one sentence.

use rust_decimal::Decimal;

use super::report::{FlipGroup, NotDecidable, Offers};
use crate::money::{grouped, thousands as number};

/// What a candidate would have changed: how many outcomes, by which rules, and what it would have lent.
pub(super) fn headline(
    decided: u64,
    flips: (u64, &[FlipGroup]),
    offers: Option<&Offers>,
    not_decidable: &NotDecidable,
) -> String {
    let (total, groups) = flips;
    let mut parts = Vec::new();
    if decided == 0 {
        parts.push(match not_decidable.total {
            0 => "has no decision to be compared with".to_owned(),
            all => format!("can decide none of {} decisions", number(all)),
        });
    } else {
        parts.push(match (decided, total) {
            (1, 0) => "does not change the outcome of the one decision".to_owned(),
            (1, _) => "changes the outcome of the one decision".to_owned(),
            (many, 0) => format!("changes none of {} outcomes", number(many)),
            (many, _) => format!("changes {} of {} outcomes", number(total), number(many)),
        });
    }
    let groups: Vec<String> = groups.iter().map(group).collect();
    if let (false, Some(first)) = (groups.is_empty(), parts.first_mut()) {
        *first = format!("{first}: {}", groups.join(", "));
    }
    parts.extend(offers.and_then(lent));
    if decided > 0 && not_decidable.total > 0 {
        parts.push(format!("{} not decidable", number(not_decidable.total)));
    }
    parts.join("; ")
}

/// `9 APPROVE to DECLINE, all by nsf-60`.
fn group(group: &FlipGroup) -> String {
    let most = group.responsible.first().map(|most| {
        let by = match most.decisions == group.decisions {
            true if group.decisions > 1 => "all".to_owned(),
            true => String::new(),
            false => number(most.decisions),
        };
        let by = format!("{by} by `{}`", most.cause.source);
        format!(" ({})", by.trim_start())
    });
    format!(
        "{} {} to {}{}",
        number(group.decisions),
        group.from,
        group.to,
        most.unwrap_or_default()
    )
}

/// `41,200.00 USD less lent`.
fn lent(offers: &Offers) -> Option<String> {
    let apart = offers.difference;
    let word = match apart {
        none if none == Decimal::ZERO => return None,
        less if less < Decimal::ZERO => "less",
        _ => "more",
    };
    let amount = grouped(&apart.abs().to_string());
    Some(format!("{amount} {} {word} offered", offers.currency))
}
