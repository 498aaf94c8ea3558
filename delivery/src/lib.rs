//! How news leave the desk: mail, webhooks, Kafka. What is to be told to whom is decided in
//! `deskwire-domain`; here is how it gets there.

mod failure;

pub use failure::{Failure, FailureKind, Problem};
