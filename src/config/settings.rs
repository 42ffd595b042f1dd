//! The table of settings: names, defaults, what they mean.

/// One setting that can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the file; the flag has dashes for the underscores.
    pub name: &'static str,
    /// Its environment variable.
    pub variable: &'static str,
    /// What holds when it is not given, in words.
    pub default: &'static str,
    /// What it means.
    pub doc: &'static str,
}

impl Setting {
    /// Whether what it says is a secret: never shown, and never in the file.
    pub fn is_secret(&self) -> bool {
        matches!(self.name, "stripe_api_key" | "stripe_webhook_secret")
    }
}

/// Every setting there is.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "data_dir",
        variable: "UNDERWRITE_DATA_DIR",
        default: "underwrite-data",
        doc: "The folder of the ledger (`ledger.sqlite`), the columns (`columns.sqlite`) and the cache \
              (`cache/`).",
    },
    Setting {
        name: "begin_new_chain",
        variable: "UNDERWRITE_BEGIN_NEW_CHAIN",
        default: "false",
        doc: "Give up the ledger that was there and is lost, and begin a new chain. Only for the one \
              start at which it is needed: where the ledger is in its place, it is refused.",
    },
    Setting {
        name: "expect_head",
        variable: "UNDERWRITE_EXPECT_HEAD",
        default: "none",
        doc: "A file of `underwrite ledger head`: a ledger that does not hold its record any more \
              is refused.",
    },
    Setting {
        name: "listen",
        variable: "UNDERWRITE_LISTEN",
        default: "127.0.0.1:50051",
        doc: "The address on which `serve` answers gRPC.",
    },
    Setting {
        name: "tls_certificate",
        variable: "UNDERWRITE_TLS_CERTIFICATE",
        default: "none",
        doc: "A PEM file: the server's certificate and those that signed it. With it `serve` \
              speaks TLS.",
    },
    Setting {
        name: "tls_key",
        variable: "UNDERWRITE_TLS_KEY",
        default: "none",
        doc: "A PEM file: the key of `tls_certificate`, which nobody but its owner may read.",
    },
    Setting {
        name: "tls_client_ca",
        variable: "UNDERWRITE_TLS_CLIENT_CA",
        default: "none",
        doc: "A PEM file: the certificates of those who sign certificates of clients. A client may \
              then show one; none that they did not sign is taken.",
    },
    Setting {
        name: "insecure_listen_on_a_network",
        variable: "UNDERWRITE_INSECURE_LISTEN_ON_A_NETWORK",
        default: "false",
        doc: "Allow `listen` to be an address that is not loopback, although calls are not \
              encrypted or not authenticated.",
    },
    Setting {
        name: "allow_local_without_token",
        variable: "UNDERWRITE_ALLOW_LOCAL_WITHOUT_TOKEN",
        default: "true until the first token is created",
        doc: "Take whoever calls from this machine without a token for the tenant `default`, with \
              every scope. A proxy on this machine makes that everybody whom it lets through.",
    },
    Setting {
        name: "http_listen",
        variable: "UNDERWRITE_HTTP_LISTEN",
        default: "none",
        doc: "The address on which `serve` answers webhooks, health and metrics; none opens no \
              such port.",
    },
    Setting {
        name: "http_tls",
        variable: "UNDERWRITE_HTTP_TLS",
        default: "true",
        doc: "Whether TLS, where there is a `tls_certificate`, is spoken on `http_listen` too; \
              `false` leaves it to a proxy, which does TLS for Stripe under a name that Stripe knows.",
    },
    Setting {
        name: "insecure_http_listen_on_a_network",
        variable: "UNDERWRITE_INSECURE_HTTP_LISTEN_ON_A_NETWORK",
        default: "false",
        doc: "Allow `http_listen` to be an address that is not loopback, although what is sent \
              there is not encrypted.",
    },
    Setting {
        name: "rules",
        variable: "UNDERWRITE_RULES",
        default: "the rule sets that ship",
        doc: "A folder; every `*.toml` in it is checked and published at the start, and made active \
              where nothing was ever active under its name, or its version is new. Otherwise the \
              ledger says what decides.",
    },
    Setting {
        name: "rules_four_eyes",
        variable: "UNDERWRITE_RULES_FOUR_EYES",
        default: "false",
        doc: "Whether somebody else than who published a version of a rule set has to make it active. \
              Going back to what decided before is free to everybody who may activate.",
    },
    Setting {
        name: "zone",
        variable: "UNDERWRITE_ZONE",
        default: "America/New_York",
        doc: "The IANA time zone in which days are read.",
    },
    Setting {
        name: "amount_sign",
        variable: "UNDERWRITE_AMOUNT_SIGN",
        default: "positive_is_credit",
        doc: "Which sign of a transaction means money in: `positive_is_credit` or \
              `negative_is_credit`.",
    },
    Setting {
        name: "cache",
        variable: "UNDERWRITE_CACHE",
        default: "true",
        doc: "Keep fetched account data for a week, to be used while it is fresh enough and added \
              to when it is not.",
    },
    Setting {
        name: "columns",
        variable: "UNDERWRITE_COLUMNS",
        default: "true",
        doc: "Write what was decided into `columns.sqlite` behind the ledger, for SQL and for whoever \
              decides it anew.",
    },
    Setting {
        name: "replay_threads",
        variable: "UNDERWRITE_REPLAY_THREADS",
        default: "1",
        doc: "Threads on which each run of `ReplayService` decides again, beside live traffic; two runs \
              are under way at most.",
    },
    Setting {
        name: "answer_timeout",
        variable: "UNDERWRITE_ANSWER_TIMEOUT",
        default: "40",
        doc: "Seconds after which a caller is told at the latest that its decision is pending.",
    },
    Setting {
        name: "pending_timeout",
        variable: "UNDERWRITE_PENDING_TIMEOUT",
        default: "900",
        doc: "Seconds that a decision stays pending at most; then it refers with what there is.",
    },
    Setting {
        name: "drain_timeout",
        variable: "UNDERWRITE_DRAIN_TIMEOUT",
        default: "1",
        doc: "Seconds that open calls are given when the server is asked to stop.",
    },
    Setting {
        name: "stripe_api_base",
        variable: "STRIPE_API_BASE",
        default: "https://api.stripe.com",
        doc: "Where Stripe answers; a sandbox's address in development.",
    },
    Setting {
        name: "stripe_api_key",
        variable: "STRIPE_API_KEY",
        default: "none",
        doc: "The Stripe key. Never in the file or a flag: only in the environment.",
    },
    Setting {
        name: "stripe_api_key_file",
        variable: "UNDERWRITE_STRIPE_API_KEY_FILE",
        default: "none",
        doc: "A file that holds the Stripe key, in place of the variable.",
    },
    Setting {
        name: "stripe_webhook_secret",
        variable: "STRIPE_WEBHOOK_SECRET",
        default: "none",
        doc: "The signing secret of the webhook endpoint; several are separated by commas. Never \
              in the file or a flag: only in the environment.",
    },
    Setting {
        name: "stripe_webhook_secret_file",
        variable: "UNDERWRITE_STRIPE_WEBHOOK_SECRET_FILE",
        default: "none",
        doc: "A file that holds the signing secrets, one a line, in place of the variable.",
    },
    Setting {
        name: "stripe_rate",
        variable: "UNDERWRITE_STRIPE_RATE",
        default: "Stripe's",
        doc: "Calls a second for one Stripe account, where Stripe allows another number than 100 \
              live and 25 in test mode.",
    },
    Setting {
        name: "stripe_endpoint_rate",
        variable: "UNDERWRITE_STRIPE_ENDPOINT_RATE",
        default: "25",
        doc: "Calls a second to one endpoint of Stripe's for one Stripe account.",
    },
    Setting {
        name: "log",
        variable: "UNDERWRITE_LOG",
        default: "info",
        doc: "What to log to standard error, as tracing filters: `info,underwrite=debug`.",
    },
    Setting {
        name: "log_format",
        variable: "UNDERWRITE_LOG_FORMAT",
        default: "text",
        doc: "`text` or `json`.",
    },
];
