//! Lists and tables: what they say, what is wrong with them, and how large they may be.

use super::*;
use crate::application::Input;
use crate::limits;
use crate::rules::{Attachments, Code, Diagnostic, Layout, Severity, check_with};

const INPUTS: &str = "[inputs.state]\ntype = \"text\"\n[inputs.points]\ntype = \"count\"\n\
                      [inputs.bank]\ntype = \"text\"\n";

/// What a derived value comes to with these tables, for a state, points and an amount asked for.
fn value(tables: &str, text: &str, sent: &[(&str, Input)]) -> Result<Value, Missing> {
    decided(tables, text, sent).derived[0].1.clone()
}

fn decided(tables: &str, text: &str, sent: &[(&str, Input)]) -> Decided {
    let used = "[[rule]]\nid = 'used'\nwhen = 'inputs.state == \"x\" or inputs.points == 1 or inputs.bank == \"x\"'\n\
                then = 'flag'\nreason = 'WHY'\n[reasons.WHY]\nstatement = 'x'\n";
    let source = payment(&format!(
        "[derive]\nit = '''{text}'''\n{INPUTS}{used}{tables}"
    ));
    let application = revised(application(), |draft| {
        let sent = sent
            .iter()
            .map(|(name, input)| ((*name).to_owned(), Some(input.clone())));
        draft.inputs.extend(sent);
    });
    decide(&publish(&source), &[], &application)
}

fn state(code: &str) -> (&'static str, Input) {
    ("state", Input::Text(code.to_owned()))
}

fn points(points: i64) -> (&'static str, Input) {
    ("points", Input::Number(Decimal::from(points)))
}

fn percent(text: &str) -> Result<Value, Missing> {
    Ok(Value::percent(text.parse().unwrap()))
}

const PRICE: &str = r#"
[tables.price]
rows = 'inputs.points'
columns = 'inputs.amount'
type = "percent"
cells = [
  ["points",   "<= 1500 usd", "1500.01 usd..4000 usd", "> 4000 usd"],
  [">= 720",   "19.9%",       "17.9%",                 "14.9%"],
  ["680..719", "24.9%",       "22.9%",                 "19.9%"],
]
otherwise = "35.9%"
[inputs.amount]
type = "money"
"#;

fn amount(minor: i64) -> (&'static str, Input) {
    ("amount", Input::Money(Money::new(minor, Currency::USD)))
}

#[test]
fn a_matrix_gives_the_cell_of_its_row_and_column() {
    let price = |of: i64, minor: i64| value(PRICE, "tables.price", &[points(of), amount(minor)]);
    assert_eq!(price(720, 150_000), percent("19.9"));
    assert_eq!(price(719, 150_001), percent("22.9"));
    assert_eq!(price(680, 400_001), percent("19.9"));
    assert_eq!(price(679, 1), percent("35.9"));
    let seen = decided(PRICE, "tables.price", &[points(719), amount(150_001)]);
    assert_eq!(seen.evaluation.tables, [Ok(Value::Count(4))]);
    // Which row holds is not known, but none does whatever the column.
    assert_eq!(
        value(PRICE, "tables.price", &[points(600)]),
        percent("35.9")
    );
    let unknown = value(PRICE, "tables.price", &[points(700)]);
    assert_eq!(unknown, Err(Missing::NotProvided));
}

const CAPS: &str = r#"
[tables.caps]
inputs = { state = 'inputs.state' }
outputs = { apr = "percent", amount = "money", months = "count", note = "text" }
row = [
  { state = "CA | NM", apr = '36%', amount = '10000 usd', months = 48, note = "a" },
  { state = "GA", apr = '60%', amount = '3000 usd', months = 36, note = "b" },
]
otherwise = { apr = '99%', amount = '12000 usd', months = 48, note = "others" }
"#;

