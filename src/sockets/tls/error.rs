//! Why files cannot be used for TLS.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::private::ExposedSecret;

/// TLS cannot be spoken with the files of the settings.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("`{}` cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Others than the owner can read the key.
    #[error(transparent)]
    Exposed(#[from] ExposedSecret),
    /// A file is larger than any of its kind.
    #[error("`{}` is larger than {max} bytes: it is no file of certificates", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        max: u64,
    },
    /// A file is no PEM, or has none of what is looked for in it.
    #[error("`{}` has no {wanted} in it that can be read: {problem}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        wanted: &'static str,
        /// What is wrong, and what the file should look like.
        problem: String,
    },
    /// Something of a certificate, key or authority is not as it should be.
    #[error("`{}` cannot be used: {problem}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The key is that of another certificate.
    #[error(
        "the key in `{}` does not belong to the first certificate in `{}`: give the key that it \
         was made for, and let the server's own certificate come before those that signed it",
        key.display(),
        certificate.display()
    )]
    KeyOfAnother {
        /// The file of the key.
        key: PathBuf,
        /// The file of the certificate.
        certificate: PathBuf,
    },
    /// The certificate has expired.
    #[error("the certificate in `{}` expired at {at}: renew it", path.display())]
    Expired {
        /// The file.
        path: PathBuf,
        /// When.
        at: DateTime<Utc>,
    },
    /// The certificate is not valid yet.
    #[error(
        "the certificate in `{}` is valid only from {from} on: look at the clock, or give the one \
         that is valid now",
        path.display()
    )]
    NotYetValid {
        /// The file.
        path: PathBuf,
        /// From when on it is.
        from: DateTime<Utc>,
    },
}
