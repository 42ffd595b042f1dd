use super::audit::{Action, AuditResult};
use super::*;
use crate::id::OsEntropy;

#[test]
fn scopes_are_read_as_they_are_written() {
    for scope in Scope::ALL {
        let one = Scopes::NONE.with(scope);
        assert_eq!(Scopes::parse(&one.to_string()), Ok(one));
        assert_eq!(one.iter().collect::<Vec<_>>(), [scope]);
        assert!(Scopes::ALL.has(scope) && !Scopes::NONE.has(scope));
    }
    let two = Scopes::parse("read:personal, decide").unwrap();
    assert_eq!(two.to_string(), "decide,read:personal");
    let error = Scopes::parse("decide,write").unwrap_err().to_string();
    assert!(
        error.starts_with("`write` is no scope: one of `decide`, `read`"),
        "{error}"
    );
    assert!(Scopes::parse("").is_err());
    // What may be anything is not repeated.
    let error = Scopes::parse("Dana Fields").unwrap_err().to_string();
    assert!(error.starts_with("is no scope: one of"), "{error}");
}

#[test]
fn a_token_is_known_by_its_hash_under_the_same_key_alone() {
    let (key, other) = (
        TokenKey::generate(&OsEntropy).unwrap(),
        TokenKey::generate(&OsEntropy).unwrap(),
    );
    let token = ApiToken::generate(&OsEntropy).unwrap();
    assert_eq!(token.expose().len(), 4 + 64);
    let shown = ApiToken::parse(token.expose()).unwrap();
    assert_eq!(key.hash(&token), key.hash(&shown));
    assert_ne!(key.hash(&token), other.hash(&token));
    let kept = TokenKey::parse(&key.to_hex()).unwrap();
    assert_eq!(kept.hash(&token), key.hash(&token));
    let another = ApiToken::generate(&OsEntropy).unwrap();
    assert_ne!(key.hash(&token), key.hash(&another));
    let stored = key.hash(&token).to_bytes();
    let read = TokenHash::from_slice(&stored).unwrap();
    assert_eq!((read, read.to_bytes()), (key.hash(&token), stored.clone()));
    assert!(kept.is_of(&read) && !other.is_of(&read));
    // One of before there were marks is taken for this key's, and is the same hash.
    let unmarked = TokenHash::from_slice(&stored[..32]).unwrap();
    assert_eq!(
        (unmarked, unmarked.to_bytes()),
        (read, stored[..32].to_vec())
    );
    assert!(key.is_of(&unmarked) && other.is_of(&unmarked));
    for length in [0, 31, 33, 47] {
        assert_eq!(TokenHash::from_slice(&stored[..length]), None);
    }
}

#[test]
fn what_is_no_token_is_told_without_repeating_it() {
    let digits = "0a".repeat(32);
    assert!(ApiToken::parse(&format!("uwt_{digits}")).is_ok());
    for text in [
        "",
        "uwt_",
        &digits,
        &format!("uwt_{digits}0"),
        &format!("uwt_{}", "0A".repeat(32)),
        &format!("uwt_{}", "é".repeat(32)),
    ] {
        assert_eq!(ApiToken::parse(text).unwrap_err(), NotAToken, "{text}");
    }
    let token = ApiToken::parse(&format!("uwt_{digits}")).unwrap();
    assert_eq!(format!("{token:?}"), "ApiToken([redacted])");
}

#[test]
fn what_is_stored_of_an_event_is_read_as_it_is_written() {
    for action in Action::ALL {
        assert_eq!(Action::parse(action.name()), Some(*action));
    }
    for result in AuditResult::ALL {
        assert_eq!(AuditResult::parse(result.name()), Some(*result));
    }
    for credential in [
        Credential::Local,
        Credential::Certificate,
        Credential::Token(TokenId::parse("tok_1").unwrap()),
    ] {
        let written = credential.to_string();
        assert_eq!(Credential::parse(&written), Some(credential), "{written}");
    }
    assert_eq!(Credential::parse("token:1"), None);
    assert_eq!(Credential::parse(""), None);
}
