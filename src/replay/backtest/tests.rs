//! A backtest finds what a naive script computes from the line of each decision, however the decisions
//! were divided; and what known differences have to give.

mod agreement;
mod sweep;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::flips::FlipCounts;
use super::judge::{Part, judge_all};
use super::*;
use crate::features::{FeatureId, Value, find};
use crate::id::{ApplicationId, DecisionId};
use crate::ledger::SqliteLedger;
use crate::limits;
use crate::money::{Currency, Money};
use crate::portfolio::columns::{UpToDate, bring_up_to_date};
use crate::portfolio::{DECISION_NAMES, Sample};
use crate::rules::{Conclusion, Outcome, Query};

const LIVE: &str = include_str!("../../../rules/personal-loan.toml");

/// The rule set that ships, with some of its text replaced.
fn changed(changes: &[(&str, &str)]) -> Bundle {
    let mut text = LIVE.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    Bundle::publish(text.as_bytes()).unwrap()
}

/// What was live, and candidates: stricter, looser, dearer, one in which a rule refers that declined.
struct RuleSets {
    live: Bundle,
    candidates: Vec<Bundle>,
}

static RULE_SETS: LazyLock<RuleSets> = LazyLock::new(|| RuleSets {
    live: changed(&[]),
    candidates: vec![
        changed(&[("income_min = '1500.00 usd'", "income_min = '3000.00 usd'")]),
        changed(&[
            ("nsf_days_90d_max = '5'", "nsf_days_90d_max = '9'"),
            (
                "payment_to_income_max = '15%'",
                "payment_to_income_max = '11%'",
            ),
        ]),
        changed(&[(
            "when = 'application.amount < params.amount_min'\nthen = \"decline\"",
            "when = 'application.amount < params.amount_min'\nthen = \"refer\"",
        )]),
    ],
});

/// Decisions of the samples by the rule set that ships.
static SAMPLES: LazyLock<Vec<PastDecision>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (past, _) = runtime.block_on(crate::portfolio::tests::recorded());
    let live = RULE_SETS.live.hash();
    let own = past.into_iter().filter(|one| one.rule_set.bundle == live);
    own.filter(|one| one.resolves.is_none()).collect()
});

fn feature(name: &str) -> FeatureId {
    find(name).unwrap().0
}

/// What is made up of one decision.
#[derive(Debug, Clone)]
struct Made {
    sample: usize,
    amount: i64,
    income: i64,
    events: i64,
}

fn made() -> impl Strategy<Value = Made> {
    let income = prop_oneof![Just(0), 100_000_i64..600_000];
    (0..SAMPLES.len(), 10_000_i64..1_500_000, income, 0_i64..12).prop_map(
        |(sample, amount, income, events)| Made {
            sample,
            amount,
            income,
            events,
        },
    )
}

impl Made {
    /// The decision that it makes, as the rule set that was live decides it.
    fn decision(&self, number: u64) -> PastDecision {
        let mut past = SAMPLES[self.sample].clone();
        let amount = Money::new(self.amount, Currency::USD);
        past.seq = number + 1;
        past.id = format!("dec_{number}").parse().unwrap();
        past.application = ApplicationId::parse(&format!("app-{number}")).unwrap();
        past.recorded_at += chrono::TimeDelta::hours(i64::try_from(number).unwrap());
        past.asked.amount = amount;
        past.features = past.features.stating(BTreeMap::from([
            (feature("application.amount"), Value::Money(amount)),
            (
                feature("income.monthly_net"),
                Value::Money(Money::new(self.income, Currency::USD)),
            ),
            (feature("nsf.event_days_90d"), Value::Count(self.events)),
        ]));
        let live = &RULE_SETS.live;
        past.decided = past.decide_by(live, live).unwrap();
        past
    }
}

fn setup(candidates: &[Bundle]) -> Setup {
    let given = candidates.iter().enumerate();
    let given = given.map(|(number, bundle)| (bundle.clone(), format!("candidate-{number}")));
    let candidates = (given.collect(), LookedAt::Read);
    Setup::new(candidates, Some(SAMPLES[0].recorded_at), (None, None))
}

/// What a naive script counts of a candidate, by its position, from the lines of all decisions.
#[derive(Debug, Default, PartialEq)]
struct Naive {
    decided: u64,
    not_decidable: u64,
    flows: BTreeMap<(String, String), u64>,
    /// By flow and source for how many flips each is responsible.
    responsible: BTreeMap<(String, String, String), u64>,
    fired: BTreeMap<String, u64>,
    offered: Decimal,
    offered_live: Decimal,
    offers: u64,
}

