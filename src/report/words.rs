//! The words of a report: stable ones for machines, and sentences for people.

use super::model::Period;
use crate::analysis::{BalanceDoubt, Exclusion, ObligationStatus, Standing};
use crate::snapshot::QualityFlag;

/// A word of a report as people read it: `returned debit`.
pub(crate) fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

/// Days, as people read them.
pub(crate) fn between(period: Period) -> String {
    let days = if period.days == 1 { "day" } else { "days" };
    format!(
        "{} to {}, {} {days}",
        period.first, period.last, period.days
    )
}

/// A value, or a dash where there is none.
pub(crate) fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// The word for an exclusion, and why a row is no income or counts for nothing.
pub(super) fn exclusion(why: Exclusion) -> (&'static str, &'static str) {
    match why {
        Exclusion::Void => ("void", "it vanished before it posted"),
        Exclusion::Pending => ("pending", "it is not yet part of the balance"),
        Exclusion::NotCash => ("not_cash", "it is on no cash account"),
        Exclusion::OtherCurrency => ("other_currency", "it is in another currency"),
        Exclusion::AfterAsOf => ("after_as_of", "it is dated after the moment looked at"),
        Exclusion::DuplicateAccount => ("duplicate_account", "its account is linked twice"),
        Exclusion::SentTwice => ("sent_twice", "its bank sent it twice: the other one counts"),
        Exclusion::Reversed => ("reversed", "it undoes another row, or was undone"),
        Exclusion::MirroredTransfer => (
            "mirrored_transfer",
            "as much moved the other way on another account of the household",
        ),
        Exclusion::TransferWords => (
            "transfer_words",
            "its words say that it is between the holder's own accounts",
        ),
        Exclusion::LoanProceeds => ("loan_proceeds", "a lender paid it out"),
        Exclusion::Refund => ("refund", "a merchant gave it back"),
        Exclusion::PersonToPerson => ("person_to_person", "a person sent it"),
        Exclusion::CashOrCheck => (
            "cash_or_check",
            "it is cash or a cheque without a steady pattern",
        ),
        Exclusion::TaxRefund => ("tax_refund", "it is a tax refund"),
        Exclusion::Interest => ("interest", "it is interest or a dividend"),
        Exclusion::OneOff => ("one_off", "it is not to be expected again"),
        Exclusion::BankFee => ("bank_fee", "it is about fees and returns of the bank"),
        Exclusion::Micro => ("micro", "it is too small to be pay: it proves an account"),
        Exclusion::RefusedByReviewer => (
            "refused_by_reviewer",
            "a reviewer said that it is no income",
        ),
    }
}

/// The word for whether an obligation still runs.
pub(super) fn obligation(status: ObligationStatus) -> &'static str {
    match status {
        ObligationStatus::Running => "running",
        ObligationStatus::Ended => "ended",
    }
}

/// The word for whether income is known, and what that means.
pub(super) fn standing(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Known => ("known", "a stream of income runs"),
        Standing::Unproven => (
            "unproven",
            "something comes in that may be income, and nothing proves it",
        ),
        Standing::None => ("none", "nothing comes in that may be income"),
    }
}

/// What is doubtful about an account, as a sentence.
pub(super) fn flag(flag: QualityFlag) -> &'static str {
    match flag {
        QualityFlag::StaleBalance => "the balance is more than a day older than the rest",
        QualityFlag::BalanceRefreshFailed => "the balance could not be refreshed",
        QualityFlag::OwnershipRefreshFailed => "the owners could not be refreshed",
        QualityFlag::TransactionsRefreshFailed => "the transactions could not be refreshed",
        QualityFlag::RefreshPending => "a refresh had not come to its end",
        QualityFlag::NoBalancePermission => "balances are not permitted",
        QualityFlag::NoOwnershipPermission => "owners are not permitted",
        QualityFlag::NoTransactionsPermission => "transactions are not permitted",
        QualityFlag::AccountInactive => "the account must be linked again",
        QualityFlag::AccountDisconnected => "the link to the account was cut",
        QualityFlag::ShortHistory => "there are fewer than 60 days of history",
        QualityFlag::SignUnproven => "nothing proves which sign means money in",
        QualityFlag::SignConflict => "balances and rows contradict the assumed sign",
        QualityFlag::DuplicateConflict => "an id came twice with different content",
        QualityFlag::HistoryCut => "the history is longer than the limit, its oldest part missing",
        QualityFlag::UnknownValue => "a value came that this version does not know",
        QualityFlag::NotFetched => "nothing could be fetched in time",
        QualityFlag::UnknownBalance => "a balance is in no currency, or without an amount",
        QualityFlag::UnknownOwner => "not all of its owners are known",
        QualityFlag::DamagedTransactionText => "a transaction's text lost characters on its way",
        QualityFlag::DamagedOwnerText => "an owner's name or address lost characters on its way",
        QualityFlag::DamagedAccountText => "the bank's name lost characters on its way",
        QualityFlag::RowsTwice => "the bank sent the same rows twice: one of each pair counts",
        QualityFlag::ImplausibleDate => "a transaction has a date that cannot be right",
    }
}

/// The word for a doubt about balances, and what it means.
pub(super) fn doubt(doubt: BalanceDoubt) -> (&'static str, &'static str) {
    match doubt {
        BalanceDoubt::RowsTwice => ("rows_twice", "the bank sent rows twice"),
        BalanceDoubt::RowsMissing => ("rows_missing", "rows may be missing"),
        BalanceDoubt::NotOfOneTime => (
            "not_of_one_time",
            "the balance is newer than the rows, or had not settled",
        ),
        BalanceDoubt::Sign => ("sign", "which sign means money in is in question"),
        BalanceDoubt::Pending => (
            "pending",
            "the available balance is not the current one with what is pending",
        ),
        BalanceDoubt::EarlierBalance => (
            "earlier_balance",
            "an earlier balance that was seen is another one",
        ),
        BalanceDoubt::Gap => (
            "gap",
            "nothing moved for long: before that, rows may be missing",
        ),
        BalanceDoubt::ImplausibleLevel => (
            "implausible_level",
            "up to a day it would be further or longer below zero than banks let it be",
        ),
    }
}
