//! Why the port cannot be opened.

use std::net::SocketAddr;

use thiserror::Error;

/// The port cannot be opened.
#[derive(Debug, Error)]
pub enum HttpError {
    /// The address can be reached from a network.
    #[error(
        "{address} can be reached from a network, and what is sent there is not encrypted: give \
         `tls_certificate` and `tls_key`, listen on a loopback address behind a proxy, or say \
         `insecure_http_listen_on_a_network` if a proxy on another machine does TLS"
    )]
    NotProtected {
        /// The address.
        address: SocketAddr,
    },
    /// The socket failed.
    #[error("the listening socket failed: {0}")]
    Socket(#[from] std::io::Error),
}
