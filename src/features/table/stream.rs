//! Features of single streams of income.

use rust_decimal::Decimal;

use super::super::{Feature, Missing, Type, Value, Words};
use super::{Computed, Context, Control, Given, count, per_stream, permille, plain};
use crate::analysis::{Cadence, EntryKind, Stream, StreamOwner, StreamStatus};

/// The words of a list of values.
macro_rules! words {
    ($list:expr, $len:expr) => {{
        #[expect(
            clippy::indexing_slicing,
            reason = "it runs when this is compiled, and would not compile"
        )]
        const WORDS: [&str; $len] = {
            let mut words = [""; $len];
            let mut place = 0;
            while place < $len {
                words[place] = $list[place].as_str();
                place += 1;
            }
            words
        };
        Words::Only(&WORDS)
    }};
}

const NO_REVIEW: &str = "none";
const CONFIRMED: &str = "confirmed";

/// A value of the stream that is asked for. What it rests on are the deposits of the stream, which are
/// told once, with the stream.
fn of(
    context: &Context<'_>,
    given: &Given<'_>,
    read: impl Fn(&Stream) -> Result<Value, Missing>,
) -> Computed {
    let stream = context.analysis.income.streams.get(given.subject);
    let stream = stream.ok_or(Missing::NoBasis)?;
    plain(read(stream)?)
}

fn text(word: &str) -> Result<Value, Missing> {
    Ok(Value::Text(word.to_owned()))
}

fn days(from: chrono::NaiveDate, to: chrono::NaiveDate) -> Value {
    Value::Days(to.signed_duration_since(from).num_days())
}

