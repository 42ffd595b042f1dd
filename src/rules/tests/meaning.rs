//! What `rules diff --meaning` says: examples, and that no applicant contradicts it.

mod edits;
mod vectors;

use self::edits::{Draw, EDITS, Kind};
use self::vectors::{Does, Vectors, does};
use super::formatted::{published, shipped};
use super::*;
use crate::limits;
use crate::rules::meaning::search::Until;
use crate::rules::meaning::{Way, meaning_until};
use crate::rules::{Claim, Effect, Meaning, Says, Witness, meaning};

const CASES: &str = include_str!("meaning/cases.toml");

/// What the cases of credit offer: a loan to who has two streams of income, and nothing to others.
const OFFER: &str = r#"
[offer]
step = '50 usd'
minimum = '300 usd'
affordable_payment = '5000 usd'
otherwise = "decline"
decline_reason = "WHY"
counter_reason = "WHY"
affordability_reason = "WHY"
[[offer.tier]]
id = "A"
when = 'income.streams >= 2'
rate = '12%'
max_amount = '5000 usd'
"#;

fn meant(before: &Bundle, after: &Bundle, most: usize) -> Meaning {
    meaning_until(before.program(), after.program(), (most, Until::Spent)).unwrap()
}

fn word(says: Says) -> String {
    let word = serde_json::to_value(says).unwrap();
    word.as_str().unwrap().to_owned()
}

/// What is said of each rule and of the outcome, one a line.
fn said(meaning: &Meaning) -> Vec<String> {
    let rules = meaning.rules.iter();
    let rules = rules.map(|rule| format!("{}: {}", rule.rule, word(rule.claim.says())));
    rules
        .chain([format!("outcome: {}", word(meaning.outcome.says()))])
        .collect()
}

/// Decides a witness anew; which way the second rule set decides it.
fn proves(witness: &Witness, [before, after]: [&Bundle; 2], rule: Option<&str>) -> Option<Way> {
    let (features, application) = (witness.features(), witness.application());
    let seen = [before, after].map(|bundle| {
        let evaluation = evaluate(
            bundle.program(),
            features,
            application,
            witness.forecasts(),
            Readiness::Ready,
            Telling::Nothing,
        )
        .unwrap();
        let effect = rule.map(|rule| {
            does(bundle, &evaluation, features, application)
                .get(rule)
                .copied()
        });
        (effect.flatten().unwrap_or(Does(0)), evaluation)
    });
    let [(did, was), (does, is)] = seen;
    let order = match rule {
        Some(_) => did.cmp(&does),
        None if was.outcome != is.outcome => was.outcome.cmp(&is.outcome),
        None => {
            let terms = |one: &Evaluation| {
                let offer = one.offer.clone().unwrap();
                (
                    -offer.amount.minor(),
                    offer.apr_percent,
                    offer.total_of_payments.minor(),
                )
            };
            terms(&was).cmp(&terms(&is))
        }
    };
    match order {
        std::cmp::Ordering::Less => Some(Way::Stricter),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(Way::Looser),
    }
}

fn assert_proven(claim: &Claim, bundles: [&Bundle; 2], rule: Option<&str>, of: &str) {
    for (witness, way) in [
        (claim.stricter(), Way::Stricter),
        (claim.looser(), Way::Looser),
    ] {
        if let Some(witness) = witness {
            assert_eq!(
                proves(witness, bundles, rule),
                Some(way),
                "{of}: {witness:?}"
            );
        }
    }
}

/// Everything that is shown is so.
fn assert_all_proven(meaning: &Meaning, bundles: [&Bundle; 2], of: &str) {
    for rule in &meaning.rules {
        assert_proven(&rule.claim, bundles, Some(&rule.rule), of);
    }
    assert_proven(&meaning.outcome, bundles, None, of);
    if let Some(offer) = &meaning.offer {
        assert_proven(offer, bundles, None, of);
    }
}

#[test]
fn the_examples_are_told_as_they_say() {
    let cases: toml::Table = toml::from_str(CASES).unwrap();
    let text = |case: &toml::Value, key: &str| case[key].as_str().unwrap().to_owned();
    for case in cases["case"].as_array().unwrap() {
        let name = text(case, "name");
        let is_credit = case
            .get("kind")
            .is_some_and(|kind| kind.as_str() == Some("credit"));
        let [before, after] = ["before", "after"].map(|key| {
            let parts = text(case, key);
            let head = if is_credit {
                let head = payment("").replace("[approve]\nwhen = 'true'\n", "");
                head.replace("payment", "credit") + OFFER
            } else if parts.contains("[approve]") {
                payment("").replace("[approve]\nwhen = 'true'\n", "")
            } else {
                payment("")
            };
            publish(&format!("{head}{parts}\n[reasons.WHY]\nstatement = 'x'\n"))
        });
        let meaning = meant(&before, &after, 3_000);
        let expected: Vec<&str> = case["says"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line.as_str().unwrap())
            .collect();
        assert_eq!(said(&meaning), expected, "{name}");
        assert_all_proven(&meaning, [&before, &after], &name);
    }
}

