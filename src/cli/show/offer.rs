//! The offer, with what it costs, and what bound it; of a payment the debits to be made instead.

use super::{BOLD, Page, paint, text};
use crate::proto;

pub(super) fn show(page: &mut Page, decision: &proto::Decision) {
    match &decision.offer {
        Some(offer) => terms(page, offer),
        None => nothing(page, decision),
    }
    plan(page, decision);
}

fn plan(page: &mut Page, decision: &proto::Decision) {
    if decision.plan.is_empty() {
        return;
    }
    page.heading("To be debited instead");
    for debit in &decision.plan {
        let day = debit.date.as_ref().map_or("?", |day| day.value.as_str());
        page.line(format!("  {day}  {}", money(debit.amount.as_ref())));
    }
}

fn money(amount: Option<&proto::Money>) -> String {
    amount.map_or_else(String::new, text::money)
}

fn percent(value: Option<&proto::Decimal>) -> &str {
    value.map_or("?", |value| value.value.as_str())
}

fn terms(page: &mut Page, offer: &proto::Offer) {
    page.heading("Offer");
    let payments = usize::try_from(offer.payment_count).unwrap_or(usize::MAX);
    let last = match (&offer.payment, &offer.last_payment) {
        (payment, Some(last)) if payment.as_ref() != Some(last) => {
            format!(", the last one {}", text::money(last))
        }
        _ => String::new(),
    };
    page.line(format!(
        "  {}{}: {} of {}{last}",
        paint(BOLD, &money(offer.amount.as_ref())),
        repaid(offer.term.as_ref(), offer.repayment_frequency()),
        text::counted(payments, "payment", "payments"),
        money(offer.payment.as_ref()),
    ));
    let mapr = offer.mapr_percent.as_ref();
    let mapr = mapr.map_or_else(String::new, |mapr| format!(", MAPR {} %", mapr.value));
    page.line(format!(
        "  APR {} %{mapr}; interest at {} % a year",
        percent(offer.apr_percent.as_ref()),
        percent(offer.rate_percent.as_ref()),
    ));
    page.line(format!(
        "  finance charge {}, amount financed {}, total of payments {}",
        money(offer.finance_charge.as_ref()),
        money(offer.amount_financed.as_ref()),
        money(offer.total_of_payments.as_ref()),
    ));
    for fee in &offer.fees {
        let (name, said) = self::fee(fee);
        page.line(format!("  {name}: {said}"));
    }
    if let Some(first) = &offer.first_payment_date {
        page.line(format!("  first payment on {}", first.value));
    }
    page.line(format!(
        "  tier {}; {}",
        offer.tier,
        bound(offer.bound_by())
    ));
}

/// A fee: `fee origination` and `150.00 USD, financed`.
pub(in crate::cli) fn fee(fee: &proto::OfferFee) -> (String, String) {
    let paid = match fee.paid() {
        proto::FeePaid::Financed => "financed",
        proto::FeePaid::Withheld => "withheld from what is paid out",
        proto::FeePaid::Apart => "paid apart",
        proto::FeePaid::Unspecified => "how it is paid is not said",
    };
    let counts = match (fee.in_finance_charge, fee.in_mapr) {
        (true, _) => "",
        (false, true) => "; counts in the MAPR only",
        (false, false) => "; counts in neither APR nor MAPR",
    };
    let amount = money(fee.amount.as_ref());
    (
        format!("fee {}", fee.id),
        format!("{amount}, {paid}{counts}"),
    )
}

/// Of a search that found nothing: what stood against the last offer that was looked at.
fn nothing(page: &mut Page, decision: &proto::Decision) {
    let Some(search) = &decision.offer_search else {
        return;
    };
    page.heading("No offer");
    let offers = usize::try_from(search.offers).unwrap_or(usize::MAX);
    let looked = text::counted(offers, "was looked at", "were looked at");
    page.line(format!(
        "  {looked}, at last {}{}: {}",
        money(search.amount.as_ref()),
        repaid(search.term.as_ref(), search.repayment_frequency()),
        against(search.bound_by()),
    ));
}

pub(in crate::cli) fn bound(bound: proto::AmountBound) -> &'static str {
    match bound {
        proto::AmountBound::Requested => "it is what was asked for",
        proto::AmountBound::Tier => "no tier offers more, or the terms asked for",
        proto::AmountBound::Affordability => "the payments of more are not affordable",
        proto::AmountBound::Cap => "more, or other terms, would exceed a cap of the rate",
        proto::AmountBound::Rule => "a rule stands against more, or against other terms",
        proto::AmountBound::Unspecified => "what bound it is not said",
    }
}

pub(in crate::cli) fn against(bound: proto::AmountBound) -> &'static str {
    match bound {
        proto::AmountBound::Requested => "less was asked for than the least that is offered",
        proto::AmountBound::Tier => "no tier offers it",
        proto::AmountBound::Affordability => "its payments are not affordable",
        proto::AmountBound::Cap => "it would exceed a cap of the rate",
        proto::AmountBound::Rule => "a rule stands against it",
        proto::AmountBound::Unspecified => "whether it can be offered is not known",
    }
}

/// ` over 36 months, repaid monthly`
pub(in crate::cli) fn repaid(
    term: Option<&proto::Term>,
    frequency: proto::RepaymentFrequency,
) -> String {
    let term = term.map_or_else(String::new, |term| {
        let unit = match term.unit() {
            proto::TermUnit::Days => "day",
            proto::TermUnit::Weeks => "week",
            proto::TermUnit::Months => "month",
            proto::TermUnit::Unspecified => "unit",
        };
        let count = usize::try_from(term.count).unwrap_or(usize::MAX);
        format!(" over {}", text::counted(count, unit, &format!("{unit}s")))
    });
    let frequency = match frequency {
        proto::RepaymentFrequency::Weekly => ", repaid weekly",
        proto::RepaymentFrequency::Biweekly => ", repaid every two weeks",
        proto::RepaymentFrequency::SemiMonthly => ", repaid twice a month",
        proto::RepaymentFrequency::Monthly => ", repaid monthly",
        proto::RepaymentFrequency::Single => ", repaid at the end",
        proto::RepaymentFrequency::Unspecified => "",
    };
    format!("{term}{frequency}")
}
