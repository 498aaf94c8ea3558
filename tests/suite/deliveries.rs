//! What is sent, as staff see it: the list, trying again, endpoints, and requests that really arrive.

mod documented;
mod endpoints;
mod list;
mod mistakes;
mod retry;
pub mod scene;
mod secrets;
mod sending;
mod trouble;
