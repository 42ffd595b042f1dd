//! Expressions as written: a tree with the place of each part.

use std::fmt;
use std::ops::Range;

use crate::features::{Type, Value};

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expr {
    /// Its place, in bytes of the expression's text.
    pub(super) span: Range<usize>,
    /// What it is.
    pub(super) kind: ExprKind,
    /// The longest way down to a leaf; 1 for a leaf. Keeps every recursion over the tree bounded.
    pub(super) height: usize,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ExprKind {
    /// A constant: `1500 usd`, `30 days`, `36%`, `"checking"`.
    Literal(Value),
    /// A feature, `params.x`, `derive.x`, `inputs.x`, `score` or `value`.
    Name(String),
    /// Logical negation.
    Not(Box<Expr>),
    /// Arithmetic negation.
    Negate(Box<Expr>),
    /// All of them; two or more.
    And(Vec<Expr>),
    /// Any of them; two or more.
    Or(Vec<Expr>),
    /// A comparison.
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// A calculation.
    Arithmetic(ArithmeticOp, Box<Expr>, Box<Expr>),
    /// Whether a value is in a list.
    In {
        /// The value.
        value: Box<Expr>,
        /// The list.
        list: Vec<Expr>,
        /// Whether it reads `not in`.
        negated: bool,
    },
    /// Whether a value is in a range, both ends included.
    Between(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Whether a value is missing.
    IsMissing {
        /// The value.
        value: Box<Expr>,
        /// Whether it reads `is not missing`.
        negated: bool,
    },
    /// A function of its arguments; one or more. Those of `case` are conditions, each before its
    /// value, and at last the value of `otherwise`.
    Call(Function, Vec<Expr>),
    /// A value, and the condition under which a function over subjects looks at it.
    Where(Box<Expr>, Box<Expr>),
}

/// An operator that compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CompareOp {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

/// An operator that calculates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// A function of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    /// The smallest argument; of one argument, the smallest over its subjects.
    Min,
    /// The largest argument; of one argument, the largest over its subjects.
    Max,
    /// The first argument that is not missing.
    Coalesce,
    /// To the nearest whole: amounts to the major unit, ratios to a count.
    Round,
    /// Without the sign.
    Abs,
    /// Whether a condition holds for any subject.
    Any,
    /// Whether a condition holds for every subject.
    All,
    /// The value of the first condition that holds.
    Case,
    /// Of how many subjects a condition holds.
    Count,
    /// The sum over subjects.
    Sum,
    /// The mean over subjects.
    Avg,
    /// So many months, to be added to a date or taken off one.
    Months,
    /// The day of the week of a date.
    Weekday,
    /// The day of the month of a date.
    Day,
    /// A date, or the next day on which banks settle.
    BusinessDay,
    /// Whether a text begins with another.
    StartsWith,
    /// Whether somebody is in a random share of all.
    Share,
    /// A forecast of an account's balance.
    Forecast(ForecastFunction),
}

/// A function of the language that asks for a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ForecastFunction {
    /// How likely a debit comes back.
    PReturn,
    /// The day on which it is the least likely to.
    BestPullDate,
}

impl ForecastFunction {
    /// The one of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let all = [Self::PReturn, Self::BestPullDate];
        all.into_iter().find(|function| function.as_str() == name)
    }

    /// Its name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::PReturn => "p_return",
            Self::BestPullDate => "best_pull_date",
        }
    }

    /// Its arguments: the type of each, and what it is.
    pub(super) fn arguments(self) -> &'static [(Type, &'static str)] {
        const AMOUNT: (Type, &str) = (Type::Money, "the amount of the debit");
        match self {
            Self::PReturn => &[AMOUNT, (Type::Date, "its date")],
            Self::BestPullDate => &[
                AMOUNT,
                (Type::Date, "the first day"),
                (Type::Date, "the last day"),
            ],
        }
    }

    /// A call of it, as an example.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::PReturn => "p_return(application.amount, application.first_payment_date)",
            Self::BestPullDate => {
                "best_pull_date(application.amount, application.decision_date, \
                 application.decision_date + 14 days)"
            }
        }
    }

    /// The type of its answer.
    pub(super) fn answers(self) -> Type {
        match self {
            Self::PReturn => Type::Percent,
            Self::BestPullDate => Type::Date,
        }
    }
}

impl Function {
    /// All of them.
    pub(super) const ALL: [Self; 19] = [
        Self::Min,
        Self::Max,
        Self::Coalesce,
        Self::Round,
        Self::Abs,
        Self::Any,
        Self::All,
        Self::Case,
        Self::Count,
        Self::Sum,
        Self::Avg,
        Self::Months,
        Self::Weekday,
        Self::Day,
        Self::BusinessDay,
        Self::StartsWith,
        Self::Share,
        Self::Forecast(ForecastFunction::PReturn),
        Self::Forecast(ForecastFunction::BestPullDate),
    ];

    /// Its name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
            Self::Coalesce => "coalesce",
            Self::Round => "round",
            Self::Abs => "abs",
            Self::Any => "any",
            Self::All => "all",
            Self::Case => "case",
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Months => "months",
            Self::Weekday => "weekday",
            Self::Day => "day",
            Self::BusinessDay => "business_day",
            Self::StartsWith => "starts_with",
            Self::Share => "share",
            Self::Forecast(function) => function.as_str(),
        }
    }

    /// Whether it looks at each of the subjects of a scope, given one argument.
    pub(super) fn is_over_subjects(self) -> bool {
        match self {
            Self::Min | Self::Max | Self::Any | Self::All | Self::Count | Self::Sum | Self::Avg => {
                true
            }
            Self::Coalesce
            | Self::Round
            | Self::Abs
            | Self::Case
            | Self::Months
            | Self::Weekday
            | Self::Day
            | Self::BusinessDay
            | Self::StartsWith
            | Self::Share
            | Self::Forecast(_) => false,
        }
    }
}

