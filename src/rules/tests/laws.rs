//! What holds for every rule set.

use proptest::prelude::*;

use super::differential::generate::{condition, expression, facts, given};
use super::outcomes::CREDIT;
use super::*;
use crate::features::Type;
use crate::rules::ast::{Expr, ExprKind};
use crate::rules::{Outcome, Verdict, check, parser};

/// The expression without the places of its parts.
pub(super) fn placeless(expr: &Expr) -> Expr {
    let down = |expr: &Expr| Box::new(placeless(expr));
    let each = |list: &[Expr]| list.iter().map(placeless).collect();
    let kind = match &expr.kind {
        ExprKind::Literal(value) => ExprKind::Literal(value.clone()),
        ExprKind::Name(name) => ExprKind::Name(name.clone()),
        ExprKind::Not(inner) => ExprKind::Not(down(inner)),
        ExprKind::Negate(inner) => ExprKind::Negate(down(inner)),
        ExprKind::And(list) => ExprKind::And(each(list)),
        ExprKind::Or(list) => ExprKind::Or(each(list)),
        ExprKind::Compare(op, left, right) => ExprKind::Compare(*op, down(left), down(right)),
        ExprKind::Arithmetic(op, left, right) => ExprKind::Arithmetic(*op, down(left), down(right)),
        ExprKind::In {
            value,
            list,
            negated,
        } => ExprKind::In {
            value: down(value),
            list: each(list),
            negated: *negated,
        },
        ExprKind::Between(value, low, high) => {
            ExprKind::Between(down(value), down(low), down(high))
        }
        ExprKind::IsMissing { value, negated } => ExprKind::IsMissing {
            value: down(value),
            negated: *negated,
        },
        ExprKind::Call(function, list) => ExprKind::Call(*function, each(list)),
        ExprKind::Where(value, condition) => ExprKind::Where(down(value), down(condition)),
    };
    Expr::new(0..0, kind)
}

/// Rules of these conditions and actions.
pub(super) fn rule_set(rules: &[(Expr, &str)]) -> String {
    let rules: String = rules
        .iter()
        .enumerate()
        .map(|(index, (when, then))| {
            format!(
                "[[rule]]\nid = 'r{index}'\nwhen = '''{when}'''\nthen = '{then}'\nreason = 'WHY'\n"
            )
        })
        .collect();
    payment(&format!("{rules}[reasons.WHY]\nstatement = 'x'\n"))
}

/// Rules with exceptions over derived values and tables of these.
fn layered(rules: &[(Expr, Expr)], [amount, count, text]: [&Expr; 3]) -> String {
    let derive =
        format!("[derive]\namount = '''{amount}'''\ncount = '''{count}'''\ntext = '''{text}'''\n");
    let tables = "[tables.rows]\ninputs = { n = 'derive.count', t = 'derive.text' }\n\
         outputs = { most = 'money', word = 'text' }\n\
         row = [{ n = '<= 2', most = '900 usd', word = 'low' },\n\
         { n = '> 2', t = 'a | car', most = '500 usd', word = 'car' }]\n\
         otherwise = { most = '0 usd', word = 'none' }\n\
         [tables.first]\nhit = 'first'\ninputs = { n = 'derive.count' }\noutputs = { v = 'count' }\n\
         row = [{ n = '< 5', v = 1 }, { n = '*', v = 2 }]\n\
         [tables.matrix]\nrows = 'derive.count'\ncolumns = 'derive.amount'\ntype = 'percent'\n\
         cells = [['', '< 5 usd', '>= 5 usd'], ['< 3', '1%', '2%']]\notherwise = '3%'\n";
    let over = "(derive.amount < tables.rows.most or tables.rows.word == \"car\" \
                or tables.matrix > 1% or tables.first == 2)";
    let rules = rules.iter().enumerate().map(|(at, (when, except))| {
        let then = if at == 0 { "decline" } else { "refer" };
        format!(
            "[[rule]]\nid = 'r{at}'\nwhen = '''({when}) and {over}'''\n\
             except = '''{except}'''\nthen = '{then}'\nreason = 'WHY'\n"
        )
    });
    let rules: String = rules.collect();
    payment(&format!(
        "{derive}{tables}{rules}[reasons.WHY]\nstatement = 'x'\n"
    ))
}

