//! Mails over SMTP, one step at a time, so that it is known what a failure means.

mod server;
mod stage;

#[cfg(test)]
mod fake;

use std::{
    fmt,
    future::Future,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use lettre::transport::smtp::{
    authentication::DEFAULT_MECHANISMS,
    client::AsyncSmtpConnection,
    commands::{Data, Mail, Rcpt},
    extension::{Extension, MailBodyParameter, MailParameter},
};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, timeout},
};

pub use server::Server;
use server::Tls;
use stage::{Stage, Trouble};

use super::{
    compose::Composed,
    fail::{away, refused, unsure},
};
use crate::Failure;

/// The most connections at once: as many as mails may be under way (`DESKWIRE_MAIL_CONCURRENCY`).
/// A mail that waited for one would lose the time that it has for being sent.
const MAX_CONNECTIONS: usize = 100;

/// The most connections that are kept without being used.
const MAX_IDLE: usize = 4;

/// How long the goodbye may take. Nobody waits for it.
const GOODBYE: Duration = Duration::from_secs(5);

/// A mail server. Connections are kept open for a while and used again.
#[derive(Clone)]
pub struct Smtp {
    server: Arc<Server>,
    patience: Patience,
    allowed: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Idle>>>,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The longest time for each step: connecting, the answer to each command, and sending the text.
    /// The answer to the text is waited for until the caller gives up.
    pub step: Duration,
    /// For how long a connection is kept without being used.
    pub idle: Duration,
}

/// No step is given up sooner, however little time there is for the whole.
const SHORTEST_STEP: Duration = Duration::from_millis(500);

impl Patience {
    /// For a caller who gives up sending a mail after `whole`. A step gets a quarter of it at most:
    /// that nobody answers must be found out before, or it looks like a mail that may be delivered.
    pub fn within(whole: Duration) -> Self {
        let usual = Self::default();
        Self {
            step: usual.step.min((whole / 4).max(SHORTEST_STEP)),
            ..usual
        }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            step: Duration::from_secs(30),
            idle: Duration::from_secs(30),
        }
    }
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

/// A failure, and whether another connection may do better: nothing was accepted on this one.
struct Failed {
    failure: Failure,
    stale: bool,
}

impl Smtp {
    /// A mail server that is connected to when there is a mail.
    pub fn new(server: Server, patience: Patience) -> Self {
        Self {
            server: Arc::new(server),
            patience,
            allowed: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            idle: Arc::default(),
        }
    }

    /// Sends a mail. When it has the whole text, a server may take 10 minutes to say that it took it
    /// (RFC 5321, section 4.5.3.2.6). Who waits less does not know whether it did.
    ///
    /// # Errors
    /// When the server did not say that it took it.
    pub async fn send(&self, mail: &Composed) -> Result<(), Failure> {
        let allowed = self.allowed.acquire().await;
        let _allowed = allowed.map_err(|_| away("The mail server is not used any more."))?;
        if let Some(connection) = self.take_idle() {
            match self.deliver(connection, mail).await {
                Err(failed) if failed.stale => {}
                outcome => return outcome.map_err(|failed| failed.failure),
            }
        }
        let connection = self.connect().await?;
        let outcome = self.deliver(connection, mail).await;
        outcome.map_err(|failed| failed.failure)
    }

    /// A connection that is ready for a mail.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let server = &self.server;
        let (wrapped, starttls) = match &server.tls {
            Tls::Off => (None, None),
            Tls::Wrapped(tls) => (Some(tls.clone()), None),
            Tls::Opportunistic(tls) | Tls::Required(tls) => (None, Some(tls.clone())),
        };
        let place = (server.host.as_str(), server.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(
            place,
            Some(self.patience.step),
            &server.hello,
            wrapped,
            None,
        );
        let mut connection = self.step(Stage::Connect, connecting).await?;
        if let Some(tls) = starttls {
            if connection.can_starttls() {
                let starting = connection.starttls(tls, &server.hello);
                self.step(Stage::Tls, starting).await?;
            } else if matches!(server.tls, Tls::Required(_)) {
                return Err(away(format!(
                    "{server} offers no encryption (STARTTLS), and tls=required asks for it."
                )));
            }
        }
        if let Some(login) = &server.login {
            if !connection.is_encrypted() && !server.may_tell_password_in_clear() {
                return Err(away(format!(
                    "{server} offers no encryption (STARTTLS), and the password is not sent without. \
                     If that is wanted, say so: tls=off."
                )));
            }
            let signing_in = connection.auth(DEFAULT_MECHANISMS, &login.credentials);
            self.step(Stage::Auth, signing_in).await?;
        }
        Ok(connection)
    }

    /// Sends a mail over a connection, which is kept if all went well.
    async fn deliver(
        &self,
        mut connection: AsyncSmtpConnection,
        mail: &Composed,
    ) -> Result<(), Failed> {
        let outcome = self.converse(&mut connection, mail).await;
        match outcome {
            Ok(()) => {
                self.keep(connection);
                Ok(())
            }
            Err(failed) => {
                tokio::spawn(part(connection));
                Err(failed)
            }
        }
    }

