//! Puts the rooms together as the settings say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{NaiveDate, NaiveTime};

use super::CliError;
use super::head_file::read_head;
use super::rule_files::{self, RuleFile};
use super::text::counted;
use crate::access::audit::{Action, Origin};
use crate::analysis;
use crate::cache::{Cache, CacheError};
use crate::clock::{Clock, ManualClock, Stopwatch, SystemClock};
use crate::config::Config;
use crate::http::Readiness;
use crate::id::{ConnectedAccountId, Handle, OsEntropy, TenantId};
use crate::ledger::{self, Ledger, LedgerError, SqliteLedger, SqliteOpenError};
use crate::limits;
use crate::private;
use crate::rules::{Bundle, Severity};
use crate::service::Authority;
use crate::snapshot::Fetched;
use crate::stripe::{
    FetchRequest, Metrics, Resolved, Source, StripeClient, StripeConfig, StripeError,
};
use crate::underwriter::{Deployed, Parts, UnderwriteError, Underwriter};

/// An underwriter and what it stands on.
pub(super) struct Assembly {
    pub(super) underwriter: Underwriter,
    pub(super) ledger: Arc<dyn Ledger>,
    /// Who may call.
    pub(super) authority: Authority,
    /// Whose things this process itself works on.
    pub(super) tenant: TenantId,
    /// Whether Stripe is asked with a key for real money.
    pub(super) livemode: bool,
    /// What the ledger counts.
    pub(super) ledger_metrics: ledger::Metrics,
    /// What the client of Stripe counts, where there is one.
    pub(super) stripe: Option<Metrics>,
    /// Whether the ledger was restored from a backup, and records nothing until it is resumed.
    pub(super) restored: bool,
}

/// Stands in for Stripe where records are only read.
struct NoSource;

#[async_trait::async_trait]
impl Source for NoSource {
    fn livemode(&self) -> bool {
        false
    }

    async fn resolve(
        &self,
        _handle: &Handle,
        _connected: Option<&ConnectedAccountId>,
    ) -> Result<Resolved, StripeError> {
        Err(StripeError::Unreachable(ONLY_READS))
    }

    async fn fetch(&self, _wanted: &FetchRequest) -> Result<Fetched, StripeError> {
        Err(StripeError::Unreachable(ONLY_READS))
    }
}

const ONLY_READS: &str = "this command works on records alone";

/// A house that decides: with Stripe, and with its rule sets active.
pub(super) async fn open(config: &Config, today: Option<NaiveDate>) -> Result<Assembly, CliError> {
    let clock = clock(config, today)?;
    let client = stripe_client(config)?;
    let metrics = client.metrics().clone();
    tracing::info!(stripe = config.stripe_api_base, "asks for bank data");
    let files = read_rules(config.rules.as_deref())?;
    // What is wrong with them is told before anything is opened.
    publish(&files)?;
    make_data_folder(config)?;
    private::check([config.cache_path().as_path()])?;
    let ledger = open_ledger(config, &*clock).await?;
    let cache = if config.cache {
        cache(&config.cache_path()).await
    } else {
        None
    };
    let mut house = assemble(config, Arc::new(client), Arc::clone(&clock), ledger, cache);
    house.authority = authority(config, Arc::clone(&house.ledger), clock).await?;
    house.stripe = Some(metrics);
    house.restored = house.ledger.ready().await == Err(LedgerError::Restored);
    // Until it is resumed, what is recorded can be read, by the rule sets of then.
    if !house.restored {
        for tenant in house.authority.tenants() {
            let folder = config.rules.as_deref();
            // What ships is to begin with: who has rule sets of their own has no use for it.
            if folder.is_some() || !house.underwriter.has_rule_sets(&tenant).await? {
                deploy_all(&house, &tenant, &files, folder).await?;
            }
            house.underwriter.make_ready(&tenant).await?;
        }
    }
    Ok(house)
}

