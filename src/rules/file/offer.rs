//! `[offer]` and `[approve]` as written.

use std::ops::Range;

use super::limited;
use crate::limits;
use crate::rules::diagnostic::{Code, Report};
use crate::rules::toml_reader::{Table, Text};

/// `[offer]`
#[derive(Debug)]
pub(in crate::rules) struct OfferEntry {
    pub(in crate::rules) span: Range<usize>,
    pub(in crate::rules) step: Option<Text>,
    pub(in crate::rules) affordable_payment: Option<Text>,
    pub(in crate::rules) minimum: Option<Text>,
    pub(in crate::rules) terms: Vec<Text>,
    pub(in crate::rules) frequencies: Vec<Text>,
    pub(in crate::rules) otherwise: Option<Text>,
    pub(in crate::rules) refer_reason: Option<Text>,
    pub(in crate::rules) decline_reason: Option<Text>,
    pub(in crate::rules) counter_reason: Option<Text>,
    pub(in crate::rules) affordability_reason: Option<Text>,
    pub(in crate::rules) terms_reason: Option<Text>,
    pub(in crate::rules) tiers: Vec<TierEntry>,
    pub(in crate::rules) fees: Vec<FeeEntry>,
    pub(in crate::rules) caps: Vec<CapEntry>,
}

/// `[[offer.tier]]`
#[derive(Debug)]
pub(in crate::rules) struct TierEntry {
    pub(in crate::rules) id: Option<Text>,
    pub(in crate::rules) when: Option<Text>,
    pub(in crate::rules) rate: Option<Text>,
    pub(in crate::rules) max_amount: Option<Text>,
    pub(in crate::rules) min_amount: Option<Text>,
}

/// `[[offer.fee]]`
#[derive(Debug)]
pub(in crate::rules) struct FeeEntry {
    pub(in crate::rules) span: Range<usize>,
    pub(in crate::rules) id: Option<Text>,
    pub(in crate::rules) share: Option<Text>,
    pub(in crate::rules) flat: Option<Text>,
    pub(in crate::rules) minimum: Option<Text>,
    pub(in crate::rules) maximum: Option<Text>,
    pub(in crate::rules) paid: Option<Text>,
    pub(in crate::rules) counts_in: Vec<Text>,
}

/// `[[offer.cap]]`
#[derive(Debug)]
pub(in crate::rules) struct CapEntry {
    pub(in crate::rules) id: Option<Text>,
    pub(in crate::rules) basis: Option<Text>,
    pub(in crate::rules) max: Option<Text>,
    pub(in crate::rules) when: Option<Text>,
}

/// `[approve]`
#[derive(Debug)]
pub(in crate::rules) struct ApproveEntry {
    pub(in crate::rules) span: Range<usize>,
    pub(in crate::rules) when: Option<Text>,
    pub(in crate::rules) refer_reason: Option<Text>,
}

pub(super) fn offer(root: &Table<'_, '_>, report: &mut Report<'_>) -> Option<OfferEntry> {
    let table = root.table("offer", "[offer]", report)?;
    let tiers = table.tables("tier", "[[offer.tier]]", report).into_iter();
    let tiers = tiers.map(|table| tier(table, report)).collect();
    let fees = table.tables("fee", "[[offer.fee]]", report).into_iter();
    let fees = fees.map(|table| fee(table, report)).collect();
    let caps = table.tables("cap", "[[offer.cap]]", report).into_iter();
    let caps = caps.map(|table| cap(table, report)).collect();
    let choices = limits::OFFER_CHOICES_MAX;
    let entry = OfferEntry {
        span: table.span.clone(),
        step: table.expression("step", report),
        affordable_payment: table.expression("affordable_payment", report),
        minimum: table.expression("minimum", report),
        terms: limited(table.texts("terms", report), choices, "terms", report),
        frequencies: limited(
            table.texts("frequencies", report),
            choices,
            "frequencies",
            report,
        ),
        otherwise: table.text("otherwise", report),
        refer_reason: table.text("refer_reason", report),
        decline_reason: table.text("decline_reason", report),
        counter_reason: table.text("counter_reason", report),
        affordability_reason: table.text("affordability_reason", report),
        terms_reason: table.text("terms_reason", report),
        tiers: limited(tiers, limits::RULE_ITEMS_MAX, "tiers", report),
        fees: limited(fees, limits::OFFER_FEES_MAX, "fees", report),
        caps: limited(caps, limits::OFFER_CAPS_MAX, "caps", report),
    };
    table.finish(report);
    Some(entry)
}

fn tier(mut table: Table<'_, '_>, report: &mut Report<'_>) -> TierEntry {
    if let Some(place) = table.former("apr", "rate") {
        let message = "`apr` is `rate` now: the nominal yearly rate, without fees";
        let help = "write `rate`; the annual percentage rate is computed from it, with the fees \
                    that count, and [[offer.cap]] bounds it";
        report.error_with(Code::UnknownKey, &place, message, help.to_owned());
    }
    let rate = table.expression("rate", report);
    let entry = TierEntry {
        id: table.text("id", report),
        when: table.expression("when", report),
        rate,
        max_amount: table.expression("max_amount", report),
        min_amount: table.expression("min_amount", report),
    };
    table.finish(report);
    entry
}

fn fee(table: Table<'_, '_>, report: &mut Report<'_>) -> FeeEntry {
    let entry = FeeEntry {
        span: table.span.clone(),
        id: table.text("id", report),
        share: table.expression("share", report),
        flat: table.expression("flat", report),
        minimum: table.expression("minimum", report),
        maximum: table.expression("maximum", report),
        paid: table.text("paid", report),
        counts_in: table.texts("counts_in", report),
    };
    table.finish(report);
    entry
}

fn cap(table: Table<'_, '_>, report: &mut Report<'_>) -> CapEntry {
    let entry = CapEntry {
        id: table.text("id", report),
        basis: table.text("basis", report),
        max: table.expression("max", report),
        when: table.expression("when", report),
    };
    table.finish(report);
    entry
}

pub(super) fn approve(root: &Table<'_, '_>, report: &mut Report<'_>) -> Option<ApproveEntry> {
    let table = root.table("approve", "[approve]", report)?;
    let entry = ApproveEntry {
        span: table.span.clone(),
        when: table.expression("when", report),
        refer_reason: table.text("refer_reason", report),
    };
    table.finish(report);
    Some(entry)
}
