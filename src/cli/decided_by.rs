//! Who made the rules decide by which a decision was made, and the text of these rules.

use std::collections::BTreeMap;

use super::CliError;
use super::rule_sets::Place;
use crate::proto;
use crate::rules::{Attachments, Bundle, BundleHash, PassageKind, passages};

/// How many activations are asked for at once.
const PAGE: i32 = 1_000;

/// Why the history of a name is refused where nothing was ever made active under it.
const NOTHING_SAID: &str = "UNKNOWN_RULE_SET";

/// What is said of a version that decided without ever having been active: past applications are decided
/// by one that is only published.
const NEVER_ACTIVE: &str = "nothing made it active before this decision";

/// The rule set that decided, as far as it can be read.
#[derive(Default)]
pub(super) struct DecidedBy {
    /// Who published it, and when.
    pub(super) version: Option<proto::RuleSetVersion>,
    /// Who made it the one that decides, before the decision and for the last time.
    pub(super) activation: Option<proto::Activation>,
    /// Whether its text is the one that the decision names by its hash.
    pub(super) text_is_proven: bool,
    /// Why some of it is not known, or that nothing made it the one that decides.
    pub(super) unknown: Option<String>,
    texts: BTreeMap<(PassageKind, String), String>,
}

impl DecidedBy {
    /// Reads it. Whoever may not read rule sets is told so in `unknown`.
    pub(super) async fn read(
        place: &mut Place,
        decision: &proto::Decision,
    ) -> Result<Self, CliError> {
        let pins = decision.pins.as_ref();
        let Some(pin) = pins.and_then(|pins| pins.rule_set.as_ref()) else {
            return Ok(Self::default());
        };
        let request = proto::GetRuleSetRequest {
            name: pin.name.clone(),
            version: pin.version.clone(),
        };
        let found = match place.get(request).await {
            Ok(found) => found,
            Err(CliError::Refused(refused)) if is_no_answer(&refused.reason) => {
                return Ok(Self::unknown(not_known(&refused.message)));
            }
            Err(error) => return Err(error),
        };
        let written = found.text.unwrap_or_default();
        let mut known = Self {
            version: found.version,
            ..Self::default()
        };
        match activation(place, decision, pin).await {
            Ok(Some(said)) => known.activation = Some(said),
            Ok(None) => known.unknown = Some(NEVER_ACTIVE.to_owned()),
            Err(CliError::Refused(refused)) if refused.reason == NOTHING_SAID => {
                known.unknown = Some(NEVER_ACTIVE.to_owned());
            }
            Err(CliError::Refused(refused)) if is_no_answer(&refused.reason) => {
                known.unknown = Some(not_known(&refused.message));
            }
            Err(error) => return Err(error),
        }
        known.take(&written, &pin.bundle_hash);
        Ok(known)
    }

    fn unknown(why: String) -> Self {
        Self {
            unknown: Some(why),
            ..Self::default()
        }
    }

    /// Takes the texts of a rule set, where they are those of the decision.
    fn take(&mut self, written: &proto::RuleSetText, hash: &str) {
        let mut attachments = Attachments::none();
        for file in &written.attachments {
            attachments.insert(&file.name, file.content.clone());
        }
        let told = Bundle::hash_as_written(&written.source, &attachments);
        if BundleHash::parse(hash) != Some(told) {
            let problem = format!(
                "the text that is there under this version has the hash {told}, which is not the one that decided"
            );
            self.unknown = Some(match self.unknown.take() {
                Some(why) => format!("{why}; {problem}"),
                None => problem,
            });
            return;
        }
        self.text_is_proven = true;
        self.read_texts(written);
    }

    fn read_texts(&mut self, written: &proto::RuleSetText) {
        let files = written.attachments.iter().map(|file| &file.content);
        for file in std::iter::once(&written.source).chain(files) {
            // A list or a table of cells has no rules.
            let text = String::from_utf8_lossy(file);
            for kind in PassageKind::ALL {
                for (id, text) in passages(&text, kind) {
                    // The source comes first: what looks like one of its rules in an attachment displaces none.
                    self.texts.entry((kind, id)).or_insert(text);
                }
            }
        }
    }

    /// One of a text, whoever it is of.
    #[cfg(test)]
    pub(super) fn of_text(
        text: &str,
        version: proto::RuleSetVersion,
        activation: proto::Activation,
    ) -> Self {
        let mut known = Self {
            version: Some(version),
            activation: Some(activation),
            ..Self::default()
        };
        known.read_texts(&proto::RuleSetText {
            source: text.as_bytes().to_vec(),
            attachments: Vec::new(),
        });
        known
    }

    /// A rule as it was written.
    pub(super) fn rule(&self, id: &str) -> Option<&str> {
        self.text(PassageKind::Rule, id)
    }

    /// A retry as it was written.
    pub(super) fn retry(&self, id: &str) -> Option<&str> {
        self.text(PassageKind::Retry, id)
    }

    /// A tier of the offer as it was written.
    pub(super) fn tier(&self, id: &str) -> Option<&str> {
        self.text(PassageKind::Tier, id)
    }

    fn text(&self, kind: PassageKind, id: &str) -> Option<&str> {
        let text = self.texts.get(&(kind, id.to_owned()))?;
        Some(text.as_str())
    }
}

/// Whether a refusal means that the rule set cannot be read, by whoever asks or by anybody. What is damaged
/// under its name hides no decision that was made by it.
fn is_no_answer(reason: &str) -> bool {
    matches!(
        reason,
        "SCOPE_NEEDED"
            | "UNKNOWN_RULE_SET"
            | "UNKNOWN_VERSION"
            | "UNPUBLISHED_RULE_SET"
            | "LEDGER_DAMAGED"
    )
}

fn not_known(why: &str) -> String {
    format!("who made it active is not known: {why}")
}

/// The newest of those that made the rule set decide, said before the decision was recorded and in
/// force at its moment.
async fn activation(
    place: &mut Place,
    decision: &proto::Decision,
    pin: &proto::RuleSetPin,
) -> Result<Option<proto::Activation>, CliError> {
    let seq = decision.chain.as_ref().map_or(0, |chain| chain.seq);
    let pins = decision.pins.as_ref();
    let as_of = pins.and_then(|pins| pins.as_of_time.as_ref());
    let decided = |said: &proto::Activation| {
        let began = said.start_time.as_ref().zip(as_of);
        // A moment for which is decided is whole seconds.
        let began = began.is_some_and(|(start, as_of)| start.seconds <= as_of.seconds);
        said.seq < seq && said.bundle_hash == pin.bundle_hash && began
    };
    let mut request = proto::ListActivationsRequest {
        name: pin.name.clone(),
        page_size: PAGE,
        page_token: String::new(),
    };
    loop {
        let page = place.history(request.clone()).await?;
        if let Some(said) = page.activations.into_iter().find(decided) {
            return Ok(Some(said));
        }
        if page.next_page_token.is_empty() {
            return Ok(None);
        }
        request.page_token = page.next_page_token;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_an_attachment_displaces_no_rule() {
        let rule = "[[rule]]\nid = \"quiet\"\n";
        let mut known = DecidedBy::default();
        known.read_texts(&proto::RuleSetText {
            source: rule.as_bytes().to_vec(),
            attachments: vec![proto::RuleSetAttachment {
                name: "notes.txt".to_owned(),
                content: b"[[rule]]\nid = \"quiet\"\nanother = 1\n".to_vec(),
            }],
        });
        let told = known.rule("quiet").unwrap();
        assert!(rule.contains(told) && !told.contains("another"), "{told}");
    }
}
