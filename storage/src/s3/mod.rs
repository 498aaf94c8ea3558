//! Attachments in an S3 bucket.

/// A bucket.
#[derive(Debug)]
pub struct S3;
