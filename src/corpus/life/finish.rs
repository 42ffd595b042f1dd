//! From a life to a stored bank customer and its labels.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::{Value, json};

use super::{Account, Life, Mark, Row, Stamps, State};
use crate::corpus::dates::{minus, plus};
use crate::corpus::labels::{
    AccountLabel, BalanceLabel, IncomeLabel, Labels, RowLabel, Standing, StreamLabel, Verdict,
};
use crate::corpus::names;

/// The hour at which every decision of a corpus is made.
const DECIDED_AT: NaiveTime = match NaiveTime::from_hms_opt(15, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};
/// Fewer paydays than this show no schedule and prove no income.
pub(in crate::corpus) const PAYS_PROVEN: usize = 3;
/// Stands in a text where half of a character is to be, which no text of ours can hold.
pub(in crate::corpus) const BROKEN: char = '\u{e000}';
/// Half of a character of two, as some banks cut it.
const HALF_A_PAIR: &str = "\\ud83d";
/// Seconds before the decision at which banks computed the balance.
const BALANCE_AGE: i64 = 300;

/// One applicant: the bank data as Stripe would send it, and what is true of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Case {
    /// What is true.
    pub labels: Labels,
    /// A JSON array of Stripe's objects, one a line.
    pub bank: Vec<u8>,
}

impl std::fmt::Debug for Case {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Case({})", self.labels.applicant)
    }
}

impl Life {
    /// Ends it: what was seen becomes the bank data.
    pub(in crate::corpus) fn finish(mut self, stratum: &str, eras: bool) -> Case {
        let (start, as_of) = (self.start, self.as_of);
        self.rows
            .retain(|row| row.made >= start && row.made <= as_of && row.posted <= as_of);
        let openings = (0..self.accounts.len())
            .map(|account| self.settle(account))
            .collect::<Vec<i64>>();
        self.rows.sort_by(|a, b| {
            (a.account, a.made, a.posted, a.amount, &a.text)
                .cmp(&(b.account, b.made, b.posted, b.amount, &b.text))
        });
        let mut objects = Vec::new();
        let mut accounts = Vec::new();
        for (position, opening) in openings.iter().enumerate() {
            let Some(account) = self.accounts.get(position) else {
                continue;
            };
            let daily = self.daily(position, *opening);
            let current = daily.last().copied().unwrap_or(*opening);
            objects.push(self.account_object(account, current));
            accounts.push(self.account_label(position, account, daily));
        }
        let mut rows = Vec::new();
        let mut random = self.random.clone();
        for (number, row) in self.rows.iter().enumerate() {
            let Some(account) = self.accounts.get(row.account) else {
                continue;
            };
            let id = format!("fctxn_{}_{number}", self.name);
            let hour = random.between(0, 100);
            objects.push(transaction_object(&id, account, row, hour, as_of));
            rows.push(row_label(id, row));
        }
        let lines: Vec<String> = objects
            .iter()
            .map(|object| object.to_string().replace(BROKEN, HALF_A_PAIR))
            .collect();
        Case {
            labels: Labels {
                bank: format!("banks/{}.json", self.name),
                stratum: stratum.to_owned(),
                era: eras.then_some(self.era),
                name: self.person.full(),
                as_of,
                obligation_monthly: self.owed_is_known.then_some(self.owed),
                streams: self.stream_labels(),
                income: self.income_label(),
                accounts,
                rows,
                applicant: self.name,
            },
            bank: format!("[\n{}\n]\n", lines.join(",\n")).into_bytes(),
        }
    }

    /// What an account held before its first row, so that it has some money left at its lowest, or
    /// little on its lean days: what is too much by then is spent the day before.
    fn settle(&mut self, account: usize) -> i64 {
        let lean: BTreeSet<NaiveDate> = self
            .accounts
            .get(account)
            .map(|account| account.lean_days.clone())
            .unwrap_or_default();
        let cushion = self.random.between(8_000, 120_000);
        let lowest = self.daily(account, 0).into_iter().min().unwrap_or(0).min(0);
        let opening = cushion.saturating_sub(lowest);
        for day in lean {
            let before = minus(day, 1);
            let days = before.signed_duration_since(self.start).num_days();
            let held = usize::try_from(days)
                .ok()
                .and_then(|index| self.daily(account, opening).get(index).copied());
            let left = self.random.between(300, 4_500);
            let spent = held.unwrap_or(0).saturating_sub(left);
            if spent > 0 {
                let shop = names::shop(&mut self.random);
                let text = self.wording(account).write(&shop);
                let mark = (Mark::No, "purchase");
                self.row(account, before, spent.saturating_neg(), text, mark);
            }
        }
        opening
    }

