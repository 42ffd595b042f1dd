//! Settings, validated as a whole: every problem is reported, not only the first.
//!
//! Two steps: what was given, where ([`GivenSettings`]), and what it means ([`Config`]). A flag beats an
//! environment variable, which beats the file.

mod error;
mod http;
mod settings;
mod tls;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tonic::transport::Uri;

use crate::analysis::AmountSign;
use crate::calendar::Zone;
use crate::limits;
use crate::service::server::check_protected;
use crate::sockets::{Protection, TlsFiles};
use crate::stripe::StripeConfig;
use crate::underwriter::WaitLimits;

pub use error::{ConfigError, Problem};
pub use http::HttpConfig;
pub use settings::{SETTINGS, Setting};

/// The variable that holds the token with which a command asks a server.
pub const TOKEN_VARIABLE: &str = "UNDERWRITE_TOKEN";

/// What was given, by the name of the setting.
pub type GivenSettings = BTreeMap<&'static str, Value>;

/// A setting as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The text.
    pub text: String,
    /// Where it was given, in words: `--listen`, `UNDERWRITE_LISTEN`, `listen in uw.toml`.
    pub origin: String,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Settings that were checked, alone and together.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder of the ledger and the cache.
    pub data_dir: PathBuf,
    /// Whether a ledger that was lost is given up.
    pub begin_new_chain: bool,
    /// The file of a head that the ledger has to hold.
    pub expect_head: Option<PathBuf>,
    /// Where to answer gRPC.
    pub listen: SocketAddr,
    /// The files of TLS; `None` speaks in plain text.
    pub tls: Option<TlsFiles>,
    /// Whether `listen` may be reached from a network.
    pub insecure_listen_on_a_network: bool,
    /// Whether a caller on this machine needs no token; `None` for as long as there is none.
    pub allow_local_without_token: Option<bool>,
    /// The port of webhooks, health and metrics.
    pub http: HttpConfig,
    /// The folder of the rule files; `None` for those that ship.
    pub rules: Option<PathBuf>,
    /// Whether a rule set is made active by somebody else than who published it.
    pub rules_four_eyes: bool,
    /// Where days are read.
    pub zone: Zone,
    /// Which sign of a transaction means money in.
    pub amount_sign: AmountSign,
    /// Whether fetched data is kept for a while.
    pub cache: bool,
    /// Whether a server writes columns behind the ledger.
    pub columns: bool,
    /// Threads on which each run decides again what is recorded.
    pub replay_threads: NonZeroUsize,
    /// How long the banks are waited for.
    pub wait_limits: WaitLimits,
    /// Time that open calls are given at the end.
    pub drain_timeout: Duration,
    /// Where Stripe answers, without a slash at the end.
    pub stripe_api_base: String,
    /// The Stripe key.
    pub stripe_api_key: Option<SecretString>,
    /// The files that secrets were read from.
    pub secret_files: Vec<PathBuf>,
    /// Calls a second for one Stripe account; `None` for what Stripe documents.
    pub stripe_rate: Option<u32>,
    /// Calls a second to one endpoint for one Stripe account.
    pub stripe_endpoint_rate: u32,
    /// Which logs to write.
    pub log: String,
    /// How to write them.
    pub log_format: LogFormat,
}

impl Config {
    /// The file of the ledger.
    pub fn ledger_path(&self) -> PathBuf {
        self.data_dir.join("ledger.sqlite")
    }

    /// The file of the key under which tokens are hashed.
    pub fn token_key_path(&self) -> PathBuf {
        self.data_dir.join("token.key")
    }

    /// The file of the columns.
    pub fn columns_path(&self) -> PathBuf {
        self.data_dir.join("columns.sqlite")
    }

    /// The folder of the cache.
    pub fn cache_path(&self) -> PathBuf {
        self.data_dir.join("cache")
    }

    /// Whether Stripe is played by something on this machine.
    pub fn stripe_is_local(&self) -> bool {
        is_loopback_url(&self.stripe_api_base)
    }

    /// Reads and checks all settings.
    ///
    /// `environment` is the whole of it: a variable that begins like ours but names no setting is
    /// a problem, because it would otherwise be ignored in silence.
    pub fn load(
        flags: GivenSettings,
        environment: &BTreeMap<String, String>,
        file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let given = gather(flags, environment, file, &mut problems);
        resolve(&given, problems)
    }
}

