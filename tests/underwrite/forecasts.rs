//! A decision that rests on a forecast, over the socket, and decided again.

use underwrite::access::audit::Origin;
use underwrite::id::TenantId;
use underwrite::proto;
use underwrite::rules::Bundle;

use super::harness::{Setup, application, request, start, usd};

const ACH_DEBIT: &[u8] = include_bytes!("../../rules/ach-debit.toml");

#[tokio::test(flavor = "multi_thread")]
async fn a_debit_is_checked_by_a_forecast_and_replays_equal() {
    let data = tempfile::tempdir().unwrap();
    let system = start(Setup {
        data: Some(data.path()),
        also: Some(Box::new(|underwriter| {
            let activate = async {
                let origin = Origin::local(TenantId::default_tenant());
                let bundle = Bundle::publish(ACH_DEBIT).unwrap();
                underwriter.activate(&origin, bundle).await.unwrap();
            };
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(activate));
        })),
        ..Setup::default()
    })
    .await;
    let account = "fca_sample_salaried_checking";
    let asks = |key: &str, amount: &str| {
        let mut asked = request(key, "Maria Lopez", &[account]);
        asked.rule_set = "ach-debit".to_owned();
        let application = application(&mut asked);
        application.requested_amount = Some(usd(amount));
        application.debit_account = account.to_owned();
        asked
    };
    let mut chances = Vec::new();
    for (key, amount) in [("small", "10.00"), ("large", "900000.00")] {
        let decision = system.decide(asks(key, amount)).await;
        let mut rules = decision.trace.iter();
        let rule = rules.find(|rule| rule.rule_id == "return-likely").unwrap();
        let [_, comparison] = &rule.comparisons[..] else {
            panic!("two comparisons");
        };
        let words = &comparison.in_words;
        assert!(words.starts_with("the chance that a debit of "), "{words}");
        chances.push(comparison.verdict());
    }
    assert_eq!(chances, [proto::Verdict::False, proto::Verdict::True]);
    let mut other = asks("other", "10.00");
    application(&mut other).debit_account = "fca_of_nobody".to_owned();
    let refused = system.client.clone().decide(other).await.unwrap_err();
    assert!(refused.message().contains("debit_account"), "{refused:?}");
    system.stop().await;
    let (code, replayed) = super::process::command(data.path(), &["replay"]);
    assert_eq!(
        (code, &replayed["reproduced"]),
        (0, &2.into()),
        "{replayed:#}"
    );
}
