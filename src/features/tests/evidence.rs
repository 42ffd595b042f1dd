//! Sums, counts, extrema and days since something, computed once more in the plainest way from what they
//! rest on: rows, events, streams, obligations, balances. The applicants are those of a corpus.

mod formulas;

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};

use super::*;
use crate::analysis::{
    DailyBalances, Entry, Exclusion, NsfEvent, NsfKind, Obligation, Purpose, Stream, StreamStatus,
};
use crate::calendar::civil_date;
use crate::corpus;
use crate::corpus::STRATA;
use crate::features::tests::households::of_case;
use crate::snapshot::{Balance, Category, QualityFlag, Subcategory, TransactionStatus};
use formulas::formulas;

/// The seed of the applicants, and how many of each kind there are.
const SEED: u64 = 20_261_129;
const OF_EACH_STRATUM: usize = 3;

/// How the value of a feature is found once more.
enum How {
    /// So.
    By(fn(&Seen<'_>) -> Value),
    /// Not at all: it is no plain sum, count, extremum or distance of days, but this.
    Not(&'static str),
}
use How::{By, Not};

/// One row as its bank stated it, with what the analysis made of it.
struct Raw<'a> {
    amount: i128,
    made: NaiveDate,
    entry: &'a Entry,
}

/// One value with what it rests on.
struct Seen<'a> {
    household: &'a Household,
    features: &'a Features,
    feature: &'static Feature,
    subject: usize,
    slot: &'a Slot,
}

impl<'a> Seen<'a> {
    fn raw(&self, entry: &'a Entry) -> Raw<'a> {
        let snapshot = &self.household.snapshots[usize::from(entry.snapshot)];
        let rows = snapshot.transactions.known().unwrap();
        let row = rows.get(entry.row as usize).unwrap();
        let day = |at| civil_date(at, self.household.as_of.zone);
        Raw {
            amount: row.amount.into(),
            made: day(row.transacted_at),
            entry,
        }
    }

    /// The rows of the evidence.
    fn rows(&self) -> Vec<Raw<'a>> {
        let entries = &self.household.analysis.entries;
        let at: BTreeSet<(u16, u32)> = self.slot.evidence.pairs().collect();
        let rows = entries.iter().filter(|entry| at.contains(&entry.at()));
        let rows: Vec<Raw<'_>> = rows.map(|entry| self.raw(entry)).collect();
        assert_eq!(rows.len(), at.len(), "{}", self.feature.name);
        rows
    }

    /// The rows of the evidence, all of which are of the window and settled.
    fn recent(&self) -> Vec<Raw<'a>> {
        let rows = self.rows();
        for row in &rows {
            let name = self.feature.name;
            assert!(self.is_recent(row.made), "{name} {}", row.made);
            let state = row.entry.excluded;
            assert!(
                !matches!(state, Some(Exclusion::Void | Exclusion::Pending)),
                "{name}"
            );
        }
        rows
    }

    /// The first and last day of the history that the feature is of: the account's own, if it is of one.
    fn span(&self) -> (NaiveDate, NaiveDate) {
        let of_account = self.feature.scope == Scope::Account;
        let own = of_account.then(|| self.account().coverage.unwrap());
        let covered = own.unwrap_or_else(|| self.household.analysis.history.unwrap());
        (covered.first, covered.last)
    }

    /// How many days of the window the history has.
    fn covered_days(&self) -> i128 {
        let (first, last) = self.span();
        let days = (last - first).num_days() + 1;
        days.min(self.feature.window_days().unwrap().into()).into()
    }

    fn is_recent(&self, day: NaiveDate) -> bool {
        let (_, last) = self.span();
        let window = Days::new(self.feature.window_days().unwrap().into());
        day <= last && day > last.checked_sub_days(window).unwrap()
    }

    fn money(&self, minor: i128) -> Value {
        Value::Money(Money::new(minor.try_into().unwrap(), Currency::USD))
    }