/// What every setting is, whether that is valid or not: its text and where it was given, or `None`
/// where its default holds. The text of a secret is not told.
///
/// # Errors
///
/// Where something was given that is no setting, or the file cannot be read.
pub fn show(
    flags: GivenSettings,
    environment: &BTreeMap<String, String>,
    file: Option<&Path>,
) -> Result<Vec<(&'static Setting, Option<Value>)>, ConfigError> {
    let mut problems = Vec::new();
    let mut given = gather(flags, environment, file, &mut problems);
    if !problems.is_empty() {
        return Err(ConfigError(problems));
    }
    let shown = SETTINGS.iter().map(|setting| {
        let mut value = given.remove(setting.name);
        if let Some(value) = value.as_mut().filter(|_| setting.is_secret()) {
            "(not shown)".clone_into(&mut value.text);
        }
        (setting, value)
    });
    Ok(shown.collect())
}

/// A flag beats an environment variable, which beats the file.
fn gather(
    flags: GivenSettings,
    environment: &BTreeMap<String, String>,
    file: Option<&Path>,
    problems: &mut Vec<Problem>,
) -> GivenSettings {
    let mut given = match file {
        Some(path) => from_file(path, problems),
        None => GivenSettings::new(),
    };
    given.append(&mut from_environment(environment, problems));
    given.extend(flags);
    given
}

fn from_environment(
    environment: &BTreeMap<String, String>,
    problems: &mut Vec<Problem>,
) -> GivenSettings {
    let mut given = GivenSettings::new();
    for (variable, text) in environment {
        match SETTINGS.iter().find(|known| known.variable == variable) {
            Some(setting) if !text.is_empty() => {
                given.insert(setting.name, value(text, variable));
            }
            // What a command calls with is no setting.
            None if variable == TOKEN_VARIABLE => {}
            None if variable.starts_with("UNDERWRITE_") => {
                let variables = SETTINGS.iter().map(|setting| setting.variable);
                problems.push(unknown(variable, variables));
            }
            Some(_) | None => {}
        }
    }
    given
}

fn from_file(path: &Path, problems: &mut Vec<Problem>) -> GivenSettings {
    let shown = path.display();
    let read = fs::read_to_string(path)
        .map_err(|error| format!("cannot be read: {error}"))
        .and_then(|text| text.parse().map_err(|error| not_toml(&text, &error)));
    let table: toml::Table = match read {
        Ok(table) => table,
        Err(problem) => {
            problems.push(Problem::new(format!("`{shown}`"), problem));
            return GivenSettings::new();
        }
    };
    let mut given = GivenSettings::new();
    for (key, item) in table {
        let origin = format!("`{key}` in {shown}");
        let Some(setting) = SETTINGS.iter().find(|known| known.name == key) else {
            let names = SETTINGS.iter().map(|setting| setting.name);
            let mut problem = unknown(&key, names);
            problem.setting = origin;
            problems.push(problem);
            continue;
        };
        if matches!(setting.name, "stripe_api_key" | "stripe_webhook_secret") {
            let problem = format!(
                "must not be in a file of settings: use the variable `{}`, or name a file in \
                 `{key}_file`",
                setting.variable
            );
            problems.push(Problem::new(origin, problem));
            continue;
        }
        match item {
            toml::Value::String(text) => given.insert(setting.name, value(&text, &origin)),
            toml::Value::Boolean(truth) => {
                given.insert(setting.name, value(&truth.to_string(), &origin))
            }
            toml::Value::Integer(number) => {
                given.insert(setting.name, value(&number.to_string(), &origin))
            }
            toml::Value::Float(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_)
            | toml::Value::Table(_) => {
                let problem = "must be a text, a whole number, or true or false";
                problems.push(Problem::new(origin, problem));
                None
            }
        };
    }
    given
}

/// Where a file stops being TOML. The line itself is not quoted: it may hold a key.
fn not_toml(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.bytes().take(start);
    let line = before
        .filter(|byte| *byte == b'\n')
        .count()
        .saturating_add(1);
    format!("is not TOML, at line {line}: {}", error.message())
}

fn value(text: &str, origin: &str) -> Value {
    Value {
        text: text.to_owned(),
        origin: origin.to_owned(),
    }
}

