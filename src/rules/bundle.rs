//! A published rule set: immutable, self-contained, named by the hash of its bytes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::advice::did_you_mean;
use super::attachments::Attachments;
use super::check::{check_tests, check_types_with};
use super::container;
use super::diagnostic::{Code, Diagnostic, Report};
use super::evaluation::RuleSetKind;
use super::inputs;
use super::layout::Layout;
use super::program::Program;
use super::rule_set::{DeclaredInput, RuleSet};
use super::test_case::{CaseFile, TestCase};
use super::untested::without_tests;
use crate::application::{Application, ApplicationError, Input, MaxAge, input_field};
use crate::id::RuleSetName;
use crate::lexicon::Lexicon;
use crate::limits;
use crate::money::Currency;

/// The BLAKE3 hash of a bundle's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BundleHash([u8; 32]);

impl BundleHash {
    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text)
            .ok()
            .map(|hash| Self(*hash.as_bytes()))
    }

    /// Takes the raw hash; `None` where it has another length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The raw hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The name of these bytes. The prefix keeps it apart from every other hash of the engine.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"underwrite rule set bundle v1\0");
        hasher.update(bytes);
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Display for BundleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for BundleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for BundleHash {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a bundle hash is 64 hexadecimal digits")
    }
}

impl From<BundleHash> for String {
    fn from(hash: BundleHash) -> String {
        hash.to_string()
    }
}

/// A checked rule set with the bytes it was made from. Clones share everything.
///
/// The bytes are the rule file itself, or, where it names others, the text of all of them
/// (`container`): nothing outside of it can change what it means, and what was published can be
/// read by anybody.
#[derive(Clone)]
pub struct Bundle(Arc<Inner>);

struct Inner {
    hash: BundleHash,
    bytes: Vec<u8>,
    program: Program,
    /// `None` where it adds nothing to the built-in one.
    lexicon: Option<Lexicon>,
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle")
            .field("name", self.name())
            .field("version", &self.version())
            .field("hash", &self.hash())
            .finish_non_exhaustive()
    }
}

impl Bundle {
    /// Makes a bundle of a rule file. Fails with everything that is wrong with it, warnings
    /// included; a file with warnings only can be published.
    pub fn publish(source: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        Self::publish_with(source, &Attachments::none())
    }

    /// The same of a rule file that names files beside it: they become a part of the bundle.
    pub fn publish_with(source: &[u8], attachments: &Attachments) -> Result<Self, Vec<Diagnostic>> {
        let (bundle, diagnostics) = Self::publish_and_tell(source, attachments);
        bundle.ok_or(diagnostics)
    }

    /// The same, with all that is told of the file: warnings also where it can be published.
    pub fn publish_and_tell(
        source: &[u8],
        attachments: &Attachments,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        let (bundle, _, diagnostics) = Self::publish_and_test(source, attachments, &[]);
        (bundle, diagnostics)
    }

    /// The same, with the tests that stand in the file and in others beside it. They are no part of
    /// the bundle: a rule set stays the same whatever it is tested with.
    pub fn publish_and_test(
        source: &[u8],
        attachments: &Attachments,
        case_files: &[CaseFile],
    ) -> (Option<Self>, Vec<TestCase>, Vec<Diagnostic>) {
        let text = match text_of(source) {
            Ok(text) => text,
            Err(diagnostics) => return (None, Vec::new(), diagnostics),
        };
        let checked = check_tests(text, attachments, case_files);
        let Some(rule_set) = checked.rule_set else {
            return (None, checked.tests, checked.findings);
        };
        let kept = without_tests(text);
        let bytes = container::encode(kept.as_bytes(), attachments);
        let made = Self::made_of(rule_set, text, bytes);
        let made = made.and_then(|bundle| match kept == text {
            true => Ok(bundle),
            false => bundle.stored(text),
        });
        match made {
            Ok(bundle) => (Some(bundle), checked.tests, checked.findings),
            Err(diagnostics) => (None, checked.tests, diagnostics),
        }
    }

    /// The same, where its bytes give it again. Other than the file that was checked, they were not read
    /// yet: whoever has decisions by them will have nothing else.
    fn stored(self, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let stored = Self::from_bytes(self.bytes());
        let is_same =
            stored.is_ok_and(|stored| Layout::of(stored.program()) == Layout::of(self.program()));
        if is_same {
            return Ok(self);
        }
        let mut report = Report::new(text);
        let message = "the file without its tests, which is what is published, is another rule set";
        let help = "put each `[[test]]` at the end of the file, after an empty line".to_owned();
        report.error_with(Code::BadValue, &(0..0), message, help);
        Err(report.finish())
    }

    /// The rule file of a stored bundle as it was written, and the files that it names; `None` where
    /// the bytes are none of a bundle.
    pub fn as_written(bytes: &[u8]) -> Option<(Vec<u8>, Attachments)> {
        container::decode(bytes)
    }

    /// The bundle of a checked rule set and the bytes that are stored of it.
    fn made_of(rule_set: RuleSet, text: &str, bytes: Vec<u8>) -> Result<Self, Vec<Diagnostic>> {
        let added = rule_set.lexicon();
        let lexicon = (!added.is_empty()).then(|| Lexicon::with(added.to_vec()));
        let lexicon = lexicon.transpose().map_err(|error| {
            let mut report = Report::new(text);
            report.error(Code::TooLarge, &(0..0), error.problem.to_string());
            report.finish()
        })?;
        Ok(Self(Arc::new(Inner {
            hash: BundleHash::of(&bytes),
            lexicon,
            bytes,
            program: Program::new(rule_set),
        })))
    }

