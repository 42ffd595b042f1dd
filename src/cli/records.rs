//! Where records are read: the server that was named, or the ledger of this machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::args::{NamedDecision, RecordsArgs};
use super::caller::{self, Caller};
use super::rule_sets::Place;
use super::{CliError, assembly, tenants};
use crate::config::Config;
use crate::id::{DecisionId, IdempotencyKey, TenantId};
use crate::ledger::Ledger;
use crate::proto;
use crate::service::{DecisionApi, RuleSetApi};

/// Whoever is asked for records: the server that was named, or those of this machine.
pub(super) struct Records {
    pub(super) caller: Caller,
    /// Who is asked for rule sets: the same.
    pub(super) rule_sets: Place,
    /// The ledger and whose things are looked for there, where it is that of this machine.
    here: Option<(Arc<dyn Ledger>, TenantId)>,
}

impl Records {
    pub(super) async fn open(
        records: &RecordsArgs,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, CliError> {
        let place = &records.place;
        if let Some(url) = &place.server {
            let token = caller::token(place.token_file.as_deref(), environment)?;
            let remote = caller::remote(url, &place.trust, token).await?;
            return Ok(Self {
                caller: Caller::over(remote.clone()),
                rule_sets: Place::over(remote),
                here: None,
            });
        }
        let settings = &place.settings;
        let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
        let house = assembly::open_records(&config)?;
        let tenant = records.tenant.clone().unwrap_or(house.tenant);
        let api = DecisionApi::local(house.underwriter.clone(), tenant.clone());
        let rule_sets = RuleSetApi::local(house.underwriter, tenant.clone());
        Ok(Self {
            caller: Caller::Local(api),
            rule_sets: Place::Here(Box::new(rule_sets), config.ledger_path()),
            here: Some((house.ledger, tenant)),
        })
    }

    /// A decision in full.
    pub(super) async fn decision(
        &mut self,
        named: &NamedDecision,
    ) -> Result<proto::Decision, CliError> {
        let text = |name: Option<&str>| name.unwrap_or_default().to_owned();
        let request = proto::GetDecisionRequest {
            id: text(named.id.as_ref().map(DecisionId::as_str)),
            idempotency_key: text(named.key.as_ref().map(IdempotencyKey::as_str)),
            view: proto::DecisionView::Full.into(),
        };
        match self.caller.decision(request).await {
            Err(CliError::Refused(mut refused)) if refused.reason == "NOT_FOUND" => {
                refused.message = self.nothing(&refused.message).await?;
                Err(CliError::Refused(refused))
            }
            decision => decision,
        }
    }

    /// The snapshots that a decision rests on.
    pub(super) async fn snapshots(
        &mut self,
        decision: &proto::Decision,
    ) -> Result<Vec<proto::Snapshot>, CliError> {
        let mut snapshots = Vec::new();
        for pin in decision.pins.iter().flat_map(|pins| &pins.snapshots) {
            snapshots.push(self.caller.snapshot(&pin.hash).await?);
        }
        Ok(snapshots)
    }

    /// What is said where nothing was found: also whose there is something, if that can be seen.
    pub(super) async fn nothing(&self, nothing: &str) -> Result<String, CliError> {
        match &self.here {
            None => Ok(nothing.to_owned()),
            Some((ledger, tenant)) => {
                let all = ledger.tenants().await?;
                Ok(tenants::nothing_for(tenant, &all, nothing))
            }
        }
    }
}
