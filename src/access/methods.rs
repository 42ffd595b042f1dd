//! What each call needs, and what of it is kept in the audit log: the one table that calls are let
//! through by.

use super::Scope;
use super::audit::Action;

/// What a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing: it tells nothing of anybody.
    Open,
    /// A credential with this scope.
    Needs(Scope),
}

/// What the audit log keeps of a call that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing: it changes nothing, and shows nothing that is personal.
    Nothing,
    /// That it was made.
    Always(Action),
    /// That it was made, where it shows the view FULL: what is personal is in that alone.
    InFull(Action),
}

/// A method of gRPC: its path, what it needs, and what is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// `/package.Service/Method`.
    pub path: &'static str,
    /// What it needs.
    pub access: Access,
    /// What the audit log keeps of it. A test holds it against the answers of the services.
    pub kept: Kept,
}

const fn needs(path: &'static str, scope: Scope, kept: Kept) -> Method {
    Method {
        path,
        access: Access::Needs(scope),
        kept,
    }
}

const fn open(path: &'static str) -> Method {
    Method {
        path,
        access: Access::Open,
        kept: Kept::Nothing,
    }
}

/// Every method there is. A test holds it against the descriptors of the services, so that none
/// can be forgotten.
pub const METHODS: &[Method] = &[
    needs(
        "/underwrite.v1.DecisionService/Decide",
        Scope::Decide,
        Kept::Always(Action::DecisionDecide),
    ),
    needs(
        "/underwrite.v1.DecisionService/ResolveDecision",
        Scope::Review,
        Kept::Always(Action::DecisionResolve),
    ),
    needs(
        "/underwrite.v1.DecisionService/GetDecision",
        Scope::Read,
        Kept::InFull(Action::DecisionRead),
    ),
    needs(
        "/underwrite.v1.DecisionService/WatchDecision",
        Scope::Read,
        Kept::InFull(Action::DecisionRead),
    ),
    needs(
        "/underwrite.v1.DecisionService/ListPendingDecisions",
        Scope::Read,
        Kept::Nothing,
    ),
    needs(
        "/underwrite.v1.DecisionService/ListDecisions",
        Scope::Read,
        Kept::InFull(Action::DecisionList),
    ),
    needs(
        "/underwrite.v1.DecisionService/GetSnapshot",
        Scope::ReadPersonal,
        Kept::Always(Action::SnapshotRead),
    ),
    needs(
        "/underwrite.v1.FollowUpService/RecordOverride",
        Scope::Override,
        Kept::Always(Action::OverrideRecord),
    ),
    needs(
        "/underwrite.v1.FollowUpService/ListOverrides",
        Scope::ReadPersonal,
        Kept::Always(Action::OverrideList),
    ),
    needs(
        "/underwrite.v1.FollowUpService/GetAdverseActionNotice",
        Scope::ReadPersonal,
        Kept::Always(Action::NoticeRead),
    ),
    needs(
        "/underwrite.v1.FollowUpService/RecordNotice",
        Scope::Servicing,
        Kept::Always(Action::NoticeRecord),
    ),
    needs(
        "/underwrite.v1.FollowUpService/ListNotices",
        Scope::ReadPersonal,
        Kept::Always(Action::NoticeList),
    ),
    needs(
        "/underwrite.v1.FollowUpService/ListDueNotices",
        Scope::ReadPersonal,
        Kept::Always(Action::NoticeDue),
    ),
    needs(
        "/underwrite.v1.FollowUpService/RecordLoanPerformance",
        Scope::Servicing,
        Kept::Always(Action::LoanPerformanceRecord),
    ),
    needs(
        "/underwrite.v1.FollowUpService/ListLoanPerformance",
        Scope::ReadPersonal,
        Kept::Always(Action::LoanPerformanceList),
    ),
    needs(
        "/underwrite.v1.AccessService/CreateToken",
        Scope::Admin,
        Kept::Always(Action::TokenCreate),
    ),
    needs(
        "/underwrite.v1.AccessService/ListTokens",
        Scope::Admin,
        Kept::Nothing,
    ),
    needs(
        "/underwrite.v1.AccessService/RevokeToken",
        Scope::Admin,
        Kept::Always(Action::TokenRevoke),
    ),
    needs(
        "/underwrite.v1.AccessService/ListAuditEvents",
        Scope::Admin,
        Kept::Nothing,
    ),
    needs(
        "/underwrite.v1.RuleSetService/CheckRuleSet",
        Scope::RulesRead,
        Kept::Nothing,
    ),
    needs(
        "/underwrite.v1.RuleSetService/PublishRuleSet",
        Scope::RulesWrite,
        Kept::Always(Action::RuleSetPublish),
    ),
    needs(
        "/underwrite.v1.RuleSetService/ListRuleSets",
        Scope::RulesRead,
        Kept::Nothing,
    ),
    needs(
        "/underwrite.v1.RuleSetService/GetRuleSet",
        Scope::RulesRead,
        Kept::Nothing,
    ),
    needs(
        "/underwrite.v1.RuleSetService/ActivateRuleSet",
        Scope::RulesActivate,
        Kept::Always(Action::RuleSetActivate),
    ),
    needs(
        "/underwrite.v1.RuleSetService/RollBackRuleSet",
        Scope::RulesActivate,
        Kept::Always(Action::RuleSetRollBack),
    ),
    needs(
        "/underwrite.v1.RuleSetService/RetireRuleSet",
        Scope::RulesActivate,
        Kept::Always(Action::RuleSetRetire),
    ),
    needs(
        "/underwrite.v1.RuleSetService/ListActivations",
        Scope::RulesRead,
        Kept::Nothing,
    ),
    needs(
        "/underwrite.v1.RuleSetService/SetShadow",
        Scope::RulesActivate,
        Kept::Always(Action::RuleSetShadow),
    ),
    needs(
        "/underwrite.v1.RuleSetService/ClearShadow",
        Scope::RulesActivate,
        Kept::Always(Action::RuleSetClearShadow),
    ),
    needs(
        "/underwrite.v1.RuleSetService/GetRuleSetStatus",
        Scope::RulesRead,
        Kept::Nothing,
    ),
    needs(
        "/underwrite.v1.ReplayService/RunReplay",
        Scope::Replay,
        Kept::Always(Action::ReplayRun),
    ),
    needs(
        "/underwrite.v1.ReplayService/GetReplay",
        Scope::Replay,
        Kept::Nothing,
    ),
    needs(
        "/underwrite.v1.ReplayService/GetReplayReport",
        Scope::ReadPersonal,
        Kept::Always(Action::ReplayRead),
    ),
    needs(
        "/underwrite.v1.ReplayService/CancelReplay",
        Scope::Replay,
        Kept::Always(Action::ReplayCancel),
    ),
    needs(
        "/underwrite.v1.ReplayService/ListReplays",
        Scope::Replay,
        Kept::Nothing,
    ),
    open("/grpc.health.v1.Health/Check"),
    open("/grpc.health.v1.Health/Watch"),
    open("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"),
    open("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"),
];

/// What the method with this path needs; `None` where there is no such method.
pub fn access(path: &str) -> Option<Access> {
    let known = METHODS.iter().find(|method| method.path == path);
    known.map(|method| method.access)
}
