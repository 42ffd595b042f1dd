//! The one table of effects: how each is called, which keys it takes, and what it can happen to.
//! The parser and the documentation both read it.

use super::rate_limit::RateLimitReason;
use crate::limits;

/// One effect as it is called and described.
#[derive(Debug)]
pub(in crate::sandbox) struct EffectInfo {
    /// The value of `effect`.
    pub(in crate::sandbox) name: &'static str,
    /// Its keys, besides those of every fault.
    pub(in crate::sandbox) keys: &'static [Key],
    /// The endpoints that it can happen to; all of them where none is named.
    pub(in crate::sandbox) endpoints: &'static [&'static str],
    /// What happens, in words.
    pub(in crate::sandbox) does: &'static str,
}

/// A key of an effect.
#[derive(Debug)]
pub(in crate::sandbox) struct Key {
    pub(in crate::sandbox) name: &'static str,
    pub(in crate::sandbox) takes: Takes,
    /// The value where it is left out; nothing may be meant by that.
    pub(in crate::sandbox) default: Option<&'static str>,
}

/// What a key takes.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) enum Takes {
    /// One of these words or numbers.
    OneOf(&'static [&'static str]),
    /// A whole number of this range.
    Number(u64, u64),
    /// Lower-case letters.
    Letters,
}

const fn one_of(
    name: &'static str,
    words: &'static [&'static str],
    default: Option<&'static str>,
) -> Key {
    Key {
        name,
        takes: Takes::OneOf(words),
        default,
    }
}

const fn number(name: &'static str, range: (u64, u64), default: Option<&'static str>) -> Key {
    Key {
        name,
        takes: Takes::Number(range.0, range.1),
        default,
    }
}

const SECONDS_MAX: u64 = limits::SANDBOX_FAULT_PAUSE_MAX.as_secs();
const PAUSE: (u64, u64) = (0, SECONDS_MAX * 1_000);
const TRUTH: &[&str] = &["true", "false"];
const RETRY_AFTER: Key = number("retry_after", (0, SECONDS_MAX), None);
const SHOULD_RETRY: Key = one_of("should_retry", TRUTH, None);
const CARRIED_OUT: Key = one_of("carried_out", TRUTH, Some("false"));
const FEATURE: Key = one_of("feature", &["balance", "ownership", "transactions"], None);

const REFRESHES: &[&str] = &["accounts/{account}/refresh", "accounts/{account}/subscribe"];
/// An account may have the list of its owners in it, and a session has that of its accounts.
const LISTS: &[&str] = &[
    "accounts",
    "accounts/{account}",
    "accounts/{account}/owners",
    "invoice_payments",
    "sessions/{session}",
    "transactions",
];
const OF_AN_ACCOUNT: &[&str] = &[
    "accounts",
    "accounts/{account}",
    "accounts/{account}/owners",
    "accounts/{account}/refresh",
    "accounts/{account}/subscribe",
    "sessions/{session}",
    "transactions",
    "transactions/{transaction}",
];
const WITH_AMOUNTS: &[&str] = &[
    "accounts",
    "accounts/{account}",
    "accounts/{account}/refresh",
    "accounts/{account}/subscribe",
    "sessions/{session}",
    "transactions",
    "transactions/{transaction}",
];
/// Where the account is known that is to change.
const ON_AN_ACCOUNT: &[&str] = &[
    "accounts/{account}",
    "accounts/{account}/owners",
    "accounts/{account}/refresh",
    "accounts/{account}/subscribe",
    "accounts/{account}/unsubscribe",
    "transactions",
    "transactions/{transaction}",
];

const fn plain(
    name: &'static str,
    endpoints: &'static [&'static str],
    does: &'static str,
) -> EffectInfo {
    with_keys(name, &[], endpoints, does)
}

const fn with_keys(
    name: &'static str,
    keys: &'static [Key],
    endpoints: &'static [&'static str],
    does: &'static str,
) -> EffectInfo {
    EffectInfo {
        name,
        keys,
        endpoints,
        does,
    }
}

