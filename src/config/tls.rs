//! The settings of TLS.

use std::path::PathBuf;

use super::Reader;
use crate::sockets::TlsFiles;

impl Reader<'_> {
    /// The files of TLS; `None` where there is to be none. They are read when they are used.
    pub(super) fn tls(&mut self) -> Option<TlsFiles> {
        let [certificate, key, client_ca] =
            ["tls_certificate", "tls_key", "tls_client_ca"].map(|name| self.text(name));
        match (certificate, key) {
            (Some(certificate), Some(key)) => Some(TlsFiles {
                certificate: PathBuf::from(certificate),
                key: PathBuf::from(key),
                client_ca: client_ca.map(PathBuf::from),
            }),
            (Some(_), None) => {
                self.problem(
                    "tls_certificate",
                    "is given without its key: give `tls_key` too",
                );
                None
            }
            (None, Some(_)) => {
                let problem = "is given without its certificate: give `tls_certificate` too";
                self.problem("tls_key", problem);
                None
            }
            (None, None) => {
                if client_ca.is_some() {
                    let problem = "is given, and nothing speaks TLS: give `tls_certificate` and \
                                   `tls_key` too";
                    self.problem("tls_client_ca", problem);
                }
                None
            }
        }
    }
}
