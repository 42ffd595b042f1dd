//! Who made the rules decide by which a decision was made, and the text of these rules.

use std::collections::BTreeMap;

use super::CliError;
use super::rule_sets::Place;
use crate::proto;
use crate::rules::{Attachments, Bundle, BundleHash, PassageKind, passages};

/// How many activations are asked for at once.
const PAGE: i32 = 1_000;

/// The rule set that decided, as far as it can be read.
#[derive(Default)]
pub(super) struct DecidedBy {
    /// Who published it, and when.
    pub(super) version: Option<proto::RuleSetVersion>,
    /// Who made it the one that decides, before the decision and for the last time.
    pub(super) activation: Option<proto::Activation>,
    /// Whether its text is the one that the decision names by its hash.
    pub(super) text_is_proven: bool,
    /// Why some of it is not known.
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
                return Ok(Self::unknown(refused.message));
            }
            Err(error) => return Err(error),
        };
        let written = found.text.unwrap_or_default();
        let mut known = Self {
            version: found.version,
            activation: activation(place, decision, pin).await?,
            ..Self::default()
        };
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
            self.unknown = Some(format!(
                "the text that is there under this version has the hash {told}, which is not the one that decided"
            ));
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
                let found = passages(&text, kind).into_iter();
                self.texts
                    .extend(found.map(|(id, text)| ((kind, id), text)));
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

/// Whether a refusal means that the rule set cannot be read, by whoever asks or by anybody.
fn is_no_answer(reason: &str) -> bool {
    matches!(
        reason,
        "SCOPE_NEEDED" | "UNKNOWN_RULE_SET" | "UNKNOWN_VERSION" | "UNPUBLISHED_RULE_SET"
    )
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
