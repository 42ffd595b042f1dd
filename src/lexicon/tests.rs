use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::limits;

fn lines() -> Vec<Line> {
    let files = FILES.iter();
    files.flat_map(|file| read_lines(file).unwrap()).collect()
}

fn terms(text: &str) -> Vec<Term> {
    let text = normalise(text);
    let found = Lexicon::built_in().read(&text, &(0..0)).terms;
    Term::ALL
        .iter()
        .copied()
        .filter(|term| found.has(*term))
        .collect()
}

fn name(text: &str) -> Option<&'static str> {
    Lexicon::built_in().read(&normalise(text), &(0..0)).name
}

#[test]
fn the_files_are_read_and_built() {
    assert!(Lexicon::with(Vec::new()).is_ok());
    assert!(Lexicon::built_in().meanings.len() > 2_000);
}

/// Raise the version with every change of what is read, and write the hash anew.
#[test]
fn a_change_of_the_files_raises_the_version() {
    let mut hasher = blake3::Hasher::new();
    for file in FILES {
        hasher.update(file.as_bytes());
    }
    let hash = hasher.finalize().to_hex();
    assert_eq!(LEXICON_VERSION, 2);
    assert!(hash.starts_with("1d762be03be93aa9"), "{hash}");
}

#[test]
fn every_term_has_a_line_but_employers_are_for_rule_sets_to_name() {
    let lines = lines();
    for term in Term::ALL {
        let known = lines.iter().any(|line| line.term == *term);
        assert_eq!(known, *term != Term::Employer, "{term:?}");
    }
    let words: BTreeSet<&str> = Term::ALL.iter().map(|term| term.word()).collect();
    assert_eq!(words.len(), Term::ALL.len());
    assert!(Term::ALL.len() <= 128);
}

#[test]
fn no_phrase_is_there_twice_or_covered_by_others_of_its_term() {
    let lexicon = Lexicon::built_in();
    let mut number = 0;
    for line in lines() {
        for phrase in &line.phrases {
            let own = number..number + phrase.patterns(Source::Release).count();
            number = own.end;
            let covered = lexicon.covers(phrase, Source::Release, line.term, |meaning, number| {
                meaning.term == line.term && meaning.name == line.name && !own.contains(&number)
            });
            assert!(!covered, "{}: `{}`", line.term.word(), phrase.as_str());
        }
    }
}

