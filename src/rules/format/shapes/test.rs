//! `[[test]]`

use super::super::{Holds, Key, Shape, Values};
use super::{REASON_CODE, TEXT};
use crate::rules::vocabulary::{FREQUENCIES, bounds, causes, only, outcomes};

/// A file of tests beside a rule file.
pub(in crate::rules) const CASE_FILE: Shape = Shape { keys: &[TEST] };

pub(super) const TEST: Key = Key::new(
    "test",
    Holds::Many(&Holds::Table(&ONE_TEST)),
    "Tests, run by `underwrite rules test`. They are no part of what is published.",
);

/// Codes of reasons that the file declares.
const REASON_CODES: Holds = Holds::Many(&REASON_CODE);
/// A value, or why there is none.
const VALUE: Holds = Holds::Either(&Holds::Plain, &Holds::Table(&ABSENT));

pub(in crate::rules) const ABSENT: Shape = Shape {
    keys: &[Key::new(
        "missing",
        Holds::Word(|| only(&causes())),
        "Why there is no value.",
    )
    .required()],
};

const ONE_TEST: Shape = Shape {
    keys: &[
        Key::new(
            "name",
            TEXT,
            "What it tells, in a few words; no two are called the same.",
        )
        .required(),
        Key::new(
            "like",
            TEXT,
            "The name of an earlier test: what this one does not say is as in that, but for what is expected.",
        ),
        Key::new(
            "features",
            Holds::Values(
                Values::OfBankData,
                &Holds::Either(&VALUE, &Holds::Many(&VALUE)),
            ),
            "Values of features; several of one that each account, applicant or stream has. Others are missing.",
        ),
        Key::new(
            "applicant",
            TEXT,
            "A sample applicant, in place of `features`: `underwrite sandbox --list`.",
        ),
        Key::new(
            "bank_data",
            TEXT,
            "A file of Stripe's JSON, in place of `features`, named from where this file is.",
        ),
        Key::new(
            "decision",
            TEXT,
            "A recorded decision, in place of `features`.",
        ),
        Key::new(
            "inputs",
            Holds::Values(Values::Inputs, &Holds::Plain),
            "What the caller sends.",
        ),
        Key::new(
            "application",
            Holds::Table(&APPLICATION),
            "What is asked for.",
        ),
        Key::new(
            "expect",
            Holds::Table(&EXPECT),
            "What is to come of it; what is not said is not asserted.",
        )
        .required(),
    ],
};

const APPLICATION: Shape = Shape {
    keys: &[
        Key::new("amount", Holds::Plain, "The amount."),
        Key::new("term", TEXT, "How long it runs: `12 months`."),
        Key::new(
            "frequency",
            Holds::Word(|| only(&FREQUENCIES)),
            "How often it is repaid.",
        ),
        Key::new(
            "first_payment_date",
            Holds::Plain,
            "When the first payment is due.",
        ),
        Key::new("purpose", TEXT, "What the money is for."),
        Key::new("product", TEXT, "The lender's product."),
        Key::new(
            "name",
            TEXT,
            "The applicant's name, with which the owners of accounts are compared.",
        ),
        Key::new(
            "at",
            TEXT,
            "When it is decided: `2026-03-31`; on `features` also `2026-03-31 15:00`.",
        ),
    ],
};

const EXPECT: Shape = Shape {
    keys: &[
        Key::new("outcome", Holds::Word(|| only(&outcomes())), "The outcome."),
        Key::new(
            "reasons",
            REASON_CODES,
            "The codes of the reasons that the applicant is told, in their order.",
        ),
        Key::new(
            "noted",
            REASON_CODES,
            "The codes that rules of the action `flag` gave, in their order.",
        ),
        Key::new("score", Holds::Plain, "The score."),
        Key::new(
            "missing",
            Holds::Many(&Holds::Text),
            "The values for want of which something was unknown, in any order.",
        ),
        Key::new(
            "bound_by",
            Holds::Word(|| only(&bounds())),
            "What bound the offer, or stood against any.",
        ),
        Key::new("offer", Holds::Table(&OFFER), "The offer."),
    ],
};

const OFFER: Shape = Shape {
    keys: &[
        Key::new("tier", TEXT, "The id of its tier."),
        Key::new("amount", Holds::Plain, "The amount."),
        Key::new("rate", Holds::Plain, "The nominal yearly rate."),
        Key::new(
            "apr",
            Holds::Plain,
            "The annual percentage rate, to three decimals.",
        ),
        Key::new("term", TEXT, "How long it runs."),
        Key::new(
            "frequency",
            Holds::Word(|| only(&FREQUENCIES)),
            "How often it is repaid.",
        ),
        Key::new("payment", Holds::Plain, "One payment."),
        Key::new("payments", Holds::Plain, "How many there are."),
    ],
};
