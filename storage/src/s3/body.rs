//! The bytes of a file, as S3 sends them.

use std::{io, time::Duration};

use aws_sdk_s3::primitives::ByteStream;
use futures_util::stream::try_unfold;
use tokio::{io::AsyncRead, time::timeout};
use tokio_util::io::StreamReader;

use super::{S3, fail::Failure};

impl S3 {
    /// Reads an object that is still the one with this ETag: all of it, or its first bytes.
    pub(super) async fn read(
        &self,
        key: &str,
        etag: &str,
        first: Option<usize>,
    ) -> Result<impl AsyncRead + Send + Unpin + use<>, Failure> {
        let range = first.map(|bytes| format!("bytes=0-{}", bytes.saturating_sub(1)));
        let get = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .if_match(etag)
            .set_range(range);
        let object = self.ask(&format!("send {key}"), get.send()).await?;
        Ok(reader(object.body, self.patience.stall))
    }
}

/// As something to read from, which fails after a silence of `stall`.
fn reader(body: ByteStream, stall: Duration) -> impl AsyncRead + Send + Unpin {
    let chunks = try_unfold(body, move |mut body| async move {
        match timeout(stall, body.next()).await {
            Ok(Some(Ok(chunk))) => Ok(Some((chunk, body))),
            Ok(Some(Err(error))) => Err(io::Error::other(error)),
            Ok(None) => Ok(None),
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("S3 stopped in the middle of a file and sent nothing for {stall:?}"),
            )),
        }
    });
    StreamReader::new(Box::pin(chunks))
}
