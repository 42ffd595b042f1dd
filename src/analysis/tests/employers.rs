//! An employer may be called anything: what it pays by payroll is income, whatever its name says.

use rayon::prelude::*;

use super::fixtures::*;
use crate::analysis::{Analysis, Cadence, EntryKind};
use crate::lexicon;

/// How banks write a payroll deposit: `{}` is the name. The last are those that say the least.
const LAYOUTS: &[&str] = &[
    "ORIG CO NAME:{} ORIG ID:1943000021 DESC DATE:260723 CO ENTRY DESCR:PAYROLL SEC:PPD \
     TRACE#:021000028611043 EED:260723 IND ID:77 IND NAME:EXAMPLE ROBIN",
    "{} DES:DIR DEP ID:XXXXX1234 INDN:EXAMPLE ROBIN CO ID:XXXXX56789 PPD",
    "{} PAYROLL PPD ID: 1943000021",
    "{} PAY 260115 12345 EXAMPLE ROBIN",
    "ACH Deposit {} - PAYROLL",
    "ACH CREDIT {} PAYROLL",
    "{} DIRECT DEP",
    "ORIG CO NAME:{} ORIG ID:1943000021 DESC DATE:260723 CO ENTRY DESCR:REG SALARY SEC:PPD \
     TRACE#:021000028611043 EED:260723 IND ID:77 IND NAME:EXAMPLE ROBIN",
    "{} DES:PAY ID:XXXXX1234 INDN:EXAMPLE ROBIN CO ID:XXXXX56789 PPD",
    "{} PAYROLL 260115 12345 EXAMPLE ROBIN",
    "Direct Deposit {} PAYROLL",
    "{} PAYROLL",
];

/// How long somebody has been paid so: the first day, and how many paydays that makes.
const LONG: (&str, usize) = ("2026-01-02", 13);
const SHORT: (&str, usize) = ("2026-05-08", 4);

/// Pay every other week from a day on, by an employer of that name.
fn paid_by(name: &str, layout: &str, from: &str) -> Analysis {
    let text = layout.replace("{}", &name.to_uppercase());
    let bank = Bank::checking()
        .every(14, from, "2026-06-19", 184_310, &text)
        .every(9, "2026-01-05", "2026-06-18", -6_127, "CORNER GROCER")
        .row("2026-03-11", -14_250, "CITY HARDWARE");
    analysis(&[bank], "2026-06-22")
}

/// What is wrong with the income from an employer; `None` where nothing is.
fn wrong(name: &str, layout: &str, (from, paydays): (&str, usize)) -> Option<String> {
    let income = paid_by(name, layout, from).income;
    let pay = income.streams.iter().any(|one| {
        one.kind != EntryKind::Other && one.cadence == Cadence::Biweekly && one.events == paydays
    });
    // 26 payments in twelve months.
    let right = pay && income.monthly == 399_338;
    (!right).then(|| {
        let kinds: Vec<EntryKind> = income.streams.iter().map(|one| one.kind).collect();
        format!(
            "{name}: {} a month, {kinds:?}, in `{layout}`",
            income.monthly
        )
    })
}

/// Each name in two of the layouts: a neighbour in the list has the others.
fn assert_paid(employers: impl Iterator<Item = String>, paydays: (&str, usize)) {
    let employers: Vec<String> = employers.collect();
    let layouts = |at: usize| LAYOUTS.iter().cycle().skip(at * 5 % LAYOUTS.len()).take(2);
    let found: Vec<String> = employers
        .par_iter()
        .enumerate()
        .flat_map_iter(|(at, name)| layouts(at).filter_map(|one| wrong(name, one, paydays)))
        .collect();
    assert!(found.is_empty(), "{}:\n{}", found.len(), found.join("\n"));
}

/// Common words of English, one a line, of our own choice.
fn words() -> impl Iterator<Item = &'static str> + Clone {
    include_str!("../../../tests/data/words/common.txt").lines()
}

/// As names these say nothing but how it is paid, or from which account.
const NO_NAMES: &[&str] = &[
    "BILL",
    "CREDIT",
    "DEBIT",
    "DEPOSIT",
    "ELECTRONIC",
    "WITHDRAWAL",
];

#[test]
fn an_employer_may_have_any_word_for_a_name() {
    assert!(words().count() > 1_500);
    let named = |word: &&str| !NO_NAMES.contains(&word.to_uppercase().as_str());
    let names = || words().filter(named).map(str::to_owned);
    assert_paid(names(), LONG);
    assert_paid(names(), SHORT);
}

#[test]
fn an_employer_may_have_any_two_words_for_a_name() {
    // Each word once in front and once at the end, with another at a distance of some hundreds.
    let names = words()
        .zip(words().cycle().skip(733))
        .filter(|(_, last)| *last != "bill")
        .map(|(one, other)| format!("{one} {other}"));
    assert_paid(names, SHORT);
}

#[test]
fn an_employer_may_be_called_as_anything_the_lexicon_knows() {
    /// What a bank says of its own: an account of the holder's, a return's code, a bill.
    fn is_the_banks(phrase: &str) -> bool {
        let starts = ["TRANSFER ", "FROM 360", "TO 360", "R0", "R1", "R2"];
        starts.iter().any(|start| phrase.starts_with(start))
            || phrase.split(' ').next_back() == Some("BILL")
            || matches!(phrase, "ACH" | "PREAUTH" | "PREAUTHORIZED")
            || NO_NAMES.contains(&phrase)
    }
    let names = || lexicon::phrases().filter(|phrase| !is_the_banks(phrase));
    assert_paid(names(), LONG);
    assert_paid(names().map(|phrase| format!("{phrase} WORKS")), LONG);
}

#[test]
fn an_employer_may_have_a_number_in_its_name() {
    let names = [
        "FOREVER 21",
        "STUDIO 54",
        "CLUB 360",
        "1800 FLOWERS",
        "20 20 EYE CARE",
        "84 LUMBER",
        "99 RANCH MARKET",
        "24 HOUR FITNESS",
        "FIVE 9",
        "MOTEL 6",
        "ROUTE 66 DINER",
        "7 ELEVEN",
        "PIER 39",
        "3M",
        "PS 118",
        "LOCAL 1199",
        "DISTRICT 211",
        "A1 TOWING",
        "4U",
        "1ST CHOICE",
        "AREA 51 TAVERN",
        "401 CAFE",
        "UNIT 4 STORAGE",
    ];
    for layout in LAYOUTS {
        for name in names {
            assert_eq!(wrong(name, layout, SHORT), None);
        }
    }
}
