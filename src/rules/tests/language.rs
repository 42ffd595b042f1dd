//! What expressions mean, by example.

use super::*;
use crate::limits;
use crate::rules::parser;
use crate::rules::{Code, Verdict, check};

/// What a condition comes to over these features.
fn verdict(when: &str, given: &[Given]) -> Verdict {
    let salted = "currency = \"USD\"\nshare_salt = \"test\"";
    let source = one_rule(when, "flag").replacen("currency = \"USD\"", salted, 1);
    let bundle = publish(&source);
    decide(&bundle, given, &application()).trace[0].verdict
}

#[track_caller]
pub(super) fn holds(when: &str) {
    assert_eq!(seen(when), Verdict::True, "{when}");
}

/// What a condition comes to over the features of these examples.
pub(super) fn seen(when: &str) -> Verdict {
    let facts = [
        is("income.monthly_net", usd(2_000)),
        is("cash_flow.obligations_monthly", usd(700)),
        is("income.stability", ratio("0.6")),
        is("income.streams", Value::Count(2)),
        is("income.primary_cadence", Value::Text("biweekly".to_owned())),
        is("income.stopped", Value::Bool(false)),
        is("income.days_since_last", Value::Days(9)),
        is("income.next_payday", Value::Date(date())),
        is(
            "cash_flow.recent_deposit_share",
            Value::percent(Decimal::from(36)),
        ),
        none("nsf.event_days_90d", Missing::HistoryTooShort),
        (
            "ownership.name_score",
            vec![Ok(ratio("0.9")), Ok(ratio("0.4"))],
        ),
        (
            "account.category",
            vec![
                Ok(Value::Text("cash".to_owned())),
                Ok(Value::Text("credit".to_owned())),
            ],
        ),
        (
            "account.current",
            vec![Ok(usd(50)), Err(Missing::NoPermission)],
        ),
        ("ownership.joint", vec![]),
    ];
    verdict(when, &facts)
}

#[test]
fn of_no_stream_any_is_false_where_it_was_looked_for_income() {
    let derived = |streams: Given, text: &str| {
        let source = payment(&format!("[derive]\nit = '''{text}'''\n"));
        let nothing = ("stream.monthly_net", Vec::new());
        decide(&publish(&source), &[streams, nothing], &application()).derived[0]
            .1
            .clone()
    };
    let looked = || is("income.streams", Value::Count(0));
    let unseen = || none("income.streams", Missing::NoPermission);
    let any = "any(stream.monthly_net > 1 usd)";
    assert_eq!(derived(looked(), any), Ok(Value::Bool(false)));
    assert_eq!(derived(unseen(), any), Err(Missing::NoPermission));
    for text in ["all(stream.monthly_net > 1 usd)", "max(stream.monthly_net)"] {
        assert_eq!(derived(looked(), text), Err(Missing::NoBasis), "{text}");
        assert_eq!(
            derived(unseen(), text),
            Err(Missing::NoPermission),
            "{text}"
        );
    }
}

/// A new stream may be found in a history that is too short to say that there is no other.
#[test]
fn of_some_streams_any_and_all_hold_for_certain_where_it_is_not_known_how_many_run() {
    let derived = |streams: Given, text: &str| {
        let source = payment(&format!("[derive]\nit = '{text}'\n"));
        let one = ("stream.monthly_net", vec![Ok(usd(100))]);
        decide(&publish(&source), &[streams, one], &application()).derived[0]
            .1
            .clone()
    };
    let looked = || is("income.streams", Value::Count(0));
    let short = || none("income.streams", Missing::HistoryTooShort);
    let truth = |truth| Ok(Value::Bool(truth));
    let unknown = || Err(Missing::HistoryTooShort);
    for (text, all_seen, not_all_seen) in [
        ("any(stream.monthly_net > 1 usd)", truth(true), truth(true)),
        ("any(stream.monthly_net < 1 usd)", truth(false), unknown()),
        ("all(stream.monthly_net > 1 usd)", truth(true), unknown()),
        (
            "all(stream.monthly_net < 1 usd)",
            truth(false),
            truth(false),
        ),
        ("max(stream.monthly_net)", Ok(usd(100)), unknown()),
        ("min(stream.monthly_net)", Ok(usd(100)), unknown()),
    ] {
        assert_eq!(derived(looked(), text), all_seen, "{text}");
        assert_eq!(derived(short(), text), not_all_seen, "{text}");
    }
    let when = "any(stream.monthly_net < 1 usd)";
    let one = ("stream.monthly_net", vec![Ok(usd(100))]);
    let found = decide(
        &publish(&one_rule(when, "decline")),
        &[short(), one],
        &application(),
    );
    assert_eq!(found.outcome, Outcome::Refer);
    assert_eq!(
        found.fired[0].statement,
        "Account history is too short to verify income deposits"
    );
}

