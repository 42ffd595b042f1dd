//! What was offered, and how it was priced.

use crate::cli::decided_by::DecidedBy;
use crate::cli::show::{self, offer as words};
use crate::cli::text;
use crate::proto;
use crate::report::packet::{Fact, Offer};

/// The offer, what is to be debited instead, or what stood against any offer; `None` where none was looked
/// for.
pub(super) fn offer(decision: &proto::Decision, known: &DecidedBy) -> Option<Offer> {
    if let Some(offer) = &decision.offer {
        let tier_text = known.tier(&offer.tier).map(str::to_owned);
        return Some(Offer {
            title: offer.amount.as_ref().map_or_else(String::new, text::money),
            facts: terms(offer),
            tier_text,
        });
    }
    if let Some(title) = show::debits(&decision.plan) {
        let debits = decision.plan.iter().map(|debit| {
            let day = debit.date.as_ref().map_or("?", |day| day.value.as_str());
            Fact::new(day, money(debit.amount.as_ref()))
        });
        return Some(Offer {
            title,
            facts: debits.collect(),
            tier_text: None,
        });
    }
    let search = decision.offer_search.as_ref()?;
    let looked = usize::try_from(search.offers).unwrap_or(usize::MAX);
    let last = words::repaid(search.term.as_ref(), search.repayment_frequency());
    Some(Offer {
        title: "No offer".to_owned(),
        facts: vec![
            Fact::new("offers looked at", looked.to_string()),
            Fact::new(
                "the last",
                format!("{}{last}", money(search.amount.as_ref())),
            ),
            Fact::new("against it", words::against(search.bound_by())),
        ],
        tier_text: None,
    })
}

fn money(amount: Option<&proto::Money>) -> String {
    amount.map_or_else(|| "-".to_owned(), text::money)
}

fn percent(value: Option<&proto::Decimal>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{} %", value.value))
}

fn terms(offer: &proto::Offer) -> Vec<Fact> {
    let payments = usize::try_from(offer.payment_count).unwrap_or(usize::MAX);
    let payments = text::counted(payments, "payment", "payments");
    let first = offer.first_payment_date.as_ref();
    let runs = words::repaid(offer.term.as_ref(), offer.repayment_frequency());
    let mut facts = vec![
        Fact::new("amount", money(offer.amount.as_ref())),
        Fact::new("runs", runs.trim_start_matches([' ', ','])),
        Fact::new(
            "payments",
            format!("{payments} of {}", money(offer.payment.as_ref())),
        ),
        Fact::new("last payment", money(offer.last_payment.as_ref())),
        Fact::new(
            "first payment on",
            first.map_or("-", |day| day.value.as_str()),
        ),
        Fact::new("tier", &offer.tier),
        Fact::new("interest a year", percent(offer.rate_percent.as_ref())),
        Fact::new("APR", percent(offer.apr_percent.as_ref())),
        Fact::new("finance charge", money(offer.finance_charge.as_ref())),
        Fact::new("amount financed", money(offer.amount_financed.as_ref())),
        Fact::new("principal", money(offer.principal.as_ref())),
        Fact::new("total of payments", money(offer.total_of_payments.as_ref())),
        Fact::new("why not more", words::bound(offer.bound_by())),
    ];
    if offer.mapr_percent.is_some() {
        facts.push(Fact::new("MAPR", percent(offer.mapr_percent.as_ref())));
    }
    facts.extend(offer.fees.iter().map(|fee| {
        let (name, said) = words::fee(fee);
        Fact::new(name, said)
    }));
    facts
}
