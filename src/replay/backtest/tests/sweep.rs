//! A sweep over values of a param tells what its candidates come to, and those are the files edited by hand.

use super::super::sweep::{Of, bad};
use super::*;
use crate::replay::statistics::Share;

const INCOME_MIN: &str = "income_min=1500.00 usd, 3000.00 usd, 6000.00 usd";

fn swept(sweep: &str) -> Swept {
    Swept::new(&RULE_SETS.live, "rules.toml", sweep).unwrap()
}

async fn found(swept: &Swept) -> (Backtest, Vec<Json>) {
    let candidates = swept.candidates().into_iter();
    let candidates = candidates.map(|(bundle, _)| bundle).collect();
    Golden::open().compare(candidates).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_to_what_the_files_edited_by_hand_do() {
    let swept = swept(INCOME_MIN);
    let (found, lines) = found(&swept).await;
    let by_hand = ["1500.00", "3000.00", "6000.00"].map(|value| {
        let to = format!("income_min = '{value} usd'");
        changed(&[("income_min = '1500.00 usd'", &to)])
    });
    let names: Vec<String> = swept
        .candidates()
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    assert_eq!(names[1], "rules.toml with income_min = 3000.00 usd");
    let (same, same_lines) = Golden::open().compare(by_hand.into()).await;
    assert_eq!(found, same);
    assert_eq!(lines, same_lines);

    let sweep = found.sweep(&swept);
    // Known of the golden ledger.
    let approved = sweep.values.iter().map(|one| one.reached.approved.count);
    assert_eq!(approved.collect::<Vec<_>>(), [10, 7, 1]);
    for (at, value) in sweep.values.iter().enumerate() {
        let counted = naive(&lines, at);
        assert_eq!(value.decided, counted.decided);
        assert_eq!(value.reached.approved.of, counted.decided);
        let approving = counted.flows.iter();
        let approving = approving.filter(|((_, to), _)| to == "APPROVE" || to == "COUNTER");
        let approving: u64 = approving.map(|(_, count)| count).sum();
        assert_eq!(value.reached.approved.count, approving);
        let offered = value.reached.offered.unwrap();
        assert_eq!(
            (offered.total, offered.count),
            (counted.offered, counted.offers)
        );
        let flipped = counted.flows.iter().filter(|((from, to), _)| from != to);
        assert_eq!(value.flips, flipped.map(|(_, count)| count).sum::<u64>());
        assert_eq!(value.is_own, at == 0);
        // Nothing is known of loans.
        assert_eq!((value.reached.bad, value.reached.expected), (None, None));
    }
    assert_eq!(sweep.live.as_ref(), Some(&sweep.values[0].reached));
    assert!(!sweep.all_same);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_change_nothing_are_said_and_live_is_told_of_one_population_only() {
    let swept = swept("history_min=30 days,61 days");
    let (mut found, _) = found(&swept).await;
    assert!(found.sweep(&swept).all_same);
    assert!(found.sweep(&swept).live.is_some());
    let offers =
        |found: &mut Backtest| found.candidates[1].offers.as_mut().unwrap().candidate.count += 1;
    let scores = |found: &mut Backtest| found.candidates[1].scores = None;
    let flows = |found: &mut Backtest| found.candidates[1].flows[0].decisions += 1;
    for change in [offers as fn(&mut Backtest), scores, flows] {
        let mut other = found.clone();
        change(&mut other);
        assert!(!other.sweep(&swept).all_same);
        assert!(other.sweep(&swept).live.is_some());
    }
    let mut of_nobody = found.clone();
    for candidate in &mut of_nobody.candidates {
        candidate.decided = 0;
    }
    assert!(!of_nobody.sweep(&swept).all_same);
    let mut of_others = found.clone();
    of_others.candidates[1].outcomes[0].live.count += 1;
    assert_eq!(of_others.sweep(&swept).live, None);
    found.candidates[1].not_decidable.total = 1;
    assert_eq!(found.sweep(&swept).live, None);
}

#[test]
fn bad_loans_are_those_that_a_value_approves() {
    let set = |live: bool, candidate: bool, bad: u64, of: u64| SwapSet {
        live_approves: live,
        candidate_approves: candidate,
        decisions: of,
        bad: Share::new(bad, of),
        funded: Total {
            count: of,
            total: Decimal::ZERO,
            mean: None,
        },
        interest: Decimal::ZERO,
        loss: Decimal::ZERO,
        profit: Decimal::ZERO,
    };
    // A person may have lent where live did not approve.
    let sets = [
        set(true, true, 3, 20),
        set(true, false, 4, 5),
        set(false, true, 1, 2),
        set(false, false, 0, 0),
    ];
    assert_eq!(bad(&sets, Of::Candidate), Share::new(4, 22));
    assert_eq!(bad(&sets, Of::Live), Share::new(7, 25));
}

#[test]
fn what_is_no_sweep_is_told_with_what_to_do() {
    let values = |count: usize| {
        let values: Vec<String> = (1..=count).map(|one| format!("{one} days")).collect();
        format!("history_min={}", values.join(","))
    };
    let max = limits::BACKTEST_CANDIDATES_MAX;
    assert_eq!(swept(&values(max)).candidates().len(), max);
    for (sweep, told) in [
        (
            "",
            "write a param and its values, as in `dti_max=35%,40%,45%`",
        ),
        (
            "income_min",
            "write a param and its values, as in `dti_max=35%,40%,45%`",
        ),
        (
            "=1",
            "write a param and its values, as in `dti_max=35%,40%,45%`",
        ),
        (
            "income_min=1 usd,",
            "value 2 of `income_min` is empty: leave one comma out, or write it",
        ),
        (
            "params.income_min=1 usd, 1.00 usd",
            "`1 usd` and `1.00 usd` are one value of `income_min`: leave one out",
        ),
        (
            "amount_to_income_max=5,5.0",
            "`5` and `5.0` are one value of `amount_to_income_max`: leave one out",
        ),
        (
            &values(max + 1),
            "there are 17 values of `history_min`; a backtest has at most 16: sweep them in turns",
        ),
        (
            "incme_min=1 usd",
            "`personal-loan` has no param `incme_min`: did you mean `income_min`?",
        ),
    ] {
        let error = Swept::new(&RULE_SETS.live, "rules.toml", sweep).unwrap_err();
        assert_eq!(error.to_string(), told);
    }
}
