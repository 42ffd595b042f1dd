//! Who may see what is the operator's.

use std::net::IpAddr;

use axum::http::HeaderMap;

use crate::sockets::PeerCertificate;

/// Where a request comes from.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) address: IpAddr,
    pub(super) certificate: Option<PeerCertificate>,
}

/// Knows who may see what is the operator's.
pub trait Operators: Send + Sync + 'static {
    /// Whether somebody with these headers and this subject of a client certificate, at this
    /// address, is one.
    ///
    /// # Errors
    ///
    /// Why not.
    fn admit(
        &self,
        headers: &HeaderMap,
        certificate: Option<&str>,
        address: IpAddr,
    ) -> Result<(), NotAdmitted>;
}

/// Whoever is on this machine, and nobody else.
impl Operators for () {
    fn admit(&self, _: &HeaderMap, _: Option<&str>, address: IpAddr) -> Result<(), NotAdmitted> {
        if address.to_canonical().is_loopback() {
            Ok(())
        } else {
            Err(NotAdmitted::Unknown)
        }
    }
}

/// Why somebody may not see what is the operator's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdmitted {
    /// Nobody knows who it is.
    Unknown,
    /// It is known and may not.
    NotPermitted,
}
