//! The texts of `tests/data/rules/editor.toml`, each with a mark where the cursor is.

use std::ops::Range;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

const MARK: char = '‸';
const SHARED: &str = "common/shared.toml";

/// What the texts can name.
const HEAD: &str = r#"
[rule_set]
name = "mine"
version = "1"
kind = "credit"
currency = "USD"
[inputs.channel]
type = "text"
values = ["web", "branch"]
doc = "where it came from"
[inputs.debt]
type = "money"
[params]
cut = { value = '3', min = '0', max = '10', doc = "how many" }
[derive]
share = 'inputs.debt / income.monthly_net'
[lists.states]
values = ["CA"]
[tables.price]
inputs = { streams = 'income.streams' }
outputs = { apr = "percent", most = "money" }
row = [{ streams = "-", apr = '20%', most = '900 usd' }]
"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    completion: Vec<CompletionCase>,
    hover: Vec<HoverCase>,
    definition: Vec<DefinitionCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompletionCase {
    name: String,
    text: String,
    #[serde(default)]
    alone: bool,
    #[serde(default)]
    has: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
    /// The text that a choice takes the place of.
    takes: Option<String>,
    /// What one of the choices writes.
    writes: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoverCase {
    name: String,
    text: String,
    #[serde(default)]
    alone: bool,
    about: Option<String>,
    /// Nothing is said where it is left out.
    #[serde(default)]
    says: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DefinitionCase {
    name: String,
    text: String,
    #[serde(default)]
    alone: bool,
    file: Option<String>,
    /// What stands there; nowhere where it is left out.
    leads_to: Option<String>,
}

fn cases() -> Cases {
    toml::from_str(include_str!("../../tests/data/rules/editor.toml")).unwrap()
}

/// The text without its mark, and where that was.
fn marked(text: &str, alone: bool) -> (String, usize) {
    let head = if alone { "" } else { HEAD };
    let text = format!("{head}{text}");
    let at = text.find(MARK).unwrap();
    (text.replacen(MARK, "", 1), at)
}

fn part<'t>(text: &'t str, span: &Range<usize>) -> &'t str {
    text.get(span.clone()).unwrap()
}

/// A file with a param beside the rule file.
fn shared() -> Attachments {
    let mut files = Attachments::none();
    files.insert(SHARED, "[params]\nshared = '7'\n");
    files
}

#[test]
fn what_can_be_written_is_offered() {
    for case in cases().completion {
        let (text, at) = marked(&case.text, case.alone);
        let none = Attachments::none();
        let found = completions(&View::of_file(&text, &none), at);
        let labels: Vec<&str> = found.items.iter().map(|one| one.label.as_str()).collect();
        let name = &case.name;
        for wanted in &case.has {
            let there = labels.contains(&wanted.as_str());
            assert!(there, "{name}: `{wanted}` of {labels:?}");
        }
        for other in &case.lacks {
            let there = labels.contains(&other.as_str());
            assert!(!there, "{name}: `{other}` of {labels:?}");
        }
        if let Some(takes) = &case.takes {
            assert_eq!(part(&text, &found.span), takes, "{name}");
        }
        if let Some(writes) = &case.writes {
            let written = found.items.iter().map(|one| one.insert.as_str());
            let written: Vec<&str> = written.collect();
            assert!(written.contains(&writes.as_str()), "{name}: {written:?}");
        }
        let features = found.items.iter();
        let mut features = features.filter(|one| one.kind == CompletionKind::Feature);
        assert!(features.all(|one| !one.doc.is_empty()), "{name}");
    }
}

#[test]
fn what_stands_at_a_place_is_told() {
    for case in cases().hover {
        let (text, at) = marked(&case.text, case.alone);
        let none = Attachments::none();
        let found = hover(&View::of_file(&text, &none), at, &Recorded::default());
        let name = &case.name;
        let said = found.as_ref().map_or("", |found| found.markdown.as_str());
        assert_eq!(said.is_empty(), case.says.is_empty(), "{name}: {said}");
        for says in &case.says {
            assert!(said.contains(says), "{name}: `{says}` of {said}");
        }
        if let (Some(about), Some(found)) = (&case.about, &found) {
            assert_eq!(part(&text, &found.span), about, "{name}");
        }
    }
}

#[test]
fn a_name_leads_to_where_it_is_declared() {
    for case in cases().definition {
        let (text, at) = marked(&case.text, case.alone);
        let files = shared();
        let found = definition(&View::of_file(&text, &files), at);
        let name = &case.name;
        let Some(leads_to) = &case.leads_to else {
            assert_eq!(found, None, "{name}");
            continue;
        };
        let found = found.unwrap_or_else(|| panic!("{name}: leads nowhere"));
        assert_eq!(found.file, case.file, "{name}");
        let there = match &found.file {
            Some(file) => std::str::from_utf8(files.get(file).unwrap()).unwrap(),
            None => text.as_str(),
        };
        let there = part(there, &(found.span.start..there.len()));
        assert!(there.starts_with(leads_to), "{name}: {there:.40}");
    }
}

#[test]
fn a_fragment_reads_what_its_rule_set_declares() {
    let source = "import = [\"common/shared.toml\"]\n[params]\nown = '1'\n";
    let (text, at) = marked("[derive]\nsum = 'params.‸own + params.shared'\n", true);
    let mut files = Attachments::none();
    files.insert(SHARED, text.clone() + "[params]\nshared = '7'\n");
    let view = View::of_fragment(source, &files, SHARED);
    let names = completions(&view, at);
    let names: Vec<String> = names.items.into_iter().map(|one| one.label).collect();
    assert!(names.contains(&"params.own".to_owned()), "{names:?}");
    assert!(names.contains(&"params.shared".to_owned()), "{names:?}");
    let found = definition(&view, at).unwrap();
    assert_eq!((found.file, part(source, &found.span)), (None, "own"));
    // It has no tables of a rule set.
    let keys = completions(&View::of_fragment("", &files, SHARED), 0);
    let offers = |label: &str| keys.items.iter().any(|one| one.label == label);
    assert!(!offers("[offer]"));
}

