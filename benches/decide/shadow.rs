//! What it costs the answer that another version decides beside: the same calls with and without a
//! shadow, in turn.

use std::time::Duration;

use tonic::transport::Channel;
use underwrite::proto;
use underwrite::proto::rule_set_service_client::RuleSetServiceClient;

use crate::{CALLS_A_CONNECTION, CONNECTIONS, Way, at_percent, called};

/// What decides in this bench.
const NAME: &str = "personal-loan";
const VERSION: &str = "beside";

/// One call at a time, where the answer is all that a processor has to do; and as many as elsewhere.
const IN_FLIGHT: [(usize, usize); 2] = [(1, 1), (CONNECTIONS, CALLS_A_CONNECTION)];

/// Without and with a shadow, there and back, so that what grows meanwhile weighs on each alike.
const TURNS: [bool; 4] = [false, true, true, false];

const PERCENTS: [usize; 3] = [50, 90, 99];

type Client = RuleSetServiceClient<Channel>;

pub(crate) async fn measure(way: &Way, limit: Duration) {
    let mut client = RuleSetServiceClient::new(way.endpoint.connect().await.unwrap());
    publish(&mut client).await;
    for (connections, calls) in IN_FLIGHT {
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for (round, beside) in TURNS.into_iter().enumerate() {
            set(&mut client, beside).await;
            let keys = format!("beside-{}-{round}", connections * calls);
            let (mut round, _) = called(way, (connections, calls), &keys, limit).await;
            let times = if beside { &mut with } else { &mut without };
            times.append(&mut round);
        }
        println!("a shadow beside, {} in flight", connections * calls);
        let (without, with) = (percentiles(without), percentiles(with));
        for (name, [p50, p90, p99]) in [("without", without), ("with", with)] {
            println!("  {name:<9} p50 {p50:.1?}  p90 {p90:.1?}  p99 {p99:.1?}");
        }
        let ratios = with.iter().zip(without);
        let ratios = ratios.map(|(with, without)| with.div_duration_f64(without));
        let ratios: Vec<String> = PERCENTS
            .into_iter()
            .zip(ratios)
            .map(|(percent, ratio)| format!("p{percent} {ratio:.2}"))
            .collect();
        println!("  ratio     {}", ratios.join("  "));
    }
    set(&mut client, false).await;
}

fn percentiles(mut times: Vec<Duration>) -> [Duration; 3] {
    times.sort();
    PERCENTS.map(|percent| at_percent(&times, percent))
}

/// Publishes what decides once more, as another version: it costs what the first does.
async fn publish(client: &mut Client) {
    let request = proto::GetRuleSetRequest {
        name: NAME.to_owned(),
        ..Default::default()
    };
    let live = client.get_rule_set(request).await.unwrap().into_inner();
    let version = format!("version = \"{}\"", live.version.unwrap().version);
    let mut text = live.text.unwrap();
    let source = String::from_utf8(text.source).unwrap();
    assert!(source.contains(&version), "`{version}` is not in it");
    let source = source.replacen(&version, &format!("version = \"{VERSION}\""), 1);
    text.source = source.into_bytes();
    let request = proto::PublishRuleSetRequest {
        text: Some(text),
        note: String::new(),
    };
    client.publish_rule_set(request).await.unwrap();
}

/// Has it decide beside, or nothing.
async fn set(client: &mut Client, beside: bool) {
    let name = NAME.to_owned();
    if beside {
        let version = VERSION.to_owned();
        let request = proto::SetShadowRequest { name, version };
        client.set_shadow(request).await.unwrap();
    } else {
        let request = proto::ClearShadowRequest { name };
        client.clear_shadow(request).await.unwrap();
    }
}
