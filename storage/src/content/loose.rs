//! Marks that `infer` looks at too loosely, or not at all.

/// Whether `head` bears the whole mark of the announced type. `infer` finds `%PDF` anywhere in the
/// first kilobyte, is content with `GIF`, and does not look for the `RIFF` of a WebP.
pub(super) fn bears_all_of(announced: &str, head: &[u8]) -> bool {
    match announced {
        "application/pdf" => head.trim_ascii_start().starts_with(b"%PDF-"),
        "image/gif" => head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a"),
        "image/png" => head.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/webp" => head.starts_with(b"RIFF"),
        "audio/m4a" | "audio/mp4" | "audio/x-m4a" | "video/mp4" | "video/x-m4v" => is_media(head),
        _ => true,
    }
}

/// Whether it is an ISO base media file (ISO/IEC 14496-12) of whatever brand: there are more brands
/// than `infer` knows. The first box is small, so its size begins with zeros.
pub(super) fn is_media(head: &[u8]) -> bool {
    head.starts_with(&[0, 0]) && head.get(4..8) == Some(b"ftyp")
}
