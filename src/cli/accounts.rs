//! `underwrite accounts`: linked accounts at Stripe, by an operator's hand.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::args::{
    Accounts, AccountsDisconnect, AccountsList, AccountsRefresh, AccountsShow, AtStripe, OneAccount,
};
use super::table::{self, Cell};
use super::text::{BOLD, DIM, GREEN, RED, YELLOW, counted, paint};
use super::{CliError, Exit, Terminal, assembly, bank_data, decide};
use crate::config::Config;
use crate::id::HandleKind;
use crate::money::{Currency, Money, grouped};
use crate::snapshot::{Account, Owner, Status, Transaction};
use crate::stripe::{self, Choice, ChoiceError, LinkedAccount, RefreshFeature, StripeClient};

/// Runs the command.
pub(super) async fn run(
    command: Accounts,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    match command {
        Accounts::List(command) => list(command, environment, terminal).await?,
        Accounts::Show(command) => show(command, environment, terminal).await?,
        Accounts::Refresh(command) => refresh(command, environment, terminal).await?,
        Accounts::Subscribe(command) => subscribe(command, environment, terminal).await?,
        Accounts::Unsubscribe(command) => unsubscribe(command, environment, terminal).await?,
        Accounts::Disconnect(command) => disconnect(command, environment, terminal).await?,
    }
    Ok(Exit::Success)
}

/// The client of Stripe, by the settings.
pub(super) fn client(
    at: &AtStripe,
    environment: &BTreeMap<String, String>,
) -> Result<StripeClient, CliError> {
    let config = Config::load(at.given(), environment, at.config.as_deref())?;
    assembly::stripe_client(&config)
}

async fn list(
    command: AccountsList,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let client = client(&command.at, environment)?;
    let connected = command.at.stripe_account.as_ref();
    let accounts = client.list_accounts(&command.handle, connected).await?;
    let several = matches!(
        command.handle.kind(),
        HandleKind::Customer | HandleKind::ConnectedAccount | HandleKind::Session
    );
    let all: Vec<Account> = accounts.iter().map(|it| it.account.clone()).collect();
    let choice = stripe::choose(&all, &bank_data::filter(&command.filter));
    let taken = |account: &Account| {
        if several {
            fate(account, &choice)
        } else {
            // Whoever names a payment means the account that it is paid from.
            "yes"
        }
    };
    if terminal.wants_json() {
        let rows = accounts.iter().map(|shown| {
            let mut row = to_json(shown);
            row.insert("taken".to_owned(), taken(&shown.account).into());
            row
        });
        let rows: Vec<_> = rows.collect();
        terminal.print_json(&json!({ "accounts": rows }))?;
        return Ok(());
    }
    let fates: Vec<&str> = accounts.iter().map(|it| taken(&it.account)).collect();
    terminal.print(&table_with(&accounts, &fates, terminal.width()))?;
    if let (true, Err(problem)) = (several, &choice) {
        terminal.note(&format!("a decision would not be made: {problem}"))?;
    }
    Ok(())
}

/// `yes`, or why a decision would not take an account.
fn fate(account: &Account, choice: &Result<Choice, ChoiceError>) -> &'static str {
    match choice {
        Ok(choice) => match choice.left_out.get(&account.id) {
            Some(why) => why.as_words(),
            None => "yes",
        },
        Err(_) => "no",
    }
}

/// Accounts in rows.
pub(super) fn table(accounts: &[LinkedAccount], width: Option<usize>) -> String {
    let rows = accounts.iter().map(row).collect();
    table::render(&COLUMNS, rows, width)
}

/// Accounts in rows, with one column more in which is said whether a decision takes them.
fn table_with(accounts: &[LinkedAccount], taken: &[&str], width: Option<usize>) -> String {
    let rows = accounts.iter().zip(taken).map(|(shown, taken)| {
        let mut row = row(shown);
        row.push(Cell::new(*taken));
        row
    });
    let head = [&COLUMNS[..], &["taken"]].concat();
    table::render(&head, rows.collect(), width)
}

const COLUMNS: [&str; 5] = ["account", "bank", "kind", "status", "permissions"];

fn row(shown: &LinkedAccount) -> Vec<Cell> {
    let account = &shown.account;
    vec![
        Cell::new(account.id.as_str()),
        Cell::new(bank(account)),
        Cell::new(kind(account)),
        Cell::styled(account.status.as_word(), colour(&account.status)),
        Cell::new(words(account.permissions.iter())),
    ]
}

fn bank(account: &Account) -> String {
    match &account.last4 {
        Some(last4) => format!("{} …{last4}", account.institution),
        None => account.institution.clone(),
    }
}

fn kind(account: &Account) -> String {
    format!("{}/{}", account.category, account.subcategory)
}

fn colour(status: &Status) -> anstyle::Style {
    match status {
        Status::Active => GREEN,
        Status::Disconnected => RED,
        Status::Inactive | Status::Unknown(_) => YELLOW,
    }
}

