//! Closed vocabularies as enums of the wire. A word of the source that is not known here is
//! `Unrecognized`.

use crate::analysis::{AmountSign, Cadence, EntryKind, ReviewEffect, StreamOwner, StreamStatus};
use crate::application::ReviewVerdict;
use crate::features::Type;
use crate::proto;
use crate::rules::{BoundBy, NamedSource, Paid, RuleSetKind};
use crate::snapshot::{
    Absence, Category, Part, PaymentMethodType, Permission, QualityFlag, Status, Subcategory,
    TransactionStatus,
};

/// A filter of accounts by the source's words for their kinds.
pub fn account_filter<T: AsRef<str>>(
    categories: impl Iterator<Item = T>,
    subcategories: impl Iterator<Item = T>,
    without_transactions: bool,
) -> proto::AccountFilter {
    proto::AccountFilter {
        categories: categories
            .map(|word| category(&Category::from_word(word.as_ref())).into())
            .collect(),
        subcategories: subcategories
            .map(|word| subcategory(&Subcategory::from_word(word.as_ref())).into())
            .collect(),
        without_transactions,
    }
}

/// The kind of an account.
pub fn category(word: &Category) -> proto::AccountCategory {
    use proto::AccountCategory as Wire;
    match word {
        Category::Cash => Wire::Cash,
        Category::Credit => Wire::Credit,
        Category::Investment => Wire::Investment,
        Category::Other => Wire::Other,
        Category::Unknown(_) => Wire::Unrecognized,
    }
}

/// The finer kind of an account.
pub fn subcategory(word: &Subcategory) -> proto::AccountSubcategory {
    use proto::AccountSubcategory as Wire;
    match word {
        Subcategory::Checking => Wire::Checking,
        Subcategory::Savings => Wire::Savings,
        Subcategory::CreditCard => Wire::CreditCard,
        Subcategory::LineOfCredit => Wire::LineOfCredit,
        Subcategory::Mortgage => Wire::Mortgage,
        Subcategory::Other => Wire::Other,
        Subcategory::Unknown(_) => Wire::Unrecognized,
    }
}

pub(super) fn status(word: &Status) -> proto::AccountStatus {
    use proto::AccountStatus as Wire;
    match word {
        Status::Active => Wire::Active,
        Status::Inactive => Wire::Inactive,
        Status::Disconnected => Wire::Disconnected,
        Status::Unknown(_) => Wire::Unrecognized,
    }
}

pub(super) fn permission(word: &Permission) -> proto::AccountPermission {
    use proto::AccountPermission as Wire;
    match word {
        Permission::Balances => Wire::Balances,
        Permission::Ownership => Wire::Ownership,
        Permission::PaymentMethod => Wire::PaymentMethod,
        Permission::Transactions => Wire::Transactions,
        Permission::Unknown(_) => Wire::Unrecognized,
    }
}

pub(super) fn payment_method(word: &PaymentMethodType) -> proto::PaymentMethodType {
    use proto::PaymentMethodType as Wire;
    match word {
        PaymentMethodType::Link => Wire::Link,
        PaymentMethodType::UsBankAccount => Wire::UsBankAccount,
        PaymentMethodType::Unknown(_) => Wire::Unrecognized,
    }
}

pub(super) fn transaction_status(word: &TransactionStatus) -> proto::TransactionStatus {
    use proto::TransactionStatus as Wire;
    match word {
        TransactionStatus::Pending => Wire::Pending,
        TransactionStatus::Posted => Wire::Posted,
        TransactionStatus::Void => Wire::Void,
        TransactionStatus::Unknown(_) => Wire::Unrecognized,
    }
}

/// Why a part is not there; unspecified where it is.
pub(super) fn absence<T>(part: &Part<T>) -> proto::AbsenceReason {
    use proto::AbsenceReason as Wire;
    match part.known() {
        Ok(_) => Wire::Unspecified,
        Err(Absence::NoPermission) => Wire::NoPermission,
        Err(Absence::NotReady) => Wire::NotReady,
        Err(Absence::RefreshFailed) => Wire::RefreshFailed,
        Err(Absence::Disconnected) => Wire::Disconnected,
        Err(Absence::NotOffered) => Wire::NotOffered,
    }
}

