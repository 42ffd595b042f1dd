//! Where it takes place: banks that are quick and slow, and a server that begins again and again on
//! the same folder and the same sockets.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use underwrite::clock::{Clock, SystemClock};
use underwrite::proto;
use underwrite::sandbox::{self, SandboxConfig, SandboxHandle, Webhooks};

use super::disk::{Disk, SmallDisk};
use crate::harness::{self, anew, private_folder};
use crate::linked::{self, Linked};
use crate::process::{NAME, PROGRAM, Server};

/// How many accounts of each kind there are.
const ACCOUNTS: usize = 4;
/// Longer than a caller of a slow account waits.
const SLOW_MS: u32 = 900;

pub(super) struct Place {
    pub(super) data: PathBuf,
    pub(super) disk: Disk,
    /// Whether servers can be armed with steps at which they die or fail.
    pub(super) can_be_armed: bool,
    /// Backups, and whatever a test needs: a disk that is always well.
    pub(super) aside: TempDir,
    /// The folder of rules, if not those that ship.
    pub(super) rules: Option<PathBuf>,
    stripe: String,
    sandbox: SandboxHandle,
    slow: String,
    sockets: [TcpListener; 2],
    shutdown: CancellationToken,
    _data: TempDir,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Place {
    pub(super) async fn new(disk: Disk) -> Self {
        let aside = private_folder();
        let accounts = aside.path().join("accounts");
        fs::create_dir(&accounts).unwrap();
        // By the real clock: to a clock that stands still nothing is ever old.
        let now = SystemClock.now();
        let day = sandbox::sample_day(now);
        let mut all = Vec::new();
        let mut slow = String::new();
        for number in 0..ACCOUNTS {
            let named =
                |kind| Linked::checking(&format!("{kind}{number}"), NAME).with_salary(day, 180_000);
            all.extend([named("fast"), named("slow")]);
            slow.push_str(&format!(
                "[[fault]]\naccount = 'fca_slow{number}'\neffect = 'refresh_late'\n\
                 feature = 'transactions'\ndelay_ms = {SLOW_MS}\n"
            ));
        }
        linked::write(&all, now, &accounts);
        let sockets = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let http = sockets[1].local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let config = SandboxConfig {
            load: Some(accounts),
            faults: harness::faults(&slow),
            // What is heard twice, and in another order, is heard once.
            webhooks: Some(Webhooks {
                repeat: 2,
                ..Webhooks::to(
                    format!("http://{http}/webhooks/stripe"),
                    harness::SECRET.into(),
                )
            }),
            refresh_delay: Duration::from_millis(30),
            ..SandboxConfig::at(now)
        };
        let (stripe, sandbox) = harness::serve_config(config, &shutdown).await;
        let own = private_folder();
        let data = match &disk {
            Disk::Small(disk) => disk.path().join("data"),
            Disk::Well | Disk::Limited => own.path().join("data"),
        };
        Self {
            data,
            disk,
            can_be_armed: true,
            aside,
            rules: None,
            stripe: format!("http://{stripe}"),
            sandbox,
            slow,
            sockets,
            shutdown,
            _data: own,
        }
    }

    /// One on a small disk, or where none can be mounted on one that can be limited.
    pub(super) async fn on_small_disk() -> Self {
        let disk = SmallDisk::mount(48);
        Self::new(disk.map_or(Disk::Limited, Disk::Small)).await
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.sockets[0].local_addr().unwrap()
    }

    pub(super) fn ledger(&self) -> PathBuf {
        self.data.join("ledger.sqlite")
    }

    /// What goes wrong at Stripe from now on, beside banks that are slow.
    pub(super) fn set_faults(&self, more: &str) {
        let faults = harness::faults(&format!("{}{more}", self.slow));
        self.sandbox.set_faults(&faults).unwrap();
    }

    /// The file that arms the steps of the program.
    pub(super) fn failpoints(&self) -> PathBuf {
        self.aside.path().join("failpoints")
    }

    /// Starts the server, which has to stand.
    pub(super) fn start(&self) -> Server {
        let started = self.try_start();
        started.unwrap_or_else(|ended| panic!("the server did not start: {ended}: {}", self.log()))
    }

    /// Starts the server, on the sockets that this process holds: a call waits where none runs.
    pub(super) fn try_start(&self) -> Result<Server, ExitStatus> {
        // Writes above a limit are to fail, and not to end the process. Two sockets can be handed
        // on without unsafe code as standard input and standard error.
        let script = "trap '' XFSZ; exec 3<&0 4<&2 </dev/null 2>>\"$SERVER_LOG\"; \
                      LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=grpc:http exec \"$@\"";
        let [grpc, http] = self
            .sockets
            .each_ref()
            .map(|socket| Stdio::from(OwnedFd::from(socket.try_clone().unwrap())));
        let mut command = Command::new("sh");
        command
            .args(["-c", script, "sh", PROGRAM, "--json", "serve"])
            .args(["--stripe-api-base", &self.stripe, "--data-dir"])
            .arg(&self.data)
            .env("SERVER_LOG", self.aside.path().join("log"))
            .env("STRIPE_WEBHOOK_SECRET", harness::SECRET)
            .env("UNDERWRITE_STRIPE_RATE", "100000")
            .env("UNDERWRITE_STRIPE_ENDPOINT_RATE", "100000")
            .stdin(grpc)
            .stderr(http);
        if let Some(rules) = &self.rules {
            command.arg("--rules").arg(rules);
        }
        if self.can_be_armed {
            command.env("FAILPOINTS", self.failpoints());
        }
        Server::of(&mut command)
    }

    /// What the servers said on standard error.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.aside.path().join("log")).unwrap_or_default()
    }

    /// A command of the program on the data in `folder`.
    pub(super) fn command(&self, folder: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .arg("--json")
            .args(words)
            .arg("--data-dir")
            .arg(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if self.can_be_armed {
            command.env("FAILPOINTS", self.failpoints());
        }
        command
    }

    /// Its exit code and what it printed.
    pub(super) fn run(&self, folder: &Path, words: &[&str]) -> (Option<i32>, Value) {
        let output = self.command(folder, words).output().unwrap();
        let printed = match output.stdout.is_empty() {
            true => output.stderr,
            false => output.stdout,
        };
        let told = serde_json::from_slice(&printed);
        (output.status.code(), told.unwrap_or_default())
    }
}

/// The request under a key: which account it is about, the key says.
pub(super) fn request(key: &str) -> proto::DecideRequest {
    let number = key.bytes().map(usize::from).sum::<usize>() % ACCOUNTS;
    let of = |account: &str| harness::request(key, NAME, &[account]);
    match key.split('-').next() {
        Some("slow") => anew(of(&format!("fca_slow{number}"))),
        // No account: the key is given back.
        Some("lost") => of("fca_nobody"),
        _ => of(&format!("fca_fast{number}")),
    }
}

/// How long a caller waits who does not want to wait for a slow account.
pub(super) const IMPATIENT: Duration = Duration::from_millis(600);
