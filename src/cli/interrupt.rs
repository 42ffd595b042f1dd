//! Ctrl-C while a command looks at many decisions: the first ends it with what it found so far, the second at once.

use std::ops::ControlFlow;

use indicatif::ProgressBar;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::CliError;
use super::text::{YELLOW, paint};
use crate::money::thousands as number;
use crate::replay::StoppedEarly;

/// The code of a process that the keyboard ended, as shells tell it: 128 and the number of SIGINT.
const ENDED_BY_KEYBOARD: i32 = 130;

/// Work on many decisions that Ctrl-C ends, with a bar that shows how far it is.
#[derive(Clone)]
pub(super) struct LongWork {
    bar: ProgressBar,
    stop: CancellationToken,
}

impl LongWork {
    /// From here on the first Ctrl-C ends the work with what it found so far, which the bar tells of; the second
    /// ends the process.
    pub(super) fn new(bar: ProgressBar) -> Self {
        let stop = listen(bar.clone());
        Self { bar, stop }
    }

    /// The bar shows that so many of `total` are done. Gives whether the work goes on.
    pub(super) fn progress(&self, done: u64, total: u64) -> ControlFlow<()> {
        self.bar.set_length(total);
        self.bar.set_position(done);
        flow(&self.stop)
    }

    /// The bar shows that something else is done from here on.
    pub(super) fn goes_on_with(&self, what: &'static str) {
        if flow(&self.stop).is_continue() {
            self.bar.set_message(what);
            self.bar.reset();
        }
    }

    /// The bar is taken away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Does what decides on the thread that it runs on, and takes the bar away; `what` is how a person calls it.
    pub(super) async fn run<T: Send + 'static, F: Future<Output = Result<T, CliError>>>(
        &self,
        what: &str,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> Result<T, CliError> {
        let done = tokio::task::spawn_blocking(move || Handle::current().block_on(work())).await;
        self.end();
        done.map_err(|_| CliError::other("interrupted", format!("the {what} broke off")))?
    }
}

/// Cancelled by the first Ctrl-C from this call on, which `bar` then tells of; the second ends the process.
fn listen(bar: ProgressBar) -> CancellationToken {
    let asked = CancellationToken::new();
    let told = asked.clone();
    // From here on, not only once somebody waits.
    #[cfg(unix)]
    let signals = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
    tokio::spawn(async move {
        #[cfg(unix)]
        let mut signals = match signals {
            Ok(signals) => signals,
            // Where signals cannot be listened for, the first one ends the process.
            Err(_) => return,
        };
        for is_first in [true, false] {
            #[cfg(unix)]
            let came = signals.recv().await.is_some();
            #[cfg(not(unix))]
            let came = tokio::signal::ctrl_c().await.is_ok();
            match (came, is_first) {
                (false, _) => return,
                (true, true) => {
                    told.cancel();
                    bar.set_message("stopping (Ctrl-C again: at once)");
                }
                (true, false) => std::process::exit(ENDED_BY_KEYBOARD),
            }
        }
    });
    asked
}

/// Whether work goes on.
pub(super) fn flow(stop: &CancellationToken) -> ControlFlow<()> {
    match stop.is_cancelled() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

/// That what is told is a part of the decisions, in a line.
pub(super) fn partial(stopped: StoppedEarly) -> String {
    let text = format!(
        "partial: stopped after {} of {} decisions, at position {} of the chain",
        number(stopped.looked_at),
        number(stopped.of),
        number(stopped.through)
    );
    paint(YELLOW, &text)
}
