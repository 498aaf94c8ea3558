//! What a person can mend.

use async_graphql::SimpleObject;

use crate::enums::UserErrorCode;

/// Something in the input that a person can mend. If there is one, nothing was written.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct UserError {
    /// What kind of problem it is, for programs.
    pub code: UserErrorCode,
    /// What is wrong and what to do, for people.
    pub message: String,
    /// The path of the input field at fault; empty if none is.
    pub field: Vec<String>,
}

impl From<domain::UserError> for UserError {
    fn from(error: domain::UserError) -> Self {
        let domain::UserError {
            code,
            message,
            field,
        } = error;
        Self {
            code: code.into(),
            message,
            field,
        }
    }
}
