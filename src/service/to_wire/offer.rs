//! Offers, and debits in place of one asked for, as wire types.

use super::{count, date, decimal, frequency, money, term, words};
use crate::proto;
use crate::rules::{OfferFee, OfferTerms, PlannedDebit, Sought};

pub(super) fn offer(terms: &OfferTerms) -> proto::Offer {
    proto::Offer {
        tier: terms.tier.clone(),
        amount: Some(money(terms.amount)),
        term: Some(term(terms.term)),
        repayment_frequency: frequency(terms.frequency).into(),
        rate_percent: Some(decimal(terms.rate_percent)),
        apr_percent: Some(decimal(terms.apr_percent)),
        mapr_percent: terms.mapr_percent.map(decimal),
        payment: Some(money(terms.payment)),
        last_payment: Some(money(terms.last_payment)),
        payment_count: count(terms.payments),
        first_payment_date: terms.first_payment_date.map(date),
        principal: Some(money(terms.principal)),
        amount_financed: Some(money(terms.amount_financed)),
        finance_charge: Some(money(terms.finance_charge)),
        total_of_payments: Some(money(terms.total_of_payments)),
        fees: terms.fees.iter().map(fee).collect(),
        bound_by: words::amount_bound(terms.bound_by).into(),
    }
}

fn fee(fee: &OfferFee) -> proto::OfferFee {
    proto::OfferFee {
        id: fee.id.clone(),
        amount: Some(money(fee.amount)),
        paid: words::fee_paid(fee.paid).into(),
        in_finance_charge: fee.in_finance_charge,
        in_mapr: fee.in_mapr,
    }
}

/// What a search for an offer came to.
pub(super) fn search(sought: &Sought) -> proto::OfferSearch {
    proto::OfferSearch {
        amount: Some(money(sought.amount)),
        term: Some(term(sought.term)),
        repayment_frequency: frequency(sought.frequency).into(),
        bound_by: sought
            .bound_by
            .map_or(proto::AmountBound::Unspecified, words::amount_bound)
            .into(),
        offers: count(sought.points),
    }
}

pub(super) fn debit(debit: &PlannedDebit) -> proto::PlannedDebit {
    proto::PlannedDebit {
        date: Some(date(debit.date)),
        amount: Some(money(debit.amount)),
    }
}