const WORST_LAST: [&str; 4] = ["APPROVE", "COUNTER", "REFER", "DECLINE"];

fn text(json: &Json) -> String {
    json.as_str().unwrap().to_owned()
}

/// The reasons of one side: source, code, what it does; those that made the outcome, and all.
fn reasons(side: &Json) -> (Vec<[String; 3]>, Vec<[String; 3]>) {
    let name = |reason: &Json| ["source", "reason", "action"].map(|key| text(&reason[key]));
    let given = side["reasons"].as_array().unwrap();
    let all: Vec<_> = given.iter().map(name).collect();
    let decisive: Vec<_> = given
        .iter()
        .filter(|reason| reason["decisive"] == true)
        .map(name)
        .collect();
    let made = |one: &[String; 3]| decisive.iter().any(|other| other[1..] == one[1..]);
    (all.iter().filter(|one| made(one)).cloned().collect(), all)
}

fn naive(lines: &[Json], at: usize) -> Naive {
    let mut counted = Naive::default();
    for line in lines {
        let (live, candidate) = (&line["live"], &line["candidates"][at]);
        if candidate["not_decidable"].is_string() {
            counted.not_decidable += 1;
            continue;
        }
        counted.decided += 1;
        let (from, to) = (text(&live["outcome"]), text(&candidate["outcome"]));
        let flow = counted.flows.entry((from.clone(), to.clone())).or_default();
        *flow += 1;
        for (of, offered) in [
            (live, &mut counted.offered_live),
            (candidate, &mut counted.offered),
        ] {
            if let Some(amount) = of["amount"].as_str() {
                *offered += amount.parse::<Decimal>().unwrap();
            }
        }
        counted.offers += u64::from(candidate["amount"].is_string());
        let others = ["offer", "approve", "missing", "bank_data"];
        for [source, ..] in reasons(candidate).1 {
            if !source.starts_with("scorecard:") && !others.contains(&source.as_str()) {
                *counted.fired.entry(source).or_default() += 1;
            }
        }
        if from == to {
            continue;
        }
        let rank = |word: &str| WORST_LAST.iter().position(|one| *one == word);
        let sides = match rank(&to) > rank(&from) {
            true => (candidate, live),
            false => (live, candidate),
        };
        let ((made, _), (_, given)) = (reasons(sides.0), reasons(sides.1));
        let new: Vec<_> = made.iter().filter(|one| !given.contains(one)).collect();
        assert!(!new.is_empty(), "{line:#}");
        for [source, ..] in new {
            let key = (from.clone(), to.clone(), source.clone());
            *counted.responsible.entry(key).or_default() += 1;
        }
    }
    counted
}

/// The same as a backtest tells it.
fn told(report: &Backtest, at: usize) -> Naive {
    let told = &report.candidates[at];
    let word = |outcome: Outcome| outcome.as_str().to_owned();
    let flows = told.flows.iter().filter(|flow| flow.decisions > 0);
    let groups = told.flips.groups.iter();
    let responsible = groups.flat_map(|group| {
        group.responsible.iter().map(|one| {
            let key = (word(group.from), word(group.to), one.cause.source.clone());
            (key, one.decisions)
        })
    });
    let fired = told.rules.iter().filter(|rule| rule.hits.count > 0);
    let offers = told.offers.as_ref().unwrap();
    Naive {
        decided: told.decided,
        not_decidable: told.not_decidable.total,
        flows: flows
            .map(|flow| ((word(flow.from), word(flow.to)), flow.decisions))
            .collect(),
        responsible: responsible.collect(),
        fired: fired
            .map(|rule| (rule.rule.clone(), rule.hits.count))
            .collect(),
        offered: offers.candidate.total,
        offered_live: offers.live.total,
        offers: offers.candidate.count,
    }
}

