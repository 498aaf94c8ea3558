//! A running server.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use delivery::{Deliverer, Duty, mail::LinkSettings};
use domain::{Clock, Desk, active::ActiveUsers, db::Db};
use schema::{Gateway, Rules};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::{Config, Delivery, StartError, Switch},
    database,
    guard::Guard,
    http::{self, App, router},
    jobs,
    sessions::Sessions,
    sign_in::SignIn,
};

/// How long a server that stops waits for its clients.
const DRAIN: Duration = Duration::from_secs(15);

/// How long it waits after that until it is written down who was active.
const NOTES: Duration = Duration::from_secs(6);

/// A server that listens. Dropping it does not stop it; [`Running::stop`] does.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    desk: Desk,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    streams: TaskTracker,
    notes: JoinHandle<()>,
    all_seen: CancellationToken,
}

/// Starts a server.
///
/// # Errors
/// Whatever keeps it from serving, in words for an operator.
pub async fn start(config: &Config, clock: Clock) -> Result<Running, StartError> {
    let dev = config.dev_identities()?;
    let db = database::open(config).await?;
    serve(config, db, clock, dev).await
}

async fn serve(config: &Config, db: Db, clock: Clock, dev: bool) -> Result<Running, StartError> {
    let desk = Desk::open(db, clock, config.settings()?).await;
    let desk = desk.map_err(|e| StartError::because("Cannot follow the event log", &e))?;
    let listener = TcpListener::bind(config.bind).await.map_err(|error| {
        let what = format!("Cannot listen on {} (DESKWIRE_BIND)", config.bind);
        StartError::because(&what, &error)
    })?;
    let address = listener.local_addr();
    let address = address.map_err(|e| StartError::because("Cannot tell the address", &e))?;
    let files = open_files(config, &desk, address).await?;
    let desk = desk.with_storage(files.storage());
    let (active, notes) = ActiveUsers::open(&desk);
    let sign_in = SignIn::open(config, desk.clone(), active).await?;
    let rules = Rules {
        introspection: match config.introspection {
            Switch::On => true,
            Switch::Off => false,
            Switch::Auto => dev,
        },
        limits: config.bounds.limits(),
    };
    let guard = Guard::open(rules, config.bounds.operations.as_deref())?;
    let (db, clock) = (desk.db().clone(), desk.clock().clone());
    let (settings, data_dir) = (&config.delivery, &config.data_dir);
    let days = config.reopen_days;
    let deliverer = if config.deliver == Delivery::On {
        Deliverer::open(db, clock, settings, data_dir, days).await
    } else {
        Deliverer::open_to_plan(db, clock, settings, data_dir, days).await
    };
    let deliverer = Arc::new(deliverer?);
    let stop = CancellationToken::new();
    let streams = TaskTracker::new();
    let sessions = Sessions::new(config.bounds.sockets_per_person);
    let app = App {
        gateway: Gateway::new(desk.clone(), rules),
        guard: Arc::new(guard),
        sign_in: Arc::new(sign_in),
        sessions: sessions.clone(),
        bounds: Arc::new(config.bounds.clone()),
        allowed_origins: config.allowed_origins.clone().into(),
        seals: deliverer.seals().clone(),
        files: files.folder(),
        mail_folder: deliverer.mail_folder().map(Path::to_owned),
        stop: stop.clone(),
        streams: streams.clone(),
    };
    let watching = stop
        .clone()
        .run_until_cancelled_owned(sessions.watch(desk.clone()));
    tokio::spawn(watching);
    let metrics = jobs::Metrics::default();
    let metrics_address = match config.metrics_bind {
        Some(address) => {
            let (worker, stop) = (Arc::clone(&deliverer), stop.clone());
            Some(jobs::serve(address, &desk, worker, &metrics, stop).await?)
        }
        None => None,
    };
    if config.sla_interval_seconds > 0 {
        let interval = Duration::from_secs(config.sla_interval_seconds.into());
        let sweeping = jobs::sweep(desk.clone(), interval, metrics.clone());
        tokio::spawn(stop.clone().run_until_cancelled_owned(sweeping));
    }
    let sweeper = desk.upload_sweeper();
    if let Some(sweeper) = sweeper.filter(|_| config.upload_sweep_seconds > 0) {
        let interval = Duration::from_secs(config.upload_sweep_seconds.into());
        let sweeping = jobs::sweep_uploads(sweeper, interval, metrics.clone());
        tokio::spawn(stop.clone().run_until_cancelled_owned(sweeping));
    }
    if config.stats_interval_seconds > 0 {
        let interval = Duration::from_secs(config.stats_interval_seconds.into());
        let running = jobs::aggregate(desk.clone(), interval, metrics.clone());
        tokio::spawn(stop.clone().run_until_cancelled_owned(running));
    }
    let duty = match config.deliver {
        Delivery::On => Some(Duty::Deliver),
        Delivery::Plan => Some(Duty::Plan),
        Delivery::Off => None,
    };
    if let Some(duty) = duty {
        let (desk, stop) = (desk.clone(), stop.clone());
        jobs::deliver(desk, deliverer, duty, metrics, stop, &streams);
    }
    let all_seen = CancellationToken::new();
    let notes = tokio::spawn(notes.run(all_seen.clone().cancelled_owned()));
    let serving = tokio::spawn(http::serve(listener, router(app), stop.clone()));
    Ok(Running {
        address,
        metrics_address,
        desk,
        stop,
        serving,
        streams,
        notes,
        all_seen,
    })
}

/// What keeps attachments. Links to a folder lead to the public address; a server on the developer's
/// own machine whose public address nobody set is reached where it listens.
async fn open_files(
    config: &Config,
    desk: &Desk,
    address: SocketAddr,
) -> Result<storage::Backend, StartError> {
    let settings = &config.delivery.links;
    let unset = settings.public_url == LinkSettings::default().public_url;
    if unset && !address.ip().is_loopback() {
        tracing::warn!(
            "links to attachments and in mails lead to {}, which others cannot reach: set \
             DESKWIRE_PUBLIC_URL",
            settings.public_url
        );
    }
    let public = settings.links()?.to("");
    let here = format!("http://localhost:{}", address.port());
    let public = if unset && address.ip().is_loopback() {
        here
    } else {
        public
    };
    let secret = desk.shared_secret("links to attachments").await;
    let secret = secret.map_err(|e| StartError::because("Cannot read the server's secrets", &e))?;
    let settings = &config.storage;
    Ok(settings.open(&config.data_dir, &public, &secret).await?)
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it answers `GET /metrics`, if it does.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// The desk that it serves.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Stops: takes no more, tells open sockets that it goes, and finishes what was begun.
    ///
    /// # Errors
    /// When the listener had failed.
    pub async fn stop(self) -> Result<(), StartError> {
        self.stop.cancel();
        self.streams.close();
        // Clients that do not go are left behind after a while.
        let finished = async {
            self.streams.wait().await;
            self.serving.await
        };
        let stopped = match tokio::time::timeout(DRAIN, finished).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(StartError::because("The listener failed", &error)),
            Err(_) => {
                tracing::warn!("some clients did not go in time");
                Ok(())
            }
        };
        // Only now has everybody been seen.
        self.all_seen.cancel();
        if tokio::time::timeout(NOTES, self.notes).await.is_err() {
            tracing::warn!("who was active could not be written down before the end");
        }
        stopped
    }
}
