//! How alike two words are, as a whole number.

/// Jaro-Winkler similarity in thousandths, rounded. It is computed from quotients of small
/// integers by basic operations only, so it has the same bits everywhere; it is quantised here,
/// before anything depends on it.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    reason = "the library returns a float between 0 and 1; this is the one place it is seen"
)]
pub(super) fn similarity(a: &str, b: &str) -> i64 {
    (strsim::jaro_winkler(a, b) * 1_000.0).round() as i64
}
