//! What a version of a rule set came to, as people read it.

use crate::cli::table::{self, Cell};
use crate::cli::text::{self, DIM, YELLOW, paint};
use crate::money::thousands as number;
use crate::proto;

/// The outcomes and the rules, under a label.
pub(super) fn text(label: &str, tally: &proto::Tally, width: Option<usize>) -> String {
    let newest = number(tally.decisions_max);
    let mut told = match (&tally.first_time, &tally.last_time) {
        (Some(first), Some(last)) => {
            let (first, last) = (text::instant(Some(first)), text::instant(Some(last)));
            let outcomes = tally.outcomes.iter();
            let outcomes = outcomes.map(|one| {
                let share = share(one.count, tally.decisions);
                format!("{} {} ({share})", number(one.count), one.outcome)
            });
            let outcomes = outcomes.collect::<Vec<_>>().join(", ");
            let decisions = usize::try_from(tally.decisions).unwrap_or(usize::MAX);
            let decisions = text::counted(decisions, "decision", "decisions");
            format!(
                "  {label}: {decisions} among the newest {newest}, from {first} to {last}\n  \
                 outcomes: {outcomes}\n"
            )
        }
        (None | Some(_), None | Some(_)) => {
            format!("  {label}: no decision among the newest {newest}\n")
        }
    };
    if tally.damaged > 0 {
        let damaged = tally.damaged;
        let line = format!("  left out: {damaged} damaged; see `underwrite ledger verify`");
        told.push_str(&format!("{}\n", paint(YELLOW, &line)));
    }
    told.push_str(&rules(tally, width));
    told
}

fn rules(tally: &proto::Tally, width: Option<usize>) -> String {
    let (fired, never): (Vec<_>, Vec<_>) = tally.rules.iter().partition(|rule| rule.hits > 0);
    let mut told = String::new();
    if !fired.is_empty() {
        let head = ["  rule", "fired", "rate", "alone", "most with"];
        let row = |rule: &&proto::RuleHits| {
            let with = match rule.most_with.as_str() {
                "" => String::new(),
                other => format!("{other} ({})", rule.most_with_hits),
            };
            vec![
                Cell::new(format!("  {}", rule.rule_id)),
                Cell::right(rule.hits.to_string()),
                Cell::right(share(rule.hits, tally.decisions)),
                Cell::right(rule.alone.to_string()),
                Cell::new(with),
            ]
        };
        told.push_str(&table::render(
            &head,
            fired.iter().map(row).collect(),
            width,
        ));
    }
    if tally.decisions > 0 && !never.is_empty() {
        let never: Vec<&str> = never.iter().map(|rule| rule.rule_id.as_str()).collect();
        let line = format!("  never fired: {}", never.join(", "));
        told.push_str(&format!("{}\n", paint(DIM, &line)));
    }
    told
}

/// A share in percent, to one decimal: `14.8 %`.
pub(super) fn share(count: u64, all: u64) -> String {
    let (count, all) = (u128::from(count), u128::from(all));
    let doubled = count.saturating_mul(2_000).saturating_add(all);
    match doubled.checked_div(all.saturating_mul(2)) {
        Some(tenths) => format!("{}.{} %", tenths / 10, tenths % 10),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_to_a_tenth_of_a_percent() {
        let shares = [(0, 7), (1, 3), (2, 3), (1, 2_000), (7, 7), (1, 0)];
        let told = shares.map(|(count, all)| share(count, all));
        assert_eq!(told, ["0.0 %", "33.3 %", "66.7 %", "0.1 %", "100.0 %", ""]);
    }

    #[test]
    fn rules_are_told_with_their_rates_and_those_that_never_fired_by_name() {
        let second = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let rule = |id: &str, hits, alone, with: &str, both| proto::RuleHits {
            rule_id: id.to_owned(),
            hits,
            alone,
            most_with: with.to_owned(),
            most_with_hits: both,
        };
        let outcome = |word: &str, count| proto::OutcomeCount {
            outcome: word.to_owned(),
            count,
        };
        let tally = proto::Tally {
            decisions: 1_500,
            first_time: second(1_750_000_000),
            last_time: second(1_750_086_400),
            outcomes: vec![outcome("APPROVE", 1_275), outcome("DECLINE", 225)],
            rules: vec![
                rule("nsf-frequent", 225, 195, "new-account", 30),
                rule("new-account", 30, 0, "nsf-frequent", 30),
                rule("gambling", 0, 0, "", 0),
            ],
            damaged: 1,
            decisions_max: 2_000,
        };
        let told = anstream::adapter::strip_str(&text("counted", &tally, None)).to_string();
        assert_eq!(
            told,
            "  counted: 1,500 decisions among the newest 2,000, from 2025-06-15 15:06 UTC to \
             2025-06-16 15:06 UTC\n  \
               outcomes: 1,275 APPROVE (85.0 %), 225 DECLINE (15.0 %)\n  \
               left out: 1 damaged; see `underwrite ledger verify`\n  \
               rule          fired    rate  alone  most with\n  \
               nsf-frequent    225  15.0 %    195  new-account (30)\n  \
               new-account      30   2.0 %      0  nsf-frequent (30)\n  \
               never fired: gambling\n"
        );
        let none = proto::Tally {
            decisions_max: 2_000,
            ..proto::Tally::default()
        };
        let none = text("counted", &none, None);
        assert_eq!(none, "  counted: no decision among the newest 2,000\n");
    }
}
