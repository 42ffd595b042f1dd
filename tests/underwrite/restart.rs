//! Restarts, silent crowds, few descriptors: what a supervisor and a network do to the process.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tonic::Status;
use underwrite::limits;
use underwrite::proto::{self, ListDecisionsRequest};

use super::harness::{connect, final_one};
use super::process::{Workspace, request, terminate};

/// Clients that ask without a pause, until told to stop, and the longest that each waited.
struct Steady {
    stop: Arc<AtomicBool>,
    clients: JoinSet<(usize, Duration)>,
}

impl Steady {
    /// So many clients, each of which asks 25 times a second.
    async fn start(clients: usize, address: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut running = JoinSet::new();
        for _ in 0..clients {
            let (mut client, stop) = (connect(address).await, Arc::clone(&stop));
            running.spawn(async move {
                let (mut calls, mut longest) = (0, Duration::ZERO);
                while !stop.load(Ordering::Relaxed) {
                    let began = now();
                    while let Err(status) =
                        client.list_decisions(ListDecisionsRequest::default()).await
                    {
                        assert!(was_not_sent(&status), "no call may fail: {status:?}");
                    }
                    longest = longest.max(began.elapsed());
                    calls += 1;
                    tokio::time::sleep(Duration::from_millis(40)).await;
                }
                (calls, longest)
            });
        }
        Self {
            stop,
            clients: running,
        }
    }

    async fn end(mut self) -> (usize, Duration) {
        self.stop.store(true, Ordering::Relaxed);
        let (mut calls, mut longest) = (0, Duration::ZERO);
        while let Some(one) = self.clients.join_next().await {
            let (more, waited) = one.unwrap();
            calls += more;
            longest = longest.max(waited);
        }
        (calls, longest)
    }
}

/// Whether a call was not taken because the connection was going away, or had gone before the call
/// was written to it. Clients of gRPC repeat it by themselves then; tonic's leaves that to its caller.
fn was_not_sent(status: &Status) -> bool {
    let told = format!("{status:?}");
    let going = "GoAway(b\"\", NO_ERROR, Remote)";
    let gone = "hyper::Error(Canceled, \"connection closed\")";
    told.contains(going) || told.contains(gone)
}

#[expect(clippy::disallowed_methods, reason = "a test measures")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_on_the_same_socket_fails_no_call() {
    let work = Workspace::slow(20_000).await;
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let old = work.serve_on(&socket);
    assert_eq!(old.address, socket.local_addr().unwrap());
    let steady = Steady::start(8, old.address).await;
    let mut client = old.client().await;
    let slow = tokio::spawn(async move { client.decide(request("slow")).await });
    let id = work.reserved("slow").await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    let began = now();
    terminate(old.pid());
    let new = work.serve_on(&socket);
    let started = began.elapsed();
    // Whoever waits for the bank is told that the decision is pending.
    let told = slow.await.unwrap().unwrap().into_inner();
    assert!(
        matches!(
            told.result,
            Some(proto::decide_response::Result::Pending(_))
        ),
        "{told:?}"
    );
    assert!(old.ended().await.success());

    // It is gone on with, while all others are answered.
    let mut client = new.client().await;
    let end = tokio::time::timeout(Duration::from_secs(120), async {
        loop {
            let asked = proto::GetDecisionRequest {
                id: id.clone(),
                ..Default::default()
            };
            let found = client.get_decision(asked).await.unwrap().into_inner();
            if let Some(decision) = final_one(found) {
                return decision;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    assert_eq!(end.await.expect("it does not end").id, id);
    let (calls, gap) = steady.end().await;
    println!("{calls} calls, the longest took {gap:?}; the new process stood after {started:?}");
    // A second on a machine that has nothing else to do.
    assert!(gap < Duration::from_secs(5), "{gap:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_says_nothing_does_not_stay() {
    let work = Workspace::new().await;
    let server = work.serve();
    let mut crowd = Vec::new();
    for _ in 0..1_500 {
        crowd.push(TcpStream::connect(server.address).await.unwrap());
    }
    // Others are answered meanwhile.
    let mut client = server.client().await;
    let listed = client.list_decisions(ListDecisionsRequest::default());
    let listed = tokio::time::timeout(Duration::from_secs(10), listed).await;
    listed.unwrap().unwrap();
    let end = limits::GRPC_PREFACE_TIMEOUT * 4;
    tokio::time::timeout(end, async {
        for socket in &mut crowd {
            let mut rest = [0; 1];
            assert!(!matches!(socket.read(&mut rest).await, Ok(1..)));
        }
    })
    .await
    .expect("some stay");
}

/// The processor time that a process has used, in hundredths of a second.
fn processor_time(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn with_few_descriptors_it_does_not_spin_and_health_answers() {
    let work = Workspace::new().await;
    let under = ["sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"];
    let more = ["--http-listen", "127.0.0.1:0"];
    let server = work.serve_with(&work.stripe, &more, &under);
    let mut crowd = Vec::new();
    for address in [server.address, server.http.unwrap()] {
        for _ in 0..150 {
            crowd.push(TcpStream::connect(address).await.unwrap());
        }
    }
    let before = processor_time(server.pid());
    tokio::time::sleep(Duration::from_secs(2)).await;
    let used = processor_time(server.pid()) - before;
    assert!(used < 100, "{used} hundredths of a second in two");
    let answered = tokio::time::timeout(Duration::from_secs(30), async {
        let mut socket = TcpStream::connect(server.http.unwrap()).await.unwrap();
        let asked = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        socket.write_all(asked).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    });
    let answer = answered.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(crowd);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_hang_up_does_not_end_the_process() {
    let work = Workspace::new().await;
    let server = work.serve();
    let pid = server.pid().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-HUP", &pid])
        .status();
    assert!(sent.unwrap().success());
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut client = server.client().await;
    let listed = client.list_decisions(ListDecisionsRequest::default());
    listed.await.unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_holds_up_no_call() {
    let work = Workspace::new().await;
    // The pipe holds 64 KB, and the sleeper at its end takes none of it.
    let under = [
        "bash",
        "-c",
        "export UNDERWRITE_LOG=info; exec \"$@\" 2> >(exec sleep 60)",
        "bash",
    ];
    let server = work.serve_with(&work.stripe, &[], &under);
    let mut client = server.client().await;
    let calls = async {
        for _ in 0..2_000 {
            let listed = client.list_decisions(ListDecisionsRequest::default());
            listed.await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), calls)
        .await
        .expect("calls wait for the log");
}
