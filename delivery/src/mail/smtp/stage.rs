//! How far a mail came, and what it means that it came no further.

use std::{error::Error as _, fmt, time::Duration};

use lettre::transport::smtp::Error;

use super::server::Server;
use crate::{
    Failure, FailureKind,
    mail::fail::{answer, chain, failure},
};

/// The steps of sending a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Connecting, the greeting, and the first words.
    Connect,
    /// Encryption.
    Tls,
    /// Signing in.
    Auth,
    /// Naming the sender.
    Mail,
    /// Naming the recipient.
    Rcpt,
    /// Asking to send the text.
    Data,
    /// Sending the text.
    Text,
}

/// What kept a step from succeeding.
pub(super) enum Trouble {
    /// The server said no.
    Answer {
        /// Three digits.
        code: u16,
        /// What it said.
        text: String,
    },
    /// The connection ended, or what came makes no sense.
    Broken(String),
    /// No answer came for so long.
    TimedOut(Duration),
}

impl Trouble {
    pub(super) fn of(error: &Error) -> Self {
        let code = error.status().map(|code| code.to_string().parse());
        match code {
            Some(Ok(code)) => Self::Answer {
                code,
                text: error
                    .source()
                    .map(|said| said.to_string())
                    .unwrap_or_default(),
            },
            Some(Err(_)) | None => Self::Broken(chain(error)),
        }
    }

    /// Whether this connection is of no more use, and nothing else is wrong.
    pub(super) fn is_end_of_connection(&self) -> bool {
        match self {
            Self::Answer { code, .. } => *code == 421,
            Self::Broken(_) | Self::TimedOut(_) => true,
        }
    }

    /// What it means for the mail, where nothing can have been taken.
    pub(super) fn failure(&self, stage: Stage, server: &Server) -> Failure {
        let kind = match self {
            Self::Answer { code, text } => verdict(stage, *code, text),
            Self::Broken(_) | Self::TimedOut(_) => match stage {
                Stage::Connect | Stage::Tls | Stage::Auth | Stage::Mail => FailureKind::Away,
                Stage::Rcpt | Stage::Data | Stage::Text => FailureKind::Later,
            },
        };
        let what = match stage {
            Stage::Connect => "cannot be reached",
            Stage::Tls => "does not encrypt",
            Stage::Auth => "does not let us sign in",
            Stage::Mail => "does not take mail from the sender",
            Stage::Rcpt => "does not take mail for the recipient",
            Stage::Data | Stage::Text => "does not take the mail",
        };
        let why = server.without_password(&self.to_string());
        failure(kind, false, format!("{server} {what}: {why}."))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { code, text } => write!(f, "{code} {}", answer(text)),
            Self::Broken(text) => f.write_str(text),
            Self::TimedOut(after) => write!(f, "no answer within {} s", after.as_secs_f32()),
        }
    }
}

/// What a negative answer means (RFC 5321, section 4.2; RFC 4954, section 6; RFC 7504).
///
/// "Away" is not counted, and the same mail is tried first again. So nothing is away that is said
/// after the server took the sender: it could be about this mail alone, and would hold up all others.
/// A server that does shut down says so to the next connection.
fn verdict(stage: Stage, code: u16, text: &str) -> FailureKind {
    match stage {
        Stage::Connect | Stage::Tls | Stage::Auth => FailureKind::Away,
        // The sender is the same for every mail: one that is not allowed concerns them all.
        Stage::Mail => match code {
            // Nothing but the sender was named: this is about the server.
            400..500 => FailureKind::Away,
            500 | 502..=504 | 521 => FailureKind::Away,
            _ if is_about_us(code, text) => FailureKind::Away,
            _ if ["5.1.7", "5.1.8"].iter().any(|e| text.starts_with(e)) => FailureKind::Away,
            _ => FailureKind::Refused,
        },
        // Relaying is denied to whoever did not sign in, say: no mail is to be lost by that.
        Stage::Rcpt if is_about_us(code, text) => FailureKind::Later,
        Stage::Rcpt | Stage::Data | Stage::Text => match code {
            400..500 => FailureKind::Later,
            _ => FailureKind::Refused,
        },
    }
}

/// Whether a server says that we may not, or have to sign in or to encrypt first (RFC 3463, X.7).
fn is_about_us(code: u16, text: &str) -> bool {
    matches!(code, 523..=525 | 530 | 534 | 535 | 538) || text.starts_with("5.7.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_answers_mean() {
        use FailureKind::{Away, Later, Refused};
        let cases = [
            (Stage::Connect, 554, "no", Away),
            (Stage::Auth, 535, "5.7.8 wrong", Away),
            (Stage::Auth, 454, "4.7.0 later", Away),
            (Stage::Mail, 530, "5.7.0 sign in first", Away),
            (Stage::Mail, 553, "5.7.1 not your address", Away),
            (Stage::Mail, 550, "5.1.8 no such host", Away),
            (Stage::Mail, 550, "go away", Refused),
            (Stage::Mail, 421, "closing", Away),
            (Stage::Mail, 451, "later", Away),
            (Stage::Mail, 452, "4.3.1 no space", Away),
            (Stage::Rcpt, 550, "5.1.1 no such user", Refused),
            (Stage::Rcpt, 504, "5.5.2 not a whole address", Refused),
            (Stage::Rcpt, 450, "greylisted", Later),
            (Stage::Rcpt, 421, "closing", Later),
            (Stage::Rcpt, 451, "4.7.1 greylisted", Later),
            (Stage::Rcpt, 554, "5.7.1 Relay access denied", Later),
            (Stage::Rcpt, 530, "sign in first", Later),
            (Stage::Rcpt, 503, "not now", Refused),
            (Stage::Data, 421, "4.3.2 shutting down", Later),
            (Stage::Data, 503, "5.5.1 no recipient", Refused),
            (Stage::Data, 521, "no mail here", Refused),
            (Stage::Text, 421, "closing", Later),
            (Stage::Text, 535, "5.7.1 spam", Refused),
            (Stage::Text, 552, "too large", Refused),
            (Stage::Text, 451, "4.3.0 no space", Later),
        ];
        for (stage, code, text, kind) in cases {
            assert_eq!(verdict(stage, code, text), kind, "{stage:?} {code} {text}");
        }
    }
}
