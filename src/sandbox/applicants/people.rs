//! Made-up people, the companies that pay them, and the shops they go to.

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

/// A shop that takes cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Merchant {
    /// As it is on the statement.
    pub(super) name: &'static str,
    /// Where it says to be; nothing for one around the corner.
    pub(super) town: Option<&'static str>,
}

/// A shop in the holder's town.
pub(super) const fn shop(name: &'static str) -> Merchant {
    Merchant { name, town: None }
}

/// A shop somewhere else.
pub(super) const fn online(name: &'static str, town: &'static str) -> Merchant {
    Merchant {
        name,
        town: Some(town),
    }
}

pub(super) const GROCERIES: &[Merchant] = &[
    shop("KROGER #423"),
    shop("ALDI 72041"),
    shop("TRADER JOE S #512"),
    shop("WM SUPERCENTER #2211"),
    shop("WHOLEFDS MKT 10230"),
];
pub(super) const DISCOUNT_GROCERIES: &[Merchant] = &[
    shop("ALDI 72041"),
    shop("WM SUPERCENTER #2211"),
    shop("DOLLAR GENERAL #18034"),
    shop("FOOD LION #1433"),
];
pub(super) const FUEL: &[Merchant] = &[
    shop("SHELL OIL 57444138209"),
    shop("BP#9423817"),
    shop("SPEEDWAY 09133"),
    shop("EXXON 4791"),
];
pub(super) const DINING: &[Merchant] = &[
    shop("CHIPOTLE 1822"),
    shop("MCDONALD'S F11029"),
    shop("STARBUCKS STORE 08814"),
    shop("SQ *CORNER BAKERY"),
    shop("TST* THE NOODLE BAR"),
    shop("PANERA BREAD #601442"),
];
pub(super) const PHARMACY: &[Merchant] = &[shop("CVS/PHARMACY #04217"), shop("WALGREENS #11408")];
pub(super) const SHOPPING: &[Merchant] = &[
    online("AMAZON MKTPL*2K4RT81", "SEATTLE WA"),
    shop("TARGET 00018622"),
    online("EBAY O*19-10422", "SAN JOSE CA"),
    shop("HOME DEPOT #3847"),
];

pub(super) const NETFLIX: Merchant = online("NETFLIX.COM", "LOS GATOS CA");
pub(super) const SPOTIFY: Merchant = online("SPOTIFY USA", "NEW YORK NY");
pub(super) const HULU: Merchant = online("HULU 877-8244858", "SANTA MONICA CA");
pub(super) const GYM: Merchant = shop("PLANET FIT CLUB FEES");
pub(super) const COFFEE: Merchant = shop("STARBUCKS STORE 08814");
