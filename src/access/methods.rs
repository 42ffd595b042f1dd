//! What each call needs: the one table that calls are let through by.

use super::Scope;

/// What a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing: it tells nothing of anybody.
    Open,
    /// A credential with this scope.
    Needs(Scope),
}

/// A method of gRPC: its path, and what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// `/package.Service/Method`.
    pub path: &'static str,
    /// What it needs.
    pub access: Access,
}

const fn needs(path: &'static str, scope: Scope) -> Method {
    Method {
        path,
        access: Access::Needs(scope),
    }
}

const fn open(path: &'static str) -> Method {
    Method {
        path,
        access: Access::Open,
    }
}

/// Every method there is. A test holds it against the descriptors of the services, so that none
/// can be forgotten.
pub const METHODS: &[Method] = &[
    needs("/underwrite.v1.DecisionService/Decide", Scope::Decide),
    needs("/underwrite.v1.DecisionService/GetDecision", Scope::Read),
    needs("/underwrite.v1.DecisionService/WatchDecision", Scope::Read),
    needs(
        "/underwrite.v1.DecisionService/ListPendingDecisions",
        Scope::Read,
    ),
    needs("/underwrite.v1.DecisionService/ListDecisions", Scope::Read),
    needs(
        "/underwrite.v1.DecisionService/GetSnapshot",
        Scope::ReadPersonal,
    ),
    needs("/underwrite.v1.AccessService/CreateToken", Scope::Admin),
    needs("/underwrite.v1.AccessService/ListTokens", Scope::Admin),
    needs("/underwrite.v1.AccessService/RevokeToken", Scope::Admin),
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
