//! What protects a port, and which address it may have then.

use std::net::SocketAddr;

/// What protects what is sent to a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Protection {
    /// TLS does, on its way.
    pub encrypted: bool,
    /// Whoever calls has to show who they are.
    pub authenticated: bool,
    /// Somebody said in words that it may be reached from a network without.
    pub insecure: bool,
}

impl Protection {
    /// What is missing for a port of this address, in words; `None` where it may be opened: what
    /// does not leave the machine needs nothing.
    pub fn missing(self, address: SocketAddr) -> Option<&'static str> {
        if self.insecure || address.ip().is_loopback() {
            return None;
        }
        match (self.encrypted, self.authenticated) {
            (true, true) => None,
            (false, true) => Some("not encrypted"),
            (true, false) => Some("not authenticated"),
            (false, false) => Some("neither encrypted nor authenticated"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_on_a_network_needs_both_or_the_words() {
        let [inside, six, open] = ["127.0.0.1:1", "[::1]:1", "0.0.0.0:1"];
        let missing = |address: &str, encrypted, authenticated, insecure| {
            let protection = Protection {
                encrypted,
                authenticated,
                insecure,
            };
            protection.missing(address.parse().unwrap())
        };
        assert_eq!(missing(inside, false, false, false), None);
        assert_eq!(missing(six, false, false, false), None);
        assert_eq!(missing(open, true, true, false), None);
        assert_eq!(missing(open, false, false, true), None);
        let none = missing(open, false, false, false);
        assert_eq!(none, Some("neither encrypted nor authenticated"));
        let one = missing(open, true, false, false);
        assert_eq!(one, Some("not authenticated"));
        let other = missing(open, false, true, false);
        assert_eq!(other, Some("not encrypted"));
    }
}
