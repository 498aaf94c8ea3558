//! `make bench`: how fast the server is, beside pgbench with the best equivalent SQL, in turns in one
//! run, with every answer checked. docs/performance.md says what it measures and what was found.

mod cpu;
mod database;
mod fanout;
mod figures;
mod frames;
mod http;
mod idle;
mod load;
mod machine;
mod operation;
mod options;
mod pgbench;
mod relay;
mod report;
mod rounds;
mod server;
mod sockets;
mod statements;
mod statistics;
mod sweep;

use std::path::{Path, PathBuf};

use database::{Copy, Databases};
use operation::{ALL, About};
use options::Options;
use report::{Report, Row};
use rounds::{Other, take_turns};
use server::Server;

/// Files that a process needs beside its sockets.
const SPARE_FILES: usize = 500;

/// Tells who waits how far it is.
fn say(text: &str) {
    eprintln!("{text}");
}

#[tokio::main]
async fn main() {
    let mut options = Options::read();
    fit_open_files(&mut options);
    let folder = folder();
    let Some(databases) = Databases::start(&folder.join("cluster"), &options) else {
        say("PostgreSQL is not installed: make tools");
        std::process::exit(2);
    };
    let report = measure(&databases, &options).await;
    databases.cluster.stop();
    let file = folder.join("report.json");
    report.save(&file);
    println!("{}", report.text());
    say(&format!("all of it: {}", file.display()));
}

/// `bench` in the folder in which cargo builds.
fn folder() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let target = program.ancestors().nth(2).unwrap_or(Path::new("target"));
    let folder = target.join("bench");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn fit_open_files(options: &mut Options) {
    let possible = machine::open_files().saturating_sub(SPARE_FILES);
    for sockets in [&mut options.sockets, &mut options.idle] {
        if *sockets > possible {
            say(&format!(
                "THE LIMIT OF OPEN FILES IS TOO LOW: {possible} sockets instead of {sockets}; \
                 raise it with `ulimit -n {}`",
                *sockets + SPARE_FILES
            ));
            *sockets = possible;
        }
    }
}

async fn measure(databases: &Databases, options: &Options) -> Report {
    let mut report = Report {
        machine: serde_json::Value::Null,
        against: match &options.against {
            None => "pgbench with the best equivalent SQL".to_owned(),
            Some(binary) => format!("the server {}", binary.display()),
        },
        rows: Vec::new(),
        fanout: Vec::new(),
        idle: None,
        sweeps: Vec::new(),
        relayed: None,
        figures: Vec::new(),
    };
    if options.wants("11") {
        report.sweeps = sweep::measure(databases, options).await;
    }
    if !options.wants_desks() {
        return report;
    }
    for (place, &tickets) in options.tickets.iter().enumerate() {
        let mut copy = databases.copy(options, tickets).await;
        statements::count(&mut copy.sql, false).await;
        if options.wants("8") {
            let figures = figures::measure(&mut copy, tickets, options).await;
            report.figures.push(figures);
        }
        if place == 0 {
            report.machine = machine::describe(&mut copy.sql, &databases.settings, options).await;
        }
        let server = Server::start(&options.server, &copy.url).await;
        // Sockets are measured on the smallest desk: they do not depend on its size.
        if place == 0 && options.wants("idle") {
            let ready = ALL[0].prepare(&server, &mut copy.sql, tickets).await;
            report.idle = Some(idle::measure(&server, ready.ours.as_ref(), options).await);
        }
        let against = match &options.against {
            None => None,
            Some(binary) => Some(Server::start(binary, &copy.url).await),
        };
        for about in ALL.iter().filter(|about| options.wants(about.number)) {
            let row = operation(
                about,
                &server,
                against.as_ref(),
                databases,
                &mut copy,
                options,
            );
            let row = row.await;
            report.rows.push(Row { tickets, ..row });
        }
        if let Some(against) = against {
            against.stop().await;
        }
        if place == 0 && options.wants("10") {
            report.fanout = fanout::measure(&server, &mut copy, options).await;
        }
        server.stop().await;
        if place == 0 && options.wants("12") {
            report.relayed = Some(relay::measure(&mut copy, options).await);
        }
    }
    report
}

async fn operation(
    about: &'static About,
    server: &Server,
    against: Option<&Server>,
    databases: &Databases,
    copy: &mut Copy,
    options: &Options,
) -> Row {
    say(&format!("{}: {}", about.number, about.name));
    let tickets = database::value(&mut copy.sql, "SELECT to_jsonb(count(*)) FROM ticket").await;
    let tickets = tickets.as_u64().unwrap();
    let ready = about.prepare(server, &mut copy.sql, tickets).await;
    let other = match against {
        None => Other::Pgbench(copy.name.clone()),
        Some(server) => Other::Server(server),
    };
    let ours = server.address();
    let before = about.written(&mut copy.sql).await;
    let outcome =
        tokio::task::block_in_place(|| take_turns(&ready, server, &other, databases, options));
    let written = about.written(&mut copy.sql).await.zip(before);
    if let Some((after, before)) = written {
        assert_eq!(
            after - before,
            outcome.answered,
            "an answer without a write"
        );
    }
    if against.is_none() {
        about.compare(&mut copy.sql).await;
    }
    let operation = ready.ours.as_ref();
    let (many, _) = statements::per_request(&mut copy.sql, operation, ours, 64).await;
    let (alone, which) = statements::per_request(&mut copy.sql, operation, ours, 1).await;
    Row {
        about,
        tickets,
        outcome,
        statements: (alone, many),
        which,
    }
}
