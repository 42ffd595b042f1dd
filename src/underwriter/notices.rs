//! The notice of a decision, from what was recorded, and whether it is owed.

use chrono::{Days, NaiveDate, NaiveTime};

use super::{UnderwriteError, Underwriter};
use crate::adverse_action::{Case, Facts, NoNotice, Notice, Owed, due_on};
use crate::calendar::civil_date;
use crate::follow_up::{FollowUp, FollowUpKind, NoticeKind, Override};
use crate::id::{DecisionId, TenantId};
use crate::ledger::{Cursor, DecisionRecord, Filter, ListOrder, Page};
use crate::limits;
use crate::rules::{Bundle, Outcome, RuleSetKind, Settlement};

/// What followed a decision, as far as its notice hangs on it.
struct Aftermath {
    /// What a person decided last beside it.
    overriding: Option<Override>,
    /// Whether another decision settles it.
    is_resolved: bool,
}

impl Aftermath {
    /// Whether a decision is still to be settled: what somebody decided, or settled, asks for nothing more.
    fn leaves_open(&self, record: &DecisionRecord) -> bool {
        let is_referred = record.body.outcome() == Outcome::Refer;
        is_referred && self.overriding.is_none() && !self.is_resolved
    }
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
        let record = self.recorded(tenant, id).await?;
        let bundle = self.bundle_of(&record).await?;
        let after = self.aftermath(&record).await?;
        let settlement = match after.leaves_open(&record) {
            true => self.open_settlement(&record, &bundle).await?,
            false => None,
        };
        let notice = Notice::of(&Case {
            body: &record.body,
            application: &record.application,
            bundle: &bundle,
            overriding: after.overriding.as_ref(),
            is_resolved: after.is_resolved,
            settlement: settlement.as_ref(),
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
        let settlement = match after.leaves_open(record) {
            true => {
                let bundle = self.bundle_of(record).await?;
                self.open_settlement(record, &bundle).await?
            }
            false => None,
        };
        let overridden_to = after.overriding.map(|said| said.outcome);
        let settlement = settlement.as_ref();
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
        Ok(Aftermath {
            overriding: self.newest_override(record).await?,
            is_resolved: self.resolution_of(record).await?.is_some(),
        })
    }

    /// What would settle a referral that is open, where a bank was not the cause.
    async fn open_settlement(
        &self,
        record: &DecisionRecord,
        bundle: &Bundle,
    ) -> Result<Option<Settlement>, UnderwriteError> {
        let snapshots = self.evidence(record).await?;
        self.settlement(record, bundle, &snapshots).await
    }

    /// The day that it is now, where the days of a decision are read.
    pub fn today_of(&self, record: &DecisionRecord) -> NaiveDate {
        civil_date(self.now(), record.body.pins.zone())
    }

    /// What a person decided last beside the engine.
    pub(super) async fn newest_override(
        &self,
        record: &DecisionRecord,
    ) -> Result<Option<Override>, UnderwriteError> {
        let of = [record.id.clone()];
        let mut newest = self.newest_overrides(&record.tenant, &of).await?;
        let newest = newest.remove(&record.id).transpose()?;
        Ok(newest.and_then(|newest| match newest.body {
            FollowUp::Override(said) => Some(said),
            FollowUp::LoanPerformance(_) | FollowUp::Notice(_) => None,
        }))
    }
}
