use domain::attachment::UploadRules;
use proptest::prelude::*;

use super::*;

/// An archive with these entries, not compressed.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in entries {
        bytes.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        bytes.extend([size, size].concat());
        bytes.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        bytes.extend([0, 0]);
        bytes.extend(name.as_bytes());
        bytes.extend(*content);
    }
    bytes.truncate(HEAD);
    bytes
}

/// What python-docx and Word write.
fn document(folder: &str) -> Vec<u8> {
    let part = format!("{folder}/document.xml");
    zip(&[
        ("[Content_Types].xml", &[7; 700]),
        ("_rels/.rels", &[7; 300]),
        ("docProps/app.xml", &[7; 200]),
        ("docProps/core.xml", &[7; 200]),
        (&part, &[7; 900]),
    ])
}

fn media(brand: &str) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftyp".to_vec();
    bytes.extend(brand.as_bytes());
    bytes.extend(b"\0\0\x02\0mif1");
    bytes.extend(brand.as_bytes());
    bytes.extend([0; 300]);
    bytes
}

fn webm(kind: &[u8]) -> Vec<u8> {
    let size = 0x80 | u8::try_from(kind.len()).unwrap();
    let mut bytes = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82".to_vec();
    bytes.push(size);
    bytes.extend(kind);
    bytes.extend([0; 300]);
    bytes
}

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        (
            "application/pdf",
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj".to_vec(),
        ),
        (PPTX, document("ppt")),
        (XLSX, document("xl")),
        (DOCX, document("word")),
        ("application/zip", zip(&[("notes.txt", b"hello")])),
        ("image/avif", media("avif")),
        ("image/gif", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec()),
        ("image/heif", media("heic")),
        ("image/jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01".to_vec()),
        (
            "image/png",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01".to_vec(),
        ),
        ("image/webp", b"RIFF\x24\0\0\0WEBPVP8 ".to_vec()),
        ("text/csv", "name,city\nZo\u{eb},K\u{f6}ln\n".into()),
        ("text/plain", "Hello\tWorld \u{1f642}\r\n".into()),
        ("video/mp4", media("isom")),
        ("video/quicktime", media("qt  ")),
        ("video/webm", webm(b"webm")),
    ]
}

#[test]
fn every_default_type_is_told_from_every_other() {
    let (samples, rules) = (samples(), UploadRules::default());
    let known: Vec<&str> = samples.iter().map(|(name, _)| *name).collect();
    assert_eq!(known, rules.types);
    for announced in &known {
        assert!(can_be_told(announced), "{announced}");
        for (name, head) in &samples {
            let text = |name: &str| name.starts_with("text/");
            let right = announced == name
                || text(announced) && text(name)
                || *announced == "application/zip" && [DOCX, XLSX, PPTX].contains(name);
            let refused = refusal(announced, head);
            assert_eq!(
                refused.is_none(),
                right,
                "{name} as {announced}: {refused:?}"
            );
        }
        // Nothing at all is an empty text.
        assert_eq!(
            refusal(announced, b"").is_none(),
            announced.starts_with("text/")
        );
    }
}

#[test]
fn office_documents_come_in_many_orders() {
    let long = [7; 9000];
    let none: [(&str, &[u8]); 0] = [];
    let heads = [
        // LibreOffice
        zip(&[
            ("_rels/.rels", &[7; 300]),
            ("docProps/core.xml", b"x"),
            ("word/styles.xml", b"x"),
        ]),
        // Word, with a long document
        zip(&[
            ("[Content_Types].xml", b"x"),
            ("_rels/.rels", b"x"),
            ("word/document.xml", &long),
        ]),
        // Google Docs
        zip(&[("word/numbering.xml", b"x"), ("[Content_Types].xml", b"x")]),
        // openpyxl's order
        zip(&[
            ("docProps/app.xml", b"x"),
            ("docProps/core.xml", b"x"),
            ("word/theme.xml", b"x"),
        ]),
        // Nothing is in sight that tells.
        zip(&[("[Content_Types].xml", &long)]),
    ];
    for (index, head) in heads.iter().enumerate() {
        assert_eq!(refusal(DOCX, head), None, "{index}");
        assert_eq!(refusal("application/zip", head), None, "{index}");
        let told = index < heads.len() - 1;
        assert_eq!(refusal(XLSX, head).is_some(), told, "{index}");
    }
    for head in [
        zip(&[("x.exe", b"MZ"), ("word/x", b"x")]),
        zip(&none),
        b"PK\x03\x04".to_vec(),
    ] {
        assert!(refusal(DOCX, &head).is_some());
    }
    assert!(matches!(
        refusal(XLSX, &document("word")),
        Some(Refusal::WrongType { found: Some(found), .. }) if found == DOCX
    ));
}