#[test]
fn values_have_units() {
    holds("income.monthly_net == 2000 usd");
    holds("income.monthly_net == $2,000.00");
    holds("income.days_since_last < 10 days");
    holds("income.primary_cadence == \"biweekly\"");
    holds("income.next_payday == 2026-03-31");
    holds("income.next_payday - 2026-03-01 == 30 days");
    holds("income.next_payday + 1 day == 2026-04-01");
    holds("income.next_payday between 2026-03-01 and 2026-03-31");
    holds("cash_flow.recent_deposit_share == 36%");
}

#[test]
fn a_ratio_and_a_percent_measure_the_same() {
    holds("cash_flow.obligations_monthly / income.monthly_net == 35%");
    holds("cash_flow.obligations_monthly / income.monthly_net == 0.35");
    holds("income.monthly_net * 35% == cash_flow.obligations_monthly");
    holds("income.stability > 59.999999%");
    holds("not (income.stability > 60%)");
}

#[test]
fn money_is_rounded_to_the_minor_unit_half_away_from_zero() {
    holds("0.01 usd / 2 == 0.01 usd and income.streams == 2");
    holds("-0.01 usd / 2 == -0.01 usd and income.streams == 2");
    holds("income.monthly_net / 3 == 666.67 usd");
    holds("round(income.monthly_net / 3) == 667 usd");
}

#[test]
fn numbers_are_exact() {
    holds("income.stability - 0.5 == 0.1");
    holds("income.streams * 0.1 == 0.2");
    holds("income.streams / 3 > 0.666666 and income.streams / 3 < 0.666668");
    holds("round(income.stability) == 1");
    holds("round(income.streams * 1.25) == 3 and round(income.streams * -1.25) == -3");
    holds("abs(cash_flow.obligations_monthly - income.monthly_net) == 1300 usd");
    holds("min(income.monthly_net, 50 usd, 60 usd) == 50 usd");
    holds("max(income.streams, 0.5) == 2");
    holds("income.streams in [1, 2, 3] and income.streams not in [4, 5]");
}

#[test]
fn stronger_operators_bind_first() {
    holds("income.streams + 2 * 3 == 8");
    holds("(income.streams + 2) * 3 == 12");
    holds("not income.stopped and income.streams == 2");
    holds("income.streams == 2 || income.streams == 1 && income.stopped");
    holds("!(income.streams == 1 or income.stopped)");
    holds("-income.streams + 3 == 1");
}

#[test]
fn a_missing_value_is_neither_true_nor_false() {
    let unknown = |when: &str| {
        let given = [none("nsf.event_days_90d", Missing::HistoryTooShort)];
        assert_eq!(verdict(when, &given), Verdict::Unknown, "{when}");
    };
    unknown("nsf.event_days_90d > 3");
    unknown("not nsf.event_days_90d > 3");
    unknown("nsf.event_days_90d > 3 or nsf.event_days_90d <= 3");
    holds("nsf.event_days_90d > 3 or income.streams == 2");
    holds("not (nsf.event_days_90d > 3 and income.streams == 1)");
    holds("nsf.event_days_90d is missing");
    holds("income.streams is not missing");
    holds("coalesce(nsf.event_days_90d, 7) == 7");
    holds("coalesce(income.streams, 7) == 2");
}

