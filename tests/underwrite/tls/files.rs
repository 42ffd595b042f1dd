//! What is wrong with files is told at the start, and what to do.

use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};
use rcgen::DnType;
use tokio::net::TcpListener;
use underwrite::clock::ManualClock;
use underwrite::service::{self, ServerConfig, ServerError};
use underwrite::sockets::{Protocol, Tls, TlsError, TlsFiles};
use underwrite::stripe::{StripeClient, StripeConfig};

use super::super::harness::underwriter;
use super::*;

fn day(year: i32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, 6, 1, 0, 0, 0).unwrap()
}

fn load(files: &TlsFiles, year: i32) -> Result<Tls, TlsError> {
    Tls::load(files.clone(), Arc::new(ManualClock::new(day(year))))
}

/// The files of a pair in a folder.
fn written(pair: &Pair, folder: &Path) -> TlsFiles {
    let (certificate, key) = pair.write(folder);
    TlsFiles {
        certificate,
        key,
        client_ca: None,
    }
}

#[track_caller]
fn assert_refused(files: &TlsFiles, year: i32, says: &str) {
    let refused = load(files, year).unwrap_err().to_string();
    assert!(refused.contains(says), "{refused}");
    assert!(!refused.contains("PRIVATE KEY-----\n"), "{refused}");
}

#[test]
fn files_that_cannot_be_used_are_named_with_what_is_wrong() {
    let folder = private_folder();
    let authority = Authority::new("servers");
    let pair = authority.server((2025, 2030));
    let good = written(&pair, folder.path());
    assert_eq!(load(&good, 2026).unwrap().expires(), {
        Utc.with_ymd_and_hms(2030, 1, 1, 0, 0, 0).unwrap()
    });
    assert_refused(&good, 2031, "expired at 2030-01-01 00:00:00 UTC: renew it");
    assert_refused(&good, 2024, "valid only from 2025-01-01 00:00:00 UTC on");
    // Modes: root's files may be read by their group, as Kubernetes has it.
    let is_root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&good.key).unwrap()) == 0;
    for (mode, fits) in [
        (0o400, true),
        (0o600, true),
        (0o440, is_root),
        (0o640, is_root),
        (0o660, false),
        (0o604, false),
        (0o644, false),
    ] {
        permit(&good.key, mode);
        assert_eq!(load(&good, 2026).is_ok(), fits, "{mode:o}");
    }
    let says = format!("run `chmod 600 {}`", good.key.display());
    assert_refused(&good, 2026, &says);
    permit(&good.key, 0o600);
    // A certificate where the key should be, and the other way round.
    let mut mixed = good.clone();
    mixed.certificate.clone_from(&good.key);
    assert_refused(&mixed, 2026, "has no certificate in it");
    std::fs::write(&good.key, &pair.certificate).unwrap();
    assert_refused(&good, 2026, "has no private key without a passphrase in it");
    let none = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    std::fs::write(&good.key, none).unwrap();
    let says = format!("`{}` cannot be used", good.key.display());
    assert_refused(&good, 2026, &says);
    // The key of another.
    std::fs::write(&good.key, authority.server((2025, 2030)).key).unwrap();
    assert_refused(&good, 2026, "does not belong to the first certificate in");
    std::fs::write(&good.key, &pair.key).unwrap();
    // Authorities.
    let mut with_ca = good.clone();
    with_ca.client_ca = Some(authority.write(folder.path()));
    load(&with_ca, 2026).unwrap();
    with_ca.client_ca = Some(good.key.clone());
    assert_refused(&with_ca, 2026, "has no certificate in it");
    with_ca.client_ca = Some(folder.path().join("missing"));
    assert_refused(&with_ca, 2026, "cannot be read");
    let (cut, _) = pair.certificate.split_at(pair.certificate.len() / 2);
    std::fs::write(&good.certificate, cut).unwrap();
    assert_refused(&good, 2026, "cut off or damaged");
}

#[test]
fn files_are_read_up_to_the_limit() {
    let folder = private_folder();
    let pair = Authority::new("servers").server(VALID);
    let files = written(&pair, folder.path());
    let max = usize::try_from(limits::TLS_FILE_BYTES_MAX).unwrap();
    for (length, fits) in [(max - 1, true), (max, true), (max + 1, false)] {
        let mut text = pair.certificate.clone();
        text.push_str(&"\n".repeat(length - text.len()));
        std::fs::write(&files.certificate, text).unwrap();
        assert_eq!(load(&files, 2026).is_ok(), fits, "{length}");
    }
    assert_refused(&files, 2026, "is larger than 1048576 bytes");
}

