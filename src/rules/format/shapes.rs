//! Every table and key of a rule file.

mod ends;
mod test;

use super::{Holds, Key, Shape, Values};
use crate::rules::vocabulary::{
    ACTIONS, HITS, Naming, causes, controls, kinds, only, terms, types,
};

pub(in crate::rules) use test::{ABSENT, CASE_FILE};

const TEXT: Holds = Holds::Text;
const TEXTS: Holds = Holds::Many(&Holds::Text);
const ID: Holds = Holds::Name(Naming::Id);
const REASON_CODE: Holds = Holds::Name(Naming::Code);
const EXPRESSION: Holds = Holds::Expression;
const TYPE: Holds = Holds::Word(|| only(&types()));

/// A rule set.
pub(in crate::rules) const RULE_FILE: Shape = Shape {
    keys: &[
        IMPORT,
        RULE_SET,
        FRESHNESS,
        ends::SCORECARD,
        ends::OFFER,
        ends::APPROVE,
        ends::RETRY,
        INPUTS,
        PARAMS,
        DERIVE,
        LEXICON,
        LISTS,
        TABLES,
        RULE,
        REASONS,
        test::TEST,
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
    Holds::Many(&Holds::File),
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
        Key::new(
            "justification",
            TEXT,
            "The paragraph of the law that permits what it names, where that is or stands for a prohibited basis.",
        ),
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
            Holds::File,
            "A file beside this one with a value on each line.",
        ),
        Key::new(
            "justification",
            TEXT,
            "The paragraph of the law that permits what it names, where that is or stands for a prohibited basis.",
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
            Holds::File,
            "A CSV file beside this one with the cells or rows.",
        ),
        Key::new(
            "otherwise",
            Holds::Either(&Holds::Plain, &CELLS),
            "What it gives where no row holds.",
        ),
        Key::new(
            "justification",
            TEXT,
            "The paragraph of the law that permits what it names, where that is or stands for a prohibited basis.",
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
            Holds::Values(
                Values::Read,
                &Holds::ByWord(|| only(&causes()), &Holds::Text),
            ),
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
            Holds::Statement,
            "For the applicant: the specific factor. `{NAME}` is filled in with a value.",
        )
        .required(),
        Key::new(
            "statement_missing",
            Holds::Statement,
            "The same where a value of it is missing.",
        ),
        Key::new(
            "rank",
            Holds::Integer,
            "The lower, the more important; 100 where left out.",
        ),
    ],
};
