//! What is exported can be read back, and no cell does anything.

use super::*;
use crate::features;
use crate::money::{Currency, Money};
use crate::portfolio::PastDecision;
use crate::portfolio::tests::recorded;
use crate::rules::csv as read;

fn cells(line: &str) -> Vec<String> {
    let mut rows = read::rows(line).unwrap();
    assert_eq!(rows.len(), 1);
    rows.remove(0).into_iter().map(|cell| cell.text).collect()
}

#[tokio::test]
async fn a_row_has_the_columns_and_says_what_the_object_says() {
    let (all, bundles) = recorded().await;
    let columns = cells(&columns());
    let place = |name: &str| columns.iter().position(|one| one == name).unwrap();
    for past in &all {
        let live = bundles.get(&past.rule_set.bundle);
        let (row, object) = (cells(&row(past, live)), line(past, live));
        assert_eq!(row.len(), columns.len());
        assert_eq!(
            row[place("decision_id")],
            object["decision_id"].as_str().unwrap()
        );
        assert_eq!(row[place("outcome")], past.decided.outcome.as_str());
        assert_eq!(
            row[place("requested_amount")],
            object["requested"]["amount"].as_str().unwrap()
        );
        let offered = object["offer"]["amount"].as_str().unwrap_or_default();
        assert_eq!(row[place("offered_amount")], offered);
        let codes = object["reasons"].as_array().unwrap().iter();
        let told = &row[place("reasons")];
        for code in codes.map(|reason| reason["code"].as_str().unwrap()) {
            assert!(told.split("; ").any(|one| one == code), "{code}: {told}");
        }
        for feature in features::table() {
            let value = &object["features"][feature.name];
            let cell = &row[place(feature.name)];
            if let Some(text) = value.as_str() {
                assert_eq!(cell, text);
            }
            if let Some(why) = value["missing"].as_str() {
                assert_eq!(*cell, format!("missing ({why})"));
            }
        }
    }
    // Without the rule set, reasons are told by their positions.
    let declined = all.iter().find(|past| !past.decided.reasons.is_empty());
    let row = cells(&row(declined.unwrap(), None));
    assert!(row[place("reasons")].starts_with('#'));
}

#[tokio::test]
async fn no_cell_of_a_text_from_outside_is_a_formula() {
    let (all, _) = recorded().await;
    let mut past: PastDecision = all[0].clone();
    for text in ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"] {
        past.product = text.to_owned();
        past.rule_set.version = text.to_owned();
        past.asked.inputs = std::iter::once((text.to_owned(), Input::Bool(true))).collect();
        let found = cells(&row(&past, None));
        let is_amount = |cell: &str| cell.starts_with('-') && cell.ends_with(" usd");
        let dangerous =
            |cell: &&String| cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_amount(cell);
        assert_eq!(found.iter().find(dangerous), None);
        assert_eq!(found[3], format!("'{text}"));
    }
    // An amount below zero is none.
    past.asked.amount = Money::new(-1_200, Currency::USD);
    assert_eq!(cells(&row(&past, None))[15], "-12.00 usd");
}