/// Who may call, as a ledger says.
pub(super) async fn authority(
    config: &Config,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
) -> Result<Authority, CliError> {
    let (key_file, allow_local) = (config.token_key_path(), config.allow_local_without_token);
    Ok(Authority::open(ledger, &key_file, clock, allow_local).await?)
}

/// Makes the data folder where there is none; whoever may look in is the owner alone.
pub(super) fn make_data_folder(config: &Config) -> Result<(), CliError> {
    private::create_folder(&config.data_dir).map_err(|error| {
        let folder = config.data_dir.display();
        let message = format!("the data folder `{folder}` cannot be made: {error}");
        CliError::other("data_dir", message)
    })?;
    Ok(private::check([config.data_dir.as_path()])?)
}

/// Fails where there is no ledger to look at.
pub(super) fn check_ledger_is_there(path: &Path) -> Result<(), CliError> {
    if path.exists() {
        return Ok(());
    }
    let message = format!(
        "there is no ledger `{}`: name the folder of one by `--data-dir`",
        path.display()
    );
    Err(CliError::other("no_ledger", message))
}

/// Ready as long as the ledger can be written.
pub(super) struct LedgerReadiness(pub(super) Arc<dyn Ledger>);

#[async_trait::async_trait]
impl Readiness for LedgerReadiness {
    async fn ready(&self) -> Result<(), String> {
        self.0.ready().await.map_err(|error| error.to_string())
    }
}

/// The ledger, to be written: the one that was there before, unless the settings give it up.
async fn open_ledger(config: &Config, clock: &dyn Clock) -> Result<SqliteLedger, CliError> {
    let expected = config.expect_head.as_deref().map(read_head).transpose()?;
    let path = config.ledger_path();
    let ledger = ledger(&path, config.begin_new_chain).await?;
    if let Some(expected) = expected
        && let Some(problem) = ledger.against(&expected).await?
    {
        let message = format!(
            "the ledger `{}` is not what the expected head knows: {}: {}",
            path.display(),
            problem.record,
            problem.problem
        );
        return Err(CliError::other("ledger_head", message));
    }
    if config.begin_new_chain && ledger.ready().await != Err(LedgerError::Restored) {
        let by = Origin::local(TenantId::default_tenant());
        let begun = by.event(
            Action::LedgerBegin,
            ledger.head().await?.chain_id,
            clock.now(),
        );
        ledger.audit(vec![begun]).await?;
    }
    Ok(ledger)
}

/// A house that only looks at what is recorded.
pub(super) fn open_records(config: &Config) -> Result<Assembly, CliError> {
    let path = config.ledger_path();
    check_ledger_is_there(&path)?;
    let ledger = SqliteLedger::open_read_only(&path)?;
    Ok(assemble(
        config,
        Arc::new(NoSource),
        Arc::new(SystemClock),
        ledger,
        None,
    ))
}

/// A house that records, and asks nobody for bank data: made where there is none.
pub(super) fn open_to_record(config: &Config) -> Result<Assembly, CliError> {
    make_data_folder(config)?;
    let ledger = SqliteLedger::open(&config.ledger_path(), &OsEntropy)?;
    Ok(assemble(
        config,
        Arc::new(NoSource),
        Arc::new(SystemClock),
        ledger,
        None,
    ))
}

/// A house that settles what is recorded: it asks no bank, and makes no rule set active.
pub(super) async fn open_to_resolve(config: &Config) -> Result<Assembly, CliError> {
    check_ledger_is_there(&config.ledger_path())?;
    private::check([config.data_dir.as_path()])?;
    let clock = Arc::new(SystemClock);
    let ledger = open_ledger(config, &*clock).await?;
    Ok(assemble(config, Arc::new(NoSource), clock, ledger, None))
}

