//! The objects of the API.

mod absence;
mod activity;
mod calendar;
mod category;
mod counts;
mod environment;
mod job;
mod message;
mod node;
mod notification;
mod simulation;
mod sla;
mod sla_policy;
mod sla_policy_input;
mod team;
mod ticket;
mod user;
mod user_error;

pub(crate) use absence::Absence;
pub(crate) use activity::{Activity, ActivityConnection, ActivityTotals};
pub(crate) use calendar::{Calendar, HolidayInput, OpenHoursInput};
pub(crate) use category::Category;
pub(crate) use counts::QueueCounts;
pub(crate) use environment::{Environment, EnvironmentInput};
pub(crate) use job::JobRun;
pub(crate) use message::{Message, MessageConnection, MessageTotals};
pub(crate) use node::Node;
pub(crate) use notification::{Notification, NotificationPreferences};
pub(crate) use simulation::SlaSimulation;
pub(crate) use sla::{SlaExplanation, SlaStatus, seconds};
pub(crate) use sla_policy::SlaPolicy;
pub(crate) use sla_policy_input::UpsertSlaPolicyInput;
pub(crate) use team::Team;
pub(crate) use ticket::Ticket;
pub(crate) use user::User;
pub(crate) use user_error::UserError;