#[test]
fn a_table_of_rows_gives_several_values() {
    let of =
        |output: &str, code: &str| value(CAPS, &format!("tables.caps.{output}"), &[state(code)]);
    assert_eq!(of("apr", "NM"), percent("36"));
    assert_eq!(of("amount", "GA"), Ok(usd(3_000)));
    assert_eq!(of("months", "TX"), Ok(Value::Count(48)));
    assert_eq!(of("note", "TX"), Ok(Value::Text("others".to_owned())));
    let missing = value(CAPS, "tables.caps.apr", &[]);
    assert_eq!(missing, Err(Missing::NotProvided));
    // The row is recorded once, whatever is read of it.
    let text = "min(tables.caps.apr, 1% * tables.caps.months)";
    let seen = decided(CAPS, text, &[state("GA")]);
    assert_eq!(seen.evaluation.tables, [Ok(Value::Count(1))]);
    assert_eq!(seen.derived[0].1, percent("36"));
}

#[test]
fn the_first_row_that_holds_is_taken_where_it_says_so() {
    let table = r#"
[tables.path]
inputs = { state = 'inputs.state', points = 'inputs.points' }
outputs = { path = "text" }
hit = "first"
row = [
  { points = ">= 700", path = "fast" },
  { state = "CA", path = "slow" },
  { path = "usual" },
]
"#;
    let of = |sent: &[(&str, Input)]| value(table, "tables.path", sent);
    let text = |word: &str| Ok(Value::Text(word.to_owned()));
    assert_eq!(of(&[state("CA"), points(700)]), text("fast"));
    assert_eq!(of(&[state("CA"), points(699)]), text("slow"));
    assert_eq!(of(&[points(700)]), text("fast"));
    // Whether the first row holds is unknown.
    assert_eq!(of(&[state("CA")]), Err(Missing::NotProvided));
    // With one that never holds beside another, what is unknown elsewhere does not matter.
    let unique = table.replace("hit = \"first\"\n", "").replace(
        "  { points = \">= 700\", path = \"fast\" },\n  { state = \"CA\", path = \"slow\" },\n  { path = \"usual\" },\n",
        "  { state = \"CA\", path = \"slow\" },\n  { state = \"TX\", points = \">= 700\", path = \"fast\" },\n",
    );
    let unique = format!("{unique}otherwise = \"usual\"\n");
    let of = |sent: &[(&str, Input)]| value(&unique, "tables.path", sent);
    assert_eq!(of(&[state("CA")]), text("slow"));
    assert_eq!(of(&[state("TX")]), Err(Missing::NotProvided));
    assert_eq!(of(&[state("NY")]), text("usual"));
}

#[test]
fn what_a_table_needs_is_what_is_told_as_missing() {
    let rule = |table: &str| {
        let source = payment(&format!(
            "{INPUTS}{table}[[rule]]\nid = 'it'\nwhen = 'tables.path == \"slow\" or inputs.bank == \"x\"'\n\
             then = 'refer'\nreason = 'WHY'\n[reasons.WHY]\nstatement = 'x'\n"
        ));
        let application = revised(application(), |draft| {
            draft
                .inputs
                .insert("bank".to_owned(), Some(Input::Text("y".to_owned())));
            draft
                .inputs
                .insert("state".to_owned(), Some(Input::Text("TX".to_owned())));
        });
        decide(&publish(&source), &[], &application).fired[0]
            .features
            .clone()
    };
    let table = "[tables.path]\ninputs = { state = 'inputs.state', points = 'inputs.points' }\n\
                 outputs = { path = \"text\" }\nhit = \"first\"\n\
                 row = [{ state = \"TX\", points = \"> 5\", path = \"slow\" }, { path = \"b\" }]\n";
    assert_eq!(rule(table), ["inputs.points"]);
}

