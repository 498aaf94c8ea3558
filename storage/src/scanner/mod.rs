//! A virus scanner that sees each file before it is kept.

mod clamd;
#[cfg(test)]
pub(crate) mod tests;

use domain::attachment::{Refusal, StorageError};
use tokio::io::AsyncRead;

use self::clamd::{Address, Clamd};
use crate::settings::Problem;

/// What scans files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scanner {
    /// Nothing.
    #[default]
    Off,
    /// ClamAV's daemon.
    Clamd(Clamd),
}

impl Scanner {
    /// Reads what an operator says: `off`, or where clamd listens, as `host:port` or `unix:/path`.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if matches!(text, "" | "off") {
            return Ok(Self::Off);
        }
        let address = Address::parse(text).ok_or_else(|| {
            Problem(format!(
                "{text:?} is no virus scanner. Say where clamd listens, as in localhost:3310 or \
                 unix:/run/clamav/clamd.ctl, or off."
            ))
        })?;
        Ok(Self::Clamd(Clamd::new(address)))
    }

    /// Scans all of `content`, in bounded memory. What cannot be scanned is an error.
    pub(crate) async fn scan(
        &self,
        content: impl AsyncRead + Send + Unpin,
    ) -> Result<Option<Refusal>, StorageError> {
        match self {
            Self::Off => Ok(None),
            Self::Clamd(clamd) => {
                let found = clamd.scan(content).await;
                let found = found.map_err(|error| StorageError(Box::new(error)))?;
                Ok(found.map(Refusal::Harmful))
            }
        }
    }
}
