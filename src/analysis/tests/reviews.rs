//! What reviewers say of streams, and what is told of streams beside their amounts.

use std::sync::Arc;

use super::fixtures::*;
use crate::analysis::{
    Analysis, Cadence, EntryKind, Exclusion, ReviewEffect, Standing, Stream, StreamOwner,
    StreamStatus, analyze,
};
use crate::application::tests::revised;
use crate::application::{DraftApplicant, DraftStreamReview, Identity, ReviewVerdict, Role};
use crate::lexicon::Lexicon;
use crate::snapshot::Snapshot;
use ReviewVerdict::{Confirmed, Refused};

const DAY: &str = "2026-06-22";

/// Analyses with these reviews: account, position of the transaction, verdict.
pub(super) fn reviewed(banks: &[Bank], reviews: &[(&str, &str, ReviewVerdict)]) -> Analysis {
    let as_of = as_of(DAY);
    let snapshots: Vec<Snapshot> = banks
        .iter()
        .enumerate()
        .map(|(index, bank)| bank.freeze(index, as_of))
        .collect();
    let plain = application(banks.len());
    let found = plain
        .accounts()
        .map(|(who, id)| (who, id.clone()))
        .collect();
    let with = revised((*plain).clone(), |draft| {
        let reviews = reviews
            .iter()
            .map(|(account, transaction, verdict)| DraftStreamReview {
                account: Some(account.parse().unwrap()),
                transaction: Some(transaction.parse().unwrap()),
                verdict: Some(*verdict),
                reviewer: "q.officer".to_owned(),
                reason: "seen".to_owned(),
                reviewed_at: Some(as_of.instant),
            });
        draft.stream_reviews = reviews.collect();
    });
    let application = Arc::new(with).with_accounts(found);
    analyze(
        &application,
        &inputs(&application, &snapshots),
        as_of,
        POSITIVE,
        Lexicon::built_in(),
    )
}

fn effects(found: &Analysis) -> Vec<ReviewEffect> {
    found.reviews.iter().map(|review| review.effect).collect()
}

fn only(found: &Analysis) -> &Stream {
    let [stream] = found.income.streams.as_slice() else {
        panic!("{:?}", found.income.streams);
    };
    stream
}

const PAYROLL: &str = "LUMEN CLINIC DES:PAYROLL ID:1 INDN:ROBIN CO ID:9999999999 PPD";

/// Half a year of purchases.
fn lived_in() -> Bank {
    Bank::checking().every(5, "2026-01-02", DAY, -4_000, "GROCER")
}

/// The id of the first transaction with this text, which is not that of its row: rows are sorted.
fn first(bank: &Bank, text: &str) -> String {
    let place = bank.rows.iter().position(|row| row.2 == text).unwrap();
    format!("fctxn_0x{place:06}")
}

#[test]
fn new_work_that_is_confirmed_is_known_income() {
    let bank = lived_in().rows(&["2026-06-01", "2026-06-15"], 150_000, PAYROLL);
    let id = first(&bank, PAYROLL);
    let banks = [bank];
    let before = reviewed(&banks, &[]);
    assert_eq!(before.income.standing, Standing::Unproven);
    assert_eq!(only(&before).status, StreamStatus::New);
    assert!(!only(&before).counts());

    let after = reviewed(&banks, &[("fca_0", &id, Confirmed)]);
    assert_eq!(effects(&after), [ReviewEffect::Confirmed]);
    assert_eq!(after.reviews[0].rows.len(), 2);
    assert_eq!(after.income.standing, Standing::Known);
    let stream = only(&after);
    assert!(stream.counts() && stream.review == Some(0));
    let confidence = stream.confidence;
    assert_eq!(confidence.total(), 1_000);
    assert!(confidence.review > 0 && confidence.review < 1_000);
    // 3,000 in the 22 days since, and a gap of 14.
    assert_eq!(after.income.monthly, 253_646);
}

#[test]
fn of_one_payment_a_month_is_what_came() {
    let bank = lived_in().row("2026-06-19", 150_000, PAYROLL);
    let id = first(&bank, PAYROLL);
    let after = reviewed(&[bank], &[("fca_0", &id, Confirmed)]);
    assert_eq!(after.income.monthly, 150_000);
}

