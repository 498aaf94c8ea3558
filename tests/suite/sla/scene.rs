//! What these tests share: a desk with rules, and ways to look at its deadlines.

use chrono::{DateTime, TimeDelta, Utc};
use deskwire_tests::{Client, World};
use domain::sla::Report;
use serde_json::{Value, json};

use crate::common::{People, text};

/// A world with its people.
pub struct Scene {
    pub world: World,
    pub people: People,
}

const TICKET: &str = "query($id: ID!) { ticket(id: $id) { version status priority escalated
    escalatedAt slaState slaDueAt unattended assigneeAway team { name }
    firstResolutionSeconds totalResolutionSeconds
    sla { metric state dueAt remainingSeconds cycle targetSeconds startedAt stoppedAt breachedAt policy { name } }
    slaHistory { metric state dueAt cycle stoppedAt breachedAt } } }";

impl Scene {
    pub fn new(world: World) -> Self {
        let people = People::of(&world);
        Self { world, people }
    }

    /// Moves the clock to a time such as `03-05 14:30` in 2026, UTC. It only goes forward.
    pub fn at(&self, time: &str) {
        let wanted = utc(time);
        let by = wanted - self.world.clock.now();
        assert!(by >= TimeDelta::zero(), "{time} is over");
        self.world.clock.advance(by);
    }

    /// Runs the job until nothing is left.
    pub async fn sweep(&self) -> Report {
        let desk = self.world.server().desk();
        let report = desk.sweep(&desk.sweeper(), None).await;
        assert_eq!(report.outcome, entity::JobOutcome::Done, "{report:?}");
        report
    }

    /// Opens a ticket of Carla's.
    pub async fn open(&self, more: Value) -> String {
        let mut input = json!({ "subject": "It broke", "description": "It does not work." });
        let fields = input.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        let payload = self
            .people
            .carla
            .run("createTicket", input, "ticket { id }");
        text(&payload.await, "/ticket/id")
    }

    /// Runs a mutation on a ticket.
    pub async fn act(&self, who: &Client, name: &str, ticket: &str, more: Value) {
        let mut input = json!({ "ticketId": ticket });
        let fields = input.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        who.run(name, input, "").await;
    }

    pub async fn reply(&self, who: &Client, ticket: &str) {
        self.act(who, "replyToTicket", ticket, json!({ "body": "A word." }))
            .await;
    }

    pub async fn status(&self, ticket: &str, status: &str) {
        let input = json!({ "status": status });
        self.act(&self.people.alice, "setTicketStatus", ticket, input)
            .await;
    }

    pub async fn resolve(&self, ticket: &str) {
        self.act(&self.people.alice, "resolveTicket", ticket, json!({}))
            .await;
    }

    /// The ticket as staff see it.
    pub async fn ticket(&self, id: &str) -> Value {
        let data = self.people.alice.get(TICKET, json!({ "id": id })).await;
        data["ticket"].clone()
    }

    /// How the ticket stands with one metric; null without a target.
    pub async fn sla(&self, ticket: &str, metric: &str) -> Value {
        let ticket = self.ticket(ticket).await;
        let all = ticket["sla"].as_array().unwrap();
        let found = all.iter().find(|status| status["metric"] == metric);
        found.cloned().unwrap_or_default()
    }

    /// State and due time of one metric.
    pub async fn stands(&self, ticket: &str, metric: &str) -> (String, Option<DateTime<Utc>>) {
        let sla = self.sla(ticket, metric).await;
        let state = sla["state"].as_str().unwrap_or("NONE").to_owned();
        (state, time(&sla["dueAt"]))
    }

    /// Makes a calendar and gives back its id.
    pub async fn calendar(&self, input: Value) -> String {
        let payload = self
            .people
            .susan
            .run("upsertCalendar", input, "calendar { id }");
        text(&payload.await, "/calendar/id")
    }

    /// Monday to Friday, 09:00 to 17:00, and the 4th of March 2026 is a holiday.
    pub async fn office(&self, zone: &str) -> String {
        let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"];
        let week: Vec<_> = days
            .map(|day| json!({ "weekday": day, "opens": "09:00", "closes": "17:00" }))
            .into();
        let holidays = json!([{ "date": "2026-03-04", "name": "Founders' day" }]);
        let name = format!("Office {zone}");
        self.calendar(json!({ "name": name, "timeZone": zone, "week": week, "holidays": holidays }))
            .await
    }

    /// Changes the catch-all policy, or makes another one.
    pub async fn policy(&self, input: Value) -> String {
        let payload = self
            .people
            .susan
            .run("upsertSlaPolicy", input, "policy { id }");
        text(&payload.await, "/policy/id")
    }

