//! One POST to a place on this machine: no proxy, no redirect, nothing kept open.

use std::io;

use axum::http::Uri;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A place on this machine that takes webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WebhookAddress {
    /// Host and port.
    address: String,
    /// Path and query.
    path: String,
}

impl WebhookAddress {
    /// Reads a URL such as `http://127.0.0.1:8080/webhooks/stripe`.
    pub(super) fn parse(url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "it is not a URL")?;
        if uri.scheme_str() != Some("http") {
            return Err("it does not start with `http://`");
        }
        let host = uri.host().unwrap_or("");
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let loopback = bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
        if host != "localhost" && !loopback {
            return Err("it is not an address of this machine, such as `127.0.0.1`");
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            address: format!("{host}:{}", uri.port_u16().unwrap_or(80)),
            path: path.to_owned(),
        })
    }

    /// Sends a signed body and gives the status of the answer.
    pub(super) async fn post(&self, signature: &str, body: &str) -> io::Result<u16> {
        let Self { address, path } = self;
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: underwrite-sandbox\r\n\
             Accept: */*\r\nContent-Type: application/json; charset=utf-8\r\n\
             Stripe-Signature: {signature}\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n"
        );
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        stream.flush().await?;
        let mut answer = [0; STATUS_LINE];
        stream.read_exact(&mut answer).await?;
        status(&answer).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }
}

/// `HTTP/1.1 200`.
const STATUS_LINE: usize = 12;

fn status(line: &[u8; STATUS_LINE]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let digits = std::str::from_utf8(rest.get(2..)?).ok()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_on_this_machine_are_taken() {
        let place = WebhookAddress::parse("http://127.0.0.1:8080/webhooks/stripe?a=b").unwrap();
        assert_eq!(place.address, "127.0.0.1:8080");
        assert_eq!(place.path, "/webhooks/stripe?a=b");
        assert_eq!(
            WebhookAddress::parse("http://[::1]:1").unwrap().address,
            "[::1]:1"
        );
        assert_eq!(
            WebhookAddress::parse("http://localhost").unwrap().address,
            "localhost:80"
        );
        for url in [
            "",
            "127.0.0.1:80",
            "https://127.0.0.1/",
            "http://example.com/",
            "http://127.0.0.1.example.com/",
            "http://10.0.0.1/",
        ] {
            assert!(WebhookAddress::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_status_line_is_read() {
        assert_eq!(status(b"HTTP/1.1 204"), Some(204));
        assert_eq!(status(b"HTTP/1.0 500"), Some(500));
        assert_eq!(status(b"HTTP/1.1 abc"), None);
        assert_eq!(status(b"SSH-2.0-Open"), None);
    }
}