impl CompareOp {
    /// As written.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }

    /// The operator that says the same with the sides exchanged.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
            same @ (Self::Equal | Self::NotEqual) => same,
        }
    }

    /// The operator that holds exactly where this one does not.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterEqual,
            Self::LessEqual => Self::Greater,
            Self::Greater => Self::LessEqual,
            Self::GreaterEqual => Self::Less,
        }
    }
}

impl ArithmeticOp {
    /// As written.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }
}

impl Expr {
    /// An expression at a place.
    pub(super) fn new(span: Range<usize>, kind: ExprKind) -> Self {
        let below = kind.children().map(|child| child.height).max();
        Self {
            height: below.unwrap_or(0) + 1,
            span,
            kind,
        }
    }

    fn is_atom(&self) -> bool {
        matches!(
            self.kind,
            ExprKind::Literal(_) | ExprKind::Name(_) | ExprKind::Call(..)
        )
    }
}

impl ExprKind {
    /// The parts, in the order written.
    pub(super) fn children(&self) -> impl Iterator<Item = &Expr> {
        let (boxed, listed): (Vec<&Expr>, &[Expr]) = match self {
            Self::Literal(_) | Self::Name(_) => (vec![], &[]),
            Self::Not(inner) | Self::Negate(inner) => (vec![inner], &[]),
            Self::IsMissing { value, .. } => (vec![value], &[]),
            Self::Compare(_, left, right)
            | Self::Arithmetic(_, left, right)
            | Self::Where(left, right) => (vec![left, right], &[]),
            Self::Between(value, low, high) => (vec![value, low, high], &[]),
            Self::In { value, list, .. } => (vec![value], list),
            Self::And(list) | Self::Or(list) | Self::Call(_, list) => (vec![], list),
        };
        boxed.into_iter().chain(listed)
    }
}

/// Writes a part, in parentheses where it is not an atom, so that it reads back the same.
struct Part<'e>(&'e Expr);

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_atom() {
            write!(f, "{}", self.0)
        } else {
            write!(f, "({})", self.0)
        }
    }
}

impl fmt::Display for Expr {
    /// In the language, so that reading it gives the same expression.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Literal(Value::Text(text)) => {
                let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "\"{escaped}\"")
            }
            // A ratio without a point would read back as a count.
            ExprKind::Literal(Value::Ratio(ratio)) if ratio.scale() == 0 => write!(f, "{ratio}.0"),
            ExprKind::Literal(value) => write!(f, "{value}"),
            ExprKind::Name(name) => f.write_str(name),
            ExprKind::Not(inner) => write!(f, "not {}", Part(inner)),
            ExprKind::Negate(inner) => write!(f, "-{}", Part(inner)),
            ExprKind::And(list) => write_list(f, list, " and "),
            ExprKind::Or(list) => write_list(f, list, " or "),
            ExprKind::Compare(op, left, right) => {
                write!(f, "{} {} {}", Part(left), op.as_str(), Part(right))
            }
            ExprKind::Arithmetic(op, left, right) => {
                write!(f, "{} {} {}", Part(left), op.as_str(), Part(right))
            }
            ExprKind::In {
                value,
                list,
                negated,
            } => {
                let not = if *negated { "not " } else { "" };
                if let Some(name) = named_list(list) {
                    return write!(f, "{} {not}in {name}", Part(value));
                }
                write!(f, "{} {not}in [", Part(value))?;
                write_list(f, list, ", ")?;
                f.write_str("]")
            }
            ExprKind::Between(value, low, high) => {
                write!(
                    f,
                    "{} between {} and {}",
                    Part(value),
                    Part(low),
                    Part(high)
                )
            }
            ExprKind::IsMissing { value, negated } => {
                let not = if *negated { "not " } else { "" };
                write!(f, "{} is {not}missing", Part(value))
            }
            ExprKind::Where(value, condition) => {
                write!(f, "{} where {}", Part(value), Part(condition))
            }
            ExprKind::Call(Function::Case, list) => write_case(f, list),
            ExprKind::Call(function, list) => {
                if let (Function::Months, [one]) = (function, list.as_slice())
                    && let ExprKind::Literal(Value::Count(months)) = one.kind
                {
                    return write!(f, "{months} months");
                }
                write!(f, "{}(", function.as_str())?;
                // The comma of a list binds less than anything.
                if let [one] = list.as_slice()
                    && let ExprKind::Where(..) = one.kind
                {
                    return write!(f, "{one})");
                }
                write_list(f, list, ", ")?;
                f.write_str(")")
            }
        }
    }
}

/// The name of the list that a value is looked for in, where it has one: `lists.watch`.
pub(super) fn named_list(list: &[Expr]) -> Option<&str> {
    match list {
        [
            Expr {
                kind: ExprKind::Name(name),
                ..
            },
        ] => Some(name.as_str()).filter(|name| name.starts_with(LISTS)),
        _ => None,
    }
}

/// What the name of a list begins with.
pub(super) const LISTS: &str = "lists.";

fn write_case(f: &mut fmt::Formatter<'_>, list: &[Expr]) -> fmt::Result {
    f.write_str("case(")?;
    for arm in list.chunks(2) {
        match arm {
            [when, value] => write!(f, "{} => {}, ", Part(when), Part(value))?,
            [otherwise] => write!(f, "otherwise => {}", Part(otherwise))?,
            _ => {}
        }
    }
    f.write_str(")")
}

fn write_list(f: &mut fmt::Formatter<'_>, list: &[Expr], separator: &str) -> fmt::Result {
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        write!(f, "{}", Part(item))?;
    }
    Ok(())
}