#[test]
fn a_process_tells_what_is_missing_before_it_opens_anything() {
    let folder = private_folder();
    let (certificate, key) = Authority::new("servers")
        .server((2020, 2021))
        .write(folder.path());
    let [certificate, key] = [&certificate, &key].map(|path| path.to_str().unwrap());
    let serve = |words: &[&str]| {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
        all.extend(words);
        let (exit, told) = command(folder.path(), &all);
        (exit, code(&told).to_owned(), told.to_string())
    };
    for (words, says) in [
        (["--tls-certificate", certificate], "give `tls_key` too"),
        (["--tls-key", key], "give `tls_certificate` too"),
        (
            ["--tls-client-ca", certificate],
            "give `tls_certificate` and `tls_key` too",
        ),
    ] {
        let (exit, code, told) = serve(&words);
        assert_eq!((exit, code.as_str()), (2, "settings"), "{told}");
        assert!(told.contains(says), "{told}");
    }
    let (exit, code, told) = serve(&["--tls-certificate", certificate, "--tls-key", key]);
    assert_eq!((exit, code.as_str()), (1, "tls"), "{told}");
    assert!(told.contains("expired at 2021-01-01"), "{told}");
    assert!(!folder.path().join("ledger.sqlite").exists());
    let files = ["doctor", "--tls-certificate", certificate, "--tls-key", key];
    let (_, found) = command(folder.path(), &files);
    let mut found = found["found"].as_array().unwrap().iter();
    let tls = found.find(|one| one["what"] == "tls").unwrap();
    assert_eq!(tls["state"], "wrong", "{tls}");
    assert!(tls["seen"].as_str().unwrap().contains("expired at 2021"));
    // A port on a network has to be encrypted.
    let (exit, told) = command(folder.path(), &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(exit, 2, "{told}");
    assert!(
        told.to_string().contains("calls are not encrypted"),
        "{told}"
    );
}

/// Nobody could call, or everybody: the first token is made before a network is listened to.
#[tokio::test]
async fn an_encrypted_port_on_a_network_needs_somebody_who_may_call() {
    let folder = private_folder();
    let files = written(&Authority::new("servers").server(VALID), folder.path());
    let config = ServerConfig {
        tls: Some(load(&files, 2026).unwrap()),
        ..ServerConfig::default()
    };
    let stripe = StripeClient::new(StripeConfig::new("sk_test_x".into())).unwrap();
    let clock = Arc::new(ManualClock::new(day(2026)));
    let underwriter = underwriter(Arc::new(stripe), folder.path(), clock);
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let served = service::run(listener, config, underwriter, std::future::pending());
    let served = tokio::time::timeout(Duration::from_secs(10), served).await;
    let refused = served.expect("it serves").unwrap_err();
    assert!(matches!(refused, ServerError::NoGrants { .. }), "{refused}");
    assert!(refused.to_string().contains("underwrite tokens create"));
}

#[tokio::test]
async fn a_handshake_tells_whose_certificate_was_shown() {
    let folder = private_folder();
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let mut files = written(&servers.server(VALID), folder.path());
    files.client_ca = Some(clients.write(folder.path()));
    let tls = load(&files, 2026).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let subject = async |subject: &[(DnType, &str)]| {
        let pair = clients.client(subject, VALID);
        let identity = Identity::from_pem(&pair.certificate, &pair.key);
        let trust = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&servers.pem));
        let connecting = tokio::spawn(connect(address, trust.identity(identity)));
        let (socket, _) = listener.accept().await.unwrap();
        let (_stream, shown) = tls.handshake(socket, Protocol::Http2).await.unwrap();
        connecting.abort();
        shown.map(|shown| shown.subject)
    };
    let shown = subject(&[
        (DnType::CountryName, "US"),
        (DnType::OrganizationName, "Example, Inc."),
        (DnType::OrganizationalUnitName, "Loans"),
        (DnType::CommonName, "los+1"),
    ]);
    let shown = shown.await;
    assert_eq!(
        shown.as_deref(),
        Some(r"CN=los\+1,OU=Loans,O=Example\, Inc.,C=US")
    );
    assert_eq!(
        subject(&[]).await,
        None,
        "one without a subject is nobody's"
    );
}

#[test]
fn a_bad_file_never_takes_the_place_of_a_good_one() {
    let folder = private_folder();
    let authority = Authority::new("servers");
    let good = authority.server((2025, 2030));
    let files = written(&good, folder.path());
    let tls = load(&files, 2026).unwrap();
    assert!(!tls.reload().unwrap(), "nothing is new");
    let expires = tls.expires();
    for (certificate, key) in [
        ("", good.key.as_str()),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            &good.key,
        ),
        (&authority.server((2025, 2030)).certificate, &good.key),
        (&authority.server((2020, 2021)).certificate, &good.key),
    ] {
        std::fs::write(&files.certificate, certificate).unwrap();
        std::fs::write(&files.key, key).unwrap();
        tls.reload().unwrap_err();
        assert_eq!(tls.expires(), expires);
    }
    std::fs::remove_file(&files.certificate).unwrap();
    tls.reload().unwrap_err();
    written(&authority.server((2025, 2040)), folder.path());
    assert!(tls.reload().unwrap());
    assert!(tls.expires() > expires);
}