    /// The balance at the end of each day of the history, the day of the decision as it is then.
    fn daily(&self, account: usize, opening: i64) -> Vec<i64> {
        let mut sums: BTreeMap<NaiveDate, i64> = BTreeMap::new();
        let posted = |row: &&Row| row.account == account && row.state == State::Posted;
        for row in self.rows.iter().filter(posted) {
            let sum = sums.entry(row.posted).or_default();
            *sum = sum.saturating_add(row.amount);
        }
        let mut level = opening;
        self.start
            .iter_days()
            .take_while(|day| *day <= self.as_of)
            .map(|day| {
                level = level.saturating_add(sums.get(&day).copied().unwrap_or(0));
                level
            })
            .collect()
    }

    /// Balances are known from the first row that stands on; the day of the decision has not ended.
    fn account_label(&self, position: usize, account: &Account, daily: Vec<i64>) -> AccountLabel {
        let rows = self.rows.iter().filter(|row| row.account == position);
        let seen = rows
            .filter(|row| row.state != State::Void)
            .map(|row| row.made)
            .min();
        let first = seen.unwrap_or(self.as_of);
        let skipped = first.signed_duration_since(self.start).num_days();
        let skipped = usize::try_from(skipped).unwrap_or(0);
        let ended = daily.len().saturating_sub(1);
        let cents: Vec<i64> = daily.into_iter().take(ended).skip(skipped).collect();
        AccountLabel {
            id: account.id.clone(),
            event_days: account.event_days.clone(),
            either_days: account.either_days.clone(),
            balances: (!cents.is_empty()).then_some(BalanceLabel { first, cents }),
        }
    }

    fn account_object(&self, account: &Account, current: i64) -> Value {
        let at = self.as_of.and_time(DECIDED_AT).and_utc().timestamp();
        let refresh = json!({ "status": "succeeded", "last_attempted_at": at - BALANCE_AGE });
        let owners: Vec<Value> = account
            .owners
            .iter()
            .map(|owner| {
                json!({ "object": "financial_connections.account_owner",
                "name": owner.full() })
            })
            .collect();
        let suffix = account.id.trim_start_matches("fca_");
        json!({
            "object": "financial_connections.account",
            "id": account.id,
            "livemode": false,
            "category": "cash",
            "subcategory": account.subcategory,
            "status": "active",
            "institution_name": account.institution,
            "last4": account.last4,
            "permissions": ["balances", "ownership", "transactions"],
            "balance": { "as_of": at - BALANCE_AGE, "type": "cash", "current": { "usd": current } },
            "balance_refresh": refresh,
            "ownership_refresh": refresh,
            "transaction_refresh": {
                "id": format!("fctxnref_{suffix}"),
                "status": "succeeded",
                "last_attempted_at": at - BALANCE_AGE,
            },
            "ownership": { "object": "financial_connections.account_ownership",
                "id": format!("fcaowns_{suffix}"), "owners": { "data": owners } },
        })
    }

    fn stream_labels(&self) -> Vec<StreamLabel> {
        let streams = self.streams.iter().enumerate();
        streams
            .map(|(position, stream)| StreamLabel {
                id: stream_id(position),
                payer: stream.payer.clone(),
                category: stream.category.to_owned(),
                cadence: stream.cadence,
                monthly_net: if stream.running {
                    stream.monthly
                } else {
                    Some(0)
                },
                pays: self.pays(position),
                running: stream.running,
                next_paydays: stream.next.clone(),
            })
            .collect()
    }

