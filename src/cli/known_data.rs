//! What is known of an applicant, wherever it is from: a sample of the sandbox, a file of Stripe's
//! JSON, a recorded decision. It is read and frozen as for a decision.

#[cfg(feature = "sandbox")]
mod sample;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;

use super::args::Settings;
use super::{CliError, analyze, assembly};
use crate::analysis;
use crate::application::{
    Application, Draft, DraftApplicant, DraftTerm, Identity, RepaymentFrequency, Role, TermUnit,
};
use crate::calendar::{AsOf, Zone, end_of_day};
use crate::id::{DecisionId, TenantId};
use crate::ledger::DecisionRecord;
use crate::money::{Currency, Money};
use crate::snapshot::{Fetched, Snapshot, SnapshotHash, freeze};
use crate::trial::Known;
use crate::underwriter::Answer;

/// Where the name of an applicant is taken from that nobody gives: it agrees with no owner.
const NOBODY: &str = "Test Applicant";
/// The amount asked for where nobody says: a thousand.
const AMOUNT_MINOR: i64 = 100_000;

/// What was read, each once.
pub(super) struct KnownData<'a> {
    settings: &'a Settings,
    tenant: Option<&'a TenantId>,
    environment: &'a BTreeMap<String, String>,
    #[cfg(feature = "sandbox")]
    samples: BTreeMap<NaiveDate, sample::Samples>,
    known: BTreeMap<(String, Option<NaiveDate>), Known>,
}

impl<'a> KnownData<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        tenant: Option<&'a TenantId>,
        environment: &'a BTreeMap<String, String>,
    ) -> Self {
        Self {
            settings,
            tenant,
            environment,
            #[cfg(feature = "sandbox")]
            samples: BTreeMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// A sample applicant as of a day.
    #[cfg(feature = "sandbox")]
    pub(super) async fn applicant(&mut self, key: &str, day: NaiveDate) -> Result<Known, CliError> {
        let name = (format!("applicant {key}"), Some(day));
        if let Some(known) = self.known.get(&name) {
            return Ok(known.clone());
        }
        let samples = match self.samples.remove(&day) {
            Some(samples) => samples,
            None => sample::Samples::open(day).await?,
        };
        let known = samples.known(key).await;
        self.samples.insert(day, samples);
        Ok(self.known.entry(name).or_insert(known?).clone())
    }

    /// A build without the sandbox has no samples.
    #[cfg(not(feature = "sandbox"))]
    pub(super) async fn applicant(
        &mut self,
        _key: &str,
        _day: NaiveDate,
    ) -> Result<Known, CliError> {
        let message = "this build has no sandbox, and so no sample applicants";
        Err(CliError::other("sandbox", message))
    }

    /// The accounts of a file, at its latest moment or at the end of a day.
    pub(super) fn bank_data(
        &mut self,
        path: &Path,
        day: Option<NaiveDate>,
        currency: Currency,
    ) -> Result<Known, CliError> {
        let name = (format!("file {}", path.display()), day);
        if let Some(known) = self.known.get(&name) {
            return Ok(known.clone());
        }
        let known = of_file(path, day, currency)?;
        Ok(self.known.entry(name).or_insert(known).clone())
    }

    /// What a recorded decision rests on.
    pub(super) async fn decision(&mut self, id: &DecisionId) -> Result<Known, CliError> {
        let name = (format!("decision {id}"), None);
        if let Some(known) = self.known.get(&name) {
            return Ok(known.clone());
        }
        let config = self.settings.load(self.environment)?;
        let house = assembly::open_records(&config)?;
        let tenant = self.tenant.cloned().unwrap_or(house.tenant);
        let answer = house.underwriter.decision(&tenant, id).await;
        let answer = answer.map_err(|error| CliError::other(error.code(), error.to_string()))?;
        let Answer::Decided(decided) = answer else {
            let message = format!("{id} is not decided yet");
            return Err(CliError::other("pending", message));
        };
        let record: DecisionRecord = decided.record;
        let snapshots = house.underwriter.evidence(&record).await;
        let snapshots =
            snapshots.map_err(|error| CliError::other(error.code(), error.to_string()))?;
        let known = of_record(&record, &snapshots)?;
        Ok(self.known.entry(name).or_insert(known).clone())
    }
}

fn of_record(record: &DecisionRecord, snapshots: &[Arc<Snapshot>]) -> Result<Known, CliError> {
    let pins = &record.body.pins;
    let application = record.application.as_ref().clone();
    let accounts = pins.accounts(&application).ok_or_else(|| {
        let message = format!(
            "{} names an applicant whom its application has not",
            record.id
        );
        CliError::other("damaged", message)
    })?;
    let frozen = snapshots.iter().zip(&pins.snapshots);
    Ok(Known {
        application,
        accounts,
        snapshots: frozen
            .map(|(snapshot, pin)| (snapshot.as_ref().clone(), pin.hash))
            .collect(),
        as_of: pins.as_of,
        seed: pins.seed,
        settings: pins.settings(),
    })
}

fn of_file(path: &Path, day: Option<NaiveDate>, currency: Currency) -> Result<Known, CliError> {
    let zone = Zone::default();
    let (fetched, latest) = analyze::stored(path, zone)?;
    let instant = day.map_or(latest, |day| end_of_day(day, zone));
    let as_of = AsOf { instant, zone };
    let fetched = match day {
        None => fetched,
        Some(_) => {
            let sign = analysis::AmountSign::default();
            analyze::rewound(fetched, as_of, sign)
        }
    };
    let accounts: Vec<_> = fetched.iter().map(|one| one.account.id.clone()).collect();
    let draft = Draft {
        id: "test".parse().ok(),
        product: "test".to_owned(),
        requested_amount: Some(Money::new(AMOUNT_MINOR, currency)),
        term: Some(DraftTerm {
            count: 12,
            unit: Some(TermUnit::Months),
        }),
        repayment_frequency: Some(RepaymentFrequency::Monthly),
        applicants: vec![DraftApplicant {
            id: "applicant-1".parse().ok(),
            role: Some(Role::Primary),
            identity: Some(Identity {
                name: NOBODY.to_owned(),
                ..Identity::default()
            }),
            account_ids: accounts.iter().cloned().map(Some).collect(),
            handles: Vec::new(),
        }],
        ..Draft::default()
    };
    let application = draft.check().map_err(|errors| {
        let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
        CliError::other("file", format!("`{}`: {}", path.display(), said.join("; ")))
    })?;
    Ok(frozen(application, fetched, as_of))
}

/// What was fetched, frozen. Only a record needs the hash that names a snapshot, and a test draws no
/// seed: forecasts are the same each time.
fn frozen(application: Application, fetched: Vec<Fetched>, as_of: AsOf) -> Known {
    let accounts = application.named_accounts();
    let snapshots = fetched.into_iter().map(|account| {
        let hash = SnapshotHash::from_bytes([0; 32]);
        (freeze(account, as_of.zone), hash)
    });
    Known {
        accounts,
        snapshots: snapshots.collect(),
        application,
        as_of,
        seed: 0,
        settings: analysis::Settings {
            amount_sign: analysis::AmountSign::default(),
        },
    }
}