fn lines(part: &Part) -> Vec<Json> {
    let lines = part.lines.iter();
    lines
        .map(|line| serde_json::to_value(line).unwrap())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn it_finds_what_a_naive_script_does_however_decisions_were_divided(
        all in prop::collection::vec(made(), 1..60),
        at in 0_usize..60,
    ) {
        let setup = setup(&RULE_SETS.candidates);
        let live = Named::new(RULE_SETS.live.clone());
        let past = (0..).zip(&all).map(|(number, made)| (made.decision(number), &live));
        let past: Vec<(PastDecision, &Named)> = past.collect();
        let part = judge_all(&setup, &past, true);
        let lines = lines(&part);
        let (whole, flipped) = finish(&setup, part.counts);
        for (candidate, flipped) in flipped.iter().enumerate() {
            prop_assert_eq!(told(&whole, candidate), naive(&lines, candidate));
            let total = whole.candidates[candidate].flips.total;
            prop_assert_eq!(u64::try_from(flipped.len()).unwrap(), total);
        }
        // Two parts, the second before the first.
        let (one, other) = past.split_at(at.min(past.len()));
        let mut parts = judge_all(&setup, other, false).counts;
        parts.merge(judge_all(&setup, one, false).counts);
        let (again, flipped_again) = finish(&setup, parts);
        prop_assert_eq!(again, whole);
        prop_assert_eq!(format!("{flipped_again:?}"), format!("{flipped:?}"));
    }
}

#[test]
fn flips_are_listed_below_at_and_above_the_limit_and_the_first_are() {
    let live = Named::new(RULE_SETS.live.clone());
    let past = Made {
        sample: 0,
        amount: 500_000,
        income: 300_000,
        events: 0,
    }
    .decision(0);
    let outcome = match past.decided.outcome {
        Outcome::Decline => Outcome::Refer,
        Outcome::Approve | Outcome::Counter | Outcome::Refer => Outcome::Decline,
    };
    let decided = Conclusion {
        outcome,
        ..past.decided.clone()
    };
    let max = u64::try_from(limits::BACKTEST_FLIPS_MAX).unwrap();
    for (count, listed) in [(max - 1, max - 1), (max, max), (max * 3, max)] {
        let mut counts = FlipCounts::default();
        // From the last to the first.
        for seq in (0..count).rev() {
            let past = PastDecision {
                seq,
                ..past.clone()
            };
            counts.add(&past, &live, (&live, &decided), false);
        }
        let (groups, found) = counts.finish();
        assert_eq!(groups[0].decisions, count);
        let seqs: Vec<u64> = found.iter().map(|flipped| flipped.seq).collect();
        assert_eq!(seqs, (0..listed).collect::<Vec<_>>());
    }
}

/// The golden ledger, to be read.
struct Golden {
    ledger: Arc<dyn Ledger>,
    folder: tempfile::TempDir,
}

