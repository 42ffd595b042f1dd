//! Reads what `strace -f -y -o FILE` wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// A system call, with the lines on which it began and ended.
#[derive(Debug)]
struct Call {
    text: String,
    entered: usize,
    left: usize,
}

/// Every system call, in the order of their ends.
pub(crate) struct Trace {
    calls: Vec<Call>,
}

/// What a trace says of one answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The request was received, then its record was written to the ledger's log, then the log
    /// was synced, then the answer was sent; each began after the one before had ended.
    Synced,
    /// One of these is not in the trace.
    Lacks(&'static str),
}

const UNFINISHED: &str = "<unfinished ...>";
const LOG: &str = "ledger.sqlite-wal>";

impl Trace {
    /// The trace of a process that has ended, once `strace` has written all of it.
    pub(crate) async fn finished(file: &Path, pid: u32) -> Self {
        let end = format!("{pid} +++ exited with");
        for _ in 0..600 {
            let text = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
            // `strace` pads the process id.
            let mut lines = text.lines().rev();
            if lines.any(|line| line.replace("  ", " ").starts_with(&end)) {
                return Self::parse(&text);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the trace does not end");
    }

    fn parse(text: &str) -> Self {
        let mut begun: BTreeMap<&str, (usize, String)> = BTreeMap::new();
        let mut calls = Vec::new();
        for (line, said) in text.lines().enumerate() {
            let Some((pid, said)) = said.split_once(' ') else {
                continue;
            };
            let said = said.trim_start();
            if let Some(start) = said.strip_suffix(UNFINISHED) {
                begun.insert(pid, (line, start.to_owned()));
            } else if let Some(rest) = said.strip_prefix("<... ") {
                let Some((entered, start)) = begun.remove(pid) else {
                    continue;
                };
                let text = format!("{start}{rest}");
                let left = line;
                calls.push(Call {
                    text,
                    entered,
                    left,
                });
            } else {
                let (text, entered, left) = (said.to_owned(), line, line);
                calls.push(Call {
                    text,
                    entered,
                    left,
                });
            }
        }
        Self { calls }
    }

    /// The first call by one of these names whose text holds `what`.
    fn first(&self, names: &[&str], what: &str) -> Option<&Call> {
        let named = |call: &&Call| {
            let name = call.text.split('(').next();
            names.iter().any(|wanted| name == Some(wanted))
        };
        let mut found = self.calls.iter().filter(named);
        found.find(|call| call.text.contains(what))
    }

    fn syncs(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| {
            let (name, rest) = call.text.split_once('(').unwrap_or_default();
            let done = rest.trim_end().ends_with("= 0");
            matches!(name, "fsync" | "fdatasync") && rest.contains(LOG) && done
        })
    }

    /// How often the ledger's log was synced.
    pub(crate) fn syncs_of_the_log(&self) -> usize {
        self.syncs().count()
    }

    /// Whether the answer to the request of that key, whose record has that commitment, waited
    /// for a sync. The answer says it in hexadecimal digits, the ledger's log has its bytes.
    pub(crate) fn proof(&self, key: &str, commitment: &str) -> Proof {
        let logged = traced(commitment);
        let Some(received) = self.first(&["recvfrom"], key) else {
            return Proof::Lacks("the request");
        };
        let written = self.calls.iter().find(|call| {
            let write = call.text.starts_with("write(") || call.text.starts_with("pwrite64(");
            write && call.text.contains(LOG) && call.text.contains(&logged)
        });
        let Some(written) = written.filter(|written| written.entered > received.left) else {
            return Proof::Lacks("the record, written after the request");
        };
        let sent = self.calls.iter().find(|call| {
            let send = ["sendto(", "writev(", "write("];
            let send = send.iter().any(|name| call.text.starts_with(name));
            send && !call.text.contains(LOG) && call.text.contains(commitment)
        });
        let Some(sent) = sent else {
            return Proof::Lacks("the answer");
        };
        let synced = |sync: &Call| sync.entered > written.left && sync.left < sent.entered;
        if self.syncs().any(synced) {
            Proof::Synced
        } else {
            Proof::Lacks("a sync between the record and the answer")
        }
    }
}

/// How `strace` shows bytes given in hexadecimal digits: all but the last, which it shows by what
/// comes after.
fn traced(digits: &str) -> String {
    let digits = digits.as_bytes();
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let mut shown = String::new();
    for (byte, next) in bytes.iter().zip(&bytes[1..]) {
        match byte {
            b'"' => shown.push_str("\\\""),
            b'\\' => shown.push_str("\\\\"),
            b'\t' => shown.push_str("\\t"),
            b'\n' => shown.push_str("\\n"),
            b'\r' => shown.push_str("\\r"),
            0x0B => shown.push_str("\\v"),
            0x0C => shown.push_str("\\f"),
            b' '..=b'~' => shown.push(char::from(*byte)),
            // Only an octal digit could be taken for part of the number.
            _ if (b'0'..=b'7').contains(next) => shown.push_str(&format!("\\{byte:03o}")),
            _ => shown.push_str(&format!("\\{byte:o}")),
        }
    }
    shown
}

#[test]
fn bytes_are_found_as_they_are_shown() {
    assert_eq!(traced("c0ffee"), r"\300\377");
    assert_eq!(traced("0130"), r"\001");
    assert_eq!(traced("013830"), r"\18");
    assert_eq!(traced("0141090a22"), r"\1A\t\n");
}

const RECEIVED: &str = r#"7  recvfrom(9<TCP:[1]>, "\0\nkey-1\22", 99, 0, NULL, NULL) = 9"#;
const WRITTEN: &str = r#"8  pwrite64(5</d/ledger.sqlite-wal>, "\1\300\377\356\2", 9, 0) = 9"#;
const SYNCED: &str = "8  fdatasync(5</d/ledger.sqlite-wal>) = 0";
const SENT: &str = r#"7  writev(9<TCP:[1]>, [{iov_base="\2c0ffee", iov_len=9}], 1) = 9"#;

fn proof(lines: &[&str]) -> Proof {
    Trace::parse(&lines.join("\n")).proof("key-1", "c0ffee")
}

#[test]
fn an_answer_after_the_sync_is_proven() {
    assert_eq!(proof(&[RECEIVED, WRITTEN, SYNCED, SENT]), Proof::Synced);
    let begun = "8  fdatasync(5</d/ledger.sqlite-wal> <unfinished ...>";
    let ended = "8  <... fdatasync resumed>) = 0";
    assert_eq!(
        proof(&[RECEIVED, WRITTEN, begun, ended, SENT]),
        Proof::Synced
    );
    let late = Proof::Lacks("a sync between the record and the answer");
    assert_eq!(proof(&[RECEIVED, WRITTEN, begun, SENT, ended]), late);
    assert_eq!(proof(&[RECEIVED, begun, WRITTEN, ended, SENT]), late);
}

#[test]
fn an_answer_without_its_sync_is_not() {
    let late = Proof::Lacks("a sync between the record and the answer");
    assert_eq!(proof(&[RECEIVED, WRITTEN, SENT]), late);
    assert_eq!(proof(&[RECEIVED, WRITTEN, SENT, SYNCED]), late);
    assert_eq!(proof(&[RECEIVED, SYNCED, WRITTEN, SENT]), late);
    let failed = SYNCED.replace("= 0", "= -1 EIO (Input/output error)");
    assert_eq!(proof(&[RECEIVED, WRITTEN, &failed, SENT]), late);
    let elsewhere = SYNCED.replace("ledger.sqlite-wal", "cache/db");
    assert_eq!(proof(&[RECEIVED, WRITTEN, &elsewhere, SENT]), late);
    assert_eq!(proof(&[WRITTEN, SYNCED, SENT]), Proof::Lacks("the request"));
    let unwritten = Proof::Lacks("the record, written after the request");
    assert_eq!(proof(&[RECEIVED, SYNCED, SENT]), unwritten);
    assert_eq!(
        proof(&[RECEIVED, WRITTEN, SYNCED]),
        Proof::Lacks("the answer")
    );
}
