//! What an operator can set: environment variables, or flags of the same meaning.

mod bounds;

use std::{net::SocketAddr, path::PathBuf};

use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use delivery::{DeliverySettings, Problem};
use domain::mask::Masking;
use storage::StorageSettings;

pub use bounds::Bounds;

/// How the server runs. Every setting has a default that works on one machine.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// `postgres://user:password@host/database`, or `sqlite://path`. Left out: SQLite in the data
    /// folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// The address to listen on. Port 0 takes a free one.
    #[arg(long, env = "DESKWIRE_BIND", default_value = "127.0.0.1:8080")]
    pub bind: SocketAddr,

    /// Where the embedded parts keep their files.
    #[arg(long, env = "DESKWIRE_DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,

    /// The most connections to the database.
    #[arg(long, env = "DESKWIRE_DB_CONNECTIONS", default_value_t = 16)]
    pub db_connections: u32,

    /// The secret of HS256 tokens, at least 32 bytes.
    #[arg(long, env = "DESKWIRE_JWT_SECRET", hide_env_values = true)]
    pub jwt_secret: Option<String>,

    /// A JWKS document with the public keys of RS256, ES256 or EdDSA tokens: a file or a URL.
    #[arg(long, env = "DESKWIRE_JWKS")]
    pub jwks: Option<String>,

    /// The issuer (`iss`) that tokens must name.
    #[arg(long, env = "DESKWIRE_JWT_ISSUER")]
    pub jwt_issuer: Option<String>,

    /// The audience (`aud`) that tokens must name.
    #[arg(long, env = "DESKWIRE_JWT_AUDIENCE")]
    pub jwt_audience: Option<String>,

    /// The claim that holds the role: a name, or a path with dots. A list of roles is possible; the
    /// highest counts.
    #[arg(long, env = "DESKWIRE_ROLE_CLAIM", default_value = "role")]
    pub role_claim: String,

    /// The built-in development identities. `auto`: on a loopback address if neither a secret nor a
    /// JWKS is set. Never on another address.
    #[arg(long, env = "DESKWIRE_DEV_IDENTITIES", value_enum, default_value_t = Switch::Auto)]
    pub dev_identities: Switch,

    /// Introspection and suggestions in errors. `auto`: together with the development identities.
    #[arg(long, env = "DESKWIRE_INTROSPECTION", value_enum, default_value_t = Switch::Auto)]
    pub introspection: Switch,

    /// Other web origins whose pages may use the API, separated by commas
    /// (`https://app.example.com`).
    #[arg(long, env = "DESKWIRE_ALLOWED_ORIGINS", value_delimiter = ',')]
    pub allowed_origins: Vec<String>,

    /// For how many days a customer may reopen a closed ticket.
    #[arg(long, env = "DESKWIRE_REOPEN_DAYS", default_value_t = 14)]
    pub reopen_days: u16,

    /// How often this server runs the SLA job, in seconds. 0: never, something else runs it
    /// (`sla-escalation`).
    #[arg(long, env = "DESKWIRE_SLA_INTERVAL_SECONDS", default_value_t = 10)]
    pub sla_interval_seconds: u32,

    /// How often this server deletes uploads that nobody completed or attached, in seconds. 0: never,
    /// something else does it (`upload-sweep`).
    #[arg(long, env = "DESKWIRE_UPLOAD_SWEEP_SECONDS", default_value_t = 300)]
    pub upload_sweep_seconds: u32,

    /// How often this server brings statistics up to date, in seconds. 0: never, something else does it
    /// (`stats-aggregation`).
    #[arg(long, env = "DESKWIRE_STATS_INTERVAL_SECONDS", default_value_t = 30)]
    pub stats_interval_seconds: u32,

    /// An address that answers `GET /metrics` for Prometheus, apart from the API's. Left out: none.
    #[arg(long, env = "DESKWIRE_METRICS_BIND")]
    pub metrics_bind: Option<SocketAddr>,

    /// What this server does to tell people and systems what happened. `on`: all of it. `plan`: people
    /// are notified in the app, something else sends (`outbox-delivery`). `off`: nothing, not even
    /// that.
    #[arg(long, env = "DESKWIRE_DELIVERY", value_enum, default_value_t = Delivery::On)]
    pub deliver: Delivery,

    /// How it does so.
    #[command(flatten)]
    pub delivery: DeliverySettings,

    /// Where attachments are kept, and what may be attached.
    #[command(flatten)]
    pub storage: StorageSettings,

    /// What is masked in texts before they are stored: `cards`, `codes` (of cards), `ibans`, `secrets`,
    /// separated by commas. `off`: nothing.
    #[arg(
        long,
        env = "DESKWIRE_MASK",
        default_value = "cards,codes,ibans,secrets"
    )]
    pub mask: String,

    /// How much one client may ask for.
    #[command(flatten)]
    pub bounds: Bounds,
}

