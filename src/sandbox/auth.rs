//! API keys: any test key will do, but it has to be one.

use axum::http::{HeaderMap, header};

use super::problem::ApiError;

/// A key with this word in it is refused, to try out what a wrong key does.
const BAD_MARKER: &str = "invalid";

const NO_KEY: &str = "You did not provide an API key. You need to provide your API key in the \
                      Authorization header, using Bearer auth (e.g. 'Authorization: Bearer \
                      YOUR_SECRET_KEY').";

/// Whether the request has a key that this server takes. No message ever quotes the key.
pub(super) fn check(headers: &HeaderMap) -> Result<(), ApiError> {
    let key = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(key)
        .filter(|key| !key.is_empty())
        .ok_or_else(|| ApiError::unauthorized(NO_KEY))?;
    let live = ["sk_live_", "rk_live_"];
    if live.iter().any(|prefix| key.starts_with(prefix)) {
        return Err(ApiError::unauthorized(
            "This is a sandbox: it never takes a live key. Use one that starts with sk_test_.",
        ));
    }
    let rest = ["sk_test_", "rk_test_"]
        .iter()
        .find_map(|prefix| key.strip_prefix(prefix));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(BAD_MARKER) => Ok(()),
        _ => Err(ApiError::unauthorized("Invalid API Key provided.")),
    }
}

/// The key in `Bearer key` or `Basic base64(key:)`.
fn key(authorization: &str) -> Option<String> {
    let (scheme, value) = authorization.trim().split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        Some(value.to_owned())
    } else if scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8(base64(value)?).ok()?;
        Some(pair.split(':').next().unwrap_or("").trim().to_owned())
    } else {
        None
    }
}

/// Decodes standard base64 (RFC 4648, section 4); padding may be left out.
fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut count): (u32, u32) = (0, 0);
    let mut bytes = Vec::new();
    for byte in text.trim_end_matches('=').bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(six)) & 0xFFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xFF).unwrap_or(0));
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accepts(authorization: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        check(&headers).is_ok()
    }

    #[test]
    fn only_test_keys_are_taken() {
        assert!(accepts("Bearer sk_test_1"));
        assert!(accepts("bearer rk_test_1"));
        assert!(accepts("Basic c2tfdGVzdF8xOg=="), "sk_test_1:");
        assert!(!accepts("Basic !!!"));
        for refused in [
            "Bearer",
            "Bearer ",
            "sk_test_1",
            "Bearer sk_test_",
            "Bearer sk_live_1",
            "Bearer rk_live_1",
            "Bearer sk_test_invalid",
            "Bearer pk_test_1",
            "Digest sk_test_1",
        ] {
            assert!(!accepts(refused), "{refused}");
        }
        assert!(check(&HeaderMap::new()).is_err());
    }

    #[test]
    fn base64_decodes_the_published_vectors() {
        // RFC 4648, section 10.
        let vectors = [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ];
        for (encoded, plain) in vectors {
            assert_eq!(base64(encoded).as_deref(), Some(plain.as_bytes()));
        }
    }

    proptest! {
        #[test]
        fn no_header_can_panic(text in "[ -~]{0,80}") {
            accepts(&text);
            accepts(&format!("Basic {text}"));
        }
    }
}
