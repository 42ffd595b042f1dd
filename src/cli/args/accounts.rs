//! The arguments of the commands that work on linked accounts, and of those that name them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::settings::given;
use super::values::{
    Named, parse_country, parse_feature, parse_holder, parse_max_age, parse_named, parse_session,
    parse_word,
};
use crate::config::GivenSettings;
use crate::id::{AccountId, ConnectedAccountId, Handle};
use crate::snapshot::{Category, Permission, Subcategory};
use crate::stripe::RefreshFeature;

/// Whom to ask, and in whose name.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct AtStripe {
    /// The connected account that the accounts belong to: acct_...
    #[arg(long, value_name = "ACCOUNT")]
    pub(in crate::cli) stripe_account: Option<ConnectedAccountId>,
    /// A TOML file of settings.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Where Stripe answers.
    #[arg(long, value_name = "URL")]
    stripe_api_base: Option<String>,
}

impl AtStripe {
    /// The settings that were given as flags.
    pub(in crate::cli) fn given(&self) -> GivenSettings {
        given([(
            "stripe_api_base",
            "--stripe-api-base",
            self.stripe_api_base.clone(),
        )])
    }
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Accounts {
    /// List the accounts behind a handle, and which of them a decision would take.
    List(AccountsList),
    /// Show one account: its balance, and how fresh its data are.
    Show(AccountsShow),
    /// Ask the account's bank for what is new. It answers in the background.
    Refresh(AccountsRefresh),
    /// Have the transactions refreshed once a day.
    Subscribe(OneAccount),
    /// End the daily refreshes.
    Unsubscribe(OneAccount),
    /// Give up the access to an account for good: only its holder can give it back.
    Disconnect(AccountsDisconnect),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AccountsList {
    /// A customer, a connected account, a session, or anything that is paid from an account: cus_,
    /// acct_, fcsess_, pm_, pi_, seti_, cs_, sub_, in_.
    #[arg(value_name = "HANDLE")]
    pub(in crate::cli) handle: Handle,
    #[command(flatten)]
    pub(in crate::cli) filter: Filter,
    #[command(flatten)]
    pub(in crate::cli) at: AtStripe,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AccountsShow {
    /// The account: fca_...
    #[arg(value_name = "ACCOUNT")]
    pub(in crate::cli) id: AccountId,
    /// Show its owners. They are personal data.
    #[arg(long)]
    pub(in crate::cli) owners: bool,
    /// Show its transactions. They are personal data.
    #[arg(long)]
    pub(in crate::cli) transactions: bool,
    #[command(flatten)]
    pub(in crate::cli) at: AtStripe,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AccountsRefresh {
    /// The account: fca_...
    #[arg(value_name = "ACCOUNT")]
    pub(in crate::cli) id: AccountId,
    /// What to refresh: balance, ownership, transactions; all that is permitted when left out.
    #[arg(long, value_name = "FEATURE", value_delimiter = ',', value_parser = parse_feature)]
    pub(in crate::cli) features: Vec<RefreshFeature>,
    #[command(flatten)]
    pub(in crate::cli) at: AtStripe,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct OneAccount {
    /// The account: fca_...
    #[arg(value_name = "ACCOUNT")]
    pub(in crate::cli) id: AccountId,
    #[command(flatten)]
    pub(in crate::cli) at: AtStripe,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AccountsDisconnect {
    /// The account: fca_...
    #[arg(value_name = "ACCOUNT")]
    pub(in crate::cli) id: AccountId,
    /// Do it: it cannot be undone.
    #[arg(long)]
    pub(in crate::cli) yes: bool,
    #[command(flatten)]
    pub(in crate::cli) at: AtStripe,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Sessions {
    /// Make a session in which a person links accounts, and print the secret that the frontend
    /// opens it with.
    Create(Box<SessionsCreate>),
    /// Show a session and what was linked in it.
    Show(SessionsShow),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SessionsCreate {
    /// Who links: a customer (cus_...) or a connected account (acct_...).
    #[arg(value_name = "HOLDER", value_parser = parse_holder)]
    pub(in crate::cli) holder: Handle,
    /// What the person is asked to permit: balances, ownership, payment_method, transactions.
    #[arg(
        long,
        value_delimiter = ',',
        default_values = ["balances", "ownership", "transactions"],
        value_parser = |text: &str| parse_word(text, Permission::WORDS, Permission::from_word),
    )]
    pub(in crate::cli) permissions: Vec<Permission>,
    /// What is fetched as soon as an account is linked: balances, ownership, transactions.
    #[arg(long, value_name = "FEATURE", value_delimiter = ',', value_parser = parse_feature)]
    pub(in crate::cli) prefetch: Vec<RefreshFeature>,
    /// The country whose banks are shown: US.
    #[arg(long, value_parser = parse_country)]
    pub(in crate::cli) country: Option<String>,
    /// Which accounts can be linked: checking, savings, credit_card, line_of_credit, mortgage; any
    /// when left out.
    #[arg(
        long,
        value_delimiter = ',',
        value_parser = |text: &str| parse_word(text, Subcategory::WORDS, Subcategory::from_word),
    )]
    pub(in crate::cli) subcategories: Vec<Subcategory>,
    /// Where a native app gets the person back.
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) return_url: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) at: AtStripe,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SessionsShow {
    /// The session: fcsess_...
    #[arg(value_name = "SESSION", value_parser = parse_session)]
    pub(in crate::cli) id: Handle,
    #[command(flatten)]
    pub(in crate::cli) at: AtStripe,
}

/// Which of several accounts behind one handle to take.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Filter {
    /// Take accounts of these categories only: cash, credit, investment, other; cash when left out.
    #[arg(
        long,
        value_name = "WORD",
        value_delimiter = ',',
        value_parser = |text: &str| parse_word(text, Category::WORDS, str::to_owned),
    )]
    pub(in crate::cli) categories: Vec<String>,
    /// Take accounts of these subcategories only: checking, savings, credit_card, line_of_credit,
    /// mortgage, other; any when left out.
    #[arg(
        long,
        value_name = "WORD",
        value_delimiter = ',',
        value_parser = |text: &str| parse_word(text, Subcategory::WORDS, str::to_owned),
    )]
    pub(in crate::cli) subcategories: Vec<String>,
    /// Take accounts too whose transactions may not be read.
    #[arg(long)]
    pub(in crate::cli) without_transactions: bool,
}

/// The bank data of an application.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct BankData {
    /// The applicant's linked accounts (fca_...), or what they are found behind: a Financial
    /// Connections session (fcsess_), customer (cus_), connected account (acct_), payment method
    /// (pm_), payment intent (pi_), setup intent (seti_), Checkout session (cs_), subscription
    /// (sub_) or invoice (in_).
    #[arg(required = true, value_name = "ACCOUNT", value_parser = parse_named)]
    pub(in crate::cli) accounts: Vec<Named>,
    /// The connected account that they belong to: acct_...
    #[arg(long, value_name = "ACCOUNT")]
    pub(in crate::cli) stripe_account: Option<ConnectedAccountId>,
    /// The oldest data that will do, as in "balances=2h,transactions=1d": of balances, ownership or
    /// transactions, in s, m, h or d; 0s is always fetched anew.
    #[arg(
        long,
        value_name = "WHAT=AGE",
        value_delimiter = ',',
        value_parser = parse_max_age,
    )]
    pub(in crate::cli) max_age: Vec<(RefreshFeature, std::time::Duration)>,
    #[command(flatten)]
    pub(in crate::cli) filter: Filter,
}
