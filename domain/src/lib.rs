//! What may happen on a Deskwire support desk: who may do what, how a ticket lives, the use cases
//! with their transactions, and the event log that everything else follows.
//!
//! No transport here: neither GraphQL nor HTTP. Jobs use this crate without linking either.

pub mod active;
mod actor;
pub mod attachment;
mod causes;
pub mod clock;
mod error;
mod facets;
mod filter;
mod job_run;
mod kept;
mod position;
pub mod rating;
pub mod review;
mod screened;
mod sign_in;
pub mod sla;
pub mod stats;
pub mod telling;

pub mod command;
pub mod db;
pub mod desk;
pub mod lifecycle;
pub mod live;
pub mod mask;
pub mod page;
pub mod permission;
pub mod query;
pub mod text;

mod secret;

pub use actor::{Actor, is_staff};
pub use causes::causes;
pub use clock::Clock;
pub use desk::{Desk, Settings};
pub use error::{Error, Result, UserError, UserErrorCode};
pub use facets::{EventData, Facets, visibility};
pub use filter::QueueFilter;
pub use job_run::JobRun;
pub use position::Position;
pub use screened::Screened;
pub use sign_in::{Identity, search_text};
