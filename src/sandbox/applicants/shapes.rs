//! Objects of payments and of Connect in Stripe's shapes: every field that is always there, and
//! of the others those that lead to a bank account.

use serde_json::{Value, json};

use crate::application::Identity;
use crate::sandbox::wire::Account;

/// Whose objects they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Party<'a> {
    /// What comes after `cus_sample_` and its like.
    pub(super) key: &'a str,
    pub(super) identity: &'a Identity,
    /// When everything was made, in Unix seconds.
    pub(super) created: i64,
}

/// How long a period of a subscription is, in seconds: 30 days.
const PERIOD: i64 = 30 * 86_400;

/// What is paid in every sample, in cents.
const AMOUNT: i64 = 4_900;

impl Party<'_> {
    /// `pm_sample_salaried`.
    pub(super) fn id(&self, prefix: &str) -> String {
        format!("{prefix}_sample_{}", self.key)
    }

    pub(super) fn customer(&self) -> Value {
        json!({
            "id": self.id("cus"), "object": "customer", "address": null, "balance": 0,
            "created": self.created, "currency": null, "default_source": null,
            "delinquent": false, "description": null, "email": self.identity.email,
            "invoice_prefix": "SANDBOX",
            "invoice_settings": {
                "custom_fields": null, "default_payment_method": null, "footer": null,
                "rendering_options": null,
            },
            "livemode": false, "metadata": {}, "name": self.identity.name,
            "phone": self.identity.phone, "preferred_locales": [], "shipping": null,
            "tax_exempt": "none", "test_clock": null,
        })
    }

    /// `linked` is nothing where the account was typed by hand.
    pub(super) fn payment_method(&self, linked: Option<&Account>) -> Value {
        let bank = linked.map_or("Sandbox Bank", |account| &account.institution_name);
        let last4 = linked.and_then(|account| account.last4.as_deref());
        json!({
            "id": self.id("pm"), "object": "payment_method", "allow_redisplay": "unspecified",
            "billing_details": {
                "address": {
                    "city": null, "country": null, "line1": null, "line2": null,
                    "postal_code": null, "state": null,
                },
                "email": self.identity.email, "name": self.identity.name, "phone": null,
                "tax_id": null,
            },
            "created": self.created, "customer": self.id("cus"), "livemode": false,
            "metadata": {}, "type": "us_bank_account",
            "us_bank_account": {
                "account_holder_type": "individual", "account_type": "checking",
                "bank_name": bank, "financial_connections_account": linked.map(|it| &it.id),
                "fingerprint": format!("sandbox{}", self.key),
                "last4": last4.unwrap_or("6789"),
                "networks": { "preferred": "ach", "supported": ["ach"] },
                "routing_number": "110000000", "status_details": {},
            },
        })
    }

    pub(super) fn payment_intent(&self) -> Value {
        let null = "application application_fee_amount automatic_payment_methods canceled_at \
                    cancellation_reason description last_payment_error latest_charge next_action \
                    on_behalf_of processing receipt_email review setup_future_usage shipping \
                    source statement_descriptor statement_descriptor_suffix transfer_data \
                    transfer_group";
        let fields = json!({
            "id": self.id("pi"), "object": "payment_intent", "amount": AMOUNT,
            "amount_details": { "tip": {} }, "capture_method": "automatic",
            "client_secret": format!("{}_secret_sandbox", self.id("pi")),
            "confirmation_method": "automatic", "created": self.created, "currency": "usd",
            "customer": self.id("cus"), "livemode": false, "metadata": {},
            "payment_method": self.id("pm"),
            "payment_method_options": { "us_bank_account": bank_options() },
            "payment_method_types": ["us_bank_account"], "status": "processing",
        });
        let zero = "amount_capturable amount_received";
        object(fields, &[(Value::Null, null), (0.into(), zero)])
    }

    pub(super) fn setup_intent(&self) -> Value {
        let null = "application automatic_payment_methods cancellation_reason description \
                    flow_directions last_setup_error latest_attempt mandate next_action \
                    on_behalf_of single_use_mandate";
        let fields = json!({
            "id": self.id("seti"), "object": "setup_intent",
            "client_secret": format!("{}_secret_sandbox", self.id("seti")),
            "created": self.created, "customer": self.id("cus"), "livemode": false,
            "metadata": {}, "payment_method": self.id("pm"),
            "payment_method_options": { "us_bank_account": bank_options() },
            "payment_method_types": ["us_bank_account"], "status": "succeeded",
            "usage": "off_session",
        });
        object(fields, &[(Value::Null, null)])
    }

    /// A Checkout Session of the mode `payment`, `setup` or `subscription`.
    pub(super) fn checkout(&self, mode: &str) -> Value {
        let (amount, paid) = match mode {
            "setup" => (None, "no_payment_required"),
            _ => (Some(AMOUNT), "paid"),
        };
        let of = |wanted: &str, prefix: &str| (mode == wanted).then(|| self.id(prefix));
        let null = "after_expiration allow_promotion_codes billing_address_collection cancel_url \
                    client_reference_id client_secret consent consent_collection \
                    currency_conversion customer_creation customer_details customer_email \
                    discounts invoice_creation locale payment_link recovered_from \
                    shipping_address_collection shipping_cost submit_type total_details url";
        let fields = json!({
            "id": self.id("cs"), "object": "checkout.session", "amount_subtotal": amount,
            "amount_total": amount,
            "automatic_tax": {
                "enabled": false, "liability": null, "provider": null, "status": null,
            },
            "created": self.created, "currency": "usd",
            "custom_text": {
                "after_submit": null, "shipping_address": null, "submit": null,
                "terms_of_service_acceptance": null,
            },
            "customer": self.id("cus"), "expires_at": self.created + 86_400,
            "invoice": of("subscription", "in"), "livemode": false, "metadata": {}, "mode": mode,
            "payment_intent": of("payment", "pi"), "payment_method_collection": "if_required",
            "payment_method_options": { "us_bank_account": bank_options() },
            "payment_method_types": ["us_bank_account"], "payment_status": paid,
            "phone_number_collection": { "enabled": false }, "setup_intent": of("setup", "seti"),
            "status": "complete", "subscription": of("subscription", "sub"),
            "success_url": "https://example.com/done", "ui_mode": "hosted_page",
        });
        let empty = "custom_fields shipping_options";
        object(fields, &[(Value::Null, null), (json!([]), empty)])
    }

    pub(super) fn subscription(&self) -> Value {
        let null = "application application_fee_percent billing_cycle_anchor_config \
                    billing_thresholds cancel_at canceled_at cancellation_details days_until_due \
                    default_source description ended_at next_pending_invoice_item_invoice \
                    on_behalf_of pause_collection pending_invoice_item_interval \
                    pending_setup_intent pending_update schedule test_clock transfer_data \
                    trial_end trial_settings trial_start";
        let items = json!({
            "object": "list", "data": [self.subscription_item()], "has_more": false,
            "url": format!("/v1/subscription_items?subscription={}", self.id("sub")),
        });
        let fields = json!({
            "id": self.id("sub"), "object": "subscription",
            "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null },
            "billing_mode": { "flexible": null, "type": "classic" },
            "cancel_at_period_end": false, "collection_method": "charge_automatically",
            "currency": "usd", "customer": self.id("cus"),
            "default_payment_method": self.id("pm"),
            "invoice_settings": { "account_tax_ids": null, "issuer": { "type": "self" } },
            "items": items, "latest_invoice": self.id("in"), "livemode": false, "metadata": {},
            "payment_settings": {
                "payment_method_options": null, "payment_method_types": ["us_bank_account"],
                "save_default_payment_method": "off",
            },
            "status": "active",
        });
        let same = [
            (Value::Null, null),
            (json!([]), "billing_schedules default_tax_rates discounts"),
            (
                self.created.into(),
                "billing_cycle_anchor created start_date",
            ),
        ];
        object(fields, &same)
    }

    fn subscription_item(&self) -> Value {
        let shared = json!({
            "active": true, "billing_scheme": "per_unit", "created": self.created,
            "currency": "usd", "livemode": false, "metadata": {}, "nickname": null,
            "product": self.id("prod"), "tiers_mode": null,
        });
        let with = |more: Value| {
            let parts = [shared.clone(), more].into_iter();
            let fields = parts.filter_map(|part| part.as_object().cloned());
            Value::Object(fields.flatten().collect())
        };
        let plan = with(json!({
            "id": self.id("price"), "object": "plan", "amount": AMOUNT,
            "amount_decimal": AMOUNT.to_string(), "interval": "month", "interval_count": 1,
            "meter": null, "transform_usage": null, "trial_period_days": null,
            "usage_type": "licensed",
        }));
        let price = with(json!({
            "id": self.id("price"), "object": "price", "custom_unit_amount": null,
            "lookup_key": null,
            "recurring": {
                "interval": "month", "interval_count": 1, "meter": null,
                "trial_period_days": null, "usage_type": "licensed",
            },
            "tax_behavior": "unspecified", "transform_quantity": null, "type": "recurring",
            "unit_amount": AMOUNT, "unit_amount_decimal": AMOUNT.to_string(),
        }));
        json!({
            "id": self.id("si"), "object": "subscription_item", "billing_thresholds": null,
            "created": self.created, "current_period_end": self.created + PERIOD,
            "current_period_start": self.created, "discounts": [], "metadata": {},
            "plan": plan, "price": price, "quantity": 1, "subscription": self.id("sub"),
            "tax_rates": [],
        })
    }

    /// An invoice; `payments` is not in it, since Stripe leaves it out unless it is asked for.
    pub(super) fn invoice(&self, subscribed: bool) -> Value {
        let null = "account_tax_ids application automatically_finalizes_at custom_fields \
                    customer_address customer_phone customer_shipping default_payment_method \
                    default_source description due_date footer from_invoice hosted_invoice_url \
                    invoice_pdf last_finalization_error latest_revision next_payment_attempt \
                    on_behalf_of receipt_number rendering shipping_cost shipping_details \
                    statement_descriptor test_clock webhooks_delivered_at";
        let zero = "amount_overpaid amount_paid amount_shipping ending_balance \
                    post_payment_credit_notes_amount pre_payment_credit_notes_amount \
                    starting_balance";
        let empty = "customer_tax_ids default_tax_rates discounts total_discount_amounts \
                     total_pretax_credit_amounts total_taxes";
        let amounts = "amount_due amount_remaining subtotal subtotal_excluding_tax total \
                       total_excluding_tax";
        let parent = subscribed.then(|| {
            json!({
                "quote_details": null, "type": "subscription_details",
                "subscription_details": { "metadata": {}, "subscription": self.id("sub") },
            })
        });
        let reason = ["manual", "subscription_create"].get(usize::from(subscribed));
        let fields = json!({
            "id": self.id("in"), "object": "invoice", "account_country": "US",
            "account_name": "Sandbox", "attempt_count": 1, "attempted": true,
            "auto_advance": false,
            "automatic_tax": {
                "disabled_reason": null, "enabled": false, "liability": null,
                "provider": null, "status": null,
            },
            "billing_reason": reason, "collection_method": "charge_automatically",
            "currency": "usd", "customer": self.id("cus"),
            "customer_email": self.identity.email, "customer_name": self.identity.name,
            "customer_tax_exempt": "none", "issuer": { "type": "self" },
            "lines": {
                "object": "list", "data": [], "has_more": false,
                "url": format!("/v1/invoices/{}/lines", self.id("in")),
            },
            "livemode": false, "metadata": {}, "number": "SANDBOX-0001", "parent": parent,
            "payment_settings": {
                "default_mandate": null, "payment_method_options": null,
                "payment_method_types": ["us_bank_account"],
            },
            "status": "open",
            "status_transitions": {
                "finalized_at": self.created, "marked_uncollectible_at": null,
                "paid_at": null, "voided_at": null,
            },
        });
        let same = [
            (Value::Null, null),
            (0.into(), zero),
            (json!([]), empty),
            (AMOUNT.into(), amounts),
            (
                self.created.into(),
                "created effective_at period_end period_start",
            ),
        ];
        object(fields, &same)
    }

    /// The payment that ties an invoice to its PaymentIntent.
    pub(super) fn invoice_payment(&self) -> Value {
        json!({
            "id": self.id("inpay"), "object": "invoice_payment", "amount_paid": null,
            "amount_requested": AMOUNT, "created": self.created, "currency": "usd",
            "invoice": self.id("in"), "is_default": true, "livemode": false,
            "payment": { "payment_intent": self.id("pi"), "type": "payment_intent" },
            "status": "open",
            "status_transitions": { "canceled_at": null, "paid_at": null },
        })
    }

    /// A connected account of the type `standard`, `express` or `custom`.
    pub(super) fn connected(&self, kind: &str) -> Value {
        let (losses, dashboard) = match kind {
            "standard" => ("stripe", "full"),
            "express" => ("application", "express"),
            _ => ("application", "none"),
        };
        let collects = if kind == "custom" {
            "application"
        } else {
            "stripe"
        };
        json!({
            "id": self.id("acct"), "object": "account", "business_profile": null,
            "business_type": "individual",
            "capabilities": { "card_payments": "active", "transfers": "active" },
            "charges_enabled": true,
            "controller": {
                "fees": { "payer": if kind == "standard" { "account" } else { "application" } },
                "is_controller": true, "losses": { "payments": losses },
                "requirement_collection": collects,
                "stripe_dashboard": { "type": dashboard }, "type": "application",
            },
            "country": "US", "created": self.created, "default_currency": "usd",
            "details_submitted": true, "email": self.identity.email, "metadata": {},
            "payouts_enabled": true, "type": kind,
        })
    }
}

/// An object with these fields, and each value under all of the names beside it.
fn object(fields: Value, same: &[(Value, &str)]) -> Value {
    let mut object = fields.as_object().cloned().unwrap_or_default();
    for (value, names) in same {
        let named = names.split_whitespace();
        object.extend(named.map(|name| (name.to_owned(), value.clone())));
    }
    Value::Object(object)
}

/// How the bank account was asked for: with what the engine needs.
fn bank_options() -> Value {
    json!({
        "financial_connections": {
            "permissions": ["balances", "ownership", "payment_method", "transactions"],
            "prefetch": [],
        },
        "verification_method": "automatic",
    })
}
