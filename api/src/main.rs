//! `deskwire`: the server and what an operator does with its database.

use std::{io::IsTerminal, process::ExitCode};

use clap::{Parser, Subcommand, builder::BoolishValueParser};
use deskwire_api::{Config, StartError, database, demo, start};
use domain::Clock;
use tracing_subscriber::EnvFilter;

/// Executing an operation allocates a lot, and the system's allocator took a quarter of its time
/// (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The support desk's backend.
///
/// Every option can be given as an environment variable too.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    config: Config,

    /// Fill an empty database with demo data before serving.
    #[arg(long, env = "DESKWIRE_DEMO", value_parser = BoolishValueParser::new())]
    demo: bool,

    /// Log lines as JSON.
    #[arg(long, env = "DESKWIRE_LOG_JSON", global = true, value_parser = BoolishValueParser::new())]
    log_json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Serve. This is what happens without a command.
    Serve,
    /// Bring the database's tables up to this version.
    Migrate,
    /// Make the event log whole after a dump was loaded into another PostgreSQL server. No server
    /// may run meanwhile.
    AfterRestore,
    /// Fill an empty database with believable data.
    Demo {
        /// How many tickets.
        #[arg(long, default_value_t = 3_000)]
        tickets: u64,
        /// The same seed gives the same data.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("DESKWIRE_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if cli.log_json {
        log.json().init();
    } else {
        log.init();
    }
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::from(2)
        }
    }
}

async fn run(cli: Cli) -> Result<(), StartError> {
    let clock = Clock::system();
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(&cli.config, clock, cli.demo).await,
        Command::Migrate => {
            let db = database::connect(&cli.config).await?;
            database::migrate(&db).await?;
            tracing::info!("the database is up to date");
            Ok(())
        }
        Command::AfterRestore => {
            let db = database::connect(&cli.config).await?;
            let events = database::after_restore(&db).await?;
            tracing::info!("the event log is whole; {events} events were touched");
            Ok(())
        }
        Command::Demo { tickets, seed } => {
            let db = database::open(&cli.config).await?;
            fill(&db, &clock, tickets, seed).await
        }
    }
}

async fn fill(
    db: &domain::db::Db,
    clock: &Clock,
    tickets: u64,
    seed: u64,
) -> Result<(), StartError> {
    let options = demo::DemoOptions {
        tickets,
        seed,
        until: clock.now(),
    };
    let progress = |done, of| tracing::info!("demo data: {done} of {of} tickets");
    let filled = demo::fill(db, &options, &progress).await;
    let summary = filled.map_err(|e| StartError::because("No demo data was written", &e))?;
    tracing::info!("demo data: {summary:?}");
    Ok(())
}

async fn serve(config: &Config, clock: Clock, demo: bool) -> Result<(), StartError> {
    if demo {
        let db = database::open(config).await?;
        if database::is_empty(&db).await? {
            fill(&db, &clock, 3_000, 1).await?;
        }
    }
    let server = start(config, clock).await?;
    let address = server.address();
    tracing::info!("Deskwire listens on http://{address}, the API is at http://{address}/graphql");
    if let Some(address) = server.metrics_address() {
        tracing::info!("metrics are at http://{address}/metrics");
    }
    if config.dev_identities()? {
        tracing::warn!(
            "the development identities are on: whoever can reach this machine's loopback address \
             can be customer, agent, agent2 or supervisor (POST /dev/token)"
        );
    }
    stop_signal().await?;
    tracing::info!("stopping");
    server.stop().await
}

async fn stop_signal() -> Result<(), StartError> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|e| StartError::because("No signals", &e));
    let (mut terminate, mut interrupt) = (
        listen(SignalKind::terminate())?,
        listen(SignalKind::interrupt())?,
    );
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
