//! The daily balances of a decision, from the wire.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::money::{Currency, Money};
use crate::proto;
use crate::report::Amount;
use crate::report::packet::BalanceDay;

/// The balance of the household at the end of each day.
pub(super) struct DailyBalances {
    /// Day by day. Never empty.
    pub(super) days: Vec<BalanceDay>,
    /// From this day on nothing shows that they are wrong.
    pub(super) fit_from: Option<NaiveDate>,
    /// The currency of them all.
    currency: Currency,
}

impl DailyBalances {
    /// Those of a decision; `None` where it has none that can be read.
    pub(super) fn of(decision: &proto::Decision) -> Option<Self> {
        let wire = decision.daily_balances.as_ref()?;
        let first = date(wire.first_date.as_ref())?;
        let fit_from = date(wire.fit_from_date.as_ref());
        let currency: Currency = wire.balances.first()?.currency.parse().ok()?;
        let days = first.iter_days().zip(&wire.balances);
        let days = days.map(|(day, balance)| {
            let amount: Decimal = balance.amount.parse().ok()?;
            let money = Money::from_decimal(amount, currency).ok()?;
            Some(BalanceDay {
                day,
                balance: Amount::new(money.minor().into(), currency),
                fit: fit_from.is_some_and(|from| day >= from),
            })
        });
        Some(Self {
            days: days.collect::<Option<_>>()?,
            fit_from,
            currency,
        })
    }

    /// Those days below zero that features look at.
    pub(super) fn below_zero(&self) -> impl Iterator<Item = &BalanceDay> {
        let fit = self.days.iter().filter(|day| day.fit);
        fit.filter(|day| day.balance.is_negative())
    }

    /// `-40.50 USD`
    pub(super) fn amount(&self, day: &BalanceDay) -> String {
        format!("{} {}", day.balance.grouped(), self.currency)
    }

    /// `lowest -40.50 USD on 2026-03-29, 812.00 USD at the end`, and how many days were below zero. The lowest
    /// is of the days that features look at.
    pub(super) fn summary(&self) -> [String; 2] {
        let fit = self.days.iter().filter(|day| day.fit);
        let lowest = fit.clone().min_by_key(|day| day.balance);
        let lowest = lowest.map(|day| format!("lowest {} on {}, ", self.amount(day), day.day));
        let last = self.days.last().map(|day| self.amount(day));
        let last = last.unwrap_or_default();
        let (fit, below) = (fit.count(), self.below_zero().count());
        [
            format!("{}{last} at the end", lowest.unwrap_or_default()),
            format!("below zero on {below} of the {fit} days that are fit for features"),
        ]
    }

    /// Which days are not fit for features, if any are not.
    pub(super) fn unfit(&self) -> Option<String> {
        match (self.fit_from, self.days.first()) {
            (None, _) => Some("no balance is fit for features".to_owned()),
            (Some(from), Some(first)) if from > first.day => {
                Some(format!("no balance before {from} is fit for features"))
            }
            (Some(_), _) => None,
        }
    }
}

fn date(wire: Option<&proto::Date>) -> Option<NaiveDate> {
    wire?.value.parse().ok()
}
