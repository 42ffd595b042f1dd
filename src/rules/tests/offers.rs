//! Offers: the grid, fees, caps, and what bounds them.

mod random;

use super::*;
use crate::application::Term;
use crate::loan::Paid;
use crate::rules::{BoundBy, Layout, Outcome, Row, StandsIn, check};

/// A rule set of one tier of 12 % up to 5,000 in steps of 100 from 500 on, with these keys of
/// `[offer]` and these tables added.
fn offering(keys: &str, tables: &str) -> String {
    format!(
        r#"
[rule_set]
name = "test"
version = "1"
kind = "credit"
currency = "USD"
[offer]
step = '100 usd'
minimum = '500 usd'
affordable_payment = 'income.monthly_net / 10'
{keys}
{tables}
[[offer.tier]]
id = "A"
when = 'true'
rate = '12%'
max_amount = '5000 usd'
"#
    )
}

/// The day of the decision.
fn decided() -> Given {
    is("application.decision_date", Value::Date(date()))
}

fn of(source: &str, income: i64, application: &Application) -> Decided {
    let given = [is("income.monthly_net", usd(income)), decided()];
    decide(&publish(source), &given, application)
}

fn asking_for(major: i64, count: u32, frequency: RepaymentFrequency) -> Application {
    revised(asking(major), |draft| {
        draft.term = Some(DraftTerm {
            count,
            unit: Some(TermUnit::Months),
        });
        draft.repayment_frequency = Some(frequency);
    })
}

fn money(major: &str) -> Money {
    let amount = major.parse::<Decimal>().unwrap();
    Money::from_decimal(amount, Currency::USD).unwrap()
}

#[test]
fn an_offer_says_all_that_is_disclosed() {
    let fee = "[[offer.fee]]\nid = 'origination'\nshare = '5%'\nmaximum = '80 usd'\n\
               paid = 'financed'\ncounts_in = ['finance_charge', 'mapr']\n\
               [[offer.fee]]\nid = 'application'\nflat = '10 usd'\n\
               paid = 'apart'\ncounts_in = ['mapr']\n";
    let approved = of(&offering("", fee), 3_000, &asking(1_000));
    assert_eq!(approved.outcome, Outcome::Approve);
    let offer = approved.offer.unwrap();
    assert_eq!(offer.amount, money("1000"));
    assert_eq!(offer.principal, money("1050"));
    // 1050 at 1 % a month: 93.2912..., rounded up; the last one settles the rest.
    assert_eq!(offer.payment, money("93.30"));
    assert_eq!((offer.last_payment, offer.payments), (money("93.18"), 12));
    assert_eq!(offer.total_of_payments, money("1119.48"));
    assert_eq!(offer.amount_financed, money("1000"));
    assert_eq!(offer.finance_charge, money("119.48"));
    assert_eq!(offer.rate_percent, Decimal::from(12));
    assert_eq!(offer.apr_percent.to_string(), "21.369");
    assert_eq!(offer.mapr_percent.unwrap().to_string(), "23.325");
    assert_eq!(offer.first_payment_date.unwrap().to_string(), "2026-04-30");
    let fees: Vec<_> = offer
        .fees
        .iter()
        .map(|fee| (fee.id.as_str(), fee.amount, fee.paid, fee.in_finance_charge))
        .collect();
    assert_eq!(
        fees,
        [
            ("origination", money("50"), Paid::Financed, true),
            ("application", money("10"), Paid::Apart, false),
        ]
    );
    let most = of(&offering("", fee), 9_000, &asking(4_000)).offer.unwrap();
    assert_eq!(most.fees[0].amount, money("80"));
}

