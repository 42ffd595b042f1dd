//! The engine as a student: the same analysis and the same features as in a decision.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answer::{Answer, AnsweredAccount, AnsweredStream, Question};
use crate::analysis::{
    self, AccountAnalysis, AccountInput, AmountSign, Analysis, DailyBalances, FORECAST_DAYS_MAX,
    Forecast, ForecastSeed, NsfEvent, Of, Settings,
};
use crate::application::{ApplicationWithAccounts, Draft, DraftApplicant};
use crate::calendar::{AsOf, Zone};
use crate::corpus::{BalanceLabel, Cadence};
use crate::features::{self, Context, INCOME_MONTHLY_NET, Value};
use crate::lexicon::Lexicon;
use crate::money::Currency;
use crate::snapshot::{Rows, SnapshotHash};

/// What the engine finds.
pub fn engine(question: &Question<'_>) -> Answer {
    let Some(application) = application(question) else {
        return Answer::none("application");
    };
    // Only a record needs the hash that names a snapshot.
    let hash = SnapshotHash::from_bytes([0; 32]);
    let snapshots = question.snapshots.iter().map(|snapshot| (snapshot, hash));
    let Some(inputs) = AccountInput::of(&application, snapshots) else {
        return Answer::none("accounts");
    };
    let as_of = AsOf {
        instant: question.at,
        zone: Zone::default(),
    };
    let settings = Settings {
        amount_sign: AmountSign::default(),
    };
    let analysis = analysis::analyze(&application, &inputs, as_of, settings, Lexicon::built_in());
    if !question.pulls.is_empty() {
        return Answer {
            forecast: forecast(question, &analysis),
            ..Answer::none("not_asked")
        };
    }
    let context = Context {
        application: &application,
        accounts: &inputs,
        analysis: &analysis,
        as_of,
    };
    let flow = &analysis.cash_flow;
    let owed = flow.debt_monthly().amount + flow.housing_monthly().amount;
    Answer {
        monthly_net: monthly_net(&context),
        obligation_monthly: analysis.history.and_then(|_| i64::try_from(owed).ok()),
        streams: streams(question, &analysis),
        accounts: accounts(question, &analysis),
        forecast: Vec::new(),
    }
}

/// How likely each pull comes back.
fn forecast(question: &Question<'_>, analysis: &Analysis) -> Vec<Option<u64>> {
    let seed = ForecastSeed::new(0, []);
    let mut made: BTreeMap<&str, Option<Forecast>> = BTreeMap::new();
    let pulls = question.pulls.iter().map(|pull| {
        let forecast = made.entry(&pull.account).or_insert_with(|| {
            let mut accounts = question.snapshots.iter();
            let at = accounts.position(|one| one.account.id.as_str() == pull.account)?;
            Forecast::new(analysis, Of::Account(at), FORECAST_DAYS_MAX, seed)
        });
        forecast.as_ref()?.p_return(pull.amount, pull.day)
    });
    pulls.collect()
}

/// An ordinary application: what is asked for changes nothing of what is found.
fn application(question: &Question<'_>) -> Option<ApplicationWithAccounts> {
    let snapshots = question.snapshots.iter();
    let ids = snapshots.map(|snapshot| snapshot.account.id.clone());
    let id = Some(question.applicant.parse().ok()?);
    let applicant = DraftApplicant::ordinary(0, id, question.name, ids.clone());
    let draft = Draft {
        id: Some(question.applicant.parse().ok()?),
        ..Draft::ordinary(Currency::USD, vec![applicant])
    };
    let found = ids.map(|id| (0, id)).collect();
    Some(Arc::new(draft.check().ok()?).with_accounts(found))
}

fn monthly_net(context: &Context<'_>) -> Result<i64, String> {
    let features = features::extract(context);
    let slot = features::find(INCOME_MONTHLY_NET).and_then(|(id, _)| features.slots(id).first());
    match slot.map(|slot| &slot.value) {
        Some(Ok(Value::Money(money))) => Ok(money.minor()),
        Some(Ok(_)) | None => Err("not_money".to_owned()),
        Some(Err(missing)) => Err(missing.as_str().to_owned()),
    }
}

fn streams(question: &Question<'_>, analysis: &Analysis) -> Vec<AnsweredStream> {
    let streams = analysis.income.streams.iter();
    streams
        .map(|stream| AnsweredStream {
            transactions: ids(question, &stream.rows),
            cadence: Some(cadence(stream.cadence)),
            interval: interval(stream),
            next_payday: stream.next_payday,
            confidence: Some(stream.confidence.total()),
        })
        .collect()
}

fn interval(stream: &analysis::Stream) -> Option<(i64, i64)> {
    let (low, high) = stream.interval;
    Some((i64::try_from(low).ok()?, i64::try_from(high).ok()?))
}

fn ids(question: &Question<'_>, rows: &Rows) -> std::collections::BTreeSet<String> {
    rows.pairs()
        .filter_map(|(snapshot, row)| {
            let snapshot = question.snapshots.get(usize::from(snapshot))?;
            let rows = snapshot.transactions.known().ok()?;
            let row = rows.get(usize::try_from(row).ok()?)?;
            Some(row.id.to_owned())
        })
        .collect()
}

fn cadence(found: analysis::Cadence) -> Cadence {
    match found {
        analysis::Cadence::Weekly => Cadence::Weekly,
        analysis::Cadence::Biweekly => Cadence::Biweekly,
        analysis::Cadence::SemiMonthly => Cadence::SemiMonthly,
        analysis::Cadence::Monthly => Cadence::Monthly,
        analysis::Cadence::FourWeekly => Cadence::FourWeekly,
        analysis::Cadence::Irregular => Cadence::Irregular,
    }
}

fn accounts(question: &Question<'_>, analysis: &Analysis) -> Vec<AnsweredAccount> {
    let events = &analysis.nsf.events;
    let on = |position: usize| {
        let shows = move |event: &&NsfEvent| {
            let mut rows = event.rows.pairs();
            rows.any(|(snapshot, _)| usize::from(snapshot) == position)
        };
        let own = events
            .iter()
            .filter(shows)
            .filter(|event| event.kind.is_event());
        own.map(|event| event.day).collect()
    };
    let found = question
        .snapshots
        .iter()
        .zip(&analysis.accounts)
        .enumerate();
    found
        .map(|(position, (snapshot, account))| AnsweredAccount {
            id: snapshot.account.id.as_str().to_owned(),
            event_days: on(position),
            balances: good(account).map(|daily| BalanceLabel {
                first: daily.first,
                cents: daily
                    .values
                    .iter()
                    .map(|cents| i64::try_from(*cents).unwrap_or(i64::MAX))
                    .collect(),
            }),
        })
        .collect()
}

/// The balances of days that are graded good.
fn good(account: &AccountAnalysis) -> Option<DailyBalances> {
    let from = account.quality.as_ref()?.good_from?;
    account.daily.as_ref()?.from(from)
}
