//! Linked accounts in Stripe's shapes, written as a folder that the sandbox loads.

use std::fs;
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

/// One transaction: positive is money in.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) transacted: NaiveDate,
    pub(crate) posted: NaiveDate,
    pub(crate) minor: i64,
    pub(crate) description: String,
}

/// One linked account.
#[derive(Debug, Clone)]
pub(crate) struct Linked {
    /// `fca_` and this.
    pub(crate) name: String,
    pub(crate) subcategory: String,
    pub(crate) status: String,
    pub(crate) permissions: Vec<String>,
    pub(crate) currency: String,
    pub(crate) balance: i64,
    pub(crate) owner: String,
    pub(crate) raw_address: Option<String>,
    pub(crate) rows: Vec<Row>,
    /// Whether the bank was ever asked for anything.
    pub(crate) refreshed: bool,
}

impl Linked {
    /// An active checking account in US dollars with every permission.
    pub(crate) fn checking(name: &str, owner: &str) -> Self {
        Self {
            name: name.to_owned(),
            subcategory: "checking".to_owned(),
            status: "active".to_owned(),
            permissions: ["balances", "ownership", "payment_method", "transactions"]
                .map(str::to_owned)
                .to_vec(),
            currency: "usd".to_owned(),
            balance: 150_000,
            owner: owner.to_owned(),
            raw_address: None,
            rows: Vec::new(),
            refreshed: true,
        }
    }

    /// The account with a salary every second week and a few expenses, for half a year in which
    /// it never held less than 500.00.
    pub(crate) fn with_salary(mut self, until: NaiveDate, minor: i64) -> Self {
        let back = |days: u64| until.checked_sub_days(chrono::Days::new(days)).unwrap();
        for days in (0..180).rev() {
            let day = back(days);
            if days % 14 == 3 {
                self.push(day, minor, "ACME INC DES:PAYROLL CO ID:1234567890 PPD");
            }
            if days % 7 == 2 {
                self.push(day, -9_500, "CORNER GROCERY 0042");
            }
            if days % 30 == 11 {
                self.push(day, -95_000, "MAPLE STREET APARTMENTS RENT");
            }
        }
        self.balance = plausible_balance(&self.rows, 50_000);
        self
    }

    /// Pay on each of so many days before, of which a decision in full tells every row.
    pub(crate) fn with_daily_pay(mut self, until: NaiveDate, days: u64) -> Self {
        for days in 1..=days {
            let day = until.checked_sub_days(chrono::Days::new(days)).unwrap();
            self.push(day, 12_000, "DAILYWORK DES:PAYROLL CO ID:1234567890 PPD");
        }
        self
    }

    fn push(&mut self, day: NaiveDate, minor: i64, description: &str) {
        self.rows.push(Row {
            transacted: day,
            posted: day,
            minor,
            description: description.to_owned(),
        });
    }

    pub(crate) fn id(&self) -> String {
        format!("fca_{}", self.name)
    }

    fn ownership(&self) -> String {
        format!("fcaowns_{}", self.name)
    }

    fn account(&self, at: i64) -> Value {
        let holds = json!({ self.currency.as_str(): self.balance });
        let mut account = json!({
            "id": self.id(),
            "object": "financial_connections.account",
            "category": "cash",
            "subcategory": self.subcategory,
            "institution_name": "Loaded Bank",
            "last4": "0001",
            "livemode": false,
            "status": self.status,
            "permissions": self.permissions,
            "balance": {
                "as_of": at,
                "type": "cash",
                "current": holds,
                "cash": { "available": holds },
            },
            "ownership": self.ownership(),
        });
        if let (false, Some(account)) = (self.refreshed, account.as_object_mut()) {
            let refreshes = [
                "balance_refresh",
                "ownership_refresh",
                "transaction_refresh",
            ];
            account.extend(refreshes.map(|refresh| (refresh.to_owned(), Value::Null)));
        }
        account
    }

    fn account_ownership(&self, at: i64) -> Value {
        json!({
            "id": self.ownership(),
            "object": "financial_connections.account_ownership",
            "created": at,
            "owners": {
                "object": "list",
                "has_more": false,
                "data": [{
                    "object": "financial_connections.account_owner",
                    "name": self.owner,
                    "email": null,
                    "phone": null,
                    "raw_address": self.raw_address,
                    "refreshed_at": at,
                }],
            },
        })
    }

    fn transaction(&self, index: usize, row: &Row) -> Value {
        json!({
            "id": format!("fctxn_{}_{index}", self.name),
            "object": "financial_connections.transaction",
            "account": self.id(),
            "amount": row.minor,
            "currency": self.currency,
            "description": row.description,
            "livemode": false,
            "status": "posted",
            "status_transitions": { "posted_at": midnight(row.posted), "void_at": null },
            "transacted_at": midnight(row.transacted),
        })
    }
}

/// Today's balance of an account that was never below `floor`.
pub(crate) fn plausible_balance(rows: &[Row], floor: i64) -> i64 {
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by_key(|row| (row.posted, row.minor));
    let (mut sum, mut lowest) = (0, 0);
    for row in rows {
        sum += row.minor;
        lowest = lowest.min(sum);
    }
    sum - lowest + floor
}

/// The instant that names a UTC day.
fn midnight(day: NaiveDate) -> i64 {
    day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp()
}

/// Writes one file for each account, as known at `at`.
pub(crate) fn write(accounts: &[Linked], at: DateTime<Utc>, folder: &Path) {
    let at = at.timestamp();
    for linked in accounts {
        let mut objects = vec![linked.account(at), linked.account_ownership(at)];
        let rows = linked.rows.iter().enumerate();
        objects.extend(rows.map(|(index, row)| linked.transaction(index, row)));
        let text = serde_json::to_vec_pretty(&objects).unwrap();
        fs::write(folder.join(format!("{}.json", linked.name)), text).unwrap();
    }
}