#[test]
fn a_witness_differs_from_a_usual_applicant_in_little() {
    let source = shipped()["rules/personal-loan.toml"].clone();
    let stricter = source.replace("nsf_days_90d_max = '5'", "nsf_days_90d_max = '4'");
    let [before, after] = [&source, &stricter].map(|text| publish(text));
    let meaning = meant(&before, &after, limits::MEANING_APPLICANTS_MAX);
    assert_eq!(
        said(&meaning),
        ["nsf-frequent: stricter", "outcome: stricter"]
    );
    let witness = meaning.outcome.stricter().unwrap();
    let mattering = witness.applicant.iter().filter(|one| one.matters);
    let mattering: Vec<String> = mattering
        .map(|one| format!("{} {}", one.name, one.value.as_ref().unwrap()))
        .collect();
    assert_eq!(mattering, ["nsf.event_days_90d 5"]);
    assert_eq!(witness.before.outcome, Outcome::Approve);
    assert_eq!(witness.after.outcome, Outcome::Decline);
    assert_eq!(witness.after.reasons, ["NSF_FREQUENT"]);
    assert_eq!(word(meaning.offer.unwrap().says()), "equal");
}

#[test]
fn a_calculation_that_moved_is_shown_where_it_turns_and_never_claimed_beyond() {
    let source = shipped()["rules/personal-loan.toml"].clone();
    let looser = source.replace(
        "obligations_share_max = '60%'",
        "obligations_share_max = '65%'",
    );
    let dearer = source.replace("amount_to_income_max = '5'", "amount_to_income_max = '4'");
    let smaller = source.replace("max_amount = '15000.00 usd'", "max_amount = '900.00 usd'");
    let bundles = [&source, &looser, &dearer, &smaller].map(|text| publish(text));
    let [before, looser, dearer, smaller] = &bundles;
    let share = meant(before, looser, limits::MEANING_APPLICANTS_MAX);
    assert_eq!(
        said(&share),
        ["obligations-excessive: looser", "outcome: looser"]
    );
    let amount = meant(before, dearer, 4_000);
    assert_eq!(
        said(&amount),
        [
            "amount-beyond-income: stricter_for_some",
            "outcome: stricter_for_some"
        ]
    );
    let offer = meant(before, smaller, 4_000);
    assert_eq!(
        word(offer.offer.as_ref().unwrap().says()),
        "stricter_for_some"
    );
    for (meaning, after) in [(&share, looser), (&amount, dearer), (&offer, smaller)] {
        assert_all_proven(meaning, [before, after], "calculations");
    }
}

#[test]
fn a_change_of_any_tier_is_met_with() {
    let source = include_str!("../../../rules/personal-loan.toml");
    let before = publish(source);
    for (from, to) in [
        ("max_amount = '1500.00 usd'", "max_amount = '1000.00 usd'"),
        ("rate = '24.9%'", "rate = '27.9%'"),
        ("when = 'score >= 760'", "when = 'score >= 740'"),
        ("when = 'score >= 630'", "when = 'score >= 640'"),
    ] {
        assert!(source.contains(from), "{from}");
        let after = publish(&source.replace(from, to));
        let meaning = meant(&before, &after, limits::MEANING_APPLICANTS_MAX);
        let offer = meaning.offer.as_ref().unwrap();
        let found = [&meaning.outcome, offer].map(Claim::says);
        assert!(found.iter().any(|says| *says != Says::NotFound), "{to}");
        assert_all_proven(&meaning, [&before, &after], to);
    }
}

