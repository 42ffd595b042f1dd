//! `underwrite rules lsp` as an editor drives it: the real program over its pipes.

#[path = "lsp/recorded.rs"]
mod recorded;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use underwrite::limits;

use super::process::PROGRAM;

const PATIENCE: Duration = Duration::from_secs(60);

struct Editor {
    program: Child,
    messages: Receiver<Value>,
    /// What is found in each file, as it was told last, and how often something was told.
    found: BTreeMap<String, Value>,
    told: usize,
    next: i64,
}

impl Editor {
    /// One that knows snippets, and counts in UTF-16.
    fn start() -> Self {
        let item = json!({ "completionItem": { "snippetSupport": true } });
        Self::begin(&[], &json!({ "textDocument": { "completion": item } }))
    }

    /// One with these flags and capabilities.
    fn begin(flags: &[&str], capabilities: &Value) -> Self {
        let mut program = Command::new(PROGRAM)
            .args(["rules", "lsp", "--stdio"])
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(program.stdout.take().unwrap());
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut editor = Self {
            program,
            messages,
            found: BTreeMap::new(),
            told: 0,
            next: 0,
        };
        let params = json!({
            "processId": null, "rootUri": null, "capabilities": capabilities,
        });
        let answer = editor.ask("initialize", params);
        assert_eq!(answer["serverInfo"]["name"], "underwrite");
        editor.tell("initialized", json!({}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let input = self.program.stdin.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        input.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The next message; what is told of findings is noted.
    fn receive(&mut self) -> Value {
        let message = self.messages.recv_timeout(PATIENCE).unwrap();
        if message["method"] == "textDocument/publishDiagnostics" {
            let params = &message["params"];
            let uri = params["uri"].as_str().unwrap().to_owned();
            self.found.insert(uri, params["diagnostics"].clone());
            self.told += 1;
        }
        message
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "toml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&mut self, uri: &str, version: i64, text: &str) {
        let document = json!({ "uri": uri, "version": version });
        let changes = json!([{ "text": text }]);
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.tell("textDocument/didChange", params);
    }

    fn ask_at(&mut self, what: &str, uri: &str, text: &str, offset: usize) -> Value {
        let position = position(text, offset);
        let params = json!({ "textDocument": { "uri": uri }, "position": position });
        self.ask(&format!("textDocument/{what}"), params)
    }

    /// The codes of what is found in a file, once they are these.
    fn wait_for(&mut self, uri: &str, codes: &[&str]) -> Value {
        loop {
            if let Some(found) = self.found.get(uri) {
                let all = found.as_array().unwrap();
                let now: Vec<&str> = all
                    .iter()
                    .map(|one| one["code"].as_str().unwrap())
                    .collect();
                if now == codes {
                    return found.clone();
                }
            }
            self.receive();
        }
    }

    /// Ends the session; nothing was said beside the protocol.
    fn end(self) {
        assert_eq!(self.end_saying(), "");
    }

    /// Ends the session. What was said beside the protocol.
    fn end_saying(mut self) -> String {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        let mut said = String::new();
        let mut errors = self.program.stderr.take().unwrap();
        errors.read_to_string(&mut said).unwrap();
        assert!(self.program.wait().unwrap().success());
        said
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // Gone already where the session has ended.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().ok(),
            Some(_) => panic!("{line}"),
            None => break,
        }
    }
    let mut body = vec![0; length?];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

fn slice(text: &str, span: Range<usize>) -> &str {
    text.get(span).unwrap()
}

/// A place as the protocol counts it.
fn position(text: &str, offset: usize) -> Value {
    let before = slice(text, 0..offset);
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    json!({ "line": line, "character": slice(before, start..before.len()).encode_utf16().count() })
}

fn offset(text: &str, position: &Value) -> usize {
    let line = usize::try_from(position["line"].as_u64().unwrap()).unwrap();
    let lines = text.split_inclusive('\n');
    let start: usize = lines.take(line).map(str::len).sum();
    let mut left = position["character"].as_u64().unwrap();
    let mut at = start;
    for c in slice(text, start..text.len()).chars() {
        if left == 0 {
            break;
        }
        left -= u64::try_from(c.len_utf16()).unwrap();
        at += c.len_utf8();
    }
    at
}

fn part<'t>(text: &'t str, range: &Value) -> &'t str {
    slice(
        text,
        offset(text, &range["start"])..offset(text, &range["end"]),
    )
}

/// The text with edits that do not meet.
fn edited(text: &str, edits: &Value) -> String {
    let mut edits = edits.as_array().unwrap().clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(offset(text, &edit["range"]["start"])));
    let mut text = text.to_owned();
    for edit in edits {
        let range = offset(&text, &edit["range"]["start"])..offset(&text, &edit["range"]["end"]);
        text.replace_range(range, edit["newText"].as_str().unwrap());
    }
    text
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn shipped() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/personal-loan.toml"))
        .unwrap()
}

