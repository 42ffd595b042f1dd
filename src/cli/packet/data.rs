//! What a decision rests on: accounts, transactions, streams of income, balances, features.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::calendar::Zone;
use crate::cli::daily_balances::DailyBalances;
use crate::cli::show::reasons::{ById, by_id, zone};
use crate::cli::show::{features, rests_on, streams};
use crate::cli::text;
use crate::features::NSF_EVENT_DAYS;
use crate::proto;
use crate::report::packet;
use crate::report::packet::{Account, Data, Fact, Feature, Missing, Row, Stream};

/// The transactions of the snapshots by their ids.
pub(super) struct Transactions<'a> {
    zone: Zone,
    by_id: ById<'a>,
}

impl<'a> Transactions<'a> {
    /// Those of a decision's snapshots, with days as it read them.
    pub(super) fn of(decision: &proto::Decision, snapshots: &'a [proto::Snapshot]) -> Self {
        Self {
            zone: zone(decision),
            by_id: by_id(snapshots),
        }
    }

    /// The transactions that something rests on, in the order in which they are named.
    pub(super) fn rows(&self, evidence: Option<&proto::Evidence>) -> Vec<Row> {
        let ids = evidence.map_or(&[][..], |evidence| &evidence.transaction_ids);
        ids.iter().map(|id| self.row(id)).collect()
    }

    fn row(&self, id: &str) -> Row {
        let Some((row, snapshot)) = self.by_id.get(id) else {
            return Row {
                day: "-".to_owned(),
                amount: String::new(),
                description: "not in the snapshots".to_owned(),
                account: String::new(),
                id: id.to_owned(),
            };
        };
        let day = text::day(row.transact_time.as_ref(), self.zone);
        let posted = text::day(row.post_time.as_ref(), self.zone);
        let state = match row.status_text.as_str() {
            "posted" if posted == day => String::new(),
            "posted" => format!(", posted {posted}"),
            other => format!(", {other}"),
        };
        Row {
            day,
            amount: row.amount.as_ref().map_or_else(String::new, text::money),
            description: row.description.clone(),
            account: format!("{} {}{state}", snapshot.subcategory_text, snapshot.last4),
            id: id.to_owned(),
        }
    }

    /// The day on which a transaction became part of the balance.
    fn posted(&self, id: &str) -> Option<NaiveDate> {
        let (row, _) = self.by_id.get(id)?;
        text::day(row.post_time.as_ref(), self.zone).parse().ok()
    }
}

/// All of it.
pub(super) fn data(
    decision: &proto::Decision,
    snapshots: &[proto::Snapshot],
    transactions: &Transactions<'_>,
) -> Data {
    let event_ids = event_ids(decision);
    let mut events: Vec<Row> = event_ids.iter().map(|id| transactions.row(id)).collect();
    events.sort();
    let event_days = event_ids.iter().filter_map(|id| transactions.posted(id));
    let event_days: BTreeSet<NaiveDate> = event_days.collect();
    let pins = decision.pins.as_ref();
    let pinned = pins.map_or(&[][..], |pins| &pins.snapshots);
    Data {
        accounts: pinned
            .iter()
            .map(|pin| account(pin, decision, snapshots))
            .collect(),
        streams: decision
            .income_streams
            .iter()
            .map(|one| stream(one, transactions))
            .collect(),
        events,
        balances: DailyBalances::of(decision).map(|balances| packet::DailyBalances {
            summary: balances
                .summary()
                .into_iter()
                .chain(balances.unfit())
                .collect::<Vec<_>>()
                .join("; "),
            fit_from: balances.fit_from,
            days: balances.days,
            event_days: event_days.into_iter().collect(),
        }),
        features: decision.features.iter().filter_map(feature).collect(),
    }
}

/// The transactions on which the features about NSF events rest.
fn event_ids(decision: &proto::Decision) -> BTreeSet<&str> {
    let family = |name: &str| name.split('.').next().map(str::to_owned);
    let of_events = decision
        .features
        .iter()
        .filter(|feature| family(&feature.name) == family(NSF_EVENT_DAYS));
    let evidence = of_events.filter_map(|feature| feature.evidence.as_ref());
    evidence
        .flat_map(|evidence| evidence.transaction_ids.iter().map(String::as_str))
        .collect()
}