#[test]
fn what_has_too_many_values_or_too_little_time_is_not_known() {
    let many = |most: i64| {
        let parts = (1..=12).map(|at| format!("(balance.current > {at}{most} usd or income.streams > {at} or nsf.event_days_90d > {at} or income.months_observed > {at} or balance.days_negative_90d > {at} or data.transactions_90d > {at})"));
        let when = parts.collect::<Vec<_>>().join(" and ");
        publish(&one_rule(&when, "decline"))
    };
    let says = |meaning: Meaning| said(&meaning);
    // Each value alone has 14 cells: of six there are more combinations than are looked at.
    assert!(14_usize.pow(6) > limits::MEANING_CELLS_MAX);
    let found = says(meant(&many(1), &many(2), 0));
    assert_eq!(found, ["it: not_found", "outcome: not_found"]);
    let one = publish(&one_rule("income.streams > 2", "decline"));
    let other = publish(&one_rule("income.streams > 3", "decline"));
    assert_eq!(
        says(meant(&one, &other, 0)),
        ["it: never_stricter", "outcome: never_stricter"]
    );
    let credit = publish(super::outcomes::CREDIT);
    assert!(meaning(one.program(), credit.program(), 1).is_err());
}

#[test]
fn a_list_is_looked_at_by_its_items_up_to_a_limit() {
    let listing = |count: usize| {
        let words: Vec<String> = (0..count).map(|at| format!("'w{at}'")).collect();
        let parts = format!(
            "[inputs.state]\ntype = 'text'\n[lists.states]\nvalues = [{}]\n\
             [[rule]]\nid = 'it'\nwhen = 'inputs.state in lists.states'\nthen = 'decline'\n\
             reason = 'WHY'\n[reasons.WHY]\nstatement = 'x'\n",
            words.join(", ")
        );
        publish(&payment(&parts))
    };
    let most = limits::MEANING_WORDS_MAX;
    let grown = |from: usize| said(&meant(&listing(from), &listing(from + 1), 3_000));
    assert_eq!(grown(most - 1), ["it: stricter", "outcome: stricter"]);
    assert_eq!(grown(most)[0], "it: stricter_for_some");
}

#[test]
fn so_many_rules_beside_a_change_are_looked_at() {
    // The last one hides what is added.
    let with = |others: usize, added: bool| {
        let rule = |id: &str, least: usize, then: &str| {
            format!(
                "[[rule]]\nid = '{id}'\nwhen = 'income.streams > {least}'\nthen = '{then}'\n\
                 reason = 'WHY'\n"
            )
        };
        let mut parts: String = (0..others)
            .map(|at| rule(&format!("r{at}"), 900 + at, "refer"))
            .collect();
        parts.push_str(&rule("hides", 5, "decline"));
        if added {
            parts.push_str(&rule("added", 8, "refer"));
        }
        publish(&payment(&format!(
            "{parts}[reasons.WHY]\nstatement = 'x'\n"
        )))
    };
    let most = limits::MEANING_COMMON_MAX;
    let says = |others| said(&meant(&with(others, false), &with(others, true), 300));
    assert_eq!(says(most - 1), ["added: stricter", "outcome: equal"]);
    assert_eq!(says(most), ["added: stricter", "outcome: never_looser"]);
}

#[test]
fn what_an_offer_may_decline_is_not_stricter_for_being_referred() {
    let source = shipped()["rules/examples/near-prime.toml"].clone();
    let own = |line: &&str| line.starts_with("ignore_missing = { \"nsf.event_days_180d\"");
    let line = source.lines().find(own).unwrap();
    let other = source.replace(line, "");
    let [before, after] = [&source, &other].map(|text| published(text).unwrap());
    let meaning = meant(&before, &after, 4_000);
    let [rule, outcome] = [meaning.rules[0].claim.says(), meaning.outcome.says()];
    assert_eq!(
        (meaning.rules[0].rule.as_str(), rule),
        ("nsf-180d", Says::Stricter)
    );
    assert!(
        !matches!(outcome, Says::Stricter | Says::NeverLooser),
        "{outcome:?}"
    );
    assert_all_proven(&meaning, [&before, &after], "near-prime");
}

#[test]
fn what_is_not_compared_is_noted() {
    let input = |of: &str| payment(&format!("[inputs.n]\ntype = 'count'\n{of}\n"));
    let with = |parts: &str| payment(parts);
    let notes = |before: &str, after: &str| {
        let [before, after] = [before, after].map(publish);
        meant(&before, &after, 100).notes
    };
    let hours = |hours: u64| with(&format!("[freshness]\nbalances = '{hours} hours'\n"));
    let said = notes(&hours(1), &hours(2));
    assert!(matches!(said.as_slice(), [one] if one.starts_with("`freshness` is not the same")));
    assert_eq!(notes(&hours(1), &hours(1)), Vec::<String>::new());
    let taken = notes(&input(""), &input("max = 3"));
    assert!(matches!(taken.as_slice(), [one] if one.starts_with("`inputs` are not the same")));
    // These take the same requests.
    let one_of = |values: &str| {
        let inputs = format!("[inputs.of]\ntype = 'text'\nvalues = {values}\n");
        payment(&inputs)
    };
    let reordered = notes(&one_of("['a', 'b']"), &one_of("['b', 'a']"));
    assert_eq!(reordered, Vec::<String>::new());
    for same in [
        "min = 0",
        "doc = 'so many'",
        "control = 'down'",
        "default = 2",
    ] {
        assert_eq!(
            notes(&input(""), &input(same)),
            Vec::<String>::new(),
            "{same}"
        );
    }
}

