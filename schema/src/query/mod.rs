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
    notification::NotificationQuery,
    delivery::DeliveryQuery,
    webhook::WebhookQuery,
    review::ReviewQuery,
    active_users::ActiveUsersQuery,
    stats::StatsQuery,
    weekly_report::WeeklyReportQuery,
);