pub(super) fn rules() -> impl Strategy<Value = Vec<(Expr, &'static str)>> {
    let action = proptest::sample::select(vec!["decline", "refer", "flag"]);
    prop::collection::vec((condition(1, false), action), 0..4)
}

/// How hard an outcome is on the applicant.
fn severity(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Approve => 0,
        Outcome::Counter => 1,
        Outcome::Refer => 2,
        Outcome::Decline => 3,
    }
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_the_same(
        expr in proptest::sample::select(Type::ALL.to_vec())
            .prop_flat_map(|ty| expression(ty, 3, false)),
    ) {
        prop_assume!(expr.to_string().len() < crate::limits::EXPRESSION_BYTES_MAX);
        let read = parser::parse(&expr.to_string()).unwrap();
        prop_assert_eq!(placeless(&read), expr);
    }

    #[test]
    fn one_more_rule_never_softens_an_outcome(
        mut rules in rules(),
        more in condition(1, false),
        then in proptest::sample::select(vec!["decline", "refer", "flag"]),
        facts in facts(),
    ) {
        let before = decide(&publish(&rule_set(&rules)), &given(&facts), &application());
        rules.push((more, then));
        let after = decide(&publish(&rule_set(&rules)), &given(&facts), &application());
        prop_assert!(severity(after.outcome) >= severity(before.outcome));
    }

    #[test]
    fn a_checked_set_with_tables_and_exceptions_mixes_no_types_and_one_more_decline_never_softens_it(
        rules in prop::collection::vec((condition(1, false), condition(1, false)), 1..3),
        amount in expression(Type::Money, 2, false),
        count in expression(Type::Count, 2, false),
        text in expression(Type::Text, 1, false),
        more in condition(1, false),
        facts in facts(),
    ) {
        let source = layered(&rules, [&amount, &count, &text]);
        // A calculation whose type is another kind of number is no fault of this test.
        let (rule_set, _) = crate::rules::check_types(&source);
        prop_assert!(rule_set.is_some(), "{:#?}", crate::rules::check_types(&source).1);
        // It would panic on a defect: a value of another type than was checked.
        let before = decide(&publish(&source), &given(&facts), &application());
        let rule = format!(
            "[[rule]]\nid = 'more'\nwhen = '''{more}'''\nthen = 'decline'\nreason = 'WHY'\n"
        );
        let after = decide(&publish(&format!("{source}{rule}")), &given(&facts), &application());
        prop_assert!(severity(after.outcome) >= severity(before.outcome));
    }

    #[test]
    fn one_more_rule_never_softens_what_a_score_and_an_offer_give(
        more in condition(1, false),
        then in proptest::sample::select(vec!["decline", "refer", "flag"]),
        facts in facts(),
    ) {
        let mut given = given(&facts);
        given.push(is("nsf.event_days_30d", Value::Count(0)));
        given.push(is("cash_flow.gambling_90d", usd(0)));
        let before = decide(&publish(CREDIT), &given, &application());
        let rule = format!(
            "[[rule]]\nid = 'more'\nwhen = '''{more}'''\nthen = '{then}'\nreason = 'NO_TIER'\n"
        );
        let after = decide(&publish(&format!("{CREDIT}{rule}")), &given, &application());
        prop_assert!(severity(after.outcome) >= severity(before.outcome));
    }

    #[test]
    fn every_change_told_turns_its_rule(when in condition(1, false), facts in facts()) {
        let source = rule_set(&[(when, "decline")]);
        let fired = decide(&publish(&source), &given(&facts), &application()).fired;
        let told = fired.iter().flat_map(|fired| &fired.counterfactuals);
        // A number of very many digits cannot be written in a rule.
        let told = told.filter(|change| change.needed.len() < 36);
        for change in told.filter(|change| change.needed.starts_with("at ")) {
            let Some(slots) = facts.get(change.name.as_str()) else {
                continue;
            };
            // The bound itself, read back from the words, is a value that is allowed.
            let words = change.needed.as_str();
            let bound = words.strip_prefix("at least ").or(words.strip_prefix("at most "));
            let bound = bound.unwrap();
            // A whole ratio is told without a point, and would be read as a count.
            let is_whole = bound.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            let is_ratio = matches!(slots.first(), Some(Ok(Value::Ratio(_))));
            let point = if is_ratio && is_whole { ".0" } else { "" };
            let text = format!("[params]\nbound = '{bound}{point}'\n");
            let bundle = publish(&payment(&text));
            let mut changed = facts.clone();
            prop_assert_eq!(slots.len(), 1);
            let name = changed.keys().copied().find(|name| *name == change.name).unwrap();
            let read = bundle.rule_set().params()[0].1.clone();
            changed.insert(name, vec![Ok(read)]);
            let after = decide(&publish(&source), &given(&changed), &application());
            prop_assert_eq!(after.trace[0].verdict, Verdict::False, "{:?}", change);
        }
    }

    #[test]
    fn any_text_is_checked_without_a_panic(text in "\\PC{0,200}") {
        check(&text);
        check(&one_rule(&text, "refer"));
    }

    #[test]
    fn any_likely_text_is_checked_without_a_panic(
        words in prop::collection::vec(
            proptest::sample::select(vec![
                "(", ")", "[", "]", ",", "$", "%", "-", "+", "*", "/", "<", "==", "and", "or",
                "not", "in", "between", "is", "missing", "1", "2.5", "usd", "days", "\"a\"",
                "2026-01-01", "income.streams", "ownership.joint", "min", "any(", "coalesce(",
                "income.monthly_net", "params.x", "derive.y", "score", "value", "é", "'", "{",
            ]),
            0..12,
        ),
    ) {
        let (_, found) = check(&one_rule(&words.join(" "), "refer"));
        for finding in found {
            finding.render("x", "short", false);
        }
    }

    #[test]
    fn a_damaged_file_is_checked_without_a_panic(
        cuts in prop::collection::vec(
            (any::<proptest::sample::Index>(), 0_usize..30, "[\\[\\]='\"a-z{}.\n 0-9é]{0,6}"),
            1..4,
        ),
    ) {
        let shipped = include_str!("../../../rules/personal-loan.toml");
        let mut text: Vec<char> = shipped.chars().collect();
        for (at, length, insert) in cuts {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, insert.chars());
        }
        let text: String = text.into_iter().collect();
        let (_, found) = check(&text);
        if let Some(finding) = found.first() {
            finding.render("x", &text, false);
        }
    }
}

