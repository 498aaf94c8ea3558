//! A ticket with hidden things on it, and a listener who must not hear of them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use deskwire_tests::{Client, World};
use entity::NotificationKind;
use serde_json::{Value, json};

use crate::{
    common::{People, fill, missing, text},
    notifications::scene::News,
};

/// In the note, the tags, the team's name, and the name of the co-assignee.
const CANARY: &str = "canary";

/// All that there is to ask of a ticket, as fragments.
pub const EVERYTHING: &str = "fragment P on User { __typename id name role email mobile stage kind tier signedUpAt hasLogin }
    fragment A on Attachment { id fileName contentType sizeBytes sha256 createdAt problem }
    fragment M on Message { id body bodyHtml internal createdAt authorRole author { ...P } attachments { ...A } }
    fragment T on Ticket { id number subject description status priority category { id code name } subjects { id code name } source
        requester { ...P } requesterEmail assignee { ...P } coAssignees { ...P } team { id name members { ...P } } tags
        attachments { ...A } sensitive sensitiveKinds
        resolutionNotes environment { browser } links { kind externalId } followUpOf { id number tags }
        version createdAt updatedAt firstResponseAt resolvedAt closedAt viewerCan
        rating { score comment ratedAt byLink }
        messages { totalCount pageInfo { ...I } edges { cursor node { ...M } } nodes { ...M } }
        activity(first: 100) { totalCount pageInfo { ...I } edges { cursor }
            nodes { kind at actorRole actor { ...P } message { ...M } attachments { ...A } rating { score comment }
                changes { field before after } } } }
    fragment I on PageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

/// A ticket of Carla's on which a lot happened, and what hangs on it.
pub struct Scene {
    pub ticket: String,
    pub own: Client,
    pub alice: Client,
    susan: Client,
    pub hidden: Vec<String>,
}

impl Scene {
    /// Makes it.
    pub async fn make(world: &World) -> Self {
        let People {
            carla,
            alice,
            susan,
            ..
        } = People::of(world);
        let claims = json!({ "sub": "c", "name": "Canary Coworker", "role": "agent",
            "email": "canary@example.com" });
        let coworker = world.client_with(claims).id().await;
        let team = json!({ "name": "Canary Team", "memberIds": [coworker] });
        let team = text(
            &susan.run("upsertTeam", team, "team { id }").await,
            "/team/id",
        );
        let ticket = carla.open_ticket("It broke").await;
        let scene = Self {
            ticket,
            own: carla,
            alice,
            susan,
            hidden: vec![coworker.clone(), team.clone()],
        };
        // Another ticket, which is done and can be reviewed.
        let done = scene.own.open_ticket("Done").await;
        let resolve = json!({ "ticketId": done });
        scene.alice.run("resolveTicket", resolve, "").await;
        let me = scene.alice.id().await;
        scene
            .staff("assignTicket", json!({ "assigneeId": me }))
            .await;
        scene
            .staff("setCoAssignees", json!({ "coAssigneeIds": [coworker] }))
            .await;
        let more = json!({ "tags": ["canary-tag"], "teamId": team, "priority": "HIGH" });
        scene.staff("updateTicket", more).await;
        scene
            .staff(
                "updateTicket",
                json!({ "tags": ["canary-tag", "canary-too"] }),
            )
            .await;
        let told = News::new(world, &scene.own, &scene.ticket).await;
        told.by(&scene.alice).await.tell().await;
        for round in 0..4 {
            world.clock.advance(TimeDelta::seconds(60));
            let body = json!({ "ticketId": scene.ticket, "body": format!("question {round}") });
            scene.own.run("replyToTicket", body, "").await;
            scene
                .staff(
                    "replyToTicket",
                    json!({ "body": format!("answer {round}") }),
                )
                .await;
        }
        scene
    }

    /// Alice does something on the ticket.
    pub async fn staff(&self, mutation: &str, mut input: Value) -> Value {
        input["ticketId"] = json!(self.ticket);
        self.alice
            .attempt(mutation, input, "ticket { id version }")
            .await
    }

