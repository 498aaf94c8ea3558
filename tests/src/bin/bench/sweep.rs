//! The SLA job: how fast it fires what is due, and whether it minds how many timers run beside.

use domain::{Clock, db::Db, sla::Sweeper};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use std::time::{Duration, Instant};

use crate::{
    database::{Databases, run, value},
    options::Options,
    say,
};

/// How many timers are due in each round.
const DUE: u64 = 1_000;

/// The sizes that are compared: timers that run.
pub(crate) const RUNNING: [u64; 2] = [10_000, 1_000_000];

/// What came out for one number of running timers.
#[derive(Clone, Debug)]
pub(crate) struct Sweep {
    pub(crate) running: u64,
    /// How long each round took to fire everything that was due.
    pub(crate) rounds: Vec<Duration>,
    /// How long the database took to find 500 that are due, and how many pages it touched.
    pub(crate) claim_ms: f64,
    pub(crate) claim_pages: u64,
    pub(crate) claim_by: String,
    /// How long it took to change the policy of all of them.
    pub(crate) edit: Duration,
}

impl Sweep {
    /// The round in the middle, in seconds.
    pub(crate) fn median(&self) -> f64 {
        let mut rounds = self.rounds.clone();
        rounds.sort_unstable();
        rounds[rounds.len() / 2].as_secs_f64()
    }

    /// Timers fired in a second.
    pub(crate) fn per_second(&self) -> f64 {
        DUE as f64 / self.median()
    }
}

/// Takes turns between the sizes.
pub(crate) async fn measure(databases: &Databases, options: &Options) -> Vec<Sweep> {
    let mut desks = Vec::new();
    for running in RUNNING {
        desks.push(Desk::make(databases, running).await);
    }
    // The first round warms up and does not count.
    for round in 0..=options.rounds as u64 {
        for desk in &mut desks {
            desk.make_due(round).await;
            if round == 0 {
                desk.look_at_claim().await;
            }
            let begun = Instant::now();
            let report = desk.sweeper.sweep(None, || ()).await;
            let took = begun.elapsed();
            assert_eq!((report.total(), report.left), (DUE, 0), "{report:?}");
            if round > 0 {
                desk.sweep.rounds.push(took);
            }
        }
    }
    for desk in &mut desks {
        desk.edit_policy().await;
    }
    desks.into_iter().map(|desk| desk.sweep).collect()
}

struct Desk {
    db: Db,
    sql: PgConnection,
    sweeper: Sweeper,
    sweep: Sweep,
}

impl Desk {
    async fn make(databases: &Databases, running: u64) -> Self {
        say(&format!("11: making {running} running timers"));
        let name = format!("sweep_{running}");
        let cluster = &databases.cluster;
        cluster
            .run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await;
        cluster.run(&format!("CREATE DATABASE {name}")).await;
        let url = cluster.url(&name);
        databases.migrate(&url).await;
        let mut sql = PgConnection::connect(&url).await.unwrap();
        for statement in [
            "INSERT INTO user_account (id, role, name, search_text, created_at, updated_at) \
             VALUES (gen_random_uuid(), 'CUSTOMER', 'Carla', 'carla', now(), now())",
            &format!(
                "INSERT INTO ticket (id, number, requester_id, subject, description, category_id, priority, \
                 status, source, co_assignees, tags, version, created_at, updated_at, sla_state, sla_due_at) \
                 SELECT gen_random_uuid(), n, (SELECT id FROM user_account LIMIT 1), 'It broke', \
                 'It does not work.', (SELECT id FROM category LIMIT 1), 0, 'OPEN', 'APP', '[]', '[]', 1, \
                 now(), now(), 'RUNNING', now() + interval '1 day' FROM generate_series(1, {running}) n"
            ),
            "INSERT INTO timer (ticket_id, kind, cycle, latest, started_at, pauses, policy_id, calendar_id, \
             calendar_version, target_seconds, due_at, fire_at, levels) SELECT ticket.id, 'FIRST_RESPONSE', 1, \
             TRUE, now() + interval '1 day', '[]', sla_policy.id, calendar_id, 1, 7200, \
             now() + interval '26 hours', now() + interval '26 hours', '[\"80%\"]' FROM ticket, sla_policy",
            "VACUUM ANALYZE",
            "CHECKPOINT",
        ] {
            run(&mut sql, statement).await;
        }
        let db = Db::connect(&url, 2).await.unwrap();
        Self {
            sql,
            sweeper: Sweeper::new(db.clone(), Clock::system()),
            db,
            sweep: Sweep {
                running,
                rounds: Vec::new(),
                claim_ms: 0.0,
                claim_pages: 0,
                claim_by: String::new(),
                edit: Duration::ZERO,
            },
        }
    }