#[test]
fn a_constant_beyond_all_whole_numbers_is_not_taken_for_equal() {
    // Ratios are told in millionths: of 64 bits no more than nine billions of thousands.
    let with = |most: &str| {
        publish(&payment(&format!(
            "[inputs.load]\ntype = 'ratio'\n[[rule]]\nid = 'it'\nwhen = 'inputs.load > {most}'\n\
             then = 'decline'\nreason = 'WHY'\n[reasons.WHY]\nstatement = 'x'\n"
        )))
    };
    let [low, high] = [with("10000000000000"), with("20000000000000")];
    let said = said(&meant(&low, &high, 300));
    assert!(said.iter().all(|line| !line.ends_with("equal")), "{said:?}");
    let same = meant(&low, &low, 300);
    assert_eq!(same.outcome.says(), Says::Equal);
    let [low, high] = [with("9000000000000"), with("9100000000000")];
    assert_eq!(meant(&low, &high, 0).outcome.says(), Says::NeverStricter);
}

#[test]
fn derived_values_are_looked_into_so_deep_and_so_often() {
    let rule = "[[rule]]\nid = 'it'\nwhen = 'derive.d0'\nthen = 'decline'\nreason = 'WHY'\n\
                [reasons.WHY]\nstatement = 'x'\n";
    // Each is read once by the one before it.
    let chain = |depth: usize, most: usize| {
        let derived =
            (0..depth).map(|at| format!("d{at} = 'derive.d{} or income.stopped'\n", at + 1));
        let derived: String = derived.collect();
        let last = format!("d{depth} = 'nsf.event_days_90d > {most}'\n");
        publish(&payment(&format!("[derive]\n{derived}{last}{rule}")))
    };
    let says = |depth| meant(&chain(depth, 5), &chain(depth, 3), 0).outcome.says();
    let deepest = limits::MEANING_DEPTH_MAX;
    assert_eq!(says(deepest - 1), Says::NeverLooser);
    assert_eq!(says(deepest), Says::NotFound);
    // Here each is read twice: of sixteen there are as many comparisons as 16 bits have numbers.
    let twice = |most: usize| {
        let derived = (0..16).map(|at| {
            let next = at + 1;
            format!("d{at} = '(derive.d{next} and income.stopped) or derive.d{next}'\n")
        });
        let derived: String = derived.collect();
        let last = format!("d16 = 'nsf.event_days_90d > {most}'\n");
        publish(&payment(&format!("[derive]\n{derived}{last}{rule}")))
    };
    assert_eq!(meant(&twice(5), &twice(5), 0).outcome.says(), Says::Equal);
    assert_eq!(
        meant(&twice(5), &twice(3), 0).outcome.says(),
        Says::NotFound
    );
    // So many comparisons beside one that changed.
    let beside = |parts: usize, most: usize| {
        let each = (0..parts).map(|at| format!("income.streams > {at}"));
        let each: Vec<String> = each.collect();
        let each = each.chunks(64).enumerate();
        let named = each.clone().map(|(at, _)| format!("derive.p{at}"));
        let named: Vec<String> = named.collect();
        let derived = each.map(|(at, part)| format!("p{at} = '{}'\n", part.join(" and ")));
        let derived: String = derived.collect();
        let all = named.join(" and ");
        publish(&payment(&format!(
            "[derive]\n{derived}d0 = '{all} and derive.last'\n\
             last = 'nsf.event_days_90d > {most}'\n{rule}"
        )))
    };
    let says = |parts| {
        meant(&beside(parts, 5), &beside(parts, 3), 0)
            .outcome
            .says()
    };
    // The first is one too, and so is each of those that hold 64.
    let most = limits::MEANING_PARTS_MAX - 1 - 8;
    assert_eq!(says(most), Says::NotFound);
    assert_eq!(says(most - 1), Says::NeverLooser);
}

