//! What the access matrix lets through and refuses, as the audit log tells it.

use std::net::Ipv4Addr;
use std::time::Duration;

use underwrite::limits;
use underwrite::service::ServerConfig;

use super::super::process::command;
use super::House;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_refused_calls_adds_a_handful_of_records() {
    let config = ServerConfig::default();
    assert_eq!(config.refused_interval, limits::AUDIT_REFUSED_INTERVAL);
    let house = House::with(ServerConfig {
        refused_interval: Duration::from_millis(50),
        ..config
    })
    .await;
    let refuse = |calls: u32| {
        for call in 0..calls {
            let from = Ipv4Addr::from(0xc000_0000 + call);
            let refused = house.authority.identify(None, None, Some(from.into()));
            assert!(refused.is_err());
        }
    };
    refuse(10_000);
    let at_most = i64::try_from(limits::AUDIT_REFUSED_SOURCES_MAX).unwrap() + 1;
    let recorded = || {
        let ledger = rusqlite::Connection::open(house.data.path().join("ledger.sqlite")).unwrap();
        let sql = "SELECT count(*) FROM records WHERE id = 'access.refused'";
        ledger
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    while recorded() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Some may have been counted before the rest was.
    assert!(
        (at_most..=2 * at_most).contains(&recorded()),
        "{}",
        recorded()
    );
    let before = recorded();
    // Nothing is lost at the end.
    refuse(1);
    house.shutdown.cancel();
    while recorded() == before {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (exit, told) = command(house.data.path(), &["audit", "list"]);
    assert_eq!(exit, 0, "{told}");
    let events = told["events"].as_array().unwrap();
    let counted = events.iter().map(|event| event["count"].as_u64().unwrap());
    assert_eq!(counted.sum::<u64>(), 10_001);
    assert!(events.iter().all(|event| {
        event["action"] == "access.refused" && event["result"] == "UNAUTHENTICATED"
    }));
}
