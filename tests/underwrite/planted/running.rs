//! A process that says all that it can, and what it says.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use prost::bytes::{Buf, BufMut};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::super::harness::{private_folder, today};
use super::super::process::{PROGRAM, command};
use super::marks::{Marks, STRIPE_KEY, WEBHOOK_SECRET, rules};

/// Where a server lives.
pub(super) struct Place {
    data: TempDir,
    /// Settings, secrets in files, and logs.
    beside: TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        let beside = private_folder();
        let rules_folder = beside.path().join("rules");
        fs::create_dir(&rules_folder).unwrap();
        fs::write(rules_folder.join("personal-loan.toml"), rules()).unwrap();
        fs::write(beside.path().join("stripe.key"), STRIPE_KEY).unwrap();
        fs::write(beside.path().join("webhook.secret"), WEBHOOK_SECRET).unwrap();
        Self {
            data: private_folder(),
            beside,
        }
    }

    pub(super) fn data(&self) -> &Path {
        self.data.path()
    }

    /// A token of the tenant `default` with these scopes.
    pub(super) fn token(&self, scopes: &str) -> String {
        let words = ["tokens", "create", "--name", "tester", "--scopes", scopes];
        let (exit, created) = command(self.data.path(), &words);
        assert_eq!(exit, 0, "{created}");
        created["secret"].as_str().unwrap().to_owned()
    }

    pub(super) fn start(&self, stripe: &str, name: &str) -> Running {
        let beside = self.beside.path();
        let log = beside.join(format!("{name}.log"));
        let mut child = Command::new(PROGRAM)
            .args(["--json", "serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(self.data.path())
            .args(["--http-listen", "127.0.0.1:0", "--stripe-api-base", stripe])
            .args(["--today", &today().to_string()])
            .env("UNDERWRITE_RULES", beside.join("rules"))
            .env("UNDERWRITE_STRIPE_API_KEY_FILE", beside.join("stripe.key"))
            .env(
                "UNDERWRITE_STRIPE_WEBHOOK_SECRET_FILE",
                beside.join("webhook.secret"),
            )
            .env("UNDERWRITE_ANSWER_TIMEOUT", "5")
            .env("UNDERWRITE_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut told = String::new();
        while !told.ends_with("\n}\n") {
            let read = stdout.read_line(&mut told).unwrap();
            assert!(read > 0, "{}", fs::read_to_string(&log).unwrap());
        }
        let value: Value = serde_json::from_str(&told).unwrap();
        let address = |name: &str| value[name].as_str().unwrap().parse().unwrap();
        Running {
            address: address("listening"),
            http: address("http"),
            child,
            stdout,
            told,
            log,
        }
    }

    /// No secret is in a file of the data, but the one that is kept for it.
    pub(super) fn assert_no_secret_in_files(&self, marks: &Marks) {
        let mut looked_at = 0;
        for entry in fs::read_dir(self.data.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() && !path.ends_with("token.key") {
                looked_at += 1;
                marks.assert_no_secret(&path, &fs::read(&path).unwrap());
            }
        }
        assert!(looked_at > 0);
    }
}

/// A process, killed when dropped.
pub(super) struct Running {
    child: Child,
    pub(super) address: SocketAddr,
    http: SocketAddr,
    stdout: BufReader<ChildStdout>,
    told: String,
    log: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What the system shows of the process.
    pub(super) fn of_process(&self, what: &str) -> Vec<u8> {
        let shown = fs::read(format!("/proc/{}/{what}", self.pid())).unwrap();
        assert!(!shown.is_empty());
        shown
    }

    pub(super) async fn get(&self, path: &str, token: Option<&str>) -> (u16, String) {
        let shown = token.map(|token| format!("authorization: Bearer {token}\r\n"));
        let shown = shown.unwrap_or_default();
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{shown}\r\n");
        let mut socket = TcpStream::connect(self.http).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }

    /// Waits for the end, and searches all that was written until then.
    pub(super) fn search_once_ended(mut self, marks: &Marks) {
        self.child.wait().unwrap();
        let mut told = std::mem::take(&mut self.told);
        self.stdout.read_to_string(&mut told).unwrap();
        marks.search("standard output", told.as_bytes());
        let log = fs::read(&self.log).unwrap();
        let text = String::from_utf8_lossy(&log);
        assert!(text.contains("TRACE") && text.contains("Decide"), "no log");
        marks.search("the log", &log);
    }
}

/// Messages as bytes.
#[derive(Default)]
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        buffer.advance(buffer.remaining());
        Ok(Some(()))
    }
}

/// Calls a method with these bytes, and waits for its first answer.
pub(super) async fn call(
    channel: &Channel,
    path: &str,
    token: Option<&str>,
    message: Vec<u8>,
) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let mut asked = Request::new(tokio_stream::once(message));
    if let Some(token) = token {
        let shown: MetadataValue<_> = format!("Bearer {token}").parse().unwrap();
        asked.metadata_mut().insert("authorization", shown);
    }
    let answer = client.streaming(asked, path.parse().unwrap(), Bytes);
    let within = Duration::from_secs(60);
    let answer = tokio::time::timeout(within, answer).await.unwrap()?;
    let mut messages = answer.into_inner();
    tokio::time::timeout(within, messages.message())
        .await
        .unwrap()
        .map(drop)
}