#[test]
fn whoever_one_version_refuses_is_not_shown() {
    let with = |ty: &str, least: &str| {
        publish(&payment(&format!(
            "[inputs.rent]\ntype = '{ty}'\nrequired = true\n[[rule]]\nid = 'it'\n\
             when = 'inputs.rent > {least}'\nthen = 'decline'\nreason = 'WHY'\n\
             [reasons.WHY]\nstatement = 'x'\n"
        )))
    };
    let meaning = meant(&with("count", "5"), &with("money", "5 usd"), 300);
    assert_eq!(
        (meaning.applicants, meaning.outcome.says()),
        (0, Says::NotFound)
    );
    let meaning = meant(&with("count", "5"), &with("count", "3"), 300);
    assert_eq!(meaning.outcome.says(), Says::Stricter);
}

/// Which edits are told exactly: of those made, and of which it was.
#[derive(Debug, Default)]
struct Exact {
    made: usize,
    told: usize,
}

impl Exact {
    fn add(&mut self, says: Says) {
        self.made += 1;
        let exact = matches!(
            says,
            Says::Equal | Says::Stricter | Says::Looser | Says::Both
        );
        self.told += usize::from(exact);
    }
}

fn from_environment(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

/// The law: nothing that is said to be never so is so for any applicant, and whoever is shown is
/// decided as is said. `MEANINGS` and `MEANING_VECTORS` say how many edits and applicants of each.
#[test]
fn no_applicant_contradicts_what_is_said_of_an_edit() {
    let (pairs, vectors) = (
        from_environment("MEANINGS", 26),
        from_environment("MEANING_VECTORS", 500),
    );
    let mut draw = Draw::new("edits");
    let sources: Vec<String> = shipped().into_values().collect();
    let (mut cosmetic, mut moved) = (Exact::default(), Exact::default());
    for pair in 0..pairs {
        let kind = EDITS[pair % EDITS.len()];
        let (name, before, after) = edits::pair(&mut draw, kind, &sources);
        let meaning = meant(&before, &after, 300);
        assert_all_proven(&meaning, [&before, &after], &name);
        let says = meaning.rules.iter().map(|rule| rule.claim.says());
        let says = says.chain([meaning.outcome.says()]);
        if matches!(kind, Kind::Reordered | Kind::Cosmetic) {
            assert_eq!(meaning.outcome.says(), Says::Equal, "{name}");
            says.for_each(|says| cosmetic.add(says));
        } else if kind == Kind::Threshold {
            says.for_each(|says| moved.add(says));
        }
        agrees(&name, &meaning, [&before, &after], vectors, &mut draw);
    }
    assert_eq!(cosmetic.told, cosmetic.made, "{cosmetic:?}");
    assert!(moved.told * 10 >= moved.made * 6, "{moved:?}");
}

fn agrees(name: &str, meaning: &Meaning, bundles: [&Bundle; 2], vectors: usize, draw: &mut Draw) {
    let generator = Vectors::of(bundles);
    for _ in 0..vectors {
        let Some(vector) = generator.draw(draw) else {
            continue;
        };
        let [(before, was), (after, is)] = bundles.map(|bundle| vector.decided_by(bundle));
        let contradicts = |claim: &Claim, order: std::cmp::Ordering| match claim.says() {
            Says::Equal => order.is_ne(),
            Says::Stricter | Says::NeverLooser => order.is_gt(),
            Says::Looser | Says::NeverStricter => order.is_lt(),
            Says::Both | Says::StricterForSome | Says::LooserForSome | Says::NotFound => false,
        };
        let order = was.outcome.cmp(&is.outcome);
        assert!(
            !contradicts(&meaning.outcome, order),
            "{name}: the outcome is said to be {:?}, and is {} and {} of {vector:?}",
            meaning.outcome.says(),
            was.outcome,
            is.outcome
        );
        for rule in &meaning.rules {
            let of = |does: &std::collections::BTreeMap<String, Does>| {
                does.get(&rule.rule).copied().unwrap_or(Does(0))
            };
            let order = of(&before).cmp(&of(&after));
            assert!(
                !contradicts(&rule.claim, order),
                "{name}: `{}` is said to be {:?} and does {:?} and {:?} of {vector:?}",
                rule.rule,
                rule.claim.says(),
                of(&before),
                of(&after)
            );
        }
        if let Some(offer) = &meaning.offer
            && was.outcome == is.outcome
            && offer.says() == Says::Equal
        {
            assert_eq!(was.offer, is.offer, "{name}");
        }
    }
}

#[test]
fn effects_are_in_the_order_in_which_they_are_stricter() {
    let order = [
        Effect::Nothing,
        Effect::Flags,
        Effect::Withholds,
        Effect::Refers,
        Effect::Declines,
    ];
    assert!(order.is_sorted());
}
