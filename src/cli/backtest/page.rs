//! The page that a credit committee reads.

use std::borrow::Cow;
use std::ffi::OsString;

use crate::cli::assembly::Assembly;
use crate::clock::{Clock, SystemClock};
use crate::replay::backtest::{Backtest, Sweep};
use crate::report;
use crate::report::backtest::{Changes, CommitteeReport, newest};
use crate::rules::{Bundle, BundleHash, Written};

/// The page about what was found of these candidates.
pub(super) async fn page(
    (found, sweep): (&Backtest, Option<&Sweep>),
    candidates: &[Bundle],
    house: &Assembly,
    open_ended: bool,
) -> String {
    let live = match newest(found) {
        Some(live) => stored(live.bundle, house).await,
        None => Err("nothing decided".to_owned()),
    };
    let changes = candidates.iter().map(|candidate| match &live {
        Ok(live) => differences(live, candidate.bytes()),
        Err(why) => Err(why.clone()),
    });
    report::backtest_page(&CommitteeReport {
        found,
        sweep,
        changes: changes.collect(),
        command: command(std::env::args_os().skip(1)),
        open_ended,
        made_at: SystemClock.now(),
    })
}

async fn stored(bundle: BundleHash, house: &Assembly) -> Result<Vec<u8>, String> {
    match house.ledger.bundle(&house.tenant, bundle).await {
        Ok(Some(stored)) => Ok(stored.bytes),
        Ok(None) => Err(format!("the bundle {bundle} is missing")),
        Err(error) => Err(error.to_string()),
    }
}

/// What differs between the files of two bundles.
fn differences(before: &[u8], after: &[u8]) -> Changes {
    let unread = || "the text of one of them cannot be read".to_owned();
    let (before, beside_before) = Bundle::as_written(before).ok_or_else(unread)?;
    let (after, beside_after) = Bundle::as_written(after).ok_or_else(unread)?;
    let before = Written::read(&before, &beside_before).map_err(|_| unread())?;
    let after = Written::read(&after, &beside_after).map_err(|_| unread())?;
    let mut found = before.differences(&after);
    // What a rule set is tested with is no part of what it decides.
    found.retain(|one| !one.path.starts_with("test."));
    Ok(found)
}

/// The words of a command as a shell takes them, but for files that it writes: it would refuse those that are
/// there.
fn command(words: impl Iterator<Item = OsString>) -> String {
    let mut told = vec!["underwrite".to_owned()];
    let mut words = words.map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        match WRITES.contains(&name) {
            true if name == word => drop(words.next()),
            true => {}
            false => told.push(quoted(&word).into_owned()),
        }
    }
    told.join(" ")
}

/// Flags that name a file to be written.
const WRITES: [&str; 2] = ["--report", "--decisions"];

fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@,+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_what_a_shell_takes() {
        let words = ["backtest", "a b.toml", "--where", "it's < 3", "", "x@1.0.0"];
        let written = ["--report", "page.html", "--decisions=lines.jsonl", "--json"];
        assert_eq!(
            command(words.into_iter().chain(written).map(OsString::from)),
            r"underwrite backtest 'a b.toml' --where 'it'\''s < 3' '' x@1.0.0 --json"
        );
    }

    #[test]
    fn what_cannot_be_read_is_no_difference() {
        let one = b"name = 'a'\n".as_slice();
        assert_eq!(differences(one, one), Ok(Vec::new()));
        let told = differences(one, b"name = 'b'\n").unwrap();
        assert_eq!(told.len(), 1);
        assert!(differences(one, b"= not TOML").is_err());
    }
}
