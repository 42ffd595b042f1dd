//! The threads of the connections. Frames are read, calls refused and answers sent beside those who
//! decide, not in a row with them: where more comes than can be done, whoever is refused is told so
//! at once, and what was let in is not held up by what was not.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};

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

    /// Where tasks are started in it.
    pub(super) fn handle(&self) -> Handle {
        self.0
            .as_ref()
            .map_or_else(Handle::current, |runtime| runtime.handle().clone())
    }
}

impl Drop for ConnectionThreads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
