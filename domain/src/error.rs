//! The one error of this crate, free of any transport.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something did not happen. What a person can mend is [`Error::User`]; causes of the last two
/// are for the log and never for a client.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in.
    #[error("You are not signed in. Send a bearer token and try again.")]
    Unauthenticated,
    /// The actor's role may never do this, whatever the input.
    #[error("{0}")]
    Forbidden(String),
    /// The request makes no sense as it is written (a bad cursor, a page size out of range).
    #[error("{0}")]
    BadInput(String),
    /// The person who asked can mend this.
    #[error("{}", .0.first().map_or("invalid input", |e| &e.message))]
    User(Vec<UserError>),
    /// The database cannot be reached or is too busy.
    #[error("The service is not available right now. Try again in a moment.")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A bug or a broken installation.
    #[error("Something went wrong on our side. Try again, and tell support if it stays.")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Something in the input that a person can mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// What kind of problem it is, for programs.
    pub code: UserErrorCode,
    /// What is wrong and what to do, for people.
    pub message: String,
    /// The path of the input field at fault, empty if none is.
    pub field: Vec<String>,
}

/// The kinds of problems that a person can mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserErrorCode {
    /// The thing does not exist, or is not visible to who asked.
    NotFound,
    /// A required text is empty.
    Required,
    /// A text or a list is too long.
    TooLong,
    /// A value is not of the right form.
    Invalid,
    /// The ticket changed since the version that was expected.
    Conflict,
    /// The status cannot change like that.
    IllegalTransition,
    /// Waiting on the customer needs a public message of staff first.
    NeedsPublicReply,
    /// The closed ticket is too old to be reopened.
    ReopenWindowPassed,
    /// The person cannot be given tickets.
    NotAssignable,
    /// The idempotency key was used before with another input.
    IdempotencyKeyReused,
    /// The name is taken.
    Taken,
    /// Something else needs it.
    InUse,
    /// A file is too large.
    TooLarge,
    /// There are as many already as one person may have.
    LimitReached,
    /// The file has not arrived, or the upload was not completed.
    UploadIncomplete,
    /// The file is not what was announced, or harmful.
    UploadRefused,
    /// The time for the upload is over.
    UploadExpired,
    /// Attachments cannot be stored or fetched now.
    StorageUnavailable,
    /// The ticket was rated before.
    AlreadyRated,
    /// The ticket is not resolved, so there is nothing to rate.
    NotResolved,
    /// The time for answering a survey by its link is over.
    SurveyExpired,
}

impl Error {
    /// A single user error about one field.
    pub fn user(code: UserErrorCode, field: &[&str], message: impl Into<String>) -> Self {
        Self::User(vec![UserError::new(code, field, message)])
    }

    /// The answer for what does not exist and for what is not visible: the same, word for word.
    pub fn not_found(what: &str, field: &[&str]) -> Self {
        Self::user(
            UserErrorCode::NotFound,
            field,
            format!("There is no such {what}. Check the id, it may be mistyped."),
        )
    }

    /// The error of a write whose name somebody else may have taken in this very moment.
    pub(crate) fn or_taken(error: DbErr, taken: impl FnOnce() -> Self) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => taken(),
            Some(_) | None => error.into(),
        }
    }

    /// A failure that is nobody's input: a bug or a broken installation.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

impl UserError {
    /// A user error about one field.
    pub fn new(code: UserErrorCode, field: &[&str], message: impl Into<String>) -> Self {
        let field = field.iter().map(|&part| part.to_owned()).collect();
        Self {
            code,
            message: message.into(),
            field,
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if is_unavailable(&error) {
            Self::Unavailable(error.into())
        } else {
            Self::internal(error)
        }
    }
}

/// Whether the database could not be asked, as against a statement that is wrong.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "foreign enums with dozens of variants"
)]
fn is_unavailable(error: &DbErr) -> bool {
    let cause = match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => return true,
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            cause
        }
        _ => return false,
    };
    match &**cause {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // SQLite is busy or locked; PostgreSQL shuts down, is out of connections, or cancels.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            matches!(
                &*code,
                "5" | "6"
                    | "517"
                    | "25P03"
                    | "40001"
                    | "40P01"
                    | "55P03"
                    | "57014"
                    | "57P01"
                    | "57P02"
                    | "57P03"
            ) || code.starts_with("53")
                || code.starts_with("08")
        }),
        _ => false,
    }
}
