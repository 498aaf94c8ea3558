//! The ways to send a mail.

use std::path::Path;

use super::{compose::Composed, folder::Folder, ses::Ses, smtp::Smtp};
use crate::Failure;

/// What takes mails.
#[derive(Clone, Debug)]
pub enum Mailer {
    /// A folder of files.
    Folder(Folder),
    /// A mail server.
    Smtp(Smtp),
    /// Amazon's Simple Email Service.
    Ses(Ses),
}

impl Mailer {
    /// Sends a mail, once.
    ///
    /// # Errors
    /// When it was not taken, or when it cannot be told whether it was.
    pub async fn send(&self, mail: &Composed) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => folder.send(mail).await,
            Self::Smtp(smtp) => smtp.send(mail).await,
            Self::Ses(ses) => ses.send(mail).await,
        }
    }

    /// The folder, if mails are written to one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder.path()),
            Self::Smtp(_) | Self::Ses(_) => None,
        }
    }
}
