//! A row of the feature table: the only place that says what a feature is.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::context::{Computed, Context, Given};
use super::value::{Missing, Type, Value};
use crate::analysis::SignEvidence;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Feature {
    /// The name that rules use: `income.monthly_net`.
    pub name: &'static str,
    /// Its type, which carries the unit.
    pub ty: Type,
    /// Whose it is.
    pub scope: Scope,
    /// What must be known before it is computed, in this order; it is missing for the cause of the
    /// first that is not.
    pub needs: &'static [Need],
    /// What it means, in one or two sentences for an analyst.
    pub doc: &'static str,
    /// What an applicant would call it and its like: `returned payments and overdrafts`.
    pub told_as: &'static str,
    /// The words that it can have, where it is a text.
    pub words: Words,
    /// The values that it can have, where it is a number.
    pub range: Range,
    /// Whether, and in which direction, an applicant can change it before applying again.
    pub control: Control,
    /// When a reviewer may answer it.
    pub answerable: Answerable,
    /// Whether every application has it, so that it is never missing.
    pub is_always_known: bool,
    /// Whether it rests on what accounts show. It then is missing where nothing could be fetched of
    /// one of them.
    pub rests_on_accounts: bool,
    /// What is to be had from a bank to compute it, where no need says so.
    pub(super) made_of: BankData,
    /// Computes it, once its needs are met.
    pub(super) extractor: fn(&Context<'_>, &Given<'_>) -> Computed,
}

impl Feature {
    /// The days it looks back, where it looks back over a window.
    pub fn window_days(&self) -> Option<u32> {
        self.needs.iter().find_map(|need| need.days())
    }

    /// The days that an amount adds up: of its window, or of a month where it is per month. None of
    /// what is no amount that comes in or goes out.
    pub fn adds_up_days(&self) -> Option<u32> {
        const MONTH_DAYS: u32 = 30;
        let flows =
            |need: &Need| matches!(need, Need::DirectedWindow(_) | Need::Income | Need::Streams);
        if self.ty != Type::Money || !self.needs.iter().any(flows) {
            return None;
        }
        if self.name.contains("monthly") {
            return Some(MONTH_DAYS);
        }
        let window = |need: &Need| match need {
            Need::DirectedWindow(days) => Some(*days),
            Need::History
            | Need::DirectedHistory
            | Need::Window(_)
            | Need::Income
            | Need::AccountHistory
            | Need::AccountWindow(_)
            | Need::Streams
            | Need::DebitAccount
            | Need::DebitHistory
            | Need::DebitWindow(_)
            | Need::DailyBalances(_) => None,
        };
        self.needs.iter().find_map(window)
    }

    /// What is asked of a bank where it is missing.
    pub fn asks_for(&self) -> BankData {
        let daily = |need: &Need| matches!(need, Need::DailyBalances(_));
        if self.needs.iter().any(daily) {
            BankData::BalanceHistory
        } else {
            self.made_of
        }
    }

    /// Whether it rests on what streams of income are found.
    pub fn rests_on_streams(&self) -> bool {
        let streams = |need: &Need| matches!(need, Need::Income | Need::Streams);
        self.scope == Scope::IncomeStream || self.needs.iter().any(streams)
    }

    /// Whether it is of the account that is to be debited: where that is not provided, it is the
    /// account that is asked for.
    pub fn is_of_debit_account(&self) -> bool {
        self.needs.iter().any(|need| need.is_of_debit_account())
    }

    /// Whether the application itself says it, so that no bank is asked.
    pub fn is_of_application(&self) -> bool {
        self.made_of == BankData::None
    }

