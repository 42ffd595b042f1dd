//! Offers as written, and requests, at random.

use proptest::prelude::*;

use crate::rules::tests::offers::*;

/// An offer as it is written; every text is an expression.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub(super) step: i64,
    pub(super) minimum: i64,
    pub(super) terms: Vec<u32>,
    pub(super) frequencies: Vec<&'static str>,
    pub(super) affordable: &'static str,
    /// When, rate, most, least.
    pub(super) tiers: Vec<(String, String, String, Option<String>)>,
    /// Share, flat, minimum, maximum, how it is paid, whether it counts in the finance charge, and in
    /// the MAPR.
    pub(super) fees: Vec<([Option<&'static str>; 4], Paid, bool, bool)>,
    /// Basis, max, when.
    pub(super) caps: Vec<(&'static str, String, Option<&'static str>)>,
    /// Conditions, and what they do.
    pub(super) rules: Vec<(&'static str, &'static str)>,
}

pub(super) const FREQUENCIES: [(&str, RepaymentFrequency); 5] = [
    ("weekly", RepaymentFrequency::Weekly),
    ("biweekly", RepaymentFrequency::Biweekly),
    ("semi_monthly", RepaymentFrequency::SemiMonthly),
    ("monthly", RepaymentFrequency::Monthly),
    ("single", RepaymentFrequency::Single),
];

impl Config {
    pub(super) fn source(&self) -> String {
        let list = |all: Vec<String>| all.join(", ");
        let terms = self.terms.iter().map(|months| format!("'{months} months'"));
        let frequencies = self.frequencies.iter().map(|word| format!("'{word}'"));
        let mut text = format!(
            "[rule_set]\nname = 'test'\nversion = '1'\nkind = 'credit'\ncurrency = 'USD'\n\
             [reasons.WHY]\nstatement = 'x'\n\
             [offer]\nstep = '{} usd'\nminimum = '{} usd'\nterms = [{}]\nfrequencies = [{}]\n\
             affordable_payment = '{}'\n",
            self.step,
            self.minimum,
            list(terms.collect()),
            list(frequencies.collect()),
            self.affordable,
        );
        for (at, (when, rate, most, least)) in self.tiers.iter().enumerate() {
            text += &format!(
                "[[offer.tier]]\nid = 't{at}'\nwhen = '{when}'\nrate = '{rate}'\nmax_amount = '{most}'\n"
            );
            text += &least
                .iter()
                .map(|least| format!("min_amount = '{least}'\n"))
                .collect::<String>();
        }
        for (at, (parts, paid, finance, mapr)) in self.fees.iter().enumerate() {
            let paid = serde_json::to_value(paid).unwrap();
            text += &format!("[[offer.fee]]\nid = 'f{at}'\npaid = {paid}\n");
            for (key, part) in ["share", "flat", "minimum", "maximum"].iter().zip(parts) {
                text += &part
                    .iter()
                    .map(|part| format!("{key} = '{part}'\n"))
                    .collect::<String>();
            }
            let counts = [(*finance, "'finance_charge'"), (*mapr, "'mapr'")];
            let counts: Vec<&str> = counts.iter().filter(|one| one.0).map(|one| one.1).collect();
            text += &format!("counts_in = [{}]\n", counts.join(", "));
        }
        for (at, (basis, max, when)) in self.caps.iter().enumerate() {
            text += &format!("[[offer.cap]]\nid = 'c{at}'\nbasis = '{basis}'\nmax = '{max}'\n");
            text += &when
                .iter()
                .map(|when| format!("when = '{when}'\n"))
                .collect::<String>();
        }
        for (at, (when, then)) in self.rules.iter().enumerate() {
            text += &format!(
                "[[rule]]\nid = 'r{at}'\nwhen = '{when}'\nthen = '{then}'\nreason = 'WHY'\n"
            );
        }
        text
    }
}

fn pick<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = T> + Clone {
    proptest::sample::select(all)
}

fn tier() -> impl Strategy<Value = (String, String, String, Option<String>)> {
    let when = pick(vec![
        "income.monthly_net >= 2500 usd",
        "income.stability >= 0.6",
        "offer.amount >= 1500 usd",
        "offer.term_days <= 400 days and income.monthly_net > 500 usd",
        "true",
        "income.stopped",
    ]);
    let rate = pick(vec![
        "0%",
        "9.9%",
        "35.9%",
        "36%",
        "120%",
        "max(40% - offer.amount / 1000 usd * 3%, 6%)",
        "20% + offer.term_days / 365 days * 2%",
    ]);
    let most = pick(vec![
        "1234.56 usd",
        "3000 usd",
        "max(income.monthly_net * 2, 600 usd)",
        "min(5000 usd, offer.term_days / 1 day * 10 usd)",
    ]);
    let least = pick(vec![
        None,
        None,
        Some("800 usd"),
        Some("income.monthly_net / 3"),
    ]);
    (when, rate, most, least).prop_map(|(when, rate, most, least)| {
        (
            when.to_owned(),
            rate.to_owned(),
            most.to_owned(),
            least.map(str::to_owned),
        )
    })
}

/// Its parts, how it is paid, whether it counts in the finance charge and in the MAPR.
type FeeParts = ([Option<&'static str>; 4], Paid, bool, bool);

fn fee() -> impl Strategy<Value = FeeParts> {
    let parts = (
        pick(vec![
            Some("5%"),
            Some("1.25%"),
            Some("offer.term_days / 365 days * 1%"),
        ]),
        pick(vec![None, Some("15 usd"), Some("income.monthly_net / 100")]),
        pick(vec![None, Some("25 usd")]),
        pick(vec![None, Some("75 usd")]),
    );
    let paid = pick(vec![Paid::Financed, Paid::Withheld, Paid::Apart]);
    let counts = pick(vec![(true, true), (false, true), (false, false)]);
    (parts, paid, counts).prop_map(|((share, flat, least, most), paid, (finance, mapr))| {
        ([share, flat, least, most], paid, finance, mapr)
    })
}

fn cap() -> impl Strategy<Value = (&'static str, String, Option<&'static str>)> {
    (
        pick(vec!["apr", "mapr", "simple_interest"]),
        pick(vec!["36%", "24.5%", "60% - offer.amount / 100 usd * 1%"]),
        pick(vec![
            None,
            Some("income.monthly_net < 3000 usd"),
            Some("income.stopped"),
        ]),
    )
        .prop_map(|(basis, max, when)| (basis, max.to_owned(), when))
}

fn rule() -> impl Strategy<Value = (&'static str, &'static str)> {
    pick(vec![
        ("application.amount > income.monthly_net * 3", "refer"),
        ("application.amount < 700 usd", "decline"),
        ("application.payments > 24", "refer"),
        (
            "application.amount / application.payments > 200 usd and income.stopped",
            "decline",
        ),
        (
            "application.days_to_first_payment > 20 days and income.stability < 0.3",
            "refer",
        ),
        ("application.amount > 100 usd", "flag"),
    ])
}

pub(super) fn config() -> impl Strategy<Value = Config> {
    let affordable = pick(vec![
        "income.monthly_net / 10 / offer.payments_per_month",
        "income.monthly_net / 5",
        "1000000 usd",
        "income.monthly_net / 10 - offer.amount / 500",
    ]);
    let (fee, cap, rule) = (fee(), cap(), rule());
    let choices = (
        pick(vec![vec![], vec![6], vec![3, 12, 24]]),
        pick(vec![
            vec![],
            vec!["monthly"],
            vec!["biweekly", "monthly", "single"],
        ]),
    );
    (
        (
            pick(vec![50, 100, 130]),
            pick(vec![300, 500]),
            choices,
            affordable,
        ),
        prop::collection::vec(tier(), 1..3),
        prop::collection::vec(fee, 0..3),
        prop::collection::vec(cap, 0..3),
        prop::collection::vec(rule, 0..2),
    )
        .prop_map(
            |((step, minimum, (terms, frequencies), affordable), tiers, fees, caps, rules)| {
                Config {
                    step,
                    minimum,
                    terms,
                    frequencies,
                    affordable,
                    tiers,
                    fees,
                    caps,
                    rules,
                }
            },
        )
}

/// Income, stability and whether it stopped; the request.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) income: Option<i64>,
    pub(super) stability: i64,
    pub(super) stopped: Option<bool>,
    /// In minor units.
    pub(super) amount: i64,
    pub(super) months: u32,
    pub(super) frequency: RepaymentFrequency,
    pub(super) first_after: Option<u64>,
}

pub(super) fn asked() -> impl Strategy<Value = Asked> {
    let amount = prop_oneof![4 => (2_i64..60).prop_map(|hundreds| hundreds * 10_000), 1 => 20_000_i64..600_000];
    (
        prop::option::weighted(0.95, 200_i64..6_000),
        0_i64..100,
        prop::option::weighted(0.95, any::<bool>()),
        amount,
        pick(vec![3, 6, 12, 18]),
        pick(FREQUENCIES.iter().map(|one| one.1).collect()),
        prop::option::of(5_u64..60),
    )
        .prop_map(
            |(income, stability, stopped, amount, months, frequency, first_after)| Asked {
                income,
                stability,
                stopped,
                amount,
                months,
                frequency,
                first_after,
            },
        )
}

impl Asked {
    pub(super) fn application(&self) -> Application {
        revised(asking_for(1, self.months, self.frequency), |draft| {
            draft.requested_amount = Some(Money::new(self.amount, Currency::USD));
            let after = self.first_after.map(chrono::Days::new);
            draft.first_payment_date = after.map(|after| date() + after);
        })
    }
}