#[test]
fn a_loan_repaid_at_its_end_bears_interest_for_its_days() {
    let application = revised(asking(1_000), |draft| {
        draft.term = Some(DraftTerm {
            count: 14,
            unit: Some(TermUnit::Days),
        });
        draft.repayment_frequency = Some(RepaymentFrequency::Single);
        draft.first_payment_date = date().checked_add_days(chrono::Days::new(10));
    });
    let source = offering("", "").replace("'12%'", "'365%'");
    let offer = of(&source, 20_000, &application).offer.unwrap();
    // 1 % a day for the 10 days to the day asked for, and not for the 14 of the term.
    assert_eq!((offer.payment, offer.payments), (money("1100"), 1));
    assert_eq!(offer.apr_percent, Decimal::from(365));
    let in_months = asking_for(1_000, 1, RepaymentFrequency::Single);
    let offer = of(&source, 20_000, &in_months).offer.unwrap();
    assert_eq!(offer.first_payment_date.unwrap().to_string(), "2026-04-30");
    assert_eq!(offer.payment, money("1300"));
}

#[test]
fn a_first_payment_that_is_past_cannot_be_priced() {
    let application = revised(asking(1_000), |draft| {
        draft.first_payment_date = date().pred_opt();
    });
    let referred = of(&offering("", ""), 3_000, &application);
    assert_eq!(referred.outcome, Outcome::Refer);
    assert_eq!(referred.fired[0].reason, "INFORMATION_MISSING");
    assert_eq!(
        referred.fired[0].features,
        ["application.first_payment_date"]
    );
    assert!(
        referred.fired[0].statement.contains("past"),
        "{:?}",
        referred.fired
    );
}

#[test]
fn a_cap_bounds_what_its_basis_says_where_it_applies() {
    // Of small amounts the least fee is a large share.
    let fee = "[[offer.fee]]\nid = 'f'\nshare = '1%'\nminimum = '60 usd'\npaid = 'withheld'\n\
               counts_in = ['finance_charge', 'mapr']\n";
    let cap = |basis: &str, max: &str| {
        format!("{fee}[[offer.cap]]\nid = 'c'\nbasis = '{basis}'\nmax = '{max}'\n")
    };
    let outcome = |tables: &str, major| of(&offering("", tables), 9_000, &asking(major));
    assert_eq!(outcome(fee, 600).outcome, Outcome::Approve);
    let capped = outcome(&cap("apr", "25%"), 600);
    assert_eq!(capped.outcome, Outcome::Refer);
    let sought = capped.evaluation.sought.clone().unwrap();
    assert_eq!(sought.bound_by, Some(BoundBy::Cap));
    assert_eq!((sought.amount, sought.points), (money("500"), 2));
    assert_eq!(outcome(&cap("apr", "25%"), 2_000).outcome, Outcome::Approve);
    assert_eq!(
        outcome(&cap("simple_interest", "12%"), 600).outcome,
        Outcome::Approve
    );
    assert_eq!(
        outcome(&cap("simple_interest", "11.9%"), 600).outcome,
        Outcome::Refer
    );
    assert_eq!(outcome(&cap("mapr", "25%"), 600).outcome, Outcome::Refer);
    let elsewhere = format!(
        "{}when = 'income.monthly_net < 9000 usd'\n",
        cap("apr", "25%")
    );
    assert_eq!(outcome(&elsewhere, 600).outcome, Outcome::Approve);
    let unknown = format!(
        "{}when = 'inputs.covered'\n[inputs.covered]\ntype = 'bool'\nrequired = false\n",
        cap("apr", "25%")
    );
    let unknown = outcome(&unknown, 600);
    assert_eq!(unknown.outcome, Outcome::Refer);
    assert_eq!(unknown.fired[0].features, ["inputs.covered"]);
    assert_eq!(unknown.evaluation.sought.unwrap().bound_by, None);
}

