//! Accounts, and their balances day by day.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::{Ground, period};
use crate::analysis::{AccountAnalysis, AccountInput, BalanceQuality, DailyBalances, Entry};
use crate::report::amount::Share;
use crate::report::model::{Account, Balances, Day, Evidence};
use crate::report::words;
use crate::snapshot::Absence;

/// The accounts in their order.
pub(super) fn accounts(ground: Ground<'_>, named: bool) -> Vec<Account> {
    let found = ground.accounts.iter().zip(&ground.analysis.accounts);
    found
        .map(|(input, analysis)| account(ground, input, analysis, named))
        .collect()
}

fn account(
    ground: Ground<'_>,
    input: &AccountInput<'_>,
    found: &AccountAnalysis,
    named: bool,
) -> Account {
    let (snapshot, facts) = (input.snapshot, &found.facts);
    let bank = &snapshot.account;
    let balance = snapshot.balance.known();
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for row in snapshot
        .transactions
        .known()
        .into_iter()
        .flat_map(|rows| rows.iter())
    {
        let count = rows.entry(row.status.as_word().to_owned()).or_default();
        *count = count.saturating_add(1);
    }
    let owners = snapshot.owners.known().into_iter().flatten();
    let current = balance.ok().and_then(|balance| {
        let held = balance.current.get(&ground.analysis.currency)?;
        Some(ground.amount((*held).into()))
    });
    let matched = found.ownership.as_ref().ok().filter(|_| named);
    let own = ground.analysis.entries.get(found.entries.clone());
    Account {
        id: bank.id.as_str().to_owned(),
        bank: bank.institution.clone(),
        last4: bank.last4.clone(),
        kind: format!("{}/{}", bank.category, bank.subcategory),
        status: bank.status.as_word().to_owned(),
        counts: facts.usable(),
        left_out: left_out(found),
        duplicate_of: facts
            .duplicate_of
            .and_then(|it| ground.account(usize::from(it))),
        covers: facts.coverage.map(period),
        current,
        balance_as_of: balance.ok().map(|balance| balance.as_of),
        without_balance: balance.err().map(Absence::as_str),
        owners: owners.map(|owner| owner.name.clone()).collect(),
        name_score: matched.map(|matched| Share(matched.name_score)),
        sign: found.sign.map(|sign| sign.as_str()),
        without_transactions: snapshot.transactions.known().err().map(Absence::as_str),
        rows,
        flags: snapshot
            .flags
            .iter()
            .map(|flag| (flag.as_str(), words::flag(*flag)))
            .collect(),
        balances: found.daily.as_ref().and_then(|daily| {
            let accounts = vec![bank.id.as_str().to_owned()];
            let worth = worth(found.quality.iter());
            balances(ground, accounts, daily, (worth, own.into_iter().flatten()))
        }),
    }
}

/// What balances are worth that rest on several accounts: what the worst of them is worth.
fn worth<'a>(of: impl Iterator<Item = &'a BalanceQuality>) -> BalanceQuality {
    let later = |a: Option<NaiveDate>, b: Option<NaiveDate>| a.zip(b).map(|(a, b)| a.max(b));
    let all = of.cloned().reduce(|mut all, one| {
        all.good_from = later(all.good_from, one.good_from);
        all.fit_from = later(all.fit_from, one.fit_from);
        all.doubts.extend(one.doubts);
        all
    });
    all.unwrap_or_default()
}

fn left_out(found: &AccountAnalysis) -> Option<&'static str> {
    if found.facts.duplicate_of.is_some() {
        Some("it is linked twice")
    } else if !found.facts.cash {
        Some("it is no cash account")
    } else if found.facts.other_currency_only {
        Some("it holds another currency")
    } else {
        None
    }
}

/// The balances of the household: over its checking accounts, or all cash accounts where there is none.
pub(super) fn combined(ground: Ground<'_>) -> Option<Balances> {
    let daily = ground.analysis.balances.combined.as_ref()?;
    let usable = || {
        let accounts = ground.analysis.accounts.iter().zip(ground.accounts);
        accounts.filter(|(found, _)| found.facts.usable())
    };
    let any_checking = usable().any(|(found, _)| found.facts.checking);
    let chosen = || usable().filter(move |(found, _)| found.facts.checking || !any_checking);
    let accounts = chosen().map(|(_, input)| input.account.as_str().to_owned());
    let entries = chosen().flat_map(|(found, _)| {
        let own = ground.analysis.entries.get(found.entries.clone());
        own.into_iter().flatten()
    });
    let worth = worth(chosen().filter_map(|(found, _)| found.quality.as_ref()));
    balances(ground, accounts.collect(), daily, (worth, entries))
}

fn balances<'a>(
    ground: Ground<'_>,
    accounts: Vec<String>,
    daily: &DailyBalances,
    (worth, entries): (BalanceQuality, impl Iterator<Item = &'a Entry>),
) -> Option<Balances> {
    let mut posted: BTreeMap<NaiveDate, Evidence> = BTreeMap::new();
    for entry in entries.filter(|entry| entry.is_in_balance()) {
        let row = ground.row(entry.at());
        let ids = posted.entry(entry.posted).or_default();
        ids.extend(row.map(|row| row.id.to_owned()));
    }
    let dated = (0_u64..).zip(&daily.values).filter_map(|(ahead, value)| {
        let day = daily.first.checked_add_days(Days::new(ahead))?;
        Some((day, *value))
    });
    let dated: Vec<(NaiveDate, i128)> = dated.collect();
    let is_fit = |day: NaiveDate| worth.fit_from.is_some_and(|from| day >= from);
    let mut counted: Vec<(NaiveDate, i128)> = dated.clone();
    counted.retain(|(day, _)| is_fit(*day));
    if counted.is_empty() {
        counted.clone_from(&dated);
    }
    let lowest = counted.iter().min_by_key(|(day, value)| (*value, *day));
    let (lowest_on, lowest) = lowest.copied()?;
    let count = i128::try_from(counted.len()).ok()?;
    let sum: i128 = counted.iter().map(|(_, value)| value).sum();
    Some(Balances {
        accounts,
        first: daily.first,
        last: daily.last(),
        grade: worth.as_str(),
        good_from: worth.good_from,
        fit_from: worth.fit_from,
        doubts: worth
            .doubts
            .iter()
            .map(|doubt| words::doubt(*doubt))
            .collect(),
        negative_days: counted.iter().filter(|(_, value)| *value < 0).count(),
        counted_days: counted.len(),
        lowest: ground.amount(lowest),
        lowest_on,
        average: ground.amount(sum.checked_div(count)?),
        days: dated
            .into_iter()
            .map(|(day, value)| Day {
                day,
                balance: ground.amount(value),
                fit: is_fit(day),
                transactions: posted.remove(&day).unwrap_or_default(),
            })
            .collect(),
    })
}
