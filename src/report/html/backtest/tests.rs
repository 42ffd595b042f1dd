use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::*;
use crate::features::Type;
use crate::limits;
use crate::money::Currency;
use crate::replay::StoppedEarly;
use crate::replay::backtest::{
    AdverseImpact, Approvals, Backtest, BadLoan, CandidateName, Cause, ComparedValue,
    DamagedRecord, Drift, ExpectedProfit, Explained, Flip, FlipGroup, Flips, Flow, LeftOut, Live,
    LoansLeftOut, Moved, MovedBin, MovedVerdict, NotDecidable, OfferChanges, Offers, OutcomeRates,
    Performance, Population, Responsible, RuleHits, ScorePower, Scores, Side, Spread, SwapSet,
    TierLoans, TierOffers, Total,
};
use crate::replay::statistics::{Band, Discrimination, Share, Span, paired, ratio, wilson};
use crate::report::backtest::Changes;
use crate::rules::{BundleHash, Difference, Outcome};

/// What would end a script, an attribute, a sentence.
const HOSTILE: &str = "</script><script>alert(1)</script>\" onload='x' `\u{202e}";

fn moment() -> DateTime<Utc> {
    "2026-03-31T15:00:00Z".parse().unwrap()
}

fn hash(byte: u8) -> BundleHash {
    BundleHash::from_slice(&[byte; 32]).unwrap()
}

fn population() -> Population {
    Population {
        stopped_early: None,
        selected: 1_010,
        compared: 1_000,
        period: Some((moment(), moment() + TimeDelta::days(90))),
        on_test_data: 0,
        from_columns: false,
        live: vec![live("1.0.0", 1, 300), live("1.1.0", 2, 700)],
        left_out: LeftOut {
            resolutions: 7,
            other_semantics: BTreeMap::from([(1, 2)]),
            damaged: 1,
            problems: vec![DamagedRecord {
                record: "5 (dec_1)".to_owned(),
                problem: format!("its bundle is missing {HOSTILE}"),
            }],
            ..LeftOut::default()
        },
    }
}

fn live(version: &str, bundle: u8, decisions: u64) -> Live {
    Live {
        name: "personal-loan".to_owned(),
        version: version.to_owned(),
        bundle: hash(bundle),
        decisions,
        outcomes: BTreeMap::from([(Outcome::Approve, decisions)]),
        rules: vec![hits("income-low", 30, decisions)],
    }
}

fn hits(rule: &str, count: u64, of: u64) -> RuleHits {
    RuleHits {
        rule: rule.to_owned(),
        hits: Share::new(count, of),
        alone: 3,
        most_with: Some("nsf-60".to_owned()),
        most_with_hits: 12,
    }
}

/// Flips from APPROVE to DECLINE, of which so many are listed.
fn flips(total: u64, listed: u64) -> Flips {
    let cause = Cause {
        side: Side::Candidate,
        source: "income-low".to_owned(),
        reason: "INCOME_INSUFFICIENT".to_owned(),
    };
    let explained = |source: &str| Explained {
        source: source.to_owned(),
        reason: "INCOME_INSUFFICIENT".to_owned(),
        statement: "Income deposits of $2,814.85 a month are below the $3,000.00 required"
            .to_owned(),
        condition: Some(
            "income.monthly_net < params.income_min and not inputs.guarantor".to_owned(),
        ),
        compared: vec![ComparedValue {
            text: "income.monthly_net < params.income_min".to_owned(),
            values: vec!["2814.85 usd".to_owned(), "3000.00 usd".to_owned()],
        }],
        otherwise: vec!["income.monthly_net at least 3000.00 usd (was 2814.85 usd)".to_owned()],
    };
    let flip = |number: u64| Flip {
        seq: number,
        decision: format!("dec_{number:032}").parse().unwrap(),
        application: format!("app-{number}").parse().unwrap(),
        recorded_at: moment(),
        from: Outcome::Approve,
        to: Outcome::Decline,
        responsible: vec![cause.clone()],
        live: vec![explained("approve")],
        candidate: vec![explained("income-low"), explained("nsf-60")],
    };
    Flips {
        total,
        groups: vec![FlipGroup {
            from: Outcome::Approve,
            to: Outcome::Decline,
            decisions: total,
            responsible: vec![Responsible {
                cause: cause.clone(),
                decisions: total,
                alone: total,
            }],
        }],
        listed: (1..=listed).map(flip).collect(),
        not_listed: total - listed,
    }
}

