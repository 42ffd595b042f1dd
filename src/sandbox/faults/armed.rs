//! Faults against the accounts that there are, with the calls they have counted.

use std::collections::BTreeMap;
use std::time::Duration;

use super::effect::{Content, Effect, ErrorAnswer, Transport};
use super::problems::{Problems, hint};
use super::table::EffectInfo;
use super::{Fault, Faults, Target};
use crate::limits;
use crate::sandbox::endpoint;
use crate::sandbox::error::SandboxError;
use crate::sandbox::world::{AccountStatus, Fate, RefreshFeature};

/// Whom faults can name.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Names {
    /// The accounts of each sample applicant.
    pub(in crate::sandbox) applicants: BTreeMap<&'static str, Vec<String>>,
}

impl FromIterator<(&'static str, Vec<String>)> for Names {
    fn from_iter<I: IntoIterator<Item = (&'static str, Vec<String>)>>(names: I) -> Self {
        Self {
            applicants: names.into_iter().collect(),
        }
    }
}

/// A call, as far as faults care.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Matter {
    pub(in crate::sandbox) endpoint: &'static str,
    /// The Financial Connections account it is about, where it is about one.
    pub(in crate::sandbox) account: Option<String>,
    /// Every id in the path and the parameters.
    pub(in crate::sandbox) ids: Vec<String>,
    /// The features a refresh asks for.
    pub(in crate::sandbox) features: Vec<RefreshFeature>,
}

/// What happens to one call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Hits {
    /// What becomes of the account first.
    pub(in crate::sandbox) becomes: Vec<AccountStatus>,
    /// How the refreshes that it starts end.
    pub(in crate::sandbox) fates: BTreeMap<RefreshFeature, Fate>,
    /// What is done to the answer.
    pub(in crate::sandbox) answer: Option<Answering>,
}

/// An effect on the answer.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Answering {
    Error(ErrorAnswer),
    Transport(Transport),
    Content(Content),
}

impl Hits {
    pub(in crate::sandbox) fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Faults, and how many calls each has matched.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Armed {
    faults: Vec<(Fault, u64)>,
    names: BTreeMap<&'static str, Vec<String>>,
}

impl Armed {
    /// Arms `faults` if all whom they name are there.
    pub(in crate::sandbox) fn new<'a>(
        faults: &Faults,
        names: &Names,
        accounts: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<Self, SandboxError> {
        let mut problems = Problems::default();
        if faults.0.len() > limits::SANDBOX_FAULTS_MAX {
            let max = limits::SANDBOX_FAULTS_MAX;
            problems.add(None, format!("there are more than {max} faults"));
        }
        for fault in faults.iter() {
            check(fault, names, accounts.clone(), &mut problems);
        }
        problems.or(Self {
            faults: faults.iter().map(|fault| (fault.clone(), 0)).collect(),
            names: names.applicants.clone(),
        })
    }

    /// What happens to a call. A fault that would touch what an earlier one has touched waits: it
    /// does not count the call.
    pub(in crate::sandbox) fn hits(&mut self, matter: &Matter) -> Hits {
        let mut hits = Hits::default();
        for (fault, seen) in &mut self.faults {
            let matches = matter.concerns(&fault.target, &self.names)
                && fault.matches_endpoint(matter)
                && hits.has_room(&fault.effect, matter);
            if !matches {
                continue;
            }
            *seen = seen.saturating_add(1);
            let last = fault.times.map(|times| fault.skip.saturating_add(times));
            if *seen > fault.skip && last.is_none_or(|last| *seen <= last) {
                hits.take(&fault.effect, matter);
            }
        }
        hits
    }
}

fn check<'a>(
    fault: &Fault,
    names: &Names,
    mut accounts: impl Iterator<Item = &'a str> + Clone,
    problems: &mut Problems,
) {
    match &fault.target {
        Target::Everybody => {}
        Target::Account(id) => {
            if !accounts.clone().any(|known| known == id) {
                let hint = hint(id, &mut accounts, "`GET accounts` has the list");
                let id = id.escape_debug();
                problems.add(fault.line, format!("there is no account `{id}`{hint}"));
            }
        }
        Target::Applicant(key) => {
            if !names.applicants.contains_key(key.as_str()) {
                let known = names.applicants.keys().copied();
                let list = "`underwrite sandbox --list` has the samples";
                let hint = hint(key, known, list);
                let key = key.escape_debug();
                let problem = format!("there is no sample applicant `{key}`{hint}");
                problems.add(fault.line, problem);
            }
        }
    }
    // A file was checked for this already, and its line is better.
    let Some(name) = fault.endpoint.as_deref().filter(|_| fault.line.is_none()) else {
        return;
    };
    let known = endpoint::names().any(|known| known == name);
    let happens = fault.effect.info().is_some_and(|it| it.happens_at(name));
    if !known || !happens {
        let effect = fault.effect.name();
        let name = name.escape_debug();
        problems.add(None, format!("`{effect}` cannot happen to `{name}`"));
    }
}

