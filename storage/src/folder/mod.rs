//! Attachments in a folder, with signed URLs on this server.

/// A folder.
#[derive(Debug)]
pub struct Folder;
