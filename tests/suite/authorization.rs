//! Who gets what: every root field and every field that is for staff, for everybody.

use std::collections::BTreeSet;

use async_graphql_parser::types::{ServiceDocument, TypeKind, TypeSystemDefinition};
use chrono::TimeDelta;
use deskwire_tests::{Client, World, on_both};
use entity::NotificationKind;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::{
    common::{People, ask, fill, first_payload, missing, outcome, text},
    deliveries::scene::{Parcel, endpoint},
    notifications::scene::News,
    weekly,
};

const D: &str = "data";
const N: &str = "null";
const U: &str = "UNAUTHENTICATED";
const F: &str = "FORBIDDEN";
/// Where there are no user errors, NOT_FOUND is bad input.
const B: &str = "BAD_INPUT";
const X: &str = "?NOT_FOUND";

/// A field, an operation that asks for it (as `it`), and what five people get.
type Row = (&'static str, &'static str, [&'static str; 5]);

const WHO: [&str; 5] = [
    "nobody",
    "another customer",
    "the owner",
    "an agent",
    "a supervisor",
];

#[rustfmt::skip]
const READS: &[Row] = &[
    //                                                                          nobody other owner agent supervisor
    ("Query.viewer", "{ it: viewer { id } }",                                      [U, D, D, D, D]),
    ("Query.users", "{ it: users { nodes { id } } }",                              [U, F, F, D, D]),
    ("Query.node", "{ it: node(id: \"TICKET\") { id } }",                          [U, N, D, D, D]),
    ("Query.node", "{ it: node(id: \"REPLY\") { id } }",                           [U, N, D, D, D]),
    ("Query.node", "{ it: node(id: \"NOTE\") { id } }",                            [U, N, N, D, D]),
    ("Query.node", "{ it: node(id: \"TEAM\") { id } }",                            [U, N, N, D, D]),
    ("Query.node", "{ it: node(id: \"CARLA\") { id } }",                           [U, N, D, D, D]),
    ("Query.node", "{ it: node(id: \"ALICE\") { id } }",                           [U, N, N, D, D]),
    ("Query.node", "{ it: node(id: \"CATEGORY\") { id } }",                        [U, D, D, D, D]),
    ("Query.nodes", "{ nodes(ids: [\"TICKET\"]) { it: id } }",                     [U, N, D, D, D]),
    ("Query.nodes", "{ nodes(ids: [\"NOTE\", \"TEAM\", \"ALICE\"]) { it: id } }",  [U, N, N, D, D]),
    ("Query.ticket", "{ it: ticket(id: \"TICKET\") { id } }",                      [U, N, D, D, D]),
    ("Query.ticket", "{ it: ticket(number: \"SUP-00001\") { id } }",               [U, N, D, D, D]),
    ("Query.myTickets", "{ myTickets { it: nodes { id } } }",       [U, "0 rows", "4 rows", "1 rows", "0 rows"]),
    ("Query.queue", "{ it: queue { nodes { id } } }",                              [U, F, F, D, D]),
    ("Query.queue", "{ it: queue { counts { total } totalCount } }",               [U, F, F, D, D]),
    ("Query.categories", "{ it: categories { nodes { id } } }",                    [U, D, D, D, D]),
    ("Query.subjects", "{ it: subjects { nodes { id } } }",                        [U, D, D, D, D]),
    ("Query.node", "{ it: node(id: \"SUBJECT\") { id } }",                         [U, D, D, D, D]),
    ("Ticket.subjects", "{ ticket(id: \"TICKET\") { it: subjects { code } } }",    [U, N, "0 rows", "0 rows", "0 rows"]),
    ("Query.limits", "{ it: limits { cost } }",                                    [D, D, D, D, D]),
    ("Query.teams", "{ it: teams { nodes { id } } }",                              [U, F, F, D, D]),

    ("Query.slaPolicies", "{ it: slaPolicies { nodes { id } } }",                  [U, F, F, D, D]),
    ("Query.calendars", "{ it: calendars { nodes { id } } }",                      [U, F, F, D, D]),
    ("Query.jobs", "{ it: jobs { nodes { job } } }",                               [U, F, F, D, D]),
    ("Query.node", "{ it: node(id: \"CALENDAR\") { id } }",                        [U, N, N, D, D]),
    ("Query.node", "{ it: node(id: \"POLICY\") { id } }",                          [U, N, N, D, D]),
    ("Query.slaExplanation", "{ it: slaExplanation(ticketId: \"TICKET\", metric: RESOLUTION) { state } }",
                                                                    [U, F, F, D, D]),
    ("Query.simulateSlaPolicy", "{ it: simulateSlaPolicy(policy: { name: \"a\", calendarId: \"CALENDAR\", targets: [] }, \
      from: \"2026-01-01T00:00:00Z\", to: \"2027-01-01T00:00:00Z\") { simulation { tickets } } }", [U, F, F, F, D]),

    ("Query.notifications", "{ notifications { it: nodes { id } } }",  [U, "0 rows", "1 rows", "1 rows", "0 rows"]),
    ("Query.notificationPreferences", "{ it: notificationPreferences { kinds { kind } } }", [U, D, D, D, D]),
    ("Query.node", "{ it: node(id: \"TOLD\") { id } }",                            [U, N, D, N, N]),
    ("Notification.message", "{ notifications { nodes { it: message { id } } } }",  [U, N, N, D, N]),
    ("NotificationPreferences.digestMinutes", "{ notificationPreferences { it: digestMinutes } }", [U, N, N, D, D]),

    ("Query.stats", "{ it: stats(from: \"2026-01-01T00:00:00Z\", to: \"2027-01-01T00:00:00Z\") { asOf } }",
                                                                    [U, F, F, D, D]),
    ("Query.stats", "{ it: stats(from: \"2026-01-01T00:00:00Z\", to: \"2027-01-01T00:00:00Z\", \
      filter: { agent: [\"BOB\"] }) { asOf } }",                      [U, F, F, F, D]),
    ("Query.stats", "{ stats(from: \"2026-01-01T00:00:00Z\", to: \"2027-01-01T00:00:00Z\", groupBy: AGENT) \
      { it: groups { key } } }",                                    [U, F, F, "1 rows", "2 rows"]),
    ("Query.statsEntries", "{ it: statsEntries(figure: CREATED, from: \"2026-01-01T00:00:00Z\", \
      to: \"2027-01-01T00:00:00Z\") { totalCount } }",              [U, F, F, D, D]),
    ("Query.statsEntries", "{ it: statsEntries(figure: CREATED, from: \"2026-01-01T00:00:00Z\", \
      to: \"2027-01-01T00:00:00Z\", filter: { agent: [\"BOB\"] }) { totalCount } }", [U, F, F, F, D]),
    ("Query.statsSettings", "{ it: statsSettings { timeZone } }",                  [U, F, F, F, D]),

    ("Query.deliveries", "{ it: deliveries { nodes { id } } }",                    [U, F, F, D, D]),
    ("Query.webhookEndpoints", "{ it: webhookEndpoints { nodes { id } } }",        [U, F, F, F, D]),
    ("Query.weeklyReports", "{ it: weeklyReports { nodes { week } } }",            [U, F, F, F, D]),
    ("Query.weeklyReport", "{ it: weeklyReport(week: \"WEEK\") { week } }",        [U, F, F, F, D]),
    ("Query.node", "{ it: node(id: \"PARCEL\") { id } }",                          [U, N, N, D, D]),
    ("Query.node", "{ it: node(id: \"ENDPOINT\") { id } }",                        [U, N, N, N, D]),
    ("Query.reviewSamples", "{ it: reviewSamples { nodes { id } } }",              [U, F, F, F, D]),
    ("Query.node", "{ it: node(id: \"SAMPLE\") { id } }",                          [U, N, N, N, D]),
    ("Delivery.endpoint", "{ node(id: \"PARCEL\") { ... on Delivery { it: endpoint { id } } } }", [U, N, N, N, D]),

    ("Query.activeUsers", "{ it: activeUsers(from: \"2026-02-01\", to: \"2026-02-28\") { day } }", [U, F, F, F, "0 rows"]),

    ("Ticket.sla", "{ ticket(id: \"TICKET\") { it: sla { metric } } }",            [U, N, "0 rows", "2 rows", "2 rows"]),
    ("Ticket.slaHistory", "{ ticket(id: \"TICKET\") { it: slaHistory { cycle } } }", [U, N, "0 rows", "2 rows", "2 rows"]),
    ("Ticket.slaState", "{ ticket(id: \"TICKET\") { it: slaState } }",             [U, N, N, D, D]),
    ("Ticket.slaDueAt", "{ ticket(id: \"TICKET\") { it: slaDueAt } }",             [U, N, N, D, D]),
    ("Ticket.firstResolutionSeconds", "{ ticket(id: \"TICKET\") { it: firstResolutionSeconds } }", [U, N, N, D, D]),
    ("Ticket.totalResolutionSeconds", "{ ticket(id: \"TICKET\") { it: totalResolutionSeconds } }", [U, N, N, D, D]),
    ("Ticket.escalated", "{ ticket(id: \"TICKET\") { it: escalated } }",           [U, N, N, D, D]),
    ("Ticket.escalatedAt", "{ ticket(id: \"TICKET\") { it: escalatedAt } }",       [U, N, N, D, D]),
    ("Ticket.escalationTier", "{ ticket(id: \"TICKET\") { it: escalationTier } }", [U, N, N, D, D]),
    ("Ticket.escalationTarget", "{ ticket(id: \"TICKET\") { it: escalationTarget } }", [U, N, N, D, D]),
    ("Ticket.unattended", "{ ticket(id: \"TICKET\") { it: unattended } }",         [U, N, N, D, D]),
    ("Query.node", "{ it: node(id: \"FILE\") { id } }",                            [U, N, D, D, D]),
    ("Query.node", "{ it: node(id: \"INNER\") { id } }",                           [U, N, N, D, D]),
    ("Query.node", "{ it: node(id: \"LOOSE\") { id } }",                           [U, N, D, N, N]),
    ("Ticket.attachments", "{ ticket(id: \"TICKET\") { it: attachments { url } } }", [U, N, "0 rows", "0 rows", "0 rows"]),
    ("Message.attachments", "{ node(id: \"REPLY\") { ... on Message { it: attachments { url } } } }", [U, N, "1 rows", "1 rows", "1 rows"]),
    ("Message.attachments", "{ node(id: \"NOTE\") { ... on Message { it: attachments { url } } } }", [U, N, N, "1 rows", "1 rows"]),
    ("Ticket.sensitive", "{ ticket(id: \"TICKET\") { it: sensitive } }",           [U, N, N, D, D]),
    ("Ticket.sensitiveKinds", "{ ticket(id: \"TICKET\") { it: sensitiveKinds } }", [U, N, N, "0 rows", "0 rows"]),
    ("Ticket.rating", "{ ticket(id: \"RATED\") { it: rating { score comment } } }",  [U, N, D, D, D]),
    ("Activity.rating", "{ ticket(id: \"RATED\") { activity(first: 1) { nodes { it: rating { score } } } } }",
                                                                    [U, N, D, D, D]),
    ("Ticket.assigneeAway", "{ ticket(id: \"TICKET\") { it: assigneeAway } }",     [U, N, N, D, D]),
    ("Activity.deadline", "{ ticket(id: \"LATE\") { activity(first: 1) { nodes { it: deadline { level } } } } }",
                                                                    [U, N, N, D, D]),
    ("User.away", "{ ticket(id: \"TICKET\") { assignee { it: away { from } } } }", [U, N, N, D, D]),

    ("Ticket.assignee", "{ ticket(id: \"TICKET\") { it: assignee { name } } }",    [U, N, D, D, D]),
    ("Ticket.coAssignees", "{ ticket(id: \"TICKET\") { it: coAssignees { id } } }", [U, N, N, "1 rows", "1 rows"]),
    ("Ticket.team", "{ ticket(id: \"TICKET\") { it: team { id } } }",              [U, N, N, D, D]),
    ("Ticket.tags", "{ ticket(id: \"TICKET\") { it: tags } }",                     [U, N, N, "2 rows", "2 rows"]),
    ("Ticket.tags", "{ myTickets { nodes { it: tags } } }",                        [U, N, N, "2 rows", N]),
    ("Ticket.nextStatuses", "{ ticket(id: \"TICKET\") { it: nextStatuses } }",     [U, N, N, "2 rows", "2 rows"]),
    ("Ticket.firstResponseAt", "{ ticket(id: \"TICKET\") { it: firstResponseAt } }", [U, N, D, D, D]),
    ("Ticket.messages", "{ ticket(id: \"TICKET\") { messages { it: nodes { id } } } }", [U, N, "1 rows", "2 rows", "2 rows"]),
    ("Ticket.activity", "{ ticket(id: \"TICKET\") { activity { it: nodes { kind } } } }", [U, N, "5 rows", "7 rows", "7 rows"]),
    ("Activity.changes", "{ ticket(id: \"TICKET\") { activity(first: 1) { nodes { it: changes { field } } } } }",
                                                                    [U, N, "1 rows", "3 rows", "3 rows"]),
    ("Message.internal", "{ node(id: \"NOTE\") { ... on Message { it: internal } } }", [U, N, N, D, D]),

    ("User.email", "{ ticket(id: \"TICKET\") { requester { it: email } } }",       [U, N, D, D, D]),
    ("User.mobile", "{ ticket(id: \"TICKET\") { requester { it: mobile } } }",     [U, N, D, D, D]),
    ("User.stage", "{ ticket(id: \"TICKET\") { requester { it: stage } } }",       [U, N, D, D, D]),
    ("User.kind", "{ ticket(id: \"TICKET\") { requester { it: kind } } }",         [U, N, D, D, D]),
    ("User.tier", "{ ticket(id: \"TICKET\") { requester { it: tier } } }",         [U, N, D, D, D]),
    ("User.signedUpAt", "{ ticket(id: \"TICKET\") { requester { it: signedUpAt } } }", [U, N, D, D, D]),
    ("User.hasLogin", "{ ticket(id: \"TICKET\") { requester { it: hasLogin } } }", [U, N, D, D, D]),
    ("User.email", "{ ticket(id: \"TICKET\") { assignee { it: email } } }",        [U, N, N, D, D]),
    ("User.mobile", "{ ticket(id: \"TICKET\") { assignee { it: mobile } } }",      [U, N, N, D, D]),
    ("User.stage", "{ ticket(id: \"TICKET\") { assignee { it: stage } } }",        [U, N, N, D, D]),
    ("User.kind", "{ ticket(id: \"TICKET\") { assignee { it: kind } } }",          [U, N, N, D, D]),
    ("User.tier", "{ ticket(id: \"TICKET\") { assignee { it: tier } } }",          [U, N, N, D, D]),
    ("User.signedUpAt", "{ ticket(id: \"TICKET\") { assignee { it: signedUpAt } } }", [U, N, N, D, D]),
    ("User.hasLogin", "{ ticket(id: \"TICKET\") { assignee { it: hasLogin } } }",  [U, N, N, D, D]),
];

/// Each on a ticket of its own, which is RESOLVED if the input says DONE and else IN_PROGRESS with
/// Bob. ME is who asks.
#[rustfmt::skip]
const WRITES: &[Row] = &[
    //                                                                          nobody other owner agent supervisor
    ("createTicket", "subject: \"a\", description: \"b\"",                         [U, D, D, D, D]),
    ("createTicket", "subject: \"a\", description: \"b\", requesterId: \"CARLA\"", [U, F, D, D, D]),
    ("createTicket", "subject: \"a\", description: \"b\", tags: [\"c\"]",          [U, "?INVALID", "?INVALID", D, D]),
    ("replyToTicket", "ticketId: \"BUSY\", body: \"a\"",                           [U, X, D, D, D]),
    ("addInternalNote", "ticketId: \"BUSY\", body: \"a\"",                         [U, F, F, D, D]),
    ("createUpload", "fileName: \"a\", contentType: \"image/png\", sizeBytes: 1, sha256: \"SHA256\"", [U, D, D, D, D]),
    ("createUpload", "fileName: \"a\", contentType: \"image/png\", sizeBytes: 1, sha256: \"SHA256\", ticketId: \"BUSY\"",
                                                                                   [U, X, D, D, D]),
    ("completeUpload", "uploadId: \"LOOSE\"",                                      [U, X, D, X, X]),
    ("createTicket", "subject: \"a\", description: \"b\", attachmentIds: [\"FILE\"]", [U, X, X, "?TAKEN", X]),
    ("addInternalNote", "ticketId: \"BUSY\", body: \"a\", attachmentIds: [\"LOOSE\"]", [U, F, F, X, X]),
    ("replyToTicket", "ticketId: \"BUSY\", body: \"a\", attachmentIds: [\"LOOSE\"]", [U, X, D, X, X]),
    ("updateTicket", "ticketId: \"BUSY\", priority: LOW",                          [U, F, F, D, D]),
    ("setTicketStatus", "ticketId: \"BUSY\", status: RESOLVED",                    [U, F, F, D, D]),
    ("resolveTicket", "ticketId: \"BUSY\"",                                        [U, F, F, D, D]),
    ("closeTicket", "ticketId: \"DONE\"",                                          [U, X, D, D, D]),
    ("closeTicket", "ticketId: \"BUSY\"",      [U, X, D, "?ILLEGAL_TRANSITION", "?ILLEGAL_TRANSITION"]),
    ("reopenTicket", "ticketId: \"DONE\"",                                         [U, X, D, D, D]),
    ("rateTicket", "ticketId: \"DONE\", score: 5",                                 [U, X, D, F, F]),
    ("rateTicket", "ticketId: \"BUSY\", score: 5",                                 [U, X, "?NOT_RESOLVED", F, F]),
    ("rateTicket", "token: \"BUSY\", score: 5",                                    [X, X, X, X, X]),
    ("assignTicket", "ticketId: \"BUSY\", assigneeId: \"ME\"",                     [U, F, F, D, D]),
    ("assignTicket", "ticketId: \"BUSY\", assigneeId: \"BOB\"",                    [U, F, F, F, D]),
    ("assignTicket", "ticketId: \"BUSY\"",                                         [U, F, F, F, D]),
    ("setCoAssignees", "ticketId: \"BUSY\", coAssigneeIds: [\"ALICE\"]",           [U, F, F, D, D]),
    ("createCustomer", "name: \"Walter\"",                                         [U, F, F, D, D]),
    ("setAway", "from: \"2026-01-01T00:00:00Z\"",                                  [U, F, F, D, D]),
    ("setAway", "userId: \"BOB\"",                                                 [U, F, F, F, D]),
    ("upsertSlaPolicy", "name: \"Policy ME\", calendarId: \"CALENDAR\", targets: []", [U, F, F, F, D]),
    ("deleteSlaPolicy", "policyId: \"POLICY\"",                                    [U, F, F, F, "?IN_USE"]),
    ("orderSlaPolicies", "policyIds: []",                                          [U, F, F, F, "?INVALID"]),
    ("applySlaPreset", "preset: STANDARD",                                         [U, F, F, F, D]),
    ("upsertCalendar", "name: \"Calendar ME\", timeZone: \"UTC\"",                 [U, F, F, F, D]),
    ("deleteCalendar", "calendarId: \"CALENDAR\"",                                 [U, F, F, F, "?IN_USE"]),
    ("markNotificationsRead", "all: true",                                         [U, D, D, D, D]),
    ("markNotificationsRead", "ids: [\"TOLD\"]",                                   [U, X, D, X, X]),
    ("setNotificationPreferences", "kinds: [{ kind: STAFF_REPLIED, inApp: true }]", [U, D, D, "?INVALID", "?INVALID"]),
    ("setNotificationPreferences", "digestMinutes: 30",                            [U, "?INVALID", "?INVALID", D, D]),
    ("upsertWebhookEndpoint", "url: \"https://example.com/ME\"",                   [U, F, F, F, D]),
    ("upsertWebhookEndpoint", "id: \"ENDPOINT\", url: \"https://example.com/\"",   [U, F, F, F, D]),
    ("rotateWebhookSecret", "endpointId: \"ENDPOINT\"",                            [U, F, F, F, D]),
    ("deleteWebhookEndpoint", "endpointId: \"TEAM\"",                              [U, F, F, F, X]),
    ("retryDeliveries", "ids: [\"PARCEL\"]",                                       [U, F, F, D, D]),
    ("drawReviewSample", "name: \"ME\", size: 1, rules: { from: \"2026-01-01T00:00:00Z\", to: \"2027-01-01T00:00:00Z\", \
      excludeReviewed: false }", [U, F, F, F, D]),
    ("reviewTicket", "sampleId: \"SAMPLE\", ticketId: \"SAMPLED\", score: 3",      [U, F, F, F, D]),
    ("reviewTicket", "sampleId: \"SAMPLE\", ticketId: \"BUSY\", score: 3",         [U, F, F, F, X]),
    ("reportActiveUsers", "day: \"2026-03-01\", count: 7",                         [U, F, F, F, D]),
    ("upsertTeam", "name: \"Team ME\", memberIds: []",                             [U, F, F, F, D]),
    ("updateStatsSettings", "timeZone: \"Europe/Berlin\"",                         [U, F, F, F, D]),
];

#[rustfmt::skip]
const LIVE: &[Row] = &[
    //                                                                          nobody other owner agent supervisor
    ("Subscription.queue", "subscription { it: queue { kind } }",                  [U, F, F, D, D]),
    ("Subscription.notifications", "subscription { it: notifications { kind } }",  [U, D, D, D, D]),
    ("Subscription.ticket", "subscription { it: ticket(id: \"TICKET\") { kind } }", [U, B, D, D, D]),
];

/// A ticket of Carla's with everything on it, and names for what hangs on it.
async fn scene(world: &World, people: &People) -> Vec<(&'static str, String)> {
    let People {
        carla,
        alice,
        bob,
        susan,
        ..
    } = people;
    let contact = json!({ "name": "Carla", "email": "carla@example.com" });
    alice.run("createCustomer", contact, "").await;
    let (alice_id, bob_id) = (alice.id().await, bob.id().await);
    let team = json!({ "name": "Returns", "memberIds": [bob_id] });
    let team = text(
        &susan.run("upsertTeam", team, "team { id }").await,
        "/team/id",
    );
    let ticket = carla.open_ticket("Broken").await;
    let on = |more: Value| {
        let mut input = json!({ "ticketId": ticket });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    alice
        .run("assignTicket", on(json!({ "assigneeId": alice_id })), "")
        .await;
    alice
        .run(
            "setCoAssignees",
            on(json!({ "coAssigneeIds": [bob_id] })),
            "",
        )
        .await;
    let picture = deskwire_tests::uploads::png("a");
    let inner = alice.upload("note.png", "image/png", &picture).await;
    let file = alice.upload("reply.png", "image/png", &picture).await;
    let loose = carla.upload("loose.png", "image/png", &picture).await;
    let note = alice
        .run(
            "addInternalNote",
            on(json!({ "body": "hm", "attachmentIds": [inner] })),
            "message { id }",
        )
        .await;
    let reply = alice
        .run(
            "replyToTicket",
            on(json!({ "body": "hello", "attachmentIds": [file] })),
            "message { id }",
        )
        .await;
    let more = json!({ "priority": "HIGH", "tags": ["vip", "late"], "teamId": team });
    alice.run("updateTicket", on(more), "").await;
    // A ticket of which a target is missed.
    let input = json!({ "subject": "Late", "description": "?", "priority": "URGENT" });
    let late = carla.run("createTicket", input, "ticket { id }").await;
    // One that its customer has rated.
    let rated = carla.open_ticket("Done").await;
    let over = json!({ "ticketId": rated });
    carla.run("closeTicket", over, "").await;
    let good = json!({ "ticketId": rated, "score": 4, "comment": "Quick." });
    carla.run("rateTicket", good, "").await;
    world.clock.advance(TimeDelta::hours(3));
    let desk = world.server().desk();
    assert_eq!(desk.sweep(&desk.sweeper(), None).await.total(), 1);
    let away = json!({ "from": "2027-01-01T00:00:00Z" });
    alice.run("setAway", away, "").await;
    let rules = "{ slaPolicies { nodes { id } } calendars { nodes { id } } }";
    let rules = susan.get(rules, json!({})).await;
    // As it is after it was escalated, and once resolved, so that null means "not shown".
    for sql in [
        "UPDATE ticket SET escalated_at = created_at, escalation_tier = 2, escalation_target = 'PRODUCT'",
        "UPDATE timer SET stopped_at = started_at WHERE kind = 'RESOLUTION'",
    ] {
        desk.db().admin().execute_unprepared(sql).await.unwrap();
    }
    // Everybody has contact data, for the same reason.
    let sql = "UPDATE user_account SET mobile = '+49 1', stage = 'CUSTOMER', kind = 'seller', tier = 'gold', \
               signed_up_at = created_at";
    world
        .server()
        .desk()
        .db()
        .admin()
        .execute_unprepared(sql)
        .await
        .unwrap();
    // A note on what Carla is told: she is not shown it, Alice is.
    let note_id = text(&note, "/message/id");
    let told = News::new(world, carla, &ticket).await.with(&note_id);
    let told = told.told().await;
    let noted = News::new(world, alice, &ticket).await.with(&note_id);
    noted.of(NotificationKind::NoteAdded).tell().await;
    let (endpoint, _) = endpoint(susan, "https://example.com/").await;
    let parcel = Parcel::to_endpoint(world, &endpoint, &ticket)
        .posted()
        .await;
    weekly::scene::put(world, "2026-W09").await;
    let sampled = carla.open_ticket("Done").await;
    let resolve = json!({ "ticketId": sampled });
    alice.run("resolveTicket", resolve, "").await;
    let sample = json!({ "name": "All", "size": 50,
        "rules": { "from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z" } });
    let sample = susan.run("drawReviewSample", sample, "sample { id }").await;
    let lists = alice
        .get(
            "{ categories { nodes { id } } subjects { nodes { id } } }",
            json!({}),
        )
        .await;
    vec![
        ("WEEK", "2026-W09".to_owned()),
        ("LATE", text(&late, "/ticket/id")),
        ("POLICY", text(&rules, "/slaPolicies/nodes/0/id")),
        ("CALENDAR", text(&rules, "/calendars/nodes/0/id")),
        ("RATED", rated),
        ("FILE", file),
        ("INNER", inner),
        ("LOOSE", loose),
        ("SHA256", deskwire_tests::uploads::sha256(b"x")),
        ("TOLD", told),
        ("ENDPOINT", endpoint),
        ("PARCEL", parcel),
        ("SAMPLED", sampled),
        ("SAMPLE", text(&sample, "/sample/id")),
        ("TICKET", ticket),
        ("NOTE", text(&note, "/message/id")),
        ("REPLY", text(&reply, "/message/id")),
        ("TEAM", team),
        ("CATEGORY", text(&lists, "/categories/nodes/0/id")),
        ("SUBJECT", text(&lists, "/subjects/nodes/0/id")),
        ("CARLA", carla.id().await),
        ("ALICE", alice_id),
        ("BOB", bob_id),
    ]
}

fn names<'a>(scene: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    scene
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

fn everybody(world: &World, people: People) -> [Client; 5] {
    [
        world.anonymous(),
        people.otto,
        people.carla,
        people.alice,
        people.susan,
    ]
}

async fn reads(world: World) {
    let people = People::of(&world);
    let scene = scene(&world, &people).await;
    let everybody = everybody(&world, people);
    for (field, document, expected) in READS {
        let document = fill(document, &names(&scene));
        for ((client, who), expected) in everybody.iter().zip(WHO).zip(expected) {
            let answer = ask(client, &document).await;
            assert_eq!(
                outcome(&answer.body),
                *expected,
                "{field} for {who}: {document}\n{:#}",
                answer.body
            );
        }
    }
    // What customers are told of a change: the priority, and neither team nor tags.
    let document =
        "{ ticket(number: \"1\") { activity(first: 1) { nodes { it: changes { field } } } } }";
    let answer = ask(&everybody[2], document).await;
    assert_eq!(
        crate::common::it(&answer.body["data"]),
        &json!([{ "field": "priority" }])
    );
}

async fn writes(world: World) {
    let people = People::of(&world);
    let mut scene = scene(&world, &people).await;
    let bob = world.client(deskwire_tests::Person::Bob);
    let everybody = everybody(&world, people);
    for (mutation, input, expected) in WRITES {
        for ((client, who), expected) in everybody.iter().zip(WHO).zip(expected) {
            let ticket = everybody[2].open_ticket("Mine").await;
            let bob_id = names(&scene)
                .iter()
                .find(|(name, _)| *name == "BOB")
                .unwrap()
                .1
                .to_owned();
            bob.run(
                "assignTicket",
                json!({ "ticketId": ticket, "assigneeId": bob_id }),
                "",
            )
            .await;
            if input.contains("DONE") {
                bob.run("resolveTicket", json!({ "ticketId": ticket }), "")
                    .await;
            }
            let me = if client.token().is_some() {
                client.id().await
            } else {
                missing("User")
            };
            scene.retain(|(name, _)| !["BUSY", "DONE", "ME"].contains(name));
            scene.extend([
                ("BUSY", ticket.clone()),
                ("DONE", ticket.clone()),
                ("ME", me),
            ]);
            let before = crate::common::state(&bob, &ticket).await;
            let input = fill(input, &names(&scene));
            let document = format!(
                "mutation {{ it: {mutation}(input: {{ {input} }}) {{ userErrors {{ code }} }} }}"
            );
            let answer = ask(client, &document).await;
            assert_eq!(
                outcome(&answer.body),
                *expected,
                "{mutation} by {who}: {input}\n{:#}",
                answer.body
            );
            if *expected != D {
                assert_eq!(
                    crate::common::state(&bob, &ticket).await,
                    before,
                    "{mutation} by {who}"
                );
            }
        }
    }
}

async fn live(world: World) {
    let people = People::of(&world);
    let scene = scene(&world, &people).await;
    for (field, document, expected) in LIVE {
        let document = fill(document, &names(&scene));
        let everybody = everybody(&world, People::of(&world));
        for ((client, who), expected) in everybody.iter().zip(WHO).zip(expected) {
            // Nobody gets a socket without a token.
            let got = match first_payload(client, &document).await {
                Ok(payload) => outcome(&payload),
                Err(4403) => U.to_owned(),
                Err(other) => format!("closed with {other}"),
            };
            assert_eq!(got, *expected, "{field} for {who}");
        }
    }
    // Subscriptions do not run over plain requests, whoever asks.
    let answer = ask(&world.anonymous(), "subscription { queue { kind } }").await;
    assert_eq!(answer.code(), B);
}

on_both!(reads, writes, live);

/// A root field that the tables lack, or a field whose description speaks of staff, is a failure.
#[test]
fn nothing_is_missing_from_the_tables() {
    let ServiceDocument { definitions } =
        async_graphql_parser::parse_schema(schema::sdl()).unwrap();
    let mut wanted = BTreeSet::new();
    for definition in definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let TypeKind::Object(object) = definition.node.kind else {
            continue;
        };
        let name = definition.node.name.node;
        let is_root = ["Query", "Mutation", "Subscription"].contains(&name.as_str());
        for field in object.fields {
            let description = field.node.description.map(|text| text.node.to_lowercase());
            let for_staff = description
                .is_some_and(|text| text.contains("staff") || text.contains("customers"));
            if is_root || for_staff {
                wanted.insert(format!("{name}.{}", field.node.name.node));
            }
        }
    }
    let writes = WRITES.iter().map(|(field, ..)| format!("Mutation.{field}"));
    let others = READS
        .iter()
        .chain(LIVE)
        .map(|(field, ..)| (*field).to_owned());
    let have: BTreeSet<String> = others.chain(writes).collect();
    assert_eq!(
        wanted.difference(&have).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}
