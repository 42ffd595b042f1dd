//! Why no account that can be read is behind an object, and what to do about it.

use std::fmt;

use crate::id::HandleKind;

/// Why no account that can be read is behind an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotLinkedReason {
    /// The bank account's numbers were typed in: nobody gave leave to read it.
    TypedByHand,
    /// A card, a wallet, or a bank account of a kind that cannot be linked.
    NotABankAccount,
    /// Nothing has been chosen to pay with.
    NoPaymentMethod,
    /// The applicant has not got to the end of it.
    NotCompleted,
    /// Its holder has linked nothing.
    NoAccount,
    /// A Standard connected account answers for itself: its platform may not read what it linked.
    StandardAccount,
}

impl NotLinkedReason {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::TypedByHand | Self::NotABankAccount | Self::NoPaymentMethod => {
                "account_not_linked"
            }
            Self::NotCompleted | Self::NoAccount => "no_account_behind_handle",
            Self::StandardAccount => "standard_account_not_readable",
        }
    }

    /// What is wrong with an object of this kind, and what to do.
    pub(in crate::stripe) fn about(self, kind: HandleKind) -> impl fmt::Display {
        let what = match (self, kind) {
            (Self::TypedByHand, _) => {
                "is of a bank account that was typed in by hand, which cannot be read: have the \
                 applicant link it with Financial Connections"
            }
            (Self::NotABankAccount, _) => {
                "is of something that cannot be linked, such as a card: have the applicant link a \
                 US bank account with Financial Connections"
            }
            (Self::NoPaymentMethod, _) => {
                "has no payment method: send it again once the applicant has confirmed one, or \
                 have the applicant link a bank account with Financial Connections"
            }
            (Self::NotCompleted, _) => {
                "was not completed: send it again once the applicant has got to its end, or start \
                 another one"
            }
            (Self::NoAccount, HandleKind::Session) => {
                "has no accounts: the applicant did not complete it; start another one"
            }
            (Self::NoAccount, _) => {
                "holds no linked account: have the applicant link one with Financial Connections"
            }
            (Self::StandardAccount, _) => {
                "is a Standard one, and what it linked can be read by itself only: have the \
                 applicant link the bank account as a customer of this platform"
            }
        };
        format!("this {} {what}", kind.as_words())
    }
}
