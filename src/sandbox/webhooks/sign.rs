//! Stripe's signature of a webhook: HMAC-SHA256 of the time and the raw body.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The value of `Stripe-Signature` at `at`, in Unix seconds: one `v1` for each secret.
pub(super) fn header(secrets: &[SecretString], at: i64, body: &str) -> String {
    let signatures: String = secrets
        .iter()
        .filter_map(|secret| signature(secret.expose_secret(), at, body))
        .map(|hex| format!(",v1={hex}"))
        .collect();
    format!("t={at}{signatures}")
}

/// INVARIANT: HMAC takes a key of any length, so there always is one.
fn signature(secret: &str, at: i64, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(format!("{at}.").as_bytes());
    mac.update(body.as_bytes());
    let bytes = mac.finalize().into_bytes();
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_is_signed_as_published() {
        let body = "{\"object\":\"event\",\"id\":\"evt_1\",\
                    \"type\":\"financial_connections.account.refreshed_balance\",\
                    \"data\":{\"object\":{\"id\":\"fca_1\",\
                    \"object\":\"financial_connections.account\"}}}";
        let secrets = ["whsec_x".to_owned().into()];
        assert_eq!(
            header(&secrets, 1_700_000_000, body),
            "t=1700000000,\
             v1=e7ec3f7ee80dd9e188b76c0916a156cb5dcdf0ae982550b0792f3d38a7a6cae7"
        );
    }

    #[test]
    fn every_secret_signs() {
        let secrets = ["whsec_a", "whsec_b"].map(|secret| secret.to_owned().into());
        let both = header(&secrets, 1, "{}");
        let [first, second] = [&secrets[..1], &secrets[1..]].map(|one| header(one, 1, "{}"));
        assert_eq!(both, format!("{first}{}", second.replacen("t=1", "", 1)));
    }
}
