//! Every table and key of a rule file.

use super::{Holds, Key, Shape};
use crate::rules::vocabulary::{
    ACTIONS, BASELINES, BASES, FIGURES, FREQUENCIES, HITS, Naming, PAID, WITHOUT_OFFER, causes,
    controls, kinds, only, terms, types,
};

const TEXT: Holds = Holds::Text;
const TEXTS: Holds = Holds::Many(&Holds::Text);
const ID: Holds = Holds::Name(Naming::Id);
const REASON_CODE: Holds = Holds::Name(Naming::Code);
const EXPRESSION: Holds = Holds::Expression;
const TYPE: Holds = Holds::Word(|| only(&types()));

/// A rule set.
pub(in crate::rules) const RULE_FILE: Shape = Shape {
    keys: &[
        IMPORT, RULE_SET, FRESHNESS, SCORECARD, OFFER, APPROVE, INPUTS, PARAMS, DERIVE, LEXICON,
        LISTS, TABLES, RULE, REASONS,
    ],
};

/// What a rule set may import.
pub(in crate::rules) const FRAGMENT: Shape = Shape {
    keys: &[
        INPUTS, PARAMS, DERIVE, LEXICON, LISTS, TABLES, RULE, REASONS,
    ],
};

const IMPORT: Key = Key::new(
    "import",
    TEXTS,
    "Fragments that are a part of this rule set: files beside it or in folders below.",
);

const RULE_SET: Key = Key::new(
    "rule_set",
    Holds::Table(&HEADER),
    "What the rule set is called and what it decides.",
)
.required();

const HEADER: Shape = Shape {
    keys: &[
        Key::new("name", ID, "Lower-case letters, digits, `-` and `_`.").required(),
        Key::new(
            "version",
            TEXT,
            "The version, as in `1.2.0`. Another content needs another.",
        )
        .required(),
        Key::new(
            "kind",
            Holds::Word(|| only(&kinds())),
            "`credit` approves by an `[offer]`; `payment` and `verification` by an `[approve]`.",
        )
        .required(),
        Key::new(
            "currency",
            TEXT,
            "Of every amount in the file, and of the loans that it decides about: `USD`.",
        )
        .required(),
        Key::new("description", TEXT, "What it is for, in a sentence."),
        Key::new(
            "share_salt",
            TEXT,
            "Where random shares are drawn: another salt draws other people.",
        ),
    ],
};

const FRESHNESS: Key = Key::new(
    "freshness",
    Holds::Table(&AGES),
    "How old the bank data may be when a decision is made.",
);

const AGES: Shape = Shape {
    keys: &[
        Key::new(
            "balances",
            TEXT,
            "A whole number of minutes, hours or days: `24 hours`.",
        ),
        Key::new(
            "ownership",
            TEXT,
            "A whole number of minutes, hours or days: `30 days`.",
        ),
        Key::new(
            "transactions",
            TEXT,
            "A whole number of minutes, hours or days: `24 hours`.",
        ),
    ],
};

const INPUTS: Key = Key::new(
    "inputs",
    Holds::Named(Naming::Word, &Holds::Table(&INPUT)),
    "What the caller may send with an application; read as `inputs.NAME`.",
);

pub(in crate::rules) const INPUT: Shape = Shape {
    keys: &[
        Key::new("type", TYPE, "What it is; units are part of the type.").required(),
        Key::new(
            "required",
            Holds::Boolean,
            "Whether an application without it is refused. `false` where it is left out.",
        ),
        Key::new(
            "control",
            Holds::Word(|| only(&controls())),
            "Whether, and in which direction, an applicant can change it.",
        ),
        Key::new("doc", TEXT, "What it means."),
        Key::new(
            "values",
            TEXTS,
            "The texts that can be sent; another is refused.",
        ),
        Key::new("min", Holds::Plain, "A request with less is refused."),
        Key::new("max", Holds::Plain, "A request with more is refused."),
        Key::new(
            "default",
            Holds::Plain,
            "Stands for it where it is not sent.",
        ),
        Key::new(
            "source",
            TEXT,
            "Where it is from, where that is told to the applicant: `consumer_report:AGENCY`.",
        ),
        Key::new(
            "justification",
            TEXT,
            "The paragraph of the law that permits it, where it is or stands for a prohibited basis.",
        ),
    ],
};

const PARAMS: Key = Key::new(
    "params",
    Holds::Named(
        Naming::Word,
        &Holds::Either(&Holds::Expression, &Holds::Table(&PARAM)),
    ),
    "Constants; read as `params.NAME`.",
);

pub(in crate::rules) const PARAM: Shape = Shape {
    keys: &[
        Key::new("value", EXPRESSION, "The constant.").required(),
        Key::new("min", Holds::Plain, "The value lies not below it."),
        Key::new("max", Holds::Plain, "The value lies not above it."),
        Key::new("doc", TEXT, "What it means."),
        Key::new(
            "justification",
            TEXT,
            "The paragraph of the law that permits it, where it is or stands for a prohibited basis.",
        ),
    ],
};

const DERIVE: Key = Key::new(
    "derive",
    Holds::Named(Naming::Word, &Holds::Expression),
    "Computed values, in any order; read as `derive.NAME`.",
);