#[test]
fn cash_that_is_confirmed_is_a_stream_and_refused_is_none() {
    let text = "ATM CASH DEPOSIT 0042";
    let bank = lived_in().every(7, "2026-03-06", "2026-06-19", 40_000, text);
    let id = first(&bank, text);
    let banks = [bank];
    let before = reviewed(&banks, &[]);
    assert_eq!(before.income.standing, Standing::Unproven);
    assert_eq!(before.income.streams, []);

    let after = reviewed(&banks, &[("fca_0", &id, Confirmed)]);
    let stream = only(&after);
    assert_eq!(
        (stream.kind, stream.cadence),
        (EntryKind::CashDeposit, Cadence::Weekly)
    );
    assert_eq!(after.income.monthly, 173_333);
    assert_eq!(after.income.standing, Standing::Known);

    let refused = reviewed(&banks, &[("fca_0", &id, Refused)]);
    assert_eq!(effects(&refused), [ReviewEffect::Refused]);
    assert_eq!(
        (refused.income.standing, refused.income.monthly),
        (Standing::None, 0)
    );
    let why =
        |entry: &&crate::analysis::Entry| entry.excluded == Some(Exclusion::RefusedByReviewer);
    assert_eq!(refused.entries.iter().filter(why).count(), 16);
}

#[test]
fn a_person_who_pays_for_work_may_be_confirmed() {
    let text = "ZELLE PAYMENT FROM MARIA LOPEZ";
    let days = [
        "2026-04-02",
        "2026-04-11",
        "2026-04-29",
        "2026-05-06",
        "2026-05-23",
        "2026-06-12",
    ];
    let bank = lived_in().rows(&days, 40_000, text);
    let id = first(&bank, text);
    let banks = [bank];
    assert_eq!(reviewed(&banks, &[]).income.streams, []);
    let after = reviewed(&banks, &[("fca_0", &id, Confirmed)]);
    assert_eq!(only(&after).kind, EntryKind::PersonToPerson);
    // 2,400 in 82 days and a gap of 14.
    assert_eq!(after.income.monthly, 76_094);
}

#[test]
fn a_stream_that_is_refused_leaves_the_others_as_they_are() {
    let other = "PICARRO LLC DES:PAYROLL ID:7 INDN:ROBIN CO ID:8888888888 PPD";
    let bank = lived_in()
        .every(14, "2026-01-02", "2026-06-19", 150_000, PAYROLL)
        .every(7, "2026-01-06", "2026-06-16", 30_000, other);
    let id = first(&bank, other);
    let banks = [bank];
    let before = reviewed(&banks, &[]);
    assert_eq!(before.income.streams.len(), 2);
    let after = reviewed(&banks, &[("fca_0", &id, Refused)]);
    assert_eq!(only(&after), &before.income.streams[0]);
    assert_eq!(after.income.monthly, 325_000);
    assert!(!after.income.stopped, "what is no income has not stopped");
}

#[test]
fn a_review_that_names_nothing_says_so() {
    let bank = lived_in().every(14, "2026-01-02", "2026-06-19", 150_000, PAYROLL);
    let (pay, shop) = (first(&bank, PAYROLL), first(&bank, "GROCER"));
    let banks = [bank];
    let effect =
        |account: &str, id: &str, verdict| effects(&reviewed(&banks, &[(account, id, verdict)]))[0];
    for verdict in [Confirmed, Refused] {
        assert_eq!(
            effect("fca_0", "fctxn_none", verdict),
            ReviewEffect::UnknownTransaction
        );
        assert_eq!(
            effect("fca_7", &pay, verdict),
            ReviewEffect::UnknownTransaction
        );
        assert_eq!(
            effect("fca_0", &shop, verdict),
            ReviewEffect::CannotBeIncome
        );
    }
    let last = format!("fctxn_0x{:06}", banks[0].rows.len() - 1);
    let both = [
        ("fca_0", pay.as_str(), Confirmed),
        ("fca_0", &last, Refused),
    ];
    let found = reviewed(&banks, &both);
    assert_eq!(effects(&found), [ReviewEffect::Contradicted; 2]);
    assert_eq!(found.income.monthly, 325_000, "neither is followed");
}