pub(super) fn value_type(ty: Type) -> proto::ValueType {
    use proto::ValueType as Wire;
    match ty {
        Type::Money => Wire::Money,
        Type::Count => Wire::Count,
        Type::Days => Wire::Days,
        Type::Ratio => Wire::Ratio,
        Type::Percent => Wire::Percent,
        Type::Date => Wire::Date,
        Type::Text => Wire::Text,
        Type::Bool => Wire::Bool,
    }
}

/// What bound an offer.
pub(super) fn amount_bound(bound: BoundBy) -> proto::AmountBound {
    use proto::AmountBound as Wire;
    match bound {
        BoundBy::Requested => Wire::Requested,
        BoundBy::Tier => Wire::Tier,
        BoundBy::Affordability => Wire::Affordability,
        BoundBy::Cap => Wire::Cap,
        BoundBy::Rule => Wire::Rule,
    }
}

/// How a fee is paid.
pub(super) fn fee_paid(paid: Paid) -> proto::FeePaid {
    match paid {
        Paid::Financed => proto::FeePaid::Financed,
        Paid::Withheld => proto::FeePaid::Withheld,
        Paid::Apart => proto::FeePaid::Apart,
    }
}

pub(super) fn amount_sign(sign: AmountSign) -> proto::AmountSign {
    match sign {
        AmountSign::PositiveIsCredit => proto::AmountSign::PositiveIsCredit,
        AmountSign::NegativeIsCredit => proto::AmountSign::NegativeIsCredit,
    }
}

pub(super) fn income_category(kind: EntryKind) -> proto::IncomeCategory {
    use proto::IncomeCategory as Wire;
    match kind {
        EntryKind::Wages => Wire::Wages,
        EntryKind::Benefit => Wire::Benefit,
        EntryKind::Unemployment => Wire::Unemployment,
        EntryKind::Disability => Wire::Disability,
        EntryKind::Retirement => Wire::Retirement,
        EntryKind::Support => Wire::Support,
        EntryKind::Gig => Wire::Gig,
        EntryKind::SelfEmployment => Wire::SelfEmployment,
        EntryKind::Rental => Wire::Rental,
        EntryKind::Other => Wire::Other,
        EntryKind::CheckDeposit => Wire::CheckDeposit,
        EntryKind::PersonToPerson => Wire::PersonToPerson,
        EntryKind::CashDeposit => Wire::CashDeposit,
        EntryKind::OwnTransfer => Wire::OwnTransfer,
        EntryKind::OneOff => Wire::OneOff,
        // No stream is of these: see `EntryKind::OF_STREAMS`.
        EntryKind::Loan(_)
        | EntryKind::Rent
        | EntryKind::CardPayment
        | EntryKind::Refund
        | EntryKind::Reversal
        | EntryKind::TaxRefund
        | EntryKind::Interest
        | EntryKind::Reward
        | EntryKind::Gambling
        | EntryKind::CashWithdrawal
        | EntryKind::Collections
        | EntryKind::AccountVerification
        | EntryKind::NsfFee
        | EntryKind::OverdraftFee
        | EntryKind::ReturnFee
        | EntryKind::OverdraftProtection
        | EntryKind::FeeRefund
        | EntryKind::ReturnedDebit
        | EntryKind::DepositedItemReturned
        | EntryKind::AccountFee => Wire::Unspecified,
    }
}

pub(super) fn cadence(cadence: Cadence) -> proto::Cadence {
    use proto::Cadence as Wire;
    match cadence {
        Cadence::Weekly => Wire::Weekly,
        Cadence::Biweekly => Wire::Biweekly,
        Cadence::SemiMonthly => Wire::SemiMonthly,
        Cadence::Monthly => Wire::Monthly,
        Cadence::FourWeekly => Wire::FourWeekly,
        Cadence::Irregular => Wire::Irregular,
    }
}

pub(super) fn stream_status(status: StreamStatus) -> proto::StreamStatus {
    use proto::StreamStatus as Wire;
    match status {
        StreamStatus::New => Wire::New,
        StreamStatus::Active => Wire::Active,
        StreamStatus::Late => Wire::Late,
        StreamStatus::Inactive => Wire::Inactive,
    }
}

pub(super) fn stream_owner(whose: StreamOwner) -> proto::StreamOwner {
    use proto::StreamOwner as Wire;
    match whose {
        StreamOwner::Applicant(_) => Wire::Applicant,
        StreamOwner::OtherOwner => Wire::OtherOwner,
        StreamOwner::Unclear => Wire::Unclear,
    }
}

