//! What a lender may not decide by, and what stands for it (Regulation B, 12 CFR 1002): race, color,
//! religion, national origin, sex, marital status, age, public assistance, the exercise of rights.
//!
//! Words are compared one by one, so that `package` holds no `age` and `trace` no `race`.

use super::found::shown;
use super::read::Reader;
use crate::features::Value;
use crate::rules::advice::Advice;
use crate::rules::ast::{Expr, ExprKind};
use crate::rules::characters;
use crate::rules::diagnostic::{Code, Report};
use crate::rules::toml_reader::Text;

/// A basis: what it is, the rule of law, and the words that name it. Several words in one entry
/// follow each other.
struct Basis {
    what: &'static str,
    law: &'static str,
    words: &'static [&'static str],
}

const PUBLIC_ASSISTANCE: &str = "income from public assistance";

const BASES: &[Basis] = &[
    Basis {
        what: "race or color",
        law: "12 CFR 1002.2(z) and 1002.6(b)(9)",
        words: &[
            "race",
            "races",
            "racial",
            "ethnicity",
            "ethnic",
            "skin color",
            "skin colour",
            "color",
            "colour",
            "complexion",
            "tribe",
            "tribal",
            "black",
            "hispanic",
            "latino",
            "asian",
        ],
    },
    Basis {
        what: "religion",
        law: "12 CFR 1002.2(z) and 1002.6(b)(9)",
        words: &[
            "religion",
            "religions",
            "religious",
            "church",
            "churches",
            "mosque",
            "synagogue",
            "parish",
            "tithe",
            "tithes",
            "tithing",
            "faith",
            "creed",
            "denomination",
            "muslim",
            "jewish",
            "christian",
            "catholic",
            "hindu",
            "donation",
            "donations",
        ],
    },
    Basis {
        what: "national origin",
        law: "12 CFR 1002.2(z) and 1002.6(b)(9)",
        words: &[
            "national origin",
            "nationality",
            "nationalities",
            "ancestry",
            "birthplace",
            "place of birth",
            "country of birth",
            "birth country",
            "native country",
            "country of origin",
            "language",
            "languages",
            "accent",
            "english proficiency",
            "speaks english",
            "mother tongue",
            "remittance",
            "remittances",
        ],
    },
    Basis {
        what: "sex",
        law: "12 CFR 1002.2(z) and 1002.6(b)(9)",
        words: &[
            "sex",
            "sexual",
            "gender",
            "genders",
            "pronoun",
            "pronouns",
            "male",
            "female",
            "woman",
            "women",
            "maternity",
            "pregnant",
            "pregnancy",
            "childbearing",
            "birth control",
        ],
    },
    Basis {
        what: "marital status",
        law: "12 CFR 1002.2(z) and 1002.6(b)(8)",
        words: &[
            "marital",
            "marriage",
            "married",
            "unmarried",
            "spouse",
            "spousal",
            "divorced",
            "divorce",
            "widow",
            "widowed",
            "husband",
            "wife",
        ],
    },
    Basis {
        what: "age",
        law: "12 CFR 1002.2(z) and 1002.6(b)(2)",
        words: &[
            "birthdate",
            "birthday",
            "birth date",
            "date of birth",
            "birth year",
            "year of birth",
            "dob",
            "elderly",
            "years old",
            "years of age",
            "senior citizen",
            "retirement age",
        ],
    },
    Basis {
        what: PUBLIC_ASSISTANCE,
        law: "12 CFR 1002.2(z)(2) and 1002.6(b)(2)",
        words: &[
            "public assistance",
            "welfare",
            "food stamps",
            "food stamp",
            "snap benefits",
            "tanf",
            "medicaid",
            "ssi",
            "ssdi",
            "housing voucher",
            "section 8",
            "unemployment benefits",
        ],
    },
    Basis {
        what: "the exercise of rights",
        law: "12 CFR 1002.2(z)(3)",
        words: &[
            "complaint",
            "complaints",
            "exercised rights",
            "exercise of rights",
            "cfpb",
        ],
    },
    Basis {
        what: "a place of residence, which stands for race and national origin",
        law: "12 CFR 1002.4(a) and 1002.6(b)(9)",
        words: &[
            "zip",
            "zips",
            "zipcode",
            "zip code",
            "postcode",
            "post code",
            "postal",
            "postal code",
            "census tract",
            "neighborhood",
            "neighbourhood",
        ],
    },
    Basis {
        what: "a name, which stands for national origin and sex",
        law: "12 CFR 1002.4(a) and 1002.6(b)(9)",
        words: &[
            "surname",
            "surnames",
            "last name",
            "first name",
            "given name",
            "family name",
            "full name",
            "middle name",
            "maiden name",
            "applicant name",
            "forename",
        ],
    },
];

