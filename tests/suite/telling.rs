//! Telling people and systems, with real parts on the other side: a mail server, receivers of
//! webhooks and brokers, which fail when they are told to.

mod hooks;
mod kafka;
mod kills;
mod post;
mod scene;
