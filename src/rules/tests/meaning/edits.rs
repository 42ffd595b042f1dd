//! Edits of rule files at random: of those that ship, and of made-up ones.

use toml::{Table, Value};

use super::super::formatted::published;
use crate::features::Missing;
use crate::rules::Bundle;

/// Chance that is the same every time.
pub(super) struct Draw(blake3::OutputReader);

impl Draw {
    pub(super) fn new(of: &str) -> Self {
        Self(blake3::Hasher::new().update(of.as_bytes()).finalize_xof())
    }

    pub(super) fn below(&mut self, count: usize) -> usize {
        let mut drawn = [0; 8];
        self.0.fill(&mut drawn);
        usize::try_from(u64::from_le_bytes(drawn) % u64::try_from(count).unwrap()).unwrap()
    }
}

/// A kind of edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A param is another number.
    Threshold,
    Removed,
    Added,
    /// `and` and `or` trade places.
    Connective,
    Not,
    Operator,
    Action,
    Ignored,
    Points,
    /// A number in a tier, a table or another place beside rules.
    Elsewhere,
    Except,
    Reordered,
    /// Written otherwise, and meaning the same.
    Cosmetic,
}

pub(super) const EDITS: [Kind; 13] = [
    Kind::Threshold,
    Kind::Cosmetic,
    Kind::Removed,
    Kind::Added,
    Kind::Connective,
    Kind::Reordered,
    Kind::Not,
    Kind::Operator,
    Kind::Action,
    Kind::Ignored,
    Kind::Points,
    Kind::Elsewhere,
    Kind::Except,
];

/// A rule file, and the same after an edit. Edits that make it none are left.
pub(super) fn pair(draw: &mut Draw, kind: Kind, sources: &[String]) -> (String, Bundle, Bundle) {
    for _ in 0..1_000 {
        let is_made_up = draw.below(2) == 0;
        let source = if is_made_up {
            made_up(draw)
        } else {
            sources[draw.below(sources.len())].clone()
        };
        let Some(before) = published(&source) else {
            // A condition at random may hold for everybody, which is an error.
            assert!(is_made_up, "{source}");
            continue;
        };
        let mut table: Table = toml::from_str(&source).unwrap();
        let Some(what) = edit(draw, kind, &mut table) else {
            continue;
        };
        let text = toml::to_string(&table).unwrap();
        if let Some(after) = published(&text) {
            let name = format!("{kind:?} of `{}`: {what}", before.name());
            return (name, before, after);
        }
    }
    panic!("no edit of {kind:?} makes a rule file");
}

const COUNTS: [&str; 4] = [
    "income.streams",
    "nsf.event_days_90d",
    "balance.days_negative_90d",
    "cash_flow.collections_90d",
];

/// A comparison at random.
fn comparison(draw: &mut Draw) -> String {
    let op = ["<", "<=", ">", ">=", "==", "!="][draw.below(6)];
    let number = draw.below(8);
    match draw.below(14) {
        0 => format!("income.monthly_net {op} {}00 usd", number + 10),
        1 => format!("balance.buffer_days {op} {number} days"),
        2 => format!("derive.share {op} {}%", 30 + number),
        3 => "income.stopped".to_owned(),
        4 => format!("{} is missing", COUNTS[draw.below(4)]),
        5 => format!("coalesce(nsf.event_days_90d, {number}) {op} 3"),
        6 => format!("income.streams between 1 and {}", 1 + number),
        7 => format!("tables.steps {op} {number}"),
        8 => format!("inputs.attempts {op} {number}"),
        9 => format!("inputs.visits {op} {number}"),
        10 => "inputs.state in lists.states".to_owned(),
        11 => format!("inputs.state == \"{}\"", ["OR", "ID", "TX"][draw.below(3)]),
        12 => "derive.strained".to_owned(),
        _ => format!("{} {op} {number}", COUNTS[draw.below(4)]),
    }
}

fn condition(draw: &mut Draw, depth: usize) -> String {
    if depth == 0 || draw.below(3) == 0 {
        return comparison(draw);
    }
    let (left, right) = (condition(draw, depth - 1), condition(draw, depth - 1));
    match draw.below(5) {
        0 | 1 => format!("({left}) and ({right})"),
        2 | 3 => format!("({left}) or ({right})"),
        _ => format!("not ({left})"),
    }
}