/// The age of a person: `age` beside nothing but such words. Things have ages too.
const OF_A_PERSON: &[&str] = &[
    "applicant",
    "applicants",
    "borrower",
    "customer",
    "client",
    "person",
    "user",
    "years",
    "year",
    "min",
    "max",
    "minimum",
    "maximum",
    "limit",
    "group",
    "band",
    "bracket",
    "of",
    "the",
    "in",
    "at",
    "is",
    "over",
    "under",
    "application",
    "youngest",
    "oldest",
    "factor",
    "points",
    "score",
    "weight",
    "cap",
    "floor",
    "threshold",
    "class",
    "range",
    "primary",
    "co",
    "s",
];

/// A basis that a text names, and the words by which it does.
struct Named {
    what: &'static str,
    law: &'static str,
    word: String,
}

/// Something declared, with what is said of it.
pub(super) struct Declared<'f> {
    /// `inputs`, `params`, `derive`, `lists` or `tables`.
    pub(super) group: &'static str,
    pub(super) name: &'f Text,
    pub(super) doc: Option<&'f Text>,
    /// Whether it says why the law lets it be used, or is computed from what does.
    pub(super) justified: bool,
}

/// A text that decides without an expression.
pub(in crate::rules) struct Noted {
    /// Whose it is: `lists.watch`, `tables.price`, `lexicon`.
    pub(in crate::rules) of: String,
    pub(in crate::rules) text: Text,
}

/// Looks at everything declared.
pub(super) fn look(report: &mut Report<'_>, declared: &[Declared<'_>]) {
    for one in declared {
        if one.justified {
            continue;
        }
        let full = format!("{}.{}", one.group, shown(&one.name.value));
        let by_name = in_name(&one.name.value).map(|named| (named, one.name));
        let by_doc = || {
            let doc = one.doc?;
            Some((in_text(&doc.value)?, doc))
        };
        if let Some((named, place)) = by_name.or_else(by_doc) {
            let may_justify = matches!(one.group, "inputs" | "params");
            say(report, &full, &named, place, may_justify);
        }
    }
}

/// Looks at a text of a list, a table or the lexicon. That somebody is paid by a public programme is
/// found by its phrases, so that it counts as income like any other (12 CFR 1002.6(b)(5)).
pub(super) fn noted(reader: &Reader<'_>, report: &mut Report<'_>, noted: &Noted) {
    let (of, text) = (noted.of.as_str(), &noted.text);
    let name = of.strip_prefix("tables.");
    if name.is_some_and(|name| reader.tables.get(name).is_some_and(|table| table.justified)) {
        return;
    }
    if let Some((unseen, name)) = characters::unseen(&text.value) {
        // One that stands in the file itself was found there.
        let point = u32::from(unseen);
        let message = format!("a text of `{of}` holds U+{point:04X} {name}, which cannot be seen");
        let advice = Advice::words("leave it out");
        report.error_with(Code::HiddenCharacter, &text.span, message, advice);
        return;
    }
    let Some(named) = in_name(&text.value).or_else(|| in_text(&text.value)) else {
        return;
    };
    if of == "lexicon" && named.what == PUBLIC_ASSISTANCE {
        return;
    }
    let message = format!(
        "`{}` of `{of}` names {} (`{}`): no basis of a decision ({})",
        shown(&text.value).escape_debug(),
        named.what,
        named.word,
        named.law
    );
    let help = "leave it out; where the law permits this use, say so beside it: \
                `justification = \"…\"`";
    report.error_with(Code::ProhibitedBasis, &text.span, message, help.to_owned());
}