    /// How many paydays of a stream are seen.
    fn pays(&self, stream: usize) -> usize {
        let own = |row: &&Row| row.mark == Mark::Income(stream) && row.state == State::Posted;
        let days: BTreeSet<NaiveDate> = self.rows.iter().filter(own).map(|row| row.made).collect();
        days.len()
    }

    fn income_label(&self) -> IncomeLabel {
        let (standing, monthly_net) = self.income.unwrap_or_else(|| self.standing());
        IncomeLabel {
            standing,
            monthly_net,
        }
    }

    /// What running streams come to: the sum where each is proven.
    fn standing(&self) -> (Standing, Option<i64>) {
        let streams = self.streams.iter().enumerate();
        let running: Vec<Option<i64>> = streams
            .filter(|(_, stream)| stream.running)
            .map(|(at, stream)| stream.monthly.filter(|_| self.pays(at) >= PAYS_PROVEN))
            .collect();
        match running.iter().copied().collect::<Option<Vec<i64>>>() {
            Some(all) if all.is_empty() => (Standing::None, Some(0)),
            Some(all) => (Standing::Known, Some(all.iter().sum())),
            None if running.iter().any(Option::is_some) => (Standing::Known, None),
            None => (Standing::Unproven, None),
        }
    }
}

fn stream_id(position: usize) -> String {
    format!("s{position}")
}

fn row_label(id: String, row: &Row) -> RowLabel {
    let (is, why) = match (row.state, row.mark) {
        (State::Pending, _) => (Verdict::No, "pending"),
        (State::Void, _) => (Verdict::No, "void"),
        // Which one is the copy nobody can say: one of the two is not scored.
        (State::Copy, Mark::Income(_) | Mark::Either) => (Verdict::Either, "copy"),
        (State::Copy, Mark::No) => (Verdict::No, "copy"),
        (State::Posted, Mark::Income(stream)) => (Verdict::Income(stream_id(stream)), row.why),
        (State::Posted, Mark::No) => (Verdict::No, row.why),
        (State::Posted, Mark::Either) => (Verdict::Either, row.why),
    };
    RowLabel {
        id,
        is,
        why: why.to_owned(),
    }
}

/// The instant by which a bank tells a day. On the day of the decision it is before that.
fn instant(stamps: Stamps, day: NaiveDate, hour: i64, as_of: NaiveDate) -> i64 {
    let midnight = day.and_time(NaiveTime::MIN).and_utc().timestamp();
    let seconds = match stamps {
        Stamps::Midnight => 0,
        Stamps::Morning => 12 * 3_600,
        // Eleven to fourteen hours UTC is morning in New York at any time of the year.
        Stamps::Clock if day == as_of => 11 * 3_600 + hour.rem_euclid(3) * 3_600,
        // Two in the night UTC is still the evening of the day before.
        Stamps::Clock if hour > 85 => 26 * 3_600 + hour * 60,
        Stamps::Clock => 11 * 3_600 + hour.saturating_mul(500),
    };
    midnight.saturating_add(seconds)
}

fn transaction_object(
    id: &str,
    account: &Account,
    row: &Row,
    hour: i64,
    as_of: NaiveDate,
) -> Value {
    let made = instant(account.stamps, row.made, hour, as_of);
    let posted = instant(account.stamps, row.posted, hour, as_of).max(made);
    let (status, posted_at, void_at) = match row.state {
        State::Posted | State::Copy => ("posted", Some(posted), None),
        State::Pending => ("pending", None, None),
        State::Void => ("void", None, Some(posted)),
    };
    json!({
        "object": "financial_connections.transaction",
        "id": id,
        "account": account.id,
        "livemode": false,
        "amount": row.amount,
        "currency": "usd",
        "description": row.text,
        "status": status,
        "status_transitions": { "posted_at": posted_at, "void_at": void_at },
        "transacted_at": made,
    })
}

impl Labels {
    /// The moment of the decision.
    pub fn decided_at(&self) -> DateTime<Utc> {
        self.as_of.and_time(DECIDED_AT).and_utc()
    }

    /// The days after the day of the decision on which a next payday may be.
    pub fn is_coming(&self, day: NaiveDate) -> bool {
        day > self.as_of && day < plus(self.as_of, 100)
    }
}
