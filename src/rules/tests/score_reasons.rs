//! Which reasons a score gives, and in which order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::outcomes::reasons;
use super::*;
use crate::rules::check;

/// A characteristic of a made-up scorecard: with its value from 0 up, it has these points.
#[derive(Debug, Clone)]
struct Made {
    points: [i64; 3],
    average: i64,
    reason: usize,
    value: usize,
}

const FEATURES: [&str; 6] = [
    "nsf.event_days_30d",
    "nsf.event_days_60d",
    "nsf.event_days_90d",
    "nsf.event_days_180d",
    "income.streams",
    "data.cash_accounts",
];

/// A rule set that approves from `threshold` points on.
fn source(made: &[Made], ranks: &[i64], average: bool, threshold: i64) -> String {
    let characteristic = |(index, one): (usize, &Made)| {
        let [none, one_or_more, more] = one.points;
        let baseline = if average {
            format!("baseline = {}\n", one.average)
        } else {
            String::new()
        };
        format!(
            "[[scorecard.characteristic]]\nname = \"c{index}\"\nvalue = '{}'\n\
             reason = \"R{}\"\n{baseline}bins = [\n{{ when = 'value >= 2', points = {more} }},\n\
             {{ when = 'value >= 1', points = {one_or_more} }},\n\
             {{ otherwise = true, points = {none} }},\n]\n",
            FEATURES[index], one.reason
        )
    };
    let characteristics: String = made.iter().enumerate().map(characteristic).collect();
    let reasons: String = ranks
        .iter()
        .enumerate()
        .map(|(index, rank)| {
            format!("[reasons.R{index}]\nstatement = \"reason {index}\"\nrank = {rank}\n")
        })
        .collect();
    let baseline = if average { "average" } else { "max" };
    payment(&format!(
        "[scorecard]\nbase = 100\nbaseline = \"{baseline}\"\n{characteristics}{reasons}"
    ))
    .replace("when = 'true'", &format!("when = 'score >= {threshold}'"))
}

/// The codes of what lost points, by hand: the sum of each code, the most first; of equals, the
/// lower rank, and then the code declared first.
fn recounted(made: &[Made], ranks: &[i64], average: bool) -> Vec<String> {
    let most = |one: &Made| *one.points.iter().max().unwrap();
    let sums = |baseline: &dyn Fn(&Made) -> i64| {
        let mut sums: BTreeMap<usize, i64> = BTreeMap::new();
        for one in made {
            let lost = baseline(one) - one.points[one.value];
            if lost > 0 {
                *sums.entry(one.reason).or_default() += lost;
            }
        }
        sums
    };
    let mut lost = sums(&|one| if average { one.average } else { most(one) });
    if lost.is_empty() {
        lost = sums(&most);
    }
    let mut lost: Vec<(usize, i64)> = lost.into_iter().collect();
    lost.sort_by_key(|(reason, sum)| (-sum, ranks[*reason], *reason));
    lost.into_iter()
        .map(|(reason, _)| format!("R{reason}"))
        .collect()
}

fn made() -> impl Strategy<Value = Made> {
    let points = [-20_i64..60, -20_i64..60, -20_i64..60];
    (points, 0_usize..4, 0_usize..3, 0_i64..=100).prop_map(|(points, reason, value, share)| {
        let (least, most) = (points.iter().min().unwrap(), points.iter().max().unwrap());
        Made {
            points,
            average: least + (most - least) * share / 100,
            reason,
            value,
        }
    })
}

fn decided(made: &[Made], source: &str) -> Decided {
    let given = made.iter().enumerate().map(|(index, one)| {
        let value = i64::try_from(one.value).unwrap();
        is(FEATURES[index], Value::Count(value))
    });
    let given: Vec<Given> = given.collect();
    decide(&publish(source), &given, &application())
}

