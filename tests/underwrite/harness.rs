//! A sandbox and a server in this process, each on a port of its own, and a client of the server.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use prometheus_client::registry::Registry;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use underwrite::access::audit::Origin;
use underwrite::analysis::{AmountSign, Settings};
use underwrite::calendar::Zone;
use underwrite::clock::{ManualClock, SystemClock};
use underwrite::http::webhooks::{Listener, Webhooks};
use underwrite::http::{self, HttpPort};
use underwrite::id::{AccountId, ConnectedAccountId, Handle, OsEntropy, TenantId};
use underwrite::proto;
use underwrite::proto::decision_service_client::DecisionServiceClient;
use underwrite::rules::Bundle;
use underwrite::sandbox::{self, Faults, Sandbox, SandboxConfig, SandboxHandle};
use underwrite::service::server::{self, ServerConfig};
use underwrite::snapshot::Fetched;
use underwrite::stripe::webhook::SigningSecrets;
use underwrite::stripe::{FetchRequest, Resolved, Source, StripeClient, StripeConfig, StripeError};
use underwrite::underwriter::{AccountEvent, Parts, Underwriter, WaitLimits};

pub(crate) const RULE_SET: &str = "personal-loan";
pub(crate) const RULES: &[u8] = include_bytes!("../../rules/personal-loan.toml");

/// The day on which the tests take place.
pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 8, 22).unwrap()
}

/// The instant at which the sandbox lives on that day.
pub(crate) fn now() -> DateTime<Utc> {
    underwrite::sandbox::now(today())
}

/// Puts something between the underwriter and a source.
pub(crate) type Wrap = fn(Arc<dyn Source>) -> Arc<dyn Source>;

/// What a test may want otherwise.
#[derive(Default)]
pub(crate) struct Setup<'a> {
    /// A folder of accounts that the sandbox serves in place of its own.
    pub(crate) load: Option<&'a Path>,
    /// The day on which it takes place, if not [`today`].
    pub(crate) day: Option<NaiveDate>,
    /// Where Stripe is, if not at the sandbox.
    pub(crate) stripe: Option<String>,
    /// The API key, if not one that the sandbox takes.
    pub(crate) key: Option<&'a str>,
    /// Stands between the underwriter and Stripe.
    pub(crate) wrap: Option<Wrap>,
    /// Counts the fetches that no cache answered.
    pub(crate) fetches: Option<Arc<AtomicUsize>>,
    /// The folder of the ledger and the cache, if it is to outlive the system.
    pub(crate) data: Option<&'a Path>,
    /// What goes wrong at the sandbox, as in a file for `--fault`.
    pub(crate) faults: &'a str,
    /// How long the banks are waited for.
    pub(crate) wait_limits: WaitLimits,
    /// Changes how Stripe is called.
    pub(crate) tune: Option<fn(&mut StripeConfig)>,
    /// Has the sandbox tell the system of each event so many times.
    pub(crate) webhooks: Option<usize>,
    /// The rule file that decides, if not [`RULES`].
    pub(crate) rules: Option<&'a str>,
    /// The time that open calls are given when it stops, if not that of a server.
    pub(crate) drain: Option<Duration>,
    /// Is given the underwriter, to serve it in another way as well.
    pub(crate) also: Option<Also>,
}

/// What else is done with an underwriter.
pub(crate) type Also = Box<dyn FnOnce(Underwriter) + Send>;

/// A source whose fetches are counted.
struct Counted {
    inner: Arc<dyn Source>,
    fetches: Arc<AtomicUsize>,
}

#[async_trait]
impl Source for Counted {
    fn livemode(&self) -> bool {
        self.inner.livemode()
    }

    async fn resolve(
        &self,
        handle: &Handle,
        connected: Option<&ConnectedAccountId>,
    ) -> Result<Resolved, StripeError> {
        self.inner.resolve(handle, connected).await
    }

    async fn fetch(&self, wanted: &FetchRequest) -> Result<Fetched, StripeError> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        self.inner.fetch(wanted).await
    }
}

/// All of it, running until dropped.
pub(crate) struct TestSystem {
    pub(crate) client: DecisionServiceClient<Channel>,
    pub(crate) address: SocketAddr,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) sandbox: SandboxHandle,
    shutdown: CancellationToken,
    server: Option<JoinHandle<()>>,
    _data: TempDir,
}

