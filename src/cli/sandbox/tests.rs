use crate::cli::Exit;
use crate::cli::tests::{run_in, usage_error};

#[tokio::test]
async fn a_sandbox_that_cannot_be_set_up_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("faults.toml");
    std::fs::write(&path, "[[fault]]\neffect = 'resett'\n").unwrap();
    let ran = run_in(&[], &["sandbox", "--fault", path.to_str().unwrap()]).await;
    assert_eq!(ran.exit, Exit::Failure);
    assert!(
        ran.err.contains("faults.toml`: the faults cannot be used:"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("line 2: `resett` is not an effect"),
        "{}",
        ran.err
    );

    let webhook = ["sandbox", "--webhook", "http://127.0.0.1:1/"];
    let ran = run_in(&[], &webhook).await;
    assert_eq!(ran.exit, Exit::Usage);
    assert!(ran.err.contains("STRIPE_WEBHOOK_SECRET"), "{}", ran.err);
    let secret = ("STRIPE_WEBHOOK_SECRET", "whsec_1");
    let ran = run_in(&[secret], &["sandbox", "--webhook", "http://example.com/"]).await;
    assert!(
        ran.err.contains("not an address of this machine"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("whsec_1"), "{}", ran.err);
    let usage = usage_error(&["sandbox", "--webhook-repeat", "5"]);
    assert!(usage.contains("--webhook <URL>"), "{usage}");
    assert!(usage_error(&["sandbox", "--rate-limit", "0"]).contains("1.."));
}

#[tokio::test]
async fn a_port_in_use_is_told_with_what_to_do() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = run_in(&[], &["sandbox", "--addr", &address]).await;
    assert_eq!(ran.exit, Exit::Failure);
    assert!(ran.err.contains(&address), "{}", ran.err);
    assert!(
        ran.err.contains("another port with `--addr`"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn the_list_of_samples_shows_their_handles() {
    let list = ["sandbox", "--list", "--today", "2026-08-22"];
    let plain = run_in(&[], &list).await;
    assert_eq!(plain.exit, Exit::Success);
    let row = |id: &str| plain.out.lines().find(|line| line.starts_with(id)).unwrap();
    assert!(row("pi_sample_salaried").contains("fca_sample_salaried_checking"));
    assert!(row("pm_sample_custom").contains(" acct_sample_custom "));
    assert!(row("pm_sample_manual").contains("typed by hand"));
    // What everyone has is said once.
    assert!(!plain.out.contains("cus_sample_salaried"));
    assert!(plain.err.contains("cus_sample_NAME"));

    let ran = run_in(&[], &[&["--json"], &list[..]].concat()).await;
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let handles = found["handles"].as_array().unwrap();
    let of = |id: &str| handles.iter().find(|handle| handle["id"] == id).unwrap();
    assert_eq!(
        of("cus_sample_joint")["accounts"][0],
        "fca_sample_joint_checking"
    );
    assert_eq!(
        of("pi_sample_custom")["stripe_account"],
        "acct_sample_custom"
    );
    assert_eq!(of("cs_sample_gig")["object"], "checkout.session");
}