proptest! {
    #[test]
    fn reasons_of_a_score_are_those_that_cost_the_most(
        made in prop::collection::vec(made(), 1..6),
        ranks in prop::collection::vec(0_i64..3, 4),
        average: bool,
    ) {
        let best: i64 = made.iter().map(|one| *one.points.iter().max().unwrap()).sum();
        let have: i64 = made.iter().map(|one| one.points[one.value]).sum();
        // All points there are would do, and those that there are do not.
        prop_assume!(have < best);
        let source = source(&made, &ranks, average, 100 + best);
        // Reasons that nothing gives are only warned of.
        let found = decided(&made, &source);
        let mut codes: Vec<String> = Vec::new();
        for fired in &found.fired {
            if fired.decisive {
                codes.push(fired.reason.clone());
            }
        }
        let last = codes.pop();
        prop_assert_eq!(last.as_deref(), Some("NOT_APPROVED"));
        prop_assert_eq!(&codes, &recounted(&made, &ranks, average));
        let principal = found.evaluation.reasons.iter().filter(|given| given.principal);
        let told = crate::limits::PRINCIPAL_REASONS_MAX;
        prop_assert_eq!(principal.count(), told.min(codes.len() + 1));
    }
}

#[test]
fn the_most_costly_reason_comes_first_whatever_its_rank() {
    let one = |points, reason, value| Made {
        points: [0, points / 2, points],
        average: points / 2,
        reason,
        value,
    };
    // 200 of 218 lost points stand on the last, whose rank is the least important.
    let made = [one(6, 0, 0), one(6, 1, 0), one(6, 2, 0), one(200, 3, 0)];
    let ranks = [1, 2, 3, 99];
    let found = decided(&made, &source(&made, &ranks, false, 300));
    assert_eq!(
        reasons(&found),
        ["*R3", "*R0", "*R1", "*R2", "*NOT_APPROVED"]
    );
    // Two of one reason are told once, for what they cost together.
    let made = [one(60, 0, 0), one(100, 1, 0), one(60, 0, 0)];
    let found = decided(&made, &source(&made, &ranks, false, 300));
    assert_eq!(reasons(&found), ["*R0", "R0", "*R1", "*NOT_APPROVED"]);
    // Against the average, what is as good as others have is no reason.
    let made = [one(60, 0, 1), one(100, 1, 0)];
    let found = decided(&made, &source(&made, &ranks, true, 260));
    assert_eq!(reasons(&found), ["*R1", "*NOT_APPROVED"]);
    let score = found.score.unwrap();
    let of = |index: usize| {
        let one = &score.characteristics[index];
        (one.points_baseline, one.points_max)
    };
    assert_eq!((of(0), of(1)), ((30, 60), (50, 100)));
    // Where nothing is below it, what is below the most.
    let made = [one(60, 0, 1), one(100, 1, 1)];
    let found = decided(&made, &source(&made, &ranks, true, 260));
    assert_eq!(reasons(&found), ["*R1", "*R0", "*NOT_APPROVED"]);
}

#[test]
fn a_baseline_is_stated_for_each_or_for_none() {
    let made = [Made {
        points: [0, 10, 20],
        average: 15,
        reason: 0,
        value: 0,
    }];
    let findings = |average: bool, from: &str, to: &str| {
        let source = source(&made, &[1], average, 120);
        assert!(source.contains(from));
        let found = check(&source.replace(from, to)).1;
        found.into_iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(findings(true, "baseline = 15", "baseline = 20"), [""; 0]);
    assert_eq!(findings(true, "baseline = 15", "baseline = 0"), [""; 0]);
    assert_eq!(
        findings(true, "baseline = 15", "baseline = 21"),
        ["out_of_range"]
    );
    assert_eq!(findings(true, "baseline = 15\n", ""), ["missing_key"]);
    assert_eq!(
        findings(false, "value = ", "baseline = 15\nvalue = "),
        ["bad_value"]
    );
    assert_eq!(
        findings(false, "baseline = \"max\"", "baseline = \"mean\""),
        ["bad_value"]
    );
}
