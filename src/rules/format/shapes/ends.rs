//! The tables that say how a decision ends: `[scorecard]`, `[offer]`, `[approve]`,
//! `[[retry]]`.

use super::super::{Holds, Key, Shape};
use super::{EXPRESSION, ID, REASON_CODE, TEXT, TEXTS};
use crate::rules::vocabulary::{BASELINES, BASES, FIGURES, FREQUENCIES, PAID, WITHOUT_OFFER, only};

pub(super) const SCORECARD: Key = Key::new(
    "scorecard",
    Holds::Table(&CARD),
    "Points that are added up; read as `score`.",
);

const CARD: Shape = Shape {
    keys: &[
        Key::new(
            "base",
            Holds::Integer,
            "What the sum begins with. 0 where it is left out.",
        ),
        Key::new(
            "baseline",
            Holds::Word(|| only(&BASELINES)),
            "What points lost are counted against: the most there are, or the average of approvals.",
        ),
        Key::new(
            "characteristic",
            Holds::Many(&Holds::Table(&CHARACTERISTIC)),
            "What points are given for.",
        ),
    ],
};

const CHARACTERISTIC: Shape = Shape {
    keys: &[
        Key::new("name", ID, "The stable name of the characteristic.").required(),
        Key::new(
            "value",
            EXPRESSION,
            "What is looked at; read as `value` in the bins.",
        )
        .required(),
        Key::new(
            "reason",
            REASON_CODE,
            "The reason where it loses points: a key of `[reasons]`.",
        )
        .required(),
        Key::new(
            "baseline",
            Holds::Integer,
            "The average points of approvals, where the scorecard says `average`.",
        ),
        Key::new(
            "bins",
            Holds::Many(&Holds::Table(&BIN)),
            "The first that holds gives the points; the last is `otherwise`.",
        ),
        Key::new(
            "missing",
            Holds::Table(&MISSING),
            "What a missing value is worth. Left out, the score is missing.",
        ),
    ],
};

const BIN: Shape = Shape {
    keys: &[
        Key::new("when", EXPRESSION, "A condition on `value`."),
        Key::new(
            "otherwise",
            Holds::Boolean,
            "`true` in the last bin, in place of `when`.",
        ),
        Key::new("points", Holds::Integer, "The points that it gives."),
    ],
};

const MISSING: Shape = Shape {
    keys: &[
        Key::new(
            "points",
            Holds::Integer,
            "The points where the value is missing.",
        ),
        Key::new("because", TEXT, "Why these points are fair.").required(),
    ],
};

pub(super) const OFFER: Key = Key::new(
    "offer",
    Holds::Table(&OFFERED),
    "What is offered where no rule stops: the amount nearest to the request that may be.",
);

const OFFERED: Shape = Shape {
    keys: &[
        Key::new(
            "tier",
            Holds::Many(&Holds::Table(&TIER)),
            "The first that holds is offered.",
        ),
        Key::new(
            "fee",
            Holds::Many(&Holds::Table(&FEE)),
            "What a loan costs beside interest.",
        ),
        Key::new(
            "cap",
            Holds::Many(&Holds::Table(&CAP)),
            "The most that a rate may be.",
        ),
        Key::new(
            "step",
            EXPRESSION,
            "Amounts are offered in steps of so much.",
        )
        .required(),
        Key::new(
            "affordable_payment",
            EXPRESSION,
            "The most that one payment may be: an amount.",
        )
        .required(),
        Key::new("minimum", EXPRESSION, "The least that is offered.").required(),
        Key::new(
            "terms",
            TEXTS,
            "Other terms that may be offered, as in `12 months`.",
        ),
        Key::new(
            "frequencies",
            Holds::Many(&Holds::Word(|| only(&FREQUENCIES))),
            "Other frequencies of payments that may be offered.",
        ),
        Key::new(
            "otherwise",
            Holds::Word(|| only(&WITHOUT_OFFER)),
            "What is done where nothing can be offered. `refer` where it is left out.",
        ),
        Key::new(
            "refer_reason",
            REASON_CODE,
            "The reason where nothing can be offered.",
        ),
        Key::new(
            "decline_reason",
            REASON_CODE,
            "The same where `otherwise` is `decline`.",
        ),
        Key::new(
            "counter_reason",
            REASON_CODE,
            "The reason for another offer than was asked for.",
        ),
        Key::new(
            "affordability_reason",
            REASON_CODE,
            "The same where `affordable_payment` is why.",
        ),
        Key::new(
            "terms_reason",
            REASON_CODE,
            "The same where other terms are offered.",
        ),
    ],
};

const TIER: Shape = Shape {
    keys: &[
        Key::new("id", TEXT, "The stable name of the tier.").required(),
        Key::new("when", EXPRESSION, "Who has it. The last may be `true`.").required(),
        Key::new("rate", EXPRESSION, "The nominal yearly rate, without fees.").required(),
        Key::new("max_amount", EXPRESSION, "The most that it offers.").required(),
        Key::new("min_amount", EXPRESSION, "The least that it offers."),
    ],
};

const FEE: Shape = Shape {
    keys: &[
        Key::new("id", ID, "The stable name of the fee.").required(),
        Key::new("share", EXPRESSION, "A share of the amount."),
        Key::new("flat", EXPRESSION, "An amount whatever the loan is."),
        Key::new("minimum", EXPRESSION, "The least that it is."),
        Key::new("maximum", EXPRESSION, "The most that it is."),
        Key::new(
            "paid",
            Holds::Word(|| only(&PAID)),
            "`financed` on top, `withheld` from what is paid out, or `apart`.",
        )
        .required(),
        Key::new(
            "counts_in",
            Holds::Many(&Holds::Word(|| only(&FIGURES))),
            "The figures of the law that it counts in.",
        )
        .required(),
    ],
};

const CAP: Shape = Shape {
    keys: &[
        Key::new("id", ID, "The stable name of the cap.").required(),
        Key::new(
            "basis",
            Holds::Word(|| only(&BASES)),
            "Which rate is bounded.",
        )
        .required(),
        Key::new("max", EXPRESSION, "The most that it may be.").required(),
        Key::new(
            "when",
            EXPRESSION,
            "Where it holds; everywhere, if it is left out.",
        ),
    ],
};

pub(super) const APPROVE: Key = Key::new(
    "approve",
    Holds::Table(&APPROVAL),
    "When a `payment` or `verification` is approved that no rule stops.",
);

const APPROVAL: Shape = Shape {
    keys: &[
        Key::new(
            "when",
            EXPRESSION,
            "The condition. Where it does not hold, a person looks.",
        )
        .required(),
        Key::new(
            "refer_reason",
            REASON_CODE,
            "The reason where it does not hold.",
        ),
    ],
};

pub(super) const RETRY: Key = Key::new(
    "retry",
    Holds::Many(&Holds::Table(&RETRY_ENTRY)),
    "Debits in place of one that is not approved and that no rule stops, of a `payment`: the first \
     that applies.",
);

const RETRY_ENTRY: Shape = Shape {
    keys: &[
        Key::new("id", ID, "The stable name of the retry.").required(),
        Key::new("when", EXPRESSION, "Where it applies.").required(),
        Key::new("on", EXPRESSION, "The day of the first debit.").required(),
        Key::new(
            "parts",
            Holds::Integer,
            "In how many equal parts; 1, if it is left out.",
        ),
        Key::new("every", EXPRESSION, "The days from one part to the next."),
        Key::new("reason", REASON_CODE, "The reason that is told with it.").required(),
    ],
};
