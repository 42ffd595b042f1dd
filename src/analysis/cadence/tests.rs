use super::*;
use chrono::Weekday;
use proptest::collection::vec;
use proptest::prelude::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn days(texts: &[&str]) -> Vec<NaiveDate> {
    texts.iter().map(|text| date(text)).collect()
}

fn cadence(dates: &[NaiveDate]) -> Cadence {
    fit(dates).map_or(Cadence::Irregular, |fit| fit.cadence)
}

fn run(rule: Rule, shift: Shift, from: &str, to: &str) -> Vec<NaiveDate> {
    slots(rule, shift, date(from), date(to))
}

#[test]
fn schedules_are_found_through_weekends_and_holidays() {
    let every = |days| Rule::Every {
        days,
        anchor: date("2026-01-02"),
    };
    for (rule, expected) in [
        (every(7), Cadence::Weekly),
        (every(14), Cadence::Biweekly),
        (every(28), Cadence::FourWeekly),
        (Rule::TwoDaysOfMonth(15, 31), Cadence::SemiMonthly),
        (Rule::TwoDaysOfMonth(1, 15), Cadence::SemiMonthly),
        (Rule::DayOfMonth(1), Cadence::Monthly),
        (Rule::DayOfMonth(31), Cadence::Monthly),
        (Rule::NthWeekday(3, Weekday::Wed), Cadence::Monthly),
    ] {
        let dates = run(rule, Shift::Before, "2026-01-01", "2026-08-20");
        assert_eq!(cadence(&dates), expected, "{rule:?}");
    }
}

#[test]
fn a_missed_payday_does_not_break_a_schedule() {
    let mut dates = run(
        Rule::Every {
            days: 14,
            anchor: date("2026-01-02"),
        },
        Shift::None,
        "2026-01-01",
        "2026-08-20",
    );
    dates.remove(6);
    let fit = fit(&dates).unwrap();
    assert_eq!((fit.cadence, fit.missed), (Cadence::Biweekly, 1));
    assert_eq!(
        fit.next(),
        dates.last().unwrap().checked_add_days(Days::new(14))
    );
}

#[test]
fn jitter_of_a_day_or_two_is_still_monthly() {
    assert_eq!(
        cadence(&days(&[
            "2026-01-22",
            "2026-02-20",
            "2026-03-19",
            "2026-04-21",
            "2026-05-22"
        ])),
        Cadence::Monthly
    );
}

#[test]
fn scattered_dates_have_no_schedule() {
    assert_eq!(
        cadence(&days(&["2026-03-01", "2026-03-19", "2026-04-02"])),
        Cadence::Irregular
    );
    assert_eq!(
        cadence(&days(&[
            "2026-01-01",
            "2026-01-04",
            "2026-02-19",
            "2026-02-21",
            "2026-05-20"
        ])),
        Cadence::Irregular
    );
    assert_eq!(
        cadence(&days(&["2026-01-01", "2026-02-01"])),
        Cadence::Irregular
    );
}

#[test]
fn few_dates_leave_biweekly_and_semi_monthly_open() {
    let fit = fit(&days(&["2026-05-01", "2026-05-15", "2026-05-29"])).unwrap();
    assert_eq!(fit.cadence, Cadence::Biweekly);
    let open = super::fit(&days(&["2026-02-01", "2026-02-15", "2026-03-01"])).unwrap();
    assert!(open.ambiguous);
}

#[test]
fn the_exponential_falls_by_halves() {
    assert_eq!(exp_permille(0), 1_000);
    assert_eq!(exp_permille(693), 500);
    assert_eq!(exp_permille(1_386), 250);
    assert_eq!(exp_permille(i64::MAX), 0);
    assert_eq!(exp_permille(-5), 1_000);
}

proptest! {
    #[test]
    fn any_dates_are_judged_without_panic(mut offsets in vec(0_i32..4_000, 0..60)) {
        offsets.sort_unstable();
        offsets.dedup();
        let dates: Vec<NaiveDate> = offsets
            .iter()
            .filter_map(|days| NaiveDate::from_num_days_from_ce_opt(735_000 + days))
            .collect();
        if let Some(fit) = fit(&dates) {
            prop_assert!(fit.matched.len() >= 3);
            prop_assert!(fit.matched.is_sorted());
            prop_assert!((0..=1_000).contains(&fit.posterior));
            prop_assert!(fit.next().is_none_or(|next| next > fit.last_slot));
        }
    }
}

#[test]
fn the_ends_of_the_calendar_are_no_trouble() {
    let last = NaiveDate::MAX;
    let dates: Vec<NaiveDate> = [28, 14, 0]
        .map(|days| last.checked_sub_days(Days::new(days)).unwrap())
        .to_vec();
    assert!(fit(&dates).is_none());
    let first: Vec<NaiveDate> = [0, 14, 28]
        .map(|days| NaiveDate::MIN.checked_add_days(Days::new(days)).unwrap())
        .to_vec();
    assert!(fit(&first).is_none());
}
