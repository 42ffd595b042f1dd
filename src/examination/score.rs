//! One answer against its labels.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::answer::{Answer, AnsweredStream};
use super::tally::{Count, Millionths, Tally, WHOLE};
use crate::calendar::business_day_on_or_after;
use crate::corpus::{Cadence, Labels, Standing, StreamLabel, Verdict};

/// Fewer pays show no schedule: whether it was found is not scored.
const PAYS_MIN: usize = 3;
/// An obligation is right within a tenth, or within a dollar.
const OWED_SHARE: i64 = 10;
const OWED_CENTS: i64 = 100;

/// What one applicant scored, and all that was wrong.
#[derive(Debug, Clone, Default)]
pub(super) struct Score {
    pub(super) tally: Tally,
    pub(super) misses: Vec<Miss>,
    /// Cadences: as labelled, as answered.
    pub(super) cadences: Vec<(Cadence, Option<Cadence>)>,
    /// Confidences of streams with what they turned out to be.
    pub(super) confidences: Vec<Confidence>,
    /// What was not scored, by why.
    pub(super) excluded: BTreeMap<String, usize>,
}

/// A stream's confidence, and what the stream is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Confidence {
    pub(super) permille: i64,
    pub(super) is_income: bool,
    /// Whether its cadence is right, where that is scored.
    pub(super) cadence: Option<bool>,
}

/// Something that was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Miss {
    /// The figure that it spoils.
    pub(super) metric: &'static str,
    /// The transaction, where it is one.
    pub(super) transaction: Option<String>,
    pub(super) truth: String,
    pub(super) answer: String,
}

/// Scores an answer.
pub(super) fn score(labels: &Labels, answer: &Answer) -> Score {
    let mut score = Score::default();
    score.deposits(labels, answer);
    score.streams(labels, answer);
    score.net(labels, answer);
    score.events(labels, answer);
    score.balances(labels, answer);
    score.owed(labels, answer);
    score
}

impl Score {
    fn miss(&mut self, metric: &'static str, truth: impl Into<String>, answer: impl Into<String>) {
        self.misses.push(Miss {
            metric,
            transaction: None,
            truth: truth.into(),
            answer: answer.into(),
        });
    }

    pub(super) fn exclude(&mut self, why: impl Into<String>) {
        *self.excluded.entry(why.into()).or_default() += 1;
    }

    fn deposits(&mut self, labels: &Labels, answer: &Answer) {
        let told: BTreeSet<&str> = answer
            .streams
            .iter()
            .flat_map(|stream| stream.transactions.iter().map(String::as_str))
            .collect();
        for row in &labels.rows {
            let (count, wrong) = match (&row.is, told.contains(row.id.as_str())) {
                (Verdict::Either, _) => {
                    self.exclude(format!("deposit: {}", row.why));
                    continue;
                }
                (Verdict::No, false) => continue,
                (Verdict::Income(_), true) => (Count::IncomeHit, None),
                (Verdict::Income(_), false) => (Count::IncomeMissed, Some("no income")),
                (Verdict::No, true) => (Count::IncomeFalse, Some("income")),
            };
            self.tally.add(count, 1);
            if let Some(answer) = wrong {
                self.misses.push(Miss {
                    metric: "income_f1",
                    transaction: Some(row.id.clone()),
                    truth: row.why.clone(),
                    answer: answer.to_owned(),
                });
            }
        }
    }

    fn streams(&mut self, labels: &Labels, answer: &Answer) {
        let partners = partners(labels, &answer.streams);
        let mut cadence_right: BTreeMap<usize, bool> = BTreeMap::new();
        for (position, stream) in labels.streams.iter().enumerate() {
            let partner = partners.get(&position).copied();
            let found = partner.and_then(|at| answer.streams.get(at));
            if stream.pays < PAYS_MIN {
                self.exclude("stream: fewer than three pays");
                continue;
            }
            let Some(cadence) = stream.cadence else {
                self.exclude("stream: more than one cadence fits");
                continue;
            };
            let told = found.and_then(|found| found.cadence);
            let right = told == Some(cadence);
            self.tally
                .case(Count::CadenceOf, Count::CadenceRight, right);
            self.cadences.push((cadence, told));
            if let Some(partner) = partner {
                cadence_right.insert(partner, right);
            }
            if !right {
                let truth = format!("{} is {}", stream.payer, cadence.as_str());
                self.miss("cadence", truth, told.map_or("not found", Cadence::as_str));
            }
            self.payday(stream, found);
            self.interval(stream, found);
        }
        self.confidences(labels, answer, &cadence_right);
    }

