//! The one place that chooses the cryptography behind HTTPS.

/// Makes *ring* the provider of the process, once; later calls do nothing.
///
/// Whatever builds a TLS connection needs it first. [`StripeClient::new`](super::StripeClient)
/// calls it; a program with other TLS connections calls it at its start.
pub fn install() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been faster; either way there is one provider now.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
}