fn spread(quantiles: [&str; 7]) -> Spread {
    Spread {
        count: 210,
        missing: 0,
        quantiles: quantiles.map(str::to_owned).into(),
        parts: (1..=20).collect(),
        bin_width: 1,
    }
}

fn total(count: u64) -> Total {
    let amount = Decimal::from(count * 1_000);
    Total {
        count,
        total: amount,
        mean: Some(Decimal::from(1_000)),
    }
}

fn offers() -> Offers {
    let amounts = [
        "500.00 usd",
        "800.00 usd",
        "1000.00 usd",
        "1500.00 usd",
        "2000.00 usd",
        "3000.00 usd",
        "5000.00 usd",
    ];
    let rates = ["8.63", "9", "10.5", "12.9", "15", "18", "29.99"];
    Offers {
        currency: Currency::USD,
        live: total(500),
        candidate: total(460),
        difference: Decimal::from(-40_000),
        gained: total(0),
        lost: total(40),
        same_outcome: OfferChanges::default(),
        live_amount: spread(amounts),
        candidate_amount: spread(amounts),
        live_apr: spread(rates),
        candidate_apr: spread(["12", "12", "12.5", "13", "14", "16", "19"]),
        tiers: vec![TierOffers {
            tier: "A".to_owned(),
            live: 500,
            candidate: 460,
        }],
    }
}

fn moved(index: f64, verdict: MovedVerdict) -> Moved {
    let bins = ["up to 1500.00 usd", "up to 2750.50 usd", "above", "missing"];
    let bins = bins.iter().zip([(100, 80), (90, 140), (110, 100), (3, 40)]);
    Moved {
        index,
        verdict,
        bins: bins
            .map(|(bin, (baseline, compared))| MovedBin {
                bin: (*bin).to_owned(),
                baseline,
                compared,
            })
            .collect(),
    }
}

fn drift(feature: &str, index: f64, verdict: MovedVerdict) -> Drift {
    Drift {
        feature: feature.to_owned(),
        ty: Type::Money,
        spread: spread([
            "0.00 usd",
            "1.00 usd",
            "2.00 usd",
            "2600.00 usd",
            "4.00 usd",
            "5.00 usd",
            "16000.00 usd",
        ]),
        words: Vec::new(),
        missing_first: Share::new(3, 303),
        missing_second: Share::new(40, 360),
        psi: Some(moved(index, verdict)),
    }
}

fn power() -> ScorePower {
    let band = |first: i64, bad: u64| Band {
        scores: Span {
            first,
            last: first + 39,
        },
        bad: Share::new(bad, 50),
    };
    ScorePower {
        discrimination: Discrimination {
            good: 450,
            bad: 50,
            ks: 0.31,
            ks_at: 640,
            auc: 0.712,
            auc_interval: wilson(356, 500),
            gini: 0.424,
        },
        bands: vec![band(500, 12), band(540, 9), band(580, 4), band(620, 0)],
    }
}

fn performance() -> Performance {
    let set = |live_approves, candidate_approves, loans| SwapSet {
        live_approves,
        candidate_approves,
        decisions: 250,
        bad: Share::new(loans / 10, loans),
        funded: total(loans),
        interest: Decimal::from(85 * loans),
        loss: Decimal::from(40 * loans),
        profit: Decimal::from(45 * loans),
    };
    let tiers = vec![TierLoans {
        tier: "A".to_owned(),
        offered: total(600),
        bad: Share::new(25, 500),
        funded: total(500),
        profit: Decimal::from(22_500),
        expected: Some(Decimal::from(27_000)),
    }];
    let expected = |profit: i64, not_known| ExpectedProfit {
        profit: Decimal::from(profit),
        offered: total(600),
        not_known: total(not_known),
    };
    Performance {
        definition: BadLoan {
            days_late: 60,
            age_days: 180,
            seen_until: "2026-09-30".parse().unwrap(),
        },
        bad: Share::new(50, 500),
        left_out: LoansLeftOut {
            too_young: 12,
            ..LoansLeftOut::default()
        },
        live_expected: expected(27_000, 30),
        candidate_expected: expected(31_500, 0),
        by_live_tier: tiers.clone(),
        by_candidate_tier: tiers,
        swap_sets: vec![
            set(true, true, 400),
            set(true, false, 100),
            set(false, true, 0),
            set(false, false, 0),
        ],
        live_score: Some(power()),
        candidate_score: None,
    }
}

