//! How Deskwire looks from outside: the GraphQL schema over `deskwire-domain`.
//!
//! A resolver does three things: parse, call one function of the domain, wrap. What rows are
//! visible is decided where they are loaded, in the domain.

mod answer;
mod connection;
mod context;
mod enums;
mod error;
mod execute;
mod filter;
mod html;
mod id;
mod limits;
mod live;
mod loader;
mod mutation;
mod object;
mod operation;
mod prime;
mod prime_delivery;
mod prime_notification;
mod prime_review;
mod prime_stats;
mod query;
mod subscription;
mod table;

pub use answer::{encode, is_request_error};
pub use error::{Code, failed};
pub use execute::{DeskSchema, Gateway, Rules, sdl};
pub use limits::Limits;
pub use live::Frame;
pub use operation::{Document, Operation};