/// Looks at the texts of an expression.
pub(super) fn texts(reader: &Reader<'_>, report: &mut Report<'_>, text: &Text, expr: &Expr) {
    let (value, words): (&Expr, Vec<&Expr>) = match &expr.kind {
        ExprKind::Compare(_, left, right) => (left, vec![left, right]),
        ExprKind::In { value, list, .. } => (value, list.iter().collect()),
        ExprKind::Literal(_)
        | ExprKind::Name(_)
        | ExprKind::Not(_)
        | ExprKind::Negate(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Arithmetic(..)
        | ExprKind::Where(..)
        | ExprKind::Between(..)
        | ExprKind::IsMissing { .. }
        | ExprKind::Call(..) => {
            for child in expr.kind.children() {
                texts(reader, report, text, child);
            }
            return;
        }
    };
    if let ExprKind::Name(name) = &value.kind
        && reader.justified.iter().any(|one| one.name == *name)
    {
        return;
    }
    for word in words {
        if let ExprKind::Literal(Value::Text(literal)) = &word.kind
            && let Some(named) = in_name(literal).or_else(|| in_text(literal))
        {
            let span = text.at(&word.span);
            let message = format!(
                "`\"{}\"` names {}: no basis of a decision ({})",
                literal.escape_debug(),
                named.what,
                named.law
            );
            let help = "decide by what the accounts show instead".to_owned();
            report.error_with(Code::ProhibitedBasis, &span, message, help);
        }
    }
}

fn say(report: &mut Report<'_>, full: &str, named: &Named, place: &Text, may_justify: bool) {
    let message = format!(
        "`{full}` names {} (`{}`): no basis of a decision ({})",
        named.what, named.word, named.law
    );
    let help = if may_justify {
        "leave it out; where the law permits this use, say so: `justification = \"…\"`"
    } else {
        "leave it out, or justify the input that it is made of"
    };
    report.error_with(Code::ProhibitedBasis, &place.span, message, help.to_owned());
}

/// Whether an expression reads what the law lets be used.
pub(super) fn reads_justified(reader: &Reader<'_>, expr: &Expr) -> bool {
    if let ExprKind::Name(name) = &expr.kind {
        let derived = reader.derived(name);
        let table = reader.table(name);
        return table.is_some_and(|table| table.justified)
            || derived.is_some_and(|derived| derived.justified)
            || reader.justified.iter().any(|one| one.name == *name);
    }
    expr.kind
        .children()
        .any(|child| reads_justified(reader, child))
}

/// The words of a text, in lower case.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn named(words: &[String]) -> Option<Named> {
    BASES.iter().find_map(|basis| {
        let found = basis.words.iter().find(|entry| {
            let entry: Vec<&str> = entry.split(' ').collect();
            words
                .windows(entry.len())
                .any(|run| run.iter().map(String::as_str).eq(entry.iter().copied()))
        })?;
        Some(Named {
            what: basis.what,
            law: basis.law,
            word: (*found).to_owned(),
        })
    })
}

fn age() -> Named {
    Named {
        what: "age",
        law: "12 CFR 1002.2(z) and 1002.6(b)(2)",
        word: "age".to_owned(),
    }
}

/// What a name names. The word `name` is a person's where it stands alone.
fn in_name(name: &str) -> Option<Named> {
    let words = words(name);
    let is_age = |word: &String| matches!(word.as_str(), "age" | "aged" | "ages");
    let of_a_person = |word: &String| is_age(word) || OF_A_PERSON.contains(&word.as_str());
    if words.iter().any(is_age) && words.iter().all(of_a_person) {
        return Some(age());
    }
    named(&words)
}

/// What a sentence names: an age only beside somebody whose it is.
fn in_text(text: &str) -> Option<Named> {
    const PERSONS: &[&str] = &[
        "applicant",
        "applicants",
        "borrower",
        "customer",
        "person",
        "client",
    ];
    /// `age of the applicant`, `applicant's age`.
    const WORDS_APART: usize = 3;
    let words = words(text);
    let ages = words.iter().enumerate().filter(|(_, word)| *word == "age");
    let beside = |at: usize| {
        let from = at.saturating_sub(WORDS_APART);
        let near = words.get(from..(at + WORDS_APART + 1).min(words.len()));
        near.is_some_and(|near| near.iter().any(|word| PERSONS.contains(&word.as_str())))
    };
    if ages.map(|(at, _)| at).any(beside) {
        return Some(age());
    }
    named(&words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_whole() {
        for name in [
            "package_age",
            "days",
            "message",
            "percentage",
            "stage",
            "balance_age_days",
            "age_days",
            "account_age",
            "trace",
            "sextant",
            "zipper",
            "employer_name",
            "colorado",
            "debit_date",
            "usage",
            "storage",
            "balance_age_max",
            "income_months_min",
            "agent",
            "bank_name",
        ] {
            assert!(in_name(name).is_none(), "{name}");
        }
        for (name, what) in [
            ("age", "age"),
            ("applicant_age", "age"),
            ("age_max", "age"),
            ("min_age", "age"),
            ("zip", "a place"),
            ("home_zip_code", "a place"),
            ("marital_status", "marital"),
            ("sex", "sex"),
            ("last_name", "a name"),
            ("date_of_birth", "age"),
            ("church_donations", "religion"),
            ("primary_language", "national"),
            ("public_assistance_share", "income from"),
            ("race", "race"),
        ] {
            let named = in_name(name);
            assert!(
                named.is_some_and(|named| named.what.starts_with(what)),
                "{name}"
            );
        }
    }

    #[test]
    fn sentences_name_the_age_of_somebody() {
        assert!(in_text("The applicant's age in full years").is_some());
        assert!(in_text("Age of the borrower").is_some());
        assert!(in_text("The age of the balance, in days").is_none());
        assert!(in_text("Whether the applicant speaks English").is_some());
        assert!(in_text("How often this same debit has been returned before").is_none());
    }
}
