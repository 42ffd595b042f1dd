//! `docs/analyst.md`, done: every command of the page is run by the real program, in one shell and one
//! folder, every edit is made, and what the page shows of the output has to come.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::process::PROGRAM;
use super::tools::root;

const PAGE: &str = "docs/analyst.md";
/// The addresses of the page: the sandbox's and the server's.
const ADDRESSES: [&str; 2] = ["127.0.0.1:12111", "127.0.0.1:50051"];
/// What the shell prints after each command, before its exit status.
const DONE: &str = "----done----";
/// Longest time that a command may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the page has its reader do.
#[derive(Debug, PartialEq)]
enum Step {
    /// A command, and what is shown of its output: `…` stands for what is left out.
    Run { command: String, shown: Vec<String> },
    /// A change of a file, as a unified diff without positions.
    Edit(String),
}

/// The steps of a page. Whatever a reader types stands in a block of `console` or `diff`.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut block: Option<(&str, Vec<&str>)> = None;
    for line in page.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(language)) => block = Some((language, Vec::new())),
            (Some((language, lines)), Some("")) => {
                match *language {
                    "console" => steps.extend(commands(lines)),
                    "diff" => steps.push(Step::Edit(lines.join("\n"))),
                    other => panic!("a block of `{other}`: its commands would not be run"),
                }
                block = None;
            }
            (Some((_, lines)), _) => lines.push(line),
            (None, None) => {}
        }
    }
    assert!(block.is_none(), "a block has no end");
    steps
}

/// The commands of a block: lines after `$ `, with those that go on after a backslash.
fn commands(lines: &[&str]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = lines.iter();
    while let Some(line) = lines.next() {
        if let Some(first) = line.strip_prefix("$ ") {
            let mut command = first.to_owned();
            while command.ends_with('\\') {
                command.push('\n');
                command.push_str(lines.next().unwrap());
            }
            let shown = Vec::new();
            steps.push(Step::Run { command, shown });
        } else if let Some(Step::Run { shown, .. }) = steps.last_mut() {
            shown.push((*line).to_owned());
        } else {
            panic!("`{line}` comes before any command");
        }
    }
    steps
}

/// A shell with the program on its path; it ends with all that it started.
struct Shell {
    child: Child,
    input: ChildStdin,
    output: Receiver<String>,
}

impl Shell {
    fn new(folder: &Path) -> Self {
        let programs = Path::new(PROGRAM).parent().unwrap().to_str().unwrap();
        let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
        let mut child = Command::new("sh")
            .current_dir(folder)
            .env_clear()
            .envs([("PATH", path.as_str()), ("HOME", folder.to_str().unwrap())])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        // Whatever a command says comes in its order.
        writeln!(input, "exec 2>&1").unwrap();
        let (told, output) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .try_for_each(|line| told.send(line))
        });
        Self {
            child,
            input,
            output,
        }
    }

    /// What a command printed, and its exit status.
    fn run(&mut self, command: &str) -> (Vec<String>, String) {
        writeln!(self.input, "{command}\nprintf '\\n{DONE}%s\\n' $?").unwrap();
        let mut printed = Vec::new();
        loop {
            let line = self.output.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("`{command}` does not end: {printed:?}"));
            if let Some(status) = line.strip_prefix(DONE) {
                // The line break before the mark.
                assert_eq!(printed.pop().as_deref(), Some(""), "`{command}`");
                return (printed, status.to_owned());
            }
            printed.push(line);
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        // They may have ended.
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.wait();
    }
}

