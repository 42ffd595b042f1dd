//! `underwrite rules check --fix`: writes what is surely meant.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::super::CliError;
use super::super::rule_files::RuleFile;
use crate::rules::{Diagnostic, Mended, mend};

/// Makes the fixes of a rule file that are sure, and writes each file that they change. Gives the
/// findings whose fixes were made.
pub(super) fn write(file: &mut RuleFile) -> Result<Vec<Diagnostic>, CliError> {
    // What is not text has findings, and none that can be mended.
    let Ok(source) = std::str::from_utf8(&file.bytes) else {
        return Ok(Vec::new());
    };
    let Mended {
        source,
        attachments,
        done,
    } = mend(source, &file.attachments);
    if source.as_bytes() != file.bytes {
        put(Path::new(&file.name), source.as_bytes())?;
        file.bytes = source.into_bytes();
    }
    for (name, bytes) in attachments.iter() {
        if file.attachments.get(name) != Some(bytes) {
            put(&Path::new(&file.name).with_file_name(name), bytes)?;
        }
    }
    file.attachments = attachments;
    Ok(done)
}

/// Puts a file in the place of another at once: whoever reads it finds the one or the other, whole.
fn put(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let written = || -> io::Result<()> {
        // Where the name is a link, what it leads to is what was read.
        let path = fs::canonicalize(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file()
            .set_permissions(fs::metadata(&path)?.permissions())?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        Ok(())
    };
    written().map_err(|error| CliError::file(path, &error))
}

#[cfg(test)]
mod tests {
    use super::super::super::rule_files;
    use super::*;

    #[test]
    fn what_is_sure_is_written_and_nothing_else_of_the_file_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.toml");
        let shipped = include_str!("../../../rules/personal-loan.toml").replace('\n', "\r\n");
        let wrong = shipped
            .replacen(
                "income.monthly_net < params",
                "income.montly_net < params",
                1,
            )
            .replacen(
                "> params.nsf_days_90d_max",
                "≥ 1 + params.nsf_days_90d_max",
                1,
            );
        fs::write(&path, &wrong).unwrap();
        let mut file = rule_files::read(&path).unwrap();
        let done = write(&mut file).unwrap();
        let codes: Vec<&str> = done.iter().map(|one| one.code).collect();
        assert_eq!(codes, ["unknown_name", "expression_syntax"]);
        let now = fs::read_to_string(&path).unwrap();
        let meant = shipped.replacen(
            "> params.nsf_days_90d_max",
            ">= 1 + params.nsf_days_90d_max",
            1,
        );
        assert_eq!(now, meant);
        assert_eq!(now.as_bytes(), file.bytes);
        // No other file is left there, and nothing is done twice.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(write(&mut file).unwrap(), []);
    }

    #[test]
    fn a_file_beside_it_is_mended_too_and_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.toml");
        let shipped = include_str!("../../../rules/personal-loan.toml");
        let list = "[lists.watch]\nfile = 'watch.txt'\n[[rule]]\nid = \"watched\"\n\
                    when = 'application.purpose in lists.watch'\nthen = \"refer\"\n\
                    reason = \"INFORMATION_MISSING\"\n";
        fs::write(&path, format!("{shipped}\n{list}")).unwrap();
        let watch = folder.path().join("watch.txt");
        fs::write(&watch, "# watched\nboat\nplane\nboat\n").unwrap();
        fs::set_permissions(&watch, fs::Permissions::from_mode(0o640)).unwrap();
        let mut file = rule_files::read(&path).unwrap();
        let done = write(&mut file).unwrap();
        assert_eq!(done.len(), 1);
        assert_eq!(done[0].code, "duplicate_id");
        assert_eq!(
            fs::read_to_string(&watch).unwrap(),
            "# watched\nboat\nplane\n"
        );
        let mode = fs::metadata(&watch).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