/// What a made-up rule file declares: inputs with and without a default, a list, calculated values.
const DECLARED: &str = r#"
[inputs.attempts]
type = 'count'
[inputs.visits]
type = 'count'
default = 2
[inputs.state]
type = 'text'
[lists.states]
values = ['OR', 'TX']
[derive]
share = 'cash_flow.obligations_monthly / income.monthly_net'
strained = 'derive.share > 35% or balance.days_negative_90d > 4'
[tables.steps]
hit = 'first'
inputs = { n = 'income.streams' }
outputs = { v = 'count' }
row = [{ n = '< 2', v = 1 }, { n = '< 4', v = 3 }, { n = '*', v = 5 }]
[[rule]]
id = 'param'
when = 'nsf.event_days_90d > params.most'
then = 'decline'
reason = 'WHY'
[reasons.WHY]
statement = 'x'
"#;

/// What a made-up rule file for credit offers, but for its tiers: nothing to some.
const OFFER: &str = "[offer]\nstep = '50 usd'\nminimum = '300 usd'\n\
    affordable_payment = 'income.monthly_net * 20%'\ncounter_reason = 'WHY'\n\
    affordability_reason = 'WHY'\n";

/// A rule file at random.
fn made_up(draw: &mut Draw) -> String {
    let mut rules = String::new();
    for at in 0..1 + draw.below(5) {
        let then = ["decline", "refer", "flag"][draw.below(3)];
        let when = condition(draw, 2);
        rules.push_str(&format!(
            "[[rule]]\nid = 'r{at}'\nwhen = '''{when}'''\nthen = '{then}'\nreason = 'WHY'\n"
        ));
        if let (Some((name, cause)), true) = (passing(draw, &when), draw.below(3) > 0) {
            rules.push_str(&format!(
                "ignore_missing = {{ '{name}' = {{ {cause} = 'so' }} }}\n"
            ));
        }
    }
    let (kind, end) = end(draw);
    format!(
        "[rule_set]\nname = 'made-up'\nversion = '1'\nkind = '{kind}'\ncurrency = 'USD'\n\
         {end}[params]\nmost = '{}'\n{rules}{DECLARED}",
        draw.below(6)
    )
}

/// What is done where no rule stops it, and the kind that does so.
fn end(draw: &mut Draw) -> (&'static str, String) {
    let when = condition(draw, 1);
    if draw.below(2) == 0 {
        return ("payment", format!("[approve]\nwhen = '''{when}'''\n"));
    }
    let otherwise = ["refer", "decline"][draw.below(2)];
    let tier = |id: &str, when: &str, most: usize| {
        format!(
            "[[offer.tier]]\nid = '{id}'\nwhen = '''{when}'''\nrate = '12%'\n\
             max_amount = '{most} usd'\n"
        )
    };
    let other = condition(draw, 0);
    let tiers = tier("A", &when, 5_000) + &tier("B", &other, 900);
    (
        "credit",
        format!("{OFFER}otherwise = '{otherwise}'\n{otherwise}_reason = 'WHY'\n{tiers}"),
    )
}

/// One of the values on which a condition rests in the end, with a cause for which it may be missing.
fn passing(draw: &mut Draw, when: &str) -> Option<(String, &'static str)> {
    let behind = [
        (
            "derive.share",
            "cash_flow.obligations_monthly income.monthly_net",
        ),
        (
            "derive.strained",
            "income.monthly_net balance.days_negative_90d",
        ),
        ("tables.steps", "income.streams"),
    ];
    let mut text = when.to_owned();
    for (calculated, of) in behind {
        if when.contains(calculated) {
            text.push_str(&format!(" {of}"));
        }
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let words = text.split(|c: char| !is_name(c));
    let names =
        words.filter(|word| word.starts_with("inputs.") || crate::features::find(word).is_some());
    let names: Vec<&str> = names.collect();
    let name = names.get(draw.below(names.len().max(1)))?;
    // Most often one for which whoever is drawn lacks values.
    let causes = [
        Missing::HistoryTooShort,
        Missing::NoBasis,
        Missing::NotProvided,
    ];
    let cause = match draw.below(4) {
        0 => Missing::ALL[draw.below(Missing::ALL.len())],
        at => causes[at - 1],
    };
    Some(((*name).to_owned(), cause.as_str()))
}

fn rules(table: &mut Table) -> Option<&mut Vec<Value>> {
    table.get_mut("rule")?.as_array_mut()
}

/// A rule at random.
fn rule<'t>(draw: &mut Draw, table: &'t mut Table) -> Option<&'t mut Table> {
    let rules = rules(table)?;
    let at = draw.below(rules.len().max(1));
    rules.get_mut(at)?.as_table_mut()
}

