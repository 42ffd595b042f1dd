//! The one form in which a rule set is stored: its file as it is, or, where it names others, all of
//! them in one text that anybody can read.
//!
//! ```text
//! %underwrite-bundle 2
//! %rules 1234
//! …the 1234 bytes of the rule file…
//! %file 56 common/nsf.toml
//! …56 bytes…
//! ```
//!
//! A line break follows the bytes of each file. The files are in the order of their names, so one
//! rule set has one form. No rule file begins like this: `%` begins no line of TOML.

use super::attachments::{Attachments, is_file_name};

const MAGIC: &str = "%underwrite-bundle 2\n";

/// The stored form of a rule file and the files that it names.
pub(super) fn encode(source: &[u8], attachments: &Attachments) -> Vec<u8> {
    if attachments.is_empty() {
        return source.to_vec();
    }
    let mut bytes = MAGIC.as_bytes().to_vec();
    let mut add = |head: String, content: &[u8]| {
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(content);
        bytes.push(b'\n');
    };
    add(format!("%rules {}\n", source.len()), source);
    for (name, content) in attachments.iter() {
        add(format!("%file {} {name}\n", content.len()), content);
    }
    bytes
}

/// The rule file and the files that it names; `None` where the bytes are not what [`encode`] gives.
pub(super) fn decode(bytes: &[u8]) -> Option<(Vec<u8>, Attachments)> {
    let Some(mut rest) = bytes.strip_prefix(MAGIC.as_bytes()) else {
        return Some((bytes.to_vec(), Attachments::none()));
    };
    let mut attachments = Attachments::none();
    let (head, source) = part(&mut rest)?;
    if head != "%rules" {
        return None;
    }
    while !rest.is_empty() {
        let (head, content) = part(&mut rest)?;
        let name = head.strip_prefix("%file ")?;
        if !is_file_name(name) {
            return None;
        }
        attachments.insert(name, content);
    }
    // One form only: nothing twice, in order, no other way to write a length.
    (encode(source, &attachments) == bytes).then(|| (source.to_vec(), attachments))
}

/// Takes one part: its head without the length, and its bytes.
fn part<'b>(rest: &mut &'b [u8]) -> Option<(String, &'b [u8])> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let head = std::str::from_utf8(rest.get(..end)?).ok()?;
    let mut words = head.splitn(3, ' ');
    let (kind, length) = (words.next()?, words.next()?.parse::<usize>().ok()?);
    let head = match words.next() {
        Some(name) => format!("{kind} {name}"),
        None => kind.to_owned(),
    };
    let after = rest.get(end.checked_add(1)?..)?;
    let content = after.get(..length)?;
    *rest = after.get(length..)?.strip_prefix(b"\n")?;
    Some((head, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Attachments {
        let mut files = Attachments::none();
        files.insert("b.txt", "B\n\n%file 3 x\n");
        files.insert("a/c.csv", "");
        files
    }

    #[test]
    fn a_rule_set_reads_back_as_it_was() {
        let alone = encode(b"[rule_set]\n", &Attachments::none());
        assert_eq!(alone, b"[rule_set]\n");
        for files in [two(), Attachments::none()] {
            let bytes = encode(b"[rule_set]", &files);
            assert_eq!(decode(&bytes), Some((b"[rule_set]".to_vec(), files)));
        }
        let text = String::from_utf8(encode(b"x", &two())).unwrap();
        let head = "%underwrite-bundle 2\n%rules 1\nx\n%file 0 a/c.csv\n\n%file 13 b.txt\n";
        assert!(text.starts_with(head), "{text}");
    }

    #[test]
    fn there_is_one_form_only() {
        let good = String::from_utf8(encode(b"x", &two())).unwrap();
        let bad = [
            good.replace("%rules 1", "%rules 01"),
            good.replace("%rules 1", "%rules +1"),
            good.replace("%rules 1", "%rules 2"),
            good.replace("%rules 1", "%file 1 rules"),
            good.replace("a/c.csv", "../c.csv"),
            good.replace("a/c.csv", "b.txt"),
            good.replace("a/c.csv", "z.csv"),
            good.strip_suffix('\n').unwrap().to_owned(),
            format!("{good}\n"),
            MAGIC.to_owned(),
            format!("{MAGIC}%rules 1\nx\n"),
        ];
        for bytes in &bad {
            assert_eq!(decode(bytes.as_bytes()), None, "{bytes}");
        }
        for cut in MAGIC.len()..good.len() {
            // Cut behind a file, it is the bundle of those before.
            let found = decode(&good.as_bytes()[..cut]);
            assert!(found.is_none_or(|(_, files)| files != two()));
        }
    }
}