    async fn converse(
        &self,
        connection: &mut AsyncSmtpConnection,
        mail: &Composed,
    ) -> Result<(), Failed> {
        let certain = |failure| Failed {
            failure,
            stale: false,
        };
        let options = options(connection, mail).map_err(certain)?;
        let sender = Mail::new(Some(mail.from.clone()), options);
        let answer = self.answer(connection.command(sender)).await;
        answer.map_err(|trouble| Failed {
            stale: trouble.is_end_of_connection(),
            failure: trouble.failure(Stage::Mail, &self.server),
        })?;
        let recipient = Rcpt::new(mail.to.clone(), Vec::new());
        let recipient = connection.command(recipient);
        self.step(Stage::Rcpt, recipient).await.map_err(certain)?;
        let ready = self.step(Stage::Data, connection.command(Data)).await;
        let ready = ready.map_err(certain)?;
        if !ready.has_code(354) {
            let trouble = Trouble::Broken("it did not ask for the text".to_owned());
            return Err(certain(trouble.failure(Stage::Data, &self.server)));
        }

        // The end of the text, which makes the server take the mail, is sent when the iterator ends.
        // Before that nothing can have been taken.
        let handed_over = AtomicBool::new(false);
        let text = mail.bytes.strip_suffix(b"\r\n").unwrap_or(&mail.bytes);
        let end = || {
            handed_over.store(true, Ordering::Relaxed);
            None
        };
        let text = std::iter::once(text).chain(std::iter::from_fn(end));
        let mut sending = pin!(connection.message_iter(text));
        let taken = match timeout(self.patience.step, &mut sending).await {
            Ok(taken) => taken.map_err(|error| Trouble::of(&error)),
            // Who gives up here gets the mail delivered twice: that is for the caller to decide.
            Err(_) if handed_over.load(Ordering::Relaxed) => {
                sending.await.map_err(|error| Trouble::of(&error))
            }
            Err(_) => Err(Trouble::TimedOut(self.patience.step)),
        };
        let handed_over = handed_over.load(Ordering::Relaxed);
        match taken {
            Ok(answer)
                if answer.code().severity
                    == lettre::transport::smtp::response::Severity::PositiveCompletion =>
            {
                Ok(())
            }
            Err(trouble @ Trouble::Answer { .. }) => {
                Err(certain(trouble.failure(Stage::Text, &self.server)))
            }
            Err(trouble) if !handed_over => {
                Err(certain(trouble.failure(Stage::Text, &self.server)))
            }
            Ok(_) => Err(certain(unsure(format!(
                "{} did not say whether it took the mail.",
                self.server
            )))),
            Err(trouble) => Err(certain(unsure(format!(
                "{} got the mail and did not say whether it took it: {trouble}.",
                self.server
            )))),
        }
    }

    async fn step<T>(
        &self,
        stage: Stage,
        work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
    ) -> Result<T, Failure> {
        let answer = self.answer(work).await;
        answer.map_err(|trouble| trouble.failure(stage, &self.server))
    }

    async fn answer<T>(
        &self,
        work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
    ) -> Result<T, Trouble> {
        match timeout(self.patience.step, work).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Trouble::of(&error)),
            Err(_) => Err(Trouble::TimedOut(self.patience.step)),
        }
    }

    fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let found = idle.pop()?;
        (found.since.elapsed() < self.patience.idle).then_some(found.connection)
    }

    /// Keeps a connection for the next mail, unless enough are kept, and has it closed when none
    /// comes.
    fn keep(&self, connection: AsyncSmtpConnection) {
        let since = Instant::now();
        let kept = Idle { connection, since };
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= MAX_IDLE {
            tokio::spawn(part(kept.connection));
            return;
        }
        idle.push(kept);
        let patience = self.patience.idle;
        tokio::spawn(close_idle(Arc::downgrade(&self.idle), patience));
    }
}

/// Closes the connections that nobody used for so long.
async fn close_idle(idle: Weak<Mutex<Vec<Idle>>>, patience: Duration) {
    sleep(patience).await;
    let Some(idle) = idle.upgrade() else {
        return;
    };
    let old: Vec<Idle> = {
        let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extract_if(.., |idle| idle.since.elapsed() >= patience)
            .collect()
    };
    for idle in old {
        part(idle.connection).await;
    }
}

/// Says goodbye, as far as the other side listens.
async fn part(mut connection: AsyncSmtpConnection) {
    let _ = timeout(GOODBYE, connection.quit()).await;
}

/// What has to be said along with the sender.
fn options(
    connection: &AsyncSmtpConnection,
    mail: &Composed,
) -> Result<Vec<MailParameter>, Failure> {
    let mut options = Vec::new();
    let info = connection.server_info();
    let foreign = [&mail.from, &mail.to].map(|address| address.to_string());
    if let Some(address) = foreign.iter().find(|address| !address.is_ascii()) {
        if !info.supports_feature(Extension::SmtpUtfEight) {
            return Err(refused(format!(
                "The mail server does not support internationalised addresses (SMTPUTF8) like \
                 {address}."
            )));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !mail.bytes.is_ascii() && info.supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(options)
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp")
            .field("server", &self.server)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
