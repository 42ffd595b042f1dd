//! Published rule sets, what was made active and layouts as records.

use chrono::{DateTime, Utc};

use super::content::{ActivationContent, BundleContent, LayoutContent};
use super::draft::Draft;
use super::envelope::{Envelope, RecordKind};
use super::index::{ActivationRow, IndexRow};
use super::stored::{StoredRecord, layout_id};
use crate::id::{IdentityName, RuleSetName, TenantId};
use crate::ledger::error::LedgerError;
use crate::ledger::timeline::{Activation, Switch};
use crate::ledger::types::{Publication, StoredBundle, StoredLayout};
use crate::limits;
use crate::rules::BundleHash;
use crate::seal::NO_SALT;

const UNREADABLE: &str = "its content is not in a form that this engine reads";

/// Characters of a line that an error quotes.
const QUOTED_CHARS_MAX: usize = 80;

fn rejected(record: &str, problem: impl Into<String>) -> LedgerError {
    LedgerError::Rejected {
        record: record.to_owned(),
        problem: problem.into(),
    }
}

/// A bundle as a record, with who published it and what they said to it. Fails for bytes that are
/// not what their hash says.
pub(in crate::ledger) fn bundle_draft(
    tenant: &TenantId,
    bundle: &StoredBundle,
    (by, note): (&IdentityName, &str),
    at: DateTime<Utc>,
) -> Result<Draft, LedgerError> {
    let record = format!("bundle {}", bundle.hash);
    if bundle.bytes.len() > limits::RECORD_BYTES_MAX {
        let max = limits::RECORD_BYTES_MAX;
        return Err(rejected(&record, format!("is larger than {max} bytes")));
    }
    if BundleHash::of(&bundle.bytes) != bundle.hash {
        return Err(rejected(&record, "its bytes do not match its hash"));
    }
    let content = BundleContent {
        name: bundle.name.as_str(),
        version: &bundle.version,
        bytes: &bundle.bytes,
        by: by.as_str(),
        note,
    };
    if note.len() > limits::PUBLICATION_NOTE_BYTES_MAX {
        let max = limits::PUBLICATION_NOTE_BYTES_MAX;
        return Err(rejected(
            &record,
            format!("its note is longer than {max} bytes"),
        ));
    }
    let what = (RecordKind::Bundle, tenant, bundle.hash.to_string());
    Draft::new(what, at, &NO_SALT, &content.encode())
        .map_err(|problem| rejected(&record, problem.to_string()))
}

/// That it was said what decides under a name, as a record, and the content by which its row is made.
pub(in crate::ledger) fn activation_draft(
    tenant: &TenantId,
    switch: &Switch,
    now: DateTime<Utc>,
) -> Result<(Draft, Vec<u8>), LedgerError> {
    let name = &switch.name;
    let content = ActivationContent {
        name: name.as_str(),
        bundle: switch.bundle.as_ref().map_or(&[], |hash| hash.as_bytes()),
        at: switch.from.unwrap_or(now).timestamp(),
        by: switch.by.as_str(),
    };
    let content = content.encode();
    let what = (RecordKind::Activation, tenant, name.as_str().to_owned());
    let draft = Draft::new(what, now, &NO_SALT, &content)
        .map_err(|problem| rejected(&format!("activation {name}"), problem.to_string()))?;
    Ok((draft, content))
}

/// A layout as a record.
pub(in crate::ledger) fn layout_draft(
    tenant: &TenantId,
    layout: &StoredLayout,
    at: DateTime<Utc>,
) -> Result<Draft, LedgerError> {
    let content = LayoutContent {
        bundle: layout.bundle.as_bytes(),
        semantics: i64::from(layout.semantics),
        bytes: &layout.bytes,
    };
    let id = layout_id(layout.bundle, layout.semantics);
    let record = format!("layout {id}");
    Draft::new(
        (RecordKind::Layout, tenant, id),
        at,
        &NO_SALT,
        &content.encode(),
    )
    .map_err(|problem| rejected(&record, problem.to_string()))
}

/// Proves a stored bundle and reads it with who published it, or tells what is wrong with it.
pub(in crate::ledger) fn prove_bundle(
    row: &StoredRecord,
    chain_id: &str,
) -> Result<(Publication, StoredBundle), String> {
    let envelope = row.envelope(chain_id)?;
    let opened = row.open()?;
    Ok(read_bundle(&envelope, opened.content())?)
}

/// Reads the content of a bundle and proves its hash.
pub(in crate::ledger) fn read_bundle(
    envelope: &Envelope,
    content: &[u8],
) -> Result<(Publication, StoredBundle), &'static str> {
    let content = BundleContent::decode(content).ok_or(UNREADABLE)?;
    let hash = BundleHash::parse(&envelope.id).ok_or(UNREADABLE)?;
    if BundleHash::of(content.bytes) != hash {
        return Err("its bytes do not match its hash");
    }
    let bundle = StoredBundle {
        hash,
        name: RuleSetName::parse(content.name).map_err(|_| UNREADABLE)?,
        version: content.version.to_owned(),
        bytes: content.bytes.to_vec(),
    };
    let publication = Publication {
        seq: envelope.seq,
        hash,
        name: bundle.name.clone(),
        version: bundle.version.clone(),
        by: by(content.by).ok_or(UNREADABLE)?,
        note: content.note.to_owned(),
        at: envelope.recorded_at,
    };
    Ok((publication, bundle))
}

