//! Reads OpenMetrics text, strictly as its specification says, as far as it is used here.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

pub(super) type Labels = BTreeMap<String, String>;

/// A metric with its samples.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: String,
    pub(super) kind: String,
    samples: Vec<(String, Labels, f64)>,
}

impl Family {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: String::new(),
            samples: Vec::new(),
        }
    }

    /// The name by which it is asked for.
    pub(super) fn asked_as(&self) -> String {
        match self.kind.as_str() {
            "counter" => format!("{}_total", self.name),
            _ => self.name.clone(),
        }
    }

    /// The names of its labels, but for those of classes.
    pub(super) fn labels(&self) -> BTreeSet<String> {
        let all = self.samples.iter().flat_map(|(_, labels, _)| labels.keys());
        all.filter(|name| *name != "le").cloned().collect()
    }

    fn check(&self) {
        assert!(!self.kind.is_empty(), "{}: no type", self.name);
        assert!(!self.samples.is_empty(), "{}: no sample", self.name);
        let mut seen = BTreeSet::new();
        for (suffix, labels, value) in &self.samples {
            assert!(seen.insert((suffix, labels)), "{}: twice", self.name);
            let suffixes: &[&str] = match self.kind.as_str() {
                "counter" => &["_total"],
                "gauge" => &[""],
                "histogram" => &["_bucket", "_sum", "_count"],
                other => panic!("{}: a type `{other}`", self.name),
            };
            assert!(suffixes.contains(&&**suffix), "{}{suffix}", self.name);
            let is_class = suffix == "_bucket";
            assert_eq!(labels.contains_key("le"), is_class, "{}", self.name);
            assert!(self.kind == "gauge" || *value >= 0.0, "{}", self.name);
        }
        if self.kind == "histogram" {
            self.check_classes();
        }
    }

    fn check_classes(&self) {
        let mut classes: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
        for (_, labels, value) in self.samples.iter().filter(|(it, ..)| it == "_bucket") {
            let mut of = labels.clone();
            let bound = match of.remove("le").unwrap().as_str() {
                "+Inf" => f64::INFINITY,
                bound => bound.parse().unwrap(),
            };
            classes.entry(of).or_default().push((bound, *value));
        }
        for (labels, classes) in classes {
            let rising = |pair: &[(f64, f64)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
            assert!(classes.windows(2).all(rising), "{}: {classes:?}", self.name);
            let (bound, all) = *classes.last().unwrap();
            assert_eq!(bound, f64::INFINITY, "{}", self.name);
            let counted = |suffix: &str| {
                let mut samples = self.samples.iter();
                samples.find(|(it, of, _)| it == suffix && *of == labels)
            };
            assert_eq!(counted("_count").unwrap().2, all, "{}", self.name);
            assert!(counted("_sum").is_some(), "{}", self.name);
        }
    }
}

/// Everything that is shown.
pub(super) struct Exposition(pub(super) Vec<Family>);

impl Exposition {
    /// Reads a text; panics where it is not valid.
    pub(super) fn parse(text: &str) -> Self {
        let text = text.strip_suffix("# EOF\n").expect("it ends with EOF");
        let sample = Regex::new(r"^([a-z_]+)(?:\{(.*)\})? ([0-9.e+-]+)$").unwrap();
        let mut families: Vec<Family> = Vec::new();
        for line in text.lines() {
            if let Some(told) = line.strip_prefix("# ") {
                let mut words = told.splitn(3, ' ');
                let (what, name) = (words.next().unwrap(), words.next().unwrap());
                let value = words.next().unwrap();
                if families.last().is_none_or(|family| family.name != name) {
                    assert!(families.iter().all(|family| family.name != name), "{line}");
                    families.push(Family::new(name));
                }
                let family = families.last_mut().unwrap();
                assert!(family.samples.is_empty(), "{line}");
                match what {
                    "HELP" => assert!(!value.is_empty(), "{line}"),
                    "TYPE" => family.kind = value.to_owned(),
                    "UNIT" => assert!(name.ends_with(&format!("_{value}")), "{line}"),
                    _ => panic!("{line}"),
                }
                continue;
            }
            let parts = sample.captures(line).unwrap_or_else(|| panic!("{line}"));
            let family = families.last_mut().unwrap();
            let suffix = parts[1].strip_prefix(family.name.as_str());
            let suffix = suffix.unwrap_or_else(|| panic!("{line} in {}", family.name));
            let labels = parts
                .get(2)
                .map_or_else(Labels::new, |it| labels(it.as_str()));
            let value = parts[3].parse().unwrap();
            family.samples.push((suffix.to_owned(), labels, value));
        }
        families.iter().for_each(Family::check);
        Self(families)
    }

    /// The value of a sample, named in full, with these labels; 0 where there is none.
    pub(super) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let labels: Labels = labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut samples = self.0.iter().flat_map(|family| {
            let name = |suffix: &str| format!("{}{suffix}", family.name);
            let samples = family.samples.iter();
            samples.map(move |(suffix, labels, value)| (name(suffix), labels, *value))
        });
        let found = samples.find(|(it, of, _)| it == name && **of == labels);
        found.map_or(0.0, |(.., value)| value)
    }
}

/// `a="b",c="d"`, with what is escaped in the values.
fn labels(text: &str) -> Labels {
    let label = Regex::new(r#"^([a-z_]+)="((?:[^"\\\n]|\\[n"\\])*)"(,|$)"#).unwrap();
    let (mut found, mut rest) = (Labels::new(), text);
    while !rest.is_empty() {
        let parts = label.captures(rest).unwrap_or_else(|| panic!("{text}"));
        let before = found.insert(parts[1].to_owned(), parts[2].to_owned());
        assert_eq!(before, None, "{text}");
        rest = rest.split_at(parts[0].len()).1;
    }
    found
}

#[test]
fn what_is_not_valid_is_found() {
    let good = "# HELP a_seconds A.\n# TYPE a_seconds histogram\n# UNIT a_seconds seconds\n\
                a_seconds_sum{x=\"1\"} 2.0\na_seconds_count{x=\"1\"} 1\n\
                a_seconds_bucket{x=\"1\",le=\"0.5\"} 0\na_seconds_bucket{x=\"1\",le=\"+Inf\"} 1\n\
                # HELP b B.\n# TYPE b counter\nb_total 3\n# EOF\n";
    let read = Exposition::parse(good);
    assert_eq!(read.value("b_total", &[]), 3.0);
    assert_eq!(read.value("a_seconds_count", &[("x", "1")]), 1.0);
    for (from, to) in [
        ("# EOF\n", ""),
        ("UNIT a_seconds seconds", "UNIT a_seconds bytes"),
        ("b_total 3", "b 3"),
        ("b_total 3", "b_total three"),
        ("b_total 3", "b_total 3\nb_total 3"),
        ("TYPE b counter", "TYPE a_seconds counter"),
        ("le=\"0.5\"} 0", "le=\"0.5\"} 2"),
        (",le=\"+Inf\"", ",le=\"9\""),
        ("count{x=\"1\"} 1", "count{x=\"1\"} 2"),
        ("sum{x=\"1\"}", "sum{x=1}"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        let read = std::panic::catch_unwind(|| Exposition::parse(&bad));
        assert!(read.is_err(), "{from} -> {to}");
    }
}
