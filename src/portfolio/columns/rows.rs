//! The rows of a past decision: one in each table, or one for each of its reasons and subjects.

use serde::Serialize;

use super::cell::Cell;
use super::packed;
use super::table::{SCOPES, Table, features_of};
use crate::application::{RepaymentFrequency, Term, TermUnit};
use crate::features::{Scope, Slot, Subject};
use crate::money::Currency;
use crate::portfolio::PastDecision;
use crate::rules::{Action, GivenReason, Layout, OfferTerms, Readiness, ReasonSource, Row};

/// A row with its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableRow {
    pub(super) table: Table,
    pub(super) cells: Vec<Cell>,
}

/// The numbers that the file has for names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) tenant: i64,
    pub(super) rule_set: i64,
}

/// All rows of a decision; `names` are those of the rule set that decided, where they are known.
pub(super) fn of(past: &PastDecision, numbers: Numbers, names: Option<&Layout>) -> Vec<TableRow> {
    let mut rows = vec![decision(past, numbers, names)];
    let reasons = past.decided.reasons.iter().enumerate();
    rows.extend(reasons.map(|(position, given)| reason(past.seq, position, given, names)));
    for scope in SCOPES {
        features(past, scope, &mut rows);
    }
    rows.push(TableRow {
        table: Table::Packed,
        cells: vec![
            Cell::count(past.seq),
            Cell::Whole(numbers.tenant),
            Cell::Whole(numbers.rule_set),
            Cell::Whole(past.recorded_at.timestamp()),
            Cell::Bytes(packed::pack(past)),
        ],
    });
    rows
}

fn decision(past: &PastDecision, numbers: Numbers, names: Option<&Layout>) -> TableRow {
    let (asked, decided) = (&past.asked, &past.decided);
    let currency = asked.amount.currency();
    let [term, term_unit] = term_cells(asked.term);
    let (tier_state, tier_position) = tier(decided.tier);
    let tiers = names.map_or(&[][..], |names| names.tiers.as_slice());
    let tier = tier_position.and_then(|at| tiers.get(at));
    let mut cells = vec![
        Cell::count(past.seq),
        Cell::Whole(numbers.tenant),
        Cell::text(past.id.as_str()),
        Cell::text(past.application.as_str()),
        Cell::text(&past.product),
        Cell::Whole(past.recorded_at.timestamp()),
        Cell::Whole(past.as_of.instant.timestamp()),
        Cell::word(past.as_of.zone.name()),
        Cell::count(past.semantics),
        Cell::flag(past.test_data),
        Cell::of(past.resolves.as_ref(), |id| Cell::text(id.as_str())),
        Cell::Whole(numbers.rule_set),
        Cell::of(asked.person.as_ref(), |id| Cell::text(id.as_str())),
        Cell::text(currency.as_str()),
        Cell::money(asked.amount, currency),
        term,
        term_unit,
        Cell::word(frequency(asked.frequency)),
        Cell::of(asked.first_payment_date, Cell::date),
        json(&asked.inputs, asked.inputs.is_empty()),
        Cell::flag(past.readiness == Readiness::Ready),
        Cell::word(decided.outcome.as_str()),
        Cell::of(decided.score.and_then(Result::ok), Cell::Whole),
        Cell::of(decided.score.and_then(Result::err), |why| {
            Cell::word(why.as_str())
        }),
        tier_state,
        Cell::of(tier_position, Cell::count),
        Cell::of(tier, |tier| Cell::text(&tier.id)),
    ];
    offer(decided.offer.as_ref(), currency, &mut cells);
    cells.push(json(&decided.plan, decided.plan.is_empty()));
    cells.push(json(&past.forecasts, past.forecasts.is_empty()));
    TableRow {
        table: Table::Decisions,
        cells,
    }
}

/// A list as JSON; `NULL` where nothing is in it.
fn json(list: &impl Serialize, is_empty: bool) -> Cell {
    if is_empty {
        return Cell::Null;
    }
    // INVARIANT: what is written here has texts for keys, so that writing it does not fail.
    Cell::of(serde_json::to_string(list).ok(), |text| {
        Cell::Text(text.into())
    })
}

fn term_cells(term: Term) -> [Cell; 2] {
    let unit = match term.unit {
        TermUnit::Days => "days",
        TermUnit::Weeks => "weeks",
        TermUnit::Months => "months",
    };
    [Cell::count(term.count), Cell::word(unit)]
}

fn frequency(frequency: RepaymentFrequency) -> &'static str {
    match frequency {
        RepaymentFrequency::Weekly => "weekly",
        RepaymentFrequency::Biweekly => "biweekly",
        RepaymentFrequency::SemiMonthly => "semi_monthly",
        RepaymentFrequency::Monthly => "monthly",
        RepaymentFrequency::Single => "single",
    }
}