pub(super) const FEATURES: &[Feature] = &[
    per_stream(
        "stream.monthly_net",
        Type::Money,
        "What the stream brings in a month, as in `income.monthly_net`; of one that stopped what it \
         brought.",
        |context, given| of(context, given, |stream| context.money(stream.monthly)),
    )
    .at_least(0)
    .controlled(Control::Up),
    per_stream(
        "stream.monthly_low",
        Type::Money,
        "The lower end of the interval in which that lies with a probability of 80 %.",
        |context, given| of(context, given, |stream| context.money(stream.interval.0)),
    )
    .controlled(Control::Up),
    per_stream(
        "stream.net_per_pay",
        Type::Money,
        "The usual payment now: the median of the latest ones, after the last lasting change.",
        |context, given| of(context, given, |stream| context.money(stream.level)),
    )
    .at_least(0)
    .controlled(Control::Up),
    per_stream(
        "stream.payer",
        Type::Text,
        "Who pays, as the bank's texts name them.",
        |context, given| of(context, given, |stream| text(&stream.counterparty)),
    ),
    per_stream(
        "stream.category",
        Type::Text,
        "What kind of income it is: `other` where the deposits come regularly and no word says \
         what they are. `person_to_person`, `cash_deposit`, `own_transfer` and `one_off` are income \
         only where a reviewer says so.",
        |context, given| of(context, given, |stream| text(stream.kind.as_str())),
    )
    .with_words(words!(EntryKind::OF_STREAMS, EntryKind::OF_STREAMS.len())),
    per_stream(
        "stream.cadence",
        Type::Text,
        "How often it pays.",
        |context, given| of(context, given, |stream| text(stream.cadence.as_str())),
    )
    .with_words(words!(Cadence::ALL, Cadence::ALL.len())),
    per_stream(
        "stream.ambiguous",
        Type::Bool,
        "Whether biweekly and semi-monthly explain its dates about equally well; the lower amount a \
         month is then used.",
        |context, given| of(context, given, |stream| Ok(Value::Bool(stream.ambiguous))),
    ),
    per_stream(
        "stream.status",
        Type::Text,
        "Whether it still runs: `new` with fewer than three payments, `active` while the next is not \
         overdue by more than three business days, `late` until two cycles are over (of gig work not before five weeks are), \
         then `inactive`.",
        |context, given| of(context, given, |stream| text(stream.status.as_str())),
    )
    .with_words(words!(StreamStatus::ALL, StreamStatus::ALL.len())),
    per_stream(
        "stream.counts",
        Type::Bool,
        "Whether it is part of `income.monthly_net`: it is active or late, or new and confirmed by a \
         reviewer.",
        |context, given| of(context, given, |stream| Ok(Value::Bool(stream.counts()))),
    )
    .controlled(Control::Up),
    per_stream(
        "stream.review",
        Type::Text,
        "What a reviewer said of it. One that was refused is no stream.",
        |context, given| {
            of(context, given, |stream| {
                text(stream.review.map_or(NO_REVIEW, |_| CONFIRMED))
            })
        },
    )
    .with_words(Words::Only(&[NO_REVIEW, CONFIRMED])),
    per_stream(
        "stream.owner",
        Type::Text,
        "Whose income it is: an applicant's, somebody's who owns the account as well and does not \
         apply, or unclear, where it comes to a joint account and the bank's texts do not name whom \
         it is for.",
        |context, given| of(context, given, |stream| text(stream.whose.as_str())),
    )
    .with_words(Words::Only(&[
        StreamOwner::Applicant(0).as_str(),
        StreamOwner::OtherOwner.as_str(),
        StreamOwner::Unclear.as_str(),
    ])),
    per_stream(
        "stream.confidence",
        Type::Ratio,
        "How sure it is that it is income and goes on, 0 to 1, as in `income.confidence`; 1 where a \
         reviewer confirmed it.",
        |context, given| {
            of(context, given, |stream| {
                Ok(permille(stream.confidence.total()))
            })
        },
    )
    .at_most(1),
    per_stream(
        "stream.stability",
        Type::Ratio,
        "How steady the amounts of the last six payments are, 0 to 1.",
        |context, given| of(context, given, |stream| Ok(permille(stream.stability))),
    )
    .at_most(1)
    .controlled(Control::Up),
    per_stream(
        "stream.regularity",
        Type::Ratio,
        "How well payments keep to their dates, 0 to 1. Missing without a schedule.",
        |context, given| {
            of(context, given, |stream| {
                let scheduled = stream.recurring().then_some(stream.regularity);
                scheduled.map(permille).ok_or(Missing::NoBasis)
            })
        },
    )
    .at_most(1)
    .controlled(Control::Up),
    per_stream(
        "stream.trend",
        Type::Ratio,
        "How much more the later half of the latest twelve payments is than the earlier half, by \
         their medians: -0.1 is a tenth less. Missing of fewer than four payments.",
        |context, given| {
            of(context, given, |stream| {
                let trend = stream.trend.ok_or(Missing::NoBasis)?;
                Ok(Value::ratio(Decimal::new(trend, 3)))
            })
        },
    )
    .at_least(-1),
    per_stream(
        "stream.payments",
        Type::Count,
        "On how many days it paid. What an employer's service pays early is part of the pay that it is \
         taken from.",
        |context, given| of(context, given, |stream| Ok(count(stream.events))),
    )
    .controlled(Control::Up),
    per_stream(
        "stream.months_seen",
        Type::Count,
        "In how many calendar months it paid.",
        |context, given| of(context, given, |stream| Ok(count(stream.months))),
    )
    .controlled(Control::Up),
    per_stream(
        "stream.tenure_days",
        Type::Days,
        "Days since it first paid, as far as the history goes back.",
        |context, given| {
            of(context, given, |stream| {
                Ok(days(stream.first, context.analysis.today))
            })
        },
    )
    .controlled(Control::Up),
    per_stream(
        "stream.days_since_last",
        Type::Days,
        "Days since it last paid; what is paid early of a pay to come does not count.",
        |context, given| {
            of(context, given, |stream| {
                Ok(days(stream.last, context.analysis.today))
            })
        },
    )
    .controlled(Control::Down),
    per_stream(
        "stream.days_to_next",
        Type::Days,
        "Days until its next payday; 0 today. One that is overdue and may still come is expected on \
         the next business day. Missing without a schedule, and once it stopped.",
        |context, given| {
            of(context, given, |stream| {
                let next = stream.paydays.first().ok_or(Missing::NoBasis)?;
                Ok(days(context.analysis.today, next.expected))
            })
        },
    ),
    per_stream(
        "stream.days_to_second",
        Type::Days,
        "Days until the payday after that. Missing without a schedule, and once it stopped.",
        |context, given| {
            of(context, given, |stream| {
                let second = stream.paydays.get(1).ok_or(Missing::NoBasis)?;
                Ok(days(context.analysis.today, second.expected))
            })
        },
    ),
];
