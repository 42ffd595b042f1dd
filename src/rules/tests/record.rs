//! What a record holds, and how it is read.

use super::outcomes::{CREDIT, facts};
use super::*;
use crate::rules::{Layout, ReasonSource, Row, StandsIn, Verdicts};

#[test]
fn comparisons_are_numbered_by_their_place_in_the_file() {
    // The rules stand before the derived value that they read.
    let source = payment(
        "[[rule]]\nid = 'b'\nwhen = 'derive.low or income.streams == 1'\n\
         then = 'flag'\nreason = 'WHY'\n\
         [[rule]]\nid = 'a'\nwhen = 'coalesce(income.streams > 3, false) == false'\n\
         then = 'flag'\nreason = 'WHY'\n\
         [derive]\nlow = 'income.monthly_net < 10 usd and not any(ownership.joint)'\n\
         [reasons.WHY]\nstatement = 'it is so'\n",
    );
    let bundle = publish(&source);
    let layout = Layout::of(bundle.program());
    let texts: Vec<_> = layout
        .comparisons
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "derive.low",
            "income.streams == 1",
            "coalesce(income.streams > 3, false) == false",
            "income.streams > 3",
            "income.monthly_net < 10 usd",
            "any(ownership.joint)",
        ]
    );
    let stands = |place: usize| layout.comparisons[place].stands_in.clone();
    assert_eq!(stands(0), StandsIn::Rule("b".to_owned()));
    assert_eq!(stands(3), StandsIn::Rule("a".to_owned()));
    assert_eq!(stands(5), StandsIn::Derived("low".to_owned()));
    assert_eq!(layout.rules[0].when.logic, "#0 or #1");
    assert_eq!(layout.aggregates[0].name, "any(ownership.joint)");
    let given = [
        is("income.streams", Value::Count(1)),
        is("income.monthly_net", usd(9)),
        (
            "ownership.joint",
            vec![Ok(Value::Bool(false)), Ok(Value::Bool(false))],
        ),
    ];
    let decided = decide(&bundle, &given, &application());
    assert_eq!(decided.evaluation.verdicts.to_string(), "tttftf");
    // Those inside of a value have a verdict, but stand in no trace.
    assert_eq!(decided.trace[1].comparisons.len(), 1);
    assert_eq!(decided.evaluation.aggregates, [Ok(Value::Bool(false))]);
    assert_eq!(decided.evaluation.derived, [Ok(Value::Bool(true))]);
}

#[test]
fn what_was_not_looked_at_has_no_verdict() {
    let bundle = publish(CREDIT);
    let layout = Layout::of(bundle.program());
    let decided = decide(&bundle, &facts(&[]), &application());
    let seen = |stands: &dyn Fn(&StandsIn) -> bool| -> Vec<bool> {
        let numbered = layout
            .comparisons
            .iter()
            .zip(decided.evaluation.verdicts.iter());
        numbered
            .filter(|(one, _)| stands(&one.stands_in))
            .map(|(_, verdict)| verdict.is_some())
            .collect()
    };
    assert!(
        seen(&|stands| matches!(stands, StandsIn::Rule(_)))
            .iter()
            .all(|seen| *seen)
    );
    // The first tier applies.
    assert_eq!(decided.evaluation.tier, Some(Row::At(0)));
    assert_eq!(
        seen(&|stands| matches!(stands, StandsIn::Tier(_))),
        [true, false]
    );
    assert!(decided.evaluation.affordable_payment.is_some());
    let declined = decide(
        &bundle,
        &facts(&[is("nsf.event_days_90d", Value::Count(4))]),
        &application(),
    );
    assert_eq!(declined.evaluation.tier, None);
    let first = &declined.evaluation.reasons[0];
    assert!(matches!(first.source, ReasonSource::Rule(_)) && first.principal);
}

#[test]
fn verdicts_are_one_symbol_each() {
    let text = "tfu-".to_owned();
    let verdicts = Verdicts::try_from(text.clone()).unwrap();
    assert_eq!(String::from(verdicts), text);
    assert!(Verdicts::try_from("x".to_owned()).is_err());
}

#[test]
fn a_layout_reads_back() {
    let layout = Layout::of(publish(CREDIT).program());
    let stored = serde_json::to_string(&layout).unwrap();
    assert_eq!(serde_json::from_str::<Layout>(&stored).unwrap(), layout);
    assert_eq!(layout.scorecard.unwrap().characteristics.len(), 2);
    assert!(layout.reasons.contains(&"BANK_DATA_NOT_READY".to_owned()));
}
