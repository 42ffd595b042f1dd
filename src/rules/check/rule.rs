//! Checks rules: when each fires, what it does and what it says of itself.

use std::collections::BTreeSet;

use super::Checker;
use crate::limits;
use crate::rules::diagnostic::Code;
use crate::rules::evaluation::Action;
use crate::rules::file::RuleEntry;
use crate::rules::node::Node;
use crate::rules::rule_set::{Derived, Rule, RuleNotes};
use crate::rules::table::Table;
use crate::rules::toml_reader::Text;
use crate::rules::vocabulary::ACTIONS;

impl Checker<'_> {
    pub(super) fn rules(
        &mut self,
        entries: &[RuleEntry],
        derive: &[Derived],
        tables: &[Table],
    ) -> Vec<Rule> {
        let mut ids = BTreeSet::new();
        entries
            .iter()
            .filter_map(|entry| self.rule(entry, (derive, tables), &mut ids))
            .collect()
    }

    fn rule<'f>(
        &mut self,
        entry: &'f RuleEntry,
        computed: (&[Derived], &[Table]),
        ids: &mut BTreeSet<&'f str>,
    ) -> Option<Rule> {
        let id = entry.id.as_ref().map(|id| self.unique(id, ids, "rule"));
        let when = entry.when.as_ref();
        let place = self.anywhere();
        let when = when.map(|when| self.condition(when, place));
        let except = entry.except.as_ref();
        let except = except.map(|except| self.condition(except, place));
        let notes = self.notes(entry);
        let action = entry.then.as_ref().map(|then| self.action(then));
        let reason = entry.reason.as_ref().map(|reason| self.reason(reason));
        let conditions = when.iter().chain(&except);
        let conditions = conditions.map(|formula| Some(&formula.as_ref()?.node));
        // Nothing can be said of a condition that could not be read.
        let conditions: Option<Vec<&Node>> = conditions.collect();
        let ignored = match (&entry.ignore_missing, conditions) {
            (Some(ignored), Some(conditions)) => self.ignored(ignored, conditions, computed),
            (None, _) | (_, None) => Vec::new(),
        };
        Some(Rule {
            id: id??,
            when: when??,
            action: action??,
            reason: reason??,
            ignored,
            except: match except {
                Some(except) => Some(except?),
                None => None,
            },
            notes,
        })
    }

    /// What a rule says of itself.
    fn notes(&mut self, entry: &RuleEntry) -> RuleNotes {
        let notes = [
            (&entry.why, "`why` names the paragraph of the policy"),
            (&entry.owner, "`owner` says who answers for the rule"),
        ];
        for (text, what) in notes {
            if let Some(text) = text {
                self.not_empty(text, what);
                self.not_longer(text, limits::RULE_NOTE_BYTES_MAX);
            }
        }
        if let Some(surplus) = entry.tags.get(limits::RULE_TAGS_MAX) {
            let message = format!("a rule has at most {} tags", limits::RULE_TAGS_MAX);
            self.report.error(Code::TooLarge, &surplus.span, message);
        }
        let mut tags = BTreeSet::new();
        for tag in &entry.tags {
            self.unique(tag, &mut tags, "tag");
        }
        let text = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone());
        RuleNotes {
            why: text(&entry.why),
            owner: text(&entry.owner),
            tags: entry.tags.iter().map(|tag| tag.value.clone()).collect(),
        }
    }

    pub(super) fn not_longer(&mut self, text: &Text, max: usize) {
        if text.value.len() > max {
            let message = format!("this has {} bytes; at most {max} fit", text.value.len());
            self.report.error(Code::TooLarge, &text.span, message);
        }
    }

    /// The salt of random shares: there where any is drawn, and only there.
    pub(super) fn share_salt(&mut self, salt: Option<&Text>) -> Option<String> {
        match (salt, self.slots.shares.first().cloned()) {
            (None, Some(first)) => {
                let message = "[rule_set] needs `share_salt`, by which shares are drawn";
                let help = "as in `share_salt = \"2026-autumn\"`: another salt draws other people";
                self.report
                    .error_with(Code::MissingKey, &first, message, help.to_owned());
            }
            (Some(salt), None) => {
                let message = "`share_salt` is never used: no `share` is drawn";
                self.report.warning(Code::Unused, &salt.span, message, None);
            }
            (Some(salt), Some(_)) => {
                self.not_empty(salt, "`share_salt` is that by which shares are drawn");
                self.not_longer(salt, limits::RULE_NOTE_BYTES_MAX);
            }
            (None, None) => {}
        }
        salt.map(|salt| salt.value.clone())
    }

    fn action(&mut self, then: &Text) -> Option<Action> {
        self.word(then, &ACTIONS, "an action")
    }
}