    /// Other tickets in each round are an hour late.
    async fn make_due(&mut self, round: u64) {
        let (from, to) = (round * DUE + 1, (round + 1) * DUE);
        assert!(
            to <= self.sweep.running,
            "too many rounds for {} timers",
            self.sweep.running
        );
        let due = format!(
            "UPDATE timer SET started_at = now() - interval '3 hours', due_at = now() - interval '1 hour', \
             fire_at = now() - interval '1 hour' FROM ticket \
             WHERE ticket.id = timer.ticket_id AND number BETWEEN {from} AND {to}"
        );
        run(&mut self.sql, &due).await;
    }

    /// Gives the policy another preset: every deadline moves.
    async fn edit_policy(&mut self) {
        let supervisor = "INSERT INTO user_account (id, role, name, search_text, created_at, updated_at) \
             VALUES (gen_random_uuid(), 'SUPERVISOR', 'Susan', 'susan', now(), now()) RETURNING to_jsonb(id)";
        let supervisor = value(&mut self.sql, supervisor).await;
        let actor = domain::Actor {
            id: supervisor
                .as_str()
                .unwrap()
                .parse::<uuid::Uuid>()
                .unwrap()
                .into(),
            role: entity::Role::Supervisor,
        };
        let settings = domain::Settings::default();
        let desk = domain::Desk::open(self.db.clone(), Clock::system(), settings)
            .await
            .unwrap();
        let command = domain::command::ApplyPreset {
            preset: domain::sla::Preset::Severity,
            idempotency_key: None,
        };
        say(&format!(
            "11: changing the policy of {} running timers",
            self.sweep.running
        ));
        let begun = Instant::now();
        desk.execute(actor, command).await.unwrap();
        self.sweep.edit = begun.elapsed();
    }

    /// How the database finds 500 that are due.
    async fn look_at_claim(&mut self) {
        let plan = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT ticket_id FROM timer \
            WHERE fire_at <= now() ORDER BY fire_at, ticket_id LIMIT 500";
        let plan = value(&mut self.sql, plan).await;
        let root = &plan[0]["Plan"];
        let pages = |node: &Value| {
            let part = |name: &str| node[name].as_u64().unwrap_or(0);
            part("Shared Hit Blocks") + part("Shared Read Blocks")
        };
        self.sweep.claim_ms = plan[0]["Execution Time"].as_f64().unwrap_or(0.0);
        self.sweep.claim_pages = pages(root);
        let below = &root["Plans"][0];
        let by = below["Index Name"].as_str().or(below["Node Type"].as_str());
        self.sweep.claim_by = by.unwrap_or_default().to_owned();
    }
}

impl Sweep {
    /// For the JSON report.
    pub(crate) fn json(&self) -> Value {
        let rounds: Vec<_> = self.rounds.iter().map(Duration::as_secs_f64).collect();
        json!({ "running": self.running, "due": DUE, "seconds": rounds, "per_second": self.per_second(),
            "policy_edit_seconds": self.edit.as_secs_f64(), "claim_ms": self.claim_ms, "claim_pages": self.claim_pages, "claim_by": self.claim_by })
    }
}
