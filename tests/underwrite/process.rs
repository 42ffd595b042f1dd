//! The real program as a process of its own, to be killed, stopped and watched.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Status};
use underwrite::proto;
use underwrite::proto::decision_service_client::DecisionServiceClient;

use super::harness::{connect, now, private_folder, sandbox, today};
use super::linked::{self, Linked};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_underwrite");
pub(crate) const NAME: &str = "Dana Fields";
pub(crate) const ACCOUNT: &str = "fca_dana";

/// A folder for the program's data, and a sandbox that serves one account.
pub(crate) struct Workspace {
    pub(crate) data: TempDir,
    pub(crate) stripe: String,
    sandbox: SocketAddr,
    shutdown: CancellationToken,
    _accounts: TempDir,
}

impl Drop for Workspace {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Workspace {
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    /// One whose bank takes so long to deliver transactions.
    pub(crate) async fn slow(delay_ms: u64) -> Self {
        Self::with(&format!(
            "[[fault]]\naccount = '{ACCOUNT}'\neffect = 'refresh_late'\n\
             feature = 'transactions'\ndelay_ms = {delay_ms}\n"
        ))
        .await
    }

    /// One whose sandbox misbehaves so.
    pub(crate) async fn with(faults: &str) -> Self {
        let accounts = tempfile::tempdir().unwrap();
        let mut dana = Linked::checking("dana", NAME).with_salary(today(), 180_000);
        // What can go wrong goes wrong with the first refresh.
        dana.refreshed = faults.is_empty();
        linked::write(&[dana], now(), accounts.path());
        let shutdown = CancellationToken::new();
        let (sandbox, _) = sandbox(Some(accounts.path()), faults, &shutdown).await;
        Self {
            data: private_folder(),
            stripe: format!("http://{sandbox}"),
            sandbox,
            shutdown,
            _accounts: accounts,
        }
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.data.path().join("ledger.sqlite")
    }