    fn sum(&self) -> i128 {
        self.recent().iter().map(|row| row.amount).sum()
    }

    /// A sum of the window as a month of thirty days.
    fn monthly(&self, sum: i128) -> Value {
        self.money(rounded(sum * 30, self.covered_days()))
    }

    /// The amounts of all rows of the window that count and pass the test: they are the evidence.
    fn moved(&self, test: fn(i128) -> bool) -> Vec<i128> {
        let entries = self.household.analysis.entries.iter();
        let counted = entries.filter(|entry| entry.counts());
        let all: Vec<Raw<'_>> = counted
            .map(|entry| self.raw(entry))
            .filter(|row| self.is_recent(row.made) && test(row.amount))
            .collect();
        let found: BTreeSet<_> = all.iter().map(|row| row.entry.at()).collect();
        let evidence: BTreeSet<_> = self.slot.evidence.pairs().collect();
        assert_eq!(found, evidence, "{}", self.feature.name);
        all.iter().map(|row| row.amount).collect()
    }

    fn counterparties(&self) -> Value {
        let all = self.recent().into_iter().map(|row| row.entry.counterparty);
        count_of(all.collect::<BTreeSet<_>>().len())
    }

    fn days_since(&self, day: Option<NaiveDate>) -> Value {
        Value::Days((self.household.as_of.date() - day.unwrap()).num_days())
    }

