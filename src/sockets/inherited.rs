//! Sockets that whoever started this process listens on already, and goes on listening on when it
//! ends: systemd's socket activation (`LISTEN_FDS`, `LISTEN_PID`, `LISTEN_FDNAMES`).

use std::collections::BTreeMap;

use listenfd::ListenFd;
use tokio::net::TcpListener;

/// The sockets that this process was given.
pub struct Inherited {
    sockets: ListenFd,
    names: Vec<String>,
}

impl Inherited {
    /// Those of the environment, which are then no longer in it.
    pub fn take(environment: &BTreeMap<String, String>) -> Self {
        let names = environment.get("LISTEN_FDNAMES").map(String::as_str);
        Self {
            sockets: ListenFd::from_env(),
            names: names
                .unwrap_or_default()
                .split(':')
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The socket of the port `name`, if there is one: that of this name or, where there is only
    /// one socket, that one for `grpc`.
    ///
    /// # Errors
    ///
    /// Where it is no TCP socket that listens.
    pub fn listener(&mut self, name: &str) -> std::io::Result<Option<TcpListener>> {
        let Some(at) = place(&self.names, self.sockets.len(), name) else {
            return Ok(None);
        };
        let Some(listener) = self.sockets.take_tcp_listener(at)? else {
            return Ok(None);
        };
        listener.set_nonblocking(true)?;
        TcpListener::from_std(listener).map(Some)
    }
}

fn place(names: &[String], count: usize, name: &str) -> Option<usize> {
    let named = names.iter().take(count).position(|one| one == name);
    named.or_else(|| {
        (count == 1 && name == "grpc" && names.iter().all(|one| one != "http")).then_some(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_found_by_their_names() {
        let of = |names: &str, count| {
            let names: Vec<String> = names.split(':').map(str::to_owned).collect();
            ["grpc", "http"].map(|name| place(&names, count, name))
        };
        assert_eq!(of("http:grpc", 2), [Some(1), Some(0)]);
        assert_eq!(of("grpc", 1), [Some(0), None]);
        assert_eq!(of("http", 1), [None, Some(0)]);
        assert_eq!(of("underwrite.socket", 1), [Some(0), None]);
        assert_eq!(of("a:b", 2), [None, None]);
        assert_eq!(of("grpc:http", 0), [None, None], "names without sockets");
    }
}