    /// The name without its area: `amount` of `application.amount`.
    pub fn short_name(&self) -> &'static str {
        self.name
            .split_once('.')
            .map_or(self.name, |(_, last)| last)
    }

    /// Whether it can have a value of its type, by its range: nothing is said of words.
    pub fn can_be(&self, value: &Value) -> bool {
        match value {
            Value::Money(money) => self.range.holds(money.minor()),
            Value::Count(number) | Value::Days(number) => self.range.holds(*number),
            Value::Ratio(share) | Value::Percent(share) => self.range.holds_decimal(*share),
            Value::Date(_) | Value::Text(_) | Value::Bool(_) => true,
        }
    }

    /// Its range as integers of [`super::Whole`]: of ratios and percentages in millionths.
    pub(crate) fn whole_range(&self) -> Range {
        const ONE: i64 = 1_000_000;
        let scaled = |end: Option<i64>| match self.ty {
            Type::Ratio | Type::Percent => end.map(|end| end.saturating_mul(ONE)),
            Type::Money | Type::Count | Type::Days | Type::Date | Type::Text | Type::Bool => end,
        };
        Range {
            least: scaled(self.range.least),
            most: scaled(self.range.most),
        }
    }

    /// What it can be, in its own unit; `-` where it can be anything that its type allows.
    pub fn range_in_words(&self) -> String {
        let unit = |number: i64| match self.ty {
            Type::Percent => format!("{number}%"),
            Type::Days => format!("{number} days"),
            Type::Money | Type::Count | Type::Ratio | Type::Date | Type::Text | Type::Bool => {
                number.to_string()
            }
        };
        let Range { least, most } = self.range;
        match (self.ty, least, most) {
            // In minor units, which differ from currency to currency.
            (Type::Money, Some(1), None) => "above 0".to_owned(),
            (_, Some(least), Some(most)) => format!("{least} to {}", unit(most)),
            (_, Some(least), None) => format!("{} or more", unit(least)),
            (_, None, Some(most)) => format!("{} or less", unit(most)),
            (_, None, None) => "-".to_owned(),
        }
    }

    /// When it is missing, each as the end of `missing where …`; none where it never is.
    pub fn missing_where(&self) -> Vec<String> {
        if self.is_always_known {
            return Vec::new();
        }
        let mut found: Vec<String> = self.needs.iter().map(|need| need.in_words()).collect();
        if self.is_of_application() {
            found.push("the application does not say it".to_owned());
        } else {
            let what = self.asks_for().as_str();
            found.push(format!(
                "the bank gave no {what}, or none that are new enough"
            ));
        }
        found
    }

    /// A feature that needs nothing and can be anything that its type allows.
    pub(super) const fn new(
        scope: Scope,
        name: &'static str,
        ty: Type,
        doc: &'static str,
        extractor: fn(&Context<'_>, &Given<'_>) -> Computed,
    ) -> Self {
        Self {
            name,
            ty,
            scope,
            needs: &[],
            doc,
            told_as: "",
            words: Words::Any,
            range: Range::of(ty),
            control: Control::No,
            answerable: Answerable::of(scope),
            is_always_known: false,
            rests_on_accounts: true,
            made_of: BankData::Transactions,
            extractor,
        }
    }

    /// The same with these words.
    pub(super) const fn with_words(self, words: Words) -> Self {
        Self { words, ..self }
    }

    /// The same, where it is known whatever the accounts show.
    pub(super) const fn whatever_accounts_show(self) -> Self {
        Self {
            rests_on_accounts: false,
            ..self
        }
    }

    /// The same, where the application itself says it.
    pub(super) const fn of_application(self) -> Self {
        Self {
            made_of: BankData::None,
            ..self
        }
        .whatever_accounts_show()
        .answered(Answerable::Never)
    }

    /// The same, where a reviewer may answer it then.
    pub(super) const fn answered(self, answerable: Answerable) -> Self {
        Self { answerable, ..self }
    }

    /// The same, where every application has it.
    pub(super) const fn always_known(self) -> Self {
        Self {
            is_always_known: true,
            ..self
        }
    }

    /// The same, where an applicant would call it something else than the rest of its area.
    pub(super) const fn told_as(self, told_as: &'static str) -> Self {
        Self { told_as, ..self }
    }

    /// The same, where it is made of this.
    pub(super) const fn made_of(self, made_of: BankData) -> Self {
        Self { made_of, ..self }
    }

    /// The same, where it is never less.
    pub(super) const fn at_least(self, least: i64) -> Self {
        let range = Range {
            least: Some(least),
            most: self.range.most,
        };
        Self { range, ..self }
    }

    /// The same, where it is never more.
    pub(super) const fn at_most(self, most: i64) -> Self {
        let range = Range {
            least: self.range.least,
            most: Some(most),
        };
        Self { range, ..self }
    }

    /// The same, where an applicant can change it so.
    pub(super) const fn controlled(self, control: Control) -> Self {
        Self { control, ..self }
    }
}