const LEXICON: Key = Key::new(
    "lexicon",
    Holds::Many(&Holds::Table(&PHRASES)),
    "Names and words of your own in the descriptions of transactions.",
);

const PHRASES: Shape = Shape {
    keys: &[
        Key::new(
            "term",
            Holds::Word(|| only(&terms())),
            "What the phrases say of a transaction.",
        )
        .required(),
        Key::new("name", TEXT, "The usual name of whom they name."),
        Key::new(
            "phrases",
            TEXTS,
            "As banks write them; `*` at an end lets words go on.",
        )
        .required(),
    ],
};

const LISTS: Key = Key::new(
    "lists",
    Holds::Named(Naming::Word, &Holds::Table(&LIST)),
    "Values to look for, as in `x in lists.NAME`.",
);

pub(in crate::rules) const LIST: Shape = Shape {
    keys: &[
        Key::new(
            "type",
            TYPE,
            "What its values are. `text` where it is left out.",
        ),
        Key::new(
            "values",
            Holds::Many(&Holds::Plain),
            "The values; texts stand as they are.",
        ),
        Key::new(
            "file",
            TEXT,
            "A file beside this one with a value on each line.",
        ),
    ],
};

const TABLES: Key = Key::new(
    "tables",
    Holds::Named(Naming::Word, &Holds::Table(&TABLE)),
    "Values chosen by rows and columns; read as `tables.NAME`.",
);

pub(in crate::rules) const TABLE: Shape = Shape {
    keys: &[
        Key::new(
            "row",
            Holds::Many(&CELLS),
            "Rows: a test of each input, a value of each output.",
        ),
        Key::new(
            "rows",
            EXPRESSION,
            "Of a matrix: what its rows are chosen by.",
        ),
        Key::new(
            "columns",
            EXPRESSION,
            "Of a matrix: what its columns are chosen by.",
        ),
        Key::new("type", TYPE, "Of a matrix: what its cells are."),
        Key::new(
            "cells",
            Holds::Many(&Holds::Many(&Holds::Plain)),
            "Of a matrix: a line of tests of the columns, then lines of a test of the row and its values.",
        ),
        Key::new(
            "inputs",
            Holds::Named(Naming::Word, &Holds::Expression),
            "Of a table of rows: what they are chosen by, with a name for each.",
        ),
        Key::new(
            "outputs",
            Holds::Named(Naming::Word, &TYPE),
            "Of a table of rows: the types of what it gives; read as `tables.NAME.OUTPUT`.",
        ),
        Key::new(
            "hit",
            Holds::Word(|| only(&HITS)),
            "`unique`: never do two rows hold of the same values. `first`: the first that holds.",
        ),
        Key::new(
            "file",
            TEXT,
            "A CSV file beside this one with the cells or rows.",
        ),
        Key::new(
            "otherwise",
            Holds::Either(&Holds::Plain, &CELLS),
            "What it gives where no row holds.",
        ),
    ],
};

const CELLS: Holds = Holds::Named(Naming::Word, &Holds::Plain);

const RULE: Key = Key::new(
    "rule",
    Holds::Many(&Holds::Table(&ONE_RULE)),
    "Rules. A `decline` that holds goes before everything, then a `refer`.",
);

const ONE_RULE: Shape = Shape {
    keys: &[
        Key::new(
            "id",
            ID,
            "The stable name of the rule, in traces and reports.",
        )
        .required(),
        Key::new(
            "when",
            EXPRESSION,
            "The condition. Unknown, it sends to a person.",
        )
        .required(),
        Key::new(
            "then",
            Holds::Word(|| only(&ACTIONS)),
            "`decline`, `refer` to a person, or `flag`: only note it.",
        )
        .required(),
        Key::new(
            "reason",
            REASON_CODE,
            "The reason that it gives: a key of `[reasons]`.",
        )
        .required(),
        Key::new(
            "ignore_missing",
            Holds::Values(&Holds::ByWord(|| only(&causes()), &Holds::Text)),
            "Values that may be missing, each with the causes for which, and why it may pass here.",
        ),
        Key::new(
            "except",
            EXPRESSION,
            "Where it does not fire though `when` holds.",
        ),
        Key::new("why", TEXT, "The paragraph of policy that asks for it."),
        Key::new("owner", TEXT, "Who answers for it."),
        Key::new("tags", TEXTS, "Words to find it by; they change nothing."),
    ],
};

const REASONS: Key = Key::new(
    "reasons",
    Holds::Named(Naming::Code, &Holds::Table(&REASON)),
    "What applicants are told.",
);

pub(in crate::rules) const REASON: Shape = Shape {
    keys: &[
        Key::new(
            "statement",
            TEXT,
            "For the applicant: the specific factor. `{NAME}` is filled in with a value.",
        )
        .required(),
        Key::new(
            "statement_missing",
            TEXT,
            "The same where a value of it is missing.",
        ),
        Key::new(
            "rank",
            Holds::Integer,
            "The lower, the more important; 100 where left out.",
        ),
    ],
};

const SCORECARD: Key = Key::new(
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

const OFFER: Key = Key::new(
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

const APPROVE: Key = Key::new(
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