/// 545 in weekly payments at the rate of the cap.
#[test]
fn a_rate_at_its_cap_is_within_it() {
    let cap = "[[offer.cap]]\nid = 'c'\nbasis = 'apr'\nmax = '36%'\n";
    let source = offering("", cap).replace("'12%'", "'36%'");
    let application = asking_for(545, 3, RepaymentFrequency::Weekly);
    let approved = of(&source, 9_000, &application);
    assert_eq!(approved.outcome, Outcome::Approve);
    assert!(approved.offer.unwrap().apr_percent <= Decimal::from(36));
}

#[test]
fn price_follows_the_amount_offered() {
    // Dearer below 2,000: the price of what is offered, not of what was asked for.
    let source = offering("", "")
        .replace(
            "rate = '12%'",
            "rate = 'max(30% - offer.amount / 2000 usd * 10%, 12%)'",
        )
        .replace("'5000 usd'", "'min(income.monthly_net * 2, 5000 usd)'");
    let rate = |income, major| {
        let offer = of(&source, income, &asking(major)).offer.unwrap();
        (offer.amount, offer.rate_percent)
    };
    assert_eq!(rate(9_000, 1_000), (money("1000"), Decimal::from(25)));
    assert_eq!(rate(9_000, 5_000), (money("5000"), Decimal::from(12)));
    // 80 a month carry 900 at 25.5 %.
    assert_eq!(rate(800, 5_000), (money("800"), Decimal::from(26)));
    assert_eq!(rate(800, 800), rate(800, 5_000));
}

#[test]
fn another_term_or_frequency_is_offered_before_a_smaller_amount() {
    let keys = "terms = ['6 months', '12 months', '24 months']\n\
                frequencies = ['monthly', 'biweekly']\n";
    let source = offering(keys, "").replace(
        "income.monthly_net / 10'",
        "income.monthly_net / 10 / offer.payments_per_month'",
    );
    let monthly = RepaymentFrequency::Monthly;
    let counter = of(&source, 1_000, &asking_for(1_500, 12, monthly));
    assert_eq!(counter.outcome, Outcome::Counter);
    let offer = counter.offer.as_ref().unwrap();
    assert_eq!(offer.amount, money("1500"));
    assert_eq!(offer.bound_by, BoundBy::Affordability);
    assert_eq!((offer.term.days(), offer.frequency), (730, monthly));
    assert_eq!(counter.fired[0].reason, "TERMS_CHANGED");
    assert!(counter.fired[0].counterfactuals.is_empty());
    let again = of(&source, 1_000, &asking_for(1_500, 24, monthly));
    assert_eq!(again.outcome, Outcome::Approve);
    // A term that is not offered counts as one: 9 months.
    let other = of(&source, 9_000, &asking_for(1_500, 9, monthly));
    let offer = other.offer.unwrap();
    assert_eq!(other.outcome, Outcome::Counter);
    assert_eq!((offer.term.days(), offer.bound_by), (182, BoundBy::Tier));
    // Too much for any term: the largest amount, over the longest.
    let less = of(&source, 1_000, &asking_for(4_000, 12, monthly));
    let offer = less.offer.as_ref().unwrap();
    assert_eq!((offer.amount, offer.term.days()), (money("2100"), 730));
    assert_eq!(less.fired[0].reason, "AMOUNT_REDUCED");
}

#[test]
fn a_rule_that_would_stop_an_offer_asked_for_stops_it_now() {
    let rules = "[[rule]]\nid = 'small'\nwhen = 'application.amount < 2000 usd'\n\
                 then = 'decline'\nreason = 'SMALL'\n[reasons.SMALL]\nstatement = 'x'\n";
    let source = offering("otherwise = 'decline'\n", rules);
    // 100 a month would carry 1,125.
    let given = |major: i64| {
        [
            is("income.monthly_net", usd(1_000)),
            decided(),
            is("application.amount", usd(major)),
        ]
    };
    let decided = decide(&publish(&source), &given(4_000), &asking(4_000));
    assert_eq!(decided.outcome, Outcome::Decline);
    assert_eq!(decided.fired[0].reason, "NO_OFFER");
    let sought = decided.evaluation.sought.unwrap();
    assert_eq!(
        (sought.amount, sought.bound_by),
        (money("500"), Some(BoundBy::Rule))
    );
}

