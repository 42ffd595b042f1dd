//! Faults planted in the rule sets that ship: each is found by its code, at its place, and nothing
//! else is.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::Deserialize;

use crate::rules::{Severity, check};

const PERSONAL_LOAN: &str = include_str!("../../../rules/personal-loan.toml");
const ACH_DEBIT: &str = include_str!("../../../rules/ach-debit.toml");
const SMALL_DOLLAR: &str = include_str!("../../../rules/small-dollar.toml");

/// The least faults of a class.
const OF_EACH_CLASS: usize = 10;

#[derive(Deserialize)]
struct Faults {
    class: Vec<Class>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    code: String,
    #[serde(default)]
    warning: bool,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    edits: Vec<Edit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    base: String,
    from: Option<String>,
    to: Option<String>,
    /// A text that goes before.
    drop: Option<String>,
    /// What the finding points at, where `to` does not mark it.
    at: Option<String>,
    /// The rule that does what the added one does.
    add: Option<String>,
    when: Option<String>,
    /// An input to add, with its type and what else is said of it.
    input: Option<String>,
    #[serde(rename = "type")]
    ty: Option<String>,
    doc: Option<String>,
    more: Option<String>,
}

#[derive(Deserialize)]
struct Shipped {
    rule: Vec<ShippedRule>,
}

#[derive(Deserialize)]
struct ShippedRule {
    id: String,
    then: String,
    reason: String,
}

fn base(name: &str) -> &'static str {
    match name {
        "personal-loan" => PERSONAL_LOAN,
        "ach-debit" => ACH_DEBIT,
        other => panic!("no rule set `{other}`"),
    }
}

fn rule(when: &str, then: &str, reason: &str) -> String {
    format!(
        "\n[[rule]]\nid = \"planted\"\nwhen = {when}\nthen = \"{then}\"\nreason = \"{reason}\"\n"
    )
}

impl Edit {
    /// The set with its fault, marked.
    fn planted(&self) -> String {
        let base = base(&self.base);
        if let Some(name) = &self.input {
            let ty = self.ty.as_deref().unwrap();
            let doc = self.doc.as_ref().map(|doc| format!("doc = {doc}\n"));
            let more = self.more.as_deref().unwrap_or_default();
            let plain = name.replace(['«', '»'], "");
            let when = self.when.clone();
            let when = when.unwrap_or_else(|| format!("inputs.{plain} is missing"));
            let rule = rule(&format!("'{when}'"), "flag", "INFORMATION_MISSING");
            let doc = doc.unwrap_or_default();
            return format!("{base}\n[inputs.{name}]\ntype = \"{ty}\"\n{doc}{more}\n{rule}");
        }
        if let Some(like) = &self.add {
            let shipped: Shipped = toml::from_str(base).unwrap();
            let like = shipped.rule.iter().find(|rule| rule.id == *like).unwrap();
            let when = self.when.as_deref().unwrap();
            return format!("{base}{}", rule(when, &like.then, &like.reason));
        }
        let (from, to) = (self.from.as_deref().unwrap(), self.to.as_deref().unwrap());
        assert!(base.contains(from), "{}: `{from}`", self.base);
        let base = match &self.drop {
            Some(drop) => base.replacen(drop, "", 1),
            None => base.to_owned(),
        };
        base.replacen(from, to, 1)
    }
}

/// A file without its marks, and the place between them.
fn unmarked(marked: &str) -> (String, Option<std::ops::Range<usize>>) {
    let place = marked.find('«').map(|start| {
        let end = marked.find('»').unwrap() - '«'.len_utf8();
        start..end
    });
    (marked.replacen('«', "", 1).replacen('»', "", 1), place)
}

