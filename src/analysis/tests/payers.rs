//! Who pays, how it recurs and what it goes along with: income that words do not tell, and words that
//! tell of no income.

use super::fixtures::*;
use crate::analysis::{Analysis, Cadence, EntryKind, Standing, Stream};

fn running(analysis: &Analysis) -> Vec<&Stream> {
    let streams = analysis.income.streams.iter();
    streams.filter(|stream| stream.counts()).collect()
}

fn cadences(analysis: &Analysis) -> Vec<Cadence> {
    running(analysis)
        .iter()
        .map(|stream| stream.cadence)
        .collect()
}

/// An employer whose name holds the word, in the notations of several banks.
fn pay_by(name: &str) -> [String; 5] {
    [
        format!("{name} DES:PAYROLL ID:XX1234 INDN:EXAMPLE ROBIN CO ID:XXXXX56789 PPD"),
        format!(
            "ORIG CO NAME:{name} ORIG ID:1943000021 DESC DATE:260723 CO ENTRY DESCR:DIR DEP \
             SEC:PPD TRACE#:021000028611043 EED:260723 IND ID:77 IND NAME:ROBIN EXAMPLE"
        ),
        format!("{name} DIRECT DEP PPD ID: 1100448744"),
        format!("ACH Deposit {name} - PAYROLL"),
        name.to_owned(),
    ]
}

#[test]
fn an_employer_may_be_called_anything() {
    for word in [
        "NSF",
        "REVERSAL",
        "REFUND",
        "RETURN PATH",
        "OVERDRAFT",
        "INTEREST",
        "PAYDAY",
        "DIVIDEND",
        "CHARGEBACK",
        "ADVANCE",
        "LOAN",
        "UNPAID",
        "TRANSFER",
        "COLLECTIONS",
        "CASH",
        "FEE",
    ] {
        for text in pay_by(&format!("{word} BREWING")) {
            let bank = Bank::checking().every(14, "2026-01-02", "2026-06-19", 150_000, &text);
            let found = analysis(&[bank], "2026-06-25");
            assert_eq!(found.income.monthly, 325_000, "{text}");
            assert!(found.nsf.events.is_empty(), "{text}");
        }
    }
}

#[test]
fn tips_beside_wages_are_income_of_their_own() {
    for (wages, tips) in [
        ("JUNIPER DINER", "JUNIPER DINER"),
        (
            "JUNIPER DINER DES:PAYROLL ID:XX2987 INDN:EXAMPLE ROBIN CO ID:XXXXXX3201 PPD",
            "JUNIPER DINER DES:TIPHAUS ID:XX2987 INDN:EXAMPLE ROBIN CO ID:XXXXXX3201 PPD",
        ),
    ] {
        let mut bank = Bank::checking().every(14, "2026-01-23", "2026-07-10", 50_000, wages);
        for (index, day) in date("2026-01-20").iter_days().take(170).enumerate() {
            // As a person works: some days of a week, and never the same.
            let cents = i64::try_from(index * 7_919 % 5_000).unwrap() + 2_500;
            if (index * 31 + index / 7) % 9 < 5 {
                bank = bank.row(&day.to_string(), cents, tips);
            }
        }
        let found = analysis(&[bank], "2026-07-15");
        assert_eq!(
            cadences(&found),
            [Cadence::Biweekly, Cadence::Irregular],
            "{wages}: {:?}",
            found.income.streams
        );
    }
}
