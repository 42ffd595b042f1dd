//! JSON whose texts a bank has damaged: half of a character, bytes that are no UTF-8, characters that
//! may not stand bare. A text loses what is damaged of it, and nothing beside it is lost.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::error::BadAnswer;

/// Stands where something is lost.
const LOST: char = char::REPLACEMENT_CHARACTER;

/// Reads JSON. What cannot be read as it is gets a second try with its texts repaired, so that whole
/// answers cost nothing.
///
/// # Errors
///
/// What is no JSON of the expected form then either.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BadAnswer> {
    let result = serde_json::from_slice(bytes).or_else(|error| match repaired(bytes) {
        Cow::Borrowed(_) => Err(error),
        Cow::Owned(text) => serde_json::from_str(&text),
    });
    result.map_err(|error| BadAnswer::Json {
        missing: missing_field(&error),
        line: error.line(),
        column: error.column(),
    })
}

/// The field that is missing, where that is what is wrong. Whatever else an error says may repeat what
/// stands in the text.
fn missing_field(error: &serde_json::Error) -> Option<String> {
    let says = error.to_string();
    let rest = says.strip_prefix("missing field `")?;
    Some(rest.split_once('`')?.0.to_owned())
}

/// The same with what is damaged within texts replaced; borrowed where nothing is.
fn repaired(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::new();
    let (mut copied, mut at, mut within) = (0, 0, false);
    let special = |c: char| matches!(c, '"' | '\\') || c < ' ';
    while let Some(rest) = text.get(at..)
        && let Some(offset) = rest.find(special)
    {
        let (here, found) = (at + offset, rest.get(offset..).unwrap_or_default());
        let (lost, length) = match found.as_bytes() {
            [b'"', ..] => {
                within = !within;
                (false, 1)
            }
            [b'\\', after @ ..] if within => escape(after),
            _ => (within, 1),
        };
        at = here + length;
        if lost {
            out.push_str(text.get(copied..here).unwrap_or_default());
            out.push(LOST);
            copied = at;
        }
    }
    if copied == 0 {
        return text;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// Whether an escape stands for no character, by what follows its backslash, and how long it is; of
/// one that is none at all the backslash alone is lost.
fn escape(after: &[u8]) -> (bool, usize) {
    match after {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => (false, 2),
        [b'u', digits @ ..] => match (unit(digits), digits.get(4..)) {
            (Some(0xd800..=0xdbff), Some([b'\\', b'u', second @ ..]))
                if unit(second).is_some_and(|unit| (0xdc00..=0xdfff).contains(&unit)) =>
            {
                (false, 12)
            }
            (Some(0xd800..=0xdfff), _) => (true, 6),
            (Some(_), _) => (false, 6),
            (None, _) => (true, 1),
        },
        _ => (true, 1),
    }
}

/// Four hexadecimal digits.
fn unit(digits: &[u8]) -> Option<u32> {
    let digits = digits.get(..4)?;
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    digits
        .iter()
        .try_fold(0, |unit, digit| Some(unit * 16 + value(digit)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(json: &[u8]) -> Vec<String> {
        read(json).unwrap()
    }

    #[test]
    fn a_damaged_text_loses_what_is_damaged_of_it() {
        for (json, text) in [
            (&br#"["a \ud83d b", "whole"]"#[..], "a \u{fffd} b"),
            (br#"["a \udcb8 b", "whole"]"#, "a \u{fffd} b"),
            (br#"["\ud83d\ud83d\udcb8", "whole"]"#, "\u{fffd}\u{1f4b8}"),
            (br#"["\ud83d\u0041", "whole"]"#, "\u{fffd}A"),
            (br#"["\ud83", "whole"]"#, "\u{fffd}ud83"),
            (br#"["a\x b", "whole"]"#, "a\u{fffd}x b"),
            (b"[\"a\xff b\", \"whole\"]", "a\u{fffd} b"),
            (b"[\"a\xf0\x9f\x92\", \"whole\"]", "a\u{fffd}"),
            (b"[\"a\x01b\nc\", \"whole\"]", "a\u{fffd}b\u{fffd}c"),
            (br#"["\\ud83d\"\ud83d\\", "whole"]"#, "\\ud83d\"\u{fffd}\\"),
        ] {
            assert_eq!(texts(json), [text, "whole"], "{}", json.escape_ascii());
        }
    }

    #[test]
    fn what_is_whole_is_left_as_it_is() {
        let whole = br#"{"a": "\ud83d\udcb8 \u00e4 \\ \" \n", "b":	"x"}"#;
        assert!(matches!(repaired(whole), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_no_json_stays_so() {
        for json in [&b"[\"a\\ud83d"[..], b"\xff[]", b"[\"a\" \\ud83d]", b""] {
            let read: Result<Vec<String>, _> = read(json);
            assert!(matches!(read, Err(BadAnswer::Json { .. })), "{json:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_within_a_text_make_the_others_unreadable(
            bytes in proptest::collection::vec(any::<u8>().prop_filter(
                "they end the text",
                |byte| !matches!(byte, b'"' | b'\\'),
            ), 0..40),
        ) {
            let json = [&b"[\"a"[..], &bytes, b"b\", \"whole\"]"].concat();
            let texts = texts(&json);
            prop_assert_eq!(texts.len(), 2);
            prop_assert!(texts[0].starts_with('a') && texts[0].ends_with('b'));
            prop_assert_eq!(&texts[1], "whole");
        }

        #[test]
        fn a_repair_never_loses_what_is_whole(text: String) {
            let json = serde_json::to_vec(&[&text]).unwrap();
            prop_assert!(matches!(repaired(&json), Cow::Borrowed(_)));
        }
    }
}