/// Of two patterns that end at one place the longer is found first, so that only equal ones would be
/// found in the order of the files.
#[test]
fn the_order_of_the_files_does_not_matter() {
    let mut names = BTreeMap::new();
    for line in lines() {
        let Some(name) = line.name else { continue };
        for pattern in line
            .phrases
            .iter()
            .flat_map(|one| one.patterns(Source::Release))
        {
            let other = names.insert(pattern.clone(), Arc::clone(&name));
            assert!(other.is_none_or(|other| other == name), "{pattern}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_line_is_told_with_its_place() {
    let problem = |text: &str| read_lines(text).unwrap_err().to_string();
    assert_eq!(
        problem("# words\n\nfee: FEE\nshort_term_lendr (Acme): ACME\n"),
        "line 4: there is no term `short_term_lendr`; did you mean `short_term_lender`?"
    );
    let form = "line 1: a line is `term: PHRASE, PHRASE` or `term (Usual Name): PHRASE, PHRASE`";
    for text in ["fee FEE", "gig (Uber: UBER*", "gig"] {
        assert_eq!(problem(text), form, "{text}");
    }
    for (text, says) in [
        ("fee: FEE, ", "`` has no letter and no digit"),
        ("fee: *", "`*` has no letter and no digit"),
        (
            "fee: O'Fee",
            "`O'Fee` is never found: descriptions are read as upper-case words",
        ),
        ("fee: A  B", "`A  B` is never found"),
        ("fee: CAFÉ", "`CAFÉ` has other characters"),
        ("gig ( ): X", "the name has no letter"),
        (
            "gig (A  B): X",
            "the name has a space at an end, two together",
        ),
    ] {
        assert!(problem(text).contains(says), "{}", problem(text));
    }
    let long = "A".repeat(limits::PHRASE_BYTES_MAX);
    assert!(read_lines(&format!("fee: {long}")).is_ok());
    assert!(problem(&format!("fee: {long}A")).contains("has more than"));
    let long = "A".repeat(limits::PAYER_NAME_BYTES_MAX);
    assert!(read_lines(&format!("gig ({long}): X")).is_ok());
    assert!(problem(&format!("gig ({long}A): X")).contains("the name has more than"));
}

#[test]
fn the_normal_form_of_a_phrase_is_told() {
    for (text, normal) in [
        ("acme cash", "ACME CASH"),
        ("ACME-CASH*", "ACME CASH*"),
        ("*O'Neil ", "*ONEIL"),
        ("ACME*CASH", "ACME CASH"),
    ] {
        let error = Phrase::parse(text).unwrap_err();
        let normal = normal.to_owned();
        assert_eq!(error, PhraseError::NotNormal { normal }, "{text}");
    }
}

#[test]
fn what_is_added_is_found_and_named_before_the_rest() {
    let added = read_lines(
        "short_term_lender (Acme Cash): ACME CASH, ACMECSH*\n\
         employer (Uber Technologies): UBER*",
    );
    let lexicon = Lexicon::with(added.unwrap()).unwrap();
    let read = |text| lexicon.read(&normalise(text), &(0..0));
    let found = read("ACMECSH0042 LOAN PMT");
    assert!(found.terms.has(Term::ShortTermLender) && found.terms.has(Term::PersonalLender));
    assert_eq!(found.name, Some("Acme Cash"));
    assert_eq!(read("UBER USA").name, Some("Uber Technologies"));
    assert!(!terms("ACMECSH0042").contains(&Term::ShortTermLender));
}

#[test]
fn words_of_a_rule_set_are_found_without_spaces_where_they_make_no_other_word() {
    let of = |words: &str| Lexicon::with(read_lines(&format!("employer: {words}")).unwrap());
    let found = |words: &str, text: &str| {
        let lexicon = of(words).unwrap();
        lexicon
            .read(&normalise(text), &(0..0))
            .terms
            .has(Term::Employer)
    };
    assert!(found("THE RAPIST", "PAY THE RAPIST 12"));
    assert!(!found("THE RAPIST", "DR DOE THERAPIST"));
    let most = "A".repeat(limits::GLUED_PHRASE_BYTES_MIN - 2);
    for (first, glued) in [("", false), ("B", true), ("BB", true)] {
        let words = format!("B{first} {most}");
        let text = format!("POS{}LOAN", words.replace(' ', ""));
        assert_eq!(found(&words, &text), glued, "{text}");
    }
}

#[test]
fn of_two_usual_names_the_first_is_used() {
    let added = read_lines("employer (Acme One): ACME WORKS\nemployer (Acme Two): ACME WORKS");
    let lexicon = Lexicon::with(added.unwrap()).unwrap();
    let text = normalise("ACME WORKS PAYROLL");
    assert_eq!(lexicon.read(&text, &(0..0)).name, Some("Acme One"));
}

#[test]
fn a_phrase_that_changes_nothing_is_known() {
    let says = |phrase: &str, term, name| {
        let phrase = Phrase::parse(phrase).unwrap();
        Lexicon::built_in().says(&phrase, term, name)
    };
    assert!(says("KLOVERAPP", Term::ShortTermLender, Some("Klover")));
    assert!(says("KLOVERAPP", Term::ShortTermLender, None));
    assert!(says("MARINER FINANCE", Term::PersonalLender, None));
    // Without the space it would be found within a word.
    assert!(!says("KLOVER APP LOANS", Term::ShortTermLender, None));
    assert!(!says(
        "KLOVERAPP",
        Term::ShortTermLender,
        Some("Klover App")
    ));
    assert!(!says("KLOVERAPP", Term::PersonalLender, None));
    // A name may end after `NSF`.
    assert!(!says("NSF HOLD*", Term::NsfWord, None));
}

/// Run with `UPDATE_EXPECT=1` to write the table anew.
#[test]
fn the_documented_terms_are_those_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (begin, end) = ("<!-- terms -->\n", "<!-- /terms -->\n");
    let (head, rest) = text.split_once(begin).unwrap();
    let (table, tail) = rest.split_once(end).unwrap();
    let mut expected = "| term | means | may be added |\n|---|---|---|\n".to_owned();
    for (open, what) in [
        (Open::Names, "names"),
        (Open::Words, "phrases"),
        (Open::Closed, "nothing"),
    ] {
        for term in Term::ALL.iter().filter(|term| term.open() == open) {
            let meaning: String = term.meaning().concat();
            let mut meaning = meaning.trim().trim_end_matches('.').to_owned();
            for other in Term::ALL {
                meaning = meaning.replace(
                    &format!("[`Term::{other:?}`]"),
                    &format!("`{}`", other.word()),
                );
            }
            expected += &format!("| `{}` | {meaning} | {what} |\n", term.word());
        }
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, format!("{head}{begin}{expected}{end}{tail}")).unwrap();
        return;
    }
    assert_eq!(table, expected, "run with UPDATE_EXPECT=1");
}

#[test]
fn words_match_on_their_boundaries() {
    assert!(terms("ACME PAYROLL PPD").contains(&Term::Payroll));
    assert!(terms("acme-payroll").contains(&Term::Payroll));
    assert!(!terms("FRENCHRENTALS").contains(&Term::Rent));
    assert!(!terms("COFFEE").contains(&Term::Fee));
    assert!(terms("OVERDRAFTS").contains(&Term::Overdraft));
    assert_eq!(normalise("  O'Neil's, Ltd. "), " ONEILS LTD ");
    assert_eq!(normalise("*** "), " ");
}

#[test]
fn what_is_done_is_not_told_by_a_name() {
    let text = normalise("RETURN PATH MEDIA REVERSAL");
    let named = 0..text.find(" REVERSAL").unwrap() + 1;
    let found = Lexicon::built_in().read(&text, &named).terms;
    assert!(found.has(Term::Reversal) && !found.has(Term::Return));
}

#[test]
fn a_payee_is_known_in_a_glued_text() {
    assert!(terms("CHASECREDITCRDAUTOPAY00418").contains(&Term::CardIssuer));
    assert!(terms("CAPITALONEAUTOCARPAY553").contains(&Term::AutoLender));
}

#[test]
fn a_payer_gets_its_usual_name() {
    assert_eq!(name("RAISER 6795 EDI PAYMNT"), Some("Uber"));
    assert_eq!(name("SOME SHOP"), None);
}
