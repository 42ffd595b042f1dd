//! Telephone numbers and e-mail addresses, however they are written. `None` where there is nothing to
//! compare: what is masked or left out is no mismatch.

/// The same.
const SAME: i64 = 1_000;
/// The digits that a bank shows of a masked number are the same: of so many people one in ten thousand
/// shares them, but they are not all.
const SHOWN_DIGITS_SAME: i64 = 700;
/// A number without its country has so many digits or more.
const DIGITS_MIN: usize = 9;
/// So many digits are shown of a masked number at least.
const SHOWN_DIGITS_MIN: usize = 4;
/// A number of the United States with its country.
const DIGITS_WITH_COUNTRY: usize = 11;

/// Whether two telephone numbers are the same, in thousandths.
pub(super) fn phone_score(ours: &str, theirs: &str) -> Option<i64> {
    let (ours, theirs) = (digits(ours), digits(theirs));
    if ours.len() < DIGITS_MIN || theirs.len() < SHOWN_DIGITS_MIN || is_filler(&theirs) {
        return None;
    }
    let (short, long) = if ours.len() <= theirs.len() {
        (&ours, &theirs)
    } else {
        (&theirs, &ours)
    };
    let same = if short.len() < DIGITS_MIN {
        SHOWN_DIGITS_SAME
    } else {
        SAME
    };
    Some(if long.ends_with(short.as_str()) {
        same
    } else {
        0
    })
}

/// The digits of a number without its extension, the country of the United States and leading zeros.
fn digits(number: &str) -> String {
    let lower = number.to_ascii_lowercase();
    // `555-0100 x12`, `555-0100 ext. 12`. An `x` before the digits masks some.
    let number = lower
        .match_indices(['x', '#', 'e'])
        .map(|(at, _)| lower.get(..at).unwrap_or_default())
        .find(|before| digits_in(before) >= DIGITS_MIN)
        .unwrap_or(&lower);
    let all: String = number.chars().filter(char::is_ascii_digit).collect();
    // Of a masked number the shown digits may begin with a zero.
    let rest = if all.len() > DIGITS_MIN {
        all.trim_start_matches('0')
    } else {
        &all
    };
    let national = rest
        .strip_prefix('1')
        .filter(|_| rest.len() == DIGITS_WITH_COUNTRY);
    national.unwrap_or(rest).to_owned()
}

fn digits_in(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// `9999999999` stands for a number that is not known.
fn is_filler(digits: &str) -> bool {
    let mut bytes = digits.bytes();
    let first = bytes.next();
    bytes.all(|byte| Some(byte) == first)
}

/// Whether two e-mail addresses reach the same mailbox, in thousandths.
pub(super) fn email_score(ours: &str, theirs: &str) -> Option<i64> {
    if ours.contains('*') || theirs.contains('*') {
        return None;
    }
    let same = mailbox(ours)? == mailbox(theirs)?;
    Some(if same { SAME } else { 0 })
}

/// The mailbox and its host: without case, without what follows a `+`, and at Google, which says that
/// dots do not matter in its addresses, without those.
fn mailbox(address: &str) -> Option<(String, String)> {
    let lower = address.trim().to_lowercase();
    let (name, host) = lower.rsplit_once('@')?;
    let name = name.split('+').next().unwrap_or(name);
    let google = matches!(host, "gmail.com" | "googlemail.com");
    let (name, host) = if google {
        (name.replace('.', ""), "gmail.com")
    } else {
        (name.to_owned(), host)
    };
    (!name.is_empty() && host.contains('.')).then(|| (name, host.to_owned()))
}
