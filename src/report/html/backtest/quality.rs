//! How good the data is.

use super::tables::sorted_table;
use super::{each, list, nothing, sentence};
use crate::report::backtest::{CommitteeReport, left_out, not_decidable};
use crate::report::figures::number;
use crate::report::html::parts::Column;
use crate::report::markup::Markup;

pub(super) fn quality(main: &mut Markup, report: &CommitteeReport<'_>) {
    let population = &report.found.population;
    let read = match population.from_columns {
        true => {
            "Decisions were read from the columns: proven when those were written, and not again. `ledger verify` \
             compares both."
        }
        false => "Each decision was read from the ledger and proven against its hashes.",
    };
    main.within("p", &[], |line| sentence(line, read));
    let left_out = left_out(&population.left_out);
    if !left_out.is_empty() {
        list(main, left_out);
    }
    damaged(main, report);
    each(main, report, |main, one| {
        if one.decided == 0 && one.not_decidable.total == 0 {
            return nothing(main, "There was nothing to decide.");
        }
        let mut lines: Vec<String> = not_decidable(&one.not_decidable)
            .into_iter()
            .map(|line| format!("not decidable: {line}"))
            .collect();
        if one.from_snapshots > 0 {
            let count = number(one.from_snapshots);
            lines.push(format!("{count} were decided from their bank data"));
        }
        match lines.is_empty() {
            true => nothing(
                main,
                "The candidate can decide every decision, on what was recorded of it.",
            ),
            false => list(main, lines),
        }
    });
    let missing = report.found.drift.iter();
    let missing = missing.filter(|one| one.spread.missing > 0).count();
    let line = format!(
        "Of the {} features looked at for drift, {missing} are missing in some decisions: how often stands there.",
        report.found.drift.len()
    );
    main.element("p", &[], &line);
}

fn damaged(main: &mut Markup, report: &CommitteeReport<'_>) {
    let left_out = &report.found.population.left_out;
    if left_out.damaged == 0 {
        nothing(main, "No record is damaged.");
        return;
    }
    let line = format!(
        "{} records are not what was written: nothing was decided on what is damaged in them.",
        number(left_out.damaged)
    );
    main.element("p", &[("class", "bad")], &line);
    let columns = [("Record", Column::Text), ("What is wrong", Column::Text)];
    let rows = left_out.problems.iter();
    let rows = rows.map(|one| vec![one.record.clone(), one.problem.clone()]);
    sorted_table(main, "Damaged records", &columns, rows.collect());
}
