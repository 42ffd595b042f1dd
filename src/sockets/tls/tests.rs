//! The files and the handshakes themselves are tested through real sockets, in `tests/underwrite/tls.rs`.

use super::*;

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
