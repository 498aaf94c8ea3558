//! Numbers for Prometheus, on an address of their own: they are for operators, not for clients.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use delivery::Deliverer;
use domain::{
    Desk,
    attachment::SweepReport,
    sla::{Report, Sweeper},
    stats::{Aggregator, StatsReport},
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::StartError;

/// What OpenMetrics calls itself.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FiredLabels {
    kind: String,
    level: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    channel: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ChannelLabels {
    channel: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RunLabels {
    outcome: String,
}

/// What this process counts. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    fired: Family<FiredLabels, Counter>,
    failed: Counter,
    runs: Family<RunLabels, Counter>,
    planned: Counter,
    notifications: Counter,
    published: Counter,
    attempts: Family<AttemptLabels, Counter>,
    uploads_expired: Counter,
    uploads_deleted: Counter,
    quarantine_cleared: Counter,
    upload_sweeps: Family<RunLabels, Counter>,
    stats_events: Counter,
    stats_runs: Family<RunLabels, Counter>,
}

impl Metrics {
    /// Counts what a run of the SLA job did.
    pub(crate) fn count(&self, report: &Report) {
        for fired in &report.fired {
            let labels = FiredLabels {
                kind: fired.kind.as_str().to_owned(),
                level: fired.level.clone(),
            };
            self.fired.get_or_create(&labels).inc_by(fired.count);
        }
        self.failed.inc_by(report.failed);
        let outcome = report.outcome.as_str().to_owned();
        self.runs.get_or_create(&RunLabels { outcome }).inc();
    }

    /// Counts what a sweep of uploads did.
    pub(crate) fn swept(&self, report: &SweepReport) {
        self.uploads_expired.inc_by(report.expired);
        self.uploads_deleted.inc_by(report.deleted);
        self.quarantine_cleared.inc_by(report.cleared);
        let outcome = report.outcome.as_str().to_owned();
        let runs = self.upload_sweeps.get_or_create(&RunLabels { outcome });
        runs.inc();
    }

    /// Counts what a run of the statistics job did.
    pub(crate) fn aggregated(&self, report: &StatsReport) {
        self.stats_events.inc_by(report.events);
        let outcome = report.outcome.as_str().to_owned();
        self.stats_runs.get_or_create(&RunLabels { outcome }).inc();
    }

    /// Counts what was told.
    pub(crate) fn delivered(&self, report: &delivery::Report) {
        self.planned.inc_by(report.events);
        self.notifications.inc_by(report.notifications);
        self.published.inc_by(report.published);
        for (channel, attempts) in [("mail", report.mail), ("webhook", report.webhooks)] {
            for (outcome, count) in [
                ("sent", attempts.sent),
                ("retried", attempts.retried),
                ("dead", attempts.dead),
                ("skipped", attempts.skipped),
            ] {
                let labels = AttemptLabels { channel, outcome };
                self.attempts.get_or_create(&labels).inc_by(count);
            }
        }
    }
}

struct Page {
    registry: Registry,
    lag: Gauge,
    sweeper: Sweeper,
    outbox_lag: Family<ChannelLabels, Gauge>,
    deliverer: Arc<Deliverer>,
    stats_lag: Gauge,
    aggregator: Aggregator,
}

/// Serves `GET /metrics` until `stop`.
///
/// # Errors
/// When the address is not to be had.
pub(crate) async fn serve(
    address: std::net::SocketAddr,
    desk: &Desk,
    deliverer: Arc<Deliverer>,
    metrics: &Metrics,
    stop: CancellationToken,
) -> Result<std::net::SocketAddr, StartError> {
    let mut registry = Registry::with_prefix("deskwire");
    registry.register(
        "sla_timers_fired",
        "SLA timers that this process fired",
        metrics.fired.clone(),
    );
    registry.register(
        "sla_tickets_failed",
        "Tickets whose timers this process could not fire",
        metrics.failed.clone(),
    );
    registry.register(
        "sla_runs",
        "Runs of the SLA job in this process",
        metrics.runs.clone(),
    );
    let lag = Gauge::default();
    let help = "How long the oldest due SLA timer has been waiting, whoever runs the job";
    registry.register("sla_lag_seconds", help, lag.clone());
    let outbox_lag = Family::default();
    register_delivery(&mut registry, metrics, &outbox_lag);
    register_uploads(&mut registry, metrics);
    let stats_lag = Gauge::default();
    register_statistics(&mut registry, metrics, &stats_lag);
    let page = Arc::new(Page {
        registry,
        lag,
        sweeper: desk.sweeper(),
        outbox_lag,
        deliverer,
        stats_lag,
        aggregator: desk.aggregator(),
    });
    let cannot = |error: &std::io::Error| {
        let what = format!("Cannot listen on {address} (DESKWIRE_METRICS_BIND)");
        StartError::because(&what, error)
    };
    let listener = TcpListener::bind(address).await.map_err(|e| cannot(&e))?;
    let bound = listener.local_addr().map_err(|e| cannot(&e))?;
    let router = Router::new().route("/metrics", get(show)).with_state(page);
    tokio::spawn(async move {
        let serving = axum::serve(listener, router);
        let serving = serving.with_graceful_shutdown(stop.cancelled_owned());
        if let Err(error) = serving.await {
            tracing::error!(error = %error, "the metrics cannot be served any more");
        }
    });
    Ok(bound)
}

fn register_delivery(
    registry: &mut Registry,
    metrics: &Metrics,
    lag: &Family<ChannelLabels, Gauge>,
) {
    registry.register(
        "outbox_events_planned",
        "Events for which this process worked out what is to be told",
        metrics.planned.clone(),
    );
    registry.register(
        "outbox_notifications",
        "Notifications in the app that this process made",
        metrics.notifications.clone(),
    );
    registry.register(
        "outbox_events_published",
        "Events that this process published to Kafka",
        metrics.published.clone(),
    );
    registry.register(
        "outbox_attempts",
        "Attempts of this process to deliver mails and webhooks, by what became of them",
        metrics.attempts.clone(),
    );
    let help = "How long the oldest that is to be told has been waiting, whoever delivers";
    registry.register("outbox_lag_seconds", help, lag.clone());
}

fn register_uploads(registry: &mut Registry, metrics: &Metrics) {
    registry.register(
        "uploads_expired",
        "Uploads that this process ended because nobody completed or attached them in time",
        metrics.uploads_expired.clone(),
    );
    registry.register(
        "uploads_deleted",
        "Uploads that this process deleted with their files",
        metrics.uploads_deleted.clone(),
    );
    registry.register(
        "uploads_quarantine_cleared",
        "Files that this process cleared out of quarantine",
        metrics.quarantine_cleared.clone(),
    );
    registry.register(
        "upload_sweeps",
        "Sweeps of uploads in this process",
        metrics.upload_sweeps.clone(),
    );
}

fn register_statistics(registry: &mut Registry, metrics: &Metrics, lag: &Gauge) {
    registry.register(
        "stats_events",
        "Events that this process brought into the statistics",
        metrics.stats_events.clone(),
    );
    registry.register(
        "stats_runs",
        "Runs of the statistics job in this process",
        metrics.stats_runs.clone(),
    );
    let help = "How long the oldest event has been waiting that is not in the sums of statistics, \
        whoever runs the job";
    registry.register("stats_lag_seconds", help, lag.clone());
}

/// The lags are asked of the database at each look, so that they are true even if no job runs at all.
async fn show(State(page): State<Arc<Page>>) -> Response {
    let lags = async {
        let now = page.sweeper.now().await?;
        Ok::<_, domain::Error>((
            page.sweeper.lag(now).await?,
            page.deliverer.lags(now).await?,
            page.aggregator.lag(now).await?,
        ))
    };
    let Ok((lag, outbox, stats)) = lags.await else {
        let message = "The database does not answer.";
        return (StatusCode::SERVICE_UNAVAILABLE, message).into_response();
    };
    page.lag.set(lag);
    page.stats_lag.set(stats);
    for (channel, lag) in [
        ("planning", outbox.planning),
        ("mail", outbox.mail),
        ("webhook", outbox.webhooks),
        ("kafka", outbox.kafka),
    ] {
        page.outbox_lag
            .get_or_create(&ChannelLabels { channel })
            .set(lag);
    }
    let mut text = String::new();
    if encode(&mut text, &page.registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response()
}
