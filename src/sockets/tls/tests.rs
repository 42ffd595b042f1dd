//! The files and the handshakes themselves are tested through real sockets, in `tests/underwrite/tls.rs`.

use super::*;
use crate::clock::ManualClock;
use crate::sockets::authority::Authority;

#[test]
fn a_certificate_is_warned_about_from_two_weeks_before_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = Authority::new("servers")
        .server((2020, 2027))
        .write(folder.path());
    let files = TlsFiles {
        certificate,
        key,
        client_ca: None,
    };
    let end: DateTime<Utc> = "2027-01-01T00:00:00Z".parse().unwrap();
    let second = chrono::Duration::seconds(1);
    let first = end - chrono::Duration::days(14);
    let clock = Arc::new(ManualClock::new(first - second));
    let tls = Tls::load(files, Arc::<ManualClock>::clone(&clock)).unwrap();
    assert_eq!((tls.expires(), tls.tell_expiry()), (end, false));
    for _ in 0..2 {
        clock.advance(second);
        assert!(tls.tell_expiry(), "{}", clock.now());
    }
    clock.advance(chrono::Duration::days(15));
    assert!(tls.tell_expiry(), "it has expired");
}

#[test]
fn a_problem_is_told_once_it_has_stayed() {
    let mut trouble = Trouble::default();
    let mut look = |found: &str| {
        let found = (!found.is_empty()).then(|| found.to_owned());
        trouble.after(found).is_some()
    };
    // Half replaced at one look, whole at the next.
    assert_eq!(["a", "", "b", ""].map(&mut look), [false; 4]);
    assert_eq!(["a", "a", "a"].map(&mut look), [false, true, false]);
    assert_eq!(["b", "b", "b"].map(&mut look), [false, true, false]);
    assert_eq!(["", "b", "b"].map(&mut look), [false, false, true]);
}

#[test]
fn files_are_looked_at_far_more_often_than_certificates_expire() {
    assert!(limits::TLS_LOOK_INTERVAL * 1_000 < limits::TLS_EXPIRY_WARNING);
}