#[test]
fn conditions_obey_the_laws_of_three_valued_logic() {
    use Verdict::{False, True, Unknown};
    let all = [False, Unknown, True];
    let rank = |verdict| all.iter().position(|one| *one == verdict);
    let fact = |name, verdict| match verdict {
        True => is(name, Value::Bool(true)),
        False => is(name, Value::Bool(false)),
        Unknown => none(name, Missing::NotReady),
    };
    let with = |when: &str, p, q| {
        let source = payment(&format!(
            "[derive]\nq = 'any(ownership.joint)'\n[[rule]]\nid = 'it'\nwhen = '''{when}'''\n\
             then = 'flag'\nreason = 'NOT_APPROVED'\n"
        ));
        let given = [fact("income.stopped", p), fact("ownership.joint", q)];
        decide(&publish(&source), &given, &application()).trace[0].verdict
    };
    for p in all {
        for q in all {
            let of = |when: &str| {
                with(
                    &when.replace('p', "income.stopped").replace('q', "derive.q"),
                    p,
                    q,
                )
            };
            // The weaker of two, and the stronger.
            assert_eq!(rank(of("p and q")), rank(p).min(rank(q)));
            assert_eq!(rank(of("p or q")), rank(p).max(rank(q)));
            assert_eq!(of("p and q"), of("q and p"));
            assert_eq!(of("not (p and q)"), of("not p or not q"));
            assert_eq!(of("not (p or q)"), of("not p and not q"));
            assert_eq!(of("not not p"), p);
            assert_eq!(of("p and (p or q)"), p);
            assert_eq!(of("p or not p") == True, p != Unknown);
        }
    }
}
