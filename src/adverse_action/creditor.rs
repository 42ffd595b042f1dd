//! Who sends a notice, and whom else it names.

use crate::application::{ApplicationError, text_problem};

/// Somebody whom a notice names, with where they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agency {
    /// The name.
    pub name: String,
    /// The address, its lines apart by semicolons.
    pub address: String,
    /// The telephone number: of a consumer reporting agency a toll-free one, where it works nationwide
    /// (FCRA section 615(a)(3)(A)).
    pub phone: String,
}

/// Who sends a notice, as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftCreditor {
    /// The creditor's name.
    pub name: String,
    /// The creditor's address (12 CFR 1002.9(a)(2)).
    pub address: String,
    /// The federal agency that administers compliance with the Equal Credit Opportunity Act
    /// concerning this creditor: 12 CFR part 1002, appendix A names it for each kind.
    pub ecoa_agency: Agency,
    /// The consumer reporting agencies that may be named, by the names that rule sets have for them.
    pub consumer_reporting_agencies: Vec<Agency>,
}

/// Who sends a notice, checked: what the law asks for is there, and none of it is a placeholder.
///
/// INVARIANT: only [`DraftCreditor::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creditor(DraftCreditor);

/// Marks around what somebody was to write in a form.
const MARKS: [char; 6] = ['[', ']', '{', '}', '<', '>'];

/// Words in its place.
const WORDS: [&str; 4] = ["todo", "tbd", "xxx", "placeholder"];

fn problem(text: &str) -> Option<String> {
    if let Some(problem) = text_problem(text, true) {
        return Some(problem.to_owned());
    }
    let lower = text.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let is_form = lower.starts_with("your ") || lower.starts_with("name of ");
    let is_placeholder = is_form || text.contains(MARKS) || words.any(|word| WORDS.contains(&word));
    is_placeholder.then(|| {
        "is a placeholder: a notice is sent as it stands, so write what it is to say".to_owned()
    })
}

impl DraftCreditor {
    /// Checks what was sent; `agencies` are those whose reports a decision rests on.
    ///
    /// # Errors
    ///
    /// All that is missing or a placeholder, each with its field: `creditor.name`.
    pub fn check(self, agencies: &[String]) -> Result<Creditor, Vec<ApplicationError>> {
        let mut errors = Vec::new();
        let mut look = |field: String, text: &str| {
            if let Some(problem) = problem(text) {
                errors.push(ApplicationError { field, problem });
            }
        };
        look("creditor.name".to_owned(), &self.name);
        look("creditor.address".to_owned(), &self.address);
        look(
            "creditor.ecoa_agency.name".to_owned(),
            &self.ecoa_agency.name,
        );
        let field = "creditor.ecoa_agency.address".to_owned();
        look(field, &self.ecoa_agency.address);
        let known = &self.consumer_reporting_agencies;
        for (index, agency) in known.iter().enumerate() {
            let field =
                |name: &str| format!("creditor.consumer_reporting_agencies[{index}].{name}");
            look(field("name"), &agency.name);
            look(field("address"), &agency.address);
            look(field("phone"), &agency.phone);
        }
        for name in agencies {
            if !known.iter().any(|agency| agency.name == *name) {
                errors.push(ApplicationError {
                    field: "creditor.consumer_reporting_agencies".to_owned(),
                    problem: format!(
                        "does not say where `{name}` is, whose consumer report the decision rests on: FCRA \
                         section 615(a) asks for name, address and telephone number"
                    ),
                });
            }
        }
        match errors.is_empty() {
            true => Ok(Creditor(self)),
            false => Err(errors),
        }
    }
}

impl Creditor {
    /// What was checked.
    pub fn get(&self) -> &DraftCreditor {
        &self.0
    }

    /// An agency by its name.
    pub fn agency(&self, name: &str) -> Option<&Agency> {
        let mut known = self.0.consumer_reporting_agencies.iter();
        known.find(|agency| agency.name == name)
    }
}