fn when<'t>(draw: &mut Draw, table: &'t mut Table) -> Option<&'t mut String> {
    if let Value::String(text) = rule(draw, table)?.get_mut("when")? {
        return Some(text);
    }
    None
}

/// Replaces one of the places where a text stands.
fn replace(draw: &mut Draw, text: &mut String, from: &str, to: &str) -> Option<String> {
    let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
    let at = *places.get(draw.below(places.len().max(1)))?;
    let before = text.clone();
    text.replace_range(at..at + from.len(), to);
    Some(format!("{before} -> {text}"))
}

/// Moves the number that a text begins with.
fn moved(draw: &mut Draw, text: &str) -> Option<String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    let number: i64 = number.parse().ok()?;
    let by = [-2, -1, 1, 2, 10][draw.below(5)];
    Some(format!("{}{rest}", (number + by).max(0)))
}

/// Makes an edit, and says which; none where there is nothing to make it of.
fn edit(draw: &mut Draw, kind: Kind, table: &mut Table) -> Option<String> {
    match kind {
        Kind::Threshold => threshold(draw, table),
        Kind::Removed => {
            let rules = rules(table)?;
            let at = draw.below(rules.len());
            Some(rules.remove(at).to_string())
        }
        Kind::Added => added(draw, table),
        Kind::Connective => {
            let (from, to) = [(" and ", " or "), (" or ", " and ")][draw.below(2)];
            replace_in_rule(draw, table, from, to)
        }
        Kind::Not => {
            let when = when(draw, table)?;
            *when = format!("not ({when})");
            Some(when.clone())
        }
        Kind::Operator => {
            let operators = [
                (" < ", " <= "),
                (" > ", " >= "),
                (" <= ", " < "),
                (" == ", " != "),
            ];
            let (from, to) = operators[draw.below(4)];
            replace_in_rule(draw, table, from, to)
        }
        Kind::Action => {
            let rule = rule(draw, table)?;
            let then = ["decline", "refer", "flag"][draw.below(3)];
            let before = rule.insert("then".to_owned(), Value::from(then))?;
            (before.as_str()? != then).then(|| format!("{} {before} -> {then}", rule["id"]))
        }
        Kind::Ignored => ignored(draw, table),
        Kind::Except => {
            let rule = rule(draw, table)?;
            let except = format!("nsf.event_days_90d == {}", draw.below(4));
            rule.insert("except".to_owned(), Value::from(except));
            Some(rule.get("when")?.to_string())
        }
        Kind::Points => points(draw, table),
        Kind::Elsewhere => elsewhere(draw, table),
        Kind::Reordered => {
            let rules = rules(table)?;
            let [one, other] = [draw.below(rules.len()), draw.below(rules.len())];
            rules.swap(one, other);
            (one != other).then(|| format!("{one} and {other}"))
        }
        Kind::Cosmetic => cosmetic(draw, table),
    }
}

fn threshold(draw: &mut Draw, table: &mut Table) -> Option<String> {
    let params = table.get_mut("params")?.as_table_mut()?;
    let at = draw.below(params.len());
    let (name, value) = params.iter_mut().nth(at)?;
    let Value::String(text) = value else {
        return None;
    };
    let other = moved(draw, text)?;
    let what = format!("{name} {text} -> {other}");
    (*text != other).then_some(())?;
    *text = other;
    Some(what)
}

fn added(draw: &mut Draw, table: &mut Table) -> Option<String> {
    let reason = rule(draw, table)?.get("reason")?.clone();
    let tables = table.get("tables");
    let when = if tables.is_some_and(|one| one.get("steps").is_some()) {
        condition(draw, 1)
    } else {
        format!("nsf.event_days_90d > {}", draw.below(9))
    };
    let mut added = Table::new();
    added.insert("id".to_owned(), Value::from("added"));
    added.insert("when".to_owned(), Value::from(when.clone()));
    let then = ["decline", "refer", "flag"][draw.below(3)];
    added.insert("then".to_owned(), Value::from(then));
    added.insert("reason".to_owned(), reason);
    rules(table)?.push(Value::Table(added));
    Some(format!("{then} if {when}"))
}