/// On, off, or as the circumstances say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// As the circumstances say.
    #[default]
    Auto,
    /// On.
    On,
    /// Off.
    Off,
}

/// What a server does to tell people and systems what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Delivery {
    /// It works out what is to be told, and sends it.
    #[default]
    On,
    /// It works out what is to be told; something else sends it.
    Plan,
    /// Nothing.
    Off,
}

impl Config {
    /// The database to connect to.
    pub fn database_url(&self) -> String {
        domain::db::url_or_embedded(self.database_url.as_deref(), &self.data_dir)
    }

    /// Whether the development identities are to work.
    ///
    /// # Errors
    /// When they are switched on for an address that others can reach, or when nobody could sign
    /// in at all.
    pub fn dev_identities(&self) -> Result<bool, StartError> {
        let loopback = self.bind.ip().is_loopback();
        let sign_in = given(&self.jwt_secret).is_some() || given(&self.jwks).is_some();
        match self.dev_identities {
            Switch::On if !loopback => Err(StartError(format!(
                "The development identities let anybody be anybody, so they work on a loopback \
                 address only, and DESKWIRE_BIND is {}. Bind to 127.0.0.1, or set \
                 DESKWIRE_DEV_IDENTITIES=off and sign people in with DESKWIRE_JWT_SECRET or \
                 DESKWIRE_JWKS.",
                self.bind
            ))),
            Switch::On => Ok(true),
            Switch::Auto if loopback && !sign_in => Ok(true),
            Switch::Auto | Switch::Off if sign_in => Ok(false),
            Switch::Auto | Switch::Off => Err(StartError(
                "Nobody could sign in: set DESKWIRE_JWT_SECRET (HS256) or DESKWIRE_JWKS (a file or \
                 URL with your identity provider's keys)."
                    .to_owned(),
            )),
        }
    }

    /// The rules of the desk.
    ///
    /// # Errors
    /// When they contradict each other.
    pub fn settings(&self) -> Result<domain::Settings, StartError> {
        Ok(domain::Settings {
            reopen_window: TimeDelta::days(self.reopen_days.into()),
            webhooks_allow_private: self.delivery.webhooks_allow_private,
            uploads: self.storage.rules()?,
            masking: Masking::parse(&self.mask).map_err(StartError)?,
            ..domain::Settings::default()
        })
    }
}

/// A setting that is there. An empty variable counts as none: that is how templates leave things out.
pub(crate) fn given(setting: &Option<String>) -> Option<&str> {
    setting
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// Why the server did not start, in words for an operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

impl From<Problem> for StartError {
    fn from(Problem(text): Problem) -> Self {
        Self(text)
    }
}

impl From<storage::Problem> for StartError {
    fn from(storage::Problem(text): storage::Problem) -> Self {
        Self(text)
    }
}

impl StartError {
    /// What went wrong, with its cause.
    pub fn because(what: &str, cause: &dyn std::error::Error) -> Self {
        let mut text = format!("{what}: {cause}");
        let mut source = cause.source();
        while let Some(cause) = source {
            text.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Self(text)
    }
}