#[test]
fn a_mistake_is_found_where_it_is_and_its_fix_clears_it() {
    let folder = TempDir::new().unwrap();
    let uri = uri(&folder.path().join("rules.toml"));
    // Letters beyond ASCII stand before the mistake, in its line too.
    let wrong = shipped().replacen(
        "when = 'income.monthly_net < params.income_min'",
        "when = '\"\u{1d11e}\u{e9}\" == \"a\" or income.montly_net < params.income_min'",
        1,
    );
    assert_ne!(wrong, shipped());
    let mut editor = Editor::start();
    editor.open(&uri, &wrong);
    // All at once, then the last text: one check tells of it.
    editor.change(&uri, 2, "[rule_set");
    editor.change(&uri, 3, &wrong);
    let found = editor.wait_for(&uri, &["unknown_name"]);
    assert_eq!(editor.told, 1);
    let finding = &found[0];
    assert_eq!(part(&wrong, &finding["range"]), "income.montly_net");
    assert_eq!(
        (&finding["severity"], &finding["source"]),
        (&json!(1), &json!("underwrite"))
    );
    let message = finding["message"].as_str().unwrap();
    assert!(
        message.contains("help: did you mean `income.monthly_net`?"),
        "{message}"
    );

    let params = json!({
        "textDocument": { "uri": uri },
        "range": finding["range"],
        "context": { "diagnostics": [finding] },
    });
    let actions = editor.ask("textDocument/codeAction", params);
    assert_eq!(actions.as_array().unwrap().len(), 1, "{actions}");
    assert_eq!(
        (&actions[0]["kind"], &actions[0]["isPreferred"]),
        (&json!("quickfix"), &json!(true))
    );
    let mended = edited(&wrong, &actions[0]["edit"]["changes"][&uri]);
    assert_eq!(mended, wrong.replacen("montly", "monthly", 1));
    let right = mended.replacen("\"\u{1d11e}\u{e9}\" == \"a\" or ", "", 1);
    editor.change(&uri, 4, &right);
    editor.wait_for(&uri, &[]);
    editor.end();
}

#[test]
fn a_file_of_tests_is_looked_at_by_itself() {
    let folder = TempDir::new().unwrap();
    let uri = uri(&folder.path().join("cases.toml"));
    // Which names there are, the rule set says.
    let sound = "[[test]]\nname = 'a'\nlike = 'b'\nexpect = { reasons = ['NSF'] }\n";
    let mut editor = Editor::start();
    editor.open(&uri, &format!("{sound}featurs = {{}}\n"));
    editor.wait_for(&uri, &["unknown_key"]);
    editor.change(&uri, 2, sound);
    editor.wait_for(&uri, &[]);
    editor.end();
}