    /// The id of the catch-all policy.
    pub async fn catch_all(&self) -> String {
        let query = "{ slaPolicies(last: 1) { nodes { id catchAll } } }";
        let data = self.people.susan.get(query, json!({})).await;
        assert_eq!(data["slaPolicies"]["nodes"][0]["catchAll"], true);
        text(&data, "/slaPolicies/nodes/0/id")
    }

    /// The shipped calendar that never closes.
    pub async fn always(&self) -> String {
        let query = "{ calendars { nodes { id name } } }";
        let data = self.people.susan.get(query, json!({})).await;
        let all = data["calendars"]["nodes"].as_array().unwrap();
        let always = all.iter().find(|row| row["name"] == "Always open");
        text(always.unwrap(), "/id")
    }

    /// The catch-all policy with these targets in hours for every priority, and the default steps.
    pub async fn promise(&self, calendar: &str, first: i64, next: i64, resolution: i64) {
        let target = |priority: &str| {
            json!({ "priority": priority, "firstResponseSeconds": first * 3_600,
                "nextResponseSeconds": next * 3_600, "resolutionSeconds": resolution * 3_600 })
        };
        let targets: Vec<_> = ["URGENT", "HIGH", "MEDIUM", "LOW"].map(target).into();
        let input = json!({ "id": self.catch_all().await, "name": "Everything",
            "calendarId": calendar, "targets": targets, "steps": default_steps() });
        self.policy(input).await;
    }

    /// Why a deadline is when it is; what must hold for every explanation holds.
    pub async fn explain(&self, ticket: &str, metric: &str) -> Value {
        let query = "query($id: ID!, $metric: SlaMetric!) {
            slaExplanation(ticketId: $id, metric: $metric) { state targetSeconds countedSeconds
                startedAt dueAt stoppedAt policy { name } calendar { name timeZone }
                segments { from to kind seconds event { kind } } } }";
        let about = json!({ "id": ticket, "metric": metric });
        let found = self.people.alice.get(query, about).await["slaExplanation"].clone();
        let segments = found["segments"].as_array().unwrap();
        let mut place = time(&found["startedAt"]).unwrap();
        let mut counted = 0;
        for segment in segments {
            let (from, to) = (
                time(&segment["from"]).unwrap(),
                time(&segment["to"]).unwrap(),
            );
            assert_eq!(from, place, "a gap: {found:#}");
            assert!(from < to, "an empty segment: {found:#}");
            assert_eq!(segment["seconds"], (to - from).num_seconds());
            if segment["kind"] == "COUNTED" {
                counted += (to - from).num_seconds();
            }
            place = to;
        }
        assert_eq!(found["countedSeconds"], counted);
        let stopped = time(&found["stoppedAt"]);
        if let Some(due) = time(&found["dueAt"])
            && stopped.is_none_or(|stopped| stopped >= due)
        {
            assert_eq!(place, due, "{found:#}");
            assert_eq!(found["targetSeconds"], counted, "{found:#}");
        }
        found
    }

    /// The kinds of what happened on a ticket, the first one first.
    pub async fn feed(&self, ticket: &str) -> Vec<String> {
        let query =
            "query($id: ID!) { ticket(id: $id) { activity(first: 100) { nodes { kind } } } }";
        let data = self.people.alice.get(query, json!({ "id": ticket })).await;
        let nodes = data["ticket"]["activity"]["nodes"].as_array().unwrap();
        let kinds = nodes
            .iter()
            .map(|node| node["kind"].as_str().unwrap().to_owned());
        let mut kinds: Vec<_> = kinds.collect();
        kinds.reverse();
        kinds
    }
}

/// `03-05 14:30` in 2026, UTC.
pub fn utc(time: &str) -> DateTime<Utc> {
    format!("2026-{}:00Z", time.replace(' ', "T"))
        .parse()
        .unwrap()
}

/// A time of an answer.
pub fn time(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str().map(|text| text.parse().unwrap())
}

/// `state` and due at `time`.
pub fn due(state: &str, at: &str) -> (String, Option<DateTime<Utc>>) {
    (state.to_owned(), Some(utc(at)))
}

/// The steps that are shipped.
pub fn default_steps() -> Value {
    let of = |metric: &str| {
        [
            (80, "NOTIFY_ASSIGNEES"),
            (80, "NOTIFY_ADMIN_TEAM"),
            (100, "ESCALATE"),
            (100, "NOTIFY_ADMIN_TEAM"),
        ]
        .map(
            |(percent, action)| json!({ "metric": metric, "atPercent": percent, "action": action }),
        )
    };
    ["FIRST_RESPONSE", "NEXT_RESPONSE", "RESOLUTION"]
        .into_iter()
        .flat_map(of)
        .collect()
}
