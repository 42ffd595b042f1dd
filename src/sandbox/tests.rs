//! The server through a real socket.

mod bank;
mod changes;
mod counting;
mod fault_files;
mod faults;
mod handles;
mod http;
mod lifecycle;
mod loading;
mod realms;
mod schema;
mod webhooks;
mod wire_faults;

use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Faults, Sandbox, SandboxConfig, SandboxHandle};

const FC: &str = "/v1/financial_connections";
const FORM: &str = "application/x-www-form-urlencoded";

/// A running sandbox.
struct Running {
    base: String,
    client: reqwest::Client,
    handle: SandboxHandle,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

/// What came back.
struct Reply {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or("")
    }

    fn ids(&self) -> Vec<String> {
        let data = self.body["data"].as_array().unwrap();
        data.iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn today() -> NaiveDate {
    "2026-06-10".parse().unwrap()
}

async fn start_with(load: Option<PathBuf>, refresh_delay: Duration) -> Running {
    start_config(SandboxConfig {
        load,
        refresh_delay,
        ..SandboxConfig::new(today())
    })
    .await
}

async fn start_config(config: SandboxConfig) -> Running {
    let sandbox = Sandbox::new(config).unwrap();
    let handle = sandbox.handle();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        let shutdown = async move { stopped.await.unwrap_or(()) };
        sandbox.serve(listener, shutdown).await.unwrap();
    });
    let _ = rustls::crypto::ring::default_provider().install_default();
    Running {
        base,
        client: reqwest::Client::new(),
        handle,
        stop,
        task,
    }
}

/// The samples, whose refreshes advance at once, with faults.
async fn start_faulty(faults: impl Into<Faults>) -> Running {
    start_config(SandboxConfig {
        refresh_delay: Duration::ZERO,
        faults: faults.into(),
        ..SandboxConfig::new(today())
    })
    .await
}

async fn start() -> Running {
    start_with(None, Duration::ZERO).await
}

impl Running {
    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        Reply {
            status,
            headers,
            body,
        }
    }

    /// GET below `/v1/financial_connections`, with a good key.
    async fn get(&self, path: &str) -> Reply {
        let request = self.request(reqwest::Method::GET, &format!("{FC}{path}"));
        self.send(request.bearer_auth("sk_test_sandbox")).await
    }

    /// POST a form below `/v1/financial_connections`, perhaps with an idempotency key.
    async fn post(&self, path: &str, form: &str, key: Option<&str>) -> Reply {
        self.send(self.posting(path, form, key)).await
    }

    fn posting(&self, path: &str, form: &str, key: Option<&str>) -> reqwest::RequestBuilder {
        let request = self
            .request(reqwest::Method::POST, &format!("{FC}{path}"))
            .bearer_auth("sk_test_sandbox")
            .header("content-type", FORM)
            .body(form.to_owned());
        match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        drop(self.client);
        self.task.await.unwrap();
    }
}

#[test]
fn by_the_clock_of_the_machine_no_sample_is_of_the_future() {
    for (instant, day) in [
        ("2026-08-22T14:59:59Z", "2026-08-21"),
        ("2026-08-22T15:00:00Z", "2026-08-22"),
        ("2026-08-22T23:59:59Z", "2026-08-22"),
        ("2026-08-23T00:00:00Z", "2026-08-22"),
    ] {
        let instant: chrono::DateTime<chrono::Utc> = instant.parse().unwrap();
        let config = SandboxConfig::at(instant);
        assert_eq!(config.today.to_string(), day);
        assert_eq!(config.now, Some(instant));
        assert!(crate::sandbox::now(config.today) <= instant);
        Sandbox::new(config).unwrap();
    }
}