#[test]
fn what_was_chosen_is_shown_and_the_layout_has_all_rows() {
    let source = payment(&format!(
        "{PRICE}[inputs.points]\ntype = \"count\"\n[derive]\nit = 'tables.price'\n\
         [[rule]]\nid = 'used'\nwhen = 'derive.it > 1%'\nthen = 'flag'\nreason = 'WHY'\n\
         [reasons.WHY]\nstatement = 'x'\n"
    ));
    let bundle = publish(&source);
    let application = revised(application(), |draft| {
        let sent = [points(690), amount(100)];
        draft
            .inputs
            .extend(sent.map(|(name, input)| (name.to_owned(), Some(input))));
    });
    let features = Features::of(&[]);
    let seen = evaluate(
        bundle.program(),
        &features,
        &application,
        &RuleOfThumb,
        Readiness::Ready,
        Telling::Nothing,
    )
    .unwrap();
    let shown = render(bundle.program(), &seen, &features, &application).unwrap();
    let table = &shown.tables[0];
    assert_eq!(table.row, Ok("680..719, <= 1500 usd".to_owned()));
    assert_eq!(
        table.inputs[0],
        ("inputs.points".to_owned(), Ok(Value::Count(690)))
    );
    assert_eq!(
        table.outputs,
        [("tables.price".to_owned(), percent("24.9"))]
    );
    let layout = Layout::of(bundle.program());
    let stored = serde_json::to_string(&layout).unwrap();
    assert_eq!(serde_json::from_str::<Layout>(&stored).unwrap(), layout);
    let table = &layout.tables[0];
    assert_eq!((table.rows.len(), table.columns.len()), (2, 3));
    // The cells row by row, and at last where no row holds.
    assert_eq!(table.outputs[0].values.len(), 7);
    assert_eq!(table.outputs[0].values[3], percent("24.9").unwrap());
}

#[test]
fn a_value_is_looked_for_in_a_list() {
    let lists = "[lists.states]\nvalues = [\"CA\", \"TX\"]\n[lists.amounts]\ntype = \"money\"\n\
                 values = ['500 usd', '1000 usd']\n[lists.scores]\ntype = \"count\"\nvalues = [1, 2]\n";
    let of = |text: &str, sent: &[(&str, Input)]| {
        value(
            lists,
            &format!("{text} or 500 usd in lists.amounts and inputs.points not in lists.scores"),
            sent,
        )
    };
    let two = points(2);
    let found = of("inputs.state in lists.states", &[state("TX"), two.clone()]);
    assert_eq!(found, Ok(Value::Bool(true)));
    let found = of("inputs.state in lists.states", &[state("NY"), two.clone()]);
    assert_eq!(found, Ok(Value::Bool(false)));
    let found = of(
        "inputs.state not in lists.states",
        &[state("NY"), two.clone()],
    );
    assert_eq!(found, Ok(Value::Bool(true)));
    let found = of("inputs.state in lists.states", &[two]);
    assert_eq!(found, Err(Missing::NotProvided));
}

fn files(all: &[(&str, &str)]) -> Attachments {
    let mut files = Attachments::none();
    all.iter()
        .for_each(|(name, text)| files.insert(*name, *text));
    files
}

/// A payment rule set of these parts that reads what it has to.
fn with_files(parts: &str, rule: &str) -> String {
    payment(&format!(
        "{parts}{INPUTS}[[rule]]\nid = 'it'\nwhen = '''{rule} or inputs.points == 1 or inputs.state == \"x\" or inputs.bank == \"x\"'''\n\
         then = 'refer'\nreason = 'WHY'\n[reasons.WHY]\nstatement = 'x'\n"
    ))
}

const FROM_FILES: &str = "[lists.watch]\nfile = 'watch.txt'\n\
     [tables.caps]\ninputs = { state = 'inputs.state' }\noutputs = { apr = 'percent', amount = 'money' }\n\
     file = 'caps.csv'\notherwise = { apr = '99%', amount = '1 usd' }\n";
const READS_FILES: &str =
    "inputs.bank in lists.watch or tables.caps.amount < 5 usd and tables.caps.apr > 1%";

