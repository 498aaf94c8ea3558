//! The objects of the API.

mod absence;
mod active_users;
mod activity;
mod attachment;
mod calendar;
mod category;
mod counts;
mod delivery;
mod environment;
mod job;
mod message;
mod node;
mod notification;
mod rating;
mod review;
mod review_rules;
mod review_sample;
mod simulation;
mod sla;
mod sla_policy;
mod sla_policy_input;
mod stats;
mod subject;
mod team;
mod ticket;
mod user;
mod user_error;
mod webhook_endpoint;
mod weekly_report;

pub(crate) use absence::Absence;
pub(crate) use active_users::ActiveUsersDay;
pub(crate) use activity::{Activity, ActivityConnection, ActivityTotals};
pub(crate) use attachment::Attachment;
pub(crate) use calendar::{Calendar, HolidayInput, OpenHoursInput};
pub(crate) use category::Category;
pub(crate) use counts::QueueCounts;
pub(crate) use delivery::Delivery;
pub(crate) use environment::{Environment, EnvironmentInput};
pub(crate) use job::JobRun;
pub(crate) use message::{Message, MessageConnection, MessageTotals};
pub(crate) use node::Node;
pub(crate) use notification::{Notification, NotificationPreferences};
pub(crate) use rating::{ActivityRating, TicketRating};
pub(crate) use review::ReviewItem;
pub(crate) use review_rules::{ReviewRules, ReviewRulesInput};
pub(crate) use review_sample::ReviewSample;
pub(crate) use simulation::SlaSimulation;
pub(crate) use sla::{SlaExplanation, SlaStatus, seconds};
pub(crate) use sla_policy::SlaPolicy;
pub(crate) use sla_policy_input::UpsertSlaPolicyInput;
pub(crate) use stats::{
    DEFAULT_GROUPS, GroupValue, MOST_ROWS, Stats, StatsDimension, StatsEntry, StatsFigure,
    StatsFilter, StatsGroup, StatsInterval, StatsSettings, StatsTable, StatsTargetsInput,
};
pub(crate) use subject::Subject;
pub(crate) use team::Team;
pub(crate) use ticket::Ticket;
pub(crate) use user::User;
pub(crate) use user_error::UserError;
pub(crate) use webhook_endpoint::WebhookEndpoint;
pub(crate) use weekly_report::WeeklyReport;
