//! The figures are those of scikit-learn and scipy, or of the formulas written out, on the same rows:
//! `tests/python/statistics_cases.py` made the cases, and says so in them.
#![expect(
    clippy::float_arithmetic,
    reason = "figures are compared with figures that others computed"
)]

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::limits;

const CASES: &str = include_str!("../../../tests/data/statistics/cases.json");

#[derive(Deserialize)]
struct Cases {
    wilson: Vec<WilsonCase>,
    mcnemar: Vec<PairedCase>,
    discrimination: Vec<DiscriminationCase>,
    stability: Vec<StabilityCase>,
    ratio: Vec<RatioCase>,
}

#[derive(Deserialize)]
struct RatioCase {
    group: [u64; 2],
    reference: [u64; 2],
    ratio: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct WilsonCase {
    count: u64,
    of: u64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct PairedCase {
    only_first: u64,
    only_second: u64,
    of: u64,
    p_value: f64,
    difference: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct DiscriminationCase {
    good: Vec<i64>,
    bad: Vec<i64>,
    auc: f64,
    interval: Option<[f64; 2]>,
    ks: f64,
    bands: Vec<BandCase>,
}

#[derive(Deserialize)]
struct BandCase {
    rate: f64,
    bad: u64,
    of: u64,
}

#[derive(Deserialize)]
struct StabilityCase {
    baseline: Vec<i64>,
    compared: Vec<i64>,
    missing: [u64; 2],
    psi: f64,
    before: Vec<u64>,
    after: Vec<u64>,
}

fn cases() -> Cases {
    serde_json::from_str(CASES).unwrap()
}

#[track_caller]
fn same(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

fn of(values: &[i64]) -> Distribution {
    let mut distribution = Distribution::default();
    values.iter().for_each(|value| distribution.add(*value));
    distribution.settle();
    distribution
}

#[test]
fn an_interval_is_that_of_scipy() {
    for case in cases().wilson {
        let found = wilson(case.count, case.of).unwrap();
        same(found.low, case.low);
        same(found.high, case.high);
    }
    assert_eq!(wilson(0, 0), None);
    assert_eq!(wilson(2, 1), None);
}

#[test]
fn a_paired_test_is_that_of_scipy_by_either_method() {
    let mut methods = Vec::new();
    for case in cases().mcnemar {
        let found = paired(case.only_first, case.only_second, case.of);
        same(found.p_value, case.p_value);
        same(found.difference.unwrap(), case.difference);
        let interval = found.interval.unwrap();
        same(interval.low, case.low);
        same(interval.high, case.high);
        methods.push((case.only_first + case.only_second, found.method));
    }
    for (pairs, method) in methods {
        let exact = method == PairedMethod::ExactBinomial;
        assert_eq!(exact, pairs <= paired::EXACT_PAIRS_MAX, "{pairs}");
    }
    assert_eq!(paired(0, 0, 0).difference, None);
}

#[test]
fn how_well_a_score_tells_is_what_scikit_learn_and_scipy_say() {
    for case in cases().discrimination {
        let (good, bad) = (of(&case.good), of(&case.bad));
        let found = discrimination(&good, &bad).unwrap();
        same(found.auc, case.auc);
        same(found.gini, 2.0 * case.auc - 1.0);
        same(found.ks, case.ks);
        match (found.auc_interval, case.interval) {
            (Some(found), Some([low, high])) => {
                same(found.low, low);
                same(found.high, high);
            }
            (found, expected) => assert_eq!((found, expected), (None, None)),
        }
        let found = bands(&good, &bad);
        assert_eq!(found.len(), case.bands.len());
        for (found, expected) in found.iter().zip(case.bands) {
            assert_eq!((found.bad.count, found.bad.of), (expected.bad, expected.of));
            same(found.bad.share.unwrap(), expected.rate);
        }
    }
    assert_eq!(discrimination(&of(&[1]), &of(&[])), None);
    assert_eq!(discrimination(&of(&[]), &of(&[1])), None);
}

#[test]
fn how_far_a_population_moved_is_as_the_formula_says() {
    for case in cases().stability {
        let [first, second] = case.missing;
        let baseline = Observed {
            values: of(&case.baseline),
            missing: first,
        };
        let compared = Observed {
            values: of(&case.compared),
            missing: second,
        };
        let found = stability(&baseline, &compared).unwrap();
        let before: Vec<u64> = found.bins.iter().map(|bin| bin.baseline).collect();
        let after: Vec<u64> = found.bins.iter().map(|bin| bin.compared).collect();
        assert_eq!((before, after), (case.before, case.after));
        same(found.psi, case.psi);
        let unbounded = found.bins.iter().filter(|bin| bin.until.is_none());
        assert!(unbounded.count() <= 2);
    }
    assert_eq!(stability(&Observed::default(), &Observed::default()), None);
}

#[test]
fn a_ratio_of_rates_is_that_of_scipy() {
    let share = |[count, of]: [u64; 2]| Share::new(count, of);
    for case in cases().ratio {
        let found = ratio(&share(case.group), &share(case.reference)).unwrap();
        same(found.ratio, case.ratio);
        let interval = found.interval.unwrap();
        same(interval.low, case.low);
        same(interval.high, case.high);
    }
    assert_eq!(ratio(&share([1, 2]), &share([0, 5])), None);
    assert_eq!(ratio(&share([0, 0]), &share([1, 5])), None);
    let none = ratio(&share([0, 9]), &share([1, 5])).unwrap();
    assert_eq!((none.ratio, none.interval), (0.0, None));
}

#[test]
fn a_population_has_not_moved_from_itself() {
    let observed = Observed {
        values: of(&[1, 2, 2, 3, 50]),
        missing: 2,
    };
    same(stability(&observed, &observed).unwrap().psi, 0.0);
}

#[test]
fn values_are_told_apart_below_and_at_the_limit_and_not_above() {
    let max = i64::try_from(limits::BACKTEST_BINS_MAX).unwrap();
    for (values, width) in [(max - 1, 1), (max, 1), (max + 1, 2), (max * 2 + 1, 4)] {
        let found = of(&(0..values).collect::<Vec<_>>());
        assert_eq!(found.width(), width, "{values}");
        assert_eq!(found.count(), u64::try_from(values).unwrap());
        let counted: u64 = found.bins().map(|(_, count)| count).sum();
        assert_eq!(counted, found.count());
    }
}

#[test]
fn a_quantile_is_the_value_at_its_rank() {
    let found = of(&[30, 10, 20, 40]);
    let at = |part, of| found.quantile(part, of).unwrap().last;
    assert_eq!([at(1, 4), at(1, 2), at(3, 4), at(1, 1)], [10, 20, 30, 40]);
    assert_eq!(at(0, 4), 10);
    assert_eq!(of(&[]).quantile(1, 2), None);
}

fn values() -> impl Strategy<Value = Vec<i64>> {
    let small = -30_i64..30;
    let any = prop_oneof![3 => small, 1 => -100_000_i64..100_000, 1 => any::<i64>()];
    prop::collection::vec(any, 0..3_000)
}

proptest! {
    #[test]
    fn it_does_not_matter_how_values_were_divided(all in values(), at in 0_usize..3_000) {
        let whole = of(&all);
        let (one, other) = all.split_at(at.min(all.len()));
        let mut parts = of(other);
        // The second before the first, and some of it not settled.
        let mut first = Distribution::default();
        one.iter().for_each(|value| first.add(*value));
        parts.merge(first);
        prop_assert_eq!(parts.width(), whole.width());
        prop_assert_eq!(parts.count(), whole.count());
        let bins = |of: &Distribution| of.bins().collect::<Vec<_>>();
        prop_assert_eq!(bins(&parts), bins(&whole));
    }

    #[test]
    fn every_value_lies_in_its_bin(all in values()) {
        let found = of(&all);
        prop_assert!(found.bins().count() <= limits::BACKTEST_BINS_MAX);
        for (span, count) in found.bins() {
            let inside = all.iter().filter(|value| (span.first..=span.last).contains(value));
            prop_assert_eq!(u64::try_from(inside.count()).unwrap(), count);
        }
    }
}