fn tier(tier: Option<Row>) -> (Cell, Option<usize>) {
    match tier {
        None => (Cell::Null, None),
        Some(Row::At(at)) => (Cell::word("applies"), Some(at)),
        Some(Row::None) => (Cell::word("none"), None),
        Some(Row::Unknown(at)) => (Cell::word("unknown"), Some(at)),
    }
}

/// How many columns of `decisions` are of the offer.
const OFFER_COLUMNS: usize = 18;

fn offer(offer: Option<&OfferTerms>, currency: Currency, cells: &mut Vec<Cell>) {
    let Some(offer) = offer else {
        cells.extend(std::iter::repeat_n(Cell::Null, OFFER_COLUMNS));
        return;
    };
    let money = |amount| Cell::money(amount, currency);
    let [term, term_unit] = term_cells(offer.term);
    cells.extend([
        Cell::text(&offer.tier),
        money(offer.amount),
        term,
        term_unit,
        Cell::word(frequency(offer.frequency)),
        Cell::decimal(offer.rate_percent),
        Cell::decimal(offer.apr_percent),
        Cell::of(offer.mapr_percent, Cell::decimal),
        money(offer.payment),
        money(offer.last_payment),
        Cell::count(offer.payments),
        Cell::of(offer.first_payment_date, Cell::date),
        money(offer.principal),
        money(offer.amount_financed),
        money(offer.finance_charge),
        money(offer.total_of_payments),
        json(&offer.fees, offer.fees.is_empty()),
        Cell::word(offer.bound_by.as_str()),
    ]);
}

fn reason(seq: u64, position: usize, given: &GivenReason, names: Option<&Layout>) -> TableRow {
    let action = match given.action {
        Action::Decline => "decline",
        Action::Refer => "refer",
        Action::Flag => "flag",
    };
    let code = names.and_then(|names| names.reasons.get(given.reason));
    let (source, name) = source(given.source, names);
    TableRow {
        table: Table::Reasons,
        cells: vec![
            Cell::count(seq),
            Cell::count(position),
            Cell::of(code, |code| Cell::text(code)),
            Cell::word(action),
            Cell::flag(given.decisive),
            Cell::flag(given.principal),
            Cell::word(source),
            Cell::of(name, Cell::text),
        ],
    }
}

/// What gave a reason: the word for it, and its name in the rule set where it has one.
fn source(source: ReasonSource, names: Option<&Layout>) -> (&'static str, Option<&str>) {
    match source {
        ReasonSource::Rule(at) => {
            let rule = names.and_then(|names| names.rules.get(at));
            ("rule", rule.map(|rule| rule.id.as_str()))
        }
        ReasonSource::Characteristic(at) => {
            let scorecard = names.and_then(|names| names.scorecard.as_ref());
            let one = scorecard.and_then(|scorecard| scorecard.characteristics.get(at));
            ("characteristic", one.map(|one| one.name.as_str()))
        }
        ReasonSource::Retry(at) => {
            let retry = names.and_then(|names| names.retries.get(at));
            ("retry", retry.map(|retry| retry.id.as_str()))
        }
        ReasonSource::Offer => ("offer", None),
        ReasonSource::Approve => ("approve", None),
        ReasonSource::Missing => ("missing", None),
        ReasonSource::BankData => ("bank_data", None),
    }
}

/// The rows of the features of a scope, one for each of its subjects.
fn features(past: &PastDecision, scope: Scope, rows: &mut Vec<TableRow>) {
    let all = features_of(scope);
    let Some((first, _)) = all.first() else {
        return;
    };
    let currency = past.asked.amount.currency();
    for position in 0..past.features.slots(*first).len() {
        let mut cells = vec![Cell::count(past.seq)];
        if Table::of(scope).has_positions() {
            cells.push(Cell::count(position));
        }
        match past.features.subject_of(*first, position) {
            Some(Subject::Applicant(id)) => cells.push(Cell::text(id.as_str())),
            Some(Subject::Account(id)) => cells.push(Cell::text(id.as_str())),
            Some(Subject::Household | Subject::IncomeStream(_)) | None => {}
        }
        cells.push(Cell::text(currency.as_str()));
        for (id, _) in all {
            let slot = past.features.slots(*id).get(position);
            cells.extend(value(slot, currency));
        }
        let table = Table::of(scope);
        rows.push(TableRow { table, cells });
    }
}

/// A value, and why there is none.
fn value(slot: Option<&Slot>, currency: Currency) -> [Cell; 2] {
    match slot.map(|slot| &slot.value) {
        Some(Ok(value)) => [Cell::value(value, currency), Cell::Null],
        Some(Err(why)) => [Cell::Null, Cell::word(why.as_str())],
        None => [Cell::Null, Cell::Null],
    }
}
