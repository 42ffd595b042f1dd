//! The grammar of `docs/rules.md`: whatever it makes is read, and printed reads back the same; and every
//! function and operator of the language is reached by an expression that is evaluated.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::language::{holds, seen};
use super::laws::placeless;
use crate::rules::ast::{ArithmeticOp, CompareOp, Expr, ExprKind, Function};
use crate::rules::{Verdict, parser};

const DOCS: &str = include_str!("../../../docs/rules.md");

/// A part of a rule of the grammar.
#[derive(Debug, Clone)]
enum Part {
    Word(String),
    Rule(String),
    All(Vec<Part>),
    Either(Vec<Part>),
    Maybe(Box<Part>),
    Many(Box<Part>),
}

/// Reads `name = part ;` for each rule.
struct Reader<'g> {
    tokens: std::iter::Peekable<std::vec::IntoIter<&'g str>>,
}

fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => rest.get(1..).unwrap().find('"').unwrap() + 2,
            c if c.is_alphabetic() => rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap(),
            _ => 1,
        };
        let (token, more) = rest.split_at(length);
        tokens.push(token);
        rest = more.trim_start();
    }
    tokens
}

impl Reader<'_> {
    fn rules(&mut self) -> BTreeMap<String, Part> {
        let mut rules = BTreeMap::new();
        while let Some(name) = self.tokens.next() {
            assert_eq!(self.tokens.next(), Some("="), "{name}");
            let part = self.either();
            assert_eq!(self.tokens.next(), Some(";"), "{name}");
            assert!(rules.insert(name.to_owned(), part).is_none(), "{name}");
        }
        rules
    }

    fn either(&mut self) -> Part {
        let mut list = vec![self.all()];
        while self.tokens.next_if_eq(&"|").is_some() {
            list.push(self.all());
        }
        Part::Either(list)
    }

    fn all(&mut self) -> Part {
        let mut list = vec![self.one()];
        while self.tokens.next_if_eq(&",").is_some() {
            list.push(self.one());
        }
        Part::All(list)
    }

    fn one(&mut self) -> Part {
        let token = self.tokens.next().unwrap();
        let (part, close) = match token {
            "[" => (Part::Maybe(Box::new(self.either())), "]"),
            "{" => (Part::Many(Box::new(self.either())), "}"),
            "(" => (self.either(), ")"),
            quoted if quoted.starts_with('"') => {
                return Part::Word(quoted.trim_matches('"').to_owned());
            }
            name => return Part::Rule(name.to_owned()),
        };
        assert_eq!(self.tokens.next(), Some(close));
        part
    }
}

fn grammar() -> BTreeMap<String, Part> {
    let (_, rest) = DOCS.split_once("```ebnf\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let mut reader = Reader {
        tokens: tokens(text).into_iter().peekable(),
    };
    reader.rules()
}

/// What the names in capitals stand for: they are said in words.
const LEXICAL: [(&str, &[&str]); 6] = [
    ("NUMBER", &["3", "0.25", "1_000", "12.5", "0"]),
    ("WHOLE", &["1", "30", "2_0"]),
    ("CURRENCY", &["usd", "USD", "eur"]),
    ("DATE", &["2026-03-31", "2028-02-29"]),
    ("TEXT", &["\"checking\"", "\"\"", "\"a \\\" b\""]),
    ("WORD", &["income", "x", "is_it", "min", "a1"]),
];

/// Makes texts of the grammar, the same of the same number.
struct Maker<'g> {
    grammar: &'g BTreeMap<String, Part>,
    state: u64,
    words: Vec<String>,
}