impl EffectInfo {
    /// Whether it can happen to this endpoint.
    pub(super) fn happens_at(&self, endpoint: &str) -> bool {
        self.endpoints.is_empty() || self.endpoints.contains(&endpoint)
    }
}

impl Fault {
    fn matches_endpoint(&self, matter: &Matter) -> bool {
        let asked = self.endpoint.as_deref();
        let info = self.effect.info();
        asked.is_none_or(|name| name == matter.endpoint)
            && info.is_some_and(|info| info.happens_at(matter.endpoint))
    }
}

impl Matter {
    fn concerns(&self, target: &Target, names: &BTreeMap<&'static str, Vec<String>>) -> bool {
        match target {
            Target::Everybody => true,
            Target::Account(id) => self.account.as_ref() == Some(id),
            Target::Applicant(key) => {
                let accounts = names.get(key.as_str());
                let is_theirs = |id: &String| accounts.is_some_and(|ids| ids.contains(id));
                match &self.account {
                    Some(account) => is_theirs(account),
                    None => self.ids.iter().any(|id| leads_to(id, key)),
                }
            }
        }
    }

    /// The refreshes that a fault of `feature` is about.
    fn features(&self, feature: Option<RefreshFeature>) -> impl Iterator<Item = RefreshFeature> {
        let asked = self.features.iter().copied();
        asked.filter(move |asked| feature.is_none_or(|feature| feature == *asked))
    }
}

/// Whether a handle is a sample applicant's: `cus_sample_salaried`, `pi_sample_salaried_2`.
fn leads_to(id: &str, key: &str) -> bool {
    let rest = id
        .split_once("_sample_")
        .and_then(|(_, rest)| rest.strip_prefix(key));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

impl Hits {
    /// Whether an effect touches something that nothing has touched yet.
    fn has_room(&self, effect: &Effect, matter: &Matter) -> bool {
        match effect {
            Effect::Becomes(_) => matter.account.is_some(),
            Effect::Refresh { feature, .. } => matter
                .features(*feature)
                .any(|feature| !self.fates.contains_key(&feature)),
            Effect::Error(_) | Effect::Transport(_) | Effect::Content(_) => self.answer.is_none(),
        }
    }

    fn take(&mut self, effect: &Effect, matter: &Matter) {
        match effect {
            Effect::Becomes(status) => self.becomes.push(*status),
            Effect::Refresh { feature, fate } => {
                for feature in matter.features(*feature) {
                    self.fates.entry(feature).or_insert(*fate);
                }
            }
            Effect::Error(error) => self.answer = Some(Answering::Error(error.clone())),
            Effect::Transport(transport) => self.answer = Some(Answering::Transport(*transport)),
            Effect::Content(content) => self.answer = Some(Answering::Content(content.clone())),
        }
    }
}

/// How long a pause may be.
pub(in crate::sandbox) fn clamp(pause: Duration) -> Duration {
    pause.min(limits::SANDBOX_FAULT_PAUSE_MAX)
}