/// Who did it.
fn by(text: &str) -> Option<IdentityName> {
    match text {
        "" => Some(IdentityName::local()),
        name => IdentityName::parse(name).ok(),
    }
}

/// Proves a stored layout and reads it, or tells what is wrong with it.
pub(in crate::ledger) fn prove_layout(
    row: &StoredRecord,
    chain_id: &str,
) -> Result<StoredLayout, String> {
    row.envelope(chain_id)?;
    let opened = row.open()?;
    let read = || {
        let content = LayoutContent::decode(opened.content())?;
        let layout = StoredLayout {
            bundle: BundleHash::from_slice(content.bundle)?,
            semantics: u32::try_from(content.semantics).ok()?,
            bytes: content.bytes.to_vec(),
        };
        (layout_id(layout.bundle, layout.semantics) == row.id).then_some(layout)
    };
    read().ok_or_else(|| UNREADABLE.to_owned())
}

/// Proves a stored activation by its record and the row that it was found by.
pub(in crate::ledger) fn prove_activation(
    row: &StoredRecord,
    index: ActivationRow,
    chain_id: &str,
) -> Result<Activation, String> {
    let envelope = row.envelope(chain_id)?;
    let opened = row.open()?;
    let expected = IndexRow::expected(&envelope, opened.content());
    if expected != Some(IndexRow::Activation(index.clone())) {
        return Err("its row in `activations` is not what was recorded".to_owned());
    }
    let read = || {
        let content = ActivationContent::decode(opened.content())?;
        Some(Activation {
            seq: envelope.seq,
            name: RuleSetName::parse(&index.name).ok()?,
            bundle: match index.bundle.as_slice() {
                [] => None,
                hash => Some(BundleHash::from_slice(hash)?),
            },
            at: DateTime::from_timestamp(index.at, 0)?,
            by: by(content.by)?,
            recorded_at: envelope.recorded_at,
        })
    };
    read().ok_or_else(|| UNREADABLE.to_owned())
}

/// The refusal of other content under a version that is published.
pub(in crate::ledger) fn version_published(
    published: &StoredBundle,
    given: &StoredBundle,
) -> LedgerError {
    let (there, here) = (
        String::from_utf8_lossy(&published.bytes),
        String::from_utf8_lossy(&given.bytes),
    );
    let (mut there, mut here) = (there.split('\n'), here.split('\n'));
    let mut line = 1_usize;
    let (there, here) = loop {
        match (there.next(), here.next()) {
            (Some(there), Some(here)) if there == here => line = line.saturating_add(1),
            different => break different,
        }
    };
    LedgerError::VersionPublished {
        name: given.name.clone(),
        version: given.version.clone(),
        line,
        published: quoted(there),
        given: quoted(here),
    }
}

fn quoted(line: Option<&str>) -> String {
    let Some(line) = line else {
        return "absent".to_owned();
    };
    let mut quoted = String::from("`");
    for (count, c) in line.chars().enumerate() {
        if count == QUOTED_CHARS_MAX {
            quoted.push('…');
            break;
        }
        if c.is_control() {
            quoted.extend(c.escape_default());
        } else {
            quoted.push(c);
        }
    }
    quoted.push('`');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::bundle_of;

    fn told(published: &str, given: &str) -> (usize, String, String) {
        let error = version_published(&bundle_of("a", published), &bundle_of("a", given));
        let LedgerError::VersionPublished {
            line,
            published,
            given,
            ..
        } = error
        else {
            panic!("{error}");
        };
        (line, published, given)
    }

    #[test]
    fn the_first_line_that_differs_is_quoted() {
        let of = |line, there: &str, here: &str| (line, there.to_owned(), here.to_owned());
        assert_eq!(told("a\nb\nc", "a\nB\nC"), of(2, "`b`", "`B`"));
        assert_eq!(told("a", "a\nb"), of(2, "absent", "`b`"));
        assert_eq!(told("a\nb", "a"), of(2, "`b`", "absent"));
        assert_eq!(told("a\r\nb", "a\nb"), of(1, "`a\\r`", "`a`"));
        let max = QUOTED_CHARS_MAX;
        for (length, cut) in [(max - 1, false), (max, false), (max + 1, true)] {
            let (_, there, _) = told(&"x".repeat(length), "y");
            assert_eq!(there.ends_with("…`"), cut, "{length}");
            assert_eq!(there.chars().count(), length + 2);
        }
    }
}
