//! What records of what follows a decision hold.

use super::{Reader, Writer};

/// An override, an entry of loan performance or a notice: which of them says the kind of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct FollowUpContent<'a> {
    /// The caller's key, which names it.
    pub(in crate::ledger) key: &'a str,
    /// Who had it recorded.
    pub(in crate::ledger) by: &'a str,
    /// What it says, as canonical JSON.
    pub(in crate::ledger) body: &'a [u8],
}

impl<'a> FollowUpContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(self.body.len().saturating_add(256))
            .bytes(self.key.as_bytes())
            .bytes(self.by.as_bytes())
            .bytes(self.body)
            .0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let read = Self {
            key: reader.text()?,
            by: reader.text()?,
            body: reader.bytes()?,
        };
        reader.end(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let content = FollowUpContent {
            key: "k",
            by: "alice",
            body: b"{}",
        };
        let written = content.encode();
        assert_eq!(FollowUpContent::decode(&written), Some(content));
        assert_eq!(FollowUpContent::decode(&written[..written.len() - 1]), None);
    }
}
