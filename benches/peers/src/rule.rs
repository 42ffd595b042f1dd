//! What a generated rule says, for each engine to put into its own words.

/// What a column holds. Every value is a whole number of the column's smallest part: cents, things,
/// days, or millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Money,
    Count,
    Days,
    Ratio,
    Percent,
}

/// The parts in one of a ratio or a percent.
pub(crate) const MILLION: i64 = 1_000_000;

impl Unit {
    /// A value, in parts, as the number that a person would write: 36.25 for 36,250,000 millionths.
    /// Money stays in cents. Exact, since all values are multiples of a 64th.
    pub(crate) fn number(self, parts: i64) -> f64 {
        match self {
            Self::Money | Self::Count | Self::Days => parts as f64,
            Self::Ratio | Self::Percent => parts as f64 / MILLION as f64,
        }
    }
}

/// One feature that rules read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its name in the engine's table: `area.rest`.
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    /// The days it looks back, which a number of things or days does not exceed.
    pub(crate) window_days: Option<u32>,
}

impl Column {
    /// The name without a dot, for engines that find one name faster than a path of two.
    pub(crate) fn flat_name(self) -> String {
        self.name.replace('.', "_")
    }
}

/// One applicant: a value for each column.
pub(crate) type Applicant = Vec<i64>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Op {
    pub(crate) const ALL: [Self; 4] = [
        Self::Less,
        Self::LessEqual,
        Self::Greater,
        Self::GreaterEqual,
    ];

    /// The same in every engine.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }

    pub(crate) fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterEqual => left >= right,
        }
    }
}

/// What is compared; columns by their position.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Term {
    Column(usize),
    /// `a + b`, of money.
    Sum(usize, usize),
    /// `a - b`, of money.
    Difference(usize, usize),
    /// `a - b * quarters / 4`, of money: `a - b * 0.75`.
    LessShare(usize, i64, usize),
    /// `a / b`, of money: a ratio.
    Quotient(usize, usize),
}

impl Term {
    /// Its unit.
    pub(crate) fn unit(self, columns: &[Column]) -> Unit {
        match self {
            Self::Column(column) => columns[column].unit,
            Self::Sum(..) | Self::Difference(..) | Self::LessShare(..) => Unit::Money,
            Self::Quotient(..) => Unit::Ratio,
        }
    }
}

/// A term compared with a constant, which is in the parts of the term's unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Test {
    pub(crate) term: Term,
    pub(crate) op: Op,
    pub(crate) bound: i64,
}

/// When a rule fires.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rule {
    One(Test),
    Both(Test, Test),
    Either(Test, Test),
}

/// How an engine writes a test and puts two together.
pub(crate) trait Language {
    fn test(&self, test: &Test) -> String;
    fn both(&self, left: &str, right: &str) -> String;
    fn either(&self, left: &str, right: &str) -> String;

    fn rule(&self, rule: &Rule) -> String {
        match rule {
            Rule::One(test) => self.test(test),
            Rule::Both(left, right) => self.both(&self.test(left), &self.test(right)),
            Rule::Either(left, right) => self.either(&self.test(left), &self.test(right)),
        }
    }
}

impl Rule {
    /// The first column that it reads.
    pub(crate) fn column(&self) -> usize {
        let (Self::One(test) | Self::Both(test, _) | Self::Either(test, _)) = self;
        let (Term::Column(column)
        | Term::Sum(column, _)
        | Term::Difference(column, _)
        | Term::LessShare(column, ..)
        | Term::Quotient(column, _)) = test.term;
        column
    }
}
