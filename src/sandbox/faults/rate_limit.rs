//! Why Stripe says that a call was one too many.

/// What `Stripe-Rate-Limited-Reason` can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimitReason {
    /// Too many calls a second in all.
    GlobalRate,
    /// Too many calls a second of one endpoint.
    EndpointRate,
    /// Too many calls at once in all.
    GlobalConcurrency,
    /// Too many calls at once of one endpoint.
    EndpointConcurrency,
    /// A limit of the resource itself.
    ResourceSpecific,
}

impl RateLimitReason {
    const ALL: [(&'static str, Self); 5] = [
        ("global-rate", Self::GlobalRate),
        ("endpoint-rate", Self::EndpointRate),
        ("global-concurrency", Self::GlobalConcurrency),
        ("endpoint-concurrency", Self::EndpointConcurrency),
        ("resource-specific", Self::ResourceSpecific),
    ];
    pub(super) const WORDS: &'static [&'static str] = &[
        "global-rate",
        "endpoint-rate",
        "global-concurrency",
        "endpoint-concurrency",
        "resource-specific",
    ];

    /// The header's word.
    pub fn word(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, reason)| *reason == self);
        found.map_or("", |(word, _)| word)
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == word);
        found.map(|(_, reason)| *reason)
    }
}
