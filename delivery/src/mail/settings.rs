//! What an operator says about mail.

use std::{
    convert::Infallible,
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use clap::Args;

use super::{
    folder::Folder,
    mailer::Mailer,
    sender::Sender,
    ses::Ses,
    smtp::{Patience, Server, Smtp},
    templates::Templates,
};
use crate::Problem;

/// How mails are sent, and what they look like (docs/mail.md).
#[derive(Args, Clone, Debug)]
pub struct MailSettings {
    /// Where mails go. `folder`: files in the folder `mail` of the data folder. `folder:/some/path`:
    /// files there. `smtp://user:password@host:587`: a mail server; `?tls=required` insists on
    /// encryption, else it is used if it is offered. `smtps://user:password@host:465`: encrypted from
    /// the beginning. `ses` or `ses?configuration-set=NAME`: Amazon SES.
    #[arg(
        long,
        env = "DESKWIRE_MAIL",
        default_value = "folder",
        hide_env_values = true
    )]
    pub mail: Backend,

    /// Who mails come from: `Name <address>`.
    #[arg(
        long,
        env = "DESKWIRE_MAIL_FROM",
        default_value = "Deskwire Support <support@localhost>"
    )]
    pub mail_from: String,

    /// A folder with mail templates that replace the built-in ones of the same name.
    #[arg(long, env = "DESKWIRE_MAIL_TEMPLATES")]
    pub mail_templates: Option<PathBuf>,

    /// What mails call the desk.
    #[arg(long, env = "DESKWIRE_PRODUCT_NAME", default_value = "Support")]
    pub product_name: String,
}

/// Where mails go, as it was written. Printing it does not tell the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Backend(String);

impl MailSettings {
    /// What takes the mails, for a caller who gives up sending one after `patience`. A server need
    /// not be there yet.
    ///
    /// # Errors
    /// When the setting names nothing that could take mails.
    pub async fn open(&self, data_dir: &Path, patience: Duration) -> Result<Mailer, Problem> {
        let patience = Patience::within(patience);
        let sender = self.sender()?;
        let backend = self.mail.0.trim();
        let (kind, query) = match backend.split_once('?') {
            Some((kind, query)) => (kind, Some(query)),
            None => (backend, None),
        };
        match kind {
            "" | "folder" if query.is_none() => {
                Folder::open(&data_dir.join("mail")).map(Mailer::Folder)
            }
            "ses" => Ses::open(query.map(configuration_set).transpose()?, patience.step)
                .await
                .map(Mailer::Ses),
            _ if backend.starts_with("smtp://") || backend.starts_with("smtps://") => {
                let server = Server::parse(backend, sender.host())?;
                Ok(Mailer::Smtp(Smtp::new(server, patience)))
            }
            _ => match backend.strip_prefix("folder:") {
                Some(path) if !path.is_empty() => Folder::open(Path::new(path)).map(Mailer::Folder),
                Some(_) | None => Err(Problem(
                    "DESKWIRE_MAIL is not understood. Write folder, folder:/some/path, \
                     smtp://user:password@host:587, smtps://user:password@host:465, ses, or \
                     ses?configuration-set=NAME."
                        .to_owned(),
                )),
            },
        }
    }

    /// Who mails come from.
    ///
    /// # Errors
    /// When that is not an address.
    pub fn sender(&self) -> Result<Sender, Problem> {
        let sender = self.mail_from.parse();
        sender.map_err(|why: String| Problem(format!("DESKWIRE_MAIL_FROM: {why}.")))
    }

    /// The words of the mails.
    ///
    /// # Errors
    /// When a template of the operator cannot be used.
    pub fn templates(&self) -> Result<Templates, Problem> {
        let folder = self.mail_templates.as_deref();
        Templates::load(folder.filter(|folder| !folder.as_os_str().is_empty()))
    }
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            mail: Backend("folder".to_owned()),
            mail_from: "Deskwire Support <support@localhost>".to_owned(),
            mail_templates: None,
            product_name: "Support".to_owned(),
        }
    }
}

fn configuration_set(query: &str) -> Result<String, Problem> {
    match query.split_once('=') {
        Some(("configuration-set", name)) if !name.is_empty() => Ok(name.to_owned()),
        Some(_) | None => Err(Problem(
            "DESKWIRE_MAIL=ses takes nothing but a configuration set: ses?configuration-set=NAME."
                .to_owned(),
        )),
    }
}

impl FromStr for Backend {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl From<&str> for Backend {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.split([':', '?']).next().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn settings(mail: &str) -> MailSettings {
        MailSettings {
            mail: mail.into(),
            ..MailSettings::default()
        }
    }

    #[tokio::test]
    async fn backends() {
        let place = tempfile::tempdir().unwrap();
        let opened = settings("folder").open(place.path(), MINUTE).await.unwrap();
        assert_eq!(opened.folder(), Some(place.path().join("mail").as_path()));
        let other = place.path().join("other");
        let named = settings(&format!("folder:{}", other.display()));
        let opened = named.open(place.path(), MINUTE).await.unwrap();
        assert_eq!(opened.folder(), Some(other.as_path()));
        let smtp = settings("smtp://user:hunter2@localhost:25");
        let opened = smtp.open(place.path(), MINUTE).await.unwrap();
        assert!(matches!(opened, Mailer::Smtp(_)));
        assert!(!format!("{opened:?}").contains("hunter2"));
        let bad = [
            "folder:",
            "folder?x=1",
            "hunter2",
            "ses?x=1",
            "http://user:hunter2@host",
            "smtp://user:hunter2@",
        ];
        for bad in bad {
            let problem = settings(bad).open(place.path(), MINUTE).await.unwrap_err();
            assert!(!problem.to_string().contains("hunter2"), "{problem}");
            assert!(!format!("{:?}", settings(bad)).contains("user:hunter2"));
        }
    }

    #[test]
    fn a_sender_that_is_none_is_refused() {
        let settings = MailSettings {
            mail_from: "Support".to_owned(),
            ..MailSettings::default()
        };
        let problem = settings.sender().unwrap_err().to_string();
        assert!(
            problem.starts_with("DESKWIRE_MAIL_FROM: `Support` is not"),
            "{problem}"
        );
    }
}