/// What is wrong with what is found of a fault.
fn problem(class: &Class, marked: &str, at: Option<&str>) -> Option<String> {
    let (source, place) = unmarked(marked);
    let (rule_set, found) = check(&source);
    let shown: Vec<String> = found
        .iter()
        .map(|one| one.render("planted.toml", &source, false))
        .collect();
    let told = |what: &str| Some(format!("{}: {what}\n{}", class.code, shown.join("\n")));
    let [finding] = found.as_slice() else {
        let line = marked.lines().find(|line| line.contains('«'));
        return told(&format!("{} findings of {line:?}", found.len()));
    };
    let severity = if class.warning {
        Severity::Warning
    } else {
        Severity::Error
    };
    if finding.code != class.code || finding.severity != severity {
        return told("another finding");
    }
    if rule_set.is_some() != class.warning {
        return told("a rule set with an error, or none with a warning");
    }
    if finding.help.is_none() {
        return told("no help");
    }
    let elsewhere = place.is_some_and(|place| place != finding.span)
        || at.is_some_and(|at| source.get(finding.span.clone()) != Some(at));
    elsewhere.then(|| told("another place")).flatten()
}

fn classes() -> Vec<Class> {
    let text = include_str!("../../../tests/data/rules/faults.toml");
    toml::from_str::<Faults>(text).unwrap().class
}

/// The codes of which there are faults.
pub(super) fn codes() -> impl Iterator<Item = String> {
    classes().into_iter().map(|class| class.code)
}

