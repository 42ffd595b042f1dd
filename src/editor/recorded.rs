//! What features were in recorded decisions, as it is told of one. Who asks brings it along.

use std::collections::BTreeMap;

/// What features were in recorded decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Of which decisions, in words: `decided from 2026-09-01 to 2026-09-30`.
    pub of: String,
    /// By the names of the features.
    pub features: BTreeMap<String, Distribution>,
}

/// What a feature was in recorded decisions: once in each, or once for each account, applicant or stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distribution {
    /// How many values there are.
    pub known: u64,
    /// How often there was none.
    pub missing: u64,
    /// What was least, at 10 %, 25 %, 50 %, 75 %, 90 %, and greatest; empty of words.
    pub quantiles: Vec<String>,
    /// How many values lie where between the least and the greatest, as a line of characters.
    pub picture: String,
    /// How often it was which word, or true and false; empty of numbers.
    pub words: Vec<(String, u64)>,
}

/// What [`Distribution::quantiles`] are.
const QUANTILES: [&str; 7] = [
    "least", "10 %", "25 %", "median", "75 %", "90 %", "greatest",
];

impl Recorded {
    /// What is told of a feature, in Markdown; nothing of one that was not looked at.
    pub(super) fn told(&self, feature: &str) -> String {
        let found = self.features.get(feature);
        let told = found.map(|found| format!("{}: {}", self.of, found.told()));
        told.unwrap_or_default()
    }
}

impl Distribution {
    fn told(&self) -> String {
        let all = self.known.saturating_add(self.missing);
        let missing = match (self.missing, self.known) {
            (0, _) => "never missing".to_owned(),
            (_, 0) => return format!("missing in all of {all}"),
            (some, _) => format!("missing in {}", percent(some, all)),
        };
        let values = if self.known == 1 { "value" } else { "values" };
        let mut told = format!("{} {values}, {missing}", self.known);
        if !self.words.is_empty() {
            let words = self.words.iter();
            let words =
                words.map(|(word, count)| format!("\n- {word}: {}", percent(*count, self.known)));
            told.push('\n');
            told.extend(words);
        }
        if self.quantiles.len() == QUANTILES.len() {
            let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
            let head = row(&QUANTILES.map(str::to_owned));
            let rule = row(&QUANTILES.map(|_| "---".to_owned()));
            let picture = match self.picture.trim() {
                "" => String::new(),
                _ => format!("\n\n`{}`", self.picture),
            };
            told.push_str(&format!(
                "{picture}\n\n{head}{rule}{}",
                row(&self.quantiles)
            ));
        }
        told
    }
}

/// `12.3 %`, half a tenth rounded up.
fn percent(part: u64, of: u64) -> String {
    let tenths = u128::from(part).saturating_mul(2_000);
    let twice = u128::from(of).saturating_mul(2);
    let tenths = tenths.saturating_add(u128::from(of)).checked_div(twice);
    let tenths = tenths.unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(distribution: Distribution) -> String {
        let features = BTreeMap::from([("income.streams".to_owned(), distribution)]);
        let recorded = Recorded {
            of: "decided on 2026-09-01".to_owned(),
            features,
        };
        assert_eq!(recorded.told("income.monthly_net"), "");
        recorded.told("income.streams")
    }

    #[test]
    fn numbers_are_a_picture_and_a_table_and_words_are_shares() {
        let quantiles = ["0", "0", "1", "1", "2", "3", "9"].map(str::to_owned);
        let numbers = told(Distribution {
            known: 7,
            missing: 1,
            quantiles: quantiles.into(),
            picture: "\u{2581}\u{2588}".to_owned(),
            words: Vec::new(),
        });
        assert_eq!(
            numbers,
            "decided on 2026-09-01: 7 values, missing in 12.5 %\n\n`\u{2581}\u{2588}`\n\n\
             | least | 10 % | 25 % | median | 75 % | 90 % | greatest |\n\
             | --- | --- | --- | --- | --- | --- | --- |\n\
             | 0 | 0 | 1 | 1 | 2 | 3 | 9 |\n"
        );
        let words = told(Distribution {
            known: 3,
            words: vec![("true".to_owned(), 1), ("false".to_owned(), 2)],
            ..Distribution::default()
        });
        assert_eq!(
            words,
            "decided on 2026-09-01: 3 values, never missing\n\n- true: 33.3 %\n- false: 66.7 %"
        );
        let none = told(Distribution {
            missing: 4,
            ..Distribution::default()
        });
        assert_eq!(none, "decided on 2026-09-01: missing in all of 4");
    }
}
