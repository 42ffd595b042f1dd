//! What would settle a decision that went to a person.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::foresight::Foresight;
use crate::analysis::{self, Analysis};
use crate::application::{Application, ApplicationWithAccounts, ReviewVerdict, StreamReview};
use crate::decision::{DecisionBody, DecisionInput, ViewError};
use crate::features::{self, Context, Features};
use crate::id::{AccountId, TransactionId};
use crate::limits;
use crate::money::Money;
use crate::rules::{self, Alternatives, Forecasts, Said, Settlement, StreamInDoubt};

/// What would settle a decision, from what it was made of and what was recorded; `None` where it is no
/// referral, or one because a bank had not delivered. Pure, as the decision was.
///
/// Nothing is analysed anew but where it may matter whether deposits that nothing proves are income, and
/// where the rules decide by forecasts: answers may ask others than the decision did.
pub fn settle(
    input: &DecisionInput<'_>,
    body: &DecisionBody,
) -> Result<Option<Settlement>, ViewError> {
    let features = body.known_features(input.bundle, input.application)?;
    let program = input.bundle.program();
    let analysis = rules::decides_on_forecasts(program).then(|| {
        analysis::analyze(
            input.application,
            input.accounts,
            input.as_of,
            input.settings,
            input.bundle.lexicon(),
        )
    });
    let context = analysis.as_ref().map(|analysis| Context {
        application: input.application,
        accounts: input.accounts,
        analysis,
        as_of: input.as_of,
    });
    let foresight = context
        .as_ref()
        .map(|context| Foresight::new(context, input.seed));
    let alternatives = StreamsInDoubt {
        input,
        features,
        foresight: foresight.as_ref().map(|own| own as &dyn Forecasts),
        found: OnceCell::new(),
        made: (0..alternatives_of(limits::SETTLE_STREAMS_MAX))
            .map(|_| OnceCell::new())
            .collect(),
    };
    Ok(rules::settle(
        program,
        input.application,
        &body.evaluation,
        &alternatives,
    ))
}

/// Of so many deposits it is looked with which others they belong together, to find the streams in doubt:
/// each runs the analysis again.
const TRIES_MAX: usize = 2 * limits::SETTLE_STREAMS_MAX;
/// What may be said of one stream: nothing, that it is none, that it is income.
const SAID_OF_ONE: usize = 3;

/// How many things may be said of so many streams.
fn alternatives_of(streams: usize) -> usize {
    (0..streams).fold(1, |all, _| all * SAID_OF_ONE)
}

/// The deposits that may be income and that nothing proves, and what features there would be if a
/// reviewer said whether they are.
struct StreamsInDoubt<'i, 'd> {
    input: &'i DecisionInput<'d>,
    /// As they were recorded.
    features: Features,
    /// Who forecasts, where the rules decide by it.
    foresight: Option<&'i dyn Forecasts>,
    found: OnceCell<Found>,
    /// The features for each thing that may be said, once made.
    made: Vec<OnceCell<Option<Features>>>,
}

struct Found {
    streams: Vec<StreamInDoubt>,
    has_more: bool,
}

/// A deposit.
struct Deposit {
    at: (u16, u32),
    amount: i64,
    account: AccountId,
    transaction: TransactionId,
}

impl StreamsInDoubt<'_, '_> {
    fn found(&self) -> &Found {
        self.found.get_or_init(|| self.find())
    }

    /// Finds what belongs together among the deposits in doubt, by asking what a review of each would be
    /// about; the largest first.
    fn find(&self) -> Found {
        let mut found = Found {
            streams: Vec::new(),
            has_more: false,
        };
        let mut seen: BTreeSet<(u16, u32)> = BTreeSet::new();
        let mut tries = 0;
        for deposit in self.deposits() {
            if seen.contains(&deposit.at) {
                continue;
            }
            if found.streams.len() == limits::SETTLE_STREAMS_MAX || tries == TRIES_MAX {
                found.has_more = true;
                break;
            }
            tries += 1;
            seen.insert(deposit.at);
            let review = self.review(&deposit.account, &deposit.transaction, true);
            let confirmed = self.input.application.reviewed(review);
            let (_, analysis) = self.analysed(confirmed);
            if let Some(reviewed) = analysis.reviews.last().filter(|one| one.effect.is_clear()) {
                seen.extend(reviewed.rows.pairs());
                found.streams.push(in_doubt(&deposit, &analysis));
            }
        }
        found
    }