/// Lets a value be missing, or one that might be no more.
fn ignored(draw: &mut Draw, table: &mut Table) -> Option<String> {
    let rule = rule(draw, table)?;
    let when = rule.get("when")?.as_str()?.to_owned();
    if draw.below(2) == 0 {
        let ignored = rule.remove("ignore_missing")?;
        return Some(format!("without {ignored} in {when}"));
    }
    let (name, cause) = passing(draw, &when)?;
    let what = format!("{name} for {cause} in {when}");
    let causes = Table::from_iter([(cause.to_owned(), Value::from("so"))]);
    let ignored = Table::from_iter([(name, Value::Table(causes))]);
    rule.insert("ignore_missing".to_owned(), Value::Table(ignored));
    Some(what)
}

fn points(draw: &mut Draw, table: &mut Table) -> Option<String> {
    let scorecard = table.get_mut("scorecard")?.as_table_mut()?;
    let all = scorecard.get_mut("characteristic")?.as_array_mut()?;
    let at = draw.below(all.len());
    let bins = all.get_mut(at)?.get_mut("bins")?.as_array_mut()?;
    let at = draw.below(bins.len());
    let points = bins.get_mut(at)?.get_mut("points")?;
    let before = points.as_integer()?;
    let by = [-15, -5, 5, 15][draw.below(4)];
    *points = Value::from(before + by);
    Some(format!("{before} by {by} points"))
}

fn replace_in_rule(draw: &mut Draw, table: &mut Table, from: &str, to: &str) -> Option<String> {
    let when = when(draw, table)?;
    replace(draw, when, from, to)
}

/// A number of a tier, of a table or of the condition of approval.
fn elsewhere(draw: &mut Draw, table: &mut Table) -> Option<String> {
    let turns = [
        (" < ", " <= "),
        (" > ", " >= "),
        (" and ", " or "),
        (" or ", " and "),
    ];
    let (from, to) = turns[draw.below(turns.len())];
    if draw.below(2) == 0
        && let Some(Value::Table(approve)) = table.get_mut("approve")
        && let Some(Value::String(when)) = approve.get_mut("when")
    {
        return replace(draw, when, from, to);
    }
    if let Some(offer) = table.get_mut("offer") {
        let tiers = offer.get_mut("tier")?.as_array_mut()?;
        let at = draw.below(tiers.len());
        let key = ["rate", "max_amount", "when"][draw.below(3)];
        let Value::String(text) = tiers.get_mut(at)?.get_mut(key)? else {
            return None;
        };
        if key == "when" {
            return replace(draw, text, from, to);
        }
        let other = moved(draw, text)?;
        let what = format!("{key} {text} -> {other}");
        *text = other;
        return Some(what);
    }
    let steps = table.get_mut("tables")?.get_mut("steps")?;
    let rows = steps.get_mut("row")?.as_array_mut()?;
    let at = draw.below(rows.len());
    let value = rows.get_mut(at)?.get_mut("v")?;
    let before = value.as_integer()?;
    *value = Value::from(before + 1);
    Some(format!("a row of {before} gives 1 more"))
}

/// The same in other words.
fn cosmetic(draw: &mut Draw, table: &mut Table) -> Option<String> {
    match draw.below(4) {
        0 => {
            let when = when(draw, table)?;
            *when = format!("not (not ({when}))");
            Some(when.clone())
        }
        1 => {
            let when = when(draw, table)?;
            *when = format!("({when}) and ({when})");
            Some(when.clone())
        }
        // A param by its value.
        2 => {
            let params = table.get("params")?.as_table()?.clone();
            let when = when(draw, table)?;
            let mut own = params.iter().filter(|(_, value)| value.is_str());
            let (name, value) = own.find(|(name, _)| when.contains(&format!("params.{name}")))?;
            let value = value.as_str()?;
            replace(draw, when, &format!("params.{name}"), value)
        }
        // Parts of a condition, the other way round.
        _ => {
            let when = when(draw, table)?;
            let word = [" and ", " or "][draw.below(2)];
            let (left, right) = when.split_once(word)?;
            let plain = |text: &str| {
                !text.contains(['(', ')']) && !text.contains(" and ") && !text.contains(" or ")
            };
            (plain(left) && plain(right) && !when.contains("between")).then_some(())?;
            *when = format!("{right}{word}{left}");
            Some(when.clone())
        }
    }
}