/// What a reviewer says.
pub fn review_verdict(verdict: ReviewVerdict) -> proto::ReviewVerdict {
    match verdict {
        ReviewVerdict::Confirmed => proto::ReviewVerdict::Confirmed,
        ReviewVerdict::Refused => proto::ReviewVerdict::Refused,
    }
}

pub(super) fn review_effect(effect: ReviewEffect) -> proto::ReviewEffect {
    use proto::ReviewEffect as Wire;
    match effect {
        ReviewEffect::Confirmed => Wire::Confirmed,
        ReviewEffect::ConfirmedButStopped => Wire::ConfirmedButStopped,
        ReviewEffect::Refused => Wire::Refused,
        ReviewEffect::UnknownTransaction => Wire::UnknownTransaction,
        ReviewEffect::CannotBeIncome => Wire::CannotBeIncome,
        ReviewEffect::Contradicted => Wire::Contradicted,
    }
}

pub(super) fn rule_set_kind(kind: RuleSetKind) -> proto::RuleSetKind {
    match kind {
        RuleSetKind::Credit => proto::RuleSetKind::Credit,
        RuleSetKind::Payment => proto::RuleSetKind::Payment,
        RuleSetKind::Verification => proto::RuleSetKind::Verification,
    }
}

pub(super) fn reason_source(source: &NamedSource) -> proto::ReasonSource {
    use proto::BuiltInSource;
    use proto::reason_source::Source as Wire;
    let built_in = |source: BuiltInSource| Wire::BuiltIn(source.into());
    proto::ReasonSource {
        source: Some(match source {
            NamedSource::Rule(id) => Wire::RuleId(id.clone()),
            NamedSource::Characteristic(name) => Wire::ScorecardCharacteristic(name.clone()),
            NamedSource::Offer => built_in(BuiltInSource::Offer),
            NamedSource::Approve => built_in(BuiltInSource::Approve),
            NamedSource::Retry(id) => Wire::RetryId(id.clone()),
            NamedSource::Missing => built_in(BuiltInSource::Missing),
            NamedSource::BankData => built_in(BuiltInSource::BankData),
        }),
    }
}

pub(super) fn quality_flags<'a>(flags: impl IntoIterator<Item = &'a QualityFlag>) -> Vec<i32> {
    let flags = flags.into_iter();
    flags.map(|flag| quality_flag(*flag).into()).collect()
}

fn quality_flag(flag: QualityFlag) -> proto::QualityFlag {
    use proto::QualityFlag as Wire;
    match flag {
        QualityFlag::StaleBalance => Wire::StaleBalance,
        QualityFlag::BalanceRefreshFailed => Wire::BalanceRefreshFailed,
        QualityFlag::OwnershipRefreshFailed => Wire::OwnershipRefreshFailed,
        QualityFlag::TransactionsRefreshFailed => Wire::TransactionsRefreshFailed,
        QualityFlag::RefreshPending => Wire::RefreshPending,
        QualityFlag::NoBalancePermission => Wire::NoBalancePermission,
        QualityFlag::NoOwnershipPermission => Wire::NoOwnershipPermission,
        QualityFlag::NoTransactionsPermission => Wire::NoTransactionsPermission,
        QualityFlag::AccountInactive => Wire::AccountInactive,
        QualityFlag::AccountDisconnected => Wire::AccountDisconnected,
        QualityFlag::ShortHistory => Wire::ShortHistory,
        QualityFlag::SignUnproven => Wire::SignUnproven,
        QualityFlag::SignConflict => Wire::SignConflict,
        QualityFlag::DuplicateConflict => Wire::DuplicateConflict,
        QualityFlag::HistoryCut => Wire::HistoryCut,
        QualityFlag::UnknownValue => Wire::UnknownValue,
        QualityFlag::NotFetched => Wire::NotFetched,
        QualityFlag::ImplausibleDate => Wire::ImplausibleDate,
        QualityFlag::UnknownBalance => Wire::UnknownBalance,
        QualityFlag::UnknownOwner => Wire::UnknownOwner,
        QualityFlag::DamagedTransactionText => Wire::DamagedTransactionText,
        QualityFlag::DamagedOwnerText => Wire::DamagedOwnerText,
        QualityFlag::DamagedAccountText => Wire::DamagedAccountText,
        QualityFlag::RowsTwice => Wire::RowsTwice,
    }
}