fn unknown(name: &str, known: impl Iterator<Item = &'static str>) -> Problem {
    let nearest = known
        .map(|candidate| (strsim::damerau_levenshtein(candidate, name), candidate))
        .min()
        // A typo or two, or a dash for each underscore.
        .filter(|(distance, candidate)| *distance <= 5 && *distance * 3 <= candidate.len());
    let problem = match nearest {
        Some((_, candidate)) => format!("is not a setting: did you mean `{candidate}`?"),
        None => "is not a setting".to_owned(),
    };
    Problem::new(format!("`{name}`"), problem)
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let address = text.parse();
    address.map_err(|_| "is not an address such as `127.0.0.1:50051`".to_owned())
}

fn resolve(given: &GivenSettings, problems: Vec<Problem>) -> Result<Config, ConfigError> {
    let mut reader = Reader { given, problems };
    let listen = reader.read("listen", address);
    let insecure = reader.flag("insecure_listen_on_a_network").unwrap_or(false);
    let tls = reader.tls();
    let protection = Protection {
        encrypted: tls.is_some(),
        insecure,
    };
    if let Some(address) = listen
        && let Err(error) = check_protected(address, protection)
    {
        reader.problem("listen", &error.to_string());
    }
    let zone = reader.read("zone", |text| {
        Zone::parse(text).map_err(|error| format!("is not a time zone: {error}"))
    });
    let amount_sign = reader.read("amount_sign", |text| match text {
        "positive_is_credit" => Ok(AmountSign::PositiveIsCredit),
        "negative_is_credit" => Ok(AmountSign::NegativeIsCredit),
        _ => Err("is neither `positive_is_credit` nor `negative_is_credit`".to_owned()),
    });
    let replay_threads = reader.read("replay_threads", threads);
    let drain_timeout = reader.seconds("drain_timeout", 3_600);
    let wait_limits = reader.wait_limits();
    let stripe_api_base = reader.read("stripe_api_base", api_base);
    let stripe_api_key = reader.key(stripe_api_base.as_deref());
    let stripe_rate = reader.read("stripe_rate", rate);
    let stripe_endpoint_rate = reader.read("stripe_endpoint_rate", rate);
    let log_format = reader.read("log_format", |text| match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("is neither `text` nor `json`".to_owned()),
    });
    let log = reader.read("log", |text| {
        text.parse::<tracing_subscriber::EnvFilter>()
            .map(|_| text.to_owned())
            .map_err(|error| format!("is not a filter such as `info,underwrite=debug`: {error}"))
    });
    let http = reader.http(tls.is_some());
    let config = Config {
        data_dir: PathBuf::from(reader.text("data_dir").unwrap_or("underwrite-data")),
        begin_new_chain: reader.flag("begin_new_chain").unwrap_or(false),
        expect_head: reader.text("expect_head").map(PathBuf::from),
        listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 50_051))),
        tls,
        insecure_listen_on_a_network: insecure,
        allow_local_without_token: reader.flag("allow_local_without_token"),
        http,
        rules: reader.text("rules").map(PathBuf::from),
        rules_four_eyes: reader.flag("rules_four_eyes").unwrap_or(false),
        zone: zone.unwrap_or_default(),
        amount_sign: amount_sign.unwrap_or_default(),
        cache: reader.flag("cache").unwrap_or(true),
        columns: reader.flag("columns").unwrap_or(true),
        replay_threads: replay_threads.unwrap_or(NonZeroUsize::MIN),
        wait_limits,
        drain_timeout: drain_timeout.unwrap_or(limits::DRAIN_TIMEOUT),
        stripe_api_base: stripe_api_base.unwrap_or_else(|| "https://api.stripe.com".to_owned()),
        stripe_api_key,
        secret_files: reader.secret_files(),
        stripe_rate,
        stripe_endpoint_rate: stripe_endpoint_rate.unwrap_or(limits::STRIPE_RATE_ENDPOINT),
        log: log.unwrap_or_else(|| "info".to_owned()),
        log_format: log_format.unwrap_or(LogFormat::Text),
    };
    if reader.problems.is_empty() {
        Ok(config)
    } else {
        Err(ConfigError(reader.problems))
    }
}

