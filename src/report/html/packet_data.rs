//! The sections about the data that a decision rests on.

use super::parts::{Column, balance_curve, card, table, tag, wide_facts};
use crate::report::markup::Markup;
use crate::report::packet::{Packet, Row};
use crate::report::svg::Point;

/// Transactions that something rests on.
pub(super) fn rows(card: &mut Markup, what: &str, rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    let plural = if rows.len() == 1 { "" } else { "s" };
    let title = format!("{what} {} transaction{plural}", rows.len());
    card.element("h4", &[], &title);
    let columns = [
        ("Day", Column::Day),
        ("Amount", Column::Number),
        ("The bank's text", Column::Text),
        ("Account", Column::Text),
        ("Id", Column::Id),
    ];
    let rows = rows.iter().map(|row| {
        vec![
            row.day.clone(),
            row.amount.clone(),
            row.description.clone(),
            row.account.clone(),
            row.id.clone(),
        ]
    });
    table(card, &columns, rows);
}

pub(super) fn accounts(main: &mut Markup, packet: &Packet) {
    main.element("h2", &[], "The data that it rests on");
    for account in &packet.data.accounts {
        card(main, |card| {
            card.within("h3", &[], |title| {
                title.text(&account.title);
                title.text(" ");
                title.element("span", &[("class", "dim hash")], &account.id);
                for doubt in &account.doubts {
                    tag(title, "warn", doubt);
                }
            });
            wide_facts(card, &account.facts);
        });
    }
}

pub(super) fn balances(main: &mut Markup, packet: &Packet) {
    main.element("h3", &[], "Balance at the end of each day");
    let Some(balances) = &packet.data.balances else {
        let line = "No balances of the household were known.";
        main.element("p", &[], line);
        return;
    };
    card(main, |card| {
        let points = balances.days.iter().map(|day| Point {
            day: day.day,
            balance: day.balance,
            fit: day.fit,
        });
        let events = balances.event_days.iter();
        let events = events.map(|day| (*day, format!("{day}: NSF event")));
        let (points, events): (Vec<_>, Vec<_>) = (points.collect(), events.collect());
        balance_curve(card, &points, &events);
        card.element("p", &[("class", "small")], &balances.summary);
        let below = balances.days.iter();
        let below = below.filter(|day| day.fit && day.balance.is_negative());
        let below: Vec<_> = below
            .map(|day| format!("{} {}", day.day, day.balance.grouped()))
            .collect();
        if !below.is_empty() {
            card.element("h4", &[], "Days that ended below zero");
            card.element("p", &[("class", "small")], &below.join(" · "));
        }
    });
}

pub(super) fn events(main: &mut Markup, packet: &Packet) {
    main.element("h3", &[], "NSF events");
    match packet.data.events.as_slice() {
        [] => main.element("p", &[], "No transaction shows one."),
        some => card(main, |card| rows(card, "Shown by", some)),
    }
}

pub(super) fn streams(main: &mut Markup, packet: &Packet) {
    main.element("h3", &[], "Streams of income");
    if packet.data.streams.is_empty() {
        main.element("p", &[], "None was found.");
    }
    for (number, stream) in (1..).zip(&packet.data.streams) {
        card(main, |card| {
            card.within("h3", &[], |title| {
                title.text(&format!("{number}. {}", stream.payer));
                match stream.counts {
                    true => tag(title, "good", "counts"),
                    false => tag(title, "dim", "does not count"),
                }
            });
            wide_facts(card, &stream.facts);
            rows(card, "Its deposits:", &stream.rows);
        });
    }
}

pub(super) fn features(main: &mut Markup, packet: &Packet) {
    main.element("h3", &[], "Features that have a value");
    card(main, |card| {
        let columns = [
            ("Feature", Column::Text),
            ("Value", Column::Number),
            ("Transactions", Column::Number),
        ];
        let rows = packet.data.features.iter().map(|one| {
            vec![
                one.name.clone(),
                one.value.clone(),
                one.transactions.to_string(),
            ]
        });
        table(card, &columns, rows);
    });
}