#[test]
fn names_that_browsers_give() {
    for (announced, head) in [
        ("image/heic", media("heic")),
        ("image/heif", media("mif1")),
        ("application/x-zip-compressed", document("word")),
        ("video/mp4", media("M4V ")),
        ("video/mp4", media("iso8")),
        ("audio/x-m4a", media("M4A ")),
        ("video/x-matroska", webm(b"matroska")),
        ("audio/webm", webm(b"webm")),
        ("application/json", b"{\"a\": 1}".to_vec()),
        ("text/rtf", b"{\\rtf1 hello}".to_vec()),
    ] {
        let head = if announced == "image/heif" {
            let mut head = head;
            head.splice(20..24, *b"heic");
            head
        } else {
            head
        };
        assert_eq!(refusal(announced, &head), None, "{announced}");
        assert!(can_be_told(announced), "{announced}");
    }
    let dangerous = [
        "text/html",
        "image/svg+xml",
        "text/xml",
        "text/javascript",
        "image/bmp",
        "",
    ];
    assert!(!dangerous.into_iter().any(can_be_told));
}

#[test]
fn texts_that_look_like_something_else_are_texts() {
    let escape = "\u{1b}[31mERROR\u{1b}[0m a coloured log\n";
    let mut cut = "a".repeat(HEAD - 1).into_bytes();
    cut.push(0xc3);
    let wide = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}K\u{f6}ln \u{1f642}"
            .encode_utf16()
            .flat_map(unit)
            .collect()
    };
    let mut cut_wide: Vec<u8> = "\u{feff}a"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    cut_wide.extend(
        "\u{1f642}"
            .repeat(HEAD)
            .encode_utf16()
            .flat_map(u16::to_le_bytes),
    );
    cut_wide.truncate(HEAD);
    for text in [
        b"#!/bin/sh\necho hello\n".as_slice(),
        b"BMW,320i\n",
        b"MZ is where it begins\n",
        b"MAC address,name\n",
        b"GIF is said with a hard g\n",
        b"%PDF is how PDFs begin\n",
        b"<john> hello\n<13>Nov 21 kernel: hello\n",
        b"<alice@example.com> wrote:\n",
        b"\xef\xbb\xbfname,city\n",
        // Windows-1252
        b"M\xfcller,K\xf6ln,5 \x80\n",
        escape.as_bytes(),
        &cut,
        &wide(u16::to_le_bytes),
        &wide(u16::to_be_bytes),
        &cut_wide,
    ] {
        assert_eq!(
            refusal("text/plain", text),
            None,
            "{:?}",
            text.escape_ascii()
        );
    }
    for no_text in [
        b"nul \0".as_slice(),
        b"bell \x07",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"\xff\xfea",
        b"\xff\xfe\x00\xd8",
        b"\x7fELF\x02\x01\x01",
    ] {
        assert!(
            refusal("text/csv", no_text).is_some(),
            "{:?}",
            no_text.escape_ascii()
        );
    }
}

/// Pages, drawings and programs, with whatever may stand before them, and marks of other types in them.
fn harmful() -> impl Strategy<Value = Vec<u8>> {
    let page = prop_oneof![
        Just("<!DOCTYPE html><html>"),
        Just("<html\n>"),
        Just("<ScRiPt/src=x>"),
        Just("<svg xmlns='http://www.w3.org/2000/svg' onload='x'>"),
        Just("<?xml version='1.0'?><svg>"),
        Just("<!-- x --><svg>"),
        Just("<body\tonload=x>"),
    ];
    let before = "(\u{feff})?[ \t\r\n]{0,4}";
    let page = (before, page).prop_map(|(before, page)| format!("{before}{page}").into_bytes());
    let wide = page.clone().prop_map(|page| {
        let page = String::from_utf8(page).unwrap();
        let page = format!("\u{feff}{page}");
        page.encode_utf16().flat_map(u16::to_le_bytes).collect()
    });
    let program = prop_oneof![
        Just(b"MZ\x90\0\x03\0\0\0".to_vec()),
        Just(b"\x7fELF\x02\x01\x01\0".to_vec())
    ];
    let mark = prop_oneof![
        Just(b"%PDF-1.7".to_vec()),
        Just(b"WEBPVP8 ".to_vec()),
        Just(b"ftypavif".to_vec()),
        Just(b"ftypheic".to_vec()),
        Just(b"\x89PNG\r\n\x1a\n".to_vec()),
        Just(b"GIF89a".to_vec()),
    ];
    let rest = prop::collection::vec(any::<u8>(), 64..400);
    (prop_oneof![page, wide, program], 0_usize..40, mark, rest).prop_map(
        |(mut bytes, at, mark, mut rest)| {
            rest.splice(at..at, mark);
            bytes.extend(rest);
            bytes
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_harmful_passes_as_a_picture_or_a_document(head in harmful()) {
        for (announced, _) in MARKED {
            let shown = announced.starts_with("image/") || *announced == "application/pdf";
            prop_assert!(!shown || refusal(announced, &head).is_some(), "{}", announced);
        }
        for announced in TEXTS {
            prop_assert!(refusal(announced, &head).is_some(), "{}", announced);
        }
    }

    #[test]
    fn whatever_comes_is_told_or_refused(
        head in prop::collection::vec(any::<u8>(), 0..600),
        (sample, cut) in (0_usize..16, 0_usize..400),
    ) {
        let mut bytes = samples().swap_remove(sample).1;
        bytes.truncate(cut);
        bytes.extend(&head);
        for announced in MARKED.iter().map(|(name, _)| name).chain(TEXTS) {
            let _ = refusal(announced, &head);
            let _ = refusal(announced, &bytes);
        }
    }
}