fn assemble(
    config: &Config,
    source: Arc<dyn Source>,
    clock: Arc<dyn Clock>,
    ledger: SqliteLedger,
    cache: Option<Arc<Cache>>,
) -> Assembly {
    let ledger_metrics = ledger.metrics().clone();
    let ledger: Arc<dyn Ledger> = Arc::new(ledger);
    let livemode = source.livemode();
    let underwriter = Underwriter::new(Parts {
        source,
        cache,
        ledger: Arc::clone(&ledger),
        clock,
        entropy: Arc::new(OsEntropy),
        settings: analysis::Settings {
            amount_sign: config.amount_sign,
        },
        zone: config.zone,
        wait_limits: config.wait_limits,
        four_eyes: config.rules_four_eyes,
    });
    Assembly {
        underwriter,
        ledger,
        authority: Authority::of_this_machine(),
        tenant: TenantId::default_tenant(),
        livemode,
        ledger_metrics,
        stripe: None,
        restored: false,
    }
}

/// The client of Stripe, which needs a key.
pub(super) fn stripe_client(config: &Config) -> Result<StripeClient, CliError> {
    let Some(key) = config.stripe_api_key.clone() else {
        return Err(CliError::Usage(
            "there is no Stripe key: set `STRIPE_API_KEY`, or `UNDERWRITE_STRIPE_API_KEY_FILE`; \
             any `sk_test_...` will do for `underwrite sandbox`"
                .to_owned(),
        ));
    };
    let client = StripeClient::new(StripeConfig {
        base: config.stripe_api_base.clone(),
        rate: config.stripe_rate,
        endpoint_rate: config.stripe_endpoint_rate,
        ..StripeConfig::new(key)
    });
    Ok(client?)
}

/// The ledger, once whoever writes it has let it go: a process that was told to stop is about to.
async fn ledger(path: &Path, begin_new_chain: bool) -> Result<SqliteLedger, CliError> {
    let open = if begin_new_chain {
        SqliteLedger::open_new_chain
    } else {
        SqliteLedger::open
    };
    let waiting = Stopwatch::start();
    let mut told = false;
    loop {
        match open(path, &OsEntropy) {
            Err(SqliteOpenError::InUse { .. })
                if waiting.elapsed() < limits::LEDGER_HANDOVER_TIMEOUT =>
            {
                if !told {
                    let seconds = limits::LEDGER_HANDOVER_TIMEOUT.as_secs();
                    tracing::info!(seconds, "waits for the process that has the ledger");
                    told = true;
                }
                tokio::time::sleep(HANDOVER_LOOK).await;
            }
            opened => return Ok(opened?),
        }
    }
}

/// The cache, or none where it cannot be used: it only saves fetches. Whoever let the ledger go is
/// about to let it go too.
async fn cache(path: &Path) -> Option<Arc<Cache>> {
    let waiting = Stopwatch::start();
    loop {
        let error = match Cache::open(path) {
            Ok(cache) => return Some(Arc::new(cache)),
            Err(error) => error,
        };
        if waiting.elapsed() < limits::CACHE_HANDOVER_TIMEOUT
            && matches!(error, CacheError::InUse { .. })
        {
            tokio::time::sleep(HANDOVER_LOOK).await;
        } else {
            tracing::warn!(%error, "working without a cache");
            return None;
        }
    }
}

/// Pause between two looks whether another process has let go.
const HANDOVER_LOOK: Duration = Duration::from_millis(10);

/// The rule sets that ship, by the names of their files.
const SHIPPED: [(&str, &str); 2] = [
    (
        "personal-loan.toml",
        include_str!("../../rules/personal-loan.toml"),
    ),
    ("ach-debit.toml", include_str!("../../rules/ach-debit.toml")),
];

/// The clock of the machine, or one that stands at 15:00 UTC of `today`, which only a played
/// Stripe allows: real data on a made-up day would be recorded as a real decision.
pub(super) fn clock(config: &Config, today: Option<NaiveDate>) -> Result<Arc<dyn Clock>, CliError> {
    match today {
        None => Ok(Arc::new(SystemClock)),
        Some(_) if !config.stripe_is_local() => Err(CliError::Usage(
            "`--today` stops the clock, and `stripe_api_base` is not an address of this machine: \
             leave `--today` out, or start `underwrite sandbox` and name its address"
                .to_owned(),
        )),
        Some(date) => Ok(Arc::new(stopped_clock(date)?)),
    }
}

