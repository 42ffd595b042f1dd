//! The notice of a decision, from what was recorded, and whether it is owed.

use chrono::{Days, NaiveDate, NaiveTime};

use super::{Answer, UnderwriteError, Underwriter};
use crate::adverse_action::{Case, Facts, NoNotice, Notice, Owed, due_on};
use crate::application::ApplicationError;
use crate::calendar::civil_date;
use crate::follow_up::{FollowUp, FollowUpKind, NoticeKind, Override};
use crate::id::{DecisionId, TenantId};
use crate::ledger::{Cursor, DecisionRecord, Filter, FollowUpFilter, ListOrder, Page};
use crate::limits;
use crate::rules::{Outcome, RuleSetKind, Settlement};

/// What followed a decision, as far as its notice hangs on it.
struct Aftermath {
    /// What a person decided last beside it.
    overriding: Option<Override>,
    /// Whether another decision settles it.
    is_resolved: bool,
    /// What would settle it, where it was referred, is open, and a bank was not the cause.
    settlement: Option<Settlement>,
}

impl Underwriter {
    /// A decision, and the notice that the law asks for of it, or why none is sent. Nothing is decided
    /// anew but what would settle a referral.
    ///
    /// # Errors
    ///
    /// [`UnderwriteError::Application`] while it is pending.
    pub async fn notice(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<(DecisionRecord, Result<Notice, NoNotice>), UnderwriteError> {
        let record = match self.decision(tenant, id).await? {
            Answer::Decided(decided) => decided.record,
            Answer::Pending(_) => {
                return Err(UnderwriteError::Application(vec![ApplicationError {
                    field: "decision_id".to_owned(),
                    problem: "is of a decision that is still pending: there is no notice yet"
                        .to_owned(),
                }]));
            }
        };
        let bundle = self.bundle_of(&record).await?;
        let after = self.aftermath(&record).await?;
        let notice = Notice::of(&Case {
            body: &record.body,
            application: &record.application,
            bundle: &bundle,
            overriding: after.overriding.as_ref(),
            is_resolved: after.is_resolved,
            settlement: after.settlement.as_ref(),
        });
        Ok((record, notice))
    }

    /// What is owed to the applicant of a decision, where anything is, on a day or before.
    pub async fn owed(
        &self,
        record: &DecisionRecord,
        by: Option<NaiveDate>,
    ) -> Result<Option<Owed>, UnderwriteError> {
        let due = due_on(record.body.pins.as_of.date());
        let is_credit = record.body.pins.rule_set.kind == RuleSetKind::Credit;
        if !is_credit || by.is_some_and(|by| due > by) {
            return Ok(None);
        }
        let sent = self.follow_ups_of(record, FollowUpKind::Notice).await?;
        let sent = sent.into_iter().filter_map(|sent| match sent.body {
            FollowUp::Notice(sent) => Some(sent.kind),
            FollowUp::Override(_) | FollowUp::LoanPerformance(_) => None,
        });
        let sent: Vec<NoticeKind> = sent.collect();
        // What would settle a referral is not looked for where nothing hangs on it.
        if sent.iter().any(|kind| kind.tells_action()) {
            return Ok(None);
        }
        let after = self.aftermath(record).await?;
        let overridden_to = after.overriding.map(|said| said.outcome);
        let settlement = after.settlement.as_ref();
        let facts = Facts::of(&record.body, overridden_to, after.is_resolved, settlement);
        Ok(Owed::of(facts, &sent))
    }

    /// The first day (UTC) of those whose decisions are looked at for what is due, where nobody says
    /// otherwise.
    pub fn due_window(&self) -> NaiveDate {
        let today = self.now().date_naive();
        let first = today.checked_sub_days(Days::new(limits::DUE_WINDOW_DAYS));
        first.unwrap_or(NaiveDate::MIN)
    }

    /// A page of the decisions that were recorded on a day (UTC) or later, oldest first.
    pub async fn list_since(
        &self,
        tenant: &TenantId,
        since: NaiveDate,
        after: Option<Cursor>,
        page_size: usize,
    ) -> Result<Page, UnderwriteError> {
        let filter = Filter {
            from: Some(since.and_time(NaiveTime::MIN).and_utc()),
            ..Filter::default()
        };
        let (ledger, order) = (&self.0.parts.ledger, ListOrder::OldestFirst);
        Ok(ledger
            .list(tenant, &filter, order, after, page_size)
            .await?)
    }

    async fn aftermath(&self, record: &DecisionRecord) -> Result<Aftermath, UnderwriteError> {
        let overriding = self.newest_override(record).await?;
        let is_resolved = self.resolution_of(record).await?.is_some();
        // What somebody decided, or settled, asks for nothing more.
        let is_open = record.body.outcome() == Outcome::Refer && overriding.is_none();
        let settlement = match is_open && !is_resolved {
            false => None,
            true => {
                let bundle = self.bundle_of(record).await?;
                let snapshots = self.evidence(record).await?;
                self.settlement(record, &bundle, &snapshots).await?
            }
        };
        Ok(Aftermath {
            overriding,
            is_resolved,
            settlement,
        })
    }

    /// The day that it is now, where the days of a decision are read.
    pub fn today_of(&self, record: &DecisionRecord) -> NaiveDate {
        civil_date(self.now(), record.body.pins.zone())
    }

    /// What a person decided last beside the engine.
    async fn newest_override(
        &self,
        record: &DecisionRecord,
    ) -> Result<Option<Override>, UnderwriteError> {
        let filter = FollowUpFilter {
            kind: FollowUpKind::Override,
            decision: Some(record.id.clone()),
        };
        let newest = self.follow_ups(&record.tenant, &filter, None, 1).await?;
        Ok(newest.into_iter().find_map(|newest| match newest.body {
            FollowUp::Override(said) => Some(said),
            FollowUp::LoanPerformance(_) | FollowUp::Notice(_) => None,
        }))
    }

    /// What the newest override of a decision came to, where there is one.
    pub async fn overridden_to(
        &self,
        record: &DecisionRecord,
    ) -> Result<Option<Outcome>, UnderwriteError> {
        let newest = self.newest_override(record).await?;
        Ok(newest.map(|said| said.outcome))
    }
}
