//! A preview, a backtest by the ledger and by the columns, and a replay agree on every count.

use super::*;
use crate::features::{Scope, Type, table};
use crate::replay::{Replay, reproduce};

/// What a preview tells, held against the lines of the decisions.
fn assert_agrees(found: &Backtest, lines: &[Json]) {
    let preview = found.preview().unwrap();
    let counted = naive(lines, 0);
    let flipped = counted.flows.iter().filter(|((from, to), _)| from != to);
    let flips: u64 = flipped.map(|(_, count)| count).sum();
    assert_eq!(preview.flips, flips);
    assert_eq!(preview.decided, counted.decided);
    assert_eq!(
        preview.compared,
        counted.decided + counted.not_decidable,
        "{preview:?}"
    );
    assert_eq!(preview.period, found.population.period);
    let mut responsible: BTreeMap<String, u64> = BTreeMap::new();
    for ((_, _, source), count) in counted.responsible {
        *responsible.entry(source).or_default() += count;
    }
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    let causes = preview.lines.iter().filter(|line| line.reason.is_some());
    for line in causes.clone() {
        assert!(line.alone <= line.flips && line.flips <= flips, "{line:?}");
        *told.entry(line.source.clone()).or_default() += line.flips;
    }
    assert_eq!(told, responsible);
    for line in preview.lines.iter().filter(|line| line.reason.is_none()) {
        assert_eq!(counted.fired.get(&line.source), None, "{line:?}");
        let named = format!("`{}`", line.source);
        assert!(preview.summary.contains(&named), "{}", preview.summary);
    }
    let (told, of) = (flips, counted.decided);
    let says = match (told, of) {
        (0, 2..) => format!(" changes none of {of} outcomes"),
        (some, 2..) => format!(" changes {some} of {of} outcomes: "),
        (_, 0 | 1) => "decision".to_owned(),
    };
    assert!(preview.summary.contains(&says), "{}", preview.summary);
}