#[test]
fn a_file_is_completed_explained_followed_and_formatted() {
    let folder = TempDir::new().unwrap();
    let uri = uri(&folder.path().join("rules.toml"));
    let text = shipped().replacen("[params]", "[params]\nspare   =   \"'1'\"", 1);
    let mut editor = Editor::start();
    editor.open(&uri, &text);
    let of = |part: &str| text.find(part).unwrap();

    let at = of("income.monthly_net < params.income_min");
    let items = editor.ask_at("completion", &uri, &text, at + "income.mon".len());
    let items = items.as_array().unwrap();
    let item = |label: &str| items.iter().find(|one| one["label"] == label).unwrap();
    let net = item("income.monthly_net");
    assert_eq!(net["detail"], "money, household");
    assert!(
        net["documentation"]["value"]
            .as_str()
            .unwrap()
            .contains("1500.00 usd")
    );
    assert_eq!(part(&text, &net["textEdit"]["range"]), "income.monthly_net");
    let coalesce = item("coalesce");
    assert_eq!(coalesce["textEdit"]["newText"], "coalesce($0)");
    assert_eq!(coalesce["insertTextFormat"], 2);

    let card = editor.ask_at("hover", &uri, &text, at + 3);
    let said = card["contents"]["value"].as_str().unwrap();
    assert!(
        said.starts_with("**`income.monthly_net`**: money, household"),
        "{said}"
    );
    assert_eq!(part(&text, &card["range"]), "income.monthly_net");

    let place = editor.ask_at(
        "definition",
        &uri,
        &text,
        at + "income.monthly_net < params.".len(),
    );
    assert_eq!(place["uri"], uri);
    assert_eq!(offset(&text, &place["range"]["start"]), of("income_min ="));

    let params = json!({
        "textDocument": { "uri": uri },
        "options": { "tabSize": 4, "insertSpaces": true },
    });
    let edits = editor.ask("textDocument/formatting", params.clone());
    let formatted = edited(&text, &edits);
    assert_eq!(
        formatted,
        underwrite::rules::formatted(text.as_bytes()).unwrap()
    );
    assert_ne!(formatted, text);
    // What is no TOML is left as it is.
    editor.change(&uri, 2, "[rule_set");
    assert!(editor.ask("textDocument/formatting", params).is_null());
    editor.end();
}

#[test]
fn what_a_rule_set_imports_is_read_as_it_is_written_and_shown_in_its_own_file() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("common")).unwrap();
    let (main, shared) = (
        folder.path().join("rules.toml"),
        folder.path().join("common/a.toml"),
    );
    let param = "income_min = '1500.00 usd'\n";
    let text = shipped();
    assert!(text.contains(param));
    let text = format!(
        "import = [\"common/a.toml\"]\n{}",
        text.replacen(param, "", 1)
    );
    let saved = format!("[params]\n{param}");
    fs::write(&main, &text).unwrap();
    fs::write(&shared, &saved).unwrap();
    let (main, shared) = (uri(&main), uri(&shared));
    let mut editor = Editor::start();
    // By itself it has nothing that is wrong.
    editor.open(
        &shared,
        "[params]\nincome_min = '1500.00 usd'\nextra = { vale = '1' }\n",
    );
    editor.wait_for(&shared, &["missing_key", "unknown_key"]);
    editor.change(&shared, 2, &saved);
    editor.wait_for(&shared, &[]);
    editor.open(&main, &text);
    let place = editor.ask_at(
        "definition",
        &main,
        &text,
        text.find("params.income_min").unwrap(),
    );
    assert_eq!(place["uri"], shared);
    assert_eq!(part(&saved, &place["range"]), "income_min");

    // Not saved: the rule set is checked with it, and the finding stands where the mistake is.
    let unsaved = "[params]\nincome_min = '1500.00 eur'\n";
    editor.change(&shared, 3, unsaved);
    let found = editor.wait_for(&shared, &["wrong_currency"]);
    assert_eq!(part(unsaved, &found[0]["range"]), "1500.00 eur");
    // The rule set is gone, and what it said of the fragment with it.
    editor.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": main } }),
    );
    editor.wait_for(&shared, &[]);
    editor.end();
}

#[test]
fn many_requests_wait_and_are_answered_in_their_order() {
    let mut editor = Editor::start();
    let (uri, text) = ("untitled:new.toml", "[[rule]]\n");
    editor.open(uri, text);
    let count = limits::EDITOR_MESSAGES_WAITING_MAX * 3;
    for id in 0..count {
        let params = json!({ "textDocument": { "uri": uri }, "position": position(text, 4) });
        let request = json!({ "jsonrpc": "2.0", "id": format!("h{id}"),
            "method": "textDocument/hover", "params": params });
        editor.send(&request);
    }
    for id in 0..count {
        let answer = loop {
            let message = editor.receive();
            if !message["id"].is_null() {
                break message;
            }
        };
        assert_eq!(answer["id"], format!("h{id}"));
    }
    // It is checked as soon as nothing comes for so long.
    std::thread::sleep(limits::EDITOR_QUIET);
    editor.wait_for(uri, &["missing_key"; 4]);
    editor.end();
}
