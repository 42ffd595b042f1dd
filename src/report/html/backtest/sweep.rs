//! Approval against bad rate along the values of a param.

use super::nothing;
use super::tables::sorted_table;
use crate::money::grouped;
use crate::replay::backtest::{Reached, Sweep};
use crate::replay::statistics::Share;
use crate::report::backtest::{
    CommitteeReport, DECLINED_ARE_NOT_KNOWN, EXPECTED_PROFIT, NO_BAD_RATE, OFFERS_NOT_KNOWN,
    same_throughout,
};
use crate::report::figures::{number, share};
use crate::report::html::parts::{Column, card, twice};
use crate::report::markup::Markup;
use crate::report::svg::{self, Bar, Spot};

pub(super) fn sweep(main: &mut Markup, report: &CommitteeReport<'_>) {
    let Some(found) = report.sweep else {
        return;
    };
    let line = format!(
        "The same rules with each of these values of `{}`, all else as it is written; approved are APPROVE and \
         COUNTER.",
        found.param
    );
    main.within("p", &[], |told| super::sentence(told, &line));
    if found.all_same {
        let line = format!("{}.", same_throughout(&found.param));
        main.within("p", &[("class", "warn")], |told| {
            super::sentence(told, &line)
        });
    }
    let has_loans = found.values.iter().any(|one| one.reached.bad.is_some());
    if has_loans {
        let line = format!("{DECLINED_ARE_NOT_KNOWN}. Bad rates are of loans that were made.");
        main.element("p", &[("class", "warn")], &line);
    }
    card(main, |card| match has_loans {
        true => curve(card, found),
        false => bars(card, found),
    });
    values(main, found);
    if found
        .values
        .iter()
        .any(|one| one.reached.expected.is_some())
    {
        nothing(main, &format!("{EXPECTED_PROFIT}."));
    }
    let mut reached = found.values.iter().map(|one| &one.reached);
    if reached.any(Reached::has_offers_not_known) {
        nothing(main, OFFERS_NOT_KNOWN);
    }
    let candidates = &report.found.candidates;
    if candidates.iter().all(|one| one.performance.is_none()) {
        nothing(main, &format!("{NO_BAD_RATE}."));
    }
}

/// All values and what was live, each with what it comes to.
fn sides(found: &Sweep) -> impl Iterator<Item = (String, &Reached, bool)> {
    let values = found.values.iter();
    let values = values.map(|one| (one.named(), &one.reached, true));
    let live = found.live.iter();
    live.map(|live| ("live".to_owned(), live, false))
        .chain(values)
}

fn curve(card: &mut Markup, found: &Sweep) {
    let spots = sides(found).map(|(name, reached, on_course)| Spot {
        name,
        right: reached.approved,
        up: reached.bad.unwrap_or(Share::new(0, 0)),
        on_course,
    });
    let spots: Vec<Spot> = spots.collect();
    let says = format!(
        "Approval against bad rate along {}, with the intervals of the bad rates",
        found.param
    );
    card.element("h4", &[], &says);
    let axes = ("approved", "bad rate");
    twice(card, |card, width| {
        svg::curve(card, &says, axes, &spots, width);
    });
}

fn bars(card: &mut Markup, found: &Sweep) {
    let bars = sides(found).map(|(name, reached, _)| Bar {
        name,
        share: reached.approved,
    });
    let bars: Vec<Bar> = bars.collect();
    let says = format!("Approval along {}, with its intervals", found.param);
    card.element("h4", &[], &says);
    twice(card, |card, width| svg::bars(card, &says, &bars, width));
}

fn values(main: &mut Markup, found: &Sweep) {
    let mut currencies = found.values.iter().filter_map(|one| one.reached.currency);
    let offered = currencies.next().map_or_else(
        || "Offered".to_owned(),
        |currency| format!("Offered, {currency}"),
    );
    let columns = [
        (found.param.as_str(), Column::Text),
        ("Decided", Column::Number),
        ("Approved", Column::Number),
        ("Approval rate", Column::Number),
        (offered.as_str(), Column::Number),
        ("Loans", Column::Number),
        ("Bad", Column::Number),
        ("Bad rate", Column::Number),
        ("Expected profit", Column::Number),
    ];
    let rows = sides(found).map(|(name, reached, _)| {
        let bad = reached.bad.unwrap_or(Share::new(0, 0));
        let offered = reached.offered.map(|offered| offered.total.to_string());
        let profit = reached.expected.map(|expected| expected.profit.to_string());
        let mark = if reached.has_offers_not_known() {
            "*"
        } else {
            ""
        };
        vec![
            name,
            number(reached.approved.of),
            number(reached.approved.count),
            share(&reached.approved),
            amount(offered),
            number(bad.of),
            number(bad.count),
            share(&bad),
            format!("{}{mark}", amount(profit)),
        ]
    });
    let caption = format!("What each value of {} comes to", found.param);
    sorted_table(main, &caption, &columns, rows.collect());
}

fn amount(amount: Option<String>) -> String {
    amount.map_or_else(|| "-".to_owned(), |amount| grouped(&amount))
}
