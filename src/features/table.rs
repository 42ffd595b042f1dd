//! The one table of features.

use std::sync::LazyLock;

use super::{Feature, FeatureId, Features, Scope, Slot, Type, Value};
use crate::analysis::Analysis;
use crate::application::Application;
use crate::calendar::AsOf;
use crate::snapshot::Snapshot;

/// What an extractor reads.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The application.
    pub application: &'a Application,
    /// Its snapshots, in the order of [`Application::accounts`].
    pub snapshots: &'a [Snapshot],
    /// What the analysis found.
    pub analysis: &'a Analysis,
    /// The moment of the decision.
    pub as_of: AsOf,
}

/// The table, in the order in which answers and documents show it.
pub fn table() -> &'static [Feature] {
    static TABLE: LazyLock<Vec<Feature>> = LazyLock::new(|| {
        vec![
            Feature {
                name: "application.amount",
                ty: Type::Money,
                scope: Scope::Household,
                window_days: None,
                doc: "The amount asked for.",
                extractor: |context, _| {
                    Slot::known(Value::Money(context.application.requested_amount))
                },
            },
            row("application.term_days", Type::Days, Scope::Household),
            row("application.payments", Type::Count, Scope::Household),
            row("application.applicants", Type::Count, Scope::Household),
            row("application.accounts", Type::Count, Scope::Household),
            row("application.product", Type::Text, Scope::Household),
            row("application.purpose", Type::Text, Scope::Household),
            row(
                "application.days_to_first_payment",
                Type::Days,
                Scope::Household,
            ),
            row("income.monthly_net", Type::Money, Scope::Household),
            row(
                "income.monthly_net_recurring",
                Type::Money,
                Scope::Household,
            ),
            row(
                "income.monthly_net_irregular",
                Type::Money,
                Scope::Household,
            ),
            row("income.monthly_deposits_90d", Type::Money, Scope::Household),
            row("income.streams", Type::Count, Scope::Household),
            row("income.streams_inactive", Type::Count, Scope::Household),
            row("income.primary_cadence", Type::Text, Scope::Household),
            row("income.primary_share", Type::Ratio, Scope::Household),
            row("income.confidence", Type::Ratio, Scope::Household),
            row("income.stability", Type::Ratio, Scope::Household),
            row("income.regularity", Type::Ratio, Scope::Household),
            row("income.days_since_last", Type::Days, Scope::Household),
            row("income.next_payday", Type::Date, Scope::Household),
            row("income.months_observed", Type::Count, Scope::Household),
            row("income.stopped", Type::Bool, Scope::Household),
            row("nsf.event_days_30d", Type::Count, Scope::Household),
            row("nsf.event_days_90d", Type::Count, Scope::Household),
            row("nsf.event_days_180d", Type::Count, Scope::Household),
            row("nsf.nsf_days_90d", Type::Count, Scope::Household),
            row("nsf.overdraft_days_90d", Type::Count, Scope::Household),
            row("nsf.returned_debits_90d", Type::Count, Scope::Household),
            row("nsf.fees_net_90d", Type::Money, Scope::Household),
            row("nsf.days_since_last", Type::Days, Scope::Household),
            row(
                "nsf.protection_transfers_90d",
                Type::Count,
                Scope::Household,
            ),
            row("balance.current", Type::Money, Scope::Household),
            row("balance.available", Type::Money, Scope::Household),
            row("balance.age_days", Type::Days, Scope::Household),
            row("balance.average_30d", Type::Money, Scope::Household),
            row("balance.average_90d", Type::Money, Scope::Household),
            row("balance.minimum_30d", Type::Money, Scope::Household),
            row("balance.minimum_90d", Type::Money, Scope::Household),
            row("balance.days_negative_30d", Type::Count, Scope::Household),
            row("balance.days_negative_90d", Type::Count, Scope::Household),
            row("balance.days_below_100_90d", Type::Count, Scope::Household),
            row("balance.buffer_days", Type::Days, Scope::Household),
            row(
                "cash_flow.inflow_monthly_90d",
                Type::Money,
                Scope::Household,
            ),
            row(
                "cash_flow.outflow_monthly_90d",
                Type::Money,
                Scope::Household,
            ),
            row("cash_flow.net_monthly_90d", Type::Money, Scope::Household),
            row("cash_flow.own_transfers_90d", Type::Money, Scope::Household),
            row(
                "cash_flow.obligations_monthly",
                Type::Money,
                Scope::Household,
            ),
            row(
                "cash_flow.debt_payments_monthly",
                Type::Money,
                Scope::Household,
            ),
            row("cash_flow.housing_monthly", Type::Money, Scope::Household),
            row(
                "cash_flow.short_term_lenders_90d",
                Type::Count,
                Scope::Household,
            ),
            row(
                "cash_flow.short_term_loans_in_90d",
                Type::Money,
                Scope::Household,
            ),
            row(
                "cash_flow.short_term_loans_out_90d",
                Type::Money,
                Scope::Household,
            ),
            row("cash_flow.gambling_90d", Type::Money, Scope::Household),
            row("cash_flow.atm_cash_90d", Type::Money, Scope::Household),
            row("cash_flow.collections_90d", Type::Count, Scope::Household),
            row(
                "cash_flow.recent_deposit_share",
                Type::Percent,
                Scope::Household,
            ),
            row("ownership.name_score", Type::Ratio, Scope::Account),
            row("ownership.owners", Type::Count, Scope::Account),
            row("ownership.joint", Type::Bool, Scope::Account),
            row("ownership.address_score", Type::Ratio, Scope::Account),
            row("ownership.best_name_score", Type::Ratio, Scope::Applicant),
            row(
                "ownership.unmatched_accounts",
                Type::Count,
                Scope::Household,
            ),
            row(
                "ownership.unverified_accounts",
                Type::Count,
                Scope::Household,
            ),
            row("account.current", Type::Money, Scope::Account),
            row("account.history_days", Type::Days, Scope::Account),
            row("account.active", Type::Bool, Scope::Account),
            row("account.category", Type::Text, Scope::Account),
            row("account.subcategory", Type::Text, Scope::Account),
            row("account.institution", Type::Text, Scope::Account),
            row("data.history_days", Type::Days, Scope::Household),
            row("data.cash_accounts", Type::Count, Scope::Household),
            row("data.inactive_accounts", Type::Count, Scope::Household),
            row("data.transactions_90d", Type::Count, Scope::Household),
            row(
                "data.days_since_last_transaction",
                Type::Days,
                Scope::Household,
            ),
            row("data.pending_transactions", Type::Count, Scope::Household),
            row("data.amount_sign", Type::Text, Scope::Household),
            row("data.stale_balances", Type::Count, Scope::Household),
            row("data.failed_refreshes", Type::Count, Scope::Household),
        ]
    });
    &TABLE
}

fn row(name: &'static str, ty: Type, scope: Scope) -> Feature {
    Feature {
        name,
        ty,
        scope,
        window_days: None,
        doc: "",
        extractor: |_, _| Slot::missing(super::Missing::NotReady),
    }
}

/// The feature of that name.
pub fn find(name: &str) -> Option<(FeatureId, &'static Feature)> {
    let index = table().iter().position(|feature| feature.name == name)?;
    Some((FeatureId(u16::try_from(index).ok()?), table().get(index)?))
}

/// Computes every feature of the table.
pub fn extract(context: &Context<'_>) -> Features {
    let applicants: Vec<_> = context
        .application
        .applicants
        .iter()
        .map(|applicant| applicant.id.clone())
        .collect();
    let accounts: Vec<_> = context
        .snapshots
        .iter()
        .map(|snapshot| snapshot.account.id.clone())
        .collect();
    let slots = table()
        .iter()
        .map(|feature| {
            let subjects = match feature.scope {
                Scope::Household => 1,
                Scope::Applicant => applicants.len(),
                Scope::Account => accounts.len(),
            };
            (0..subjects)
                .map(|index| (feature.extractor)(context, index))
                .collect()
        })
        .collect();
    Features {
        slots,
        applicants,
        accounts,
    }
}