    fn streams(&self, test: fn(&Stream) -> bool) -> Vec<&'a Stream> {
        let streams = self.household.analysis.income.streams.iter();
        streams.filter(|stream| test(stream)).collect()
    }

    fn of_streams(&self, test: fn(&Stream) -> bool) -> Value {
        let running = self.streams(runs).into_iter();
        let monthly = running.filter(|one| test(one)).map(|one| one.monthly);
        self.money(monthly.sum())
    }

    /// What running obligations of these purposes take a month.
    fn owed(&self, purposes: &[Purpose]) -> Value {
        let all = self.obligations(purposes).into_iter();
        self.money(all.map(|one| one.monthly).sum())
    }

    fn obligations(&self, purposes: &[Purpose]) -> Vec<&'a Obligation> {
        let all = self.household.analysis.cash_flow.obligations.iter();
        all.filter(|one| one.runs() && purposes.contains(&one.purpose))
            .collect()
    }

    /// The events of these kinds: those of the account, if the feature is of one.
    fn all_events(&self, kinds: &[NsfKind]) -> impl Iterator<Item = &'a NsfEvent> {
        let of_account = self.feature.scope == Scope::Account;
        let events = self.household.analysis.nsf.events.iter();
        events.filter(move |event| {
            kinds.contains(&event.kind)
                && (!of_account || usize::from(event.account) == self.subject)
        })
    }

    fn last_event(&self) -> Option<NaiveDate> {
        self.all_events(EVENTS).map(|event| event.day).max()
    }

    /// The events of the window, of these kinds, whose rows are the evidence.
    fn events(&self, kinds: &[NsfKind]) -> Vec<&'a NsfEvent> {
        let found: Vec<&NsfEvent> = self
            .all_events(kinds)
            .filter(|event| self.is_recent(event.day))
            .collect();
        let of_events: BTreeSet<_> = found.iter().flat_map(|one| one.rows.pairs()).collect();
        let evidence: BTreeSet<_> = self.slot.evidence.pairs().collect();
        assert_eq!(of_events, evidence, "{}", self.feature.name);
        found
    }

    fn event_days(&self, kinds: &[NsfKind]) -> Value {
        let days: BTreeSet<NaiveDate> = self.events(kinds).iter().map(|one| one.day).collect();
        count_of(days.len())
    }

    /// The snapshots whose balances count together.
    fn balance_accounts(&self) -> Vec<usize> {
        let all = || {
            let all = self.household.analysis.accounts.iter().enumerate();
            all.filter(|(_, one)| one.facts.usable()).map(|(at, _)| at)
        };
        let is_checking =
            |at: &usize| self.household.snapshots[*at].account.subcategory == Subcategory::Checking;
        let checking: Vec<usize> = all().filter(is_checking).collect();
        if checking.is_empty() {
            all().collect()
        } else {
            checking
        }
    }

    fn stated(&self, of: fn(&Balance) -> i64) -> Value {
        let accounts = self.balance_accounts().into_iter();
        let balances = accounts.map(|at| self.household.snapshots[at].balance.known().unwrap());
        self.money(balances.map(|balance| i128::from(of(balance))).sum())
    }

    /// What was held at the end of a day: what is held now, less what posted after that day.
    fn held_on(&self, day: NaiveDate) -> i128 {
        let of = |at: usize| {
            let balance = self.household.snapshots[at].balance.known().unwrap();
            let mut held = i128::from(balance.current[&Currency::USD]);
            let entries = self.household.analysis.entries.iter();
            for entry in entries.filter(|one| usize::from(one.snapshot) == at) {
                let rows = self.household.snapshots[at].transactions.known().unwrap();
                let row = rows.get(entry.row as usize).unwrap();
                if *row.status != TransactionStatus::Posted
                    || entry.excluded == Some(Exclusion::SentTwice)
                {
                    continue;
                }
                let posted_at = row.posted_at.unwrap_or(row.transacted_at);
                let posted = civil_date(posted_at, self.household.as_of.zone);
                let in_balance = posted_at <= balance.as_of;
                if in_balance && posted > day {
                    held -= i128::from(row.amount);
                } else if !in_balance && posted <= day {
                    held += i128::from(row.amount);
                }
            }
            held
        };
        self.balance_accounts().into_iter().map(of).sum()
    }

    fn balances(&self) -> &DailyBalances {
        self.household.analysis.balances.combined.as_ref().unwrap()
    }

    /// The end-of-day balances of so many days.
    fn held(&self, days: u64) -> Vec<i128> {
        let last = self.balances().last();
        let first = last.checked_sub_days(Days::new(days - 1)).unwrap();
        let all = first.max(self.balances().first).iter_days();
        all.take_while(|day| *day <= last)
            .map(|day| self.held_on(day))
            .collect()
    }

    /// How low the balance was on such days, had all money come after all money went.
    fn debits_first(&self, days: u64) -> Vec<i128> {
        let last = self.balances().last();
        let held = self.held(days);
        let mut came = vec![0; held.len()];
        let accounts = self.balance_accounts();
        for entry in &self.household.analysis.entries {
            let snapshot = usize::from(entry.snapshot);
            let rows = self.household.snapshots[snapshot]
                .transactions
                .known()
                .unwrap();
            let row = rows.get(entry.row as usize).unwrap();
            let amount = i128::from(row.amount);
            if !accounts.contains(&snapshot)
                || *row.status != TransactionStatus::Posted
                || entry.excluded == Some(Exclusion::SentTwice)
                || amount < 0
            {
                continue;
            }
            let posted_at = row.posted_at.unwrap_or(row.transacted_at);
            let ago = (last - civil_date(posted_at, self.household.as_of.zone)).num_days();
            let ago = usize::try_from(ago).unwrap_or(usize::MAX);
            if let Some(place) = held.len().checked_sub(1).and_then(|at| at.checked_sub(ago)) {
                came[place] += amount;
            }
        }
        held.iter()
            .zip(came)
            .map(|(held, came)| held - came)
            .collect()
    }

    /// The lowest ends of the three days before each payday, if all three are of the window.
    fn before_paydays(&self) -> Vec<i128> {
        let last = self.balances().last();
        let held = self.held(90);
        let days: BTreeSet<NaiveDate> = self.rows().iter().map(|row| row.made).collect();
        let lowest = |day: NaiveDate| {
            let end = held.len() - 1 - usize::try_from((last - day).num_days()).unwrap();
            *held[end - 3..end].iter().min().unwrap()
        };
        days.into_iter().map(lowest).collect()
    }

    /// What of each pay, in millionths, went on its day and the three days after, before the next.
    fn spent_after_paydays(&self) -> Vec<i128> {
        let rows = self.recent();
        let came = || rows.iter().filter(|row| row.amount > 0);
        let days: BTreeSet<NaiveDate> = came().map(|row| row.made).collect();
        let spent = |day: NaiveDate| {
            let pay = came().filter(|row| row.made == day).map(|row| row.amount);
            let went = rows.iter().filter(|row| {
                row.amount < 0
                    && row.made >= day
                    && (row.made - day).num_days() <= 3
                    && !days.iter().any(|next| *next > day && *next <= row.made)
            });
            rounded(went.map(|row| -row.amount * 1_000_000).sum(), pay.sum())
        };
        days.iter().map(|day| spent(*day)).collect()
    }

    /// The days on which the stream that the feature is of paid, in order. What an employer's service
    /// paid early, in the words of the corpus, is part of the pay; without any pay it is all there is.
    fn paydays(&self) -> BTreeSet<NaiveDate> {
        let stream = &self.household.analysis.income.streams[self.subject];
        let at: BTreeSet<(u16, u32)> = stream.rows.pairs().collect();
        let entries = self.household.analysis.entries.iter();
        let own = || entries.clone().filter(|entry| at.contains(&entry.at()));
        let drawn_early = |entry: &&Entry| {
            let rows = &self.household.snapshots[usize::from(entry.snapshot)].transactions;
            let row = rows.known().unwrap().get(entry.row as usize).unwrap();
            row.description.to_uppercase().contains("EARNED WAGES")
        };
        let day = |entry| self.raw(entry).made;
        let pays: BTreeSet<NaiveDate> = own().filter(|one| !drawn_early(one)).map(day).collect();
        if pays.is_empty() {
            own().map(day).collect()
        } else {
            pays
        }
    }

    fn mean_held(&self, days: u64) -> Value {
        let held = self.held(days);
        self.money(rounded(held.iter().sum(), held.len() as i128))
    }

    fn held_below(&self, days: u64, cents: i128) -> Value {
        count_of(self.held(days).iter().filter(|held| **held < cents).count())
    }

    /// How long each time below zero was.
    fn below_zero(&self) -> Vec<usize> {
        let mut times = Vec::new();
        let mut length = 0;
        for held in self.held(90) {
            if held < 0 {
                length += 1;
            } else if length > 0 {
                times.push(length);
                length = 0;
            }
        }
        times.extend((length > 0).then_some(length));
        times
    }

    fn snapshots(&self, test: impl Fn(&Snapshot) -> bool) -> Value {
        let all = self.household.snapshots.iter();
        count_of(all.filter(|one| test(one)).count())
    }

    fn flagged(&self, flags: &[QualityFlag]) -> Value {
        self.snapshots(|one| flags.iter().any(|flag| one.flags.contains(flag)))
    }

    /// The snapshots of cash accounts, each account once.
    fn cash(&self, test: fn(&Snapshot) -> bool) -> Value {
        let accounts = self.household.analysis.accounts.iter();
        let both = accounts.zip(&self.household.snapshots);
        let found = both.filter(|(one, snapshot)| {
            snapshot.account.category == Category::Cash
                && one.facts.duplicate_of.is_none()
                && test(snapshot)
        });
        count_of(found.count())
    }

    /// The values of another feature, of each of its subjects.
    fn other(&self, name: &str) -> Vec<Result<Value, Missing>> {
        let (id, _) = find(name).unwrap();
        let slots = self.features.slots(id).iter();
        slots.map(|slot| slot.value.clone()).collect()
    }

    fn account(&self) -> &'a Snapshot {
        &self.household.snapshots[self.subject]
    }
}

