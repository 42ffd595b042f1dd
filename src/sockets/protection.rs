//! Which address a port may have by what protects it.

use std::net::SocketAddr;

/// What protects what is sent to a port on its way. Who sends it is asked there, whatever the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Protection {
    /// TLS does.
    pub encrypted: bool,
    /// Somebody said in words that it may be reached from a network without.
    pub insecure: bool,
}

impl Protection {
    /// Whether a port of this address may be opened: what does not leave the machine needs nothing.
    pub fn suffices_for(self, address: SocketAddr) -> bool {
        self.encrypted || self.insecure || address.ip().is_loopback()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_on_a_network_needs_tls_or_the_words() {
        for (address, encrypted, insecure, suffices) in [
            ("127.0.0.1:1", false, false, true),
            ("[::1]:1", false, false, true),
            ("0.0.0.0:1", false, false, false),
            ("10.0.0.1:1", false, false, false),
            ("[::]:1", false, false, false),
            ("0.0.0.0:1", true, false, true),
            ("0.0.0.0:1", false, true, true),
        ] {
            let protection = Protection {
                encrypted,
                insecure,
            };
            let found = protection.suffices_for(address.parse().unwrap());
            assert_eq!(found, suffices, "{address}, {protection:?}");
        }
    }
}
