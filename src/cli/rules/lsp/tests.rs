//! Sessions that go wrong, in this process. `tests/underwrite/lsp.rs` drives the program.

use std::io::Cursor;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;

/// What a session answered, how it ended, and what was said beside it.
struct Session {
    answers: Vec<Value>,
    exit: Result<Exit, CliError>,
    notes: String,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn framed(message: &Value) -> String {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

fn session_of(stream: String) -> Session {
    let (mut output, notes) = (Vec::new(), Shared::default());
    let mut terminal = Terminal::of(io::sink(), notes.clone(), false);
    let exit = serve(
        Cursor::new(stream.into_bytes()),
        &mut output,
        &mut terminal,
        None,
    );
    let mut answers = Vec::new();
    let mut rest = std::str::from_utf8(&output).unwrap();
    while let Some((header, body)) = rest.split_once("\r\n\r\n") {
        let length: usize = header.rsplit(' ').next().unwrap().parse().unwrap();
        let (body, next) = body.split_at(length);
        answers.push(serde_json::from_str(body).unwrap());
        rest = next;
    }
    let notes = String::from_utf8(notes.0.lock().unwrap().clone()).unwrap();
    Session {
        answers,
        exit,
        notes,
    }
}

fn session(messages: &[Value]) -> Session {
    session_of(messages.iter().map(framed).collect())
}

fn request(id: i64, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

fn notification(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

fn initialize() -> Value {
    request(1, "initialize", json!({ "capabilities": {} }))
}

fn open(uri: &str, text: &str) -> Value {
    let document = json!({ "uri": uri, "languageId": "toml", "version": 1, "text": text });
    notification("textDocument/didOpen", json!({ "textDocument": document }))
}

fn hover(id: i64, uri: &str, line: u64, character: u64) -> Value {
    let params = json!({
        "textDocument": { "uri": uri },
        "position": { "line": line, "character": character },
    });
    request(id, "textDocument/hover", params)
}

const URI: &str = "untitled:rules.toml";

#[test]
fn requests_are_answered_in_the_order_of_a_session_only() {
    let ran = session(&[
        hover(7, URI, 0, 0),
        notification("textDocument/didOpen", json!({})),
        initialize(),
        initialize(),
        request(2, "textDocument/nothing", json!({})),
        notification("$/nothing", json!({})),
        json!({ "jsonrpc": "2.0", "id": 9, "result": null }),
        request(3, "shutdown", Value::Null),
        hover(4, URI, 0, 0),
        notification("exit", Value::Null),
        initialize(),
    ]);
    let codes: Vec<&Value> = ran
        .answers
        .iter()
        .map(|one| &one["error"]["code"])
        .collect();
    let null = Value::Null;
    let (early, twice, unknown, late) =
        (json!(-32002), json!(-32600), json!(-32601), json!(-32600));
    assert_eq!(codes, [&early, &null, &twice, &unknown, &null, &late]);
    assert_eq!(
        ran.answers[1]["result"]["capabilities"]["positionEncoding"],
        "utf-16"
    );
    assert_eq!(ran.exit.unwrap(), Exit::Success);
    assert_eq!(ran.notes, "");
}

#[test]
fn an_end_without_a_shutdown_is_a_failure() {
    for messages in [
        vec![],
        vec![initialize()],
        vec![initialize(), notification("exit", Value::Null)],
    ] {
        assert_eq!(session(&messages).exit.unwrap(), Exit::Failure);
    }
    let done = [initialize(), request(2, "shutdown", Value::Null)];
    assert_eq!(session(&done).exit.unwrap(), Exit::Success);
    // Where a message ends is not known.
    assert!(session_of("no header\r\n\r\n".to_owned()).exit.is_err());
}

#[test]
fn what_is_no_message_or_has_other_parameters_stops_nothing() {
    let ran = session_of(
        framed(&initialize())
            + "Content-Length: 3\r\n\r\n{{{"
            + &framed(&request(2, "textDocument/hover", json!([1])))
            + &framed(&notification("textDocument/didOpen", json!({ "a": 1 })))
            + &framed(&notification(
                "textDocument/didChange",
                json!({
                    "textDocument": { "uri": "file:///nowhere.toml", "version": 2 },
                    "contentChanges": [{ "text": "" }],
                }),
            ))
            + &framed(&hover(3, "file:///nowhere.toml", 0, 0))
            + &framed(&hover(4, "not a uri", 0, 0)),
    );
    let codes: Vec<&Value> = ran
        .answers
        .iter()
        .map(|one| &one["error"]["code"])
        .collect();
    let (null, bad, parameters) = (Value::Null, json!(-32700), json!(-32602));
    assert_eq!(codes, [&null, &bad, &parameters, &null, &parameters]);
    assert_eq!(ran.answers[3]["result"], Value::Null);
    assert!(
        ran.notes
            .contains("`textDocument/didOpen` was not understood"),
        "{}",
        ran.notes
    );
}

#[test]
fn places_are_counted_in_utf_16_and_those_outside_are_the_nearest() {
    let text = "[reasons.R]\r\nstatement = \"\u{1d11e}\u{e9} {income.streams}\"\r\n";
    let from = text.lines().nth(1).unwrap().encode_utf16().count() - "income.streams}\"".len();
    let from = u64::try_from(from).unwrap();
    let ran = session(&[
        initialize(),
        open(URI, text),
        hover(2, URI, 1, from + 3),
        hover(3, URI, 1, u64::from(u32::MAX)),
        hover(4, URI, u64::from(u32::MAX), 0),
    ]);
    let range = &ran.answers[1]["result"]["range"];
    assert_eq!(
        range["start"],
        json!({ "line": 1, "character": from }),
        "{range}"
    );
    assert_eq!(range["end"]["character"], json!(from + 14));
    assert!(ran.answers[2..].iter().all(|one| one["error"].is_null()));
}

#[test]
fn changes_are_made_in_their_order_wherever_they_are() {
    let range = |start: [u64; 2], end: [u64; 2]| {
        let place = |at: [u64; 2]| json!({ "line": at[0], "character": at[1] });
        json!({ "start": place(start), "end": place(end) })
    };
    let changes = json!({
        "textDocument": { "uri": URI, "version": 2 },
        "contentChanges": [
            { "text": "\u{1d11e}[[rule]\n" },
            { "range": range([0, 0], [0, 2]), "text": "" },
            { "range": range([0, 7], [0, 99]), "text": "]\nwhen = ''" },
            // One that ends before it begins, and one behind the text.
            { "range": range([1, 8], [0, 0]), "text": "score" },
            { "range": range([9, 9], [9, 9]), "text": "" },
        ],
    });
    let ran = session(&[
        initialize(),
        open(URI, "a"),
        notification("textDocument/didChange", changes),
        hover(2, URI, 1, 9),
    ]);
    let said = ran.answers[1]["result"]["contents"]["value"]
        .as_str()
        .unwrap();
    assert!(said.starts_with("**`score`**"), "{said}");
}

#[test]
fn so_many_documents_are_open_at_once() {
    let max = limits::EDITOR_DOCUMENTS_MAX;
    let uri = |index: usize| format!("untitled:{index}");
    let with = |count: usize| {
        let opened = (0..count).map(|index| open(&uri(index), "[[rule]]"));
        let mut messages: Vec<Value> = [initialize()].into_iter().chain(opened).collect();
        messages.push(hover(2, &uri(count - 1), 0, 4));
        session(&messages)
    };
    let fits = with(max);
    assert_eq!(fits.notes, "");
    assert!(fits.answers.last().unwrap()["result"].is_object());
    let more = with(max + 1);
    assert!(
        more.notes.contains("more than 256 documents"),
        "{}",
        more.notes
    );
    assert!(more.answers.last().unwrap()["result"].is_null());
}
