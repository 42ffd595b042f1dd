//! A start that finds a new version in its folder of rules, beside an older one that decides, and does
//! not come to its end: the next one has the new version decide.

use std::fs;

use underwrite::ledger::failpoint::Step;
use underwrite::proto;
use underwrite::proto::rule_set_service_client::RuleSetServiceClient;

use super::disk::Disk;
use super::place::Place;
use super::steps::Trial;
use crate::harness::channel;
use crate::process::Server;
use crate::rule_sets::{NAME, rules};

/// The steps at which a start makes a rule set active.
const STEPS: [Step; 3] = [
    Step::BundlePublished,
    Step::BundleActivated,
    Step::LayoutRecorded,
];

/// The version that decides.
async fn live(place: &Place) -> String {
    let mut client = RuleSetServiceClient::new(channel(place.address()).await);
    let request = proto::GetRuleSetStatusRequest {
        name: NAME.to_owned(),
    };
    let status = client.get_rule_set_status(request).await.unwrap();
    let live = status.into_inner().rule_sets.swap_remove(0).activations;
    live.into_iter().next().unwrap().version
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_is_not_lost_by_a_start_that_stops_half_way() {
    for step in STEPS {
        for dies in [true, false] {
            let trial = Trial { step, dies };
            let mut place = Place::new(Disk::Well).await;
            let folder = place.aside.path().join("rules");
            fs::create_dir(&folder).unwrap();
            let file = folder.join("check.toml");
            place.rules = Some(folder);
            fs::write(&file, rules(1)).unwrap();
            Server::kill(place.start());
            fs::write(&file, rules(2)).unwrap();
            trial.stops_the_start(&place);
            let server = place.start();
            assert_eq!(live(&place).await, "2", "{trial:?}");
            server.kill();
            let (code, told) = place.run(&place.data, &["ledger", "verify"]);
            assert_eq!(code, Some(0), "{trial:?}: {told}");
        }
    }
}