    /// The program, serving.
    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&self.stripe, &[], &[])
    }

    /// The same with Stripe elsewhere, more arguments, and under another program.
    pub(crate) fn serve_with(&self, stripe: &str, more: &[&str], under: &[&str]) -> Server {
        Server::start(&self.words(stripe, more, under), Stdio::null())
    }

    /// The program, serving on a socket that this process holds, as systemd would.
    pub(crate) fn serve_on(&self, socket: &std::net::TcpListener) -> Server {
        let script = "exec 3<&0 </dev/null; \
                      LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=grpc exec \"$@\"";
        let words = self.words(&self.stripe, &[], &["sh", "-c", script, "sh"]);
        let socket = std::os::fd::OwnedFd::from(socket.try_clone().unwrap());
        Server::start(&words, Stdio::from(socket))
    }

    fn words(&self, stripe: &str, more: &[&str], under: &[&str]) -> Vec<String> {
        let day = today().to_string();
        let data = self.data.path().to_str().unwrap();
        let mut words = under.to_vec();
        words.extend([PROGRAM, "--json", "serve", "--listen", "127.0.0.1:0"]);
        words.extend([
            "--data-dir",
            data,
            "--stripe-api-base",
            stripe,
            "--today",
            &day,
        ]);
        words.extend(more);
        words.into_iter().map(str::to_owned).collect()
    }

    /// A way to the sandbox that is shut until its semaphore has permits.
    pub(crate) async fn gate(&self) -> (String, Arc<Semaphore>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let open = Arc::new(Semaphore::new(0));
        let (waiting, sandbox) = (Arc::clone(&open), self.sandbox);
        tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let waiting = Arc::clone(&waiting);
                tokio::spawn(async move {
                    let _permit = waiting.acquire().await;
                    let mut to = TcpStream::connect(sandbox).await.unwrap();
                    // Either side may hang up when it likes.
                    let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                });
            }
        });
        (url, open)
    }

    /// The decision id that is reserved under a key, once it is.
    pub(crate) async fn reserved(&self, key: &str) -> String {
        for _ in 0..600 {
            let ledger = rusqlite::Connection::open(self.ledger()).unwrap();
            let sql = "SELECT decision_id FROM intakes WHERE idempotency_key = ?1";
            if let Ok(id) = ledger.query_row(sql, [key], |row| row.get(0)) {
                return id;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("`{key}` was not reserved");
    }
}

/// A process that serves, killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// The HTTP port, if there is one.
    pub(crate) http: Option<SocketAddr>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(words: &[String], stdin: Stdio) -> Self {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).stdin(stdin);
        let started = Self::of(&mut command);
        started.unwrap_or_else(|ended| panic!("the server did not start: {ended}"))
    }

    /// What a command serves, or how it ended before it did.
    pub(crate) fn of(command: &mut Command) -> Result<Self, ExitStatus> {
        let mut child = command
            .env("STRIPE_API_KEY", "sk_test_process")
            .env("UNDERWRITE_LOG", "off")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told: String = lines
            .map(Result::unwrap)
            .take_while(|line| line != "}")
            .collect();
        let Ok(told) = serde_json::from_str::<Value>(&format!("{told}}}")) else {
            return Err(child.wait().unwrap());
        };
        let address = told["listening"].as_str().unwrap().parse().unwrap();
        let http = told["http"].as_str().map(|http| http.parse().unwrap());
        Ok(Self {
            child,
            address,
            http,
        })
    }

    /// Asks the HTTP port and returns the status and the body.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let mut socket = TcpStream::connect(self.http.unwrap()).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            answer.split(' ').nth(1).unwrap().parse().unwrap(),
            body.to_owned(),
        )
    }

    /// Sets how large the files of the process may become: a disk without room. It has to ignore
    /// SIGXFSZ.
    pub(crate) fn limit_files(&self, bytes: &str) {
        let pid = self.pid().to_string();
        let limit = format!("--fsize={bytes}:unlimited");
        let set = Command::new("prlimit")
            .args(["--pid", &pid, &limit])
            .status();
        assert!(set.unwrap().success());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) async fn client(&self) -> DecisionServiceClient<Channel> {
        connect(self.address).await
    }

    /// `kill -9`: nothing in the process runs any more.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for it to end by itself.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        for _ in 0..1_200 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the process does not end");
    }
}

/// Asks a process to end.
pub(crate) fn terminate(pid: u32) {
    let sent = Command::new("kill")
        .args(["-TERM", &pid.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// A request for Dana.
pub(crate) fn request(key: &str) -> proto::DecideRequest {
    super::harness::request(key, NAME, &[ACCOUNT])
}

pub(crate) async fn decide(
    client: &DecisionServiceClient<Channel>,
    request: proto::DecideRequest,
) -> Result<proto::Decision, Status> {
    let answer = client.clone().decide(request).await?.into_inner();
    match answer.result {
        Some(proto::decide_response::Result::Decision(decision)) => Ok(decision),
        other => Err(Status::new(Code::Unknown, format!("{other:?}"))),
    }
}

/// Asserts that the server has this decision, as it was answered.
pub(crate) async fn assert_recorded(
    client: &DecisionServiceClient<Channel>,
    answered: &proto::Decision,
) {
    let request = proto::GetDecisionRequest {
        id: answered.id.clone(),
        view: proto::DecisionView::Full.into(),
        ..Default::default()
    };
    let found = client.clone().get_decision(request).await.unwrap();
    let found = super::harness::final_one(found.into_inner());
    assert_eq!(found.as_ref(), Some(answered));
}

/// One command of the program on the data in `folder`: its exit code and what it printed.
pub(crate) fn command(folder: &Path, words: &[&str]) -> (i32, Value) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(PROGRAM)
        .arg("--json")
        .args(words)
        .arg("--data-dir")
        .arg(folder)
        .env_clear()
        .output()
        .unwrap();
    let printed = if stdout.is_empty() { stderr } else { stdout };
    let told = serde_json::from_slice(&printed)
        .unwrap_or_else(|_| panic!("{words:?}: {}", String::from_utf8_lossy(&printed)));
    (status.code().unwrap(), told)
}
