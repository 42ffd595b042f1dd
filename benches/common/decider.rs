//! A server that decides, in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use underwrite::proto;

use crate::harness::{Also, Setup, now, request, start, today};
use crate::linked::{self, Linked};

pub(crate) const CONNECTIONS: usize = 8;
const NAME: &str = "Alex Morgan";
/// Says which part a process plays.
pub(crate) const ROLE: &str = "BENCH_ROLE";
/// Where the answer that the echo gives is.
pub(crate) const ANSWER: &str = "BENCH_ANSWER";

pub(crate) fn accounts() -> Vec<Linked> {
    let one = |index| Linked::checking(&format!("bench{index}"), NAME);
    (0..CONNECTIONS)
        .map(|index| one(index).with_salary(today(), 196_250))
        .collect()
}

/// The folder of its data, beside the answer of the echo.
pub(crate) fn data() -> PathBuf {
    PathBuf::from(std::env::var(ANSWER).unwrap()).with_file_name("data")
}

/// Serves until the bench closes our input, and has something else done with the underwriter.
pub(crate) async fn serve(also: Option<Also>) {
    let folder = tempfile::tempdir().unwrap();
    linked::write(&accounts(), now(), folder.path());
    let data = data();
    std::fs::create_dir_all(&data).unwrap();
    let setup = Setup {
        load: Some(folder.path()),
        data: Some(&data),
        also,
        ..Setup::default()
    };
    let system = start(setup).await;
    // The first decision on each account fetches and caches it.
    for index in 0..CONNECTIONS {
        system.decide(asked(index, "first")).await;
    }
    println!("{}", system.address);
    until_closed().await;
}

pub(crate) async fn until_closed() {
    let read = || std::io::stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(read).await.unwrap().unwrap();
}

/// A process of this program, ended with its input.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// On one processor alone, where one is given.
    pub(crate) fn start(role: &str, processor: Option<usize>, answer: &Path) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut command = match processor {
            None => Command::new(program),
            Some(processor) => {
                let mut pinned = Command::new("taskset");
                pinned.args(["-c", &processor.to_string()]).arg(program);
                pinned
            }
        };
        let mut child = command
            .args(["--bench", role])
            .env(ROLE, role)
            .env(ANSWER, answer)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let address = line.trim().parse().unwrap();
        Self { child, address }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

pub(crate) fn asked(index: usize, key: &str) -> proto::DecideRequest {
    let account = format!("fca_bench{index}");
    let mut request = request(&format!("{index}-{key}"), NAME, &[&account]);
    request.view = match std::env::var("BENCH_VIEW").as_deref() {
        Ok("full") => proto::DecisionView::Full.into(),
        _ => proto::DecisionView::Summary.into(),
    };
    request
}
