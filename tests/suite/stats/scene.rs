//! What these tests share: a desk on which something happened, whose figures are worked out by hand.

use std::collections::BTreeMap;

use deskwire_tests::{Answer, Client, World, eventually};
use domain::stats::RELATIVE_ERROR;
use entity::{TicketId, event, stats_state};
use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder,
};
use serde_json::{Value, json};

use crate::{
    common::{People, text},
    notifications::scene::uuid,
    sla::scene::Scene as Desk,
};

/// Wednesday and Thursday, 4 and 5 March 2026.
pub const DURING: &str = "from: \"2026-03-04T00:00:00Z\", to: \"2026-03-06T00:00:00Z\"";
/// Monday and Tuesday, 2 and 3 March.
pub const BEFORE: &str = "from: \"2026-03-02T00:00:00Z\", to: \"2026-03-04T00:00:00Z\"";
/// All of it.
pub const ALWAYS: &str = "from: \"2026-01-01T00:00:00Z\", to: \"2027-01-01T00:00:00Z\"";

/// All figures, as a fragment.
pub const FIGURES: &str = "fragment F on StatsFigures {
    created resolved reopened escalated backlog firstResolved firstContactResolved rated
    met breached compliance { value }
    firstMet: met(metric: FIRST_RESPONSE) firstBreached: breached(metric: FIRST_RESPONSE)
    firstKept: compliance(metric: FIRST_RESPONSE) { value }
    nextMet: met(metric: NEXT_RESPONSE) nextBreached: breached(metric: NEXT_RESPONSE)
    nextKept: compliance(metric: NEXT_RESPONSE) { value }
    resolutionMet: met(metric: RESOLUTION) resolutionBreached: breached(metric: RESOLUTION)
    resolutionKept: compliance(metric: RESOLUTION) { value }
    firstResponseTime { ...D } nextResponseTime { ...D } firstResolutionTime { ...D }
    totalResolutionTime { ...D } timeInStatus { status times averageSeconds }
    reopenedRate { value } escalatedRate { value } firstContactRate { value }
    satisfaction { average count scores { score count } }
    ticketsPer100ActiveUsers { value } }
    fragment D on StatsDuration { count averageSeconds medianSeconds p90Seconds }";

/// When the job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Not at all.
    Never,
    /// Again and again, while things happen.
    Between,
}

/// A desk on which something happened, and what its tickets are called.
pub struct Scene {
    pub desk: Desk,
    tickets: BTreeMap<&'static str, String>,
    pub team: String,
    job: Job,
}

impl Scene {
    /// An empty desk whose promises are four hours to the first response, eight to the next one, and
    /// 48 to the resolution, around the clock.
    pub async fn empty(world: World, job: Job) -> Self {
        let desk = Desk::new(world);
        let always = desk.always().await;
        desk.promise(&always, 4, 8, 48).await;
        let bob = desk.people.bob.id().await;
        let team = json!({ "name": "Returns", "memberIds": [bob] });
        let team = desk.people.susan.run("upsertTeam", team, "team { id }");
        let team = text(&team.await, "/team/id");
        Self {
            desk,
            tickets: BTreeMap::new(),
            team,
            job,
        }
    }