#[test]
fn what_cannot_be_computed_is_missing() {
    holds("income.monthly_net / (income.monthly_net - 2000 usd) is missing");
    holds("income.streams * 9000000000000000000 is missing");
    holds("income.next_payday + 9000000000 days is missing");
    holds("coalesce(income.streams / (income.streams - 2), 1) == 1");
}

#[test]
fn functions_look_over_subjects() {
    holds("min(ownership.name_score) == 0.4");
    holds("max(ownership.name_score) == 0.9");
    holds("any(ownership.name_score < 0.65)");
    holds("not all(ownership.name_score < 0.65)");
    holds("any(account.category == \"credit\" and ownership.name_score < 0.5)");
    // One balance is missing: it matters for the least, and not for whether any is small.
    holds("min(account.current) is missing");
    holds("any(account.current < 100 usd)");
    holds("all(account.current < 100 usd) is missing");
    // Of nobody nothing is said, not even "all of them".
    holds("all(ownership.joint) is missing and any(ownership.joint) is missing");
}

#[test]
fn money_of_another_currency_is_missing() {
    let euro = Value::Money(Money::new(1, "eur".parse().unwrap()));
    let given = [is("income.monthly_net", euro)];
    assert_eq!(
        verdict("income.monthly_net > 0 usd", &given),
        Verdict::Unknown
    );
    assert_eq!(
        verdict("income.monthly_net is missing", &given),
        Verdict::True
    );
}

#[test]
fn an_expression_has_a_limit_of_length() {
    let of_length = |length: usize| {
        let core = "income.streams == 2";
        format!("{core}{}", " ".repeat(length - core.len()))
    };
    assert!(parser::parse(&of_length(limits::EXPRESSION_BYTES_MAX - 1)).is_ok());
    assert!(parser::parse(&of_length(limits::EXPRESSION_BYTES_MAX)).is_ok());
    let error = parser::parse(&of_length(limits::EXPRESSION_BYTES_MAX + 1)).unwrap_err();
    assert_eq!(error.code, Code::TooLarge);
}

#[test]
fn an_expression_has_a_limit_of_depth() {
    // `n` operands of a chain are `n` high; each `-` and each parenthesis is one level too.
    let sum = |terms: usize| vec!["1"; terms].join(" + ");
    let nested = |levels: usize| format!("{}1{}", "(".repeat(levels), ")".repeat(levels));
    let minus = |levels: usize| format!("{}1", "- ".repeat(levels));
    let max = limits::EXPRESSION_DEPTH_MAX;
    for (text, code) in [
        (sum(max - 1), None),
        (sum(max), None),
        (sum(max + 1), Some(Code::TooLarge)),
        (nested(max - 2), None),
        (nested(max - 1), None),
        (nested(max), Some(Code::TooLarge)),
        (minus(max - 2), None),
        (minus(max - 1), None),
        (minus(max), Some(Code::TooLarge)),
        ("(".repeat(4_000), Some(Code::TooLarge)),
        ("not ".repeat(1_000), Some(Code::TooLarge)),
    ] {
        let found = parser::parse(&text).err().map(|error| error.code);
        assert_eq!(found, code, "{text}");
    }
}

