//! What can keep an application from being decided.

use thiserror::Error;

use crate::application::ApplicationError;
use crate::decision::ViewError;
use crate::engine::EngineError;
use crate::id::{AccountId, EntropyError, Handle, IdentityName, RuleSetName};
use crate::ledger::LedgerError;
use crate::rules::BundleHash;
use crate::snapshot::SnapshotError;
use crate::stripe::StripeError;

/// Nothing was decided, and why. The idempotency key may be used again.
#[derive(Debug, Error)]
pub enum UnderwriteError {
    /// Fields of the application do not fit each other or the rule set.
    #[error("the application has {} invalid fields", .0.len())]
    Application(Vec<ApplicationError>),
    /// No rule set of that name is active.
    #[error("no rule set `{name}` is active")]
    UnknownRuleSet {
        /// The name asked for.
        name: RuleSetName,
        /// The nearest name that is active.
        suggestion: Option<String>,
    },
    /// Nothing decides under that name any more.
    #[error("rule set `{name}` is retired and decides no more")]
    RetiredRuleSet {
        /// The name.
        name: RuleSetName,
    },
    /// No such version is published.
    #[error("version `{version}` of rule set `{name}` is not published: the newest is `{newest}`")]
    UnknownVersion {
        /// The name asked for.
        name: RuleSetName,
        /// The version asked for.
        version: String,
        /// The newest that is.
        newest: String,
    },
    /// No version of it is published.
    #[error("no rule set `{name}` is published{}", did_you_mean(.suggestion))]
    UnpublishedRuleSet {
        /// The name asked for.
        name: RuleSetName,
        /// The nearest name that is.
        suggestion: Option<String>,
    },
    /// Whoever published a version is to make it active, and the settings want somebody else.
    #[error(
        "`{by}` published version `{version}` of rule set `{name}`, and `rules_four_eyes` wants \
         somebody else to make it active"
    )]
    FourEyes {
        /// The name.
        name: RuleSetName,
        /// The version.
        version: String,
        /// Who published it.
        by: IdentityName,
    },
    /// No other version decided before.
    #[error("no other version of rule set `{name}` decided before: make a published one active")]
    NothingBefore {
        /// The name.
        name: RuleSetName,
    },
    /// The key was used for another request.
    #[error("this idempotency key was used for another request: use a new key")]
    KeyReused,
    /// A request with this key is being decided.
    #[error("a request with this idempotency key is being decided: repeat it in a moment")]
    InFlight,
    /// Too many requests are being decided.
    #[error("too many applications are being decided: try again later")]
    Overloaded,
    /// The data of one account could not be fetched.
    #[error("account {account} could not be fetched: {source}")]
    Account {
        /// The request field that names the account.
        field: String,
        /// The account.
        account: AccountId,
        /// What Stripe said.
        source: StripeError,
    },
    /// The accounts behind a handle could not be found.
    #[error("the accounts behind {handle} could not be had: {source}")]
    Handle {
        /// The request field that names the handle.
        field: String,
        /// The handle.
        handle: Handle,
        /// What Stripe said.
        source: StripeError,
    },
    /// The accounts behind the handles were not found before the caller's time was up.
    #[error("the accounts behind the handles were not found in time: try again later")]
    NotFoundInTime,
    /// Only a decision that was referred is settled by a reviewer's answers.
    #[error("the decision is {stands}, and only one that is REFER can be resolved")]
    NotReferred {
        /// How it stands.
        stands: &'static str,
    },
    /// It was referred because a bank had not delivered: then nobody knows what the rules would have
    /// seen, and no answer settles that.
    #[error(
        "the decision was referred because a bank had not delivered in time, which no answer settles: \
         ask for a decision under a new key, and the bank is asked again"
    )]
    BankDataNotReady,
    /// What was referred is too old to be resolved.
    #[error(
        "the decision can no longer be resolved: {why}; ask again with `Decide`, under a new key"
    )]
    ReferralExpired {
        /// What is too old.
        why: &'static str,
    },
    /// Facts that a reviewer answers are not for them to say.
    #[error("{} answers are to what may not be answered", .0.len())]
    NotAnswerable(Vec<ApplicationError>),
    /// The decision has as much of what follows it as one may have.
    #[error(
        "the decision has {} such entries, the most that one may have",
        crate::limits::FOLLOW_UPS_MAX
    )]
    TooManyFollowUps,
    /// The server ends; what is pending goes on when it is back.
    #[error("the server is stopping: ask again when it is back")]
    Stopping,
    /// There is no such record.
    #[error("there is no such {kind}")]
    NotFound {
        /// What was asked for, in a word.
        kind: &'static str,
    },
    /// A rule set in the ledger is missing or not what its hash says.
    #[error("rule set bundle {hash} is damaged in the ledger")]
    DamagedBundle {
        /// Its hash.
        hash: BundleHash,
    },
    /// The work was cut off, by a shutdown or a defect; nothing was recorded.
    #[error("the work was interrupted and nothing was recorded: repeat the request")]
    Interrupted,
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A snapshot cannot be encoded, or a stored one is damaged.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The engine was given an inconsistent input.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A record cannot be rendered.
    #[error("the decision cannot be shown: {0}")]
    View(#[from] ViewError),
    /// No randomness was to be had.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// What to name in place of what there is not.
fn did_you_mean(suggestion: &Option<String>) -> String {
    let suggestion = suggestion.as_ref();
    suggestion.map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}

/// The nearest of some names, if it is near.
fn nearest<'a>(name: &RuleSetName, names: impl Iterator<Item = &'a str>) -> Option<String> {
    names
        .map(|one| (strsim::damerau_levenshtein(one, name.as_str()), one))
        .min()
        .filter(|(distance, _)| *distance <= name.as_str().len() / 2)
        .map(|(_, one)| one.to_owned())
}

