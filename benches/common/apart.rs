//! A server and a generator, in processes of their own and each with a processor of its own.

use std::future::Future;
use std::process::Command;

use crate::decider::ROLE;

/// Plays the part that this process was started for; without one it starts the generator on the second
/// processor (`taskset`), which starts the server on the first and prints what it found.
pub(crate) fn play(serve: impl Future<Output = ()>, measure: impl Future<Output = ()>) {
    let runtime = || {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        runtime.enable_all().build().unwrap()
    };
    match std::env::var(ROLE).as_deref() {
        Ok("server") => runtime().block_on(serve),
        Ok("generator") => runtime().block_on(measure),
        Ok(_) | Err(_) => {
            let program = std::env::current_exe().unwrap();
            let ended = Command::new("taskset")
                .args(["-c", "1"])
                .arg(program)
                .arg("--bench")
                .env(ROLE, "generator")
                .status();
            assert!(ended.unwrap().success());
        }
    }
}