    fn payday(&mut self, stream: &StreamLabel, found: Option<&AnsweredStream>) {
        let Some(due) = stream.next_paydays.first().filter(|_| stream.running) else {
            self.exclude("payday: none is to be expected");
            return;
        };
        let told = found.and_then(|found| found.next_payday);
        let right = told.is_some_and(|told| within_a_business_day(told, *due));
        self.tally.case(Count::PaydayOf, Count::PaydayRight, right);
        if !right {
            let answer = told.map_or_else(|| "not told".to_owned(), |day| day.to_string());
            self.miss("next_payday", format!("{} on {due}", stream.payer), answer);
        }
    }

    fn interval(&mut self, stream: &StreamLabel, found: Option<&AnsweredStream>) {
        let told = found.and_then(|found| found.interval);
        if let (Some((low, high)), Some(net)) =
            (told, stream.monthly_net.filter(|_| stream.running))
        {
            let covered = (low..=high).contains(&net);
            self.tally.case(Count::IntervalOf, Count::Covered, covered);
        }
    }

    /// A stream is income where most of its deposits that are scored are.
    fn confidences(
        &mut self,
        labels: &Labels,
        answer: &Answer,
        cadence_right: &BTreeMap<usize, bool>,
    ) {
        let verdicts: BTreeMap<&str, &Verdict> = labels
            .rows
            .iter()
            .map(|row| (row.id.as_str(), &row.is))
            .collect();
        for (at, stream) in answer.streams.iter().enumerate() {
            let Some(permille) = stream.confidence else {
                continue;
            };
            let (mut income, mut other) = (0_usize, 0_usize);
            for id in &stream.transactions {
                match verdicts.get(id.as_str()) {
                    Some(Verdict::Income(_)) => income += 1,
                    Some(Verdict::No) => other += 1,
                    Some(Verdict::Either) | None => {}
                }
            }
            if income + other > 0 {
                self.confidences.push(Confidence {
                    permille,
                    is_income: income > other,
                    cadence: cadence_right.get(&at).copied(),
                });
            }
        }
    }

    fn net(&mut self, labels: &Labels, answer: &Answer) {
        let told = answer.monthly_net.as_ref();
        let truth = labels.income;
        match (truth.standing, truth.monthly_net) {
            (Standing::Known, Some(net)) if net > 0 => {
                self.tally.case(Count::NetOf, Count::NetTold, told.is_ok());
                match told {
                    Ok(told) => {
                        let error = error(*told, net);
                        self.tally.net_error(error);
                        if error > WHOLE / 100 * 8 {
                            self.miss("net_error_p90", cents(net), cents(*told));
                        }
                    }
                    Err(why) => self.exclude(format!("net: not told, {why}")),
                }
            }
            (Standing::Known, _) => self.exclude("net: cannot be known"),
            (Standing::Unproven, _) => self.exclude("net: unproven"),
            (Standing::None, _) => self.exclude("net: there is none"),
        }
        let none = told.is_ok_and(|net| *net == 0);
        match truth.standing {
            Standing::Known | Standing::Unproven => {
                self.tally.case(Count::DeniedOf, Count::DeniedWrong, none);
                if none {
                    self.miss("denied", "there is income, or may be", "none");
                }
            }
            Standing::None => {
                let invented = told.is_ok_and(|net| *net > 0);
                self.tally
                    .case(Count::InventedOf, Count::InventedWrong, invented);
                if invented {
                    let told = told.copied().unwrap_or(0);
                    self.miss("invented", "there is no income", cents(told));
                }
            }
        }
    }

    fn events(&mut self, labels: &Labels, answer: &Answer) {
        let nothing = BTreeSet::new();
        for account in &labels.accounts {
            let told = answer.accounts.iter().find(|found| found.id == account.id);
            let told = told.map_or(&nothing, |found| &found.event_days);
            for day in told.union(&account.event_days) {
                if account.either_days.contains(day) {
                    self.exclude("event-day: either");
                    continue;
                }
                let (is, said) = (account.event_days.contains(day), told.contains(day));
                let count = match (is, said) {
                    (true, true) => Count::EventHit,
                    (true, false) => Count::EventMissed,
                    (false, true | false) => Count::EventFalse,
                };
                self.tally.add(count, 1);
                if is != said {
                    let word = |event| if event { "event" } else { "none" };
                    let truth = format!("{day} {}", word(is));
                    self.miss("event_recall", truth, word(said));
                }
            }
        }
    }

