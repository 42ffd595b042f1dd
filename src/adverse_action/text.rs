//! A notice as a letter. Its reasons are those that were recorded, word for word; all else is what the
//! law prescribes, or says what was asked and offered.

use chrono::NaiveDate;

use super::creditor::{Agency, Creditor};
use super::{Notice, NoticeKind};
use crate::application::{
    Address, Application, ApplicationError, RepaymentFrequency, Term, TermUnit,
};
use crate::rules::{OfferTerms, amount_in_words};

/// A notice as a letter.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    notice: &'a Notice,
    creditor: &'a Creditor,
    application: &'a Application,
    decided_on: NaiveDate,
    /// The date of the letter.
    date: NaiveDate,
    /// Until when the applicant may send what is needed, or the offer stands.
    ///
    /// INVARIANT: given of all that asks for an answer.
    reply_by: Option<NaiveDate>,
}

impl<'a> Letter<'a> {
    /// The letter of a notice by its sender, `decided` on what was asked on which day, of a date, and until
    /// when the applicant may answer.
    ///
    /// # Errors
    ///
    /// Of a counteroffer or a notice of incompleteness without time to answer.
    pub fn new(
        notice: &'a Notice,
        creditor: &'a Creditor,
        (application, decided_on): (&'a Application, NaiveDate),
        (date, reply_by): (NaiveDate, Option<NaiveDate>),
    ) -> Result<Self, ApplicationError> {
        let problem = match (notice.kind, reply_by) {
            (NoticeKind::AdverseAction, _) => None,
            (_, Some(day)) if day > date => None,
            (_, Some(_)) => Some("is over: give the applicant time to answer"),
            (NoticeKind::Counteroffer | NoticeKind::Incompleteness, None) => {
                Some("is required: until when the applicant may answer")
            }
        };
        if let Some(problem) = problem {
            return Err(ApplicationError {
                field: "reply_by_date".to_owned(),
                problem: problem.to_owned(),
            });
        }
        Ok(Self {
            notice,
            creditor,
            application,
            decided_on,
            date,
            reply_by,
        })
    }

    /// ` by March 31, 2026`.
    fn by(&self) -> String {
        let day = self
            .reply_by
            .map(|reply_by| format!(" by {}", day(reply_by)));
        day.unwrap_or_default()
    }
}

/// The notice of 12 CFR 1002.9(b)(1), whose wording is prescribed, up to the agency.
const ECOA: &str = "The federal Equal Credit Opportunity Act prohibits creditors from discriminating \
    against credit applicants on the basis of race, color, religion, national origin, sex, marital status, \
    age (provided the applicant has the capacity to enter into a binding contract); because all or part of \
    the applicant's income derives from any public assistance program; or because the applicant has in good \
    faith exercised any right under the Consumer Credit Protection Act. The federal agency that administers \
    compliance with this law concerning this creditor is";

/// FCRA section 615(b)(1), as form C-1 of 12 CFR part 1002, appendix C words it.
const OUTSIDE_SOURCE: &str = "Our credit decision was based in whole or in part on information obtained \
    from an outside source other than a consumer reporting agency: the records of the bank accounts that you \
    linked. Under the Fair Credit Reporting Act, you have the right to make a written request, no later than \
    60 days after you receive this notice, for disclosure of the nature of this information.";

/// FCRA section 615(a)(3) and (4), as form C-1 words it, before the agencies.
const CONSUMER_REPORT: &str = "Our credit decision was based in whole or in part on information obtained \
    in a report from the consumer reporting agency listed below. You have a right under the Fair Credit \
    Reporting Act to know the information contained in your credit file at the consumer reporting agency. \
    The reporting agency played no part in our decision and is unable to supply specific reasons why we have \
    denied credit to you. You also have a right to a free copy of your report from the reporting agency, if \
    you request it no later than 60 days after you receive this notice. In addition, if you find that any \
    information contained in the report you receive is inaccurate or incomplete, you have the right to \
    dispute the matter with the reporting agency.";

/// A text, paragraph by paragraph.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: impl AsRef<str>) {
        self.0.push_str(text.as_ref());
        self.0.push('\n');
    }

    fn paragraph(&mut self, text: impl AsRef<str>) {
        self.line("");
        self.line(text);
    }

    fn address(&mut self, address: &str) {
        for line in address.split(';').map(str::trim) {
            self.line(line);
        }
    }
}