#[test]
fn what_stopped_does_not_run_because_somebody_says_so() {
    let bank = lived_in().every(14, "2026-01-02", "2026-03-13", 150_000, PAYROLL);
    let id = first(&bank, PAYROLL);
    let after = reviewed(&[bank], &[("fca_0", &id, Confirmed)]);
    assert_eq!(only(&after).status, StreamStatus::Inactive);
    assert_eq!(after.income.monthly, 0);
}

#[test]
fn the_next_paydays_are_never_past() {
    let bank = lived_in().every(14, "2026-01-02", "2026-06-05", 150_000, PAYROLL);
    let mut found = analysis(std::slice::from_ref(&bank), "2026-06-18");
    let days = |found: &Analysis| -> Vec<String> {
        let paydays = only(found).paydays.iter();
        paydays
            .map(|day| format!("{} {} {}", day.from, day.expected, day.to))
            .collect()
    };
    assert_eq!(
        days(&found),
        [
            "2026-06-19 2026-06-19 2026-06-22",
            "2026-07-03 2026-07-03 2026-07-06"
        ]
    );
    // Overdue, and it may still come.
    found = analysis(std::slice::from_ref(&bank), "2026-06-20");
    assert_eq!(
        days(&found)[0].split(' ').take(2).collect::<Vec<_>>(),
        ["2026-06-20", "2026-06-22"]
    );
    for day in ["2026-06-22", "2026-06-24", "2026-06-26", "2026-07-01"] {
        found = analysis(std::slice::from_ref(&bank), day);
        for payday in &only(&found).paydays {
            assert!(
                payday.from >= date(day) && payday.expected >= payday.from,
                "{payday:?}"
            );
            assert!(payday.to >= payday.expected, "{payday:?}");
        }
    }
}

#[test]
fn what_was_undone_is_no_income_whatever_somebody_says() {
    let bank = lived_in()
        .row("2026-05-13", 150_000, "MOBILE DEPOSIT 4411")
        .row("2026-05-15", -150_000, "DEPOSITED ITEM RETURNED");
    let id = first(&bank, "MOBILE DEPOSIT 4411");
    let found = reviewed(&[bank], &[("fca_0", &id, Confirmed)]);
    let undone = Some(Exclusion::Reversed);
    let mut entries = found.entries.iter();
    assert!(entries.any(|entry| entry.amount > 0 && entry.excluded == undone));
    assert_eq!(effects(&found), [ReviewEffect::CannotBeIncome]);
    assert!(found.income.streams.is_empty());
}

#[test]
fn more_and_less_is_a_trend() {
    let bank = |later| {
        Bank::checking()
            .every(14, "2026-01-02", "2026-03-27", 100_000, PAYROLL)
            .every(14, "2026-04-10", "2026-06-19", later, PAYROLL)
    };
    assert_eq!(only(&analysis(&[bank(110_000)], DAY)).trend, Some(100));
    assert_eq!(only(&analysis(&[bank(100_000)], DAY)).trend, Some(0));
    assert_eq!(only(&analysis(&[bank(75_000)], DAY)).trend, Some(-250));
}

#[test]
fn on_a_joint_account_the_texts_tell_whose_income_it_is() {
    let pay = |name: &str, company: &str| {
        format!("{company} DES:PAYROLL ID:1 INDN:{name} CO ID:9999999999 PPD")
    };
    let of = |who: &str| {
        let mut bank = Bank::checking().every(
            14,
            "2026-01-02",
            "2026-06-19",
            150_000,
            &pay(who, "LUMEN CLINIC"),
        );
        bank.owner = "ROBIN EXAMPLE AND KIM OTHER";
        only(&analysis(&[bank], DAY)).whose
    };
    assert_eq!(of("EXAMPLE ROBIN"), StreamOwner::Applicant(0));
    assert_eq!(of("OTHER KIM"), StreamOwner::OtherOwner);
    assert_eq!(of("12345"), StreamOwner::Unclear);
    let alone = Bank::checking().every(
        14,
        "2026-01-02",
        "2026-06-19",
        150_000,
        &pay("12345", "LUMEN CLINIC"),
    );
    assert_eq!(
        only(&analysis(&[alone], DAY)).whose,
        StreamOwner::Applicant(0)
    );
}

