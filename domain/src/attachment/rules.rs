//! What may be uploaded.

use chrono::TimeDelta;

/// The images that browsers may show in a page. Never HTML or SVG, which can hold programs.
pub const INLINE: [&str; 5] = [
    "image/avif",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
];

/// The name that is registered for a media type that some browsers call otherwise.
pub(super) fn registered(content_type: &str) -> &str {
    match content_type {
        "image/jpg" | "image/pjpeg" => "image/jpeg",
        "image/x-png" => "image/png",
        "image/heic" => "image/heif",
        "application/x-zip-compressed" | "application/x-zip" => "application/zip",
        "application/x-pdf" => "application/pdf",
        other => other,
    }
}

/// What an operator allows, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRules {
    /// The media types, in lower case.
    pub types: Vec<String>,
    /// The largest file, in bytes.
    pub max_bytes: u64,
    /// How long an upload may begin after it was asked for.
    pub upload_lives: TimeDelta,
    /// How long a link to a file leads there.
    pub download_lives: TimeDelta,
    /// How long a file may wait to be checked and attached.
    pub unattached_lives: TimeDelta,
}

impl Default for UploadRules {
    fn default() -> Self {
        let types = [
            "application/pdf",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/zip",
            "image/avif",
            "image/gif",
            "image/heif",
            "image/jpeg",
            "image/png",
            "image/webp",
            "text/csv",
            "text/plain",
            "video/mp4",
            "video/quicktime",
            "video/webm",
        ];
        Self {
            types: types.map(str::to_owned).to_vec(),
            max_bytes: 100 << 20,
            upload_lives: TimeDelta::minutes(15),
            download_lives: TimeDelta::minutes(5),
            unattached_lives: TimeDelta::hours(24),
        }
    }
}
