//! What is read in a certificate: whose it is, and when it is valid.

use chrono::{DateTime, Utc};
use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::time::Time;

/// The certificate that a client has shown, and that an authority of `tls_client_ca` has signed.
/// It is among the extensions of the client's requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    /// Its subject as RFC 4514 writes it (`CN=los,O=Example`), never empty.
    pub subject: String,
}

impl PeerCertificate {
    /// `None` for one without a subject, and for one that cannot be read: its bearer is nobody.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let read = Certificate::from_der(certificate).ok()?;
        let subject = read.tbs_certificate().subject().to_string();
        (!subject.is_empty()).then_some(Self { subject })
    }
}

/// When a certificate is valid: from and until.
pub(super) fn validity(certificate: &CertificateDer<'_>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let read = Certificate::from_der(certificate).ok()?;
    let validity = read.tbs_certificate().validity();
    Some((
        instant(&validity.not_before)?,
        instant(&validity.not_after)?,
    ))
}

fn instant(time: &Time) -> Option<DateTime<Utc>> {
    let seconds = time.to_unix_duration().as_secs();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)
}