#[test]
fn lists_and_files_have_limits() {
    let params = |count: usize| {
        let lines: String = (0..count)
            .map(|index| format!("p{index} = '1'\n"))
            .collect();
        check(&payment(&format!("[params]\n{lines}")))
    };
    assert!(params(limits::RULE_ITEMS_MAX - 1).0.is_some());
    assert!(params(limits::RULE_ITEMS_MAX).0.is_some());
    assert!(params(limits::RULE_ITEMS_MAX + 1).0.is_none());

    let rules = |count: usize| {
        let rule = |index| {
            format!(
                "[[rule]]\nid = 'r{index}'\nwhen = 'income.stopped'\nthen = 'flag'\nreason = 'WHY'\n"
            )
        };
        let all: String = (0..count).map(rule).collect();
        check(&payment(&format!("[reasons.WHY]\nstatement = 'x'\n{all}")))
    };
    assert!(rules(limits::RULES_MAX).0.is_some());
    assert!(rules(limits::RULES_MAX + 1).0.is_none());

    let inputs = |count: usize| {
        let all: String = (0..count)
            .map(|index| format!("[inputs.i{index}]\ntype = 'bool'\n"))
            .collect();
        check(&payment(&all))
    };
    assert!(inputs(limits::INPUTS_MAX).0.is_some());
    assert!(inputs(limits::INPUTS_MAX + 1).0.is_none());

    let phrases = |count: usize| {
        let word = |index: usize| {
            let letter = |place: u32| char::from(b'A' + (index / 26_usize.pow(place) % 26) as u8);
            format!("'Q{}{}{}'", letter(2), letter(1), letter(0))
        };
        let all: Vec<String> = (0..count).map(word).collect();
        let (most, last) = all.split_at(count - 1);
        let line = |phrases: &[String]| {
            format!(
                "[[lexicon]]\nterm = 'employer'\nphrases = [{}]\n",
                phrases.join(", ")
            )
        };
        check(&payment(&format!("{}{}", line(most), line(last))))
    };
    assert!(phrases(limits::PHRASES_MAX).0.is_some());
    let (none, diagnostics) = phrases(limits::PHRASES_MAX + 1);
    assert!(none.is_none());
    assert!(diagnostics.iter().any(|one| one.code == "too_large"));

    let phrase = |star: &str, letters: usize| {
        let word = "Q".repeat(letters);
        let line = format!("[[lexicon]]\nterm = 'employer'\nphrases = ['{star}{word}']\n");
        check(&payment(&line)).0.is_some()
    };
    for (star, min) in [
        ("", limits::PHRASE_LETTERS_MIN),
        ("*", limits::INNER_PHRASE_LETTERS_MIN),
    ] {
        assert!(phrase(star, min) && !phrase(star, min - 1), "`{star}`");
    }

    let sized = |bytes: usize| {
        let base = payment("#");
        check(&format!("{base}#{}", "x".repeat(bytes - base.len() - 1)))
    };
    assert!(sized(limits::RULE_FILE_BYTES_MAX).0.is_some());
    let (none, diagnostics) = sized(limits::RULE_FILE_BYTES_MAX + 1);
    assert!(none.is_none());
    assert_eq!(diagnostics[0].code, "too_large");
}

#[test]
fn findings_beyond_the_limit_are_counted() {
    let unused = |count: usize| {
        let lines: String = (0..count)
            .map(|index| format!("p{index} = '1'\n"))
            .collect();
        check(&payment(&format!("[params]\n{lines}"))).1
    };
    // The condition of approval is constant: one finding of its own.
    let max = limits::DIAGNOSTICS_MAX;
    assert_eq!(unused(max - 2).len(), max - 1);
    assert_eq!(unused(max - 1).len(), max);
    let more = unused(max + 6);
    assert_eq!(more.len(), max + 1);
    assert_eq!(more[max].message, "and 7 more");
}

/// The example of the documents: a payment of which the rate is not known yet, held against balances.
#[test]
fn the_documents_hold_a_payment_against_balances() {
    let docs = include_str!("../../../docs/rules.md");
    let (_, after) = docs.split_once("## The loan against the balance").unwrap();
    let example = after.split("```").nth(1).unwrap();
    let reason = "[reasons.BALANCE_TOO_LOW]\nstatement = \"it is too low\"\n";
    let rules = publish(&payment(&format!(
        "{}{reason}",
        example.strip_prefix("toml").unwrap()
    )));
    let with = |balance: &str| {
        let balance = Money::from_decimal(balance.parse().unwrap(), Currency::USD).unwrap();
        let given = [
            is("application.amount", usd(1_200)),
            is("application.payments", Value::Count(12)),
            is("application.term_days", Value::Days(365)),
            is("balance.p10_90d", Value::Money(balance)),
        ];
        decide(&rules, &given, &asking(1_200)).outcome
    };
    // 1,200 in twelve parts, and a twelfth of 35.9 % of it.
    assert_eq!(with("135.90"), Outcome::Approve);
    assert_eq!(with("135.89"), Outcome::Refer);
}
