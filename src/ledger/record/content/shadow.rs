//! What records about shadows hold.

use super::{Reader, Writer};

/// It was said which bundle decides beside a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct ShadowingContent<'a> {
    /// The bundle's hash; empty where none does.
    pub(in crate::ledger) bundle: &'a [u8],
    /// Who said so.
    pub(in crate::ledger) by: &'a str,
}

impl<'a> ShadowingContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(self.bundle.len())
            .bytes(self.bundle)
            .bytes(self.by.as_bytes())
            .0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let read = Self {
            bundle: reader.bytes()?,
            by: reader.text()?,
        };
        reader.end(read)
    }
}

/// What a shadow would have decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct ShadowContent<'a> {
    pub(in crate::ledger) name: &'a str,
    pub(in crate::ledger) live: &'a [u8],
    pub(in crate::ledger) live_outcome: &'a str,
    pub(in crate::ledger) bundle: &'a [u8],
    pub(in crate::ledger) result: &'a str,
    /// The ids of its rules that fired, with commas between them.
    pub(in crate::ledger) fired: &'a str,
}

impl<'a> ShadowContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(self.fired.len().saturating_add(256))
            .bytes(self.name.as_bytes())
            .bytes(self.live)
            .bytes(self.live_outcome.as_bytes())
            .bytes(self.bundle)
            .bytes(self.result.as_bytes())
            .bytes(self.fired.as_bytes())
            .0
    }

    pub(in crate::ledger) fn decode(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content)?;
        let read = Self {
            name: reader.text()?,
            live: reader.bytes()?,
            live_outcome: reader.text()?,
            bundle: reader.bytes()?,
            result: reader.text()?,
            fired: reader.text()?,
        };
        reader.end(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let shadowing = ShadowingContent {
            bundle: &[1; 32],
            by: "alice",
        };
        let content = shadowing.encode();
        assert_eq!(ShadowingContent::decode(&content), Some(shadowing));
        let shadow = ShadowContent {
            name: "a",
            live: &[1; 32],
            live_outcome: "REFER",
            bundle: &[2; 32],
            result: "APPROVE",
            fired: "too_much,too_little",
        };
        assert_eq!(ShadowContent::decode(&shadow.encode()), Some(shadow));
    }
}
