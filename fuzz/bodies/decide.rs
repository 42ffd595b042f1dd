//! A decision on one account: what the other bodies do with whatever they could read.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use underwrite::analysis::{AmountSign, Settings};
use underwrite::application::{
    Draft, DraftApplicant, DraftTerm, Identity, RepaymentFrequency, Role, TermUnit,
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
    let draft = Draft {
        id: Some(ApplicationId::parse("app-1").unwrap()),
        product: "personal_loan".to_owned(),
        requested_amount: Some(Money::new(100_000, Currency::USD)),
        term: Some(DraftTerm {
            count: 12,
            unit: Some(TermUnit::Months),
        }),
        repayment_frequency: Some(RepaymentFrequency::Monthly),
        applicants: vec![DraftApplicant {
            id: Some(ApplicantId::parse("p1").unwrap()),
            role: Some(Role::Primary),
            identity: Some(Identity {
                name: "Alex Moreno".to_owned(),
                ..Identity::default()
            }),
            account_ids: vec![Some(snapshot.account.id.clone())],
            handles: Vec::new(),
        }],
        ..Draft::default()
    };
    let application = Arc::new(draft.check().unwrap());
    let application = application.with_accounts(application.named_accounts());
    let hash = seal(snapshot, [7; 32]).unwrap().hash;
    let input = DecisionInput {
        application: &application,
        accounts: &AccountInput::of(&application, [(snapshot, hash)]).unwrap(),
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
