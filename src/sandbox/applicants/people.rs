//! Made-up people, and the companies that pay them or take their money.

use crate::application::{Address, Identity};

/// Somebody who does not exist.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Person {
    /// Given name.
    pub(super) first: &'static str,
    /// Family name.
    pub(super) last: &'static str,
    /// Street and number.
    pub(super) street: &'static str,
    /// City.
    pub(super) city: &'static str,
    /// Two letters.
    pub(super) state: &'static str,
    /// Postal code.
    pub(super) zip: &'static str,
    /// Telephone number; 555-01xx is reserved for fiction.
    pub(super) phone: &'static str,
    /// E-mail address; example.com is reserved for documentation.
    pub(super) email: &'static str,
}

impl Person {
    /// `Maria Lopez`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// `COLUMBUS OH`.
    pub(super) fn town(&self) -> String {
        format!("{} {}", self.city, self.state).to_uppercase()
    }

    /// `MARIA LOPEZ`.
    pub(super) fn first_last(&self) -> String {
        self.name().to_uppercase()
    }

    /// `LOPEZ MARIA`.
    pub(super) fn last_first(&self) -> String {
        format!("{} {}", self.last, self.first).to_uppercase()
    }

    /// One line, as a bank sends it.
    pub(super) fn raw_address(&self) -> String {
        let line = format!(
            "{}, {}, {} {}",
            self.street, self.city, self.state, self.zip
        );
        line.to_uppercase()
    }

    /// Who this person says to be in an application.
    pub(super) fn identity(&self) -> Identity {
        Identity {
            name: self.name(),
            email: Some(self.email.to_owned()),
            phone: Some(self.phone.to_owned()),
            address: Some(Address {
                street: self.street.to_owned(),
                city: self.city.to_owned(),
                region: self.state.to_owned(),
                postal_code: self.zip.to_owned(),
                country: "US".to_owned(),
            }),
        }
    }
}

/// The other end of an ACH entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Company {
    /// As it names itself to the network.
    pub(super) name: &'static str,
    /// What the entry is: `PAYROLL`.
    pub(super) entry: &'static str,
    /// Its ten-digit id.
    pub(super) id: &'static str,
    /// The kind of entry (standard entry class): `PPD`, `WEB`.
    pub(super) sec: &'static str,
}

/// A company that sends or takes money by ACH.
pub(super) const fn company(
    name: &'static str,
    entry: &'static str,
    id: &'static str,
    sec: &'static str,
) -> Company {
    Company {
        name,
        entry,
        id,
        sec,
    }
}