/// Every effect.
pub(in crate::sandbox) const EFFECTS: &[EffectInfo] = &[
    with_keys(
        "unauthorized",
        &[RETRY_AFTER, SHOULD_RETRY],
        &[],
        "401: the key is refused",
    ),
    with_keys(
        "forbidden",
        &[RETRY_AFTER, SHOULD_RETRY],
        &[],
        "403: the key may not do this",
    ),
    with_keys(
        "not_found",
        &[RETRY_AFTER, SHOULD_RETRY],
        &[],
        "404 `resource_missing`",
    ),
    with_keys(
        "key_in_use",
        &[RETRY_AFTER, SHOULD_RETRY],
        &[],
        "409 `idempotency_key_in_use`: another request has the same idempotency key",
    ),
    with_keys(
        "locked",
        &[
            one_of("status", &["429", "409"], Some("429")),
            RETRY_AFTER,
            SHOULD_RETRY,
        ],
        &[],
        "`lock_timeout`, without a reason in the headers: another request holds the object",
    ),
    with_keys(
        "rate_limited",
        &[
            one_of("reason", RateLimitReason::WORDS, None),
            RETRY_AFTER,
            SHOULD_RETRY,
        ],
        &[],
        "429 `rate_limit`; `Stripe-Rate-Limited-Reason` says the reason, if there is one",
    ),
    with_keys(
        "server_error",
        &[
            one_of("status", &["500", "502", "503"], Some("500")),
            CARRIED_OUT,
            RETRY_AFTER,
            SHOULD_RETRY,
        ],
        &[],
        "a failure of Stripe's own; a POST gets it again for the same idempotency key. With \
         `carried_out` what was asked for is done all the same",
    ),
    with_keys(
        "reset",
        &[CARRIED_OUT],
        &[],
        "the connection is reset before a byte is answered",
    ),
    plain(
        "reset_in_body",
        &[],
        "the connection is reset in the middle of the right answer",
    ),
    with_keys(
        "slow_start",
        &[number("delay_ms", PAUSE, Some("5000"))],
        &[],
        "the first byte of the right answer comes late",
    ),
    with_keys(
        "slow_body",
        &[
            number("bytes", (1, 65_536), Some("64")),
            number("interval_ms", PAUSE, Some("1000")),
        ],
        &[],
        "the right answer drips: so many bytes at each interval",
    ),
    plain(
        "truncated_body",
        &[],
        "the first half of the right answer, as if it were all of it",
    ),
    plain("invalid_json", &[], "the right answer, but not JSON"),
    with_keys(
        "html",
        &[one_of("status", &["200", "502", "503", "504"], Some("200"))],
        &[],
        "a page for people, labelled `text/html`, as a proxy in between sends one",
    ),
    with_keys(
        "huge_body",
        &[number(
            "bytes",
            (1, limits::SANDBOX_HUGE_BODY_BYTES_MAX),
            Some("33554432"),
        )],
        &[],
        "the right answer with so many blanks in it: valid JSON, and too much of it",
    ),
    plain(
        "endless_list",
        LISTS,
        "rows that nobody made, page after page, and `has_more` for ever",
    ),
    plain(
        "repeated_page",
        LISTS,
        "the first page for every page, and `has_more` for ever",
    ),
    plain(
        "disordered",
        LISTS,
        "the rows of a page in another order; the last stays the last",
    ),
    plain(
        "conflicting_rows",
        LISTS,
        "one row of each page is there twice under its id, with other content",
    ),
    plain(
        "foreign",
        OF_AN_ACCOUNT,
        "what is answered is said to be of another account",
    ),
    with_keys(
        "unknown_value",
        &[one_of(
            "field",
            &[
                "account_status",
                "category",
                "refresh_status",
                "transaction_status",
                "permission",
            ],
            Some("account_status"),
        )],
        WITH_AMOUNTS,
        "a word that nobody knows yet, in place of the right one; one more `permission`",
    ),
    with_keys(
        "wrong_currency",
        &[Key {
            name: "currency",
            takes: Takes::Letters,
            default: Some("eur"),
        }],
        WITH_AMOUNTS,
        "amounts under another currency code",
    ),
    with_keys(
        "refresh_pending",
        &[FEATURE],
        REFRESHES,
        "the refresh starts and stays pending for ever",
    ),
    with_keys(
        "refresh_fails",
        &[FEATURE],
        REFRESHES,
        "the refresh starts and fails; with `times = 1` the next one succeeds",
    ),
    with_keys(
        "refresh_late",
        &[FEATURE, number("delay_ms", PAUSE, Some("5000"))],
        REFRESHES,
        "the refresh starts and succeeds, so much later than otherwise",
    ),
    plain(
        "disconnect",
        ON_AN_ACCOUNT,
        "the account is disconnected for good, just before the call is answered",
    ),
    plain(
        "deactivate",
        ON_AN_ACCOUNT,
        "the account becomes inactive for good, just before the call is answered",
    ),
    plain(
        "reactivate",
        ON_AN_ACCOUNT,
        "the account becomes active again, just before the call is answered",
    ),
];

/// The row of the table with this name.
pub(in crate::sandbox) fn info(name: &str) -> Option<&'static EffectInfo> {
    EFFECTS.iter().find(|info| info.name == name)
}

impl Takes {
    /// What is taken, in words.
    pub(in crate::sandbox) fn in_words(self) -> String {
        match self {
            Self::OneOf(words) => format!("`{}`", words.join("`, `")),
            Self::Number(least, most) => format!("{least} to {most}"),
            Self::Letters => "3 to 16 lower-case letters".to_owned(),
        }
    }
}

/// The table as Markdown, for the documentation.
pub(in crate::sandbox) fn markdown() -> String {
    let mut table =
        "| `effect` | its keys | what happens | to what |\n|---|---|---|---|\n".to_owned();
    for info in EFFECTS {
        let keys: Vec<String> = info.keys.iter().map(key_in_words).collect();
        let EffectInfo { name, does, .. } = info;
        let places = match info.endpoints {
            [] => "all".to_owned(),
            endpoints => format!("`{}`", endpoints.join("`, `")),
        };
        table.push_str(&format!(
            "| `{name}` | {} | {does} | {places} |\n",
            keys.join("; ")
        ));
    }
    table
}

fn key_in_words(key: &Key) -> String {
    let default = match key.default {
        Some(default) => format!(", else `{default}`"),
        None => String::new(),
    };
    format!("`{}`: {}{default}", key.name, key.takes.in_words())
}