fn impact() -> AdverseImpact {
    let (most, few) = (Share::new(300, 500), Share::new(200, 500));
    let row = |segment: &str, approved: Share, below_four_fifths| Approvals {
        segment: segment.to_owned(),
        approved,
        ratio: ratio(&approved, &most).filter(|_| below_four_fifths),
        below_four_fifths,
    };
    let sides = vec![row("62 and older", most, false), row(HOSTILE, few, true)];
    AdverseImpact {
        live: sides.clone(),
        candidate: sides,
        without_segment: 4,
    }
}

/// A candidate under which so many approvals are declined, of which so many are listed.
fn comparison(given_as: &str, total: u64, listed: u64) -> Comparison {
    let stays = [500 - total, 20, 180, 290];
    let flows = Outcome::ALL.iter().zip(stays).flat_map(|(from, stays)| {
        Outcome::ALL.iter().map(move |to| Flow {
            from: *from,
            to: *to,
            decisions: match (from, to) {
                (Outcome::Approve, Outcome::Decline) => total,
                _ if from == to => stays,
                _ => 0,
            },
        })
    });
    Comparison {
        candidate: CandidateName {
            name: "personal-loan".to_owned(),
            version: "1.2.0".to_owned(),
            bundle: hash(9),
            given_as: given_as.to_owned(),
        },
        headline: format!("{given_as} changes {total} of 990 outcomes"),
        decided: 990,
        from_snapshots: 0,
        not_decidable: NotDecidable {
            total: 10,
            by_input: BTreeMap::from([("guarantor".to_owned(), 10)]),
            ..NotDecidable::default()
        },
        outcomes: vec![OutcomeRates {
            outcome: Outcome::Approve,
            live: Share::new(500, 990),
            candidate: Share::new(500 - total, 990),
            paired: paired(total, 0, 990),
        }],
        flows: flows.collect(),
        flips: flips(total, listed),
        offers: Some(offers()),
        scores: Some(Scores {
            live: spread(["500", "560", "600", "650", "700", "750", "840"]),
            candidate: spread(["480", "560", "600", "650", "700", "750", "820"]),
            psi: Some(moved(0.05, MovedVerdict::Stable)),
        }),
        rules: vec![hits("income-low", 300, 990), hits("never", 0, 990)],
        performance: Some(performance()),
        adverse_impact: Some(impact()),
    }
}

fn backtest(candidates: Vec<Comparison>) -> Backtest {
    Backtest {
        population: population(),
        candidates,
        drift: vec![
            drift("income.monthly_net", 0.31, MovedVerdict::MovedFar),
            drift("balance.current", 0.01, MovedVerdict::Stable),
        ],
        second_half_from: Some(moment() + TimeDelta::days(45)),
    }
}

fn page(found: &Backtest, changes: Changes) -> String {
    backtest_page(&CommitteeReport {
        found,
        sweep: None,
        changes: vec![changes; found.candidates.len()],
        command: "underwrite backtest 'a b.toml'".to_owned(),
        open_ended: true,
        made_at: moment(),
    })
}

fn change(after: &str) -> Changes {
    Ok(vec![Difference {
        path: "params.income_min".to_owned(),
        before: Some("1500.00 usd".to_owned()),
        after: Some(after.to_owned()),
    }])
}

/// The text between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to}")).0
}

#[test]
fn all_is_there_in_its_order() {
    let found = backtest(vec![comparison("new.toml", 40, 40)]);
    let page = page(&found, change("3000.00 usd"));
    let mut rest = page.as_str();
    for part in [
        "new.toml changes 40 of 990 outcomes.",
        "1,000 decisions were compared of 1,010",
        "Damaged records: 1, see data quality",
        "7 settle a referral",
        "Against personal-loan 1.1.0, the newest of the 2 versions",
        "params.income_min",
        "<title>from the outcome that was live to the candidate&#39;s: 40 of 990 decisions change</title>",
        "<title>40 APPROVE to DECLINE</title>",
        "lost: where the candidate makes none",
        "live: 210 of 210, median 1,500.00 usd",
        "PSI of the score 0.050 (stable)",
        "income.monthly_net: PSI 0.310 (moved far)",
        "3 · 40",
        "40 APPROVE to DECLINE, by income-low",
        "not with income.monthly_net at least",
        "Rules of the candidate",
        "Who was declined has no loan.",
        "live: 27,000 on 600,000 offered; 30,000 more",
        "candidate: 31,500 on 600,000 offered</li>",
        "AUC 0.712 (",
        "500 to 539",
        "below",
        "not decidable: 10 for want of the input <code>guarantor</code>",
        "Intervals are of 95 %",
        "underwrite backtest &#39;a b.toml&#39;",
        "made on 2026-03-31 15:00 UTC",
        &hash(9).to_string(),
    ] {
        let found = rest.split_once(part);
        rest = found.unwrap_or_else(|| panic!("no {part} there")).1;
    }
    let flows = between(
        &page,
        "and the candidate&#39;s (columns)</caption>",
        "</table>",
    );
    let cells = flows.split("<td class=\"number\"").skip(1);
    let cells = cells.map(|cell| between(cell, ">", "<").parse::<u64>().unwrap());
    assert_eq!(cells.sum::<u64>(), 990);
}