impl Drop for TestSystem {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

pub(crate) async fn system() -> TestSystem {
    start(Setup::default()).await
}

/// A system whose sandbox serves these accounts.
pub(crate) async fn system_with(accounts: &[super::linked::Linked]) -> TestSystem {
    let folder = tempfile::tempdir().unwrap();
    super::linked::write(accounts, now(), folder.path());
    start(Setup {
        load: Some(folder.path()),
        ..Setup::default()
    })
    .await
}

pub(crate) async fn start(setup: Setup<'_>) -> TestSystem {
    let shutdown = CancellationToken::new();
    let ear = match setup.webhooks {
        Some(repeat) => Some((listen().await, repeat)),
        None => None,
    };
    let day = setup.day.unwrap_or_else(today);
    let config = SandboxConfig {
        today: day,
        load: setup.load.map(Path::to_owned),
        faults: faults(setup.faults),
        webhooks: ear
            .as_ref()
            .map(|((_, address), repeat)| sandbox::Webhooks {
                repeat: *repeat,
                ..sandbox::Webhooks::to(format!("http://{address}/webhooks/stripe"), SECRET.into())
            }),
        ..quick()
    };
    let (sandbox, handle) = serve_config(config, &shutdown).await;
    let mut stripe = StripeConfig::new(setup.key.unwrap_or("sk_test_integration").into());
    stripe.base = setup.stripe.unwrap_or_else(|| format!("http://{sandbox}"));
    stripe.retry_pause = Duration::from_millis(5);
    stripe.poll_interval = Duration::from_millis(20);
    // The sandbox has no rates, and tests have no time.
    stripe.rate = Some(100_000);
    stripe.endpoint_rate = 100_000;
    if let Some(tune) = setup.tune {
        tune(&mut stripe);
    }
    let mut source: Arc<dyn Source> = Arc::new(StripeClient::new(stripe).unwrap());
    if let Some(wrap) = setup.wrap {
        source = wrap(source);
    }
    if let Some(fetches) = setup.fetches {
        source = Arc::new(Counted {
            inner: source,
            fetches,
        });
    }
    let data = tempfile::tempdir().unwrap();
    let folder = setup.data.unwrap_or(data.path());
    let clock = Arc::new(ManualClock::new(underwrite::sandbox::now(day)));
    let underwriter = patient(source, folder, Arc::clone(&clock), setup.wait_limits);
    let bundle = Bundle::publish(setup.rules.map_or(RULES, str::as_bytes)).unwrap();
    let tenant = TenantId::default_tenant();
    underwriter
        .activate(&Origin::local(tenant.clone()), bundle)
        .await
        .unwrap();
    if let Some(((listener, _), _)) = ear {
        hear(listener, underwriter.clone(), &shutdown);
    }
    if let Some(also) = setup.also {
        also(underwriter.clone());
    }
    let mut config = ServerConfig::default();
    config.drain_timeout = setup.drain.unwrap_or(config.drain_timeout);
    let (address, server) = serve(underwriter, config, &shutdown).await;
    TestSystem {
        client: connect(address).await,
        address,
        clock,
        sandbox: handle,
        shutdown,
        server: Some(server),
        _data: data,
    }
}

/// Lets nobody but the owner look into a file or a folder.
pub(crate) fn permit_owner_alone(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// A folder that the program takes for its data.
pub(crate) fn private_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    permit_owner_alone(folder.path());
    folder
}

/// A connection.
pub(crate) async fn channel(address: SocketAddr) -> Channel {
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    channel.connect().await.unwrap()
}

/// A client with a connection of its own.
pub(crate) async fn connect(address: SocketAddr) -> DecisionServiceClient<Channel> {
    DecisionServiceClient::new(channel(address).await)
}

pub(crate) fn underwriter(
    source: Arc<dyn Source>,
    data: &Path,
    clock: Arc<ManualClock>,
) -> Underwriter {
    patient(source, data, clock, WaitLimits::default())
}

/// An underwriter that waits so long for the banks.
pub(crate) fn patient(
    source: Arc<dyn Source>,
    data: &Path,
    clock: Arc<ManualClock>,
    wait_limits: WaitLimits,
) -> Underwriter {
    let ledger =
        underwrite::ledger::SqliteLedger::open(&data.join("ledger.sqlite"), &OsEntropy).unwrap();
    let cache = underwrite::cache::Cache::open(&data.join("cache")).unwrap();
    Underwriter::new(Parts {
        source,
        cache: Some(Arc::new(cache)),
        ledger: Arc::new(ledger),
        clock,
        entropy: Arc::new(OsEntropy),
        settings: Settings {
            amount_sign: AmountSign::PositiveIsCredit,
        },
        zone: Zone::parse("America/New_York").unwrap(),
        wait_limits,
        four_eyes: false,
    })
}

pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A sandbox of the samples, or of a folder.
pub(crate) async fn serve_sandbox(load: Option<&Path>, shutdown: &CancellationToken) -> SocketAddr {
    sandbox(load, "", shutdown).await.0
}

/// A sandbox with faults, and a way into it.
pub(crate) async fn sandbox(
    load: Option<&Path>,
    faults: &str,
    shutdown: &CancellationToken,
) -> (SocketAddr, SandboxHandle) {
    let config = SandboxConfig {
        load: load.map(Path::to_owned),
        faults: self::faults(faults),
        ..quick()
    };
    serve_config(config, shutdown).await
}

/// The samples of the day, with banks that are quick.
fn quick() -> SandboxConfig {
    SandboxConfig {
        refresh_delay: Duration::from_millis(30),
        ..SandboxConfig::new(today())
    }
}

/// What is written in a file of faults, if anything is.
pub(crate) fn faults(text: &str) -> Faults {
    match text {
        "" => Faults::none(),
        text => Faults::parse(text).unwrap(),
    }
}

/// What the sandbox signs its events with.
pub(crate) const SECRET: &str = "whsec_integration";

/// Listens for webhooks.
fn hear(listener: TcpListener, underwriter: Underwriter, shutdown: &CancellationToken) {
    let port = HttpPort::new(http::Parts {
        webhooks: Some(Webhooks {
            secrets: SigningSecrets::parse(SECRET).unwrap(),
            livemode: false,
            clock: Arc::new(SystemClock),
            listener: Arc::new(Ear(underwriter)),
        }),
        registry: Registry::default(),
        draining: CancellationToken::new(),
        readiness: Arc::new(()),
        operators: Arc::new(()),
        tls: None,
        insecure_listen_on_a_network: false,
    });
    let stop = shutdown.clone().cancelled_owned();
    tokio::spawn(async move { port.serve(listener, stop).await.unwrap() });
}

struct Ear(Underwriter);

#[async_trait]
impl Listener for Ear {
    async fn heard(&self, account: &AccountId, event: AccountEvent) {
        let tenant = TenantId::default_tenant();
        self.0.notify(&tenant, account, event).await;
    }
}

pub(crate) async fn serve_config(
    config: SandboxConfig,
    shutdown: &CancellationToken,
) -> (SocketAddr, SandboxHandle) {
    let sandbox = Sandbox::new(config).unwrap();
    let (listener, address) = listen().await;
    let stop = shutdown.clone().cancelled_owned();
    let handle = sandbox.handle();
    tokio::spawn(async move { sandbox.serve(listener, stop).await });
    (address, handle)
}

async fn serve(
    underwriter: Underwriter,
    config: ServerConfig,
    shutdown: &CancellationToken,
) -> (SocketAddr, JoinHandle<()>) {
    let (listener, address) = listen().await;
    let stop = shutdown.clone().cancelled_owned();
    let server = tokio::spawn(async move {
        server::run(listener, config, underwriter, stop)
            .await
            .unwrap();
    });
    (address, server)
}

/// The port of nothing: bound once, then free.
pub(crate) async fn nobody() -> String {
    let (_, address) = listen().await;
    format!("http://{address}")
}

/// A request of one applicant for 1,000.00 USD over a year.
pub(crate) fn request(key: &str, name: &str, accounts: &[&str]) -> proto::DecideRequest {
    proto::DecideRequest {
        idempotency_key: key.to_owned(),
        rule_set: RULE_SET.to_owned(),
        view: proto::DecisionView::Full.into(),
        application: Some(proto::Application {
            id: format!("app-{key}"),
            product: "personal_loan".to_owned(),
            requested_amount: Some(usd("1000.00")),
            term: Some(proto::Term {
                count: 12,
                unit: proto::TermUnit::Months.into(),
            }),
            repayment_frequency: proto::RepaymentFrequency::Monthly.into(),
            first_payment_date: None,
            debit_account: String::new(),
            purpose: "car repair".to_owned(),
            applicants: vec![proto::Applicant {
                id: "p1".to_owned(),
                role: proto::ApplicantRole::Primary.into(),
                identity: Some(proto::Identity {
                    name: name.to_owned(),
                    ..proto::Identity::default()
                }),
                account_ids: accounts.iter().map(|id| (*id).to_owned()).collect(),
                handles: Vec::new(),
            }],
            inputs: Default::default(),
            bank_data: Default::default(),
            stream_reviews: Vec::new(),
        }),
    }
}

pub(crate) fn usd(amount: &str) -> proto::Money {
    proto::Money {
        amount: amount.to_owned(),
        currency: "USD".to_owned(),
    }
}

/// The same request, wanting everything of the bank anew.
pub(crate) fn anew(mut request: proto::DecideRequest) -> proto::DecideRequest {
    let age = Some(prost_types::Duration::default());
    application(&mut request).bank_data = Some(proto::BankData {
        max_age: Some(proto::MaxAge {
            balances: age,
            ownership: age,
            transactions: age,
        }),
        ..proto::BankData::default()
    });
    request
}

/// The application inside a request, to be changed.
pub(crate) fn application(request: &mut proto::DecideRequest) -> &mut proto::Application {
    request.application.as_mut().unwrap()
}

/// The decision that was shown, if it was final.
pub(crate) fn final_one(shown: proto::GetDecisionResponse) -> Option<proto::Decision> {
    match shown.result {
        Some(proto::get_decision_response::Result::Decision(decision)) => Some(decision),
        _ => None,
    }
}

impl TestSystem {
    /// Ends the server in order: the folder of its data is then free for another.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        self.server.take().unwrap().await.unwrap();
    }