fn watch_and_caps() -> Attachments {
    files(&[
        ("watch.txt", "# neobanks\nAcme Bank\r\n\n  Other Bank  \n"),
        (
            "caps.csv",
            "amount,state,apr\n\"$10,000\",CA | NM,36%\n\"$4\",GA,60%\n",
        ),
    ])
}

#[test]
fn lists_and_tables_may_stand_in_files_of_the_bundle() {
    let source = with_files(FROM_FILES, READS_FILES);
    let bundle = Bundle::publish_with(source.as_bytes(), &watch_and_caps()).unwrap();
    let outcome = |bank: &str, code: &str| {
        let application = revised(application(), |draft| {
            let sent = [
                ("bank", Input::Text(bank.to_owned())),
                state(code),
                points(2),
            ];
            draft
                .inputs
                .extend(sent.map(|(name, input)| (name.to_owned(), Some(input))));
        });
        decide(&bundle, &[], &application).outcome
    };
    assert_eq!(outcome("Acme Bank", "CA"), Outcome::Refer);
    assert_eq!(outcome("Other Bank", "CA"), Outcome::Refer);
    assert_eq!(outcome("# neobanks", "CA"), Outcome::Approve);
    assert_eq!(outcome("First Bank", "GA"), Outcome::Refer);
    // What is stored says all, and its hash stands for all.
    let again = Bundle::from_bytes(bundle.bytes()).unwrap();
    assert_eq!(again.hash(), bundle.hash());
    assert_eq!(again.bytes(), bundle.bytes());
    let mut changed = watch_and_caps();
    changed.insert("watch.txt", "Acme Bank\n");
    let other = Bundle::publish_with(source.as_bytes(), &changed).unwrap();
    assert_ne!(other.hash(), bundle.hash());
    let damaged = [bundle.bytes(), b"\n"].concat();
    assert_eq!(
        Bundle::from_bytes(&damaged).unwrap_err()[0].code,
        "bad_value"
    );
}

#[test]
fn a_fragment_is_a_part_of_the_rule_set_that_imports_it() {
    let fragment = "[params]\nmax = '3'\n[lists.banks]\nfile = 'banks.txt'\n\
                    [[rule]]\nid = 'nsf'\nwhen = 'nsf.event_days_90d > params.max or inputs.bank in lists.banks'\n\
                    then = 'decline'\nreason = 'NSF'\n[reasons.NSF]\nstatement = 'too many'\n";
    let main = format!(
        "import = ['common/nsf.toml']\n{}",
        payment("[inputs.bank]\ntype = 'text'\n")
    );
    let all = files(&[("common/nsf.toml", fragment), ("banks.txt", "Acme\n")]);
    let bundle = Bundle::publish_with(main.as_bytes(), &all).unwrap();
    let ids: Vec<&str> = bundle.rule_set().rules().map(|(id, ..)| id).collect();
    assert_eq!(ids, ["nsf"]);
    let decided = decide(
        &bundle,
        &[is("nsf.event_days_90d", Value::Count(4))],
        &application(),
    );
    assert_eq!(decided.outcome, Outcome::Decline);
    let again = Bundle::from_bytes(bundle.bytes()).unwrap();
    assert_eq!(again.hash(), bundle.hash());
}

fn found(source: &str, all: &Attachments) -> Vec<Diagnostic> {
    let (rule_set, found) = check_with(source, all);
    let error = found.iter().any(|one| one.severity == Severity::Error);
    assert_eq!(rule_set.is_none(), error);
    // That the rule set approves whatever no rule stops is meant.
    let meant = |one: &Diagnostic| one.code == Code::ConstantCondition.as_str();
    found.into_iter().filter(|one| !meant(one)).collect()
}

