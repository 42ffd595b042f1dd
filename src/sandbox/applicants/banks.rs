//! How banks write things: the same event as the text of four kinds of statement.

use chrono::NaiveDate;

use super::people::{Company, Person};
use super::random::Random;
use super::shops::Merchant;

/// A bank, by the notation of its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bank {
    /// ACH with every field named: `ORIG CO NAME:… CO ENTRY DESCR:…`.
    Chase,
    /// Bank of America: ACH as `NAME DES:… ID:… INDN:… CO ID:… PPD`.
    Bofa,
    /// ACH as `NAME ENTRY 240115 12345 JOHN DOE`; knows only dates.
    WellsFargo,
    /// ACH as `NAME ENTRY PPD ID: 1234567890`.
    CapitalOne,
}

/// A movement between the holder's own accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OwnTransfer {
    /// The last digits of the other account.
    pub(super) other: &'static str,
    /// The kind of the other account: `SAV` or `CHK`.
    pub(super) kind: &'static str,
    /// Whether the money comes in here.
    pub(super) inward: bool,
}

impl Bank {
    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Chase => "Chase",
            Self::Bofa => "Bank of America",
            Self::WellsFargo => "Wells Fargo",
            Self::CapitalOne => "Capital One",
        }
    }

    /// Whether it tells the time of a card purchase, or only its date.
    pub(super) fn knows_time(self) -> bool {
        self != Self::WellsFargo
    }

    /// An ACH entry of either direction.
    pub(super) fn ach(
        self,
        company: &Company,
        holder: &Person,
        date: NaiveDate,
        random: &mut Random,
    ) -> String {
        let Company {
            name,
            entry,
            id,
            sec,
        } = company;
        let day = date.format("%y%m%d");
        match self {
            Self::Chase => {
                let (trace, trn) = (random.digits(7), random.digits(7));
                format!(
                    "ORIG CO NAME:{name} ORIG ID:{id} DESC DATE:{day} CO ENTRY DESCR:{entry} \
                     SEC:{sec} TRACE#:02100002{trace} EED:{day} IND ID:{} IND NAME:{} TRN: \
                     {trn}TC",
                    random.digits(9),
                    holder.last_first(),
                )
            }
            Self::Bofa => {
                let company_id = id.get(5..).unwrap_or(id);
                let reference = random.digits(4);
                format!(
                    "{name} DES:{entry} ID:XXXXX{reference} INDN:{} CO ID:XXXXX{company_id} {sec}",
                    holder.last_first()
                )
            }
            Self::WellsFargo => {
                let reference = random.digits(5);
                format!("{name} {entry} {day} {reference} {}", holder.first_last())
            }
            Self::CapitalOne => format!("{name} {entry} {sec} ID: {id}"),
        }
    }

    /// A purchase with the debit card that ends in `card`.
    pub(super) fn purchase(
        self,
        merchant: &Merchant,
        holder: &Person,
        card: &str,
        date: NaiveDate,
        random: &mut Random,
    ) -> String {
        let local = holder.town();
        let (name, town) = (merchant.name, merchant.town.unwrap_or(&local));
        match self {
            Self::Chase if merchant.town.is_some() => {
                format!(
                    "CARD PURCHASE {} {name} {town} CARD {card}",
                    date.format("%m/%d")
                )
            }
            Self::Chase => format!("POS DEBIT {name} {town}"),
            Self::Bofa => {
                let reference = random.digits(23);
                format!(
                    "CHECKCARD {} {name} {town} {reference}",
                    date.format("%m%d")
                )
            }
            Self::WellsFargo => {
                let (day, reference) = (date.format("%m/%d"), random.digits(15));
                format!("PURCHASE AUTHORIZED ON {day} {name} {town} S{reference} CARD {card}")
            }
            Self::CapitalOne => format!("Debit Card Purchase - {name} {town}"),
        }
    }

    /// Cash from a machine.
    pub(super) fn cash(self, holder: &Person, date: NaiveDate, random: &mut Random) -> String {
        let (town, day, number) = (holder.town(), date.format("%m/%d"), random.digits(6));
        match self {
            Self::Chase => format!("ATM WITHDRAWAL {number} {day} 455 MAIN ST"),
            Self::Bofa => {
                format!("BKOFAMERICA ATM {day} #000{number} WITHDRWL MAIN STREET {town}")
            }
            Self::WellsFargo => {
                format!("ATM WITHDRAWAL AUTHORIZED ON {day} 455 MAIN ST {town} 000{number}")
            }
            Self::CapitalOne => format!("ATM Withdrawal - 455 MAIN ST {town}"),
        }
    }

    /// Money to a person by Zelle.
    pub(super) fn zelle_to(self, person: &str, date: NaiveDate, random: &mut Random) -> String {
        match self {
            Self::Chase => format!("Zelle payment to {person} {}", random.digits(11)),
            Self::Bofa => {
                format!(
                    "Zelle payment to {} Conf# {}",
                    person.to_uppercase(),
                    random.digits(9)
                )
            }
            Self::WellsFargo => {
                let (person, day) = (person.to_uppercase(), date.format("%m/%d"));
                format!("ZELLE TO {person} ON {day} REF # RP0{}", random.digits(7))
            }
            Self::CapitalOne => format!("Zelle money sent to {person}"),
        }
    }

    /// Money from a person by Zelle.
    pub(super) fn zelle_from(self, person: &str, date: NaiveDate, random: &mut Random) -> String {
        match self {
            Self::Chase => format!("Zelle payment from {person} {}", random.digits(11)),
            Self::Bofa => {
                format!(
                    "Zelle payment from {} Conf# {}",
                    person.to_uppercase(),
                    random.digits(9)
                )
            }
            Self::WellsFargo => {
                let (person, day) = (person.to_uppercase(), date.format("%m/%d"));
                format!("ZELLE FROM {person} ON {day} REF # RP0{}", random.digits(7))
            }
            Self::CapitalOne => format!("Zelle money received from {person}"),
        }
    }

    /// Money that a company pushes to the debit card.
    pub(super) fn push_to_card(
        self,
        sender: &Merchant,
        card: &str,
        date: NaiveDate,
        random: &mut Random,
    ) -> String {
        let (name, day) = (sender.name, date.format("%m/%d"));
        match self {
            Self::Chase => format!("VISA DIRECT {day} {name} CARD {card}"),
            Self::Bofa => format!("{name} {} VISA DIRECT", date.format("%m%d")),
            Self::WellsFargo => {
                let reference = random.digits(15);
                format!("MONEY TRANSFER AUTHORIZED ON {day} {name} S{reference} CARD {card}")
            }
            Self::CapitalOne => format!("Debit Card Credit - {name}"),
        }
    }

    /// Money to or from another account of the holder.
    pub(super) fn transfer(
        self,
        transfer: OwnTransfer,
        holder: &Person,
        date: NaiveDate,
        random: &mut Random,
    ) -> String {
        let OwnTransfer {
            other,
            kind,
            inward,
        } = transfer;
        let way = if inward { "from" } else { "to" };
        match self {
            Self::Chase => {
                let (day, number) = (date.format("%m/%d"), random.digits(11));
                format!("Online Transfer {way} {kind} ...{other} transaction#: {number} {day}")
            }
            Self::Bofa => {
                let number = random.digits(10);
                format!("Online Banking transfer {way} {kind} {other} Confirmation# {number}")
            }
            Self::WellsFargo => {
                let (way, person) = (way.to_uppercase(), holder.last_first());
                let number = random.digits(7);
                format!("ONLINE TRANSFER {way} {person} REF #IB0{number} {kind} XXXXXX{other}")
            }
            Self::CapitalOne => {
                let word = if inward { "Deposit" } else { "Withdrawal" };
                format!("{word} {way} 360 {kind} XXXXXXX{other}")
            }
        }
    }

    /// A check that was photographed.
    pub(super) fn mobile_deposit(self, random: &mut Random) -> String {
        let number = random.digits(10);
        match self {
            Self::Chase => format!("REMOTE ONLINE DEPOSIT # {number}"),
            Self::Bofa => format!("BKOFAMERICA MOBILE DEPOSIT *MOBILE #{number}"),
            Self::WellsFargo => format!("MOBILE DEPOSIT : REF NUMBER :{number}"),
            Self::CapitalOne => "Check Deposit (Mobile)".to_owned(),
        }
    }

    /// The fee for an item that was sent back.
    pub(super) fn nsf_fee(self, day: NaiveDate) -> String {
        let day = day.format("%m-%d");
        match self {
            Self::Chase => "RETURNED ITEM FEE FOR AN UNPAID ITEM".to_owned(),
            Self::Bofa => {
                format!("NSF: RETURNED ITEM FEE FOR ACTIVITY OF {day} ELECTRONIC TRANSACTION")
            }
            Self::WellsFargo => format!("NSF RETURN ITEM FEE FOR A TRANSACTION ON {day}"),
            Self::CapitalOne => "Insufficient Funds Fee - Returned Item".to_owned(),
        }
    }

    /// The fee for an item that was paid all the same.
    pub(super) fn overdraft_fee(self, day: NaiveDate) -> String {
        let day = day.format("%m-%d");
        match self {
            Self::Chase => "OVERDRAFT FEE FOR A CARD PURCHASE".to_owned(),
            Self::Bofa => format!("OVERDRAFT ITEM FEE FOR ACTIVITY OF {day}"),
            Self::WellsFargo => format!("OVERDRAFT FEE FOR A TRANSACTION POSTED ON {day}"),
            Self::CapitalOne => "Overdraft Fee".to_owned(),
        }
    }

    /// An item that was sent back, coming in again.
    pub(super) fn returned(self, item: &str, day: NaiveDate) -> String {
        let day = day.format("%m-%d");
        match self {
            Self::Chase => format!("REVERSAL: {item}"),
            Self::Bofa => format!("RETURN OF POSTED ITEM (RECEIVED ON {day}) {item}"),
            Self::WellsFargo => format!("ITEM RETURNED UNPAID {day} {item}"),
            Self::CapitalOne => format!("ACH Return - {item}"),
        }
    }
}
