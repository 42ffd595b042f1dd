//! A decision on one account: what the other bodies do with whatever they could read.

use chrono::{DateTime, Utc};
use underwrite::analysis::{AmountSign, Settings};
use underwrite::application::{
    Applicant, Application, Identity, RepaymentFrequency, Role, Term, TermUnit,
};
use underwrite::calendar::{AsOf, Zone};
use underwrite::decision::{AccountInput, DecisionBody, DecisionInput};
use underwrite::id::{ApplicantId, ApplicationId};
use underwrite::money::{Currency, Money};
use underwrite::rules::Bundle;
use underwrite::snapshot::{Snapshot, seal};

/// 22 August 2026, 15:00 UTC.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_787_410_800, 0).unwrap()
}

/// Decides twice and expects the same: 1,000.00 USD over a year, on this account alone.
pub(crate) fn decide(bundle: &Bundle, snapshot: &Snapshot) -> DecisionBody {
    let application = Application {
        id: ApplicationId::parse("app-1").unwrap(),
        product: "personal_loan".to_owned(),
        requested_amount: Money::new(100_000, Currency::USD),
        term: Term {
            count: 12,
            unit: TermUnit::Months,
        },
        repayment_frequency: RepaymentFrequency::Monthly,
        first_payment_date: None,
        purpose: None,
        applicants: vec![Applicant {
            id: ApplicantId::parse("p1").unwrap(),
            role: Role::Primary,
            identity: Identity {
                name: "Alex Moreno".to_owned(),
                ..Identity::default()
            },
            account_ids: vec![snapshot.account.id.clone()],
            handles: Vec::new(),
        }],
        inputs: Default::default(),
        bank_data: Default::default(),
    };
    let hash = seal(snapshot, [7; 32]).unwrap().hash;
    let input = DecisionInput {
        application: &application,
        accounts: &AccountInput::of(&application, [(snapshot, hash)]),
        bundle,
        as_of: AsOf {
            instant: now(),
            zone: Zone::default(),
        },
        seed: 1,
        settings: Settings {
            amount_sign: AmountSign::PositiveIsCredit,
        },
    };
    let body = underwrite::engine::decide(&input).unwrap();
    assert_eq!(body, underwrite::engine::decide(&input).unwrap());
    body
}