    /// Four days in the life of a desk; the figures are below, where they are compared. It is
    /// Thursday, 5 March 2026, 21:00 UTC then.
    pub async fn play(world: World, job: Job) -> Self {
        let mut scene = Self::empty(world, job).await;
        let People {
            carla,
            otto,
            alice,
            bob,
            susan,
        } = People::of(&scene.desk.world);
        // Monday. A: first response after 2 h, resolved after 3 h.
        let links = |ids: &[&str]| {
            let link = |id: &&str| json!({ "kind": "merchant", "externalId": id });
            ids.iter().map(link).collect::<Value>()
        };
        let about = json!({ "category": "buying", "links": links(&["m-1"]) });
        scene.open("A", &carla, about).await;
        let about = json!({ "category": "selling", "priority": "HIGH", "source": "EMAIL",
            "links": links(&["m-1", "m-2"]) });
        scene.open("B", &otto, about).await;
        scene.at("03-02 10:00").await;
        scene.assign(&alice, "A", &alice).await;
        scene.at("03-02 11:00").await;
        scene.reply(&alice, "A").await;
        scene.at("03-02 12:00").await;
        scene.resolve(&alice, "A").await;
        // B: its first response was due at 13:00, and comes after 5 h; a next one after 1 h.
        scene.at("03-02 13:30").await;
        scene.desk.sweep().await;
        scene.at("03-02 14:00").await;
        scene.assign(&bob, "B", &bob).await;
        scene.reply(&bob, "B").await;
        scene.at("03-02 15:00").await;
        scene.reply(&otto, "B").await;
        scene.at("03-02 16:00").await;
        scene.reply(&bob, "B").await;
        // Tuesday. C, which nobody answers: its first response is due at 12:00. A comes back, is
        // answered after 1 h, and is resolved after 26 h.
        scene.at("03-03 08:00").await;
        let about = json!({ "category": "buying", "priority": "LOW" });
        scene.open("C", &carla, about).await;
        scene.at("03-03 09:00").await;
        scene.reply(&carla, "A").await;
        scene.at("03-03 10:00").await;
        scene.reply(&alice, "A").await;
        scene.at("03-03 11:00").await;
        scene.resolve(&alice, "A").await;
        scene.at("03-03 13:00").await;
        scene.desk.sweep().await;
        // Wednesday. D: first response after 1.5 h, a next one after 1 h, resolved after 6 h, of
        // which the desk waited for two. E was opened by staff, and is theirs: resolved after 7 h,
        // never answered.
        scene.at("03-04 08:00").await;
        let about = json!({ "category": "buying", "priority": "URGENT" });
        scene.open("D", &carla, about).await;
        let about = json!({ "category": "buying", "source": "PHONE",
            "requesterId": carla.id().await });
        scene.open("E", &alice, about).await;
        let team = json!({ "teamId": scene.team });
        scene.act(&alice, "updateTicket", "D", team.clone()).await;
        scene.at("03-04 09:00").await;
        scene.assign(&alice, "D", &alice).await;
        scene.at("03-04 09:30").await;
        scene.reply(&alice, "D").await;
        scene.at("03-04 10:00").await;
        let waiting = json!({ "status": "WAITING_ON_USER" });
        scene.act(&alice, "setTicketStatus", "D", waiting).await;
        scene.at("03-04 12:00").await;
        scene.reply(&carla, "D").await;
        scene.at("03-04 13:00").await;
        scene.reply(&alice, "D").await;
        scene.at("03-04 14:00").await;
        scene.resolve(&alice, "D").await;
        scene.at("03-04 15:00").await;
        scene.resolve(&bob, "E").await;
        // B is resolved after 55 h; it was due on Wednesday at 09:00.
        scene.at("03-04 16:00").await;
        scene.resolve(&bob, "B").await;
        // Thursday. C was to be resolved by 08:00. F: first response after 10 minutes, resolved
        // after 30.
        scene.at("03-05 09:00").await;
        let about = json!({ "category": "selling", "links": links(&["m-2"]) });
        scene.open("F", &otto, about).await;
        scene.act(&alice, "updateTicket", "F", team).await;
        scene.at("03-05 09:10").await;
        scene.assign(&bob, "F", &bob).await;
        scene.reply(&bob, "F").await;
        scene.at("03-05 09:30").await;
        scene.resolve(&bob, "F").await;
        scene.at("03-05 10:00").await;
        scene.desk.sweep().await;
        scene.at("03-05 11:00").await;
        scene.rate("D", 5).await;
        scene.rate("F", 2).await;
        scene.at("03-05 12:00").await;
        scene.act(&carla, "closeTicket", "A", json!({})).await;
        // G: taken after 10 minutes, then passed on; its first response was due at 17:00.
        scene.at("03-05 13:00").await;
        let about = json!({ "category": "selling", "links": links(&["m-1", FORMULA]) });
        scene.open("G", &carla, about).await;
        scene.at("03-05 13:10").await;
        scene.assign(&alice, "G", &alice).await;
        scene.at("03-05 14:00").await;
        scene.assign(&susan, "G", &bob).await;
        scene.at("03-05 18:00").await;
        scene.desk.sweep().await;
        // Five at once, of which one is closed by its customer after an hour.
        scene.at("03-05 20:00").await;
        for (name, source) in [
            ("H", "APP"),
            ("I", "EMAIL"),
            ("J", "WHATSAPP"),
            ("K", "WALK_IN"),
            ("L", "HELP_CENTER"),
        ] {
            let priority = if name == "H" { "LOW" } else { "MEDIUM" };
            let about = json!({ "category": "buying", "source": source, "priority": priority });
            scene.open(name, &otto, about).await;
        }
        scene.at("03-05 21:00").await;
        scene.act(&otto, "closeTicket", "H", json!({})).await;
        // How many people were active is counted in the background, so it is said here: nobody.
        for day in 1..=5 {
            let input = json!({ "day": format!("2026-03-0{day}"), "count": 0 });
            susan.run("reportActiveUsers", input, "").await;
        }
        scene
    }

