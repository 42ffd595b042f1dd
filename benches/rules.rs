//! Evaluating rule sets over features that are there.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a benchmark may stop where its input is wrong"
)]

#[path = "common/allocator.rs"]
mod allocator;
#[path = "common/household.rs"]
mod household;

use divan::{Bencher, black_box};
use underwrite::analysis;
use underwrite::application::ApplicationWithAccounts;
use underwrite::editor::{self, Recorded, View};
use underwrite::features::{self, Context, Features, Missing, Scope, Slot};
use underwrite::lexicon::Lexicon;
use underwrite::rules::{
    self, Attachments, Bundle, NoForecasts, NoStreamsInDoubt, Outcome, Readiness, Telling,
};

fn main() {
    divan::main();
}

fn input() -> (ApplicationWithAccounts, Features) {
    let application = household::with_accounts();
    let snapshot = household::snapshot(1_000);
    let as_of = household::as_of();
    let accounts = household::accounts(&application, &snapshot);
    let analysis = analysis::analyze(
        &application,
        &accounts,
        as_of,
        household::settings(),
        Lexicon::built_in(),
    );
    let features = features::extract(&Context {
        application: &application,
        accounts: &accounts,
        analysis: &analysis,
        as_of,
    });
    (application, features)
}

fn shipped() -> Bundle {
    Bundle::publish(include_bytes!("../rules/personal-loan.toml")).unwrap()
}

/// A hundred rules of which about half fire, or three: 60 of one comparison, 30 of two with `and` or
/// `or`, 10 with arithmetic, over a dozen features.
fn mixed_rules(firing_percent: usize) -> Bundle {
    // A feature, and a bound that the household is above.
    let features = [
        ("income.monthly_net", "10.00 usd", "90000000.00 usd"),
        (
            "cash_flow.outflow_monthly_90d",
            "1.00 usd",
            "90000000.00 usd",
        ),
        (
            "cash_flow.inflow_monthly_90d",
            "1.00 usd",
            "90000000.00 usd",
        ),
        ("data.transactions_90d", "1", "9000000"),
        ("data.history_days", "1 days", "90000 days"),
        ("application.term_days", "1 days", "90000 days"),
        ("application.amount", "1.00 usd", "90000000.00 usd"),
        ("income.months_observed", "0", "900"),
        ("income.stability", "0.0001", "900.5"),
        ("income.confidence", "0.0001", "900.5"),
    ];
    let mut text = String::from(
        "[rule_set]\nname = \"bench\"\nversion = \"1.0.0\"\nkind = \"verification\"\n\
         currency = \"USD\"\n[approve]\nwhen = 'application.applicants >= 1'\n",
    );
    for index in 0..100 {
        let fires = index * 37 % 100 < firing_percent;
        let compare = |index: usize| {
            let (name, low, high) = features[index % features.len()];
            format!("{name} > {}", if fires { low } else { high })
        };
        let when = match index % 10 {
            0..6 => compare(index),
            6 | 7 => format!("{} and {}", compare(index), compare(index + 3)),
            8 => format!("{} or {}", compare(index), compare(index + 7)),
            _ => format!(
                "income.monthly_net - cash_flow.outflow_monthly_90d * {} > {}",
                2 + index % 5,
                if fires {
                    "-90000000.00 usd"
                } else {
                    "90000000.00 usd"
                }
            ),
        };
        let reason = index % 20;
        text.push_str(&format!(
            "[[rule]]\nid = \"r{index}\"\nthen = \"decline\"\nreason = \"R{reason}\"\n\
             when = '{when}'\n"
        ));
    }
    for reason in 0..20 {
        text.push_str(&format!(
            "[reasons.R{reason}]\nstatement = \"Income of {{income.monthly_net}} a month\"\n\
             statement_missing = \"The income is not known\"\nrank = {}\n",
            reason * 7 % 20
        ));
    }
    // Half of the rules hold of nobody, which nobody would publish.
    Bundle::from_bytes(text.as_bytes()).unwrap()
}

