//! The Deskwire server: HTTP, WebSocket, sign-in, pages.

mod config;
mod guard;
mod http;
mod jobs;
mod server;
mod sessions;
mod sign_in;

pub mod database;
pub mod demo;

pub use config::{Bounds, Config, Delivery, StartError, Switch};
pub use server::{Running, start};