    /// Reads the bytes of a stored bundle, checking them again: a loaded thing is a checked thing. Only
    /// what a rule set must be to run is checked: advice that came later does not undo what was
    /// published before.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let Some((source, attachments)) = container::decode(bytes) else {
            let mut report = Report::new("");
            report.error(Code::BadValue, &(0..0), "the bundle is damaged");
            return Err(report.finish());
        };
        let text = text_of(&source)?;
        let (rule_set, diagnostics) = check_types_with(text, &attachments);
        let rule_set = rule_set.ok_or(diagnostics)?;
        Self::made_of(rule_set, text, bytes.to_vec())
    }

    /// The name of its bytes.
    pub fn hash(&self) -> BundleHash {
        self.0.hash
    }

    /// The bytes that are stored and hashed.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The rule set, ready to run.
    pub fn program(&self) -> &Program {
        &self.0.program
    }

    /// The phrases by which it reads descriptions: those that come with the release, and its own. They
    /// are made ready once, with the bundle.
    pub fn lexicon(&self) -> &Lexicon {
        self.0
            .lexicon
            .as_ref()
            .unwrap_or_else(|| Lexicon::built_in())
    }

    /// The checked rule set.
    pub fn rule_set(&self) -> &RuleSet {
        self.0.program.rule_set()
    }

    /// The name under which versions of it are published.
    pub fn name(&self) -> &RuleSetName {
        self.rule_set().name()
    }

    /// The version that its authors gave it.
    pub fn version(&self) -> &str {
        self.rule_set().version()
    }

    /// What it decides about.
    pub fn kind(&self) -> RuleSetKind {
        self.rule_set().kind()
    }

    /// The currency of the loans that it decides about.
    pub fn currency(&self) -> Currency {
        self.rule_set().currency()
    }

    /// How old the bank data may be, where it says. A request may say otherwise.
    pub fn freshness(&self) -> MaxAge {
        self.rule_set().freshness()
    }

    /// The inputs that it asks the caller for.
    pub fn inputs(&self) -> &[DeclaredInput] {
        self.rule_set().inputs()
    }

    /// Checks what an application needs to be decided by this rule set, reporting every
    /// violation.
    pub fn check_application(
        &self,
        application: &Application,
    ) -> Result<(), Vec<ApplicationError>> {
        let mut errors = Vec::new();
        let mut fail = |field: String, problem: String| {
            errors.push(ApplicationError { field, problem });
        };
        if application.currency() != self.currency() {
            fail(
                "application.requested_amount".to_owned(),
                format!(
                    "is in {}, but the rule set `{}` is in {}",
                    application.currency(),
                    self.name(),
                    self.currency()
                ),
            );
        }
        for (name, problem) in inputs::refused(self.rule_set(), application.inputs()) {
            fail(field(name), problem);
        }
        let names = || self.inputs().iter().map(|declared| declared.name.as_str());
        // Those that a reviewer answers are told with what may be answered, when it is known.
        let answers = application.resolution().map_or(&[][..], |one| &one.answers);
        let is_answered = |name: &str| answers.iter().any(|one| one.input() == Some(name));
        for name in application.inputs().keys() {
            if !names().any(|known| known == name) && !is_answered(name) {
                let near = did_you_mean(name, names()).and_then(|near| near.help);
                let help = near.map_or_else(String::new, |help| format!("; {help}"));
                let problem = format!("is not an input of the rule set `{}`{help}", self.name());
                fail(field(name), problem);
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// The first input that this rule set needs and an application does not have as it needs it, the
    /// application having been decided by `live`: one of another kind, one that has to be sent, or one
    /// that `live` did not ask for, so that nobody knows what would have been sent.
    pub fn unfit_input(&self, sent: &BTreeMap<String, Input>, live: &Self) -> Option<&str> {
        let is_unfit = |declared: &&DeclaredInput| match sent.get(&declared.name) {
            Some(input) => inputs::problem(declared, input, self.currency()).is_some(),
            None => {
                let mut asked = live.inputs().iter();
                declared.required || !asked.any(|one| one.name == declared.name)
            }
        };
        let unfit = self.inputs().iter().find(is_unfit)?;
        Some(&unfit.name)
    }
}

fn field(name: &str) -> String {
    let shown: String = name.chars().take(limits::ID_BYTES_MAX).collect();
    input_field(&shown)
}

/// The text of a file, or from where on it is none.
pub(super) fn text_of(source: &[u8]) -> Result<&str, Vec<Diagnostic>> {
    std::str::from_utf8(source).map_err(|error| {
        // What precedes the fault is text, so the place can be shown.
        let valid = source.get(..error.valid_up_to()).unwrap_or_default();
        let valid = std::str::from_utf8(valid).unwrap_or("");
        let mut report = Report::new(valid);
        let at = valid.len()..valid.len();
        let message = "the file is not UTF-8 text from here on";
        report.error(Code::NotUtf8, &at, message);
        report.finish()
    })
}