/// What must be known before a feature is computed. The table itself sees to it, and hands the
/// extractor what it asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The history of the household, however short.
    History,
    /// The same, where it is no question which way money went and no row may be missing.
    DirectedHistory,
    /// A history that covers this many days, or nearly.
    Window(u32),
    /// The same, where it is no question which way money went and no row may be missing.
    DirectedWindow(u32),
    /// A directed history that shows income, or is so long that it would, and reviews of it that
    /// can be followed.
    Income,
    /// The history of the account that the feature is of, where it is a cash account that counts, it
    /// is no question which way money went and no row may be missing.
    AccountHistory,
    /// The same, where it covers this many days, or nearly.
    AccountWindow(u32),
    /// A directed history, and reviews of streams that can be followed.
    Streams,
    /// The account that is to be debited: a cash account in the currency of the loan, and no question
    /// which one.
    DebitAccount,
    /// The history of that account, as of an [`Self::AccountHistory`].
    DebitHistory,
    /// The same, where it covers this many days, or nearly.
    DebitWindow(u32),
    /// End-of-day balances of this many days, or of nearly as many.
    DailyBalances(u32),
}

impl Need {
    /// The days that it looks back.
    fn days(self) -> Option<u32> {
        match self {
            Self::Window(days)
            | Self::DirectedWindow(days)
            | Self::AccountWindow(days)
            | Self::DebitWindow(days)
            | Self::DailyBalances(days) => Some(days),
            Self::History
            | Self::DirectedHistory
            | Self::AccountHistory
            | Self::Income
            | Self::Streams
            | Self::DebitAccount
            | Self::DebitHistory => None,
        }
    }

    /// When it is not met.
    fn in_words(self) -> String {
        let unclear = "it is in question which way money went, or rows may be missing";
        let short = |days: u32| format!("the history covers less than nine tenths of {days} days");
        let debit = "it is not known which account is to be debited";
        match self {
            Self::History => "there are no transactions".to_owned(),
            Self::DirectedHistory => format!("there are no transactions, {unclear}"),
            Self::Window(days) => short(days),
            Self::DirectedWindow(days) => format!("{}, {unclear}", short(days)),
            Self::Income => format!(
                "no income is found and the history is too short to say that there is none, \
                 {unclear}, or a review of income cannot be followed"
            ),
            Self::Streams => format!("{unclear}, or a review of income cannot be followed"),
            Self::AccountHistory => {
                format!("it is no cash account that counts, or has no transactions, {unclear}")
            }
            Self::AccountWindow(days) => {
                format!(
                    "it is no cash account that counts, {}, {unclear}",
                    short(days)
                )
            }
            Self::DebitAccount => debit.to_owned(),
            Self::DebitHistory => format!("{debit}, or it has no transactions, {unclear}"),
            Self::DebitWindow(days) => format!("{debit}, {}, {unclear}", short(days)),
            Self::DailyBalances(days) => format!(
                "balances are known on less than nine tenths of {days} days, or are in doubt"
            ),
        }
    }

    /// Whether it is of the account that is to be debited.
    fn is_of_debit_account(self) -> bool {
        match self {
            Self::DebitAccount | Self::DebitHistory | Self::DebitWindow(_) => true,
            Self::History
            | Self::DirectedHistory
            | Self::Window(_)
            | Self::DirectedWindow(_)
            | Self::Income
            | Self::AccountHistory
            | Self::AccountWindow(_)
            | Self::Streams
            | Self::DailyBalances(_) => false,
        }
    }
}

/// What is to be had from a bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BankData {
    /// Nothing: the application says it.
    None,
    /// Who owns an account.
    Owners,
    /// What an account holds now.
    Balances,
    /// What it held: worked backwards from the balances by the transactions, so that either may be
    /// what is missing.
    BalanceHistory,
    /// What moved.
    Transactions,
}

impl BankData {
    /// The word for it that an applicant understands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owners => "owners",
            Self::Balances => "balances",
            Self::BalanceHistory => "balance history",
            Self::None | Self::Transactions => "transactions",
        }
    }
}

/// Whether, and in which direction, an applicant can change a feature before applying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Not at all, or not knowingly.
    No,
    /// It can be made less.
    Down,
    /// It can be made more; of a yes or no, a yes.
    Up,
    /// It can be chosen.
    Either,
}

impl Control {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::No, Self::Down, Self::Up, Self::Either];

    /// The word for it in rule files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Down => "down",
            Self::Up => "up",
            Self::Either => "either",
        }
    }

    /// What an applicant can do about it before applying again.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::No => "cannot change it",
            Self::Down => "can make it less",
            Self::Up => "can make it more",
            Self::Either => "can choose it",
        }
    }
}