fn words(words: impl Iterator<Item = impl ToString>) -> String {
    let words: Vec<String> = words.map(|word| word.to_string()).collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}

async fn show(
    command: AccountsShow,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let client = client(&command.at, environment)?;
    let connected = command.at.stripe_account.as_ref();
    let shown = client.retrieve_account(&command.id, connected).await?;
    let owners = match command.owners {
        true => Some(client.account_owners(&shown).await?.unwrap_or_default()),
        false => None,
    };
    let rows = match command.transactions {
        true => Some(client.account_transactions(&shown).await?),
        false => None,
    };
    if terminal.wants_json() {
        let mut value = to_json(&shown);
        if let Some(owners) = &owners {
            let owners = owners.iter().map(owner_json).collect();
            value.insert("owners".to_owned(), owners);
        }
        if let Some(rows) = &rows {
            let rows = rows.iter().map(transaction_json).collect();
            value.insert("transactions".to_owned(), rows);
        }
        terminal.print_json(&value.into())?;
        return Ok(());
    }
    let mut text = described(&shown);
    if let Some(owners) = &owners {
        text.push_str(&owners_text(owners));
    }
    if let Some(rows) = &rows {
        text.push_str(&transactions_text(rows, terminal.width()));
    }
    terminal.print(&text)?;
    Ok(())
}

async fn refresh(
    command: AccountsRefresh,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let client = client(&command.at, environment)?;
    let (id, connected) = (&command.id, command.at.stripe_account.as_ref());
    let before = client.retrieve_account(id, connected).await?;
    let mut features: BTreeSet<RefreshFeature> = command.features.into_iter().collect();
    if features.is_empty() {
        let permitted = |feature: &RefreshFeature| {
            let permission = feature.permission();
            before.account.permissions.contains(&permission)
        };
        features = RefreshFeature::ALL.into_iter().filter(permitted).collect();
    }
    if features.is_empty() {
        let message = "the holder permitted nothing that can be refreshed: have the account \
                       linked again with more permissions";
        return Err(CliError::other("nothing_permitted", message));
    }
    let key = decide::random_name()?;
    let after = client
        .refresh_account(id, &features, connected, &key)
        .await?;
    let idle = features.iter().filter(|feature| {
        let state = |shown: &LinkedAccount| shown.refreshes.get(feature).cloned();
        state(&before) == state(&after)
    });
    let idle: Vec<&str> = idle.map(|feature| feature.word()).collect();
    if !idle.is_empty() {
        terminal.note(&format!(
            "not started: {}; the bank was asked not long ago, or is being asked",
            idle.join(", ")
        ))?;
    }
    changed(&after, terminal)
}

async fn subscribe(
    command: OneAccount,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let client = client(&command.at, environment)?;
    let connected = command.at.stripe_account.as_ref();
    let key = decide::random_name()?;
    let after = client
        .subscribe_account(&command.id, connected, &key)
        .await?;
    changed(&after, terminal)
}

async fn unsubscribe(
    command: OneAccount,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let client = client(&command.at, environment)?;
    let connected = command.at.stripe_account.as_ref();
    let key = decide::random_name()?;
    let after = client
        .unsubscribe_account(&command.id, connected, &key)
        .await?;
    changed(&after, terminal)
}

async fn disconnect(
    command: AccountsDisconnect,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    if !command.yes {
        let message = format!(
            "`disconnect` gives up the access to {} for good, and only its holder can give it \
             back: add `--yes` to do it",
            command.id
        );
        return Err(CliError::Usage(message));
    }
    let client = client(&command.at, environment)?;
    let connected = command.at.stripe_account.as_ref();
    let key = decide::random_name()?;
    let after = client
        .disconnect_account(&command.id, connected, &key)
        .await?;
    changed(&after, terminal)
}

/// Prints what has become of an account.
fn changed(shown: &LinkedAccount, terminal: &mut Terminal) -> Result<(), CliError> {
    if terminal.wants_json() {
        terminal.print_json(&to_json(shown).into())?;
    } else {
        terminal.print(&described(shown))?;
    }
    Ok(())
}

