//! The file of who sends notices.

use std::path::Path;

use serde::Deserialize;

use crate::cli::{CliError, limited_file};
use crate::limits;
use crate::proto;

/// Who sends notices, as the file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    address: String,
    ecoa_agency: WrittenAgency,
    #[serde(default)]
    consumer_reporting_agencies: Vec<WrittenAgency>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAgency {
    name: String,
    address: String,
    #[serde(default)]
    phone: String,
}

impl From<WrittenAgency> for proto::NoticeAgency {
    fn from(written: WrittenAgency) -> Self {
        Self {
            name: written.name,
            address: written.address,
            phone: written.phone,
        }
    }
}

/// Reads the file.
pub(super) fn read(path: &Path) -> Result<proto::Creditor, CliError> {
    let unusable = |problem: String| CliError::Usage(format!("`{}` {problem}", path.display()));
    let max = limits::CREDITOR_FILE_BYTES_MAX;
    let bytes = limited_file::read(path, max).map_err(|error| CliError::file(path, &error))?;
    let bytes = bytes.ok_or_else(|| unusable(format!("is larger than {max} bytes")))?;
    let text = String::from_utf8(bytes).map_err(|_| unusable("is not UTF-8 text".to_owned()))?;
    let written: Written = toml::from_str(&text).map_err(|error| {
        unusable(format!(
            "does not say who sends a notice: {}",
            error.message()
        ))
    })?;
    let known = written.consumer_reporting_agencies.into_iter();
    Ok(proto::Creditor {
        name: written.name,
        address: written.address,
        ecoa_agency: Some(written.ecoa_agency.into()),
        consumer_reporting_agencies: known.map(Into::into).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<proto::Creditor, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("creditor.toml");
        std::fs::write(&path, text).unwrap();
        read(&path).map_err(|error| error.to_string())
    }

    const GOOD: &str = "name = 'Example Lending'\naddress = '2 High Street'\n\
        [ecoa_agency]\nname = 'Federal Trade Commission'\naddress = 'Washington, DC'\n\
        [[consumer_reporting_agencies]]\nname = 'Acme'\naddress = 'x'\nphone = '1'\n";

    #[test]
    fn a_file_says_who_sends_a_notice() {
        let read = read_text(GOOD).unwrap();
        assert_eq!(read.ecoa_agency.unwrap().name, "Federal Trade Commission");
        assert_eq!(read.consumer_reporting_agencies[0].phone, "1");
        for (from, to, problem) in [
            ("name = 'Example Lending'", "", "missing field `name`"),
            ("address = '2", "adress = '2", "unknown field `adress`"),
            ("[ecoa_agency]", "[ecoa_agency", ""),
        ] {
            let told = read_text(&GOOD.replacen(from, to, 1)).unwrap_err();
            assert!(told.contains("does not say who sends a notice"), "{told}");
            assert!(told.contains(problem), "{told}");
        }
    }

    #[test]
    fn the_file_is_limited_below_at_and_above() {
        let max = usize::try_from(limits::CREDITOR_FILE_BYTES_MAX).unwrap();
        for (length, good) in [(max - 1, true), (max, true), (max + 1, false)] {
            let text = format!("{GOOD}{}", "#".repeat(length - GOOD.len()));
            assert_eq!(read_text(&text).is_ok(), good, "{length}");
        }
    }
}
