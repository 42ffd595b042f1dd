//! Good calls of the methods about rule sets.

use tonic::Status;
use tonic::transport::Channel;
use underwrite::proto;
use underwrite::proto::rule_set_service_client::RuleSetServiceClient;

use super::super::harness::RULES;
use super::audited::{Calls, shown};

/// A rule set of its own for a call, and its name.
fn rules(call: &str, version: &str) -> (String, proto::RuleSetText) {
    let plain = call.chars().filter(char::is_ascii_alphanumeric);
    let name: String = plain.collect::<String>().to_ascii_lowercase();
    let text = String::from_utf8(RULES.to_vec()).unwrap();
    let text = text
        .replace("name = \"personal-loan\"", &format!("name = \"{name}\""))
        .replace("version = \"1.2.0\"", &format!("version = \"{version}\""));
    let text = proto::RuleSetText {
        source: text.into_bytes(),
        attachments: Vec::new(),
    };
    (name, text)
}

/// Publishes two versions and makes one after the other active, under the name of another call.
async fn prepare(calls: &Calls, call: &str) -> Result<String, Status> {
    let mut client = RuleSetServiceClient::new(calls.channel.clone());
    let mut named = String::new();
    for version in ["1", "2"] {
        let (name, text) = rules(call, version);
        let request = proto::PublishRuleSetRequest {
            text: Some(text),
            note: String::new(),
        };
        client
            .publish_rule_set(calls.request("prepare", request))
            .await?;
        let request = proto::ActivateRuleSetRequest {
            name: name.clone(),
            version: version.to_owned(),
            start_time: None,
        };
        client
            .activate_rule_set(calls.request("prepare", request))
            .await?;
        named = name;
    }
    Ok(named)
}

/// Makes a good call of a method: `id` is its name.
pub(super) async fn call(calls: &Calls, method: &str, id: &str) -> Result<String, Status> {
    let mut client: RuleSetServiceClient<Channel> =
        RuleSetServiceClient::new(calls.channel.clone());
    let (name, text) = rules(id, "1");
    let text = Some(text);
    match method {
        "CheckRuleSet" => {
            let request = calls.request(id, proto::CheckRuleSetRequest { text });
            client.check_rule_set(request).await.map(shown)
        }
        "PublishRuleSet" => {
            let note = "a note".to_owned();
            let request = calls.request(id, proto::PublishRuleSetRequest { text, note });
            client.publish_rule_set(request).await.map(shown)
        }
        "ListRuleSets" => {
            let request = calls.request(id, proto::ListRuleSetsRequest::default());
            client.list_rule_sets(request).await.map(shown)
        }
        "GetRuleSet" => {
            let name = prepare(calls, id).await?;
            let version = String::new();
            let request = calls.request(id, proto::GetRuleSetRequest { name, version });
            client.get_rule_set(request).await.map(shown)
        }
        "ActivateRuleSet" => {
            prepare(calls, id).await?;
            let request = proto::ActivateRuleSetRequest {
                name,
                version: "1".to_owned(),
                start_time: None,
            };
            let request = calls.request(id, request);
            client.activate_rule_set(request).await.map(shown)
        }
        "RollBackRuleSet" => {
            let name = prepare(calls, id).await?;
            let request = calls.request(id, proto::RollBackRuleSetRequest { name });
            client.roll_back_rule_set(request).await.map(shown)
        }
        "RetireRuleSet" => {
            let name = prepare(calls, id).await?;
            let request = calls.request(id, proto::RetireRuleSetRequest { name });
            client.retire_rule_set(request).await.map(shown)
        }
        "ListActivations" => {
            let request = proto::ListActivationsRequest {
                name: prepare(calls, id).await?,
                ..Default::default()
            };
            let request = calls.request(id, request);
            client.list_activations(request).await.map(shown)
        }
        _ => call_shadow(calls, method, id).await,
    }
}

async fn call_shadow(calls: &Calls, method: &str, id: &str) -> Result<String, Status> {
    let mut client = RuleSetServiceClient::new(calls.channel.clone());
    match method {
        "SetShadow" => {
            let name = prepare(calls, id).await?;
            let version = "1".to_owned();
            let request = calls.request(id, proto::SetShadowRequest { name, version });
            client.set_shadow(request).await.map(shown)
        }
        "ClearShadow" => {
            let name = prepare(calls, id).await?;
            let version = "1".to_owned();
            let request = proto::SetShadowRequest {
                name: name.clone(),
                version,
            };
            client.set_shadow(calls.request("prepare", request)).await?;
            let request = calls.request(id, proto::ClearShadowRequest { name });
            client.clear_shadow(request).await.map(shown)
        }
        "GetRuleSetStatus" => {
            let name = prepare(calls, id).await?;
            let request = calls.request(id, proto::GetRuleSetStatusRequest { name });
            client.get_rule_set_status(request).await.map(shown)
        }
        _ => panic!("say how `{method}` is called"),
    }
}
