//! The listening sockets: how connections are taken from them, and how many there may be.
//!
//! [`Inherited`] finds those that were there before this process, [`accept`] takes connections,
//! [`Places`] says how many there are at once and which of them makes way, [`shares`] how many
//! descriptors each port may use, [`Protection`] which address a port may have, and [`Tls`] shakes
//! hands.

#[cfg(test)]
#[path = "../tests/underwrite/authority.rs"]
pub(crate) mod authority;
mod inherited;
mod places;
mod protection;
mod tls;

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

pub use inherited::Inherited;
pub use places::{Activity, Call, Place, Places};
pub use protection::Protection;
pub use tls::{PeerCertificate, Protocol, Tls, TlsError, TlsFiles};

use crate::limits;

/// First pause after the system did not give a connection: mostly because too many files are open.
/// Doubled each time.
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// Longest such pause.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// The next connection. Where the system has no descriptor left for it, it waits in the system's
/// queue while others end, and no processor is kept busy meanwhile.
pub async fn accept(listener: &TcpListener, port: &'static str) -> (TcpStream, SocketAddr) {
    let mut pause = PAUSE_MIN;
    loop {
        match listener.accept().await {
            Ok(taken) => return taken,
            Err(error) if is_of_the_client(&error) => {
                tracing::debug!(port, %error, "a client went away before it was taken");
            }
            Err(error) => {
                tracing::warn!(port, %error, "could not take a connection, and waits");
                tokio::time::sleep(pause).await;
                pause = pause.saturating_mul(2).min(PAUSE_MAX);
            }
        }
    }
}

fn is_of_the_client(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

/// Connections that each port may have at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Of the gRPC port.
    pub grpc: usize,
    /// Of the HTTP port.
    pub http: usize,
}

/// What each port may have by the limits and by the descriptors that this process may open: some
/// are kept for the ledger, the cache and Stripe.
pub fn shares() -> Shares {
    shares_of(descriptors_max())
}

/// The most descriptors that this process may have open; `None` where there is no such number.
fn descriptors_max() -> Option<u64> {
    #[cfg(unix)]
    return rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    #[cfg(not(unix))]
    None
}

fn shares_of(descriptors: Option<u64>) -> Shares {
    let most = Shares {
        grpc: limits::GRPC_CONNECTIONS_MAX,
        http: limits::HTTP_CONNECTIONS_MAX,
    };
    let Some(descriptors) = descriptors else {
        return most;
    };
    let descriptors = usize::try_from(descriptors).unwrap_or(usize::MAX);
    let kept = limits::DESCRIPTORS_KEPT.min(descriptors / 2);
    let left = descriptors.saturating_sub(kept);
    // Health has to answer also where there are few.
    let http = most.http.min(left / 4).max(2);
    let shares = Shares {
        grpc: most.grpc.min(left.saturating_sub(http)).max(2),
        http,
    };
    if shares != most {
        tracing::warn!(
            descriptors,
            grpc = shares.grpc,
            http = shares.http,
            "this process may open few files, so it takes fewer connections: raise `ulimit -n` \
             (`LimitNOFILE=`)"
        );
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_share_the_descriptors_that_are_not_kept() {
        let of = |descriptors| {
            let Shares { grpc, http } = shares_of(descriptors);
            (grpc, http)
        };
        let all = (limits::GRPC_CONNECTIONS_MAX, limits::HTTP_CONNECTIONS_MAX);
        let enough = u64::try_from(all.0 + all.1 + limits::DESCRIPTORS_KEPT).unwrap();
        assert_eq!(of(None), all);
        assert_eq!(of(Some(u64::MAX)), all);
        assert_eq!(of(Some(enough + 1)), all);
        assert_eq!(of(Some(enough)), all);
        assert_eq!(of(Some(enough - 1)), (all.0 - 1, all.1));
        assert_eq!(of(Some(256)), (96, 32));
        assert_eq!(of(Some(64)), (24, 8));
        assert_eq!(of(Some(1)), (2, 2));
    }
}