impl Golden {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("ledger.sqlite");
        let golden = Path::new("tests/golden/semantics-1/ledger.sqlite");
        std::fs::copy(golden, &copy).unwrap();
        Self {
            ledger: Arc::new(SqliteLedger::open_read_only(&copy).unwrap()),
            folder,
        }
    }

    /// Compares by the ledger, and by the columns: they have to say the same.
    async fn compare(&self, candidates: Vec<Bundle>) -> (Backtest, Vec<Json>) {
        let selection = Selection {
            rule_set: Some(RULE_SETS.live.name().clone()),
            ..Selection::default()
        };
        self.compare_selected(candidates, selection).await
    }

    async fn compare_selected(
        &self,
        candidates: Vec<Bundle>,
        selection: Selection,
    ) -> (Backtest, Vec<Json>) {
        let path = self.folder.path().join("columns.sqlite");
        let followed = bring_up_to_date(&path, Arc::clone(&self.ledger), false, |_| {
            ControlFlow::Continue(())
        });
        let reach = followed.await.unwrap();
        assert_eq!(reach.left_out, 0);
        let columns = reach.columns;
        let of_columns = self.compare_by(candidates.clone(), selection.clone(), columns);
        let mut of_columns = of_columns.await;
        assert!(of_columns.0.population.from_columns);
        of_columns.0.population.from_columns = false;
        let of_ledger = self.compare_by(candidates, selection, None).await;
        assert_eq!(of_columns, of_ledger);
        of_ledger
    }

    async fn compare_by(
        &self,
        candidates: Vec<Bundle>,
        selection: Selection,
        columns: Option<UpToDate>,
    ) -> (Backtest, Vec<Json>) {
        let given = candidates.into_iter();
        let plan = Plan {
            candidates: given.map(|one| (one, "candidate".to_owned())).collect(),
            selection,
            loans: None,
            segments: None,
            columns,
            looked_at: LookedAt::Read,
            flips_listed: limits::BACKTEST_FLIPS_MAX,
        };
        self.compare_while(plan, |_, _| ControlFlow::Continue(()))
            .await
    }

    /// Compares for as long as `progress` says.
    async fn compare_while(
        &self,
        plan: Plan,
        progress: impl FnMut(u64, u64) -> ControlFlow<()>,
    ) -> (Backtest, Vec<Json>) {
        let mut lines = Vec::new();
        let mut keep = |line: &Line| {
            lines.push(serde_json::to_value(line).unwrap());
            Ok::<(), ColumnsError>(())
        };
        let tenant = TenantId::default_tenant();
        let found = backtest(&self.ledger, &tenant, plan, progress, Some(&mut keep));
        (found.await.unwrap(), lines)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_live_changes_nothing_from_the_record_or_from_the_bank_data() {
    // A phrase that no bank writes: the features are the same, and have to be computed anew.
    let phrase = "[[lexicon]]\nterm = \"short_term_lender\"\nphrases = [\"ZZQX NOBODY WRITES THIS\"]\n\n[params]";
    let own_phrases = changed(&[("[params]", phrase)]);
    let candidates = vec![RULE_SETS.live.clone(), own_phrases];
    let (found, lines) = Golden::open().compare(candidates).await;
    assert!(found.population.compared > 10);
    for (told, from_snapshots) in found.candidates.iter().zip([0, found.population.compared]) {
        assert_eq!(told.decided, found.population.compared);
        assert_eq!(told.from_snapshots, from_snapshots);
        assert_eq!((told.flips.total, told.flips.listed.len()), (0, 0));
        let offers = told.offers.as_ref().unwrap();
        assert_eq!(offers.difference, Decimal::ZERO);
        assert_eq!(offers.same_outcome.changed, 0);
        assert!(
            told.headline.starts_with("candidate changes none of"),
            "{}",
            told.headline
        );
    }
    let came = |line: &Json, at: usize| line["candidates"][at]["outcome"].clone();
    for line in &lines {
        assert_eq!(line["live"]["outcome"], came(line, 0));
        assert_eq!(line["live"]["outcome"], came(line, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flips_are_explained_by_the_rule_and_the_values_that_it_compared() {
    let candidates = vec![RULE_SETS.candidates[0].clone()];
    let (found, lines) = Golden::open().compare(candidates).await;
    let told = &found.candidates[0];
    let naive = naive(&lines, 0);
    assert_eq!(super::tests::told(&found, 0), naive);
    let listed = &told.flips.listed;
    assert_eq!(u64::try_from(listed.len()).unwrap(), told.flips.total);
    assert!(!listed.is_empty());
    let by_income = listed.iter().find(|flip| {
        let mut causes = flip.responsible.iter();
        causes.any(|cause| cause.source.contains("income"))
    });
    let flip = by_income.unwrap();
    assert!(flip.to > flip.from);
    let reason = flip.candidate.iter().find(|one| one.condition.is_some());
    let reason = reason.unwrap();
    assert!(!reason.statement.is_empty());
    assert!(!reason.compared.is_empty());
    assert!(
        reason
            .compared
            .iter()
            .any(|one| one.values.contains(&"3000.00 usd".to_owned())),
        "{reason:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_was_never_asked_for_is_not_decidable_and_in_no_rate() {
    let input =
        "[inputs.employed]\ntype = \"bool\"\ndoc = \"Whether the applicant has work.\"\n\n[params]";
    let rule = "[[rule]]\nid = \"no-work\"\nwhen = 'not inputs.employed'\nthen = \"refer\"\nreason = \"NO_WORK\"\n\n[reasons.NO_WORK]\nstatement = \"You do not have work\"\n\n[[rule]]\nid = \"amount-below-minimum\"";
    let asks = changed(&[
        ("[params]", input),
        ("[[rule]]\nid = \"amount-below-minimum\"", rule),
    ]);
    let (found, lines) = Golden::open().compare(vec![asks]).await;
    let told = &found.candidates[0];
    assert_eq!(told.decided, 0);
    let expected = BTreeMap::from([("employed".to_owned(), found.population.compared)]);
    assert_eq!(told.not_decidable.by_input, expected);
    assert_eq!(told.outcomes[0].candidate.of, 0);
    assert!(
        lines
            .iter()
            .all(|line| line["candidates"][0]["not_decidable"].is_string())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_counted_whether_by_the_ledger_or_by_the_columns() {
    let golden = Golden::open();
    let condition = Query::parse("income.monthly_net > 0 usd", &DECISION_NAMES).unwrap();
    let unknown = Selection {
        rule_set: Some(RULE_SETS.live.name().clone()),
        holds: Some(condition),
        ..Selection::default()
    };
    let candidates = vec![RULE_SETS.candidates[0].clone()];
    let (found, _) = golden.compare_selected(candidates.clone(), unknown).await;
    let left_out = &found.population.left_out;
    assert!(left_out.selection_unknown > 0);
    let (all, _) = golden.compare(candidates).await;
    let told = found.population.selected + left_out.selection_unknown;
    assert!(told <= all.population.selected);

    let damaged = |of: u32| DamagedRecord {
        record: of.to_string(),
        problem: "it is torn".to_owned(),
    };
    let share = |first: u32| {
        let mut share = LeftOut {
            resolutions: 1,
            other_semantics: BTreeMap::from([(7, 2)]),
            selection_unknown: 3,
            ..LeftOut::default()
        };
        for of in first..first + 2 {
            share.damaged(damaged(of));
            share.damaged(damaged(of));
        }
        share
    };
    let mut both = share(1);
    both.merge(share(3));
    let expected = LeftOut {
        resolutions: 2,
        other_semantics: BTreeMap::from([(7, 4)]),
        selection_unknown: 6,
        damaged: 4,
        problems: (1..5).map(damaged).collect(),
    };
    assert_eq!(both, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_early_is_exactly_what_was_looked_at() {
    let golden = Golden::open();
    let path = golden.folder.path().join("columns.sqlite");
    let followed = bring_up_to_date(&path, Arc::clone(&golden.ledger), false, |_| {
        ControlFlow::Continue(())
    });
    let columns = followed.await.unwrap().columns.unwrap();
    let plan = |ids: BTreeSet<DecisionId>| Plan {
        candidates: vec![(RULE_SETS.candidates[0].clone(), "candidate".to_owned())],
        selection: Selection {
            rule_set: Some(RULE_SETS.live.name().clone()),
            ids,
            ..Selection::default()
        },
        loans: None,
        segments: None,
        columns: Some(columns.clone()),
        looked_at: LookedAt::Read,
        flips_listed: limits::BACKTEST_FLIPS_MAX,
    };
    let go_on = |_, _| ControlFlow::Continue(());
    let (whole, all_lines) = golden.compare_while(plan(BTreeSet::new()), go_on).await;
    assert_eq!(whole.population.stopped_early, None);
    let at_once = |_, _| ControlFlow::Break(());
    let (part, lines) = golden.compare_while(plan(BTreeSet::new()), at_once).await;
    let stopped = part.population.stopped_early.unwrap();
    assert!(!lines.is_empty() && lines.len() < all_lines.len());
    assert_eq!(lines, all_lines[..lines.len()]);
    let seq = |line: &Json| line["seq"].as_u64().unwrap();
    assert!(lines.iter().all(|line| seq(line) <= stopped.through));
    assert!(seq(&all_lines[lines.len()]) > stopped.through);
    let tenant = TenantId::default_tenant();
    assert_eq!(stopped.of, golden.ledger.count(&tenant).await.unwrap());
    let all = golden.ledger.history(&tenant, 0, 1_000, Snapshots::LeftOut);
    let all = all.await.unwrap();
    let through = all.iter().filter(|one| one.seq() <= stopped.through);
    assert_eq!(through.count() as u64, stopped.looked_at);

    // While a sample is drawn, nothing was looked at yet.
    let mut of_a_sample = plan(BTreeSet::new());
    of_a_sample.selection.sample = Some(Sample::new(4, 1).unwrap());
    let (none, no_lines) = golden.compare_while(of_a_sample, at_once).await;
    let stopped = none.population.stopped_early.unwrap();
    assert_eq!((stopped.looked_at, stopped.through), (0, 0));
    assert!(stopped.of > 0 && no_lines.is_empty());
    assert_eq!(none.population.selected, 0);

    let ids = lines.iter().map(|line| line["decision"].as_str().unwrap());
    let ids = ids.map(|id| DecisionId::parse(id).unwrap()).collect();
    let (mut those, _) = golden.compare_while(plan(ids), go_on).await;
    assert_eq!(those.candidates, part.candidates);
    // Those that settle a referral have no line.
    those.population.selected = part.population.selected;
    those.population.left_out = part.population.left_out.clone();
    those.population.stopped_early = part.population.stopped_early;
    assert_eq!(those.population, part.population);
}
