//! The arguments of `underwrite tokens`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Trust;
use super::settings::Settings;
use super::values::{self, End};
use crate::access::Scopes;
use crate::id::{IdentityName, TenantId, TokenId};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Tokens {
    /// Grant somebody what they may do. The token is shown this once.
    Create(Box<TokensCreate>),
    /// List what was granted, oldest first.
    List(TokensList),
    /// End a grant, from the next call on.
    Revoke(TokensRevoke),
}

/// Where grants are kept: by a running server, or in the ledger of this machine.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct AccessPlace {
    /// Ask a running server, such as http://127.0.0.1:50051, in place of opening its ledger.
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) server: Option<String>,
    /// A file that holds the token to ask the server with, in place of UNDERWRITE_TOKEN.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub(in crate::cli) token_file: Option<PathBuf>,
    /// The tenant; with --server it is that of the token.
    #[arg(long, value_name = "TENANT", conflicts_with = "server")]
    pub(in crate::cli) tenant: Option<TenantId>,
    #[command(flatten)]
    pub(in crate::cli) trust: Trust,
    #[command(flatten)]
    pub(in crate::cli) settings: Settings,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TokensCreate {
    /// Who is granted it: letters, digits, "-_.:@".
    #[arg(long)]
    pub(in crate::cli) name: IdentityName,
    /// What they may do, with commas between: decide, read, read:personal, rules:read, rules:write,
    /// rules:activate, replay, override, review, admin, metrics.
    #[arg(long, value_parser = Scopes::parse)]
    pub(in crate::cli) scopes: Scopes,
    /// When it ends by itself: `90d`, `2027-03-31` (the start of that day, UTC), or `never`.
    #[arg(long, value_name = "END", default_value = "90d", value_parser = values::parse_end)]
    pub(in crate::cli) expires: End,
    /// The subject of a client certificate that is to show the grant, in place of a token.
    #[arg(long, value_name = "SUBJECT")]
    pub(in crate::cli) certificate: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TokensList {
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TokensRevoke {
    /// The grant: tok_...
    pub(in crate::cli) id: TokenId,
    #[command(flatten)]
    pub(in crate::cli) place: AccessPlace,
}
