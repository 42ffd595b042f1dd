//! How it was made, what it does not say, and how to make it again.

use super::tables::sorted_table;
use super::{list, nothing};
use crate::report::backtest::{CommitteeReport, instant};
use crate::report::html::parts::{Column, card};
use crate::report::markup::Markup;

/// How figures are computed, and what they cannot say.
const METHOD: &[&str] = &[
    "Live is what was recorded; it was not decided again. The candidate decides by the same code as a decision, on \
     the features, inputs and forecasts that were recorded, or where it needs others on the recorded bank data.",
    "What a candidate cannot decide is in none of its rates, and neither is what live came to there.",
    "Intervals are of 95 %. Those of rates are Wilson's score intervals.",
    "Two rates of the same decisions are compared by McNemar's test: exact up to 1,000 decisions in which only one \
     has the outcome, above that chi-squared with a correction for continuity. A small p says that chance alone \
     hardly flips so many more one way, not that the change is good.",
    "Responsible for a flip to a worse outcome are the reasons that make the candidate's outcome and that live did not \
     give; to a better one, those that made live's and that the candidate does not give.",
    "PSI is the sum over bins of (compared - baseline) ln(compared / baseline). Bins are cut at the deciles of the \
     baseline, missing values are one of their own, and each share is (count + 0.5) / (total + 0.5 bins). Below 0.1 \
     is called stable, from 0.25 on moved far: a habit of the trade, no test.",
    "Distributions have twenty parts of equal width between the least and the greatest value.",
    "AUC is the chance that a good loan has a higher score than a bad one, ties counted half, with DeLong's interval. KS \
     is the most by which the shares of good and bad loans at or below a score are apart. Calibration cuts loans at the \
     deciles of their scores.",
    "An adverse impact ratio is an approval rate over that of the segment with the highest one, with Katz's interval; four \
     fifths is the line of 29 CFR 1607.4(D), which reviews of lending borrow.",
    "Expected profit is what is offered in a tier, times what its known loans have earned less what they have lost, over what \
     was paid out for them: as far as these have run, and at their terms, whatever rate a candidate asks.",
    "Applicants who were declined have no loans, and who would have accepted another offer is not known: no figure is of \
     loans that were not made but expected profit, which takes them for like those that were.",
    "It is the past. Applicants may answer other rules by other applications.",
];

pub(super) fn method(main: &mut Markup, _: &CommitteeReport<'_>) {
    list(main, METHOD);
}

pub(super) fn again(main: &mut Markup, report: &CommitteeReport<'_>) {
    card(main, |card| {
        card.within("pre", &[], |pre| pre.lines(&report.command));
    });
    if report.found.population.stopped_early.is_some() {
        nothing(
            main,
            "It was stopped early: the command goes on to the end.",
        );
    }
    if report.open_ended {
        nothing(
            main,
            "What was decided since is in it then too: `--until` ends the period.",
        );
    }
    let line = format!(
        "This page was made on {} by underwrite {}.",
        instant(report.made_at),
        env!("CARGO_PKG_VERSION")
    );
    main.element("p", &[], &line);
    let columns = [
        ("Rule set", Column::Text),
        ("Version", Column::Word),
        ("Given as", Column::Text),
        ("Hash of its bundle", Column::Id),
    ];
    let row = |name: &str, version: &str, given: &str, hash: String| {
        vec![name.to_owned(), version.to_owned(), given.to_owned(), hash]
    };
    let candidates = report.found.candidates.iter().map(|one| {
        let name = &one.candidate;
        row(
            &name.name,
            &name.version,
            &name.given_as,
            name.bundle.to_string(),
        )
    });
    let live = report.found.population.live.iter();
    let live = live.map(|one| row(&one.name, &one.version, "was live", one.bundle.to_string()));
    let rows = candidates.chain(live).collect();
    sorted_table(main, "Versions, and what proves them", &columns, rows);
}