impl Maker<'_> {
    fn pick(&mut self, of: usize) -> usize {
        // Any numbers that are mixed well will do.
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.state >> 33).unwrap() % of
    }

    fn make(&mut self, part: &Part, depth: usize) {
        match part {
            Part::Word(word) => self.words.push(word.clone()),
            Part::Rule(name) => self.rule(name, depth),
            Part::All(list) => list.iter().for_each(|part| self.make(part, depth)),
            Part::Either(list) => {
                let at = self.pick(list.len());
                self.make(&list[at], depth);
            }
            Part::Maybe(_) | Part::Many(_) if depth > 14 => {}
            Part::Maybe(inner) => {
                if self.pick(2) == 1 {
                    self.make(inner, depth);
                }
            }
            Part::Many(inner) => {
                let times = [0, 0, 1, 1, 2][self.pick(5)];
                (0..times).for_each(|_| self.make(inner, depth));
            }
        }
    }

    fn rule(&mut self, name: &str, depth: usize) {
        if let Some((_, samples)) = LEXICAL.iter().find(|(known, _)| *known == name) {
            let at = self.pick(samples.len());
            self.words.push(samples[at].to_owned());
            return;
        }
        if depth > 14 && name == "primary" {
            self.words.push("income".to_owned());
            return;
        }
        let part = self.grammar[name].clone();
        self.make(&part, depth + 1);
    }

    /// The words as a text: no space stands around the point of a name.
    fn text(&self) -> String {
        self.words.join(" ").replace(" . ", ".")
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_the_grammar_makes_is_read_and_prints_back(seed: u64) {
        let grammar = grammar();
        let mut maker = Maker { grammar: &grammar, state: seed, words: Vec::new() };
        maker.rule("expression", 0);
        let text = maker.text();
        prop_assume!(text.len() < crate::limits::EXPRESSION_BYTES_MAX / 4);
        let read = parser::parse(&text);
        prop_assert!(read.is_ok(), "{text}: {:?}", read);
        let read = placeless(&read.unwrap());
        let printed = read.to_string();
        let again = parser::parse(&printed);
        prop_assert!(again.is_ok(), "{printed}: {:?}", again);
        prop_assert_eq!(placeless(&again.unwrap()), read);
    }
}

#[test]
fn the_grammar_names_every_function_and_nothing_that_it_does_not_say() {
    fn named(part: &Part, rules: &mut BTreeSet<String>, words: &mut BTreeSet<String>) {
        match part {
            Part::Word(word) => {
                words.insert(word.clone());
            }
            Part::Rule(rule) => {
                rules.insert(rule.clone());
            }
            Part::All(list) | Part::Either(list) => {
                list.iter().for_each(|part| named(part, rules, words));
            }
            Part::Maybe(inner) | Part::Many(inner) => named(inner, rules, words),
        }
    }
    let grammar = grammar();
    let (mut rules, mut words) = (BTreeSet::new(), BTreeSet::new());
    for part in grammar.values() {
        named(part, &mut rules, &mut words);
    }
    for rule in rules {
        let lexical = LEXICAL.iter().any(|(name, _)| *name == rule);
        assert!(lexical || grammar.contains_key(&rule), "{rule}");
    }
    for function in Function::ALL {
        assert!(words.contains(function.as_str()), "{}", function.as_str());
    }
}

/// Conditions that hold of the features of `language::holds`.
const EVALUATED: &[&str] = &[
    "min(income.monthly_net, 900 usd) == 900 usd",
    "max(income.streams, 1) != 1",
    "coalesce(nsf.event_days_90d, 7) > 6",
    "round(income.stability * 10) >= 6",
    "abs(-income.stability) <= 0.6",
    "any(account.category == \"cash\")",
    "not all(account.category == \"cash\")",
    "case(income.stopped => 1, otherwise => 2) - 1 == 1",
    "count(account.category == \"credit\") < 2",
    "sum(ownership.name_score) == 1.3",
    "avg(ownership.name_score where ownership.name_score > 0.5) == 0.9",
    "income.next_payday + 1 month > income.next_payday",
    "income.next_payday - months(1) < income.next_payday",
    "weekday(income.next_payday) in [\"tuesday\"]",
    "day(income.next_payday) between 31 and 31",
    "business_day(2026-03-28) == 2026-03-30",
    "starts_with(income.primary_cadence, \"bi\")",
    "share(\"cell\", 50%) or not share(\"cell\", 50%)",
    "income.monthly_net / 2 > 900 usd and income.streams not in [7]",
    "nsf.event_days_90d is missing and income.streams is not missing",
    "p_return(income.monthly_net, income.next_payday) is not missing",
    "best_pull_date(900 usd, income.next_payday, income.next_payday + 9 days) is not missing",
];

