//! `Decide` when more comes than can be done: what is answered in time, what a refusal costs, and
//! what readers of long lists cost those who decide.
//!
//! The server has one processor and the generator another (`taskset`). Calls come at a fixed rate,
//! whether others were answered or not, over 16 connections, and each is timed from the moment at
//! which it was to be sent: a late generator or server hides no call that had to wait. First the
//! capacity is measured with calls one after the other; then half of it is offered, and three times
//! as much with several deadlines. `BENCH_SECONDS` sets how long each is measured (10).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark may stop where its input is wrong, and prints its result"
)]

#[path = "common/allocator.rs"]
mod allocator;
#[path = "common/apart.rs"]
mod apart;
#[path = "common/decider.rs"]
mod decider;
#[path = "../tests/underwrite/harness.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod harness;
#[path = "../tests/underwrite/linked.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod linked;
#[path = "common/memory.rs"]
mod memory;
#[path = "common/processor.rs"]
mod processor;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use decider::{CONNECTIONS, Process, asked, serve};
use hyper::body::Buf;
use processor::Usage;
use tokio::task::JoinSet;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;
use underwrite::clock::Stopwatch;
use underwrite::proto;
use underwrite::proto::decision_service_client::DecisionServiceClient;

type Client = DecisionServiceClient<Channel>;

/// Over which calls come.
const CHANNELS: usize = 16;
/// In flight while the capacity is measured.
const CLOSED_CALLS: usize = 64;
/// So many times the capacity is offered.
const OVERLOAD: u64 = 3;
const READERS: usize = 64;
/// How often half of the capacity is offered alone and beside them, in turn.
const ROUNDS: usize = 3;
/// A load that begins is a rush at first, which is waited out: told apart from what stands.
const RUSH: Duration = Duration::from_secs(1);

fn main() {
    apart::play(serve(None), measure());
}

fn limit() -> Duration {
    let seconds = std::env::var("BENCH_SECONDS").ok();
    Duration::from_secs(seconds.map_or(10, |text| text.parse().unwrap()))
}