#[test]
fn where_nothing_can_be_offered_the_rule_set_says_what_is_done() {
    let reason = "[reasons.NONE]\nstatement = 'none'\n[reasons.POOR]\nstatement = 'poor'\n";
    let keys = "otherwise = 'decline'\ndecline_reason = 'NONE'\naffordability_reason = 'POOR'\n";
    let source = offering(keys, reason);
    let poor = of(&source, 100, &asking(1_000));
    assert_eq!(
        (poor.outcome, poor.fired[0].reason.as_str()),
        (Outcome::Decline, "POOR")
    );
    assert!(poor.fired[0].decisive);
    let little = of(&source, 9_000, &asking(400));
    assert_eq!(
        (little.outcome, little.fired[0].reason.as_str()),
        (Outcome::Decline, "NONE")
    );
    assert_eq!(
        little.evaluation.sought.unwrap().bound_by,
        Some(BoundBy::Requested)
    );
    // What cannot be known is no reason to decline.
    let given = [none("income.monthly_net", Missing::NotReady), decided()];
    let unknown = decide(&publish(&source), &given, &asking(1_000));
    assert_eq!(unknown.outcome, Outcome::Refer);
    assert_eq!(unknown.fired[0].reason, "INFORMATION_MISSING");
    assert_eq!(unknown.fired[0].features, ["income.monthly_net"]);
}

#[test]
fn a_large_request_is_not_walked_down_step_by_step() {
    let source = offering("", "").replace("'100 usd'", "'1 usd'");
    let looked = |source: &str, major| {
        let decided = of(source, 3_000, &asking(major));
        (
            decided.offer.unwrap().amount,
            decided.evaluation.sought.unwrap().points,
        )
    };
    let source = source.replace("'5000 usd'", "'4500 usd'");
    // 300 a month carry 3,376.52.
    assert_eq!(looked(&source, 900_000_000), (money("3376"), 2));
    // A price by amount: from the most that any tier offers.
    let priced = source.replace(
        "rate = '12%'",
        "rate = 'max(30% - offer.amount / 2000 usd * 10%, 12%)'",
    );
    let (amount, points) = looked(&priced, 900_000_000);
    assert_eq!(amount, money("3354"));
    assert_eq!(points, 1 + 4_500 - 3_354 + 1);
}

#[test]
fn offers_beyond_the_limit_leave_it_unknown() {
    let max = crate::limits::OFFER_POINTS_MAX;
    let source = |most: &str| {
        offering("", "")
            .replace("'100 usd'", "'1 usd'")
            .replace(
                "rate = '12%'",
                "rate = 'max(12% - offer.amount / 5000 usd * 1%, 1%)'",
            )
            .replace("'5000 usd'", most)
    };
    // What the checker cannot know is looked at as far as the limit goes.
    let by_income = source("'income.monthly_net * 1000'");
    let unknown = of(&by_income, 100, &asking(90_000));
    assert_eq!(unknown.outcome, Outcome::Refer);
    assert_eq!(unknown.fired[0].reason, "INFORMATION_MISSING");
    assert_eq!(unknown.evaluation.sought.unwrap().points, max + 1);
    let within = source(&format!("'{} usd'", 500 + max - 2));
    assert!(check(&within).0.is_some());
    assert!(
        check(&source(&format!("'{} usd'", 500 + max - 1)))
            .0
            .is_none()
    );
}