/// Waits until what a command serves in the background answers.
fn wait_for(command: &str) {
    let words: Vec<&str> = command.split_whitespace().collect();
    let at = words
        .iter()
        .position(|word| ["--addr", "--listen"].contains(word));
    let address = words[at.expect("what is started in the background names its address") + 1];
    for _ in 0..600 {
        if TcpStream::connect(address).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nothing answers on {address}");
}

/// Makes the change of a diff. Without a line to find, what is new goes to the end.
fn edit(folder: &Path, diff: &str) {
    let mut lines = diff.lines();
    let old_name = lines
        .next()
        .and_then(|line| line.strip_prefix("--- "))
        .unwrap();
    let new_name = lines
        .next()
        .and_then(|line| line.strip_prefix("+++ "))
        .unwrap();
    let path = folder.join(new_name);
    let mut text = match old_name {
        "/dev/null" => String::new(),
        name => fs::read_to_string(folder.join(name)).unwrap(),
    };
    let lines: Vec<&str> = lines.collect();
    for hunk in lines.split(|line| line.starts_with("@@")) {
        let side = |signs: [char; 2]| {
            let kept = hunk
                .iter()
                .filter(|line| line.is_empty() || line.starts_with(signs));
            kept.map(|line| format!("{}\n", line.get(1..).unwrap_or("")))
                .collect::<String>()
        };
        let (old, new) = (side([' ', '-']), side([' ', '+']));
        if old.is_empty() {
            text.push_str(&new);
        } else {
            assert_eq!(text.matches(&old).count(), 1, "in `{new_name}`:\n{old}");
            text = text.replacen(&old, &new, 1);
        }
    }
    fs::write(path, text).unwrap();
}

/// A text with `#` for every id and hash in it: they are others each time.
fn without_ids(text: &str) -> String {
    let mut told = String::new();
    let pieces = text.split_inclusive(|c: char| !c.is_ascii_hexdigit());
    for piece in pieces {
        let digits = piece.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
        match piece.strip_prefix(digits) {
            Some(rest) if digits.len() >= 12 => told.extend(["#", rest]),
            Some(_) | None => told.push_str(piece),
        }
    }
    told
}

/// Whether a line is as shown, where `…` is any text.
fn is_shown(shown: &str, line: &str) -> bool {
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The first shown line that did not come; a line of `…` alone is any number of lines.
fn missing<'a>(shown: &'a [String], printed: &[String]) -> Option<&'a str> {
    let mut printed = printed.iter().map(|line| without_ids(line));
    let mut may_skip = false;
    for line in shown {
        if line.trim() == "…" {
            may_skip = true;
            continue;
        }
        let wanted = without_ids(line);
        loop {
            match printed.next() {
                Some(next) if is_shown(&wanted, next.trim_end()) => break,
                Some(_) if may_skip => {}
                Some(_) | None => return Some(line),
            }
        }
        may_skip = false;
    }
    let more = !may_skip && printed.next().is_some_and(|line| !line.is_empty());
    more.then_some("(the end)")
}

#[test]
fn what_the_page_for_analysts_says_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let mut page = fs::read_to_string(root().join(PAGE)).unwrap();
    for address in ADDRESSES {
        // Free now, and so in all likelihood in a moment.
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        page = page.replace(address, &free.to_string());
    }
    let mut shell = Shell::new(folder.path());
    let mut commands = 0;
    for step in steps(&page) {
        let (command, shown) = match step {
            Step::Edit(diff) => {
                edit(folder.path(), &diff);
                continue;
            }
            Step::Run { command, shown } => (command, shown),
        };
        commands += 1;
        let (mut printed, mut status) = shell.run(&command);
        // A shadow is a moment behind; to look again changes nothing.
        for _ in 0..100 {
            if missing(&shown, &printed).is_none() || !command.contains("rules status") {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
            (printed, status) = shell.run(&command);
        }
        let told = printed.join("\n");
        let line = missing(&shown, &printed);
        assert_eq!(line, None, "$ {command}\n{told}");
        let fails = shown.iter().any(|line| line.starts_with("error"));
        assert_eq!(
            status != "0",
            fails,
            "$ {command}\n{told}\nexit status {status}"
        );
        if command.ends_with('&') {
            wait_for(&command);
        }
    }
    assert!(commands >= 30, "{commands}");
}

#[test]
fn a_page_that_says_otherwise_is_found() {
    let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    let printed = lines("one\ntwo 2\ndec_0123456789abcdef x\nfour");
    for (shown, wanted) in [
        ("one\ntwo 2\ndec_fedcba9876543210 x\nfour", None),
        ("…\ntwo …\n…", None),
        ("…\nfour", None),
        ("one\n…", None),
        ("one", Some("(the end)")),
        ("one\nfour", Some("four")),
        ("…\nfive\n…", Some("five")),
        ("…\nfour\none", Some("one")),
        ("one\ntwo …3\n…", Some("two …3")),
        ("…\ndec_… y\n…", Some("dec_… y")),
    ] {
        assert_eq!(missing(&lines(shown), &printed), wanted, "{shown}");
    }
    let page = "Text\n```console\n$ a \\\n  b\nc\n$ d\n```\n```diff\n--- f\n+++ f\n-x\n+y\n```\n";
    let run = |command: &str, shown: &str| Step::Run {
        command: command.to_owned(),
        shown: lines(shown),
    };
    let change = "--- f\n+++ f\n-x\n+y";
    let expected = [
        run("a \\\n  b", "c"),
        run("d", ""),
        Step::Edit(change.to_owned()),
    ];
    assert_eq!(steps(page), expected);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("f"), "w\nx\nz\n").unwrap();
    edit(folder.path(), change);
    edit(folder.path(), "--- f\n+++ f\n+end");
    let text = fs::read_to_string(folder.path().join("f")).unwrap();
    assert_eq!(text, "w\ny\nz\nend\n");
}