async fn measure() {
    let server = Process::start("server", Some(0), Path::new(""));
    let mut channels = Vec::new();
    for _ in 0..CHANNELS {
        channels.push(harness::channel(server.address).await);
    }
    let load = Load {
        channels,
        process: server.child.id(),
        keys: Arc::default(),
    };
    let (capacity, a_decision) = load.capacity().await;
    println!("capacity: {capacity} a second, {a_decision:.0?} of the server's processor each");
    println!(
        "| offered | deadline | answered | of the capacity | refused | late | p50 | p99 | p99 in the first second | a refusal costs | is told, p99 | generator late, p99 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    let seconds = |seconds| Duration::from_secs(seconds);
    load.offer(capacity / 2, seconds(5), capacity, a_decision)
        .await;
    for deadline in [
        Duration::from_millis(250),
        Duration::from_millis(500),
        seconds(5),
    ] {
        load.offer(capacity * OVERLOAD, deadline, capacity, a_decision)
            .await;
    }
    println!("half of the capacity alone, and beside {READERS} readers of pages of 1,000:");
    for _ in 0..ROUNDS {
        load.offer(capacity / 2, seconds(5), capacity, a_decision)
            .await;
        let stop = Arc::new(AtomicBool::new(false));
        let mut readers = JoinSet::new();
        for reader in 0..READERS {
            let channel = load.channels.get(reader % CHANNELS).unwrap().clone();
            readers.spawn(read_lists(channel, Arc::clone(&stop)));
        }
        load.offer(capacity / 2, seconds(5), capacity, a_decision)
            .await;
        stop.store(true, Ordering::Relaxed);
        let pages: usize = readers.join_all().await.into_iter().sum();
        println!("{pages} pages were read meanwhile");
    }
    println!(
        "peak memory of the server: {} MiB",
        memory::peak(server.child.id())
    );
}

/// Reads pages until it is told to stop, and does not look into them: the generator has to keep up.
async fn read_lists(channel: Channel, stop: Arc<AtomicBool>) -> usize {
    let path = PathAndQuery::from_static("/underwrite.v1.DecisionService/ListDecisions");
    let mut client = Grpc::new(channel);
    let mut pages = 0;
    while !stop.load(Ordering::Relaxed) {
        let request = Request::new(proto::ListDecisionsRequest {
            page_size: 1_000,
            ..Default::default()
        });
        client.ready().await.unwrap();
        match client.unary(request, path.clone(), Unread).await {
            Ok(_) => pages += 1,
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
    pages
}

/// Lets answers lie.
struct Unread;

impl Codec for Unread {
    type Encode = proto::ListDecisionsRequest;
    type Decode = ();
    type Encoder = <ProstCodec<proto::ListDecisionsRequest, ()> as Codec>::Encoder;
    type Decoder = Self;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<proto::ListDecisionsRequest, ()>::default().encoder()
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Decoder for Unread {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, answer: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        answer.advance(answer.remaining());
        Ok(Some(()))
    }
}

struct Load {
    channels: Vec<Channel>,
    process: u32,
    keys: Arc<AtomicU64>,
}

/// What became of a call, and when it did after it was to be sent.
struct Answered {
    result: Result<(), Status>,
    took: Duration,
    /// How late the generator was.
    late: Duration,
    /// Whether it came once the load had stood for a while.
    is_steady: bool,
}

impl Load {
    fn client(&self, number: usize) -> Client {
        Client::new(self.channels.get(number % CHANNELS).unwrap().clone())
    }

    fn request(&self) -> proto::DecideRequest {
        let key = self.keys.fetch_add(1, Ordering::Relaxed);
        let account = usize::try_from(key).unwrap() % CONNECTIONS;
        asked(account, &format!("load-{key}"))
    }

    /// Calls a second, one after the other in so many loops, and what one costs the server.
    async fn capacity(&self) -> (u64, Duration) {
        let before = Usage::of(self.process).unwrap();
        let start = Stopwatch::start();
        let mut calls = JoinSet::new();
        let done = Arc::new(AtomicU64::new(0));
        let keys = Arc::clone(&self.keys);
        for number in 0..CLOSED_CALLS {
            let (mut client, done, keys) = (self.client(number), Arc::clone(&done), keys.clone());
            calls.spawn(async move {
                while start.elapsed() < limit() {
                    let key = keys.fetch_add(1, Ordering::Relaxed);
                    let account = usize::try_from(key).unwrap() % CONNECTIONS;
                    let request = asked(account, &format!("load-{key}"));
                    if client.decide(request).await.is_ok() {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        calls.join_all().await;
        let (done, elapsed) = (done.load(Ordering::Relaxed), start.elapsed());
        let used = Usage::of(self.process).unwrap().since(&before).total;
        let a_second = u128::from(done) * 1_000_000 / elapsed.as_micros();
        let each = used / u32::try_from(done).unwrap();
        (u64::try_from(a_second).unwrap(), each)
    }

    /// Offers so many calls a second and prints what became of them.
    async fn offer(&self, rate: u64, deadline: Duration, capacity: u64, a_decision: Duration) {
        let before = Usage::of(self.process).unwrap();
        let start = Stopwatch::start();
        let pause = Duration::from_nanos(1_000_000_000 / rate);
        let mut calls = JoinSet::new();
        let mut sent: u32 = 0;
        while start.elapsed() < limit() {
            while pause * sent <= start.elapsed() {
                let due = pause * sent;
                let mut client = self.client(usize::try_from(sent).unwrap());
                let mut request = Request::new(self.request());
                request.set_timeout(deadline);
                calls.spawn(async move {
                    let late = start.elapsed().saturating_sub(due);
                    let result = client.decide(request).await.map(drop);
                    let took = start.elapsed().saturating_sub(due);
                    Answered {
                        result,
                        took,
                        late,
                        is_steady: due >= RUSH,
                    }
                });
                sent += 1;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let answered = calls.join_all().await;
        let used = Usage::of(self.process).unwrap().since(&before).total;
        report(rate, deadline, capacity, (used, a_decision), answered);
    }
}

fn report(
    rate: u64,
    deadline: Duration,
    capacity: u64,
    (used, a_decision): (Duration, Duration),
    answered: Vec<Answered>,
) {
    let (mut times, mut rush, mut refusals, mut late) = (Vec::new(), Vec::new(), Vec::new(), 0_u32);
    let mut lags = Vec::new();
    for call in answered {
        lags.push(call.late);
        match call.result {
            Ok(()) if call.took <= deadline && call.is_steady => times.push(call.took),
            Ok(()) if call.took <= deadline => rush.push(call.took),
            Ok(()) => late += 1,
            Err(status) if status.code() == Code::ResourceExhausted => {
                refusals.push(call.took);
            }
            Err(status) => {
                let gone = matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled);
                assert!(gone, "{status:?}");
                late += 1;
            }
        }
    }
    let in_time = u32::try_from(times.len() + rush.len()).unwrap();
    let good = u64::from(in_time) / limit().as_secs();
    let decided = a_decision * (in_time + late);
    let refused = u32::try_from(refusals.len()).unwrap();
    let refusal = used.saturating_sub(decided) / refused.max(1);
    let at = |times: &mut Vec<Duration>, percent: usize| {
        times.sort();
        let place = times.len() * percent / 100;
        times.get(place).copied().unwrap_or_default()
    };
    let refusal = if refused > 0 {
        format!("{refusal:.0?} | {:.1?}", at(&mut refusals, 99))
    } else {
        "- | -".to_owned()
    };
    println!(
        "| {rate} | {deadline:?} | {good} | {} % | {refused} | {late} | {:.1?} | {:.1?} | {:.1?} | {refusal} | {:.1?} |",
        good * 100 / capacity,
        at(&mut times, 50),
        at(&mut times, 99),
        at(&mut rush, 99),
        at(&mut lags, 99),
    );
}