#[test]
fn what_is_wrong_in_another_file_is_placed_there() {
    let fragment = "\n[params]\nlow = '3 dayz'\n";
    let main = format!("import = ['a.toml']\n{}", payment(""));
    let all = found(&main, &files(&[("a.toml", fragment)]));
    let mut errors = all.iter().filter(|one| one.severity == Severity::Error);
    let one = errors.next().unwrap();
    assert_eq!(one.file.as_deref(), Some("a.toml"), "{all:?}");
    assert_eq!((one.line, one.column), (3, 10));
    assert_eq!(fragment.get(one.span.clone()), Some("dayz"));
    let caps = "state,apr,amount\nCA,36,1 usd\n";
    let all = files(&[("caps.csv", caps), ("watch.txt", "a\n")]);
    let found_there = found(&with_files(FROM_FILES, READS_FILES), &all);
    let one = &found_there[0];
    assert_eq!(
        (one.code, one.file.as_deref()),
        ("unit_missing", Some("caps.csv"))
    );
    assert_eq!((one.line, caps.get(one.span.clone())), (2, Some("36")));
    // Those of the rule file itself come first.
    let main = format!(
        "import = ['a.toml']\n{}",
        payment("[params]\nhigh = '3 dayz'\n")
    );
    let both = found(&main, &files(&[("a.toml", fragment)]));
    let names: Vec<Option<&str>> = both.iter().map(|one| one.file.as_deref()).collect();
    assert_eq!(names.first(), Some(&None));
    assert!(names.contains(&Some("a.toml")));
}

#[test]
fn files_that_are_not_as_they_should_be_are_found() {
    let codes = |source: &str, all: &Attachments| -> Vec<&'static str> {
        let errors = found(source, all)
            .into_iter()
            .filter(|one| one.severity == Severity::Error);
        errors.map(|one| one.code).collect()
    };
    let source = with_files(FROM_FILES, READS_FILES);
    assert_eq!(
        codes(&source, &Attachments::none()),
        ["unknown_file", "unknown_file"]
    );
    let mut all = watch_and_caps();
    all.insert("watch.txt", b"\xff".to_vec());
    assert_eq!(codes(&source, &all), ["not_utf8"]);
    let mut all = watch_and_caps();
    all.insert("more.txt", "x");
    assert_eq!(codes(&source, &all), ["unknown_file"]);
    let mut all = watch_and_caps();
    all.insert("watch.txt", "# nothing\n");
    assert_eq!(codes(&source, &all), ["bad_value"]);
    all.insert("watch.txt", "x\n");
    for (text, code) in [
        ("", "bad_value"),
        ("state,apr,amount\n", "bad_value"),
        ("state,apr,amount\nCA,36%\n", "bad_value"),
        ("state,apr,amount\nCA,36%,\"1 usd\n", "bad_value"),
        ("state,apr\nCA,36%\n", "missing_key"),
        ("state,apr,amont\nCA,36%,1 usd\n", "unknown_key"),
        ("state,apr,amount,apr\nCA,36%,1 usd,36%\n", "duplicate_id"),
    ] {
        all.insert("caps.csv", text);
        assert!(codes(&source, &all).contains(&code), "{text}");
    }
    let importing = |names: &str| format!("import = [{names}]\n{}", payment(""));
    assert_eq!(
        codes(&importing("'../a.toml'"), &Attachments::none()),
        ["bad_name"]
    );
    let fragment = files(&[("a.toml", "[rule_set]\nname = 'x'\n")]);
    assert_eq!(codes(&importing("'a.toml'"), &fragment), ["unknown_key"]);
    let fragment = files(&[("a.toml", "not toml")]);
    assert_eq!(codes(&importing("'a.toml'"), &fragment), ["toml_syntax"]);
    let fragment = files(&[("a.toml", "")]);
    assert_eq!(
        codes(&importing("'a.toml', 'a.toml'"), &fragment),
        ["duplicate_id"]
    );
    let twice = format!("import = ['a.toml']\n{}", payment("[params]\nx = '1'\n"));
    let fragment = files(&[("a.toml", "[params]\nx = '1'\n")]);
    assert_eq!(codes(&twice, &fragment), ["duplicate_id"]);
}