/// A quotient, rounded half away from zero.
fn rounded(number: i128, of: i128) -> i128 {
    let half = of / 2 + of % 2;
    let magnitude = number.abs();
    let whole = magnitude / of + i128::from(magnitude % of >= half);
    if number < 0 { -whole } else { whole }
}

/// The least of these that at least so many percent of them do not exceed.
fn reached(values: Vec<i128>, percent: usize) -> i128 {
    let reach = |top: &i128| {
        let within = values.iter().filter(|value| *value <= top).count();
        within * 100 >= values.len() * percent
    };
    *values.iter().filter(|value| reach(value)).min().unwrap()
}

/// A share in percent, of millionths.
fn percent_of(millionths: i128) -> Value {
    Value::percent(rust_decimal::Decimal::new(
        millionths.try_into().unwrap(),
        4,
    ))
}

fn share_of(part: i128, of: i128) -> Value {
    percent_of(rounded(part * 1_000_000, of))
}

fn months_of(days: impl IntoIterator<Item = NaiveDate>) -> usize {
    let months = days.into_iter().map(|day| (day.year(), day.month()));
    months.collect::<BTreeSet<_>>().len()
}

fn count_of(number: usize) -> Value {
    Value::Count(number.try_into().unwrap())
}

fn days_of(number: usize) -> Value {
    Value::Days(number.try_into().unwrap())
}

