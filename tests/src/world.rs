//! One test's world: a server, its database, its clock, its people.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use delivery::DeliverySettings;
use deskwire_api::{Bounds, Config, Delivery, Running, Switch};
use domain::Clock;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use storage::StorageSettings;
use tempfile::TempDir;

use crate::{Client, Process, postgres_or_skip};

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file of its own.
    Sqlite,
    /// A database of its own in the private cluster.
    Postgres,
}

/// Who takes part in tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// A customer with tickets.
    Carla,
    /// Another customer.
    Otto,
    /// An agent.
    Alice,
    /// Another agent.
    Bob,
    /// A supervisor.
    Susan,
}

impl Person {
    fn claims(self) -> Value {
        let (name, role) = match self {
            Self::Carla => ("Carla", "customer"),
            Self::Otto => ("Otto", "customer"),
            Self::Alice => ("Alice", "agent"),
            Self::Bob => ("Bob", "agent"),
            Self::Susan => ("Susan", "supervisor"),
        };
        let lower = name.to_lowercase();
        json!({ "sub": lower, "name": name, "email": format!("{lower}@example.com"), "role": role })
    }
}

/// A server and everything around it.
#[derive(Debug)]
pub struct World {
    /// The clock; it stands until a test moves it.
    pub clock: Clock,
    /// Which database.
    pub backend: Backend,
    server: Option<Running>,
    base: String,
    config: Config,
    _folder: TempDir,
}

/// The secret of tokens in tests.
pub const SECRET: &str = "a secret that is long enough for HS256 in tests";

impl World {
    /// A server in this process, on a database of its own.
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, |_| {}).await
    }

    /// A server with other settings.
    pub async fn start_with(backend: Backend, change: impl FnOnce(&mut Config)) -> Self {
        // Shown for tests that fail: the causes that clients never see.
        let log = tracing_subscriber::fmt()
            .with_env_filter("warn,sqlx=error")
            .with_test_writer();
        let _set_already = log.try_init();
        let folder = tempfile::tempdir().unwrap();
        let database_url = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(postgres_or_skip().unwrap().database().await),
        };
        let mut config = Config {
            database_url,
            bind: "127.0.0.1:0".parse().unwrap(),
            data_dir: folder.path().to_owned(),
            db_connections: 8,
            jwt_secret: Some(SECRET.to_owned()),
            jwks: None,
            jwt_issuer: None,
            jwt_audience: None,
            role_claim: "role".to_owned(),
            dev_identities: Switch::On,
            introspection: Switch::On,
            allowed_origins: Vec::new(),
            reopen_days: 14,
            // Tests run the jobs when they want them.
            sla_interval_seconds: 0,
            upload_sweep_seconds: 0,
            stats_interval_seconds: 0,
            metrics_bind: None,
            deliver: Delivery::Off,
            delivery: DeliverySettings::default(),
            storage: StorageSettings::default(),
            mask: "cards,codes,ibans,secrets".to_owned(),
            bounds: Bounds::default(),
        };
        change(&mut config);
        let start = DateTime::parse_from_rfc3339("2026-03-02T09:00:00Z").unwrap();
        let clock = Clock::manual(start.with_timezone(&Utc));
        let server = deskwire_api::start(&config, clock.clone()).await.unwrap();
        let base = format!("http://{}", server.address());
        Self {
            clock,
            backend,
            server: Some(server),
            base,
            config,
            _folder: folder,
        }
    }

    /// The server's address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The server's settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The server.
    pub fn server(&self) -> &Running {
        self.server.as_ref().unwrap()
    }

    /// Another server in this process on the same database, with the same clock.
    pub async fn second_server(&self) -> Running {
        deskwire_api::start(&self.config, self.clock.clone())
            .await
            .unwrap()
    }

    /// A server in a process of its own on the same database, with the machine's clock.
    pub async fn process(&self) -> Process {
        Process::start(&self.config).await
    }

    /// The same with more environment variables.
    pub async fn process_with(&self, env: &[(&str, &str)]) -> Process {
        Process::start_with(&self.config, env).await
    }

    /// A client for one of the people.
    pub fn client(&self, person: Person) -> Client {
        self.client_with(person.claims())
    }

    /// A client whose token says `claims`; `exp` is added if it is not there.
    pub fn client_with(&self, claims: Value) -> Client {
        Client::new(&self.base, Some(self.token(claims)))
    }

    /// A client without a token.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base, None)
    }

    /// A token that says `claims`; `exp` is added if it is not there. It is good by the test's clock
    /// and by the machine's.
    pub fn token(&self, mut claims: Value) -> String {
        let far = self.clock.now() + TimeDelta::days(3650);
        if claims.get("exp").is_none() {
            claims["exp"] = json!(far.timestamp());
        }
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        jsonwebtoken::encode(&Header::default(), &claims, &key).unwrap()
    }

    /// How many SQL statements the server ran so far.
    pub fn statements(&self) -> u64 {
        self.server().desk().db().statements()
    }
}

/// Waits until `probe` says yes. For what happens in the background; fails after a minute.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut probe: impl FnMut() -> F) {
    for _ in 0..1_200 {
        if probe().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never came true: {what}");
}