#[test]
fn of_two_applicants_the_one_who_is_named_is_paid() {
    let text = "LUMEN CLINIC DES:PAYROLL ID:1 INDN:KIM OTHER CO ID:9999999999 PPD";
    let mut bank = Bank::checking().every(14, "2026-01-02", "2026-06-19", 150_000, text);
    bank.owner = "ROBIN EXAMPLE AND KIM OTHER";
    let as_of = as_of(DAY);
    let snapshots = [bank.freeze(0, as_of)];
    let both = revised((*application(1)).clone(), |draft| {
        draft.applicants.push(DraftApplicant {
            id: Some("person_2".parse().unwrap()),
            role: Some(Role::CoApplicant),
            identity: Some(Identity {
                name: "Kim Other".to_owned(),
                ..Identity::default()
            }),
            ..DraftApplicant::default()
        });
    });
    let both = Arc::new(both).with_accounts(vec![(0, "fca_0".parse().unwrap())]);
    let found = analyze(
        &both,
        &inputs(&both, &snapshots),
        as_of,
        POSITIVE,
        Lexicon::built_in(),
    );
    assert_eq!(only(&found).whose, StreamOwner::Applicant(1));
}

/// Three payouts within three days are work that has just begun, whoever pays.
#[test]
fn three_payments_in_a_row_are_no_rate() {
    let days = ["2026-06-19", "2026-06-20", "2026-06-21"];
    let gig = lived_in().rows(&days, 15_000, "UBER USA 6787 EDI PAYMNT");
    let found = reviewed(&[gig], &[]);
    assert_eq!(only(&found).status, StreamStatus::New);
    assert_eq!(found.income.standing, Standing::Unproven);

    let text = "ATM CASH DEPOSIT 0042";
    let cash = lived_in().rows(&days, 100_000, text);
    let id = first(&cash, text);
    let found = reviewed(&[cash], &[("fca_0", &id, Confirmed)]);
    assert_eq!(found.income.monthly, 300_000);
    let (low, high) = only(&found).interval;
    assert!(low <= 300_000 && high >= 300_000);
}

/// What an employer gives back of expenses is none of its pay, whatever is said of that.
#[test]
fn a_refusal_makes_nothing_else_income() {
    let expenses = "LUMEN CLINIC DES:EXP REIMB ID:2 INDN:ROBIN CO ID:9999999999 PPD";
    let invoices = "LUMEN CLINIC DES:VENDOR PMT ID:3 INDN:ROBIN CO ID:9999999999 CCD";
    for beside in [expenses, invoices] {
        let days = ["2026-02-11", "2026-03-04", "2026-04-20", "2026-05-07"];
        let bank = lived_in()
            .every(14, "2026-01-09", "2026-06-12", 150_000, PAYROLL)
            .rows(&days, 21_345, beside);
        let id = first(&bank, PAYROLL);
        let banks = [bank];
        let before = reviewed(&banks, &[]);
        let after = reviewed(&banks, &[("fca_0", &id, Refused)]);
        let counted = |found: &Analysis| {
            found
                .income
                .streams
                .iter()
                .filter(|one| one.counts())
                .count()
        };
        assert_eq!(counted(&after), counted(&before) - 1, "{beside}");
        assert_eq!(after.income.monthly, 0, "{beside}");
    }
}

/// Nobody's word brings back what stopped, and the doubt about it stays.
#[test]
fn what_stopped_and_is_confirmed_stays_unproven() {
    let text = "ATM CASH DEPOSIT 0042";
    let days = ["2026-03-29", "2026-04-03", "2026-04-08", "2026-04-13"];
    let bank = lived_in().rows(&days, 40_000, text);
    let id = first(&bank, text);
    let banks = [bank];
    assert_eq!(reviewed(&banks, &[]).income.standing, Standing::Unproven);
    let after = reviewed(&banks, &[("fca_0", &id, Confirmed)]);
    assert_eq!(effects(&after), [ReviewEffect::ConfirmedButStopped]);
    assert_eq!(after.income.standing, Standing::Unproven);
}