#[test]
fn the_sets_that_ship_have_no_finding() {
    for source in [PERSONAL_LOAN, ACH_DEBIT, SMALL_DOLLAR] {
        let (rule_set, found) = check(source);
        assert!(rule_set.is_some());
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn every_planted_fault_is_found_at_its_place_and_nothing_else_is() {
    let classes = classes();
    let mut planted: Vec<(&Class, String, Option<&str>)> = Vec::new();
    for class in &classes {
        for when in &class.rules {
            for source in [PERSONAL_LOAN, ACH_DEBIT] {
                let rule = rule(&format!("'{when}'"), "flag", "INFORMATION_MISSING");
                planted.push((class, format!("{source}{rule}"), None));
            }
        }
        for edit in &class.edits {
            planted.push((class, edit.planted(), edit.at.as_deref()));
        }
    }
    let wrong: Vec<String> = planted
        .par_iter()
        .filter_map(|(class, marked, at)| problem(class, marked, *at))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        planted.len(),
        wrong.join("\n----\n")
    );
}

#[test]
fn every_deep_class_has_enough_faults() {
    // Of these the other cases have many.
    const ELSEWHERE: [&str; 2] = ["unknown_word", "too_large"];
    let mut seen = BTreeSet::new();
    for class in classes() {
        assert!(seen.insert(class.code.clone()), "{} twice", class.code);
        if !ELSEWHERE.contains(&class.code.as_str()) {
            let faults = class.rules.len() + class.edits.len();
            assert!(faults >= OF_EACH_CLASS, "{}: {faults}", class.code);
        }
    }
}

#[test]
fn what_an_analyst_may_mean_is_no_fault() {
    let sound = [
        "application.amount > income.monthly_net * 5",
        "application.amount > income.monthly_net * 12 * 40%",
        "cash_flow.obligations_monthly / income.monthly_net > 2",
        "cash_flow.obligations_monthly / income.monthly_net > 4500%",
        "cash_flow.obligations_monthly / income.monthly_net * 100 > 45",
        "application.term_days / 365 days > 5",
        "data.ach_accounts / data.cash_accounts < 0.5",
        "nsf.event_days_90d between 0 and 3",
        "nsf.event_days_90d > 89 or income.stability > 0.999999",
        "cash_flow.credits_total_90d < income.monthly_net * 3",
        "cash_flow.credits_total_90d / 3 < income.monthly_net",
        "cash_flow.gambling_90d > 500 usd",
        "balance.current < income.monthly_net",
        "income.monthly_net > 1000 usd and income.monthly_net < 3000 usd",
        "income.streams != 1 and income.streams != 2",
        "balance.current is missing or balance.current < 50 usd",
        "coalesce(nsf.days_since_last, 999 days) > 200 days",
        "min(income.monthly_net, cash_flow.inflow_monthly_90d) > 0 usd",
        "income.primary_cadence == \"weekly\" or income.primary_cadence == \"monthly\"",
        "application.decision_date > 2026-01-01",
        "any(account.category == \"cash\") and not all(account.active)",
        "balance.age_days > 3 days and balance.age_days <= 9 days",
        "stream_free or income.stopped",
    ];
    for when in sound {
        let when = when.replace("stream_free", "not income.stopped and income.streams > 1");
        for source in [PERSONAL_LOAN, ACH_DEBIT] {
            let planted = rule(&format!("'{when}'"), "flag", "INFORMATION_MISSING");
            let (_, found) = check(&format!("{source}{planted}"));
            assert!(found.is_empty(), "{when}: {found:#?}");
        }
    }
}

#[test]
fn a_justified_basis_is_let_be_and_recorded() {
    let parts = "\n[inputs.age]\ntype = \"count\"\nmin = 0\nmax = 150\nsource = \"consumer_report:Acme\"\n\
                 justification = \"capacity to contract, 12 CFR 1002.6(b)(2)(i)\"\n\
                 [derive]\n";
    let source = ACH_DEBIT.replacen("[derive]\n", "[derive]\nof_age = 'inputs.age >= 18'\n", 1);
    let source = format!(
        "{source}{}{}",
        parts.replace("[derive]\n", ""),
        rule("'not derive.of_age'", "decline", "INFORMATION_MISSING")
    );
    let (rule_set, found) = check(&source);
    assert!(found.is_empty(), "{found:#?}");
    assert!(rule_set.is_some());
    let bundle = crate::rules::Bundle::publish(source.as_bytes()).unwrap();
    let layout = crate::rules::Layout::of(bundle.program());
    let [declared] = layout.declared.as_slice() else {
        panic!("{:?}", layout.declared);
    };
    assert_eq!(declared.name, "inputs.age");
    assert_eq!(declared.consumer_report.as_deref(), Some("Acme"));
    let why = declared.justification.as_deref().unwrap();
    assert!(why.starts_with("capacity to contract"));
}

#[test]
fn names_of_things_with_ages_and_the_like_are_let_be() {
    for name in [
        "package_age",
        "days",
        "message",
        "percentage",
        "stage",
        "balance_age_days",
        "employer_name",
    ] {
        let input = format!("\n[inputs.{name}]\ntype = \"count\"\n");
        let rule = rule(
            &format!("'inputs.{name} is missing'"),
            "flag",
            "INFORMATION_MISSING",
        );
        let (_, found) = check(&format!("{PERSONAL_LOAN}{input}{rule}"));
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}

#[test]
fn what_was_published_is_read_again_whatever_advice_came_later() {
    let impossible = rule("'nsf.event_days_90d > 95'", "flag", "INFORMATION_MISSING");
    // Its statement tells the balance, which may be missing where this holds.
    let untold = rule("'income.stopped'", "refer", "BALANCE_TOO_LOW");
    for (advice, code) in [
        (impossible, "out_of_natural_range"),
        (untold, "may_be_missing"),
    ] {
        let source = format!("{ACH_DEBIT}{advice}");
        let refused = crate::rules::Bundle::publish(source.as_bytes()).unwrap_err();
        assert!(refused.iter().any(|one| one.code == code), "{refused:?}");
        assert!(crate::rules::Bundle::from_bytes(source.as_bytes()).is_ok());
    }
}

#[test]
fn deep_checks_have_an_end() {
    use crate::limits::{ALTERNATIVES_MAX, RULE_PAIRS_MAX, RULES_MAX};
    // A product of sums: 2^12 alternatives, of which none is looked at.
    let parts: Vec<String> = (0..12)
        .map(|at| format!("(income.streams > {at} or income.months_observed > {at})"))
        .collect();
    assert!(1 << parts.len() > ALTERNATIVES_MAX);
    let wide = rule(
        &format!("'{}'", parts.join(" and ")),
        "flag",
        "INFORMATION_MISSING",
    );
    assert!(check(&format!("{ACH_DEBIT}{wide}")).0.is_some());
    // As many rules over one value as there may be: more pairs than are compared.
    const { assert!(RULES_MAX * RULES_MAX > RULE_PAIRS_MAX) };
    let mut many = ACH_DEBIT.to_owned();
    for at in 0..RULES_MAX - 50 {
        many.push_str(
            &rule(
                &format!("'income.monthly_net == {at} usd'"),
                "flag",
                "INFORMATION_MISSING",
            )
            .replace("planted", &format!("planted-{at}")),
        );
    }
    let (rule_set, found) = check(&many);
    assert!(rule_set.is_some() && found.is_empty());
}

/// Texts of the set, what becomes of each, and the code of what is then found.
const EDITS: &[(&str, &str, &str)] = &[
    ("# Reserves.", "# Reserves.\u{202E}", "hidden_character"),
    (
        "obligations_share_max = '60%'",
        "obligations_share_max = '60'",
        "out_of_natural_range",
    ),
    ("step = '50.00 usd'", "step = '5000.00 usd'", "out_of_range"),
    (
        "quiet_max = '14 days'",
        "quiet_max = '14 dayz'",
        "expression_syntax",
    ),
    ("then = \"flag\"", "then = \"flagged\"", "bad_value"),
    ("balances = '24 hours'", "balances = '24 hous'", "bad_value"),
    ("rate = '11.9%'", "rate = '21.9%'", "dearer_tier_first"),
    ("points = 25 }", "points = 65 }", "points_not_monotone"),
    (
        "below zero at the time",
        "<b>below</b> zero at the time",
        "markup",
    ),
    (
        "Amounts or dates of income deposits vary",
        "Insufficient score",
        "vague_statement",
    ),
    (
        "under garnishment in the last 90",
        "under garnishment in the last 30",
        "statement_window",
    ),
];

/// Conditions of more rules, and the code of what is found of each.
const MISTAKEN: &[(&str, &str)] = &[
    ("income.stability > 45", "out_of_natural_range"),
    ("income.streams > 2.5", "not_whole"),
    ("balance.average_30d < balance.average_30d", "same_operands"),
    ("nsf.event_days_90d between 9 and 3", "reversed_between"),
    ("income.monthly_net / 0 > 5 usd", "division_by_zero"),
    ("income.streams > 3 and income.streams < 2", "never_holds"),
    ("income.streams > 2 or income.streams < 3", "always_holds"),
    (
        "cash_flow.gambling_90d > income.monthly_net",
        "window_mismatch",
    ),
    ("application.purpose == \"church\"", "prohibited_basis"),
    ("income.montly_net > 5 usd", "unknown_name"),
    ("income.monthly_net > 5", "unit_missing"),
    ("income.monthly_net", "not_a_condition"),
    ("income.primary_cadence == \"weekley\"", "unknown_word"),
    ("balance.current > 5 eur", "wrong_currency"),
    ("ownership.name_score < 0.5", "scoped_feature"),
    ("mim(income.streams, 2) > 1", "unknown_function"),
    ("income.monthly_net > data.history_days", "type_mismatch"),
    ("3 > 2", "constant_condition"),
];

#[test]
fn so_many_mistakes_give_so_many_findings() {
    let mut source = PERSONAL_LOAN.to_owned();
    for (from, to, _) in EDITS {
        assert!(source.contains(from), "{from}");
        source = source.replacen(from, to, 1);
    }
    for (at, (when, _)) in MISTAKEN.iter().enumerate() {
        let rule = rule(&format!("'{when}'"), "flag", "INFORMATION_MISSING");
        source.push_str(&rule.replace("planted", &format!("planted-{at}")));
    }
    let mut planted: Vec<&str> = EDITS.iter().map(|(.., code)| *code).collect();
    planted.extend(MISTAKEN.iter().map(|(_, code)| *code));
    planted.sort_unstable();
    let (_, found) = check(&source);
    let mut codes: Vec<&str> = found.iter().map(|one| one.code).collect();
    assert!(found.is_sorted_by_key(|one| one.severity));
    codes.sort_unstable();
    let shown: Vec<String> = found
        .iter()
        .map(|one| one.render("many", &source, false))
        .collect();
    assert_eq!(codes, planted, "{}", shown.join("\n"));
}

#[test]
fn a_statement_has_an_end() {
    use crate::limits::STATEMENT_CHARS_MAX;
    let of = |chars: usize| {
        let statement = "x".repeat(chars);
        let told = "Account balance below zero at the time of the application";
        check(&PERSONAL_LOAN.replacen(told, &statement, 1)).1
    };
    assert_eq!(of(STATEMENT_CHARS_MAX), []);
    assert_eq!(of(STATEMENT_CHARS_MAX + 1)[0].code, "too_large");
}
