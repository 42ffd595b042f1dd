//! The threads of the connections. Frames are read, calls refused and answers sent beside those who
//! decide, not in a row with them: where more comes than can be done, whoever is refused is told so
//! at once, and what was let in is not held up by what was not.

use std::io;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::connections::Connections;
use crate::limits;

/// A runtime that ends when it is dropped, also within another.
pub(super) struct ConnectionThreads(Option<Runtime>);

impl ConnectionThreads {
    /// As many as there are processors.
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .thread_name("connections")
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Ends them: what they held is let go of once this is ready, or soon after.
    pub(super) async fn end(mut self) {
        if let Some(runtime) = self.0.take() {
            let end = move || runtime.shutdown_timeout(limits::GRPC_GOODBYE_TIMEOUT);
            drop(tokio::task::spawn_blocking(end).await);
        }
    }

    /// Takes connections in these threads. Ends only where the socket cannot be used at all.
    pub(super) fn take(
        &self,
        listener: TcpListener,
        connections: Connections,
    ) -> io::Result<JoinHandle<io::Error>> {
        // It has to be known to the threads that wait for it.
        let listener = listener.into_std()?;
        let taking = async move {
            match TcpListener::from_std(listener) {
                Ok(listener) => match connections.take_from(&listener).await {},
                Err(error) => error,
            }
        };
        Ok(match &self.0 {
            Some(runtime) => runtime.spawn(taking),
            None => tokio::spawn(taking),
        })
    }
}

impl Drop for ConnectionThreads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
