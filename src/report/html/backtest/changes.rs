//! What changed in the rules.

use super::nothing;
use super::tables::sorted_table;
use crate::report::backtest::{Changes, CommitteeReport, newest};
use crate::report::html::parts::Column;
use crate::report::markup::Markup;
use crate::rules::Difference;

pub(super) fn changes(main: &mut Markup, report: &CommitteeReport<'_>) {
    let found = report.found;
    let Some(live) = newest(found) else {
        nothing(main, "Nothing decided that it could be held against.");
        return;
    };
    let against = format!("{} {}", live.name, live.version);
    let others = found.population.live.len().saturating_sub(1);
    let line = match others {
        0 => format!("Against {against}, which decided all of them."),
        _ => format!(
            "Against {against}, the newest of the {} versions that decided. Each decision is compared with \
             what its own version came to.",
            others.saturating_add(1)
        ),
    };
    main.element("p", &[], &line);
    for (one, changes) in found.candidates.iter().zip(&report.changes) {
        let name = &one.candidate;
        if found.candidates.len() > 1 {
            main.element("h3", &[("class", "candidate")], &name.given_as);
        }
        let is_same = name.bundle == live.bundle;
        told(main, (&against, is_same), changes);
    }
}

fn told(main: &mut Markup, (against, is_same): (&str, bool), changes: &Changes) {
    match changes {
        Err(why) => main.element(
            "p",
            &[("class", "warn")],
            &format!("It is not known: {why}."),
        ),
        Ok(_) if is_same => nothing(main, "Nothing: it is the same rule set, byte by byte."),
        Ok(none) if none.is_empty() => nothing(main, "Nothing but how it is written."),
        Ok(some) => {
            let caption = match some.len() {
                1 => format!("1 difference from {against}"),
                many => format!("{many} differences from {against}"),
            };
            let columns = [
                ("Where", Column::Text),
                ("Change", Column::Word),
                ("Before", Column::Text),
                ("After", Column::Text),
            ];
            let rows = some.iter().map(row);
            sorted_table(main, &caption, &columns, rows.collect());
        }
    }
}

fn row(difference: &Difference) -> Vec<String> {
    let word = match (&difference.before, &difference.after) {
        (None, _) => "added",
        (Some(_), None) => "removed",
        (Some(_), Some(_)) => "changed",
    };
    let told = |side: &Option<String>| side.clone().unwrap_or_default();
    vec![
        difference.path.clone(),
        word.to_owned(),
        told(&difference.before),
        told(&difference.after),
    ]
}
