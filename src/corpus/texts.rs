//! How banks word one and the same payment.
//!
//! An ACH entry has fixed fields: a company name of 16 characters, an entry description of 10, the
//! company's id, the individual's id and name. Banks show all of them, some, or one glued text.

use chrono::{Datelike, NaiveDate};

use super::random::Random;

/// An ACH entry, as it was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Ach {
    /// Who sends it.
    pub(super) company: String,
    /// The sender's id, ten digits.
    pub(super) company_id: String,
    /// What it is, in the sender's word.
    pub(super) entry: String,
    /// What the sender calls the receiver.
    pub(super) individual_id: String,
    /// The receiver's name.
    pub(super) name: String,
    /// `PPD`, `CCD`, `WEB`.
    pub(super) class: &'static str,
}

/// Which fields a bank shows, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Layout {
    /// `ORIG CO NAME:… CO ENTRY DESCR:…`
    #[default]
    Named,
    /// `ACME DES:PAYROLL ID:… INDN:… CO ID:… PPD`
    Short,
    /// `ACME PAYROLL 260115 12345 DOE JOHN`
    Run,
    /// `ACME PAYROLL PPD ID: 1234567890`
    Brief,
    /// `ACH Deposit ACME - PAYROLL`
    Spoken,
    /// `ACME`
    Bare,
    /// `ACMEPAYROLL1234567890`, cut
    Glued,
}

const LAYOUTS: &[Layout] = &[
    Layout::Named,
    Layout::Short,
    Layout::Run,
    Layout::Brief,
    Layout::Spoken,
    Layout::Bare,
    Layout::Glued,
];

/// One bank's way.
#[derive(Debug, Clone, Default)]
pub(super) struct Wording {
    pub(super) layout: Layout,
    /// Digits of ids are `X`.
    masked: bool,
    /// Everything in capitals.
    capitals: bool,
    /// Texts end after so many characters.
    cut: Option<usize>,
}

impl Wording {
    pub(super) fn random(random: &mut Random) -> Self {
        // Banks that show little are rarer than banks that show the fields.
        let layout = match random.between(1, 100) {
            1..=22 => Layout::Named,
            23..=44 => Layout::Short,
            45..=60 => Layout::Run,
            61..=74 => Layout::Brief,
            75..=88 => Layout::Spoken,
            89..=95 => Layout::Bare,
            _ => Layout::Glued,
        };
        let cut = random
            .chance(15)
            .then(|| usize::try_from(random.between(28, 44)).unwrap_or(32));
        Self {
            layout,
            masked: layout == Layout::Short || random.chance(20),
            capitals: random.chance(80),
            cut,
        }
    }

    /// One that loses much: cut, glued, masked.
    pub(super) fn lossy(random: &mut Random) -> Self {
        let cut = usize::try_from(random.between(18, 30)).unwrap_or(24);
        let layout = random.pick(LAYOUTS.split_at(2).1);
        Self {
            layout,
            masked: true,
            capitals: true,
            cut: Some(cut),
        }
    }

    /// The text of an ACH entry that settled on `day`.
    pub(super) fn ach(&self, ach: &Ach, day: NaiveDate, random: &mut Random) -> String {
        let company = cut(&ach.company, 16);
        let company = company.trim_end();
        let entry = cut(&ach.entry, 10);
        let (company_id, individual) = (self.id(&ach.company_id), self.id(&ach.individual_id));
        let name = cut(&ach.name, 22);
        let date = day.format("%y%m%d").to_string();
        let class = ach.class;
        let text = match self.layout {
            Layout::Named => format!(
                "ORIG CO NAME:{company} ORIG ID:{company_id} DESC DATE:{date} CO ENTRY \
                 DESCR:{entry} SEC:{class} TRACE#:{} EED:{date} IND ID:{individual} IND \
                 NAME:{name} TRN: {}TC",
                random.digits(15),
                random.digits(10)
            ),
            Layout::Short => {
                format!(
                    "{company} DES:{entry} ID:{individual} INDN:{name} CO ID:{company_id} {class}"
                )
            }
            Layout::Run => format!("{company} {entry} {date} {individual} {name}"),
            Layout::Brief => format!("{company} {entry} {class} ID: {company_id}"),
            Layout::Spoken => format!("ACH {company} - {entry}"),
            Layout::Bare => company.to_owned(),
            Layout::Glued => format!(
                "{}{}{}",
                company.replace(' ', ""),
                entry.replace(' ', ""),
                ach.individual_id
            ),
        };
        self.write(&text)
    }

    /// Any other text in this bank's way.
    pub(super) fn write(&self, text: &str) -> String {
        let text = if self.capitals {
            text.to_uppercase()
        } else {
            text.to_owned()
        };
        match self.cut {
            Some(length) => cut(&text, length).trim_end().to_owned(),
            None => text,
        }
    }

    /// A purchase by card.
    pub(super) fn card(&self, shop: &str, day: NaiveDate, random: &mut Random) -> String {
        let (month, of_month) = (day.month(), day.day());
        let text = match self.layout {
            Layout::Named => format!("{shop} {month:02}/{of_month:02}"),
            Layout::Short => format!(
                "CHECKCARD {month:02}{of_month:02} {shop} {}",
                random.digits(11)
            ),
            Layout::Run => format!("PURCHASE AUTHORIZED ON {month:02}/{of_month:02} {shop}"),
            Layout::Brief => format!("POS DEBIT {shop}"),
            Layout::Spoken => format!("Debit Card Purchase {shop}"),
            Layout::Bare | Layout::Glued => shop.to_owned(),
        };
        self.write(&text)
    }

    fn id(&self, id: &str) -> String {
        if !self.masked {
            return id.to_owned();
        }
        let shown = id.chars().count().saturating_sub(4);
        let mask = |(at, c)| if at < shown { 'X' } else { c };
        id.chars().enumerate().map(mask).collect()
    }
}

/// The first so many characters.
pub(super) fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_as_long_as_the_network_lets_them_be() {
        let ach = Ach {
            company: "Cedar Grove Memorial Hospital".to_owned(),
            company_id: "1234567890".to_owned(),
            entry: "REGULAR SALARY".to_owned(),
            individual_id: "000123".to_owned(),
            name: "SMITH MARY ANN".to_owned(),
            class: "PPD",
        };
        let day = "2026-05-15".parse().unwrap();
        let mut random = Random::new(1, 1);
        let mut wording = Wording {
            layout: Layout::Short,
            masked: true,
            capitals: true,
            cut: None,
        };
        assert_eq!(
            wording.ach(&ach, day, &mut random),
            "CEDAR GROVE MEMO DES:REGULAR SA ID:XX0123 INDN:SMITH MARY ANN CO ID:XXXXXX7890 PPD"
        );
        wording.layout = Layout::Glued;
        wording.cut = Some(20);
        assert_eq!(wording.ach(&ach, day, &mut random), "CEDARGROVEMEMOREGULA");
    }
}