/// Everything but owners and transactions.
fn described(shown: &LinkedAccount) -> String {
    let account = &shown.account;
    let mut text = format!("{}\n", paint(BOLD, account.id.as_str()));
    let mut line = |name: &str, value: &str| {
        let name = paint(DIM, &format!("{name:<22}"));
        text.push_str(&format!("  {name}{value}\n"));
    };
    line("bank", &bank(account));
    line("kind", &kind(account));
    let status = account.status.as_word();
    line("status", &paint(colour(&account.status), status));
    line("permissions", &words(account.permissions.iter()));
    line("pays by", &words(account.payment_methods.iter()));
    line("holder", shown.holder.as_deref().unwrap_or("nobody"));
    line("linked", &instant(shown.linked_at));
    line("subscriptions", &words(shown.subscriptions.iter()));
    match &shown.balance {
        None => line("balance", "none"),
        Some(balance) => {
            let of = |amounts: &BTreeMap<Currency, i64>| words(amounts.iter().map(money));
            let mut all = format!("{} current", of(&balance.current));
            if let Some(available) = &balance.available {
                all.push_str(&format!(", {} available", of(available)));
            }
            if let Some(used) = &balance.used {
                all.push_str(&format!(", {} used", of(used)));
            }
            line(
                "balance",
                &format!("{all}, as of {}", instant(Some(balance.as_of))),
            );
        }
    }
    for feature in RefreshFeature::ALL {
        let state = match shown.refreshes.get(&feature) {
            None => "never refreshed".to_owned(),
            Some(state) => {
                let again = match state.next_available_at {
                    Some(at) => format!("again from {}", instant(Some(at))),
                    None => "not again for now".to_owned(),
                };
                let at = instant(state.last_attempted_at);
                format!("{} at {at}; {again}", state.status)
            }
        };
        line(&format!("{} refresh", feature.word()), &state);
    }
    text
}

fn money((currency, minor): (&Currency, &i64)) -> String {
    let money = Money::new(*minor, *currency);
    let number = grouped(&money.to_decimal().to_string());
    format!("{number} {currency}")
}

fn owners_text(owners: &[Owner]) -> String {
    let mut text = format!("\n{}\n", counted(owners.len(), "owner", "owners"));
    for owner in owners {
        let parts = [&owner.email, &owner.phone, &owner.raw_address];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        text.push_str(&format!(
            "  {}  {}\n",
            owner.name,
            paint(DIM, &parts.join("; "))
        ));
    }
    text
}

fn transactions_text(rows: &[Transaction], width: Option<usize>) -> String {
    let count = counted(rows.len(), "transaction", "transactions");
    let cells = rows.iter().map(|row| {
        vec![
            Cell::new(instant(Some(row.transacted_at))),
            Cell::right(money((&row.currency, &row.amount))),
            Cell::new(row.status.as_word()),
            Cell::new(&row.description),
        ]
    });
    let head = ["made", "amount", "status", "description"];
    let table = table::render(&head, cells.collect(), width);
    format!("\n{count}\n{table}")
}

fn instant(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(
        || "?".to_owned(),
        |at| at.format("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

fn instant_json(at: Option<DateTime<Utc>>) -> Value {
    at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
        .into()
}

/// An account as JSON: everything but owners and transactions.
pub(super) fn to_json(shown: &LinkedAccount) -> Map<String, Value> {
    let account = &shown.account;
    let words = |words: Vec<&str>| json!(words);
    let amounts = |amounts: &BTreeMap<Currency, i64>| -> Value {
        let decimal = |(currency, minor): (&Currency, &i64)| {
            let amount = Money::new(*minor, *currency).to_decimal().to_string();
            (currency.to_string(), Value::from(amount))
        };
        Value::Object(amounts.iter().map(decimal).collect())
    };
    let balance = shown.balance.as_ref().map(|balance| {
        json!({
            "as_of": instant_json(Some(balance.as_of)),
            "current": amounts(&balance.current),
            "available": balance.available.as_ref().map(amounts),
            "used": balance.used.as_ref().map(amounts),
        })
    });
    let refreshes = shown.refreshes.iter().map(|(feature, state)| {
        let state = json!({
            "status": state.status,
            "last_attempted_at": instant_json(state.last_attempted_at),
            "next_available_at": instant_json(state.next_available_at),
        });
        (feature.word().to_owned(), state)
    });
    let fields = json!({
        "id": account.id.as_str(),
        "institution": account.institution,
        "display_name": account.display_name,
        "last4": account.last4,
        "category": account.category.as_word(),
        "subcategory": account.subcategory.as_word(),
        "status": account.status.as_word(),
        "livemode": account.livemode,
        "permissions": words(account.permissions.iter().map(|it| it.as_word()).collect()),
        "payment_methods": words(account.payment_methods.iter().map(|it| it.as_word()).collect()),
        "holder": shown.holder,
        "linked_at": instant_json(shown.linked_at),
        "subscriptions": shown.subscriptions,
        "balance": balance,
        "refreshes": Value::Object(refreshes.collect()),
    });
    object(fields)
}

/// The fields of an object.
pub(super) fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(fields) = value {
        fields
    } else {
        Map::new()
    }
}

fn owner_json(owner: &Owner) -> Value {
    json!({
        "name": owner.name,
        "email": owner.email,
        "phone": owner.phone,
        "raw_address": owner.raw_address,
    })
}

fn transaction_json(row: &Transaction) -> Value {
    json!({
        "id": row.id.as_str(),
        "amount": Money::new(row.amount, row.currency).to_decimal().to_string(),
        "currency": row.currency.to_string(),
        "description": row.description,
        "status": row.status.as_word(),
        "transacted_at": instant_json(Some(row.transacted_at)),
        "posted_at": instant_json(row.posted_at),
        "void_at": instant_json(row.void_at),
    })
}