/// A clock that stands at 15:00 UTC of `date`.
pub(super) fn stopped_clock(date: NaiveDate) -> Result<ManualClock, CliError> {
    let time = NaiveTime::from_hms_opt(15, 0, 0)
        .ok_or_else(|| CliError::Usage("15:00 is not a time".to_owned()))?;
    Ok(ManualClock::new(date.and_time(time).and_utc()))
}

/// The rule files of a folder in the order of their names, or those that ship.
pub(super) fn read_rules(folder: Option<&Path>) -> Result<Vec<RuleFile>, CliError> {
    let Some(folder) = folder else {
        let shipped = SHIPPED.iter();
        return Ok(shipped
            .map(|(name, text)| RuleFile::alone(*name, *text))
            .collect());
    };
    let files = rule_files::read_folder(folder)?;
    if files.is_empty() {
        let message = format!(
            "`{}` has no rule file (`*.toml`): put one there, or remove the folder",
            folder.display()
        );
        return Err(CliError::other("no_rules", message));
    }
    Ok(files)
}

/// Checks the rule files as for a start: those of all, whose count it gives, and those in the folders
/// of tenants, with the name of the tenant and their count, whether the tenant is there yet or not.
pub(super) fn check_rules(
    folder: Option<&Path>,
) -> Result<(usize, Vec<(TenantId, usize)>), CliError> {
    let files = read_rules(folder)?;
    let of_all = publish(&files)?.len();
    let parts = files.iter();
    let parts = parts.flat_map(|file| rule_files::parts_of(Path::new(&file.name), file));
    let parts: BTreeSet<PathBuf> = parts.collect();
    let mut of_tenants = Vec::new();
    for entry in folder.into_iter().flat_map(fs::read_dir).flatten() {
        let own = entry.map_err(|error| CliError::other("rules", error.to_string()))?;
        let name = own.file_name();
        let tenant = name.to_str().and_then(|name| TenantId::parse(name).ok());
        // A folder of what the rules of all import is nobody's own.
        let of_parts = parts.iter().any(|part| part.starts_with(own.path()));
        if let Some(tenant) = tenant.filter(|_| own.path().is_dir() && !of_parts) {
            let count = publish(&read_rules(Some(&own.path()))?)?.len();
            of_tenants.push((tenant, count));
        }
    }
    of_tenants.sort();
    Ok((of_all, of_tenants))
}

/// Checks the rule files and publishes them. No two may decide under one name.
fn publish(files: &[RuleFile]) -> Result<Vec<(&RuleFile, Bundle)>, CliError> {
    let mut published: Vec<(&RuleFile, Bundle)> = Vec::with_capacity(files.len());
    for file in files {
        let bundle = publish_one(file)?;
        let mut others = published.iter();
        if let Some((other, _)) = others.find(|(_, other)| other.name() == bundle.name()) {
            return Err(CliError::Rules(format!(
                "`{}` and `{}` are both named `{}`, and only one can decide under a name: rename \
                 or remove one of them",
                other.name,
                file.name,
                bundle.name()
            )));
        }
        published.push((file, bundle));
    }
    Ok(published)
}

/// Makes a bundle of one rule file.
pub(super) fn publish_one(file: &RuleFile) -> Result<Bundle, CliError> {
    Bundle::publish_with(&file.bytes, &file.attachments).map_err(|diagnostics| {
        let errors = diagnostics
            .iter()
            .filter(|one| one.severity == Severity::Error);
        let first = errors.clone().next().map_or_else(String::new, |first| {
            let file = first.file.as_ref();
            let file = file.map_or_else(String::new, |name| format!("{name}, "));
            format!(" ({file}line {}: {})", first.line, first.message)
        });
        let count = counted(errors.count(), "error", "errors");
        let name = &file.name;
        let message = format!("`{name}` has {count}{first}: see `underwrite rules check {name}`");
        CliError::Rules(message)
    })
}

