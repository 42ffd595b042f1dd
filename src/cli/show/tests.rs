use super::*;
use crate::service;
use crate::service::from_wire::View;
use crate::service::tests::{record, snapshot};
use crate::service::to_wire;

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn beside(snapshots: &[proto::Snapshot]) -> AtHand<'_> {
    AtHand {
        snapshots,
        decided_by: None,
    }
}

fn shown(view: View, with_transactions: bool) -> String {
    let snapshots = [snapshot()];
    let record = record(0);
    let wire = service::tests::shown(&record, view);
    let hash = record.body.pins.snapshots[0].hash;
    let readable = [to_wire::snapshot(hash, &snapshots[0])];
    let readable = if with_transactions {
        &readable[..]
    } else {
        &[]
    };
    plain(&decision(&wire, beside(readable)))
}

#[test]
fn an_officer_reads_why_on_what_evidence_and_what_would_have_changed_it() {
    let text = shown(View::Full, false);
    for part in [
        "DECLINE  dec_0\n",
        "application app-1: 5,000.00 USD over 36 months, repaid monthly; 1 applicant, 1 account\n",
        "1. Overdrafts on 7 of the last 90 days  declines, from frequent-nsf\n",
        "would not apply if nsf.event_days_90d were at most 3 (it was 7)\n",
        "rests on 2 transactions:\n       fctxn_1\n       fctxn_2\n",
        "Score 612\n",
        "Streams of income\n  1. Acme  active, counts\n",
        "a month  4,200.00 USD, with 80 % from 4,100.00 USD to 4,300.00 USD\n",
        "a pay    2,100.00 USD, wages, biweekly, else semi_monthly (ambiguous)\n",
        "seen     6 paydays in 3 months, 2026-04-01 to 2026-04-15; stability 0.95, regularity 1, \
         trend -0.025\n",
        "whose    p1, to fca_one\n",
        "next     2026-04-29 (from 2026-04-28 to 2026-04-30)\n",
        "sure     0.39: evidence 0.3, schedule 0.09; no more than 1\n",
        "12 of 40 points: missing: the history is too short",
        "income.monthly_net                      3,210.45 USD\n",
        "  no balance before 2026-03-29 is fit for features\n",
        "Days that ended below zero\n  2026-03-29  -40.50 USD\n",
        "income.stability                        missing: the history is too short\n",
        "Rules that fired\n  frequent-nsf  declines when it fires\n",
        "true     nsf.event_days_90d > params.nsf_days_max  [7, 3]\n",
        "fca_one  short history  of p1\n",
        "rule set   personal-loan 1.0.0 (credit)\n",
        "record 1 of chain c1\n",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn a_decision_on_test_data_is_marked_under_its_headline() {
    let mut wire = service::tests::shown(&record(0), View::Summary);
    assert!(!plain(&decision(&wire, AtHand::default())).contains("test data"));
    wire.test_data = true;
    let text = plain(&decision(&wire, AtHand::default()));
    let second: Vec<&str> = text.lines().take(3).collect();
    assert_eq!(second[2], "made on test data", "{text}");
}

#[test]
fn days_that_are_not_fit_are_none_that_ended_below_zero() {
    let mut wire = service::tests::shown(&record(0), View::Full);
    let mut shown = |fit_from: Option<&str>| {
        let daily = wire.daily_balances.as_mut().unwrap();
        daily.fit_from_date = fit_from.map(|day| proto::Date {
            value: day.to_owned(),
        });
        plain(&decision(&wire, AtHand::default()))
    };
    let heading = "Days that ended below zero\n";
    let text = shown(Some("2026-03-28"));
    let part = format!("{heading}  2026-03-29  -40.50 USD\n");
    assert!(text.contains(&part) && !text.contains("is fit"), "{text}");
    for (fit_from, line) in [
        (
            Some("2026-03-30"),
            "no balance before 2026-03-30 is fit for features",
        ),
        (None, "no balance is fit for features"),
    ] {
        let text = shown(fit_from);
        assert!(text.contains(&format!("  {line}\n")), "{text}");
        assert!(text.contains("below zero on 0 of the "), "{text}");
        assert!(!text.contains("lowest -"), "{text}");
        assert!(!text.contains(heading), "{text}");
    }
}

#[test]
fn an_officer_reads_who_made_the_rules_decide_and_the_text_of_those_that_fired() {
    let wire = service::tests::shown(&record(0), View::Full);
    let known = DecidedBy::of_text(
        "# too often\n[[rule]]\nid = \"frequent-nsf\"\n\n[[rule]]\nid = \"quiet\"\n",
        proto::RuleSetVersion {
            publisher: "a.author".to_owned(),
            note: "fewer days".to_owned(),
            ..Default::default()
        },
        proto::Activation {
            who: "b.activator".to_owned(),
            seq: 7,
            ..Default::default()
        },
    );
    let at_hand = AtHand {
        snapshots: &[],
        decided_by: Some(&known),
    };
    let text = plain(&decision(&wire, at_hand));
    for part in [
        "frequent-nsf  declines when it fires\n    | # too often\n    | [[rule]]\n    | id = \
         \"frequent-nsf\"\n    true",
        "published by a.author at ?: fewer days\n",
        "made active by b.activator at ?, from ? on (record 7)\n",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    assert!(!text.contains("quiet"), "it did not fire: {text}");
}

#[test]
fn an_officer_reads_what_is_owed_and_how_long_all_is_to_be_kept() {
    let mut wire = service::tests::shown(&record(0), View::Full);
    let day = |day: &str| {
        Some(proto::Date {
            value: day.to_owned(),
        })
    };
    wire.due = Some(proto::DueNotice {
        owed: Some(proto::due_notice::Owed::Notice(
            proto::NoticeKind::AdverseAction.into(),
        )),
        due_date: day("2026-04-30"),
        due_by_law: "12 CFR 1002.9(a)(1)(i)".to_owned(),
        days_left: -2,
        ..Default::default()
    });
    wire.notices = vec![proto::SentNotice {
        sent_date: day("2026-04-01"),
        retain_until_date: day("2028-05-01"),
        ..Default::default()
    }];
    let text = plain(&decision(&wire, AtHand::default()));
    for part in [
        "Notices\n  owed: notice of adverse action, due by 2026-04-30 (12 CFR 1002.9(a)(1)(i)), 2 days over\n",
        "    keep all that was used until 2028-05-01 (12 CFR 1002.12(b))\n",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    wire.test_data = true;
    let text = plain(&decision(&wire, AtHand::default()));
    let part = "  on test data nobody is owed anything; otherwise: notice of adverse action, due by 2026-04-30";
    assert!(text.contains(part) && !text.contains("  owed: "), "{text}");
}

#[test]
fn transactions_are_shown_where_their_snapshot_is_at_hand() {
    let text = shown(View::Full, true);
    assert!(
        text.contains("-35.00 USD  OVERDRAFT FEE  (checking 4242)\n"),
        "{text}"
    );
    assert!(!shown(View::Full, false).contains("OVERDRAFT FEE"));
}

#[test]
fn a_summary_leaves_out_what_it_does_not_have() {
    let text = shown(View::Summary, false);
    assert!(text.contains("Reasons told to the applicant") && text.contains("Rests on"));
    assert!(!text.contains("Features") && !text.contains("Rules that"));
}

#[test]
fn each_snapshot_is_shown_with_its_age_and_whose_it_is() {
    let mut snapshot = snapshot();
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let record = record(0);
    let mut wire = service::tests::shown(&record, View::Summary);
    let pins = wire.pins.as_mut().unwrap();
    pins.as_of_time = at(1_775_010_000);
    pins.snapshots[0].fetch_time = at(1_775_010_000 - 3 * 60 * 60 - 5);
    let text = plain(&decision(&wire, AtHand::default()));
    let line = "snapshots  fca_one fetched 2026-03-31 23:19 UTC, 3 hours before  of p1\n";
    assert!(text.contains(line), "`{line}` is not in:\n{text}");
    assert!(!text.contains("delivered by the bank"), "{text}");

    snapshot.refreshed.balances = chrono::DateTime::from_timestamp(1_775_000_000, 0);
    let hash = record.body.pins.snapshots[0].hash;
    let text = plain(&decision(
        &wire,
        beside(&[to_wire::snapshot(hash, &snapshot)]),
    ));
    let line = "delivered by the bank: balance 2026-03-31 23:33 UTC\n";
    assert!(text.contains(line), "`{line}` is not in:\n{text}");
}

fn settling(settlement: proto::Settlement) -> String {
    let mut wire = service::tests::shown(&record(0), View::Full);
    wire.settlement = Some(settlement);
    plain(&decision(&wire, AtHand::default()))
}

fn usd(amount: &str) -> Option<proto::Money> {
    Some(proto::Money {
        amount: amount.to_owned(),
        currency: "USD".to_owned(),
    })
}

fn percent(value: &str) -> Option<proto::Decimal> {
    Some(proto::Decimal {
        value: value.to_owned(),
    })
}

#[test]
fn an_officer_reads_what_would_settle_a_referral() {
    use proto::settlement_question::About;
    let answer = |words: &str, results: Vec<proto::SettlementResult>| proto::SettlementAnswer {
        given: vec![proto::SettlementGiven {
            text: words.to_owned(),
            ..Default::default()
        }],
        results,
    };
    let refer = proto::SettlementResult {
        outcome: proto::Outcome::Refer.into(),
        reasons: vec!["INCOME_NOT_VERIFIED".to_owned()],
        ..Default::default()
    };
    let approve = proto::SettlementResult {
        outcome: proto::Outcome::Approve.into(),
        amount_min: usd("900.00"),
        amount_max: usd("1000.00"),
        rate_percent_min: percent("12"),
        rate_percent_max: percent("12"),
        ..Default::default()
    };
    let counter = proto::SettlementResult {
        outcome: proto::Outcome::Counter.into(),
        plan: vec![proto::PlannedDebit {
            date: Some(proto::Date {
                value: "2026-08-24".to_owned(),
            }),
            amount: usd("900.00"),
        }],
        ..Default::default()
    };
    let text = settling(proto::Settlement {
        questions: vec![proto::SettlementQuestion {
            text: "are the 2 deposits of Acme income?".to_owned(),
            about: Some(About::Stream(proto::StreamInDoubt {
                account_id: "fca_one".to_owned(),
                transaction_id: "fctxn_1".to_owned(),
                ..Default::default()
            })),
            known: None,
        }],
        answers: vec![
            answer("refused", vec![refer.clone()]),
            answer("confirmed", vec![approve, refer]),
            answer("later", vec![counter]),
        ],
        answers_left_off: 2,
        searched_in_part: true,
        ..Default::default()
    });
    let part = "What would settle it\n  \
        1. are the 2 deposits of Acme income?\n     \
           a review names it by fctxn_1 of fca_one\n  \
        nothing else matters. Answered so, it would be:\n  \
        refused    REFER  INCOME_NOT_VERIFIED\n  \
        confirmed  APPROVE  900.00 USD to 1,000.00 USD at 12 %, or REFER  INCOME_NOT_VERIFIED, \
        by the exact values\n  \
        later      COUNTER  900.00 USD on 2026-08-24\n  \
        and 2 more answers\n  \
        not everything was looked at: fewer questions may do, and ranges may have exceptions\n";
    assert!(text.contains(part), "`{part}` is not in:\n{text}");
}

#[test]
fn an_officer_reads_where_a_person_must_judge() {
    let text = settling(proto::Settlement {
        person_must_judge: true,
        standing_reasons: vec!["HISTORY_SHORT".to_owned()],
        ..Default::default()
    });
    let part = "  a person must judge: no answers to at most three questions settle it\n  \
                whatever is found out, there remains HISTORY_SHORT\n";
    assert!(text.contains(part), "`{part}` is not in:\n{text}");
    let text = settling(proto::Settlement {
        person_must_judge: true,
        searched_in_part: true,
        open_facts: vec!["income.stopped".to_owned(), "nsf.event_days_90d".to_owned()],
        ..Default::default()
    });
    let part = "  could not be worked out: nothing was found that settles it by at most three questions\n  \
                not everything was looked at: 2 facts are open\n";
    assert!(text.contains(part), "`{part}` is not in:\n{text}");
    let text = settling(proto::Settlement {
        person_must_judge: true,
        can_only_decline: true,
        standing_reasons: vec!["HISTORY_SHORT".to_owned()],
        ..Default::default()
    });
    let part = "  a person must judge: whatever is found out, it is not approved, but it may be declined\n  \
                while it is not declined, there remains HISTORY_SHORT\n";
    assert!(text.contains(part), "`{part}` is not in:\n{text}");
}

#[test]
fn debits_in_place_of_the_one_asked_for_are_shown_with_their_days() {
    let debit = |day: &str, amount: &str| proto::PlannedDebit {
        date: Some(proto::Date {
            value: day.to_owned(),
        }),
        amount: Some(proto::Money {
            amount: amount.to_owned(),
            currency: "USD".to_owned(),
        }),
    };
    let mut wire = proto::Decision {
        plan: vec![debit("2026-08-24", "900.00"), debit("2026-09-08", "900.00")],
        retries: vec![proto::RetryTrace {
            retry_id: "in-two-parts".to_owned(),
            verdict: proto::Verdict::True.into(),
            comparisons: Vec::new(),
        }],
        ..proto::Decision::default()
    };
    let text = plain(&decision(&wire, AtHand::default()));
    for part in [
        "To be debited instead\n  2026-08-24  900.00 USD\n  2026-09-08  900.00 USD\n",
        "Retries that were looked at\n  in-two-parts  it applies\n",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    let told = |wire: &proto::Decision| offered(wire).unwrap();
    assert_eq!(told(&wire), "2 x 900.00 USD from 2026-08-24");
    wire.plan.truncate(1);
    assert_eq!(told(&wire), "900.00 USD on 2026-08-24");
}
