//! Amounts, terms and offers.

use super::bytes::{Reader, Writer};
use crate::application::{RepaymentFrequency, Term, TermUnit};
use crate::money::{Currency, Money};
use crate::rules::{BoundBy, OfferFee, OfferTerms, Paid};

/// An amount of any currency.
pub(super) fn pack_money(amount: Money, writer: &mut Writer) {
    writer.text(amount.currency().as_str());
    writer.whole(amount.minor());
}

pub(super) fn unpack_money(reader: &mut Reader<'_>) -> Option<Money> {
    let currency = reader.text()?.parse().ok()?;
    Some(Money::new(reader.whole()?, currency))
}

pub(super) fn pack_term(term: Term, writer: &mut Writer) {
    writer.number(u64::from(term.count));
    writer.byte(match term.unit {
        TermUnit::Days => 0,
        TermUnit::Weeks => 1,
        TermUnit::Months => 2,
    });
}

pub(super) fn unpack_term(reader: &mut Reader<'_>) -> Option<Term> {
    Some(Term {
        count: u32::try_from(reader.number()?).ok()?,
        unit: match reader.byte()? {
            0 => TermUnit::Days,
            1 => TermUnit::Weeks,
            2 => TermUnit::Months,
            _ => return None,
        },
    })
}

pub(super) fn pack_frequency(frequency: RepaymentFrequency, writer: &mut Writer) {
    writer.byte(match frequency {
        RepaymentFrequency::Weekly => 0,
        RepaymentFrequency::Biweekly => 1,
        RepaymentFrequency::SemiMonthly => 2,
        RepaymentFrequency::Monthly => 3,
        RepaymentFrequency::Single => 4,
    });
}

pub(super) fn unpack_frequency(reader: &mut Reader<'_>) -> Option<RepaymentFrequency> {
    Some(match reader.byte()? {
        0 => RepaymentFrequency::Weekly,
        1 => RepaymentFrequency::Biweekly,
        2 => RepaymentFrequency::SemiMonthly,
        3 => RepaymentFrequency::Monthly,
        4 => RepaymentFrequency::Single,
        _ => return None,
    })
}

/// An offer, which is in the currency that was asked for: whoever unpacks it knows that one.
pub(super) fn pack(offer: &OfferTerms, currency: Currency, writer: &mut Writer) {
    let amount = |writer: &mut Writer, amount: Money| {
        let other = (amount.currency() != currency).then(|| amount.currency());
        writer.option(other, |to, other| to.text(other.as_str()));
        writer.whole(amount.minor());
    };
    writer.text(&offer.tier);
    pack_term(offer.term, writer);
    pack_frequency(offer.frequency, writer);
    writer.decimal(offer.rate_percent);
    writer.decimal(offer.apr_percent);
    writer.option(offer.mapr_percent, Writer::decimal);
    writer.number(u64::from(offer.payments));
    writer.option(offer.first_payment_date, Writer::date);
    for money in [
        offer.amount,
        offer.payment,
        offer.last_payment,
        offer.principal,
        offer.amount_financed,
        offer.finance_charge,
        offer.total_of_payments,
    ] {
        amount(writer, money);
    }
    writer.count(offer.fees.len());
    for fee in &offer.fees {
        writer.text(&fee.id);
        amount(writer, fee.amount);
        writer.byte(match fee.paid {
            Paid::Financed => 0,
            Paid::Withheld => 1,
            Paid::Apart => 2,
        });
        writer.flag(fee.in_finance_charge);
        writer.flag(fee.in_mapr);
    }
    let bound = BoundBy::ALL.iter().position(|one| *one == offer.bound_by);
    writer.count(bound.unwrap_or(0));
}

pub(super) fn unpack(reader: &mut Reader<'_>, currency: Currency) -> Option<OfferTerms> {
    let amount = |reader: &mut Reader<'_>| {
        let other = reader.option(|from| from.text()?.parse().ok())?;
        Some(Money::new(reader.whole()?, other.unwrap_or(currency)))
    };
    let tier = reader.text()?.to_owned();
    let (term, frequency) = (unpack_term(reader)?, unpack_frequency(reader)?);
    let (rate_percent, apr_percent) = (reader.decimal()?, reader.decimal()?);
    let mapr_percent = reader.option(Reader::decimal)?;
    let payments = u32::try_from(reader.number()?).ok()?;
    let first_payment_date = reader.option(Reader::date)?;
    Some(OfferTerms {
        tier,
        term,
        frequency,
        rate_percent,
        apr_percent,
        mapr_percent,
        payments,
        first_payment_date,
        amount: amount(reader)?,
        payment: amount(reader)?,
        last_payment: amount(reader)?,
        principal: amount(reader)?,
        amount_financed: amount(reader)?,
        finance_charge: amount(reader)?,
        total_of_payments: amount(reader)?,
        fees: {
            let fees = 0..reader.count()?;
            let fees = fees.map(|_| unpack_fee(reader, amount));
            fees.collect::<Option<_>>()?
        },
        bound_by: *BoundBy::ALL.get(reader.count()?)?,
    })
}

fn unpack_fee(
    reader: &mut Reader<'_>,
    amount: impl Fn(&mut Reader<'_>) -> Option<Money>,
) -> Option<OfferFee> {
    Some(OfferFee {
        id: reader.text()?.to_owned(),
        amount: amount(reader)?,
        paid: match reader.byte()? {
            0 => Paid::Financed,
            1 => Paid::Withheld,
            2 => Paid::Apart,
            _ => return None,
        },
        in_finance_charge: reader.flag()?,
        in_mapr: reader.flag()?,
    })
}