/// A thousand rules: 600 of one comparison, 300 of two, 100 with arithmetic.
fn thousand_rules() -> String {
    let features = [
        ("income.monthly_net", "usd"),
        ("cash_flow.outflow_monthly_90d", "usd"),
        ("cash_flow.inflow_monthly_90d", "usd"),
        ("data.transactions_90d", ""),
        ("data.history_days", "days"),
        ("balance.current", "usd"),
        ("application.amount", "usd"),
        ("income.months_observed", ""),
    ];
    let mut text = String::from(
        "[rule_set]\nname = \"bench\"\nversion = \"1.0.0\"\nkind = \"verification\"\n\
         currency = \"USD\"\n[approve]\nwhen = 'balance.current > 0 usd'\n",
    );
    for index in 0..1_000 {
        let compare = |index: usize| {
            let (name, unit) = features[index % features.len()];
            let op = if index.is_multiple_of(2) { ">" } else { "<" };
            format!("{name} {op} {} {unit}", 100 + index)
        };
        let when = match index % 10 {
            0..6 => compare(index),
            6 | 7 => format!("{} and {}", compare(index), compare(index + 3)),
            8 => format!("{} or {}", compare(index), compare(index + 7)),
            _ => format!(
                "income.monthly_net - cash_flow.outflow_monthly_90d * {} > {index} usd",
                2 + index % 5
            ),
        };
        text.push_str(&format!(
            "[[rule]]\nid = \"r{index}\"\nthen = \"decline\"\nreason = \"R{}\"\n\
             when = '{when}'\n",
            index % 200
        ));
    }
    for reason in 0..200 {
        text.push_str(&format!(
            "[reasons.R{reason}]\nstatement = \"Income of {{income.monthly_net}} a month\"\n\
             statement_missing = \"The income is not known\"\n"
        ));
    }
    text
}

/// From a text to checked names and types.
#[divan::bench]
fn thousand_types_checked(bencher: Bencher<'_, '_>) {
    let text = thousand_rules();
    bencher.bench_local(|| rules::check_types(black_box(&text)).0.unwrap());
}

/// The same with deep checks.
#[divan::bench]
fn thousand_deep_checked(bencher: Bencher<'_, '_>) {
    let text = thousand_rules();
    bencher.bench_local(|| rules::check(black_box(&text)));
}

/// What can be written in the condition of a rule amid a thousand, and what a name in it is. The text is
/// read anew each time: nothing is kept between two keys.
#[divan::bench]
fn thousand_completed(bencher: Bencher<'_, '_>) {
    let text = thousand_rules();
    let at = text.find("id = \"r500\"").unwrap();
    let at = at + text[at..].find("when = '").unwrap() + "when = '".len();
    let none = Attachments::none();
    bencher.bench_local(|| {
        let found = editor::completions(&View::of_file(black_box(&text), &none), at);
        assert!(found.items.len() > 50);
        found
    });
}

#[divan::bench]
fn thousand_hovered(bencher: Bencher<'_, '_>) {
    let text = thousand_rules();
    let at = text.find("id = \"r500\"").unwrap();
    let at = at + text[at..].find("when = '").unwrap() + "when = '".len();
    let none = Attachments::none();
    let recorded = Recorded::default();
    bencher.bench_local(|| {
        editor::hover(&View::of_file(black_box(&text), &none), at, &recorded).unwrap()
    });
}

fn evaluate(bencher: Bencher<'_, '_>, bundle: &Bundle, telling: Telling) {
    let (application, features) = input();
    let program = bundle.program();
    bencher.bench_local(|| {
        let features = black_box(&features);
        let ready = Readiness::Ready;
        rules::evaluate(
            program,
            features,
            &*application,
            &NoForecasts,
            ready,
            telling,
        )
        .unwrap()
    });
}

#[divan::bench(args = [3, 48])]
fn hundred_record_only(bencher: Bencher<'_, '_>, firing_percent: usize) {
    evaluate(bencher, &mixed_rules(firing_percent), Telling::Nothing);
}

#[divan::bench(args = [3, 48])]
fn hundred_with_statements(bencher: Bencher<'_, '_>, firing_percent: usize) {
    evaluate(bencher, &mixed_rules(firing_percent), Telling::Statements);
}

#[divan::bench(args = [3, 48])]
fn hundred_with_all_that_is_told(bencher: Bencher<'_, '_>, firing_percent: usize) {
    evaluate(bencher, &mixed_rules(firing_percent), Telling::Everything);
}

#[divan::bench]
fn shipped_record_only(bencher: Bencher<'_, '_>) {
    evaluate(bencher, &shipped(), Telling::Nothing);
}

#[divan::bench]
fn shipped_with_all_that_is_told(bencher: Bencher<'_, '_>) {
    evaluate(bencher, &shipped(), Telling::Everything);
}

