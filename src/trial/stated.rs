//! Decides on features that a test states.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::asked::asked;
use super::{Explained, TrialError, Tried};
use crate::analysis::{self, AmountSign, Settings};
use crate::application::{Application, Draft, DraftApplicant};
use crate::calendar::{AsOf, Zone};
use crate::decision::{DecisionBody, SnapshotPin};
use crate::engine;
use crate::features::{self, Context, Features, Missing, Scope, Slot, Value};
use crate::id::{AccountId, ApplicantId};
use crate::rules::{self, Bundle, GivenFeatures, NoStreamsInDoubt, Readiness, Telling, TestCase};
use crate::snapshot::SnapshotHash;

/// The name of an applicant whose name nobody says: it agrees with no owner.
pub const NOBODY: &str = "Test Applicant";
/// The day of a test that does not say: any, but always the same.
const DAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(2026, 3, 31);

/// Decides on the features that a test gives, at the moment that it says.
///
/// # Errors
///
/// What keeps it from being decided.
pub fn stated(
    bundle: &Bundle,
    test: &TestCase,
    given: &GivenFeatures,
) -> Result<Tried, TrialError> {
    evaluated(bundle, test, given, Telling::Nothing)
}

/// The same with all that is told of it, and of a referral what would settle it.
///
/// # Errors
///
/// What keeps it from being decided.
pub fn stated_and_explained(
    bundle: &Bundle,
    test: &TestCase,
    given: &GivenFeatures,
) -> Result<Explained, TrialError> {
    let tried = evaluated(bundle, test, given, Telling::Everything)?;
    let alternatives = NoStreamsInDoubt(&tried.features);
    let settlement = rules::settle(
        bundle.program(),
        &tried.application,
        &tried.evaluation,
        &alternatives,
    );
    let as_of = moment(test.asked.at)?;
    // Values of an account are told by the pin of its snapshot.
    let accounts = tried.application.named_accounts().into_iter();
    let snapshots = accounts.filter_map(|(owner, account)| {
        let applicant = tried.application.applicants().get(owner)?;
        Some(SnapshotPin {
            account,
            applicant: applicant.id.clone(),
            hash: SnapshotHash::from_bytes([0; 32]),
            fetched_at: as_of.instant,
            flags: Vec::new(),
        })
    });
    let pins = engine::pins_of(bundle, as_of, snapshots.collect());
    Ok(Explained {
        application: tried.application,
        body: DecisionBody {
            pins,
            balances: None,
            features: tried.features.into_slots(),
            streams: Vec::new(),
            reviews: Vec::new(),
            evaluation: tried.evaluation,
        },
        settlement,
    })
}

fn evaluated(
    bundle: &Bundle,
    test: &TestCase,
    given: &GivenFeatures,
    telling: Telling,
) -> Result<Tried, TrialError> {
    let subjects = Subjects::of(given);
    let application = asked(ordinary(bundle, &subjects), bundle, test)?;
    let features = features_of(&application, test.asked.at, given, subjects)?;
    let evaluation = rules::evaluate(
        bundle.program(),
        &features,
        &*application,
        &given.forecasts,
        Readiness::Ready,
        telling,
    )?;
    Ok(Tried {
        application,
        features,
        evaluation,
    })
}

/// Whose values are given.
struct Subjects {
    applicants: Vec<ApplicantId>,
    accounts: Vec<AccountId>,
}

impl Subjects {
    /// As many as there are values of a feature of theirs, and at least one.
    fn of(given: &GivenFeatures) -> Self {
        let count = |scope: Scope| {
            let values = given.values.iter().filter(|(name, _)| {
                features::find(name).is_some_and(|(_, feature)| feature.scope == scope)
            });
            values
                .map(|(_, values)| values.len())
                .max()
                .unwrap_or(0)
                .max(1)
        };
        let applicants = (1..=count(Scope::Applicant)).map(|at| format!("applicant-{at}"));
        let accounts = (1..=count(Scope::Account)).map(|at| format!("fca_test{at}"));
        Self {
            applicants: applicants.filter_map(|id| id.parse().ok()).collect(),
            accounts: accounts.filter_map(|id| id.parse().ok()).collect(),
        }
    }
}

/// An ordinary application for a rule set.
fn ordinary(bundle: &Bundle, subjects: &Subjects) -> Draft {
    let last = subjects.applicants.len().saturating_sub(1);
    let applicants = subjects.applicants.iter().enumerate().map(|(at, id)| {
        // An account is one person's: each has one, and the last all that are left.
        let accounts = subjects.accounts.iter().enumerate();
        let own = accounts.filter(|(account, _)| at == (*account).min(last));
        let own = own.map(|(_, id)| id.clone());
        DraftApplicant::ordinary(at, Some(id.clone()), NOBODY, own)
    });
    Draft::ordinary(bundle.currency(), applicants.collect())
}

/// The features: those of the application as it is, the others as they are given, or missing.
fn features_of(
    application: &std::sync::Arc<Application>,
    at: Option<NaiveDateTime>,
    given: &GivenFeatures,
    subjects: Subjects,
) -> Result<Features, TrialError> {
    let as_of = moment(at)?;
    let alone = application.with_accounts(Vec::new());
    let settings = Settings {
        amount_sign: AmountSign::default(),
    };
    let lexicon = crate::lexicon::Lexicon::built_in();
    let analysis = analysis::analyze(&alone, &[], as_of, settings, lexicon);
    let context = Context {
        application: &alone,
        accounts: &[],
        analysis: &analysis,
        as_of,
    };
    let extracted = features::extract(&context);
    let own = extracted
        .iter()
        .filter(|(feature, ..)| feature.is_of_application());
    let mut slots: BTreeMap<String, Vec<Slot>> = own
        .map(|(feature, _, slot)| (feature.name.to_owned(), vec![slot.clone()]))
        .collect();
    for (name, values) in &given.values {
        let values = values.iter().cloned().map(slot);
        slots.insert(name.clone(), values.collect());
    }
    Features::from_parts(subjects.applicants, subjects.accounts, slots).ok_or(TrialError::Features)
}

fn slot(value: Result<Value, Missing>) -> Slot {
    value.map_or_else(Slot::missing, Slot::known)
}

/// The moment of a decision, in the zone in which days are read.
pub fn moment(at: Option<NaiveDateTime>) -> Result<AsOf, TrialError> {
    let zone = Zone::default();
    let noon = NaiveTime::from_hms_opt(12, 0, 0);
    let usual = DAY.zip(noon).map(|(day, noon)| day.and_time(noon));
    let local = at.or(usual);
    let instant = local.and_then(|local| zone.instant(local));
    let instant = instant.ok_or_else(|| TrialError::Data("there is no such moment".to_owned()))?;
    Ok(AsOf { instant, zone })
}
