//! What a file is by its first bytes, whatever it is called.

mod loose;
mod office;
mod text;

use domain::attachment::Refusal;

/// How many of the first bytes are looked at.
pub(crate) const HEAD: usize = 8 << 10;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ODT: &str = "application/vnd.oasis.opendocument.text";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";
const ODP: &str = "application/vnd.oasis.opendocument.presentation";

/// A document in a ZIP archive is a ZIP archive too.
const ZIPS: &[&str] = &[
    "application/zip",
    DOCX,
    PPTX,
    XLSX,
    ODT,
    ODS,
    ODP,
    "application/epub+zip",
    "image/openraster",
];
const M4A: &[&str] = &["audio/m4a"];
const MP4: &[&str] = &["video/mp4", "video/x-m4v"];
const WAV: &[&str] = &["audio/x-wav"];

/// The types that have marks, and what `infer` calls what bears them: browsers and IANA have other
/// names for some. A type that two letters would make, such as `image/bmp`, is not here: that is no
/// telling.
const MARKED: &[(&str, &[&str])] = &[
    ("application/epub+zip", &["application/epub+zip"]),
    ("application/gzip", &["application/gzip"]),
    ("application/pdf", &["application/pdf"]),
    ("application/rtf", &["application/rtf"]),
    (ODP, &[ODP]),
    (ODS, &[ODS]),
    (ODT, &[ODT]),
    (PPTX, &[PPTX]),
    (XLSX, &[XLSX]),
    (DOCX, &[DOCX]),
    ("application/vnd.rar", &["application/vnd.rar"]),
    (
        "application/x-7z-compressed",
        &["application/x-7z-compressed"],
    ),
    ("application/x-gzip", &["application/gzip"]),
    ("application/x-tar", &["application/x-tar"]),
    ("application/x-xz", &["application/x-xz"]),
    ("application/x-zip-compressed", ZIPS),
    ("application/zip", ZIPS),
    ("application/zstd", &["application/zstd"]),
    ("audio/flac", &["audio/x-flac"]),
    ("audio/m4a", M4A),
    ("audio/mp4", M4A),
    ("audio/mpeg", &["audio/mpeg"]),
    ("audio/ogg", &["audio/ogg", "audio/opus"]),
    ("audio/wav", WAV),
    ("audio/webm", &["video/webm"]),
    ("audio/x-m4a", M4A),
    ("audio/x-wav", WAV),
    ("image/avif", &["image/avif"]),
    ("image/gif", &["image/gif"]),
    ("image/heic", &["image/heif"]),
    ("image/heif", &["image/heif"]),
    ("image/jpeg", &["image/jpeg"]),
    ("image/png", &["image/png"]),
    ("image/tiff", &["image/tiff"]),
    ("image/webp", &["image/webp"]),
    ("text/rtf", &["application/rtf"]),
    ("video/mp4", MP4),
    ("video/quicktime", &["video/quicktime"]),
    ("video/webm", &["video/webm"]),
    ("video/x-m4v", MP4),
    ("video/x-matroska", &["video/x-matroska"]),
    ("video/x-msvideo", &["video/x-msvideo"]),
];

/// The types that have no marks: any text may be one.
const TEXTS: &[&str] = &[
    "application/json",
    "application/x-ndjson",
    "application/yaml",
    "message/rfc822",
    "text/calendar",
    "text/csv",
    "text/markdown",
    "text/plain",
    "text/tab-separated-values",
    "text/vcard",
    "text/x-log",
];

/// Why a file that begins with `head` (all of it, or [`HEAD`] bytes) is not of the announced type.
///
/// What `infer` thinks of a text does not count: a table that begins with `BMW` is no picture. Pages
/// and drawings with programs in them (HTML, SVG, XML) pass as nothing, not even as plain text: a
/// reader's program may go by their first bytes, or by their name.
pub(crate) fn refusal(announced: &str, head: &[u8]) -> Option<Refusal> {
    let markup = text::markup(head);
    let found = markup.or_else(|| found(head));
    let right = if TEXTS.contains(&announced) {
        markup.is_none() && text::is_text(head)
    } else {
        let named = found.is_some_and(|found| names(announced).contains(&found));
        (named || office::may_be(announced, head)) && loose::bears_all_of(announced, head)
    };
    (!right).then(|| Refusal::WrongType {
        announced: announced.to_owned(),
        found: found.map(str::to_owned),
    })
}

/// Whether files of this type can be told from others by their first bytes.
pub(crate) fn can_be_told(content_type: &str) -> bool {
    TEXTS.contains(&content_type) || !names(content_type).is_empty()
}

fn names(announced: &str) -> &'static [&'static str] {
    let known = MARKED.iter().find(|(name, _)| *name == announced);
    known.map_or(&[], |(_, names)| names)
}

fn found(head: &[u8]) -> Option<&'static str> {
    office::kind(head)
        .or_else(|| infer::get(head).map(|kind| kind.mime_type()))
        .or_else(|| loose::is_media(head).then_some("video/mp4"))
}

#[cfg(test)]
mod tests;