    /// The deposits in doubt, the largest first.
    fn deposits(&self) -> Vec<Deposit> {
        let slot = features::find(features::INCOME_UNPROVEN_MONTHLY)
            .and_then(|(id, _)| self.features.slots(id).first());
        let rows = slot.iter().flat_map(|slot| slot.evidence.pairs());
        let deposit = |(account, row): (u16, u32)| {
            let input = self.input.accounts.get(usize::from(account))?;
            let rows = input.snapshot.transactions.known().ok()?;
            let found = rows.iter().nth(usize::try_from(row).ok()?)?;
            Some(Deposit {
                at: (account, row),
                amount: found.amount,
                account: input.account.clone(),
                transaction: TransactionId::parse(found.id).ok()?,
            })
        };
        let mut deposits: Vec<Deposit> = rows.filter_map(deposit).collect();
        deposits.sort_by_key(|one| (std::cmp::Reverse(one.amount.unsigned_abs()), one.at));
        deposits
    }

    /// What a reviewer might say of the deposits that a transaction belongs to.
    fn review(
        &self,
        account: &AccountId,
        transaction: &TransactionId,
        is_income: bool,
    ) -> StreamReview {
        StreamReview {
            account: account.clone(),
            transaction: transaction.clone(),
            verdict: if is_income {
                ReviewVerdict::Confirmed
            } else {
                ReviewVerdict::Refused
            },
            reviewer: String::new(),
            reason: String::new(),
            reviewed_at: self.input.as_of.instant,
        }
    }

    /// What the analysis finds for an application of the same accounts.
    fn analysed(&self, application: Application) -> (ApplicationWithAccounts, Analysis) {
        let accounts = self.input.application.accounts();
        let accounts = accounts.map(|(applicant, account)| (applicant, account.clone()));
        let application = Arc::new(application).with_accounts(accounts.collect());
        let analysis = analysis::analyze(
            &application,
            self.input.accounts,
            self.input.as_of,
            self.input.settings,
            self.input.bundle.lexicon(),
        );
        (application, analysis)
    }

    /// The features where this is said.
    fn make(&self, said: &Said) -> Option<Features> {
        let streams = &self.found().streams;
        let mut application = Application::clone(self.input.application);
        for (stream, is_income) in said {
            let stream = streams.get(*stream)?;
            let review = self.review(&stream.account, &stream.transaction, *is_income);
            application = application.reviewed(review);
        }
        let (application, analysis) = self.analysed(application);
        let features = features::extract(&Context {
            application: &application,
            accounts: self.input.accounts,
            analysis: &analysis,
            as_of: self.input.as_of,
        });
        rules::answered(self.input.bundle.program(), features, &application).ok()
    }
}

/// Deposits that may be income, by one of them and the analysis where that one is confirmed.
fn in_doubt(deposit: &Deposit, confirmed: &Analysis) -> StreamInDoubt {
    let mut streams = confirmed.income.streams.iter();
    let stream = streams.find(|stream| stream.rows.contains(deposit.at));
    let monthly = stream.and_then(|stream| i64::try_from(stream.monthly).ok());
    StreamInDoubt {
        account: deposit.account.clone(),
        transaction: deposit.transaction.clone(),
        payer: stream.map_or_else(String::new, |stream| stream.counterparty.clone()),
        monthly: monthly.map(|minor| Money::new(minor, confirmed.currency)),
        deposits: stream.map_or(1, |stream| stream.rows.len()),
    }
}

impl Alternatives for StreamsInDoubt<'_, '_> {
    fn streams(&self) -> &[StreamInDoubt] {
        &self.found().streams
    }

    fn has_more_streams(&self) -> bool {
        self.found.get().is_some_and(|found| found.has_more)
    }

    fn features(&self, said: &Said) -> Option<&Features> {
        if said.is_empty() {
            return Some(&self.features);
        }
        let place = said.iter().map(|(stream, is_income)| {
            let own = if *is_income { 2 } else { 1 };
            alternatives_of(*stream) * own
        });
        let made = self.made.get(place.sum::<usize>())?;
        made.get_or_init(|| self.make(said)).as_ref()
    }

    fn forecasts(&self) -> Option<&dyn Forecasts> {
        self.foresight
    }
}
