//! What Deskwire stores: one file per table, the stored enums, the id newtypes.
//!
//! Nothing here decides anything; rules live in `deskwire-domain`. Nothing here is an API type
//! either: `deskwire-schema` says how things look from outside.

pub mod absence;
pub mod active_day;
pub mod active_user;
pub mod attachment;
pub mod calendar;
pub mod calendar_version;
pub mod category;
pub mod context_link;
pub mod delivery;
pub mod event;
pub mod follower;
pub mod idempotency_key;
pub mod inbox;
pub mod job_run;
pub mod message;
pub mod notification;
pub mod notification_preference;
pub mod rating;
pub mod review;
pub mod review_item;
pub mod review_sample;
pub mod server_secret;
pub mod sla_policy;
pub mod stats_bucket;
pub mod stats_fact;
pub mod stats_settings;
pub mod stats_state;
pub mod stats_ticket;
pub mod subject;
pub mod team;
pub mod team_member;
pub mod ticket;
pub mod ticket_co_assignee;
pub mod ticket_number;
pub mod ticket_subject;
pub mod ticket_tag;
pub mod timer;
pub mod timer_firing;
pub mod user;
pub mod webhook_endpoint;
pub mod weekly_report;

mod id;
mod kinds;

pub use id::{
    AttachmentId, CalendarId, CategoryId, MessageId, ReviewSampleId, SlaPolicyId, SubjectId,
    TeamId, TicketId, UserId, WebhookId,
};
pub use kinds::{
    AttachmentState, Audience, Channel, ContactStage, DeliveryState, EscalationAction,
    EscalationTarget, EventKind, JobKind, JobOutcome, MailMode, NotificationKind, Priority, Role,
    SensitiveKind, SlaState, TicketSource, TicketStatus, TimerKind, Visibility,
};

/// A point in time, UTC; databases keep microseconds.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
