//! Clients in other languages: what they need is installed below `target` once, and again when
//! its list changes. Where that cannot be had the tests are skipped, and fail where
//! `TESTS_REQUIRE_TOOLS` is set.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

/// The interpreter of a virtual environment with `tests/python/requirements.txt`.
pub(crate) fn python() -> Option<PathBuf> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let install = || {
        let folder = target().join("python");
        let interpreter = folder.join("bin/python");
        let list = root().join("tests/python/requirements.txt");
        let installed = once(&folder, &list, || {
            if !interpreter.exists() {
                finish(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
            }
            let words = "-m pip install --quiet --disable-pip-version-check --retries 2 \
                         --timeout 15 --requirement";
            finish(Command::new(&interpreter).args(words.split(' ')).arg(&list))
        });
        or_skipped(interpreter.clone(), installed)
    };
    PYTHON.get_or_init(install).clone()
}

/// A folder in which the libraries of `tests/node/package.json` are installed.
pub(crate) fn node() -> Option<PathBuf> {
    static NODE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let install = || {
        let (folder, wanted) = (target().join("node"), root().join("tests/node"));
        let installed = once(&folder, &wanted.join("package-lock.json"), || {
            for file in ["package.json", "package-lock.json"] {
                let copied = fs::copy(wanted.join(file), folder.join(file));
                copied.map_err(|error| error.to_string())?;
            }
            let words = "ci --no-audit --no-fund --fetch-retries=2 --fetch-timeout=15000";
            finish(
                Command::new("npm")
                    .args(words.split(' '))
                    .current_dir(&folder),
            )
        });
        or_skipped(folder.clone(), installed)
    };
    NODE.get_or_init(install).clone()
}

/// Installs into `folder` unless that was done for the same `list`.
fn once(
    folder: &Path,
    list: &Path,
    install: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let (wanted, done) = (fs::read(list).unwrap(), folder.join("installed"));
    if fs::read(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    fs::create_dir_all(folder).unwrap();
    install()?;
    fs::write(done, wanted).unwrap();
    Ok(())
}

fn finish(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            Err(format!("{name}: {}", errors.trim()))
        }
        Err(error) => Err(format!("{name}: {error}")),
    }
}

fn or_skipped(tool: PathBuf, installed: Result<(), String>) -> Option<PathBuf> {
    let Err(problem) = installed else {
        return Some(tool);
    };
    skip(&problem);
    None
}

/// The example in that language of the document for integrators, as it is written there, but for a
/// server at `address`.
pub(crate) fn documented_example(language: &str, address: &str) -> String {
    let document = fs::read_to_string(root().join("docs/integration.md")).unwrap();
    let (_, rest) = document.split_once(&format!("```{language}\n")).unwrap();
    let (example, _) = rest.split_once("```\n").unwrap();
    assert!(example.contains("127.0.0.1:50051"));
    example.replace("127.0.0.1:50051", address)
}

/// Says that a test is skipped for want of a tool; fails where it must not be.
pub(crate) fn skip(problem: &str) {
    let required = std::env::var_os("TESTS_REQUIRE_TOOLS").is_some();
    assert!(!required, "a tool cannot be had: {problem}");
    println!("skipped: a tool cannot be had: {problem}");
}

/// Runs a program at the root with `input` and returns what it printed.
pub(crate) async fn run(program: &Path, arguments: &[&str], input: &str) -> String {
    let output = ended(program, arguments, &[], input).await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a program at the root with `input` and more environment, whatever comes of it.
pub(crate) async fn ended(
    program: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
    input: &str,
) -> Output {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(root())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let input = input.to_owned();
    let finished = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that needs no input may end before it was written.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().unwrap()
    });
    finished.await.unwrap()
}
