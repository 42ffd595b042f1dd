use super::*;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

fn problems(pairs: &[(&str, &str)]) -> Vec<String> {
    let error = Config::load(GivenSettings::new(), &environment(pairs), None).unwrap_err();
    error.0.iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_given_is_a_loopback_server_on_the_real_stripe() {
    let config = Config::load(GivenSettings::new(), &BTreeMap::new(), None).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:50051");
    assert_eq!(config.stripe_api_base, "https://api.stripe.com");
    assert_eq!(config.zone.name(), "America/New_York");
    assert!(config.stripe_api_key.is_none());
    assert!(!config.stripe_is_local());
}

#[test]
fn every_default_in_the_table_is_the_one_that_holds() {
    let given = SETTINGS
        .iter()
        .filter(|setting| {
            !matches!(
                setting.name,
                "allow_local_without_token"
                    | "expect_head"
                    | "http_listen"
                    | "rules"
                    | "stripe_api_key"
                    | "stripe_api_key_file"
                    | "stripe_webhook_secret"
                    | "stripe_webhook_secret_file"
                    | "stripe_rate"
                    | "tls_certificate"
                    | "tls_client_ca"
                    | "tls_key"
            )
        })
        .map(|setting| (setting.name, value(setting.default, setting.name)))
        .collect();
    let stated = Config::load(given, &BTreeMap::new(), None).unwrap();
    let silent = Config::load(GivenSettings::new(), &BTreeMap::new(), None).unwrap();
    assert_eq!(format!("{stated:?}"), format!("{silent:?}"));
}

#[test]
fn rates_are_limited_below_at_and_above() {
    let max = limits::STRIPE_RATE_MAX;
    for variable in ["UNDERWRITE_STRIPE_RATE", "UNDERWRITE_STRIPE_ENDPOINT_RATE"] {
        let load = |rate: u32| {
            let given = environment(&[(variable, &rate.to_string())]);
            Config::load(GivenSettings::new(), &given, None)
        };
        for rate in [1, max - 1, max] {
            let config = load(rate).unwrap();
            let rates = [config.stripe_rate, Some(config.stripe_endpoint_rate)];
            assert!(rates.contains(&Some(rate)), "{variable}: {rates:?}");
        }
        for rate in [0, max + 1] {
            let error = load(rate).unwrap_err().to_string();
            assert!(error.contains("from 1 to 100000"), "{error}");
        }
    }
    let silent = Config::load(GivenSettings::new(), &BTreeMap::new(), None).unwrap();
    assert_eq!(silent.stripe_rate, None, "as Stripe documents it");
}

#[test]
fn threads_of_replays_are_limited_below_at_and_above() {
    let max = limits::REPLAY_THREADS_MAX;
    let load = |threads: usize| {
        let given = environment(&[("UNDERWRITE_REPLAY_THREADS", &threads.to_string())]);
        Config::load(GivenSettings::new(), &given, None)
    };
    for threads in [1, max - 1, max] {
        assert_eq!(load(threads).unwrap().replay_threads.get(), threads);
    }
    for threads in [0, max + 1] {
        let error = load(threads).unwrap_err().to_string();
        assert!(error.contains("from 1 to 64"), "{error}");
    }
}

#[test]
fn all_problems_are_reported_together() {
    let found = problems(&[
        ("UNDERWRITE_LISTEN", "here"),
        ("UNDERWRITE_ZONE", "Mars"),
        ("UNDERWRITE_AMOUNT_SIGN", "plus"),
        ("UNDERWRITE_CACHE", "maybe"),
        ("UNDERWRITE_DRAIN_TIMEOUT", "0"),
        ("UNDERWRITE_LISTN", "127.0.0.1:1"),
        ("STRIPE_API_BASE", "http://api.stripe.com"),
        ("UNDERWRITE_LOG_FORMAT", "xml"),
    ]);
    assert_eq!(found.len(), 8, "{found:#?}");
    assert!(found.iter().any(
        |line| line == "`UNDERWRITE_LISTN` is not a setting: did you mean `UNDERWRITE_LISTEN`?"
    ));
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("uw.toml");
    fs::write(
        &path,
        "zone = \"Europe/Paris\"\ndata_dir = \"file\"\ncache = false\n",
    )
    .unwrap();
    let flags = GivenSettings::from([("data_dir", value("flag", "--data-dir"))]);
    let environment = environment(&[
        ("UNDERWRITE_ZONE", "Asia/Tokyo"),
        ("UNDERWRITE_DATA_DIR", "variable"),
    ]);
    let config = Config::load(flags, &environment, Some(&path)).unwrap();
    assert_eq!(config.data_dir, Path::new("flag"));
    assert_eq!(config.zone.name(), "Asia/Tokyo");
    assert!(!config.cache);
}

#[test]
fn an_open_address_needs_the_words_for_it() {
    let open = ("UNDERWRITE_LISTEN", "0.0.0.0:50051");
    assert!(problems(&[open])[0].contains("insecure_listen_on_a_network"));
    let said = ("UNDERWRITE_INSECURE_LISTEN_ON_A_NETWORK", "true");
    assert!(Config::load(GivenSettings::new(), &environment(&[open, said]), None).is_ok());
}

#[test]
fn a_key_is_checked_and_never_shown() {
    let secret = "pk_test_4242";
    assert!(!problems(&[("STRIPE_API_KEY", secret)])[0].contains(secret));
    let live = [
        ("STRIPE_API_KEY", "sk_live_1"),
        ("STRIPE_API_BASE", "http://127.0.0.1:1"),
    ];
    assert!(problems(&live)[0].contains("live key"));
    let config = Config::load(
        GivenSettings::new(),
        &environment(&[("STRIPE_API_KEY", "rk_test_1")]),
        None,
    )
    .unwrap();
    assert!(!format!("{config:?}").contains("rk_test_1"));
}

#[test]
fn a_key_comes_from_a_file_but_not_from_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    fs::write(&key, "sk_test_1\n").unwrap();
    let named = environment(&[("UNDERWRITE_STRIPE_API_KEY_FILE", key.to_str().unwrap())]);
    let config = Config::load(GivenSettings::new(), &named, None).unwrap();
    assert_eq!(config.stripe_api_key.unwrap().expose_secret(), "sk_test_1");

    let path = folder.path().join("uw.toml");
    fs::write(&path, "stripe_api_key = \"sk_test_1\"\nlistne = 1\n").unwrap();
    let error = Config::load(GivenSettings::new(), &BTreeMap::new(), Some(&path)).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("STRIPE_API_KEY") && !text.contains("sk_test_1"),
        "{text}"
    );
    assert!(text.contains("did you mean `listen`"), "{text}");
}

