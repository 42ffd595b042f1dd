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

/// What a shadow would have decided. A text is empty where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct ShadowContent<'a> {
    pub(in crate::ledger) name: &'a str,
    pub(in crate::ledger) live: &'a [u8],
    pub(in crate::ledger) live_outcome: &'a str,
    pub(in crate::ledger) bundle: &'a [u8],
    pub(in crate::ledger) result: &'a str,
    pub(in crate::ledger) codes: &'a str,
    pub(in crate::ledger) amount: &'a str,
    pub(in crate::ledger) rate_percent: &'a str,
}

impl<'a> ShadowContent<'a> {
    pub(in crate::ledger) fn encode(&self) -> Vec<u8> {
        Writer::new(self.codes.len().saturating_add(256))
            .bytes(self.name.as_bytes())
            .bytes(self.live)
            .bytes(self.live_outcome.as_bytes())
            .bytes(self.bundle)
            .bytes(self.result.as_bytes())
            .bytes(self.codes.as_bytes())
            .bytes(self.amount.as_bytes())
            .bytes(self.rate_percent.as_bytes())
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
            codes: reader.text()?,
            amount: reader.text()?,
            rate_percent: reader.text()?,
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
            codes: "R1,R2",
            amount: "1500.00 USD",
            rate_percent: "12.5",
        };
        assert_eq!(ShadowContent::decode(&shadow.encode()), Some(shadow));
    }
}