#[tokio::test(flavor = "multi_thread")]
async fn preview_backtest_and_replay_agree_on_the_golden_ledger() {
    let golden = Golden::open();
    let tenant = TenantId::default_tenant();
    let selection = Selection {
        rule_set: Some(RULE_SETS.live.name().clone()),
        ..Selection::default()
    };
    let replay = Replay {
        selection: selection.clone(),
        drift: false,
    };
    let go_on = |_, _| ControlFlow::Continue(());
    let replayed = reproduce(&golden.ledger, &tenant, &replay, go_on).await;
    let replayed = replayed.unwrap();
    assert!(replayed.is_faithful());
    let all = [
        &RULE_SETS.candidates[..],
        std::slice::from_ref(&RULE_SETS.live),
    ]
    .concat();
    for candidate in all {
        let is_live = candidate.hash() == RULE_SETS.live.hash();
        // By the ledger and by the columns: the same.
        let (found, lines) = golden
            .compare_selected(vec![candidate], selection.clone())
            .await;
        assert_agrees(&found, &lines);
        let population = &found.population;
        assert_eq!(population.selected, replayed.taken);
        let left_out = &population.left_out;
        let other: u64 = left_out.other_semantics.values().sum();
        let compared = replayed.reproduced - left_out.resolutions - other;
        assert_eq!(population.compared, compared);
        let preview = found.preview().unwrap();
        if is_live {
            assert_eq!((preview.flips, preview.lines.len()), (0, 0));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_lists_no_flip_and_looking_at_all_features_counts_the_same() {
    let golden = Golden::open();
    let plan = |looked_at, flips_listed| Plan {
        candidates: vec![(RULE_SETS.candidates[0].clone(), "this edit".to_owned())],
        selection: Selection::default(),
        loans: None,
        segments: None,
        columns: None,
        looked_at,
        flips_listed,
    };
    let go_on = |_, _| ControlFlow::Continue(());
    let (whole, _) = golden
        .compare_while(plan(LookedAt::Read, 1_000), go_on)
        .await;
    let (short, _) = golden.compare_while(plan(LookedAt::All, 0), go_on).await;
    assert_eq!(short.preview(), whole.preview());
    let (flips, short_flips) = (&whole.candidates[0].flips, &short.candidates[0].flips);
    assert!(!flips.listed.is_empty() && short_flips.listed.is_empty());
    assert_eq!(short_flips.not_listed, flips.total);
    for drift in &whole.drift {
        assert!(short.drift.contains(drift), "{}", drift.feature);
    }
    let compared = short.population.compared;
    for row in table() {
        let drift = short.drift.iter().find(|one| one.feature == row.name);
        let is_name = row.ty == Type::Text && row.words.list().is_empty();
        assert_eq!(drift.is_none(), is_name, "{}", row.name);
        let Some(drift) = drift else { continue };
        let words: u64 = drift.words.iter().map(|one| one.count).sum();
        if matches!(row.ty, Type::Text | Type::Bool) {
            assert_eq!(words, drift.spread.count, "{}", row.name);
        }
        let looked_at = drift.spread.count + drift.spread.missing;
        assert!(
            row.scope != Scope::Household || looked_at == compared,
            "{}: {looked_at} of {compared}",
            row.name
        );
    }
    let cadence = short.drift.iter();
    let mut cadence = cadence.filter(|one| one.feature == "income.primary_cadence");
    let words = &cadence.next().unwrap().words;
    assert!(words.iter().any(|one| one.word == "biweekly"), "{words:?}");
}

#[test]
fn a_rule_that_fires_no_more_is_named() {
    let live = Named::new(RULE_SETS.live.clone());
    let past = Made {
        sample: 0,
        amount: 500_000,
        income: 300_000,
        events: 11,
    };
    let past = [(past.decision(0), &live), (past.decision(1), &live)];
    let lax = changed(&[("nsf_days_90d_max = '5'", "nsf_days_90d_max = '12'")]);
    let setup = setup(&[lax]);
    let (found, _) = finish(&setup, judge_all(&setup, &past, false).counts);
    let preview = found.preview().unwrap();
    let line = preview.lines.iter().find(|line| line.reason.is_none());
    assert_eq!(line.unwrap().text, "no longer fires: live it did in 2");
    let rule = &line.unwrap().source;
    let says = format!("; `{rule}` no longer fires (decided by ");
    assert!(preview.summary.contains(&says), "{}", preview.summary);
}

#[test]
fn of_no_rule_it_is_said_that_it_fires_no_more_while_some_are_not_decidable() {
    let live = Named::new(RULE_SETS.live.clone());
    let past = Made {
        sample: 0,
        amount: 500_000,
        income: 300_000,
        events: 11,
    };
    let past = [(past.decision(0), &live)];
    let input =
        "[inputs.employed]\ntype = \"bool\"\ndoc = \"Whether the applicant has work.\"\n\n[params]";
    let rule = "[[rule]]\nid = \"no-work\"\nwhen = 'not inputs.employed'\nthen = \"refer\"\nreason = \"NO_WORK\"\n\n[reasons.NO_WORK]\nstatement = \"You do not have work\"\n\n[[rule]]\nid = \"amount-below-minimum\"";
    let asks = changed(&[
        ("nsf_days_90d_max = '5'", "nsf_days_90d_max = '12'"),
        ("[params]", input),
        ("[[rule]]\nid = \"amount-below-minimum\"", rule),
    ]);
    let setup = setup(&[asks]);
    let (found, _) = finish(&setup, judge_all(&setup, &past, false).counts);
    let fired = found.population.live.iter().flat_map(|one| &one.rules);
    assert!(fired.map(|rule| rule.hits.count).sum::<u64>() > 0);
    assert_eq!(found.candidates[0].not_decidable.total, 1);
    let preview = found.preview().unwrap();
    assert_eq!(preview.lines, []);
    assert!(
        !preview.summary.contains("no longer"),
        "{}",
        preview.summary
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_preview_of_made_up_decisions_counts_what_a_naive_script_does(
        all in prop::collection::vec(made(), 1..60),
        candidate in 0_usize..4,
    ) {
        let live = Named::new(RULE_SETS.live.clone());
        let past = (0..).zip(&all).map(|(number, made)| (made.decision(number), &live));
        let past: Vec<(PastDecision, &Named)> = past.collect();
        let bundle = RULE_SETS.candidates.get(candidate).unwrap_or(&RULE_SETS.live);
        let setup = setup(std::slice::from_ref(bundle));
        let part = judge_all(&setup, &past, true);
        let lines = lines(&part);
        let (found, _) = finish(&setup, part.counts);
        assert_agrees(&found, &lines);
        if candidate == RULE_SETS.candidates.len() {
            prop_assert_eq!(found.preview().unwrap().lines, Vec::new());
        }
    }
}
