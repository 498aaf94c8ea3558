//! Requests that are not answered as wished.

use std::io::{self, ErrorKind};

/// Why a request to the folder comes to nothing, in words for whoever sent it.
#[derive(Debug, thiserror::Error)]
pub enum Rejected {
    /// The token is not one of ours, or is for something else.
    #[error(
        "This link leads nowhere. Use it exactly as the API gave it: PUT for an upload, GET for a \
         download; or ask the API for a new one."
    )]
    Unknown,
    /// It is too late.
    #[error("This link has expired. Ask the API for a new one.")]
    Expired,
    /// The request says another media type.
    #[error(
        "The upload must have the header Content-Type: {announced}, as it was announced. Send it \
         word for word, without parameters."
    )]
    OtherType {
        /// What was announced.
        announced: String,
    },
    /// The request does not say how long it is.
    #[error("The upload must say its size: send a Content-Length, not chunks.")]
    NoLength,
    /// It says another size, or another size came.
    #[error(
        "The upload must have exactly the {announced} bytes that were announced. Send the file \
         itself, as it is, or announce it anew."
    )]
    OtherSize {
        /// What was announced, in bytes.
        announced: u64,
    },
    /// Other bytes came.
    #[error(
        "The bytes that arrived do not have the SHA-256 that was announced. Work it out from the \
         file that you send, and upload it anew."
    )]
    OtherBytes,
    /// There is such a file.
    #[error(
        "This file was uploaded before, and an upload link is good for one upload. Go on with \
         `completeUpload`, or announce another file."
    )]
    AlreadyThere,
    /// The client went, or was cut off.
    #[error("The upload ended before the file did. Upload it again.")]
    CutOff,
    /// A later upload of the same file began.
    #[error("Another upload of this file began, so this one was ended. Wait for that one.")]
    Overtaken,
    /// Nothing came for too long.
    #[error("The upload was too slow. Upload it again, over a faster connection.")]
    TooSlow,
    /// There is no such file any more.
    #[error(
        "This file is not here any more. Ask the API for a new link; if that leads nowhere either, the \
         file was deleted."
    )]
    Gone,
    /// The disk has no room.
    #[error(
        "The server has no room for this file. Try again later, or tell whoever runs the server."
    )]
    Full(#[source] io::Error),
    /// The disk does not work.
    #[error("The server could not read or write this file. Try again later.")]
    Broken(#[source] io::Error),
}

impl Rejected {
    /// The status code of HTTP that says so.
    pub fn status(&self) -> u16 {
        match self {
            Self::OtherSize { .. } | Self::OtherBytes | Self::CutOff => 400,
            Self::Unknown | Self::Gone => 404,
            Self::TooSlow | Self::Overtaken => 408,
            Self::AlreadyThere => 409,
            Self::Expired => 410,
            Self::NoLength => 411,
            Self::OtherType { .. } => 415,
            Self::Broken(_) => 500,
            Self::Full(_) => 507,
        }
    }
}

impl From<io::Error> for Rejected {
    fn from(error: io::Error) -> Self {
        if matches!(
            error.kind(),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded
        ) {
            Self::Full(error)
        } else {
            Self::Broken(error)
        }
    }
}