/// When a reviewer may answer a feature: say what it is after a look at a pay slip, a statement, or a
/// telephone call. What is known of a bank and not doubted is nobody's to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answerable {
    /// Never: it is of one account, applicant or stream, or the application itself says it.
    Never,
    /// Where it is missing.
    WhereMissing,
    /// Also where it is known and states a doubt: something counted that should not be there, a bad
    /// `true`, money of which the sign is not proven.
    Always,
}

/// Whether a value states a doubt about bank data: something counted or summed that should not be
/// there, a bad `true`, money of which the sign is not proven.
fn states_doubt(value: &Value) -> bool {
    match value {
        Value::Money(money) => money.minor() > 0,
        Value::Count(number) | Value::Days(number) => *number > 0,
        Value::Ratio(number) | Value::Percent(number) => *number > Decimal::ZERO,
        Value::Bool(truth) => *truth,
        Value::Text(word) => word != SignEvidence::Proven.as_str(),
        Value::Date(_) => false,
    }
}

impl Answerable {
    /// What it is where a row says nothing else.
    const fn of(scope: Scope) -> Self {
        match scope {
            Scope::Household => Self::WhereMissing,
            Scope::Applicant | Scope::Account | Scope::IncomeStream => Self::Never,
        }
    }

    /// What a reviewer can do about it.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Never => "cannot state it",
            Self::WhereMissing => "can state it where it is missing",
            Self::Always => "can state it where it is missing, or states a doubt",
        }
    }

    /// Whether an answer may take the place of what was found. Not of what is missing because a review
    /// of a stream could not be followed: the bank shows it, and nobody may state it another way.
    pub fn takes_the_place_of(self, found: &Result<Value, Missing>) -> bool {
        match (self, found) {
            (Self::Never, _) | (_, Err(Missing::ReviewUnclear)) | (Self::WhereMissing, Ok(_)) => {
                false
            }
            (Self::WhereMissing | Self::Always, Err(_)) => true,
            (Self::Always, Ok(value)) => states_doubt(value),
        }
    }

    /// The word for it in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::WhereMissing => "where missing",
            Self::Always => "always",
        }
    }
}

/// The numbers that a feature can have: minor units, days, things, or a plain quotient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The least; `None` where there is none.
    pub least: Option<i64>,
    /// The most; `None` where there is none.
    pub most: Option<i64>,
}

impl Range {
    /// Any number.
    pub const ANY: Self = Self {
        least: None,
        most: None,
    };

    /// What values of a type are where their row says nothing else: nothing that counts things or
    /// days, or is a share, is below zero.
    const fn of(ty: Type) -> Self {
        match ty {
            Type::Count | Type::Days | Type::Ratio | Type::Percent => Self {
                least: Some(0),
                most: None,
            },
            Type::Money | Type::Date | Type::Text | Type::Bool => Self::ANY,
        }
    }

    /// Whether it holds a whole number.
    pub fn holds(self, number: i64) -> bool {
        self.least.is_none_or(|least| number >= least)
            && self.most.is_none_or(|most| number <= most)
    }

    /// Whether it holds a decimal number.
    pub(crate) fn holds_decimal(self, number: Decimal) -> bool {
        self.least
            .is_none_or(|least| number >= Decimal::from(least))
            && self.most.is_none_or(|most| number <= Decimal::from(most))
    }
}

/// The words that a text feature can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// Any: names, or what the caller sends. Also for what is no text.
    Any,
    /// These and no other.
    Only(&'static [&'static str]),
    /// These, and others that the source may add.
    Known(&'static [&'static str]),
}

impl Words {
    /// The words that are known; none where any may come.
    pub fn list(self) -> &'static [&'static str] {
        match self {
            Self::Any => &[],
            Self::Only(words) | Self::Known(words) => words,
        }
    }
}

/// Whose a feature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One value for the application: all its applicants and accounts together.
    Household,
    /// One value for each applicant.
    Applicant,
    /// One value for each account.
    Account,
    /// One value for each income stream that the analysis found.
    IncomeStream,
}

impl Scope {
    /// The word for it in documents and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Applicant => "applicant",
            Self::Account => "account",
            Self::IncomeStream => "income stream",
        }
    }

    /// How many subjects there are of it.
    pub(super) fn subjects(self, applicants: usize, accounts: usize, streams: usize) -> usize {
        match self {
            Self::Household => 1,
            Self::Applicant => applicants,
            Self::Account => accounts,
            Self::IncomeStream => streams,
        }
    }
}
