//! Who is who: bearer tokens and the development identities.

mod claims;
mod dev;
mod keys;
mod verifier;

pub(crate) use dev::{DevIdentities, DevIdentity};
pub(crate) use verifier::{Failure, Refusal, Session, SignIn};