#[test]
fn what_was_recorded_of_a_feature_is_told_and_of_other_names_nothing() {
    let distribution = Distribution {
        known: 1,
        words: vec![("weekly".to_owned(), 1)],
        ..Distribution::default()
    };
    let names = ["income.streams", "params.cut"];
    let recorded = Recorded {
        of: "decided".to_owned(),
        features: names
            .map(|name| (name.to_owned(), distribution.clone()))
            .into(),
    };
    let none = Attachments::none();
    for (name, is_told) in [("income.streams", true), ("params.cut", false)] {
        let (text, at) = marked(&format!("[[rule]]\nwhen = '{name}‸ > 1'\n"), false);
        let found = hover(&View::of_file(&text, &none), at, &recorded).unwrap();
        let told = found
            .markdown
            .ends_with("decided: 1 value, never missing\n\n- weekly: 100.0 %");
        assert_eq!(told, is_told, "{}", found.markdown);
    }
}

#[test]
fn what_gives_reasons_is_found_by_its_name_in_the_file_that_it_stands_in() {
    let fragment = "# shared\n[[rule]]\nid = 'far'\nwhen = 'tru";
    let source = "import = ['common/shared.toml']\n# mine\n[rule_set]\nname = 'mine'\n\n\
                  [[rule]]\n# note\nid = 'near'\n\n[[retry]]\nid = 'later'\n\n[approve]\n\
                  [scorecard]\nbase = 1\n[[scorecard.characteristic]]\nname = 'income'\n\n[offer]\n";
    let mut files = Attachments::none();
    files.insert(SHARED, fragment);
    let begin = |text: &str, found: Sources| {
        let named = found.named.into_iter();
        let named = named.map(|(name, span)| {
            let line = part(text, &(span.start..text.len()))
                .lines()
                .next()
                .unwrap();
            (name, line.to_owned())
        });
        (found.head.map(|head| head.start), Vec::from_iter(named))
    };
    let own = begin(source, sources(&View::of_file(source, &files)));
    let expected = [
        ("approve", "[approve]"),
        ("near", "[[rule]]"),
        ("offer", "[offer]"),
        ("retry:later", "[[retry]]"),
        ("scorecard:income", "[[scorecard.characteristic]]"),
    ];
    let owned = |(name, line): (&str, &str)| (name.to_owned(), line.to_owned());
    let expected = Vec::from(expected.map(owned));
    assert_eq!(own, (source.find("[rule_set]"), expected));
    let of_fragment = sources(&View::of_fragment(source, &files, SHARED));
    let expected = vec![owned(("far", "[[rule]]"))];
    assert_eq!(begin(fragment, of_fragment), (None, expected));
}

/// Everything that is asked of a place gives places of the text, and none panics.
fn ask_everything(text: &str, at: usize) -> Result<(), TestCaseError> {
    let files = shared();
    let view = View::of_file(text, &files);
    let found = completions(&view, at);
    prop_assert!(text.get(found.span.clone()).is_some(), "{:?}", found.span);
    for item in &found.items {
        let goes_on = item.goes_on.unwrap_or(0);
        prop_assert!(item.insert.is_char_boundary(goes_on));
    }
    if let Some(found) = hover(&view, at, &Recorded::default()) {
        prop_assert!(text.get(found.span.clone()).is_some());
        prop_assert!(!found.markdown.is_empty());
    }
    if let Some(Definition { file: None, span }) = definition(&view, at) {
        prop_assert!(text.get(span).is_some());
    }
    for span in sources(&view).named.into_values() {
        prop_assert!(text.get(span).is_some());
    }
    let mut fragment = Attachments::none();
    fragment.insert(SHARED, text);
    let view = View::of_fragment("import = ['common/shared.toml']", &fragment, SHARED);
    prop_assert!(text.get(completions(&view, at).span).is_some());
    hover(&view, at, &Recorded::default());
    definition(&view, at);
    Ok(())
}

fn piece() -> impl Strategy<Value = String> {
    let pieces = "[ ] [[ ]] { } = . , ' \" ''' \"\"\" \\ # é 𝄞 \u{feff} rule when params offer \
                  reasons statement import tables outputs inputs.a type in is not any( ) 1 < \
                  lists.a NSF ignore_missing scorecard bins otherwise => income.streams";
    let pieces = pieces.split_whitespace().chain(["\n", "\r", " "]);
    let pieces: Vec<String> = pieces.map(str::to_owned).collect();
    prop::sample::select(pieces)
}

proptest! {
    // Each case reads the text a dozen times.
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_text_is_answered(pieces in prop::collection::vec(piece(), 0..40), at in 0_usize..200) {
        ask_everything(&pieces.concat(), at)?;
    }

    #[test]
    fn any_characters_are_answered(text in any::<String>(), at in 0_usize..200) {
        ask_everything(&text, at)?;
    }

    #[test]
    fn a_rule_file_is_answered_wherever_it_is_cut(
        from in 0_usize..20_000, cut in 0_usize..60, put in piece(), off in 0_usize..80,
    ) {
        let whole = include_str!("../../rules/personal-loan.toml");
        let place = |mut at: usize| {
            at = at.min(whole.len());
            while !whole.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (from, to) = (place(from), place(from + cut));
        let text = format!("{}{put}{}", part(whole, &(0..from)), part(whole, &(to..whole.len())));
        ask_everything(&text, from.saturating_sub(40) + off)?;
    }
}