/// The functions and operators of an expression.
fn used(expr: &Expr, found: &mut BTreeSet<String>) {
    match &expr.kind {
        ExprKind::Call(function, _) => {
            found.insert(function.as_str().to_owned());
        }
        ExprKind::Compare(op, ..) => {
            found.insert(op.as_str().to_owned());
        }
        ExprKind::Arithmetic(op, ..) => {
            found.insert(op.as_str().to_owned());
        }
        ExprKind::Not(_) => {
            found.insert("not".to_owned());
        }
        ExprKind::Negate(_) => {
            found.insert("-x".to_owned());
        }
        ExprKind::And(_) => {
            found.insert("and".to_owned());
        }
        ExprKind::Or(_) => {
            found.insert("or".to_owned());
        }
        ExprKind::Where(..) => {
            found.insert("where".to_owned());
        }
        ExprKind::Between(..) => {
            found.insert("between".to_owned());
        }
        ExprKind::In { negated, .. } => {
            found.insert(format!("in, not: {negated}"));
        }
        ExprKind::IsMissing { negated, .. } => {
            let _ = found.insert(format!("missing, not: {negated}"));
        }
        ExprKind::Literal(_) | ExprKind::Name(_) => {}
    }
    expr.kind.children().for_each(|child| used(child, found));
}

#[test]
fn every_function_and_operator_is_evaluated() {
    let mut found = BTreeSet::new();
    for condition in EVALUATED {
        holds(condition);
        used(&parser::parse(condition).unwrap(), &mut found);
    }
    let comparisons = [
        CompareOp::Equal,
        CompareOp::NotEqual,
        CompareOp::Less,
        CompareOp::LessEqual,
        CompareOp::Greater,
        CompareOp::GreaterEqual,
    ];
    let arithmetic = [
        ArithmeticOp::Add,
        ArithmeticOp::Subtract,
        ArithmeticOp::Multiply,
        ArithmeticOp::Divide,
    ];
    let others = [
        "and",
        "or",
        "not",
        "-x",
        "where",
        "between",
        "in, not: false",
        "in, not: true",
        "missing, not: false",
        "missing, not: true",
    ];
    let all = Function::ALL.map(Function::as_str).into_iter();
    let all = all.chain(comparisons.map(CompareOp::as_str));
    let all = all
        .chain(arithmetic.map(ArithmeticOp::as_str))
        .chain(others);
    let left: Vec<&str> = all.filter(|one| !found.contains(*one)).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_documented_truth_table_is_what_conditions_come_to() {
    let (_, rest) = DOCS.split_once("| `a` | `b` | `a and b` |").unwrap();
    let rows = rest
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let rows: Vec<Vec<&str>> = rows
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), 9);
    let condition = |word: &str| match word {
        "true" => "income.streams > 1",
        "false" => "income.streams > 7",
        _ => "nsf.event_days_90d > 3",
    };
    for row in rows {
        let [a, b, and, or, not] = row.as_slice() else {
            panic!("{row:?}");
        };
        let (left, right) = (condition(a), condition(b));
        let wholes = [
            (format!("{left} and {right}"), and),
            (format!("{left} or {right}"), or),
            (format!("not {left}"), not),
        ];
        for (whole, meant) in wholes {
            let found = match seen(&whole) {
                Verdict::True => "true",
                Verdict::False => "false",
                Verdict::Unknown => "unknown",
            };
            assert_eq!(&found, meant, "{whole}");
        }
    }
}
