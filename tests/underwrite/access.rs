//! Who may call what, through the real socket: every method with every credential, tenants that see
//! nothing of each other, and tokens that are found nowhere in clear.

#[path = "access/audited.rs"]
mod audited;
#[path = "access/cells.rs"]
mod cells;
#[path = "access/certificates.rs"]
mod certificates;
#[path = "access/follow_up_calls.rs"]
mod follow_up_calls;
#[path = "access/granting.rs"]
mod granting;
#[path = "access/process.rs"]
mod process;
#[path = "access/records.rs"]
mod records;
#[path = "access/replay_calls.rs"]
mod replay_calls;
#[path = "access/routes.rs"]
mod routes;
#[path = "access/rule_set_calls.rs"]
mod rule_set_calls;
#[path = "access/tenants.rs"]
mod tenants;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use chrono::Duration;
use prost::Message;
use prost_reflect::DescriptorPool;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataValue;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};
use underwrite::access::audit::Origin;
use underwrite::access::{Grant, Scopes, methods};
use underwrite::analysis::{AmountSign, Settings};
use underwrite::calendar::Zone;
use underwrite::clock::{Clock, ManualClock};
use underwrite::id::{IdentityName, OsEntropy, TenantId};
use underwrite::ledger::{Ledger, SqliteLedger};
use underwrite::proto;
use underwrite::proto::decision_service_client::DecisionServiceClient;
use underwrite::rules::Bundle;
use underwrite::service::server::{self, ServerConfig};
use underwrite::service::{Authority, NewGrant};
use underwrite::stripe::{StripeClient, StripeConfig};
use underwrite::underwriter::{Parts, Underwriter, WaitLimits};

use super::harness::{RULES, channel, listen, now, serve_sandbox};

/// A server with an authority, and a sandbox behind it.
struct House {
    address: SocketAddr,
    authority: Authority,
    underwriter: Underwriter,
    clock: Arc<ManualClock>,
    shutdown: CancellationToken,
    data: TempDir,
}

impl Drop for House {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl House {
    async fn new() -> Self {
        Self::with(ServerConfig::default()).await
    }

    async fn with(config: ServerConfig) -> Self {
        let shutdown = CancellationToken::new();
        let sandbox = serve_sandbox(None, &shutdown).await;
        let mut stripe = StripeConfig::new("sk_test_access".into());
        stripe.base = format!("http://{sandbox}");
        stripe.rate = Some(100_000);
        stripe.endpoint_rate = 100_000;
        stripe.poll_interval = std::time::Duration::from_millis(20);
        let data = super::harness::private_folder();
        let clock = Arc::new(ManualClock::new(now()));
        let file = data.path().join("ledger.sqlite");
        let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(&file, &OsEntropy).unwrap());
        let authority = Authority::open(
            Arc::clone(&ledger),
            &data.path().join("token.key"),
            Arc::<ManualClock>::clone(&clock),
            None,
        )
        .await
        .unwrap();
        let underwriter = Underwriter::new(Parts {
            source: Arc::new(StripeClient::new(stripe).unwrap()),
            cache: None,
            ledger,
            clock: Arc::<ManualClock>::clone(&clock),
            entropy: Arc::new(OsEntropy),
            settings: Settings {
                amount_sign: AmountSign::PositiveIsCredit,
            },
            zone: Zone::parse("America/New_York").unwrap(),
            wait_limits: WaitLimits::default(),
            four_eyes: false,
        });
        let (listener, address) = listen().await;
        let config = ServerConfig {
            authority: authority.clone(),
            ..config
        };
        let stop = shutdown.clone().cancelled_owned();
        let served = server::run(listener, config, underwriter.clone(), stop);
        tokio::spawn(async move { served.await.unwrap() });
        Self {
            address,
            authority,
            underwriter,
            clock,
            shutdown,
            data,
        }
    }

    /// A tenant with the rule set that ships.
    async fn tenant(&self, name: &str) -> TenantId {
        let tenant = TenantId::parse(name).unwrap();
        let bundle = Bundle::publish(RULES).unwrap();
        let by = Origin::local(tenant.clone());
        self.underwriter.activate(&by, bundle).await.unwrap();
        tenant
    }

    async fn grant(&self, tenant: &TenantId, scopes: Scopes) -> (Grant, String) {
        self.grant_until(tenant, scopes, None).await
    }

    async fn grant_until(
        &self,
        tenant: &TenantId,
        scopes: Scopes,
        days: Option<i64>,
    ) -> (Grant, String) {
        let new = NewGrant {
            name: IdentityName::parse("tester").unwrap(),
            scopes,
            expires_at: days.map(|days| self.clock.now() + Duration::days(days)),
            certificate: None,
        };
        let by = Origin::local(tenant.clone());
        let (grant, token) = self.authority.create(&by, new).await.unwrap();
        (grant, token.unwrap().expose().to_owned())
    }

    async fn client(&self, token: &str) -> Client {
        shows(channel(self.address).await, token)
    }
}

type Client = DecisionServiceClient<InterceptedService<Channel, Show>>;
pub(super) type Show = Box<dyn FnMut(Request<()>) -> Result<Request<()>, Status> + Send>;

/// A client that shows a token.
pub(super) fn shows(channel: Channel, token: &str) -> Client {
    DecisionServiceClient::with_interceptor(channel, show(token))
}

/// Shows a token with each call.
pub(super) fn show(token: &str) -> Show {
    let shown: MetadataValue<_> = format!("Bearer {token}").parse().unwrap();
    Box::new(move |mut request| {
        request
            .metadata_mut()
            .insert("authorization", shown.clone());
        Ok(request)
    })
}

/// Every method of every service that the server has, from their descriptors.
fn described() -> BTreeSet<String> {
    let sets = [
        proto::DESCRIPTORS,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
    ];
    let mut paths = BTreeSet::new();
    for set in sets {
        let set = prost_types::FileDescriptorSet::decode(set).unwrap();
        let mut pool = DescriptorPool::new();
        pool.add_file_descriptor_set(set).unwrap();
        for service in pool.services() {
            for method in service.methods() {
                paths.insert(format!("/{}/{}", service.full_name(), method.name()));
            }
        }
    }
    paths
}

#[test]
fn the_table_of_access_names_every_method_and_no_other() {
    let table: BTreeSet<String> = methods::METHODS
        .iter()
        .map(|method| method.path.to_owned())
        .collect();
    assert_eq!(table.len(), methods::METHODS.len(), "one is named twice");
    assert_eq!(table, described());
}
