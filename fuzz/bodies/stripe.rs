//! Stripe's JSON, through the client: whatever the server answers is an error with a code, or an
//! account that can be frozen, stored and decided on.
//!
//! An input has the answers, one after the other, with a line `---` between them: the account, the
//! transactions, the owners. What is not there is answered with nothing.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{Uri, header};
use underwrite::application::Freshness;
use underwrite::calendar::Zone;
use underwrite::id::AccountId;
use underwrite::rules::Bundle;
use underwrite::snapshot::{freeze, seal, unseal};
use underwrite::stripe::{FetchRequest, StripeClient, StripeConfig, read_stored};

use super::decide;

const RULES: &[u8] = include_bytes!("../../rules/personal-loan.toml");

type Answers = Arc<Mutex<Vec<Vec<u8>>>>;

/// A server that answers as it is told, and a client of it.
struct Bench {
    runtime: tokio::runtime::Runtime,
    answers: Answers,
    client: StripeClient,
    bundle: Bundle,
}

/// An account whose first row is described by whatever bytes stand between the two halves.
const DAMAGED: [&[u8]; 2] = [
    br#"[{"object": "financial_connections.account", "id": "fca_1", "livemode": false,
          "category": "cash", "subcategory": "checking", "status": "active",
          "permissions": ["transactions"]},
         {"object": "financial_connections.transaction", "id": "fctxn_1", "account": "fca_1",
          "amount": -5, "currency": "usd", "livemode": false, "status": "posted",
          "transacted_at": 1760000000, "description": "BEFORE "#,
    br#" AFTER"},
         {"object": "financial_connections.transaction", "id": "fctxn_2", "account": "fca_1",
          "amount": 7, "currency": "usd", "livemode": false, "status": "posted",
          "transacted_at": 1760000001, "description": "WHOLE"}]"#,
];

/// Fetches an account from a server that answers with the parts of `data`; whether that is one.
pub(crate) fn run(data: &[u8]) -> bool {
    damaged(data);
    static BENCH: OnceLock<Mutex<Bench>> = OnceLock::new();
    let bench = BENCH.get_or_init(|| Mutex::new(Bench::new()));
    bench
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .fetch(parts(data))
}

/// Whatever bytes stand in the middle of a description, everything else is read as it is.
fn damaged(data: &[u8]) {
    let ends_the_text = |byte: &u8| matches!(byte, b'"' | b'\\');
    let bytes: Vec<u8> = data
        .iter()
        .copied()
        .filter(|byte| !ends_the_text(byte))
        .take(100)
        .collect();
    let [before, after] = DAMAGED;
    let stored = [before, &bytes, after].concat();
    let mut all = read_stored(&stored, decide::now()).unwrap();
    let snapshot = freeze(all.remove(0), Zone::default());
    let rows = snapshot.transactions.known().unwrap();
    let texts: Vec<&str> = rows.iter().map(|row| row.description).collect();
    assert!(texts[0].starts_with("BEFORE ") && texts[0].ends_with(" AFTER"));
    assert_eq!(texts[1..], ["WHOLE"]);
}

/// The parts between lines of `---`.
fn parts(data: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = vec![Vec::new()];
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        match parts.last_mut() {
            Some(part) if line != b"---\n" => part.extend_from_slice(line),
            Some(_) | None => parts.push(Vec::new()),
        }
    }
    parts
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let answers = Answers::default();
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&answers));
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, app).await });
        // Quick: nothing that is waited for will ever come.
        let config = StripeConfig {
            base: format!("http://{address}"),
            attempts: 1,
            fetch_deadline: Duration::from_secs(10),
            poll_interval: Duration::from_millis(1),
            ..StripeConfig::new("sk_test_fuzz".to_owned().into())
        };
        let client = runtime
            .block_on(async { StripeClient::new(config) })
            .unwrap();
        Self {
            runtime,
            answers,
            client,
            bundle: Bundle::publish(RULES).unwrap(),
        }
    }

    fn fetch(&self, parts: Vec<Vec<u8>>) -> bool {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = parts;
        let now = decide::now();
        let wanted = FetchRequest {
            account: AccountId::parse("fca_1").unwrap(),
            connected: None,
            since: now - chrono::Duration::days(730),
            now,
            freshness: Freshness::default(),
            settle_within: Duration::from_millis(1),
            known: None,
            woken: Arc::default(),
        };
        match self.runtime.block_on(self.client.fetch(&wanted)) {
            Ok(fetched) => {
                let snapshot = freeze(fetched, Zone::default());
                let sealed = seal(&snapshot, [7; 32]).unwrap();
                assert_eq!(unseal(&sealed).unwrap(), snapshot);
                decide::decide(&self.bundle, &snapshot);
                true
            }
            Err(error) => {
                assert!(!error.code().is_empty() && error.to_string().len() < 1_000);
                false
            }
        }
    }
}

async fn answer(
    State(answers): State<Answers>,
    uri: Uri,
) -> ([(header::HeaderName, &'static str); 1], Vec<u8>) {
    let part = match uri.path() {
        path if path.ends_with("/transactions") => 1,
        path if path.ends_with("/owners") => 2,
        _ => 0,
    };
    let answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    let body = answers.get(part).cloned().unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], body)
}
