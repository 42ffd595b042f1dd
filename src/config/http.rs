//! The settings of the HTTP port.

use std::fs;
use std::net::SocketAddr;

use super::Reader;
use crate::http::check_protected;
use crate::sockets::Protection;
use crate::stripe::webhook::SigningSecrets;

/// The port of webhooks, health and metrics.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Where to answer; `None` opens no such port.
    pub listen: Option<SocketAddr>,
    /// Whether TLS is spoken there, where there is a certificate.
    pub tls: bool,
    /// Whether `listen` may be reached from a network.
    pub insecure_listen_on_a_network: bool,
    /// What Stripe's webhooks are signed with; without them none is taken.
    pub webhook_secrets: Option<SigningSecrets>,
}

impl Reader<'_> {
    /// The port, where there are files of TLS or none.
    pub(super) fn http(&mut self, has_tls: bool) -> HttpConfig {
        let listen = self.read("http_listen", |text| {
            text.parse()
                .map_err(|_| "is not an address such as `127.0.0.1:8080`".to_owned())
        });
        let insecure = self
            .flag("insecure_http_listen_on_a_network")
            .unwrap_or(false);
        let tls = self.flag("http_tls").unwrap_or(true);
        if let Some(address) = listen
            && let Err(error) = check_protected(
                address,
                Protection {
                    encrypted: has_tls && tls,
                    insecure,
                },
            )
        {
            self.problem("http_listen", &error.to_string());
        }
        HttpConfig {
            listen,
            tls,
            insecure_listen_on_a_network: insecure,
            webhook_secrets: self.webhook_secrets(),
        }
    }

    /// The signing secrets, from the variable or the file; never quoted in a problem.
    fn webhook_secrets(&mut self) -> Option<SigningSecrets> {
        const FILE: &str = "stripe_webhook_secret_file";
        let (name, text) = match (self.text("stripe_webhook_secret"), self.text(FILE)) {
            (Some(_), Some(_)) => {
                let problem = "is given together with `STRIPE_WEBHOOK_SECRET`: give one of them";
                self.problem(FILE, problem);
                return None;
            }
            (Some(text), None) => ("stripe_webhook_secret", text.to_owned()),
            (None, Some(path)) => match fs::read_to_string(path) {
                Ok(text) => (FILE, text),
                Err(error) => {
                    self.problem(FILE, &format!("cannot be read: {error}"));
                    return None;
                }
            },
            (None, None) => return None,
        };
        match SigningSecrets::parse(&text) {
            Ok(secrets) => Some(secrets),
            Err(error) => {
                self.problem(name, &error.to_string());
                None
            }
        }
    }
}
