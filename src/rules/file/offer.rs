//! `[offer]` and `[approve]` as written.

use std::ops::Range;

use super::limited;
use crate::limits;
use crate::rules::diagnostic::Report;
use crate::rules::toml_reader::{Table, Text};

/// `[offer]`
#[derive(Debug)]
pub(in crate::rules) struct OfferEntry {
    pub(in crate::rules) span: Range<usize>,
    pub(in crate::rules) step: Option<Text>,
    pub(in crate::rules) affordable_payment: Option<Text>,
    pub(in crate::rules) minimum: Option<Text>,
    pub(in crate::rules) refer_reason: Option<Text>,
    pub(in crate::rules) counter_reason: Option<Text>,
    pub(in crate::rules) affordability_reason: Option<Text>,
    pub(in crate::rules) tiers: Vec<TierEntry>,
}

/// `[[offer.tier]]`
#[derive(Debug)]
pub(in crate::rules) struct TierEntry {
    pub(in crate::rules) id: Option<Text>,
    pub(in crate::rules) when: Option<Text>,
    pub(in crate::rules) apr: Option<Text>,
    pub(in crate::rules) max_amount: Option<Text>,
}

/// `[approve]`
#[derive(Debug)]
pub(in crate::rules) struct ApproveEntry {
    pub(in crate::rules) span: Range<usize>,
    pub(in crate::rules) when: Option<Text>,
    pub(in crate::rules) refer_reason: Option<Text>,
}

pub(super) fn offer(root: &mut Table<'_, '_>, report: &mut Report<'_>) -> Option<OfferEntry> {
    let mut table = root.table("offer", "[offer]", report)?;
    let mut tiers = Vec::new();
    for mut tier in table.tables("tier", "[[offer.tier]]", report) {
        tiers.push(TierEntry {
            id: tier.required("id", report),
            when: tier.required_expression("when", report),
            apr: tier.required_expression("apr", report),
            max_amount: tier.required_expression("max_amount", report),
        });
        tier.finish(report);
    }
    let entry = OfferEntry {
        span: table.span.clone(),
        step: table.required_expression("step", report),
        affordable_payment: table.required_expression("affordable_payment", report),
        minimum: table.required_expression("minimum", report),
        refer_reason: table.text("refer_reason", report),
        counter_reason: table.text("counter_reason", report),
        affordability_reason: table.text("affordability_reason", report),
        tiers: limited(tiers, limits::RULE_ITEMS_MAX, "tiers", report),
    };
    table.finish(report);
    Some(entry)
}

pub(super) fn approve(root: &mut Table<'_, '_>, report: &mut Report<'_>) -> Option<ApproveEntry> {
    let mut table = root.table("approve", "[approve]", report)?;
    let entry = ApproveEntry {
        span: table.span.clone(),
        when: table.required_expression("when", report),
        refer_reason: table.text("refer_reason", report),
    };
    table.finish(report);
    Some(entry)
}
