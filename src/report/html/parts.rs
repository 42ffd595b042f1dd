//! What the sections of the page are put together from.

use chrono::NaiveDate;

use crate::report::markup::Markup;
use crate::report::model::{Balances, Report};
use crate::report::packet::Fact;
use crate::report::svg::{self, Point, Width};
use crate::report::words::spaced;

/// What a column holds, which is how it is set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    /// Words.
    Text,
    /// A number or an amount: to the right.
    Number,
    /// A day.
    Day,
    /// One word, which is not broken.
    Word,
    /// A name that machines gave.
    Id,
}

impl Column {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Day => "day",
            Self::Word => "word",
            Self::Id => "id",
        }
    }
}

/// A table; on a phone each row stands as a list, so that every cell bears its column's name.
pub(super) fn table(
    markup: &mut Markup,
    columns: &[(&str, Column)],
    rows: impl Iterator<Item = Vec<String>>,
) {
    markup.within("table", &[], |table| {
        table_head(table, columns);
        table_rows(table, columns, rows);
    });
}

/// The names of the columns of a table.
pub(super) fn table_head(table: &mut Markup, columns: &[(&str, Column)]) {
    table.within("thead", &[], |head| {
        head.within("tr", &[], |row| {
            for (name, column) in columns {
                row.element("th", &[("class", column.class()), ("scope", "col")], name);
            }
        });
    });
}

/// The rows of a table.
pub(super) fn table_rows(
    table: &mut Markup,
    columns: &[(&str, Column)],
    rows: impl Iterator<Item = Vec<String>>,
) {
    table.within("tbody", &[], |body| {
        for cells in rows {
            body.within("tr", &[], |row| {
                for ((name, column), cell) in columns.iter().zip(&cells) {
                    let attributes = [("class", column.class()), ("data-label", *name)];
                    row.element("td", &attributes, cell);
                }
            });
        }
    });
}

/// Names and what they are.
pub(super) fn facts(markup: &mut Markup, facts: &[(&str, String)]) {
    markup.within("dl", &[("class", "facts")], |list| {
        for (name, value) in facts {
            list.within("div", &[], |fact| {
                fact.element("dt", &[], name);
                fact.element("dd", &[], value);
            });
        }
    });
}

/// Names and what they are, each on a line of its own.
pub(super) fn wide_facts(markup: &mut Markup, facts: &[Fact]) {
    markup.within("dl", &[("class", "facts wide-facts")], |list| {
        for fact in facts {
            list.within("div", &[], |one| {
                one.element("dt", &[], &fact.name);
                one.element("dd", &[], &fact.value);
            });
        }
    });
}

/// The marks of a chart and what they mean.
pub(super) fn legend(markup: &mut Markup, keys: &[(&str, &str)]) {
    markup.within("p", &[("class", "legend")], |legend| {
        for (class, means) in keys {
            legend.element("span", &[("class", &format!("key {class}"))], "");
            legend.text(means);
        }
    });
}

/// A part of the page that is a card of its own.
pub(super) fn card(markup: &mut Markup, inside: impl FnOnce(&mut Markup)) {
    markup.within("section", &[("class", "card")], inside);
}

/// A part that is folded until somebody wants it.
pub(super) fn folded(markup: &mut Markup, title: &str, inside: impl FnOnce(&mut Markup)) {
    markup.within("details", &[], |details| {
        details.element("summary", &[], title);
        inside(details);
    });
}

/// A figure among others at the top, with what is said below it.
pub(super) fn figure(list: &mut Markup, name: &str, value: &str, below: &str, tone: &str) {
    list.within("div", &[], |one| {
        one.element("dt", &[], name);
        one.within("dd", &[("class", tone)], |shown| {
            shown.text(value);
            if !below.is_empty() {
                shown.element("small", &[], below);
            }
        });
    });
}

/// A word in a frame.
pub(super) fn tag(markup: &mut Markup, tone: &str, text: &str) {
    markup.element("span", &[("class", &format!("tag {tone}"))], text);
}

/// Draws a chart for a desk and for a phone.
pub(super) fn twice(markup: &mut Markup, draw: impl Fn(&mut Markup, Width)) {
    for width in [Width::Wide, Width::Narrow] {
        draw(markup, width);
    }
}

/// Balances as a line, what they are worth above it.
pub(super) fn balance_chart(card: &mut Markup, balances: &Balances, report: &Report) {
    let shown = |account: &Option<String>| {
        let own = account
            .as_ref()
            .is_some_and(|account| balances.accounts.contains(account));
        own || account.is_none()
    };
    let events = report.events.events.iter();
    let events = events.filter(|event| event.counts && shown(&event.account));
    let events: Vec<_> = events
        .map(|event| {
            let (kind, amount) = (spaced(event.kind), event.amount.grouped());
            (event.day, format!("{}: {kind} {amount}", event.day))
        })
        .collect();
    if !balances.doubts.is_empty() {
        let doubts: Vec<&str> = balances.doubts.values().copied().collect();
        let fit = balances.fit_from.map_or_else(
            || "no day is fit for features".to_owned(),
            |from| format!("fit for features from {from} on"),
        );
        let line = format!(
            "Balances are {}: {}; {fit}.",
            balances.grade,
            doubts.join("; ")
        );
        card.element("p", &[("class", "warn")], &line);
    }
    let points = balances.days.iter().map(|day| Point {
        day: day.day,
        balance: day.balance,
        fit: day.fit,
    });
    balance_curve(card, &points.collect::<Vec<_>>(), &events);
}

/// Balances as a line, with the days of events.
pub(super) fn balance_curve(card: &mut Markup, points: &[Point], events: &[(NaiveDate, String)]) {
    twice(card, |markup, width| {
        svg::balances(markup, points, events, width)
    });
    legend(
        card,
        &[
            ("below", "below zero"),
            ("event", "NSF, overdraft or returned debit"),
        ],
    );
}
