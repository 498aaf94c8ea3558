//! Mail: from what is to be said to a server that takes it.
//!
//! A [`Letter`] says what happened. [`Templates`] put it into words, [`compose()`] makes a message of
//! them, and a [`Mailer`] sends it.

mod chart;
mod compose;
mod fail;
mod folder;
mod header;
mod letter;
mod line;
mod links;
mod mailer;
mod report;
mod sample;
mod sender;
mod ses;
mod settings;
mod smtp;
mod templates;
mod view;

pub use compose::{Composed, Image, Mail, compose};
pub use folder::Folder;
pub use letter::{Entry, Letter, Promise, Reader, TicketLine};
pub use links::{LinkSettings, Links, with_parameter};
pub use mailer::Mailer;
pub use sender::Sender;
pub use ses::Ses;
pub use settings::{Backend, MailSettings};
pub use smtp::{Patience, Server, Smtp};
pub use templates::{Rendered, Templates};