fn account(
    pin: &proto::SnapshotPin,
    decision: &proto::Decision,
    snapshots: &[proto::Snapshot],
) -> Account {
    let as_of = decision.pins.as_ref();
    let as_of = as_of.and_then(|pins| pins.as_of_time.as_ref());
    let doubtful = decision.data_quality.iter();
    let mut doubtful = doubtful.filter(|account| account.account_id == pin.account_id);
    let doubts = doubtful.next().map_or_else(Vec::new, |account| {
        let flags = account.flags();
        flags.map(rests_on::doubt).collect()
    });
    let mut facts = vec![
        Fact::new("account of", &pin.applicant_id),
        Fact::new("fetched", rests_on::fetched(pin, as_of)),
    ];
    let held = snapshots.iter().find(|held| held.hash == pin.hash);
    if let Some(held) = held {
        facts.extend(known_of(held));
    }
    facts.push(Fact::new("hash of the snapshot", &pin.hash));
    Account {
        id: pin.account_id.clone(),
        title: held.map_or_else(String::new, |held| {
            format!(
                "{}, {} {}",
                held.institution, held.subcategory_text, held.last4
            )
        }),
        facts,
        doubts,
    }
}

/// What a snapshot says of itself.
fn known_of(held: &proto::Snapshot) -> Vec<Fact> {
    let day = |day: &Option<proto::Date>| day.as_ref().map(|day| day.value.clone());
    let covered = day(&held.first_covered_date).zip(day(&held.last_covered_date));
    let covered = covered.map_or_else(
        || "nothing".to_owned(),
        |(first, last)| format!("{first} to {last}"),
    );
    let rows = text::counted(held.transactions.len(), "transaction", "transactions");
    let permitted = held.permissions().map(|one| {
        let word = one.as_str_name();
        text::word(word, "ACCOUNT_PERMISSION_").replace('_', " ")
    });
    let absent = [
        ("balance", held.balance_absence()),
        ("owners", held.owners_absence()),
        ("transactions", held.transactions_absence()),
    ];
    let is_absent = |why: &proto::AbsenceReason| *why != proto::AbsenceReason::Unspecified;
    let absent = absent.into_iter().filter(|(_, why)| is_absent(why));
    let absent = absent.map(|(part, why)| {
        let why = text::word(why.as_str_name(), "ABSENCE_REASON_").replace('_', " ");
        Fact::new(format!("no {part}"), why)
    });
    let owners = held.owners.iter().map(|owner| owner.name.as_str());
    let mut facts = vec![
        Fact::new("coverage", format!("{covered}, {rows}")),
        Fact::new("delivered by the bank", rests_on::delivered(held)),
        Fact::new("permitted", permitted.collect::<Vec<_>>().join(", ")),
        Fact::new("owners", or_dash(&owners.collect::<Vec<_>>().join(", "))),
    ];
    facts.extend(absent);
    facts
}

/// `-` for a text that is empty.
fn or_dash(text: &str) -> String {
    match text {
        "" => "-".to_owned(),
        text => text.to_owned(),
    }
}

fn stream(one: &proto::IncomeStream, transactions: &Transactions<'_>) -> Stream {
    let facts = streams::lines(one).into_iter();
    Stream {
        payer: one.payer.clone(),
        counts: one.counted,
        facts: facts.map(|(name, value)| Fact::new(name, value)).collect(),
        rows: transactions.rows(one.evidence.as_ref()),
    }
}

fn feature(feature: &proto::Feature) -> Option<Feature> {
    let value = text::observation(feature.observation.as_ref()).ok()?;
    let evidence = feature.evidence.as_ref();
    let count = evidence.map_or(0, |evidence| evidence.transaction_count);
    Some(Feature {
        name: features::label(feature),
        value,
        transactions: usize::try_from(count).unwrap_or(0),
    })
}

/// Every feature without a value, by why it has none.
pub(super) fn missing(decision: &proto::Decision) -> Vec<Missing> {
    let mut by_why: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for feature in &decision.features {
        if let Err(why) = text::observation(feature.observation.as_ref()) {
            let names = by_why.entry(why).or_default();
            names.push(features::label(feature));
        }
    }
    let found = by_why.into_iter();
    found.map(|(why, names)| Missing { why, names }).collect()
}
