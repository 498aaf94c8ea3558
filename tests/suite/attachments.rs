//! Attachments (requirement A1): announced, uploaded, checked, attached, fetched.

mod away;
mod crash;
mod documented;
mod flow;
mod hidden;
mod memory;
mod mistakes;
mod s3;
mod statements;
mod sweep;