impl Letter<'_> {
    /// Its text.
    pub fn text(&self) -> String {
        let (notice, mut page) = (self.notice, Page::default());
        head(&mut page, self);
        match notice.kind {
            NoticeKind::AdverseAction => {
                page.paragraph("Thank you for your application. We are unable to approve it.");
                self.tell_reasons(&mut page, "Principal reasons for our decision:");
            }
            NoticeKind::Counteroffer => {
                page.paragraph(
                    "Thank you for your application. We are unable to offer you credit on the terms that you \
                     asked for.",
                );
                if let Some(offer) = &notice.offer {
                    tell_offer(&mut page, offer, self);
                }
                self.tell_reasons(
                    &mut page,
                    "If you do not accept this offer, this is your notice that we took adverse action on your \
                     application. Principal reasons for our decision:",
                );
            }
            NoticeKind::Incompleteness => self.tell_needed(&mut page),
        }
        if notice.kind != NoticeKind::Incompleteness {
            let agency = &self.creditor.get().ecoa_agency;
            let lines: Vec<&str> = agency.address.split(';').map(str::trim).collect();
            page.paragraph(format!("{ECOA} {}, {}.", agency.name, lines.join(", ")));
        }
        if notice.outside_source {
            page.paragraph(OUTSIDE_SOURCE);
        }
        self.tell_agencies(&mut page);
        page.0
    }

    fn tell_reasons(&self, page: &mut Page, title: &str) {
        page.paragraph(title);
        page.line("");
        for (number, reason) in (1..).zip(&self.notice.reasons) {
            page.line(format!("  {number}. {}", reason.statement));
        }
    }

    fn tell_needed(&self, page: &mut Page) {
        page.paragraph(
            "Thank you for your application. It is incomplete: we need more information to make a decision.",
        );
        page.paragraph("What we could not establish:");
        page.line("");
        for reason in &self.notice.reasons {
            page.line(format!("  - {}", reason.statement));
        }
        page.paragraph("What we need from you:");
        page.line("");
        for needed in &self.notice.needed {
            page.line(format!("  - {needed}"));
        }
        page.paragraph(format!(
            "Please send it to us at the address above{}. If we do not receive it by then, we will be \
             unable to give further consideration to your application.",
            self.by()
        ));
    }

    fn tell_agencies(&self, page: &mut Page) {
        if self.notice.agencies.is_empty() {
            return;
        }
        page.paragraph(CONSUMER_REPORT);
        for name in &self.notice.agencies {
            // INVARIANT: a creditor was checked against the agencies of its notice.
            let unknown = Agency {
                name: name.clone(),
                ..Agency::default()
            };
            let agency = self.creditor.agency(name).unwrap_or(&unknown);
            page.paragraph(&agency.name);
            page.address(&agency.address);
            page.line(&agency.phone);
        }
    }
}

fn head(page: &mut Page, letter: &Letter<'_>) {
    let creditor = letter.creditor.get();
    page.line(&creditor.name);
    page.address(&creditor.address);
    page.paragraph(day(letter.date));
    page.line("");
    for applicant in letter.application.applicants() {
        page.line(&applicant.identity.name);
    }
    // One of several is told for all (12 CFR 1002.9(f)).
    let primary = letter.application.primary();
    if let Some(address) = primary.and_then(|one| one.identity.address.as_ref()) {
        tell_address(page, address);
    }
    page.paragraph(format!(
        "Your application {} of {}, for {}",
        letter.application.id(),
        day(letter.decided_on),
        amount_in_words(letter.application.requested_amount()),
    ));
}

fn tell_address(page: &mut Page, address: &Address) {
    for line in address.street.lines() {
        page.line(line);
    }
    let of_region = format!("{} {}", address.region, address.postal_code);
    let parts = [address.city.as_str(), of_region.trim()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if !parts.is_empty() {
        page.line(parts.join(", "));
    }
}

fn tell_offer(page: &mut Page, offer: &OfferTerms, letter: &Letter<'_>) {
    page.paragraph("We can, however, offer you credit on these terms:");
    page.line("");
    page.line(format!("  Amount: {}", amount_in_words(offer.amount)));
    page.line(format!("  Term: {}", term(offer.term)));
    page.line(format!(
        "  Payments: {} of {}{}",
        payments(offer.payments, offer.frequency),
        amount_in_words(offer.payment),
        match offer.last_payment == offer.payment {
            true => String::new(),
            false => format!(", the last of {}", amount_in_words(offer.last_payment)),
        }
    ));
    page.line(format!("  Annual percentage rate: {}%", offer.apr_percent));
    page.line(format!(
        "  Finance charge: {}",
        amount_in_words(offer.finance_charge)
    ));
    page.line(format!(
        "  Total of payments: {}",
        amount_in_words(offer.total_of_payments)
    ));
    page.paragraph(format!(
        "If this offer is acceptable to you, please tell us{} at the address above.",
        letter.by()
    ));
}

/// `March 31, 2026`
fn day(date: NaiveDate) -> String {
    date.format("%B %-d, %Y").to_string()
}

fn term(term: Term) -> String {
    let unit = match (term.unit, term.count) {
        (TermUnit::Days, 1) => "day",
        (TermUnit::Days, _) => "days",
        (TermUnit::Weeks, 1) => "week",
        (TermUnit::Weeks, _) => "weeks",
        (TermUnit::Months, 1) => "month",
        (TermUnit::Months, _) => "months",
    };
    format!("{} {unit}", term.count)
}

/// `12 monthly payments`, `1 payment`.
fn payments(count: u32, frequency: RepaymentFrequency) -> String {
    let often = match frequency {
        RepaymentFrequency::Weekly => "weekly ",
        RepaymentFrequency::Biweekly => "biweekly ",
        RepaymentFrequency::SemiMonthly => "semi-monthly ",
        RepaymentFrequency::Monthly => "monthly ",
        RepaymentFrequency::Single => "",
    };
    let payments = match count {
        1 => "payment",
        _ => "payments",
    };
    format!("{count} {often}{payments}")
}