/// What turns the answer to the household, by one change of the shipped rule set.
const TURNED: [(&str, &str, &str); 2] = [
    (
        "DECLINE",
        "income_min = '1500.00 usd'",
        "income_min = '90000.00 usd'",
    ),
    (
        "COUNTER",
        "max_amount = '8000.00 usd'",
        "max_amount = '600.00 usd'",
    ),
];

/// What it costs to prove changes: each is tried by evaluating everything again.
#[divan::bench(args = TURNED)]
fn turned_with_all_that_is_told(bencher: Bencher<'_, '_>, turned: (&str, &str, &str)) {
    let (outcome, from, to) = turned;
    let text = include_str!("../rules/personal-loan.toml").replacen(from, to, 1);
    // The household's balances are in doubt, which is not what is measured here.
    let doubt = "balance.days_negative_90d > params.negative_days_max";
    let text = text.replacen(doubt, "balance.current < -9000.00 usd", 1);
    let bundle = Bundle::from_bytes(text.as_bytes()).unwrap();
    let (application, features) = input();
    let decided = rules::evaluate(
        bundle.program(),
        &features,
        &*application,
        &NoForecasts,
        Readiness::Ready,
        Telling::Nothing,
    );
    assert_eq!(decided.unwrap().outcome.as_str(), outcome);
    evaluate(bencher, &bundle, Telling::Everything);
}

/// Every text of a record.
#[divan::bench]
fn render_shipped(bencher: Bencher<'_, '_>) {
    let (application, features) = input();
    let bundle = shipped();
    let program = bundle.program();
    let evaluation = rules::evaluate(
        program,
        &features,
        &*application,
        &NoForecasts,
        Readiness::Ready,
        Telling::Everything,
    );
    let evaluation = evaluation.unwrap();
    bencher.bench_local(|| {
        let evaluation = black_box(&evaluation);
        rules::render(program, evaluation, &features, &application).unwrap()
    });
}

/// From the bytes of a file to a program.
#[divan::bench]
fn publish_shipped() -> Bundle {
    shipped()
}

/// What would settle a referral of the shipped rule set where this is missing, and with it all that is
/// computed of it.
#[divan::bench(args = ["one input", "one feature", "all transactions"])]
fn settle_shipped(bencher: Bencher<'_, '_>, missing: &str) {
    let (application, features) = input();
    let source = include_str!("../rules/personal-loan.toml");
    // A rule that asks for an input which nobody sent.
    let asks = "[inputs.rent]\ntype = \"money\"\n\
                [[rule]]\nid = \"rent\"\nwhen = 'derive.free_cash - inputs.rent < 500 usd'\n\
                then = \"decline\"\nreason = \"OBLIGATIONS_EXCESSIVE\"\n";
    let bundle = match missing {
        "one input" => Bundle::publish(format!("{source}\n{asks}").as_bytes()).unwrap(),
        _ => shipped(),
    };
    let lacks = |name: &str| match missing {
        "one feature" => name == "nsf.event_days_90d",
        "all transactions" => ["income.", "nsf.", "cash_flow.", "balance."]
            .iter()
            .any(|area| name.starts_with(area)),
        _ => false,
    };
    let features = without(features, &application, lacks);
    let program = bundle.program();
    let evaluation = rules::evaluate(
        program,
        &features,
        &*application,
        &NoForecasts,
        Readiness::Ready,
        Telling::Nothing,
    );
    let evaluation = evaluation.unwrap();
    assert_eq!(evaluation.outcome, Outcome::Refer);
    let alternatives = NoStreamsInDoubt(&features);
    bencher.bench_local(|| {
        let evaluation = black_box(&evaluation);
        rules::settle(program, &application, evaluation, &alternatives).unwrap()
    });
}

/// Features of which some are missing.
fn without(
    features: Features,
    application: &ApplicationWithAccounts,
    lacks: impl Fn(&str) -> bool,
) -> Features {
    let mut slots = features.into_slots();
    for (feature, own) in features::table().iter().zip(&mut slots) {
        if feature.scope == Scope::Household && lacks(feature.name) {
            *own = vec![Slot::missing(Missing::NoPermission)];
        }
    }
    let people = application.applicants().iter().map(|one| one.id.clone());
    let accounts = application.accounts().map(|(_, account)| account.clone());
    Features::from_slots(
        people.collect(),
        accounts.collect(),
        slots.into_iter().collect(),
    )
    .unwrap()
}
