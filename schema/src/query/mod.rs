//! Queries.

mod active_users;
mod delivery;
mod lookup;
mod node;
mod notification;
mod person;
mod queue;
mod review;
mod sla;
mod stats;
mod ticket;
mod webhook;
mod weekly_report;

use async_graphql::MergedObject;

/// What can be asked.
#[derive(Default, MergedObject)]
pub struct Query(
    person::PersonQuery,
    node::NodeQuery,
    ticket::TicketQuery,
    queue::QueueQuery,
    lookup::LookupQuery,
    sla::SlaQuery,
    TellingQuery,
    MeasuringQuery,
);

/// What is told to people and systems. Parts are asked one within the other, so a long list of them
/// needs a deep stack: they are in groups.
#[derive(Default, MergedObject)]
struct TellingQuery(
    notification::NotificationQuery,
    delivery::DeliveryQuery,
    webhook::WebhookQuery,
);

/// How well the desk works.
#[derive(Default, MergedObject)]
struct MeasuringQuery(
    review::ReviewQuery,
    active_users::ActiveUsersQuery,
    stats::StatsQuery,
    weekly_report::WeeklyReportQuery,
);
