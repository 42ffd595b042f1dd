//! Of single streams of income.

use super::*;

pub(super) const FORMULAS: &[(&str, How)] = &[
    ("stream.monthly_net", Not("of the schedule that is fitted")),
    ("stream.monthly_low", Not("an estimate of an error")),
    (
        "stream.net_per_pay",
        Not("a median since a change that is found"),
    ),
    ("stream.payer", Not("the bank says it")),
    ("stream.category", Not("a judgement over texts")),
    ("stream.cadence", Not("a schedule that is fitted")),
    ("stream.ambiguous", Not("a comparison of schedules")),
    ("stream.status", Not("a judgement over a schedule")),
    (
        "stream.counts",
        By(|seen| {
            let said = |name: &str, word: &str| {
                seen.other(name)[seen.subject] == Ok(Value::Text(word.to_owned()))
            };
            let status = |word| said("stream.status", word);
            let confirmed = said("stream.review", "confirmed");
            Value::Bool(status("active") || status("late") || status("new") && confirmed)
        }),
    ),
    ("stream.review", Not("a reviewer says it")),
    ("stream.owner", Not("a judgement over names")),
    ("stream.confidence", Not("a score")),
    ("stream.stability", Not("a score")),
    ("stream.regularity", Not("a score")),
    (
        "stream.trend",
        Not("a quotient of medians of those payments that keep to a schedule"),
    ),
    ("stream.payments", By(|seen| count_of(seen.paydays().len()))),
    (
        "stream.months_seen",
        By(|seen| count_of(months_of(seen.paydays()))),
    ),
    (
        "stream.tenure_days",
        By(|seen| seen.days_since(seen.paydays().first().copied())),
    ),
    (
        "stream.days_since_last",
        By(|seen| seen.days_since(seen.paydays().last().copied())),
    ),
    ("stream.days_to_next", Not("a schedule that is fitted")),
    ("stream.days_to_second", Not("a schedule that is fitted")),
];
