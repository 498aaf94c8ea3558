//! How news leave the desk: mail, webhooks, Kafka. What is to be told to whom is decided in
//! `deskwire-domain`; here is how it gets there.

mod cloud_event;
mod failure;
mod kafka;
pub mod mail;
mod webhook;
mod worker;

pub use cloud_event::{CloudEvent, Data, TicketRef, event_types, publish, schema_of, type_of};
pub use failure::{Failure, FailureKind, Problem};
pub use kafka::{KafkaSettings, Outgoing, Publisher, Unpublished};
pub use webhook::{Reply, Secret, Sender, WebhookFailure, sign};
pub use worker::{
    Asking, Attempts, Deliverer, DeliverySettings, Duty, Lags, Report, SurveySettings,
};
