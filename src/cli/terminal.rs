//! Where a command writes: passed in, so that commands can be tested.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::CliError;
use super::text::{RED, paint};

/// Standard output and standard error, or what stands for them in a test.
pub struct Terminal {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    json: bool,
    progress: bool,
    width: Option<usize>,
}

impl Terminal {
    /// The streams of the process. Colours are stripped where `color` or the stream says so;
    /// `NO_COLOR` is heeded.
    pub fn standard(color: ColorChoice, json: bool) -> Self {
        let (out, err) = (io::stdout(), io::stderr());
        let width = out.is_terminal().then(columns).flatten();
        let progress = err.is_terminal() && !json;
        Self {
            out: Box::new(AutoStream::new(out, resolve(color, &io::stdout()))),
            err: Box::new(AutoStream::new(err, resolve(color, &io::stderr()))),
            json,
            progress,
            width,
        }
    }

    /// Streams of the caller's, without colours.
    pub fn of(
        out: impl Write + Send + 'static,
        err: impl Write + Send + 'static,
        json: bool,
    ) -> Self {
        Self {
            out: Box::new(anstream::StripStream::new(
                Box::new(out) as Box<dyn Write + Send>
            )),
            err: Box::new(anstream::StripStream::new(
                Box::new(err) as Box<dyn Write + Send>
            )),
            json,
            progress: false,
            width: None,
        }
    }

    /// Whether the output is one JSON value.
    pub(super) fn wants_json(&self) -> bool {
        self.json
    }

    /// How many columns there are, on a terminal.
    pub(super) fn width(&self) -> Option<usize> {
        self.width
    }

    /// Writes the output.
    pub(super) fn print(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(tame(text).as_bytes())?;
        self.out.flush()
    }

    /// Writes the output as JSON.
    pub(super) fn print_json(&mut self, value: &Value) -> io::Result<()> {
        self.print(&format!("{value:#}\n"))
    }

    /// Says on standard error what goes on, for a person.
    pub(super) fn note(&mut self, text: &str) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        writeln!(self.err, "{}", tame(text))?;
        self.err.flush()
    }

    /// Says how the command failed.
    pub(super) fn complain(&mut self, error: &CliError) -> io::Result<()> {
        if self.json {
            let value = json!({ "error": {
                "code": error.code(),
                "message": error.to_string(),
                "fields": error.fields(),
            }});
            // One line, because it may stand among those of a log.
            return writeln!(self.err, "{value}");
        }
        let label = paint(RED, "error");
        writeln!(self.err, "{label}: {}", tame(&error.to_string()))?;
        if let CliError::Refused(error_summary) = error
            && error_summary.fields.len() > 1
        {
            for (field, problem) in &error_summary.fields {
                writeln!(self.err, "{}", tame(&format!("  `{field}` {problem}")))?;
            }
        }
        self.err.flush()
    }

    /// A bar on standard error that shows how much is done; hidden where nobody would see it.
    pub(super) fn bar(&self, what: &'static str) -> ProgressBar {
        let target = if self.progress {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target).with_message(what);
        match ProgressStyle::with_template("{msg} {wide_bar} {pos} of {len}") {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }
}

fn resolve(color: ColorChoice, stream: &impl anstream::stream::RawStream) -> ColorChoice {
    match color {
        ColorChoice::Auto => AutoStream::choice(stream),
        ColorChoice::Always | ColorChoice::AlwaysAnsi | ColorChoice::Never => color,
    }
}

/// Leaves of the control characters in a text only line breaks and the sequences that colour: a
/// bank's description of a transaction is not to move the cursor or to rename the window.
fn tame(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| !c.is_control() || c == '\n';
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let mut tamed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = colour(rest).unwrap_or(c.len_utf8());
        let Some((taken, after)) = rest.split_at_checked(length) else {
            break;
        };
        if length > c.len_utf8() || harmless(c) {
            tamed.push_str(taken);
        } else {
            tamed.push(char::REPLACEMENT_CHARACTER);
        }
        rest = after;
    }
    Cow::Owned(tamed)
}

/// The length of the sequence that sets colours at the start of a text: `ESC [ 1 ; 31 m`.
fn colour(text: &str) -> Option<usize> {
    let codes = text.strip_prefix("\u{1b}[")?;
    let end = codes.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    let (_, after) = codes.split_at_checked(end)?;
    let after = after.strip_prefix('m')?;
    text.len().checked_sub(after.len())
}

fn columns() -> Option<usize> {
    let (terminal_size::Width(width), _) = terminal_size::terminal_size()?;
    Some(usize::from(width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_steer_the_terminal_but_it_can_be_coloured() {
        let red = paint(RED, "Żółć 山田\n");
        assert_eq!(tame(&red), red);
        assert_eq!(tame("a\u{1b}]0;title\u{7}b"), "a\u{fffd}]0;title\u{fffd}b");
        assert_eq!(
            tame("\u{1b}[2J\r\t\0\u{9b}"),
            "\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(tame("\u{1b}[31"), "\u{fffd}[31");
    }
}
