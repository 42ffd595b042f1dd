//! Messages of the protocol as they stand in a stream: a header with their length, and JSON.

use std::io::{self, BufRead, Error, ErrorKind, Read, Write};

use gen_lsp_types::ErrorCodes;
use gen_lsp_types::json_rpc::{self, Id, RequestObject, ResponseObject};
use serde::Serialize;
use serde_json::Value;

use crate::limits;

/// What came in.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    Request {
        id: Id,
        method: String,
        params: Value,
    },
    Notification {
        method: String,
        params: Value,
    },
    /// An answer to something that was asked: that what is shown be asked for again. It says nothing.
    Answer,
    /// What is no message: the answer to it.
    Malformed(Outgoing),
}

/// What goes out.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Outgoing {
    Answer(ResponseObject),
    Notification(RequestObject),
    Request(RequestObject),
}

impl Outgoing {
    /// That something cannot be answered.
    pub(super) fn error(id: Id, code: ErrorCodes, message: impl Into<String>) -> Self {
        let error = json_rpc::Error {
            code,
            message: message.into(),
            data: None,
        };
        Self::Answer(ResponseObject::from_error(id, error))
    }
}

/// The next message; `None` at the end of the stream.
///
/// # Errors
///
/// Where the stream fails, or it is not known where the message ends.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = length(input)? else {
        return Ok(None);
    };
    let max = u64::try_from(limits::EDITOR_MESSAGE_BYTES_MAX).unwrap_or(u64::MAX);
    if length > max {
        // Passed over, so that the next message is found.
        let passed = io::copy(&mut input.take(length), &mut io::sink())?;
        let message = format!("a message of {length} bytes; it may have {max}");
        let refusal = Outgoing::error(Id::Null, ErrorCodes::InvalidRequest, message);
        return whole(passed, length).map(|()| Some(Incoming::Malformed(refusal)));
    }
    let mut body = Vec::new();
    let read = input.take(length).read_to_end(&mut body)?;
    whole(u64::try_from(read).unwrap_or(0), length)?;
    Ok(Some(message(&body)))
}

fn whole(read: u64, length: u64) -> io::Result<()> {
    if read == length {
        Ok(())
    } else {
        Err(Error::from(ErrorKind::UnexpectedEof))
    }
}

/// What the header says of the length; `None` at the end of the stream.
fn length(input: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut left = u64::try_from(limits::EDITOR_HEADER_BYTES_MAX).unwrap_or(u64::MAX);
    let mut length = None;
    let mut is_begun = false;
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(left).read_until(b'\n', &mut line)?;
        if read == 0 && !is_begun && left > 0 {
            return Ok(None);
        }
        left = left.saturating_sub(u64::try_from(read).unwrap_or(left));
        is_begun = true;
        let Some(line) = line.strip_suffix(b"\n") else {
            return Err(Error::new(
                ErrorKind::InvalidData,
                "a header without an end",
            ));
        };
        let line = String::from_utf8_lossy(line);
        let line = line.trim();
        if line.is_empty() {
            let missing = || Error::new(ErrorKind::InvalidData, "a message without its length");
            return length.ok_or_else(missing).map(Some);
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
}

fn message(body: &[u8]) -> Incoming {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(_) => {
            let message = "the message is not JSON";
            let refusal = Outgoing::error(Id::Null, ErrorCodes::ParseError, message);
            return Incoming::Malformed(refusal);
        }
    };
    let id = value.get("id").cloned();
    if value.is_object() && value.get("method").is_none() && id.is_some() {
        return Incoming::Answer;
    }
    match serde_json::from_value::<RequestObject>(value).map(RequestObject::into_parts) {
        Ok((method, id, params)) => {
            let params = params.unwrap_or(Value::Null);
            match id {
                Some(id) => Incoming::Request { id, method, params },
                None => Incoming::Notification { method, params },
            }
        }
        Err(_) => {
            let id = id.and_then(|id| serde_json::from_value(id).ok());
            let message = "the message is no request of JSON-RPC 2.0";
            let id = id.unwrap_or(Id::Null);
            Incoming::Malformed(Outgoing::error(id, ErrorCodes::InvalidRequest, message))
        }
    }
}

/// Writes a message.
pub(super) fn write(output: &mut impl Write, message: &Outgoing) -> io::Result<()> {
    let body = serde_json::to_vec(message)?;
    write!(output, "Content-Length: {}\r\n\r\n", body.len())?;
    output.write_all(&body)?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    fn all(mut input: &[u8]) -> Vec<io::Result<Incoming>> {
        let read = std::iter::from_fn(|| read(&mut input).transpose());
        read.take(10).collect()
    }

    fn refused(found: &io::Result<Incoming>) -> i32 {
        match found {
            Ok(Incoming::Malformed(Outgoing::Answer(answer))) => {
                answer.error().unwrap().code.into()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_message_that_is_none_is_answered_and_the_next_is_read() {
        let bad = [
            ("{", -32700),
            ("\"\u{e9}\"", -32600),
            ("[]", -32600),
            (r#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":[],"method":"a"}"#, -32600),
            (&"[".repeat(100_000), -32700),
        ];
        for (body, code) in bad {
            let stream = framed(body) + &framed(r#"{"jsonrpc":"2.0","method":"exit"}"#);
            let found = all(stream.as_bytes());
            assert_eq!(refused(&found[0]), code, "{body:.40}");
            let exit = Incoming::Notification {
                method: "exit".to_owned(),
                params: Value::Null,
            };
            assert_eq!(found[1].as_ref().unwrap(), &exit);
        }
    }

    #[test]
    fn a_message_has_so_many_bytes() {
        let max = limits::EDITOR_MESSAGE_BYTES_MAX;
        let fits = " ".repeat(max - 1) + "1";
        assert_eq!(refused(&all(framed(&fits).as_bytes())[0]), -32600);
        let larger = framed(&format!(" {fits}")) + &framed("{}");
        let found = all(larger.as_bytes());
        assert_eq!(found.len(), 2);
        let Ok(Incoming::Malformed(Outgoing::Answer(answer))) = &found[0] else {
            panic!("{found:?}");
        };
        let said = &answer.error().unwrap().message;
        assert_eq!(
            said,
            &format!("a message of {} bytes; it may have {max}", max + 1)
        );
    }

    #[test]
    fn a_header_has_so_many_bytes_and_says_the_length() {
        let max = limits::EDITOR_HEADER_BYTES_MAX;
        let tail = "\r\nContent-Length: 2\r\n\r\n{}";
        let fits = format!("X: {}{tail}", "x".repeat(max + 2 - 3 - tail.len()));
        assert!(all(fits.as_bytes())[0].is_ok());
        let large = format!("X: {}{tail}", "x".repeat(max + 3 - 3 - tail.len()));
        for stream in [
            large.as_str(),
            "Content-Type: a\r\n\r\n{}",
            "Content-Length: -1\r\n\r\n",
            "Content-Length: 9\r\n\r\n{}",
            "Content-Length: 99999999999999999999\r\n\r\n",
            "Content-Length: 9999999999\r\n\r\n{}",
            "Content-Length",
        ] {
            assert!(all(stream.as_bytes())[0].is_err(), "{stream:.60}");
        }
        assert!(all(b"").is_empty());
    }
}