/// Why an account cannot be decided on.
#[derive(Debug, Clone, Error)]
pub(super) enum AccountError {
    /// It could not be fetched.
    #[error(transparent)]
    Source(#[from] StripeError),
    /// What was fetched cannot be encoded.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// No randomness was to be had.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl AccountError {
    /// The stable code.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::Snapshot(error) => error.code(),
            Self::Entropy(_) => "no_entropy",
        }
    }

    /// Whether the same account may be had later without anybody changing anything.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, Self::Source(error) if error.is_transient())
    }

    /// Why the application cannot be decided, where it is of the account behind this field.
    pub(super) fn of(self, field: &str, account: &AccountId) -> UnderwriteError {
        match self {
            Self::Source(source) => UnderwriteError::Account {
                field: field.to_owned(),
                account: account.clone(),
                source,
            },
            Self::Snapshot(error) => error.into(),
            Self::Entropy(error) => error.into(),
        }
    }
}

impl UnderwriteError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Application(_) => "invalid_application",
            Self::UnknownRuleSet { .. } => "unknown_rule_set",
            Self::RetiredRuleSet { .. } => "rule_set_retired",
            Self::UnknownVersion { .. } => "unknown_version",
            Self::UnpublishedRuleSet { .. } => "unpublished_rule_set",
            Self::FourEyes { .. } => "four_eyes",
            Self::NothingBefore { .. } => "nothing_before",
            Self::KeyReused => "idempotency_key_reused",
            Self::InFlight => "decision_in_flight",
            Self::Overloaded => "overloaded",
            Self::Account { source, .. } | Self::Handle { source, .. } => source.code(),
            Self::NotReferred { .. } => "decision_not_referred",
            Self::BankDataNotReady => "bank_data_not_ready",
            Self::ReferralExpired { .. } => "referral_expired",
            Self::NotAnswerable(_) => "not_answerable",
            Self::TooManyFollowUps => "too_many_follow_ups",
            Self::NotFoundInTime => "handles_not_found_in_time",
            Self::Stopping => "stopping",
            Self::NotFound { .. } => "not_found",
            Self::DamagedBundle { .. } => "bundle_damaged",
            Self::Interrupted => "interrupted",
            Self::Ledger(error) => error.code(),
            Self::Snapshot(error) => error.code(),
            Self::Engine(error) => error.code(),
            Self::View(_) => "decision_not_readable",
            Self::Entropy(_) => "no_entropy",
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::InFlight
            | Self::Overloaded
            | Self::Interrupted
            | Self::NotFoundInTime
            | Self::Stopping => true,
            Self::Account { source, .. } | Self::Handle { source, .. } => source.is_transient(),
            Self::Ledger(error) => {
                matches!(error, LedgerError::Overloaded | LedgerError::Unavailable(_))
            }
            Self::Application(_)
            | Self::UnknownRuleSet { .. }
            | Self::RetiredRuleSet { .. }
            | Self::UnknownVersion { .. }
            | Self::UnpublishedRuleSet { .. }
            | Self::FourEyes { .. }
            | Self::NothingBefore { .. }
            | Self::NotReferred { .. }
            | Self::BankDataNotReady
            | Self::ReferralExpired { .. }
            | Self::NotAnswerable(_)
            | Self::TooManyFollowUps
            | Self::KeyReused
            | Self::NotFound { .. }
            | Self::DamagedBundle { .. }
            | Self::Snapshot(_)
            | Self::Engine(_)
            | Self::View(_)
            | Self::Entropy(_) => false,
        }
    }

    /// One field is wrong.
    pub(super) fn field(field: &str, problem: &str) -> Self {
        Self::Application(vec![ApplicationError {
            field: field.to_owned(),
            problem: problem.to_owned(),
        }])
    }

    pub(super) fn unknown_rule_set<'a>(
        name: RuleSetName,
        active: impl Iterator<Item = &'a str>,
    ) -> Self {
        let suggestion = nearest(&name, active);
        Self::UnknownRuleSet { name, suggestion }
    }

    pub(super) fn unpublished<'a>(
        name: RuleSetName,
        published: impl Iterator<Item = &'a str>,
    ) -> Self {
        let suggestion = nearest(&name, published);
        Self::UnpublishedRuleSet { name, suggestion }
    }
}
