//! What is known of an applicant, wherever it is from: a sample of the sandbox, a file of Stripe's
//! JSON, a recorded decision. It is read and frozen as for a decision.

#[cfg(feature = "sandbox")]
mod sample;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;

use super::args::Settings;
use super::rule_files::RuleFile;
use super::{CliError, analyze, assembly};
use crate::analysis;
use crate::application::{Application, Draft, DraftApplicant};
use crate::calendar::{AsOf, Zone, end_of_day};
use crate::id::{DecisionId, TenantId};
use crate::ledger::DecisionRecord;
use crate::money::Currency;
use crate::rules::{Bundle, TestCase, TestData};
use crate::snapshot::{Fetched, Snapshot, SnapshotHash, freeze};
use crate::trial::{self, Known, NOBODY, TrialError};
use crate::underwriter::Answer;

/// What was read, each once.
pub(super) struct KnownData<'a> {
    settings: &'a Settings,
    tenant: Option<&'a TenantId>,
    environment: &'a BTreeMap<String, String>,
    #[cfg(feature = "sandbox")]
    samples: BTreeMap<NaiveDate, sample::Samples>,
    /// The ledger, once a test is decided on what it recorded.
    records: Option<assembly::Assembly>,
    known: BTreeMap<(String, Option<NaiveDate>), Arc<Known>>,
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
            records: None,
            known: BTreeMap::new(),
        }
    }

    /// What banks told of whom a test is about.
    pub(super) async fn of_test(
        &mut self,
        file: &RuleFile,
        bundle: &Bundle,
        test: &TestCase,
    ) -> Result<Arc<Known>, TrialError> {
        let day = test.asked.at.map(|at| at.date());
        let known = match &test.data {
            TestData::Features(_) => return Err(TrialError::Features),
            TestData::Applicant(key) => {
                let day = match day {
                    Some(day) => day,
                    None => trial::moment(None)?.date(),
                };
                self.applicant(key, day).await
            }
            TestData::BankData(name) => {
                let path = beside(test.file.as_ref().unwrap_or(&file.name), name);
                self.bank_data(&path, day, bundle.currency())
            }
            TestData::Decision(id) => self.decision(id).await,
        };
        known.map_err(|error| TrialError::Data(error.to_string()))
    }

    /// A sample applicant as of a day.
    #[cfg(feature = "sandbox")]
    async fn applicant(&mut self, key: &str, day: NaiveDate) -> Result<Arc<Known>, CliError> {
        let name = (format!("applicant {key}"), Some(day));
        if let Some(known) = self.known.get(&name) {
            return Ok(Arc::clone(known));
        }
        let samples = match self.samples.remove(&day) {
            Some(samples) => samples,
            None => sample::Samples::open(day).await?,
        };
        let known = samples.known(key).await;
        self.samples.insert(day, samples);
        Ok(self.keep(name, known?))
    }

    /// A build without the sandbox has no samples.
    #[cfg(not(feature = "sandbox"))]
    async fn applicant(&mut self, _key: &str, _day: NaiveDate) -> Result<Arc<Known>, CliError> {
        let message = "this build has no sandbox, and so no sample applicants";
        Err(CliError::other("sandbox", message))
    }

    /// The accounts of a file, at its latest moment or at the end of a day.
    fn bank_data(
        &mut self,
        path: &Path,
        day: Option<NaiveDate>,
        currency: Currency,
    ) -> Result<Arc<Known>, CliError> {
        let name = (format!("file {}", path.display()), day);
        if let Some(known) = self.known.get(&name) {
            return Ok(Arc::clone(known));
        }
        let known = of_file(path, day, currency)?;
        Ok(self.keep(name, known))
    }

    /// What a recorded decision rests on.
    async fn decision(&mut self, id: &DecisionId) -> Result<Arc<Known>, CliError> {
        let name = (format!("decision {id}"), None);
        if let Some(known) = self.known.get(&name) {
            return Ok(Arc::clone(known));
        }
        let house = match self.records.take() {
            Some(house) => house,
            None => assembly::open_records(&self.settings.load(self.environment)?)?,
        };
        let house = self.records.insert(house);
        let tenant = self.tenant.unwrap_or(&house.tenant);
        let answer = house.underwriter.decision(tenant, id).await;
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
        Ok(self.keep(name, known))
    }

    fn keep(&mut self, name: (String, Option<NaiveDate>), known: Known) -> Arc<Known> {
        let known = Arc::new(known);
        self.known.insert(name, Arc::clone(&known));
        known
    }
}

/// A file as a file that stands elsewhere names it.
fn beside(file: &str, name: &str) -> PathBuf {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    folder.join(name)
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
            let stood = fetched.into_iter();
            stood
                .map(|account| crate::report::rewind(account, as_of, sign))
                .collect()
        }
    };
    let ids = fetched.iter().map(|one| one.account.id.clone());
    let applicant = DraftApplicant::ordinary(0, "applicant-1".parse().ok(), NOBODY, ids);
    let draft = Draft::ordinary(currency, vec![applicant]);
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