#[test]
fn what_is_not_known_is_said() {
    let mut one = comparison("new.toml", 0, 0);
    (one.performance, one.adverse_impact) = (None, None);
    (one.offers, one.scores) = (None, None);
    let mut found = backtest(vec![one]);
    found.second_half_from = None;
    let page = page(&found, Err("the bundle is missing".to_owned()));
    for part in [
        "It is not known: the bundle is missing.",
        "No outcome changes.",
        "There are no offers and no scores to compare.",
        "Nothing is known of loans",
        "No segments were given",
        "It takes decisions of two moments to tell.",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn a_title_of_flips_says_of_how_many_they_are_listed() {
    let all = page(&backtest(vec![comparison("new.toml", 40, 40)]), change("x"));
    assert!(all.contains("40 APPROVE to DECLINE, by income-low"));
    let some = page(
        &backtest(vec![comparison("new.toml", 140, 30)]),
        change("x"),
    );
    assert!(some.contains("listed 30 of 140 APPROVE to DECLINE: those by income-low"));
    assert!(!some.contains("30 APPROVE to DECLINE, by"));
}

#[test]
fn what_is_a_part_says_so_at_the_top() {
    let mut found = backtest(vec![comparison("new.toml", 40, 40)]);
    found.population.stopped_early = Some(StoppedEarly {
        looked_at: 1_010,
        of: 20_000,
        through: 1_044,
    });
    let page = page(&found, change("x"));
    let (top, _) = page.split_once("class=\"lede").unwrap();
    assert!(top.contains("Stopped early: 1,010 of 20,000 decisions"));
}

#[test]
fn nothing_was_compared() {
    let mut one = comparison("new.toml", 0, 0);
    one.decided = 0;
    one.flows.clear();
    let mut found = backtest(vec![one]);
    found.population = Population {
        selected: 0,
        compared: 0,
        period: None,
        live: Vec::new(),
        left_out: LeftOut::default(),
        ..population()
    };
    let page = page(&found, change("x"));
    assert!(page.contains("Nothing decided that it could be held against."));
    assert!(page.contains("It decides none of them."));
}

#[test]
fn whatever_was_named_is_text() {
    let mut found = backtest(vec![comparison(HOSTILE, 40, 40)]);
    found.candidates[0].rules[0].rule = HOSTILE.to_owned();
    found.candidates[0].flips.listed[0].candidate[0].statement = HOSTILE.to_owned();
    found.drift[0].feature = HOSTILE.to_owned();
    found.drift[0].psi.as_mut().unwrap().bins[0].bin = HOSTILE.to_owned();
    let page = page(&found, change(HOSTILE));
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</script").count(), 1);
    assert!(!page.contains('\u{202e}') && !page.contains("onload='"));
    assert!(page.matches("&lt;/script&gt;").count() >= 7);
}

#[test]
fn a_page_of_many_flips_is_no_burden_and_says_what_it_leaves_out() {
    let most = u64::try_from(limits::BACKTEST_PAGE_FLIPS_MAX).unwrap();
    for listed in [most - 1, most, most + 1] {
        let found = backtest(vec![comparison("new.toml", listed, listed)]);
        let page = page(&found, change("x"));
        let rows = page.matches("<b>app-").count();
        assert_eq!(rows, usize::try_from(listed.min(most)).unwrap());
        assert_eq!(page.contains("1 more are not on this page"), listed > most);
    }
    let five = vec![comparison("new.toml", 300, 300); 5];
    let page = page(&backtest(five), change("x"));
    assert_eq!(page.matches("100 more are not on this page").count(), 5);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}
