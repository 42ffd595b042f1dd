//! From an analysis to a report.

mod accounts;
mod flows;
mod income;

use std::collections::BTreeMap;

use super::amount::Amount;
use super::model::{Event, Events, Evidence, Feature, Period, Report, Transaction, Window};
use super::words;
use crate::analysis::{AccountInput, Analysis, Entry, NsfEvent, NsfKind, Settings};
use crate::features::{Context, Features, Subject};
use crate::snapshot::{Coverage, Rows, TransactionRef};

/// What the parts of a report are made from.
#[derive(Clone, Copy)]
struct Ground<'a> {
    analysis: &'a Analysis,
    accounts: &'a [AccountInput<'a>],
}

impl<'a> Ground<'a> {
    fn amount(self, minor: i128) -> Amount {
        Amount::new(minor, self.analysis.currency)
    }

    /// The row that an entry or a piece of evidence is about.
    fn row(self, (snapshot, row): (u16, u32)) -> Option<TransactionRef<'a>> {
        let input = self.accounts.get(usize::from(snapshot))?;
        let rows = input.snapshot.transactions.known().ok()?;
        rows.get(usize::try_from(row).ok()?)
    }

    fn ids(self, rows: &Rows) -> Evidence {
        let found = rows.pairs().filter_map(|at| self.row(at));
        found.map(|row| row.id.to_owned()).collect()
    }

    fn account(self, position: usize) -> Option<String> {
        let input = self.accounts.get(position)?;
        Some(input.account.as_str().to_owned())
    }

    fn entry(self, at: (u16, u32)) -> Option<&'a Entry> {
        // INVARIANT: entries are in the order of snapshots and rows.
        let place = self.analysis.entries.binary_search_by_key(&at, Entry::at);
        self.analysis.entries.get(place.ok()?)
    }

    fn counterparty(self, position: u32) -> &'a str {
        let place = usize::try_from(position).ok();
        let found = place.and_then(|place| self.analysis.counterparties.get(place));
        found.map_or("", |counterparty| counterparty.label.as_str())
    }
}

fn period(coverage: Coverage) -> Period {
    Period {
        first: coverage.first,
        last: coverage.last,
        days: coverage.days(),
    }
}

/// The report. `named`: whether the applicant was named, so that owners are compared with somebody.
pub(super) fn build(
    context: &Context<'_>,
    features: &Features,
    named: bool,
    settings: Settings,
) -> Report {
    let analysis = context.analysis;
    let ground = Ground {
        analysis,
        accounts: context.accounts,
    };
    Report {
        as_of: context.as_of.instant,
        zone: context.as_of.zone.name(),
        date: analysis.today,
        currency: analysis.currency,
        amount_sign: settings.amount_sign,
        sign: analysis.sign.as_str(),
        history: analysis.history.map(period),
        income: income::income(ground),
        balances: accounts::combined(ground),
        without_balances: analysis
            .balances
            .without_history
            .and_then(|it| ground.account(it)),
        events: events(ground),
        obligations: flows::obligations(ground),
        flows: flows::flows(ground),
        lenders: flows::lenders(ground),
        months: flows::months(ground),
        accounts: accounts::accounts(ground, named),
        features: named_features(ground, features),
        transactions: transactions(ground),
    }
}

/// The windows of which event-days are told.
const WINDOWS: [u32; 4] = [30, 60, 90, 180];
/// The window of fees.
const FEE_DAYS: u32 = 90;

fn events(ground: Ground<'_>) -> Events {
    let nsf = &ground.analysis.nsf;
    let history = ground.analysis.history;
    let last = history.map_or(ground.analysis.today, |history| history.last);
    let window = |days| {
        let (event_days, rows) = nsf.days(last, days, &NsfKind::EVENTS);
        Window {
            days,
            covered: history.is_some_and(|history| history.days() >= i64::from(days)),
            event_days,
            transactions: ground.ids(&rows),
        }
    };
    Events {
        event_days: WINDOWS.into_iter().map(window).collect(),
        fees_net_90d: ground.amount(nsf.fees_net(last, FEE_DAYS).0),
        events: nsf
            .events
            .iter()
            .map(|found| event(ground, found))
            .collect(),
    }
}

fn event(ground: Ground<'_>, found: &NsfEvent) -> Event {
    // The last row is the one that shows it: a debit comes before its return.
    let shown = found.rows.pairs().last();
    let row = shown.and_then(|at| ground.row(at));
    Event {
        day: found.day,
        kind: found.kind.as_str(),
        counts: found.kind.is_event(),
        amount: ground.amount(found.amount),
        account: shown.and_then(|(snapshot, _)| ground.account(usize::from(snapshot))),
        description: row.map(|row| row.description.to_owned()),
        transactions: ground.ids(&found.rows),
    }
}

fn named_features(ground: Ground<'_>, features: &Features) -> Vec<Feature> {
    let of_bank_data = features
        .iter()
        .filter(|(feature, _, _)| !feature.is_of_application());
    of_bank_data
        .map(|(feature, subject, slot)| Feature {
            name: feature.name,
            of: match &subject {
                // There is but one applicant.
                Subject::Household | Subject::Applicant(_) => None,
                Subject::Account(account) => Some(account.as_str().to_owned()),
                Subject::IncomeStream(place) => Some(place.saturating_add(1).to_string()),
            },
            value: slot.value.clone(),
            transactions: ground.ids(match subject {
                Subject::IncomeStream(place) => {
                    let streams = &ground.analysis.income.streams;
                    let stream = usize::try_from(place).ok().and_then(|it| streams.get(it));
                    stream.map_or(&slot.evidence, |stream| &stream.rows)
                }
                Subject::Household | Subject::Applicant(_) | Subject::Account(_) => &slot.evidence,
            }),
        })
        .collect()
}

fn transactions(ground: Ground<'_>) -> Vec<Transaction> {
    let streams = (1_usize..).zip(&ground.analysis.income.streams);
    let of_stream: BTreeMap<(u16, u32), usize> = streams
        .flat_map(|(number, stream)| stream.rows.pairs().map(move |at| (at, number)))
        .collect();
    let labelled = ground.analysis.entries.iter().filter_map(|entry| {
        let row = ground.row(entry.at())?;
        let excluded = entry.excluded.map(words::exclusion);
        Some(Transaction {
            id: row.id.to_owned(),
            account: ground.account(usize::from(entry.snapshot))?,
            made: entry.made,
            posted: entry.posted,
            status: row.status.as_word().to_owned(),
            amount: Amount::new(entry.amount.into(), row.currency),
            currency: row.currency,
            description: row.description.to_owned(),
            counterparty: ground.counterparty(entry.counterparty).to_owned(),
            kind: entry.kind.as_str(),
            excluded: excluded.map(|(word, _)| word),
            excluded_because: excluded.map(|(_, why)| why),
            stream: of_stream.get(&entry.at()).copied(),
        })
    });
    labelled.collect()
}