    fn balances(&mut self, labels: &Labels, answer: &Answer) {
        for account in &labels.accounts {
            let Some(balances) = &account.balances else {
                self.exclude("balances: nobody knows");
                continue;
            };
            let found = answer.accounts.iter().find(|found| found.id == account.id);
            let told = found.and_then(|found| found.balances.as_ref());
            let mut off = 0_usize;
            for (day, cents) in balances.days() {
                let said = told.and_then(|told| told.on(day));
                self.tally
                    .case(Count::DayOf, Count::DayTold, said.is_some());
                self.tally
                    .add(Count::DayExact, usize::from(said == Some(cents)));
                off += usize::from(said.is_some_and(|said| said != cents));
            }
            if off > 0 {
                let truth = format!("{} days", balances.cents.len());
                self.miss("balances_exact", truth, format!("{off} of them off"));
            }
        }
    }

    fn owed(&mut self, labels: &Labels, answer: &Answer) {
        let Some(owed) = labels.obligation_monthly else {
            self.exclude("obligation: cannot be known");
            return;
        };
        let Some(told) = answer.obligation_monthly else {
            self.exclude("obligation: not told");
            return;
        };
        let off = told.saturating_sub(owed).saturating_abs();
        let right = off <= (owed / OWED_SHARE).max(OWED_CENTS);
        self.tally.case(Count::OwedOf, Count::OwedRight, right);
        if !right {
            self.miss("obligations", cents(owed), cents(told));
        }
    }
}

/// For each labelled stream the answered one with which it shares most deposits, one to one.
fn partners(labels: &Labels, answered: &[AnsweredStream]) -> BTreeMap<usize, usize> {
    let by_id: BTreeMap<&str, usize> = answered
        .iter()
        .enumerate()
        .flat_map(|(at, stream)| stream.transactions.iter().map(move |id| (id.as_str(), at)))
        .collect();
    let mut shared: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for row in &labels.rows {
        let Verdict::Income(stream) = &row.is else {
            continue;
        };
        let label = labels.streams.iter().position(|label| label.id == *stream);
        if let (Some(label), Some(at)) = (label, by_id.get(row.id.as_str())) {
            *shared.entry((label, *at)).or_default() += 1;
        }
    }
    let mut pairs: Vec<((usize, usize), usize)> = shared.into_iter().collect();
    pairs.sort_by_key(|(pair, count)| (std::cmp::Reverse(*count), *pair));
    let (mut partners, mut taken) = (BTreeMap::new(), BTreeSet::new());
    for ((label, at), _) in pairs {
        if !partners.contains_key(&label) && taken.insert(at) {
            partners.insert(label, at);
        }
    }
    partners
}

fn within_a_business_day(a: NaiveDate, b: NaiveDate) -> bool {
    let (first, last) = (a.min(b), a.max(b));
    let next = first.succ_opt().map_or(first, business_day_on_or_after);
    last <= next
}

/// How far off, as a share of the truth.
fn error(told: i64, truth: i64) -> Millionths {
    let off = u128::from(told.abs_diff(truth));
    let share = off * u128::from(WHOLE) / u128::from(truth.unsigned_abs()).max(1);
    Millionths::try_from(share).unwrap_or(Millionths::MAX)
}

fn cents(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let amount = amount.unsigned_abs();
    format!("{sign}{}.{:02}", amount / 100, amount % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_business_day_off_is_right_and_two_are_not() {
        let day = |text: &str| text.parse().unwrap();
        // Friday, 3 July 2026; the next business day is Monday.
        let friday = day("2026-07-03");
        assert!(within_a_business_day(friday, friday));
        assert!(within_a_business_day(day("2026-07-06"), friday));
        assert!(within_a_business_day(friday, day("2026-07-06")));
        assert!(!within_a_business_day(day("2026-07-07"), friday));
    }

    #[test]
    fn errors_are_shares_of_the_truth() {
        assert_eq!(error(110, 100), 100_000);
        assert_eq!(error(0, 100), WHOLE);
        assert_eq!(cents(-1_205), "-12.05");
    }
}
