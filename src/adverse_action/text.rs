//! A notice as a letter. Its reasons are those that were recorded, word for word; all else is what the
//! law prescribes, or says what was asked and offered.

use chrono::NaiveDate;

use super::creditor::{Agency, Creditor};
use super::{Notice, NoticeKind};
use crate::application::{Address, Application, RepaymentFrequency, Term, TermUnit};
use crate::money::{Money, grouped};
use crate::rules::OfferTerms;

/// What a letter says beside the notice.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// Who sends it.
    pub creditor: &'a Creditor,
    /// What was asked.
    pub application: &'a Application,
    /// On which day it was decided.
    pub decided_on: NaiveDate,
    /// The date of the letter.
    pub date: NaiveDate,
    /// Until when the applicant may send what is needed, of a notice of incompleteness; until when
    /// the offer stands, of a counteroffer.
    pub reply_by: NaiveDate,
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

impl Notice {
    /// The notice as a letter.
    pub fn text(&self, letter: &Letter<'_>) -> String {
        let mut page = Page::default();
        head(&mut page, letter);
        match self.kind {
            NoticeKind::AdverseAction => {
                page.paragraph("Thank you for your application. We are unable to approve it.");
                self.tell_reasons(&mut page, "Principal reasons for our decision:");
            }
            NoticeKind::Counteroffer => {
                page.paragraph(
                    "Thank you for your application. We are unable to offer you credit on the terms that you \
                     asked for.",
                );
                if let Some(offer) = &self.offer {
                    tell_offer(&mut page, offer, letter);
                }
                self.tell_reasons(
                    &mut page,
                    "If you do not accept this offer, this is your notice that we took adverse action on your \
                     application. Principal reasons for our decision:",
                );
            }
            NoticeKind::Incompleteness => self.tell_needed(&mut page, letter),
        }
        if self.kind != NoticeKind::Incompleteness {
            let agency = &letter.creditor.get().ecoa_agency;
            let lines: Vec<&str> = agency.address.split(';').map(str::trim).collect();
            page.paragraph(format!("{ECOA} {}, {}.", agency.name, lines.join(", ")));
        }
        if self.outside_source {
            page.paragraph(OUTSIDE_SOURCE);
        }
        self.tell_agencies(&mut page, letter.creditor);
        page.0
    }

    fn tell_reasons(&self, page: &mut Page, title: &str) {
        page.paragraph(title);
        page.line("");
        for (number, reason) in (1..).zip(&self.reasons) {
            page.line(format!("  {number}. {}", reason.statement));
        }
    }

    fn tell_needed(&self, page: &mut Page, letter: &Letter<'_>) {
        page.paragraph(
            "Thank you for your application. It is incomplete: we need more information to make a decision.",
        );
        page.paragraph("What we could not establish:");
        page.line("");
        for reason in &self.reasons {
            page.line(format!("  - {}", reason.statement));
        }
        page.paragraph("What we need from you:");
        page.line("");
        for needed in &self.needed {
            page.line(format!("  - {needed}"));
        }
        page.paragraph(format!(
            "Please send it to us at the address above by {}. If we do not receive it by then, we will be \
             unable to give further consideration to your application.",
            day(letter.reply_by)
        ));
    }

    fn tell_agencies(&self, page: &mut Page, creditor: &Creditor) {
        if self.agencies.is_empty() {
            return;
        }
        page.paragraph(CONSUMER_REPORT);
        for name in &self.agencies {
            // INVARIANT: a creditor was checked against the agencies of its notice.
            let unknown = Agency {
                name: name.clone(),
                ..Agency::default()
            };
            let agency = creditor.agency(name).unwrap_or(&unknown);
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
        amount(letter.application.requested_amount()),
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
    page.line(format!("  Amount: {}", amount(offer.amount)));
    page.line(format!("  Term: {}", term(offer.term)));
    page.line(format!(
        "  Payments: {} {} payments of {}{}",
        offer.payments,
        frequency(offer.frequency),
        amount(offer.payment),
        match offer.last_payment == offer.payment {
            true => String::new(),
            false => format!(", the last of {}", amount(offer.last_payment)),
        }
    ));
    page.line(format!("  Annual percentage rate: {}%", offer.apr_percent));
    page.line(format!(
        "  Finance charge: {}",
        amount(offer.finance_charge)
    ));
    page.line(format!(
        "  Total of payments: {}",
        amount(offer.total_of_payments)
    ));
    page.paragraph(format!(
        "If this offer is acceptable to you, please tell us by {} at the address above.",
        day(letter.reply_by)
    ));
}

/// `March 31, 2026`
fn day(date: NaiveDate) -> String {
    date.format("%B %-d, %Y").to_string()
}

/// `$5,000.00`, or with the currency of another country after it.
fn amount(amount: Money) -> String {
    let number = grouped(&amount.to_decimal().to_string());
    match amount.currency().as_str() {
        "USD" => format!("${number}"),
        currency => format!("{number} {currency}"),
    }
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

fn frequency(frequency: RepaymentFrequency) -> &'static str {
    match frequency {
        RepaymentFrequency::Weekly => "weekly",
        RepaymentFrequency::Biweekly => "biweekly",
        RepaymentFrequency::SemiMonthly => "semi-monthly",
        RepaymentFrequency::Monthly => "monthly",
        RepaymentFrequency::Single => "single",
    }
}
