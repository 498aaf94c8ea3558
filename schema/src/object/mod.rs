//! The objects of the API.

mod activity;
mod category;
mod counts;
mod environment;
mod message;
mod node;
mod team;
mod ticket;
mod user;
mod user_error;

pub(crate) use activity::{Activity, ActivityConnection, ActivityTotals};
pub(crate) use category::Category;
pub(crate) use counts::QueueCounts;
pub(crate) use environment::{Environment, EnvironmentInput};
pub(crate) use message::{Message, MessageConnection, MessageTotals};
pub(crate) use node::Node;
pub(crate) use team::Team;
pub(crate) use ticket::Ticket;
pub(crate) use user::User;
pub(crate) use user_error::UserError;