    /// Moves the clock on. The job runs before, if it does.
    pub async fn at(&self, time: &str) {
        if self.job == Job::Between {
            self.run_job().await;
        }
        self.desk.at(time);
    }

    /// Brings the sums up to date. On PostgreSQL transactions of other tests hold the log up.
    pub async fn aggregate(&self) {
        eventually("the job has come to the end of the log", async || {
            self.run_job().await;
            let desk = self.desk.world.server().desk();
            let state = stats_state::Entity::find_by_id(1).one(desk.db().admin());
            let state = state.await.unwrap().unwrap();
            let last = event::Entity::find()
                .order_by_desc(event::Column::Xid)
                .order_by_desc(event::Column::Seq);
            let last = last.one(desk.db().admin()).await.unwrap().unwrap();
            (state.xid, state.seq) == (last.xid, last.seq)
        })
        .await;
    }

    /// Brings the sums up to date as far as the log can be read.
    async fn run_job(&self) {
        let report = self.desk.world.server().desk().aggregator().run(None).await;
        assert_eq!(report.error, None, "{report:?}");
    }

    /// Opens a ticket.
    pub async fn open(&mut self, name: &'static str, who: &Client, more: Value) {
        let mut input = json!({ "subject": name, "description": "It does not work." });
        let fields = input.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        let payload = who.run("createTicket", input, "ticket { id }").await;
        self.tickets.insert(name, text(&payload, "/ticket/id"));
    }

    /// The id of a ticket.
    pub fn ticket(&self, name: &str) -> &str {
        &self.tickets[name]
    }

    /// Somebody does something on a ticket.
    pub async fn act(&self, who: &Client, mutation: &str, name: &str, more: Value) {
        self.desk.act(who, mutation, self.ticket(name), more).await;
    }

    async fn assign(&self, who: &Client, name: &str, to: &Client) {
        let to = json!({ "assigneeId": to.id().await });
        self.act(who, "assignTicket", name, to).await;
    }

    async fn reply(&self, who: &Client, name: &str) {
        self.desk.reply(who, self.ticket(name)).await;
    }

    async fn resolve(&self, who: &Client, name: &str) {
        self.act(who, "resolveTicket", name, json!({})).await;
    }

    /// A score, written to the log as the event of a rating has it.
    async fn rate(&self, name: &str, score: i16) {
        let server = self.desk.world.server().desk();
        let db = server.db().admin();
        let ticket = TicketId::from(uuid(self.ticket(name)));
        let last = event::Entity::find()
            .filter(event::Column::TicketId.eq(ticket))
            .order_by_desc(event::Column::Seq);
        let last = last.one(db).await.unwrap().unwrap();
        let mut data = last.data.clone();
        data["rating"] = json!({ "score": score });
        let mut row = last.into_active_model().reset_all();
        row.seq = NotSet;
        row.xid = NotSet;
        row.at = Set(self.desk.world.clock.now());
        row.data = Set(data);
        row.insert(db).await.unwrap();
    }

    /// What a supervisor is answered.
    pub async fn stats(&self, args: &str, selection: &str) -> Value {
        stats(&self.desk.people.susan, args, selection).await
    }
}

/// A merchant whose id would be a formula in a spreadsheet.
pub const FORMULA: &str = "=HYPERLINK(\"https://evil.example\", \"m\")";

/// What somebody is answered.
pub async fn stats(who: &Client, args: &str, selection: &str) -> Value {
    ask(who, args, selection).await.data()["stats"].clone()
}

/// The whole answer of somebody.
pub async fn ask(who: &Client, args: &str, selection: &str) -> Answer {
    let fragments = if selection.contains("...F") {
        FIGURES
    } else {
        ""
    };
    let query = format!("{{ stats({args}) {{ {selection} }} }} {fragments}");
    who.ask(&query, json!({})).await
}

/// Passes for a figure of a distribution, which may be one percent off.
#[track_caller]
pub fn is_near(found: &Value, wanted: f64) {
    let found = found.as_f64().unwrap();
    let off = (found - wanted).abs();
    assert!(
        off <= wanted * RELATIVE_ERROR * 1.000_001,
        "{found}, not {wanted}"
    );
}