struct Reader<'a> {
    given: &'a GivenSettings,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.given.get(name).map(|value| value.text.as_str())
    }

    fn problem(&mut self, name: &str, problem: &str) {
        let origin = match self.given.get(name) {
            Some(value) => value.origin.clone(),
            None => format!("`{name}`"),
        };
        self.problems.push(Problem::new(origin, problem));
    }

    fn read<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&'a str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(self.text(name)?) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problem(name, &problem);
                None
            }
        }
    }

    /// A number of seconds from 1 to `max`.
    fn seconds(&mut self, name: &str, max: u64) -> Option<Duration> {
        self.read(name, |text| match text.parse() {
            Ok(seconds) if (1..=max).contains(&seconds) => Ok(Duration::from_secs(seconds)),
            Ok(_) | Err(_) => Err(format!("is not a number of seconds from 1 to {max}")),
        })
    }

    /// How long the banks are waited for.
    fn wait_limits(&mut self) -> WaitLimits {
        let default = WaitLimits::default();
        let day = 24 * 60 * 60;
        WaitLimits {
            answer_within: self
                .seconds("answer_timeout", 600)
                .unwrap_or(default.answer_within),
            pending_for: self
                .seconds("pending_timeout", day)
                .unwrap_or(default.pending_for),
            ..default
        }
    }

    fn flag(&mut self, name: &str) -> Option<bool> {
        self.read(name, |text| {
            text.parse()
                .map_err(|_| "is neither `true` nor `false`".to_owned())
        })
    }

    fn secret_files(&self) -> Vec<PathBuf> {
        let names = ["stripe_api_key_file", "stripe_webhook_secret_file"];
        let files = names.iter().filter_map(|name| self.text(name));
        files.map(PathBuf::from).collect()
    }

    /// The Stripe key, from the variable or the file; never quoted in a problem.
    fn key(&mut self, base: Option<&str>) -> Option<SecretString> {
        let (name, key) = match (
            self.text("stripe_api_key"),
            self.text("stripe_api_key_file"),
        ) {
            (Some(_), Some(_)) => {
                let problem = "is given together with `STRIPE_API_KEY`: give one of them";
                self.problem("stripe_api_key_file", problem);
                return None;
            }
            (Some(key), None) => ("stripe_api_key", key.to_owned()),
            (None, Some(path)) => match fs::read_to_string(path) {
                Ok(key) => ("stripe_api_key_file", key.trim().to_owned()),
                Err(error) => {
                    self.problem("stripe_api_key_file", &format!("cannot be read: {error}"));
                    return None;
                }
            },
            (None, None) => return None,
        };
        let known = ["sk_test_", "sk_live_", "rk_test_", "rk_live_"];
        if !known.iter().any(|prefix| key.starts_with(prefix)) {
            let problem = "is not a secret or restricted key: it starts with `sk_` or `rk_`";
            self.problem(name, problem);
            return None;
        }
        let key = SecretString::from(key);
        if StripeConfig::new(key.clone()).check().is_err() {
            let problem = "has something other than letters, digits and `_` in it, or nothing \
                           after its start: check for quotes or a line break around it";
            self.problem(name, problem);
            return None;
        }
        let shown = key.expose_secret();
        let live = shown.starts_with("sk_live_") || shown.starts_with("rk_live_");
        if live && base.is_some_and(|base| base != "https://api.stripe.com") {
            let problem = "is a live key, and `stripe_api_base` is not Stripe: use a test key";
            self.problem(name, problem);
            return None;
        }
        Some(key)
    }
}

fn rate(text: &str) -> Result<u32, String> {
    let max = limits::STRIPE_RATE_MAX;
    match text.parse() {
        Ok(rate) if (1..=max).contains(&rate) => Ok(rate),
        Ok(_) | Err(_) => Err(format!("is not a number of calls a second from 1 to {max}")),
    }
}

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let max = limits::REPLAY_THREADS_MAX;
    let threads: Option<NonZeroUsize> = text.parse().ok();
    let threads = threads.filter(|threads| threads.get() <= max);
    threads.ok_or_else(|| format!("is not a number of threads from 1 to {max}"))
}

fn api_base(text: &str) -> Result<String, String> {
    let base = text.trim_end_matches('/');
    let problem = "is not a URL such as `https://api.stripe.com`";
    let url: Uri = base.parse().map_err(|_| problem.to_owned())?;
    match url.scheme_str() {
        Some("https") if url.host().is_some() => Ok(base.to_owned()),
        Some("http") if is_loopback_url(base) => Ok(base.to_owned()),
        Some("http") => Err("is not encrypted: `http` is for an address of this machine".into()),
        Some(_) | None => Err(problem.to_owned()),
    }
}

/// Whether a URL's host is this machine.
fn is_loopback_url(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else {
        return false;
    };
    match url.host() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}

#[cfg(test)]
mod tests;