#[test]
fn lists_and_files_have_limits() {
    let max = limits::LIST_ITEMS_MAX;
    let list = |count: usize| {
        let lines: String = (0..count).map(|item| format!("bank {item}\n")).collect();
        let source = with_files(
            "[lists.watch]\nfile = 'watch.txt'\n",
            "inputs.bank in lists.watch",
        );
        found(&source, &files(&[("watch.txt", &lines)]))
            .iter()
            .map(|one| one.code)
            .collect::<Vec<_>>()
    };
    assert!(list(max - 1).is_empty());
    assert!(list(max).is_empty());
    assert_eq!(list(max + 1), ["too_large"]);
    let item = |length: usize| {
        let source = with_files(
            "[lists.watch]\nfile = 'watch.txt'\n",
            "inputs.bank in lists.watch",
        );
        let line = "x".repeat(length);
        found(&source, &files(&[("watch.txt", &line)]))
            .iter()
            .map(|one| one.code)
            .collect::<Vec<_>>()
    };
    assert!(item(limits::ITEM_BYTES_MAX).is_empty());
    assert_eq!(item(limits::ITEM_BYTES_MAX + 1), ["too_large"]);
    let bytes = |count: usize| {
        let source = with_files(
            "[lists.watch]\nfile = 'watch.txt'\n",
            "inputs.bank in lists.watch",
        );
        let text = format!("x{}", "\n".repeat(count - 1));
        found(&source, &files(&[("watch.txt", &text)]))
            .iter()
            .map(|one| one.code)
            .collect::<Vec<_>>()
    };
    assert!(bytes(limits::ATTACHMENT_BYTES_MAX).is_empty());
    assert_eq!(bytes(limits::ATTACHMENT_BYTES_MAX + 1), ["too_large"]);
    let imports = |count: usize| {
        let names: Vec<String> = (0..count).map(|one| format!("f{one}.toml")).collect();
        let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        let all: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        let source = format!("import = [{}]\n{}", quoted.join(", "), payment(""));
        let found = found(&source, &files(&all)).into_iter();
        let errors = found.filter(|one| one.severity == Severity::Error);
        errors.map(|one| one.code).collect::<Vec<_>>()
    };
    assert!(imports(limits::ATTACHMENTS_MAX).is_empty());
    assert!(imports(limits::ATTACHMENTS_MAX + 1).contains(&"too_large"));
}

#[test]
fn tables_have_limits() {
    let codes = |parts: &str| {
        let source = with_files(parts, "tables.t > 1%");
        let found = found(&source, &Attachments::none()).into_iter();
        found.map(|one| one.code).collect::<Vec<_>>()
    };
    let rows = |count: usize| {
        let rows: Vec<String> = (0..count)
            .map(|row| format!("{{ s = \"{row}\", p = '1%' }}"))
            .collect();
        codes(&format!(
            "[tables.t]\ninputs = {{ s = 'inputs.points' }}\noutputs = {{ p = 'percent' }}\notherwise = '2%'\n\
             row = [{}]\n",
            rows.join(", ")
        ))
    };
    assert!(rows(limits::TABLE_ROWS_MAX).is_empty());
    assert_eq!(rows(limits::TABLE_ROWS_MAX + 1), ["too_large"]);
    let cells = |columns: usize| {
        let heads: Vec<String> = (0..columns)
            .map(|column| format!("'{column} usd'"))
            .collect();
        let body: String = (0..99)
            .map(|row| format!("['{row}'{}],\n", ", '1%'".repeat(columns)))
            .collect();
        codes(&format!(
            "[tables.t]\nrows = 'inputs.points'\ncolumns = 'application.amount'\ntype = 'percent'\n\
             otherwise = '2%'\ncells = [['', {}],\n{body}]\n",
            heads.join(", ")
        ))
    };
    // With their heads a hundred rows of a hundred cells.
    const { assert!(limits::TABLE_CELLS_MAX == 100 * 100) };
    assert!(cells(98).is_empty());
    assert!(cells(99).is_empty());
    assert_eq!(cells(100), ["too_large"]);
    let inputs = |count: usize| {
        let names: Vec<String> = (0..count)
            .map(|one| format!("i{one} = 'inputs.points + {one}'"))
            .collect();
        codes(&format!(
            "[tables.t]\ninputs = {{ {} }}\noutputs = {{ p = 'percent' }}\notherwise = '2%'\n\
             row = [{{ i0 = '1', p = '1%' }}]\n",
            names.join(", ")
        ))
    };
    assert!(inputs(limits::TABLE_INPUTS_MAX).is_empty());
    assert_eq!(inputs(limits::TABLE_INPUTS_MAX + 1), ["too_large"]);
}