    /// Alice writes a note with the canary in it, some time after all else, and Susan reviews a ticket.
    pub async fn note(&mut self, world: &World) -> String {
        world.clock.advance(TimeDelta::seconds(60));
        let picture = deskwire_tests::uploads::png("a canary");
        let file = self.alice.upload("canary.png", "image/png", &picture).await;
        // Which also masks something.
        let body = "The CANARY sings at https://canary.example, key DE89 3704 0044 0532 0130 00";
        let input = json!({ "ticketId": self.ticket, "body": body, "attachmentIds": [file] });
        let note = self
            .alice
            .run("addInternalNote", input, "message { id }")
            .await;
        let note = text(&note, "/message/id");
        let rules = json!({ "from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z",
            "excludeReviewed": false });
        let draw = json!({ "name": "The canary's sample", "size": 1, "rules": rules });
        let selection = "sample { id items { nodes { ticket { id } } } }";
        let drawn = self.susan.run("drawReviewSample", draw, selection).await;
        let sample = text(&drawn, "/sample/id");
        let review = json!({ "sampleId": sample, "score": 1, "notes": "It was the CANARY",
            "ticketId": text(&drawn, "/sample/items/nodes/0/ticket/id") });
        self.susan.run("reviewTicket", review, "").await;
        self.hidden.extend([note.clone(), file, sample]);
        // Staff are told of it; she would not be shown it even if she were.
        for person in [&self.alice, &self.own] {
            let news = News::new(world, person, &self.ticket).await.with(&note);
            news.of(NotificationKind::NoteAdded).tell().await;
        }
        note
    }

    /// Passes if nothing of what is hidden is in `text`, in the open or in something encoded.
    #[track_caller]
    pub fn hears_nothing(&self, what: &str, heard: &str) {
        assert!(!heard.to_lowercase().contains(CANARY), "{what}: {heard}");
        for id in &self.hidden {
            assert!(!heard.contains(id), "{what} has the id {id}: {heard}");
            let bare = URL_SAFE_NO_PAD.decode(id).unwrap();
            let bare = std::str::from_utf8(&bare)
                .unwrap()
                .split_once(':')
                .unwrap()
                .1
                .to_owned();
            let words = heard.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
            for word in words.filter_map(|word| URL_SAFE_NO_PAD.decode(word).ok()) {
                let inside = String::from_utf8_lossy(&word).to_lowercase();
                assert!(
                    !inside.contains(&bare) && !inside.contains(CANARY),
                    "{what}: {inside}"
                );
            }
        }
    }

    /// Asks, and hears nothing of what is hidden.
    pub async fn ask(&self, who: &Client, document: &str) -> String {
        let answer = who.ask(document, json!({})).await;
        self.hears_nothing(document, &answer.text);
        answer.text
    }