    pub(crate) async fn try_decide(
        &self,
        request: proto::DecideRequest,
    ) -> Result<proto::Decision, Status> {
        let answer = self.client.clone().decide(request).await?.into_inner();
        match answer.result {
            Some(proto::decide_response::Result::Decision(decision)) => Ok(decision),
            other => panic!("a decision was expected: {other:?}"),
        }
    }

    pub(crate) async fn decide(&self, request: proto::DecideRequest) -> proto::Decision {
        self.try_decide(request).await.unwrap()
    }

    /// Every recorded decision.
    pub(crate) async fn recorded(&self) -> Vec<proto::Decision> {
        let request = proto::ListDecisionsRequest::default();
        let page = self.client.clone().list_decisions(request).await.unwrap();
        page.into_inner().decisions
    }
}

/// The household's value of a feature as text: `5250.00 USD`, `3`, or `missing: NAME`.
pub(crate) fn feature(decision: &proto::Decision, name: &str) -> String {
    let feature = decision
        .features
        .iter()
        .find(|feature| feature.name == name)
        .unwrap_or_else(|| panic!("no feature `{name}`"));
    shown(feature.observation.as_ref().unwrap())
}

fn shown(observation: &proto::Observation) -> String {
    use proto::observation::Result as Seen;
    use proto::value::Kind;
    let value = match observation.result.as_ref().unwrap() {
        Seen::Value(value) => value,
        Seen::Missing(why) => {
            let why = proto::MissingReason::try_from(*why).unwrap();
            let name = why.as_str_name().trim_start_matches("MISSING_REASON_");
            return format!("missing: {name}");
        }
    };
    match value.kind.as_ref().unwrap() {
        Kind::Money(money) => format!("{} {}", money.amount, money.currency),
        Kind::Count(number) | Kind::Days(number) => number.to_string(),
        Kind::Ratio(decimal) | Kind::Percent(decimal) => decimal.value.clone(),
        Kind::Date(date) => date.value.clone(),
        Kind::Text(text) => text.clone(),
        Kind::Boolean(truth) => truth.to_string(),
    }
}

/// The codes of the reasons told to the applicant.
pub(crate) fn principal(decision: &proto::Decision) -> Vec<&str> {
    let reasons = decision.reasons.iter().filter(|reason| reason.principal);
    reasons.map(|reason| reason.code.as_str()).collect()
}

/// Whether the status has this code and names this field in its `BadRequest` detail.
#[track_caller]
pub(crate) fn assert_names_field(status: &Status, field: &str) {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_error_details();
    let named: Vec<&str> = details
        .bad_request()
        .map(|bad| bad.field_violations.iter())
        .into_iter()
        .flatten()
        .map(|violation| violation.field.as_str())
        .collect();
    assert!(named.contains(&field), "`{field}` is not in {named:?}");
    assert!(details.error_info().is_some(), "no ErrorInfo");
}