#[test]
fn looking_for_gaps_has_an_end() {
    // Sixteen inputs, each of many rows of which none closes the others: without an end this would
    // take longer than the world is old.
    let rows: Vec<String> = (0..600)
        .map(|row: i32| {
            let tests: Vec<String> = (0..15)
                .map(|input| {
                    format!(
                        "i{input} = '{}..{}'",
                        (row * 7 + input * 13) % 50,
                        50 + (row * 11 + input) % 50
                    )
                })
                .collect();
            format!("{{ {}, p = '1%' }}", tests.join(", "))
        })
        .collect();
    let names: Vec<String> = (0..15)
        .map(|one| format!("i{one} = 'inputs.points + {one}'"))
        .collect();
    let table = format!(
        "[tables.t]\nhit = 'first'\ninputs = {{ {} }}\noutputs = {{ p = 'percent' }}\nrow = [{}]\n",
        names.join(", "),
        rows.join(",\n")
    );
    let source = with_files(&table, "tables.t > 1%");
    let errors: Vec<_> = found(&source, &Attachments::none())
        .into_iter()
        .filter(|one| one.severity == Severity::Error)
        .map(|one| one.code)
        .collect();
    assert!(
        errors == [Code::TableGap.as_str()] || errors == [Code::TooLarge.as_str()],
        "{errors:?}"
    );
    const { assert!(limits::TABLE_STEPS_MAX > 100 * 100 * 100) };
}

#[test]
fn a_character_that_is_not_what_it_looks_like_is_found_in_files_and_said_once() {
    let source = with_files(FROM_FILES, READS_FILES);
    let mut all = watch_and_caps();
    all.insert("watch.txt", "Acme Bank\nAcm\u{435} Bank\u{200B}\n");
    let found: Vec<_> = found(&source, &all)
        .into_iter()
        .map(|one| (one.code, one.file.unwrap_or_default(), one.line, one.column))
        .collect();
    let file = "watch.txt".to_owned();
    let code = Code::HiddenCharacter.as_str();
    assert_eq!(
        found[..2],
        [(code, file.clone(), 2, 4), (code, file.clone(), 2, 10)]
    );
    assert_eq!(found[2..], [("duplicate_id", file, 2, 1)]);
}

#[test]
fn what_was_published_with_its_files_is_read_again_whatever_advice_came_later() {
    // As it is published: with one line break at its end.
    let written = |rule: &str| format!("{}\n", with_files(FROM_FILES, rule).trim_end());
    let source = written(&format!("income.streams > 2.5 or {READS_FILES}"));
    let refused = Bundle::publish_with(source.as_bytes(), &watch_and_caps()).unwrap_err();
    assert!(
        refused
            .iter()
            .any(|one| one.code == Code::NotWhole.as_str())
    );
    let sound = written(READS_FILES);
    let bundle = Bundle::publish_with(sound.as_bytes(), &watch_and_caps()).unwrap();
    let bytes = std::str::from_utf8(bundle.bytes()).unwrap();
    let longer = format!("%rules {}\n", source.len());
    let bytes = bytes.replace(&format!("%rules {}\n", sound.len()), &longer);
    assert!(bytes.contains(&sound));
    assert!(Bundle::from_bytes(bytes.replace(&sound, &source).as_bytes()).is_ok());
}
