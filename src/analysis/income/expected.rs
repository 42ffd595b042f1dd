//! The paydays to come.

use chrono::{Days, NaiveDate};

use super::measures::GRACE_BUSINESS_DAYS;
use super::stream::ExpectedPayday;
use crate::analysis::cadence::Fit;
use crate::calendar::{add_business_days, business_day_on_or_after};

/// Besides what its payments stray by, a payment may post so many business days late.
const POSTING_BUSINESS_DAYS: u32 = 1;

/// The next two paydays of a schedule, none of them before `today`. The first is one that is overdue
/// for as long as it may still come.
pub(super) fn expected(fit: &Fit, today: NaiveDate) -> Vec<ExpectedPayday> {
    let before_today = today.pred_opt().unwrap_or(today);
    let overdue = fit
        .next()
        .filter(|slot| add_business_days(*slot, GRACE_BUSINESS_DAYS) >= today);
    let Some(first) = overdue.or_else(|| fit.next_after(before_today)) else {
        return Vec::new();
    };
    let second = fit.next_after(first.max(today));
    [Some(first), second]
        .into_iter()
        .flatten()
        .map(|slot| window(fit, slot, today))
        .collect()
}

/// The days around a date of the schedule on which the payment may come: as far as the others strayed
/// from theirs in the mean, and a day to post.
fn window(fit: &Fit, slot: NaiveDate, today: NaiveDate) -> ExpectedPayday {
    let matched = i64::try_from(fit.matched.len()).unwrap_or(1).max(1);
    // Rounded up.
    let strays = (fit.residual_days + matched - 1) / matched;
    let strays = Days::new(strays.unsigned_abs());
    let from = slot.checked_sub_days(strays).unwrap_or(slot).max(today);
    let late = slot.checked_add_days(strays).unwrap_or(slot);
    if slot < today {
        let expected = business_day_on_or_after(today);
        return ExpectedPayday {
            expected,
            from,
            to: add_business_days(slot, GRACE_BUSINESS_DAYS).max(expected),
        };
    }
    ExpectedPayday {
        expected: slot,
        from,
        to: add_business_days(late, POSTING_BUSINESS_DAYS),
    }
}
