//! Another version that decides beside.

use std::time::Duration;

use tonic::transport::Channel;
use underwrite::proto;
use underwrite::proto::rule_set_service_client::RuleSetServiceClient;

use crate::{Way, beside};

/// What decides in this bench.
const NAME: &str = "personal-loan";
const VERSION: &str = "beside";

type Client = RuleSetServiceClient<Channel>;

pub(crate) async fn measure(way: &Way, limit: Duration) {
    let mut client = RuleSetServiceClient::new(way.endpoint.connect().await.unwrap());
    publish(&mut client).await;
    beside::measure("shadow", way, limit, async |beside| {
        set(&mut client, beside).await;
    })
    .await;
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