#[test]
fn a_file_that_is_not_toml_is_refused_by_its_line_without_quoting_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("uw.toml");
    fs::write(&path, "zone = \"UTC\"\nstripe_api_key = sk_test_secret\n").unwrap();
    let error = Config::load(GivenSettings::new(), &BTreeMap::new(), Some(&path)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("is not TOML, at line 2"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn a_name_that_is_like_no_setting_gets_no_advice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("uw.toml");
    fs::write(&path, "table = 1\ndrain-timeout = 5\n").unwrap();
    let error = Config::load(GivenSettings::new(), &BTreeMap::new(), Some(&path)).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("is not a setting: did you mean `drain_timeout`?"),
        "{text}"
    );
    assert_eq!(text.matches("did you mean").count(), 1, "{text}");
}

#[test]
fn a_key_with_a_line_break_is_a_problem_of_the_setting_that_holds_it() {
    for key in ["sk_test_a\n", "\"sk_test_a\"", "sk_test_"] {
        let found = problems(&[("STRIPE_API_KEY", key)]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("STRIPE_API_KEY "), "{found:?}");
        assert!(!found[0].contains("test_a"), "{found:?}");
    }
}

#[test]
fn the_http_port_is_closed_unless_it_is_asked_for() {
    let config = Config::load(GivenSettings::new(), &BTreeMap::new(), None).unwrap();
    assert!(config.http.listen.is_none() && config.http.webhook_secrets.is_none());
    let found = problems(&[("UNDERWRITE_HTTP_LISTEN", "8080")]);
    assert!(found[0].contains("127.0.0.1:8080"), "{found:?}");
}

#[test]
fn an_open_http_port_needs_words_of_its_own() {
    let open = ("UNDERWRITE_HTTP_LISTEN", "0.0.0.0:8080");
    let of_the_other_port = ("UNDERWRITE_INSECURE_LISTEN_ON_A_NETWORK", "true");
    let found = problems(&[open, of_the_other_port]);
    assert!(found[0].contains("insecure_http_listen_on_a_network"));
    let said = ("UNDERWRITE_INSECURE_HTTP_LISTEN_ON_A_NETWORK", "true");
    let config = Config::load(GivenSettings::new(), &environment(&[open, said]), None).unwrap();
    assert_eq!(config.http.listen, Some("0.0.0.0:8080".parse().unwrap()));
}

#[test]
fn signing_secrets_come_from_the_environment_or_a_file_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secrets");
    fs::write(&file, "whsec_old\nwhsec_new\n").unwrap();
    let file = file.to_str().unwrap();
    for given in [
        ("STRIPE_WEBHOOK_SECRET", "whsec_old,whsec_new"),
        ("UNDERWRITE_STRIPE_WEBHOOK_SECRET_FILE", file),
    ] {
        let config = Config::load(GivenSettings::new(), &environment(&[given]), None).unwrap();
        let shown = format!("{:?}", config.http);
        assert!(shown.contains("SigningSecrets(2)"), "{shown}");
        assert!(!shown.contains("whsec"), "{shown}");
    }
    let both = [
        ("STRIPE_WEBHOOK_SECRET", "whsec_a"),
        ("UNDERWRITE_STRIPE_WEBHOOK_SECRET_FILE", file),
    ];
    assert!(problems(&both)[0].contains("give one of them"));
    let key = problems(&[("STRIPE_WEBHOOK_SECRET", "sk_test_oops")]);
    assert!(
        key[0].starts_with("STRIPE_WEBHOOK_SECRET has something"),
        "{key:?}"
    );
    assert!(!key[0].contains("oops"), "{key:?}");
    let nowhere = [("UNDERWRITE_STRIPE_WEBHOOK_SECRET_FILE", "/nowhere/secrets")];
    assert!(problems(&nowhere)[0].contains("cannot be read"));
}

#[test]
fn a_signing_secret_is_not_for_the_file_of_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("uw.toml");
    fs::write(&path, "stripe_webhook_secret = \"whsec_oops\"\n").unwrap();
    let error = Config::load(GivenSettings::new(), &BTreeMap::new(), Some(&path)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("`stripe_webhook_secret_file`"), "{text}");
    assert!(text.contains("`STRIPE_WEBHOOK_SECRET`"), "{text}");
    assert!(!text.contains("oops"), "{text}");
}