/// Takes the rule files of a start for a tenant: those of its own folder, where there is a folder of its
/// name among the rules, else those of all.
async fn deploy_all(
    house: &Assembly,
    tenant: &TenantId,
    files: &[RuleFile],
    folder: Option<&Path>,
) -> Result<(), CliError> {
    let own = folder.map(|folder| folder.join(tenant.as_str()));
    let own = match own.filter(|own| own.is_dir()) {
        Some(own) => Some(read_rules(Some(&own))?),
        None => None,
    };
    for (file, bundle) in publish(own.as_deref().unwrap_or(files))? {
        deploy(house, tenant, file, bundle).await?;
    }
    Ok(())
}

/// Takes a rule file of a start for a tenant, and says what became of it.
async fn deploy(
    house: &Assembly,
    tenant: &TenantId,
    file: &RuleFile,
    bundle: Bundle,
) -> Result<(), CliError> {
    let (name, version) = (bundle.name().clone(), bundle.version().to_owned());
    // The rules are files of this machine: whoever may change them is its operator.
    let by = Origin::local(tenant.clone());
    let (file_name, waits) = (&file.name, "published; somebody else has to make it active");
    match house.underwriter.deploy(&by, bundle).await {
        Ok(Deployed::Activated) => {
            tracing::info!(%tenant, file = file_name, %name, version, "active from now on");
        }
        Ok(Deployed::Live) => {
            tracing::info!(%tenant, file = file_name, %name, version, "active already");
        }
        Ok(Deployed::Waits) => {
            tracing::warn!(%tenant, file = file_name, %name, version, "{waits}");
        }
        Ok(Deployed::Other(live)) => {
            let live = live.unwrap_or_else(|| "nothing".to_owned());
            tracing::warn!(
                %tenant, file = file_name, %name, version, live,
                "the file is not made active: it was published before, and the ledger says what \
                 decides; `underwrite rules activate` changes that"
            );
        }
        Err(UnderwriteError::Ledger(error @ LedgerError::VersionPublished { .. })) => {
            return Err(CliError::Rules(format!("`{}`: {error}", file.name)));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicI64, Ordering};

    use chrono::{DateTime, Utc};

    use super::super::chain::prove;
    use super::*;
    use crate::config::GivenSettings;
    use crate::ledger::Scope;

    /// A clock of which a second is over whenever it is asked.
    struct Ticking(AtomicI64);

    impl Clock for Ticking {
        fn now(&self) -> DateTime<Utc> {
            let seconds = self.0.fetch_add(1, Ordering::Relaxed);
            DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
        }
    }

    #[tokio::test]
    async fn rule_sets_are_made_active_without_a_look_of_a_clock_that_ran_backwards() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite"), &OsEntropy).unwrap();
        let config = Config::load(GivenSettings::new(), &BTreeMap::new(), None).unwrap();
        let clock = Arc::new(Ticking(AtomicI64::new(0)));
        let house = assemble(&config, Arc::new(NoSource), clock, ledger, None);
        let files = read_rules(None).unwrap();
        let tenant = TenantId::default_tenant();
        deploy_all(&house, &tenant, &files, None).await.unwrap();
        let quiet = Arc::new(|_, _| {});
        let report = prove(&*house.ledger, Scope::default(), None, quiet).await;
        let report = report.unwrap();
        assert!(report.is_sound() && report.records > 4);
        assert_eq!(report.held_back, 0);
    }

    #[test]
    fn no_two_files_decide_under_one_name() {
        let mut files = read_rules(None).unwrap();
        assert_eq!(publish(&files).unwrap().len(), files.len());
        let copy = [&files[0].bytes, "\n".as_bytes()].concat();
        files.push(RuleFile::alone("rules/copy.toml", copy));
        let refused = publish(&files).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`personal-loan.toml` and `rules/copy.toml` are both named `personal-loan`, and only \
             one can decide under a name: rename or remove one of them"
        );
        assert_eq!(refused.code(), "rules_invalid");
    }
}