    /// Everything that can be read about the ticket, and all lists; what was answered.
    pub async fn read_all(&self, who: &Client) -> Vec<String> {
        let mut ids = self.hidden.clone();
        ids.extend([self.ticket.clone(), missing("Message")]);
        let mut documents: Vec<String> = Vec::new();
        for id in &ids {
            documents.push(format!(
                "{{ node(id: \"{id}\") {{ __typename ...T ...M ...P }} }}"
            ));
            documents.push(format!(
                "{{ nodes(ids: [\"{id}\", \"TICKET\"]) {{ __typename ...T ...M ...P }} }}"
            ));
        }
        for root in [
            "viewer { ...P }",
            "users(query: \"canary\") { totalCount nodes { ...P } }",
            "ticket(id: \"TICKET\") { ...T }",
            "ticket(number: \"1\") { ...T }",
            "myTickets { totalCount pageInfo { ...I } edges { cursor node { ...T } } nodes { ...T } }",
            "myTickets(status: [IN_PROGRESS], last: 1) { totalCount pageInfo { ...I } nodes { ...T } }",
            "queue(filter: { tag: [\"canary-tag\"] }) { totalCount counts { total } nodes { ...T } }",
            "categories { totalCount nodes { id } }",
            "subjects { totalCount nodes { id } }",
            "teams { totalCount nodes { id name } }",
            "reviewSamples { totalCount nodes { id name items { nodes { ticket { id } reviews { notes } } } } }",
            "stats(from: \"2026-01-01T00:00:00Z\", to: \"2027-01-01T00:00:00Z\", groupBy: TEAM) \
             { totals { created } groups { key name } csv(table: GROUPS) }",
            "statsEntries(figure: CREATED, from: \"2026-01-01T00:00:00Z\", to: \"2027-01-01T00:00:00Z\") \
             { totalCount nodes { at agent { ...P } ticket { ...T } } }",
            "statsSettings { timeZone }",
            "notifications { position unreadCount pageInfo { ...I } edges { cursor } nodes { id kind text readAt \
             actor { ...P } message { ...M } ticket { ...T } } }",
            "notifications(unreadOnly: true, last: 1) { nodes { id } }",
            "notificationPreferences { digestMinutes kinds { kind } }",
        ] {
            documents.push(format!("{{ {root} }}"));
        }
        let pages = [
            "first: 1",
            "last: 1",
            "first: 8",
            "last: 8",
            "first: 9",
            "last: 9",
            "first: 100",
        ];
        for page in pages {
            for order in ["NEWEST_FIRST", "OLDEST_FIRST"] {
                documents.push(format!(
                    "{{ ticket(id: \"TICKET\") {{ messages({page}, order: {order}) {{ totalCount \
                     pageInfo {{ ...I }} edges {{ cursor node {{ ...M }} }} }} }} }}"
                ));
            }
            documents.push(format!(
                "{{ ticket(id: \"TICKET\") {{ activity({page}) {{ totalCount pageInfo {{ ...I }} \
                 edges {{ cursor node {{ kind changes {{ field }} }} }} }} }} }}"
            ));
        }
        let mut heard = Vec::new();
        for document in documents {
            let used = [('T', "...T"), ('M', "...M"), ('P', "...P"), ('I', "...I")];
            let needs = |name: char| {
                used.iter()
                    .any(|(n, spread)| *n == name && document.contains(spread))
            };
            let all = EVERYTHING.split("fragment ").skip(1);
            let deep = document.contains("...T");
            let wanted = all.filter(|text| {
                let name = text.chars().next().unwrap();
                needs(name) || deep || (name == 'P' && document.contains("...M"))
            });
            let fragments: String = wanted.map(|text| format!("fragment {text}")).collect();
            let document = fill(
                &format!("{document} {fragments}"),
                &[("\"TICKET\"", &format!("\"{}\"", self.ticket))],
            );
            heard.push(self.ask(who, &document).await);
        }
        heard.extend(self.walk(who).await);
        heard
    }

    /// Both lists of the ticket page by page, forwards and backwards.
    async fn walk(&self, who: &Client) -> Vec<String> {
        let lists = [
            ("messages", "order: NEWEST_FIRST,"),
            ("messages", "order: OLDEST_FIRST,"),
            ("activity", ""),
        ];
        let mut heard = Vec::new();
        for (list, order) in lists {
            for (size, from, next) in [
                ("first", "after", "endCursor"),
                ("last", "before", "startCursor"),
            ] {
                let mut cursor = Value::Null;
                for _ in 0..40 {
                    let place = if cursor.is_null() {
                        String::new()
                    } else {
                        format!(", {from}: {cursor}")
                    };
                    let document = format!(
                        "{{ ticket(id: \"{}\") {{ {list}({order} {size}: 2{place}) {{ pageInfo {{ \
                         hasNextPage hasPreviousPage startCursor endCursor }} edges {{ cursor }} }} }} }}",
                        self.ticket
                    );
                    let text = self.ask(who, &document).await;
                    let body: Value = serde_json::from_str(&text).unwrap();
                    heard.push(text);
                    cursor = body["data"]["ticket"][list]["pageInfo"][next].clone();
                    if cursor.is_null() {
                        break;
                    }
                }
            }
        }
        heard
    }
}