fn runs(stream: &Stream) -> bool {
    matches!(stream.status, StreamStatus::Active | StreamStatus::Late)
}

fn latest(rows: &[Raw<'_>]) -> Option<NaiveDate> {
    rows.iter().map(|row| row.made).max()
}

const EVENTS: &[NsfKind] = &[
    NsfKind::NsfFee,
    NsfKind::OverdraftFee,
    NsfKind::ReturnedDebit,
    NsfKind::ReturnFee,
];
const LOANS: &[Purpose] = &[
    Purpose::Loan,
    Purpose::Auto,
    Purpose::Student,
    Purpose::BuyNowPayLater,
    Purpose::ShortTerm,
];

/// The formula of a feature.
fn how(feature: &Feature) -> &'static How {
    let found: Vec<&How> = formulas()
        .filter(|(name, _)| *name == feature.name)
        .map(|(_, how)| how)
        .collect();
    match found[..] {
        [how] => how,
        [] => panic!(
            "`{}` has no formula: say in `formulas.rs` how it is found from its evidence, or why it \
             cannot be",
            feature.name
        ),
        _ => panic!("`{}` has two formulas", feature.name),
    }
}

#[test]
fn every_feature_has_a_formula_or_a_reason_to_have_none() {
    for feature in table() {
        if let Not(why) = how(feature) {
            assert!(!why.is_empty(), "{}", feature.name);
        }
    }
    for (name, _) in formulas() {
        assert!(find(name).is_some(), "no feature `{name}`");
    }
}

#[test]
fn what_features_say_is_what_their_evidence_says() {
    let mut known = BTreeSet::new();
    let mut wrong = Vec::new();
    for position in 0..STRATA.len() * OF_EACH_STRATUM {
        let case = corpus::applicant(SEED, position.try_into().unwrap());
        let household = of_case(&case);
        let features = household.features();
        for (id, feature) in table().iter().enumerate() {
            let By(formula) = how(feature) else { continue };
            let slots = features.slots(FeatureId(id.try_into().unwrap()));
            for (subject, slot) in slots.iter().enumerate() {
                let Ok(value) = &slot.value else { continue };
                let seen = Seen {
                    household: &household,
                    features: &features,
                    feature,
                    subject,
                    slot,
                };
                let again = formula(&seen);
                known.insert(feature.name);
                if again != *value {
                    let stratum = &case.labels.stratum;
                    wrong.push(format!(
                        "{position} ({stratum}) {}: {value:?}, of its evidence {again:?}",
                        feature.name
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    for (name, how) in formulas() {
        assert!(
            matches!(how, Not(_)) || known.contains(name),
            "`{name}` was never known: nothing was compared"
        );
    }
}
