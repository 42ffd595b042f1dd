//! The signature of a delivery: HMAC-SHA256 with the endpoint's secret over the time, a dot, and
//! the body as it came.

use std::fmt;
use std::fmt::Write;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::error::{SecretsError, WebhookError};
use crate::limits;

/// How a signing secret starts. It is part of the key.
const PREFIX: &str = "whsec_";

type Digest = [u8; 32];

/// A secret, ready to sign.
type Key = Hmac<Sha256>;

/// The secrets with which Stripe may have signed: one of each endpoint, and two while it is rotated.
#[derive(Clone)]
pub struct SigningSecrets(Vec<Key>);

impl fmt::Debug for SigningSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningSecrets({})", self.0.len())
    }
}

/// What the header says.
struct Header<'a> {
    /// The time as it is written, which is what was signed.
    time: &'a str,
    seconds: i64,
    signatures: Vec<Digest>,
}

impl SigningSecrets {
    /// Reads secrets that are separated by commas or line breaks.
    ///
    /// # Errors
    ///
    /// Where there is none, too many, or something else.
    pub fn parse(text: &str) -> Result<Self, SecretsError> {
        let secrets = text.split([',', '\n']).map(str::trim);
        let keys = secrets
            .filter(|secret| !secret.is_empty())
            .map(key)
            .collect::<Result<Vec<_>, _>>()?;
        let max = limits::WEBHOOK_SECRETS_MAX;
        match keys.len() {
            0 => Err(SecretsError::None),
            many if many > max => Err(SecretsError::TooMany { max }),
            _ => Ok(Self(keys)),
        }
    }

    /// Whether the header proves that Stripe sent `body`, around `now`.
    ///
    /// # Errors
    ///
    /// Where it does not. The time is judged last: one that is too old was signed by Stripe all
    /// the same.
    pub fn verify(
        &self,
        body: &[u8],
        header: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), WebhookError> {
        let header = Header::parse(header.ok_or(WebhookError::NoSignature)?)?;
        let mut matched = false;
        // Each comparison takes the same time, and all are made, whichever matches.
        for key in &self.0 {
            let signed = sign(key, header.time, body);
            for signature in &header.signatures {
                matched |= signed.clone().verify_slice(signature).is_ok();
            }
        }
        if !matched {
            return Err(WebhookError::NoMatch);
        }
        let age = now.timestamp().saturating_sub(header.seconds);
        let seconds = age.unsigned_abs();
        if seconds <= limits::WEBHOOK_TOLERANCE.as_secs() {
            Ok(())
        } else if age > 0 {
            Err(WebhookError::TooOld { seconds })
        } else {
            Err(WebhookError::TooNew { seconds })
        }
    }

    /// The header with which Stripe would send `body` at `now`: what a test sends, or whoever
    /// plays Stripe. It has a signature by every secret, as while one is rotated.
    pub fn header(&self, body: &[u8], now: DateTime<Utc>) -> String {
        let time = now.timestamp().to_string();
        let mut header = format!("t={time}");
        for key in &self.0 {
            header.push_str(",v1=");
            for byte in sign(key, &time, body).finalize().into_bytes() {
                // Writing to a text does not fail.
                let _ = write!(header, "{byte:02x}");
            }
        }
        header
    }
}

fn key(secret: &str) -> Result<Key, SecretsError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+/=-".contains(c);
    let rest = secret.strip_prefix(PREFIX).unwrap_or("");
    if rest.is_empty() || secret.len() > limits::ID_BYTES_MAX || !rest.chars().all(plain) {
        return Err(SecretsError::Form);
    }
    // The prefix is part of the key. Any length will do.
    Key::new_from_slice(secret.as_bytes()).map_err(|_| SecretsError::Form)
}

fn sign(key: &Key, time: &str, body: &[u8]) -> Key {
    let mut signed = key.clone();
    signed.update(time.as_bytes());
    signed.update(b".");
    signed.update(body);
    signed
}

impl<'a> Header<'a> {
    /// `t=1700000000,v1=...,v1=...,v0=...`. Other schemes than `v1` are passed over: `v0` is for
    /// Stripe's own tests, and taking it would let anybody choose the weaker one.
    fn parse(text: &'a str) -> Result<Self, WebhookError> {
        let mut time = None;
        let mut signatures = Vec::new();
        for item in text.split(',') {
            let (name, value) = item
                .split_once('=')
                .ok_or(WebhookError::Header("an item has no `=`"))?;
            match name.trim() {
                "t" if time.is_some() => return Err(WebhookError::Header("it has two times")),
                "t" => time = Some(value.trim()),
                "v1" if signatures.len() == limits::WEBHOOK_SIGNATURES_MAX => {
                    return Err(WebhookError::Header("it has too many signatures"));
                }
                "v1" => {
                    let digest = digest(value.trim());
                    signatures.push(
                        digest
                            .ok_or(WebhookError::Header("a `v1` is not 64 hexadecimal digits"))?,
                    );
                }
                _ => {}
            }
        }
        let time = time.ok_or(WebhookError::Header("it has no time"))?;
        if signatures.is_empty() {
            return Err(WebhookError::Header("it has no `v1`"));
        }
        let digits = time.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = time.parse().ok().filter(|_| digits);
        Ok(Self {
            time,
            seconds: seconds.ok_or(WebhookError::Header("its time is not in seconds"))?,
            signatures,
        })
    }
}

fn digest(text: &str) -> Option<Digest> {
    let digits: Vec<u8> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(high << 4 | low),
            _ => None,
        })
        .collect::<Option<_>>()?;
    bytes.try_into().ok()
}