#[test]
fn lists_of_an_offer_have_limits() {
    let max = crate::limits::OFFER_CHOICES_MAX;
    let terms = |count: usize| {
        let all: Vec<String> = (1..=count)
            .map(|months| format!("'{months} months'"))
            .collect();
        offering(&format!("terms = [{}]\n", all.join(", ")), "")
    };
    assert!(check(&terms(max)).0.is_some());
    assert!(check(&terms(max + 1)).0.is_none());
    let fees = |count: usize| {
        let fee = |at| {
            format!("[[offer.fee]]\nid = 'f{at}'\nflat = '1 usd'\npaid = 'apart'\ncounts_in = []\n")
        };
        offering("", &(0..count).map(fee).collect::<String>())
    };
    assert!(check(&fees(crate::limits::OFFER_FEES_MAX)).0.is_some());
    assert!(check(&fees(crate::limits::OFFER_FEES_MAX + 1)).0.is_none());
    let caps = |count: usize| {
        let cap = |at| format!("[[offer.cap]]\nid = 'c{at}'\nbasis = 'apr'\nmax = '36%'\n");
        offering("", &(0..count).map(cap).collect::<String>())
    };
    assert!(check(&caps(crate::limits::OFFER_CAPS_MAX)).0.is_some());
    assert!(check(&caps(crate::limits::OFFER_CAPS_MAX + 1)).0.is_none());
    let max = crate::limits::RATE_PERCENT_MAX;
    let rate = |percent| offering("", "").replace("'12%'", &format!("'{percent}%'"));
    assert!(check(&rate(max)).0.is_some());
    assert!(check(&rate(max + 1)).0.is_none());
}

#[test]
fn a_rate_that_makes_no_sense_is_unknown() {
    let source = offering("", "").replace("'12%'", "'offer.amount / 1 usd * 1%'");
    let approved = of(&source, 100_000, &asking(1_000));
    assert_eq!(approved.offer.unwrap().rate_percent, Decimal::from(1_000));
    assert_eq!(of(&source, 100_000, &asking(1_100)).outcome, Outcome::Refer);
}

/// The chance by the rule of thumb is another for every amount.
#[test]
fn a_forecast_is_asked_for_each_amount_and_those_of_the_search_are_not_recorded() {
    let source = offering("", "").replace(
        "when = 'true'",
        "when = 'p_return(offer.amount, offer.first_payment_date) < 20%'",
    );
    let chance = |minor: i64| {
        let first = NaiveDate::from_ymd_opt(2026, 4, 30).unwrap();
        RuleOfThumb::p_return(None, minor, first).unwrap()
    };
    let limit = Decimal::from(20);
    for asked in [1_000, 2_000, 3_300] {
        let decided = of(&source, 9_000, &asking(asked));
        let offered = (5..=asked / 100).rev().map(|step| step * 10_000);
        let expected = offered.into_iter().find(|minor| chance(*minor) < limit);
        let found = decided.offer.map(|offer| offer.amount.minor());
        assert_eq!(found, expected);
        assert!(decided.evaluation.forecasts.is_empty());
    }
}

#[test]
fn the_record_holds_where_the_search_came_to() {
    let source = offering(
        "",
        "[[offer.cap]]\nid = 'c'\nbasis = 'apr'\nmax = '36%'\nwhen = 'income.monthly_net > 1 usd'\n",
    );
    let bundle = publish(&source);
    let layout = Layout::of(bundle.program());
    assert_eq!(layout.tiers[0].rate, "12%");
    assert_eq!(layout.caps[0].when.as_ref().unwrap().logic, "#0");
    assert_eq!(
        layout.comparisons[0].stands_in,
        StandsIn::Cap("c".to_owned())
    );
    let counter = of(&source, 3_000, &asking(9_000));
    assert_eq!(counter.evaluation.verdicts.to_string(), "t");
    assert_eq!(counter.evaluation.tier, Some(Row::At(0)));
    let sought = counter.evaluation.sought.unwrap();
    assert_eq!(sought.amount, money("3300"));
    let months = Term {
        count: 12,
        unit: TermUnit::Months,
    };
    assert_eq!(
        (sought.term, sought.frequency),
        (months, RepaymentFrequency::Monthly)
    );
}
